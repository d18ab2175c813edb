"""One row that says that all mail is on hold: every mail reads it before SES is asked, so that an account that takes no mail
refuses one mail every ten minutes rather than every mail.

Owns when the hold begins, who tries again when its time is over, and when it ends. Decides nothing about the mail itself.
"""

from __future__ import annotations

import logging
from dataclasses import replace
from datetime import datetime, timedelta

from chalicelib.domain.rows import EVERY_MAIL, HoldRow
from chalicelib.domain.transaction import Change, Conflict, Create, Operation, hold_is_as_read
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)

HOLD_PAUSE = timedelta(minutes=10)
"""As long as AWS asks to wait at most: https://docs.aws.amazon.com/ses/latest/dg/manage-sending-quotas-errors.html"""

PROBE_PAUSE = timedelta(minutes=1)
"""How long the others wait for the mail that tries first."""


def current_hold(deps: Deps) -> HoldRow | None:
    """The hold as it stands, over or not. One consistent read of a small row."""
    return deps.store.get(HoldRow, EVERY_MAIL)


def probe(hold: HoldRow | None, now: datetime) -> tuple[HoldRow | None, tuple[Operation, ...]]:
    """The hold while one mail tries whether SES takes mail again, and what makes sure that it is only one: to be written with
    that mail's claim. Nothing to write when there is no hold."""
    if hold is None or hold.over:
        return hold, ()
    probing = replace(hold, until=now + PROBE_PAUSE)
    return probing, (Change(probing, (hold_is_as_read(hold),)),)


def hold_all(deps: Deps, hold: HoldRow | None, reason: str) -> datetime:
    """SES took no mail, for a reason that holds for every other: hold them all, say so, and give the time until which.
    The line in the log is what the alarm `mail-held` looks for, since no mail can tell of it."""
    now = deps.clock.now()
    until = now + HOLD_PAUSE
    log.error("mail is on hold until %s: %s", f"{until:%Y-%m-%d %H:%M} UTC", reason)
    since = now if hold is None or hold.over else hold.since
    held = HoldRow(EVERY_MAIL, until, reason, since)
    operation = Create(held, "hold-is-new")
    try:
        deps.store.transact([Change(held, (hold_is_as_read(hold),)) if hold else operation])
    except Conflict:
        log.info("somebody else holds all mail at this moment")
    return until


def end_hold(deps: Deps, hold: HoldRow | None) -> None:
    """A mail has gone out: no other waits any longer. Does nothing when there was no hold."""
    if hold is None or hold.over:
        return
    try:
        deps.store.transact([Change(replace(hold, over=True), (hold_is_as_read(hold),))])
    except Conflict:
        log.info("the hold was changed meanwhile")
    else:
        log.info("mail is no longer on hold")
