"""Proving one's mailbox: a code can be typed in while a try is left, and what somebody has begun to write is there again afterwards."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from chalicelib.domain.rows import AskRow, AskState, PersonRow
from chalicelib.domain.transaction import Change
from tests.app.acts import COORDINATOR, GATES, GIVER, WHY, open_with_code, screen, to_review
from tests.app.conftest import Sluice
from tests.app.visitor import Page, Visitor

LONG = 'Vi talade om "sand" & <grus>.\n\n' + "Å, ä, ö – 🙂." * 140
HALF = {"need": LONG, "target_group": "De som går", "outcome": "forward"}
PAST_A_SESSION = timedelta(hours=13)
PAST_A_LINK = timedelta(days=40)


@pytest.fixture
def waiting(sluice: Sluice, send_idea: Callable[..., Page]) -> Sluice:
    """A sluice in which the coordinator is asked to talk with the idea-giver, which takes a code."""
    send_idea()
    sluice.run()
    screen(sluice)
    return sluice


@pytest.fixture
def writer(waiting: Sluice) -> tuple[Visitor, Page]:
    """The coordinator before the open question, with a session that has just ended."""
    visitor = waiting.visitor()
    page = open_with_code(waiting, COORDINATOR, visitor)
    waiting.clock.advance(PAST_A_SESSION)
    return visitor, page


def answered(sluice: Sluice) -> int:
    return sum(ask.state is AskState.ANSWERED for ask in sluice.store.rows(AskRow))


def is_filled_in(page: Page, sluice: Sluice) -> bool:
    fields = page.form(page_of(sluice)).fields
    return {key: fields[key] for key in HALF} == HALF


def page_of(sluice: Sluice) -> str:
    return sluice.link(COORDINATOR).lstrip("/")


def test_an_answer_given_after_the_session_ended_is_in_the_form_again_after_the_code(
    waiting: Sluice, writer: tuple[Visitor, Page]
) -> None:
    visitor, form = writer
    before = answered(waiting)
    code = visitor.submit(form, page_of(waiting), **HALF)
    asked = visitor.submit(code, "/kod")
    waiting.run()
    wrong = visitor.submit(asked, "/oppna", code="00000000")
    again = visitor.submit(wrong, "/oppna", code=waiting.code(COORDINATOR))
    assert (code.status, wrong.status, again.status) == (200, 422, 200)
    assert "kommer tillbaka när du har visat vem du är" in code.body
    assert is_filled_in(again, waiting)
    assert answered(waiting) == before
    assert visitor.submit(again, page_of(waiting)).title.startswith("Tack")
    assert answered(waiting) == before + 1


def test_a_new_code_carries_the_answer_along_too(
    waiting: Sluice, writer: tuple[Visitor, Page]
) -> None:
    visitor, form = writer
    page = visitor.submit(form, page_of(waiting), **HALF)
    for _ in range(4):
        page = visitor.submit(page, "/kod") if page.has_form("/kod") else page
    waiting.run()
    assert is_filled_in(visitor.submit(page, "/oppna", code=waiting.code(COORDINATOR)), waiting)


def test_without_anything_typed_a_right_code_leads_to_the_page_by_its_own_address(
    waiting: Sluice,
) -> None:
    assert open_with_code(waiting, COORDINATOR).path == waiting.link(COORDINATOR)


@pytest.mark.parametrize("words", [LONG, LONG * 20], ids=["long", "too long"])
def test_what_was_typed_before_the_idea_is_unmasked_is_in_the_form_afterwards(
    sluice: Sluice, send_idea: Callable[..., Page], words: str
) -> None:
    send_idea()
    sluice.run()
    visitor = sluice.visitor()
    screening = visitor.get(sluice.link(COORDINATOR))
    code = visitor.submit(screening, "/kod", motivation=words, **dict.fromkeys(GATES, "yes"))
    sluice.run()
    unmasked = visitor.submit(code, "/oppna", code=sluice.code(COORDINATOR))
    fields = unmasked.form(page_of(sluice)).fields
    assert "Roger Myrhed" in unmasked.body
    assert fields["motivation"] == words
    assert {fields[gate] for gate in GATES} == {"yes"}
    assert answered(sluice) == 0


def test_an_answer_by_a_link_that_has_become_too_old_stays_on_the_page_and_is_not_stored(
    waiting: Sluice, writer: tuple[Visitor, Page]
) -> None:
    visitor, form = writer
    before = answered(waiting)
    waiting.clock.advance(PAST_A_LINK)
    expired = visitor.submit(form, page_of(waiting), **HALF)
    renewed = visitor.submit(expired, "/ny-lank")
    assert (expired.status, renewed.status) == (410, 200)
    for page in (expired, renewed):
        assert "🙂" in page.body
        assert "De som går" in page.body
        assert "Det här är inte sparat" in page.body
    assert answered(waiting) == before


def test_an_answer_to_a_question_that_has_ended_meanwhile_stays_on_the_page(
    waiting: Sluice,
) -> None:
    visitor = waiting.visitor()
    form = open_with_code(waiting, COORDINATOR, visitor)
    giver = waiting.visitor()
    ref = waiting.letters(GIVER)[0].subject.split("]")[0].lstrip("[")
    giver.submit(giver.get(waiting.link(GIVER)), "/atertag", word=ref)
    late = visitor.submit(form, page_of(waiting), **HALF)
    assert late.status == 410
    assert "De som går" in late.body
    assert "Det här är inte sparat" in late.body


def test_an_answer_to_a_question_that_is_somebody_elses_by_now_stays_on_the_page(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    address = f"{to_review(sluice)[0]}@example.com"
    visitor = sluice.visitor()
    form = visitor.get(sluice.link(address))
    visitor.submit(form, "/jav", jav="Den som lämnat idén är min bror, så jag är jävig.")
    late = visitor.submit(form, sluice.link(address).lstrip("/"), motivation=WHY)
    assert late.status == 410
    assert WHY in late.body
    assert "Det här är inte sparat" in late.body


def test_a_page_that_ends_before_anything_was_typed_says_nothing_of_unsaved_words(
    waiting: Sluice,
) -> None:
    waiting.clock.advance(PAST_A_LINK)
    page = waiting.visitor().get(waiting.link(COORDINATOR))
    assert page.status == 410
    assert "inte sparat" not in page.body


def test_another_language_shows_the_question_with_what_was_typed_so_far(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    visitor = sluice.visitor()
    form = visitor.get(sluice.link(COORDINATOR))
    page = visitor.submit(form, "/andra?lang=en", motivation=LONG, remit="no")
    fields = page.form(page_of(sluice)).fields
    assert (page.status, page.headers["content-language"]) == (200, "en")
    assert (fields["motivation"], fields["remit"]) == (LONG, "no")
    assert answered(sluice) == 0


def test_a_code_can_be_typed_in_when_the_link_is_opened_again(waiting: Sluice) -> None:
    visitor = waiting.visitor()
    visitor.submit(visitor.get(waiting.link(COORDINATOR)), "/kod")
    waiting.run()
    again = waiting.visitor().get(waiting.link(COORDINATOR))
    opened = visitor.submit(again, "/oppna", code=waiting.code(COORDINATOR))
    assert opened.has_form(page_of(waiting))


def test_after_the_last_code_of_an_hour_it_can_still_be_typed_in_and_the_wait_is_told(
    waiting: Sluice,
) -> None:
    visitor = waiting.visitor()
    waiting.clock.advance(timedelta(minutes=7))
    page = visitor.get(waiting.link(COORDINATOR))
    for _ in range(3):
        page = visitor.submit(page, "/kod")
    limited = visitor.submit(page, "/kod")
    waiting.run()
    hour = waiting.clock.now().astimezone(ZoneInfo("Europe/Stockholm")) + timedelta(hours=1)
    assert f"efter klockan {hour:%H}.00" in " ".join(limited.body.split())
    assert not limited.has_form("/kod")
    opened = visitor.submit(limited, "/oppna", code=waiting.code(COORDINATOR))
    assert opened.has_form(page_of(waiting))


def test_each_wrong_code_tells_how_many_tries_are_left_and_then_how_long_to_wait(
    waiting: Sluice,
) -> None:
    visitor = waiting.visitor()
    form = visitor.submit(visitor.get(waiting.link(COORDINATOR)), "/kod")
    pages = [visitor.submit(form, "/oppna", code="00000000") for _ in range(6)]
    told = [re.findall(r"försöka (\d) gång|(för många försök)", page.body)[0] for page in pages]
    assert [left for left, _ in told] == ["4", "3", "2", "1", "", ""]
    assert [spent for _, spent in told] == [""] * 4 + ["för många försök"] * 2
    assert ["efter klockan" in page.body for page in pages] == [False] * 4 + [True] * 2


def test_with_no_try_left_no_code_is_sent_until_the_hour_is_over_and_what_was_typed_stays(
    waiting: Sluice, writer: tuple[Visitor, Page]
) -> None:
    visitor, form = writer
    page = visitor.submit(visitor.submit(form, page_of(waiting), **HALF), "/kod")
    for _ in range(5):
        page = visitor.submit(page, "/oppna", code="00000000")
    waiting.run()
    sent = len(waiting.mailer.sent)
    refused = visitor.submit(page, "/kod")
    waiting.run()
    assert len(waiting.mailer.sent) == sent
    assert "för många försök" in refused.body
    assert not refused.has_form("/oppna")
    waiting.clock.advance(timedelta(hours=1))
    again = visitor.submit(refused, "/kod")
    waiting.run()
    opened = visitor.submit(again, "/oppna", code=waiting.code(COORDINATOR))
    assert is_filled_in(opened, waiting)


@pytest.mark.parametrize(("length", "status"), [(200_000, 422), (200_001, 413)])
def test_what_is_longer_than_any_answer_is_not_carried_or_the_page_would_be_too_large_for_lambda(
    waiting: Sluice, length: int, status: int
) -> None:
    typed = {"code": "00000000", "answer-need": "a" * (length - len("need"))}
    answered = waiting.visitor().post(f"{waiting.link(COORDINATOR)}/oppna", typed)
    assert answered.status == status
    assert (typed["answer-need"] in answered.body) is (status == 422)


def in_finnish(sluice: Sluice, path: str, method: str = "GET") -> Page:
    page = sluice.visitor(**{"accept-language": "sv"}).get(path, method)
    assert page.headers["content-language"] == "fi", page.title
    return page


def test_every_page_behind_a_link_speaks_the_language_of_the_one_who_was_asked(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    kim = sluice.store.get(PersonRow, "kim")
    assert kim is not None
    sluice.store.transact([Change(replace(kim, lang="fi"), ())])
    send_idea()
    sluice.run()
    first = sluice.link(COORDINATOR)
    in_finnish(sluice, first)
    forward = dict.fromkeys(GATES, "yes") | {"motivation": WHY, "outcome": "forward"}
    assert sluice.visitor().post(first, forward).status == 200
    sluice.run()
    second = sluice.link(COORDINATOR)
    assert in_finnish(sluice, first).status == 200
    in_finnish(sluice, second)
    swede = sluice.visitor(**{"accept-language": "sv"})
    other = dict.fromkeys(GATES, "yes") | {"motivation": WHY[::-1], "outcome": "forward"}
    refused = swede.post(first, other)
    assert (refused.status, refused.headers["content-language"]) == (409, "fi")
    sluice.clock.advance(PAST_A_LINK)
    expired = in_finnish(sluice, second)
    assert expired.status == 410
    assert swede.submit(expired, "/ny-lank").headers["content-language"] == "fi"
    giver = sluice.visitor()
    ref = sluice.letters(GIVER)[0].subject.split("]")[0].lstrip("[")
    giver.submit(giver.get(sluice.link(GIVER)), "/atertag", word=ref)
    assert in_finnish(sluice, second).status == 410
    assert swede.get(f"{second}?lang=en").headers["content-language"] == "en"
    assert swede.get(first).headers["content-language"] == "en"
