"""Takes out of a text, by rule, what says who somebody is, before those who review may read it.

Masks Swedish and Finnish identity numbers, phone numbers, e-mail addresses and the idea-giver's own name. Other people's
names cannot be found by rule; the coordinator is asked to look for them. The result is "avidentifierad", never "anonym".
Where a rule must choose, it would rather mask too much than too little, but leaves prices, dates and quantities alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

IDENTITY_NUMBER = "[personnummer]"
PHONE = "[telefonnummer]"
EMAIL = "[e-postadress]"
NAME = "[namn]"

_EMAIL = re.compile(r"(?<![\w.+%-])[\w.+%-]+@\w[\w-]*(?:\.\w[\w-]*)+")

_DASH = "[-‐‑–−]"
_SWEDISH_NUMBER = re.compile(
    rf"(?<!\d)(?P<century>18|19|20)?(?P<year>\d\d)(?P<month>\d\d)(?P<day>\d\d)"
    rf"(?P<sign> ?(?:{_DASH}|\+) ?| )?(?P<last>\d{{4}})(?!\d)"
)
_COORDINATION = 60  # added to the day of a coordination number (samordningsnummer)
_FINNISH_NUMBER = re.compile(
    r"(?<!\w)(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)(?:[-–+]|[A-FU-Y])(?P<last>\d{3})(?P<check>[0-9A-Y])(?!\w)",
    re.IGNORECASE,
)
_FINNISH_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"

# An area code, then groups that keep to one separator, which tells a number from two spans of hours (08-10 12-14).
_DOMESTIC = re.compile(
    r"(?<![\d+])(?<!\d[-.,:/])(?:\(0[1-9]\d{0,2}\)|0[1-9]\d{0,2})(?: ?[-–/] ?| )?(?!0)"
    r"(?:\d{5,8}|\d{2,4}(?P<gap>[ -])\d{2,4}(?:(?P=gap)\d{2,4}){0,2})"
    r"(?!\d|[-.,:/]\d)"
)
# The end of a span of amounts such as 10 050–12 000.
_THOUSANDS = re.compile(r"0\d\d ?[-–] ?\d{1,3}(?: \d{3})+")
_INTERNATIONAL = re.compile(
    r"(?<![\d+])(?:\+|00)(?:46|358|47|45|354|298|372|371|370|44|49)[ -]?(?:\(0\) ?)?(?:\d[ -]?){5,11}\d(?!\d)"
)
_FEWEST_DIGITS, _MOST_DIGITS = 7, 11
_DAY_FIRST_DATE = re.compile(r"\d{1,2}[-/ ]\d{1,2}[-/ ](?:19|20)?\d\d")

_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PARTICLES = frozenset(
    {"af", "av", "da", "de", "del", "den", "der", "di", "la", "le", "ter", "van", "von", "zu"}
)
_SHORTEST_NAME = 3
# Genitives and, for Finnish, the commonest cases.
_ENDINGS = "(?::?s|['’]s|:?n|in|a|ä|i?(?:lle|lla|llä|lta|ltä|ssa|ssä|sta|stä))?"


@dataclass(frozen=True)
class Masked:
    """`fields` are the same fields with the masks in place; `count` is how many were put in."""

    fields: dict[str, str]
    count: int


def mask(fields: Mapping[str, str], name: str | None = None) -> Masked:
    """The fields without what the rules find. Masking what is masked changes nothing."""
    names = _name_pattern(name or "")
    masked: dict[str, str] = {}
    total = 0
    for key, text in fields.items():
        text, emails = _EMAIL.subn(EMAIL, text)
        text, swedish = _replace(_SWEDISH_NUMBER, _is_swedish_number, IDENTITY_NUMBER, text)
        text, finnish = _replace(_FINNISH_NUMBER, _is_finnish_number, IDENTITY_NUMBER, text)
        text, abroad = _INTERNATIONAL.subn(PHONE, text)
        text, phones = _replace(_DOMESTIC, _is_phone, PHONE, text)
        text, named = names.subn(NAME, text) if names else (text, 0)
        masked[key] = text
        total += emails + swedish + finnish + abroad + phones + named
    return Masked(masked, total)


def _replace(
    pattern: re.Pattern[str], right: Callable[[re.Match[str]], bool], by: str, text: str
) -> tuple[str, int]:
    """Put `by` in the place of every match that is right, and count them."""
    count = 0

    def put(match: re.Match[str]) -> str:
        nonlocal count
        if not right(match):
            return match.group()
        count += 1
        return by

    return pattern.sub(put, text), count


def _is_swedish_number(match: re.Match[str]) -> bool:
    """A date that exists (or a coordination number's) before the last four; run together, the check digit must be right too,
    since ten digits in a row are often something else."""
    day = int(match["day"])
    if not _is_day(match["century"], match["year"], match["month"], day % _COORDINATION):
        return False
    sign = (match["sign"] or "").strip()
    return bool(sign) or _luhn(match["year"] + match["month"] + match["day"] + match["last"])


def _is_day(century: str | None, year: str, month: str, day: int) -> bool:
    """Whether the date exists in the century, or in any when none is said (a leap year that a century is not)."""
    try:
        date(int((century or "20") + year), int(month), day)
    except ValueError:
        return False
    return True


def _luhn(digits: str) -> bool:
    """The check of Swedish identity numbers (SS 614330): doubled in turn, cross sums, a multiple of ten."""
    doubled = (int(digit) * (2 - place % 2) for place, digit in enumerate(digits))
    return sum(sum(divmod(number, 10)) for number in doubled) % 10 == 0


def _is_finnish_number(match: re.Match[str]) -> bool:
    """A date that exists and the right check character (dvv.fi/en/personal-identity-code)."""
    if not _is_day(None, match["year"], match["month"], int(match["day"])):
        return False
    number = int(match["day"] + match["month"] + match["year"] + match["last"])
    return _FINNISH_CHECKS[number % len(_FINNISH_CHECKS)] == match["check"].upper()


def _is_phone(match: re.Match[str]) -> bool:
    """As many digits as a number has, and neither a date nor a part of an amount."""
    number = match.group()
    digits = sum(character.isdigit() for character in number)
    amount = _THOUSANDS.fullmatch(number) and match.string[: match.start()][-2:-1].isdigit()
    a_date = _DAY_FIRST_DATE.fullmatch(number)
    return _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not amount and not a_date


def _name_pattern(name: str) -> re.Pattern[str] | None:
    """What finds the name, its parts and their genitives, written with a capital as names are; the whole name in any case."""
    names = list(_names_in(name))
    parts = {
        part
        for word in names
        for part in (word, *re.split(r"[-'’]", word))
        if len(part) >= _SHORTEST_NAME
    }
    if not parts and len(names) < 2:
        return None
    spelled = {form for part in parts for form in (part[0].upper() + part[1:], part.upper())}
    longest_first = sorted(spelled, key=lambda form: (-len(form), form))
    whole = rf"(?i:{re.escape(name.strip())})"
    one = "|".join([whole, *map(re.escape, longest_first)])
    return re.compile(rf"(?<!\w)(?:{one}){_ENDINGS}(?!\w)")


def _names_in(name: str) -> Iterable[str]:
    """The words of what was typed as a name that are names. "Elevrådet genom Nora Vik" holds common words too: then only
    capitals side by side are names, so that a reluctant "Vill inte säga" masks nothing."""
    words = _WORD.findall(name)
    if len(words) == 1 or not any(word[0].isupper() for word in words):
        return words
    if all(word[0].isupper() or word.lower() in _PARTICLES for word in words):
        return [word for word in words if word[0].isupper()]
    sides = zip([None, *words], words, [*words[1:], None], strict=False)
    return [
        word
        for before, word, after in sides
        if word[0].isupper()
        and ((before and before[0].isupper()) or (after and after[0].isupper()))
    ]
