"""The page for whoever has lost the link to their idea, and the ways that lead to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.app.acts import GIVER
from tests.app.conftest import Sluice
from tests.app.visitor import Page


@pytest.fixture
def ref(sluice: Sluice, send_idea: Callable[..., Page]) -> str:
    send_idea()
    sluice.run()
    return sluice.letters(GIVER)[0].subject.split("]")[0].lstrip("[")


def asked(sluice: Sluice, ref: str, email: str) -> Page:
    visitor = sluice.visitor()
    return visitor.submit(visitor.get("/ny-lank"), "ny-lank", ref=ref, email=email)


def test_the_same_page_whatever_is_right_and_a_mail_only_when_it_is(
    sluice: Sluice, ref: str
) -> None:
    right = asked(sluice, ref.lower(), GIVER.upper())
    wrong = [asked(sluice, ref, "bo.ek@example.com"), asked(sluice, "2026-AAAA", GIVER)]
    assert {(page.status, page.body) for page in (right, *wrong)} == {(200, right.body)}
    assert "Titta i din e-post" in right.body
    sluice.pass_time(timedelta(minutes=2))
    (letter,) = [m for m in sluice.letters(GIVER) if "En ny länk till din idé" in m.subject]
    assert letter.to == GIVER
    assert sluice.visitor().get(sluice.link(GIVER)).path.startswith("/status/")
    assert f"Din idé {ref}" in sluice.visitor().get(sluice.link(GIVER)).title


def test_what_must_be_mended_stands_in_the_form_again(sluice: Sluice, ref: str) -> None:
    page = asked(sluice, "", "asa.lind")
    assert page.status == 422
    assert page.title.startswith("Fel:")
    assert page.form("ny-lank").fields == {"ref": "", "email": "asa.lind"}


def test_what_is_no_number_is_told_what_a_number_looks_like(sluice: Sluice, ref: str) -> None:
    page = asked(sluice, "min idé", GIVER)
    assert page.status == 422
    assert "Skriv till exempel 2026-K7F3, eller bara K7F3." in page.body
    assert page.form("ny-lank").fields["ref"] == "min idé"


@pytest.mark.parametrize("path", [f"/status/{'A' * 43}", f"/svara/{'A' * 43}", "/"])
def test_who_has_a_link_that_leads_nowhere_is_shown_the_way(sluice: Sluice, path: str) -> None:
    page = sluice.visitor().get(path)
    assert any(link.endswith("ny-lank") for link in page.links)


def test_an_empty_press_sends_nothing(sluice: Sluice, ref: str) -> None:
    before = len(sluice.store.transactions)
    assert sluice.visitor().post("/ny-lank", {}).status == 422
    assert len(sluice.store.transactions) == before
