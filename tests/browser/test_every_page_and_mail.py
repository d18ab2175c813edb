"""Everything that somebody can be shown can be used: by those who see little, use no mouse, or have a small and old phone.

Each page and mail sample is opened once, by the language, and looked at in every way that changes what is seen; each test is about
one thing that was looked for. The samples come from `gallery`, so a new page or mail is tested as soon as it has one.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.gallery import AXE_PATH, MAIL, Document, every_document, served

pytestmark = pytest.mark.loopback

LOOK = Path(__file__).with_name("look.js")
NARROW, WIDE = {"width": 320, "height": 640}, {"width": 1200, "height": 900}
STANDARDS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# A mail is shown inside a mail program, whose own landmarks it stands in.
NOT_OF_MAILS = ("landmark-one-main", "region")
# WCAG 2.2, 1.4.12: what a reader may set, and lose nothing by.
AIRY = (
    "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important }"
    "p { margin-bottom: 2em !important }"
)
Findings = dict[str, list[str]]


@pytest.fixture(scope="package")
def findings(chromium: Browser) -> Findings:
    """What was found, by what was looked for: lines that begin with the name of a page or mail."""
    found: Findings = defaultdict(list)
    # Our policy refuses every script, the measuring ones too.
    context = chromium.new_context(bypass_csp=True, viewport=NARROW, reduced_motion="reduce")
    context.add_init_script(path=LOOK)
    page = context.new_page()
    with served() as address:
        for document in every_document():
            page.goto(f"{address}{document.path}")
            for what, line in _look_at(page, document):
                found[what].append(f"{document}: {line}")
        context.close()
    return found


def _look_at(page: Page, document: Document) -> Iterator[tuple[str, str]]:
    """Everything that is wrong with one document, in every way of looking at it."""
    yield from _measured(page, "sideways", "small", "lostErrors", "motion")
    page.add_script_tag(url=AXE_PATH)
    rules = {rule: {"enabled": False} for rule in NOT_OF_MAILS} if document.kind == MAIL else {}
    yield from _axe(page, "axe", {"type": "tag", "values": STANDARDS}, rules)
    page.emulate_media(color_scheme="dark")
    yield from _axe(page, "axe in the dark", {"type": "rule", "values": ["color-contrast"]})
    page.emulate_media(color_scheme="light")
    if document.lang == "sv":
        yield from _looked_at_closely(page)


def _looked_at_closely(page: Page) -> Iterator[tuple[str, str]]:
    """What does not change with the language."""
    yield from _measured(page, "unseenFocus")
    page.emulate_media(forced_colors="active")
    yield from (
        (f"{what} in forced colours", line)
        for what, line in _measured(page, "unseenFocus", "edgeless")
    )
    page.emulate_media(forced_colors="none", media="print", color_scheme="dark")
    yield from _axe(page, "axe on paper", {"type": "rule", "values": ["color-contrast"]})
    yield from _measured(page, "folded")
    page.emulate_media(media="screen", color_scheme="light")
    page.set_viewport_size(WIDE)
    yield from (
        (f"{what} on a wide screen", line) for what, line in _measured(page, "sideways", "small")
    )
    page.set_viewport_size(NARROW)
    page.add_style_tag(content=AIRY)
    yield from (
        (f"{what} with more air", line) for what, line in _measured(page, "sideways", "cut")
    )


def _measured(page: Page, *measures: str) -> Iterator[tuple[str, str]]:
    calls = ", ".join(f"{measure}: look.{measure}()" for measure in measures)
    for what, lines in page.evaluate(f"({{{calls}}})").items():
        yield from ((what, line) for line in lines)


def _axe(
    page: Page, what: str, only: dict[str, Any], rules: dict[str, Any] | None = None
) -> Iterator[tuple[str, str]]:
    for line in page.evaluate("([only, rules]) => look.axeFinds(only, rules)", [only, rules or {}]):
        yield what, line


def test_axe_finds_nothing(findings: Findings) -> None:
    assert findings["axe"] == []


def test_everything_can_be_read_in_the_dark(findings: Findings) -> None:
    assert findings["axe in the dark"] == []


def test_everything_can_be_read_on_paper_even_when_the_screen_is_dark(findings: Findings) -> None:
    assert findings["axe on paper"] == []


def test_nothing_is_scrolled_sideways_at_320_px_which_is_1280_px_enlarged_four_times(
    findings: Findings,
) -> None:
    assert findings["sideways"] == []


def test_nothing_is_scrolled_sideways_on_a_wide_screen(findings: Findings) -> None:
    assert findings["sideways on a wide screen"] == []


def test_nothing_is_lost_when_a_reader_sets_text_with_more_air(findings: Findings) -> None:
    assert findings["sideways with more air"] + findings["cut with more air"] == []


@pytest.mark.parametrize("where", ["small", "small on a wide screen"])
def test_what_is_pressed_is_at_least_24_px_wide_and_high(findings: Findings, where: str) -> None:
    assert findings[where] == []


@pytest.mark.parametrize("where", ["unseenFocus", "unseenFocus in forced colours"])
def test_whoever_uses_a_keyboard_sees_where_they_are(findings: Findings, where: str) -> None:
    assert findings[where] == []


def test_a_button_has_an_edge_where_colours_are_forced(findings: Findings) -> None:
    assert findings["edgeless in forced colours"] == []


def test_what_is_folded_is_printed(findings: Findings) -> None:
    assert findings["folded"] == []


def test_every_line_of_what_must_be_mended_leads_to_a_field(findings: Findings) -> None:
    assert findings["lostErrors"] == []


def test_nothing_moves_for_those_who_have_asked_for_that(findings: Findings) -> None:
    assert findings["motion"] == []
