"""Records that somebody who wanted to act by a link was refused: a line for the alarms, and an event on the case's chain.

Decides nothing: who is refused has been judged before. A line holds ids and a stable word, never a token.
"""

from __future__ import annotations

from typing import TypeVar

from chalicelib.domain.events import SLUICE, record
from chalicelib.domain.links import Answered, Expired, Lapsed, Passed, Unknown, Why, token_hash
from chalicelib.domain.rows import CaseRow, Fact, GuardRow, TokenRow
from chalicelib.domain.transaction import Change, Conflict, Create, Operation, unmoved
from chalicelib.services.commit import contended
from chalicelib.services.counters import KEPT
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import CodeNeeded, warn

T = TypeVar("T")


def noting_refusal(deps: Deps, raw: str, result: T) -> T:
    """The same result; when it says that somebody may not act by this link, that is recorded."""
    if (why := _reason(result)) is not None:
        refuse(deps, raw, why, warned=isinstance(result, Unknown))
    return result


def refuse(deps: Deps, raw: str, why: Why, *, warned: bool = False) -> None:
    """Warn, and record `AnswerRefused` on the case's chain: once a day for each link and reason, so that nobody can write without
    end. A link that we never mailed is only warned of. The case is neither woken nor moved. Opening a link has `warned` of an
    unknown one already."""
    token = deps.store.get(TokenRow, token_hash(raw))
    if not warned:
        warn(why, token)
    if token is None or token.case_id is None:
        return
    case_id, person = token.case_id, token.person
    now = deps.clock.now()
    key = f"refused#{token.token_hash}#{why}#{now:%Y-%m-%d}"

    def attempt() -> None:
        case = deps.store.get(CaseRow, case_id)
        if case is None or deps.store.get(GuardRow, key) is not None:
            return
        fact = Fact("AnswerRefused", {"person": person, "reason": why.value})
        moved, event = record(case, now, SLUICE, (fact,))
        guard = GuardRow(key, count=1, ttl=int((now + KEPT).timestamp()))
        operations: list[Operation] = [
            Change(moved, unmoved(case)),
            Create(event, "event-is-next"),
            Create(guard, "first-of-its-day"),
        ]
        try:
            deps.store.transact(operations)
        except Conflict as conflict:
            if "first-of-its-day" not in conflict.failed:
                raise

    contended(deps, attempt)


def _reason(result: object) -> Why | None:
    match result:
        case Unknown() | Expired() | CodeNeeded():
            return result.why
        case Answered():
            return Why.ALREADY_ANSWERED
        case Passed():
            return Why.SOMEBODY_ELSE
        case Lapsed():
            return Why.STEP_HAS_ENDED
    return None
