"""When people get to what reached them: in their hours, on their days, later after they were away."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from statistics import median

import pytest

from infra.simulate.behaviour import Away
from infra.simulate.office import CATCHING_UP, DaysOff, days_off, gets_to_it, some_days
from tests.world import configuration

CALENDAR = configuration().calendar
MONDAY = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
FRIDAY_EVENING = datetime(2026, 3, 6, 19, 30, tzinfo=UTC)
AWAY = Away(summer_weeks=4, other_weeks=2, told=0.7, leaves=0)
YEAR = (date(2026, 1, 1), date(2026, 12, 31))
SEEDS = range(200)


def off(first: date, last: date) -> tuple[DaysOff, ...]:
    return (DaysOff(first, last, told=True),)


@pytest.mark.parametrize("days", [0, 0.9, 1, 3.5])
@pytest.mark.parametrize("now", [MONDAY, FRIDAY_EVENING])
def test_things_are_done_at_work_after_so_many_working_days(now: datetime, days: float) -> None:
    for seed in SEEDS:
        at = gets_to_it(CALENDAR, now, days, (), random.Random(seed))
        local = at.astimezone(CALENDAR.time_zone)
        assert now < at
        assert at.tzinfo is UTC
        assert 8 <= local.hour < 17
        assert CALENDAR.is_working_day(local.date())
        soonest = 1 if now == FRIDAY_EVENING else 0
        assert local.date() == CALENDAR.add_working_days(now.date(), max(int(days), soonest))


def test_what_comes_in_the_last_minute_of_a_day_is_done_the_next() -> None:
    late = datetime(2026, 3, 2, 15, 59, 30, tzinfo=UTC)
    at = gets_to_it(CALENDAR, late, 0, (), random.Random(1))
    assert CALENDAR.local_date(at) == date(2026, 3, 3)


def test_who_is_away_gets_to_it_when_they_are_back_and_have_caught_up() -> None:
    week = off(date(2026, 3, 2), date(2026, 3, 6))
    days = {
        CALENDAR.local_date(gets_to_it(CALENDAR, MONDAY, 0, week, random.Random(seed)))
        for seed in SEEDS
    }
    back = date(2026, 3, 9)
    assert days == {back + timedelta(days=n) for n in range(CATCHING_UP + 1)}


def test_days_off_on_the_way_count_for_nothing() -> None:
    wednesday = off(date(2026, 3, 4), date(2026, 3, 4))
    at = {
        CALENDAR.local_date(gets_to_it(CALENDAR, MONDAY, 1, wednesday, random.Random(seed)))
        for seed in SEEDS
    }
    assert at == {date(2026, 3, 3)}


def test_the_summer_is_in_one_piece_of_whole_weeks_in_summer() -> None:
    for seed in SEEDS:
        (summer,) = days_off(replace(AWAY, other_weeks=0), *YEAR, random.Random(seed))
        assert date(2026, 6, 22) < summer.first < date(2026, 8, 1)
        assert summer.first.weekday() == 0
        assert (summer.last - summer.first).days == 4 * 7 - 3


def test_single_weeks_come_as_often_as_is_said() -> None:
    without_summer = replace(AWAY, summer_weeks=0, other_weeks=1.5)
    weeks = [len(days_off(without_summer, *YEAR, random.Random(seed))) for seed in range(2000)]
    assert set(weeks) <= {0, 1, 2}
    assert sum(weeks) / len(weeks) == pytest.approx(1.5, abs=0.08)


def test_the_directory_knows_of_as_many_as_is_said() -> None:
    told = [span.told for seed in SEEDS for span in days_off(AWAY, *YEAR, random.Random(seed))]
    assert sum(told) / len(told) == pytest.approx(0.7, abs=0.06)


def test_only_days_within_the_time_that_is_played_are_told() -> None:
    spring = (date(2026, 2, 1), date(2026, 4, 30))
    for seed in SEEDS:
        for span in days_off(AWAY, *spring, random.Random(seed)):
            assert span.last >= spring[0]
            assert span.first <= spring[1]


def test_half_are_done_within_the_median_and_none_of_them_before_now() -> None:
    dice = random.Random(1)
    taken = [some_days(3, 0.9, dice) for _ in range(4000)]
    assert median(taken) == pytest.approx(3, rel=0.08)
    assert min(taken) > 0
    assert max(taken) > 20


@pytest.mark.parametrize(("median_days", "spread", "days"), [(0, 0.9, 0), (3, 0, 3)])
def test_without_chance_it_takes_what_is_said(
    median_days: float, spread: float, days: float
) -> None:
    assert some_days(median_days, spread, random.Random(1)) == pytest.approx(days)
