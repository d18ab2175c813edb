"""The case's own clock: a pause costs no time, a changed calendar mends a deadline, and a substitute has time to answer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chalicelib.domain.deadlines import (
    go_on,
    promise,
    right_clock,
    start_clock,
    stop_clock,
    with_time_to_answer,
)
from chalicelib.domain.process import Counts, Step
from chalicelib.domain.rows import CaseRow
from chalicelib.domain.working_days import Calendar
from tests.builders import a_case
from tests.small_process import JURY
from tests.unit.standing_cases import CALENDAR

STOCKHOLM = ZoneInfo("Europe/Stockholm")
JULY = frozenset(date(year, 7, day) for year in (2025, 2026, 2027) for day in range(6, 32))
STOPPED = Calendar(CALENDAR.non_working | JULY, STOCKHOLM)
"""The municipality's calendar with a July stop, 6 to 31 July."""

BY_DAYS = replace(JURY, counts=Counts.CALENDAR_DAYS)
steps = st.sampled_from([JURY, BY_DAYS])
calendars = st.sampled_from([CALENDAR, STOPPED])
starts = st.integers(0, 365 * 24 * 60).map(
    lambda minutes: datetime(2026, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
)
spans = st.integers(0, 90 * 24 * 60).map(lambda minutes: timedelta(minutes=minutes))


def on(year: int, month: int, day: int, hour: int = 9) -> datetime:
    return datetime(year, month, day, hour, tzinfo=STOCKHOLM).astimezone(UTC)


def day_of(at: datetime | None) -> date:
    assert at is not None
    return at.astimezone(STOCKHOLM).date()


def days_left(calendar: Calendar, step: Step, at: datetime, case: CaseRow) -> int:
    """Counted here, day by day, and not by the functions under test; below zero when the deadline has passed."""
    today, last = at.astimezone(STOCKHOLM).date(), day_of(case.deadline)
    earlier, later = sorted((today, last))
    between = [earlier + timedelta(days=n + 1) for n in range((later - earlier).days)]
    if step.counts is Counts.WORKING_DAYS:
        between = [day for day in between if day.weekday() < 5 and day not in calendar.non_working]
    return len(between) if last >= today else -len(between)


@settings(deadline=None)
@given(calendar=calendars, step=steps, start=starts, days=st.integers(1, 60), held=spans, off=spans)
def test_a_paused_clock_costs_no_time(
    calendar: Calendar, step: Step, start: datetime, days: int, held: timedelta, off: timedelta
) -> None:
    case = start_clock(calendar, a_case(), step, start, days)
    stopped_at, resumed_at = start + held, start + held + off
    left = days_left(calendar, step, stopped_at, case)
    running = go_on(calendar, stop_clock(case, stopped_at), step, resumed_at)
    assert running.paused_at is None
    assert days_left(calendar, step, resumed_at, running) == left


@settings(deadline=None)
@given(
    calendar=calendars,
    step=steps,
    start=starts,
    days=st.integers(1, 60),
    pauses=st.lists(st.tuples(spans, spans), max_size=4),
)
def test_however_often_the_clock_stops_the_time_used_is_the_time_that_it_ran(
    calendar: Calendar,
    step: Step,
    start: datetime,
    days: int,
    pauses: list[tuple[timedelta, timedelta]],
) -> None:
    case = start_clock(calendar, a_case(), step, start, days)
    at = start
    for held, off in pauses:
        left = days_left(calendar, step, at + held, case)
        case = go_on(calendar, stop_clock(case, at + held), step, at + held + off)
        at += held + off
        assert days_left(calendar, step, at, case) == left


@settings(deadline=None)
@given(calendar=calendars, step=steps, start=starts, days=st.integers(1, 60), held=spans)
def test_a_pause_within_one_day_changes_nothing(
    calendar: Calendar, step: Step, start: datetime, days: int, held: timedelta
) -> None:
    case = start_clock(calendar, a_case(), step, start, days)
    at = start + held
    assert go_on(calendar, stop_clock(case, at), step, at) == case


def test_a_pause_across_the_change_of_summer_time_gives_whole_days_back() -> None:
    case = start_clock(CALENDAR, a_case(), JURY, on(2026, 3, 26), 5)
    assert day_of(case.deadline) == date(2026, 4, 2)
    running = go_on(CALENDAR, stop_clock(case, on(2026, 3, 27)), JURY, on(2026, 3, 30))
    assert day_of(running.deadline) == date(2026, 4, 7)  # past Easter
    assert running.deadline == datetime(2026, 4, 7, 21, 59, 59, tzinfo=UTC)


def test_a_pause_through_the_july_stop_gives_only_working_days_back() -> None:
    case = start_clock(STOPPED, a_case(), JURY, on(2026, 6, 29), 5)
    assert day_of(case.deadline) == date(2026, 8, 3)  # four days before the stop, and one after
    running = go_on(STOPPED, stop_clock(case, on(2026, 7, 2)), JURY, on(2026, 8, 4))
    assert day_of(running.deadline) == date(2026, 8, 6)


def test_calendar_days_are_given_back_as_calendar_days() -> None:
    case = start_clock(CALENDAR, a_case(), BY_DAYS, on(2026, 3, 2), 10)
    assert day_of(case.deadline) == date(2026, 3, 12)
    running = go_on(CALENDAR, stop_clock(case, on(2026, 3, 6)), BY_DAYS, on(2026, 3, 9))
    assert day_of(running.deadline) == date(2026, 3, 15)  # a Sunday


def test_a_clock_that_stands_still_is_not_stopped_again() -> None:
    first = stop_clock(a_case(), on(2026, 3, 3))
    assert stop_clock(first, on(2026, 3, 9)) == first


def test_a_clock_that_runs_is_not_set_going() -> None:
    case = start_clock(CALENDAR, a_case(), JURY, on(2026, 3, 2), 10)
    assert go_on(CALENDAR, case, JURY, on(2026, 3, 9)) == case


def test_a_clock_that_was_started_anew_while_it_stood_still_is_not_given_time_from_before() -> None:
    paused = stop_clock(start_clock(CALENDAR, a_case(), JURY, on(2026, 3, 2), 2), on(2026, 3, 3))
    anew = start_clock(CALENDAR, paused, JURY, on(2026, 3, 16), 3)
    running = go_on(CALENDAR, anew, JURY, on(2026, 3, 17))
    assert day_of(running.deadline) == date(2026, 3, 20)


@pytest.mark.parametrize(
    ("start", "days", "step", "deadline"),
    [
        (on(2026, 3, 2), 5, JURY, datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)),
        (on(2026, 3, 27), 1, JURY, datetime(2026, 3, 30, 21, 59, 59, tzinfo=UTC)),
        (on(2026, 3, 2), 5, BY_DAYS, datetime(2026, 3, 7, 22, 59, 59, tzinfo=UTC)),
        (on(2026, 3, 27), 90, BY_DAYS, datetime(2026, 6, 25, 21, 59, 59, tzinfo=UTC)),
        (on(2026, 12, 31), 60, BY_DAYS, datetime(2027, 3, 1, 22, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_deadline_is_the_last_second_of_a_day_of_the_kind_that_the_step_counts(
    start: datetime, days: int, step: Step, deadline: datetime
) -> None:
    case = start_clock(CALENDAR, a_case(), step, start, days)
    assert (case.deadline, case.clock_days) == (deadline, days)
    assert case.clock_from == day_of(start).isoformat()


def test_without_a_deadline_nothing_is_promised() -> None:
    waits = a_case(deadline=None, promised_by="2026-03-16")
    assert promise(CALENDAR, waits) == replace(waits, promised_by=None)


def test_a_changed_calendar_moves_a_deadline_and_the_old_one_moves_it_back() -> None:
    case = start_clock(CALENDAR, a_case(), JURY, on(2026, 6, 29), 10)
    assert day_of(case.deadline) == date(2026, 7, 13)
    moved = right_clock(STOPPED, case, JURY)
    assert day_of(moved.deadline) == date(2026, 8, 10)
    assert right_clock(CALENDAR, moved, JURY) == case


@pytest.mark.parametrize(
    "fields",
    [
        {"clock_from": None},
        {"deadline": None},
        {"paused_at": on(2026, 6, 30)},
    ],
    ids=["a date that somebody gave", "no deadline", "a clock that stands still"],
)
def test_a_changed_calendar_moves_only_a_clock_that_runs(fields: dict[str, object]) -> None:
    started = start_clock(CALENDAR, a_case(), JURY, on(2026, 6, 29), 10)
    case = replace(started, **fields)
    assert right_clock(STOPPED, case, JURY) == case


def test_a_calendar_that_changed_during_a_pause_counts_when_the_clock_goes_on() -> None:
    case = stop_clock(start_clock(CALENDAR, a_case(), JURY, on(2026, 6, 29), 5), on(2026, 6, 30))
    running = go_on(STOPPED, case, JURY, on(2026, 7, 1))
    assert day_of(running.deadline) == date(2026, 8, 4)


FRIDAY = on(2026, 3, 6)


@pytest.mark.parametrize(
    ("step", "left", "expected"),
    [
        (JURY, 9, date(2026, 3, 19)),  # more than enough: nothing changes
        (JURY, 3, date(2026, 3, 11)),  # exactly enough
        (JURY, 1, date(2026, 3, 11)),
        (JURY, 0, date(2026, 3, 11)),
        (replace(JURY, deadline_days=1), 0, date(2026, 3, 9)),  # the step itself gives fewer
        (BY_DAYS, 1, date(2026, 3, 11)),  # over a weekend three calendar days would be one day
        (replace(BY_DAYS, deadline_days=2), 0, date(2026, 3, 8)),
    ],
)
def test_somebody_who_is_asked_late_has_time_to_answer(
    step: Step, left: int, expected: date
) -> None:
    start = on(2026, 3, 6)
    case = start_clock(CALENDAR, a_case(), step, start, left)
    assert day_of(with_time_to_answer(CALENDAR, case, step, FRIDAY).deadline) == expected


def test_exactly_enough_time_is_enough() -> None:
    case = start_clock(CALENDAR, a_case(escalations=1), JURY, on(2026, 3, 5), 4)
    assert day_of(case.deadline) == date(2026, 3, 11)
    assert with_time_to_answer(CALENDAR, case, JURY, FRIDAY) == case


def test_a_case_without_a_deadline_is_given_none_by_a_substitute() -> None:
    case = a_case(deadline=None)
    assert with_time_to_answer(CALENDAR, case, JURY, FRIDAY) == case


def test_a_clock_that_was_never_counted_goes_on_as_it_was() -> None:
    case = a_case(clock_from=None, deadline=on(2026, 3, 12), paused_at=on(2026, 3, 3))
    running = go_on(CALENDAR, case, JURY, on(2026, 3, 5))
    assert (running.deadline, running.paused_at) == (case.deadline, None)


def test_when_the_deadline_has_passed_a_substitute_starts_a_new_one_and_a_new_ladder() -> None:
    case = start_clock(CALENDAR, a_case(escalations=2), JURY, on(2026, 2, 2), 5)
    helped = with_time_to_answer(CALENDAR, case, JURY, FRIDAY)
    assert (day_of(helped.deadline), helped.escalations) == (date(2026, 3, 11), 0)


def test_where_there_is_time_enough_the_ladder_stays() -> None:
    case = start_clock(CALENDAR, a_case(escalations=2), JURY, FRIDAY, 9)
    assert with_time_to_answer(CALENDAR, case, JURY, FRIDAY) == case


def test_a_substitute_who_is_asked_in_a_pause_takes_no_time_from_those_who_were_asked() -> None:
    """Ten days were left when the clock stopped; the day of its deadline has passed meanwhile."""
    case = stop_clock(start_clock(CALENDAR, a_case(), JURY, on(2026, 2, 2), 10), on(2026, 2, 2))
    assert day_of(case.deadline) < day_of(FRIDAY)
    assert with_time_to_answer(CALENDAR, case, JURY, FRIDAY) == case


def test_a_substitute_in_a_pause_with_little_time_left_gets_more_when_the_clock_goes_on() -> None:
    case = stop_clock(start_clock(CALENDAR, a_case(), JURY, on(2026, 3, 2), 1), on(2026, 3, 3))
    helped = with_time_to_answer(CALENDAR, replace(case, escalations=1), JURY, FRIDAY)
    assert helped.escalations == 1  # these rungs are the phone call's
    running = go_on(CALENDAR, helped, JURY, on(2026, 3, 16))
    assert day_of(running.deadline) == date(2026, 3, 19)


def test_a_substitute_takes_no_time_when_the_calendar_was_changed_and_nobody_has_looked_yet() -> (
    None
):
    case = start_clock(CALENDAR, a_case(), JURY, on(2026, 7, 1), 9)
    assert day_of(case.deadline) == date(2026, 7, 14)  # by the calendar of before
    assert with_time_to_answer(STOPPED, case, JURY, on(2026, 7, 3)) == case
    assert day_of(right_clock(STOPPED, case, JURY).deadline) == date(2026, 8, 11)
