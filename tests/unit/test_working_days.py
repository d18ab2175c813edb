"""The municipality's days: what counts as a working day, and what a deadline is in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.working_days import Calendar

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CHRISTMAS = frozenset(
    {date(2026, 12, 24), date(2026, 12, 25), date(2026, 12, 31), date(2027, 1, 1)}
)
CALENDAR = Calendar(CHRISTMAS, STOCKHOLM)

days = st.dates(date(2024, 1, 1), date(2036, 12, 31))
moments = st.integers(0, 12 * 365 * 24 * 3600).map(
    lambda seconds: datetime(2024, 1, 2, tzinfo=UTC) + timedelta(seconds=seconds)
)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 12, 23), True),
        (date(2026, 12, 24), False),
        (date(2026, 12, 26), False),
        (date(2026, 12, 27), False),
        (date(2026, 12, 28), True),
    ],
)
def test_weekends_and_configured_days_off_are_not_working_days(day: date, working: bool) -> None:
    assert CALENDAR.is_working_day(day) is working


@pytest.mark.parametrize(
    ("day", "n", "expected"),
    [
        (date(2026, 12, 21), 1, date(2026, 12, 22)),
        (date(2026, 12, 23), 1, date(2026, 12, 28)),
        (date(2026, 12, 23), 4, date(2027, 1, 4)),
        (date(2026, 12, 26), 1, date(2026, 12, 28)),
        (date(2026, 12, 26), 0, date(2026, 12, 26)),
        (date(2026, 12, 28), -1, date(2026, 12, 23)),
        (date(2026, 12, 26), -1, date(2026, 12, 23)),
        (date(2027, 1, 4), -4, date(2026, 12, 23)),
    ],
)
def test_working_days_are_counted_past_days_off(day: date, n: int, expected: date) -> None:
    assert CALENDAR.add_working_days(day, n) == expected


@given(day=days, n=st.integers(1, 60))
def test_counting_forward_lands_on_a_working_day_with_that_many_between(day: date, n: int) -> None:
    end = CALENDAR.add_working_days(day, n)
    between = [day + timedelta(days=i) for i in range(1, (end - day).days + 1)]
    assert CALENDAR.is_working_day(end)
    assert sum(map(CALENDAR.is_working_day, between)) == n


@given(day=days, n=st.integers(1, 60))
def test_counting_back_undoes_counting_forward_from_a_working_day(day: date, n: int) -> None:
    start = CALENDAR.add_working_days(day, 1)
    assert CALENDAR.add_working_days(CALENDAR.add_working_days(start, n), -n) == start


@pytest.mark.parametrize(
    ("now", "days_given", "expected"),
    [
        # Summer time: the day ends at 21:59:59 in UTC; winter time: at 22:59:59.
        (datetime(2026, 5, 4, 12, 0, tzinfo=UTC), 5, datetime(2026, 5, 11, 21, 59, 59, tzinfo=UTC)),
        (
            datetime(2026, 11, 2, 12, 0, tzinfo=UTC),
            5,
            datetime(2026, 11, 9, 22, 59, 59, tzinfo=UTC),
        ),
        # Over the night when clocks change.
        (
            datetime(2026, 3, 27, 12, 0, tzinfo=UTC),
            1,
            datetime(2026, 3, 30, 21, 59, 59, tzinfo=UTC),
        ),
        (
            datetime(2026, 10, 23, 12, 0, tzinfo=UTC),
            1,
            datetime(2026, 10, 26, 22, 59, 59, tzinfo=UTC),
        ),
        # Late in the evening it is already tomorrow in Sweden.
        (datetime(2026, 5, 4, 22, 30, tzinfo=UTC), 1, datetime(2026, 5, 6, 21, 59, 59, tzinfo=UTC)),
        (datetime(2026, 5, 4, 12, 0, tzinfo=UTC), 0, datetime(2026, 5, 4, 21, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_the_last_second_of_a_local_working_day(
    now: datetime, days_given: int, expected: datetime
) -> None:
    assert CALENDAR.deadline(now, days_given) == expected


@given(now=moments, n=st.integers(1, 30))
def test_a_deadline_leaves_its_whole_last_day_and_is_given_in_utc(now: datetime, n: int) -> None:
    deadline = CALENDAR.deadline(now, n)
    local = deadline.astimezone(STOCKHOLM)
    assert deadline.tzinfo is UTC
    assert (local.hour, local.minute, local.second) == (23, 59, 59)
    assert CALENDAR.is_working_day(local.date())


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (date(2026, 7, 1), datetime(2026, 7, 1, 5, 30, tzinfo=UTC)),
        (date(2026, 12, 1), datetime(2026, 12, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_a_morning_is_half_past_seven_on_the_wall(day: date, expected: datetime) -> None:
    assert CALENDAR.morning(day) == expected
    assert CALENDAR.morning(day).tzinfo is UTC


def test_another_hour_can_be_chosen_for_a_morning() -> None:
    assert CALENDAR.morning(date(2026, 12, 1), 9, 0) == datetime(2026, 12, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        # Before half past seven on a working day it is today, at half past seven and after it is tomorrow.
        (datetime(2026, 12, 21, 6, 29, 59, tzinfo=UTC), datetime(2026, 12, 21, 6, 30, tzinfo=UTC)),
        (datetime(2026, 12, 21, 6, 30, tzinfo=UTC), datetime(2026, 12, 22, 6, 30, tzinfo=UTC)),
        (datetime(2026, 12, 23, 7, 0, tzinfo=UTC), datetime(2026, 12, 28, 6, 30, tzinfo=UTC)),
        (datetime(2026, 12, 24, 5, 0, tzinfo=UTC), datetime(2026, 12, 28, 6, 30, tzinfo=UTC)),
    ],
)
def test_the_next_morning_is_that_of_a_working_day(now: datetime, expected: datetime) -> None:
    assert CALENDAR.next_morning(now) == expected


@given(now=moments)
def test_the_next_morning_is_always_ahead_and_none_is_skipped(now: datetime) -> None:
    morning = CALENDAR.next_morning(now)
    before = CALENDAR.add_working_days(CALENDAR.local_date(morning), -1)
    assert morning > now
    assert CALENDAR.is_working_day(CALENDAR.local_date(morning))
    assert CALENDAR.morning(before) <= now


def test_the_local_date_is_that_of_the_municipality() -> None:
    assert CALENDAR.local_date(datetime(2026, 5, 4, 22, 30, tzinfo=UTC)) == date(2026, 5, 5)
    assert CALENDAR.local_date(datetime(2026, 12, 4, 22, 30, tzinfo=UTC)) == date(2026, 12, 4)
