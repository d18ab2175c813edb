"""Everything a reader can be shown renders in every language, is accessible by its markup, and asks nothing of anybody else's server."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

from chalicelib.config import load
from chalicelib.config.read_theme import usual_colours
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import LANGS, Lang
from chalicelib.domain.theme import Palette, too_faint
from chalicelib.rendering import TEMPLATES, Rendering
from infra.mail_preview import preheader
from infra.mail_samples import MailSample, mail_samples
from tests.page_samples import page_samples
from tests.samples import CARRIED, SITE_URL, TOKEN, WRITTEN, PageSample

CONFIG = load()
RENDERING = Rendering(CONFIG)
PAGES = [
    pytest.param(lang, sample, id=f"{lang}-{sample.name}-{sample.state}")
    for lang in LANGS
    for sample in page_samples(CONFIG, lang)
]
MAILS = [
    pytest.param(lang, sample, id=f"{lang}-{sample.purpose}-{sample.state}")
    for lang in LANGS
    for sample in mail_samples(CONFIG, lang)
]
# What only those who see buttons need to be told.
BESIDE_BUTTONS = {
    "sv": "Fungerar inte knappen? Öppna den här adressen.",
    "en": "Does the button not work? Open this address.",
    "fi": "Eikö painike toimi? Avaa tämä osoite.",
}
DIGG, IMY = "https://www.digg.se/tdosanmalan", "https://www.imy.se"
# What an inbox on a phone held upright shows, of two lines at the most.
LONGEST_SUBJECT = 70
LONGEST_PREHEADER = 150
ELSEWHERE = tuple(place.url for place in CONFIG.site.way_in.places if place.url)
"""The only addresses of others: places to turn to, as the configuration names them."""
EMPTY = frozenset({"meta", "link", "input", "br", "hr", "img", "path", "circle", "wbr"})


@dataclass
class Element:
    tag: str
    attributes: dict[str, str]
    text: str = ""


@dataclass
class Markup(HTMLParser):
    """The elements of a page in order, each with the text inside it. Fails on a tag that is closed out of turn."""

    elements: list[Element] = field(default_factory=list)
    open: list[Element] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.elements.append(element)
        if tag in ("br", "div", "p", "li"):
            self.handle_data("\n")
        if tag not in EMPTY:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        closed = self.open.pop()
        assert closed.tag == tag, f"</{tag}> closes <{closed.tag} {closed.attributes}>"

    def handle_data(self, data: str) -> None:
        for element in self.open:
            element.text += data

    def all(self, *tags: str) -> list[Element]:
        return [element for element in self.elements if element.tag in tags]

    def having(self, attribute: str) -> list[str]:
        return [e.attributes[attribute] for e in self.elements if attribute in e.attributes]


def parse(html: str) -> Markup:
    markup = Markup()
    markup.feed(html)
    markup.close()
    assert markup.open == []
    return markup


def render(lang: Lang, sample: PageSample) -> Markup:
    html = RENDERING.page(sample.name, lang, sample.root, sample.here, **sample.context)
    return parse(html)


def test_every_page_on_disk_has_a_sample() -> None:
    on_disk = {path.stem for path in (TEMPLATES / "pages").glob("[!_]*")}
    assert {sample.name for sample in page_samples(CONFIG, "sv")} == on_disk


def test_every_mail_on_disk_has_a_sample() -> None:
    on_disk = {path.name for path in (TEMPLATES / "email").iterdir() if path.is_dir()}
    assert {sample.purpose for sample in mail_samples(CONFIG, "sv")} == on_disk


def test_every_mail_has_a_subject_and_one_source_of_both_its_parts() -> None:
    for folder in (path for path in (TEMPLATES / "email").iterdir() if path.is_dir()):
        parts = {path.name for path in folder.iterdir()}
        assert parts == {"subject.txt", "body.html"}, folder


@pytest.mark.parametrize(("lang", "sample"), PAGES)
def test_a_page_says_its_language_and_its_name(lang: Lang, sample: PageSample) -> None:
    page = render(lang, sample)
    (html,), (title,), (heading,) = page.all("html"), page.all("title"), page.all("h1")
    assert html.attributes["lang"] == lang
    assert title.text.strip().endswith(f"– {CONFIG.site.name.in_(lang)}")
    assert heading.text.strip()


@pytest.mark.parametrize(("lang", "sample"), PAGES)
def test_a_page_asks_nothing_of_other_servers_and_runs_our_own_scripts_alone(
    lang: Lang, sample: PageSample
) -> None:
    page = render(lang, sample)
    for script in page.all("script"):
        assert script.attributes["src"].startswith(f"{sample.root}static/")
        assert not script.text
    assert not page.all("style", "iframe", "img", "object", "embed", "base")
    names = {name for element in page.elements for name in element.attributes}
    assert not {name for name in names if name == "style" or name.startswith("on")}
    for address in page.having("href") + page.having("src") + page.having("action"):
        ours = (sample.root, "#", "mailto:", "tel:", f"{SITE_URL}/status/", DIGG, IMY, *ELSEWHERE)
        language = sample.here is not None and address.startswith(f"{sample.here}?lang=")
        assert language or address.startswith(ours), address


@pytest.mark.parametrize(("lang", "sample"), PAGES)
def test_whoever_reads_how_to_reach_us_can_press_it(lang: Lang, sample: PageSample) -> None:
    page = render(lang, sample)
    (whole,) = page.all("body")
    number, mailbox = CONFIG.site.contact_phone, CONFIG.site.mailbox
    for words, way in ((number, f"tel:{number.replace(' ', '')}"), (mailbox, f"mailto:{mailbox}")):
        links = [a for a in page.all("a") if a.attributes["href"] == way and a.text == words]
        assert whole.text.count(words) == len(links)


@pytest.mark.parametrize(("lang", "sample"), PAGES)
def test_what_a_page_refers_to_is_there_once(lang: Lang, sample: PageSample) -> None:
    page = render(lang, sample)
    ids = Counter(page.having("id"))
    assert [name for name, count in ids.items() if count > 1] == []
    referred = {address[1:] for address in page.having("href") if address.startswith("#")}
    referred |= set(page.having("for"))
    for names in page.having("aria-describedby") + page.having("aria-labelledby"):
        referred |= set(names.split())
    assert referred <= set(ids)


@pytest.mark.parametrize(("lang", "sample"), PAGES)
def test_every_input_has_a_label_and_every_choice_a_legend(lang: Lang, sample: PageSample) -> None:
    page = render(lang, sample)
    shown = [e for e in page.all("input", "textarea") if e.attributes.get("type") != "hidden"]
    labels = {e.attributes["for"]: e.text.strip() for e in page.all("label")}
    assert all(labels[element.attributes["id"]] for element in shown)
    assert len(page.all("fieldset")) == len([e for e in page.all("legend") if e.text.strip()])


@pytest.mark.parametrize(("lang", "sample"), PAGES)
def test_headings_leave_out_no_level(lang: Lang, sample: PageSample) -> None:
    summary = {"errors-heading"}  # The error summary stands above the heading of the page.
    levels = [
        int(e.tag[1])
        for e in render(lang, sample).all("h1", "h2", "h3", "h4")
        if e.attributes.get("id") not in summary
    ]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))


@pytest.mark.parametrize(
    ("lang", "sample"), [case for case in PAGES if case.values[1].context.get("errors")]
)
def test_errors_come_first_in_the_title_and_lead_to_their_fields(
    lang: Lang, sample: PageSample
) -> None:
    page = render(lang, sample)
    word = {"sv": "Fel:", "en": "Error:", "fi": "Virhe:"}[lang]
    assert page.all("title")[0].text.startswith(word)
    errors = sample.context["errors"]
    assert isinstance(errors, tuple)
    to_mend = [error.field for error in errors if error.problem is not Problem.ENOUGH_TODAY]
    targets = [e.attributes["href"] for e in page.all("a") if "#field-" in e.attributes["href"]]
    assert targets == [f"#field-{field}" for field in to_mend]
    described = {e.attributes.get("id") for e in page.all("strong")}
    assert {f"error-{field}" for field in to_mend} <= described


@pytest.mark.parametrize("lang", LANGS)
def test_nothing_is_chosen_beforehand(lang: Lang) -> None:
    for sample in page_samples(CONFIG, lang):
        if sample.name in ("ask", "form") and not sample.context["values"]:
            assert "checked" not in {n for e in render(lang, sample).elements for n in e.attributes}


def test_what_was_typed_is_still_there_beside_its_error() -> None:
    (sample,) = (s for s in page_samples(CONFIG, "sv") if (s.name, s.state) == ("form", "errors"))
    page = render("sv", sample)
    typed = {e.attributes["name"]: e.text.removeprefix("\n") for e in page.all("textarea")}
    values = sample.context["values"]
    assert isinstance(values, dict)
    assert typed["need"] == values["need"].rstrip()
    kept = {e.attributes["name"]: e.attributes["value"] for e in page.all("input")}
    assert (kept["title"], kept["name"]) == ("Väs", WRITTEN["name"])


@pytest.mark.parametrize("state", ["", "too_fast", "trapped"])
def test_the_review_carries_every_value_to_both_of_its_buttons(state: str) -> None:
    (sample,) = (s for s in page_samples(CONFIG, "sv") if (s.name, s.state) == ("review", state))
    hidden = Counter(
        (e.attributes["name"], e.attributes["value"]) for e in render("sv", sample).all("input")
    )
    own = [(name, sample.context[name]) for name in ("key", "stamp")]
    own += [("your-website", "x")] if sample.context["trapped"] else []
    assert hidden == Counter(dict.fromkeys([*WRITTEN.items(), *own], 2))


def test_a_folded_section_is_open_only_when_something_in_it_needs_attention() -> None:
    folded = {
        sample.state: "open" in render("sv", sample).all("details")[0].attributes
        for sample in page_samples(CONFIG, "sv")
        if sample.name == "form"
    }
    assert folded == {"empty": False, "errors": True}


WRITING = {
    "form": "ide/andra",
    "review": "ide/granska",
    "ask": f"svara/{TOKEN}/andra",
    "way_in": "ide/ratt-vag",
}
"""Pages on which somebody may have typed, each with where its language buttons send that."""


def _is_written_on(sample: PageSample) -> bool:
    return sample.name in WRITING and sample.context.get("writing", True) is not None


def test_the_language_can_be_chosen_except_on_an_answer_to_a_post() -> None:
    for sample in page_samples(CONFIG, "fi"):
        if _is_written_on(sample):
            continue
        languages = [
            e.attributes["href"]
            for e in render("fi", sample).all("a")
            if "hreflang" in e.attributes
        ]
        expected = (
            [] if sample.here is None else [f"{sample.here}?lang=sv", f"{sample.here}?lang=en"]
        )
        assert languages == expected


@pytest.mark.parametrize(
    ("lang", "sample"), [page for page in PAGES if _is_written_on(page.values[1])]
)
def test_choosing_another_language_while_writing_sends_along_what_was_written(
    lang: Lang, sample: PageSample
) -> None:
    page = render(lang, sample)
    assert [a for a in page.all("a") if "hreflang" in a.attributes] == []
    ids = [form.attributes.get("id") for form in page.all("form")]
    buttons = [
        b.attributes for b in page.all("button") if "?lang=" in b.attributes.get("formaction", "")
    ]
    target = f"{sample.root}{WRITING[sample.name]}"
    others = [other for other in LANGS if other != lang]
    assert [b["formaction"] for b in buttons] == [f"{target}?lang={other}" for other in others]
    assert {b["form"] for b in buttons} <= set(ids)
    tells_again = bool(sample.context.get("errors")) and sample.name == "form"
    assert all(("show-errors" in b.values()) == tells_again for b in buttons)


@pytest.mark.parametrize(
    ("lang", "sample"), [page for page in PAGES if page.values[1].name in ("form", "ask")]
)
def test_enter_in_a_field_presses_the_button_of_its_page_and_not_a_language(
    lang: Lang, sample: PageSample
) -> None:
    page = render(lang, sample)
    first, *others = page.all("button")
    assert "formaction" not in first.attributes
    assert first.attributes["form"] in [form.attributes.get("id") for form in page.all("form")]
    assert first.text in [button.text for button in others if not button.attributes]
    assert (first.attributes["tabindex"], first.attributes["aria-hidden"]) == ("-1", "true")


MENDABLE = sorted(set(Problem) - {Problem.ENOUGH_TODAY})


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("problem", MENDABLE)
def test_every_problem_that_can_be_mended_has_a_sentence_that_leads_to_its_field(
    lang: Lang, problem: Problem
) -> None:
    assert _sentence(lang, problem).endswith(".")


@pytest.mark.parametrize("problem", MENDABLE)
def test_a_problem_is_told_in_the_readers_own_language(problem: Problem) -> None:
    assert len({_sentence(lang, problem) for lang in LANGS}) == len(LANGS)


def test_a_wrong_code_says_how_many_tries_are_left() -> None:
    told = {left: _sentence("sv", Problem.WRONG_CODE, left) for left in (None, 1, 3)}
    assert "alla åtta siffror" in told[None]
    assert "1 gång till" in told[1]
    assert "3 gånger till" in told[3]


def _sentence(lang: Lang, problem: Problem, limit: int | None = 10) -> str:
    errors = (FieldError("email", problem, limit=limit, actual=4),)
    html = RENDERING.page("form", lang, "./", None, values={}, errors=errors, key="k", stamp="")
    (link,) = (e for e in parse(html).all("a") if e.attributes["href"] == "#field-email")
    return link.text.strip()


CODE_PAGES = [page for page in PAGES if page.values[1].name == "code"]


@pytest.mark.parametrize(("lang", "sample"), CODE_PAGES)
def test_a_code_can_be_typed_in_while_a_try_is_left_and_asked_for_unless_there_were_many(
    lang: Lang, sample: PageSample
) -> None:
    page = render(lang, sample)
    fields = [e for e in page.all("input") if e.attributes.get("name") == "code"]
    targets = [form.attributes["action"] for form in page.all("form")]
    may_try = sample.context["wait_for"] != "tries"
    assert [field.attributes["type"] for field in fields] == ["text"] * may_try
    assert (f"{sample.root}svara/{TOKEN}/oppna" in targets) is may_try
    may_ask = sample.context["wait_for"] != "codes"
    assert (f"{sample.root}svara/{TOKEN}/kod" in targets) is may_ask


@pytest.mark.parametrize(("lang", "sample"), CODE_PAGES)
def test_whoever_must_wait_is_told_until_when(lang: Lang, sample: PageSample) -> None:
    text = " ".join(render(lang, sample).all("main")[0].text.split())
    clock, year = {"sv": "09.05", "en": "09:05", "fi": "9.05"}[lang], "2026"
    words = text.replace(f"{sample.context['ref']}", "")
    assert (clock in words) is (sample.context["until"] is not None)
    later_day = sample.context["until"] is not None and not sample.context["until_today"]
    assert (year in words) is later_day


@pytest.mark.parametrize(
    ("lang", "sample"), [page for page in PAGES if page.values[1].context.get("carried")]
)
def test_an_answer_that_is_carried_along_goes_with_every_button_of_its_page(
    lang: Lang, sample: PageSample
) -> None:
    page = render(lang, sample)
    hidden = [
        (e.attributes["name"], e.attributes["value"])
        for e in page.all("input")
        if e.attributes["type"] == "hidden"
    ]
    assert hidden == [*CARRIED] * len(page.all("form"))


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_a_mail_has_one_line_of_subject_that_begins_with_the_reference(
    lang: Lang, sample: MailSample
) -> None:
    subject = RENDERING.mail(sample.purpose, lang, sample.context).subject
    ref = sample.context["ref"]
    assert "\n" not in subject
    assert subject.startswith(f"[{ref}] ") if ref else not subject.startswith("[")
    assert 10 < len(subject) <= LONGEST_SUBJECT


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_both_parts_of_a_mail_lead_to_the_same_places(lang: Lang, sample: MailSample) -> None:
    mail = RENDERING.mail(sample.purpose, lang, sample.context)
    in_text = set(re.findall(r"https?://\S+", mail.text))
    to_call, to_open = _split(parse(mail.html).having("href"))
    assert in_text == to_open
    assert to_call == {"tel:010-1234500"}
    assert CONFIG.site.contact_phone in mail.text
    assert f"{SITE_URL}/personuppgifter" in in_text
    assert all(address.startswith(f"{SITE_URL}/") for address in in_text)


def _split(addresses: Iterable[str]) -> tuple[set[str], set[str]]:
    calls = {address for address in addresses if address.startswith("tel:")}
    return calls, set(addresses) - calls


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_both_parts_of_a_mail_say_the_same(lang: Lang, sample: MailSample) -> None:
    mail = RENDERING.mail(sample.purpose, lang, sample.context)
    (body,) = parse(mail.html).all("body")
    in_html, in_text = (
        _words(re.sub(r"https?://\S+", "", part)) for part in (body.text, mail.text)
    )
    numbers_of_a_list = set("123456789")
    assert in_text - in_html <= numbers_of_a_list
    for_eyes = _words(BESIDE_BUTTONS[lang]) | _words(mail.subject) | _words(preheader(mail.html))
    assert in_html - in_text <= for_eyes


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_an_inbox_shows_beside_the_subject_what_it_does_not_say(
    lang: Lang, sample: MailSample
) -> None:
    mail = RENDERING.mail(sample.purpose, lang, sample.context)
    shown = preheader(mail.html)
    assert 15 < len(shown) <= LONGEST_PREHEADER, shown
    assert shown.endswith((".", "!", "?"))
    assert shown not in mail.subject


@pytest.mark.parametrize(
    ("lang", "sample"),
    [mail for mail in MAILS if mail.values[1].purpose in ("ask", "reminder", "question")],
)
def test_an_inbox_shows_by_when_an_answer_is_asked_for(lang: Lang, sample: MailSample) -> None:
    mail = RENDERING.mail(sample.purpose, lang, sample.context)
    late = sample.context.get("late", False)
    assert ("2026" in preheader(mail.html)) is not late


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_the_inbox_line_is_hidden_in_the_opened_mail(lang: Lang, sample: MailSample) -> None:
    markup = parse(RENDERING.mail(sample.purpose, lang, sample.context).html)
    (line,) = (e for e in markup.elements if "preheader" in e.attributes.get("class", "").split())
    assert line.attributes["style"].startswith("display:none")


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_a_button_in_a_mail_has_its_address_in_sight(lang: Lang, sample: MailSample) -> None:
    markup = parse(RENDERING.mail(sample.purpose, lang, sample.context).html)
    links = markup.all("a")
    for button in (link for link in links if link.attributes.get("class") == "button"):
        address = button.attributes["href"]
        assert [link for link in links if link.text == address == link.attributes["href"]]


@pytest.mark.parametrize("purpose", ["ask", "giver_answered"])
@pytest.mark.parametrize("lang", LANGS)
def test_a_mail_about_what_is_late_does_not_ask_for_an_answer_by_a_day_that_has_passed(
    lang: Lang, purpose: str
) -> None:
    told = {
        sample.context["late"]: RENDERING.mail(purpose, lang, sample.context)
        for sample in mail_samples(CONFIG, lang)
        if sample.purpose == purpose
    }
    soon = {"sv": "Svara så snart du kan", "en": "Answer as soon", "fi": "Vastaa mahdollisimman"}
    for late, mail in told.items():
        assert (soon[lang] in mail.text) is late
        assert (soon[lang] in mail.html) is late
    (asked_by,) = [mail for late, mail in told.items() if late]
    assert {"sv": "Svara senast", "en": "Answer by", "fi": "Vastaa viimeistään"}[lang] not in (
        asked_by.subject + asked_by.text
    )


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


@pytest.mark.parametrize(("lang", "sample"), MAILS)
def test_a_mail_says_its_language_and_fetches_nothing(lang: Lang, sample: MailSample) -> None:
    markup = parse(RENDERING.mail(sample.purpose, lang, sample.context).html)
    assert markup.all("html")[0].attributes["lang"] == lang
    assert not markup.all("script", "img", "link", "iframe")
    assert "url(" not in " ".join(markup.having("style"))


@pytest.mark.parametrize(
    ("lang", "sample"), [mail for mail in MAILS if mail.values[1].context.get("code") is True]
)
def test_a_mail_that_leads_to_a_code_names_the_button_that_sends_it(
    lang: Lang, sample: MailSample
) -> None:
    (page,) = (
        render(lang, s)
        for s in page_samples(CONFIG, lang)
        if (s.name, s.state) == ("code", "before")
    )
    button = page.all("button")[0].text.strip()
    assert button in RENDERING.mail(sample.purpose, lang, sample.context).text


def test_the_receipt_mails_nothing_that_somebody_typed() -> None:
    for lang in LANGS:
        for sample in mail_samples(CONFIG, lang):
            if sample.purpose == "receipt":
                assert not {"name", "title", "idea", "answers"} & set(sample.context)


def test_the_stylesheet_is_small_and_all_our_own() -> None:
    css = (TEMPLATES / "static" / "style.css").read_text()
    assert len(css.encode()) < 20_000
    assert "url(" not in css
    assert "@import" not in css


@pytest.mark.parametrize("palette", usual_colours())
def test_colours_keep_the_contrast_that_wcag_asks_for(palette: Palette) -> None:
    assert too_faint(palette) == ()


def test_the_style_sheet_that_is_served_is_small_with_the_colours_of_the_municipality_too() -> None:
    served = RENDERING.static("style.css") or ""
    assert len(served.encode()) < 20_000
    assert served.startswith((TEMPLATES / "static" / "style.css").read_text(encoding="utf-8"))


def test_the_municipalitys_colours_are_those_of_pages_and_mails() -> None:
    own = replace(CONFIG.site.theme.light, deep="#123456")
    site = replace(CONFIG.site, theme=replace(CONFIG.site.theme, light=own))
    rendering = Rendering(replace(CONFIG, site=site))
    (sample,) = (s for s in mail_samples(CONFIG, "sv") if s.purpose == "question")
    assert "--deep: #123456;" in (rendering.static("style.css") or "")
    assert "background:#123456" in rendering.mail("question", "sv", sample.context).html


def test_the_logo_stands_in_the_header_and_is_hidden_from_those_who_hear_the_page() -> None:
    sample = next(page_samples(CONFIG, "sv"))
    svg = render("sv", sample).all("svg")[0]
    assert svg.attributes["aria-hidden"] == "true"
    html = RENDERING.page(sample.name, "sv", sample.root, sample.here, **sample.context)
    assert CONFIG.site.theme.logo in html


def test_templates_end_in_html_or_txt_so_that_they_are_escaped_as_they_should() -> None:
    files = [path for path in TEMPLATES.rglob("*") if path.is_file()]
    assert {
        path.suffix for path in files if Path("static") not in path.relative_to(TEMPLATES).parents
    } == {".html", ".txt"}
