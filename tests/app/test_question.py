"""A question to the idea-giver: asked by a link, answered on the status page or by phone, and read by whoever asked."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.rows import CaseRow, QuestionRow, QuestionState
from chalicelib.domain.transaction import Change
from tests.app.acts import (
    COORDINATOR,
    GIVER,
    NEED,
    SCREENING,
    WHY,
    open_with_code,
    opened,
    review,
    screen,
)
from tests.app.conftest import Sluice, add_people, somebody
from tests.app.visitor import Page

QUESTION = "Hur många hållplatser handlar det om?"
CALL, TALK = "Ring idégivaren", "(?i)prata med idégivaren"
ANSWER = "Tolv stycken. Ring Roger Myrhed på 070-174 06 05 om ni undrar."


def ask(sluice: Sluice, name: str, question: str = QUESTION) -> Page:
    asked = sluice.visitor().submit(opened(sluice, name), "/fraga", question=question)
    sluice.run()
    return asked


def answer(sluice: Sluice, text: str = ANSWER) -> Page:
    status = sluice.visitor().get(sluice.link(GIVER))
    answered = sluice.visitor().submit(status, "/svar", answer=text)
    sluice.run()
    return answered


def case(sluice: Sluice) -> CaseRow:
    (found,) = sluice.store.rows(CaseRow)
    return found


WHAT_IF_NOT = {
    (True, True): "i ett mejl. Kommer det inget svar får en av idélotsarna ringa.",
    (True, False): "i ett mejl. Kommer det inget svar får idélotsarna veta det.",
    (False, True): "Vi når inte idégivaren med mejl, så vi ringer upp.",
    (False, False): "Kommer det inget svar får idélotsarna veta det.",
}


@pytest.mark.parametrize(("mail", "phone"), WHAT_IF_NOT, ids=str)
def test_who_asks_is_told_what_follows_when_no_answer_comes(
    sluice: Sluice, panel: list[str], mail: bool, phone: bool
) -> None:
    sluice.store.transact(
        [Change(replace(case(sluice), has_email=mail, has_phone=phone, bounced=not mail), ())]
    )
    body = " ".join(ask(sluice, panel[0]).body.split())
    assert WHAT_IF_NOT[mail, phone] in body
    assert ("ring" in body.partition("Dagarna")[0]) is phone


def test_a_question_stops_the_clock_and_goes_to_the_idea_giver(
    sluice: Sluice, panel: list[str], idea: dict[str, str]
) -> None:
    asked = ask(sluice, panel[0])
    assert asked.status == 200
    assert "Din fråga är skickad" in asked.title
    assert idea["title"] in asked.body
    assert "Dagarna räknas inte" in asked.body
    letter = sluice.letters(GIVER)[-1]
    assert QUESTION in letter.text
    assert f"{panel[0].title()} Ek" not in letter.text
    status = sluice.visitor().get(sluice.link(GIVER))
    assert QUESTION in status.body
    assert "Vi väntar på ditt svar. När du har svarat" in status.body
    assert f"{panel[0].title()} Ek" not in status.body
    assert case(sluice).paused_at is not None


def test_the_page_of_a_question_says_until_when_as_its_mail_does_as_long_as_that_is_ahead(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    until = r"Svara gärna senast (?:<time[^>]*>)?([0-9]+ \w+)"
    (mailed,) = set(re.findall(until, sluice.letters(GIVER)[-1].text))
    status = sluice.visitor().get(sluice.link(GIVER))
    assert re.findall(until, status.body) == [mailed]
    sluice.clock.advance(timedelta(days=40))
    later = sluice.visitor().get(sluice.link(GIVER))
    assert later.has_form("/svar")
    assert not re.findall(until, later.body)


def test_while_a_question_waits_the_page_of_the_ask_says_so(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    page = opened(sluice, panel[1])
    assert not page.has_form("/fraga")
    assert "Dagarna räknas inte" in page.body
    assert QUESTION in page.body
    assert "Väntar på svar." in page.body


def test_the_second_press_of_a_question_asks_once(sluice: Sluice, panel: list[str]) -> None:
    page = opened(sluice, panel[0])
    for _ in range(2):
        asked = sluice.visitor().submit(page, "/fraga", question=QUESTION)
        sluice.run()
        assert asked.status == 200
        assert "Din fråga är skickad" in asked.title
    assert len(sluice.store.rows(QuestionRow)) == 1
    assert len([m for m in sluice.letters(GIVER) if QUESTION in m.text]) == 1


@pytest.mark.parametrize("words", [QUESTION, "Och vem ska sanda på söndagar?"])
def test_a_question_of_somebody_else_waits_its_turn_and_its_words_are_kept(
    sluice: Sluice, panel: list[str], words: str
) -> None:
    other = opened(sluice, panel[1])
    ask(sluice, panel[0])
    refused = sluice.visitor().submit(other, "/fraga", question=words)
    assert refused.status == 409
    assert "Din fråga är inte skickad" in refused.title
    assert words in refused.body
    assert len(sluice.store.rows(QuestionRow)) == 1


def test_the_fourth_question_of_a_day_is_kept_and_the_page_says_whom_to_turn_to(
    sluice: Sluice, panel: list[str]
) -> None:
    for number in range(3):
        assert "Din fråga är skickad" in ask(sluice, panel[0], f"Fråga {number} om sanden?").title
        answer(sluice, f"Svar {number}.")
    page = ask(sluice, panel[0], "Och hur var det med saltet?")
    assert page.status == 409
    assert "Din fråga är inte skickad" in page.title
    assert "redan ställt tre frågor" in page.body
    assert "Och hur var det med saltet?" in page.body
    assert "tel:" in page.body
    assert len(sluice.store.rows(QuestionRow)) == 3


def test_a_question_that_is_too_short_is_kept_and_not_sent(
    sluice: Sluice, panel: list[str]
) -> None:
    wrong = ask(sluice, panel[0], "Vad?")
    assert wrong.status == 422
    assert wrong.form("/fraga").fields["question"] == "Vad?"
    assert wrong.opened == ["Fråga idégivaren"]
    assert case(sluice).paused_at is None


def test_the_answer_reaches_whoever_asked_with_names_and_numbers_masked(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0], "Kan Roger Myrhed säga hur många det är?")
    answered = answer(sluice)
    assert answered.status == 200
    assert answered.path.startswith("/status/")
    assert not answered.has_form("/svar")
    assert "Du svarade på en fråga" in answered.body
    letter = sluice.letters(f"{panel[0]}@example.com")[-1]
    assert "Idégivaren har svarat" in letter.subject
    page = opened(sluice, panel[0])
    assert "Tolv stycken." in page.body
    assert page.has_form("/fraga")
    for text in (page.body, letter.text, letter.html):
        assert "Myrhed" not in text
        assert "070-174" not in text
    assert review(sluice, panel[0]).status == 200


def test_the_coordinator_who_sees_the_whole_idea_sees_the_whole_answer(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    page = sluice.visitor().get(sluice.link(COORDINATOR))
    sluice.visitor().submit(page, "/fraga", question=QUESTION)
    sluice.run()
    answer(sluice)
    assert "070-174" not in sluice.visitor().get(sluice.link(COORDINATOR)).body
    screen(sluice)
    assert ANSWER in open_with_code(sluice, COORDINATOR).body


def test_an_answer_twice_is_told_once_and_another_one_is_not_stored(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    status = sluice.visitor().get(sluice.link(GIVER))
    first = sluice.visitor().submit(status, "/svar", answer=ANSWER)
    sluice.run()
    mails = len(sluice.mailer.letters)
    again = sluice.visitor().submit(status, "/svar", answer=ANSWER)
    sluice.run()
    assert (first.status, again.status) == (200, 200)
    assert len(sluice.mailer.letters) == mails
    other = sluice.visitor().submit(status, "/svar", answer="Nej, tretton stycken.")
    assert other.status == 409
    assert "Ditt svar är inte sparat" in other.body
    assert "Nej, tretton stycken." in other.body
    (row,) = sluice.store.rows(QuestionRow)
    assert row.answer == ANSWER


def test_an_empty_answer_is_asked_for_again(sluice: Sluice, panel: list[str]) -> None:
    ask(sluice, panel[0])
    wrong = answer(sluice, "  ")
    assert wrong.status == 422
    assert "#field-answer" in wrong.links
    assert "Fyll i ”Ditt svar”" in wrong.body
    assert case(sluice).paused_at is not None


@pytest.mark.parametrize("number", ["", "0", "2", "x", "1e3", "-1", "٣", "9" * 40])
def test_an_answer_to_no_question_is_not_stored(
    sluice: Sluice, panel: list[str], number: str
) -> None:
    ask(sluice, panel[0])
    path = sluice.link(GIVER) + "/svar"
    refused = sluice.visitor().post(path, {"number": number, "answer": ANSWER})
    assert refused.status == 409
    (row,) = sluice.store.rows(QuestionRow)
    assert row.state is QuestionState.OPEN


def test_an_idea_giver_who_does_not_answer_is_phoned_and_what_is_said_is_stored(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    sluice.pass_time(timedelta(days=25))
    visitor = sluice.visitor()
    page = open_with_code(sluice, COORDINATOR, visitor)
    assert "En fråga till idégivaren väntar på svar" in page.body
    assert "Den har inte kunnat mejlas" not in page.body
    assert QUESTION in page.body
    assert "roger.myrhed@example.com" in page.body
    assert not page.has_form("/jav")
    assert not page.has_form("/fraga")
    action = page.path.rsplit("/", 1)[1]
    done = visitor.submit(page, action, outcome="reached", answer="Det är tolv hållplatser.")
    sluice.run()
    assert done.status == 200
    assert "Det är tolv hållplatser." in opened(sluice, panel[0]).body
    assert "Det är tolv hållplatser." in sluice.visitor().get(sluice.link(GIVER)).body


def test_a_question_to_an_idea_giver_without_an_address_is_asked_on_the_phone(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(email="", phone="070-174 06 05")
    sluice.run()
    asks = sluice.visitor()
    asks.submit(asks.get(sluice.link(COORDINATOR)), "/fraga", question=QUESTION)
    sluice.run()
    page = open_with_code(sluice, COORDINATOR, about=CALL)
    assert QUESTION in page.body
    assert "Den har inte kunnat mejlas, för idégivaren har ingen mejladress" in page.body
    assert "inte svarat" not in page.body


def test_what_was_said_on_the_phone_is_told_once_to_who_sees_the_whole_idea(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice)
    asks = sluice.visitor()
    dialogue = open_with_code(sluice, COORDINATOR, asks)
    asks.submit(dialogue, "/fraga", question=QUESTION)
    sluice.run()
    sluice.pass_time(timedelta(days=25))
    call = open_with_code(sluice, COORDINATOR, asks, about=CALL)
    said = "Det är tolv hållplatser."
    asks.submit(call, call.path.rsplit("/", 1)[1], outcome="reached", answer=said)
    sluice.run()
    assert asks.get(sluice.link(COORDINATOR, about=TALK)).body.count(said) == 1


def test_a_call_that_a_colleague_took_over_hides_no_reasons_from_the_idea_giver(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    screen(sluice)
    kim = sluice.visitor()
    dialogue = open_with_code(sluice, COORDINATOR, kim)
    kim.submit(dialogue, "/fraga", question=QUESTION)
    sluice.run()
    sluice.pass_time(timedelta(days=25))
    add_people(sluice.store, (somebody("abbe", "coordinator"),))
    call = open_with_code(sluice, COORDINATOR, kim, about=CALL)
    assert "En fråga till idégivaren väntar på svar" in call.body
    kim.submit(call, "/lamna-over", handover_to="abbe", handover_note="Kan du ringa?")
    sluice.run()
    abbe = sluice.visitor()
    taken = open_with_code(sluice, "abbe@example.com", abbe)
    assert "En fråga till idégivaren väntar på svar" in taken.body
    abbe.submit(taken, taken.path.rsplit("/", 1)[1], outcome="reached", answer="Tolv stycken.")
    sluice.run()
    talked = kim.get(sluice.link(COORDINATOR, about=TALK))
    kim.submit(
        talked,
        talked.path.rsplit("/", 1)[1],
        need=NEED,
        target_group="De som går till skolan",
        outcome="forward",
    )
    sluice.run()
    assert NEED in sluice.visitor().get(sluice.link(GIVER)).body


def test_a_silent_idea_giver_without_an_address_is_phoned_and_told_where_the_idea_is(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    receipt = send_idea(email="", phone="070-174 06 05")
    sluice.run()
    for _ in range(40):
        sluice.pass_time(timedelta(days=1))
    visitor = sluice.visitor()
    page = open_with_code(sluice, COORDINATOR, visitor, about=CALL)
    assert "Idégivaren har inte hört något från oss på länge" in page.body
    assert "Den är i steget Första läsningen" in page.body
    assert not page.has_form("/fraga")
    before_the_idea, _, _ = page.body.partition("<h2>Idén</h2>")
    assert 'href="tel:070-1740605"' in before_the_idea.partition("Idégivaren</h2>")[2]
    said = "Vi talades vid om läget."
    visitor.submit(page, page.path.rsplit("/", 1)[1], outcome="reached", answer=said)
    sluice.run()
    old = visitor.get(sluice.link(COORDINATOR, about=SCREENING))
    visitor.submit(old, "/ny-lank")
    sluice.run()
    assert said in open_with_code(sluice, COORDINATOR, about=SCREENING).body
    screen(sluice)
    assert said in open_with_code(sluice, COORDINATOR, about=TALK).body
    token = receipt.path.rsplit("/", 1)[1]
    assert said not in sluice.visitor().get(f"/status/{token}").body


def test_a_call_that_is_no_longer_needed_says_so_without_a_time(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    sluice.pass_time(timedelta(days=25))
    path = sluice.link(COORDINATOR)
    answer(sluice)
    for name in panel[:2]:
        review(sluice, name)
    page = sluice.visitor().get(path)
    assert page.status == 410
    assert "Steget Ring idégivaren är avslutat." in page.body


def test_an_empty_answer_to_a_question_that_no_longer_waits_is_no_error(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    answer(sluice)
    page = sluice.visitor().post(sluice.link(GIVER) + "/svar", {"number": "1", "answer": " "})
    assert page.status == 200
    assert "#field-answer" not in page.links


def test_an_answer_that_is_too_long_is_kept_to_be_shortened(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    wrong = answer(sluice, "a" * 5001)
    assert wrong.status == 422
    assert wrong.form("/svar").fields["answer"] == "a" * 5001
    assert "Ditt svar är inte sparat" not in wrong.body


def test_an_idea_that_is_taken_back_waits_for_no_answer(sluice: Sluice, panel: list[str]) -> None:
    ask(sluice, panel[0])
    visitor = sluice.visitor()
    status = visitor.get(sluice.link(GIVER))
    done = visitor.submit(status, "/atertag", word=case(sluice).ref)
    assert "Du har tagit tillbaka idén" in done.body
    assert not done.has_form("/svar")
    assert "Dagarna räknas inte" not in done.body


def test_a_question_by_the_link_of_a_call_asks_nothing(sluice: Sluice, panel: list[str]) -> None:
    ask(sluice, panel[0])
    sluice.pass_time(timedelta(days=25))
    visitor = sluice.visitor()
    page = open_with_code(sluice, COORDINATOR, visitor)
    forged = visitor.post(page.path + "/fraga", {"question": QUESTION})
    assert forged.status == 200
    assert forged.form("/paminnelser")
    assert len(sluice.store.rows(QuestionRow)) == 1


def test_an_idea_giver_who_is_not_reached_is_said_to_be_so(
    sluice: Sluice, panel: list[str]
) -> None:
    ask(sluice, panel[0])
    sluice.pass_time(timedelta(days=25))
    visitor = sluice.visitor()
    page = open_with_code(sluice, COORDINATOR, visitor)
    action = page.path.rsplit("/", 1)[1]
    visitor.submit(page, action, outcome="not_reached", attempts="Två gånger på måndagen.")
    sluice.run()
    assert "Idégivaren gick inte att nå." in opened(sluice, panel[0]).body
    assert "inte kunnat nå" in sluice.letters(f"{panel[0]}@example.com")[-1].text


def test_an_idea_that_was_joined_shows_where_the_other_one_is(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    first = re.search(r"\[(2026-K\d+)\]", sluice.letters(GIVER)[0].subject)
    assert first is not None
    own = sluice.visitor()
    send_idea(own, email="elsa@example.com", name="Elsa Vik")
    sluice.run()
    why = {"reason": WHY, "needed": "Inget mer behövs.", "contact": "Kim, 010-123 45 00"}
    unknown = screen(sluice, outcome="duplicate", same_as="2026-XXXX", **why)
    assert unknown.status == 422
    assert "Det finns ingen idé med det nummer" in unknown.body
    joined = screen(sluice, outcome="duplicate", same_as=first[1].lower(), **why)
    assert joined.status == 200
    page = sluice.visitor().get(sluice.link("elsa@example.com"))
    assert f"Arbetet fortsätter i idén {first[1]}" in page.body
    assert "Vi läser din idé" in page.body
    assert "Idén avslutades" in page.body


def test_an_idea_that_others_joined_lives_on_for_them_when_its_giver_takes_it_back(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    first = re.search(r"\[(2026-K\d+)\]", sluice.letters(GIVER)[0].subject)
    assert first is not None
    send_idea(sluice.visitor(), email="elsa@example.com", name="Elsa Vik")
    sluice.run()
    why = {"reason": WHY, "needed": "Inget mer behövs.", "contact": "Kim, 010-123 45 00"}
    assert screen(sluice, outcome="duplicate", same_as=first[1], **why).status == 200
    giver = sluice.visitor()
    giver.submit(giver.get(sluice.link(GIVER)), "/atertag", word=first[1])
    sluice.run()
    own = giver.get(sluice.link(GIVER))
    assert "Du har tagit tillbaka idén" in own.body
    assert not own.has_form("/atertag")
    assert "Du har tagit tillbaka idén" in sluice.letters(GIVER)[-1].text
    other = sluice.visitor().get(sluice.link("elsa@example.com"))
    assert "Vi läser din idé" in other.body
    assert "tagit tillbaka" not in other.body
    assert "tagit tillbaka" not in sluice.letters("elsa@example.com")[-1].text


def test_a_promise_that_is_broken_is_told_on_the_status_page(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    sluice.clock.advance(timedelta(days=40))
    assert "Vi är försenade" in sluice.visitor().get(sluice.link(GIVER)).body
