"""A person's own clock: when something of theirs is due with nothing else happening. Lists of what waits, absences that begin."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from chalicelib.domain.rows import PersonRow
from chalicelib.domain.working_days import Calendar

MONDAY = 0
_BEFORE = timedelta(microseconds=1)


@dataclass(frozen=True)
class Due:
    """What a person's clock says at one moment: the morning's list, the week's list, and whether their asks must be looked at,
    since they are away or have left, or mail does not reach them. `next` is when it must be looked at again; None for never."""

    digest: bool
    weekly: bool
    moves_asks: bool
    next: datetime | None


def due(calendar: Calendar, person: PersonRow, now: datetime) -> Due:
    """What is due for somebody whose clock was set for `person.due_at`, at or before now. A list whose time has come since then is
    due once, however many mornings were slept through."""
    since = (person.due_at or now) - _BEFORE
    today = calendar.local_date(now)
    reached = person.active and person.unreachable_since is None
    return Due(
        digest=reached and person.digest and calendar.next_morning(since) <= now,
        weekly=reached and person.weekly and calendar.next_weekday_morning(since, MONDAY) <= now,
        moves_asks=not reached or person.is_away(today),
        next=next_look(calendar, person, now),
    )


def next_look(calendar: Calendar, person: PersonRow, now: datetime) -> datetime | None:
    """When something of theirs is next due after now; None when nothing will be. Whoever cannot be asked is looked at every working
    morning for as long as that lasts, since the index of who is asked may have been behind at the look before."""
    if person.erased:
        return None
    if not person.active:
        return calendar.next_morning(now)
    times = [calendar.start_of(date.fromisoformat(absence.first)) for absence in person.absences]
    out = person.unreachable_since is not None or person.is_away(calendar.local_date(now))
    if person.digest or out:
        times.append(calendar.next_morning(now))
    if person.weekly:
        times.append(calendar.next_weekday_morning(now, MONDAY))
    return min((at for at in times if at > now), default=None)
