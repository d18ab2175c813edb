"""Measures `audit verify` on ten thousand chains, as the operator's machine does it: the real client, its parsing, every hash.

What DynamoDB would send is laid out before, in pages of a megabyte, and handed to the client in place of the network's answer: no
emulator reads a table of this size as DynamoDB does. The counts are exact; the seconds are a median, and without the network.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any, Final

import botocore.session
from botocore.awsrequest import AWSResponse
from botocore.config import Config

from infra import audit, names
from infra.names import Stage
from infra.terminal import Stop

EVENTS: Final = 10
RUNS: Final = 3
PAGE_BYTES: Final = 1_000_000
BEGAN: Final = datetime(2026, 1, 7, 8, tzinfo=UTC)
Json = dict[str, Any]


class Sent:
    """The body of an answer, as botocore reads it."""

    def __init__(self, body: bytes) -> None:
        self._body = body

    def stream(self) -> Iterator[bytes]:
        yield self._body


class Table:
    """The table of cases, in the pages in which its segments are scanned."""

    def __init__(self, cases: int, events: int) -> None:
        segments: list[list[Json]] = [[] for _ in range(audit.SEGMENTS)]
        for number in range(cases):
            segments[number % audit.SEGMENTS] += _rows_of_a_case(number, events)
        self._pages = [list(_paged(number, rows)) for number, rows in enumerate(segments)]

    @property
    def requests(self) -> int:
        return sum(map(len, self._pages))

    @property
    def size(self) -> int:
        return sum(len(page) for pages in self._pages for page in pages)

    def answer(self, request: Any, **_: object) -> AWSResponse:
        """What DynamoDB answers to a Scan of a segment."""
        asked = json.loads(request.body)
        page = int(asked.get("ExclusiveStartKey", {}).get("pk", {}).get("S", 0))
        body = self._pages[asked["Segment"]][page]
        return AWSResponse(request.url, 200, {"content-length": str(len(body))}, Sent(body))


def audit_of(cases: int, table: Table | None = None) -> Json:
    """What reading and checking them takes. Raises Stop when a chain that is whole is taken for broken."""
    table = table or Table(cases, EVENTS)
    client = botocore.session.Session().create_client(
        "dynamodb",
        config=Config(retries={"total_max_attempts": 1}, max_pool_connections=audit.SEGMENTS),
    )
    client.meta.events.register("before-send.dynamodb.Scan", table.answer)
    seconds = []
    for _ in range(RUNS):
        began = time.perf_counter()
        found = audit.check(client, names.table_name(Stage.LOCAL, "cases"), {})
        seconds.append(time.perf_counter() - began)
        if found.broken or len(found.chains) != cases:
            raise Stop(f"The audit of a whole table says: {found.summary()}")
    return {
        "chains": cases,
        "events": cases * EVENTS,
        "scan requests": table.requests,
        "megabytes": round(table.size / 1_000_000, 1),
        "seconds, median of three, without the network": round(median(seconds), 1),
    }


def _rows_of_a_case(number: int, events: int) -> list[Json]:
    from chalicelib.adapters.records import to_record
    from chalicelib.domain.events import GENESIS, record
    from chalicelib.domain.rows import CaseRow, Fact, ReferenceRow

    case = CaseRow(
        case_id=f"case-{number:06d}",
        ref=f"2026-{number:05d}",
        lang="sv",
        step="screening",
        epoch=0,
        seq=0,
        head_hash=GENESIS,
        received_at=BEGAN,
        received_date="2026-01-07",
        process_version="0" * 64,
        text_version=1,
        text_hash="0" * 64,
        entered_at=BEGAN,
        has_email=True,
    )
    rows: list[Any] = []
    for seq in range(events):
        fact = Fact("StepEntered", {"step": "assessment", "epoch": str(seq), "why": "step-done"})
        case, event = record(case, BEGAN + timedelta(hours=seq), "sluice", (fact,))
        rows.append(event)
    rows += [replace(case, epoch=events), ReferenceRow(case.ref, case.case_id)]
    return [to_record(row).serialize() for row in rows]


def _paged(segment: int, rows: list[Mapping[str, Any]]) -> Iterator[bytes]:
    pages: list[list[Mapping[str, Any]]] = [[]]
    size = 0
    for row in rows:
        length = len(json.dumps(row))
        if size + length > PAGE_BYTES:
            pages.append([])
            size = 0
        pages[-1].append(row)
        size += length
    for number, page in enumerate(pages, start=1):
        answer: Json = {"Items": page, "Count": len(page), "ScannedCount": len(page)}
        if number < len(pages):
            answer["LastEvaluatedKey"] = {"pk": {"S": str(number)}, "sk": {"S": str(segment)}}
        yield json.dumps(answer).encode()
