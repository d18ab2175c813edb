"""The result of a panel, for those who decide: how many answered, the spread and the motivations, then the means.

Pure arithmetic over answers; shows no false precision (one decimal) and decides nothing.
"""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.process import Text


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
