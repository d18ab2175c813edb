"""Events as API Gateway can send them to the app, and as it never should: the strategies of the fuzz tests.

Schemathesis would need a description of each address and its fields, written by hand and soon out of date. The app's own table of
routes is that description, and a raw event reaches what an HTTP client cannot send.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote_from_bytes

from chalice.app import Chalice
from hypothesis import strategies as st

from chalicelib.handlers.http import FORM_TYPE, MOST_FIELDS
from tests.app.naughty import CORPUS

REQUEST_ID = "11111111-2222-3333-4444-555555555555"
VERBS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
MARKER = "<fuzz\"'>&"
"""Stands in what is sent; as it is here it must stand in no page."""

Event = dict[str, Any]


def addresses(app: Chalice) -> list[tuple[str, str]]:
    """Every route that the app has, with every verb that it takes there."""
    return sorted((route, verb) for route, by_verb in app.routes.items() for verb in by_verb)


@dataclass(frozen=True)
class Known:
    """What a stranger cannot guess and somebody who was mailed has: links, cookies, and the names of the fields behind them."""

    tokens: tuple[str, ...]
    sessions: tuple[str, ...]
    names: tuple[str, ...]
    values: tuple[str, ...] = field(default=())


words = st.one_of(
    st.sampled_from(CORPUS),
    st.text(max_size=30),
    st.just(MARKER),
    st.lists(st.sampled_from((MARKER, "\r\n", "a", "%0a", "ö", " "))).map("".join),
)


def paths(known: Known) -> st.SearchStrategy[str]:
    """The part of an address that a parameter stands for, as API Gateway decodes it."""
    guessed = st.sampled_from(("A" * 43, "A" * 22, "..", ".", "", "style.css", "a" * 5000))
    return st.one_of(st.sampled_from(known.tokens), guessed, words)


def queries() -> st.SearchStrategy[dict[str, list[str]] | None]:
    names = st.one_of(st.sampled_from(("lang", "number", "code", "word")), words)
    values = st.lists(
        st.one_of(st.sampled_from(("sv", "en", "fi", "")), words), min_size=1, max_size=3
    )
    return st.one_of(st.none(), st.dictionaries(names, values, max_size=4))


def headers(known: Known) -> st.SearchStrategy[dict[str, str]]:
    """Header values hold no line break: API Gateway refuses them."""
    text = words.map(lambda word: " ".join(word.split("\n")).replace("\r", " "))
    sessions = st.sampled_from(known.sessions).map(lambda session: f"session={session}")
    cookies = st.one_of(
        sessions,
        st.sampled_from(("lang=fi", "lang", "=", ";;;", "form=" + "A" * 22, "lang=sv; lang=en")),
        st.builds("{}={}; {}".format, st.sampled_from(("session", "form", "lang")), text, text),
        text,
    )
    return st.fixed_dictionaries(
        {},
        optional={
            "Cookie": cookies,
            "Accept": st.one_of(st.sampled_from(("text/html", "*/*", "image/png", "")), text),
            "Accept-Language": st.one_of(
                st.sampled_from(("en;q=nan", "fi;q=inf", "sv;q=", "en;q=1e400", ",;,;q", "*")), text
            ),
            "Sec-Fetch-Site": st.one_of(
                st.sampled_from(("same-origin", "none", "cross-site")), text
            ),
            "Sec-Fetch-Mode": text,
            "Origin": st.one_of(st.sampled_from(("null", "https://ideer.example.se")), text),
            "Host": text,
            "Referer": text,
            "User-Agent": text,
            "X-Forwarded-For": text,
            "X-HTTP-Method-Override": st.sampled_from(VERBS),
        },
    )


def form_bodies(known: Known) -> st.SearchStrategy[bytes]:
    """Urlencoded fields: most of the pages' own names, any words, some of them twice, some of them not quite encoded."""
    names = st.one_of(st.sampled_from(known.names), st.sampled_from(known.names), words)
    values = st.one_of(words, st.sampled_from((*known.values, "yes", "forward", "1", "x")))
    pairs = st.tuples(names, values).map(lambda pair: b"=".join(map(_encoded, pair)))
    return st.lists(pairs, max_size=12).map(b"&".join)


def _encoded(text: str) -> bytes:
    return quote_from_bytes(text.encode("utf-8", "surrogatepass")).encode()


odd_bodies = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        (
            b"",
            b"&&&==&;",
            b"%",
            b"title=%ED%A0%80",
            b"title=%C0%80&need=%FF",
            b"title=\xff\xfe",
            b"word=%00&code=%u0041",
            b"title=a&title=b",
            b'{"title": ["a", {"b": null}]}',
            b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\na\r\n--x--\r\n',
            b"<?xml version='1.0'?><!DOCTYPE a [<!ENTITY b SYSTEM 'file:///etc/passwd'>]><a>&b;</a>",
            b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS)),
            b"&".join(b"f%d=1" % n for n in range(MOST_FIELDS + 1)),
        )
    ),
)
TYPES = (FORM_TYPE, FORM_TYPE + ";charset=UTF-8", FORM_TYPE + "; charset=utf-16")
TYPES += ("application/json", "multipart/form-data; boundary=x", "text/plain", "text/xml", "", "/")


@st.composite
def events(draw: st.DrawFn, route: str, verb: str, known: Known) -> Event:
    """One request to a route."""
    parameters = {
        part.strip("{}").rstrip("+"): draw(paths(known))
        for part in route.split("/")
        if part.startswith("{")
    }
    path = route.replace("+}", "}").format_map(parameters)
    sent = draw(headers(known))
    body = None
    if draw(
        st.booleans() if verb in ("GET", "HEAD") else st.sampled_from((True, True, True, False))
    ):
        body = draw(st.one_of(form_bodies(known), form_bodies(known), odd_bodies))
        kind = st.one_of(st.just(FORM_TYPE), st.just(FORM_TYPE), st.sampled_from(TYPES), words)
        sent["Content-Type"] = draw(kind).replace("\r", " ").replace("\n", " ")
    made = event(route, verb, path, parameters, draw(queries()), sent, body, draw(st.booleans()))
    if body is not None and not draw(st.integers(0, 6)):
        made["isBase64Encoded"] = not made["isBase64Encoded"]
    return made


def event(
    route: str,
    verb: str,
    path: str,
    parameters: Mapping[str, str] | None = None,
    query: dict[str, list[str]] | None = None,
    headers: Mapping[str, str] | None = None,
    body: bytes | None = None,
    encoded: bool = True,
) -> Event:
    """A Lambda proxy event (docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html). A body that is
    no text is always encoded, as the gateway does with what it takes for binary."""
    written: str | None = None
    if body is not None:
        try:
            written = None if encoded else body.decode()
        except UnicodeDecodeError:
            encoded = True
        if written is None:
            written = base64.b64encode(body).decode()
    sent = dict(headers or {})
    return {
        "httpMethod": verb,
        "path": path,
        "resource": route,
        "pathParameters": dict(parameters) if parameters else None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()}
        if query
        else None,
        "multiValueQueryStringParameters": query or None,
        "headers": sent or None,
        "multiValueHeaders": {name: [value] for name, value in sent.items()} or None,
        "requestContext": {
            "httpMethod": verb,
            "resourcePath": route,
            "path": "/api" + path,
            "requestId": REQUEST_ID,
            "identity": {"sourceIp": "127.0.0.1"},
        },
        "stageVariables": None,
        "body": written,
        "isBase64Encoded": encoded and body is not None,
    }
