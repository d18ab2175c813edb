"""The audit trail: each commit of a case appends one event that carries the hash of the event before it.

Owns how events are hashed and how the head of a case moves. Facts hold no personal data: actors are person ids or roles.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
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
