"""Pages in three languages, by the switch on each page, remembered, and followed by the mails of a case."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Open
from tests.browser.people import fill, press
from tests.browser.screens import look_at
from tests.browser.town import IDEA, Town

pytestmark = pytest.mark.loopback

PAGES = ("", "sa-gar-det-till", "ide", "personuppgifter", "tillganglighet")


@pytest.mark.parametrize(
    ("lang", "name", "send"),
    [("fi", "Suomi", "Lähetä idea"), ("en", "English", "Send the idea")],
)
def test_the_switch_turns_every_public_page_and_is_remembered(
    lang: str, name: str, send: str, town: Town, open_browser: Open
) -> None:
    page = open_browser()
    page.goto(f"{town.stage.urls.site}/")
    expect(page.locator("html")).to_have_attribute("lang", "sv")
    page.get_by_role("link", name=name).click()
    for path in PAGES:
        page.goto(f"{town.stage.urls.site}/{path}")
        expect(page.locator("html")).to_have_attribute("lang", lang)
        look_at(page, f"{lang} {path or 'start'}")
    page.goto(f"{town.stage.urls.site}/ide")
    address = f"roger.{lang}@example.com"
    fill(page, IDEA | {"email": address})
    press(page, page.locator("main form button").inner_text())
    look_at(page, f"{lang} review")
    press(page, send)
    look_at(page, f"{lang} receipt")
    ref = page.locator(".ref").inner_text()
    town.status_link(ref)
    (receipt,) = town.mails(ref, address)[:1]
    assert f'lang="{lang}"' in receipt.html


def test_a_browser_in_another_language_gets_its_own(town: Town, open_browser: Open) -> None:
    page = open_browser(lang="fi-FI")
    page.goto(f"{town.stage.urls.site}/")
    expect(page.locator("html")).to_have_attribute("lang", "fi")


def test_another_language_keeps_what_was_typed_on_the_form_and_on_the_review(
    town: Town, open_browser: Open
) -> None:
    page = open_browser(javascript=False)
    page.goto(f"{town.stage.urls.site}/ide")
    fill(page, IDEA)
    press(page, "English")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    look_at(page, "form in another language")
    for name in ("title", "need", "idea", "benefit", "name", "email"):
        assert page.locator(f"[name={name}]").input_value() == IDEA[name]
    page.locator("[name=title]").press("Enter")
    expect(page.locator("dl.answers")).to_contain_text(IDEA["need"])
    press(page, "Suomi")
    expect(page.locator("html")).to_have_attribute("lang", "fi")
    look_at(page, "review in another language")
    press(page, "Lähetä idea")
    expect(page.locator(".ref")).to_have_count(1)
