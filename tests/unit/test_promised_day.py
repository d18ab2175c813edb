"""The day that the idea-giver was promised stands, whatever those who are asked are given."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from chalicelib.domain.deadlines import promise_ends, right_clock
from chalicelib.domain.plan import plan
from chalicelib.domain.rows import GIVER, Snapshot
from chalicelib.domain.working_days import Calendar
from tests.builders import NOW, a_case
from tests.small_process import SMALL, with_step
from tests.unit.standing_cases import (
    CALENDAR,
    GLANCE_DEADLINE,
    JURY_DEADLINE,
    OPEN_HOST,
    OPEN_JUDGE,
    OPEN_JURY,
    RULING_DEADLINE,
    SECOND,
    answered,
    clocked,
    facts_of,
    given,
    looks,
    purposes,
    standing,
)

PROMISED = "2026-03-16"
ASKED_LATE = RULING_DEADLINE + timedelta(days=3)
"""The deadline of whoever was asked in another's place on the last day."""
ASKED_LATE_RULING = replace(OPEN_JUDGE, deadline=ASKED_LATE)


def late_ruling() -> Snapshot:
    return standing("ruling", ASKED_LATE_RULING, deadline=ASKED_LATE, promised_by=PROMISED)


def test_a_promise_is_broken_on_its_day_although_somebody_was_asked_late() -> None:
    kept = plan(given(RULING_DEADLINE), late_ruling())
    broken = plan(given(RULING_DEADLINE + SECOND), late_ruling())
    assert (facts_of(kept, "PromiseBroken"), kept.case.late) == ([], False)
    assert facts_of(broken, "PromiseBroken") == [{"step": "ruling", "deadline": PROMISED}]
    assert broken.case.late
    assert broken.case.deadline == ASKED_LATE


def test_the_idea_giver_is_told_the_new_day_when_the_promised_one_has_passed() -> None:
    planned = plan(given(RULING_DEADLINE + SECOND), late_ruling())
    (mail,) = [mail for mail in planned.mails if mail.recipient == GIVER]
    assert mail.purpose == "interim"
    assert mail.context["deadline"] == CALENDAR.local_date(ASKED_LATE).isoformat()


def test_a_case_is_looked_at_when_the_promised_day_has_passed() -> None:
    planned = plan(given(RULING_DEADLINE - timedelta(minutes=1)), late_ruling())
    assert planned.case.due_at == RULING_DEADLINE + SECOND


def test_a_broken_promise_of_somebody_asked_late_is_told_once() -> None:
    world = given(RULING_DEADLINE - timedelta(minutes=1))
    told = [
        fact["deadline"]
        for _, planned in looks(late_ruling(), world, 6)
        for fact in facts_of(planned, "PromiseBroken")
    ]
    assert told == [PROMISED]


def test_a_step_without_anybody_to_ask_breaks_its_promise_on_the_promised_day() -> None:
    world = given(RULING_DEADLINE + SECOND, people=())
    planned = plan(world, standing("ruling", deadline=ASKED_LATE, promised_by=PROMISED))
    assert facts_of(planned, "PromiseBroken") == [{"step": "ruling", "deadline": PROMISED}]
    assert ("interim", GIVER) in purposes(planned)


def test_entering_an_ask_promises_its_deadline_and_a_wait_promises_nothing() -> None:
    on = answered("glance", "hanna", {"verdict": "on", "why": "Värd att pröva vidare."})
    rest = answered("glance", "hanna", {"verdict": "rest", "why": "Den får vila ett tag."})
    entered = plan(given(), standing("glance", on, promised_by="2026-03-09")).case
    resting = plan(given(), standing("glance", rest, promised_by="2026-03-09")).case
    assert (entered.step, entered.promised_by) == (
        "jury",
        CALENDAR.local_date(JURY_DEADLINE).isoformat(),
    )
    assert (resting.step == "jury", resting.promised_by) == (False, None)


def test_a_holiday_that_moves_the_deadline_moves_the_promise_by_as_many_days() -> None:
    free = Calendar(CALENDAR.non_working | {date(2026, 3, 18)}, CALENDAR.time_zone)
    snapshot = clocked("jury", *OPEN_JURY, promised_by="2026-03-20")
    moved = right_clock(free, snapshot.case, SMALL.step("jury"))
    assert (moved.deadline, moved.promised_by) == (JURY_DEADLINE + timedelta(days=1), "2026-03-21")


def test_a_case_of_an_earlier_release_was_promised_its_deadline() -> None:
    assert promise_ends(CALENDAR, a_case(deadline=GLANCE_DEADLINE)) == GLANCE_DEADLINE
    planned = plan(given(GLANCE_DEADLINE + SECOND), standing("glance", OPEN_HOST))
    assert facts_of(planned, "PromiseBroken") == [{"step": "glance", "deadline": "2026-03-09"}]


def test_nothing_is_promised_of_a_step_that_the_giver_is_not_told_of() -> None:
    quiet = with_step(SMALL, "ruling", tell_giver=False)
    planned = plan(given(RULING_DEADLINE + SECOND, process=quiet), late_ruling())
    assert (facts_of(planned, "PromiseBroken"), planned.case.late) == ([], False)


def test_a_promise_ends_with_the_last_second_of_its_local_day() -> None:
    ends = promise_ends(CALENDAR, a_case(promised_by=PROMISED, deadline=ASKED_LATE))
    assert isinstance(ends, datetime)
    assert ends == RULING_DEADLINE > NOW
