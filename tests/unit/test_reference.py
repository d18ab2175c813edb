"""References, ids and fingerprints."""

from __future__ import annotations

import random
import re

import pytest

from chalicelib.domain.reference import (
    ALPHABET,
    case_id,
    content_hash,
    new_reference,
    references_meant,
    submission_key,
)


def test_a_reference_has_the_year_and_four_characters_that_cannot_be_mistaken() -> None:
    dice = random.Random(1)
    references = {new_reference(2026, dice.choice) for _ in range(500)}
    assert all(re.fullmatch(rf"2026-[{ALPHABET}]{{4}}", reference) for reference in references)
    assert len(references) > 490
    assert not set(ALPHABET) & set("AEIOUQZ01")


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("2026-K7F3", ("2026-K7F3",)),
        ("[2026-k7f3] ", ("2026-K7F3",)),
        ("2026 K7F3", ("2026-K7F3",)),
        ("2026–K7F3", ("2026-K7F3",)),
        ("2019-K7F3", ("2019-K7F3",)),
        ("k7f3", ("2026-K7F3", "2025-K7F3", "2024-K7F3", "2023-K7F3")),
        ("", ()),
        ("K7F", ()),
        ("K7F33", ()),
        ("K7F3-2026", ()),
        ("min idé", ()),
        ("Ⅷ7F3", ()),
    ],
)
def test_a_reference_is_meant_by_what_looks_like_one(typed: str, meant: tuple[str, ...]) -> None:
    assert references_meant(typed, 2026) == meant


def test_each_character_of_a_reference_is_drawn_by_itself() -> None:
    drawn = iter("K7F3")
    assert new_reference(2026, lambda _: next(drawn)) == "2026-K7F3"


def test_a_form_has_one_key_in_one_browser_and_another_in_every_other() -> None:
    key = submission_key("form", "browser")
    assert key == submission_key("form", "browser")
    assert re.fullmatch(r"[A-Za-z0-9_-]{22}", key)
    others = {submission_key("form", "other"), submission_key("other", "browser")}
    assert len(others | {key}) == 3


def test_a_submission_key_always_leads_to_the_same_case() -> None:
    assert case_id("en nyckel") == case_id("en nyckel")
    assert case_id("en nyckel") != case_id("en annan nyckel")
    assert re.fullmatch(r"[a-z2-7]{26}", case_id("en nyckel"))


def test_the_hash_of_a_text_depends_on_its_words_and_not_on_their_order() -> None:
    first = content_hash({"title": "Hinkar", "need": "Halka"})
    assert first == content_hash({"need": "Halka", "title": "Hinkar"})
    assert first != content_hash({"title": "Halka", "need": "Hinkar"})
    assert first != content_hash({"title": "Hinkar", "need": "Halka "})
    assert re.fullmatch(r"[0-9a-f]{64}", first)


def test_what_is_stored_and_bound_to_is_the_same_in_every_version_of_the_code() -> None:
    title = "5b63832135283ff36e0dca473045be011eff7837eeabc2542492137dca91e071"
    assert content_hash({"title": "Å"}) == title
    two = "375275380fe750b124ef709dd59bf9a043cb887364b4b410d8870bafe8dcb569"
    assert content_hash({"title": "Bänkar", "idea": "Längs ån."}) == two
    assert case_id("en nyckel") == "djg2fumvau5iphim62flhtqriu"
