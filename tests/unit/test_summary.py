"""The result of a panel: spread and motivations first, then means with one decimal."""

from __future__ import annotations

import itertools

import pytest

from chalicelib.domain.process import Option, Question, QuestionKind, Step, StepKind, Text
from chalicelib.domain.summary import Criterion, Summary, Tally, summarise

K = QuestionKind


def label(key: str) -> Text:
    return Text(key, key, key)


YES, MAYBE, NO = (Option(key, label(key)) for key in ("yes", "maybe", "no"))
STEP = Step(
    "assessment",
    StepKind.ASK,
    label("Bedömning"),
    label("p"),
    label("h"),
    panel=3,
    questions=(
        Question("benefit", K.SCORE, label("benefit"), weight=30),
        Question("cost", K.SCORE, label("cost"), weight=10, reversed=True),
        Question("flag", K.SCORE, label("flag"), weight=0),
        Question("advice", K.CHOICE, label("advice"), options=(YES, MAYBE, NO)),
        Question("safe", K.YES_NO, label("safe")),
        Question("why", K.TEXT, label("why")),
        Question("who", K.LINE, label("who"), required=False),
    ),
)


def an_answer(benefit: str = "3", cost: str = "x", **more: str) -> dict[str, str]:
    return {"benefit": benefit, "cost": cost, "flag": "5", "advice": "yes", "safe": "yes"} | more


def criterion(*scores: str) -> Criterion:
    return summarise(STEP, [an_answer(score) for score in scores], asked=3).criteria[0]


def test_a_summary_says_who_was_asked_and_what_came_of_it() -> None:
    answers = [
        an_answer("5", "2", why="Bra", advice="yes"),
        an_answer("2", "x", why="Dyr", advice="no", safe="no", who="Vägverket"),
    ]
    summary = summarise(STEP, answers, asked=3)
    assert summary == Summary(
        step_name=label("Bedömning"),
        asked=3,
        answered=2,
        criteria=(
            Criterion(label("benefit"), (2, 5), 0, 2, 5, 3.5, apart=True),
            Criterion(label("cost"), (2,), 1, 2, 2, 2.0, apart=False),
            Criterion(label("flag"), (5, 5), 0, 5, 5, 5.0, apart=False),
        ),
        tallies=(
            Tally(label("advice"), ((label("yes"), 1), (label("maybe"), 0), (label("no"), 1))),
            Tally(label("safe"), ((Text("Ja", "Yes", "Kyllä"), 1), (Text("Nej", "No", "Ei"), 1))),
        ),
        motivations=summary.motivations,
        # (30 × 3.5 + 10 × (6 − 2)) / 40 = 3.625
        mean=3.6,
    )
    assert [(text.sv, set(given)) for text, given in summary.motivations] == [
        ("why", {"Bra", "Dyr"}),
        ("who", {"Vägverket"}),
    ]


@pytest.mark.parametrize(
    ("scores", "apart"),
    [
        (("3", "4"), False),
        (("3", "5"), True),
        (("1", "x", "3"), True),
        (("4",), False),
        (("x", "x"), False),
    ],
)
def test_scores_two_steps_from_each_other_are_apart(scores: tuple[str, ...], apart: bool) -> None:
    assert criterion(*scores).apart is apart


def test_a_criterion_that_nobody_could_judge_has_no_figures() -> None:
    assert criterion("x", "x") == Criterion(label("benefit"), (), 2, None, None, None, apart=False)


@pytest.mark.parametrize(
    ("scores", "mean"),
    [
        (("3", "4", "4"), 3.7),
        (("3", "3", "4"), 3.3),
        (("4", "4", "4", "5"), 4.3),
        (("2", "2", "2", "3"), 2.3),
        (("1", "1", "1", "2"), 1.3),
        (("x", "4"), 4.0),
    ],
)
def test_means_have_one_decimal_and_half_goes_up(scores: tuple[str, ...], mean: float) -> None:
    assert criterion(*scores).mean == mean


def test_a_criterion_that_nobody_could_judge_weighs_nothing() -> None:
    assert summarise(STEP, [an_answer("4", "x")], asked=1).mean == 4.0


def test_a_reversed_criterion_counts_turned_round() -> None:
    assert summarise(STEP, [an_answer("x", "5")], asked=1).mean == 1.0
    assert summarise(STEP, [an_answer("x", "1")], asked=1).mean == 5.0


def test_a_mean_counts_people_within_a_criterion_and_weights_between_criteria() -> None:
    answers = [an_answer("5", "x"), an_answer("5", "x"), an_answer("2", "5")]
    # (30 × 4 + 10 × 1) / 40 = 3.25
    assert summarise(STEP, answers, asked=3).mean == 3.3


@pytest.mark.parametrize("answers", [[], [an_answer("x", "x")]])
def test_there_is_no_mean_of_nothing(answers: list[dict[str, str]]) -> None:
    summary = summarise(STEP, answers, asked=3)
    assert summary.mean is None
    assert summary.answered == len(answers)


def test_a_score_that_was_not_given_is_neither_a_score_nor_a_cannot_judge() -> None:
    given = {key: value for key, value in an_answer().items() if key != "benefit"}
    assert summarise(STEP, [given], asked=1).criteria[0] == Criterion(
        label("benefit"), (), 0, None, None, None, apart=False
    )


def test_nothing_in_a_summary_tells_in_which_order_people_answered() -> None:
    answers = [
        an_answer("1", "2", why="Första", who="a"),
        an_answer("5", "3", why="Andra", who="b"),
        an_answer("3", "4", why="Tredje", who="c"),
    ]
    summaries = {summarise(STEP, order, asked=3) for order in itertools.permutations(answers)}
    assert len(summaries) == 1


def test_equal_motivations_are_all_shown() -> None:
    answers = [an_answer(why="Bra"), an_answer(why="Bra")]
    assert summarise(STEP, answers, asked=2).motivations[0][1] == ("Bra", "Bra")


def test_no_first_letter_puts_a_motivation_first() -> None:
    answers = [an_answer(why=text) for text in ("Alla vill det", "Bra", "Dyrt", "Enkelt")]
    ((_, told), *_) = summarise(STEP, answers, asked=4).motivations
    assert sorted(told) == ["Alla vill det", "Bra", "Dyrt", "Enkelt"]
    assert told not in (tuple(sorted(told)), tuple(sorted(told, reverse=True)))
