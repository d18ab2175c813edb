"""Dates and times as a reader writes them, in each language of the sluice.

Owns the names of the months and the order of the parts. Knows no clock: every value is given. Babel would do the same from
a 30 MB package; three languages need two tables.
"""

from __future__ import annotations

from datetime import date, datetime, tzinfo
from types import MappingProxyType

from chalicelib.domain.process import Lang

Moment = date | datetime | str

MONTHS = MappingProxyType(
    {
        "sv": "januari februari mars april maj juni juli augusti september oktober november december",
        "en": "January February March April May June July August September October November December",
        "fi": "tammikuuta helmikuuta maaliskuuta huhtikuuta toukokuuta kesäkuuta heinäkuuta elokuuta "
        "syyskuuta lokakuuta marraskuuta joulukuuta",
    }
)


def format_day(value: Moment, lang: Lang, zone: tzinfo) -> str:
    """The day without its year, for subjects: "12 maj", "12 May", "12. toukokuuta"."""
    day = _local_date(value, zone)
    return f"{day.day}{'.' if lang == 'fi' else ''} {MONTHS[lang].split()[day.month - 1]}"


def format_date(value: Moment, lang: Lang, zone: tzinfo) -> str:
    """The whole date: "12 maj 2026", "12 May 2026", "12. toukokuuta 2026".

    A datetime (or its ISO text) is told in `zone`, a date as it is. ValueError for a datetime without an offset.
    """
    return f"{format_day(value, lang, zone)} {_local_date(value, zone).year}"


def format_time(value: datetime | str, lang: Lang, zone: tzinfo) -> str:
    """The time of day in `zone`, 24 hours: "09.05" in Swedish, "9.05" in Finnish, "09:05" in English."""
    moment = _read(value)
    if not isinstance(moment, datetime):
        raise ValueError(f"a date has no time of day: {value!r}")
    local = moment.astimezone(zone)
    if lang == "fi":
        return f"{local.hour}.{local:%M}"
    return local.strftime("%H:%M" if lang == "en" else "%H.%M")


def format_datetime(value: datetime | str, lang: Lang, zone: tzinfo) -> str:
    """Date and time: "12 maj 2026 klockan 14.32"."""
    at = {"sv": "klockan", "en": "at", "fi": "kello"}[lang]
    return f"{format_date(value, lang, zone)} {at} {format_time(value, lang, zone)}"


def _local_date(value: Moment, zone: tzinfo) -> date:
    moment = _read(value)
    return moment.astimezone(zone).date() if isinstance(moment, datetime) else moment


def _read(value: Moment) -> date | datetime:
    if isinstance(value, str):
        value = date.fromisoformat(value) if len(value) == 10 else datetime.fromisoformat(value)
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError(f"a time without an offset means nothing to a reader: {value!r}")
    return value
