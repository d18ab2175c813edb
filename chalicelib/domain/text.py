"""What is typed, put in order: one form of each character, no invisible ones that deceive, addresses as they can be used.

What happens to characters that nobody means to type:

| class | a single line | several lines |
|---|---|---|
| control characters, line breaks in a line, lone surrogates | refused | removed; breaks become newlines |
| direction marks and overrides (they make a text look like another) | refused | removed |
| zero-width characters and soft hyphens (pasted along from the web, and nobody could find them to mend) | removed | removed |
| zero-width joiners (parts of emoji and of Persian and Indic words) | removed | kept |
| more than 30 combining marks on one letter | cut | cut |
| a text of nothing but such characters, blanks and lone marks | becomes empty | becomes empty |

A single line becomes a name, a title, a mail's subject or a row in a list, where a disguise matters: it is refused, so that
nothing is changed behind the back of the one who typed. In a longer text the words stay the same without them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

_BREAKS = re.compile("\r\n|[\r\u0085\u2028\u2029]")
_DIRECTION = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROL = "\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufff9-\ufffb"
_ZERO_WIDTH = "\u00ad\u180e\u200b\u2060-\u2064\ufeff"
_JOINERS = "\u200c\u200d"

_REFUSED_IN_A_LINE = re.compile(f"[{_CONTROL}{_DIRECTION}\n]")
_REMOVED_IN_A_LINE = re.compile(f"[{_CONTROL}{_DIRECTION}{_ZERO_WIDTH}{_JOINERS}]")
_REMOVED_IN_TEXT = re.compile(f"[{_CONTROL}{_DIRECTION}{_ZERO_WIDTH}]")

# Letters and symbols that are drawn as nothing: the Hangul fillers and the blank Braille pattern.
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0"
_UNSEEN = frozenset(("Cc", "Cf", "Mn", "Me", "Zl", "Zp", "Zs"))

# Stream-safe text (UAX #15, section 13): sorting a longer stack of marks takes time by the square of its height.
_HIGHEST_STACK = 30
_MAYBE_STACKED = re.compile(f"[\u0300-\U0010ffff]{{{_HIGHEST_STACK + 1},}}")

_LOCAL_PART = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_TOP_LABEL = re.compile(r"[a-z]{2,63}|xn--[a-z0-9-]{2,59}")
_LONGEST_LOCAL_PART = 64
_LONGEST_ADDRESS = 254

_PHONE = re.compile(r"(?=.{7,20}$)\+?[0-9 ()-]+")
_DASHES = str.maketrans("‐‑‒–—−", "------")
_FEWEST_DIGITS = 7

_LONG_WORD = 24


@dataclass(frozen=True)
class Cleaned:
    """`text` is in NFC, without white space at its ends or at the ends of its lines. When `had_forbidden`, a single line
    held something that is refused: `text` is without it and not what was typed."""

    text: str
    had_forbidden: bool


def clean(raw: str, multiline: bool) -> Cleaned:
    """Any text in the one form that is stored. Cleaning what is clean changes nothing."""
    text = _BREAKS.sub("\n", raw)
    if multiline:
        text = _composed(_REMOVED_IN_TEXT.sub("", text))
        lines = (line.rstrip() for line in text.split("\n"))
        return Cleaned(_seen("\n".join(lines).strip()), had_forbidden=False)
    text = text.strip()
    forbidden = _REFUSED_IN_A_LINE.search(text) is not None
    text = _composed(_REMOVED_IN_A_LINE.sub("", text))
    return Cleaned(_seen(" ".join(text.split())), forbidden)


def _seen(text: str) -> str:
    """The text, or an empty one when nobody would see anything of it."""
    seen = any(
        unicodedata.category(character) not in _UNSEEN and character not in _BLANK_LETTERS
        for character in text
    )
    return text if seen else ""


def _composed(text: str) -> str:
    return _cut_stacks(unicodedata.normalize("NFC", _cut_stacks(text)))


def _cut_stacks(text: str) -> str:
    if not _MAYBE_STACKED.search(text):
        return text
    kept = []
    height = 0
    for character in text:
        height = height + 1 if unicodedata.combining(character) else 0
        if height <= _HIGHEST_STACK:
            kept.append(character)
    return "".join(kept)


def shortened(text: str, longest: int) -> str:
    """A line of at most so many characters, with "…" for what is left out: cut after a word, or inside one that is very long."""
    if len(text) <= longest:
        return text
    kept = text[:longest]
    after_a_word = kept.rfind(" ")
    at = after_a_word if after_a_word >= longest - _LONG_WORD else longest - 1
    return kept[:at].rstrip(" ,.:;–-") + "…"


def email_address(typed: str) -> str | None:
    """The address as SES takes it, or None when it cannot be one: the local part as typed, in ASCII; the domain in small
    letters and, when it has others than ASCII, in its IDNA form. At most 254 characters (RFC 5321 with errata 1690)."""
    local, _, domain = typed.rpartition("@")
    if len(local) > _LONGEST_LOCAL_PART or not _LOCAL_PART.fullmatch(local):
        return None
    try:
        ascii_domain = domain.encode("idna").decode("ascii").lower()
    except UnicodeError:
        return None
    labels = ascii_domain.split(".")
    if len(labels) < 2 or not _TOP_LABEL.fullmatch(labels[-1]):
        return None
    if not all(_DOMAIN_LABEL.fullmatch(label) for label in labels):
        return None
    address = f"{local}@{ascii_domain}"
    return address if len(address) <= _LONGEST_ADDRESS else None


def phone_number(typed: str) -> str | None:
    """The number as typed, with plain hyphens, or None: 7–20 characters of digits, spaces, hyphens, brackets and a leading +,
    at least 7 of them digits."""
    number = typed.translate(_DASHES)
    digits = sum(character.isdigit() for character in number)
    return number if _PHONE.fullmatch(number) and digits >= _FEWEST_DIGITS else None
