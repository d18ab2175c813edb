"""The municipality's own words about the sluice: name, contact, sender, what it says of personal data and of accessibility.

The shape that `site.toml` is read into, and the one rule of its own: how long what it says of accessibility is current.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from ipaddress import IPv4Network, IPv6Network

from chalicelib.domain.process import Text
from chalicelib.domain.theme import Theme
from chalicelib.domain.way_in import WayIn


@dataclass(frozen=True)
class OpenForm:
    """What is usual of the open form, and what is looked at before it goes on. `ideas_an_hour` come from one network and
    `ideas_an_hour_in_all` from all together, apart from `own_networks`, which are the municipality's and are not counted. A form is
    open for at least `least_seconds` and at most `longest_hours`. One address gets `receipts_a_day`; what is more comes in one mail on
    the next day. When `receipts_back` of them have come back within two hours, and more than `percent_back` in a hundred, it seems that
    addresses are invented."""

    ideas_an_hour: int = 20
    ideas_an_hour_in_all: int = 200
    own_networks: tuple[IPv4Network | IPv6Network, ...] = ()
    least_seconds: int = 3
    longest_hours: int = 24
    receipts_a_day: int = 3
    receipts_back: int = 10
    percent_back: int = 10


@dataclass(frozen=True)
class PersonalData:
    """What people are told when they give their personal data (GDPR, article 13), one field for each item. `officer` is the address
    of the data protection officer."""

    controller: Text
    officer: str
    purpose: Text
    legal_basis: Text
    recipients: tuple[Text, ...]
    transfers: Text
    kept: Text
    source: Text
    must_be_given: Text
    automated: Text
    rights: tuple[Text, ...]
    complaint: Text


class Compliance(StrEnum):
    """How well the service follows the law on accessibility (2018:1937), in the three words that Digg gives."""

    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


@dataclass(frozen=True)
class Fault:
    """Something that somebody cannot use, why it is so, and what is done about it."""

    what: Text
    why: Text


@dataclass(frozen=True)
class Statement:
    """The accessibility statement that the law asks for (2018:1937, 13 §, and Digg's regulation). `exempted` are the parts that the law
    does not cover, or that would burden the municipality unreasonably."""

    compliance: Compliance
    faults: tuple[Fault, ...]
    exempted: tuple[Text, ...]
    method: Text
    assessed: date
    updated: date

    def is_current(self, today: date) -> bool:
        """Whether it was looked through within twelve months, counting back from `today`, and is not from a day to come."""
        oldest = min(self.assessed, self.updated)
        try:
            a_year_after = oldest.replace(year=oldest.year + 1)
        except ValueError:  # A 29 February.
            a_year_after = date(oldest.year + 1, 3, 1)
        return max(self.assessed, self.updated) <= today <= a_year_after


@dataclass(frozen=True)
class Site:
    """`mailbox` is the monitored address that replies reach and that is told when nobody else can be.
    `sender` is the address that mails come from; `time_zone` is an IANA name. In a `finnish_area` people have the right to use Finnish
    with the municipality (2009:724, 5 and 8 §§), and are told so. `after_no` tells an idea-giver what they can do when their idea has
    come to nothing; without it nothing is said of that."""

    name: Text
    municipality: Text
    receiver: Text
    contact_name: Text
    contact_phone: str
    mailbox: str
    sender: str
    sender_name: Text
    intro: Text
    personal_data: PersonalData
    statement: Statement
    theme: Theme
    way_in: WayIn
    finnish_area: bool = False
    after_no: Text | None = None
    time_zone: str = "Europe/Stockholm"
    open_form: OpenForm = OpenForm()
