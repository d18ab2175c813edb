"""Links on a deployed stage: scanners decide nothing, fifty opposite answers are one, and every answer has its headers."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import pytest

from chalicelib import wiring
from chalicelib.domain.rows import AskRow, AskState, CaseRow, ReferenceRow
from chalicelib.handlers.http import HEADERS
from chalicelib.services.answer_ask import Accepted, OtherAnswer, answer_ask
from chalicelib.services.deps import Deps
from chalicelib.settings import Settings
from infra import demo_answers, gateway, names
from infra.names import Stage
from tests.browser.bot import Bot
from tests.browser.conftest import Open
from tests.browser.town import Town, token_of

pytestmark = pytest.mark.loopback

BY_A_PRESS_ALONE = {
    "/svara/{token}/andra": "the page again, in another language",
    "/svara/{token}/kod": "a code to the registered address, three an hour",
}
TYPED = {
    *(
        "/svara/{token}" + way
        for way in ("", "/jav", "/fraga", "/paminnelser", "/oppna", "/ta-tillbaka")
    ),
    "/svara/{token}/lamna-over",
    "/status/{token}/atertag",
    "/status/{token}/besked",
}
LINK = re.compile(r"https?://\S+/(?:svara|status)/[A-Za-z0-9_-]{43}")


def stored(town: Town) -> Counter[str]:
    """Every row of every table, but for what is named in `BY_A_PRESS_ALONE`, the record of refusals, and what a morning brings by
    itself: lists with their links, and people's clocks."""
    dynamo = town.stage.client("dynamodb")
    found = Counter[str]()
    for table in ("cases", "mail", "tokens", "people", "guards"):
        pages = dynamo.get_paginator("scan").paginate(
            TableName=names.table_name(Stage.LOCAL, table), ConsistentRead=True
        )
        for item in (item for page in pages for item in page["Items"]):
            if (row := without_presses(table, item)) is not None:
                found[json.dumps([table, row], sort_keys=True)] += 1
    return found


def without_presses(table: str, item: dict[str, Any]) -> dict[str, Any] | None:
    key, kind = item["pk"]["S"], item.get("sk", {}).get("S", "")
    purpose = item.get("purpose", {}).get("S", "")
    if table == "mail" and purpose in ("code", "digest", "weekly"):
        return None
    if table == "tokens" and purpose == "ask" and item["state"]["S"] == "active":
        return None
    if table == "guards" and key.startswith(("codes#", "refused#")):
        return None
    if kind.startswith("EVENT#") and "AnswerRefused" in item["facts"]["S"]:
        return None
    moving = {"people": ("seq", "due_at", "try_at", "tries", "due_shard")}.get(table, ())
    if kind == "S#CASE":
        moving = ("seq", "head_hash")
    return {name: value for name, value in item.items() if name not in moving}


def links_of(town: Town, refs: list[str]) -> list[str]:
    """Every link of every mail about these cases."""
    texts = [mail.text for ref in refs for mail in town.mails(ref)]
    return list(dict.fromkeys(link for text in texts for link in LINK.findall(text)))


def test_a_bot_that_opens_every_link_and_presses_every_button_decides_nothing(
    town: Town, open_browser: Open
) -> None:
    decided, _, _ = town.to_decision()
    reviewed = town.send_idea(title="Bänkar längs hela ån")
    asked = town.screen(reviewed)
    town.review(reviewed, asked, 1)
    could_be_taken_back = asked[min(asked)]
    screened = town.send_idea(title="Cykelställ vid stationen")
    town.asked(screened)
    town.come_to_rest()
    before, mark = stored(town), town.mark()
    scripted, plain = Bot(open_browser()), Bot(open_browser(javascript=False))
    for link in links_of(town, [decided, reviewed, screened]):
        scripted.go(link)
    for link in [*links_of(town, [screened]), could_be_taken_back]:
        plain.go(link)
    assert scripted.preselected + plain.preselected == []
    assert scripted.pressed == TYPED | BY_A_PRESS_ALONE.keys()
    assert plain.pressed == scripted.pressed
    town.come_to_rest()
    assert stored(town) == before
    new = town.stage.mailbox.mails()[mark:]
    assert all(re.search(r"(?m)^\s*[0-9]{8}\s*$", mail.text) for mail in new)
    assert 0 < len(new) <= 3 * len({mail.to for mail in new})


@pytest.fixture
def deps(town: Town, monkeypatch: pytest.MonkeyPatch) -> Deps:
    """The services on the stage's own tables, with the adapters that the deployed functions have."""
    environment = town.stage.environment | {
        "STAGE": "local",
        "CLOCK_PARAMETER": names.CLOCK_PARAMETER,
    }
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return wiring.build(Settings.from_env(environment))


FORWARD = demo_answers.answer("screening", "forward")
CLOSE = demo_answers.answer("screening", "close")


def the_case(deps: Deps, ref: str) -> CaseRow:
    reference = deps.store.get(ReferenceRow, ref)
    assert reference is not None
    case = deps.store.get(CaseRow, reference.case_id)
    assert case is not None
    return case


def is_decided_once(town: Town, deps: Deps, ref: str) -> dict[str, str]:
    """AssertionError unless the screening has one answer, one event and one step that follows; gives that answer."""
    town.come_to_rest()
    case = the_case(deps, ref)
    facts = [fact for event in deps.store.events(case.case_id) for fact in event.facts]
    assert [fact.kind for fact in facts].count("AskAnswered") == 1
    entered = [fact.data["epoch"] for fact in facts if fact.kind == "StepEntered"]
    assert len(entered) == len(set(entered))
    snapshot = deps.store.snapshot(case.case_id)
    assert snapshot is not None
    (answered,) = [ask for ask in snapshot.asks if ask.state is AskState.ANSWERED]
    assert isinstance(answered, AskRow)
    assert case.epoch == answered.epoch + 1
    return dict(answered.answer or {})


def test_of_fifty_opposite_answers_at_once_one_counts_and_the_others_are_told_so(
    town: Town, deps: Deps
) -> None:
    ref = town.send_idea()
    ((_, link),) = town.asked(ref).items()
    town.come_to_rest()
    given = [FORWARD if number % 2 else CLOSE for number in range(50)]
    with ThreadPoolExecutor(50) as pool:
        results = list(pool.map(lambda words: answer_ask(deps, token_of(link), None, words), given))
    first = [result for result in results if isinstance(result, Accepted) and not result.again]
    assert len(first) == 1
    recorded = is_decided_once(town, deps, ref)
    for words, result in zip(given, results, strict=True):
        assert isinstance(result, Accepted | OtherAnswer)
        assert dict(result.ask.answer or {}) == recorded
        same = words["outcome"] == recorded["outcome"]
        assert isinstance(result, Accepted) is same


def test_an_operator_revokes_the_links_to_an_idea_givers_page(town: Town, deps: Deps) -> None:
    ref = town.send_idea()
    screening = town.asked(ref)
    stolen = town.status_link(ref)
    town.come_to_rest()
    assert asked(stolen, None, {})[0] == 200
    said = town.stage.infra("case", "revoke-links", f" {ref.lower()} ", "--stage", "local")
    assert f"No link to the idea-giver's page of {ref} works any more" in said
    assert asked(stolen, None, {})[0] == 404
    town.next(ref, FORWARD, screening)
    town.wait_for("a fresh link", lambda: town.status_link(ref) != stolen)
    assert asked(town.status_link(ref), None, {})[0] == 200
    shown = town.stage.infra("case", "show", ref, "--stage", "local")
    assert "operator" in shown
    assert "StatusLinksRevoked" in shown
    assert "the chain is whole" in shown


def post(url: str, words: dict[str, str]) -> int:
    return asked(url, urlencode(words).encode(), FORM)[0]


def asked(url: str, body: bytes | None, given: dict[str, str]) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer, redirects not followed."""
    request = urllib.request.Request(url, body, given)  # noqa: S310 - the stage's own address.
    opener = urllib.request.build_opener(_Stay)
    try:
        with opener.open(request, timeout=90) as answer:
            return answer.status, {name.lower(): value for name, value in answer.headers.items()}
    except urllib.error.HTTPError as error:
        error.close()
        return error.code, {name.lower(): value for name, value in error.headers.items()}


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def test_of_eight_opposite_answers_through_the_gateway_one_counts(town: Town, deps: Deps) -> None:
    ref = town.send_idea()
    ((_, link),) = town.asked(ref).items()
    town.come_to_rest()
    given = [FORWARD if number % 2 else CLOSE for number in range(8)]
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda words: post(link, words), given))
    recorded = is_decided_once(town, deps, ref)
    for words, status in zip(given, statuses, strict=True):
        assert status == (200 if words["outcome"] == recorded["outcome"] else 409)


FORM = {"Content-Type": "application/x-www-form-urlencoded"}
JSON = {"Content-Type": "application/json"}
REQUESTS: dict[str, tuple[int, str, bytes | None, dict[str, str]]] = {
    "a page": (200, "/", None, {}),
    "a redirect": (303, "/ide", None, {}),
    "a style sheet": (200, "/static/style.css", None, {}),
    "nowhere": (404, "/ingen/stans", None, {}),
    "a guessed link": (404, f"/svara/{'A' * 43}", None, {}),
    "what is missing": (422, "/ide/granska", b"key=x", FORM),
    "another media type": (415, "/ide/granska", b"{}", JSON),
    "too large": (413, "/ide/granska", b"a=" + b"b" * 600_000, FORM),
    "another site": (403, "/ide/granska", b"a=b", FORM | {"Sec-Fetch-Site": "cross-site"}),
}


@pytest.mark.parametrize(
    ("status", "path", "body", "given"), REQUESTS.values(), ids=REQUESTS.keys()
)
def test_every_answer_through_the_gateway_has_its_headers(
    town: Town, status: int, path: str, body: bytes | None, given: dict[str, str]
) -> None:
    found, headers = asked(town.stage.urls.site + path, body, given)
    assert found == status
    wanted = {name.lower(): value for name, value in HEADERS.items()}
    cached = {"no-store", "private, max-age=0", "public, max-age=3600"}
    assert headers.pop("cache-control") in cached
    wanted.pop("cache-control")
    assert headers.items() >= wanted.items()


def test_the_gateways_own_answers_have_their_headers_too(town: Town) -> None:
    """As stored at the gateway: the emulator answers a verb without a route in its own way."""
    client = town.stage.client("apigateway")
    for kind in gateway.GATEWAY_RESPONSES:
        stored_ = client.get_gateway_response(restApiId=town.stage._api_id(), responseType=kind)
        wanted = {f"gatewayresponse.header.{n}": f"'{v}'" for n, v in gateway.headers(kind).items()}
        assert stored_["responseParameters"] == wanted
