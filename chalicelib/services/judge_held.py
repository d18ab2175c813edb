"""Lets a held idea in or turns it away, on the word of a coordinator by their link, or of an operator."""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace

from chalicelib.domain.answers import Answer, read_answer
from chalicelib.domain.events import OPERATOR
from chalicelib.domain.form import FieldError
from chalicelib.domain.held import DECISION, JUDGING, WHY, Decision, judged, told_of_judgement
from chalicelib.domain.links import OpenAsk
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.planned import Circumstances, Plan
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    ReferenceRow,
    Snapshot,
)
from chalicelib.domain.transaction import Operation
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import by_link
from chalicelib.services.receipts import owe_receipt

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class NotHeld:
    """The case is not held, or no longer; nothing was stored."""

    case: CaseRow


def judge_by_link(deps: Deps, link: OpenAsk, answered: AskRow, raw_session: str | None) -> None:
    """Store what a coordinator answers about a held idea, and what follows from it. Raises Conflict when the case has moved meanwhile."""
    given = deps.circumstances(link.case)
    planned = judged(given, link.snapshot, answered)
    planned = planned.with_(mails=(told_of_judgement(answered, given.now),))
    checks = by_link(deps, link, raw_session, given.now)
    _store(deps, given, link.snapshot, planned, answered.person, checks)


def judge_by_operator(
    deps: Deps, ref: str, decision: Decision, reason: str
) -> CaseRow | NotHeld | tuple[FieldError, ...] | None:
    """Let the held idea with this reference in, or turn it away, for a reason. None when there is no such reference, and what is wrong
    with the reason. A second time finds an idea that is no longer held."""

    def attempt() -> CaseRow | NotHeld | tuple[FieldError, ...] | None:
        known = deps.store.get(ReferenceRow, ref)
        snapshot = deps.store.snapshot(known.case_id) if known is not None else None
        if snapshot is None:
            return None
        if not snapshot.case.is_held:
            return NotHeld(snapshot.case)
        given = deps.circumstances(snapshot.case)
        step = given.process.step(JUDGING)
        answer = read_answer(step, (), {DECISION: decision, WHY: reason}, given.today)
        if not isinstance(answer, Answer):
            return answer
        case = snapshot.case
        ask = AskRow(
            case_id=case.case_id,
            epoch=case.epoch,
            person=OPERATOR,
            step=step.key,
            role=step.role,
            state=AskState.ANSWERED,
            opened_at=given.now,
            deadline=given.now,
            text_hash=case.text_hash,
            task=step.key,
            answer=dict(answer.values),
            answered_at=given.now,
            note=case.held,
        )
        return _store(deps, given, snapshot, judged(given, snapshot, ask), OPERATOR, ())

    return contended(deps, attempt)


def _store(
    deps: Deps,
    given: Circumstances,
    snapshot: Snapshot,
    planned: Plan,
    actor: str,
    checks: tuple[Operation, ...],
) -> CaseRow:
    """The plan, and with an idea that is let in the receipt that it has not had."""
    at_once: tuple[str, ...] = ()
    if not planned.case.closed and planned.case.has_email:
        receipt = owe_receipt(
            deps, replace(planned.case, seq=planned.case.seq + 1), _address(deps, planned.case)
        )
        checks, at_once = (*checks, *receipt.operations), receipt.at_once
    mails = commit(deps, snapshot, planned, given.people, actor=actor, checks=checks)
    log.info("case %s: %s", planned.case.case_id, planned.why)
    deps.queue.send([EvaluateCase(planned.case.case_id)])
    nudge_mails(deps, (*mails, *at_once))
    return planned.case


def _address(deps: Deps, case: CaseRow) -> str:
    contact = deps.store.get(ContactRow, case.case_id)
    if contact is None or contact.email is None:
        raise LookupError(f"case {case.case_id} has no address")
    return contact.email
