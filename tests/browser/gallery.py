"""Every page and every mail as a document that a browser can open, without a stage: the samples, rendered, on a small server.

Owns which documents there are and where they are found. What is asked of them is in the tests beside this module, in `pictures`
and in `infra.lighthouse`. A page or mail that gets a sample is here by itself.
"""

from __future__ import annotations

import mimetypes
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from chalicelib.config import load
from chalicelib.domain.process import LANGS, Lang
from chalicelib.handlers.http import HEADERS
from chalicelib.rendering import Rendering
from infra import names
from infra.mail_samples import mail_samples
from tests.page_samples import page_samples

PAGE, MAIL = "page", "mail"
AXE = names.ROOT / ".venv" / "node" / "tests" / "node_modules" / "axe-core" / "axe.min.js"
# Beside the documents: a browser compiles a script from an address once, and one that is handed to it each time anew.
AXE_PATH = "/axe.js"
CACHED = {"Cache-Control": "public, max-age=3600"}


@dataclass(frozen=True)
class Document:
    """A page or a mail in one state and one language. `path` is as deep as its relative links expect."""

    kind: str
    name: str
    lang: Lang
    path: str
    html: str

    def __str__(self) -> str:
        return f"{self.kind}-{self.name}-{self.lang}"


@cache
def documents(lang: Lang) -> tuple[Document, ...]:
    """Every page and mail sample in one language, pages first. Each has a name of its own."""
    found = tuple(_documents(lang))
    assert len({str(document) for document in found}) == len(found)
    return found


def every_document() -> tuple[Document, ...]:
    return tuple(document for lang in LANGS for document in documents(lang))


@cache
def _rendering() -> Rendering:
    return Rendering(load())


def _documents(lang: Lang) -> Iterator[Document]:
    config = load()
    rendering = _rendering()
    for page in page_samples(config, lang):
        name = _name(page.name, page.state)
        folders = "in/" * page.root.count("..")
        html = rendering.page(page.name, lang, page.root, page.here, **page.context)
        yield Document(PAGE, name, lang, f"/{folders}{PAGE}-{name}-{lang}", html)
    for mail in mail_samples(config, lang):
        name = _name(mail.purpose, mail.state)
        html = rendering.mail(mail.purpose, lang, mail.context).html
        yield Document(MAIL, name, lang, f"/{MAIL}-{name}-{lang}", html)


def _name(name: str, state: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", f"{name} {state}".lower()).strip("-")


class _Answer(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        path = self.path.split("?")[0]
        document = _by_path().get(path)
        name = path.removeprefix("/static/")
        file = _rendering().static(name) if path.startswith("/static/") else None
        if document is not None:
            headers = HEADERS if document.kind == PAGE else {}
            self._send(document.html.encode(), "text/html; charset=utf-8", headers)
        elif path == AXE_PATH:
            self._send(AXE.read_bytes(), "text/javascript", CACHED)
        elif file is not None:
            kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
            self._send(file.encode(), kind, CACHED)
        else:
            self._send(b"", "text/plain", {}, HTTPStatus.NOT_FOUND)

    def _send(
        self, body: bytes, kind: str, headers: dict[str, str], status: HTTPStatus = HTTPStatus.OK
    ) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *said: object) -> None:
        """Nobody reads what was asked for."""


@cache
def _by_path() -> dict[str, Document]:
    return {document.path: document for document in every_document()}


@contextmanager
def served() -> Iterator[str]:
    """The address at which every document is found, pages with the headers that the site sends, while the block runs."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Answer)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
