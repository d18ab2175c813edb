"""Whoever has no idea to send is led to the right place, and takes along what they have typed; never in an address."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from chalicelib import wiring
from chalicelib.domain.rows import CaseRow, MaskedRow
from chalicelib.domain.way_in import Place
from tests.app.conftest import Sluice
from tests.app.visitor import Page

WAY_IN = wiring.configuration().site.way_in
TYPED = "Gatlampan vid bron lyser inte & <b>ingen</b> lagar den."


def press(sluice: Sluice, page: Page, to: str) -> Page:
    """Press one of the answers, as a browser sends its name and value along with the form."""
    form = page.form("ide/ratt-vag")
    return sluice.visitor().post("/ide/ratt-vag", form.fields | {"way-to": to})


@pytest.fixture
def begun(sluice: Sluice, idea: dict[str, str]) -> Page:
    """The first question, asked of somebody who has begun to write."""
    visitor = sluice.visitor()
    return visitor.submit(visitor.get("/ide"), "ide/ratt-vag", **(idea | {"need": TYPED}))


def test_the_questions_lead_to_every_place_by_links_alone(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    seen: set[str] = set()
    waiting = ["/ratt-vag"]
    while waiting:
        path = waiting.pop()
        page = visitor.get(path)
        assert page.status == 200
        if path in seen:
            continue
        seen.add(path)
        if path == "/ratt-vag" or WAY_IN.at(path.rsplit("/", 1)[1]) in WAY_IN.forks:
            waiting += [
                f"/ratt-vag/{link.rsplit('/', 1)[1]}" for link in page.links if "ratt-vag/" in link
            ]
    assert {f"/ratt-vag/{place.key}" for place in WAY_IN.places} <= seen


@pytest.mark.parametrize("place", WAY_IN.places, ids=lambda place: place.key)
def test_a_place_says_how_it_is_reached(sluice: Sluice, place: Place) -> None:
    page = sluice.visitor().get(f"/ratt-vag/{place.key}")
    for way in filter(None, (place.url, place.email, place.phone)):
        assert way in page.body
    assert ("Skriv inte om det i formuläret" in page.body) == place.apart


def test_a_place_that_does_not_exist_is_not_found(sluice: Sluice) -> None:
    assert sluice.visitor().get("/ratt-vag/ingenstans").status == 404
    assert sluice.visitor().get("/ratt-vag/idea").status == 404


def test_whoever_has_begun_to_write_takes_the_text_to_the_right_place(
    sluice: Sluice, begun: Page
) -> None:
    place = press(sluice, begun, "fault")
    assert place.status == 200
    assert place.title.startswith("Felanmälan")
    assert "Gatlampan vid bron lyser inte &amp; &lt;b&gt;ingen&lt;/b&gt; lagar den." in place.body
    assert sluice.store.rows(CaseRow) == ()


def test_every_question_on_the_way_carries_what_was_typed_with_the_same_key(
    sluice: Sluice, begun: Page, idea: dict[str, str]
) -> None:
    later = press(sluice, press(sluice, begun, "whose"), "system")
    carried = later.form("ide/ratt-vag").fields
    assert carried.items() >= (idea | {"need": TYPED}).items()
    assert carried["key"] == begun.form("ide/ratt-vag").fields["key"]
    assert carried["stamp"] == begun.form("ide/ratt-vag").fields["stamp"]


def test_an_idea_after_all_is_the_form_again_with_everything_in_it(
    sluice: Sluice, begun: Page, idea: dict[str, str]
) -> None:
    form = press(sluice, press(sluice, begun, "fault"), "idea")
    fields = form.form("ide/granska").fields
    assert fields.items() >= (idea | {"need": TYPED}).items()
    assert "errors" not in form.body


def test_an_answer_that_leads_nowhere_is_the_first_question_again(
    sluice: Sluice, begun: Page
) -> None:
    assert press(sluice, begun, "ingenstans").title == begun.title


def test_the_question_comes_again_in_another_language_with_what_was_typed(
    sluice: Sluice, begun: Page
) -> None:
    visitor = sluice.visitor()
    second = press(sluice, begun, "whose")
    fields = second.form("ide/ratt-vag").fields
    other = visitor.post("/ide/ratt-vag?lang=en", fields)
    assert other.title.startswith("Who should look at it?")
    assert other.form("ide/ratt-vag").fields["need"] == TYPED


def test_a_trapped_form_stays_trapped_on_the_way(sluice: Sluice, begun: Page) -> None:
    fields = begun.form("ide/ratt-vag").fields | {"your-website": "x", "way-to": "idea"}
    page = sluice.visitor().post("/ide/ratt-vag", fields | {"way-to": "fault"})
    assert page.form("ide/ratt-vag").fields["your-website"] == "x"


def test_the_address_alone_leads_back_to_the_form(sluice: Sluice) -> None:
    assert sluice.visitor().get("/ide/ratt-vag").has_form("ide/granska")


def reviewed(sluice: Sluice, idea: dict[str, str], **changed: str) -> Page:
    visitor = sluice.visitor()
    return visitor.submit(visitor.get("/ide"), "ide/granska", **(idea | changed))


def test_an_idea_that_speaks_of_another_place_is_asked_about_before_it_is_sent(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    page = reviewed(sluice, idea, need="Jag vill visselblåsa om min chef.")
    assert "Kanske en bättre väg: Kommunens visselblåsning" in page.body
    fields = page.form("ide/ratt-vag").fields
    there = sluice.visitor().post("/ide/ratt-vag", fields)
    assert there.title.startswith("Kommunens visselblåsning")
    assert "Jag vill visselblåsa om min chef." in there.body


def test_an_ordinary_idea_is_asked_nothing_more(sluice: Sluice, idea: dict[str, str]) -> None:
    page = reviewed(sluice, idea)
    assert not page.has_form("ide/ratt-vag")
    assert "Har du skrivit om någon?" not in page.body


def test_a_personal_identity_number_gives_a_warning_and_is_masked_for_reviewers(
    sluice: Sluice, idea: dict[str, str], send_idea: Callable[..., Page]
) -> None:
    page = reviewed(sluice, idea | {"idea": "Fråga 811218-9876 först."})
    assert "Det ser ut att stå ett personnummer (8112…). Ta bort det." in page.body
    assert 'formaction="../ide/andra#field-idea"' in page.body
    assert "Ändra under ”Vad är din idé?”" in page.body
    send_idea(idea="Fråga 811218-9876 först.")
    (masked,) = sluice.store.rows(MaskedRow)
    assert masked.fields["idea"] == "Fråga [personnummer] först."


def test_the_writers_own_name_and_other_peoples_are_told_apart(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    page = reviewed(sluice, idea, need="Roger Myrhed och Karin Berg skottar.")
    assert "namn på personer: Karin Berg." in page.body


def test_a_product_idea_is_told_of_patents_and_that_no_reward_is_promised(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    notice = "Vi lovar ingen ersättning."
    assert notice in sluice.visitor().get("/ide").body
    assert notice in reviewed(sluice, idea, route="product").body
    assert notice not in reviewed(sluice, idea, route="service").body


def test_the_start_page_and_the_form_lead_to_the_questions(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    start = visitor.get("/")
    assert "./ratt-vag" in start.links
    assert {f"./ratt-vag/{place.key}" for place in WAY_IN.places} <= set(start.links)
    assert visitor.get("/ide").has_form("ide/ratt-vag")
