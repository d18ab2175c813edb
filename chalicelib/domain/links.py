"""What a link is worth: the verdict on a token, given what is stored and the time. Decides nothing about a case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.domain.process import Assurance, Process, Step
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    PersonRow,
    Snapshot,
    TokenPurpose,
    TokenRow,
    TokenState,
)

STATUS_LIFE = timedelta(days=730)
UNSUBSCRIBE_LIFE = STATUS_LIFE
SESSION_LIFE = timedelta(hours=12)
LONGEST_ASK_LIFE = timedelta(days=30)
CODE_LIFE = timedelta(minutes=10)
CODE_DIGITS = 8
KEPT_AFTER_EXPIRY = timedelta(days=30)


def token_hash(raw: str) -> str:
    """SHA-256, hex: all that is stored of a raw token (256 random bits, so a plain hash is enough; ASVS 5, 6.5.2)."""
    return hashlib.sha256(raw.encode()).hexdigest()


def new_token(
    raw: str,
    purpose: TokenPurpose,
    person: str,
    now: datetime,
    life: timedelta,
    case: CaseRow | None = None,
    epoch: int | None = None,
    task: str = "",
) -> TokenRow:
    """The row of a fresh token. `ttl` (epoch seconds) is for clean-up only: expiry is always decided by `expires_at`."""
    expires_at = now + life
    return TokenRow(
        token_hash=token_hash(raw),
        purpose=purpose,
        person=person,
        expires_at=expires_at,
        created_at=now,
        ttl=int((expires_at + KEPT_AFTER_EXPIRY).timestamp()),
        case_id=case.case_id if case else None,
        epoch=epoch,
        task=task,
        text_hash=case.text_hash if case else None,
    )


def ask_life(ask: AskRow, now: datetime, link_days: int) -> timedelta:
    """A link to an ask lives past the deadline, but never longer than 30 days: a fresh one is a press away."""
    wanted = max(ask.deadline - now, timedelta()) + timedelta(days=link_days)
    return min(wanted, LONGEST_ASK_LIFE)


class Why(StrEnum):
    """Why somebody may not act: stable words for the log, its alarms and the record. No page shows them."""

    NO_SUCH_LINK = "no-such-link"
    NOTHING_BEHIND = "nothing-behind-the-link"
    NO_SUCH_ASK = "no-such-ask"
    NO_SUCH_STEP = "no-such-step"
    NO_LONGER_ACTIVE = "no-longer-active"
    NOT_IN_ROLE = "not-in-the-role"
    ALREADY_ANSWERED = "already-answered"
    SOMEBODY_ELSE = "somebody-else-is-asked"
    STEP_HAS_ENDED = "step-has-ended"
    TOO_OLD = "link-is-too-old"
    USED = "link-is-used"
    REVOKED = "link-is-revoked"
    OTHER_TEXT = "text-has-changed"
    OTHER_ADDRESS = "address-has-changed"
    CODE_NEEDED = "code-needed"
    ANOTHER_SESSION = "session-of-somebody-else"
    WRONG_CODE = "wrong-code"
    TOO_MANY_CODES = "too-many-codes"
    TOO_MANY_TRIES = "too-many-tries"
    CROSS_SITE = "cross-site"


@dataclass(frozen=True)
class Unknown:
    """No link of ours, or somebody's who may no longer act: one page for all, so that nothing can be learnt from it.
    `why` is for the log and the record."""

    why: Why


@dataclass(frozen=True)
class Expired:
    """A link that no longer serves although its ask is open: its person may have a fresh one, by mail to the registered address."""

    case: CaseRow
    ask: AskRow
    person: PersonRow
    why: Why


@dataclass(frozen=True)
class Answered:
    """This person has answered. `may_read` when the answer may be shown without a code, and taken back."""

    token: TokenRow
    snapshot: Snapshot
    ask: AskRow
    step: Step
    person: PersonRow
    may_read: bool

    @property
    def case(self) -> CaseRow:
        return self.snapshot.case


@dataclass(frozen=True)
class Lapsed:
    """The step ended without this person's answer."""

    case: CaseRow
    ask: AskRow
    step: Step


@dataclass(frozen=True)
class Passed:
    """The ask is no longer this person's: they declared a conflict of interest, handed it over, or somebody else was asked."""

    case: CaseRow
    ask: AskRow
    step: Step


@dataclass(frozen=True)
class OpenAsk:
    """The link is good. `proven` when this browser has proved the mailbox within twelve hours, `another` when it has proved
    somebody else's; `process` is the case's own."""

    token: TokenRow
    snapshot: Snapshot
    ask: AskRow
    step: Step
    person: PersonRow
    proven: bool
    process: Process
    another: bool = False

    @property
    def case(self) -> CaseRow:
        return self.snapshot.case

    @property
    def needs_code(self) -> bool:
        return self.step.assurance is Assurance.CODE and not self.proven


Verdict = Unknown | Expired | Answered | Lapsed | Passed | OpenAsk


def judge_ask(
    process: Process | None,
    token: TokenRow | None,
    snapshot: Snapshot | None,
    person: PersonRow | None,
    session: TokenRow | None,
    now: datetime,
) -> Verdict:
    """The verdict on a link to an ask. `person` and `session` are the rows that the token and the browser name, if any."""
    if token is None or token.purpose is not TokenPurpose.ASK:
        return Unknown(Why.NO_SUCH_LINK)
    if snapshot is None or person is None or process is None:
        return Unknown(Why.NOTHING_BEHIND)
    ask = snapshot.ask(token.epoch, token.person, token.task)
    if ask is None:
        return Unknown(Why.NO_SUCH_ASK)
    if not process.has_step(ask.step):
        return Unknown(Why.NO_SUCH_STEP)
    step = process.step(ask.step)
    if not person.active:
        return Unknown(Why.NO_LONGER_ACTIVE)
    if ask.role not in person.roles:
        return Unknown(Why.NOT_IN_ROLE)
    proven = session_holds(session, person, now)
    if ask.state is AskState.ANSWERED:
        good = token.expires_at > now and not _went_elsewhere(token, person)
        may_read = good and (step.assurance is Assurance.LINK or proven)
        return Answered(token, snapshot, ask, step, person, may_read)
    if ask.state in (AskState.RECUSED, AskState.DELEGATED, AskState.MOVED):
        return Passed(snapshot.case, ask, step)
    if ask.state is AskState.LAPSED or ask.epoch != snapshot.case.epoch:
        return Lapsed(snapshot.case, ask, step)
    if (worn := _worn_out(token, snapshot.case, person, now)) is not None:
        return Expired(snapshot.case, ask, person, worn)
    another = session is not None and session.person != ask.person
    return OpenAsk(token, snapshot, ask, step, person, proven, process, another)


def _worn_out(token: TokenRow, case: CaseRow, person: PersonRow, now: datetime) -> Why | None:
    """Why a link to an open ask no longer serves, if so. An ask that has come back to its person is one whose link is used."""
    if token.expires_at <= now:
        return Why.TOO_OLD
    if token.state is not TokenState.ACTIVE:
        return Why.USED
    if token.text_hash != case.text_hash:
        return Why.OTHER_TEXT
    if _went_elsewhere(token, person):
        return Why.OTHER_ADDRESS
    return None


def _went_elsewhere(token: TokenRow, person: PersonRow) -> bool:
    """Whether it was made for an address that is no longer the person's: it may have been a stranger's all the time."""
    return person.address_since is not None and token.created_at < person.address_since


def judge_own(
    token: TokenRow | None, purpose: TokenPurpose, case: CaseRow | None, now: datetime
) -> Why | None:
    """Why an idea-giver's own link (to their page, or out of its mails) leads nowhere, or None when it is good."""
    if token is None or token.purpose is not purpose:
        return Why.NO_SUCH_LINK
    if case is None:
        return Why.NOTHING_BEHIND
    if token.expires_at <= now:
        return Why.TOO_OLD
    if case.links_from is not None and token.created_at < case.links_from:
        return Why.REVOKED
    return None


def session_holds(session: TokenRow | None, person: PersonRow, now: datetime) -> bool:
    """Whether a browser's session proves this person's mailbox at this moment: the one that is registered now."""
    return (
        session is not None
        and session.purpose is TokenPurpose.SESSION
        and session.person == person.person_id
        and session.expires_at > now
        and not _went_elsewhere(session, person)
    )
