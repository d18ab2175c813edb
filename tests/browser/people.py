"""What people do with a page in Chromium: fill it in, press its button."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Page

from infra import demo_plot
from infra.demo_plot import End
from tests.browser.screens import look_at
from tests.browser.town import Town

CODE = re.compile(r"^\s*([0-9]{8})\s*$", re.MULTILINE)


def fill(page: Page, words: Mapping[str, str]) -> None:
    """Give each field its value, folded sections opened first: radio buttons by a press on their labels, the others by
    typing."""
    for section in page.locator("details:not([open]):has(input) > summary").all():
        section.click()
    for name, value in words.items():
        radio = page.locator(f'input[type=radio][name="{name}"][value="{value}"]')
        if radio.count():
            page.locator(f'label[for="{radio.get_attribute("id")}"]').click()
        else:
            page.locator(f'[name="{name}"]').fill(value)


def press(page: Page, button: str) -> None:
    """Press the one button with this text and wait for the page that follows."""
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def send_idea(page: Page, site: str, idea: Mapping[str, str]) -> str:
    """From the start page to the receipt; gives the reference."""
    page.goto(f"{site}/")
    page.get_by_role("link", name="Lämna en idé").first.click()
    fill(page, idea)
    press(page, "Läs igenom")
    press(page, "Skicka idén")
    return page.locator(".ref").inner_text()


def screen(page: Page, link: str) -> None:
    page.goto(link)
    fill(page, demo_plot.screening(End.TEST))
    press(page, "Skicka svaret")


def review(page: Page, link: str, ref: str, address: str) -> None:
    page.goto(link)
    fill(page, demo_plot.review(ref, address, "sv", End.TEST))
    press(page, page.locator("form#answer > button").inner_text())


def prove_mailbox(town: Town, page: Page, ref: str, address: str, picture: str = "") -> None:
    """From the page that wants a code to the page behind it."""
    mark = town.mark()
    press(page, "Skicka koden")
    if picture:
        look_at(page, picture)
    page.locator("[name=code]").fill(town.inbox.code(address, ref, mark))
    press(page, "Fortsätt")
