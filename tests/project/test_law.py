"""What the law says that pages and mails must tell is there, in every language. `docs/law.md` says which test proves which rule."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import date
from html import unescape

import pytest

from chalicelib import dates
from chalicelib.config import load
from chalicelib.domain.process import LANGS, Lang, Text
from chalicelib.domain.promise import public_steps
from chalicelib.domain.site import Compliance, Site
from chalicelib.rendering import Rendering
from infra import names
from infra.mail_samples import mail_samples
from infra.sample_idea import AT, REF, SITE_URL
from tests.page_samples import page_samples
from tests.samples import PageSample

CONFIG = load()
SITE = CONFIG.site
RENDERING = Rendering(CONFIG)
EACH_LANGUAGE = pytest.mark.parametrize("lang", LANGS)
SAMPLES = [(lang, sample) for lang in LANGS for sample in page_samples(CONFIG, lang)]
CLOSED, OPEN = (
    [
        pytest.param(lang, sample, id=f"{lang}-{sample.name}-{sample.state}")
        for lang, sample in SAMPLES
        if (sample.name == "maintenance") is closed
    ]
    for closed in (True, False)
)


def told(page: str, lang: Lang, site: Site = SITE) -> str:
    """The words of a page, and the addresses that it leads to."""
    steps = public_steps(CONFIG.process, lang)
    html = Rendering(replace(CONFIG, site=site)).page(
        page, lang, "./", None, steps=steps, examples=()
    )
    (main,) = re.findall(r"<main.*?</main>", html, re.DOTALL)
    led_to = " ".join(re.findall(r'href="([^"]*)"', main))
    sentences = re.sub(r"</?a\b[^>]*>", "", main)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", sentences)).split()) + " " + led_to


@EACH_LANGUAGE
@pytest.mark.parametrize(
    "item", [field.name for field in fields(SITE.personal_data) if field.name != "officer"]
)
def test_whoever_gives_personal_data_is_told_every_item_of_article_13(
    lang: Lang, item: str
) -> None:
    said = getattr(SITE.personal_data, item)
    for text in said if isinstance(said, tuple) else (said,):
        assert text.in_(lang) in told("personal_data", lang)


@EACH_LANGUAGE
def test_the_controller_and_the_data_protection_officer_can_be_reached(lang: Lang) -> None:
    page = told("personal_data", lang)
    assert f"mailto:{SITE.personal_data.officer}" in page
    assert f"mailto:{SITE.mailbox}" in page
    assert SITE.contact_phone in page


@EACH_LANGUAGE
def test_the_right_to_complain_is_to_the_authority_for_privacy(lang: Lang) -> None:
    assert "imy.se" in SITE.personal_data.complaint.in_(lang)


@EACH_LANGUAGE
def test_the_form_and_every_mail_lead_to_what_is_said_of_personal_data(lang: Lang) -> None:
    for sample in page_samples(CONFIG, lang):
        if sample.name == "form":
            html = RENDERING.page("form", lang, sample.root, sample.here, **sample.context)
            (main,) = re.findall(r"<main.*?</main>", html, re.DOTALL)
            assert f'href="{sample.root}personuppgifter"' in main
    for mail in mail_samples(CONFIG, lang):
        rendered = RENDERING.mail(mail.purpose, lang, mail.context)
        assert f"{SITE_URL}/personuppgifter" in rendered.text
        assert f'href="{SITE_URL}/personuppgifter"' in rendered.html


@EACH_LANGUAGE
@pytest.mark.parametrize(
    ("compliance", "words"),
    [
        (Compliance.FULLY, ("helt förenlig", "fully conforms", "kokonaan")),
        (Compliance.PARTLY, ("delvis förenlig", "partly conforms", "osittain")),
        (Compliance.NOT, ("inte förenlig", "does not conform", "ei täytä")),
    ],
)
def test_the_accessibility_statement_has_all_eleven_items(
    lang: Lang, compliance: Compliance, words: tuple[str, str, str]
) -> None:
    exempted = Text("Kartan", "The map", "Kartta")
    assessed, updated = date(2026, 3, 1), date(2026, 5, 4)
    statement = replace(
        SITE.statement,
        compliance=compliance,
        exempted=(exempted,),
        assessed=assessed,
        updated=updated,
    )
    page = told("accessibility", lang, replace(SITE, statement=statement))
    zone = CONFIG.calendar.time_zone
    items = {
        "actor": SITE.municipality.in_(lang),
        "service": SITE.name.in_(lang),
        "compliance": words[LANGS.index(lang)],
        "faults": statement.faults[0].what.in_(lang),
        "reasons": statement.faults[-1].why.in_(lang),
        "exempted": exempted.in_(lang),
        "assessed": dates.format_date(assessed, lang, zone),
        "updated": dates.format_date(updated, lang, zone),
        "method": statement.method.in_(lang),
        "message function": SITE.contact_phone,
        "supervision": "https://www.digg.se/tdosanmalan",
    }
    assert [item for item, words in items.items() if words not in page] == []
    assert len(items) == 11


@EACH_LANGUAGE
def test_a_fault_can_be_told_by_phone_by_mail_and_by_letter(lang: Lang) -> None:
    page = told("accessibility", lang)
    assert SITE.mailbox in page.replace(f"mailto:{SITE.mailbox}", "")
    assert SITE.contact_phone in page
    assert SITE.personal_data.controller.in_(lang) in page


@EACH_LANGUAGE
def test_a_statement_without_faults_or_exemptions_says_so(lang: Lang) -> None:
    statement = replace(SITE.statement, compliance=Compliance.FULLY, faults=(), exempted=())
    page = told("accessibility", lang, replace(SITE, statement=statement))
    none = {
        "sv": ("Vi vet inget som brister just nu.", "inget undantag"),
        "en": ("We know of no problems right now.", "any exemption"),
        "fi": ("Emme tiedä puutteista juuri nyt.", "poikkeu"),
    }[lang]
    assert [words for words in none if words not in page] == []


def _led_to_in_foot(lang: Lang, sample: PageSample) -> list[str]:
    """Where the foot of a page leads, from the root of the site."""
    html = RENDERING.page(sample.name, lang, sample.root, sample.here, **sample.context)
    (foot,) = re.findall(r'<footer class="foot">.*?</footer>', html, re.DOTALL)
    return [address.removeprefix(sample.root) for address in re.findall(r'href="([^"]*)"', foot)]


@pytest.mark.parametrize(("lang", "sample"), CLOSED)
def test_while_we_have_closed_the_foot_leads_to_people_and_to_no_page(
    lang: Lang, sample: PageSample
) -> None:
    assert _led_to_in_foot(lang, sample) == ["tel:010-1234500", f"mailto:{SITE.mailbox}"]


@pytest.mark.parametrize(("lang", "sample"), OPEN)
def test_every_page_has_contact_and_statement_at_the_same_place_in_its_foot(
    lang: Lang, sample: PageSample
) -> None:
    led_to = _led_to_in_foot(lang, sample)
    assert led_to == _led_to_in_foot(lang, next(page_samples(CONFIG, lang)))
    assert led_to[:2] == ["tel:010-1234500", f"mailto:{SITE.mailbox}"]
    assert {"sa-gar-det-till", "personuppgifter", "tillganglighet"} <= set(led_to)


RECEIPT_PARTS = ("receiver", "number", "time", "contact", "next step", "way to follow")


@EACH_LANGUAGE
def test_the_receipt_has_its_six_parts_on_the_page_and_in_the_mail(lang: Lang) -> None:
    (mail,) = (m for m in mail_samples(CONFIG, lang) if m.purpose == "receipt")
    page = next(s for s in page_samples(CONFIG, lang) if s.name == "receipt")
    html = RENDERING.page("receipt", lang, page.root, page.here, **page.context)
    step = public_steps(CONFIG.process, lang)[0]
    parts = (
        SITE.receiver.in_(lang),
        REF,
        dates.format_datetime(AT, lang, CONFIG.calendar.time_zone),
        SITE.contact_phone,
        step.name,
        f"{SITE_URL}/status/",
    )
    words = RENDERING.mail("receipt", lang, mail.context).text
    for name, part in zip(RECEIPT_PARTS, parts, strict=True):
        assert part in " ".join(unescape(re.sub("</?(?:span|time)[^>]*>", "", html)).split()), name
        assert part in words, name


@EACH_LANGUAGE
def test_every_mail_says_that_a_machine_sent_it_and_leads_to_people(lang: Lang) -> None:
    answer = {"sv": "Svara på det här mejlet", "en": "reply to this", "fi": "Vastaa tähän"}[lang]
    for mail in mail_samples(CONFIG, lang):
        text = RENDERING.mail(mail.purpose, lang, mail.context).text
        foot = text.rpartition("\n--\n")[2]
        assert SITE.name.in_(lang) in foot
        assert SITE.municipality.in_(lang) in foot
        assert SITE.contact_phone in foot
        assert answer.casefold() in foot.casefold()


@EACH_LANGUAGE
def test_no_reward_is_promised_and_inventions_are_told_of(lang: Lang) -> None:
    said = {
        "sv": ("ingen ersättning", "arbetstagares uppfinningar"),
        "en": ("no payment", "Employees’ Inventions"),
        "fi": ("Emme lupaa", "työntekijän keksintöihin"),
    }[lang]
    page = told("how", lang)
    assert [words for words in said if words not in page] == []


@EACH_LANGUAGE
@pytest.mark.parametrize("area", [True, False])
def test_where_finnish_is_a_right_people_are_told_so(lang: Lang, area: bool) -> None:
    right = {"sv": "rätt att tala", "en": "the right to", "fi": "oikeus"}[lang]
    assert (right in told("how", lang, replace(SITE, finnish_area=area))) is area


@EACH_LANGUAGE
def test_the_start_page_says_what_is_not_sent_here_whistleblowing_too(lang: Lang) -> None:
    whistle = {"sv": "visselblås", "en": "whistle", "fi": "ilmoituskanava"}[lang]
    assert whistle in told("start", lang).casefold()


def test_every_requirement_of_the_law_has_its_row() -> None:
    law = (names.ROOT / "docs" / "law.md").read_text(encoding="utf-8")
    assert re.findall(r"^\| (L\d+) \|", law, re.MULTILINE) == [f"L{n}" for n in range(1, 29)]
