"""A closed site says when it opens, keeps what was just typed on its writer's page, and stores nothing."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

import pytest

from chalicelib.domain.rows import CaseRow
from chalicelib.handlers.http import HEADERS, LARGEST_BODY
from tests.app.acts import GIVER, close, open_again
from tests.app.conftest import Sluice
from tests.app.visitor import Page

CLOSED = HTTPStatus.SERVICE_UNAVAILABLE


@pytest.mark.parametrize(
    "path", ["/", "/ide", "/sa-gar-det-till", "/personuppgifter", "/tillganglighet", "/nowhere"]
)
def test_every_page_of_a_closed_site_says_when_to_come_back(sluice: Sluice, path: str) -> None:
    close(sluice, hours=2)
    page = sluice.visitor().get(path)
    assert (page.status, page.headers["retry-after"]) == (CLOSED, "7201")
    assert "Vi har stängt en stund" in page.body
    assert {name.lower() for name in HEADERS} <= page.headers.keys()
    assert "Tappat bort länken" not in page.body


@pytest.mark.parametrize("path", ["/health", "/static/style.css"])
def test_what_the_page_itself_needs_is_open_always(sluice: Sluice, path: str) -> None:
    close(sluice, hours=2)
    assert sluice.visitor().get(path).status == HTTPStatus.OK


def test_on_another_day_the_day_is_told_too(sluice: Sluice) -> None:
    close(sluice, hours=2)
    soon = sluice.visitor().get("/").body
    close(sluice, hours=26)
    later = sluice.visitor().get("/").body
    assert "räknar med att öppna klockan" in soon
    assert "räknar med att öppna klockan" not in later
    assert "räknar med att öppna" in later


def test_a_site_that_should_have_opened_says_no_time_that_has_passed(sluice: Sluice) -> None:
    close(sluice, hours=0)
    page = sluice.visitor().get("/")
    assert page.status == CLOSED
    assert page.headers["retry-after"] == "600"
    assert "räknar med att öppna" not in page.body


def test_what_was_typed_when_the_site_closed_is_sent_when_it_is_open_again(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    browser = sluice.visitor()
    review = browser.submit(browser.get("/ide"), "ide/granska", **idea)
    close(sluice, hours=1)
    closed = browser.submit(review, "ide/skicka")
    assert closed.status == CLOSED
    assert idea["need"] in closed.body.partition("</form>")[2]
    assert sluice.store.rows(CaseRow) == ()
    open_again(sluice)
    fields = closed.forms[0].fields
    receipt = browser.post("/ide/skicka", fields)
    assert receipt.status in (HTTPStatus.OK, HTTPStatus.SEE_OTHER)
    sluice.run()
    assert len(sluice.letters(GIVER)) == 1


def test_a_link_in_a_mail_is_not_used_up_by_a_closed_site(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    path = sluice.link(GIVER)
    close(sluice, hours=1)
    assert sluice.visitor().get(path).status == CLOSED
    open_again(sluice)
    assert sluice.visitor().get(path).status == HTTPStatus.OK


def test_a_post_from_another_site_is_refused_before_anything_is_said_of_being_closed(
    sluice: Sluice,
) -> None:
    close(sluice, hours=1)
    stranger = sluice.visitor(**{"sec-fetch-site": "cross-site"})
    page = stranger.post("/ide/skicka", {"title": "Ett test av en annan"})
    assert page.status == HTTPStatus.FORBIDDEN
    assert "Ett test av en annan" not in page.body


def test_what_cannot_be_kept_for_its_writer_is_not_said_to_be(sluice: Sluice) -> None:
    close(sluice, hours=1)
    page = sluice.visitor().post("/ide/skicka", {"idea": "x" * LARGEST_BODY})
    assert page.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
