"""Looks for raw tokens, codes and cookies in all that a run of the tests leaves behind, and fails the run that leaves one.

Whatever a test's sluice mints is remembered (`Mint`, and the cookies that a visitor gets). Every row that is stored, every queue
message and every log line is then searched for it, as it comes. Registered as a plugin by `tests/conftest.py`.
"""

from __future__ import annotations

import copy
import hashlib
import itertools
import json
import logging
import re
from base64 import urlsafe_b64encode
from collections.abc import Container, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from chalicelib.adapters.log import MaskingFilter
from chalicelib.domain.rows import Row

OURS = "chalicelib"
TOKEN_LENGTH = 43
COOKIE_LENGTH = 22
RUN = re.compile(r"[A-Za-z0-9_-]{22,}")
"""What a token or a cookie could be, or be glued into."""
CODE = re.compile(r"(?<![A-Za-z0-9])[0-9]{8}(?![A-Za-z0-9])")
HASH = re.compile(r"(?<![0-9a-f])[0-9a-f]{64}(?![0-9a-f])")


class Traces:
    """What must not be found, and where it was found."""

    def __init__(self) -> None:
        self.secrets: set[str] = set()
        self.found: dict[str, str] = {}

    def remember(self, secret: str) -> str:
        self.secrets.add(secret)
        return secret

    def look(self, place: str, text: str, hashes: Container[str] = frozenset()) -> None:
        """Search a text; also for a token of which only the SHA-256 is known. What is found is shown in its surroundings."""
        for secret in self._in(text, hashes):
            at = text.index(secret)
            self.found.setdefault(place, text[max(0, at - 60) : at + len(secret) + 20])

    def _in(self, text: str, hashes: Container[str]) -> Iterator[str]:
        for run in RUN.findall(text):
            if len(run) == COOKIE_LENGTH and run in self.secrets:
                yield run
            for start in range(len(run) - TOKEN_LENGTH + 1):
                word = run[start : start + TOKEN_LENGTH]
                if word in self.secrets or (hashes and _sha256(word) in hashes):
                    yield word
        yield from (word for word in CODE.findall(text) if word in self.secrets)

    def look_at_rows(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.look(f"a stored {type(row).__name__}", "\n".join(_words(row)))


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _words(row: Row) -> Iterator[str]:
    for value in vars(row).values():
        if isinstance(value, str):
            yield value
        elif value and isinstance(value, Mapping | tuple):
            yield repr(value)


TRACES = Traces()
"""Of the whole run."""


class Mint:
    """Tokens and codes that look as real ones do, the same in each test, and that are looked for until the end of the run."""

    def __init__(self, traces: Traces = TRACES) -> None:
        self._traces = traces
        self._numbers = itertools.count(1)

    def begin_at(self, number: int) -> None:
        """Make none of those that another has made before."""
        self._numbers = itertools.count(number)

    def token(self) -> str:
        digest = hashlib.sha256(f"token {next(self._numbers)}".encode()).digest()
        return self._traces.remember(urlsafe_b64encode(digest).rstrip(b"=").decode())

    def code(self) -> str:
        """Never like a date, of which the sluice writes many."""
        digest = hashlib.sha256(f"code {next(self._numbers)}".encode()).digest()
        return self._traces.remember(f"{30_000_000 + int.from_bytes(digest) % 60_000_000}")


class LogTraces(logging.Handler):
    """Searches each record as production would write it, masked last of all; our own also as they were before, for nobody may log
    what is only masked."""

    def __init__(self, traces: Traces) -> None:
        super().__init__(logging.DEBUG)
        self._traces = traces
        self._masking = MaskingFilter()

    def emit(self, record: logging.LogRecord) -> None:
        if record.name.startswith(OURS):
            self._traces.look(f"the log of {record.name}, unmasked", self.format(copy.copy(record)))
        written = copy.copy(record)
        self._masking.filter(written)
        self._traces.look(f"the log of {record.name}", self.format(written))


def look_at_moto(traces: Traces) -> None:
    """Search all that moto holds at this moment: every item of every table, every message of every queue."""
    from moto.core import DEFAULT_ACCOUNT_ID
    from moto.dynamodb.models import dynamodb_backends
    from moto.sqs.models import sqs_backends

    items = [
        (name, json.dumps(item.to_json(), ensure_ascii=False))
        for region in dynamodb_backends[DEFAULT_ACCOUNT_ID].values()
        for name, table in region.tables.items()
        for item in table.all_items()
    ]
    hashes = frozenset(itertools.chain.from_iterable(HASH.findall(text) for _, text in items))
    for name, text in items:
        traces.look(f"the table {name}", text, hashes)
    for region in sqs_backends[DEFAULT_ACCOUNT_ID].values():
        for queue in region.queues.values():
            for message in queue._messages:
                traces.look(f"the queue {queue.name}", str(message.body), hashes)


def look_in_folder(traces: Traces, folder: Path, besides: Iterable[Path] = ()) -> list[str]:
    """Search every file that a local stage has written: logs, tables, queues. What is looked for is what stands in its mails (a part of the
    suite may have sent none), and whatever has its SHA-256 among the files. Gives the names of the files."""
    mailbox = folder / "mail.jsonl"
    for line in mailbox.read_text().splitlines() if mailbox.exists() else ():
        text = str(json.loads(line)["text"])
        for word in re.findall(r"/([A-Za-z0-9_-]{43})\b", text) + re.findall(
            r"(?m)^\s*([0-9]{8})\s*$", text
        ):
            traces.remember(word)
    skipped = tuple(besides)
    paths = [
        path
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path != mailbox and not any(path.is_relative_to(s) for s in skipped)
    ]
    texts = {path: path.read_text(errors="replace") for path in paths}
    hashes = frozenset(itertools.chain.from_iterable(map(HASH.findall, texts.values())))
    for path, text in texts.items():
        traces.look(f"the file {path.relative_to(folder)}", text, hashes)
    return [str(path.relative_to(folder)) for path in paths]


def pytest_configure() -> None:
    logging.getLogger().addHandler(LogTraces(TRACES))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    logging.getLogger(OURS).setLevel(logging.DEBUG)


def pytest_sessionfinish(session: pytest.Session) -> None:
    if TRACES.found:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if TRACES.found:
        terminalreporter.section("raw tokens, codes or cookies were left behind", red=True)
        for place, surroundings in sorted(TRACES.found.items()):
            terminalreporter.write_line(f"{place}: …{surroundings}…")
