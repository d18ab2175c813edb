"""Every mistake in site.toml and holidays.toml is told, and the calendar is made of both."""

from __future__ import annotations

from datetime import date
from ipaddress import ip_network

import pytest

from chalicelib import config
from chalicelib.config.mistakes import Mistake
from chalicelib.config.read_site import read_calendar, read_site
from chalicelib.config.table import Table
from chalicelib.domain.site import OpenForm
from chalicelib.domain.working_days import Calendar
from tests.unit.config_sources import (
    DROP,
    Content,
    holidays_source,
    mistakes_in,
    one_mistake,
    site_source,
    spoiled,
)
from tests.unit.generate_holidays import TARGET, holidays_toml


def calendar_of(table: Table, mistakes: list[Mistake], holidays: Content | None = None) -> Calendar:
    days = Table(holidays or holidays_source(), "it.toml", "", mistakes)
    site = read_site(table)
    calendar = read_calendar(table, days, site.time_zone)
    table.close()
    return calendar


def test_a_sound_site_has_no_mistakes() -> None:
    assert mistakes_in(site_source(), calendar_of) == []


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        ({"colour": 1}, "colour", "this key is not known here"),
        ({"name.fi": DROP}, "name.fi", "missing"),
        ({"intro": DROP}, "intro", "missing"),
        ({"after_no": {"sv": "a", "en": "b"}}, "after_no.fi", "missing"),
        ({"open_form": {"ideas": 1}}, "open_form.ideas", "this key is not known here"),
        ({"open_form": {"ideas_an_hour": 0}}, "open_form.ideas_an_hour", "0"),
        ({"open_form": {"least_seconds": 61}}, "open_form.least_seconds", "61"),
        ({"open_form": {"longest_hours": 0}}, "open_form.longest_hours", "0"),
        ({"open_form": {"receipts_a_day": 0}}, "open_form.receipts_a_day", "0"),
        ({"open_form": {"ideas_an_hour_in_all": 0}}, "open_form.ideas_an_hour_in_all", "0"),
        ({"open_form": {"receipts_back": 0}}, "open_form.receipts_back", "0"),
        ({"open_form": {"percent_back": 100}}, "open_form.percent_back", "100"),
        (
            {"open_form": {"own_networks": ["192.0.2.7/24"]}},
            "open_form.own_networks",
            "'192.0.2.7/24' is not a network",
        ),
        (
            {"open_form": {"own_networks": ["kommunen"]}},
            "open_form.own_networks",
            "'kommunen' is not a network",
        ),
        ({"mailbox": DROP}, "mailbox", "missing"),
        ({"mailbox": "ideas"}, "mailbox", "'ideas' is not an e-mail address"),
        ({"sender": "ideas@Example.com"}, "sender", "'ideas@Example.com' is not an e-mail address"),
        ({"personal_data.officer": 7}, "personal_data.officer", "7"),
        (
            {"personal_data.officer": "dpo"},
            "personal_data.officer",
            "'dpo' is not an e-mail address",
        ),
        ({"personal_data.controller": DROP}, "personal_data.controller", "missing"),
        ({"personal_data.purpose.fi": DROP}, "personal_data.purpose.fi", "missing"),
        ({"personal_data.legal_basis": DROP}, "personal_data.legal_basis", "missing"),
        ({"personal_data.recipients": DROP}, "personal_data.recipients", "missing"),
        ({"personal_data.recipients": []}, "personal_data.recipients", "[]"),
        ({"personal_data.recipients[0].en": ""}, "personal_data.recipients[0].en", "''"),
        (
            {"personal_data.recipients[0].no": "x"},
            "personal_data.recipients[0].no",
            "this key is not known here",
        ),
        ({"personal_data.transfers": DROP}, "personal_data.transfers", "missing"),
        ({"personal_data.kept": DROP}, "personal_data.kept", "missing"),
        ({"personal_data.source": DROP}, "personal_data.source", "missing"),
        ({"personal_data.must_be_given": DROP}, "personal_data.must_be_given", "missing"),
        ({"personal_data.automated": DROP}, "personal_data.automated", "missing"),
        ({"personal_data.rights": DROP}, "personal_data.rights", "missing"),
        ({"personal_data.complaint": DROP}, "personal_data.complaint", "missing"),
        ({"personal_data.other": 1}, "personal_data.other", "this key is not known here"),
        ({"accessibility.compliance": DROP}, "accessibility.compliance", "missing"),
        ({"accessibility.compliance": "almost"}, "accessibility.compliance", "'almost'"),
        ({"accessibility.method": DROP}, "accessibility.method", "missing"),
        ({"accessibility.assessed": DROP}, "accessibility.assessed", "missing"),
        ({"accessibility.updated": "2026-03-02"}, "accessibility.updated", "'2026-03-02'"),
        (
            {"accessibility.updated": date(2026, 2, 28)},
            "accessibility.updated",
            "2026-02-28, before it was assessed",
        ),
        (
            {"accessibility.compliance": "fully"},
            "accessibility.fault",
            "the service is fully accessible, and 1 faults are told",
        ),
        (
            {"accessibility.fault": []},
            "accessibility.fault",
            "the service is partly accessible, and 0 faults are told",
        ),
        ({"accessibility.fault[0].why": DROP}, "accessibility.fault[0].why", "missing"),
        (
            {"accessibility.fault[0].when": "soon"},
            "accessibility.fault[0].when",
            "this key is not known here",
        ),
        ({"accessibility.exempted": [1]}, "accessibility.exempted", "[1]"),
        ({"accessibility.other": 1}, "accessibility.other", "this key is not known here"),
        ({"theme": {"light": {"deep": 7}}}, "theme.light.deep", "7"),
        (
            {"mailbox": "no-reply@example.com"},
            "mailbox",
            "no-reply@example.com sounds like nobody reads it",
        ),
        (
            {"mailbox": "NoReply@example.com"},
            "mailbox",
            "NoReply@example.com sounds like nobody reads it",
        ),
        (
            {"mailbox": "donotreply@example.com"},
            "mailbox",
            "donotreply@example.com sounds like nobody reads it",
        ),
        ({"contact_phone": DROP}, "contact_phone", "missing"),
        ({"contact_phone": "ring oss"}, "contact_phone", "'ring oss'"),
        ({"time_zone": "Europe/Storby"}, "time_zone", "'Europe/Storby' is not a time zone"),
        ({"time_zone": "../etc/passwd"}, "time_zone", "'../etc/passwd' is not a time zone"),
        ({"calendar": 1}, "calendar", "1"),
        ({"calendar.free_eve": []}, "calendar.free_eve", "this key is not known here"),
        ({"calendar.free_eves": ["julafon"]}, "calendar.free_eves", "there is no eve julafon"),
        ({"calendar.july_stop": ["07-06"]}, "calendar.july_stop", "['07-06']"),
        ({"calendar.july_stop": ["07-31", "07-06"]}, "calendar.july_stop", "['07-31', '07-06']"),
        ({"calendar.july_stop": ["07-06", "07-32"]}, "calendar.july_stop", "'07-32' is not a day"),
        ({"calendar.july_stop": ["02-29", "07-31"]}, "calendar.july_stop", "'02-29' is not a day"),
    ],
)
def test_a_mistake_in_the_site_is_told(changes: Content, key: str, wrong: str) -> None:
    assert one_mistake(spoiled(site_source(), changes), calendar_of)[:2] == (key, wrong)


@pytest.mark.parametrize(
    ("assessed", "updated", "today", "current"),
    [
        (date(2026, 3, 1), date(2026, 3, 1), date(2026, 3, 1), True),
        (date(2026, 3, 1), date(2026, 5, 1), date(2027, 3, 1), True),
        (date(2026, 3, 1), date(2026, 5, 1), date(2027, 3, 2), False),
        (date(2026, 3, 1), date(2027, 3, 1), date(2027, 3, 2), False),
        (date(2028, 2, 29), date(2028, 2, 29), date(2029, 3, 1), True),
        (date(2028, 2, 29), date(2028, 2, 29), date(2029, 3, 2), False),
        (date(2026, 3, 1), date(2026, 5, 1), date(2026, 4, 30), False),
    ],
)
def test_what_is_said_of_accessibility_is_current_for_twelve_months(
    assessed: date, updated: date, today: date, current: bool
) -> None:
    dates = {"accessibility.assessed": assessed, "accessibility.updated": updated}
    site = read_site(Table(spoiled(site_source(), dates), "it.toml", "", []))
    assert site.statement.is_current(today) is current


def test_what_the_law_leaves_out_and_what_is_faulty_are_read_as_they_stand() -> None:
    parts = {"accessibility.exempted": [{"sv": "karta", "en": "map", "fi": "kartta"}]}
    statement = read_site(Table(spoiled(site_source(), parts), "it.toml", "", [])).statement
    assert [part.fi for part in statement.exempted] == ["kartta"]
    assert [(fault.what.sv, fault.why.en) for fault in statement.faults] == [
        ("a fault", "a reason")
    ]


def test_an_eve_that_is_not_there_is_told_with_what_was_meant() -> None:
    content = spoiled(site_source(), {"calendar.free_eves": ["julafon"]})
    assert one_mistake(content, calendar_of)[2] == "did you mean julafton?"


@pytest.mark.parametrize(
    ("changes", "key", "wrong"),
    [
        ({"public.2026-02-30": "?"}, "public.2026-02-30", "not a date"),
        ({"eves.skottdagen": "?"}, "eves.skottdagen", "not a date"),
        ({"public.2026-12-25": ""}, "public.2026-12-25", "''"),
        ({"public": DROP}, "public", "no holidays"),
        ({"other": 1}, "other", "this key is not known here"),
    ],
)
def test_a_mistake_in_the_holidays_is_told(changes: Content, key: str, wrong: str) -> None:
    holidays = spoiled(holidays_source(), changes)

    def read(table: Table, mistakes: list[Mistake]) -> Calendar:
        return calendar_of(table, mistakes, holidays)

    assert one_mistake(site_source(), read)[:2] == (key, wrong)


def calendar(changes: Content) -> Calendar:
    mistakes: list[Mistake] = []
    table = Table(spoiled(site_source(), changes), "it.toml", "", mistakes)
    made = calendar_of(table, mistakes)
    assert mistakes == []
    return made


def test_holidays_are_free_and_of_the_eves_those_that_were_chosen() -> None:
    made = calendar({})
    assert made.non_working == {date(2026, 12, 24), date(2026, 12, 25), date(2027, 1, 1)}
    assert made.time_zone.key == "Europe/Stockholm"


def test_without_a_calendar_of_its_own_a_site_has_the_holidays_only() -> None:
    assert calendar({"calendar": DROP}).non_working == {date(2026, 12, 25), date(2027, 1, 1)}


def test_what_is_usual_of_the_open_form_need_not_be_said() -> None:
    made = read_site(Table(site_source(), "it.toml", "", []))
    assert made.open_form == OpenForm(20, 200, (), 3, 24, 3, 10, 10)


def test_the_rules_of_the_open_form_are_the_municipalitys() -> None:
    said = {
        "ideas_an_hour": 50,
        "ideas_an_hour_in_all": 90,
        "own_networks": ["192.0.2.0/24", "2001:db8::/48"],
        "least_seconds": 5,
        "longest_hours": 12,
        "receipts_a_day": 2,
        "receipts_back": 5,
        "percent_back": 20,
    }
    made = read_site(Table(site_source() | {"open_form": said}, "it.toml", "", []))
    networks = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/48"))
    assert made.open_form == OpenForm(50, 90, networks, 5, 12, 2, 5, 20)


def test_the_file_that_ships_says_what_the_code_takes_as_usual() -> None:
    assert config.load().site.open_form == OpenForm()


def test_the_time_zone_is_the_sites() -> None:
    assert calendar({"time_zone": "Europe/Helsinki"}).time_zone.key == "Europe/Helsinki"


def test_a_july_stop_is_free_from_its_first_day_to_its_last_in_every_year() -> None:
    made = calendar({"calendar.july_stop": ["07-06", "07-31"]})
    for year in (2026, 2027):
        assert made.is_working_day(date(year, 7, 3 if year == 2026 else 5))
        assert date(year, 7, 6) in made.non_working
        assert date(year, 7, 31) in made.non_working
        assert date(year, 8, 1) not in made.non_working
        assert date(year, 7, 5) not in made.non_working


def test_the_holidays_are_those_of_the_library() -> None:
    assert TARGET.read_text(encoding="utf-8") == holidays_toml(), (
        "run tests/unit/generate_holidays.py"
    )
