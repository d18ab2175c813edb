"""A draft of the form in the writer's own browser, and counted characters: with JavaScript more, and without it nothing less."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Open
from tests.browser.people import fill, press, send_idea
from tests.browser.screens import look_at
from tests.browser.town import IDEA, Town, an_idea

pytestmark = pytest.mark.loopback

TAB = "Texten finns kvar i den här fliken"
DEVICE = "Ett utkast sparas på den här enheten"
RESTORED = "Vi har fyllt i det du skrev förut."


def new_form(page: Page, town: Town) -> None:
    page.goto(f"{town.stage.urls.site}/ide")


def written(page: Page, name: str) -> str:
    return page.locator(f"[name={name}]").input_value()


def kept(page: Page, kind: str) -> str:
    return str(page.evaluate(f"window.{kind}.getItem('idesluss-draft') || ''"))


def another_tab(page: Page, town: Town) -> Page:
    tab = page.context.new_page()
    new_form(tab, town)
    return tab


def test_what_was_written_is_there_again_in_the_same_tab_but_not_who_wrote_it(
    town: Town, open_browser: Open
) -> None:
    page = open_browser()
    new_form(page, town)
    expect(page.locator("[data-draft]")).to_be_hidden()
    fill(page, IDEA)
    expect(page.locator("[data-draft]")).to_contain_text(TAB)
    look_at(page, "form with a draft")
    page.goto(f"{town.stage.urls.site}/personuppgifter")
    new_form(page, town)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    for name in ("title", "need", "idea", "benefit"):
        assert written(page, name) == IDEA[name]
    assert page.locator(f"[name=route][value={IDEA['route']}]").is_checked()
    assert (written(page, "name"), written(page, "email")) == ("", "")
    assert IDEA["email"] not in kept(page, "sessionStorage")


def test_nothing_outlives_the_tab_unless_the_writer_says_so(town: Town, open_browser: Open) -> None:
    page = open_browser()
    new_form(page, town)
    fill(page, IDEA)
    expect(page.get_by_text(TAB)).to_be_visible()
    assert kept(page, "localStorage") == ""
    assert written(another_tab(page, town), "need") == ""


def test_a_draft_that_is_kept_on_the_device_is_said_found_again_and_removed_by_a_button(
    town: Town, open_browser: Open
) -> None:
    page = open_browser()
    new_form(page, town)
    fill(page, IDEA)
    page.get_by_role("button", name="Spara ett utkast på den här enheten").click()
    expect(page.get_by_text(DEVICE)).to_be_visible()
    look_at(page, "form with a draft on the device")
    tab = another_tab(page, town)
    expect(tab.get_by_text(RESTORED)).to_be_visible()
    assert written(tab, "need") == IDEA["need"]
    tab.get_by_role("button", name="Ta bort utkastet").first.click()
    expect(tab.locator("[data-draft]")).to_be_hidden()
    assert kept(tab, "localStorage") + kept(tab, "sessionStorage") == ""
    assert written(tab, "need") == IDEA["need"]
    assert written(another_tab(page, town), "need") == ""


def test_the_draft_is_gone_when_the_idea_has_been_sent(town: Town, open_browser: Open) -> None:
    page = open_browser()
    new_form(page, town)
    fill(page, an_idea())
    page.get_by_role("button", name="Spara ett utkast på den här enheten").click()
    press(page, "Läs igenom")
    assert kept(page, "localStorage") != ""
    press(page, "Skicka idén")
    expect(page.locator(".ref")).to_have_count(1)
    assert kept(page, "localStorage") + kept(page, "sessionStorage") == ""


def test_a_receipt_that_is_opened_again_leaves_a_newer_draft_alone(
    town: Town, open_browser: Open
) -> None:
    page = open_browser()
    send_idea(page, town.stage.urls.site, an_idea())
    receipt = page.url
    new_form(page, town)
    page.locator("[name=need]").fill("En ny tanke om något annat.")
    expect(page.get_by_text(TAB)).to_be_visible()
    page.goto(receipt)
    new_form(page, town)
    expect(page.get_by_text(RESTORED)).to_be_visible()
    assert written(page, "need") == "En ny tanke om något annat."


def test_what_the_page_comes_with_goes_before_the_draft(town: Town, open_browser: Open) -> None:
    page = open_browser()
    new_form(page, town)
    fill(page, IDEA)
    expect(page.get_by_text(TAB)).to_be_visible()
    page.locator("[name=title]").fill("Kor")
    press(page, "Läs igenom")
    assert page.title().startswith("Fel:")
    assert written(page, "title") == "Kor"
    assert written(page, "need") == IDEA["need"]


def test_characters_are_counted_as_the_server_counts_them(town: Town, open_browser: Open) -> None:
    page = open_browser()
    new_form(page, town)
    title = page.locator("[name=title]")
    count = page.locator("[data-counts=field-title]")
    expect(count).to_be_hidden()
    title.fill("  Å👍🏽  ")
    expect(count).to_have_text("Tecken som saknas: 1")
    title.fill("x" * 60)
    expect(count).to_have_text("Tecken kvar: 40")
    title.fill("x" * 103)
    expect(count).to_have_text("Tecken för mycket: 3")
    expect(page.locator("[data-said]")).to_have_text("Tecken för mycket: 3")
    look_at(page, "form with a title that is too long")
    page.locator("[name=need]").fill("x" * 999)
    expect(page.locator("[data-counts=field-need]")).to_have_text(re.compile(r"kvar: 4\s000$"))


def test_without_javascript_the_limits_are_said_nothing_is_kept_and_nothing_is_promised(
    town: Town, open_browser: Open
) -> None:
    page = open_browser(javascript=False)
    new_form(page, town)
    expect(page.get_by_text("Minst 4 och högst 100 tecken.")).to_be_visible()
    expect(page.locator("[data-draft]")).to_be_hidden()
    fill(page, IDEA)
    expect(page.locator("[data-counts=field-title]")).to_be_hidden()
    new_form(page, town)
    assert written(page, "need") == ""


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_the_text_goes_along_to_the_right_place_and_back_again(
    javascript: bool, town: Town, open_browser: Open
) -> None:
    page = open_browser(javascript=javascript)
    new_form(page, town)
    fill(page, IDEA)
    press(page, "Hitta rätt väg in")
    look_at(page, "right way in while writing")
    press(page, "Något är trasigt, farligt eller skräpigt")
    look_at(page, "a place for what was written")
    expect(page.locator("dl.answers")).to_contain_text(IDEA["need"])
    assert IDEA["need"][:5] not in page.url
    press(page, "Det är en idé: tillbaka till formuläret")
    for name in ("title", "need", "name", "email"):
        assert written(page, name) == IDEA[name]
