"""The page of ideas that were carried out, the examples on the start page, and what browsers may keep."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib import wiring
from chalicelib.handlers.public import FOR_AN_HOUR, FOR_GOOD
from chalicelib.rendering import STATIC
from chalicelib.services.ports import StoreUnavailable
from tests.app.conftest import Sluice
from tests.builders import a_shown_idea
from tests.fakes import FakeStore

NONE = "Än så länge är det tomt."


class Closed(FakeStore):
    def shown_ideas(self, shelf: str, limit: int) -> Any:
        raise StoreUnavailable("ThrottlingException")


def test_the_page_is_honest_while_there_is_nothing_to_show(sluice: Sluice) -> None:
    assert NONE in sluice.visitor().get("/genomforda").body
    assert "Idéer som blev verklighet" not in sluice.visitor().get("/").body


def test_an_idea_stands_there_with_its_words_its_year_and_its_name(sluice: Sluice) -> None:
    sluice.store.keep(a_shown_idea(name="Åsa Lind", title="Bänkar <längs> ån"))
    page = sluice.visitor().get("/genomforda")
    assert NONE not in page.body
    for words in ("Bänkar &lt;längs&gt; ån", "Tio bänkar står på plats.", "<h2>2026</h2>"):
        assert words in page.body
    assert "Idén kom från Åsa Lind." in page.body


def test_without_consent_no_name_is_said(sluice: Sluice) -> None:
    sluice.store.keep(a_shown_idea())
    assert "Idén kom från" not in sluice.visitor().get("/genomforda").body


def test_what_is_hidden_is_on_no_page(sluice: Sluice) -> None:
    sluice.store.keep(a_shown_idea(hidden=True))
    assert NONE in sluice.visitor().get("/genomforda").body
    assert "Bänkar längs ån" not in sluice.visitor().get("/").body


def test_the_years_stand_newest_first(sluice: Sluice) -> None:
    for year in ("2024", "2026", "2025"):
        sluice.store.keep(a_shown_idea(since=f"{year}-05-01", case_id=year))
    body = sluice.visitor().get("/genomforda").body
    places = [body.index(f"<h2>{year}</h2>") for year in ("2026", "2025", "2024")]
    assert places == sorted(places)


def test_the_words_are_marked_with_their_own_language_for_those_who_read_another(
    sluice: Sluice,
) -> None:
    sluice.store.keep(a_shown_idea())
    assert '<h3 lang="sv">Bänkar längs ån</h3>' in sluice.visitor().get("/genomforda?lang=en").body
    assert "<h3>Bänkar längs ån</h3>" in sluice.visitor().get("/genomforda").body


def test_the_start_page_shows_at_most_three_and_leads_to_the_others(sluice: Sluice) -> None:
    for day in range(1, 6):
        sluice.store.keep(
            a_shown_idea(since=f"2026-03-0{day}", case_id=f"c-{day}", title=f"Idé nummer {day}")
        )
    page = sluice.visitor().get("/")
    assert [day for day in range(1, 6) if f"Idé nummer {day}" in page.body] == [3, 4, 5]
    assert "./genomforda" in page.links


def test_a_long_story_is_cut_on_the_start_page_only(sluice: Sluice) -> None:
    sluice.store.keep(a_shown_idea(story="Bänkarna står där. " * 40))
    assert "..." in sluice.visitor().get("/").body
    assert "..." not in sluice.visitor().get("/genomforda").body


def test_the_start_page_opens_also_when_the_record_does_not(sluice: Sluice) -> None:
    wiring.use(replace(sluice.deps, store=Closed()))
    page = sluice.visitor().get("/")
    assert page.status == 200
    assert "./ide" in page.links


@pytest.mark.parametrize("name", sorted(path.name for path in STATIC.iterdir()))
def test_a_file_may_be_kept_for_good_under_the_address_that_names_its_version(
    sluice: Sluice, name: str
) -> None:
    visitor = sluice.visitor()
    version = wiring.rendering().static_version(name)
    assert visitor.get(f"/static/{name}?v={version}").headers["cache-control"] == FOR_GOOD
    for other in ("", "?v=", "?v=0000000a"):
        assert visitor.get(f"/static/{name}{other}").headers["cache-control"] == FOR_AN_HOUR


def test_pages_name_the_version_of_each_file(sluice: Sluice) -> None:
    body = sluice.visitor().get("/ide").body
    for name in ("style.css", "icon.svg", "draft.js"):
        assert f"static/{name}?v={wiring.rendering().static_version(name)}" in body


def test_a_script_is_served_as_one(sluice: Sluice) -> None:
    answer = sluice.visitor().get("/static/draft.js")
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"


@pytest.mark.parametrize("path", ["/", "/ide", "/ratt-vag", "/genomforda"])
def test_a_first_page_is_small_and_asks_for_at_most_two_things_more(
    sluice: Sluice, path: str
) -> None:
    """Under 50 KB with all that it needs; the icon is 160 bytes, and browsers fetch it when the page is there."""
    page = sluice.visitor().get(path)
    needed = ["style.css", *(["draft.js"] if "draft.js" in page.body else [])]
    size = len(page.body.encode()) + sum((STATIC / name).stat().st_size for name in needed)
    assert size < 50_000
    assert page.body.count("<script") + page.body.count('rel="stylesheet"') == len(needed) <= 2


def test_the_stylesheet_keeps_to_its_size() -> None:
    assert (STATIC / "style.css").stat().st_size < 20_000
