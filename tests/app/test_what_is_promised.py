"""What people are told before they begin (WR73) and when the idea has come in (WR77): each part by itself."""

from __future__ import annotations

import html
import re
from collections.abc import Callable

import pytest

from chalicelib import wiring
from chalicelib.dates import format_datetime
from chalicelib.domain.process import LANGS, Lang
from chalicelib.domain.promise import public_steps
from chalicelib.domain.rows import CaseRow
from tests.app.conftest import Sluice
from tests.app.visitor import Page

CONFIG = wiring.configuration()


@pytest.mark.parametrize("lang", LANGS)
def test_before_the_start_it_is_said_what_is_asked_how_long_it_takes_and_what_happens(
    sluice: Sluice, lang: Lang
) -> None:
    body = sluice.visitor().get(f"/?lang={lang}").body
    for field in CONFIG.form.fields():
        if field.required:
            assert field.name.in_(lang) in body
    for step in public_steps(CONFIG.process, lang):
        assert step.name in body
    minutes = {"sv": "fem minuter", "en": "five minutes", "fi": "viisi minuuttia"}[lang]
    readers = {"sv": "Vem läser?", "en": "Who reads it?", "fi": "Kuka lukee?"}[lang]
    assert minutes in body
    assert readers in body


@pytest.mark.parametrize("lang", LANGS)
def test_what_belongs_elsewhere_is_told_by_what_it_is_and_not_by_an_office_alone(
    sluice: Sluice, lang: Lang
) -> None:
    body = sluice.visitor().get(f"/?lang={lang}").body
    for place in CONFIG.site.way_in.places:
        assert place.what is not None
        assert f'ratt-vag/{place.key}">{place.what.in_(lang)}</a>' in body
        assert place.name.in_(lang) in html.unescape(body)


def test_examples_show_how_an_idea_can_begin(sluice: Sluice) -> None:
    body = sluice.visitor().get("/").body
    assert body.count("<li>”") == 3
    assert "påhittade exempel" in body


@pytest.mark.parametrize("lang", LANGS)
def test_the_receipt_has_its_six_parts(
    sluice: Sluice, send_idea: Callable[..., Page], lang: Lang
) -> None:
    """When it came in, in Swedish time; its number; who has received it; whom to ask; what comes next; how to follow it."""
    visitor = sluice.visitor()
    visitor.get(f"/?lang={lang}")
    page = send_idea(visitor)
    (case,) = sluice.store.rows(CaseRow)
    for part in (
        "2026-K001",
        CONFIG.site.receiver.in_(lang),
        CONFIG.site.contact_phone,
        CONFIG.site.mailbox,
        public_steps(CONFIG.process, lang)[0].name,
        "/status/",
        format_datetime(case.received_at, lang, sluice.deps.calendar.time_zone),
    ):
        assert part in re.sub("</?(?:span|time)[^>]*>", "", page.body)
