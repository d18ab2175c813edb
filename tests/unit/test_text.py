"""What is typed, put in order."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.domain.text import Cleaned, clean, email_address, phone_number, shortened

NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\r\n\t \u00a0\u2028\u2029\u0085\u202e\u200b\u200d\u0300\u0344\ufeff\u00ad\x00\x1f"
        ),
    )
)


@given(raw=NASTY, multiline=st.booleans())
def test_cleaning_what_is_clean_changes_nothing(raw: str, multiline: bool) -> None:
    once = clean(raw, multiline)
    assert clean(once.text, multiline) == Cleaned(once.text, had_forbidden=False)


@given(raw=NASTY, multiline=st.booleans())
def test_clean_text_is_in_nfc_and_holds_no_control_or_direction_characters(
    raw: str, multiline: bool
) -> None:
    text = clean(raw, multiline).text
    allowed = "\n\t" if multiline else ""
    assert unicodedata.is_normalized("NFC", text)
    assert not [c for c in text if unicodedata.category(c) in ("Cc", "Cs") and c not in allowed]
    assert not [
        c
        for c in text
        if unicodedata.bidirectional(c) in ("RLO", "LRO", "RLI", "LRI", "FSI", "PDI", "PDF")
    ]


@pytest.mark.parametrize(
    "character",
    [
        "\x00",
        "\x07",
        "\x1b",
        "\x7f",
        "\x9f",
        "\u202a",
        "\u202e",
        "\u2066",
        "\u2069",
        "\u200e",
        "\u200f",
        "\u061c",
        "\ufff9",
        "\ud800",
    ],
)
def test_a_line_refuses_what_could_disguise_it_and_a_text_loses_it(character: str) -> None:
    assert clean(f"in{character}nan", multiline=False) == Cleaned("innan", had_forbidden=True)
    assert clean(f"in{character}nan", multiline=True) == Cleaned("innan", had_forbidden=False)


@pytest.mark.parametrize(
    "unseen",
    ["\u200d", "\u200c \u200d", "\u3164", "\u115f\u1160", "\u2800", "\uffa0", "\ufe0f", "\u0301"],
    ids=ascii,
)
@pytest.mark.parametrize("multiline", [True, False])
def test_what_nobody_can_see_is_an_empty_text(unseen: str, multiline: bool) -> None:
    assert clean(unseen, multiline).text == ""
    assert "a" in clean(f"a {unseen}", multiline).text


@pytest.mark.parametrize("text", ["👩‍👩‍👧", "می‌خواهم", "å", "?", "１", "क्‍ष"])
def test_what_can_be_seen_stays_with_its_joiners_in_a_text(text: str) -> None:
    assert clean(text, multiline=True).text == text


@pytest.mark.parametrize("line_break", ["\r\n", "\n", "\r", "\u0085", "\u2028", "\u2029"])
def test_every_line_break_is_one_newline_in_a_text_and_refused_in_a_line(line_break: str) -> None:
    assert clean(f"ett{line_break}två", multiline=True).text == "ett\ntvå"
    assert clean(f"ett{line_break}två", multiline=False).had_forbidden


@pytest.mark.parametrize("character", ["\u200b", "\u2060", "\ufeff", "\u00ad", "\u180e"])
@pytest.mark.parametrize("multiline", [True, False])
def test_invisible_characters_from_the_web_are_removed_without_a_word(
    character: str, multiline: bool
) -> None:
    assert clean(f"in{character}nan", multiline) == Cleaned("innan", had_forbidden=False)


def test_joiners_hold_emoji_together_in_a_text_but_not_in_a_line() -> None:
    family = "👩\u200d👧"
    assert clean(family, multiline=True).text == family
    assert clean(family, multiline=False) == Cleaned("👩👧", had_forbidden=False)


def test_letters_are_composed_also_across_what_is_removed() -> None:
    assert clean("a\u200b\u030a", multiline=True).text == "å"
    assert clean("a\u030a", multiline=False).text == "å"


def test_white_space_is_trimmed_and_a_line_has_single_spaces() -> None:
    assert clean("  Nora\u00a0 \tVik ", multiline=False) == Cleaned("Nora Vik", had_forbidden=False)
    assert clean("\n\n en  rad \t\n\n  två\u00a0\n", multiline=True).text == "en  rad\n\n  två"


def test_tabs_and_newlines_stay_in_a_text() -> None:
    assert clean("a\tb\nc", multiline=True).text == "a\tb\nc"


def test_a_break_at_the_end_of_a_line_is_only_trimmed() -> None:
    assert clean("Nora Vik\r\n", multiline=False) == Cleaned("Nora Vik", had_forbidden=False)


def test_ordinary_letters_with_a_few_marks_keep_them_and_a_tower_of_marks_is_cut() -> None:
    assert (
        clean("x" + "\u0323\u0300" * 10, multiline=True).text == "x" + "\u0323" * 10 + "\u0300" * 10
    )
    assert len(clean("x" + "\u0300" * 31, multiline=True).text) == 31
    assert clean("日" * 100, multiline=True).text == "日" * 100


@pytest.mark.parametrize(
    "raw", ["a" + "\u0300\u0323" * 40_000, " " * 200_000 + "x", "x" + " " * 200_000 + "x"]
)
def test_hostile_lengths_are_cleaned_in_time(raw: str) -> None:
    started = time.perf_counter()
    clean(raw, multiline=True)
    clean(raw, multiline=False)
    assert time.perf_counter() - started < 20, "what goes wrong here takes hours, not seconds"


def test_a_tower_of_marks_on_no_letter_is_cut_as_high() -> None:
    mark = "\u0301"
    assert clean(40 * mark + "a", multiline=True).text == 30 * mark + "a"


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("anna@example.com", "anna@example.com"),
        ("Anna.Berg+ideer@Example.COM", "Anna.Berg+ideer@example.com"),
        ("anna@exämple.se", "anna@xn--exmple-cua.se"),
        ("o'hara@sub.example.co.uk", "o'hara@sub.example.co.uk"),
        ("a" * 64 + "@example.com", "a" * 64 + "@example.com"),
        ("a" * 65 + "@example.com", None),
        ("a@" + "b" * 63 + ".com", "a@" + "b" * 63 + ".com"),
        ("a@" + "b" * 64 + ".com", None),
        ("a@" + ".".join(["b" * 60] * 4) + ".bcdefg", "a@" + ".".join(["b" * 60] * 4) + ".bcdefg"),
        ("abcd@" + ".".join(["b" * 60] * 4) + ".bcdefgh", None),
        ("anna", None),
        ("@example.com", None),
        ("anna@", None),
        ("anna@example", None),
        ("anna@example.", None),
        ("anna@.com", None),
        ("anna@exa_mple.com", None),
        ("anna@-example.com", None),
        ("anna@example.c", None),
        ("anna@sub.example.c0m", None),
        ("anna@192.168.1.1", None),
        ("anna@@example.com", None),
        ("an na@example.com", None),
        ("anna..berg@example.com", None),
        (".anna@example.com", None),
        ("änna@example.com", None),
        ("anna@example.com, olle@example.com", None),
        ("anna@example.com>", None),
    ],
)
def test_an_address_is_taken_as_it_can_be_mailed_to(typed: str, expected: str | None) -> None:
    assert email_address(typed) == expected


def test_the_longest_address_has_254_characters() -> None:
    domain = ".".join(["b" * 60] * 4) + ".bcdefg"
    fitting = "a" * (254 - len(domain) - 1)
    assert email_address(f"{fitting}@{domain}") == f"{fitting}@{domain}"
    assert email_address(f"a{fitting}@{domain}") is None


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("070-174 06 05", "070-174 06 05"),
        ("+46 (0)70 174 06 05", "+46 (0)70 174 06 05"),
        ("019–21 10 00", "019-21 10 00"),
        ("1234567", "1234567"),
        ("12345678901234567890", "12345678901234567890"),
        ("123456", None),
        ("123456789012345678901", None),
        ("12 34 56 ()", None),
        ("070+1740605", None),
        ("ring mig 0701740605", None),
        ("070/1740605", None),
        ("", None),
    ],
)
def test_a_phone_number_is_taken_as_it_was_typed(typed: str, expected: str | None) -> None:
    assert phone_number(typed) == expected


@pytest.mark.parametrize(
    ("text", "longest", "short"),
    [
        ("Bänkar längs ån", 15, "Bänkar längs ån"),
        ("Bänkar längs ån", 14, "Bänkar längs…"),
        ("Bänkar längs ån", 13, "Bänkar längs…"),
        ("Bänkar längs ån", 12, "Bänkar…"),
        ("Bänkar: längs ån", 9, "Bänkar…"),
        ("Bänkarlängsån", 8, "Bänkarl…"),
        ("Linje X är sen", 9, "Linje X…"),
        (f"Bänkar {'å' * 40}", 30, "Bänkar…"),
        (f"Nytt: {'å' * 40}", 40, f"Nytt: {'å' * 33}…"),
        ("", 5, ""),
    ],
)
def test_a_line_is_shortened_after_a_word(text: str, longest: int, short: str) -> None:
    assert shortened(text, longest) == short
    assert len(shortened(text, longest)) <= longest
