"""Whoever complains of a mail gets no other: addresses that are stopped, known by a keyed hash alone.

The mail worker leaves the hash at the mail that it sends. The feedback worker, which may not read the stage's secret, takes it
from there. An operator can allow an address again.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.rows import MAILBOX, MailRow, StoppedRow
from chalicelib.domain.transaction import Change, Create, Operation, stop_is_as_read
from chalicelib.services.deps import Deps

COMPLAINT = "complaint"
"""The problem of a mail that was not sent since its address is stopped."""


def address_hash(deps: Deps, address: str) -> str:
    """The same for every way of writing an address that reaches the same mailbox, as far as case goes."""
    return deps.secrets.keyed_hash("mail address", address.strip().casefold())


def is_stopped(deps: Deps, hashed: str) -> bool:
    """Whether somebody at this address has complained, and nobody has allowed it since. One consistent read of a small row."""
    stopped = deps.store.get(StoppedRow, hashed)
    return stopped is not None and not stopped.lifted


def stop(deps: Deps, mail: MailRow) -> tuple[Operation, ...]:
    """What stops all mail to the address that this mail was sent to; nothing when it is stopped already, or when the complaint is
    of a mail from before an operator allowed the address again: it may come late, and twice. The sluice's own mailbox is never
    stopped: it is where warnings end up."""
    if mail.address_hash is None or mail.recipient == MAILBOX:
        return ()
    known = deps.store.get(StoppedRow, mail.address_hash)
    stopped = StoppedRow(mail.address_hash, mail.mail_id, deps.clock.now())
    if known is None:
        return (Create(stopped, "stop-is-new"),)
    if known.lifted and mail.created_at > known.since:
        return (Change(stopped, (stop_is_as_read(known),)),)
    return ()


def allow(deps: Deps, address: str) -> bool:
    """Let mail go to an address again; whether it was stopped. Raises Conflict when somebody complains at this moment."""
    known = deps.store.get(StoppedRow, address_hash(deps, address))
    if known is None or known.lifted:
        return False
    lifted = replace(known, lifted=True, since=deps.clock.now())
    deps.store.transact([Change(lifted, (stop_is_as_read(known),))])
    return True
