"""Records what SES says became of a mail. Events may come doubled, late, in any order, or before the mail's own record."""

from __future__ import annotations

import logging

from chalicelib.domain.delivery import ENDS_BADLY, DeliveryEvent, mail_after
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import MailRow, MailState
from chalicelib.domain.transaction import Change, Operation, mail_as_read
from chalicelib.services.commit import contended
from chalicelib.services.count_receipts import count_receipt
from chalicelib.services.deps import Deps
from chalicelib.services.end_mail import end_operations, tell_other_cases
from chalicelib.services.stop_mail import stop

log = logging.getLogger(__name__)


class UnknownMail(LookupError):
    """The event is about a mail of ours that is not in the table, or not yet: to be told again."""


def record_delivery(deps: Deps, event: DeliveryEvent) -> MailState:
    """The mail's state after the event. A mail that will not arrive wakes its case, and a complaint also stops its address, in the
    same transaction; the other cases of a mail with several receipts are woken before it. Raises UnknownMail, and safe to call again
    with the same event whatever was raised."""

    def attempt() -> MailState:
        mail = deps.store.get(MailRow, event.mail_id)
        if mail is None:
            raise UnknownMail(event.mail_id)
        after = mail_after(mail, event, deps.clock.now())
        operations: list[Operation] = []
        others: tuple[str, ...] = ()
        if after.state is not mail.state and after.state in ENDS_BADLY:
            others = tell_other_cases(deps, mail, after.state)
            operations += end_operations(deps, mail, after.state, event.problem)
        elif after != mail:
            operations.append(Change(after, mail_as_read(mail)))
        if event.kind == "Complaint":
            operations += stop(deps, mail)
        deps.store.transact(operations)
        if after.state is not mail.state and after.state in ENDS_BADLY and mail.case_id is not None:
            deps.queue.send([EvaluateCase(case_id) for case_id in (mail.case_id, *others)])
        if after.state is not mail.state:
            count_receipt(deps, after)
        return after.state

    return contended(deps, attempt)
