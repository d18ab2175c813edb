"""What a link is worth: the verdict on a token, given what is stored and the time. Decides nothing about a case."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.domain.process import Assurance, Process, Step
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    PersonRow,
    Snapshot,
    TokenPurpose,
    TokenRow,
)

STATUS_LIFE = timedelta(days=730)
UNSUBSCRIBE_LIFE = STATUS_LIFE
SESSION_LIFE = timedelta(hours=12)
LONGEST_ASK_LIFE = timedelta(days=30)
CODE_LIFE = timedelta(minutes=10)
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


@dataclass(frozen=True)
class Unknown:
    """No link of ours, or somebody's who may no longer act: one page for all, so that nothing can be learnt from it.
    `why` is for the log."""

    why: str


@dataclass(frozen=True)
class Expired:
    """A link that is too old although its ask is open: its person may have a fresh one, by mail to the registered address."""

    case: CaseRow
    ask: AskRow
    person: PersonRow


@dataclass(frozen=True)
class Answered:
    """This person has answered. `may_read` when the answer may be shown without a code."""

    case: CaseRow
    ask: AskRow
    step: Step
    may_read: bool


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
    """The link is good. `proven` when this browser has proved the mailbox within twelve hours; `process` is the case's own."""

    token: TokenRow
    snapshot: Snapshot
    ask: AskRow
    step: Step
    person: PersonRow
    proven: bool
    process: Process

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
        return Unknown("no such link")
    if snapshot is None or person is None or process is None:
        return Unknown("nothing behind the link")
    ask = snapshot.ask(token.epoch, token.person, token.task)
    if ask is None:
        return Unknown("no such ask")
    if not process.has_step(ask.step):
        return Unknown("the process no longer has the step")
    step = process.step(ask.step)
    if not person.active or ask.role not in person.roles:
        return Unknown("no longer in the role")
    proven = session_holds(session, ask.person, now)
    if ask.state is AskState.ANSWERED:
        may_read = step.assurance is Assurance.LINK or proven
        return Answered(snapshot.case, ask, step, may_read=may_read and token.expires_at > now)
    if ask.state in (AskState.RECUSED, AskState.DELEGATED, AskState.MOVED):
        return Passed(snapshot.case, ask, step)
    if ask.state is AskState.LAPSED or ask.epoch != snapshot.case.epoch:
        return Lapsed(snapshot.case, ask, step)
    if token.expires_at <= now or token.text_hash != snapshot.case.text_hash:
        return Expired(snapshot.case, ask, person)
    return OpenAsk(token, snapshot, ask, step, person, proven=proven, process=process)


def session_holds(session: TokenRow | None, person: str, now: datetime) -> bool:
    """Whether a browser's session proves this person's mailbox at this moment."""
    return (
        session is not None
        and session.purpose is TokenPurpose.SESSION
        and session.person == person
        and session.expires_at > now
    )
