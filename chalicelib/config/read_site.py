"""Reads site.toml into a Site, and with holidays.toml into the Calendar."""

from __future__ import annotations

import re
from datetime import date, timedelta
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from chalicelib.config.read_theme import read_theme
from chalicelib.config.read_way_in import read_way_in
from chalicelib.config.table import Table, meant
from chalicelib.domain.site import Compliance, Fault, OpenForm, PersonalData, Site, Statement
from chalicelib.domain.text import email_address, phone_number
from chalicelib.domain.working_days import Calendar

NOBODY_READS = re.compile(r"(no|do-?not|inget)[-._]?(reply|svar)", re.IGNORECASE)
SOME_YEAR = 2025
FOLDER = Path(__file__).resolve().parent


def read_site(table: Table, folder: Path = FOLDER) -> Site:
    """The site in an opened file, all but its `[calendar]`; its logo lies in `folder`. It may only be used when no mistake was
    noted."""
    site = Site(
        name=table.text("name"),
        municipality=table.text("municipality"),
        receiver=table.text("receiver"),
        contact_name=table.text("contact_name"),
        contact_phone=table.string("contact_phone"),
        mailbox=_email(table, "mailbox"),
        sender=_email(table, "sender"),
        sender_name=table.text("sender_name"),
        intro=table.text("intro"),
        personal_data=_personal_data(table.table("personal_data")),
        statement=_statement(table.table("accessibility")),
        theme=read_theme(table.table("theme"), folder),
        after_no=table.maybe_text("after_no"),
        finnish_area=table.flag("finnish_area"),
        time_zone=table.string("time_zone", default="Europe/Stockholm"),
        open_form=_open_form(table.table("open_form")),
        way_in=read_way_in(table.table("way_in"), _email),
    )
    if NOBODY_READS.match(site.mailbox):
        table.wrong(
            "mailbox",
            f"{site.mailbox} sounds like nobody reads it",
            "an address that people answer",
        )
    if site.contact_phone and phone_number(site.contact_phone) is None:
        table.wrong(
            "contact_phone", repr(site.contact_phone), "digits, spaces, hyphens, a leading +"
        )
    return site


def _personal_data(table: Table) -> PersonalData:
    read = PersonalData(
        controller=table.text("controller"),
        officer=_email(table, "officer"),
        purpose=table.text("purpose"),
        legal_basis=table.text("legal_basis"),
        recipients=table.texts("recipients"),
        transfers=table.text("transfers"),
        kept=table.text("kept"),
        source=table.text("source"),
        must_be_given=table.text("must_be_given"),
        automated=table.text("automated"),
        rights=table.texts("rights"),
        complaint=table.text("complaint"),
    )
    table.close()
    return read


def _statement(table: Table) -> Statement:
    compliance = table.choice("compliance", Compliance)
    read = Statement(
        compliance=compliance,
        faults=tuple(_fault(fault) for fault in table.tables("fault")),
        exempted=table.texts("exempted", may_be_empty=True),
        method=table.text("method"),
        assessed=table.day("assessed"),
        updated=table.day("updated"),
    )
    table.close()
    if table.sound and (compliance is Compliance.FULLY) is bool(read.faults):
        table.wrong(
            "fault",
            f"the service is {compliance} accessible, and {len(read.faults)} faults are told",
            "what is fully accessible has no fault; what is not has at least one, and why",
        )
    if table.sound and read.updated < read.assessed:
        table.wrong(
            "updated",
            f"{read.updated}, before it was assessed",
            "the day of the assessment or later",
        )
    return read


def _fault(table: Table) -> Fault:
    read = Fault(table.text("what"), table.text("why"))
    table.close()
    return read


def _open_form(table: Table) -> OpenForm:
    usual = OpenForm()
    read = OpenForm(
        ideas_an_hour=table.integer("ideas_an_hour", default=usual.ideas_an_hour, least=1),
        ideas_an_hour_in_all=table.integer(
            "ideas_an_hour_in_all", default=usual.ideas_an_hour_in_all, least=1
        ),
        own_networks=_networks(table, "own_networks"),
        least_seconds=table.integer("least_seconds", default=usual.least_seconds, most=60),
        longest_hours=table.integer("longest_hours", default=usual.longest_hours, least=1, most=72),
        receipts_a_day=table.integer("receipts_a_day", default=usual.receipts_a_day, least=1),
        receipts_back=table.integer("receipts_back", default=usual.receipts_back, least=1),
        percent_back=table.integer("percent_back", default=usual.percent_back, most=99),
    )
    table.close()
    return read


def _networks(table: Table, key: str) -> tuple[IPv4Network | IPv6Network, ...]:
    networks = []
    for written in table.names(key):
        try:
            networks.append(ip_network(written))
        except ValueError:
            table.wrong(
                key,
                f"{written!r} is not a network",
                "an address and the length of its network, with nothing after it:"
                " 192.0.2.0/24, 198.51.100.7/32, 2001:db8::/48",
            )
    return tuple(networks)


def _email(table: Table, key: str) -> str:
    value = table.string(key)
    if value and email_address(value) != value:
        table.wrong(
            key,
            f"{value!r} is not an e-mail address",
            "an address such as idea@example.com, domain in small letters",
        )
    return value


def read_calendar(site_table: Table, holidays: Table, time_zone: str) -> Calendar:
    """The calendar of `[calendar]` in an opened site.toml over an opened holidays.toml."""
    public = _days(holidays.table("public"))
    eves = _days(holidays.table("eves"))
    holidays.close()
    if not public:
        holidays.wrong("public", "no holidays", "run tests/unit/generate_holidays.py")
    settings = site_table.table("calendar")
    free = settings.names("free_eves")
    for eve in free:
        if eve not in eves.values():
            settings.wrong(
                "free_eves", f"there is no eve {eve}", meant(eve, sorted(set(eves.values())))
            )
    days = set(public) | {day for day, eve in eves.items() if eve in free}
    stop = _july_stop(settings)
    settings.close()
    if stop is not None:
        for year in {day.year for day in public}:
            days |= _between(stop[0].replace(year=year), stop[1].replace(year=year))
    return Calendar(frozenset(days), _zone(site_table, time_zone))


def _days(table: Table) -> dict[date, str]:
    """What a table of dates says: each day and its name."""
    days = {}
    for key in table.keys:
        name = table.string(key)
        try:
            days[date.fromisoformat(key)] = name
        except ValueError:
            table.wrong(key, "not a date", "a date such as 2026-12-25")
    return days


def _july_stop(settings: Table) -> tuple[date, date] | None:
    """First and last day of the stop, in some year without a 29 February, so that it can be moved to any other."""
    stop = settings.names("july_stop")
    if not stop:
        return None
    right = 'the first and the last day, month and day: ["07-06", "07-31"]'
    days = []
    for day in stop:
        try:
            days.append(date.fromisoformat(f"{SOME_YEAR}-{day}"))
        except ValueError:
            settings.wrong("july_stop", f"{day!r} is not a day", right)
            return None
    if len(days) != 2 or days[0] > days[1]:
        settings.wrong("july_stop", repr(list(stop)), right)
        return None
    return days[0], days[1]


def _between(first: date, last: date) -> set[date]:
    return {first + timedelta(days=n) for n in range((last - first).days + 1)}


def _zone(table: Table, name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        table.wrong(
            "time_zone", f"{name!r} is not a time zone", "an IANA name such as Europe/Stockholm"
        )
        return ZoneInfo("UTC")
