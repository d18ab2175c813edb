"""Finds the words of a text that are likely to be names of persons, for a coordinator who says of each whether to hide it.

A rule cannot know a name. This one goes by capitals, by the place in the sentence and by lists of words, and would rather
offer too much than too little: a wrong offer costs a glance, a missed name is read by the reviewers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from chalicelib.domain.deidentify import MASKS
from chalicelib.domain.name_forms import JOINT, PARTICLES, WORD, case_bases, genitive_bases
from chalicelib.domain.name_words import everyday_words, given_names, no_names, openers, places

_ADDRESS = r"(?:https?://|www\.)\S+"
_TOKEN = re.compile(rf"{MASKS.pattern}|{_ADDRESS}|(?<![\w@#]){WORD.pattern}(?!\w)")
_SENTENCE_END = re.compile(r'[.!?…:\n•*"“”«»}>]')
_ABBREVIATION = re.compile(r"[amostuv]|bl|ca|dr|ev|ex|fr|kl|nr|prof|resp|st|tel|tfn", re.IGNORECASE)
_BETWEEN_NAMES = (" ", "\u00a0")
_SCOTTISH = re.compile(r"^(?:Mc|Mac|O['’])(?=[A-Z])")
_LONGEST_NAME = 5  # words; more with a capital are a heading

_BEFORE_PLACES = frozenset(
    ["at", "i", "in", "inom", "kring", "near", "nära", "runt", "utanför", "vid"]
)
_ORGANISATIONS = frozenset(
    ["ab", "bk", "fk", "hb", "if", "ik", "kommun", "kommunen", "region", "sk", "team"]
)
_NO_PERSON = re.compile(
    r".*(?:gatan?|väge?n?|gränd|torge?t?|parke?n?|skolan?|skolor|gymnasie?t?|hallen|bade?t|huset?|kyrkan?|bron|tunneln"
    r"|rondellen|station(?:en)?|centrum|center|bygden|staden|hamnen|stranden|kajen|sjön|ån|älven|viken|udden|ön|skogen"
    r"|dalen|backen|höjden|ängen|fältet|planen|vallen|arenan?|bibliotek(?:et)?|museet|museum|teatern|slottet|gården"
    r"|hemmet|boendet|sjukhus(?:et)?|lasarettet|föreningen?|förbundet?|kassan|verket|banken|bolaget|nämnden"
    r"|förvaltningen|enheten|kontoret|partiet|styrelsen|rådet|kommuns?|län|stiftelsen|klubben|laget|katu|kadun|kadulla"
    r"|koulun?|kirjasto|puisto|tori|talo|kunta|kaupunki|seura|yhdistys|street|road|school|church|council|university"
    r"|universitet|polisen|börsen|bussen|klassen)s?"
)
# Definite nouns and adjectives (Blåsippan, Fackförbunden, Muslimska) that are not shaped like Jensen, Virtanen or Kowalska.
_NO_PERSON_BY_ENDING = re.compile(
    r".{4,}(?:[bcdfgjklpqrtvxz]en|ionen|[^mhyi]an|[aeo]rna|[^r]et|[^wl]ska|ss[aä]|st[aä])s?"
)
_SURNAME = re.compile(
    r".+(?:sson|sdotter|[gr]ren|[qk]vist|stedt|str[öo]m|lund|berg|blom|holm)s?|.+sson(?:in|ille|ilta)"
)


@dataclass(frozen=True)
class _Word:
    """A word of the text. `opens` when it begins a sentence, where a capital says nothing; `after` is the word before it."""

    text: str
    opens: bool = False
    after: str = ""

    @cached_property
    def small(self) -> str:
        return self.text.casefold()

    @property
    def capital(self) -> bool:
        """Whether the word is written as a name is; a particle may begin it (al-Assad)."""
        particle, joint, name = self.text.partition("-")
        return self.text[0].isupper() or (
            bool(joint) and particle in PARTICLES and name[0].isupper()
        )

    @property
    def may_be_part(self) -> bool:
        return self.capital or self.small in PARTICLES

    @cached_property
    def given(self) -> str | None:
        """The common given name that the word is, or is a case of."""
        return _given_name(self.small)


def likely_names(fields: Mapping[str, str]) -> tuple[str, ...]:
    """The likely names of persons in the fields: each once, in the order in which they first stand, as they are written, but a
    single name without its case where that is known. What is masked with a longer name that is offered (Elsa with Elsa
    Mörtsjö) is not offered by itself."""
    offers = [offer for text in fields.values() for row in _rows(text) for offer in _offers(row)]
    standing = {word.casefold() for offer in offers for word in offer}
    in_longer = {word.casefold() for offer in offers if len(offer) > 1 for word in offer}
    once: dict[str, str] = {}
    for *first, last in offers:
        last = _without_case(last, standing)
        if first or last.casefold() not in in_longer:
            name = " ".join([*first, last])
            once.setdefault(name.casefold(), name)
    return tuple(once.values())


def _rows(text: str) -> Iterator[list[_Word]]:
    """The words with a capital that stand side by side, particles between them included, and every other word by itself."""
    row: list[_Word] = []
    for word, beside in _words(text):
        if row and not (beside and word.may_be_part and row[-1].may_be_part):
            yield row
            row = []
        row.append(word)
    if row:
        yield row


def _words(text: str) -> Iterator[tuple[_Word, bool]]:
    """Each word, and whether it may belong to the same name as the one before it. An initial keeps its full stop. A mask and an
    address are words in small letters, of which no name is made."""
    before, end = "", 0
    for match in _TOKEN.finditer(text):
        gap = text[end : match.start()]
        after = before if gap in _BETWEEN_NAMES else ""
        abbreviated = gap[:1] == "." and _ABBREVIATION.fullmatch(before)
        opens = end == 0 or bool(_SENTENCE_END.search(gap) and not abbreviated)
        before, end = match.group(), match.end()
        if len(before) == 1 and before.isupper() and text[end : end + 1] == ".":
            before += "."
            end += 1
        yield _Word(before, opens, after.casefold()), bool(after)


def _offers(row: Sequence[_Word]) -> Iterator[tuple[str, ...]]:
    """The names in a row of words, which words that are no names divide (Rektor Karin Berg)."""
    if any(word.small in _ORGANISATIONS for word in row):
        return
    given = [word for word in row if word.given]
    if len(row) > _LONGEST_NAME:
        yield from ((word.text,) for word in given)
        return
    for divides, words in groupby(row, lambda word: _divides(word, bool(given))):
        if not divides:
            yield from _offer(list(words))


def _divides(word: _Word, among_given: bool) -> bool:
    if word.given:
        return False
    acronym = word.text.isupper() and len(word.text.rstrip(".")) > 1
    if among_given:
        return word.small in no_names()
    return acronym or any(base in no_names() for base in (word.small, *genitive_bases(word.small)))


def _offer(names: list[_Word]) -> Iterator[tuple[str, ...]]:
    if len(names) > 1 and names[0].opens and _only_begins_the_sentence(names[0], names[1]):
        names = names[1:]
    while len(names) > 1 and not names[-1].capital:
        names = names[:-1]
    if len(names) == 1:
        yield from _single(names[0])
    elif any(word.given for word in names) or not _is_of_place(names):
        yield tuple(word.text for word in names)


def _only_begins_the_sentence(first: _Word, second: _Word) -> bool:
    """Whether the first of two words owes its capital to its place (Grannen Karin, Grannen Mörtsjö)."""
    if first.given:
        return False
    return bool(second.given or _NO_PERSON_BY_ENDING.fullmatch(first.small))


def _is_of_place(names: Sequence[_Word]) -> bool:
    """Östra Storgatan, Örebro Slott."""
    return bool(_NO_PERSON.fullmatch(names[-1].small)) or _is_place(names[0].small)


def _single(word: _Word) -> Iterator[tuple[str, ...]]:
    small = word.small
    if not word.capital:
        if small in given_names() and small not in everyday_words():
            yield (word.text,)
    elif word.given:
        only_opens = word.opens and small in openers()
        a_time = word.after in _BEFORE_PLACES and small in no_names()
        if not only_opens and not a_time:
            yield (_without_compound(word.text),)
    elif _may_be_name_alone(word):
        yield (word.text,)


def _without_compound(text: str) -> str:
    """The given name in what is put together with one (Karin-gruppen)."""
    parts = JOINT.split(text)
    if all(part[0].isupper() for part in parts):
        return text
    return next((part for part in parts if _given_name(part.casefold())), text)


def _may_be_name_alone(word: _Word) -> bool:
    if _is_place(word.small) or word.after in _BEFORE_PLACES or not _is_written_as_name(word.text):
        return False
    if _SURNAME.fullmatch(word.small):
        return True
    no_person = _NO_PERSON.fullmatch(word.small) or _NO_PERSON_BY_ENDING.fullmatch(word.small)
    return not word.opens and not no_person


def _is_written_as_name(text: str) -> bool:
    """A capital and small letters, in each part; not an acronym, a brand (iPad) or a compound of a name (Suomi-seura)."""
    parts = JOINT.split(_SCOTTISH.sub("", text))
    return len(text) > 2 and all(part[:1].isupper() and part[1:].islower() for part in parts)


def _is_place(small: str) -> bool:
    return any(base in places() for base in case_bases(small))


def _given_name(small: str) -> str | None:
    if small in given_names():
        return small
    if any(part in given_names() for part in JOINT.split(small)):
        return small
    bases = (base for base in case_bases(small) if base in given_names())
    return next((base for base in bases if base not in everyday_words()), None)


def _without_case(word: str, standing: set[str]) -> str:
    """The word, or the name that it is a case of when that is a common one or stands in the text itself."""
    small = word.casefold()
    if small in given_names():
        return word
    for base in case_bases(small):
        common = base in given_names() and base not in everyday_words()
        if base != small and (common or base in standing):
            return word[: len(base)] if small.startswith(base) else base.capitalize()
    return word
