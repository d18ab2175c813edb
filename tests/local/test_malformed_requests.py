"""Requests that no browser makes, by a raw socket through the local stage's gateway: refused, or answered by a page of ours."""

from __future__ import annotations

import socket
from email.parser import BytesParser

import pytest

from chalicelib.handlers.http import FORM_TYPE, HEADERS, LARGEST_BODY
from infra.local.stage import LocalStage

pytestmark = pytest.mark.loopback

AGENT = b"Host: 127.0.0.1\r\nConnection: close\r\n"
FORM = b"Content-Type: " + FORM_TYPE.encode() + b"\r\n"


def get(path: bytes, more: bytes = b"") -> bytes:
    return b"GET " + path + b" HTTP/1.1\r\n" + AGENT + more + b"\r\n"


def post(body: bytes, more: bytes = b"", length: bytes | None = None) -> bytes:
    size = b"%d" % len(body) if length is None else length
    head = AGENT + FORM + b"Content-Length: " + size + b"\r\n" + more
    return b"POST /ide/granska HTTP/1.1\r\n" + head + b"\r\n" + body


REQUESTS = {
    "half an escape": get(b"/ide/%z%"),
    "bytes that are no UTF-8 in escapes": get(b"/svara/%ff%fe%c0%80/kod"),
    "a NUL in escapes": get(b"/svara/%00/kod"),
    "a NUL": get(b"/svara/\x00/kod"),
    "a line break in escapes": get(b"/svara/a%0d%0aSet-Cookie:%20session=b/kod"),
    "bytes above ASCII": get("/idé/ö".encode()),
    "up and out": get(b"/static/..%2f..%2f..%2fetc/passwd"),
    "two slashes": get(b"//example.com/%2f.."),
    "a query of nothing but signs": get(b"/?&&==%&lang=%ff&lang[]=sv&lang"),
    "a path of 9 KB": get(b"/status/" + b"a" * 9000),
    "a header of 20 KB": get(b"/", b"Cookie: session=" + b"a" * 20_000 + b"\r\n"),
    "bytes above ASCII in a header": get(b"/", b"Accept-Language: \xff\xc3\xa5;q=\xe5\r\n"),
    "sixty headers": get(b"/", b"".join(b"X-%d: 1\r\n" % n for n in range(60))),
    "a name with a space in it": get(b"/", b"X Y: 1\r\n"),
    "an unknown verb": b"BREW / HTTP/1.1\r\n" + AGENT + b"\r\n",
    "a body of bytes": post(bytes(range(256))),
    "an empty body": post(b""),
    "a body larger than the limit": post(b"need=" + b"a" * LARGEST_BODY),
    "a body of another type twice said": post(b"a=b", b"Content-Type: application/json\r\n"),
    "a length that is no number": post(b"a=b", length=b"many"),
    "a length below nothing": post(b"a=b", length=b"-1"),
    "no HTTP": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\r\n\r\n",
}


def ask(port: int, request: bytes) -> bytes:
    """All that comes back until the other side ends the connection; nothing when it does so without a word."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(request)
        answer = b""
        try:
            while part := connection.recv(65536):
                answer += part
        except ConnectionResetError:
            pass
        return answer


@pytest.mark.parametrize("name", REQUESTS)
def test_a_malformed_request_is_refused_or_answered_with_our_headers(
    stage: LocalStage, name: str
) -> None:
    port = int(stage.urls.site.rsplit(":", 1)[1])
    head, _, body = ask(port, REQUESTS[name]).partition(b"\r\n\r\n")
    line, _, fields = head.partition(b"\r\n")
    protocol, status, *_ = line.split(b" ")
    headers = BytesParser().parsebytes(fields)
    assert protocol == b"HTTP/1.1"
    assert 200 <= int(status) < 500
    assert headers["content-type"] == "text/html; charset=utf-8" or int(status) == 303
    assert [header for header in HEADERS if headers[header] is None] == []
    assert "session=" not in (headers["set-cookie"] or "")
    assert b"Traceback" not in body


def test_the_site_answers_as_before_after_all_of_them(stage: LocalStage) -> None:
    port = int(stage.urls.site.rsplit(":", 1)[1])
    assert ask(port, get(b"/health")).endswith(b"\r\n\r\nok")
