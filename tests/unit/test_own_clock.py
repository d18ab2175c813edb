"""A person's own clock: morning and weekly lists, an absence that begins, and somebody who has left."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.own_clock import due, next_look
from chalicelib.domain.rows import Absence, PersonRow
from tests.builders import NOW, a_person
from tests.unit.standing_cases import CALENDAR

MONDAY = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
TUESDAY_MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
MIDNIGHT = datetime(2026, 3, 8, 23, 0, tzinfo=UTC)
"""When Monday 9 March begins in Sweden."""
SECOND = timedelta(seconds=1)
NEXT_WEEK = Absence("2026-03-09", "2026-03-13")


NEXT: dict[str, tuple[dict[str, object], datetime, datetime | None]] = {
    "nothing of their own": ({}, NOW, None),
    "a morning list": ({"digest": True}, NOW, TUESDAY_MORNING),
    "a weekly list": ({"weekly": True}, NOW, MONDAY),
    "both": ({"digest": True, "weekly": True}, NOW, TUESDAY_MORNING),
    "an absence ahead": ({"absences": (NEXT_WEEK,)}, NOW, MIDNIGHT),
    "an absence that began": ({"absences": (NEXT_WEEK,)}, MIDNIGHT, MONDAY),
    "the last morning of an absence": (
        {"absences": (NEXT_WEEK,)},
        MONDAY + timedelta(days=4, hours=12),
        MONDAY + timedelta(days=7),
    ),
    "an absence that is over": ({"absences": (NEXT_WEEK,)}, MONDAY + timedelta(days=7), None),
    "out of reach of mail": ({"unreachable_since": NOW}, NOW, TUESDAY_MORNING),
    "the next of two absences": (
        {"absences": (Absence("2026-05-01", "2026-05-02"), NEXT_WEEK)},
        NOW,
        MIDNIGHT,
    ),
    "an absence before the weekly list": (
        {"absences": (NEXT_WEEK,), "weekly": True},
        NOW,
        MIDNIGHT,
    ),
    "the list's own second": (
        {"digest": True},
        TUESDAY_MORNING,
        TUESDAY_MORNING + timedelta(days=1),
    ),
    "left, with all of it": (
        {"active": False, "digest": True, "weekly": True, "absences": (NEXT_WEEK,)},
        NOW,
        TUESDAY_MORNING,
    ),
    "left, and was erased": ({"active": False, "name": "", "weekly": True}, NOW, None),
}


@pytest.mark.parametrize(("fields", "now", "at"), NEXT.values(), ids=list(NEXT.keys()))
def test_when_something_of_theirs_is_next_due(
    fields: dict[str, object], now: datetime, at: datetime | None
) -> None:
    assert next_look(CALENDAR, a_person(**fields), now) == at


DUE: dict[str, tuple[dict[str, object], datetime, datetime, tuple[bool, bool, bool]]] = {
    # fields, when the clock was set for, now; (morning list, weekly list, asks must be looked at)
    "a morning": ({"digest": True}, TUESDAY_MORNING, TUESDAY_MORNING, (True, False, False)),
    "a Monday morning": ({"weekly": True}, MONDAY, MONDAY, (False, True, False)),
    "a Monday morning with both": (
        {"weekly": True, "digest": True},
        MONDAY,
        MONDAY,
        (True, True, False),
    ),
    "weekly, woken on another morning": (
        {"weekly": True},
        TUESDAY_MORNING,
        TUESDAY_MORNING,
        (False, False, False),
    ),
    "mornings slept through": (
        {"digest": True},
        TUESDAY_MORNING,
        TUESDAY_MORNING + timedelta(days=10),
        (True, False, False),
    ),
    "weeks slept through": (
        {"weekly": True},
        MONDAY,
        MONDAY + timedelta(days=30),
        (False, True, False),
    ),
    "an absence begins": ({"absences": (NEXT_WEEK,)}, MIDNIGHT, MIDNIGHT, (False, False, True)),
    "an absence begins for somebody with lists": (
        {"absences": (NEXT_WEEK,), "digest": True, "weekly": True},
        MIDNIGHT,
        MIDNIGHT,
        (False, False, True),
    ),
    "the day before an absence": (
        {"absences": (NEXT_WEEK,)},
        MIDNIGHT - SECOND,
        MIDNIGHT - SECOND,
        (False, False, False),
    ),
    "left": (
        {"active": False, "digest": True, "weekly": True},
        MONDAY,
        MONDAY,
        (False, False, True),
    ),
    "before the hour": (
        {"digest": True},
        TUESDAY_MORNING - timedelta(hours=1),
        TUESDAY_MORNING - SECOND,
        (False, False, False),
    ),
    "without a clock that was set": (
        {"digest": True, "due_at": None},
        NOW,
        TUESDAY_MORNING,
        (True, False, False),
    ),
}


@pytest.mark.parametrize(("fields", "was_set", "now", "what"), DUE.values(), ids=list(DUE.keys()))
def test_what_is_due_for_somebody(
    fields: dict[str, object], was_set: datetime, now: datetime, what: tuple[bool, bool, bool]
) -> None:
    found = due(CALENDAR, a_person(**({"due_at": was_set} | fields)), now)
    assert (found.digest, found.weekly, found.moves_asks) == what


@pytest.mark.parametrize(
    ("week", "morning"),
    [
        (date(2026, 3, 9), date(2026, 3, 9)),
        (date(2026, 3, 30), date(2026, 3, 30)),  # the day after summer time began
        (date(2026, 4, 6), date(2026, 4, 7)),  # Easter Monday
        (date(2026, 10, 26), date(2026, 10, 26)),  # the day after it ended
        (date(2028, 12, 25), date(2028, 12, 27)),  # Christmas Day, and Boxing Day after it
    ],
)
def test_the_weekly_list_comes_on_monday_at_half_past_seven_or_on_the_next_working_day(
    week: date, morning: date
) -> None:
    person = a_person(weekly=True)
    before = CALENDAR.morning(week) - timedelta(days=1)
    assert next_look(CALENDAR, person, before) == CALENDAR.morning(morning)
    local = CALENDAR.morning(morning).astimezone(CALENDAR.time_zone)
    assert (local.hour, local.minute) == (7, 30)


def lists_of(person: PersonRow, days: int) -> list[datetime]:
    """When the weekly list comes, looking each time that the clock is set for."""
    now, found = NOW, []
    while (at := next_look(CALENDAR, replace(person, due_at=now), now)) is not None:
        if at > NOW + timedelta(days=days):
            break
        if due(CALENDAR, replace(person, due_at=at), at).weekly:
            found.append(at)
        now = at
    return found


def test_there_is_one_weekly_list_for_each_week_of_a_year() -> None:
    weeks = [
        CALENDAR.local_date(at).isocalendar()[:2] for at in lists_of(a_person(weekly=True), 365)
    ]
    assert len(weeks) == len(set(weeks)) == 52


@given(
    start=st.integers(0, 700 * 24 * 60).map(lambda minutes: NOW + timedelta(minutes=minutes)),
    digest=st.booleans(),
    weekly=st.booleans(),
    first=st.integers(1, 700),
)
def test_the_next_look_is_always_ahead(
    start: datetime, digest: bool, weekly: bool, first: int
) -> None:
    day = (NOW + timedelta(days=first)).date().isoformat()
    person = a_person(digest=digest, weekly=weekly, absences=(Absence(day, day),))
    at = next_look(CALENDAR, person, start)
    assert at is None or at > start
    assert at is not None or not (digest or weekly)


def test_looking_twice_in_one_moment_gives_no_second_list() -> None:
    person = a_person(digest=True, weekly=True, due_at=MONDAY)
    first = due(CALENDAR, person, MONDAY)
    again = due(CALENDAR, replace(person, due_at=first.next), MONDAY)
    assert first.next is not None
    assert first.next > MONDAY
    assert (again.digest, again.weekly) == (False, False)
