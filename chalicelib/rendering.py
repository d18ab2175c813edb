"""Pages and mails out of `templates/`, in the reader's language.

Owns the one Jinja environment of the process, its filters and the catalogues. Decides nothing and fetches nothing: a template
gets what its caller gives, and what the configuration says about the municipality. A name that is not given is an error.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from gettext import GNUTranslations, NullTranslations
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from jinja2.utils import urlize
from markupsafe import Markup

from chalicelib import dates
from chalicelib.domain.process import Lang, Text
from chalicelib.domain.text import shortened
from chalicelib.domain.theme import Palette, Theme
from chalicelib.mail_text import text_of
from chalicelib.unbroken import NUMBER, unbroken

if TYPE_CHECKING:
    from chalicelib.config import Config

TEMPLATES = Path(__file__).resolve().parents[1] / "templates"
STATIC = TEMPLATES / "static"
STYLE_SHEET, ICON = "style.css", "icon.svg"
LOCALE = Path(__file__).resolve().parent / "config" / "locale"
DOMAIN = "idesluss"
LONGEST_SUBJECT = 70
"""What an inbox on a phone held upright shows, of two lines at the most."""

_NUMBER = re.compile(rf"(?<!\w)(?:{NUMBER})(?!\w)")

# The language of the rendering under way. The environment and its compiled templates are shared by all languages and threads,
# and a macro does not see the context of the template that calls it.
_lang: ContextVar[Lang] = ContextVar("lang", default="sv")


@dataclass(frozen=True)
class Rendered:
    """A mail in its three parts; the subject is one line."""

    subject: str
    text: str
    html: str


class Rendering:
    """Everything a reader sees, in words. Templates are compiled once, at first use."""

    def __init__(self, config: Config) -> None:
        zone = ZoneInfo(config.site.time_zone)
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES),
            autoescape=select_autoescape(enabled_extensions=("html",)),
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            extensions=["jinja2.ext.i18n"],
        )
        self._environment.policies["ext.i18n.trimmed"] = True
        # The i18n extension adds this method: https://jinja.palletsprojects.com/en/stable/extensions/#i18n-extension
        vars(self._environment)["install_gettext_callables"](_gettext, _ngettext, newstyle=True)
        self._environment.globals["site"] = config.site
        self._environment.globals["form"] = config.form
        theme = config.site.theme
        # The markup was made by `config/read_theme.py` of nothing but shapes.
        self._environment.globals["logo"] = Markup(theme.logo)  # noqa: S704
        self._environment.globals["light"] = theme.light
        self._environment.globals["dark"] = theme.dark
        self._static = {path.name: path.read_text(encoding="utf-8") for path in STATIC.iterdir()}
        self._static[STYLE_SHEET] += _colours(theme)
        self._static[ICON] = self._environment.get_template(f"static/{ICON}").render()
        self._environment.globals["static"] = lambda name: (
            f"static/{name}?v={self.static_version(name)}"
        )
        self._environment.filters.update(
            t=_in_language,
            capital=_capital,
            number=_number,
            whole=_whole,
            day=lambda value: dates.format_day(value, _lang.get(), zone),
            date=lambda value: dates.format_date(value, _lang.get(), zone),
            time=lambda value: dates.format_time(value, _lang.get(), zone),
            datetime=lambda value: dates.format_datetime(value, _lang.get(), zone),
            iso=_iso,
            phone=_phone,
            call=_call,
            mailbox=_mailbox,
            linked=_linked,
        )

    def page(self, name: str, lang: Lang, root: str, here: str | None, **context: object) -> str:
        """The HTML of `templates/pages/<name>.html`.

        `root` is the relative way to the site's root, `here` the page's own relative address for the language switch, or None
        on a page that answers a POST. UndefinedError when the template asks for a name that is not in `context`.
        """
        return self._render(f"pages/{name}.html", lang, {**context, "root": root, "here": here})

    def mail(self, purpose: str, lang: Lang, context: Mapping[str, object]) -> Rendered:
        """The mail of `templates/email/<purpose>/`: its text is made of its HTML. The subject begins with the reference when
        `context` has one, and is shortened to what an inbox shows."""
        subject = self._render(f"email/{purpose}/subject.txt", lang, context)
        html = self._render(f"email/{purpose}/body.html", lang, context)
        ref = context.get("ref")
        whole = " ".join(f"[{ref}] {subject}".split() if ref else subject.split())
        return Rendered(
            subject=shortened(whole, LONGEST_SUBJECT),
            text=text_of(html),
            html=unbroken(html),
        )

    def static(self, name: str) -> str | None:
        """A static file, the style sheet and the icon with the municipality's own colours where it has chosen some; None for no file of
        ours."""
        return self._static.get(name)

    def static_version(self, name: str) -> str:
        """Eight digits of the SHA-256 of what `static` gives: in its address, so that browsers may keep it for as long as they like.
        KeyError for a name that is no file."""
        return hashlib.sha256(self._static[name].encode()).hexdigest()[:8]

    def _render(self, path: str, lang: Lang, context: Mapping[str, object]) -> str:
        token = _lang.set(lang)
        try:
            return self._environment.get_template(path).render({**context, "lang": lang})
        finally:
            _lang.reset(token)


@cache
def catalogue(lang: Lang) -> NullTranslations:
    """The texts of `lang`, read once. Swedish is the language of the templates and has no catalogue."""
    if lang == "sv":
        return NullTranslations()
    with (LOCALE / lang / "LC_MESSAGES" / f"{DOMAIN}.mo").open("rb") as compiled:
        return GNUTranslations(compiled)


def _colours(theme: Theme) -> str:
    """On screens only: what is printed keeps its black and white."""
    day, night = _declared(theme.light), _declared(theme.dark)
    return (
        f"@media screen {{ :root {{ {day} }} }}\n"
        f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {night} }} }}\n"
    )


def _declared(palette: Palette) -> str:
    return " ".join(f"--{name}: {colour};" for name, colour in palette.named().items())


def _gettext(message: str) -> str:
    return catalogue(_lang.get()).gettext(message)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return catalogue(_lang.get()).ngettext(singular, plural, count)


def _in_language(text: Text | str) -> str:
    return text if isinstance(text, str) else text.in_(_lang.get())


def _capital(text: str) -> str:
    """The text with the capital that a line begins with; the rest as it is."""
    return text[:1].upper() + text[1:]


def _number(value: float) -> str:
    """With one decimal, and the decimal sign of the language."""
    written = f"{value:.1f}"
    return written if _lang.get() == "en" else written.replace(".", ",")


def _whole(value: int) -> str:
    """With the thousands apart: 4 999 in Swedish and Finnish (a space that does not break), 4,999 in English."""
    return f"{value:,}" if _lang.get() == "en" else f"{value:,}".replace(",", "\N{NO-BREAK SPACE}")


def _phone(number: str) -> Markup:
    """A number on one line, as a link that calls it."""
    return Markup('<a class="phone" href="tel:{}">{}</a>').format(_dialled(number), number)


def _call(number: str) -> Markup:
    """The same in a mail, where a link has its colour with it."""
    return Markup('<a href="tel:{}" style="color:inherit">{}</a>').format(_dialled(number), number)


def _dialled(number: str) -> str:
    return number.replace(" ", "").replace("–", "-")


def _mailbox(address: str) -> Markup:
    """An address as a link that writes to it. Where it must be broken, that is before its domain."""
    name, at, domain = address.partition("@")
    return Markup('<a href="mailto:{}">{}<wbr>{}</a>').format(address, name, at + domain)


def _linked(text: str) -> Markup:
    """Text of the configuration with its web addresses and telephone numbers as links. A number stays on one line."""
    return Markup(_NUMBER.sub(lambda found: _phone(found[0]), urlize(text)))  # noqa: S704


def _iso(value: datetime | str) -> str:
    return value if isinstance(value, str) else value.isoformat()
