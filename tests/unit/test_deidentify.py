"""De-identification by rule: what is masked, what is left alone, and how much of the sample ideas it finds."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from chalicelib.config import load
from chalicelib.domain.deidentify import (
    EMAIL,
    IDENTITY_NUMBER,
    MASKS,
    NAME,
    PHONE,
    mask,
    mask_names,
)
from chalicelib.domain.form import Audience
from chalicelib.domain.likely_names import likely_names

FORM = load().form
IDEAS = Path(__file__).resolve().parents[1] / "data" / "ideas.jsonl"


def masked(text: str, name: str = "") -> str:
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
        "121212—1212",
        "121212\u00a01212",
        "121212\n1212",
        "121212.1212",
        "19121212/1212",
        "1912-12-12-1212",
        "1912-12-12 1212",
        "12.12.12 1212",
        "12 12 12 1212",
        # A wrong check digit behind a hyphen is a slip of the finger, still somebody's number.
        "850101-1111",
        # Coordination numbers: 60 is added to the day.
        "850161-1111",
        "19850161-1111",
        "7010632391",
        "701063 2391",
    ],
)
def test_swedish_identity_numbers_are_masked(number: str) -> None:
    assert masked(f"Hon ({number}) ringde") == f"Hon ({IDENTITY_NUMBER}) ringde"


@pytest.mark.parametrize(
    "number", ["131052-308T", "131052A308T", "131052-308t", "010594Y9032", "131052–308T"]
)
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
        "19000229-1234",
        "nummer 121212.1213",
        "nummer 121212/1213",
        "131052-308U",
        "310252-308T",
        "serienummer 7010632392",
        "dagen 850160-1111",
        "möte 2026-05-12 0745",
        "möte 2026-05-12-1111",
        "kod 131052-308T5",
        "310252-308Y",
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
        "070\u00a0174\u00a006\u00a005",
        "070.174.06.05",
        "070-17 40 605",
        "070/174 06 05",
        "070-039 12 34",
        "019-21 10 00",
        "019-21\u00a010\u00a000",
        "019-211000",
        "050-12 000",
        "08-123 45 67",
        "08-12345678",
        "(019) 21 10 00",
        "0586 – 123 45",
        "0586-1234567",
        "08-12345",
        "0046 70 174 06 05",
        "+46701740605",
        "+46 70-174 06 05",
        "+46 (0)70 174 06 05",
        "+46 (0) 70 174 06 05",
        "+46(70)1740605",
        "+46.70.174.06.05",
        "+963 944 123 456",
        "+90 532 123 45 67",
        "+358 40 123 4567",
        "040 123 4567",
        "050-1234567",
        "09 123 4567",
    ],
)
def test_phone_numbers_are_masked(number: str) -> None:
    assert masked(f"Ring {number}, gärna i dag.") == f"Ring {PHONE}, gärna i dag."


def test_a_phone_number_after_another_number_is_no_amount() -> None:
    assert masked("Ring växel 4 019-211000.") == f"Ring växel 4 {PHONE}."


def test_what_is_no_number_does_not_hide_one_within_it() -> None:
    assert masked("blad 85-01-850101-1111") == f"blad 85-01-{IDENTITY_NUMBER}"


@pytest.mark.parametrize("between", ["/", ",", "-", " "])
def test_phone_numbers_that_stand_close_are_all_masked(between: str) -> None:
    numbers = ["019-211000", "070-1740605", "08-12345678"]
    assert masked(between.join(numbers)) == between.join([PHONE] * 3)


@pytest.mark.parametrize(
    "text",
    [
        "Den 2026-05-12 klockan 07.45 och 08.10",
        "Öppet 08-10 12-14 och 07:30-08:15",
        "Mellan 08-10 och 12-14",
        "Öppet 08-10 12",
        "Klockan 0830-0915 12 barn, 1015–1130 och 0900 - 1015",
        "Den 03-12 2025 och 03/12/2025 och 05-06-2025",
        "En bänk kostar 8 000–12 000 kr",
        "Mellan 10 050–12 000 kr",
        "Mellan 1 050–12 000 kr",
        "1 250 000 kr eller 0,5 procent",
        "Vi är 0105 och 050 stycken",
        "140 bilar på 25 minuter, 380 barn",
        "Postnummer 703 61 Örebro",
        "Diarienummer KS 2026/00123",
        "Våren 2025-2026",
        "Version 1.070-1740605",
        "0701 samt 012345678901234",
        "0701740605123",
        "Budget +15 000 000 kr",
        "Rum 08-123-4, ritning 12-08-123456 och 08-123456-7",
    ],
)
def test_dates_times_prices_and_quantities_are_left(text: str) -> None:
    assert masked(text) == text


@pytest.mark.parametrize(
    "address",
    [
        "anna.berg@example.com",
        "A_B+x@sub.example.co.uk",
        "åsa@exämple.se",
        "sean.o'brien@example.com",
        "anna.berg(at)example.com",
        "anna.berg [at] example.com",
        "anna.berg (snabel-a) example.com",
    ],
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
        ("GUN-BRITT ÅSENLUND ringde", f"{NAME} ringde"),
        ("åsenlund, åsenlunds och åsenlunden", f"{NAME}, {NAME} och åsenlunden"),
        ("Britt-gruppen, anna-britt", f"{NAME}-gruppen, anna-{NAME}"),
        ("@Åsenlund_85", f"@{NAME}_85"),
        ("Åsenlunds förslag", f"{NAME} förslag"),
        ("Britt:s och Britt's och Britts", f"{NAME} och {NAME} och {NAME}"),
        ("Åsenlundin ehdotus, Brittille", f"{NAME} ehdotus, {NAME}"),
        ("Brittsommar och Gunnar", "Brittsommar och Gunnar"),
        ("tåbritt", "tåbritt"),
        (
            "gun och britt är en gevärsman och en britt",
            f"gun och {NAME} är en gevärsman och en {NAME}",
        ),
    ],
)
def test_the_idea_givers_own_name_is_masked(text: str, expected: str) -> None:
    assert masked(text, "Gun-Britt Åsenlund") == expected


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("Olle Rask", "Olle är rask", f"{NAME} är rask"),
        ("Bo Ek", "Bo Ek bor i en bo av ek", f"{NAME} bor i en bo av ek"),
        (
            "Bo Ek",
            "bo ek ringde. Då sa Bo, Eks son: BO!",
            f"{NAME} ringde. Då sa {NAME}, {NAME} son: {NAME}!",
        ),
        ("Bo Ek", "Boa, Bon, Eken", "Boa, Bon, Eken"),
        ("Pekka Virtanen", "Pekan, Pekalle, Virtasen", f"{NAME}, {NAME}, {NAME}"),
        ("Kristian Mäki", "Kristianille, Mäen", f"{NAME}, Mäen"),
        ("Jaana Virtanen", "Virtaselle, Virtasta, Virtasia", f"{NAME}, {NAME}, Virtasia"),
        ("Riitta Erkki", "Riitalle, Erkiltä, Rita", f"{NAME}, {NAME}, Rita"),
        ("Britt Åsenlund", "Britt:lle, Åsenlund:in", f"{NAME}, {NAME}"),
        ("Eva Lind", "Evalle, eva", f"{NAME}, {NAME}"),
        ("K. Åsenlund", "K. Åsenlund sa", f"{NAME} sa"),
        ("Hans Mats", "Han gav Hans mat", f"Han gav {NAME} mat"),
        ("Lucia Mörk", "Lucia firar lucia", f"{NAME} firar lucia"),
        ("Björkgården", "Björkgården, på björkgården", f"{NAME}, på björkgården"),
        ("Elevrådet genom nora", "Nora i elevrådet", f"{NAME} i elevrådet"),
        (
            "Karin på Björkgården",
            "karin, Karins idé på Björkgården",
            f"{NAME}, {NAME} idé på Björkgården",
        ),
        ("Rektor Karin Berg", "Rektor Karin", f"Rektor {NAME}"),
        ("zelal demirtaş", "Zelal och demirtaş", f"{NAME} och {NAME}"),
        ("vill inte säga", "Vill inte säga vad", "Vill inte säga vad"),
        ("Personalen", "Vi i personalen, Personalen", "Vi i personalen, Personalen"),
        ("Anonym", "Anonymt, anonym", "Anonymt, anonym"),
        ("Namn", f"{NAME} {PHONE}", f"{NAME} {PHONE}"),
        ("E-postadress Telefonnummer", f"{EMAIL} {PHONE}", f"{EMAIL} {PHONE}"),
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
    text = "121212-1212 131052-308T +46701740605 0701740605 019-211000 a@example.com Nora"
    assert mask({"need": text}, "Nora").count == 7


def test_every_mask_of_one_kind_is_counted() -> None:
    assert mask({"need": "019-211000 eller 08-12345678 eller 019-211001"}, "").count == 3


def luhn_digit(nine: str) -> int:
    doubled = [int(digit) * (2 - place % 2) for place, digit in enumerate(nine)]
    return -sum(number - 9 if number > 9 else number for number in doubled) % 10


@st.composite
def valid_numbers(draw: st.DrawFn) -> str:
    """Valid Swedish identity numbers and co-ordination numbers, in the ways they are written."""
    born = draw(st.dates(min_value=date(1890, 1, 1), max_value=date(2030, 12, 31)))
    day = born.day + draw(st.sampled_from([0, 60]))
    nine = f"{born:%y%m}{day:02}{draw(st.integers(0, 999)):03}"
    century = draw(st.sampled_from(["", f"{born:%Y}"[:2]]))
    sign = draw(st.sampled_from(["", "-", "+", " ", " - ", "–"]))
    return f"{century}{nine[:6]}{sign}{nine[6:]}{luhn_digit(nine)}"


PIECES = (
    "Nora Vik noras och 070-1740605 070- 19 1212 850101-1111 121212 0046 +46 a@b.se @ (at) / - . , : ( ) [namn]"
    " [personnummer] 10:30 2026-05-12 131052-308T 50 000 kr"
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=12).map("".join),
)


@given(texts, valid_numbers(), texts)
def test_valid_identity_numbers_are_masked_whatever_stands_around_them(
    before: str, number: str, after: str
) -> None:
    assume(not before[-1:].isdecimal() and not after[:1].isdecimal())
    assert number not in masked(before + number + after, "Nora Vik")


@given(texts, st.one_of(st.just("Nora Vik"), texts))
def test_masking_what_is_masked_changes_nothing(text: str, name: str) -> None:
    once = mask({"need": text}, name).fields
    again = mask(once, name)
    assert (again.fields, again.count) == (once, 0)


@pytest.mark.parametrize(
    "text",
    [
        "a" * 20_000,
        "a." * 10_000,
        "a'" * 10_000,
        "A-" * 10_000,
        "0" * 20_000,
        "+46" + " 1" * 10_000,
        "12 " * 7_000,
        "85 01 01 " * 2_000,
        "019-211000-" * 1_800 + "070-1740605",
    ],
)
def test_hostile_texts_are_masked_in_time(text: str) -> None:
    started = time.perf_counter()
    masked(text, "Nora Vik")
    assert time.perf_counter() - started < 20, "what goes wrong here takes hours, not seconds"


def sample_ideas() -> Iterator[dict[str, Any]]:
    with IDEAS.open(encoding="utf-8") as lines:
        yield from map(json.loads, lines)


FINDABLE_BY_RULE = re.compile(r"[\d@]")


def reviewed(idea: dict[str, Any]) -> dict[str, str]:
    shown = [field.key for field in FORM.fields() if field.audience is Audience.REVIEWERS]
    return {key: idea[key] for key in shown if key in idea}


def replaced(written: str, shown: str) -> list[str]:
    """What the masks stand in the place of."""
    kept = [re.escape(piece) for piece in MASKS.split(shown)]
    match = re.fullmatch("(.+?)".join(kept), written, re.DOTALL)
    assert match
    return list(match.groups())


class Score:
    """Of what should be masked, how much is; of what was masked or offered, how much should be."""

    def __init__(self) -> None:
        self.there = self.found = self.made = self.right = 0

    def count(self, expected: Sequence[str], made: Sequence[str]) -> None:
        self.there += len(expected)
        self.found += sum(any(datum in one for one in made) for datum in expected)
        self.made += len(made)
        self.right += sum(any(one in datum or datum in one for datum in expected) for one in made)

    @property
    def recall(self) -> tuple[int, int]:
        return self.found, self.there

    @property
    def precision(self) -> tuple[int, int]:
        return self.right, self.made

    def __str__(self) -> str:
        return "recall {} of {}, precision {} of {}".format(*self.recall, *self.precision)


def test_personal_data_in_the_sample_ideas_are_found(
    record_property: pytest.RecordProperty, capsys: pytest.CaptureFixture[str]
) -> None:
    by_rule, all_by_rule, ticked, offered = Score(), Score(), Score(), Score()
    for idea in sample_ideas():
        written, data = reviewed(idea), idea["expect"]["personal_data"]
        names = [datum for datum in data if not FINDABLE_BY_RULE.search(datum)]
        masked = mask(written, idea["name"]).fields
        offers = likely_names(masked)
        with_names = mask_names(masked, offers).fields
        text, once, twice = ("\n".join(fields.values()) for fields in (written, masked, with_names))
        by_rule.count([datum for datum in data if datum not in names], replaced(text, once))
        all_by_rule.count(data, replaced(text, once))
        ticked.count(data, replaced(text, twice))
        offered.count(names, offers)
    report = {
        "what rules can find": by_rule,
        "all, by rules": all_by_rule,
        "all, with every likely name ticked": ticked,
        "names, as offered": offered,
    }
    for what, score in report.items():
        record_property(what, str(score))
    with capsys.disabled():
        print("", *(f"{what}: {score}" for what, score in report.items()), sep="\n", end=" ")
    assert (by_rule.recall, by_rule.precision) == ((7, 7), (7, 7))
    assert (all_by_rule.recall, all_by_rule.precision) == ((7, 15), (7, 7))
    assert (ticked.recall, ticked.precision) == ((15, 15), (15, 16))
    assert (offered.recall, offered.precision) == ((8, 8), (7, 8))


def test_sample_ideas_without_personal_data_are_shown_as_they_were_written() -> None:
    changed = [
        idea["id"]
        for idea in sample_ideas()
        if not idea["expect"]["personal_data"]
        and mask(reviewed(idea), idea["name"]).fields != reviewed(idea)
    ]
    assert changed == []
