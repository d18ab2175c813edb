"""What a mail keeps on one line, and what it leaves as it is."""

from __future__ import annotations

import pytest

from chalicelib.unbroken import unbroken


def kept(words: str) -> str:
    return f'<span style="white-space:nowrap">{words}</span>'


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Idén 2026-K7F3 väntar", f"Idén {kept('2026-K7F3')} väntar"),
        ("[2026-K7F3]", f"[{kept('2026-K7F3')}]"),
        ("en e-postadress till", f"en {kept('e-postadress')} till"),
        ("E-post.", f"{kept('E-post')}."),
        ("Ring 010-123 45 00.", f"Ring {kept('010-123 45 00')}."),
        ("väntar 1 december", f"väntar {kept('1 december')}"),
        ("senast 12 maj 2026.", f"senast {kept('12 maj')} 2026."),
        ("by 12 May 2026", f"by {kept('12 May')} 2026"),
        ("viimeistään 12. toukokuuta 2026", f"viimeistään {kept('12. toukokuuta')} 2026"),
        ("28 maj 2026 klockan 09.05.", f"{kept('28 maj')} 2026 {kept('klockan 09.05')}."),
        ("28 May 2026 at 09:05", f"{kept('28 May')} 2026 {kept('at 09:05')}"),
        ("kello 9.05", kept("kello 9.05")),
        ("Soita +46 8 657 61 00.", f"Soita {kept('+46 8 657 61 00')}."),
        ("that 09.05", "that 09.05"),
        ("101 majbrasor, 12 majbrasor", "101 majbrasor, 12 majbrasor"),
        ("112 maj", "112 maj"),
        ("2026-05-12", "2026-05-12"),
        ("12026-K7F3", "12026-K7F3"),
        ("2026-K7F3X", "2026-K7F3X"),
        ("e-postadresslistornas-e", "e-postadresslistornas-e"),
        ("https://e-post.example.com/2026-K7F3", "https://e-post.example.com/2026-K7F3"),
        ("me-you", "me-you"),
    ],
)
def test_a_reference_a_number_a_day_a_time_and_short_words_with_a_hyphen_stay_whole(
    written: str, shown: str
) -> None:
    assert unbroken(f"<body><p>{written}</p></body>") == f"<body><p>{shown}</p></body>"


def test_what_people_wrote_makes_no_element() -> None:
    document = '<body><span class="written">2026-K7F3, e-post</span></body>'
    assert unbroken(document) == document


def test_nothing_inside_a_tag_or_before_the_body_is_touched() -> None:
    document = '<title>2026-K7F3</title><body><a href="/e-post" title="2026-K7F3">x</a></body>'
    assert unbroken(document) == document
