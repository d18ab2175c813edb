"""What people do with a page in Chromium: fill it in, press its button."""

from __future__ import annotations

import re
from collections.abc import Mapping

from playwright.sync_api import Page, expect

from chalicelib.domain.site import OpenForm
from infra import demo_answers
from tests.browser.screens import look_at
from tests.browser.town import Town

CODE = re.compile(r"^\s*([0-9]{8})\s*$", re.MULTILINE)


def fill(page: Page, words: Mapping[str, str]) -> None:
    """Give each field its value, the folded section that it is in opened first: radio buttons and boxes by a press on their
    labels, the others by typing."""
    for name, value in words.items():
        folded = page.locator(f'details:not([open]):has([name="{name}"]) > summary')
        if folded.count():
            folded.click()
        choice = f':is([type=radio], [type=checkbox])[name="{name}"][value="{value}"]'
        if (chosen := page.locator(choice)).count():
            page.locator(f'label[for="{chosen.get_attribute("id")}"]').click()
        else:
            page.locator(f'[name="{name}"]').fill(value)


def press(page: Page, button: str) -> None:
    """Press the one button with this text and wait for the page that follows. An idea is read through first: who sends as fast as a
    test is asked to press once more."""
    if page.locator("form#send").count():
        page.wait_for_timeout(1000 * OpenForm().least_seconds)
    with page.expect_navigation():
        page.get_by_role("button", name=button, exact=True).click()


def submit(page: Page, field: str) -> None:
    """Press the button of the folded section or the form that a field is in, in whichever language it is, and wait for the page that
    follows."""
    folded = page.locator(f'details:has([name="{field}"]) button')
    button = folded if folded.count() else page.locator(f'form:has([name="{field}"]) > button')
    with page.expect_navigation():
        button.click()


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
    fill(page, demo_answers.answer("screening", "forward"))
    press(page, "Skicka svaret")


def review(page: Page, link: str, ref: str, address: str) -> None:
    page.goto(link)
    fill(page, demo_answers.review(ref, address))
    submit(page, "motivation")


def open_with_code(town: Town, page: Page, ref: str, address: str, link: str) -> None:
    """To the page of an ask that wants a code before it is read."""
    page.goto(link)
    prove_mailbox(town, page, ref, address)


def prove_mailbox(town: Town, page: Page, ref: str, address: str, picture: str = "") -> None:
    """From the page that wants a code to the page behind it, in an hour of its own."""
    town.begin_an_hour()
    mark = town.mark()
    press(page, "Skicka koden")
    if picture:
        look_at(page, picture)
    expect(page.locator("[name=code]")).to_be_visible()
    page.locator("[name=code]").fill(town.inbox.code(address, ref, mark))
    press(page, "Fortsätt")
