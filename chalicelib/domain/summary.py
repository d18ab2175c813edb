"""The result of a panel, for those who decide: how many answered, the spread and the motivations, then the means.

Pure arithmetic over answers; shows no false precision (one decimal) and decides nothing.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from chalicelib.domain.answers import CANNOT_JUDGE, NO, WORDS, YES
from chalicelib.domain.process import Question, QuestionKind, Step, Text

# Scores that differ by this much on one criterion are worth a talk (research/domain.md 2.3).
APART = 2
LOWEST_AND_HIGHEST = 1 + 5


@dataclass(frozen=True)
class Criterion:
    """One scored question over all answers. `mean` has one decimal; None of the figures when nobody could judge."""

    label: Text
    scores: tuple[int, ...]
    cannot_judge: int
    low: int | None
    high: int | None
    mean: float | None
    apart: bool


@dataclass(frozen=True)
class Tally:
    """One choice question over all answers: how many chose each option."""

    label: Text
    counts: tuple[tuple[Text, int], ...]

    @property
    def tied(self) -> bool:
        """Whether two options or more share the first place."""
        counts = sorted((count for _, count in self.counts), reverse=True)
        return len(counts) > 1 and counts[0] == counts[1] > 0


@dataclass(frozen=True)
class Summary:
    """`asked` and `answered` count people. `motivations` are free texts as (question, texts), in no order that tells who wrote them.
    `mean` is the weighted mean over the answered criteria, one decimal, None when there is none."""

    step_name: Text
    asked: int
    answered: int
    criteria: tuple[Criterion, ...]
    tallies: tuple[Tally, ...]
    motivations: tuple[tuple[Text, tuple[str, ...]], ...]
    mean: float | None


def summarise(step: Step, answers: Sequence[Mapping[str, str]], asked: int) -> Summary:
    """The answers of a step's panel. `asked` counts the people who were asked, whether or not they answered.

    A criterion's own figures are the scores as they were given; in the mean over all criteria each counts with its weight,
    turned round when it is `reversed`, and not at all when nobody could judge it."""
    scored = [question for question in step.questions if question.kind is QuestionKind.SCORE]
    return Summary(
        step_name=step.name,
        asked=asked,
        answered=len(answers),
        criteria=tuple(_criterion(question, answers) for question in scored),
        tallies=tuple(
            _tally(question, answers)
            for question in step.questions
            if question.kind in (QuestionKind.CHOICE, QuestionKind.YES_NO)
        ),
        motivations=tuple(
            (question.label, _in_no_order(question, answers))
            for question in step.questions
            if question.kind in (QuestionKind.TEXT, QuestionKind.LINE)
        ),
        mean=_weighted_mean(scored, answers),
    )


def worth_a_talk(step: Step, answers: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """Why a panel's answers should be talked about: `spread` when scores of one criterion lie two steps or more apart, `tie` when
    two options of a choice got equally many votes and no other got more."""
    scored = [q for q in step.questions if q.kind is QuestionKind.SCORE]
    spread = any(_criterion(question, answers).apart for question in scored)
    chosen = [q for q in step.questions if q.kind is QuestionKind.CHOICE]
    tie = any(_tally(question, answers).tied for question in chosen)
    return tuple(word for word, found in (("spread", spread), ("tie", tie)) if found)


def _scores(question: Question, answers: Sequence[Mapping[str, str]]) -> tuple[int, ...]:
    """The scores from low to high, so that their order does not tell who gave them."""
    given = (answer.get(question.key, CANNOT_JUDGE) for answer in answers)
    return tuple(sorted(int(score) for score in given if score != CANNOT_JUDGE))


def _criterion(question: Question, answers: Sequence[Mapping[str, str]]) -> Criterion:
    scores = _scores(question, answers)
    return Criterion(
        label=question.label,
        scores=scores,
        cannot_judge=sum(answer.get(question.key) == CANNOT_JUDGE for answer in answers),
        low=min(scores, default=None),
        high=max(scores, default=None),
        mean=_one_decimal(Fraction(sum(scores), len(scores))) if scores else None,
        apart=bool(scores) and scores[-1] - scores[0] >= APART,
    )


def _tally(question: Question, answers: Sequence[Mapping[str, str]]) -> Tally:
    given = [answer.get(question.key) for answer in answers]
    options = [(option.key, option.label) for option in question.options]
    if question.kind is QuestionKind.YES_NO:
        options = [(YES, WORDS[YES]), (NO, WORDS[NO])]
    return Tally(question.label, tuple((label, given.count(key)) for key, label in options))


def _in_no_order(question: Question, answers: Sequence[Mapping[str, str]]) -> tuple[str, ...]:
    """The texts given, sorted by their hashes: neither time nor person shows, and two pages show the same order."""
    texts = [answer[question.key] for answer in answers if answer.get(question.key)]
    return tuple(sorted(texts, key=lambda text: hashlib.sha256(text.encode()).digest()))


def _weighted_mean(
    questions: Sequence[Question], answers: Sequence[Mapping[str, str]]
) -> float | None:
    total = Fraction(0)
    weights = 0
    for question in questions:
        scores = _scores(question, answers)
        if scores:
            mean = Fraction(sum(scores), len(scores))
            total += question.weight * (LOWEST_AND_HIGHEST - mean if question.reversed else mean)
            weights += question.weight
    return _one_decimal(total / weights) if weights else None


def _one_decimal(value: Fraction) -> float:
    """Half goes up, as people round."""
    return math.floor(value * 10 + Fraction(1, 2)) / 10
