"""What should happen to a case, and why, given what is stored and the time. The heart of the sluice.

`plan` looks at one case and moves it as far as it can go: it is level-triggered, so running it twice, late or out of
order does no harm. It returns a value; `services.commit` makes it happen. It knows no step by name: steps, people and
times all come from the process. It always leaves `due_at` in the future, or None when the case is closed.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.domain.answers import shared
from chalicelib.domain.asking import (
    draw,
    escalation_time,
    open_ask,
    reminder_times,
    reminders_passed,
)
from chalicelib.domain.planned import Circumstances, MailOwed, Plan, Reason
from chalicelib.domain.process import Assurance, Shows, Step, StepKind
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    CaseRow,
    Fact,
    PersonRow,
    Snapshot,
)

MOST_ROWS = 96
"""How many rows a plan may write, with room left in a transaction (100) for the case, its event and what commits with them."""


def plan(given: Circumstances, snapshot: Snapshot) -> Plan:
    """What should happen to this case now. KeyError when the case stands in a step that the process does not have."""
    case = snapshot.case
    step = given.process.step(case.step)
    if step.kind is StepKind.END:
        planned = Plan(Reason.ALREADY_CLOSED, _asleep(replace(case, closed=True)))
    elif step.kind is StepKind.WAIT:
        planned = _plan_wait(given, case, step)
    else:
        planned = _plan_ask(given, snapshot, step)
    return _tell_undelivered(given, snapshot, planned)


def withdrawal(given: Circumstances, snapshot: Snapshot) -> Plan:
    """The idea-giver takes the idea back: every open ask lapses and the case ends. The case must be open."""
    leaving = _lapse(Plan(Reason.WITHDRAWN, snapshot.case), snapshot)
    ended = _enter(given, leaving, given.process.step(given.process.withdrawn), answer=None)
    return _tell_undelivered(given, snapshot, ended)


def _plan_wait(given: Circumstances, case: CaseRow, step: Step) -> Plan:
    deadline = case.deadline
    if deadline is None and step.wait_days > 0:
        deadline = given.calendar.deadline(given.now, step.wait_days)
    if deadline is not None and given.now < deadline:
        return Plan(Reason.WAITING, _look_again(replace(case, deadline=deadline), deadline))
    return _enter(given, Plan(Reason.STEP_DONE, case), _next_step(given, step), answer=None)


def _plan_ask(given: Circumstances, snapshot: Snapshot, step: Step) -> Plan:
    case = snapshot.case
    asks = snapshot.current_asks()
    answered = tuple(ask for ask in asks if ask.state is AskState.ANSWERED)
    waiting = tuple(ask for ask in asks if ask.state is AskState.OPEN)
    if len(answered) >= step.quorum:
        return _leave(given, snapshot, step, answered, Reason.QUORUM)
    if answered and not waiting:
        return _leave(given, snapshot, step, answered, Reason.EVERYONE_ANSWERED)
    if not waiting or case.deadline is None:
        return _ask_somebody(given, case, step, but_not={ask.person for ask in asks})
    if not answered and not any(map(given.can_answer, waiting)):
        return _ask_anew(given, snapshot, step)
    if given.now <= case.deadline:
        return _remind(given, case, step, waiting)
    if answered:
        return _leave(given, snapshot, step, answered, Reason.DEADLINE_WITH_ANSWERS)
    if case.extensions == 0 and step.extension_days > 0:
        return _extend(given, case, step, waiting)
    return _escalate(given, case, step, waiting)


def _leave(
    given: Circumstances, snapshot: Snapshot, step: Step, answered: tuple[AskRow, ...], why: Reason
) -> Plan:
    """Out of an ask: where the one answer's outcome leads, or where the panel's step leads."""
    leaving = _lapse(Plan(why, snapshot.case), snapshot)
    if why is Reason.DEADLINE_WITH_ANSWERS:
        data = {"step": step.key, "answered": str(len(answered)), "quorum": str(step.quorum)}
        leaving = leaving.with_(facts=(Fact("DeadlinePassed", data),))
    first = min(answered, key=lambda ask: (ask.answered_at or given.now, ask.person))
    answer = first.answer or {}
    option = step.chosen(answer)
    if option is None or option.to is None:
        return _enter(given, leaving, _next_step(given, step), answer=None)
    code = option.closing_code or _closing_code(step, answer)
    leaving = replace(leaving, case=replace(leaving.case, closing_code=code))
    return _enter(given, leaving, given.process.step(option.to), answer=(step, answer))


def _next_step(given: Circumstances, step: Step) -> Step:
    if step.then is None:
        raise ValueError(f"step {step.key!r} leads nowhere")
    return given.process.step(step.then)


def _closing_code(step: Step, answer: Mapping[str, str]) -> str | None:
    codes = (
        answer.get(question.key) for question in step.questions if question.kind == "closing_code"
    )
    return next(codes, None)


def _lapse(leaving: Plan, snapshot: Snapshot) -> Plan:
    lapsed = tuple(
        replace(ask, state=AskState.LAPSED)
        for ask in snapshot.current_asks()
        if ask.state is AskState.OPEN
    )
    facts = tuple(Fact("AskLapsed", {"person": ask.person, "step": ask.step}) for ask in lapsed)
    return leaving.with_(changes=lapsed, facts=facts)


def _enter(
    given: Circumstances,
    leaving: Plan,
    step: Step,
    answer: tuple[Step, Mapping[str, str]] | None,
) -> Plan:
    """Into a step: a new epoch, so that every older link is dead; the giver is told; people are asked, or time is set."""
    left = leaving.case.step
    case = replace(
        leaving.case,
        step=step.key,
        epoch=leaving.case.epoch + 1,
        entered_at=given.now,
        deadline=None,
        extensions=0,
        escalations=0,
        closed=step.kind is StepKind.END,
    )
    if step.kind is StepKind.WAIT:
        wake = _wait_until(given, step, answer)
        case = _look_again(replace(case, deadline=wake), wake)
    elif step.kind is StepKind.ASK:
        deadline = given.calendar.deadline(given.now, step.deadline_days)
        case = replace(case, deadline=deadline)
    else:
        case = _asleep(case)
    data = {"step": step.key, "from": left, "epoch": str(case.epoch)}
    if case.deadline is not None:
        data["deadline"] = given.calendar.local_date(case.deadline).isoformat()
    if case.closing_code is not None and step.kind is StepKind.END:
        data["closing_code"] = case.closing_code
    entered = replace(leaving, case=case).with_(
        facts=(Fact("StepEntered", data),), mails=_news(given, case, step, answer)
    )
    if step.kind is not StepKind.ASK:
        return entered
    asked = _ask_somebody(given, case, step, but_not=())
    return replace(entered, case=asked.case).with_(
        opens=asked.opens, mails=asked.mails, facts=asked.facts
    )


def _wait_until(
    given: Circumstances, step: Step, answer: tuple[Step, Mapping[str, str]] | None
) -> datetime:
    """The morning of the chosen date, or the end of the configured working days, but always in the future."""
    soonest = given.now + timedelta(minutes=1)
    if step.until is not None and answer is not None and step.until in answer[1]:
        return max(given.calendar.morning(date.fromisoformat(answer[1][step.until])), soonest)
    if step.wait_days == 0:
        return soonest
    return given.calendar.deadline(given.now, step.wait_days)


def _news(
    given: Circumstances,
    case: CaseRow,
    step: Step,
    answer: tuple[Step, Mapping[str, str]] | None,
) -> tuple[MailOwed, ...]:
    """What the idea-giver is told on entering a step: the outcome with its reasons, or that the idea moves on.

    Of the first step after the receipt nothing more is told: the receipt has just said what happens next.
    """
    if not case.has_email or not step.tell_giver or case.epoch == 1:
        return ()
    deadline = case.deadline and given.calendar.local_date(case.deadline).isoformat()
    context: dict[str, object] = {
        "public_name": step.public_name.in_(case.lang),
        "happens": step.happens.in_(case.lang),
        "deadline": deadline,
    }
    if answer is None:
        if case.closed:
            context |= {"chosen": step.public_name.in_(case.lang), "shared": [], "closed": True}
            return (MailOwed("outcome", GIVER, context),)
        return (MailOwed("progress", GIVER, context),)
    answered, values = answer
    said = shared(answered, given.process, values, case.lang)
    option = answered.chosen(values)
    if not said or option is None:
        return (MailOwed("progress", GIVER, context),)
    context |= {
        "chosen": option.label.in_(case.lang),
        "shared": [list(pair) for pair in said],
        "closed": case.closed,
    }
    return (MailOwed("outcome", GIVER, context),)


def _ask_somebody(
    given: Circumstances, case: CaseRow, step: Step, but_not: Collection[str]
) -> Plan:
    """Draw a step's people and ask them; with nobody to ask, tell the coordinators and try again every working morning."""
    drawn = draw(given.people, case, step, step.panel, but_not)
    if not drawn:
        return _nobody(given, case, step)
    deadline = case.deadline
    if deadline is None or case.escalations:
        deadline = given.calendar.deadline(given.now, step.deadline_days)
    case = replace(case, deadline=deadline, escalations=0)
    opens, mails, facts = _open(given, case, step, drawn, deadline, substitute=False)
    if len(drawn) < step.panel:
        context = _about(step) | {"asked": len(drawn), "panel": step.panel}
        mails += given.tell_coordinators("too_few", context)
    why = Reason.SOMEBODY_TO_ASK
    return Plan(why, _next_look(given, case, step, opens), opens=opens, mails=mails, facts=facts)


def _ask_anew(given: Circumstances, snapshot: Snapshot, step: Step) -> Plan:
    """Everyone who was asked has left the role: a new epoch, so that whoever comes back may be asked again, and new people."""
    left = _lapse(Plan(Reason.SOMEBODY_TO_ASK, snapshot.case), snapshot)
    case = replace(left.case, epoch=left.case.epoch + 1, deadline=None, extensions=0, escalations=0)
    asked = _ask_somebody(given, case, step, but_not=())
    return replace(asked, changes=left.changes, facts=left.facts + asked.facts)


def _nobody(given: Circumstances, case: CaseRow, step: Step) -> Plan:
    told = max(1, _times_told(given, case.entered_at, case.escalations))
    again = given.calendar.next_morning(given.now)
    planned = Plan(Reason.NOBODY_TO_ASK, case)
    if told > case.escalations:
        planned = replace(planned, case=replace(case, escalations=told)).with_(
            mails=given.tell_coordinators("nobody_to_ask", _about(step)),
            facts=(Fact("NobodyToAsk", {"step": step.key, "role": step.role}),),
        )
    return replace(planned, case=_look_again(planned.case, again))


def _open(
    given: Circumstances,
    case: CaseRow,
    step: Step,
    drawn: tuple[PersonRow, ...],
    deadline: datetime,
    substitute: bool,
) -> tuple[tuple[AskRow, ...], tuple[MailOwed, ...], tuple[Fact, ...]]:
    opens = tuple(
        open_ask(case, step, person, given.now, deadline, given.calendar, substitute)
        for person in drawn
    )
    mails = tuple(MailOwed("ask", ask.person, _asked(given, case, step, ask)) for ask in opens)
    facts = tuple(Fact("AskOpened", {"person": ask.person, "step": step.key}) for ask in opens)
    return opens, mails, facts


def _about(step: Step) -> dict[str, object]:
    """What mails about a step say of it; the names are put into the reader's language when the mail is written."""
    return {"step": step.key, "role": step.role}


def _asked(
    given: Circumstances, case: CaseRow, step: Step, ask: AskRow, late: bool = False
) -> dict[str, object]:
    return _about(step) | {
        "deadline": given.calendar.local_date(ask.deadline).isoformat(),
        "panel": step.panel,
        "quorum": step.quorum,
        "code": step.assurance is Assurance.CODE,
        "substitute": ask.substitute,
        "late": late,
        "text_version": case.text_version if step.shows is not Shows.RESULT else None,
    }


def _remind(given: Circumstances, case: CaseRow, step: Step, waiting: tuple[AskRow, ...]) -> Plan:
    changes: tuple[AskRow, ...] = ()
    mails: tuple[MailOwed, ...] = ()
    for ask in waiting:
        passed = reminders_passed(step, ask.deadline, given.now, given.calendar)
        if passed > ask.reminded:
            late = given.now > ask.deadline
            mails += (MailOwed("reminder", ask.person, _asked(given, case, step, ask, late=late)),)
            changes += (replace(ask, reminded=passed),)
    facts = tuple(Fact("Reminded", {"person": ask.person, "step": step.key}) for ask in changes)
    why = Reason.REMINDED if changes else Reason.WAITING
    reminded = {ask.person for ask in changes}
    current = changes + tuple(ask for ask in waiting if ask.person not in reminded)
    return Plan(
        why,
        _next_look(given, case, step, current),
        changes=changes,
        mails=mails,
        facts=facts,
    )


def _extend(given: Circumstances, case: CaseRow, step: Step, waiting: tuple[AskRow, ...]) -> Plan:
    """Nobody has answered in time: more time once, substitutes beside those who were asked, and the coordinators told."""
    deadline = given.calendar.deadline(given.now, step.extension_days)
    case = replace(case, deadline=deadline, extensions=case.extensions + 1)
    changes = tuple(
        replace(
            ask,
            deadline=deadline,
            reminded=reminders_passed(step, deadline, given.now, given.calendar),
        )
        for ask in waiting
    )
    drawn = draw(given.people, case, step, step.panel, but_not={ask.person for ask in waiting})
    opens, mails, facts = _open(given, case, step, drawn, deadline, substitute=True)
    reminders = tuple(
        MailOwed("reminder", ask.person, _asked(given, case, step, ask, late=True))
        for ask in changes
    )
    told = _about(step) | {
        "deadline": given.calendar.local_date(deadline).isoformat(),
        "substitutes": len(drawn),
        "asked": len(waiting),
    }
    extended = Fact("DeadlineExtended", {"step": step.key, "substitutes": str(len(drawn))})
    return Plan(
        Reason.DEADLINE_WITHOUT_ANSWERS,
        _next_look(given, case, step, changes + opens),
        opens=opens,
        changes=changes,
        mails=mails + reminders + given.tell_coordinators("no_answers", told),
        facts=(extended, *facts),
    )


def _escalate(given: Circumstances, case: CaseRow, step: Step, waiting: tuple[AskRow, ...]) -> Plan:
    """Still no answer after the last deadline: the asks stay open, reminders go on, the coordinators are told again and again."""
    deadline = case.deadline or given.now
    told = _times_told(given, deadline, case.escalations)
    planned = _remind(given, replace(case, escalations=told), step, waiting)
    planned = replace(planned, why=Reason.STILL_NO_ANSWER)
    if told == case.escalations:
        return planned
    late = (given.calendar.local_date(given.now) - given.calendar.local_date(deadline)).days
    context = _about(step) | {
        "deadline": given.calendar.local_date(deadline).isoformat(),
        "days_late": late,
    }
    return planned.with_(
        mails=given.tell_coordinators("overdue", context),
        facts=(Fact("Escalated", {"step": step.key, "days_late": str(late)}),),
    )


def _times_told(given: Circumstances, since: datetime, done: int) -> int:
    """How many times the coordinators should have been told by now that nothing has moved since `since`; `done` or more."""
    days = given.process.escalation_days
    while escalation_time(since, done, days, given.calendar) <= given.now:
        done += 1
    return done


def _tell_undelivered(given: Circumstances, snapshot: Snapshot, planned: Plan) -> Plan:
    """A mail that will not arrive is never silence: the coordinators are told once for each, the rest of many in a minute."""
    everything = tuple(row for row in snapshot.undelivered if not row.told)
    rows = len(planned.opens) + len(planned.changes) + len(planned.mails)
    untold = everything[: max(0, MOST_ROWS - rows) // (1 + len(given.coordinators()))]
    if len(untold) < len(everything):
        soon = given.now + timedelta(minutes=1)
        planned = replace(planned, case=_look_again(planned.case, soon))
    mails: tuple[MailOwed, ...] = ()
    for row in untold:
        context = {
            "step": snapshot.case.step,
            "purpose": row.purpose,
            "recipient": row.recipient,
            "to_giver": row.recipient == GIVER,
        }
        part = hashlib.sha256(row.mail_id.encode()).hexdigest()[:16]
        mails += given.tell_coordinators("undelivered", context, part)
    return planned.with_(
        told=tuple(replace(row, told=True) for row in untold),
        mails=mails,
        facts=tuple(
            Fact("MailUndelivered", {"purpose": row.purpose, "recipient": row.recipient})
            for row in untold
        ),
    )


def _next_look(
    given: Circumstances, case: CaseRow, step: Step, waiting: tuple[AskRow, ...]
) -> CaseRow:
    """Look again at the earliest of the deadline, the reminders ahead and the next time to tell the coordinators."""
    deadline = case.deadline or given.now
    times = [deadline + timedelta(seconds=1)]
    for ask in waiting:
        times += reminder_times(step, ask.deadline, given.calendar)[ask.reminded :]
    if deadline < given.now:
        days = given.process.escalation_days
        times.append(escalation_time(deadline, case.escalations, days, given.calendar))
    return _look_again(case, min(at for at in times if at > given.now))


def _look_again(case: CaseRow, at: datetime) -> CaseRow:
    return replace(case, due_at=at, try_at=at, tries=0, stuck=False)


def _asleep(case: CaseRow) -> CaseRow:
    return replace(case, due_at=None, try_at=None, tries=0, stuck=False)
