"""How a person's name stands in a text: whole or in parts, in Swedish and Finnish cases, in capitals or small letters.

Finds the names that it is given and puts a mask in their place. Which words are names is for others to say.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from chalicelib.domain.name_words import everyday_words, given_names, no_names

JOINT = re.compile("[-'’]")
WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
PARTICLES = frozenset(
    {"af", "al", "bin", "da", "de", "del", "den", "der", "di", "dos", "el", "ibn", "la", "le"}
    | {"ter", "van", "von", "zu"}
)

_CASE_AFTER_COLON = r"(?::(?:s|n|in|lle|lla|llä|lta|ltä|ssa|ssä|sta|stä)(?!\w))?"
_GENITIVES = (":s", "'s", "’s", "s")
_FINNISH_CASES = (
    *("lle", "lla", "llä", "lta", "ltä", "ssa", "ssä", "sta", "stä", "ksi", "na", "nä"),
    *("ta", "tä", "in", "an", "en", "n", "a", "ä"),
)
_WITHIN_NAME = re.compile(r"\.?\s*")
_SIDE_BY_SIDE = (" ", "\u00a0", "-")
_SHORTEST_STEM = 2
_SHORTEST_IN_CASES = 3  # Of two letters too much would be a case: Boa, Lin.
_SHORTEST_GENITIVE = 6  # "Åbergs" is taken for a case of Åberg, but "Hans" not for one of Han.
_LONGEST_WHOLE = 8  # words; of a longer name only the parts are looked for


def genitive_bases(word: str) -> Iterator[str]:
    """What the word, in small letters, may be the genitive of."""
    return _without(word, _GENITIVES)


def case_bases(word: str) -> Iterator[str]:
    """What the word, in small letters, may be a Swedish or Finnish case of; itself first."""
    yield word
    yield from genitive_bases(word)
    for stem in _without(word.replace(":", ""), _FINNISH_CASES):
        yield stem
        if stem[-1] == "i":  # Kristianille
            yield stem[:-1]
        if stem[-2] in "kpt" and stem[-1] in "aeiouyäö":  # Pekalle
            yield stem[:-1] + stem[-2:]
        if stem.endswith(("se", "s")):  # Virtaselle, Virtasta
            yield stem.removesuffix("e").removesuffix("s") + "nen"


def _without(word: str, endings: Iterable[str]) -> Iterator[str]:
    for ending in endings:
        if word.endswith(ending) and len(word) - len(ending) >= _SHORTEST_STEM:
            yield word[: -len(ending)]


@dataclass(frozen=True)
class Names:
    """Names to look for, in small letters. `words` are names when a capital begins them, those of `anyhow` also when none
    does; `wholes` are looked for in any case."""

    words: frozenset[str]
    anyhow: frozenset[str]
    wholes: frozenset[tuple[str, ...]]

    def finds(self, word: str) -> bool:
        """Whether this word is one of the names, or a case of one."""
        small = word.casefold()
        if not word[0].isupper():
            return any(base in self.anyhow for base in (small, *genitive_bases(small)))
        return any(
            base in self.words and (len(base) >= _SHORTEST_IN_CASES or small in (base, base + "s"))
            for base in case_bases(small)
        )

    def finds_whole(self, words: Sequence[str]) -> bool:
        """Whether these words in a row are one of the names, or a case of one."""
        *first, last = (word.casefold() for word in words)
        return any((*first, base) in self.wholes for base in case_bases(last))


def names_of(names: Iterable[str], surely: bool = True) -> Names:
    """These names and all their parts. A part that is an everyday word too needs its capital, and so does all that is no common
    given name when the names are not surely names. Anything may come in: what holds no word of two letters finds nothing."""
    words: set[str] = set()
    wholes: set[tuple[str, ...]] = set()
    for name in names:
        parts = [word.casefold() for word in WORD.findall(name)]
        if 1 < len(parts) <= _LONGEST_WHOLE:
            wholes.add(tuple(parts))
        pieces = [piece for part in parts for piece in (part, *JOINT.split(part))]
        words.update(piece for piece in pieces if len(piece) > 1 and piece not in PARTICLES)
    words |= {word[:-1] for word in words if word[-1] == "s" and len(word) >= _SHORTEST_GENITIVE}
    anyhow = (
        {word for word in words if len(word) >= _SHORTEST_IN_CASES} - everyday_words() - no_names()
    )
    if not surely:
        anyhow &= given_names()
    return Names(frozenset(words), frozenset(anyhow), frozenset(wholes))


def own_names(typed: str) -> Names:
    """The names in what somebody typed as their name. "Elevrådet genom Nora Vik" holds common words too: then only common
    given names and capitals side by side are names, so that a reluctant "Vill inte säga" finds nothing."""
    words = WORD.findall(typed)
    runs: list[list[str]] = [[]]
    for word in words:
        if _may_be_name(word, typed.islower()):
            runs[-1].append(word)
        else:
            runs.append([])
    if runs == [words] and len(words) > 1:
        return names_of([typed])
    return names_of(
        (" ".join(run) for run in runs if len(run) > 1 or len(words) == 1 or _are_given(run)),
        surely=False,
    )


def _may_be_name(word: str, without_capitals: bool) -> bool:
    small = word.casefold()
    if small in PARTICLES or small in given_names():
        return True
    return small not in no_names() and (without_capitals or word[0].isupper())


def _are_given(words: Iterable[str]) -> bool:
    return any(word.casefold() in given_names() for word in words)


def put_in_place_of_names(
    text: str, names: Names, mask: str, masks: re.Pattern[str]
) -> tuple[str, int]:
    """The text with the mask in the place of every name, one for names side by side, and how many were put. What matches
    `masks` is left as it stands."""
    words = re.finditer(rf"{masks.pattern}|{WORD.pattern}{_CASE_AFTER_COLON}", text)
    spans = _side_by_side(text, _spans(text, list(words), names))
    pieces, end = [], 0
    for start, stop in spans:
        pieces += [text[end:start], mask]
        end = stop
    return "".join([*pieces, text[end:]]), len(spans)


def _spans(text: str, words: Sequence[re.Match[str]], names: Names) -> Iterator[tuple[int, int]]:
    lengths = sorted({len(whole) for whole in names.wholes}, reverse=True)
    place = 0
    while place < len(words):
        rows = (words[place : place + length] for length in lengths)
        whole = next((row for row in rows if _in_a_row(text, row, names)), None)
        if whole:
            yield whole[0].start(), whole[-1].end()
        else:
            yield from _in_word(words[place], names)
        place += len(whole) if whole else 1


def _in_a_row(text: str, words: Sequence[re.Match[str]], names: Names) -> bool:
    gaps = (text[one.end() : other.start()] for one, other in pairwise(words))
    return names.finds_whole([word.group() for word in words]) and all(
        map(_WITHIN_NAME.fullmatch, gaps)
    )


def _in_word(word: re.Match[str], names: Names) -> Iterator[tuple[int, int]]:
    """Where in the word names stand: all of it, or the parts that hyphens join."""
    if names.finds(word.group()):
        yield word.span()
        return
    start = word.start()
    for part in JOINT.split(word.group()):
        if part and names.finds(part):
            yield start, start + len(part)
        start += len(part) + 1


def _side_by_side(text: str, spans: Iterable[tuple[int, int]]) -> list[tuple[int, int]]:
    joined: list[tuple[int, int]] = []
    for start, stop in spans:
        if joined and text[joined[-1][1] : start] in _SIDE_BY_SIDE:
            start = joined.pop()[0]
        joined.append((start, stop))
    return joined
