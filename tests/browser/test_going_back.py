"""Going back in the browser after an idea was sent: what was typed is there, and sending it again is the same idea."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.people import fill, press, send_idea
from tests.browser.screens import look_at
from tests.browser.town import IDEA, Town, an_idea

pytestmark = pytest.mark.loopback


@pytest.fixture(params=[True, False], ids=["javascript", "no javascript"])
def sender(request: pytest.FixtureRequest, open_browser: Open) -> Page:
    return open_browser(javascript=request.param)


def test_one_step_back_is_the_review_and_sending_again_gives_the_same_receipt(
    town: Town, sender: Page
) -> None:
    idea = an_idea()
    ref = send_idea(sender, town.stage.urls.site, idea)
    sender.go_back()
    expect(sender.locator("dl.answers")).to_contain_text(IDEA["need"])
    press(sender, "Skicka idén")
    assert sender.locator(".ref").inner_text() == ref


def test_two_steps_back_is_the_form_as_it_was_and_sending_again_gives_the_same_receipt(
    town: Town, sender: Page
) -> None:
    idea = an_idea()
    ref = send_idea(sender, town.stage.urls.site, idea)
    _back_to_the_form(sender, idea)
    press(sender, "Läs igenom")
    press(sender, "Skicka idén")
    assert sender.locator(".ref").inner_text() == ref


def test_two_steps_back_and_another_text_is_told_apart_with_both_texts(
    town: Town, sender: Page
) -> None:
    idea = an_idea()
    ref = send_idea(sender, town.stage.urls.site, idea)
    _back_to_the_form(sender, idea)
    sender.locator("[name=title]").fill("Grushinkar vid skolorna i stället")
    press(sender, "Läs igenom")
    press(sender, "Skicka idén")
    look_at(sender, "key used")
    for words in (ref, IDEA["title"], "Grushinkar vid skolorna i stället"):
        expect(sender.locator("main")).to_contain_text(words)


def test_going_back_through_a_form_with_faults_finds_each_page_again(
    town: Town, sender: Page
) -> None:
    sender.goto(f"{town.stage.urls.site}/ide")
    fill(sender, {"title": IDEA["title"]})
    press(sender, "Läs igenom")
    fill(sender, an_idea())
    press(sender, "Läs igenom")
    press(sender, "Skicka idén")
    ref = sender.locator(".ref").inner_text()
    sender.go_back()
    sender.go_back()
    assert sender.title().startswith("Fel:")
    for name in ("need", "name"):
        assert sender.locator(f"[name={name}]").input_value() == IDEA[name]
    press(sender, "Läs igenom")
    press(sender, "Skicka idén")
    assert sender.locator(".ref").inner_text() == ref


def _back_to_the_form(page: Page, idea: dict[str, str]) -> None:
    page.go_back()
    page.go_back()
    expect(page.locator("h1")).to_have_text("Lämna en idé")
    for name in ("title", "need", "idea", "benefit", "name", "email"):
        assert page.locator(f"[name={name}]").input_value() == idea[name]
