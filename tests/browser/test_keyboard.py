"""The journey that must work, by somebody with a keyboard, a screen of 320 px and no JavaScript: all of them at once."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from infra import demo_answers
from tests.browser.conftest import Open
from tests.browser.keyboard import fill, follow, press, press_it, reach
from tests.browser.town import Town, an_idea

pytestmark = pytest.mark.loopback

SMALL_SCREEN = {"width": 320, "height": 640}
INVESTIGATOR = "p-r4wq"


def narrow(page: Page) -> Page:
    """The page on a screen of 320 px, which sees each page it comes to whole, without scrolling sideways."""
    page.set_viewport_size(SMALL_SCREEN)
    return page


def see(page: Page, heading: str | re.Pattern[str]) -> None:
    expect(page.locator("h1")).to_contain_text(heading)
    assert page.evaluate("document.documentElement.scrollWidth") <= SMALL_SCREEN["width"]


def give(page: Page, site: str, idea: dict[str, str]) -> str:
    """From the start page to the receipt; gives the reference."""
    page.goto(f"{site}/")
    see(page, "En väg in för din idé")
    follow(page, page.get_by_role("link", name="Lämna en idé").first)
    see(page, "Lämna en idé")
    fill(page, idea)
    press(page, "Läs igenom")
    see(page, "Läs igenom din idé")
    press(page, "Skicka idén")
    see(page, "Tack")
    return page.locator(".ref").inner_text()


def answer(page: Page, words: dict[str, str]) -> None:
    """In whichever language: whoever is drawn is asked in their own."""
    fill(page, words)
    press_it(page, page.locator(f'form:has([name="{next(iter(words))}"]) > button'))
    see(page, re.compile("^(Tack|Thank|Kiitos)"))


def prove_mailbox(town: Town, page: Page, ref: str, address: str) -> None:
    town.begin_an_hour()
    mark = town.mark()
    press(page, "Skicka koden")
    expect(page.locator("[name=code]")).to_be_visible()
    fill(page, {"code": town.inbox.code(address, ref, mark)})
    press(page, "Fortsätt")


@pytest.mark.parametrize("javascript", [False, True], ids=["without javascript", "with it"])
def test_an_idea_is_given_and_followed_by_keyboard(
    town: Town, open_browser: Open, javascript: bool
) -> None:
    page = narrow(open_browser(javascript=javascript))
    idea = an_idea()
    ref = give(page, town.stage.urls.site, idea)
    follow(page, page.locator("a.address"))
    see(page, idea["title"])
    expect(page.locator(".crumb").first).to_contain_text(ref)


def test_the_whole_journey_goes_by_keyboard_without_javascript_on_320_px(
    town: Town, open_browser: Open
) -> None:
    giver = narrow(open_browser(javascript=False))
    idea = an_idea()
    ref = give(giver, town.stage.urls.site, idea)

    ((_, link),) = town.asked(ref).items()
    mark = town.mark()
    coordinator = narrow(open_browser(javascript=False))
    coordinator.goto(link)
    answer(coordinator, demo_answers.answer("screening", "forward"))

    ((talker, link),) = town.asked(ref, 1, mark).items()
    mark = town.mark()
    coordinator.goto(link)
    if coordinator.get_by_role("button", name="Skicka koden", exact=True).count():
        prove_mailbox(town, coordinator, ref, talker)
    answer(coordinator, demo_answers.answer("dialogue", "forward"))

    reviewers = town.asked(ref, town.panel, mark)
    mark = town.mark()
    for address in sorted(reviewers)[: town.quorum]:
        reviewer = narrow(open_browser(javascript=False))
        reviewer.goto(reviewers[address])
        answer(reviewer, demo_answers.review(ref, address))

    ((boss, link),) = town.asked(ref, 1, mark).items()
    decision_maker = narrow(open_browser(javascript=False))
    decision_maker.goto(link)
    prove_mailbox(town, decision_maker, ref, boss)
    words = demo_answers.answer("decision", "test", investigator=INVESTIGATOR)
    answer(decision_maker, words)

    follow(giver, giver.locator("a.address"))
    town.wait_for("the outcome", lambda: [m for m in town.mails(ref) if words["reason"] in m.text])
    giver.reload()
    see(giver, idea["title"])
    expect(giver.locator(".history")).to_contain_text(words["reason"])


def test_what_must_be_mended_is_found_and_mended_by_keyboard(
    town: Town, open_browser: Open
) -> None:
    page = narrow(open_browser(javascript=False))
    page.goto(f"{town.stage.urls.site}/ide")
    idea = an_idea()
    fill(page, idea | {"email": "inte en adress"})
    press(page, "Läs igenom")
    assert page.title().startswith("Fel:")
    reach(page, page.locator(".errors a"))
    page.keyboard.press("Enter")
    field = page.locator("[name=email]")
    expect(field).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type(idea["email"])
    press(page, "Läs igenom")
    see(page, "Läs igenom din idé")


def test_an_idea_is_taken_back_by_keyboard(town: Town, open_browser: Open) -> None:
    ref = town.send_idea()
    page = narrow(open_browser(javascript=False))
    page.goto(town.status_link(ref))
    fill(page, {"word": ref})
    press(page, "Bekräfta")
    expect(page.locator(".done")).to_contain_text("Du har tagit tillbaka idén")


def test_the_first_thing_that_tab_comes_to_leads_past_the_top_of_the_page(
    town: Town, open_browser: Open
) -> None:
    page = narrow(open_browser(javascript=False))
    page.goto(f"{town.stage.urls.site}/")
    page.keyboard.press("Tab")
    reach(page, page.locator("a.skip"))
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(page.locator("main :focus")).to_have_count(1)
