"""The municipality's own words about the sluice: name, contact, sender. The shape that `site.toml` is read into."""

from __future__ import annotations

from dataclasses import dataclass

from chalicelib.domain.process import Text


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
    time_zone: str = "Europe/Stockholm"
