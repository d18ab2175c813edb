"""What API Gateway says by itself has our headers and our three languages, and its log holds no private link."""

from __future__ import annotations

import json
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest

import app as deployed
from chalicelib.domain.process import Text
from chalicelib.handlers.http import HEADERS as PAGE_HEADERS
from infra import configuration, gateway, names
from infra.aws import Cloud
from infra.names import Stage

SITE = configuration.load().site
EACH_PAGE = pytest.mark.parametrize("kind", gateway.GATEWAY_RESPONSES)


class _Outline(HTMLParser):
    """Languages of the sections, and whether anything is loaded from elsewhere."""

    def __init__(self) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.loads: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "section":
            self.languages.append(given.get("lang") or "")
        if tag in ("script", "link", "img", "style", "iframe") or "style" in given:
            self.loads.append(tag)


class _StandIn:
    """A session whose account is known without asking anybody."""

    def client(self, service: str, **_: Any) -> Any:
        assert service == "sts"
        return self

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "123456789012"}


def settings(stage: Stage) -> dict[str, str]:
    cloud = Cloud(stage, "eu-north-1", None, _StandIn())
    return {patch["path"]: patch["value"] for patch in gateway.stage_settings(cloud)}


def test_the_gateways_own_pages_carry_every_header_of_our_pages() -> None:
    assert PAGE_HEADERS.keys() <= gateway.HEADERS.keys()


def test_the_gateways_own_pages_carry_the_same_values_but_allow_nothing_to_load() -> None:
    for name, value in PAGE_HEADERS.items():
        if name != "Content-Security-Policy":
            assert gateway.HEADERS[name] == value, name
    directives = gateway.HEADERS["Content-Security-Policy"].split("; ")
    assert directives == ["default-src", "base-uri", "form-action", "frame-ancestors"]


def test_no_header_holds_a_quote_since_the_gateway_wraps_each_in_quotes() -> None:
    assert not any("'" in value for value in gateway.HEADERS.values())


@pytest.mark.parametrize("kind", ["REQUEST_TOO_LARGE", "THROTTLED", "DEFAULT_4XX", "DEFAULT_5XX"])
def test_every_way_the_gateway_can_refuse_has_a_page(kind: str) -> None:
    assert kind in gateway.GATEWAY_RESPONSES


@EACH_PAGE
def test_a_gateway_page_speaks_swedish_first_then_english_and_finnish(kind: str) -> None:
    outline = _Outline()
    outline.feed(gateway.page(gateway.GATEWAY_RESPONSES[kind], SITE))
    assert outline.languages == ["sv", "en", "fi"]


@EACH_PAGE
def test_a_gateway_page_loads_nothing_and_fits_in_a_template(kind: str) -> None:
    html = gateway.page(gateway.GATEWAY_RESPONSES[kind], SITE)
    outline = _Outline()
    outline.feed(html)
    assert outline.loads == []
    assert len(html.encode()) < 8000
    assert "$" not in html


@EACH_PAGE
def test_a_gateway_page_says_in_each_language_whom_to_turn_to(kind: str) -> None:
    html = gateway.page(gateway.GATEWAY_RESPONSES[kind], SITE)
    assert html.count(f'href="mailto:{SITE.mailbox}"') == 3
    assert html.count('href="tel:010-1234500"') == 3
    for name in (SITE.contact_name.sv, SITE.contact_name.en, SITE.contact_name.fi):
        assert name in html


def test_the_municipalitys_words_are_no_markup_and_no_template_in_a_gateway_page() -> None:
    site = replace(SITE, name=Text("<b>$context</b>", "", ""))
    html = gateway.page(gateway.GATEWAY_RESPONSES["DEFAULT_5XX"], site)
    assert "&lt;b&gt;&#36;context&lt;/b&gt;" in html


def test_only_who_asks_too_often_is_told_when_to_come_back() -> None:
    told = {kind for kind in gateway.GATEWAY_RESPONSES if "Retry-After" in gateway.headers(kind)}
    assert told == {"THROTTLED", "QUOTA_EXCEEDED"}
    assert gateway.headers("THROTTLED") == gateway.HEADERS | {"Retry-After": "60"}


def test_the_access_log_tells_the_route_and_never_the_path_or_who_asked() -> None:
    fields = set(json.loads(gateway.ACCESS_LOG_FORMAT.replace("$context.status", "200")).values())
    assert "$context.resourcePath" in fields
    assert not any(
        name in gateway.ACCESS_LOG_FORMAT
        for name in ("context.path", "identity", "protocol", "requestOverride", "authorizer")
    )


def test_the_access_log_is_json_with_the_status_as_a_number() -> None:
    filled = gateway.ACCESS_LOG_FORMAT.replace("$context.status", "503")
    assert json.loads(filled)["status"] == 503


@pytest.mark.parametrize("stage", list(Stage))
def test_each_stage_limits_its_visitors_logs_to_its_own_group_and_keeps_no_requests(
    stage: Stage,
) -> None:
    found = settings(stage)
    log = f"arn:aws:logs:eu-north-1:123456789012:log-group:{names.access_log_group(stage)}"
    assert found["/accessLogSettings/destinationArn"] == log
    assert found["/*/*/logging/loglevel"] == "OFF"
    assert found["/*/*/logging/dataTrace"] == "false"


METHODS = sorted(
    (method, route) for route, methods in deployed.app.routes.items() for method in methods
)
"""Each method of the API, which API Gateway counts by itself."""


def limit(stage: Stage, method: str, route: str) -> gateway.Throttle:
    """The limit that API Gateway takes for a method: its own, else that of all."""
    found = settings(stage)
    own = f"/{route.replace('/', '~1')}/{method}/throttling"
    used = own if f"{own}/rateLimit" in found else "/*/*/throttling"
    return gateway.Throttle(int(found[f"{used}/rateLimit"]), int(found[f"{used}/burstLimit"]))


def whole_stage(stage: Stage) -> int:
    """How many requests a second a flood over every method gets through."""
    return sum(limit(stage, *method).rate for method in METHODS)


def test_every_method_with_a_limit_of_its_own_is_one_of_the_apis() -> None:
    named = set().union(*gateway.BUSY.values())
    assert named <= set(METHODS)
    assert sum(len(methods) for methods in gateway.BUSY.values()) == len(named)


@pytest.mark.parametrize("stage", list(Stage))
@pytest.mark.parametrize(("method", "route"), METHODS)
def test_each_method_is_limited_as_it_is_planned(stage: Stage, method: str, route: str) -> None:
    assert limit(stage, method, route) == gateway.THROTTLING[stage].of(method, route)


def test_over_all_its_methods_prod_lets_through_some_300_requests_a_second() -> None:
    assert 280 <= whole_stage(Stage.PROD) <= 320
    assert whole_stage(Stage.DEV) < whole_stage(Stage.PROD) / 2


def test_pages_that_few_press_are_limited_closer_than_those_that_a_crowd_opens() -> None:
    pressed = {limit(Stage.PROD, *method).rate for method in METHODS if method[0] == "POST"}
    opened = {limit(Stage.PROD, *method).rate for method in METHODS if method[0] == "GET"}
    assert max(pressed) == 5
    assert max(opened) == 40


VISITS_A_SECOND = 500 / 60
"""A tenth of 5,000 employees open the same mail within a minute."""
FILES_OF_A_VISIT = 4


@pytest.mark.parametrize("route", ["/", "/ide", "/ide/{name}"])
def test_prod_lets_a_tenth_of_5000_employees_open_the_same_mail_within_a_minute(
    route: str,
) -> None:
    assert limit(Stage.PROD, "GET", route).rate >= VISITS_A_SECOND
    assert limit(Stage.PROD, "GET", "/static/{name}").rate >= VISITS_A_SECOND * FILES_OF_A_VISIT


@pytest.mark.parametrize("route", ["/svara/{token}", "/status/{token}"])
def test_prod_lets_mail_scanners_open_links_as_fast_as_mail_is_sent(route: str) -> None:
    assert limit(Stage.PROD, "GET", route).rate >= 14


@pytest.mark.parametrize("stage", list(Stage))
def test_a_stage_takes_five_whole_ideas_in_the_same_second(stage: Stage) -> None:
    for method, route in METHODS:
        files = FILES_OF_A_VISIT if (method, route) == ("GET", "/static/{name}") else 1
        assert limit(stage, method, route).burst >= 5 * files
