"""Counts the ideas that come from one network in an hour. No address is stored: only a keyed hash of the hour and the network.

Never stops an idea: whoever could not be counted is told apart from whoever was, and is for `domain.suspicion` to judge.
"""

from __future__ import annotations

import logging

from chalicelib.domain.suspicion import network_of
from chalicelib.services.commit import TooBusy, contended
from chalicelib.services.counters import counted, counter
from chalicelib.services.deps import Deps
from chalicelib.services.ports import StoreUnavailable

log = logging.getLogger(__name__)


def count_network(deps: Deps, source: str, enough: int) -> int | None:
    """How many ideas have come from this address's network in this hour, with the one that is counted now; None when that could not
    be told. Beyond `enough` nothing more is counted. A lost answer of the store may count one idea twice, and so may two
    presses in the same moment."""
    network = network_of(source)
    if network is None:
        return None
    now = deps.clock.now()
    key = f"network#{deps.secrets.keyed_hash('network', f'{now:%Y-%m-%dT%H} {network}')}"

    def attempt() -> int:
        so_far = counter(deps, key)
        if so_far.count <= enough:
            deps.store.transact([counted(so_far, now)])
        return so_far.count + 1

    try:
        return contended(deps, attempt)
    except (StoreUnavailable, TooBusy) as error:
        log.warning("a network could not be counted: %s", type(error).__name__)
        return None
