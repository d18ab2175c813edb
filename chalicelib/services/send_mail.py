"""Sends one owed mail: claims it with a lease, stores its links, sends it once, records what became of it.

A mail is sent at least once and, but for an unknown outcome, at most once. No fault is silent: a mail that will not be sent
becomes FAILED and wakes its case, so that a person is told; one that waits for long is a line in the log that an alarm looks
for. Why errors are told apart as they are: docs/decisions/0023-six-kinds-of-refusal.md.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.rows import (
    MAILBOX,
    CaseRow,
    Fact,
    HoldRow,
    MailRow,
    MailState,
    UndeliveredRow,
)
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    Create,
    Operation,
    mail_attempt_is,
    mail_is_in,
)
from chalicelib.services.commit import advance, contended
from chalicelib.services.compose import Composed, NoAddress, NoLongerNeeded, compose
from chalicelib.services.deps import Deps
from chalicelib.services.hold_mail import HOLD_PAUSE, current_hold, end_hold, hold_all, probe
from chalicelib.services.ports import OutcomeUnknown, Refusal, Refused
from chalicelib.services.stop_mail import COMPLAINT, address_hash, takes_no_mail

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
TRANSIENT_PAUSE = timedelta(minutes=2)
THROTTLE_PAUSE = timedelta(minutes=1)
LONGEST_THROTTLE_PAUSE = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=24)
TELL_AFTER = timedelta(hours=1)
MANY_THROTTLES = 9
"""So many in a row that, with their pauses, more than an hour has passed."""

MASK = "•" * 8
UNDELIVERED = (MailState.FAILED, MailState.BOUNCED, MailState.COMPLAINED)
LISTS = ("digest", "weekly")
OUTCOME_UNKNOWN = "outcome unknown"


@dataclass(frozen=True)
class _Attempt:
    """One mail, claimed and in words, that is being sent; `hold` is what it met of a hold on all mail."""

    mail: MailRow
    composed: Composed
    hold: HoldRow | None


def send_mail(deps: Deps, mail_id: str) -> MailState | None:
    """The state in which the mail was left, or None when there is no such mail. Safe to call twice: only one caller claims it."""
    mail = deps.store.get(MailRow, mail_id)
    now = deps.clock.now()
    if mail is None:
        log.warning("no mail %s", mail_id)
        return None
    if mail.state is MailState.SENT and mail.due_at is not None and mail.due_at <= now:
        return _end(deps, mail, MailState.BOUNCED, mail.problem)
    leased = mail.lease_until is not None and mail.lease_until > now
    if mail.state not in (MailState.PENDING, MailState.SENDING) or leased:
        return mail.state
    if mail.state is MailState.SENDING and _fails_for(mail, now) > GIVE_UP_AFTER:
        return fail(deps, mail, OUTCOME_UNKNOWN)
    hold = current_hold(deps)
    if hold is not None and hold.holds(now):
        return _wait(deps, replace(mail, failing_since=None), hold.until, hold.reason)
    try:
        composed = compose(deps, mail)
    except NoLongerNeeded:
        return _end(deps, mail, MailState.SUPERSEDED, None)
    except NoAddress:
        return fail(deps, mail, "no address")
    hashed = address_hash(deps, composed.letter.to, mail.recipient)
    if takes_no_mail(deps, composed.letter.to, mail.recipient):
        return fail(deps, mail, COMPLAINT)
    claimed = replace(
        mail,
        state=MailState.SENDING,
        attempts=mail.attempts + 1,
        lease_until=now + LEASE,
        due_at=now + LEASE,
        try_at=now + LEASE,
        tries=0,
        address_hash=hashed,
        failing_since=mail.failing_since or now,
    )
    hold, probing = probe(hold, now)
    claim = Change(claimed, (mail_is_in(mail.state), mail_attempt_is(mail)))
    try:
        deps.store.transact([claim, *composed.operations, *probing])
    except Conflict:
        return None
    with deps.pace.kept():
        return _send(deps, _Attempt(claimed, composed, hold))


def _send(deps: Deps, attempt: _Attempt) -> MailState:
    mail, letter = attempt.mail, attempt.composed.letter
    try:
        ses_id = deps.mailer.send(letter)
    except OutcomeUnknown:
        _tell_if_long(deps, mail, OUTCOME_UNKNOWN)
        log.warning("mail %s: outcome unknown, waiting for its event or the lease", mail.mail_id)
        return _keep_what_was_sent(deps, attempt)
    except Refused as refused:
        return _refused(deps, attempt, refused)
    sent = replace(
        _as_sent(deps, attempt),
        state=MailState.SENT,
        lease_until=None,
        due_at=None,
        try_at=None,
        ses_id=ses_id,
        throttled=0,
        failing_since=None,
        problem=None,
    )
    try:
        deps.store.transact([Change(sent, (mail_is_in(MailState.SENDING), mail_attempt_is(mail)))])
    except Conflict:
        log.info("mail %s: its event came before its record", mail.mail_id)
        _keep_what_was_sent(deps, attempt)
    log.info("mail %s: sent", mail.mail_id)
    end_hold(deps, attempt.hold)
    return MailState.SENT


def _as_sent(deps: Deps, attempt: _Attempt) -> MailRow:
    letter = attempt.composed.letter
    return replace(
        attempt.mail,
        sent_at=deps.clock.now(),
        sent_to=letter.to,
        sent_subject=letter.subject,
        sent_text=_masked(letter.text, attempt.composed.secrets),
    )


def _keep_what_was_sent(deps: Deps, attempt: _Attempt) -> MailState:
    """Outgoing mail is a public record, so what may have gone out is kept although its state is not for us to write: we do not
    know it, or an event has told more than we do. Gives the state as it is."""

    def write() -> MailState:
        current = deps.store.get(MailRow, attempt.mail.mail_id) or attempt.mail
        sent = _as_sent(deps, attempt)
        if current.attempts != sent.attempts:
            return current.state
        kept = replace(
            current,
            sent_at=current.sent_at or sent.sent_at,
            sent_to=sent.sent_to,
            sent_subject=sent.sent_subject,
            sent_text=sent.sent_text,
        )
        deps.store.transact([Change(kept, (mail_is_in(current.state), mail_attempt_is(current)))])
        return current.state

    return contended(deps, write)


def _refused(deps: Deps, attempt: _Attempt, refused: Refused) -> MailState:
    """Certainly not sent: try again later, or fail so that a person sees it."""
    mail, reason, now = attempt.mail, refused.reason, deps.clock.now()
    log.warning("mail %s: %s %s", mail.mail_id, refused.refusal, reason)
    answered = replace(mail, failing_since=None)
    match refused.refusal:
        case Refusal.TEXT if mail.bare_after is None:
            return _wait(deps, replace(answered, bare_after=mail.attempts), now, reason)
        case Refusal.TEXT | Refusal.PERMANENT:
            return fail(deps, mail, reason)
        case Refusal.HOLD_ALL:
            until = hold_all(deps, attempt.hold, reason)
            return _wait(deps, answered, until, reason)
        case Refusal.HOLD:
            log.error("mail still waits, %s: %s", mail.mail_id, reason)
            return _wait(deps, answered, now + HOLD_PAUSE, reason)
        case Refusal.THROTTLED:
            if mail.throttled >= MANY_THROTTLES:
                log.error("mail still waits, %s: %s", mail.mail_id, reason)
            until = now + throttle_pause(mail.throttled)
            return _wait(deps, replace(answered, throttled=mail.throttled + 1), until, reason)
        case Refusal.TRANSIENT:
            if _fails_for(mail, now) > GIVE_UP_AFTER:
                return fail(deps, mail, reason)
            _tell_if_long(deps, mail, reason)
            return _wait(deps, mail, now + TRANSIENT_PAUSE, reason)


def throttle_pause(throttled: int) -> timedelta:
    """How long a mail rests when SES had no room for it, after it had none so many times before: longer each time, at most ten
    minutes."""
    return min(LONGEST_THROTTLE_PAUSE, THROTTLE_PAUSE * (1 << min(throttled, 10)))


def _wait(deps: Deps, mail: MailRow, until: datetime, problem: str) -> MailState:
    """Not sent by this attempt, so try again `until` then; unless an event has told meanwhile that an earlier one was."""
    again = replace(
        mail,
        state=MailState.PENDING,
        lease_until=None,
        due_at=until,
        try_at=until,
        tries=0,
        problem=problem,
    )
    try:
        deps.store.transact([Change(again, (mail_is_in(mail.state), mail_attempt_is(mail)))])
    except Conflict:
        current = deps.store.get(MailRow, mail.mail_id)
        return current.state if current is not None else MailState.PENDING
    return MailState.PENDING


def _fails_for(mail: MailRow, now: datetime) -> timedelta:
    return now - (mail.failing_since or now)


def _tell_if_long(deps: Deps, mail: MailRow, reason: str) -> None:
    if _fails_for(mail, deps.clock.now()) > TELL_AFTER:
        log.error("mail still waits, %s: %s", mail.mail_id, reason)


def fail(deps: Deps, mail: MailRow, problem: str) -> MailState:
    """End a mail that will not arrive and wake its case in the same transaction, so that a person is told."""
    return _end(deps, mail, MailState.FAILED, problem)


def end_operations(
    deps: Deps, mail: MailRow, state: MailState, problem: str | None
) -> list[Operation]:
    """The operations that end a mail in `state`; one that will not arrive also leaves a mark at its case and wakes it.

    A warning, and a mail about no case, wakes nothing, or two broken addresses would write to each other for ever: it goes to
    the sluice's own mailbox instead, and from there nowhere. Of a mail that had already ended so, nobody is told again, and
    of a complaint once for each address and case.
    """
    now = deps.clock.now()
    ended = replace(
        mail,
        state=state,
        lease_until=None,
        due_at=None,
        try_at=None,
        tries=0,
        failing_since=None,
        problem=problem,
    )
    operations: list[Operation] = [Change(ended, (mail_is_in(mail.state), mail_attempt_is(mail)))]
    if state not in UNDELIVERED or mail.state in UNDELIVERED:
        return operations
    case = deps.store.get(CaseRow, mail.case_id) if mail.case_id is not None else None
    if case is not None and mail.purpose != "undelivered":
        fact = Fact("MailEnded", {"purpose": mail.purpose, "state": state.value})
        mark = Create(_mark(deps, case, mail, state, problem), "undelivered-is-new")
        operations += [*advance(case, now, "mail", (fact,)), mark]
    elif problem == COMPLAINT and mail.purpose in LISTS:
        log.warning("mail %s: its reader has complained and gets no lists", mail.mail_id)
    elif mail.recipient != MAILBOX:
        operations.append(Create(_to_the_mailbox(mail, now), "mail-is-new"))
    else:
        log.error("mail %s: not even the mailbox can be told", mail.mail_id)
    return operations


def _mark(
    deps: Deps, case: CaseRow, mail: MailRow, state: MailState, problem: str | None
) -> UndeliveredRow:
    """What the case is told. A mail that was stopped counts as complained of, and as told when the first complaint was."""
    mark = UndeliveredRow(
        case.case_id, mail.mail_id, mail.purpose, mail.recipient, deps.clock.now(), state=state
    )
    if problem != COMPLAINT:
        return mark
    snapshot = deps.store.snapshot(case.case_id)
    before = snapshot.undelivered if snapshot is not None else ()
    told = any(
        row.recipient == mail.recipient and row.state is MailState.COMPLAINED for row in before
    )
    return replace(mark, state=MailState.COMPLAINED, told=told)


def _to_the_mailbox(mail: MailRow, now: datetime) -> MailRow:
    return MailRow(
        mail_id=f"{mail.mail_id}-{MAILBOX}",
        case_id=mail.case_id,
        purpose=mail.purpose,
        recipient=MAILBOX,
        lang=mail.lang,
        context=mail.context,
        created_at=now,
        ref=mail.ref,
        due_at=now,
        try_at=now,
    )


def _end(deps: Deps, mail: MailRow, state: MailState, problem: str | None) -> MailState:
    def attempt() -> MailState:
        current = deps.store.get(MailRow, mail.mail_id)
        if current is None:
            return state
        if current.state is not mail.state or current.attempts != mail.attempts:
            return current.state
        deps.store.transact(end_operations(deps, current, state, problem))
        return state

    log.info("mail %s: %s", mail.mail_id, state)
    return contended(deps, attempt)


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    """What was sent, as it is kept: outgoing mail is a public record, its links and codes are not."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
