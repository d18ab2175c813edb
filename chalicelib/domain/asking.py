"""Who is asked, and when they are reminded: drawing people for a step, and the times that belong to an ask.

Pure: the same case, epoch and directory draw the same people, spread evenly over cases by a hash.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable
from datetime import datetime, timedelta

from chalicelib.domain.process import Step
from chalicelib.domain.rows import AskRow, AskState, CaseRow, PersonRow
from chalicelib.domain.working_days import Calendar


def draw(
    people: Iterable[PersonRow], case: CaseRow, step: Step, count: int, but_not: Collection[str]
) -> tuple[PersonRow, ...]:
    """At most `count` active people of the step's role, none of `but_not`. A panel never holds the idea-giver's own unit."""

    def eligible(person: PersonRow) -> bool:
        own_unit = step.panel > 1 and case.own_unit is not None and person.unit == case.own_unit
        return (
            person.active
            and step.role in person.roles
            and person.person_id not in but_not
            and not own_unit
        )

    def lot(person: PersonRow) -> str:
        ticket = f"{case.case_id}:{case.epoch}:{person.person_id}"
        return hashlib.sha256(ticket.encode()).hexdigest()

    return tuple(sorted(filter(eligible, people), key=lot)[:count])


def open_ask(
    case: CaseRow,
    step: Step,
    person: PersonRow,
    now: datetime,
    deadline: datetime,
    calendar: Calendar,
    substitute: bool,
) -> AskRow:
    """A new ask; reminders whose time has already passed count as behind it."""
    return AskRow(
        case_id=case.case_id,
        epoch=case.epoch,
        person=person.person_id,
        step=step.key,
        role=step.role,
        state=AskState.OPEN,
        opened_at=now,
        deadline=deadline,
        text_hash=case.text_hash,
        reminded=reminders_passed(step, deadline, now, calendar),
        substitute=substitute,
    )


def reminder_times(step: Step, deadline: datetime, calendar: Calendar) -> tuple[datetime, ...]:
    """When an unanswered ask is reminded, in order: mornings of working days counted from the deadline's day."""
    day = calendar.local_date(deadline)
    return tuple(
        calendar.morning(calendar.add_working_days(day, days)) for days in sorted(step.reminders)
    )


def reminders_passed(step: Step, deadline: datetime, now: datetime, calendar: Calendar) -> int:
    return sum(at <= now for at in reminder_times(step, deadline, calendar))


def escalation_time(since: datetime, done: int, days: int, calendar: Calendar) -> datetime:
    """When a person is told for the (done + 1)th time that a step stands still since `since`:
    at once, then on mornings `days` working days apart."""
    if done == 0:
        return since + timedelta(seconds=1)
    day = calendar.local_date(since)
    return calendar.morning(calendar.add_working_days(day, done * days))
