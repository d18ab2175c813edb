"""When a panel's answers are worth a talk: a spread of two steps or more on any criterion, or a tie."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.process import Question, QuestionKind
from chalicelib.domain.summary import Tally, summarise, worth_a_talk
from tests.small_process import JURY, an_option, said

VOTE = Question(
    "vote",
    QuestionKind.CHOICE,
    said("vote"),
    options=tuple(an_option(key) for key in ("yes", "maybe", "no")),
)
STEP = replace(
    JURY,
    questions=(
        Question("worth", QuestionKind.SCORE, said("worth"), weight=1),
        Question("cost", QuestionKind.SCORE, said("cost"), weight=1, reversed=True),
        VOTE,
        Question("safe", QuestionKind.YES_NO, said("safe")),
    ),
)


def an_answer(worth: str, cost: str, vote: str, safe: str = "yes") -> dict[str, str]:
    return {"worth": worth, "cost": cost, "vote": vote, "safe": safe}


@pytest.mark.parametrize(
    ("answers", "why"),
    [
        ([], ()),
        ([an_answer("1", "5", "yes")], ()),
        ([an_answer("3", "3", "yes"), an_answer("4", "2", "yes")], ()),
        ([an_answer("3", "3", "yes"), an_answer("5", "3", "yes")], ("spread",)),
        ([an_answer("3", "1", "yes"), an_answer("3", "3", "yes")], ("spread",)),
        ([an_answer("1", "x", "yes"), an_answer("x", "5", "yes")], ()),
        ([an_answer("x", "x", "yes"), an_answer("x", "x", "yes")], ()),
        ([an_answer("3", "3", "yes"), an_answer("3", "3", "no")], ("tie",)),
        ([an_answer("1", "3", "yes"), an_answer("3", "3", "no")], ("spread", "tie")),
        (
            [an_answer("3", "3", vote) for vote in ("yes", "no", "maybe", "yes")],
            (),
        ),
        (
            [an_answer("3", "3", vote) for vote in ("yes", "no", "maybe", "yes", "no")],
            ("tie",),
        ),
        ([an_answer("3", "3", "yes", "yes"), an_answer("3", "3", "yes", "no")], ()),
    ],
    ids=[
        "no answer",
        "one answer",
        "one step apart",
        "two steps apart on the first criterion",
        "two steps apart on the second",
        "far apart, but on no criterion both",
        "nobody could judge",
        "one against one",
        "both",
        "one option ahead",
        "two ahead of a third",
        "a gate answered yes and no",
    ],
)
def test_why_a_panels_answers_are_worth_a_talk(
    answers: list[dict[str, str]], why: tuple[str, ...]
) -> None:
    assert worth_a_talk(STEP, answers) == why


def test_a_step_without_scores_and_choices_is_worth_no_talk() -> None:
    assert worth_a_talk(replace(STEP, questions=()), [{}, {}]) == ()


@pytest.mark.parametrize(
    ("counts", "tied"),
    [
        ((), False),
        ((3,), False),
        ((0, 0), False),
        ((1, 0), False),
        ((1, 1), True),
        ((2, 2, 1), True),
        ((1, 2, 2), True),
        ((2, 1, 1), False),
    ],
)
def test_a_tie_is_a_first_place_that_is_shared(counts: tuple[int, ...], tied: bool) -> None:
    labelled = tuple((said(str(n)), count) for n, count in enumerate(counts))
    assert Tally(said("vote"), labelled).tied is tied


def test_the_summary_shows_the_tie_that_the_talk_is_about() -> None:
    answers = [an_answer("3", "3", "yes"), an_answer("3", "3", "no")]
    (vote, _) = summarise(STEP, answers, asked=3).tallies
    assert vote.tied
