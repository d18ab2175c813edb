"""What happens when those who were asked do not answer, or cannot: reminders, somebody else, more time, and telling people.

Looks at one step's asks at one moment. Whether a case leaves its step is decided in `plan`.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.asking import (
    about,
    ask_mail,
    draw,
    may_be_asked,
    open_asks,
    reminder_times,
    reminders_passed,
    rung_time,
    stand_in,
    told_again,
)
from chalicelib.domain.deadlines import promise_ends, start_clock, with_time_to_answer
from chalicelib.domain.planned import SOON, Circumstances, MailOwed, Plan, Reason, look_again
from chalicelib.domain.process import Step
from chalicelib.domain.rows import AskRow, AskState, CaseRow, Fact, PersonRow, Snapshot

Asks = tuple[AskRow, ...]

MOST_MOVED = 10
"""Of more who cannot answer the rest are replaced a minute later, so that a plan always fits in one transaction."""

MANY_ROWS = 60
"""With more reminders to write than this, those who are told that it is late are told a minute later."""


def chase(given: Circumstances, snapshot: Snapshot, step: Step, waiting: Asks) -> Plan:
    """What is due for asks that nobody has answered: reminders before the deadline and after it; when it has passed, more time
    once, and then the ladder of those who are told. The case has a deadline, and somebody waits."""
    case = snapshot.case
    broken = broken_promise(given, case, step)
    if case.deadline is None or given.now <= case.deadline:
        reminded = remind(given, replace(case, late=case.late or bool(broken)), step, waiting)
        return replace(reminded, facts=broken + reminded.facts)
    if case.extensions == 0 and step.extension_days > 0:
        extended = _extend(given, snapshot, step, waiting)
        return replace(extended, facts=broken + extended.facts)
    escalated = _escalate(given, snapshot, step, waiting)
    late = replace(escalated, facts=broken + escalated.facts)
    return replace(late, case=replace(late.case, late=True))


def remind(given: Circumstances, case: CaseRow, step: Step, waiting: Asks) -> Plan:
    """A reminder to everyone whose time for one has come. Who gets a weekly mail instead is not reminded one by one; whom mail does not
    reach is reminded once it does."""
    changes: Asks = ()
    mails: tuple[MailOwed, ...] = ()
    for ask in waiting:
        if given.is_unreachable(ask.person):
            continue
        passed = reminders_passed(step, ask.deadline, given.now, given.calendar)
        if passed > ask.reminded:
            changes += (replace(ask, reminded=passed),)
            person = given.person(ask.person)
            if person is None or not person.weekly:
                late = given.now > ask.deadline
                mails += (ask_mail("reminder", given, case, step, ask, late=late),)
    facts = tuple(Fact("Reminded", {"person": ask.person, "step": step.key}) for ask in changes)
    why = Reason.REMINDED if changes else Reason.WAITING
    current = _as_planned(waiting, changes)
    return Plan(
        why, next_look(given, case, step, current), changes=changes, mails=mails, facts=facts
    )


def replace_who_cannot(
    given: Circumstances, snapshot: Snapshot, step: Step, waiting: Asks
) -> Plan | None:
    """The plan that asks somebody else in the place of those who have left the role, are away, or do not get our mail; None when nobody
    has to be replaced, or nobody can: then all but those who have left keep their ask."""
    planned = Plan(Reason.SOMEBODY_ELSE, snapshot.case)
    for ask in waiting:
        if not _gone(given, snapshot, step, ask) and not absent(given, ask):
            continue
        if len(planned.changes) == MOST_MOVED:
            return replace(planned, case=look_again(planned.case, given.now + SOON))
        planned = _move(given, snapshot, step, ask, planned)
    if not planned.changes:
        return None
    current = _as_planned(waiting, planned.changes) + planned.opens
    still = tuple(ask for ask in current if ask.state is AskState.OPEN)
    return replace(planned, case=next_look(given, planned.case, step, still))


def _move(given: Circumstances, snapshot: Snapshot, step: Step, ask: AskRow, planned: Plan) -> Plan:
    """One ask from somebody who cannot answer to their deputy, or whoever is drawn."""
    gone = _gone(given, snapshot, step, ask)
    moved = substitute(given, snapshot, step, ask, planned)
    if moved is None and not gone:
        return planned
    why = "left" if gone else absent(given, ask)
    to = moved.opens[-1].person if moved is not None else ""
    data = {"person": ask.person, "step": step.key, "why": why}
    fact = Fact("AskMoved", data | ({"to": to} if to else {}))
    passed = replace(ask, state=AskState.MOVED, withdrawn=None)
    return (moved or planned).with_(changes=(passed,), facts=(fact,))


def absent(given: Circumstances, ask: AskRow) -> str:
    """Why the person who was asked cannot answer now although they may: `unreachable` or `away`; empty when they can."""
    if given.is_unreachable(ask.person):
        return "unreachable"
    return "away" if given.is_away(ask) else ""


def _gone(given: Circumstances, snapshot: Snapshot, step: Step, ask: AskRow) -> bool:
    """Whether the person who was asked may no longer answer: they have left the role, or it has turned out that they are too near."""
    person = given.person(ask.person)
    return person is None or not may_be_asked(person, snapshot, step)


def substitute(
    given: Circumstances, snapshot: Snapshot, step: Step, ask: AskRow, planned: Plan
) -> Plan | None:
    """The plan, with one more person asked in the place of whoever `ask` was put to, with time enough to answer; None when
    there is nobody. For somebody who is away or unreachable their deputy is asked first."""
    taken = {a.person for a in snapshot.current_asks() + planned.opens}
    person = given.person(ask.person)
    deputy = stand_in(given, person) if person is not None else None
    if (
        deputy is not None
        and deputy.person_id not in taken
        and may_be_asked(deputy, snapshot, step)
    ):
        drawn: tuple[PersonRow, ...] = (deputy,)
    else:
        drawn = draw(given, snapshot, step, 1, but_not=taken)
    present = tuple(person for person in drawn if not person.is_away(given.today))
    if not present:
        return None
    case = with_time_to_answer(given.calendar, planned.case, step, given.now)
    deadline = case.deadline or ask.deadline
    opens, mails, facts = open_asks(given, case, step, present, deadline, substitute=True)
    return replace(planned, case=case).with_(opens=opens, mails=mails, facts=facts)


def _extend(given: Circumstances, snapshot: Snapshot, step: Step, waiting: Asks) -> Plan:
    """Nobody has answered in time: more time once, substitutes beside those who were asked, and the coordinators told."""
    case = start_clock(given.calendar, snapshot.case, step, given.now, step.extension_days)
    case = replace(case, extensions=case.extensions + 1, late=True)
    deadline = case.deadline or given.now
    changes = tuple(
        replace(
            ask,
            deadline=deadline,
            reminded=reminders_passed(step, deadline, given.now, given.calendar),
        )
        for ask in waiting
    )
    taken = {ask.person for ask in snapshot.current_asks()}
    drawn = draw(given, snapshot, step, step.panel, but_not=taken)
    opens, mails, facts = open_asks(given, case, step, drawn, deadline, substitute=True)
    reminders = tuple(
        ask_mail("reminder", given, case, step, ask)
        for ask in changes
        if not given.is_unreachable(ask.person)
        and not ((person := given.person(ask.person)) and person.weekly)
    )
    told: dict[str, object] = {
        **about(step),
        "deadline": given.calendar.local_date(deadline).isoformat(),
        "substitutes": len(drawn),
        "asked": len(waiting),
        "people": [ask.person for ask in waiting],
    }
    extended = Fact("DeadlineExtended", {"step": step.key, "substitutes": str(len(drawn))})
    return Plan(
        Reason.DEADLINE_WITHOUT_ANSWERS,
        next_look(given, case, step, changes + opens),
        opens=opens,
        changes=changes,
        mails=mails + reminders + given.tell_coordinators("no_answers", told),
        facts=(extended, *facts),
    )


def escalate(
    given: Circumstances, case: CaseRow, step: Step, late_asks: Asks, planned: Plan
) -> Plan:
    """The plan, with those told whose rung of the ladder has been reached since the late asks' deadline: the coordinators, then
    the process owners too. `case.escalations` counts the rungs that are behind."""
    since = late_asks[0]
    rungs = case.escalations
    while _rung(given, since, rungs) <= given.now:
        rungs += 1
    if rungs == case.escalations:
        return planned
    people = given.coordinators_and_owners() if rungs > 1 else given.coordinators()
    told = replace(planned, case=replace(planned.case, escalations=rungs))
    return tell_of_delay(given, step, late_asks, told, people)


def tell_of_delay(
    given: Circumstances, step: Step, late_asks: Asks, planned: Plan, people: tuple[str, ...]
) -> Plan:
    """The plan, with a mail to these people about asks whose deadline has passed."""
    due = given.calendar.local_date(late_asks[0].deadline)
    late = given.calendar.working_days_between(due, given.today)
    context: dict[str, object] = {
        **about(step),
        "deadline": due.isoformat(),
        "days_late": late,
        "people": [ask.person for ask in late_asks],
    }
    part = late_asks[0].task
    return planned.with_(
        mails=tuple(MailOwed("overdue", person, context, part) for person in people),
        facts=(Fact("Escalated", {"step": step.key, "days_late": str(late)}),),
    )


def nobody(
    given: Circumstances, case: CaseRow, step: Step, since: datetime, part: str = ""
) -> Plan:
    """There is nobody to ask since a moment: the coordinators are told at once and then every so many working days, and it is tried
    again every working morning."""
    told, days = case.escalations, given.process.coordinator_told
    while told_again(since, told, days, given.calendar) <= given.now:
        told += 1
    told = max(1, told)
    planned = Plan(Reason.NOBODY_TO_ASK, case)
    if not step.task and (broken := broken_promise(given, case, step)):
        planned = Plan(Reason.NOBODY_TO_ASK, replace(case, late=True), facts=broken)
    if told > case.escalations:
        owners = told * days > given.process.owner_told
        people = given.coordinators_and_owners() if owners else given.coordinators()
        mails = tuple(MailOwed("nobody_to_ask", person, about(step), part) for person in people)
        planned = replace(planned, case=replace(planned.case, escalations=told)).with_(
            mails=mails, facts=(Fact("NobodyToAsk", about(step)),)
        )
    return replace(planned, case=look_again(planned.case, given.calendar.next_morning(given.now)))


def rungs_behind(given: Circumstances, deadline: datetime, at: datetime) -> int:
    """How many rungs of the ladder were reached at a moment."""
    process, rungs = given.process, 0
    told = (process.coordinator_told, process.owner_told)
    while rung_time(deadline, rungs, *told, given.calendar) <= at:
        rungs += 1
    return rungs


def next_rung(given: Circumstances, case: CaseRow, since: AskRow) -> datetime:
    """When somebody must next be told that an ask is late."""
    return _rung(given, since, case.escalations)


def _rung(given: Circumstances, since: AskRow, rung: int) -> datetime:
    process = given.process
    return rung_time(
        since.deadline, rung, process.coordinator_told, process.owner_told, given.calendar
    )


def _escalate(given: Circumstances, snapshot: Snapshot, step: Step, waiting: Asks) -> Plan:
    """Still no answer after the last deadline: the asks stay open and reminders go on; the ladder of those who are told begins,
    and on its first rung a substitute is asked beside those who do not answer."""
    case = snapshot.case
    planned = replace(remind(given, case, step, waiting), why=Reason.STILL_NO_ANSWER)
    if planned.rows > MANY_ROWS:
        return replace(planned, case=look_again(planned.case, given.now + SOON))
    before = case.escalations
    planned = escalate(given, case, step, waiting, planned)
    if before == 0 and planned.case.escalations > 0:
        helped = _beside(given, snapshot, step, planned)
        planned = helped or planned
    current = _as_planned(waiting, planned.changes)
    return replace(planned, case=next_look(given, planned.case, step, current))


def _beside(given: Circumstances, snapshot: Snapshot, step: Step, planned: Plan) -> Plan | None:
    """One more person, beside those who were asked and are late; the deadline stays passed."""
    taken = {ask.person for ask in snapshot.current_asks()}
    drawn = draw(given, snapshot, step, 1, but_not=taken)
    if not drawn or drawn[0].is_away(given.today):
        return None
    deadline = planned.case.deadline or given.now
    opens, mails, facts = open_asks(given, planned.case, step, drawn, deadline, substitute=True)
    return planned.with_(opens=opens, mails=mails, facts=facts)


def broken_promise(given: Circumstances, case: CaseRow, step: Step) -> tuple[Fact, ...]:
    """What is recorded when the time that the idea-giver was promised has passed, whatever those who are asked were given: once for
    each time that the case stands in a step."""
    ends = promise_ends(given.calendar, case)
    if case.late or ends is None or given.now <= ends or not step.tell_giver:
        return ()
    day = given.calendar.local_date(ends).isoformat()
    return (Fact("PromiseBroken", {"step": step.key, "deadline": day}),)


def next_look(given: Circumstances, case: CaseRow, step: Step, waiting: Asks) -> CaseRow:
    """The case, to be looked at at the earliest of the deadline, the end of what the idea-giver was promised, the reminders ahead and
    the next rung of the ladder."""
    deadline = case.deadline or given.now
    times = [deadline + timedelta(seconds=1)]
    promised = promise_ends(given.calendar, case)
    if promised is not None and not case.late:
        times.append(promised + timedelta(seconds=1))
    for ask in waiting:
        times += reminder_times(step, ask.deadline, given.calendar)[ask.reminded :]
    if deadline < given.now and waiting:
        times.append(next_rung(given, case, waiting[0]))
    ahead = [at for at in times if at > given.now]
    return look_again(case, min(ahead, default=given.calendar.next_morning(given.now)))


def _as_planned(waiting: Asks, changes: Asks) -> Asks:
    """The asks with what a plan makes of them."""
    changed = {ask.person: ask for ask in changes}
    return tuple(changed.get(ask.person, ask) for ask in waiting)
