"""The municipality's own words about the sluice: name, contact, sender. The shape that `site.toml` is read into."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network

from chalicelib.domain.process import Text
from chalicelib.domain.way_in import WayIn


@dataclass(frozen=True)
class OpenForm:
    """What is usual of the open form, and what is looked at before it goes on. `ideas_an_hour` come from one network, apart from
    `own_networks`, which are the municipality's and are not counted. A form is open for at least `least_seconds` and at most
    `longest_hours`. One address gets `receipts_a_day`; what is more comes in one mail on the next day."""

    ideas_an_hour: int = 20
    own_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    least_seconds: int = 3
    longest_hours: int = 24
    receipts_a_day: int = 3


@dataclass(frozen=True)
class Site:
    """`mailbox` is the monitored address that replies reach and that is told when nobody else can be.
    `sender` is the address that mails come from; `time_zone` is an IANA name."""

    name: Text
    municipality: Text
    receiver: Text
    controller: Text
    purpose: Text
    contact_name: Text
    contact_phone: str
    mailbox: str
    sender: str
    sender_name: Text
    data_protection_officer: str
    intro: Text
    way_in: WayIn
    time_zone: str = "Europe/Stockholm"
    open_form: OpenForm = OpenForm()
