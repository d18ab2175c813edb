"""The idea-giver's side of a case: what the status page tells, answering a question, which mails they want, and taking the idea back."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from chalicelib.domain.answers import as_reference
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Why, judge_own, token_hash
from chalicelib.domain.news import progress_chosen
from chalicelib.domain.plan import withdrawal
from chalicelib.domain.process import Process
from chalicelib.domain.rows import (
    GIVER,
    CaseRow,
    ContactRow,
    EventRow,
    GuardRow,
    HowOften,
    QuestionRow,
    ShownIdeaRow,
    Snapshot,
    TextRow,
    TokenPurpose,
    TokenRow,
)
from chalicelib.domain.text import clean
from chalicelib.domain.transaction import Operation
from chalicelib.services.commit import commit, contended, nudge_mails
from chalicelib.services.counters import counted, counter
from chalicelib.services.deps import Deps
from chalicelib.services.open_link import warn
from chalicelib.services.question_giver import NothingAsked, Told, answer_question
from chalicelib.services.refuse import refuse
from chalicelib.services.show_idea import can_be_shown, hide_idea, show_idea, shown_idea

log = logging.getLogger(__name__)

CHANGES_A_DAY = 10
"""Of what an idea-giver chooses about one idea."""


@dataclass(frozen=True)
class Followed:
    """A case as its idea-giver may know it: no reviewer's name is shown from it, and no contact details are read. `questions` are
    those that were asked, `joined` the case that this one was joined with; each case has its own process. `shown` is what everybody may
    read about the idea, and `can_be_shown` whether its giver may be asked for that."""

    snapshot: Snapshot
    events: tuple[EventRow, ...]
    text: TextRow
    process: Process
    questions: tuple[QuestionRow, ...]
    joined: CaseRow | None
    joined_process: Process | None
    can_be_shown: bool = False
    shown: ShownIdeaRow | None = None

    @property
    def waiting_question(self) -> QuestionRow | None:
        """The question that waits for the idea-giver's answer."""
        case = self.snapshot.case
        if case.paused_at is None:
            return None
        return next((row for row in self.questions if row.number == case.questions), None)


@dataclass(frozen=True)
class Withdrawn:
    """The idea is taken back, now or earlier."""


@dataclass(frozen=True)
class AlreadyClosed:
    """The case had already ended; there is nothing to take back."""


@dataclass(frozen=True)
class NotConfirmed:
    """What was chosen is not the idea's own number; nothing happened."""


def follow_idea(deps: Deps, raw: str) -> Followed | None:
    """The case behind a private status link, or None for a link that is unknown or too old. Reads only."""
    snapshot = _behind(deps, raw)
    if isinstance(snapshot, Why):
        return None
    case = snapshot.case
    text = deps.store.get(TextRow, case.case_id, case.text_version)
    if text is None:
        raise LookupError(f"case {case.case_id} has no text {case.text_version}")
    asked = (
        deps.store.get(QuestionRow, case.case_id, number) for number in range(1, case.questions + 1)
    )
    joined = _joined(deps, case)
    return Followed(
        snapshot=snapshot,
        events=deps.store.events(case.case_id),
        text=text,
        process=deps.process_of(case),
        questions=tuple(row for row in asked if row is not None),
        joined=joined,
        joined_process=deps.process_of(joined) if joined is not None else None,
        can_be_shown=case.closed and can_be_shown(deps, snapshot),
        shown=shown_idea(deps, case) if case.closed else None,
    )


def _joined(deps: Deps, case: CaseRow) -> CaseRow | None:
    """The case in which an idea lives on, however many times it was joined with another; None for one that stands by itself or
    was taken back."""
    if case.step == deps.process_of(case).withdrawn:
        return None
    found, seen = None, {case.case_id}
    at = case.merged_into
    while at is not None and at not in seen:
        seen.add(at)
        found = deps.store.get(CaseRow, at) or found
        at = found.merged_into if found is not None else None
    return found


def answer_by_status_link(
    deps: Deps, raw: str, number: int, typed: str
) -> Told | NothingAsked | FieldError | None:
    """Store what the idea-giver answers to question `number`; None for a link that is unknown or too old. Twice is once."""

    def attempt() -> Told | NothingAsked | FieldError | Why:
        snapshot = _behind(deps, raw)
        if isinstance(snapshot, Why):
            return snapshot
        return answer_question(deps, snapshot, number, typed)

    result = contended(deps, attempt)
    if isinstance(result, Why):
        refuse(deps, raw, result, warned=True)
        return None
    return result


def withdraw_idea(
    deps: Deps, raw: str, chosen: str
) -> Withdrawn | AlreadyClosed | NotConfirmed | None:
    """End the case on its idea-giver's word. `chosen` must be its reference, which is the value of a choice that nobody has made
    beforehand, since scanners press buttons. Twice is once."""

    def attempt() -> Withdrawn | AlreadyClosed | NotConfirmed | Why:
        snapshot = _behind(deps, raw)
        if isinstance(snapshot, Why):
            return snapshot
        case = snapshot.case
        if case.given_up or case.step == deps.process_of(case).withdrawn:
            return Withdrawn()
        if case.closed:
            return AlreadyClosed()
        if as_reference(chosen) != case.ref:
            return NotConfirmed()
        given = deps.circumstances(case)
        mails = commit(deps, snapshot, withdrawal(given, snapshot), given.people, actor=GIVER)
        nudge_mails(deps, mails)
        log.info("case %s: withdrawn", case.case_id)
        return Withdrawn()

    result = contended(deps, attempt)
    if isinstance(result, Why):
        refuse(deps, raw, result, warned=True)
        return None
    return result


def decline_mails(deps: Deps, raw: str) -> CaseRow | None:
    """Let the idea-giver hear only what they must know, by the link of a mail that they can do without. None for a link that is unknown
    or too old. Twice is once."""
    result = _choose(deps, raw, TokenPurpose.UNSUBSCRIBE, HowOften.OUTCOME, _uncounted)
    return result if isinstance(result, CaseRow) else None


def choose_mails(deps: Deps, raw: str, chosen: HowOften) -> CaseRow | FieldError | None:
    """Let the idea-giver hear as often as they want, by their status link: ten changes a day, since each is an event. None for a link
    that is unknown or too old. Twice is once, and what changes nothing writes nothing."""

    def counting(case: CaseRow) -> GuardRow:
        return _changes_today(deps, case.case_id)

    return _choose(deps, raw, TokenPurpose.STATUS, chosen, counting)


def _changes_today(deps: Deps, case_id: str) -> GuardRow:
    day = deps.calendar.local_date(deps.clock.now()).isoformat()
    return counter(deps, f"choices#{case_id}#{day}")


def _uncounted(case: CaseRow) -> None:
    """What only ever goes one way needs no end: it goes again after a choice that was counted."""


def _choose(
    deps: Deps,
    raw: str,
    purpose: TokenPurpose,
    chosen: HowOften,
    counting: Callable[[CaseRow], GuardRow | None],
) -> CaseRow | FieldError | None:
    def attempt() -> CaseRow | FieldError | Why:
        snapshot = _behind(deps, raw, purpose)
        if isinstance(snapshot, Why):
            return snapshot
        if snapshot.case.how_often is chosen:
            return snapshot.case
        so_far = counting(snapshot.case)
        if so_far is not None and so_far.count >= CHANGES_A_DAY:
            return FieldError("mails", Problem.ENOUGH_TODAY)
        planned = progress_chosen(snapshot.case, chosen)
        checks = (counted(so_far, deps.clock.now()),) if so_far is not None else ()
        commit(deps, snapshot, planned, (), actor=GIVER, checks=checks)
        log.info("case %s: %s", snapshot.case.case_id, planned.facts[0].kind)
        return planned.case

    result = contended(deps, attempt)
    if isinstance(result, Why):
        refuse(deps, raw, result, warned=True)
        return None
    return result


class Showing(StrEnum):
    """What everybody may read about an idea that was carried out, as its idea-giver chooses."""

    WITH_NAME = "with-name"
    WITHOUT_NAME = "without-name"
    NOTHING = "nothing"


def choose_showing(
    deps: Deps, raw: str, chosen: Showing, name: str = ""
) -> bool | FieldError | None:
    """Let everybody read about the idea, with or without its giver's name, or no longer, on its giver's word by their status link. None
    for a link that is unknown or too old; False for an idea that cannot be shown. Twice is once. The name must be typed as it was given:
    a status link that was passed on must not tell it. Ten changes a day, but hiding always goes: it follows a showing that was counted."""
    snapshot = _behind(deps, raw)
    if isinstance(snapshot, Why):
        refuse(deps, raw, snapshot, warned=True)
        return None
    case_id = snapshot.case.case_id
    if chosen is Showing.WITH_NAME and can_be_shown(deps, snapshot):
        contact = deps.store.get(ContactRow, case_id)
        if contact is None or _as_typed(name) != _as_typed(contact.name):
            return FieldError("name", Problem.NOT_TYPED if name.strip() else Problem.MISSING)
    if chosen is Showing.NOTHING:
        hide_idea(deps, case_id)
        return True
    with_name = chosen is Showing.WITH_NAME
    if _changes_today(deps, case_id).count >= CHANGES_A_DAY:
        return FieldError("show", Problem.ENOUGH_TODAY)

    def count() -> Operation:
        return counted(_changes_today(deps, case_id), deps.clock.now())

    return show_idea(deps, case_id, with_name, also=count) is not None


def _as_typed(name: str) -> str:
    return clean(name, multiline=False).text.casefold()


def case_to_quiet(deps: Deps, raw: str) -> CaseRow | None:
    """The case of a link by which mails are declined, or None for a link that is unknown or too old. Reads only."""
    snapshot = _behind(deps, raw, TokenPurpose.UNSUBSCRIBE)
    return None if isinstance(snapshot, Why) else snapshot.case


def _behind(deps: Deps, raw: str, purpose: TokenPurpose = TokenPurpose.STATUS) -> Snapshot | Why:
    """The case that one of its idea-giver's own links leads to, or why it leads nowhere."""
    token = deps.store.get(TokenRow, token_hash(raw))
    snapshot = None
    if token is not None and token.case_id is not None:
        snapshot = deps.store.snapshot(token.case_id)
    case = snapshot.case if snapshot is not None else None
    why = judge_own(token, purpose, case, deps.clock.now())
    if why is None and snapshot is not None:
        return snapshot
    warn(why or Why.NOTHING_BEHIND, token)
    return why or Why.NOTHING_BEHIND
