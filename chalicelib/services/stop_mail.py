"""Whoever complains of a mail gets no other: addresses that are stopped, known by a keyed hash alone.

Anybody can type a colleague's address into the form, and the colleague may call the receipt spam. So a complaint of a mail to an
idea-giver stops such mails alone, and the address is still asked, reminded and sent codes; of any other mail it stops all.

The mail worker leaves the hash at the mail that it sends. The feedback worker, which may not read the stage's secret, takes it
from there. An operator can allow an address again.
"""

from __future__ import annotations

from dataclasses import replace

from chalicelib.domain.rows import FOLLOWER, GIVER, MAILBOX, MailRow, StoppedRow
from chalicelib.domain.transaction import Change, Create, Operation, stop_is_as_read
from chalicelib.services.deps import Deps

ADDRESS_STOPPED = "complaint"
"""How the row of a mail says that it was not sent since its address is stopped: a word to read. Nothing is decided by it."""


def address_hash(deps: Deps, address: str, recipient: str = "") -> str:
    """What a complaint of a mail to this recipient stops: the same for every way of writing an address that reaches the same mailbox,
    as far as case goes."""
    to_giver = recipient == GIVER or recipient.startswith(FOLLOWER)
    kind = "idea-giver's mail address" if to_giver else "mail address"
    return deps.secrets.keyed_hash(kind, address.strip().casefold())


def takes_no_mail(deps: Deps, address: str, recipient: str) -> bool:
    """Whether somebody at this address has complained of such mail, or of all. The sluice's own mailbox always takes it."""
    if recipient == MAILBOX:
        return False
    hashes = dict.fromkeys((address_hash(deps, address, recipient), address_hash(deps, address)))
    return any(is_stopped(deps, hashed) for hashed in hashes)


def is_stopped(deps: Deps, hashed: str) -> bool:
    """Whether somebody at this address has complained, and nobody has allowed it since. One consistent read of a small row."""
    stopped = deps.store.get(StoppedRow, hashed)
    return stopped is not None and not stopped.lifted


def stop(deps: Deps, mail: MailRow) -> tuple[Operation, ...]:
    """What stops mail to the address that this mail was sent to; nothing when it is stopped already, or when the complaint is
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
    now = deps.clock.now()
    hashes = (address_hash(deps, address), address_hash(deps, address, GIVER))
    known = [row for row in (deps.store.get(StoppedRow, hashed) for hashed in hashes) if row]
    lifted = [
        Change(replace(row, lifted=True, since=now), (stop_is_as_read(row),))
        for row in known
        if not row.lifted
    ]
    if lifted:
        deps.store.transact(lifted)
    return bool(lifted)
