"""Counts what becomes of receipts, by the hour: how many arrive, and how many come back or are complained of.

No address is stored, only the hour. Never stops a mail, an event or an idea: what the numbers mean is for `domain.suspicion` to say.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from enum import StrEnum

from chalicelib.domain.rows import MailRow, MailState
from chalicelib.domain.suspicion import Fate
from chalicelib.services.commit import TooBusy, contended
from chalicelib.services.counters import counted, counter
from chalicelib.services.deps import Deps
from chalicelib.services.ports import StoreUnavailable

log = logging.getLogger(__name__)

RECEIPTS = ("receipt", "receipts")


class Counted(StrEnum):
    """What the keys of the counters begin with. Whoever counts may write these and no others (`infra/policies.py`)."""

    ARRIVED = "arrived"
    BACK = "back"


_COUNTED_AS = {
    MailState.DELIVERED: Counted.ARRIVED,
    MailState.BOUNCED: Counted.BACK,
    MailState.COMPLAINED: Counted.BACK,
}


def count_receipt(deps: Deps, mail: MailRow) -> None:
    """Count a mail that has just come to its state, if it is a receipt whose fate that tells. To be called once for each change of
    state. What cannot be counted is left out: what is told of the mail counts for more. A lost answer of the store may count one twice."""
    what = _COUNTED_AS.get(mail.state)
    if what is None or mail.purpose not in RECEIPTS:
        return
    now = deps.clock.now()
    key = f"{what}#{now:%Y-%m-%dT%H}"

    def attempt() -> None:
        deps.store.transact([counted(counter(deps, key), now)])

    try:
        contended(deps, attempt)
    except (StoreUnavailable, TooBusy) as error:
        log.warning("a receipt could not be counted: %s", type(error).__name__)


def fate_of_receipts(deps: Deps) -> Fate:
    """What was told of receipts in this hour and the one before it, so that the turn of an hour forgets nothing. Two consistent reads of
    small rows; four when any came back."""
    back = _in_two_hours(deps, Counted.BACK)
    return Fate(_in_two_hours(deps, Counted.ARRIVED) if back else 0, back)


def _in_two_hours(deps: Deps, what: Counted) -> int:
    now = deps.clock.now()
    hours = (now, now - timedelta(hours=1))
    return sum(counter(deps, f"{what}#{hour:%Y-%m-%dT%H}").count for hour in hours)
