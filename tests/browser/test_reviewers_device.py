"""The reviewer's page in Chromium: what is half written stays on the device when they say so, and goes along without a script."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from chalicelib import wiring
from chalicelib.config import Config
from tests.app.acts import COORDINATOR, REVIEWERS, review, to_review
from tests.app.conftest import SITE, Sluice, open_sluice
from tests.app.visitor import Visitor
from tests.browser.conftest import Open
from tests.browser.in_memory import serve
from tests.browser.people import fill, press
from tests.browser.screens import look_at

WORDS = "Halvvägs in i en mening om väskorna"
IDEA = {
    "route": "service",
    "title": "Grushinkar vid busshållplatserna",
    "need": "När det blir blixthalka hinner vi inte runt till alla hållplatser före sju.",
    "idea": "Sätt grushinkar vid de värsta hållplatserna.",
    "benefit": "Alla som åker buss, mest äldre.",
    "name": "Roger Myrhed",
    "email": "roger.myrhed@example.com",
}


@pytest.fixture
def sluice() -> Sluice:
    config: Config = wiring.configuration()
    return open_sluice(config.process)


@pytest.fixture
def panel(sluice: Sluice) -> list[str]:
    visitor: Visitor = sluice.visitor()
    read = visitor.submit(visitor.get("/ide"), "ide/granska", **IDEA)
    assert visitor.submit(read, "ide/skicka").status == 200
    return to_review(sluice)


def link(sluice: Sluice, name: str) -> str:
    return SITE + sluice.link(f"{name}@example.com")


def kept(page: Page) -> list[str]:
    return list(page.evaluate("Object.keys(localStorage)"))


def test_what_is_saved_for_later_is_there_again_and_gone_once_the_answer_is_sent(
    sluice: Sluice, panel: list[str], open_browser: Open
) -> None:
    page = open_browser()
    asked = serve(page, sluice)
    url = link(sluice, panel[0])
    page.goto(url)
    expect(page.get_by_text("Det sparas bara på den här enheten")).to_be_visible()
    fill(page, {"motivation": WORDS, "benefit": "4"})
    before = len(asked)
    page.get_by_role("button", name="Spara utan att skicka").click()
    expect(page.get_by_text("Sparat på den här enheten.")).to_be_visible()
    assert len(asked) == before, "nothing is sent anywhere"
    (key,) = kept(page)
    assert url.rpartition("/")[2] not in key + page.evaluate(f"localStorage.getItem('{key}')")

    page.goto(url)
    expect(page.get_by_text("är ifyllt igen")).to_be_visible()
    assert page.locator("[name=motivation]").input_value() == WORDS
    assert page.locator("[name=benefit]:checked").get_attribute("value") == "4"
    look_at(page, "ask draft found again")
    rest = dict.fromkeys(("need", "feasibility", "effect", "novelty", "spread", "workplace"), "3")
    fill(page, {**rest, "cost": "3", "recommendation": "yes"})
    press(page, "Skicka svaret")
    expect(page.get_by_role("heading", level=1)).to_have_text("Tack, ditt svar är mottaget")
    assert kept(page) == []
    look_at(page, "answered with the way to take it back")


def test_after_the_first_save_what_is_written_on_is_saved_too_and_can_be_removed(
    sluice: Sluice, panel: list[str], open_browser: Open
) -> None:
    page = open_browser()
    serve(page, sluice)
    url = link(sluice, panel[0])
    page.goto(url)
    fill(page, {"motivation": "Början"})
    assert kept(page) == [], "nobody has said that it may be saved"
    page.get_by_role("button", name="Spara utan att skicka").click()
    fill(page, {"motivation": WORDS})
    page.locator("[name=motivation]").blur()
    page.goto(url)
    assert page.locator("[name=motivation]").input_value() == WORDS
    page.get_by_role("button", name="Ta bort det sparade").click()
    assert kept(page) == []
    page.goto(url)
    assert page.locator("[name=motivation]").input_value() == ""


def test_what_the_server_shows_is_not_written_over_by_what_the_device_keeps(
    sluice: Sluice, panel: list[str], open_browser: Open
) -> None:
    page = open_browser()
    serve(page, sluice)
    page.goto(link(sluice, panel[0]))
    fill(page, {"motivation": "Det gamla"})
    page.get_by_role("button", name="Spara utan att skicka").click()
    page.evaluate("document.querySelector('[name=motivation]').value = 'Det nya'")
    press(page, "Skicka svaret")
    expect(page.get_by_role("alert")).to_be_visible()
    assert page.locator("[name=motivation]").input_value() == "Det nya"


def test_where_the_device_keeps_nothing_the_page_says_so(
    sluice: Sluice, panel: list[str], open_browser: Open
) -> None:
    page = open_browser()
    serve(page, sluice)
    page.add_init_script("Storage.prototype.setItem = () => { throw new Error('full'); }")
    page.goto(link(sluice, panel[0]))
    page.get_by_role("button", name="Spara utan att skicka").click()
    expect(page.get_by_text("Det gick inte att spara på den här enheten.")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_half_an_answer_comes_along_when_a_question_is_sent(
    sluice: Sluice, panel: list[str], open_browser: Open, javascript: bool
) -> None:
    page = open_browser(javascript=javascript)
    serve(page, sluice)
    page.goto(link(sluice, panel[0]))
    saves = page.get_by_role("button", name="Spara utan att skicka")
    assert saves.is_visible() is javascript
    fill(page, {"motivation": WORDS, "question": "Vilken hållplats menar du?"})
    press(page, "Skicka frågan")
    look_at(page, f"questioned with half an answer {javascript}")
    press(page, "Tillbaka till idén")
    assert page.locator("[name=motivation]").input_value() == WORDS


@pytest.mark.parametrize("javascript", [True, False], ids=["javascript", "no javascript"])
def test_an_answer_is_taken_back_changed_and_sent_again(
    sluice: Sluice, panel: list[str], open_browser: Open, javascript: bool
) -> None:
    assert set(panel) <= set(REVIEWERS)
    ref = sluice.letters(COORDINATOR)[0].subject.split("]")[0].lstrip("[")
    url = link(sluice, panel[0])
    review(sluice, panel[0], motivation=WORDS)
    page = open_browser(javascript=javascript)
    serve(page, sluice)
    page.goto(url)
    fill(page, {"word": ref})
    press(page, "Bekräfta")
    expect(page.get_by_text("Ditt svar är taget tillbaka.")).to_be_visible()
    look_at(page, f"ask taken back {javascript}")
    assert page.locator("[name=motivation]").input_value() == WORDS
    fill(page, {"motivation": "Ett bättre omdöme är det här."})
    press(page, "Skicka svaret")
    expect(page.get_by_text("Ett bättre omdöme är det här.")).to_be_visible()
