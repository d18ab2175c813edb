"""The demo's plot fits the default process: every end has its ideas, every answer is one that its page takes, and its days come
in an order in which what it waits for has come about. The demo itself is `make demo`, on a running stage."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise

import pytest

from chalicelib import config
from chalicelib.domain.answers import Answer, people_to_choose, read_answer
from chalicelib.domain.process import QuestionKind, StepKind
from chalicelib.domain.working_days import months_after
from infra import demo_answers
from infra.demo_answers import FOR, SOMEBODY, UNSURE, answer, review
from infra.demo_days import Days
from infra.demo_plot import PATHS, Act, End, Moment, Move, ideas
from tests.builders import a_person

CONFIG = config.load()
TODAY = date(2026, 11, 24)
PEOPLE = tuple(
    a_person(person_id=role.key, email=f"{role.key}@example.com", roles=(role.key,))
    for role in CONFIG.process.roles
)
DATES = [date(2026, month, day) for month in range(1, 13) for day in (1, 15, 28)]


def _moves(end: End) -> list[Move]:
    return [move for move in PATHS[end][1] if isinstance(move, Move)]


def test_every_end_is_where_some_idea_comes_to() -> None:
    assert {idea.end for idea in ideas(CONFIG.form)} == set(End)


def test_every_end_has_its_way() -> None:
    assert set(PATHS) == set(End)


def test_a_move_is_made_in_the_step_to_which_the_one_before_led() -> None:
    for end in End:
        for before, after in pairwise(_moves(end)):
            assert after.step in _may_lead_to(before), (end, before, after)


def _may_lead_to(move: Move) -> set[str]:
    """Where an idea may stand after a move. One review of the two that are needed may be the first of them, or the last."""
    step = CONFIG.process.step(move.step)
    if move.act is not Act.ANSWER:
        return {move.step}
    option = step.chosen({step.outcome: move.outcome}) if step.outcome else None
    led = CONFIG.process.step((option.to if option is not None else step.then) or "")
    while led.kind is StepKind.WAIT and led.then is not None:
        led = CONFIG.process.step(led.then)
    return {led.key, move.step} if move.people < step.quorum else {led.key}


@pytest.mark.parametrize(("step", "outcome"), sorted(demo_answers.WORDS))
def test_an_answer_is_one_that_its_page_takes(step: str, outcome: str) -> None:
    asked = CONFIG.process.step(step)
    words = answer(step, outcome, TODAY, same_as="2026-K7F3")
    for question in asked.questions:
        if question.kind is QuestionKind.PERSON and words.get(question.key) == SOMEBODY:
            words[question.key] = people_to_choose(question, PEOPLE)[0].person_id
    taken = read_answer(asked, CONFIG.process.closing_codes, words, TODAY, PEOPLE)
    assert isinstance(taken, Answer)
    assert set(words) - set(taken.values) <= {"same_as"}


@pytest.mark.parametrize("mood", range(3))
def test_a_scorecard_is_one_that_its_page_takes(mood: int) -> None:
    for number in range(50):
        words = review(f"2026-K{number:03}", "maria.ek@example.com", "fi", mood)
        step = CONFIG.process.step("assessment")
        taken = read_answer(step, CONFIG.process.closing_codes, words, TODAY)
        assert isinstance(taken, Answer)


def test_somebody_reviews_an_idea_the_same_way_each_time_and_more_kindly_in_a_kinder_mood() -> None:
    kind, unsure = (
        review("2026-K7F3", "maria.ek@example.com", "sv", mood) for mood in (FOR, UNSURE)
    )
    assert kind == review("2026-K7F3", "maria.ek@example.com", "sv", FOR)
    scores = [key for key in demo_answers.SCORES if kind[key] != "x"]
    assert all(int(kind[key]) == int(unsure[key]) + 1 for key in scores)


def _played(start: date) -> Iterator[tuple[Moment, datetime]]:
    days = Days(CONFIG.calendar, CONFIG.process)
    now = CONFIG.calendar.morning(start)
    for moment in Moment:
        now = days.of(moment, now) + timedelta(minutes=10)
        yield moment, now


@pytest.mark.parametrize("start", DATES, ids=str)
def test_each_moment_comes_after_the_one_before(start: date) -> None:
    moments = [at for _, at in _played(start)]
    assert moments == sorted(moments)


@pytest.mark.parametrize("start", DATES, ids=str)
def test_what_was_carried_out_half_a_year_ago_is_followed_up_by_then(start: date) -> None:
    at = dict(_played(start))
    local = CONFIG.calendar.local_date
    half, today = local(at[Moment.HALF_YEAR]), local(at[Moment.TODAY])
    assert months_after(start, 6) <= half
    assert months_after(half, 6) <= today
    assert months_after(start, 12) <= today


@pytest.mark.parametrize("start", DATES, ids=str)
def test_a_late_assessment_has_been_given_more_time_on_the_last_day(start: date) -> None:
    at = dict(_played(start))
    step = CONFIG.process.step("assessment")
    calendar = CONFIG.calendar
    deadline = calendar.deadline(at[Moment.LATER], step.deadline_days)
    assert at[Moment.REMINDED] < deadline < at[Moment.LATE]
    assert at[Moment.TODAY] < calendar.deadline(at[Moment.LATE], step.extension_days)
    assert at[Moment.LATER].tzinfo is UTC
