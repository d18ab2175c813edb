"""The front door changes neither what is asked nor what is answered."""

import http.client
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from infra import gateway
from infra.local.cloud import free_port
from infra.local.front_door import FrontDoor

pytestmark = pytest.mark.loopback

Headers = list[tuple[str, str]]


class Upstream(ThreadingHTTPServer):
    """Stands for API Gateway on the emulator: records what it is asked, and answers what it is told to."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answering)
        self.asked: list[tuple[str, str, Headers, bytes]] = []
        self.status = 200
        self.headers: Headers = [("Content-Type", "text/html; charset=utf-8")]
        self.body = b"<h1>Hej</h1>"


class _Answering(BaseHTTPRequestHandler):
    server: Upstream
    protocol_version = "HTTP/1.1"

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.asked.append((self.command, self.path, self.headers.items(), body))
        self.send_response_only(self.server.status)
        for name, value in self.server.headers:
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(self.server.body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(self.server.body)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = answer  # noqa: N815 - http.server's names.

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name.
        """Keeps quiet."""


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[None]:
    with server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield
        server.shutdown()
        thread.join()


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    server = Upstream()
    with serving(server):
        yield server


@pytest.fixture
def door() -> Iterator[FrontDoor]:
    server = FrontDoor(0)
    with serving(server):
        yield server


@pytest.fixture
def open_door(door: FrontDoor, upstream: Upstream) -> FrontDoor:
    door.open_to(upstream.server_port, "abc123", "api")
    return door


def ask(
    door: FrontDoor, method: str, path: str, body: bytes = b"", headers: Headers | None = None
) -> tuple[int, Headers, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", door.server_port, timeout=10)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers or [("Host", "127.0.0.1:8000")]:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body or None)
        response = connection.getresponse()
        return response.status, response.getheaders(), response.read()
    finally:
        connection.close()


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"])
def test_the_method_passes(open_door: FrontDoor, upstream: Upstream, method: str) -> None:
    ask(open_door, method, "/")
    assert upstream.asked[0][0] == method


def test_the_path_reaches_the_stage_of_the_api_as_it_was_written(
    open_door: FrontDoor, upstream: Upstream
) -> None:
    ask(open_door, "GET", "/id%C3%A9/a%20b?x=1&x=%26")
    assert upstream.asked[0][1] == "/restapis/abc123/api/_user_request_/id%C3%A9/a%20b?x=1&x=%26"


def test_bytes_that_may_not_stand_in_an_address_are_passed_on_in_escapes(
    open_door: FrontDoor, upstream: Upstream
) -> None:
    with socket.create_connection(("127.0.0.1", open_door.server_port), timeout=10) as client:
        client.sendall(b"GET /\xc3\xa5\x00%zz HTTP/1.1\r\nConnection: close\r\n\r\n")
        assert client.recv(65536).startswith(b"HTTP/1.1 200 ")
    assert upstream.asked[0][1].endswith("/%C3%A5%00%zz")


@pytest.mark.parametrize(
    "request_line",
    [
        b"BREW / HTTP/1.1",
        b"GET / HTTP/1.1\r\nContent-Length: many",
        b"POST / HTTP/1.1\r\nContent-Length: -1",
        b"<script>",
    ],
)
def test_what_is_no_http_is_refused_as_the_gateway_does_it(
    open_door: FrontDoor, upstream: Upstream, request_line: bytes
) -> None:
    with socket.create_connection(("127.0.0.1", open_door.server_port), timeout=10) as client:
        client.sendall(request_line + b"\r\n\r\n")
        answer = b""
        while part := client.recv(65536):
            answer += part
    head, _, body = answer.decode().partition("\r\n\r\n")
    assert head.startswith("HTTP/1.1 400 ")
    assert [name for name in gateway.HEADERS if f"\r\n{name}: " not in head] == []
    assert "Sidan gick inte att visa" in body
    assert "<script" not in body
    assert upstream.asked == []


def test_headers_and_body_pass_as_they_came(open_door: FrontDoor, upstream: Upstream) -> None:
    sent = [
        ("Host", "127.0.0.1:8000"),
        ("Cookie", "a=1; b=2"),
        ("Origin", "http://127.0.0.1:8000"),
        ("Sec-Fetch-Site", "same-origin"),
    ]
    ask(open_door, "POST", "/", b"text=%C3%A5", sent)
    came_from = ("x-forwarded-for", "127.0.0.1")
    assert upstream.asked[0][2] == [*sent, ("Content-Length", "11"), came_from]
    assert upstream.asked[0][3] == b"text=%C3%A5"


def test_a_visitor_cannot_say_where_they_come_from(
    open_door: FrontDoor, upstream: Upstream
) -> None:
    ask(open_door, "GET", "/", headers=[("X-Forwarded-For", "192.0.2.1"), ("X-Own", "1")])
    headers = [(name.lower(), value) for name, value in upstream.asked[0][2]]
    assert headers == [("x-own", "1"), ("x-forwarded-for", "127.0.0.1")]


def test_the_answer_passes_with_nothing_added(open_door: FrontDoor, upstream: Upstream) -> None:
    upstream.status, upstream.body = 418, "Hallå".encode()
    upstream.headers = [("Set-Cookie", "a=1"), ("Set-Cookie", "b=2"), ("X-Own", "å")]
    status, headers, body = ask(open_door, "GET", "/")
    assert (status, body) == (418, "Hallå".encode())
    assert headers == [
        ("Set-Cookie", "a=1"),
        ("Set-Cookie", "b=2"),
        ("X-Own", "å"),
        ("Content-Length", "6"),
    ]


@pytest.mark.parametrize("location", ["kvitto/1", "/kvitto/1", "https://kommun.example/"])
def test_a_redirect_is_left_to_the_browser(
    open_door: FrontDoor, upstream: Upstream, location: str
) -> None:
    upstream.status, upstream.headers = 303, [("Location", location)]
    status, headers, _ = ask(open_door, "POST", "/ide", b"x=1")
    assert (status, dict(headers)["Location"]) == (303, location)


def test_a_head_request_gets_the_length_and_no_body(
    open_door: FrontDoor, upstream: Upstream
) -> None:
    _, headers, body = ask(open_door, "HEAD", "/")
    assert (dict(headers)["Content-Length"], body) == ("12", b"")


def test_before_the_site_is_deployed_the_visitor_is_asked_to_wait(door: FrontDoor) -> None:
    status, _, body = ask(door, "GET", "/")
    assert status == 503
    assert "Vänta några sekunder" in body.decode()


def test_without_a_cloud_the_visitor_is_told_so_in_swedish(door: FrontDoor) -> None:
    door.open_to(free_port(), "abc123", "api")
    status, _, body = ask(door, "POST", "/ide", b"x=1")
    assert status == 502
    assert "molnet svarar inte" in body.decode()


def test_a_browser_that_goes_away_before_its_answer_is_not_told_of_as_a_fault(
    open_door: FrontDoor, upstream: Upstream, capsys: pytest.CaptureFixture[str]
) -> None:
    upstream.body = b"x" * 8_000_000
    with socket.create_connection(("127.0.0.1", open_door.server_port), timeout=10) as browser:
        browser.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        browser.recv(1)
        # Closed with a reset, as a browser closes a tab whose page has not come.
        browser.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    _until_the_door_is_alone()
    assert capsys.readouterr().err == ""


def test_a_fault_of_the_front_door_itself_is_told_of(
    open_door: FrontDoor, capsys: pytest.CaptureFixture[str]
) -> None:
    open_door.base_path = ["no text"]
    with pytest.raises(http.client.RemoteDisconnected):
        ask(open_door, "GET", "/")
    _until_the_door_is_alone()
    assert "Traceback" in capsys.readouterr().err


def _until_the_door_is_alone() -> None:
    """Returns when no thread of a server answers a request any more."""
    end = time.monotonic() + 10
    while any("process_request" in thread.name for thread in threading.enumerate()):
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_request_after_a_refused_one_is_heard_on_the_same_connection(door: FrontDoor) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", door.server_port, timeout=10)
    try:
        for _ in range(2):
            connection.request("POST", "/ide", b"x=1")
            response = connection.getresponse()
            assert response.status == 503
            response.read()
    finally:
        connection.close()
