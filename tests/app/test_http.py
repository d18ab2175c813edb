"""What every page promises at the border: headers, languages, forms, other people's sites."""

from __future__ import annotations

import logging
from dataclasses import replace

import pytest

import app as deployed
from chalicelib import wiring
from chalicelib.handlers.http import FORM_TYPE, HEADERS
from tests.app.conftest import Sluice
from tests.app.raw_events import event
from tests.traces import TRACES

PAGES = ("/", "/ide", "/sa-gar-det-till", "/personuppgifter", "/tillganglighet")
POSTS = ("/ide/granska", "/ide/andra", "/ide/skicka")


@pytest.mark.parametrize("path", [*PAGES, "/static/style.css", "/health", "/nowhere", "/a/b/c"])
def test_every_answer_carries_the_headers(sluice: Sluice, path: str) -> None:
    answer = sluice.visitor().get(path)
    for name in HEADERS:
        assert name.lower() in answer.headers


@pytest.mark.parametrize("path", PAGES)
def test_head_answers_like_get_without_a_body(sluice: Sluice, path: str) -> None:
    head, get = sluice.visitor().get(path, "HEAD"), sluice.visitor().get(path)
    assert (head.status, head.body) == (get.status, "")
    assert head.headers["content-type"] == get.headers["content-type"]


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS"])
def test_an_address_that_is_not_ours_gets_a_page_whatever_the_verb(
    sluice: Sluice, method: str
) -> None:
    answer = sluice.visitor().request(method, "/wp-login.php", b"a=b" if method == "POST" else b"")
    assert answer.status == 404
    assert "<html" in answer.body


@pytest.mark.parametrize("path", POSTS)
def test_opening_the_address_of_a_post_leads_back_to_the_form(sluice: Sluice, path: str) -> None:
    page = sluice.visitor().get(path)
    assert page.path.startswith("/ide/")
    assert page.form("ide/granska").fields["title"] == ""


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"sec-fetch-site": "same-origin"}, 422, id="our own page"),
        pytest.param({"sec-fetch-site": "none"}, 422, id="typed by the reader"),
        pytest.param({"sec-fetch-site": "cross-site"}, 403, id="another site"),
        pytest.param({"sec-fetch-site": "same-site"}, 403, id="a neighbour's host"),
        pytest.param({"origin": "https://ideer.example.se"}, 422, id="our origin, old browser"),
        pytest.param({"origin": "https://evil.example"}, 403, id="other origin, old browser"),
        pytest.param({"origin": "null"}, 403, id="hidden origin"),
        pytest.param(
            {"sec-fetch-site": "cross-site", "origin": "https://ideer.example.se"},
            403,
            id="fetch metadata counts before origin",
        ),
        pytest.param({}, 422, id="no browser"),
    ],
)
def test_only_our_own_pages_may_post(sluice: Sluice, headers: dict[str, str], status: int) -> None:
    assert sluice.visitor(**headers).post("/ide/granska", {"key": "x"}).status == status


def test_a_page_may_be_opened_from_another_site(sluice: Sluice) -> None:
    assert sluice.visitor(**{"sec-fetch-site": "cross-site"}).get("/ide").status == 200


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json",
        "multipart/form-data; boundary=x",
        "text/plain",
        "application/json, application/x-www-form-urlencoded",
        "application/x-www-form-urlencoded; charset=latin-1",
    ],
)
def test_only_one_media_type_is_read(sluice: Sluice, content_type: str) -> None:
    answer = sluice.visitor().request("POST", "/ide/granska", b"title=x", content_type)
    assert answer.status == 415
    assert "<html" in answer.body


def test_the_charset_may_be_said(sluice: Sluice) -> None:
    kind = "application/x-www-form-urlencoded; charset=UTF-8"
    assert sluice.visitor().request("POST", "/ide/granska", b"title=x", kind).status == 422


@pytest.mark.parametrize(
    ("body", "status"),
    [
        pytest.param(b"title=%C3%A5", 422, id="UTF-8"),
        pytest.param(b"title=%E5", 400, id="Latin-1 in escapes"),
        pytest.param(b"title=\xe5", 400, id="Latin-1 in bytes"),
        pytest.param(b"title=a&title=b", 400, id="a field twice"),
        pytest.param(b"&".join(b"f%d=1" % n for n in range(201)), 400, id="201 fields"),
        pytest.param(b"need=" + b"a" * (512 * 1024 - 5), 422, id="512 KB"),
        pytest.param(b"need=" + b"a" * (512 * 1024 - 4), 413, id="a byte more"),
    ],
)
def test_bodies_are_read_strictly(sluice: Sluice, body: bytes, status: int) -> None:
    assert sluice.visitor().request("POST", "/ide/granska", body).status == status


def test_a_body_that_is_not_in_the_encoding_that_it_claims_is_not_read(sluice: Sluice) -> None:
    sent = event("/ide/skicka", "POST", "/ide/skicka", None, None, {"content-type": FORM_TYPE})
    answer = deployed.app(sent | {"body": "title=x", "isBase64Encoded": True}, None)
    assert answer["statusCode"] == 400
    assert "<html" in answer["body"]


@pytest.mark.parametrize(
    ("path", "root"),
    [("/", "./"), ("/personuppgifter", "./"), ("/ide", "../"), ("/a/b/c", "../../")],
)
def test_links_are_relative_so_that_any_stage_prefix_works(
    sluice: Sluice, path: str, root: str
) -> None:
    page = sluice.visitor().get(path)
    assert f'href="{root}static/style.css?v=' in page.body
    assert 'href="/' not in page.body
    assert 'action="/' not in page.body


def test_line_breaks_in_an_address_stay_out_of_the_header_of_a_redirect(sluice: Sluice) -> None:
    wanted = "a\r\nSet-Cookie: ö\\"
    sent = event("/svara/{token}/kod", "GET", f"/svara/{wanted}/kod", {"token": wanted})
    answer = deployed.app(sent, None)
    assert answer["statusCode"] == 303
    assert answer["headers"]["Location"] == "../../svara/a%0D%0ASet-Cookie%3A%20%C3%B6%5C"


def test_a_bare_stage_address_names_the_stage_in_its_links(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    event_path = visitor.request("GET", "/", gateway_path="/api")
    assert 'href="./api/ide"' in event_path.body


@pytest.mark.parametrize(
    ("accepted", "lang"),
    [
        ("", "sv"),
        ("de", "sv"),
        ("en-GB,en;q=0.9", "en"),
        ("fi;q=0.4, en;q=0.8", "en"),
        ("fi, sv;q=0.5", "fi"),
        ("en;q=broken, fi;q=0.2", "fi"),
        ("en;q=0", "sv"),
    ],
)
def test_the_browser_language_is_followed(sluice: Sluice, accepted: str, lang: str) -> None:
    page = sluice.visitor(**{"accept-language": accepted}).get("/")
    assert page.headers["content-language"] == lang
    assert f'<html lang="{lang}"' in page.body


def test_a_chosen_language_is_remembered_over_the_browsers(sluice: Sluice) -> None:
    visitor = sluice.visitor(**{"accept-language": "sv"})
    visitor.get("/?lang=fi")
    assert visitor.get("/ide").headers["content-language"] == "fi"


def test_a_language_chosen_by_the_forms_address_is_remembered_too(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    assert visitor.get("/ide?lang=fi").headers["content-language"] == "fi"
    assert visitor.get("/").headers["content-language"] == "fi"


def test_two_cookies_at_once_are_both_kept(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    visitor.get(f"/ide/{'A' * 22}?lang=fi")
    assert set(visitor.cookies) == {"lang", "form"}


def test_a_visitors_cookies_are_looked_for_in_what_the_tests_leave_behind(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    visitor.get("/ide?lang=fi")
    assert visitor.cookies["form"] in TRACES.secrets
    assert visitor.cookies["lang"] not in TRACES.secrets
    assert sluice.deps.new_code() in TRACES.secrets


def test_an_unknown_language_is_no_choice(sluice: Sluice) -> None:
    visitor = sluice.visitor()
    assert visitor.get("/?lang=xx").headers["content-language"] == "sv"
    assert visitor.cookies == {}


def test_a_fault_shows_a_reference_and_logs_no_words(
    sluice: Sluice, idea: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Exception):
        pass

    def break_down(year: int) -> str:
        raise Broken(idea["name"])

    wiring.use(replace(sluice.deps, new_reference=break_down))
    visitor = sluice.visitor()
    review = visitor.submit(visitor.get("/ide"), "ide/granska", **idea)
    with caplog.at_level(logging.DEBUG):
        answer = visitor.submit(review, "ide/skicka")
    assert answer.status == 500
    assert "11111111-2222" in answer.body
    assert "11111111-2222" in caplog.text
    assert "Broken" in caplog.text
    assert idea["name"] not in caplog.text


def test_only_pages_on_which_somebody_writes_may_be_kept_and_by_their_browser_alone(
    sluice: Sluice, idea: dict[str, str]
) -> None:
    visitor = sluice.visitor()
    form = visitor.get("/ide")
    faulty = visitor.submit(form, "ide/granska")
    review = visitor.submit(form, "ide/granska", **idea)
    changed = visitor.submit(review, "ide/andra")
    receipt = visitor.submit(review, "ide/skicka")
    used = visitor.post("/ide/skicka", review.form("ide/skicka").fields | {"name": "Bo Ek"})
    kept = {page.headers["cache-control"] for page in (form, faulty, review, changed, used)}
    assert kept == {"private, max-age=0"}
    status = visitor.get("/status/" + receipt.path.rsplit("/", 1)[1])
    for page in (receipt, status, visitor.get("/"), visitor.get("/nowhere")):
        assert page.headers["cache-control"] == "no-store"


def test_an_error_inside_chalice_is_a_page_too(sluice: Sluice) -> None:
    answer = sluice.visitor().request("DELETE", "/ide")
    assert answer.status == 405
    assert "<html" in answer.body


def test_debug_is_never_on(sluice: Sluice) -> None:
    assert deployed.app.debug is False
