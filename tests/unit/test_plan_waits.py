"""Waits of months, people whom an answer names, and from when the time of a step counts."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.process import Option, Process, Question, QuestionKind, Step, StepKind
from chalicelib.domain.rows import Fact
from tests.builders import NOW
from tests.small_process import (
    LATER,
    ON,
    SMALL,
    VIEW,
    a_step,
    an_option,
    said,
    with_step,
)
from tests.unit.standing_cases import (
    CALENDAR,
    OPEN_HOST,
    OPEN_JURY,
    SECOND,
    answered,
    clocked,
    given,
    looks_again,
    standing,
)
from tests.world import JURORS


def with_jury(**fields: Any) -> Process:
    return with_step(SMALL, "jury", **fields)


WAYS = Question(
    "way",
    QuestionKind.CHOICE,
    said("way"),
    options=(an_option("up", to="ruling"), an_option("down", to="nap")),
)


def after_months(months: int, since: str | None = None, **wait: Any) -> Process:
    nap = a_step("nap", StepKind.WAIT, wait_months=months, since=since, then="glance", **wait)
    return replace(SMALL, steps=tuple(nap if step.key == "nap" else step for step in SMALL.steps))


REST = {"verdict": "rest", "why": "Vi väntar."}


@pytest.mark.parametrize(
    ("now", "months", "wakes"),
    [
        (NOW, 6, date(2026, 9, 2)),
        (NOW, 12, date(2027, 3, 2)),
        (datetime(2026, 8, 31, 9, 0, tzinfo=UTC), 6, date(2027, 2, 28)),
        (datetime(2027, 8, 31, 9, 0, tzinfo=UTC), 6, date(2028, 2, 29)),
        (datetime(2026, 8, 31, 22, 30, tzinfo=UTC), 1, date(2026, 10, 1)),  # September in Sweden
    ],
)
def test_a_wait_of_months_ends_on_the_morning_of_the_same_day(
    now: datetime, months: int, wakes: date
) -> None:
    done = answered("glance", "hanna", REST)
    planned = plan(given(now, process=after_months(months)), standing("glance", done))
    looks_again(planned, now)
    assert planned.case.deadline == CALENDAR.morning(wakes)


def test_a_wait_of_one_day_lasts_a_day() -> None:
    process = with_step(SMALL, "nap", wait_days=1)
    planned = plan(given(process=process), standing("glance", answered("glance", "hanna", REST)))
    assert (planned.case.step, planned.case.deadline) == ("nap", CALENDAR.deadline(NOW, 1))


def test_a_wait_for_which_nothing_is_said_ends_in_a_minute() -> None:
    process = with_step(SMALL, "jury", then="landed")
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    planned = plan(given(process=process), standing("jury", *two))
    soon = NOW + timedelta(minutes=1)
    assert (planned.case.step, planned.case.deadline, planned.case.due_at) == ("landed", soon, soon)


def test_months_count_from_the_latest_answer_of_the_step_that_is_named() -> None:
    past = NOW - timedelta(days=90)
    ruled = [
        answered("ruling", "jorma", {"ruled": "so"}, minutes=0),
        replace(answered("ruling", "judit", {"ruled": "so"}), answered_at=past, epoch=1),
    ]
    later = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    done = replace(answered("glance", "hanna", REST), epoch=3, answered_at=later)
    snapshot = standing("glance", done, *ruled, epoch=3)
    planned = plan(given(later, process=after_months(6, "ruling")), snapshot)
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 2))


def test_months_that_have_passed_already_end_in_a_minute() -> None:
    ruled = answered("ruling", "jorma", {"ruled": "so"})
    later = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
    done = replace(answered("glance", "hanna", REST), epoch=3, answered_at=later)
    planned = plan(
        given(later, process=after_months(6, "ruling")), standing("glance", done, ruled, epoch=3)
    )
    assert planned.case.due_at == later + timedelta(minutes=1)


def test_months_since_a_step_that_nobody_answered_count_from_now() -> None:
    done = answered("glance", "hanna", REST)
    planned = plan(given(process=after_months(6, "ruling")), standing("glance", done))
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 2))


def test_a_wait_of_months_stands_whatever_is_answered_meanwhile() -> None:
    wakes = CALENDAR.morning(date(2026, 9, 2))
    planned = plan(given(process=after_months(6)), standing("nap", deadline=wakes, told_at=NOW))
    assert planned.case.deadline == wakes


# ── Named people ──

HEIR = Question("heir", QuestionKind.PERSON, said("heir"), role="juror")
NAMING = with_step(
    with_jury(named="heir", panel=1, quorum=1, jav=False),
    "glance",
    questions=(*SMALL.step("glance").questions, HEIR),
)


@pytest.mark.parametrize("name", [person.person_id for person in JURORS])
def test_whoever_an_answer_names_is_asked_in_the_next_step(name: str) -> None:
    done = answered("glance", "hanna", {**ON, "heir": name})
    planned = plan(given(process=NAMING), standing("glance", done))
    assert [ask.person for ask in planned.opens] == [name]


def test_a_later_answer_names_somebody_else() -> None:
    first = answered("glance", "hanna", {**ON, "heir": "ada"})
    second = replace(answered("glance", "hanna", {**ON, "heir": "eva"}, minutes=5), epoch=4)
    planned = plan(given(process=NAMING), standing("glance", first, second, epoch=4))
    assert [ask.person for ask in planned.opens] == ["eva"]


# ── The clock of a new idea ──

RECEIVED = datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC)
"""The last second of a Monday in Sweden."""


@pytest.mark.parametrize("late", [0, 1, 3600, 30 * 3600])
def test_the_time_of_the_first_step_counts_from_the_day_when_the_idea_was_received(
    late: int,
) -> None:
    now = RECEIVED + timedelta(seconds=late)
    snapshot = standing("landed", epoch=0, received_at=RECEIVED, entered_at=RECEIVED)
    planned = plan(given(now), snapshot)
    looks_again(planned, now)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 9))


def test_so_does_the_time_of_a_first_step_that_asks_at_once() -> None:
    now = RECEIVED + SECOND
    process = replace(SMALL, first="glance")
    snapshot = standing("glance", epoch=0, received_at=RECEIVED, deadline=None)
    planned = plan(given(now, process=process), snapshot)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 9))
    assert planned.case.promised_by == "2026-03-09"


def test_the_time_of_a_first_step_in_which_nobody_could_be_asked_counts_from_when_somebody_can() -> (
    None
):
    later = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    process = replace(SMALL, first="glance")
    snapshot = standing("glance", epoch=0, deadline=None, escalations=1)
    planned = plan(given(later, process=process), snapshot)
    assert planned.case.deadline == CALENDAR.deadline(later, 5)


@pytest.mark.parametrize(
    "takes",
    [{"wait_days": 1}, {"wait_days": 2}, {"wait_months": 1}],
    ids=["a day", "days", "a month"],
)
def test_after_a_wait_that_takes_time_the_next_step_counts_from_its_end(
    takes: dict[str, int],
) -> None:
    process = replace(with_step(SMALL, "landed", **takes), first="landed")
    now = CALENDAR.end_of(date(2026, 3, 4))
    snapshot = standing("landed", epoch=0, received_at=NOW, deadline=now)
    planned = plan(given(now, process=process), snapshot)
    assert planned.case.deadline == CALENDAR.end_of(date(2026, 3, 11))


def test_a_case_that_comes_to_its_first_step_again_counts_from_then() -> None:
    later = datetime(2026, 5, 4, 9, 0, tzinfo=UTC)
    planned = plan(given(later), standing("landed", epoch=4, received_at=RECEIVED))
    assert planned.case.deadline == CALENDAR.deadline(later, 5)


def test_a_first_step_that_waits_for_months_is_given_its_end() -> None:
    planned = plan(given(process=after_months(6)), standing("nap", deadline=None, told_at=NOW))
    assert planned.case.due_at == CALENDAR.morning(date(2026, 4, 1))  # silence ends before
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 2))


def test_entering_a_step_says_when() -> None:
    later = NOW + timedelta(hours=5)
    planned = plan(given(later), standing("glance", answered("glance", "hanna", ON)))
    assert planned.case.entered_at == later


def test_a_withdrawal_has_no_closing_code() -> None:
    planned = withdrawal(given(), standing("drawer"))
    assert planned.facts == (
        Fact("StepEntered", {"step": "recalled", "from": "drawer", "epoch": "3"}),
    )


def test_an_outcome_that_sets_a_date_keeps_it_in_the_case() -> None:
    snapshot = clocked(
        "glance", answered("glance", "hanna", LATER), OPEN_HOST, escalations=2, late=True
    )
    planned = plan(given(), snapshot)
    case = planned.case
    assert (case.clock_from, case.clock_days, case.escalations) == (None, 0, 0)
    assert planned.case.deadline == CALENDAR.morning(date(2026, 9, 1))


def test_an_option_that_leads_nowhere_falls_back_on_the_steps_own_way() -> None:
    bare = Option("hm", said("hm"))
    process = with_jury(quorum=1, outcome="way", questions=(replace(WAYS, options=(bare,)),))
    done = answered("jury", "ada", {"way": "hm"})
    planned = plan(given(process=process), standing("jury", done))
    assert planned.case.step == "ruling"


def test_leaving_records_whose_ask_lapsed() -> None:
    two = (answered("jury", "ada", VIEW), answered("jury", "bo", VIEW))
    planned = plan(given(), standing("jury", *two, OPEN_JURY[2]))
    assert Fact("AskLapsed", {"person": "cid", "step": "jury"}) in planned.facts


def test_a_step_is_left_by_what_it_is_and_not_by_its_name() -> None:
    other = tuple(
        replace(step, key="panel") if step.key == "jury" else step for step in SMALL.steps
    )
    steps: tuple[Step, ...] = tuple(
        replace(
            step,
            questions=tuple(
                replace(
                    question,
                    options=tuple(
                        replace(option, to="panel") if option.to == "jury" else option
                        for option in question.options
                    ),
                )
                for question in step.questions
            ),
        )
        for step in other
    )
    process = replace(SMALL, steps=steps)
    planned = plan(given(process=process), standing("glance", answered("glance", "hanna", ON)))
    assert planned.case.step == "panel"
