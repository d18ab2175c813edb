"""The rows of the record, as the domain sees them: frozen values, one for each kind of row in the tables.

Owns their names and meaning (`docs/data.md` tells the rest). Knows nothing of keys, indexes or how a row is stored.
Times are aware UTC datetimes; a date is a local Swedish date as YYYY-MM-DD.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from chalicelib.domain.process import Lang

ROW_VERSION = 1


class HowOften(StrEnum):
    """How often an idea-giver hears of their idea by mail. What they must know, a question or an outcome, always comes at once."""

    EVERY_STEP = "every-step"
    WEEKLY = "weekly"
    OUTCOME = "outcome"


@dataclass(frozen=True)
class CaseRow:
    """The thin row of a case, written often. `due_at` says when evaluation must next look (None: never again),
    `try_at` is what the sweep's index sorts on, `seq` and `head_hash` are the head of the event chain.

    The deadline of those who are asked is `clock_days` days after the local date `clock_from`; both are kept, so that a changed
    calendar mends it. `promised_by` is the local date that the idea-giver was given, which does not move when somebody is
    asked late; `late` tells that it has passed. While `paused_at` is set the clock stands still: question number `questions`
    waits for the idea-giver. `told_at` is when a message to the idea-giver was last owed. `masked_version` counts the masked
    texts, `merged_into` is the case it joined, `given_up` tells that it goes on without its giver: they took it back while others
    follow it, or were erased. Links to its giver's page that are older than `links_from` are revoked. `held` is why the idea waits
    until somebody has said that it is one.

    `has_email` and `has_phone` tell what the idea-giver left (of a case that is older than the latter, a number is assumed). `bounced`:
    mail to that address comes back, or they have complained of it. `quiet`: they want to hear only what they must know; then `told_at`
    also counts what they were spared. `weekly`, unless `quiet`: they want the rest in one mail a week. `news_since` is when the
    first news happened that such a mail has not told yet, to them or to somebody whose idea was joined with it."""

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
    clock_from: str | None = None
    clock_days: int = 0
    promised_by: str | None = None
    paused_at: datetime | None = None
    questions: int = 0
    told_at: datetime | None = None
    masked_version: int = 1
    merged_into: str | None = None
    late: bool = False
    given_up: bool = False
    has_phone: bool = True
    bounced: bool = False
    quiet: bool = False
    links_from: datetime | None = None
    held: str | None = None
    weekly: bool = False
    news_since: datetime | None = None
    v: int = ROW_VERSION

    @property
    def how_often(self) -> HowOften:
        if self.quiet:
            return HowOften.OUTCOME
        return HowOften.WEEKLY if self.weekly else HowOften.EVERY_STEP

    @property
    def is_held(self) -> bool:
        """Whether nobody has let it in yet. A case that older code, which knows of no such thing, has moved on is in."""
        return self.held is not None and self.epoch == 0

    @property
    def mailable(self) -> bool:
        """Whether its idea-giver can be told something by mail."""
        return self.has_email and not self.bounced

    @property
    def last_told(self) -> datetime:
        """When the idea-giver last heard something: the receipt, if nothing since."""
        return self.told_at or self.received_at


class AskState(StrEnum):
    """LAPSED: the step went on without this person. RECUSED: they declared a conflict of interest (jäv). DELEGATED: they
    handed the ask to a colleague. MOVED: somebody else was asked, since they were away or had left."""

    OPEN = "open"
    ANSWERED = "answered"
    LAPSED = "lapsed"
    RECUSED = "recused"
    DELEGATED = "delegated"
    MOVED = "moved"


@dataclass(frozen=True)
class AskRow:
    """One person asked in one epoch of a case. `reminded` counts the reminders that are behind it.

    `task` is the key of the step of kind task that it asks, and empty for the step in which the case stands. `note` is what
    the person wrote on recusing or handing over; `delegated_by` is who handed it to this person. `withdrawn` is the answer that the
    person took back and has not replaced: theirs to change, counted nowhere. `taken_back` is how often an answer was.
    """

    case_id: str
    epoch: int
    person: str
    step: str
    role: str
    state: AskState
    opened_at: datetime
    deadline: datetime
    text_hash: str
    task: str = ""
    reminded: int = 0
    substitute: bool = False
    answer: Mapping[str, str] | None = None
    answered_at: datetime | None = None
    note: str | None = None
    delegated_by: str | None = None
    withdrawn: Mapping[str, str] | None = None
    taken_back: int = 0
    v: int = ROW_VERSION


class QuestionState(StrEnum):
    OPEN = "open"
    ANSWERED = "answered"
    UNANSWERED = "unanswered"


@dataclass(frozen=True)
class QuestionRow:
    """One question to the idea-giver and its answer. `masked` is the answer as those who see the masked idea may read it."""

    case_id: str
    number: int
    asked_by: str
    epoch: int
    text: str
    asked_at: datetime
    state: QuestionState = QuestionState.OPEN
    answer: str | None = None
    masked: str | None = None
    answered_at: datetime | None = None
    v: int = ROW_VERSION


@dataclass(frozen=True)
class FollowerRow:
    """Another case that was joined with this one: its idea-giver gets this one's news, in their own language, `weekly` when they had
    chosen that. Where they work, and who had declared a conflict of interest in their case, counts here too."""

    case_id: str
    follower: str
    lang: Lang
    has_email: bool
    since: datetime
    own_unit: str | None = None
    recused: tuple[str, ...] = ()
    weekly: bool = False
    v: int = ROW_VERSION


@dataclass(frozen=True)
class ProcessRow:
    """The text of a process file, by its version: a case is handled by the process that it began with."""

    version: str
    source: str
    since: datetime
    v: int = ROW_VERSION


@dataclass(frozen=True)
class ContactRow:
    """Who the idea-giver is: the only row of a case, beside its mails, with identity in it. Without a name they are erased."""

    case_id: str
    name: str
    email: str | None
    phone: str | None
    v: int = ROW_VERSION

    @property
    def erased(self) -> bool:
        return not self.name


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
    SUPERSEDED = "superseded"


@dataclass(frozen=True)
class UndeliveredRow:
    """A mail about a case that will not arrive, and how it ended; `told` when a person has been mailed about it."""

    case_id: str
    mail_id: str
    purpose: str
    recipient: str
    at: datetime
    told: bool = False
    state: MailState = MailState.FAILED
    v: int = ROW_VERSION


GIVER = "giver"
MAILBOX = "mailbox"
FOLLOWER = "follower-"
"""Before the id of a joined case: its idea-giver, as the recipient of news of another."""


@dataclass(frozen=True)
class MailRow:
    """A mail owed, and later what became of it. `recipient` is a person id, `giver`, `mailbox` (the sluice's own), or a
    joined case's giver (`follower-` and the case's id). `task` tells which of a person's asks it is about.

    `context` is fixed when the mail is owed, but for one about many ideas while it waits. `token_hash` points at the link that a code
    is for. `address_hash` is a keyed hash of the address that it went to, `throttled` counts how often in a row SES had no room for
    it, and `failing_since` is when it was first tried without an answer that says more than that. After attempt number `bare_after`,
    SES refused the mail for what its text says, so what people wrote is left out of it.
    """

    mail_id: str
    case_id: str | None
    purpose: str
    recipient: str
    lang: Lang
    context: Mapping[str, object]
    created_at: datetime
    epoch: int | None = None
    task: str = ""
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
    address_hash: str | None = None
    throttled: int = 0
    failing_since: datetime | None = None
    bare_after: int | None = None
    v: int = ROW_VERSION


EVERY_MAIL = "every-mail"


@dataclass(frozen=True)
class HoldRow:
    """All mail waits, since SES takes none: until when, why, and since when. `over` tells that a mail has gone out since.
    `name` is what is held, so far only `EVERY_MAIL`."""

    name: str
    until: datetime
    reason: str
    since: datetime
    over: bool = False
    v: int = ROW_VERSION

    def holds(self, now: datetime) -> bool:
        return not self.over and now < self.until


@dataclass(frozen=True)
class StoppedRow:
    """An address, known by a keyed hash alone, whose owner complained of a mail: no more goes there. `lifted` when an operator has
    allowed it again; `since` is when the last of the two happened."""

    address_hash: str
    mail_id: str
    since: datetime
    lifted: bool = False
    v: int = ROW_VERSION


class TokenPurpose(StrEnum):
    ASK = "ask"
    STATUS = "status"
    SESSION = "session"
    UNSUBSCRIBE = "unsubscribe"


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
    task: str = ""
    text_hash: str | None = None
    state: TokenState = TokenState.ACTIVE
    code_hash: str | None = None
    code_expires_at: datetime | None = None
    v: int = ROW_VERSION


@dataclass(frozen=True)
class Absence:
    """Days on which somebody does not answer: local dates YYYY-MM-DD, both included."""

    first: str
    last: str

    def holds(self, day: date) -> bool:
        return self.first <= day.isoformat() <= self.last


@dataclass(frozen=True)
class PersonRow:
    """Somebody in the directory. `digest` people get the morning mail, `weekly` people one mail a week instead of single
    reminders; their own `due_at` is the time of it, and of an absence that begins. `deputy` answers while they are away, and since
    mail to them came back (`unreachable_since`). Links and sessions that are older than their address (`address_since`) are no good.
    Whoever has no name is erased: only the pseudonym is left."""

    person_id: str
    name: str
    email: str
    lang: Lang
    roles: tuple[str, ...]
    unit: str
    active: bool = True
    digest: bool = False
    weekly: bool = False
    deputy: str | None = None
    absences: tuple[Absence, ...] = ()
    seq: int = 0
    due_at: datetime | None = None
    try_at: datetime | None = None
    tries: int = 0
    unreachable_since: datetime | None = None
    address_since: datetime | None = None
    v: int = ROW_VERSION

    @property
    def erased(self) -> bool:
        return not self.name

    def is_away(self, day: date) -> bool:
        return any(absence.holds(day) for absence in self.absences)


@dataclass(frozen=True)
class GuardRow:
    """A counter with an end: codes asked for, wrong tries. `ttl` is only for clean-up, never for a decision."""

    key: str
    count: int
    ttl: int
    v: int = ROW_VERSION


CARRIED_OUT = "carried-out"


@dataclass(frozen=True)
class ShownIdeaRow:
    """An idea that was carried out, as everybody may read it since its idea-giver has said yes. `shelf` is where it stands, so far only
    `CARRIED_OUT`; `since` the local date on which its case ended. `story` is what those who carried it out have told its giver.
    `name` only when the giver has said yes to that too. `hidden`: nobody sees it any more."""

    shelf: str
    since: str
    case_id: str
    title: str
    story: str
    lang: Lang
    name: str | None = None
    hidden: bool = False
    v: int = ROW_VERSION

    @property
    def year(self) -> str:
        return self.since[:4]


Row = (
    CaseRow
    | AskRow
    | UndeliveredRow
    | QuestionRow
    | FollowerRow
    | ProcessRow
    | ContactRow
    | TextRow
    | MaskedRow
    | EventRow
    | ReferenceRow
    | ShownIdeaRow
    | MailRow
    | HoldRow
    | StoppedRow
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
    followers: tuple[FollowerRow, ...] = ()

    def current_asks(self) -> tuple[AskRow, ...]:
        """The asks of the step in which the case stands, whatever became of them."""
        return tuple(a for a in self.asks if a.epoch == self.case.epoch and not a.task)

    def current_tasks(self) -> tuple[AskRow, ...]:
        """What is asked beside the step, in its epoch."""
        return tuple(a for a in self.asks if a.epoch == self.case.epoch and a.task)

    def ask(self, epoch: int | None, person: str, task: str = "") -> AskRow | None:
        wanted = (epoch, person, task)
        return next((a for a in self.asks if (a.epoch, a.person, a.task) == wanted), None)
