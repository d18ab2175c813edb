"""The audit trail: each commit of a case appends one event that carries the hash of the event before it.

Owns how events are hashed, how the head of a case moves, and how a chain is checked. Facts hold no personal data: actors are
person ids or roles.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from chalicelib.domain.rows import CaseRow, EventRow, Fact

GENESIS = "0" * 64
SLUICE = "sluice"
OPERATOR = "operator"


def event_hash(
    case_id: str, seq: int, at: datetime, actor: str, facts: tuple[Fact, ...], prev_hash: str
) -> str:
    """SHA-256, hex, over a canonical JSON of everything that the event says and the hash before it."""
    content = {
        "case": case_id,
        "seq": seq,
        "at": at.isoformat(timespec="microseconds"),
        "actor": actor,
        "facts": [[fact.kind, dict(fact.data)] for fact in facts],
        "prev": prev_hash,
    }
    canonical = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def record(
    case: CaseRow, at: datetime, actor: str, facts: tuple[Fact, ...]
) -> tuple[CaseRow, EventRow]:
    """The case with its head moved to a new event, and that event. The case must be as it was read but for what the facts change."""
    seq = case.seq + 1
    digest = event_hash(case.case_id, seq, at, actor, facts, case.head_hash)
    event = EventRow(
        case_id=case.case_id,
        seq=seq,
        at=at,
        actor=actor,
        facts=facts,
        prev_hash=case.head_hash,
        hash=digest,
    )
    return replace(case, seq=seq, head_hash=digest), event


@dataclass(frozen=True)
class Link:
    """As much of an event as checking its chain needs. `true` tells whether `hash` is the hash of what the event says."""

    seq: int
    prev_hash: str
    hash: str
    true: bool

    @classmethod
    def of(cls, event: EventRow) -> Link:
        computed = event_hash(
            event.case_id, event.seq, event.at, event.actor, event.facts, event.prev_hash
        )
        return cls(event.seq, event.prev_hash, event.hash, event.hash == computed)


@dataclass(frozen=True)
class Break:
    """The first event at which a chain is not what was recorded, and what is wrong there."""

    seq: int
    what: str


def first_break(links: Sequence[Link], seq: int, head_hash: str) -> Break | None:
    """Where the chain of a case with this head breaks, or None when it is whole: events from 1 without a gap, each true to its
    hash and carrying the hash of the one before, the last the head that the case names. `links` are in order of `seq`."""
    before = GENESIS
    for number, link in enumerate(links, start=1):
        if link.seq != number:
            return Break(number, "it is missing")
        if not link.true:
            return Break(number, "it is not what was recorded")
        if link.prev_hash != before:
            return Break(number, "it does not follow the event before it")
        before = link.hash
    if len(links) < seq:
        return Break(len(links) + 1, "it is missing")
    if (len(links), before) != (seq, head_hash):
        return Break(len(links), "it is the last, and the case names another as its head")
    return None
