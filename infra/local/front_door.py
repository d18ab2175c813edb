"""The address of the site on the local stage: hands every request to API Gateway on the emulator, and every answer back.

It stands for the stage's own domain in AWS: the API's stage prefix is not seen, everything else passes as it is, with
where it came from. It adds nothing to an answer of the application. Only when there is no answer it speaks for itself, in
Swedish, and what is no HTTP it refuses with the page that API Gateway has for that.
"""

import http.client
from functools import cache
from html import escape
from http.server import BaseHTTPRequestHandler
from typing import Final
from urllib.parse import quote

from infra import configuration, gateway
from infra.local.server import LocalServer

ANSWER_TIMEOUT_SECONDS: Final = 60
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1: these concern one connection, not the message.
HOP_BY_HOP: Final = frozenset(
    {
        "connection",
        "keep-alive",
        "proxy-authenticate",
        "proxy-authorization",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
    }
)
# By this header the emulator's gateway tells where a request came from, as AWS knows without it. A visitor's own is not passed on.
FORWARDED: Final = "x-forwarded-for"

# What stands in a request's line as it is; control characters and bytes above ASCII are passed on in escapes.
AS_IT_IS: Final = "".join(map(chr, range(0x21, 0x7F)))

NOT_DEPLOYED = "Slussen håller på att starta"
NOT_DEPLOYED_TEXT = "Den lokala slussen läggs ut just nu. Vänta några sekunder och ladda om sidan."
NO_CLOUD = "Det lokala molnet svarar inte"
NO_CLOUD_TEXT = "Emulatorn har stannat eller svarar för långsamt. Se i fönstret där du körde make run, och kör det igen."


@cache
def _refusal() -> str:
    return gateway.page(gateway.GATEWAY_RESPONSES["DEFAULT_4XX"], configuration.load().site)


class FrontDoor(LocalServer):
    """Answers 503 until `open_to` has said where the site is."""

    def __init__(self, port: int) -> None:
        super().__init__(port, _Passage)
        self.aws_port = 0
        self.base_path = ""

    def open_to(self, aws_port: int, api_id: str, api_stage: str) -> None:
        """From now on requests go to this stage of this REST API on the emulator at this port."""
        self.base_path = f"/restapis/{api_id}/{api_stage}/_user_request_"
        self.aws_port = aws_port


class _Passage(BaseHTTPRequestHandler):
    server: FrontDoor
    protocol_version = "HTTP/1.1"
    timeout = 75

    def pass_on(self) -> None:
        length = self.headers.get("Content-Length") or "0"
        if not (length.isascii() and length.isdigit()):
            self.send_error(400)
            return
        body = self.rfile.read(int(length))
        if not self.server.base_path:
            self._speak(503, NOT_DEPLOYED, NOT_DEPLOYED_TEXT)
            return
        try:
            status, reason, headers, answer = self._ask(body)
        except (OSError, http.client.HTTPException):
            self._speak(502, NO_CLOUD, NO_CLOUD_TEXT)
            return
        self.send_response_only(status, reason)
        for name, value in headers:
            if name.lower() not in HOP_BY_HOP:
                self.send_header(name, value)
        if not any(name.lower() == "content-length" for name, _ in headers):
            self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = pass_on  # noqa: N815 - http.server's names.

    def _ask(self, body: bytes) -> tuple[int, str, list[tuple[str, str]], bytes]:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.server.aws_port, timeout=ANSWER_TIMEOUT_SECONDS
        )
        try:
            connection.putrequest(
                self.command,
                self.server.base_path + quote(self.path.encode("latin-1"), safe=AS_IT_IS),
                skip_host=True,
                skip_accept_encoding=True,
            )
            for name, value in self.headers.items():
                if name.lower() not in HOP_BY_HOP | {FORWARDED}:
                    connection.putheader(name, value.encode("latin-1"))
            connection.putheader(FORWARDED, self.client_address[0])
            connection.endheaders(body)
            response = connection.getresponse()
            return response.status, response.reason, response.getheaders(), response.read()
        finally:
            connection.close()

    def _speak(self, status: int, title: str, text: str) -> None:
        page = (
            f'<!doctype html><html lang="sv"><meta charset="utf-8"><title>{escape(title)}</title>'
            f"<h1>{escape(title)}</h1><p>{escape(text)}</p></html>\n"
        )
        self._show(status, page, {"Retry-After": "3"})

    def send_error(self, code: int, message: str | None = None, explain: str | None = None) -> None:
        """What is no HTTP, or has a verb that the gateway does not know, gets the gateway's own page for that: the words that
        http.server would choose repeat what was sent."""
        self.close_connection = True
        self.request_version = self.protocol_version
        self._show(400, _refusal(), {"Connection": "close"})

    def _show(self, status: int, page: str, more: dict[str, str]) -> None:
        body = page.encode()
        self.send_response_only(status)
        for name, value in (gateway.HEADERS | more | {"Content-Length": str(len(body))}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name.
        """Says nothing: paths hold private links."""
