"""Revokes the links to an idea-giver's page, when one of them has come into the wrong hands."""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.events import OPERATOR, record
from chalicelib.domain.rows import CaseRow, Fact, ReferenceRow
from chalicelib.domain.transaction import Change, Create, unmoved
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps


def revoke_status_links(deps: Deps, ref: str) -> CaseRow | None:
    """Every link to the giver's page that was made until now leads nowhere from this moment; a later mail carries a good one. None
    when there is no such case. Again is safe, and recorded again."""

    def attempt() -> CaseRow | None:
        reference = deps.store.get(ReferenceRow, ref)
        case = deps.store.get(CaseRow, reference.case_id) if reference is not None else None
        if case is None:
            return None
        now = deps.clock.now()
        fact = Fact("StatusLinksRevoked")
        moved, event = record(replace(case, links_from=now), now, OPERATOR, (fact,))
        deps.store.transact([Change(moved, unmoved(case)), Create(event, "event-is-next")])
        return moved

    return contended(deps, attempt)
