"""Every answer carries every header: each address by each verb, and each way in which a request can be wrong."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest

import app as deployed
from chalicelib import wiring
from chalicelib.handlers.http import FOR_GOING_BACK, HEADERS, LARGEST_BODY
from chalicelib.handlers.public import FOR_AN_HOUR
from tests.app.acts import COORDINATOR, GIVER
from tests.app.conftest import Sluice
from tests.app.visitor import Page
from tests.fakes import FakeStore

VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
FORM = "application/x-www-form-urlencoded"
CACHING = {HEADERS["Cache-Control"], FOR_GOING_BACK, FOR_AN_HOUR}
ROUTES = sorted(deployed.app.routes)


class Unreadable(FakeStore):
    def get(self, kind: Any, *key: Any) -> Any:
        raise RuntimeError("the table cannot be read")


def in_every_way(sluice: Sluice, path: str) -> Iterator[Page]:
    """The answers to all the ways in which an address can be asked for."""
    for verb in VERBS:
        yield sluice.visitor().request(verb, path, b"a=b" if verb in VERBS[2:5] else b"")
    ours = sluice.visitor()
    yield ours.request("POST", path, b"")
    yield ours.request("POST", path, b"{}", "application/json")
    yield ours.request("POST", path, b"a=%E5", FORM)
    yield ours.request("POST", path, b"a=" + b"b" * LARGEST_BODY, FORM)
    elsewhere = sluice.visitor(**{"sec-fetch-site": "cross-site"})
    yield elsewhere.request("POST", path, b"a=b")
    wiring.use(replace(sluice.deps, store=Unreadable()))
    yield sluice.visitor().request("GET", path)
    yield sluice.visitor().request("POST", path, b"a=b")
    wiring.use(sluice.deps)


def paths(sluice: Sluice, route: str) -> list[str]:
    """Addresses of a route: with a link that is known, and one that is not."""
    if "{token}" not in route:
        return [re.sub(r"\{name\}", "style.css", route).replace("{proxy+}", "ingen/stans")]
    known = sluice.link(COORDINATOR if route.startswith("/svara") else GIVER).rsplit("/", 1)[1]
    return [route.replace("{token}", token) for token in (known, "A" * 43)]


def wrong_headers(page: Page) -> dict[str, str | None]:
    given = {name: page.headers.get(name.lower()) for name in HEADERS}
    return {
        name: value
        for name, value in given.items()
        if value != HEADERS[name] and not (name == "Cache-Control" and value in CACHING)
    }


@pytest.fixture
def asked(sluice: Sluice, send_idea: Callable[..., Page]) -> Sluice:
    send_idea()
    sluice.run()
    return sluice


@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_of_an_address_carries_every_header(asked: Sluice, route: str) -> None:
    for path in paths(asked, route):
        for page in in_every_way(asked, path):
            assert wrong_headers(page) == {}, (page.status, page.title)


def test_these_are_answers_of_every_kind(asked: Sluice) -> None:
    statuses = {
        page.status
        for route in ROUTES
        for path in paths(asked, route)
        for page in in_every_way(asked, path)
    }
    assert statuses == {200, 303, 400, 403, 404, 405, 413, 415, 422, 500}


def test_only_what_is_the_same_for_everybody_may_be_kept_by_others(asked: Sluice) -> None:
    shared = {
        path
        for route in ROUTES
        for path in paths(asked, route)
        for page in in_every_way(asked, path)
        if page.headers["cache-control"].startswith("public")
    }
    assert shared == {"/static/style.css"}


def test_the_policy_lets_nothing_in_from_elsewhere_and_runs_our_own_scripts_alone() -> None:
    directives = dict(part.split(" ", 1) for part in HEADERS["Content-Security-Policy"].split("; "))
    assert directives["default-src"] == "'none'"
    assert set(directives.values()) == {"'none'", "'self'"}
    assert directives.keys() >= {"base-uri", "form-action", "frame-ancestors"}
    assert directives["script-src"] == "'self'"
    assert not directives.keys() & {"object-src", "frame-src", "connect-src"}


def test_browsers_are_told_to_come_by_https_for_a_year() -> None:
    assert HEADERS["Strict-Transport-Security"] == "max-age=31536000"
