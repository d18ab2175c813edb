"""An idea that is held: who is asked whether it is one, and what follows when it is let in or turned away.

Pure. While it is held no step of the process begins, no time runs and nothing is said to the address that was typed. The steps
that it needs are the sluice's own: a municipality's process cannot leave them out, and its keys cannot meet theirs.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.planned import (
    Circumstances,
    MailOwed,
    Plan,
    Reason,
    asleep,
    look_again,
)
from chalicelib.domain.process import (
    ClosingCode,
    Option,
    Process,
    Question,
    QuestionKind,
    Step,
    StepKind,
    Text,
)
from chalicelib.domain.rows import MAILBOX, AskRow, AskState, Fact, Snapshot
from chalicelib.domain.working_days import Calendar

JUDGING = "judge-held"
TURNED_AWAY = "turned-away"
NOT_AN_IDEA = "not-an-idea"
DECISION, WHY = "decision", "why"
SHORTEST_WHY, LONGEST_WHY = 5, 500


class Decision(StrEnum):
    RELEASE = "release"
    REJECT = "reject"


def with_own_steps(process: Process) -> Process:
    """The process with what an idea that is held needs of it."""
    return replace(
        process, own_steps=(_judging(process.coordinator), _TURNED_AWAY), own_codes=(_CODE,)
    )


def _judging(role: str) -> Step:
    """What the coordinators are asked of an idea that is held. Both answers want a typed reason, since scanners press buttons."""
    return Step(
        key=JUDGING,
        kind=StepKind.ASK,
        name=Text("Idé som hålls kvar", "Idea on hold", "Tarkistettava idea"),
        to_do=Text("Säg om det är en idé", "Say whether it is an idea", "Kerro, onko tämä idea"),
        public_name=_RECEIVED,
        happens=_RECEIVED,
        role=role,
        deadline_days=1,
        jav=False,
        task=True,
        outcome=DECISION,
        questions=(
            Question(
                DECISION,
                QuestionKind.CHOICE,
                Text(
                    "Ska idén släppas fram?",
                    "Should the idea be let through?",
                    "Päästetäänkö idea eteenpäin?",
                ),
                options=(
                    Option(
                        Decision.RELEASE,
                        Text(
                            "Ja, det är en idé: släpp fram den",
                            "Yes, it is an idea: let it through",
                            "Kyllä, se on idea: päästä se eteenpäin",
                        ),
                    ),
                    Option(
                        Decision.REJECT,
                        Text(
                            "Nej, det är inte en idé: stäng den",
                            "No, it is not an idea: close it",
                            "Ei, se ei ole idea: käsittely lopetetaan",
                        ),
                    ),
                ),
            ),
            Question(
                WHY,
                QuestionKind.LINE,
                Text("Varför?", "Why?", "Miksi?"),
                hint=Text(
                    "Några ord räcker. De står i ärendet och visas inte för den som skickade.",
                    "A few words will do. They are kept with the case and not shown to whoever sent it.",
                    "Muutama sana riittää. Ne jäävät asian tietoihin, eikä niitä näytetä lähettäjälle.",
                ),
                min_length=SHORTEST_WHY,
                max_length=LONGEST_WHY,
            ),
        ),
    )


_RECEIVED = Text(
    "Vi har tagit emot idén", "We have received the idea", "Olemme vastaanottaneet idean"
)
_CODE = ClosingCode(
    NOT_AN_IDEA,
    Text(
        "Vi uppfattade det inte som en idé",
        "We did not take it to be an idea",
        "Emme pitäneet tätä ideana",
    ),
)
_TURNED_AWAY = Step(
    key=TURNED_AWAY,
    kind=StepKind.END,
    name=Text("Avvisad", "Turned away", "Hylätty"),
    public_name=Text(
        "Vi har stängt ärendet", "We have closed the case", "Olemme lopettaneet käsittelyn"
    ),
    happened=Text("Vi stängde ärendet", "We closed the case", "Lopetimme käsittelyn"),
    happens=Text(
        "Någon hos oss har läst det som kom in och uppfattade det inte som en idé. Blev det fel? Hör av dig till oss, så tar vi"
        " upp idén på nytt. Hur du når oss står längre ned på sidan.",
        "Somebody here has read what came in and did not take it to be an idea. Was that wrong? Get in touch, and we will open a new"
        " case. You will find how to reach us further down on this page.",
        "Joku meistä on lukenut lähetyksen eikä pitänyt sitä ideana. Oliko se idea? Ota yhteyttä, niin kirjaamme sen uudelleen. "
        "Yhteystietomme ovat tämän sivun lopussa.",
    ),
)


def plan_held(given: Circumstances, snapshot: Snapshot) -> Plan:
    """Every coordinator is asked, also one who has come since, and then it sleeps: what wakes somebody is the morning's list of all that
    is held (`services.tell_of_held`), which needs no clock of each case. A clock for each would let a flood of them delay all others."""
    case = snapshot.case
    asked = {task.person for task in snapshot.current_tasks()}
    step = given.process.step(JUDGING)
    opens = tuple(
        AskRow(
            case_id=case.case_id,
            epoch=case.epoch,
            person=person,
            step=step.key,
            role=step.role,
            state=AskState.OPEN,
            opened_at=given.now,
            deadline=given.calendar.next_morning(given.now),
            text_hash=case.text_hash,
            task=step.key,
            note=case.held,
        )
        for person in given.coordinators()
        if person != MAILBOX and person not in asked
    )
    facts = tuple(Fact("AskOpened", {"person": ask.person, "step": step.key}) for ask in opens)
    return Plan(Reason.HELD, asleep(case), opens=opens, facts=facts)


def morning_to_tell(calendar: Calendar, now: datetime) -> date:
    """The day whose list of what is held is the latest: the last working day whose morning has come. Whatever came before that morning
    must be in it. Working days, as with all mail to coordinators: on other days nobody is there to let it in."""
    day = calendar.local_date(now)
    if not calendar.is_working_day(day) or calendar.morning(day) > now:
        day = calendar.add_working_days(day, -1)
    return day


def judged(given: Circumstances, snapshot: Snapshot, ask: AskRow) -> Plan:
    """What follows from an answer to what is asked of a held idea: `ask` with its answer, one of those that are open, or an operator's
    that is new. All other asks about it lapse. The receipt of an idea that is let in is owed beside this plan (`services.receipts`)."""
    let_in = (ask.answer or {}).get(DECISION) == Decision.RELEASE
    planned = _let_in(given, snapshot, ask) if let_in else _turn_away(given, snapshot, ask)
    known = snapshot.ask(ask.epoch, ask.person, ask.task) is not None
    lapsed = tuple(
        replace(task, state=AskState.LAPSED)
        for task in snapshot.current_tasks()
        if task.state is AskState.OPEN and task.person != ask.person
    )
    return planned.with_(opens=() if known else (ask,), changes=((ask,) if known else ()) + lapsed)


def told_of_judgement(ask: AskRow, at: datetime) -> MailOwed:
    """Whoever has answered is told what was answered in their name."""
    context = {"step": ask.step, "at": at.isoformat(), "answer": dict(ask.answer or {})}
    return MailOwed("answer_receipt", ask.person, context)


def _let_in(given: Circumstances, snapshot: Snapshot, ask: AskRow) -> Plan:
    """It begins as if it had been received now, but for the day on which it came in."""
    case = replace(snapshot.case, held=None, entered_at=given.now, told_at=given.now)
    fact = Fact("IdeaReleased", {"person": ask.person})
    return Plan(Reason.RELEASED, look_again(case, given.now), facts=(fact,))


def _turn_away(given: Circumstances, snapshot: Snapshot, ask: AskRow) -> Plan:
    left = snapshot.case
    case = replace(
        left,
        held=None,
        step=TURNED_AWAY,
        epoch=left.epoch + 1,
        entered_at=given.now,
        closed=True,
        closing_code=NOT_AN_IDEA,
    )
    entered = {
        "step": TURNED_AWAY,
        "from": left.step,
        "epoch": str(case.epoch),
        "closing_code": NOT_AN_IDEA,
    }
    facts = (Fact("IdeaRejected", {"person": ask.person}), Fact("StepEntered", entered))
    return Plan(Reason.REJECTED, asleep(case), facts=facts)
