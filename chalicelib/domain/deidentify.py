"""Takes out of a text, by rule, what says who somebody is, before those who review may read it.

Masks Swedish and Finnish identity numbers, phone numbers, e-mail addresses, the idea-giver's own name, and the names that a
coordinator has hidden; `likely_names` finds those that they are asked about. The result is "avidentifierad", never "anonym". Where a
rule must choose, it would rather mask too much than too little, but leaves prices, dates and quantities alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.domain.name_forms import WORD, Names, names_of, own_names, put_in_place_of_names

IDENTITY_NUMBER = "[personnummer]"
PHONE = "[telefonnummer]"
EMAIL = "[e-postadress]"
NAME = "[namn]"
MASKS = re.compile("|".join(map(re.escape, (IDENTITY_NUMBER, PHONE, EMAIL, NAME))))

_DASH = "[-‐‑‒–—−]"
# What is pasted from the web often holds spaces that do not break.
_SPACE = "[ \t\u00a0\u2009\u202f]"

_EMAIL = re.compile(
    r"(?<![\w.+%-])(?<![\w.+%-]['’])[\w.+%-]+(?:['’][\w.+%-]+)*"
    rf"(?:@|{_SPACE}?[(\[](?:at|a|@|snabel-a)[)\]]{_SPACE}?)\w[\w-]*(?:\.\w[\w-]*)+"
)

_SWEDISH_NUMBER = re.compile(
    r"(?<!\d)(?P<century>18|19|20)?(?P<year>\d\d)(?P<between>[-./ ]?)(?P<month>\d\d)(?P=between)"
    rf"(?P<day>\d\d)(?:{_SPACE}?(?P<sign>{_DASH}|\+){_SPACE}?|[./\s])?(?P<last>\d{{4}})(?!\d)"
)
_COORDINATION = 60  # added to the day of a coordination number (samordningsnummer)
_FINNISH_NUMBER = re.compile(
    rf"(?<!\d)(?P<day>\d\d)(?P<month>\d\d)(?P<year>\d\d)(?:{_DASH}|[+A-FU-Y])(?P<last>\d{{3}})"
    r"(?P<check>[0-9A-Y])(?!\w)",
    re.IGNORECASE,
)
_FINNISH_CHECKS = "0123456789ABCDEFHJKLMNPRSTUVWXY"

# A mobile number is known by its first digits and its length, however it is grouped.
_MOBILE = re.compile(
    rf"(?<!\d)(?<!\d\.)07[02369](?:{_SPACE}?(?:{_DASH}|[./])?{_SPACE}?\d){{7}}(?!\d)"
)
# An area code, then groups that keep to one separator, which tells a number from two spans of hours (08-10 12-14).
_DOMESTIC = re.compile(
    r"(?<![\d+])(?<!\d[-.:])(?:\(0[1-9]\d{0,2}\)|0[1-9]\d{0,2})"
    rf"(?:{_SPACE}?(?:{_DASH}|/){_SPACE}?|{_SPACE})?(?!0)"
    rf"(?:\d{{5,8}}|\d{{2,4}}(?P<gap>{_SPACE}|{_DASH})\d{{2,4}}(?:(?P=gap)\d{{2,4}}){{0,2}})"
    r"(?!\d|[-.:,/][1-9])"
)
# The end of a span of amounts such as 10 050–12 000.
_THOUSANDS = re.compile(rf"0\d\d ?{_DASH} ?\d{{1,3}}(?:{_SPACE}\d{{3}})+")
_DAY_FIRST_DATE = re.compile(r"\d{1,2}[-/ ]\d{1,2}[-/ ](?:19|20)?\d\d")
# A span of hours without their colons; no number is as short after a long area code.
_HOURS = re.compile(rf"[0-2]\d[0-5]\d ?{_DASH} ?[0-2]\d[0-5]\d")
_SHORT = 3
_FEWEST_DIGITS, _MOST_DIGITS = 7, 11
# The countries that are called most need fewer digits to be sure.
_INTERNATIONAL = re.compile(
    r"(?<![\d+])(?:\+|00)"
    rf"(?:(?:46|358|47|45|354|298|372|371|370|44|49)(?:(?:{_SPACE}|[-–().]){{0,3}}\d){{6,12}}"
    rf"|[1-9](?:(?:{_SPACE}|[-–().]){{0,3}}\d){{9,13}})(?!\d)"
)


@dataclass(frozen=True)
class Masked:
    """`fields` are the same fields with the masks in place; `count` is how many were put in."""

    fields: dict[str, str]
    count: int


def mask(fields: Mapping[str, str], name: str) -> Masked:
    """The fields without what the rules find and without this name, empty when there is none. Masking what is masked changes nothing."""
    names = own_names(name)
    return _masked(fields, lambda text: _by_rules(text, names))


def mask_names(fields: Mapping[str, str], names: Iterable[str]) -> Masked:
    """The fields without these names, their parts and their cases. Masking what is masked changes nothing, and no mask that
    stands is touched, whatever the names are: they may come from anybody."""
    these = names_of(names)
    return _masked(fields, lambda text: put_in_place_of_names(text, these, NAME, MASKS))


def masked_between(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[str, ...]:
    """The words that were masked from one version of a text to a later one: those that stand nowhere in it any more. Short words
    without a capital are left out, since they say nothing of who somebody is."""
    stand = {word.casefold() for text in after.values() for word in WORD.findall(text)}
    words = (word for text in before.values() for word in WORD.findall(text))
    gone = (word for word in words if word.casefold() not in stand)
    return tuple(dict.fromkeys(word for word in gone if word[0].isupper() or len(word) > _SHORT))


def _masked(fields: Mapping[str, str], once: Callable[[str], tuple[str, int]]) -> Masked:
    """A mask can uncover what stood too close to something else, so every field is gone through until nothing is found."""
    masked: dict[str, str] = {}
    total = 0
    for key, text in fields.items():
        while True:
            text, count = once(text)
            if not count:
                break
            total += count
        masked[key] = text
    return Masked(masked, total)


def _by_rules(text: str, names: Names) -> tuple[str, int]:
    text, out = _without_numbers_and_addresses(text)
    text, named = put_in_place_of_names(text, names, NAME, MASKS)
    return text, len(out) + named


def taken_out(text: str) -> tuple[tuple[str, str], ...]:
    """What the rules take out of a text besides names: the mask that is put in its place, and what stood there."""
    found: list[tuple[str, str]] = []
    while True:
        text, out = _without_numbers_and_addresses(text)
        if not out:
            return tuple(found)
        found += out


def _without_numbers_and_addresses(text: str) -> tuple[str, list[tuple[str, str]]]:
    text, emails = _replace(_EMAIL, _always, EMAIL, text)
    text, swedish = _replace(_SWEDISH_NUMBER, _is_swedish_number, IDENTITY_NUMBER, text)
    text, finnish = _replace(_FINNISH_NUMBER, _is_finnish_number, IDENTITY_NUMBER, text)
    text, abroad = _replace(_INTERNATIONAL, _always, PHONE, text)
    text, mobiles = _replace(_MOBILE, _always, PHONE, text)
    text, phones = _replace(_DOMESTIC, _is_phone, PHONE, text)
    return text, [*emails, *swedish, *finnish, *abroad, *mobiles, *phones]


def _replace(
    pattern: re.Pattern[str], right: Callable[[re.Match[str]], bool], by: str, text: str
) -> tuple[str, list[tuple[str, str]]]:
    """Put `by` in the place of every match that is right, and tell what stood there. One that is wrong may hide the beginning of one
    that is right, and one that is replaced no longer stands too close to the next."""
    out = []
    start = 0
    while match := pattern.search(text, start):
        start = match.start() + 1
        if right(match):
            text = text[: match.start()] + by + text[match.end() :]
            out.append((by, match.group()))
    return text, out


def _always(_: re.Match[str]) -> bool:
    return True


def _is_swedish_number(match: re.Match[str]) -> bool:
    """A date that exists (or a coordination number's), and the right check digit. Where a hyphen or a plus stands before the
    last four the check digit may be wrong: that is a slip of the finger, still somebody's number. Other digits in a row are
    often something else."""
    day = int(match["day"])
    if not _is_day(match["century"], match["year"], match["month"], day % _COORDINATION):
        return False
    if match["sign"] and not match["between"]:
        return True
    return _luhn(match["year"] + match["month"] + match["day"] + match["last"])


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
    """As many digits as a number has, and neither a date, a span of hours nor a part of an amount."""
    number = match.group()
    digits = sum(character.isdigit() for character in number)
    amount = _THOUSANDS.fullmatch(number) and match.string[: match.start()][-2:-1].isdigit()
    a_time = _DAY_FIRST_DATE.fullmatch(number) or _HOURS.fullmatch(number)
    return _FEWEST_DIGITS <= digits <= _MOST_DIGITS and not amount and not a_time
