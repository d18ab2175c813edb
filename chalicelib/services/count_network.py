"""Counts the ideas that come in an hour from one network, and from all. No address is stored: only a keyed hash of hour and network.

Never stops an idea: whoever could not be counted is told apart from whoever was, and is for `domain.suspicion` to judge.
"""

from __future__ import annotations

import logging
from ipaddress import IPv4Network, IPv6Network

from chalicelib.domain.suspicion import network_of, wide_network_of
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
    return None if network is None else _count(deps, _key(deps, network), enough)


def count_wide_network(deps: Deps, source: str, enough: int) -> int | None:
    """As `count_network`, of the wide network that an IPv6 address is in; 0 for an IPv4 address."""
    network = wide_network_of(source)
    return 0 if network is None else _count(deps, _key(deps, network), enough)


def count_all(deps: Deps, enough: int) -> int | None:
    """As `count_network`, of all networks together."""
    return _count(deps, f"ideas#{deps.clock.now():%Y-%m-%dT%H}", enough)


def _key(deps: Deps, network: IPv4Network | IPv6Network) -> str:
    hour = f"{deps.clock.now():%Y-%m-%dT%H}"
    return f"network#{deps.secrets.keyed_hash('network', f'{hour} {network}')}"


def _count(deps: Deps, key: str, enough: int) -> int | None:
    def attempt() -> int:
        so_far = counter(deps, key)
        if so_far.count <= enough:
            deps.store.transact([counted(so_far, deps.clock.now())])
        return so_far.count + 1

    try:
        return contended(deps, attempt)
    except (StoreUnavailable, TooBusy) as error:
        log.warning("ideas could not be counted: %s", type(error).__name__)
        return None
