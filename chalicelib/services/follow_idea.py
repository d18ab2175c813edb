"""The idea-giver's side of a case: what the status page tells, and taking the idea back."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from chalicelib.domain.links import token_hash
from chalicelib.domain.plan import withdrawal
from chalicelib.domain.rows import GIVER, EventRow, Snapshot, TextRow, TokenPurpose, TokenRow
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Followed:
    """A case as its idea-giver may know it: no reviewer's name is shown from it, and no contact details are read."""

    snapshot: Snapshot
    events: tuple[EventRow, ...]
    text: TextRow


@dataclass(frozen=True)
class Withdrawn:
    """The idea is taken back, now or earlier."""


@dataclass(frozen=True)
class AlreadyClosed:
    """The case had already ended; there is nothing to take back."""


@dataclass(frozen=True)
class NotTyped:
    """What was typed is not the reference; nothing happened."""


def follow_idea(deps: Deps, raw: str) -> Followed | None:
    """The case behind a private status link, or None for a link that is unknown or too old. Reads only."""
    snapshot = _behind(deps, raw)
    if snapshot is None:
        return None
    case = snapshot.case
    text = deps.store.get(TextRow, case.case_id, case.text_version)
    if text is None:
        raise LookupError(f"case {case.case_id} has no text {case.text_version}")
    return Followed(snapshot, deps.store.events(case.case_id), text)


def withdraw_idea(deps: Deps, raw: str, typed: str) -> Withdrawn | AlreadyClosed | NotTyped | None:
    """End the case on its idea-giver's word. The reference must be typed, since scanners press buttons. Twice is once."""

    def attempt() -> Withdrawn | AlreadyClosed | NotTyped | None:
        snapshot = _behind(deps, raw)
        if snapshot is None:
            return None
        case = snapshot.case
        if case.step == deps.process.withdrawn:
            return Withdrawn()
        if case.closed:
            return AlreadyClosed()
        if "".join(typed.split()).upper().strip("[]") != case.ref:
            return NotTyped()
        given = deps.circumstances()
        mails = commit(deps, snapshot, withdrawal(given, snapshot), given.people, actor=GIVER)
        nudge_mails(deps, mails)
        log.info("case %s: withdrawn", case.case_id)
        return Withdrawn()

    return contended(deps, attempt)


def _behind(deps: Deps, raw: str) -> Snapshot | None:
    token = deps.store.get(TokenRow, token_hash(raw))
    if (
        token is None
        or token.purpose is not TokenPurpose.STATUS
        or token.case_id is None
        or token.expires_at <= deps.clock.now()
    ):
        log.warning("refused a status link")
        return None
    return deps.store.snapshot(token.case_id)
