"""What the samples of pages are made of, beside the idea that the mails show too (`infra/sample_idea.py`).

The project tests render every sample, and the screenshots are taken of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from chalicelib.domain.rows import QuestionRow, QuestionState
from infra.sample_idea import (
    AT,
    DEADLINE,
    LATER,
    QUESTION,
    REASON,
    REF,
    SITE_URL,
    TOKEN,
    WRITTEN,
    an_answer,
    answer_in_words,
    idea_in_words,
    shared_label,
)

__all__ = [
    "ANSWERED",
    "AT",
    "CARRIED",
    "CONTACT",
    "DEADLINE",
    "LATER",
    "NOTE",
    "QUESTION",
    "REASON",
    "REF",
    "SITE_URL",
    "TOKEN",
    "UNANSWERED",
    "WAITING",
    "WRITTEN",
    "PageSample",
    "an_answer",
    "answer_in_words",
    "idea_in_words",
    "shared_label",
]

CARRIED = [
    ("answer-outcome", "forward"),
    ("answer-motivation", 'Två rader,\n"citat" och <tecken> & annat.'),
]
CONTACT = ("Annika Storbacke", "annika.storbacke@example.com", "070-174 06 05")
NOTE = "Jag är ledig hela nästa vecka. Du kan hemtjänsten bättre än jag."

ANSWERED = QuestionRow(
    "c-01J9ZK3QW8",
    1,
    "maria",
    2,
    QUESTION,
    AT,
    QuestionState.ANSWERED,
    "Tio stycken, alla på måndagen.\nDet finns ett skåp.",
    "Tio stycken, alla på måndagen.\nDet finns ett skåp.",
    LATER,
)
UNANSWERED = replace(ANSWERED, state=QuestionState.UNANSWERED, answer=None, masked=None)
WAITING = QuestionRow("c-01J9ZK3QW8", 2, "jonas", 2, "Vem fyller på väskorna?", LATER)


@dataclass(frozen=True)
class PageSample:
    """A page in one state. `here` is None on pages that answer a POST."""

    name: str
    state: str
    context: Mapping[str, object]
    root: str = "./"
    here: str | None = "sida"
