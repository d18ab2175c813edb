"""The rows of the record, as the domain sees them: frozen values, one for each kind of row in the tables.

Owns their names and meaning (`docs/data.md` tells the rest). Knows nothing of keys, indexes or how a row is stored.
Times are aware UTC datetimes; a date is a local Swedish date as YYYY-MM-DD.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.domain.process import Lang

ROW_VERSION = 1


@dataclass(frozen=True)
class CaseRow:
    """The thin row of a case, written often. `due_at` says when evaluation must next look (None: never again),
    `try_at` is what the sweep's index sorts on, `seq` and `head_hash` are the head of the event chain."""

    case_id: str
    ref: str
    lang: Lang
    step: str
    epoch: int
    seq: int
    head_hash: str
    received_at: datetime
    received_date: str
    process_version: str
    text_version: int
    text_hash: str
    entered_at: datetime
    has_email: bool
    own_unit: str | None = None
    deadline: datetime | None = None
    extensions: int = 0
    escalations: int = 0
    due_at: datetime | None = None
    try_at: datetime | None = None
    tries: int = 0
    stuck: bool = False
    closing_code: str | None = None
    smoke: bool = False
    closed: bool = False
    v: int = ROW_VERSION


class AskState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    LAPSED = "lapsed"


@dataclass(frozen=True)
class AskRow:
    """One person asked in one epoch of a case. `reminded` counts the reminders that are behind it."""

    case_id: str
    epoch: int
    person: str
    step: str
    role: str
    state: AskState
    opened_at: datetime
    deadline: datetime
    text_hash: str
    reminded: int = 0
    substitute: bool = False
    answer: Mapping[str, str] | None = None
    answered_at: datetime | None = None
    v: int = ROW_VERSION


@dataclass(frozen=True)
class UndeliveredRow:
    """A mail about a case that will not arrive; `told` when a person has been mailed about it."""

    case_id: str
    mail_id: str
    purpose: str
    recipient: str
    at: datetime
    told: bool = False
    v: int = ROW_VERSION


@dataclass(frozen=True)
class ContactRow:
    """Who the idea-giver is: the only row of a case, beside its mails, with identity in it."""

    case_id: str
    name: str
    email: str | None
    phone: str | None
    v: int = ROW_VERSION


@dataclass(frozen=True)
class TextRow:
    """What the idea-giver wrote, field by field, immutable; `content_hash` is over all of it."""

    case_id: str
    version: int
    fields: Mapping[str, str]
    content_hash: str
    v: int = ROW_VERSION


@dataclass(frozen=True)
class MaskedRow:
    """The de-identified text that reviewers see, immutable; `content_hash` is what their links are bound to."""

    case_id: str
    version: int
    fields: Mapping[str, str]
    content_hash: str
    v: int = ROW_VERSION


@dataclass(frozen=True)
class Fact:
    """One thing that happened, in the past tense (`IdeaSubmitted`, `StepEntered`), with small values and no personal data."""

    kind: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EventRow:
    """What one commit recorded: the audit trail, and by its sequence number the lock of the case."""

    case_id: str
    seq: int
    at: datetime
    actor: str
    facts: tuple[Fact, ...]
    prev_hash: str
    hash: str
    v: int = ROW_VERSION


@dataclass(frozen=True)
class ReferenceRow:
    """Makes a reference unique and leads from it to the case."""

    ref: str
    case_id: str
    v: int = ROW_VERSION


class MailState(StrEnum):
    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    COMPLAINED = "complained"
    FAILED = "failed"
    HELD = "held"
    SUPERSEDED = "superseded"


GIVER = "giver"
MAILBOX = "mailbox"


@dataclass(frozen=True)
class MailRow:
    """A mail owed, and later what became of it. `recipient` is a person id, `giver` or `mailbox` (the sluice's own).

    `context` is fixed when the mail is owed. `token_hash` points at the link that a code is for.
    """

    mail_id: str
    case_id: str | None
    purpose: str
    recipient: str
    lang: Lang
    context: Mapping[str, object]
    created_at: datetime
    epoch: int | None = None
    ref: str | None = None
    token_hash: str | None = None
    state: MailState = MailState.PENDING
    attempts: int = 0
    lease_until: datetime | None = None
    due_at: datetime | None = None
    try_at: datetime | None = None
    tries: int = 0
    ses_id: str | None = None
    sent_at: datetime | None = None
    sent_to: str | None = None
    sent_subject: str | None = None
    sent_text: str | None = None
    problem: str | None = None
    v: int = ROW_VERSION


class TokenPurpose(StrEnum):
    ASK = "ask"
    STATUS = "status"
    SESSION = "session"


class TokenState(StrEnum):
    ACTIVE = "active"
    USED = "used"


@dataclass(frozen=True)
class TokenRow:
    """A link or a session, known by the SHA-256 of its raw token. A code, when one was sent, is bound to the link."""

    token_hash: str
    purpose: TokenPurpose
    person: str
    expires_at: datetime
    created_at: datetime
    ttl: int
    case_id: str | None = None
    epoch: int | None = None
    text_hash: str | None = None
    state: TokenState = TokenState.ACTIVE
    code_hash: str | None = None
    code_expires_at: datetime | None = None
    v: int = ROW_VERSION


@dataclass(frozen=True)
class PersonRow:
    """Somebody in the directory. `digest` people get the morning mail; their own `due_at` is its time."""

    person_id: str
    name: str
    email: str
    lang: Lang
    roles: tuple[str, ...]
    unit: str
    active: bool = True
    digest: bool = False
    seq: int = 0
    due_at: datetime | None = None
    try_at: datetime | None = None
    tries: int = 0
    v: int = ROW_VERSION


@dataclass(frozen=True)
class GuardRow:
    """A counter with an end: codes asked for, wrong tries. `ttl` is only for clean-up, never for a decision."""

    key: str
    count: int
    ttl: int
    v: int = ROW_VERSION


Row = (
    CaseRow
    | AskRow
    | UndeliveredRow
    | ContactRow
    | TextRow
    | MaskedRow
    | EventRow
    | ReferenceRow
    | MailRow
    | TokenRow
    | PersonRow
    | GuardRow
)


@dataclass(frozen=True)
class Snapshot:
    """All that deciding about a case needs, read consistently in one query."""

    case: CaseRow
    asks: tuple[AskRow, ...] = ()
    undelivered: tuple[UndeliveredRow, ...] = ()

    def current_asks(self) -> tuple[AskRow, ...]:
        return tuple(ask for ask in self.asks if ask.epoch == self.case.epoch)

    def ask(self, epoch: int | None, person: str) -> AskRow | None:
        return next((a for a in self.asks if a.epoch == epoch and a.person == person), None)
