"""Records what SES says became of a mail. Events may come doubled, late, in any order, or before the mail's own record."""

from __future__ import annotations

import logging
from dataclasses import replace

from chalicelib.domain.delivery import DeliveryEvent, state_after
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import MailRow, MailState
from chalicelib.domain.transaction import Change, mail_attempt_is, mail_is_in
from chalicelib.services.commit import contended
from chalicelib.services.deps import Deps
from chalicelib.services.send_mail import end_operations

log = logging.getLogger(__name__)


def record_delivery(deps: Deps, event: DeliveryEvent) -> MailState | None:
    """The mail's state after the event, or None for a mail that is not ours. A mail that will not arrive wakes its case."""

    def attempt() -> MailState | None:
        mail = deps.store.get(MailRow, event.mail_id)
        if mail is None:
            log.warning("an event about a mail that is not in the table")
            return None
        state = state_after(mail.state, event)
        if state is mail.state:
            return state
        if state in (MailState.BOUNCED, MailState.COMPLAINED):
            deps.store.transact(end_operations(deps, mail, state, event.kind))
            if mail.case_id is not None:
                deps.queue.send([EvaluateCase(mail.case_id)])
            return state
        known = replace(
            mail,
            state=state,
            lease_until=None,
            due_at=None,
            try_at=None,
            tries=0,
            ses_id=event.ses_id or mail.ses_id,
            sent_at=mail.sent_at or deps.clock.now(),
        )
        conditions = (mail_is_in(mail.state), mail_attempt_is(mail))
        deps.store.transact([Change(known, conditions)])
        return state

    return contended(deps, attempt)
