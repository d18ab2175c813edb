"""One press in the mail program declines progress mails (RFC 8058); opening the link declines nothing; the status page undoes it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

import app as deployed
from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.rows import CaseRow
from chalicelib.handlers.fewer_mails import LARGEST_PRESS
from chalicelib.services.record_delivery import record_delivery
from tests.app.acts import COORDINATOR, GIVER, close, open_again, open_with_code
from tests.app.conftest import SITE, Sluice
from tests.app.visitor import Page

STOP = re.compile(SITE + r"(/avsluta/[A-Za-z0-9_-]{43})")
ONE_CLICK = b"List-Unsubscribe=One-Click"
URLENCODED = "application/x-www-form-urlencoded"
MULTIPART = (
    b'--x\r\nContent-Disposition: form-data; name="List-Unsubscribe"\r\n\r\nOne-Click\r\n--x--\r\n'
)


@pytest.fixture
def way_out(sluice: Sluice, send_idea: Callable[..., Page]) -> str:
    """The link in an interim mail: nobody has answered, and the idea-giver was told that we are late."""
    send_idea()
    sluice.run()
    found: list[str] = []
    while not found:
        sluice.pass_time(timedelta(days=1))
        found = [path for letter in sluice.letters(GIVER) for path in STOP.findall(letter.text)]
    return found[-1]


def quiet(sluice: Sluice) -> bool:
    (case,) = sluice.store.rows(CaseRow)
    return case.quiet


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_opening_the_link_declines_nothing(sluice: Sluice, way_out: str, method: str) -> None:
    before = len(sluice.store.transactions)
    page = sluice.visitor().get(way_out, method)
    assert page.status == 200
    assert len(sluice.store.transactions) == before
    assert not quiet(sluice)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (URLENCODED, ONE_CLICK),
        (f"{URLENCODED}; charset=UTF-8", ONE_CLICK),
        ("multipart/form-data; boundary=x", MULTIPART),
        ('Multipart/Form-Data; boundary="x"', MULTIPART),
        ("multipart/form-data; boundary=x", MULTIPART.replace(b"\r\n", b"\n")),
        (URLENCODED, b"a=b&" + ONE_CLICK),
    ],
)
@pytest.mark.parametrize(
    "headers",
    [{}, {"origin": "null"}, {"sec-fetch-site": "cross-site", "origin": "https://mail.example"}],
    ids=["a server", "a mail program", "a web mail"],
)
def test_one_press_from_anywhere_is_taken_with_no_cookie_and_nothing_typed(
    sluice: Sluice, way_out: str, kind: str, body: bytes, headers: dict[str, str]
) -> None:
    page = sluice.visitor(**headers).request("POST", way_out, body, kind)
    assert page.status == 200
    assert "Du får färre mejl" in page.body
    assert "set-cookie" not in page.headers
    assert quiet(sluice)


@pytest.mark.parametrize(
    ("kind", "body"),
    [(URLENCODED, ONE_CLICK), ("multipart/form-data; boundary=x", MULTIPART)],
    ids=["urlencoded", "multipart"],
)
def test_a_press_while_the_site_is_closed_is_asked_to_come_back_and_counts_then(
    sluice: Sluice, way_out: str, kind: str, body: bytes
) -> None:
    close(sluice, hours=2)
    page = sluice.visitor().request("POST", way_out, body, kind)
    assert (page.status, page.headers["retry-after"]) == (503, "7201")
    assert not quiet(sluice)
    open_again(sluice)
    assert sluice.visitor().request("POST", way_out, body, kind).status == 200
    assert quiet(sluice)


def test_the_page_says_that_what_is_decided_is_mailed_all_the_same(
    sluice: Sluice, way_out: str
) -> None:
    decided = "varje gång någon har bestämt vad som ska hända med idén"
    offered = sluice.visitor().get(way_out).body
    assert decided in offered
    assert "när den går vidare" not in offered
    assert decided in sluice.visitor().request("POST", way_out, ONE_CLICK).body


def test_pressing_twice_is_pressing_once(sluice: Sluice, way_out: str) -> None:
    first = sluice.visitor().request("POST", way_out, ONE_CLICK)
    before = len(sluice.store.transactions)
    again = sluice.visitor().request("POST", way_out, ONE_CLICK)
    assert (again.status, again.body) == (200, first.body)
    assert len(sluice.store.transactions) == before


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (URLENCODED, b""),
        (URLENCODED, b"List-Unsubscribe=Other"),
        (URLENCODED, b"Other=One-Click"),
        (URLENCODED, b"List-Unsubscribe=One-Click%FF"),
        (URLENCODED, b"\xff"),
        (URLENCODED, b"&".join(b"f%d=1" % n for n in range(300)) + b"&" + ONE_CLICK),
        ("text/plain", ONE_CLICK),
        ("multipart/form-data", MULTIPART),
        ("multipart/form-data; boundary=y", MULTIPART),
        ("multipart/form-data; boundary=x", MULTIPART.replace(b"One-Click", b"Two-Click")),
        ("multipart/form-data; boundary=x", b"--x"),
        ("multipart/form-data; boundary=\xe5", MULTIPART),
    ],
)
def test_any_other_body_is_offered_the_button_and_declines_nothing(
    sluice: Sluice, way_out: str, kind: str, body: bytes
) -> None:
    page = sluice.visitor().request("POST", way_out, body, kind)
    assert page.status == 422
    assert page.has_form(way_out.removeprefix("/"))
    assert not quiet(sluice)


@pytest.mark.parametrize(("more", "status"), [(0, 200), (1, 413)])
def test_a_body_that_is_too_large_is_refused(
    sluice: Sluice, way_out: str, more: int, status: int
) -> None:
    start = ONE_CLICK + b"&x="
    body = start + b"a" * (LARGEST_PRESS - len(start) + more)
    assert sluice.visitor().request("POST", way_out, body).status == status
    assert quiet(sluice) is (status == 200)


NESTED = {
    "a form in a form": b"--%d\r\nContent-Type: multipart/mixed; boundary=%d\r\n\r\n",
    "a mail in a mail": b"--%d\nContent-Type: message/rfc822\nContent-Type: multipart/mixed; boundary=%d\n\n",
    "nothing else": b"--%d\nContent-Type:message/rfc822\n\nContent-Type:message/rfc822\n\n",
}


@pytest.mark.parametrize("kind", NESTED)
@pytest.mark.parametrize("levels", [10, 2000])
def test_parts_within_parts_are_read_or_refused_and_never_break_the_page(
    sluice: Sluice, way_out: str, kind: str, levels: int
) -> None:
    part = NESTED[kind]
    deep = b"".join(part % ((n, n + 1)[: part.count(b"%d")]) for n in range(levels))
    for body in (deep, deep[:LARGEST_PRESS], b"--0\n" + b"Content-Type:message/rfc822\n\n" * 136):
        page = sluice.visitor().request("POST", way_out, body, "multipart/form-data; boundary=0")
        assert page.status == (413 if len(body) > LARGEST_PRESS else 422)
    assert not quiet(sluice)


def test_the_pages_own_button_declines_too(sluice: Sluice, way_out: str) -> None:
    offered = sluice.visitor().get(way_out)
    assert "Vill du ha färre mejl" in offered.body
    declined = sluice.visitor().submit(offered, way_out.removeprefix("/"))
    assert declined.status == 200
    assert quiet(sluice)


@pytest.mark.parametrize("lang", ["en", "fi"])
def test_the_page_speaks_the_readers_language(sluice: Sluice, way_out: str, lang: str) -> None:
    words = {"en": "Do you want fewer e-mails", "fi": "Haluatko vähemmän viestejä"}
    page = sluice.visitor().get(f"{way_out}?lang={lang}")
    assert words[lang] in page.body


POSTS = sorted(
    route
    for route, methods in deployed.app.routes.items()
    if "POST" in methods and route != "/avsluta/{token}"
)


@pytest.mark.parametrize("route", POSTS)
def test_no_other_address_takes_a_post_from_another_site(sluice: Sluice, route: str) -> None:
    visitor = sluice.visitor(**{"sec-fetch-site": "cross-site"})
    path = route.replace("{token}", "A" * 43)
    assert visitor.request("POST", path, ONE_CLICK).status == 403


def test_the_status_page_shows_it_and_turns_them_on_again(sluice: Sluice, way_out: str) -> None:
    visitor = sluice.visitor()
    status = visitor.get(sluice.link(GIVER))
    assert "Nu mejlar vi dig varje gång något händer." in status.body
    sluice.visitor().request("POST", way_out, ONE_CLICK)
    status = visitor.get(sluice.link(GIVER))
    assert "Nu mejlar vi dig bara det du måste veta." in status.body
    back = visitor.submit(status, "/besked", mails="every-step")
    assert (back.status, quiet(sluice)) == (200, False)
    assert "Nu mejlar vi dig varje gång något händer." in back.body


def test_the_status_page_offers_one_mail_a_week(sluice: Sluice, way_out: str) -> None:
    visitor = sluice.visitor()
    status = visitor.get(sluice.link(GIVER))
    assert status.choices("/besked", "mails") == ["every-step", "weekly", "outcome"]
    chosen = visitor.submit(status, "/besked", mails="weekly")
    assert "Ditt val är sparat." in chosen.body
    assert "Ditt val är sparat." not in visitor.get(f"{status.path}?sparat=annat").body
    assert "Nu mejlar vi dig högst en gång i veckan." in chosen.body
    (case,) = sluice.store.rows(CaseRow)
    assert (case.weekly, case.quiet) == (True, False)


@pytest.mark.parametrize("typed", [{}, {"mails": ""}, {"mails": "daily"}])
def test_a_press_that_chooses_nothing_changes_nothing(
    sluice: Sluice, way_out: str, typed: dict[str, str]
) -> None:
    """A scanner presses every button, and chooses nothing."""
    sluice.visitor().request("POST", way_out, ONE_CLICK)
    visitor = sluice.visitor()
    status = visitor.get(sluice.link(GIVER))
    page = visitor.post(status.path + "/besked", typed)
    assert page.status == 422
    assert page.opened == ["Hur ofta vill du höra av oss?"]
    assert quiet(sluice)


def test_who_left_no_address_is_offered_no_choice(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    receipt = send_idea(email="", phone="070-174 06 05")
    path = next(link for link in receipt.links if "status/" in link).rpartition("status/")[2]
    assert not sluice.visitor().get(f"/status/{path}").has_form("/besked")


def test_the_way_out_is_no_way_in(sluice: Sluice, way_out: str) -> None:
    token = way_out.rpartition("/")[2]
    for path in (f"/status/{token}", f"/svara/{token}"):
        assert sluice.visitor().get(path).status == 404
    assert sluice.visitor().post(f"/status/{token}/besked", {"mails": "weekly"}).status == 404


def test_both_pages_tell_that_mail_to_the_giver_comes_back(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea(phone="070-174 06 05")
    sluice.run()
    receipt = sluice.letters(GIVER)[0].mail_id
    record_delivery(sluice.deps, DeliveryEvent(receipt, "Bounce", True, None))
    sluice.run()
    status = sluice.visitor().get(sluice.link(GIVER))
    assert "Vi når dig inte med mejl." in status.body
    assert not status.has_form("/besked"), "nothing to choose while no mail arrives"
    call = open_with_code(sluice, COORDINATOR, about="Ring idégivaren")
    assert "Ett mejl till idégivaren kom inte fram. Det var: kvittens på idén." in call.body
    assert "Mejl till adressen kommer inte fram." in call.body
    assert "070-174 06 05" in call.body
