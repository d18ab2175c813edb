"""What a page costs an old phone on a bad line: everything that a browser asks for on the deployed stage, as large as it is sent."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, Response

from infra import names
from tests.browser.conftest import Open
from tests.browser.town import Town

pytestmark = pytest.mark.loopback

MOST_BYTES, MOST_REQUESTS = 50_000, 3
MOST_STYLE = 20_000
PAGES = ("", "ide", "sa-gar-det-till", "personuppgifter", "tillganglighet")


def loaded(page: Page, url: str) -> dict[str, int]:
    """Every address that gave something when a page was opened, with its bytes, and the page's icon: that one is asked for by
    browsers with a window only."""
    answers: list[Response] = []
    page.on("response", lambda answer: answers.append(answer))
    page.goto(url, wait_until="networkidle")
    sizes = {answer.url: len(answer.body()) for answer in answers if answer.status == 200}
    icon = page.evaluate("document.querySelector('link[rel=icon]').href")
    return sizes | {icon: len(page.request.get(icon).body())}


@pytest.mark.parametrize("path", PAGES)
def test_a_page_that_is_opened_first_is_light_and_asks_only_us(
    town: Town, open_browser: Open, path: str
) -> None:
    site = town.stage.urls.site
    sizes = loaded(open_browser(), f"{site}/{path}")
    assert all(url.startswith(f"{site}/") for url in sizes)
    assert sum(sizes.values()) < MOST_BYTES
    # A script is asked for by pages on which somebody writes, and by no others.
    assert len(sizes) <= MOST_REQUESTS + (path == "ide")


def test_a_status_page_is_light_and_asks_only_us(town: Town, open_browser: Open) -> None:
    site = town.stage.urls.site
    sizes = loaded(open_browser(), town.status_link(town.send_idea()))
    assert all(url.startswith(f"{site}/") for url in sizes)
    assert sum(sizes.values()) < MOST_BYTES
    assert len(sizes) <= MOST_REQUESTS


def test_the_style_sheet_is_small() -> None:
    style = names.ROOT / "templates" / "static" / "style.css"
    assert style.stat().st_size < MOST_STYLE
