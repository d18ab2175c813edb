"""Who may be asked, who is drawn, and what belongs to an ask: its row, its mail, the times of its reminders.

Pure: the same case, epoch, day and directory draw the same people, spread evenly over cases by a hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.planned import Circumstances, MailOwed
from chalicelib.domain.process import Assurance, Process, Step
from chalicelib.domain.rows import AskRow, AskState, CaseRow, Fact, PersonRow, Snapshot
from chalicelib.domain.working_days import Calendar


def may_be_asked(person: PersonRow, snapshot: Snapshot, step: Step) -> bool:
    """Whether somebody may answer a step of this case: active in its role, not of an idea-giver's own unit where there can be
    a conflict of interest (FL 16-18 §§), and not one who has declared such a conflict at any step of it. Those whose ideas
    were joined with it are its idea-givers too."""
    own_units = {snapshot.case.own_unit, *(row.own_unit for row in snapshot.followers)} - {None}
    return (
        person.active
        and step.role in person.roles
        and not (step.jav and person.unit in own_units)
        and person.person_id not in recused(snapshot)
    )


def recused(snapshot: Snapshot) -> frozenset[str]:
    """Those who have declared a conflict of interest in a case, or in one that was joined with it."""
    declared = {ask.person for ask in snapshot.asks if ask.state is AskState.RECUSED}
    return frozenset(declared.union(*(row.recused for row in snapshot.followers)))


def draw(
    given: Circumstances, snapshot: Snapshot, step: Step, count: int, but_not: Collection[str]
) -> tuple[PersonRow, ...]:
    """At most `count` people who may be asked, none of `but_not`. For somebody who is away, or whom mail does not reach, their deputy
    is asked. Only when everybody is away are those who are away asked themselves; who would not get the mail never is. Whom an
    earlier answer named is asked and nobody else, as long as they may be: what the page shows was meant for them. Where the step
    says what an unanswered ask leads to, nobody is asked in the place of one who may not be."""
    case = snapshot.case
    named = named_person(given.process, snapshot, step)
    wanted = given.person(named) if named is not None else None
    only = wanted if wanted is not None and may_be_asked(wanted, snapshot, step) else None

    def lot(person: PersonRow) -> str:
        ticket = f"{case.case_id}:{case.epoch}:{person.person_id}"
        return hashlib.sha256(ticket.encode()).hexdigest()

    def free(person: PersonRow) -> bool:
        return (
            person.person_id not in but_not
            and person.unreachable_since is None
            and may_be_asked(person, snapshot, step)
        )

    in_order = sorted((p for p in given.people if step.role in p.roles), key=lot)
    if only is not None:
        in_order = [only]
    elif named is not None and step.unanswered is not None:
        in_order = []
    stand_ins = (stand_in(given, person) for person in in_order)
    present = [person for person in stand_ins if person is not None and free(person)]
    drawn = present or list(filter(free, in_order))
    return tuple(dict.fromkeys(drawn))[:count]


def stand_in(given: Circumstances, person: PersonRow) -> PersonRow | None:
    """Who answers for somebody today: they themselves, or when they are away or mail does not reach them the first deputy who can;
    None without one."""

    def cannot(person: PersonRow) -> bool:
        unreachable = person.unreachable_since is not None
        return unreachable or not person.active or person.is_away(given.today)

    seen: set[str] = set()
    found: PersonRow | None = person
    while found is not None and cannot(found):
        seen.add(found.person_id)
        deputy = found.deputy
        found = given.person(deputy) if deputy is not None and deputy not in seen else None
    return found


def named_person(process: Process, snapshot: Snapshot, step: Step) -> str | None:
    """Whom the latest answer to the step's naming question chose, if anybody, or to whom that one has handed it since."""
    if step.named is None:
        return None
    named = {other.key for other in process.steps if other.named == step.named}
    answers = []
    for ask in snapshot.asks:
        if ask.answered_at is not None and ask.answer and step.named in ask.answer:
            answers.append((ask.answered_at, ask.answer[step.named]))
        elif ask.answered_at is not None and ask.delegated_by and ask.step in named:
            answers.append((ask.answered_at, ask.person))
    return max(answers)[1] if answers else None


def open_ask(
    given: Circumstances,
    case: CaseRow,
    step: Step,
    person: PersonRow,
    deadline: datetime,
    substitute: bool,
    task: str = "",
) -> AskRow:
    """A new ask; reminders whose time has already passed count as behind it."""
    return AskRow(
        case_id=case.case_id,
        epoch=case.epoch,
        person=person.person_id,
        step=step.key,
        role=step.role,
        state=AskState.OPEN,
        opened_at=given.now,
        deadline=deadline,
        text_hash=case.text_hash,
        task=task,
        reminded=reminders_passed(step, deadline, given.now, given.calendar),
        substitute=substitute,
    )


Opened = tuple[tuple[AskRow, ...], tuple[MailOwed, ...], tuple[Fact, ...]]


def open_asks(
    given: Circumstances,
    case: CaseRow,
    step: Step,
    drawn: Iterable[PersonRow],
    deadline: datetime,
    substitute: bool,
    task: str = "",
    note: str | None = None,
) -> Opened:
    """New asks to these people, with their mails and what is recorded of it."""
    opens = tuple(
        replace(open_ask(given, case, step, person, deadline, substitute, task), note=note)
        for person in drawn
    )
    late = given.now > deadline
    mails = tuple(ask_mail("ask", given, case, step, ask, late=late) for ask in opens)
    facts = tuple(Fact("AskOpened", {"person": ask.person, "step": step.key}) for ask in opens)
    return opens, mails, facts


def ask_mail(
    purpose: str,
    given: Circumstances,
    case: CaseRow,
    step: Step,
    ask: AskRow,
    late: bool = False,
    **more: object,
) -> MailOwed:
    """A mail to the person who is asked, about their ask."""
    shows_text = not step.shows_earlier and not step.task
    context: dict[str, object] = {
        **about(step),
        "deadline": given.calendar.local_date(ask.deadline).isoformat(),
        "panel": step.panel,
        "quorum": step.needed(step.panel),
        "code": step.assurance is Assurance.CODE,
        "substitute": ask.substitute,
        "late": late,
        "text_version": case.masked_version if shows_text else None,
    }
    return MailOwed(purpose, ask.person, context | more, task=ask.task)


def about(step: Step) -> dict[str, str]:
    """What mails about a step say of it; the names are put into the reader's language when the mail is written."""
    return {"step": step.key, "role": step.role}


def deciding(case: CaseRow, step: Step, answered: Iterable[AskRow]) -> AskRow:
    """The answer that counts: the first; but where one has joined the case with another, that one, also when a clock was wrong. At
    least one is answered."""

    def order(ask: AskRow) -> tuple[bool, datetime, str]:
        option = step.chosen(ask.answer or {})
        joined = case.merged_into is not None and option is not None and option.merges
        return not joined, ask.answered_at or ask.deadline, ask.person

    return min(answered, key=order)


def needed_answers(step: Step, asks: Iterable[AskRow]) -> int:
    """How many answers are enough of those who are asked; substitutes beside them ask for no more answers."""
    asked = sum(ask.state in (AskState.OPEN, AskState.ANSWERED) for ask in asks)
    return step.needed(min(asked, step.panel))


def reminder_times(step: Step, deadline: datetime, calendar: Calendar) -> tuple[datetime, ...]:
    """When an unanswered ask is reminded, in order: mornings of working days counted from the deadline's day."""
    day = calendar.local_date(deadline)
    return tuple(
        calendar.morning(calendar.add_working_days(day, days)) for days in sorted(step.reminders)
    )


def reminders_passed(step: Step, deadline: datetime, now: datetime, calendar: Calendar) -> int:
    return sum(at <= now for at in reminder_times(step, deadline, calendar))


def told_again(since: datetime, done: int, days: int, calendar: Calendar) -> datetime:
    """When a person is told for the (done + 1)th time that something stands still since `since`:
    at once, then on mornings `days` working days apart."""
    if done == 0:
        return since + timedelta(seconds=1)
    day = calendar.local_date(since)
    return calendar.morning(calendar.add_working_days(day, done * days))


def rung_time(
    deadline: datetime, rung: int, coordinator: int, owner: int, calendar: Calendar
) -> datetime:
    """When the ladder's rung is reached after a deadline that nobody kept: the coordinators are told on the morning
    `coordinator` working days later (rung 0), the process owners too after `owner` (rung 1), then both again and again."""
    days = coordinator if rung == 0 else owner + (rung - 1) * coordinator
    day = calendar.local_date(deadline)
    return calendar.morning(calendar.add_working_days(day, days))
