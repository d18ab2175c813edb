"""Looks at a case and moves it as far as it can go. Safe to run twice, late or out of order."""

from __future__ import annotations

import logging
from dataclasses import replace

from chalicelib.domain.events import SLUICE
from chalicelib.domain.plan import plan
from chalicelib.domain.planned import Circumstances, Plan, Reason
from chalicelib.domain.rows import AskState, Snapshot
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)


def evaluate_case(deps: Deps, case_id: str) -> Reason | None:
    """Why the case was moved or left, or None when there is no such case or it is not due.

    Reads and plans again when somebody else moved the case meanwhile; raises TooBusy when that never ends, and whatever
    planning raises: then the case stays due and the sweep comes back to it.
    """

    def attempt() -> Reason | None:
        snapshot = deps.store.snapshot(case_id)
        if snapshot is None:
            log.warning("no case %s", case_id)
            return None
        if snapshot.case.due_at is None or snapshot.case.due_at > deps.clock.now():
            return None
        given, planned = _plan_with_people_as_they_are(deps, snapshot)
        mails = commit(deps, snapshot, planned, given.people, actor=SLUICE)
        nudge_mails(deps, mails)
        return planned.why

    why = contended(deps, attempt)
    log.info("evaluated case %s: %s", case_id, why or "not due")
    return why


def _plan_with_people_as_they_are(deps: Deps, snapshot: Snapshot) -> tuple[Circumstances, Plan]:
    """The roster is an index and may be behind, and who has just left must neither keep an ask nor get one: those who are asked, and
    those whom the plan would ask, are read by themselves. Each one it would ask anew is one more consistent read."""
    given = deps.circumstances(snapshot.case)
    asks = snapshot.current_asks() + snapshot.current_tasks()
    unsure, known = {ask.person for ask in asks if ask.state is AskState.OPEN}, set[str]()
    while True:
        given = replace(given, people=deps.as_they_are(given.people, unsure))
        planned = plan(given, snapshot)
        known |= unsure
        unsure = {ask.person for ask in planned.opens} - known
        if not unsure:
            return given, planned
