"""The shipped calendar, day by day, against the `holidays` library and against dates that anybody can look up."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import holidays
import pytest

from chalicelib.domain.working_days import months_after
from tests.world import configuration

CALENDAR = configuration().calendar
YEARS = range(2024, 2037)
EVES = ("midsommarafton", "julafton", "nyårsafton")
"""The eves that site.toml takes as free."""


def days_of(year: int) -> list[date]:
    first = date(year, 1, 1)
    return [first + timedelta(days=n) for n in range((date(year + 1, 1, 1) - first).days)]


def free_by_the_library(year: int) -> set[date]:
    public = holidays.country_holidays(
        "SE", years=year, categories=("public",), include_sundays=False, language="sv"
    )
    eves = holidays.country_holidays(
        "SE", years=year, categories=("de_facto",), include_sundays=False, language="sv"
    )
    chosen = {day for day, name in eves.items() if name.lower() in EVES}
    assert len(chosen) == len(EVES)
    return set(public) | chosen


@pytest.mark.parametrize("year", YEARS)
def test_every_day_of_a_year_is_as_the_library_has_it(year: int) -> None:
    free = free_by_the_library(year)
    assert len(days_of(year)) in (365, 366)
    for day in days_of(year):
        expected = day.weekday() < 5 and day not in free
        assert CALENDAR.is_working_day(day) is expected, day


def test_the_year_2026_has_these_days_off_on_weekdays() -> None:
    off = [
        day.isoformat()
        for day in days_of(2026)
        if day.weekday() < 5 and not CALENDAR.is_working_day(day)
    ]
    assert off == [
        "2026-01-01",  # New Year's Day
        "2026-01-06",  # Epiphany
        "2026-04-03",  # Good Friday
        "2026-04-06",  # Easter Monday
        "2026-05-01",  # May Day
        "2026-05-14",  # Ascension Day
        "2026-06-19",  # Midsummer Eve
        "2026-12-24",  # Christmas Eve
        "2026-12-25",  # Christmas Day
        "2026-12-31",  # New Year's Eve
    ]


@pytest.mark.parametrize(
    ("day", "works"),
    [
        (date(2024, 2, 29), True),
        (date(2024, 6, 6), False),  # the national day, a Thursday
        (date(2024, 6, 7), True),
        (date(2024, 6, 21), False),  # Midsummer Eve
        (date(2025, 4, 18), False),  # Good Friday
        (date(2025, 4, 21), False),  # Easter Monday
        (date(2025, 5, 29), False),  # Ascension Day
        (date(2025, 5, 30), True),  # a day between that is no holiday
        (date(2025, 6, 6), False),
        (date(2026, 1, 5), True),  # the eve of Epiphany
        (date(2026, 4, 2), True),  # Maundy Thursday
        (date(2026, 4, 30), True),  # Walpurgis Eve
        (date(2026, 10, 30), True),  # the eve of All Saints' Day
        (date(2026, 12, 23), True),
        (date(2026, 12, 28), True),
        (date(2027, 3, 26), False),  # Good Friday
        (date(2027, 3, 29), False),  # Easter Monday
    ],
)
def test_days_that_anybody_can_look_up(day: date, works: bool) -> None:
    assert CALENDAR.is_working_day(day) is works


def test_a_year_has_about_250_working_days() -> None:
    assert sum(map(CALENDAR.is_working_day, days_of(2026))) == 251
    assert sum(map(CALENDAR.is_working_day, days_of(2025))) == 249


def test_working_days_between_are_those_counted_one_by_one() -> None:
    for day in days_of(2026):
        for length in (0, 1, 5, 40):
            last = day + timedelta(days=length)
            one_by_one = [day + timedelta(days=n + 1) for n in range(length)]
            counted = sum(map(CALENDAR.is_working_day, one_by_one))
            assert CALENDAR.working_days_between(day, last) == counted
    assert CALENDAR.working_days_between(date(2026, 3, 9), date(2026, 3, 2)) == 0


def test_every_day_ends_one_second_before_the_next_begins_also_when_clocks_change() -> None:
    for day in days_of(2026):
        end, start = CALENDAR.end_of(day), CALENDAR.start_of(day + timedelta(days=1))
        assert start - end == timedelta(seconds=1)
        assert CALENDAR.local_date(end) == day
        assert CALENDAR.local_date(start) == day + timedelta(days=1)
        assert (end.tzinfo, start.tzinfo) == (UTC, UTC)


def test_the_two_days_when_clocks_change_have_23_and_25_hours() -> None:
    lengths = {
        day: CALENDAR.start_of(day + timedelta(days=1)) - CALENDAR.start_of(day)
        for day in days_of(2026)
    }
    odd = {day: length for day, length in lengths.items() if length != timedelta(hours=24)}
    assert odd == {
        date(2026, 3, 29): timedelta(hours=23),
        date(2026, 10, 25): timedelta(hours=25),
    }


def test_an_idea_sent_in_the_last_second_of_a_day_belongs_to_that_day() -> None:
    last = datetime(2026, 3, 29, 21, 59, 59, tzinfo=UTC)
    assert CALENDAR.local_date(last) == date(2026, 3, 29)
    assert CALENDAR.local_date(last + timedelta(seconds=1)) == date(2026, 3, 30)


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 3, 2), 6, date(2026, 9, 2)),
        (date(2026, 8, 31), 6, date(2027, 2, 28)),
        (date(2027, 8, 31), 6, date(2028, 2, 29)),
        (date(2026, 12, 31), 12, date(2027, 12, 31)),
        (date(2028, 2, 29), 12, date(2029, 2, 28)),
        (date(2026, 7, 15), 6, date(2027, 1, 15)),
        (date(2026, 11, 30), 1, date(2026, 12, 30)),
        (date(2026, 12, 1), 1, date(2027, 1, 1)),
        (date(2026, 1, 31), 60, date(2031, 1, 31)),
    ],
)
def test_so_many_months_later_is_the_same_day_or_the_last_of_the_month(
    day: date, months: int, expected: date
) -> None:
    assert months_after(day, months) == expected


@pytest.mark.parametrize(
    ("day", "after", "expected"),
    [
        (date(2026, 4, 1), date(2026, 3, 2), date(2026, 4, 1)),
        (date(2026, 4, 6), date(2026, 3, 7), date(2026, 4, 2)),
        (date(2026, 4, 4), date(2026, 4, 2), date(2026, 4, 4)),  # none is later than Thursday
        (date(2026, 12, 27), date(2026, 11, 27), date(2026, 12, 23)),
    ],
)
def test_the_last_working_morning_that_is_not_too_late(
    day: date, after: date, expected: date
) -> None:
    assert CALENDAR.last_morning(day, after) == CALENDAR.morning(expected)
