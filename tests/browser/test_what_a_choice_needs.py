"""On the page of an ask only what the choice needs is in sight, with no script; where the style sheet cannot do that, all of it is."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Route

from tests.browser.gallery import PAGE, documents, served

pytestmark = pytest.mark.loopback

SCREENING = next(it.path for it in documents("sv") if str(it) == f"{PAGE}-ask-screening-sv")
NEEDED = {
    "forward": {"motivation"},
    "refer": {"reason", "receiver"},
    "duplicate": {"reason", "same_as", "needed", "contact"},
    "park": {"reason", "revisit"},
    "close": {"reason", "closing_code", "needed", "contact"},
}
EVERY = set().union(*NEEDED.values())
NEXT_COMES = "När du har valt kommer det som hör till ditt val här."
ABOUT = "Behövs om du väljer"


@pytest.fixture
def plain(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def in_sight(page: Page) -> set[str]:
    return {key for key in EVERY if page.locator(f"#field-{key}").is_visible()}


def choose(page: Page, outcome: str) -> None:
    page.locator(f'[name=outcome][value="{outcome}"]').check()


def test_before_anything_is_chosen_no_field_of_an_outcome_is_in_sight(plain: Page) -> None:
    with served() as address:
        plain.goto(address + SCREENING)
        assert in_sight(plain) == set()
        assert plain.get_by_text(NEXT_COMES).is_visible()


@pytest.mark.parametrize("outcome", NEEDED)
def test_each_outcome_brings_what_it_needs_and_nothing_else(plain: Page, outcome: str) -> None:
    with served() as address:
        plain.goto(address + SCREENING)
        choose(plain, outcome)
        assert in_sight(plain) == NEEDED[outcome]
        assert not plain.get_by_text(NEXT_COMES).is_visible()
        assert not plain.get_by_text(ABOUT).first.is_visible(), "nobody needs to be told when"


def test_another_choice_brings_other_fields_and_what_was_typed_is_kept(plain: Page) -> None:
    with served() as address:
        plain.goto(address + SCREENING)
        choose(plain, "close")
        plain.locator("#field-reason").fill("Det pågår redan.")
        choose(plain, "forward")
        assert in_sight(plain) == NEEDED["forward"]
        choose(plain, "park")
        assert plain.locator("#field-reason").input_value() == "Det pågår redan."


def test_a_browser_that_cannot_choose_for_its_reader_shows_everything_and_what_it_is_for(
    plain: Page,
) -> None:
    def without_has(route: Route) -> None:
        sheet = route.fetch()
        route.fulfill(response=sheet, body=sheet.text().replace("selector(:has(a))", "(no: thing)"))

    with served() as address:
        plain.route(re.compile("style[.]css"), without_has)
        plain.goto(address + SCREENING)
        assert in_sight(plain) == EVERY
        assert plain.get_by_text(ABOUT).first.is_visible()
        assert not plain.get_by_text(NEXT_COMES).is_visible()


def test_paper_has_every_question(plain: Page) -> None:
    with served() as address:
        plain.goto(address + SCREENING)
        plain.emulate_media(media="print")
        assert in_sight(plain) == EVERY
