"""An idea that was carried out comes before everybody's eyes when its idea-giver says so, and goes away again as easily.

What is shown is a row of its own: the masked title, what those who carried it out have told, and a name only by consent. It is read
anew at each visit and kept nowhere, so that what is hidden is gone at once.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from chalicelib.domain.events import record
from chalicelib.domain.rows import (
    CARRIED_OUT,
    GIVER,
    CaseRow,
    ContactRow,
    Fact,
    MaskedRow,
    ShownIdeaRow,
    Snapshot,
)
from chalicelib.domain.shown import may_be_shown, story
from chalicelib.domain.transaction import Change, Create, Operation, unmoved
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps
from chalicelib.services.mask_more import mask_unscreened

log = logging.getLogger(__name__)

MOST_SHOWN = 100
"""How many rows the page of them reads: about 100 KB, a dozen read units."""
EXAMPLES = 3
LOOKED_AT = 12
"""How many rows the start page reads to find its examples: one read unit or two, and seldom are so many of the newest hidden."""


def show_idea(
    deps: Deps, case_id: str, with_name: bool, also: Callable[[], Operation] | None = None
) -> ShownIdeaRow | None:
    """Let everybody read about an idea that was carried out, on its idea-giver's word. None when it cannot be shown: there is no such
    case, it was not carried out, or nobody has told how it went. Twice is once; the other choice about the name replaces the first.
    What is `also` to be done is done with a change, and asked for anew at each try."""

    def attempt() -> ShownIdeaRow | None:
        snapshot = deps.store.snapshot(case_id)
        row = _as_shown(deps, snapshot, with_name) if snapshot is not None else None
        if snapshot is None or row is None:
            return None
        before = _row_of(deps, snapshot.case)
        if row != before:
            fact = Fact("IdeaShown", {"with_name": "yes" if row.name else "no"})
            write = Create(row, "shown-is-new") if before is None else Change(row, ())
            _commit(deps, snapshot.case, GIVER, fact, write, *([also()] if also else []))
        return row

    return contended(deps, attempt)


def hide_idea(deps: Deps, case_id: str, actor: str = GIVER) -> bool:
    """Take an idea and its giver's name away from everybody's eyes; False when it was not shown. Twice is once."""

    def attempt() -> bool:
        snapshot = deps.store.snapshot(case_id)
        row = _row_of(deps, snapshot.case) if snapshot is not None else None
        if snapshot is None or row is None or row.hidden:
            return False
        _commit(deps, snapshot.case, actor, Fact("IdeaHidden"), Change(hidden(row), ()))
        return True

    return contended(deps, attempt)


def hidden(row: ShownIdeaRow) -> ShownIdeaRow:
    return replace(row, name=None, hidden=True)


def can_be_shown(deps: Deps, snapshot: Snapshot) -> bool:
    """Whether its idea-giver can be asked if everybody may read about the idea: `show_idea` would then do it."""
    return _as_shown(deps, snapshot, with_name=False) is not None


def shown_idea(deps: Deps, case: CaseRow) -> ShownIdeaRow | None:
    """What everybody may read about this idea, or None."""
    row = _row_of(deps, case)
    return None if row is None or row.hidden else row


def carried_out(deps: Deps) -> tuple[ShownIdeaRow, ...]:
    """The ideas that everybody may read about, newest first, at most a hundred. Raises StoreUnavailable."""
    return _visible(deps, MOST_SHOWN)


def examples(deps: Deps) -> tuple[ShownIdeaRow, ...]:
    """The newest three of them. Raises StoreUnavailable."""
    return _visible(deps, LOOKED_AT)[:EXAMPLES]


def _visible(deps: Deps, limit: int) -> tuple[ShownIdeaRow, ...]:
    return tuple(row for row in deps.store.shown_ideas(CARRIED_OUT, limit) if not row.hidden)


def _row_of(deps: Deps, case: CaseRow) -> ShownIdeaRow | None:
    return deps.store.get(ShownIdeaRow, CARRIED_OUT, _since(deps, case), case.case_id)


def _since(deps: Deps, case: CaseRow) -> str:
    """The local date on which the case came into the step where it stands."""
    return deps.calendar.local_date(case.entered_at).isoformat()


def _as_shown(deps: Deps, snapshot: Snapshot, with_name: bool) -> ShownIdeaRow | None:
    case = snapshot.case
    process = deps.process_of(case)
    told = story(process, snapshot.asks) if may_be_shown(process, case) else ""
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    contact = deps.store.get(ContactRow, case.case_id)
    if not told or masked is None or contact is None or not masked.fields.get("title"):
        return None
    return ShownIdeaRow(
        shelf=CARRIED_OUT,
        since=_since(deps, case),
        case_id=case.case_id,
        title=masked.fields["title"],
        story=mask_unscreened(deps, case, told),
        lang=case.lang,
        name=contact.name if with_name else None,
    )


def _commit(deps: Deps, case: CaseRow, actor: str, fact: Fact, *writes: Operation) -> None:
    """The row and its event in one transaction. The case is not woken: there is nothing for an evaluation to do."""
    moved, event = record(case, deps.clock.now(), actor, (fact,))
    deps.store.transact([Change(moved, unmoved(case)), Create(event, "event-is-next"), *writes])
    log.info("case %s: %s", case.case_id, fact.kind)
