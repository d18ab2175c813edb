"""From the form to the idea-giver's answer, through pages and mails alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from tests.app.acts import (
    DECIDER,
    GATES,
    GIVER,
    WHY,
    asked_reviewers,
    decide,
    open_with_code,
    review,
    screen,
    talk,
    to_decision,
    to_review,
)
from tests.app.conftest import Sluice
from tests.app.visitor import Page

PLACES = ("/kod", "/oppna", "/ny-lank", "/jav", "/lamna-over", "/fraga", "/paminnelser")
PLACES += ("/atertag", "/svar")


def test_an_idea_goes_from_form_to_outcome(sluice: Sluice, send_idea: Callable[..., Page]) -> None:
    receipt = send_idea()
    to_decision(sluice)
    decided = decide(sluice, outcome="test")

    status = sluice.visitor().get(sluice.link(GIVER))
    assert decided.status == 200
    assert "2026-K" in receipt.body
    assert "Idén testas i liten skala" in status.body
    assert WHY in status.body


def test_the_receipt_is_shown_after_the_idea_is_stored(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    receipt = send_idea()
    assert receipt.path.startswith("/kvitto/")
    assert "/status/" in receipt.body
    assert sluice.mailer.letters == ()


def test_the_receipt_mail_holds_nothing_that_was_typed(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    send_idea()
    sluice.run()
    (letter,) = sluice.letters(GIVER)
    for key in ("title", "need", "benefit", "name"):
        assert idea[key] not in letter.text + letter.html + letter.subject


def test_reviewers_never_see_who_sent_the_idea(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(need="Jag, Roger Myrhed, nås på 070-174 06 05 eller roger.myrhed@example.com om det.")
    name = to_review(sluice)[0]
    page = sluice.visitor().get(sluice.link(f"{name}@example.com"))
    letter = sluice.letters(f"{name}@example.com")[-1]
    for text in (page.body, letter.text, letter.html):
        assert "Myrhed" not in text
        assert "070-174" not in text
        assert "roger" not in text.lower()


def test_the_coordinator_sees_identity_only_after_a_code(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    visitor = sluice.visitor()
    page = visitor.get(sluice.link("kim@example.com"))
    assert "Myrhed" not in page.body
    asked = visitor.submit(page, "/kod")
    sluice.run()
    unmasked = visitor.submit(asked, "/oppna", code=sluice.code("kim@example.com"))
    assert "Roger Myrhed" in unmasked.body


def test_the_decision_maker_sees_nothing_before_the_code(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    send_idea()
    to_decision(sluice)
    page = sluice.visitor().get(sluice.link("maj@example.com"))
    assert idea["need"] not in page.body
    assert WHY not in page.body


def test_the_decision_maker_sees_the_screening_and_the_panels_words(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice, motivation="Prövad och väl beskriven, säger idélotsen.")
    talk(sluice)
    for name in asked_reviewers(sluice)[:2]:
        review(sluice, name, motivation=f"Omdöme från en av dem som bedömde: {name}.")
    page = open_with_code(sluice, DECIDER)
    assert "Prövad och väl beskriven" in page.body
    assert page.body.count("Omdöme från en av dem") == 2


def test_by_ways_are_not_promised_as_steps(sluice: Sluice) -> None:
    page = sluice.visitor().get("/sa-gar-det-till")
    assert "Idén bedöms" in page.body
    assert "Vi frågar en annan mottagare" not in page.body


def test_opening_any_page_sends_and_changes_nothing(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    to_decision(sluice)
    before = (len(sluice.store.transactions), len(sluice.mailer.letters))
    for address in ("kim@example.com", "maj@example.com", GIVER):
        path = sluice.link(address)
        for suffix in ("", *PLACES):
            for method in ("GET", "HEAD"):
                sluice.visitor().get(path + suffix, method)
    sluice.run()
    assert (len(sluice.store.transactions), len(sluice.mailer.letters)) == before


def test_opening_the_page_of_an_open_ask_sends_and_changes_nothing(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    path = sluice.link(f"{to_review(sluice)[0]}@example.com")
    before = (len(sluice.store.transactions), len(sluice.mailer.letters))
    for suffix in ("", *PLACES):
        for method in ("GET", "HEAD"):
            assert sluice.visitor().get(path + suffix, method).status in (200, 404)
    sluice.run()
    assert (len(sluice.store.transactions), len(sluice.mailer.letters)) == before


def test_a_second_press_shows_the_recorded_answer(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    first = screen(sluice)
    mails = len(sluice.mailer.letters)
    visitor = sluice.visitor()
    again = visitor.get(sluice.link("kim@example.com", 0))
    assert first.status == again.status == 200
    assert WHY in again.body
    assert len(sluice.mailer.letters) == mails


def test_another_answer_after_the_first_is_refused_with_both_shown(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    path = sluice.link("kim@example.com", 0)
    screen(sluice)
    other = dict.fromkeys(GATES, "yes") | {"outcome": "forward"}
    other["motivation"] = "Något helt annat än det som redan har sagts."
    page = sluice.visitor().post(path, other)
    assert page.status == 409
    assert WHY in page.body
    assert other["motivation"] in page.body


def test_a_reviewer_who_does_not_answer_is_reminded(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    name = to_review(sluice)[0]
    before = len(sluice.letters(f"{name}@example.com"))
    sluice.pass_time(timedelta(days=17))
    assert len(sluice.letters(f"{name}@example.com")) == before + 1


def test_a_deadline_with_one_answer_leads_on(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    review(sluice, to_review(sluice)[0])
    assert not sluice.letters("maj@example.com")
    sluice.pass_time(timedelta(days=30))
    assert sluice.letters("maj@example.com")


def test_an_idea_without_an_address_is_followed_by_its_link_alone(
    sluice: Sluice, send_idea: Callable[..., Page], idea: dict[str, str]
) -> None:
    receipt = send_idea(email="", phone="070-174 06 05")
    sluice.run()
    assert not sluice.letters(GIVER)
    token = receipt.path.rsplit("/", 1)[1]
    status = sluice.visitor().get(f"/status/{token}")
    assert status.status == 200
    assert idea["need"] in status.body


def test_the_idea_giver_withdraws_by_typing_the_reference(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    visitor = sluice.visitor()
    status = visitor.get(sluice.link(GIVER))
    wrong = visitor.submit(status, "/atertag", word="ja")
    assert wrong.status == 422
    ref = sluice.letters(GIVER)[0].subject.split("]")[0].lstrip("[")
    done = visitor.submit(status, "/atertag", word=ref)
    sluice.run()
    gone = sluice.visitor().get(sluice.link("kim@example.com", 0))
    assert "Du har tagit tillbaka idén" in done.body
    assert gone.status == 410


def test_the_status_page_says_as_what_an_idea_was_closed(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice, outcome="refer", right_way="no", receiver="rita", reason=WHY)
    rita = sluice.visitor()
    opened = open_with_code(sluice, "rita@example.com", rita)
    words = {"reason": WHY, "needed": "Tid i vår.", "contact": "Rita, 010-123 45 00"}
    rita.post(opened.path, {"outcome": "accepted", **words})
    sluice.run()
    status = sluice.visitor().get(sluice.link(GIVER))
    assert "<strong>Hänvisad</strong>" in status.body


def test_every_working_morning_the_coordinator_gets_what_waits_with_fresh_links(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    from dataclasses import replace

    from chalicelib.domain.rows import PersonRow
    from chalicelib.domain.transaction import Change

    kim = sluice.store.get(PersonRow, "kim")
    assert kim is not None
    morning = sluice.deps.calendar.next_morning(sluice.clock.now())
    sluice.store.transact([Change(replace(kim, due_at=morning, try_at=morning), ())])
    sluice.pass_time(timedelta(days=1))
    digest = sluice.letters("kim@example.com")[-1]
    page = sluice.visitor().get(sluice.link("kim@example.com"))
    assert "2026-K" in digest.text
    assert page.status == 200
