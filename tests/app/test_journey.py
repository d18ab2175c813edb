"""From the form to the idea-giver's answer, through pages and mails alone."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from chalicelib.domain.promise import public_steps
from tests.app.acts import (
    COORDINATOR,
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
    assert page.body.count("<dd>Ja</dd>") == len(GATES)


def test_the_talk_opens_with_what_the_first_reading_wrote_and_folds_its_every_yes(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice, motivation="Prövad och väl beskriven, säger idélotsen.")
    page = open_with_code(sluice, COORDINATOR)
    _, _, read = page.body.partition("<h2>Första läsningen</h2>")
    in_sight, _, folded = read.partition("<details")
    assert "Prövad och väl beskriven" in in_sight
    assert "<dd>Ja</dd>" not in in_sight
    assert folded.partition("</details>")[0].count("<dd>Ja</dd>") == len(GATES)


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


def test_the_idea_giver_withdraws_by_choosing_yes_of_yes_and_no(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    visitor = sluice.visitor()
    status = visitor.get(sluice.link(GIVER))
    for chosen in ("", "ja"):
        wrong = visitor.submit(status, "/atertag", word=chosen)
        assert wrong.status == 422
        assert "#field-word" in wrong.links
        assert wrong.opened == ["Ta tillbaka idén"]
    assert 'class="second">Bekräfta' in status.body, "red would warn of keeping the idea too"
    kept = visitor.submit(status, "/atertag", word="no")
    assert (kept.status, kept.path) == (200, status.path)
    assert kept.has_form("/atertag")
    no, yes = status.choices("/atertag", "word")
    assert no == "no"
    done = visitor.submit(status, "/atertag", word=yes)
    sluice.run()
    gone = sluice.visitor().get(sluice.link("kim@example.com", 0))
    assert "Du har tagit tillbaka idén" in done.body
    assert gone.status == 410


def test_the_status_page_is_headed_by_the_ideas_own_title_with_its_number_beside(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(title="Cykelpool för vikarier")
    sluice.run()
    status = sluice.visitor().get(sluice.link(GIVER))
    assert "<h1>Cykelpool för vikarier</h1>" in status.body
    assert "Din idé 2026-K001" in status.body
    assert status.title.startswith("Cykelpool för vikarier, Din idé 2026-K001")


def test_what_has_happened_is_told_in_the_past_tense_and_what_is_now_in_the_present(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    now, _, happened = sluice.visitor().get(sluice.link(GIVER)).body.partition("Det här har hänt")
    happened, _, ahead = happened.partition("Det här kan hända sedan")
    assert "Vi läser din idé" in now
    assert re.findall(r"<h3>(.*?)</h3>", happened) == [
        "Idén skickades till idélotsen",
        "Vi tog emot din idé",
    ]
    assert "Vi läser din idé" not in happened
    assert "Vi pratar med dig" in ahead


def test_a_step_has_the_same_number_on_the_start_page_and_on_the_status_page(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    def numbers(body: str) -> dict[str, str]:
        found = re.findall(r'data-number="(\d+)">\s*<h3>(.*?)</h3>', body)
        return {name: number for number, name in found}

    whole = numbers(sluice.visitor().get("/").body)
    send_idea()
    sluice.run()
    status = sluice.visitor().get(sluice.link(GIVER)).body
    assert "Just nu, steg 1" in status
    assert numbers(status).items() <= whole.items()
    assert min(numbers(status).values()) == "2"


def test_the_first_steps_stand_open_and_the_rest_is_folded(sluice: Sluice) -> None:
    body = sluice.visitor().get("/").body
    before, _, folded = body.partition("<details")
    assert before.count("data-number=") == 3
    count = len(public_steps(sluice.deps.process, "sv"))
    assert folded.count("data-number=") == count - 3
    assert f"Visa {count - 3} steg till" in folded


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


def test_the_status_page_tells_what_can_be_done_after_a_no(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    after_no = "Ett besked om en idé går i regel inte att överklaga."
    send_idea()
    sluice.run()
    assert after_no not in sluice.visitor().get(sluice.link(GIVER)).body
    words = {"needed": "Tid i vår.", "contact": "Kim, 010-123 45 00"}
    screen(sluice, outcome="close", closing_code="not_feasible", reason=WHY, **words)
    assert after_no in sluice.visitor().get(sluice.link(GIVER)).body


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
