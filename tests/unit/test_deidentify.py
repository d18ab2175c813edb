"""De-identification by rule: what is masked, what is left alone, and how much of the sample ideas it finds."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chalicelib.config import load
from chalicelib.domain.deidentify import EMAIL, IDENTITY_NUMBER, NAME, PHONE, mask
from chalicelib.domain.form import Audience

FORM = load().form
IDEAS = Path(__file__).resolve().parents[1] / "data" / "ideas.jsonl"


def masked(text: str, name: str | None = None) -> str:
    return mask({"need": text}, name).fields["need"]


@pytest.mark.parametrize(
    "number",
    [
        "19121212-1212",
        "191212121212",
        "121212-1212",
        "121212+1212",
        "1212121212",
        "121212 1212",
        "121212–1212",
        "19121212 - 1212",
        "20000229-1234",
        # A wrong check digit behind a hyphen is a slip of the finger, still somebody's number.
        "850101-1111",
        # Coordination numbers: 60 is added to the day.
        "850161-1111",
        "19850161-1111",
    ],
)
def test_swedish_identity_numbers_are_masked(number: str) -> None:
    assert masked(f"Hon ({number}) ringde") == f"Hon ({IDENTITY_NUMBER}) ringde"


@pytest.mark.parametrize("number", ["131052-308T", "131052A308T", "131052-308t", "010594Y9032"])
def test_finnish_identity_numbers_are_masked(number: str) -> None:
    assert masked(f"Hän ({number}) soitti") == f"Hän ({IDENTITY_NUMBER}) soitti"


@pytest.mark.parametrize(
    "text",
    [
        "organisationsnummer 212000-1967",
        "artikel 121212-12121",
        "artikel 1121212-12121",
        "serienummer 1212121213",
        "serienummer 121212 1213",
        "februari 850230-1111",
        "dagen 850199-1111",
        "20010229-1234",
        "131052-308U",
        "310252-308T",
    ],
)
def test_numbers_that_only_look_like_identity_numbers_are_left(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "number",
    [
        "070-1740605",
        "070-174 06 05",
        "0701740605",
        "070 174 06 05",
        "019-21 10 00",
        "019-211000",
        "08-123 45 67",
        "08-12345678",
        "(019) 21 10 00",
        "0586 – 123 45",
        "0046 70 174 06 05",
        "+46701740605",
        "+46 70-174 06 05",
        "+46 (0)70 174 06 05",
        "+358 40 123 4567",
        "040 123 4567",
        "050-1234567",
        "09 123 4567",
    ],
)
def test_phone_numbers_are_masked(number: str) -> None:
    assert masked(f"Ring {number}, gärna i dag.") == f"Ring {PHONE}, gärna i dag."


@pytest.mark.parametrize(
    "text",
    [
        "Den 2026-05-12 klockan 07.45 och 08.10",
        "Öppet 08-10 12-14 och 07:30-08:15",
        "Mellan 08-10 och 12-14",
        "Den 03-12 2025 och 03/12/2025 och 05-06-2025",
        "En bänk kostar 8 000–12 000 kr",
        "Mellan 10 050–12 000 kr",
        "1 250 000 kr eller 0,5 procent",
        "Vi är 0105 och 050 stycken",
        "140 bilar på 25 minuter, 380 barn",
        "Postnummer 703 61 Örebro",
        "Diarienummer KS 2026/00123",
        "Våren 2025-2026",
        "Version 1.070-1740605",
        "0701 samt 012345678901234",
    ],
)
def test_dates_times_prices_and_quantities_are_left(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "address",
    ["anna.berg@example.com", "A_B+x@sub.example.co.uk", "åsa@exämple.se"],
)
def test_email_addresses_are_masked(address: str) -> None:
    assert masked(f"Skriv till {address}.") == f"Skriv till {EMAIL}."


def test_an_at_sign_alone_is_no_address() -> None:
    assert masked("Vi ses @ biblioteket, 3 st @ 20 kr") == "Vi ses @ biblioteket, 3 st @ 20 kr"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jag heter Gun-Britt Åsenlund.", f"Jag heter {NAME}."),
        ("jag heter gun-britt åsenlund", f"jag heter {NAME}"),
        ("Gun-Britt och Åsenlund", f"{NAME} och {NAME}"),
        ("Gun, Britt och BRITT", f"{NAME}, {NAME} och {NAME}"),
        ("Åsenlunds förslag", f"{NAME} förslag"),
        ("Britt:s och Britt's och Britts", f"{NAME} och {NAME} och {NAME}"),
        ("Åsenlundin ehdotus, Brittille", f"{NAME} ehdotus, {NAME}"),
        ("Brittsommar och Gunnar", "Brittsommar och Gunnar"),
        ("tåbritt", "tåbritt"),
        ("britt", "britt"),
    ],
)
def test_the_idea_givers_own_name_is_masked(text: str, expected: str) -> None:
    assert masked(text, "Gun-Britt Åsenlund") == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Olle Rask", "Olle är rask", f"{NAME} är rask"),
        ("Bo Ek", "Bo Ek bor i en bo av ek", f"{NAME} bor i en bo av ek"),
        ("olle rask", "Olle Rask och Rask", f"{NAME} och {NAME}"),
        ("annika", "Annika vill", f"{NAME} vill"),
        ("Eva von Stråle", "Eva tog med Stråle von det", f"{NAME} tog med {NAME} von det"),
        (
            "Vill helst inte skriva mitt namn",
            "Vill ni inte ha ett namn?",
            "Vill ni inte ha ett namn?",
        ),
        (
            "Elevrådet Lindskolan genom Nora Ekström Vik",
            "Nora gick genom Lindskolan",
            f"{NAME} gick genom {NAME}",
        ),
        (
            "Idrottslärarna genom Kent Ryholm",
            "Idrottslärarna och Kent",
            f"Idrottslärarna och {NAME}",
        ),
        ("", "Ingenting här", "Ingenting här"),
        ("123", "123 bilar", "123 bilar"),
    ],
)
def test_only_words_that_are_names_are_taken_for_names(name: str, text: str, expected: str) -> None:
    assert masked(text, name) == expected


def test_every_field_is_masked_and_each_mask_counted() -> None:
    result = mask({"title": "Nora vill", "need": "Ring 070-1740605 eller nora@example.com"}, "Nora")
    assert result.fields == {"title": f"{NAME} vill", "need": f"Ring {PHONE} eller {EMAIL}"}
    assert result.count == 3


def test_every_kind_of_mask_is_counted() -> None:
    text = "121212-1212 131052-308T +46701740605 0701740605 a@example.com Nora"
    assert mask({"need": text}, "Nora").count == 6


def test_masking_what_is_masked_changes_nothing() -> None:
    once = mask({"need": "Nora, 121212-1212, 070-1740605, nora@example.com"}, "Nora Vik").fields
    again = mask(once, "Nora Vik")
    assert (again.fields, again.count) == (once, 0)


@pytest.mark.parametrize(
    "text", ["a" * 20_000, "a." * 10_000, "0" * 20_000, "+46" + " 1" * 10_000, "12 " * 7_000]
)
def test_hostile_texts_are_masked_in_time(text: str) -> None:
    started = time.perf_counter()
    masked(text, "Nora Vik")
    assert time.perf_counter() - started < 1


def sample_ideas() -> Iterator[dict[str, Any]]:
    with IDEAS.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def findable_by_rule(datum: str) -> bool:
    """Numbers and addresses; the names of others are not."""
    return any(character.isdigit() or character == "@" for character in datum)


def reviewed(idea: dict[str, Any]) -> dict[str, str]:
    shown = [field.key for field in FORM.fields() if field.audience is Audience.REVIEWERS]
    return mask({key: idea[key] for key in shown if key in idea}, idea["name"]).fields


def test_all_that_rules_can_find_in_the_sample_ideas_is_masked(
    record_property: pytest.RecordProperty, capsys: pytest.CaptureFixture[str]
) -> None:
    left: list[tuple[str, str]] = []
    found = in_all = by_rule = 0
    for idea in sample_ideas():
        shown = "\n".join(reviewed(idea).values())
        for datum in idea["expect"]["personal_data"]:
            in_all += 1
            found += datum not in shown
            by_rule += findable_by_rule(datum)
            if findable_by_rule(datum) and datum in shown:
                left.append((idea["id"], datum))
    recall = f"de-identified {found} of {in_all} personal data, {by_rule} of them findable by rule"
    record_property("recall", recall)
    with capsys.disabled():
        print(f"\n{recall}", end=" ")
    assert by_rule == 7
    assert left == []


def test_sample_ideas_without_personal_data_are_shown_as_they_were_written() -> None:
    changed = [
        idea["id"]
        for idea in sample_ideas()
        if not idea["expect"]["personal_data"]
        and reviewed(idea) != {key: idea[key] for key in reviewed(idea)}
    ]
    assert changed == []
