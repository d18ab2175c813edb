"""Promises that are broken, and a calendar that was changed after they were given."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances, Reason
from chalicelib.domain.rows import GIVER, Fact, Snapshot
from chalicelib.domain.working_days import Calendar
from tests.builders import NOW
from tests.small_process import SMALL, VIEW, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    GLANCE_DEADLINE,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    after,
    answered,
    clocked,
    facts_of,
    given,
    looks,
    looks_again,
    purposes,
    standing,
)


def test_a_promise_is_broken_once_however_long_a_step_lasts() -> None:
    broken = [
        (CALENDAR.local_date(now).isoformat(), fact)
        for now, planned in looks(standing("glance", OPEN_HOST), given(), 12)
        for fact in facts_of(planned, "PromiseBroken")
    ]
    assert broken == [("2026-03-10", {"step": "glance", "deadline": "2026-03-09"})]


@pytest.mark.parametrize(
    ("snapshot", "now", "broken"),
    [
        (standing("ruling", OPEN_JUDGE), RULING_DEADLINE, False),
        (standing("ruling", OPEN_JUDGE), RULING_DEADLINE + SECOND, True),
        (standing("ruling", OPEN_JUDGE, late=True), RULING_DEADLINE + SECOND, False),
        (standing("glance", OPEN_HOST), GLANCE_DEADLINE + SECOND, True),
        (
            standing("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:]),
            JURY_DEADLINE + SECOND,
            False,
        ),
    ],
    ids=["in time", "late", "told already", "late with more time", "late, and the step is left"],
)
def test_when_a_promise_is_broken(snapshot: Snapshot, now: datetime, broken: bool) -> None:
    planned = plan(given(now), snapshot)
    assert bool(facts_of(planned, "PromiseBroken")) is broken
    assert (("interim", GIVER) in purposes(planned)) is broken


def test_nothing_was_promised_of_a_step_that_the_giver_is_not_told_of() -> None:
    process = with_step(SMALL, "ruling", tell_giver=False)
    now = RULING_DEADLINE + SECOND
    planned = plan(given(now, process=process), standing("ruling", OPEN_JUDGE))
    assert facts_of(planned, "PromiseBroken") == []


def test_a_new_step_begins_without_the_last_ones_delay() -> None:
    done = answered("glance", "hanna", {"verdict": "on", "why": "Värd att pröva vidare."})
    planned = plan(given(), standing("glance", done, late=True, escalations=3, extensions=1))
    case = planned.case
    assert (case.step, case.late, case.escalations, case.extensions) == ("jury", False, 0, 0)


# ── A changed calendar ──

STOPPED = Calendar(
    CALENDAR.non_working | {date(2026, 3, day) for day in range(16, 21)}, CALENDAR.time_zone
)
"""A week in March has been made free."""
LATER = CALENDAR.end_of(date(2026, 3, 30))


def with_calendar(world: Circumstances, calendar: Calendar) -> Circumstances:
    return replace(world, calendar=calendar)


def test_a_changed_calendar_moves_the_deadline_of_the_case_and_of_every_open_ask() -> None:
    snapshot = clocked("jury", answered("jury", "ada", VIEW), *OPEN_JURY[1:])
    planned = plan(with_calendar(given(), STOPPED), snapshot)
    looks_again(planned, NOW)
    assert planned.case.deadline == LATER
    assert {ask.person: ask.deadline for ask in planned.changes} == {"bo": LATER, "cid": LATER}
    assert planned.facts == (Fact("DeadlineMoved", {"step": "jury", "deadline": "2026-03-30"}),)
    assert planned.mails == ()


def test_a_changed_calendar_is_acted_on_once() -> None:
    world = with_calendar(given(), STOPPED)
    snapshot = clocked("jury", *OPEN_JURY)
    again = plan(world, after(snapshot, plan(world, snapshot)))
    assert (again.facts, again.changes) == ((), ())
    assert again.case.deadline == LATER


def test_reminders_follow_the_deadline_that_moved() -> None:
    reminded = tuple(replace(ask, reminded=1) for ask in OPEN_JURY)
    now = datetime(2026, 3, 18, 9, 0, tzinfo=UTC)
    planned = plan(with_calendar(given(now), STOPPED), clocked("jury", *reminded))
    assert [ask.reminded for ask in planned.changes] == [0, 0, 0]
    assert planned.case.due_at == CALENDAR.morning(date(2026, 3, 25))


def test_a_calendar_with_fewer_days_off_may_make_it_late_at_once() -> None:
    moved = tuple(replace(ask, deadline=LATER, reminded=1) for ask in OPEN_JURY)
    snapshot = clocked("jury", *moved, deadline=LATER)
    now = JURY_DEADLINE + SECOND
    assert plan(with_calendar(given(now), STOPPED), snapshot).why is Reason.WAITING
    assert plan(given(now), snapshot).why is Reason.DEADLINE_WITHOUT_ANSWERS


def test_a_changed_calendar_moves_the_end_of_a_wait_of_days() -> None:
    snapshot = clocked("nap", clock_days=12, deadline=CALENDAR.end_of(date(2026, 3, 18)))
    planned = plan(with_calendar(given(), STOPPED), snapshot)
    assert planned.case.due_at == CALENDAR.end_of(date(2026, 3, 25))


def test_a_date_that_somebody_gave_stands_whatever_the_calendar_says() -> None:
    wakes = CALENDAR.morning(date(2026, 3, 18))
    planned = plan(with_calendar(given(), STOPPED), standing("drawer", deadline=wakes))
    assert planned.case.due_at == wakes
