"""The status page asks its idea-giver whether everybody may read about an idea that was carried out, and takes no for an answer."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib.domain.process import Process
from chalicelib.domain.rows import ShownIdeaRow
from tests.app.conftest import Sluice, add_people, open_sluice, somebody
from tests.app.visitor import Page
from tests.small_process import ON, SMALL, SO, VIEW

GIVER = "roger.myrhed@example.com"


@pytest.fixture
def process() -> Process:
    return SMALL


@pytest.fixture
def sluice(process: Process) -> Sluice:
    opened = open_sluice(process)
    people = [("hanna", "host"), ("jorma", "judge")]
    people += [(name, "juror") for name in ("ada", "olle", "cid")]
    add_people(opened.store, tuple(somebody(name, role) for name, role in people))
    return opened


@pytest.fixture
def status(sluice: Sluice, send_idea: Callable[..., Page]) -> Page:
    """The page of an idea that was carried out."""
    send_idea()
    sluice.run()
    for name, answer in (("hanna", ON), ("ada", VIEW), ("olle", VIEW)):
        sluice.visitor().post(sluice.link(f"{name}@example.com"), answer)
        sluice.run()
    judge = sluice.visitor()
    asked = judge.submit(judge.get(sluice.link("jorma@example.com")), "/kod")
    sluice.run()
    opened = judge.submit(asked, "/oppna", code=sluice.code("jorma@example.com"))
    judge.post(opened.path, SO)
    sluice.run()
    return sluice.visitor().get(sluice.link(GIVER))


def shown(sluice: Sluice) -> list[str | None]:
    return [row.name for row in sluice.store.rows(ShownIdeaRow) if not row.hidden]


def test_it_is_asked_and_nothing_is_shown_before_they_say_so(sluice: Sluice, status: Page) -> None:
    assert "Får vi berätta om din idé?" in status.body
    assert status.choices("/visa", "show") == ["with-name", "without-name", "nothing"]
    assert shown(sluice) == []


def test_they_say_yes_see_what_is_shown_and_take_it_back(sluice: Sluice, status: Page) -> None:
    visitor = sluice.visitor()
    named = visitor.submit(status, "/visa", show="with-name", name=" roger MYRHED ")
    assert "med namnet Roger Myrhed" in named.body
    assert shown(sluice) == ["Roger Myrhed"]
    unnamed = visitor.submit(named, "/visa", show="without-name")
    assert "utan ditt namn" in unnamed.body
    assert shown(sluice) == [None]
    hidden = visitor.submit(unnamed, "/visa", show="nothing")
    assert "Vi vill gärna att fler ser vad den ledde till." in hidden.body
    assert shown(sluice) == []


@pytest.mark.parametrize("typed", [{}, {"show": ""}, {"show": "yes"}])
def test_a_press_that_chooses_nothing_consents_to_nothing(
    sluice: Sluice, status: Page, typed: dict[str, str]
) -> None:
    page = sluice.visitor().post(status.path + "/visa", typed)
    assert page.status == 422
    assert page.title.startswith("Fel:")
    assert shown(sluice) == []


@pytest.mark.parametrize("name", ["", "Roger", "Annika Storbacke"])
def test_the_name_is_neither_shown_nor_told_to_who_does_not_know_it(
    sluice: Sluice, status: Page, name: str
) -> None:
    page = sluice.visitor().submit(status, "/visa", show="with-name", name=name)
    assert page.status == 422
    assert page.form("/visa").fields["name"] == name
    assert "Myrhed" not in page.body
    assert shown(sluice) == []


def test_the_address_alone_shows_nothing(sluice: Sluice, status: Page) -> None:
    assert sluice.visitor().get(status.path + "/visa").path == status.path
    assert shown(sluice) == []


def test_an_idea_on_its_way_is_not_asked_about(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    sluice.run()
    page = sluice.visitor().get(sluice.link(GIVER))
    assert not page.has_form("/visa")
    assert sluice.visitor().post(page.path + "/visa", {"show": "with-name"}).status == 200
    assert shown(sluice) == []
