"""Names that a coordinator has ticked are masked in all their forms, whatever the names are."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.deidentify import MASKS, NAME, PHONE, mask_names, masked_between

PIECES = (
    "Nora Vik noras vik och Nora-Vik Vik-gruppen N. 070- - . , : ( ) [namn] [personnummer] Pekan"
)
texts = st.one_of(
    st.text(max_size=60),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=12).map(" ".join),
    st.lists(st.sampled_from(PIECES.split(" ")), max_size=12).map("".join),
)


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        (["Karin Nilsson"], "Karin Nilssons idé", f"{NAME} idé"),
        (["Karin Nilsson"], "Karin, nilsson och karins", f"{NAME}, {NAME} och {NAME}"),
        (["Karin"], "Karin Nilsson", f"{NAME} Nilsson"),
        (["Pekka"], "Puhuin Pekalle", f"Puhuin {NAME}"),
        (["Mörtsjös"], "Mörtsjö och Mörtsjös", f"{NAME} och {NAME}"),
        (["Nora", "Vik"], "Nora Vik i en vik", f"{NAME} i en vik"),
        (["karin"], "karin och Karin", f"{NAME} och {NAME}"),
        (["Elsa"], "Elsas, Elsass och felsa", f"{NAME}, Elsass och felsa"),
        ([], "Karin", "Karin"),
        (["", " ", ".", "(", "a", "8", "\\", "[namn]", "(K.*)+$"], "A. (8) \\ Karin [namn]", None),
        (["telefonnummer", "namn"], f"{PHONE} {NAME}", None),
        (["x" * 1_000_000], "Karin", None),
        (["Karin " * 1_000], "Karin", NAME),
        (["Karin Gruppen"], "Karin i gruppen", f"{NAME} i gruppen"),
        (["Bo Ek", "Bo Ek Alm"], "bo ek alm", NAME),
        (["Karins"], "Karin, Karins", f"{NAME}, {NAME}"),
        (["Hanss"], "Hans, Hanss", f"Hans, {NAME}"),
        (["Karin", "ek bo"], "Karin-ek bo", f"{NAME}-{NAME}"),
    ],
)
def test_ticked_names_are_masked_in_all_their_forms(
    names: list[str], text: str, expected: str | None
) -> None:
    assert mask_names({"need": text}, names).fields == {"need": expected or text}


def test_a_name_of_up_to_eight_words_is_masked_as_a_whole_and_of_a_longer_one_the_parts() -> None:
    eight = "Ana de la Cruz dos Santos von Ek"
    assert mask_names({"need": eight}, [eight]).fields["need"] == NAME
    parts = f"{NAME} de la {NAME} dos {NAME} von {NAME}"
    assert mask_names({"need": f"{eight} Alm"}, [f"{eight} Alm"]).fields["need"] == parts


def test_ticked_names_are_masked_in_every_field_and_counted() -> None:
    result = mask_names({"title": "Om Karin", "need": "Karin och Vik"}, ["Karin Vik"])
    assert result.fields == {"title": f"Om {NAME}", "need": f"{NAME} och {NAME}"}
    assert result.count == 3


@given(texts, st.lists(st.one_of(st.sampled_from(["Nora", "Vik", "[namn", "och"]), texts)))
def test_masking_names_again_changes_nothing(text: str, names: list[str]) -> None:
    once = mask_names({"need": text}, names).fields
    again = mask_names(once, names)
    assert (again.fields, again.count) == (once, 0)


@given(texts, st.lists(texts))
def test_no_name_touches_a_mask_that_stands(text: str, names: list[str]) -> None:
    before = MASKS.findall(text)
    after = MASKS.findall(mask_names({"need": text}, names).fields["need"])
    assert [mask for mask in after if mask != NAME] == [mask for mask in before if mask != NAME]
    assert after.count(NAME) >= before.count(NAME)


def test_very_many_names_are_masked_in_time() -> None:
    started = time.perf_counter()
    names = ["Nora " * 5_000, *(f"Nora n{number}" for number in range(20_000))]
    mask_names({"need": "Nora och Vik. " * 1_000 + "Nora " * 5_000}, names)
    assert time.perf_counter() - started < 20, "what goes wrong here takes hours, not seconds"


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("Bo såg Ann.", "[namn] såg Ann.", ("Bo",)),
        ("Bo såg Ann. Bo gick.", "[namn] såg Ann. [namn] gick.", ("Bo",)),
        ("Bo och ljus", "[namn] ljus", ("Bo",)),
        ("vår rektor", "vår [namn]", ("rektor",)),
        ("Bo såg bo", "[namn] såg bo", ()),
        ("Bo såg", "Bo såg", ()),
    ],
)
def test_what_was_masked_between_two_versions_is_each_word_that_is_gone(
    before: str, after: str, expected: tuple[str, ...]
) -> None:
    assert masked_between({"need": before}, {"need": after}) == expected


def test_a_word_that_stands_in_another_field_was_not_masked() -> None:
    before = {"need": "Bo såg", "idea": "Fråga Bo"}
    assert masked_between(before, {"need": "[namn] såg", "idea": "Fråga Bo"}) == ()
