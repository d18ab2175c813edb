"""Dates, numbers and languages as a reader meets them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from jinja2 import UndefinedError

from chalicelib import dates
from chalicelib.config import load
from chalicelib.domain.process import LANGS, Lang
from chalicelib.rendering import Rendered, Rendering
from infra.mail_samples import mail_samples
from tests.page_samples import page_samples

STOCKHOLM = ZoneInfo("Europe/Stockholm")
CONFIG = load()
RENDERING = Rendering(CONFIG)
NEW_YEARS_EVE = datetime(2026, 12, 31, 23, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("lang", "written"),
    [("sv", "12 maj 2026"), ("en", "12 May 2026"), ("fi", "12. toukokuuta 2026")],
)
def test_a_date_is_written_as_its_reader_writes_it(lang: Lang, written: str) -> None:
    assert dates.format_date(date(2026, 5, 12), lang, STOCKHOLM) == written
    assert dates.format_date("2026-05-12", lang, STOCKHOLM) == written


@pytest.mark.parametrize(
    ("lang", "written"),
    [
        ("sv", "1 januari 2027 klockan 00.30"),
        ("en", "1 January 2027 at 00:30"),
        ("fi", "1. tammikuuta 2027 kello 0.30"),
    ],
)
def test_a_moment_is_told_in_local_time(lang: Lang, written: str) -> None:
    assert dates.format_datetime(NEW_YEARS_EVE, lang, STOCKHOLM) == written
    assert dates.format_datetime(NEW_YEARS_EVE.isoformat(), lang, STOCKHOLM) == written


def test_summer_and_winter_keep_their_own_hours() -> None:
    around = [datetime(2026, 10, 25, hour, 30, tzinfo=UTC) for hour in (0, 1)]
    assert [dates.format_time(at, "sv", STOCKHOLM) for at in around] == ["02.30", "02.30"]


def test_every_month_has_its_name_in_every_language() -> None:
    months = [date(2026, month, 1) for month in range(1, 13)]
    assert all(
        len({dates.format_day(day, lang, STOCKHOLM) for day in months}) == 12 for lang in LANGS
    )
    assert dates.format_day(date(2026, 12, 1), "fi", STOCKHOLM) == "1. joulukuuta"


def test_a_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        dates.format_date("2026-05-12T10:00:00", "sv", STOCKHOLM)


def test_a_date_has_no_time_of_day() -> None:
    with pytest.raises(ValueError, match="time of day"):
        dates.format_time("2026-05-12", "sv", STOCKHOLM)


def test_a_name_that_a_template_needs_and_nobody_gave_is_an_error() -> None:
    with pytest.raises(UndefinedError, match="reference"):
        RENDERING.page("error", "sv", "./", None)


def test_what_people_typed_is_text_and_never_markup() -> None:
    values = {"title": "<script>alert(1)</script>", "need": "</textarea><em>"}
    hidden = {"key": '"><i>', "stamp": '"><i>'}
    html = RENDERING.page("form", "sv", "./", None, values=values, errors=(), **hidden)
    assert html.count("<script") == html.count("<script src=") == 1
    assert "<em>" not in html
    assert "<i>" not in html
    assert "&lt;script&gt;" in html


def test_markup_that_people_typed_reaches_the_text_part_of_a_mail_as_typed() -> None:
    mail = _mail("answer_receipt", answer=[["Motivering", "a < b & c"]])
    assert "a < b & c" in mail.text
    assert "a &lt; b &amp; c" in mail.html


def test_the_empty_lines_that_somebody_wrote_stay_in_the_text_part_of_a_mail() -> None:
    mail = _mail("answer_receipt", answer=[["Motivering", "ett\n\n\n\ntvå\n  tre"], ["Mer", "x"]])
    assert "\n\nMotivering\n  ett\n\n\n\n  två\n    tre\n\nMer\n  x\n" in mail.text


def test_a_line_break_in_a_name_does_not_break_the_subject() -> None:
    subject = _mail("answer_receipt", title="Bänkar\r\nBcc: any@example.com").subject
    assert "\n" not in subject
    assert "\r" not in subject
    assert subject.endswith("Bänkar Bcc: any@example.com")


def test_a_mail_about_no_case_has_no_brackets_in_its_subject() -> None:
    assert _mail("stuck", ref=None).subject == (
        "Skicka vidare till systemförvaltaren: något har fastnat"
    )


def test_the_plural_follows_the_count_and_not_another_value() -> None:
    assert "och fungerar i 1 minut." in _mail("code", minutes=1).text
    assert "och fungerar i 10 minuter." in _mail("code", minutes=10).text


@pytest.mark.parametrize(
    ("lang", "written"),
    [("sv", "4\N{NO-BREAK SPACE}999"), ("en", "4,999"), ("fi", "4\N{NO-BREAK SPACE}999")],
)
def test_thousands_are_apart_as_the_language_has_them(lang: Lang, written: str) -> None:
    html = RENDERING.page("form", lang, "./", None, values={}, errors=(), key="k", stamp="")
    assert written in html


@pytest.mark.parametrize(
    ("lang", "mean"), [("sv", "3,7 av 5"), ("en", "3.7 of 5"), ("fi", "3,7/5")]
)
def test_a_mean_has_the_decimal_sign_of_the_language_and_says_what_it_is_out_of(
    lang: Lang, mean: str
) -> None:
    (sample,) = (s for s in page_samples(CONFIG, lang) if (s.name, s.state) == ("ask", "decision"))
    html = RENDERING.page("ask", lang, sample.root, sample.here, **sample.context)
    assert f": {mean}." in html


def test_a_line_break_first_in_a_text_survives_the_form() -> None:
    html = RENDERING.page(
        "form", "sv", "./", None, values={"need": "\nrad"}, errors=(), key="k", stamp=""
    )
    assert ">\n\nrad</textarea>" in html


def test_readers_of_different_languages_at_once_get_each_their_own() -> None:
    first = {"sv": "Sidan finns inte", "en": "Page not found", "fi": "Sivua ei löydy"}
    wanted = list(LANGS) * 20
    with ThreadPoolExecutor(max_workers=6) as readers:
        pages = list(
            readers.map(lambda lang: RENDERING.page("not_found", lang, "./", None), wanted)
        )
    for lang, page in zip(wanted, pages, strict=True):
        assert [sentence in page for sentence in first.values()].count(True) == 1
        assert first[lang] in page


def _mail(purpose: str, **changed: object) -> Rendered:
    sample = next(s for s in mail_samples(CONFIG, "sv") if s.purpose == purpose)
    return RENDERING.mail(purpose, "sv", {**sample.context, **changed})


def test_style_sheet_and_icon_have_the_municipalitys_own_colours() -> None:
    config = load()
    theme = replace(
        config.site.theme,
        light=replace(config.site.theme.light, deep="#5a0b4d"),
        dark=replace(config.site.theme.dark, sun="#abcdef"),
    )
    own = Rendering(replace(config, site=replace(config.site, theme=theme)))
    for name in ("style.css", "icon.svg"):
        served = own.static(name)
        assert served is not None
        assert "#5a0b4d" in served
        assert "#abcdef" in served
        assert own.static_version(name) != Rendering(config).static_version(name)


def test_the_icon_is_shapes_and_colours_in_xml() -> None:
    served = Rendering(load()).static("icon.svg")
    assert served is not None
    icon = ElementTree.fromstring(served)  # noqa: S314 - our own file.
    assert [child.tag.rpartition("}")[2] for child in icon] == ["style", "path", "circle"]
    assert "{" not in served.partition("</style>")[2]


@pytest.mark.parametrize(
    ("mine", "late", "subject"),
    [
        (1, 0, "Att göra 28 maj: 1 fråga väntar på dig"),
        (2, 1, "Att göra 28 maj: 2 frågor väntar på dig"),
        (0, 0, "Inget för dig 28 maj: 3 idéer väntar på andra"),
        (0, 1, "Inget för dig 28 maj, men 1 svar är försenat"),
        (0, 2, "Inget för dig 28 maj, men 2 svar är försenade"),
    ],
)
def test_the_morning_mail_asks_for_something_only_where_something_waits_for_its_reader(
    mine: int, late: int, subject: str
) -> None:
    assert _mail("digest", mine_count=mine, late_count=late).subject == subject


def test_a_no_begins_with_thanks_and_the_no_and_thanks_once() -> None:
    text = _mail(
        "outcome", refused=True, turned_down=True, closed=True, shared=[["Så", "Dyrt"]]
    ).text
    thanks = "Tack för att du delade din idé."
    assert text.count(thanks) == 1
    assert text.index(thanks) < text.index("Vi går inte vidare med den.") < text.index("Dyrt")


@pytest.mark.parametrize("closed", [True, False])
def test_what_is_not_a_no_is_not_called_one(closed: bool) -> None:
    text = _mail("outcome", closed=closed).text
    assert "Vi går inte vidare" not in text
    assert ("Tack för att du delade" in text) is closed


def test_the_receipt_says_that_the_button_of_every_mail_leads_to_one_page() -> None:
    assert "Knappen i våra mejl om idén leder alltid till samma sida." in " ".join(
        _mail("receipt").text.split()
    )


def test_no_mail_speaks_of_a_clock_that_stands_still_or_goes() -> None:
    mails = [
        RENDERING.mail(sample.purpose, "sv", sample.context).text
        for sample in mail_samples(CONFIG, "sv")
    ]
    assert not [text for text in mails if "klockan står" in text.lower()]
    assert not [text for text in mails if "klockan går" in text.lower()]
