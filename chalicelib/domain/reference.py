"""Names and fingerprints: the reference that people say on the phone, the key of a form and the id behind it, the hash of a text."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping

# No vowels, so that no word comes out, and nothing that is heard or read as something else (I, O, Q, Z, 0, 1).
ALPHABET = "BCDFGHJKLMNPRSTVWXY23456789"
LETTERS = 4
YEAR = 4
YEARS = 4
"""How far back the last characters of a reference are looked for: a link to an idea-giver's page lives for two years."""
CASE_ID_LENGTH = 26


def new_reference(year: int, choose: Callable[[str], str]) -> str:
    """A reference such as `2026-K7F3`: one of half a million for each year, so whoever stores it must see that it is free.
    `choose` gives one character of a text at random (`secrets.choice`)."""
    letters = "".join(choose(ALPHABET) for _ in range(LETTERS))
    return f"{year}-{letters}"


def references_meant(typed: str, year: int) -> tuple[str, ...]:
    """The references that somebody may mean, the newest first: the one that they typed, with or without its hyphen, or, of its last four
    characters alone, those of this year and the three before. Empty for what does not look like one; none of it says that there is one."""
    sign = "".join(character for character in typed.upper() if character.isalnum())
    if not sign.isascii():
        return ()
    if len(sign) == LETTERS:
        return tuple(f"{year - ago}-{sign}" for ago in range(YEARS))
    if len(sign) == YEAR + LETTERS and sign[:YEAR].isdigit():
        return (f"{sign[:YEAR]}-{sign[YEAR:]}",)
    return ()


def submission_key(form: str, browser: str) -> str:
    """The submission key of one form in one browser, in 22 URL-safe characters: always the same for both, so that going back
    gives no second case. Whoever learns the form's address alone, or made it up for somebody else, does not know the key."""
    digest = hashlib.sha256(f"{form}:{browser}".encode()).digest()
    return base64.urlsafe_b64encode(digest[:16]).decode().rstrip("=")


def case_id(key: str) -> str:
    """The id of the case that a submission key makes: always the same for a key, 130 bits in a–z and 2–7."""
    digest = hashlib.sha256(key.encode()).digest()
    return base64.b32encode(digest).decode().lower()[:CASE_ID_LENGTH]


def content_hash(fields: Mapping[str, str]) -> str:
    """SHA-256, hex, over what the fields hold, whatever their order."""
    canonical = json.dumps(dict(fields), sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
