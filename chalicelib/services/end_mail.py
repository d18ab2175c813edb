"""Ends a mail, and sees to it that a person is told of one that will not arrive.

Owns what follows at the cases that the mail was about: a mark at each, and that it is due. Whether a mail has ended is for those to say
who send it or hear of it; what is done about it is for `domain.undelivered`.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime
from functools import partial

from chalicelib.domain.let_off import LET_OFF
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
    Create,
    Operation,
    mail_as_read,
)
from chalicelib.services.commit import advance, contended
from chalicelib.services.deps import Deps
from chalicelib.services.receipts import listed

log = logging.getLogger(__name__)

UNDELIVERED = (MailState.FAILED, MailState.BOUNCED, MailState.COMPLAINED)
LISTS = ("digest", "weekly")


def fail(deps: Deps, mail: MailRow, problem: str) -> MailState:
    """End a mail that will not arrive and wake its case in the same transaction, so that a person is told."""
    return end_mail(deps, mail, MailState.FAILED, problem)


def end_mail(
    deps: Deps, mail: MailRow, state: MailState, problem: str | None, *, stopped: bool = False
) -> MailState:
    """End a mail as it was read, and give the state in which it is left: another when somebody else has moved it since. `stopped` is one
    that was not sent since its address takes none. Safe to call twice."""

    def attempt() -> MailState:
        current = deps.store.get(MailRow, mail.mail_id)
        if current is None:
            return state
        if current.state is not mail.state or current.attempts != mail.attempts:
            return current.state
        tell_other_cases(deps, current, state, stopped=stopped)
        deps.store.transact(end_operations(deps, current, state, problem, stopped=stopped))
        return state

    ended = contended(deps, attempt)
    log.info("mail %s: %s", mail.mail_id, ended)
    return ended


def end_operations(
    deps: Deps, mail: MailRow, state: MailState, problem: str | None, *, stopped: bool = False
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
    operations: list[Operation] = [Change(ended, mail_as_read(mail))]
    if not _is_news(mail, state):
        return operations
    case = deps.store.get(CaseRow, mail.case_id) if mail.case_id is not None else None
    if case is not None and mail.purpose != "undelivered":
        operations += _told_at(deps, case, mail, state, stopped=stopped)
    elif mail.purpose == LET_OFF:
        log.warning("mail %s: nothing was asked in it, so nobody else is told", mail.mail_id)
    elif stopped and mail.purpose in LISTS:
        log.warning("mail %s: its reader has complained and gets no lists", mail.mail_id)
    elif mail.recipient != MAILBOX:
        operations.append(Create(_to_the_mailbox(mail, now), "mail-is-new"))
    else:
        log.error("mail %s: not even the mailbox can be told", mail.mail_id)
    return operations


def tell_other_cases(
    deps: Deps, mail: MailRow, state: MailState, *, stopped: bool = False
) -> tuple[str, ...]:
    """Leave a mark at all cases but the first that a mail with several receipts is about, when it will not arrive, and wake them; gives
    their ids.

    To be called before the mail is ended, with which the first is told: cut off in the middle it is called again, and each case is told
    once. They are too many for one transaction.
    """
    if mail.purpose != "receipts" or "cases" not in mail.context or not _is_news(mail, state):
        return ()
    others = tuple(case_id for case_id in listed(mail.context) if case_id != mail.case_id)
    for case_id in others:
        contended(deps, partial(_tell, deps, case_id, mail, state, stopped=stopped))
    return others


def _tell(deps: Deps, case_id: str, mail: MailRow, state: MailState, *, stopped: bool) -> None:
    case = deps.store.get(CaseRow, case_id)
    if case is None or deps.store.get(UndeliveredRow, case_id, mail.mail_id) is not None:
        return
    deps.store.transact(_told_at(deps, case, mail, state, stopped=stopped))


def _is_news(mail: MailRow, state: MailState) -> bool:
    return state in UNDELIVERED and mail.state not in UNDELIVERED


def _told_at(
    deps: Deps, case: CaseRow, mail: MailRow, state: MailState, *, stopped: bool
) -> list[Operation]:
    now = deps.clock.now()
    fact = Fact("MailEnded", {"purpose": mail.purpose, "state": state.value})
    mark = UndeliveredRow(
        case.case_id, mail.mail_id, mail.purpose, mail.recipient, now, False, state
    )
    if stopped:
        mark = replace(mark, state=MailState.COMPLAINED, told=_knows(deps, mark))
    return [*advance(case, now, "mail", (fact,)), Create(mark, "undelivered-is-new")]


def _knows(deps: Deps, mark: UndeliveredRow) -> bool:
    """Whether the case was told when the recipient complained: a mail that was stopped for that is then no news."""
    snapshot = deps.store.snapshot(mark.case_id)
    before = snapshot.undelivered if snapshot is not None else ()
    return any(
        row.recipient == mark.recipient and row.state is MailState.COMPLAINED for row in before
    )


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
