"""Where what is no idea belongs, and the few questions that lead there (förvaltningslagen 6 §: help to the right place).

Owns the shapes of `[way_in]` in `site.toml`, and which places a text itself points at. Knows no page.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from chalicelib.domain.process import Text

IDEA = "idea"
"""Where an answer leads when the sluice is right: to the form."""
MOST_QUESTIONS = 3

_WORD = re.compile(r"\w+(?:-\w+)*")


@dataclass(frozen=True)
class Place:
    """Whom somebody turns to instead, with at least one way to reach them. `apart`: nothing about it may be sent through the sluice
    (lag 2021:890 about whistleblowing). `what` says what belongs there, in words that stand in a list. A text with a word that begins
    as one of `words` may belong here."""

    key: str
    name: Text
    about: Text
    what: Text | None = None
    url: str | None = None
    email: str | None = None
    phone: str | None = None
    apart: bool = False
    words: tuple[str, ...] = ()


@dataclass(frozen=True)
class Turn:
    """One answer to a question. `to` is a place, a later question, or `IDEA`."""

    label: Text
    to: str
    hint: Text | None = None


@dataclass(frozen=True)
class Fork:
    """One question."""

    key: str
    text: Text
    turns: tuple[Turn, ...]


@dataclass(frozen=True)
class WayIn:
    """At most three questions, the first of which comes first; each leads on only, so nobody answers more than three."""

    forks: tuple[Fork, ...] = ()
    places: tuple[Place, ...] = ()

    @property
    def _all(self) -> tuple[Fork | Place, ...]:
        return (*self.forks, *self.places)

    def at(self, key: str) -> Fork | Place | None:
        """The question or the place with this key, the first question for an empty one."""
        if not key:
            return next(iter(self.forks), None)
        return next((each for each in self._all if each.key == key), None)

    def pointed_at(self, texts: Iterable[str]) -> tuple[Place, ...]:
        """The places that the words of a text speak of. A hint: they may be there in an idea too."""
        words = {word.casefold() for text in texts for word in _WORD.findall(text)}
        return tuple(
            place
            for place in self.places
            if any(word.startswith(beginning) for word in words for beginning in place.words)
        )
