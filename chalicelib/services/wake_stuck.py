"""Puts a case that the sweep has given up on back to work, on the word of an operator who has mended the cause."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from chalicelib.domain.events import OPERATOR
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import CaseRow, Fact, ReferenceRow
from chalicelib.services.commit import advance, contended
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Woken:
    """The case is due, its tries are forgotten, and its history says who woke it."""

    case: CaseRow


@dataclass(frozen=True)
class NotStuck:
    """The case goes on by itself, or is closed; nothing happened."""

    case: CaseRow


def wake_stuck(deps: Deps, ref: str) -> Woken | NotStuck | None:
    """Make a case due that was given up on, or that rests between tries; None when there is no such case. Doing it twice wakes it
    once: the second time it no longer is."""

    def attempt() -> Woken | NotStuck | None:
        reference = deps.store.get(ReferenceRow, ref)
        case = deps.store.get(CaseRow, reference.case_id) if reference is not None else None
        if case is None:
            return None
        if not (case.stuck or case.tries):
            return NotStuck(case)
        moved, event = advance(case, deps.clock.now(), OPERATOR, (Fact("CaseWoken"),))
        deps.store.transact([moved, event])
        deps.queue.send([EvaluateCase(case.case_id)])
        log.info("case %s: woken", case.case_id)
        return Woken(case)

    return contended(deps, attempt)
