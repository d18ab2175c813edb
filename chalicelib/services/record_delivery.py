"""Records what SES says became of a mail. Events may come doubled, late, in any order, or before the mail's own record."""

from __future__ import annotations

import logging

from chalicelib.domain.delivery import ENDS_BADLY, DeliveryEvent, mail_after
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import MailRow, MailState
from chalicelib.domain.transaction import Change, Operation, mail_attempt_is, mail_is_in
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps
from chalicelib.services.send_mail import end_operations
from chalicelib.services.stop_mail import stop

log = logging.getLogger(__name__)


class UnknownMail(LookupError):
    """The event is about a mail of ours that is not in the table, or not yet: to be told again."""


def record_delivery(deps: Deps, event: DeliveryEvent) -> MailState:
    """The mail's state after the event. A mail that will not arrive wakes its case, and a complaint also stops its address, in the
    same transaction. Raises UnknownMail, and safe to call again with the same event whatever was raised."""

    def attempt() -> MailState:
        mail = deps.store.get(MailRow, event.mail_id)
        if mail is None:
            raise UnknownMail(event.mail_id)
        after = mail_after(mail, event, deps.clock.now())
        operations: list[Operation] = []
        if after.state is not mail.state and after.state in ENDS_BADLY:
            operations += end_operations(deps, mail, after.state, event.problem)
        elif after != mail:
            operations.append(Change(after, (mail_is_in(mail.state), mail_attempt_is(mail))))
        if event.kind == "Complaint":
            operations += stop(deps, mail)
        deps.store.transact(operations)
        if after.state is not mail.state and after.state in ENDS_BADLY and mail.case_id is not None:
            deps.queue.send([EvaluateCase(mail.case_id)])
        return after.state

    return contended(deps, attempt)
