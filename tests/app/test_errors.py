"""Whatever breaks, and whatever its error says: the page shows a reference and nothing else, and the log has the same reference,
the error's type and its place."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest

import app as deployed
from chalicelib import wiring
from chalicelib.handlers import http, workers
from chalicelib.services.deps import Deps
from chalicelib.services.form_time import stamp_form
from tests.app.acts import COORDINATOR, GATES, GIVER, WHY
from tests.app.conftest import Sluice
from tests.app.visitor import Page
from tests.traces import Mint

REFERENCE = "11111111-2222-3333-4444-555555555555"
TOKEN = Mint().token()
WORDS = f"Åsa Lind, asa.lind@example.com, 070-123 45 67, /svara/{TOKEN}, Bänkar längs ån"
TELLING = ("Åsa", "asa.lind", "070-123", TOKEN, "Bänkar", "Oredig", "Traceback", ".py")


class Oredig(Exception):
    """An error whose words tell too much."""


def breaks(*_: object, **__: object) -> Any:
    raise Oredig(WORDS)


class Broken:
    """A port of which one part breaks and the others work."""

    def __init__(self, port: Any, part: str) -> None:
        self._port = port
        self._part = part

    def __getattr__(self, name: str) -> Any:
        return breaks if name == self._part else getattr(self._port, name)


PORTS = {
    "store": ("get", "snapshot", "events", "transact", "people"),
    "clock": ("now",),
    "secrets": ("site_url", "keyed_hash"),
    "archive": ("of",),
    "form": ("labelled", "fields"),
    "calendar": ("local_date",),
}
PARTS = [(port, part) for port, parts in PORTS.items() for part in parts]
MINTS = ("new_token", "new_reference")


def broken(deps: Deps, port: str, part: str) -> Deps:
    return replace(deps, **{port: Broken(getattr(deps, port), part)})


KEY = "abcdefghij0123456789AB"
FIELDS = dict.fromkeys(GATES, "yes") | {
    "outcome": "forward",
    "motivation": WHY,
    "jav": WHY,
    "handover_to": "alva",
    "handover_note": WHY,
    "question": WHY,
    "reminders": "weekly",
    "word": "2026-K001",
    "code": "12345678",
}


@pytest.fixture
def asked(sluice: Sluice, send_idea: Callable[..., Page]) -> Sluice:
    send_idea()
    sluice.run()
    sluice.visitor().post(sluice.link(COORDINATOR) + "/kod", {})
    sluice.run()
    return sluice


def answers(sluice: Sluice, idea: dict[str, str], deps: Deps, **headers: str) -> list[Page]:
    """What every address answers with these dependencies, with a good link."""
    links = {at: sluice.link(at).rsplit("/", 1)[1] for at in (COORDINATOR, GIVER)}
    wiring.use(deps)
    found = []
    # The code first: what follows may use the link up.
    for route in sorted(deployed.app.routes, key=lambda route: not route.endswith("/oppna")):
        by_method = deployed.app.routes[route]
        token = links[COORDINATOR if route.startswith("/svara") else GIVER]
        path = re.sub(r"\{name\}|\{proxy\+\}", "A" * 22, route).replace("{token}", token)
        fields = FIELDS if "{token}" in route else filled_in(sluice, idea)
        for method in by_method.keys() & {"GET", "HEAD", "POST"}:
            visitor = sluice.visitor(**headers)
            if method == "POST":
                found.append(visitor.post(path, fields))
            else:
                found.append(visitor.request(method, path))
    wiring.use(sluice.deps)
    return found


def filled_in(sluice: Sluice, idea: dict[str, str]) -> dict[str, str]:
    """A form that was open for a minute."""
    stamp = stamp_form(sluice.deps, KEY, sluice.clock.now() - timedelta(minutes=1))
    return {**idea, "key": KEY, "stamp": stamp}


def is_only_a_reference(page: Page) -> bool:
    return not page.body or (
        REFERENCE in page.body and not any(word in page.body for word in TELLING)
    )


def lines_are_without_words(caplog: pytest.LogCaptureFixture) -> bool:
    return not any(word in caplog.text for word in TELLING[:5])


@pytest.mark.parametrize(("port", "part"), PARTS, ids=[".".join(part) for part in PARTS])
def test_whatever_part_breaks_the_page_shows_a_reference_and_the_log_has_no_words(
    asked: Sluice, idea: dict[str, str], caplog: pytest.LogCaptureFixture, port: str, part: str
) -> None:
    deps = broken(asked.deps, port, part)
    with caplog.at_level(logging.DEBUG):
        pages = answers(asked, idea, deps)
    failed = [page for page in pages if page.status == 500]
    assert failed
    assert all(map(is_only_a_reference, failed))
    assert lines_are_without_words(caplog)
    faults = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert len(faults) == len(failed)
    told = re.compile(rf"fault {REFERENCE}: Oredig at test_errors\.py:\d+")
    assert all(map(told.fullmatch, faults))
    assert not any(record.exc_info for record in caplog.records)


@pytest.mark.parametrize("mint", MINTS)
def test_when_chance_itself_breaks_it_is_told_the_same_way(
    asked: Sluice, idea: dict[str, str], caplog: pytest.LogCaptureFixture, mint: str
) -> None:
    pages = answers(asked, idea, replace(asked.deps, **{mint: breaks}))
    failed = [page for page in pages if page.status == 500]
    assert failed
    assert all(map(is_only_a_reference, failed))
    assert lines_are_without_words(caplog)


@pytest.mark.parametrize(
    ("lang", "words"),
    [("sv", "Något gick fel"), ("en", "Something went wrong"), ("fi", "Meillä meni jokin vikaan")],
)
def test_the_page_of_an_error_speaks_the_visitors_language(
    asked: Sluice, idea: dict[str, str], lang: str, words: str
) -> None:
    deps = broken(asked.deps, "store", "get")
    pages = answers(asked, idea, deps, **{"accept-language": lang})
    failed = [page for page in pages if page.status == 500 and page.body]
    assert failed
    assert all(words in page.body for page in failed)


@pytest.mark.parametrize(
    ("method", "route"),
    [("GET", "/"), ("DELETE", "/ide"), ("GET", "/{proxy+}")],
)
def test_when_no_page_can_be_made_the_answer_is_a_line_of_text_with_the_reference_and_the_headers(
    sluice: Sluice, caplog: pytest.LogCaptureFixture, method: str, route: str
) -> None:
    told = {"httpMethod": method, "resourcePath": route, "path": "/api/", "requestId": REFERENCE}
    event = {
        # An address that is none breaks whatever page would lead back from it.
        "path": 5,
        "httpMethod": method,
        "resource": route,
        "pathParameters": None,
        "multiValueQueryStringParameters": None,
        "headers": {},
        "multiValueHeaders": {},
        "requestContext": told,
        "stageVariables": None,
        "body": None,
        "isBase64Encoded": False,
    }
    answer = deployed.app(event, None)
    assert answer["statusCode"] == 500
    assert answer["body"] == f"{http.BROKEN} ({REFERENCE})\n"
    assert answer["headers"]["Content-Type"] == "text/plain; charset=utf-8"
    assert answer["headers"].items() >= http.HEADERS.items()
    assert caplog.text.count(f"fault {REFERENCE}: ") >= 1
    assert not any(record.exc_info for record in caplog.records)


def record(body: str) -> dict[str, object]:
    made = {"body": body, "receiptHandle": "handle", "messageId": "id", "attributes": {}}
    return {"Records": [made]}


SWEEP = {
    "version": "0",
    "id": "1",
    "account": "1",
    "region": "eu-north-1",
    "time": "2026-03-02T08:00:00Z",
    "detail": {},
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "resources": [],
}
TAGGED = '{"eventType": "Delivery", "mail": {"tags": {"mail": ["one"]}}}'
WORK = {
    "evaluate": record('{"v": 1, "kind": "EvaluateCase", "id": "one"}'),
    "mail": record('{"v": 1, "kind": "SendMail", "id": "one"}'),
    "feedback": record(TAGGED),
    "sweep": SWEEP,
}


@pytest.mark.parametrize(("name", "event"), WORK.items(), ids=WORK.keys())
def test_a_worker_that_breaks_fails_by_its_reference_alone(
    sluice: Sluice, caplog: pytest.LogCaptureFixture, name: str, event: dict[str, object]
) -> None:
    store = Broken(Broken(Broken(sluice.store, "get"), "snapshot"), "due")
    wiring.use(replace(sluice.deps, store=store))
    with pytest.raises(workers.Failed) as failed, caplog.at_level(logging.DEBUG):
        getattr(workers, name)(event, SimpleNamespace(aws_request_id=REFERENCE))
    assert str(failed.value) == REFERENCE
    assert failed.value.__cause__ is None
    assert failed.value.__suppress_context__
    (line,) = [r.getMessage() for r in caplog.records if r.levelno == logging.ERROR]
    assert line.startswith(f"fault {REFERENCE}: Oredig at test_errors.py:")
    assert lines_are_without_words(caplog)


@pytest.mark.parametrize("name", ["evaluate", "mail", "feedback"])
def test_a_message_that_cannot_be_read_fails_without_being_shown(
    sluice: Sluice, caplog: pytest.LogCaptureFixture, name: str
) -> None:
    with pytest.raises(workers.Failed):
        getattr(workers, name)(record(WORDS), SimpleNamespace(aws_request_id=REFERENCE))
    assert lines_are_without_words(caplog)
