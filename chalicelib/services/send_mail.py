"""Sends one owed mail: claims it with a lease, stores its links, sends it once, records what became of it.

A mail is sent at least once and, but for an unknown outcome, at most once. No fault is silent: a mail that will not be sent
becomes FAILED and wakes its case, so that a person is told; one that waits for long is a line in the log that an alarm looks
for. Why errors are told apart as they are: docs/decisions/0023-six-kinds-of-refusal.md.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.domain.rows import HoldRow, MailRow, MailState
from chalicelib.domain.transaction import (
    Change,
    Conflict,
    mail_as_read,
    mail_attempt_is,
    mail_is_in,
)
from chalicelib.services.commit import contended
from chalicelib.services.compose import Composed, NoAddress, compose
from chalicelib.services.deps import Deps
from chalicelib.services.end_mail import end_mail, fail
from chalicelib.services.hold_mail import HOLD_PAUSE, current_hold, end_hold, hold_all, probe
from chalicelib.services.mint_links import NoLongerNeeded
from chalicelib.services.ports import OutcomeUnknown, Refusal, Refused
from chalicelib.services.stop_mail import ADDRESS_STOPPED, address_hash, takes_no_mail

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
TRANSIENT_PAUSE = timedelta(minutes=2)
THROTTLE_PAUSE = timedelta(minutes=1)
LONGEST_THROTTLE_PAUSE = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=24)
TELL_AFTER = timedelta(hours=1)
MANY_THROTTLES = 9
"""So many in a row that, with their pauses, more than an hour has passed."""

CLOCKS_APART = timedelta(seconds=5)
"""A mail whose pause is over by the sweep's clock must not rest by the worker's. AWS keeps its clocks within milliseconds; were they
further apart, the sweep's next nudges would find it due."""

MASK = "•" * 8
OUTCOME_UNKNOWN = "outcome unknown"


@dataclass(frozen=True)
class _Attempt:
    """One mail, claimed and in words, that is being sent; `hold` is what it met of a hold on all mail."""

    mail: MailRow
    composed: Composed
    hold: HoldRow | None


def send_mail(deps: Deps, mail_id: str) -> MailState | None:
    """The state in which the mail was left; None when there is no such mail, or when somebody else claims it at this moment. Safe to
    call twice: only one caller claims it, and one that rests is left alone."""
    mail = deps.store.get(MailRow, mail_id)
    now = deps.clock.now()
    if mail is None:
        log.warning("no mail %s", mail_id)
        return None
    if mail.state is MailState.SENT and mail.due_at is not None and mail.due_at <= now:
        return end_mail(deps, mail, MailState.BOUNCED, mail.problem)
    leased = mail.lease_until is not None and mail.lease_until > now
    if mail.state not in (MailState.PENDING, MailState.SENDING) or leased or _rests(mail, now):
        return mail.state
    if mail.state is MailState.SENDING and _fails_for(mail, now) > GIVE_UP_AFTER:
        return fail(deps, mail, OUTCOME_UNKNOWN)
    hold = current_hold(deps)
    if hold is not None and hold.holds(now):
        return _wait(deps, replace(mail, failing_since=None), hold.until, hold.reason)
    try:
        composed = compose(deps, mail)
    except NoLongerNeeded:
        return end_mail(deps, mail, MailState.SUPERSEDED, None)
    except NoAddress:
        return fail(deps, mail, "no address")
    hashed = address_hash(deps, composed.letter.to, mail.recipient)
    if takes_no_mail(deps, composed.letter.to, mail.recipient):
        return end_mail(deps, mail, MailState.FAILED, ADDRESS_STOPPED, stopped=True)
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
    try:
        deps.store.transact([Change(claimed, mail_as_read(mail)), *composed.operations, *probing])
    except Conflict:
        return None
    with deps.pace.kept():
        return _send(deps, _Attempt(claimed, composed, hold))


def _rests(mail: MailRow, now: datetime) -> bool:
    """Whether it is in a pause, so that a nudge that comes twice or late does not break it. One that nobody has tried or held yet is in
    none, whatever its due time: that is by the clock of whoever owes it, which may be minutes ahead of this one."""
    if mail.due_at is None or mail.due_at == mail.created_at:
        return False
    return mail.due_at > now + CLOCKS_APART


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
        deps.store.transact([Change(kept, mail_as_read(current))])
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
        case Refusal.PERMANENT:
            return fail(deps, mail, reason)
        case Refusal.HOLD_ALL:
            until = hold_all(deps, attempt.hold, reason)
            return _wait(deps, answered, until, reason)
        case Refusal.HOLD | Refusal.TEXT:
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
        deps.store.transact([Change(again, mail_as_read(mail))])
    except Conflict:
        current = deps.store.get(MailRow, mail.mail_id)
        return current.state if current is not None else MailState.PENDING
    return MailState.PENDING


def _fails_for(mail: MailRow, now: datetime) -> timedelta:
    return now - (mail.failing_since or now)


def _tell_if_long(deps: Deps, mail: MailRow, reason: str) -> None:
    if _fails_for(mail, deps.clock.now()) > TELL_AFTER:
        log.error("mail still waits, %s: %s", mail.mail_id, reason)


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    """What was sent, as it is kept: outgoing mail is a public record, its links and codes are not."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
