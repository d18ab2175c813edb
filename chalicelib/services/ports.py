"""What the services need from the world, as protocols. Fakes and adapters keep the same contract suite."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol, TypeVar

from chalicelib.domain.messages import Message
from chalicelib.domain.rows import EventRow, PersonRow, Row, ShownIdeaRow, Snapshot
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Operation

R = TypeVar("R", bound=Row)

ROW_EXISTS = "row-exists"
"""What a Conflict names when a Change or a Check that has no condition of its own found no row."""


class Waiting(StrEnum):
    """The three kinds of rows that have a clock of their own."""

    CASE = "case"
    MAIL = "mail"
    PERSON = "person"


@dataclass(frozen=True)
class OpenCase:
    """An open case as the index of open cases tells it: may lag a moment behind the table."""

    case_id: str
    ref: str
    step: str
    epoch: int
    received_at: datetime
    deadline: datetime | None


class StoreUnavailable(Exception):
    """The store gave no answer, or an error of its own. A write may or may not have been made: read before trying again.
    The text holds the service's error code, never a row."""


class Unreadable(Exception):
    """A stored row that this version of the code has no kind, shape or word for: newer code wrote it, and it must not be misread."""


class Store(Protocol):
    def get(self, kind: type[R], *key: str | int) -> R | None:
        """The row with this key, read consistently, or None. Key parts in the order of the row's own fields:
        CaseRow(case_id), AskRow(case_id, epoch, person, task), UndeliveredRow(case_id, mail_id), FollowerRow(case_id, follower),
        QuestionRow(case_id, number), ContactRow(case_id), TextRow(case_id, version), MaskedRow(case_id, version),
        EventRow(case_id, seq), ReferenceRow(ref), ProcessRow(version), MailRow(mail_id), HoldRow(name), StoppedRow(address_hash),
        TokenRow(token_hash), PersonRow(person_id), GuardRow(key), ShownIdeaRow(shelf, since, case_id)."""

    def snapshot(self, case_id: str) -> Snapshot | None:
        """The case with its asks, undelivered mails and followers, read consistently in one query, or None. Raises Unreadable, as
        whatever reads a row does."""

    def events(self, case_id: str) -> tuple[EventRow, ...]:
        """All events of a case in order of `seq`, read consistently."""

    def transact(self, operations: Sequence[Operation]) -> None:
        """All of it or nothing; at most 100 operations, no two on one row. Raises Conflict when refused.
        A single operation may cost less than a transaction."""

    def due(self, waiting: Waiting, before: datetime, limit: int) -> tuple[str, ...]:
        """Ids of rows whose `try_at` is at or before `before`, oldest first, at most `limit`. May lag a moment behind."""

    def people(self) -> tuple[PersonRow, ...]:
        """Everyone active in the directory, sorted by id. May lag a moment behind."""

    def open_cases(self) -> tuple[OpenCase, ...]:
        """Every case that is neither closed nor held, oldest first. May lag a moment behind."""

    def held(
        self, why: Suspicion, limit: int | None = None, *, newest: bool = False
    ) -> tuple[OpenCase, ...]:
        """The cases that are held for one reason, at most `limit`: the oldest, or the newest, first. May lag a moment behind."""

    def asked(self, person: str) -> tuple[str, ...]:
        """Ids of the cases in which an ask to this person is open, sorted; whoever may judge what is held is not found by that. May
        lag a moment behind."""

    def received_on(self, date: str) -> tuple[str, ...]:
        """Ids of the cases received on a local date (YYYY-MM-DD), oldest first. May lag a moment behind."""

    def shown_ideas(self, shelf: str, limit: int) -> tuple[ShownIdeaRow, ...]:
        """The newest rows of a shelf by the day of their end, newest first, hidden ones among them; reads at most `limit`. May lag a
        moment behind."""


class Queue(Protocol):
    def send(self, messages: Iterable[Message]) -> None:
        """Nudge: each message to the queue of its kind, as few requests as possible. Best effort: a failure is logged,
        never raised, since whatever is due is found by the sweep."""


@dataclass(frozen=True)
class Letter:
    """A mail ready to send. `subject` is a single line; `headers` values hold no line breaks."""

    mail_id: str
    attempt: int
    to: str
    subject: str
    text: str
    html: str
    headers: tuple[tuple[str, str], ...] = ()


class Refusal(StrEnum):
    """TRANSIENT: try again for a day. THROTTLED: there is no room now, try again without end. HOLD: nobody knows what mends this
    mail but a person. HOLD_ALL: nor any other mail. TEXT: what is written in it is not taken,
    which says nothing of its reader. PERMANENT: this mail will never be taken."""

    TRANSIENT = "transient"
    THROTTLED = "throttled"
    HOLD = "hold"
    HOLD_ALL = "hold all"
    TEXT = "text"
    PERMANENT = "permanent"


class Refused(Exception):
    """The mail was certainly not sent. `reason` is the service's error code, without addresses."""

    def __init__(self, refusal: Refusal, reason: str) -> None:
        super().__init__(f"{refusal}: {reason}")
        self.refusal = refusal
        self.reason = reason


class OutcomeUnknown(Exception):
    """The mail may or may not have been sent."""


class Mailer(Protocol):
    def send(self, letter: Letter) -> str:
        """Send once, without retries, and give the service's message id. Raises Refused or OutcomeUnknown."""


class Pace(Protocol):
    def kept(self) -> AbstractContextManager[None]:
        """A block that sends one mail and does not end before the next may be sent by whoever comes after it."""


class Clock(Protocol):
    def now(self) -> datetime:
        """The stage's time, aware, in UTC."""


class Secrets(Protocol):
    def site_url(self) -> str:
        """The stage's public address, without a trailing slash."""

    def keyed_hash(self, purpose: str, value: str) -> str:
        """HMAC-SHA-256 with the stage's secret, 64 hex digits; another purpose gives another hash."""
