"""A new link to the idea-giver's page, by mail to the address that they left: for whoever has lost theirs.

Whoever asks learns nothing: what is typed right and what is typed wrong are answered alike and take as long, since both look for
the same rows, store two in one transaction and send no message; the sweep finds the mail within a minute or two. No address is stored for
that: only a keyed hash of it and the day.
"""

from __future__ import annotations

import hmac
import logging
from datetime import datetime

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.reference import case_id, references_meant
from chalicelib.domain.rows import GIVER, CaseRow, ContactRow, GuardRow, MailRow, ReferenceRow
from chalicelib.domain.text import clean, email_address
from chalicelib.domain.transaction import Create, Operation
from chalicelib.services.commit import contended
from chalicelib.services.counters import KEPT, counted, counter
from chalicelib.services.deps import Deps

log = logging.getLogger(__name__)

LINKS_A_DAY = 3
"""To one address. Only those that were mailed count, so that nobody can use up somebody else's."""


def mail_status_link(deps: Deps, ref: str, address: str) -> tuple[FieldError, ...]:
    """Owe a mail with a new link, if this is a case's reference, or its last four characters, and the address that its idea-giver left,
    and they have not had three today. The links that they have go on working. The errors tell only of what has not the shape of a
    reference or an address, or was left empty."""
    typed = clean(address, multiline=False).text
    wanted = email_address(typed)
    refs = references_meant(ref, deps.calendar.local_date(deps.clock.now()).year)
    errors = []
    if not refs:
        problem = Problem.NOT_A_REFERENCE if ref.strip() else Problem.MISSING
        errors.append(FieldError("ref", problem))
    if wanted is None:
        problem = Problem.NOT_AN_EMAIL if typed else Problem.MISSING
        errors.append(FieldError("email", problem))
    if errors or wanted is None:
        return tuple(errors)
    contended(deps, lambda: _count_and_owe(deps, refs, wanted))
    log.info("a new link to an idea-giver's page was asked for")
    return ()


def _count_and_owe(deps: Deps, refs: tuple[str, ...], address: str) -> None:
    now = deps.clock.now()
    day = deps.calendar.local_date(now).isoformat()
    hashed = deps.secrets.keyed_hash("status-links", f"{day} {address.lower()}")
    mailed, in_vain = (counter(deps, f"{key}#{hashed}") for key in ("links", "links-in-vain"))
    found = [_theirs(deps, ref, address) for ref in refs]
    case = next((case for case in found if case is not None), None)
    operations: tuple[Operation, ...] = (counted(in_vain, now), _nothing(hashed, in_vain, now))
    if case is not None and mailed.count < LINKS_A_DAY:
        mail = MailRow(
            mail_id=f"{case.case_id}-status_link-{day}-{mailed.count}",
            case_id=case.case_id,
            ref=case.ref,
            purpose="status_link",
            recipient=GIVER,
            lang=case.lang,
            context={},
            created_at=now,
            due_at=now,
            try_at=now,
        )
        operations = (counted(mailed, now), Create(mail, "mail-is-new"))
    deps.store.transact(operations)


def _nothing(hashed: str, in_vain: GuardRow, now: datetime) -> Create:
    """What is stored in the place of a mail, so that one transaction takes as long as the other. Cleaned up like a counter."""
    ttl = int((now + KEPT).timestamp())
    return Create(
        GuardRow(f"links-for-nothing#{hashed}#{in_vain.count}", 1, ttl), "first-of-its-hour"
    )


def _theirs(deps: Deps, ref: str, address: str) -> CaseRow | None:
    """The case with this reference, if its idea-giver left this address and mail to it may go out: not of what is held, since nobody has
    said that it is an idea, and not to an address from which mail comes back. As many rows are looked for when there is none."""
    known = deps.store.get(ReferenceRow, ref) or ReferenceRow(ref, case_id(ref))
    case = deps.store.get(CaseRow, known.case_id)
    contact = deps.store.get(ContactRow, known.case_id)
    if case is None or contact is None or contact.email is None:
        return None
    same = hmac.compare_digest(contact.email.lower().encode(), address.lower().encode())
    return case if same and case.mailable and not case.is_held else None
