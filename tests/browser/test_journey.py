"""The journey that must work, in Chromium on a deployed stage: from the public form to the idea-giver's answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from infra import demo_answers
from tests.browser.conftest import Open
from tests.browser.people import (
    fill,
    open_with_code,
    press,
    prove_mailbox,
    review,
    screen,
    send_idea,
)
from tests.browser.screens import look_at
from tests.browser.town import IDEA, Town, an_idea

pytestmark = pytest.mark.loopback

WITH_LINKS = ("web", "mail")
INVESTIGATOR = "p-r4wq"


@pytest.fixture(params=["front-door", "stage-prefix"])
def site(request: pytest.FixtureRequest, town: Town) -> Iterator[str]:
    """The site's address, once as people know it and once as API Gateway serves it, under the name of its stage."""
    if request.param == "front-door":
        yield town.stage.urls.site
        return
    address = town.stage.prefixed_url
    town.stage.set_site_url(address)
    town.renew_functions(*WITH_LINKS)
    yield address
    town.come_to_rest()
    town.stage.set_site_url(town.stage.urls.site)
    town.renew_functions(*WITH_LINKS)


def test_an_idea_goes_from_the_form_to_its_outcome(
    site: str, town: Town, open_browser: Open, request: pytest.FixtureRequest
) -> None:
    where = request.node.callspec.id
    giver = open_browser()
    idea = an_idea()
    ref = send_idea(giver, site, idea)
    look_at(giver, f"{where} receipt")
    status = giver.locator("a.address").get_attribute("href") or ""
    assert status.startswith(f"{site}/status/")
    giver.goto(status)
    look_at(giver, f"{where} status new")

    ((coordinator, link),) = town.asked(ref).items()
    mark = town.mark()
    page = open_browser()
    screen(page, link)
    look_at(page, f"{where} screening answered")
    expect(page.locator("h1")).to_contain_text("Tack")

    ((talker, link),) = town.asked(ref, 1, mark).items()
    mark = town.mark()
    open_with_code(town, page, ref, talker, link)
    expect(page.locator("main")).to_contain_text(idea["email"])
    look_at(page, f"{where} dialogue")
    fill(page, demo_answers.answer("dialogue", "forward"))
    press(page, "Skicka svaret")

    reviewers = town.asked(ref, town.panel, mark)
    assert len(reviewers) == town.panel
    mark = town.mark()
    for address in sorted(reviewers)[: town.quorum]:
        review(open_browser(), reviewers[address], ref, address)

    ((boss, link),) = town.asked(ref, 1, mark).items()
    page = open_browser()
    page.goto(link)
    expect(page.locator("body")).not_to_contain_text(IDEA["need"])
    look_at(page, f"{where} code wanted")
    prove_mailbox(town, page, ref, boss, picture=f"{where} code sent")
    expect(page.locator("body")).to_contain_text(IDEA["need"])
    look_at(page, f"{where} decision")
    words = demo_answers.answer("decision", "test", investigator=INVESTIGATOR)
    fill(page, words)
    press(page, "Skicka svaret")
    look_at(page, f"{where} decided")

    outcome = town.wait_for(
        "the outcome",
        lambda: [m for m in town.mails(ref, idea["email"]) if words["reason"] in m.text],
    )
    assert "Idén ska testas i liten skala" in outcome[0].text
    giver.goto(town.status_link(ref))
    expect(giver.locator(".done")).to_contain_text("Idén testas i liten skala")
    for step in ("received", "screening", "dialogue", "assessment", "decision"):
        told = town.config.process.step(step).happened
        assert told is not None
        expect(giver.locator(".history")).to_contain_text(told.sv)
    expect(giver.locator(".history")).to_contain_text(words["reason"])
    look_at(giver, f"{where} status decided")
    assert coordinator.endswith("@example.com")


def test_faults_in_the_form_are_listed_linked_and_nothing_typed_is_lost(
    town: Town, open_browser: Open
) -> None:
    page = open_browser()
    page.goto(f"{town.stage.urls.site}/ide")
    look_at(page, "form")
    typed = {"need": IDEA["need"], "name": "Åsa Öberg", "email": "inte en adress", "title": "kor"}
    fill(page, typed)
    press(page, "Läs igenom")
    look_at(page, "form with faults")
    assert page.title().startswith("Fel:")
    faults = page.get_by_role("alert").get_by_role("link")
    assert faults.count() == 5
    for fault in faults.all():
        target = (fault.get_attribute("href") or "").lstrip("#")
        assert page.locator(f"[id={target}]").count() == 1
    for name, value in typed.items():
        assert page.locator(f"[name={name}]").input_value() == value
    page.get_by_role("alert").get_by_role("link", name="Ge idén ett namn").click()
    expect(page.locator("#field-title")).to_be_focused()


def test_what_was_read_through_can_be_changed_before_it_is_sent(
    town: Town, open_browser: Open
) -> None:
    page = open_browser()
    page.goto(f"{town.stage.urls.site}/ide")
    idea = an_idea()
    fill(page, idea)
    press(page, "Läs igenom")
    look_at(page, "review")
    press(page, "Ändra")
    for name in ("title", "need", "idea", "benefit", "name", "email"):
        assert page.locator(f"[name={name}]").input_value() == idea[name]
    page.locator("[name=title]").fill("Grushinkar vid skolorna")
    press(page, "Läs igenom")
    expect(page.locator("dl.answers")).to_contain_text("Grushinkar vid skolorna")
    press(page, "Skicka idén")
    expect(page.locator("h1")).to_contain_text("Tack")


def test_the_form_works_without_javascript(town: Town, open_browser: Open) -> None:
    page = open_browser(javascript=False)
    page.goto(f"{town.stage.urls.site}/ide")
    fill(page, {"title": IDEA["title"]})
    press(page, "Läs igenom")
    assert page.title().startswith("Fel:")
    fill(page, an_idea())
    press(page, "Läs igenom")
    press(page, "Skicka idén")
    expect(page.locator(".ref")).to_have_count(1)


def test_the_receipt_of_somebody_with_only_a_phone_holds_the_way_to_the_status_page(
    town: Town, open_browser: Open
) -> None:
    page = open_browser()
    ref = send_idea(page, town.stage.urls.site, IDEA | {"email": "", "phone": "070-174 06 05"})
    look_at(page, "receipt phone only")
    expect(page.locator("main")).to_contain_text("skriv ut den här sidan nu")
    page.locator("a.address").click()
    expect(page.locator("h1")).to_have_text(IDEA["title"])
    expect(page.locator(".crumb").first).to_have_text(f"Din idé {ref}")


def test_the_coordinator_goes_from_the_mail_in_the_inbox_to_the_question(
    town: Town, open_browser: Open
) -> None:
    ref = town.send_idea()
    ((address, _),) = town.asked(ref).items()
    inbox = open_browser()
    inbox.goto(f"{town.stage.urls.inbox}/?to={address}")
    look_at(inbox, "inbox")
    inbox.locator("ol.mails a", has_text=ref).first.click()
    look_at(inbox, "inbox mail")
    with inbox.context.expect_page() as opened:
        inbox.frame_locator("iframe").get_by_role("link", name="Läs och svara").click()
    question = opened.value
    expect(question.locator("h1")).to_have_text("Läs den nya idén")
    look_at(question, "screening")
    fill(question, demo_answers.answer("screening", "forward") | {"remit": "no"})
    press(question, "Skicka svaret")
    assert question.title().startswith("Fel:")
    look_at(question, "screening with faults")
    fill(question, {"remit": "yes"})
    press(question, "Skicka svaret")
    expect(question.locator("h1")).to_contain_text("Tack")


def test_a_link_used_twice_shows_what_was_answered(town: Town, open_browser: Open) -> None:
    ref = town.send_idea()
    (link,) = town.asked(ref).values()
    words = demo_answers.answer("screening", "forward")
    screen(open_browser(), link)
    again = open_browser()
    again.goto(link)
    look_at(again, "answered before")
    expect(again.locator("main")).to_contain_text(words["motivation"])
    assert again.locator("main form").count() == 0


def test_a_reviewer_sees_the_idea_without_its_giver(town: Town, open_browser: Open) -> None:
    ref = town.send_idea(need="Jag, Roger Myrhed, nås på 070-174 06 05 om det här behovet.")
    asked = town.screen(ref)
    page = open_browser()
    page.goto(asked[sorted(asked)[0]])
    look_at(page, "assessment")
    expect(page.locator("main")).to_contain_text("om det här behovet")
    expect(page.locator("main")).not_to_contain_text("Myrhed")
    expect(page.locator("main")).not_to_contain_text("070-174")


def test_the_coordinator_sees_the_giver_after_a_code(town: Town, open_browser: Open) -> None:
    ref = town.send_idea(email=IDEA["email"])
    ((address, link),) = town.asked(ref).items()
    page = open_browser()
    page.goto(link)
    expect(page.locator("main")).not_to_contain_text(IDEA["name"])
    page.locator("summary", has_text="Visa hela texten").click()
    prove_mailbox(town, page, ref, address)
    look_at(page, "screening unmasked")
    expect(page.locator("main")).to_contain_text(IDEA["name"])
    expect(page.locator("main")).to_contain_text(IDEA["email"])


def test_a_browser_that_gave_a_code_needs_no_other_for_its_next_decision(
    town: Town, open_browser: Open
) -> None:
    # There are two decision makers, so of three ideas two are the same person's.
    asked: dict[str, list[tuple[str, str]]] = {}
    for _ in range(3):
        ref, boss, link = town.to_decision()
        asked.setdefault(boss, []).append((ref, link))
    boss, ((first_ref, first), (_, link), *_) = max(asked.items(), key=lambda it: len(it[1]))
    page = open_browser()
    page.goto(first)
    prove_mailbox(town, page, first_ref, boss)
    page.goto(link)
    expect(page.locator("h1")).to_have_text("Besluta om idén")
    expect(page.locator("[name=outcome]")).not_to_have_count(0)


def test_the_giver_takes_the_idea_back_by_saying_yes(town: Town, open_browser: Open) -> None:
    ref = town.send_idea()
    (question,) = town.asked(ref).values()
    page = open_browser()
    page.goto(town.status_link(ref))
    page.locator("summary", has_text="Ta tillbaka idén").click()
    press(page, "Bekräfta")
    look_at(page, "withdrawal not confirmed")
    assert page.title().startswith("Fel:")
    page.get_by_label("Ja, ta tillbaka idén").check()
    press(page, "Bekräfta")
    look_at(page, "status withdrawn")
    expect(page.locator(".done")).to_contain_text("Du har tagit tillbaka idén")
    page.goto(question)
    look_at(page, "closed ask")
    assert page.locator("main form").count() == 0


def test_a_link_that_nobody_made_gets_a_page_that_helps(town: Town, open_browser: Open) -> None:
    page = open_browser()
    answer = page.goto(f"{town.stage.urls.site}/svara/{'a' * 43}")
    assert answer is not None
    assert answer.status == 404
    look_at(page, "unknown link")
    page.goto(f"{town.stage.urls.site}/finns/inte")
    look_at(page, "not found")
    page.get_by_role("link", name="Idéslussen").first.click()
    look_at(page, "start")
    expect(page.get_by_role("link", name="Lämna en idé").first).to_be_visible()
