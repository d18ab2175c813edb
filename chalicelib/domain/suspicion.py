"""Judges how a form came in: whether it is taken, whether its sender is asked to press once more, or whether the idea is held.

Pure: it is told what was seen, and says what that means. Nothing here refuses an idea or looks at what is written in it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

from chalicelib.domain.site import OpenForm

SITE_BITS = 64
"""How much of an IPv6 address is a network: one customer has at least so much to choose from."""

WIDE_BITS = 48
"""A site has at most so much of them (RFC 6177, 2), with 65,536 networks to choose from. Often it is many households' together."""

WIDER = 5
"""From a network so wide come so many times as many ideas as from a narrow one before they are held."""


class Again(StrEnum):
    """Why the sender is asked to press once more."""

    TOO_FAST = "too_fast"
    TOO_OLD = "too_old"
    UNSTAMPED = "unstamped"


class Suspicion(StrEnum):
    """Why an idea is held until somebody has looked at it."""

    TRAP = "trap"
    CROWD = "crowd"
    UNCOUNTED = "uncounted"
    BOUNCING = "bouncing"
    FLOOD = "flood"


@dataclass(frozen=True)
class Fate:
    """What became of receipts lately: so many have `arrived`, and so many came `back` or were complained of."""

    arrived: int
    back: int


@dataclass(frozen=True)
class Seen:
    """How a form came in. `trapped`: the field that people leave empty was filled. `own`: from a network of the municipality's own.
    `count`: how many have come from its network in this hour, this one too, and `wide` from the wide one that an IPv6 network is in; None
    when they could not be counted. `flooded`: so many came for its e-mail address today that their receipts fill tomorrow's mail.
    `bouncing`: receipts come back, and this idea wants one."""

    trapped: bool
    own: bool
    count: int | None
    wide: int | None = 0
    flooded: bool = False
    bouncing: bool = False


def judge_time(rules: OpenForm, stamped_at: datetime | None, now: datetime) -> Again | None:
    """Whether the form was open for a time that somebody needs to write; `stamped_at` is when it was given out, by a stamp of ours.
    A stamp from the future counts as none: the stage's clock was put back."""
    if stamped_at is None or stamped_at > now:
        return Again.UNSTAMPED
    age = now - stamped_at
    if age < timedelta(seconds=rules.least_seconds):
        return Again.TOO_FAST
    return Again.TOO_OLD if age > timedelta(hours=rules.longest_hours) else None


def judge(rules: OpenForm, seen: Seen) -> Suspicion | None:
    """Why the idea is held, or None for one that goes on, if not too many have (`too_many`)."""
    if seen.trapped:
        return Suspicion.TRAP
    if seen.own:
        return None
    if seen.count is None or seen.wide is None:
        return Suspicion.UNCOUNTED
    crowd = seen.count > rules.ideas_an_hour or seen.wide > WIDER * rules.ideas_an_hour
    if seen.flooded or crowd:
        return Suspicion.CROWD
    return Suspicion.BOUNCING if seen.bouncing else None


def too_many(rules: OpenForm, going_on: int | None) -> Suspicion | None:
    """Why an idea that would go on is held all the same: so many have gone on in this hour already, from all networks together.
    `going_on` counts this one too; None when they could not be counted."""
    if going_on is None:
        return Suspicion.UNCOUNTED
    return Suspicion.FLOOD if going_on > rules.ideas_an_hour_in_all else None


def come_back(rules: OpenForm, fate: Fate) -> bool:
    """Whether so many receipts come back that somebody seems to invent addresses. The one number keeps a quiet hour's single slip of
    the pen from counting, the other a busy hour's many."""
    told = fate.arrived + fate.back
    return fate.back >= rules.receipts_back and 100 * fate.back > rules.percent_back * told


def network_of(source: str) -> IPv4Network | IPv6Network | None:
    """The network that an address is counted under: an IPv4 address by itself, of IPv6 its /64. None for what is no address."""
    address = _address(source)
    if address is None:
        return None
    bits = address.max_prefixlen if isinstance(address, IPv4Address) else SITE_BITS
    return ip_network((int(address).to_bytes(address.max_prefixlen // 8), bits), strict=False)


def wide_network_of(source: str) -> IPv6Network | None:
    """The wide network that an IPv6 address is counted under as well; None for any other."""
    narrow = network_of(source)
    return narrow.supernet(new_prefix=WIDE_BITS) if isinstance(narrow, IPv6Network) else None


def is_own(rules: OpenForm, source: str) -> bool:
    """Whether an address is in one of the municipality's own networks. This very machine is too: API Gateway never gives a loopback
    address, and on the local stage everybody has one."""
    address = _address(source)
    if address is None:
        return False
    return address.is_loopback or any(
        address.version == network.version and address in network for network in rules.own_networks
    )


def _address(source: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(source)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
