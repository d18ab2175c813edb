"""Headless Chromium on a deployed stage. Browsers keep nothing between tests."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from infra.local.stage import LocalStage
from tests.browser.town import Town

CHROMIUM = "/usr/bin/chromium"
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--no-first-run",
    "--disable-component-update",
    "--disable-sync",
)
Open = Callable[..., Page]


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        yield browser
        browser.close()


@pytest.fixture
def open_browser(chromium: Browser) -> Iterator[Open]:
    """Opens a browser of its own for somebody, in a language; gives its one page. A page of ours that has an error in its
    console, such as a style that the policy refuses, fails the test."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def open_(lang: str = "sv-SE", javascript: bool = True) -> Page:
        context = chromium.new_context(
            locale=lang,
            java_script_enabled=javascript,
            viewport={"width": 1200, "height": 900},
            reduced_motion="reduce",
        )
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        page.on("console", lambda said: complaints.append(said.text) if _is_fault(said) else None)
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []


def _is_fault(said: object) -> bool:
    kind, text = getattr(said, "type", ""), getattr(said, "text", "")
    # A page that answers 4xx on purpose is told of as well.
    return kind == "error" and not re.search(r"status of 4\d\d", text)


@pytest.fixture(scope="package")
def town(stage: LocalStage) -> Town:
    town = Town(stage)
    town.begin_in_the_morning()
    return town
