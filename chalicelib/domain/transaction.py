"""A transaction as data: rows to create or change and the named conditions under which that is allowed.

Owns the conditions of the whole sluice, each with a name, so that a test can drop any one of them and see what breaks.
Must not know how a condition is written in any database.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    GuardRow,
    HoldRow,
    MailRow,
    MailState,
    PersonRow,
    QuestionRow,
    QuestionState,
    Row,
    StoppedRow,
    TokenRow,
    TokenState,
)


class Op(StrEnum):
    EQUALS = "equals"
    AFTER = "after"
    CONTAINS = "contains"


@dataclass(frozen=True)
class Condition:
    """`attribute` of the stored row, compared with `value`. `name` identifies the rule, not the attribute."""

    name: str
    attribute: str
    op: Op
    value: str | int | bool | datetime | Mapping[str, object]


@dataclass(frozen=True)
class Create:
    """Store a row that must not exist yet. `name` is the name of that condition."""

    row: Row
    name: str


@dataclass(frozen=True)
class Change:
    """Replace a row that must exist and meet every condition."""

    row: Row
    conditions: tuple[Condition, ...]


@dataclass(frozen=True)
class Check:
    """Change nothing, but hold only if the row with the same key as `row` meets every condition."""

    row: Row
    conditions: tuple[Condition, ...]


Operation = Create | Change | Check


class Conflict(Exception):
    """A transaction was refused and nothing was written. `failed` names conditions that did not hold;
    it is empty when the database only reported contention."""

    def __init__(self, failed: frozenset[str] = frozenset()) -> None:
        super().__init__(", ".join(sorted(failed)) or "contention")
        self.failed = failed


def case_is_as_read(case: CaseRow) -> Condition:
    return Condition("case-is-as-read", "seq", Op.EQUALS, case.seq)


def due_is_as_read(case: CaseRow) -> Condition:
    """Nobody has woken the case since it was read; ValueError for one that sleeps, which nobody wakes."""
    if case.due_at is None:
        raise ValueError("the case has no next look")
    return Condition("due-is-as-read", "due_at", Op.EQUALS, case.due_at)


def unmoved(case: CaseRow) -> tuple[Condition, ...]:
    """Nobody has moved the case since it was read, nor woken it. To be asked by whoever says when it is looked at next, or keeps what
    was read of that: a wake that was overwritten would be lost."""
    woken = () if case.due_at is None else (due_is_as_read(case),)
    return (case_is_as_read(case), *woken)


def ask_is_open(ask: AskRow) -> Condition:
    return Condition("ask-is-open", "state", Op.EQUALS, AskState.OPEN.value)


def ask_is_answered(ask: AskRow) -> Condition:
    return Condition("ask-is-answered", "state", Op.EQUALS, AskState.ANSWERED.value)


def question_is_open(question: QuestionRow) -> Condition:
    return Condition("question-is-open", "state", Op.EQUALS, QuestionState.OPEN.value)


def trouble_is_untold() -> Condition:
    return Condition("trouble-is-untold", "told", Op.EQUALS, False)


def not_yet_moved_on(row: CaseRow | MailRow | PersonRow) -> Condition:
    """Nobody has moved the row's next try since it was read; ValueError when it has left the index."""
    if row.try_at is None:
        raise ValueError("the row has no next try")
    return Condition("try-is-as-read", "try_at", Op.EQUALS, row.try_at)


def case_shows_what_was_read(token: TokenRow) -> Condition:
    """The case still has the text that the link was bound to; ValueError for a link that shows no text."""
    if token.text_hash is None:
        raise ValueError("the link is bound to no text")
    return Condition("text-is-as-shown", "text_hash", Op.EQUALS, token.text_hash)


def case_is_in_epoch(epoch: int) -> Condition:
    return Condition("epoch-is-current", "epoch", Op.EQUALS, epoch)


def token_is_active(token: TokenRow) -> Condition:
    return Condition("link-is-unused", "state", Op.EQUALS, TokenState.ACTIVE.value)


def token_lives(now: datetime) -> Condition:
    return Condition("link-has-not-expired", "expires_at", Op.AFTER, now)


def code_is(token: TokenRow) -> Condition:
    """The code that was compared is still the link's code; ValueError when it has none."""
    if token.code_hash is None:
        raise ValueError("the link has no code")
    return Condition("code-is-as-read", "code_hash", Op.EQUALS, token.code_hash)


def person_is_active(person: PersonRow) -> Condition:
    return Condition("person-is-active", "active", Op.EQUALS, True)


def person_has_role(role: str) -> Condition:
    return Condition("person-has-role", "roles", Op.CONTAINS, role)


def person_is_as_read(person: PersonRow) -> Condition:
    return Condition("person-is-as-read", "seq", Op.EQUALS, person.seq)


def mail_is_in(state: MailState) -> Condition:
    return Condition("mail-is-in-state", "state", Op.EQUALS, state.value)


def mail_attempt_is(mail: MailRow) -> Condition:
    return Condition("mail-attempt-is-mine", "attempts", Op.EQUALS, mail.attempts)


def hold_is_as_read(hold: HoldRow) -> Condition:
    return Condition("hold-is-as-read", "until", Op.EQUALS, hold.until)


def stop_is_as_read(stopped: StoppedRow) -> Condition:
    return Condition("stop-is-as-read", "since", Op.EQUALS, stopped.since)


def mail_tells(mail: MailRow) -> Condition:
    return Condition("mail-tells-what-was-read", "context", Op.EQUALS, mail.context)


MANY_IDEAS = frozenset({"receipts", "let_off"})
"""What the mails are for that get another line for each idea while they wait."""


def mail_as_read(mail: MailRow) -> tuple[Condition, ...]:
    """That nobody has claimed a mail or told its fate since it was read, nor added an idea to one that is about many."""
    grows = (mail_tells(mail),) if mail.purpose in MANY_IDEAS else ()
    return (mail_is_in(mail.state), mail_attempt_is(mail), *grows)


def count_is(guard: GuardRow) -> Condition:
    return Condition("count-is-as-read", "count", Op.EQUALS, guard.count)
