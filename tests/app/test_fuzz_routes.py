"""Every address, whatever is sent to it: a page with our headers, no error of ours, and nothing of what was sent as markup.

The addresses come from the app itself, so that a new one is tried without anybody's thinking of it. `FUZZ_EXAMPLES` asks for more
than the few requests to each that every run has.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import app as deployed
from chalicelib import wiring
from chalicelib.handlers.http import FORM_TYPE, HEADERS, LARGEST_BODY
from tests.app.acts import DECIDER, GIVER, open_with_code, opened, to_decision, to_review
from tests.app.conftest import CODE, LINK, Sluice, open_sluice
from tests.app.html_tree import read
from tests.app.naughty_journey import A_WHILE
from tests.app.raw_events import MARKER, VERBS, Event, Known, addresses, event, events
from tests.fakes import FakeStore
from tests.page_samples import page_samples

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "30"))
SETTINGS = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
ADDRESSES = addresses(deployed.app)
POSTS = [address for address in ADDRESSES if address[1] == "POST"]
OTHERS = [address for address in ADDRESSES if address[1] != "POST"]
REFUSALS = (400, 403, 404, 405, 409, 410, 413, 415, 422)
OF_FORMS = (200, 303, 404, 409, 410, 422)
KINDS = ("text/html; charset=utf-8", "text/plain", "text/css; charset=utf-8", "image/svg+xml")
COOKIE = re.compile(
    r"(lang=(sv|en|fi)|session=[A-Za-z0-9_-]{43}|form=[A-Za-z0-9_-]{22})"
    r"; (Max-Age=\d+; )?Path=/; HttpOnly; SameSite=Lax; Secure"
)
IDEA = {
    "route": "service",
    "title": "Grushinkar vid busshållplatserna",
    "need": "När det blir blixthalka hinner vi inte runt före sju.",
    "idea": "Vet inte än",
    "benefit": "Alla som åker buss, mest äldre.",
    "name": "Roger Myrhed",
    "email": GIVER,
}


@dataclass
class Target:
    """The app with two ideas in it: one waits for its decision, the other is before its panel and has asked its giver something.
    `known` is what those who were mailed can send."""

    sluice: Sluice
    known: Known
    saved: FakeStore

    def answer(self, sent: Event) -> dict[str, Any]:
        """What the app answers, as Lambda hands it on; whatever was stored by the request before is gone."""
        self.sluice.store.take_over(self.saved)
        self.sluice.store.transactions.clear()
        self.sluice.queue.bodies.clear()
        wiring.use(self.sluice.deps)
        answered: dict[str, Any] = deployed.app(json.loads(json.dumps(sent)), None)
        json.dumps(answered, ensure_ascii=False).encode()
        return answered


@cache
def target() -> Target:
    sluice = open_sluice(wiring.configuration().process)
    _send(sluice, "A")
    to_decision(sluice)
    decider = sluice.visitor()
    pages = [open_with_code(sluice, DECIDER, decider)]
    _send(sluice, "B")
    panel = [opened(sluice, name) for name in to_review(sluice)]
    asks = [page for page in panel if page.has_form("/fraga")]
    sluice.visitor().submit(asks[0], "/fraga", question="Hur många hållplatser är det?")
    sluice.run()
    pages += [*asks, sluice.visitor().get(sluice.link(GIVER)), sluice.visitor().get("/ide")]
    letters = [letter.text for letter in sluice.mailer.letters]
    links = {path.rsplit("/", 1)[1] for text in letters for path in LINK.findall(text)}
    forms = [form for page in pages for form in page.forms]
    known = Known(
        tokens=tuple(sorted(links)),
        sessions=(decider.cookies["session"],),
        names=tuple(sorted({name for form in forms for name in (*form.names, *form.fields)})),
        values=tuple(
            sorted(
                {code for text in letters for code in CODE.findall(text)}
                | {value for form in forms for name in form.choices for value in form.choices[name]}
                | {"2026-K001", "2026-K002", "A" * 22}
            )
        ),
    )
    saved = FakeStore()
    saved.take_over(sluice.store)
    return Target(sluice, known, saved)


def _send(sluice: Sluice, letter: str) -> None:
    """Sent from an address that is always the same, so that every run meets the same panels."""
    visitor = sluice.visitor()
    visitor.cookies["form"] = letter * 22
    form = visitor.get(f"/ide/{letter * 22}")
    sluice.clock.advance(A_WHILE)
    visitor.submit(visitor.submit(form, "ide/granska", **IDEA), "ide/skicka")


@cache
def our_elements() -> frozenset[str]:
    """The elements that our pages are made of."""
    rendering, config = wiring.rendering(), wiring.configuration()
    samples = page_samples(config, "sv")
    pages = (rendering.page(s.name, "sv", s.root, s.here, **s.context) for s in samples)
    return frozenset(element.tag for page in pages for element in read(page).elements)


@pytest.mark.parametrize(("route", "verb"), POSTS)
@SETTINGS
@given(data=st.data())
def test_whatever_is_posted_to_an_address_gets_a_proper_answer(
    route: str, verb: str, data: st.DataObject
) -> None:
    sent = data.draw(events(route, verb, target().known))
    judge(sent, target().answer(sent))


@pytest.mark.parametrize(("route", "verb"), OTHERS)
@settings(SETTINGS, max_examples=EXAMPLES // 3)
@given(data=st.data())
def test_whatever_is_asked_of_an_address_gets_a_proper_answer(
    route: str, verb: str, data: st.DataObject
) -> None:
    sent = data.draw(events(route, verb, target().known))
    judge(sent, target().answer(sent))


@pytest.mark.parametrize("route", [route for route, _ in POSTS])
@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        pytest.param(b"need=" + b"%3C" * (LARGEST_BODY // 3 - 5), OF_FORMS, id="all escapes"),
        pytest.param(b"jav=" + b"a" * (LARGEST_BODY - 4), OF_FORMS, id="the largest"),
        pytest.param(b"need=" + b"a" * (LARGEST_BODY - 4), (413, 404), id="a byte more"),
        pytest.param(b"&" * LARGEST_BODY, (400, 404), id="separators alone"),
        pytest.param(b"a=1&" * 1000, (400, 404), id="a thousand fields"),
    ],
)
def test_the_largest_bodies_get_a_proper_answer(
    route: str, body: bytes, statuses: tuple[int, ...]
) -> None:
    parameters = _guessed(route)
    for token in target().known.tokens[-3:] if parameters else ("",):
        given_token = dict.fromkeys(parameters, token)
        path = route.format_map(given_token) if "+" not in route else "/x"
        kind = {"content-type": FORM_TYPE}
        answered = target().answer(event(route, "POST", path, given_token, None, kind, body))
        judge(event(route, "POST", path), answered)
        assert answered["statusCode"] in statuses


@pytest.mark.parametrize("route", sorted(deployed.app.routes))
@pytest.mark.parametrize("verb", [*VERBS, "TRACE", "CONNECT", "BREW"])
def test_a_verb_that_an_address_does_not_take_gets_a_page(route: str, verb: str) -> None:
    sent = event(route, verb, route.replace("{", "").replace("}", ""), _guessed(route))
    answered = target().answer(sent)
    judge(sent, answered)
    if verb not in deployed.app.routes[route]:
        assert answered["statusCode"] == 405


def _guessed(route: str) -> dict[str, str]:
    return {
        part.strip("{}").rstrip("+"): "A" * 43 for part in route.split("/") if part.startswith("{")
    }


def judge(sent: Event, answered: dict[str, Any]) -> None:
    status, body = answered["statusCode"], answered["body"]
    assert status in (200, 303, *REFUSALS), status
    given_headers = {name.lower(): value for name, value in answered["headers"].items()}
    for name, value in HEADERS.items():
        assert name == "Cache-Control" or given_headers[name.lower()] == value
    assert given_headers["cache-control"] in (
        "no-store",
        "private, max-age=0",
        "public, max-age=3600",
    )
    cookies = [
        *answered.get("multiValueHeaders", {}).get("Set-Cookie", []),
        *filter(None, [given_headers.get("set-cookie")]),
    ]
    assert all(COOKIE.fullmatch(cookie) for cookie in cookies), cookies
    kind = given_headers["content-type"]
    if status == 303:
        whereto = urlsplit(given_headers["location"])
        assert given_headers["location"].isascii()
        assert not re.search(r"[\x00-\x20\x7f\\]", given_headers["location"])
        assert (whereto.scheme, whereto.netloc, body) == ("", "", "")
        assert whereto.path.startswith(".")
    assert kind in KINDS if status < 400 else kind == KINDS[0]
    if sent["httpMethod"] in ("GET", "HEAD"):
        assert target().sluice.store.transactions == []
        assert target().sluice.queue.bodies == []
    if sent["httpMethod"] == "HEAD":
        assert body == ""
    elif kind.startswith("text/html"):
        assert MARKER not in body
        assert {element.tag for element in read(body).elements} <= our_elements()
