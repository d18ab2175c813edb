"""Sends one owed mail: claims it with a lease, stores its links, sends it once, records what became of it.

A mail is sent at least once and, but for an unknown outcome, at most once. No fault is silent: a mail that will not be sent
becomes FAILED and wakes its case, so that a person is told.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.rows import (
    MAILBOX,
    CaseRow,
    Fact,
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
from chalicelib.services.ports import OutcomeUnknown, Refusal, Refused

log = logging.getLogger(__name__)

LEASE = timedelta(minutes=15)
TRANSIENT_PAUSE = timedelta(minutes=2)
HOLD_PAUSE = timedelta(minutes=10)
GIVE_UP_AFTER = timedelta(hours=24)
MASK = "•" * 8
UNDELIVERED = (MailState.FAILED, MailState.BOUNCED, MailState.COMPLAINED)


def send_mail(deps: Deps, mail_id: str) -> MailState | None:
    """The state in which the mail was left, or None when there is no such mail. Safe to call twice: only one caller claims it."""
    mail = deps.store.get(MailRow, mail_id)
    now = deps.clock.now()
    if mail is None:
        log.warning("no mail %s", mail_id)
        return None
    leased = mail.lease_until is not None and mail.lease_until > now
    if mail.state not in (MailState.PENDING, MailState.SENDING) or leased:
        return mail.state
    try:
        composed = compose(deps, mail)
    except NoLongerNeeded:
        return _end(deps, mail, MailState.SUPERSEDED, None)
    except NoAddress:
        return fail(deps, mail, "no address")
    claimed = replace(
        mail,
        state=MailState.SENDING,
        attempts=mail.attempts + 1,
        lease_until=now + LEASE,
        due_at=now + LEASE,
        try_at=now + LEASE,
    )
    try:
        deps.store.transact(
            [
                Change(claimed, (mail_is_in(mail.state), mail_attempt_is(mail))),
                *composed.operations,
            ]
        )
    except Conflict:
        return None
    return _send(deps, claimed, composed, now)


def _send(deps: Deps, mail: MailRow, composed: Composed, now: datetime) -> MailState:
    try:
        ses_id = deps.mailer.send(composed.letter)
    except OutcomeUnknown:
        log.warning("mail %s: outcome unknown, waiting for its event or the lease", mail.mail_id)
        return MailState.SENDING
    except Refused as refused:
        return _refused(deps, mail, refused, now)
    sent = replace(
        mail,
        state=MailState.SENT,
        lease_until=None,
        due_at=None,
        try_at=None,
        tries=0,
        ses_id=ses_id,
        sent_at=now,
        sent_to=composed.letter.to,
        sent_subject=composed.letter.subject,
        sent_text=_masked(composed.letter.text, composed.secrets),
    )
    try:
        deps.store.transact([Change(sent, (mail_is_in(MailState.SENDING), mail_attempt_is(mail)))])
    except Conflict:
        log.info("mail %s: its event came before its record", mail.mail_id)
    log.info("mail %s: sent", mail.mail_id)
    return MailState.SENT


def _refused(deps: Deps, mail: MailRow, refused: Refused, now: datetime) -> MailState:
    """Certainly not sent: try again later, or fail so that a person sees it."""
    log.warning("mail %s: %s %s", mail.mail_id, refused.refusal, refused.reason)
    too_old = now - mail.created_at > GIVE_UP_AFTER and refused.refusal is Refusal.TRANSIENT
    if refused.refusal is Refusal.PERMANENT or too_old:
        return fail(deps, mail, refused.reason)
    pause = HOLD_PAUSE if refused.refusal is Refusal.HOLD else TRANSIENT_PAUSE
    again = replace(
        mail,
        state=MailState.PENDING,
        lease_until=None,
        due_at=now + pause,
        try_at=now + pause,
        tries=0,
        problem=refused.reason,
    )
    deps.store.transact([Change(again, (mail_is_in(mail.state), mail_attempt_is(mail)))])
    return MailState.PENDING


def fail(deps: Deps, mail: MailRow, problem: str) -> MailState:
    """End a mail that will not arrive and wake its case in the same transaction, so that a person is told."""
    return _end(deps, mail, MailState.FAILED, problem)


def end_operations(
    deps: Deps, mail: MailRow, state: MailState, problem: str | None
) -> list[Operation]:
    """The operations that end a mail in `state`; one that will not arrive also leaves a mark at its case and wakes it.

    A warning, and a mail about no case, wakes nothing, or two broken addresses would write to each other for ever: it goes to
    the sluice's own mailbox instead, and from there nowhere. Of a mail that had already ended so, nobody is told again.
    """
    now = deps.clock.now()
    ended = replace(
        mail, state=state, lease_until=None, due_at=None, try_at=None, tries=0, problem=problem
    )
    operations: list[Operation] = [Change(ended, (mail_is_in(mail.state), mail_attempt_is(mail)))]
    if state not in UNDELIVERED or mail.state in UNDELIVERED:
        return operations
    case = deps.store.get(CaseRow, mail.case_id) if mail.case_id is not None else None
    if case is not None and mail.purpose != "undelivered":
        row = UndeliveredRow(
            case.case_id, mail.mail_id, mail.purpose, mail.recipient, now, state=state
        )
        fact = Fact("MailEnded", {"purpose": mail.purpose, "state": state.value})
        operations += [*advance(case, now, "mail", (fact,)), Create(row, "undelivered-is-new")]
    elif mail.recipient != MAILBOX:
        operations.append(Create(_to_the_mailbox(mail, now), "mail-is-new"))
    else:
        log.error("mail %s: not even the mailbox can be told", mail.mail_id)
    return operations


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
        if current is None or current.state is not mail.state or current.attempts != mail.attempts:
            return state
        deps.store.transact(end_operations(deps, current, state, problem))
        return state

    log.info("mail %s: %s", mail.mail_id, state)
    return contended(deps, attempt)


def _masked(text: str, secrets: tuple[str, ...]) -> str:
    """What was sent, as it is kept: outgoing mail is a public record, its links and codes are not."""
    for secret in secrets:
        text = text.replace(secret, MASK)
    return text
