"""A browser without JavaScript for the demo people: opens the site's own pages, fills in their forms and presses their buttons.

Knows nothing of ideas. It sends what the pages' forms hold and nothing else, so that a demo that works is proof that a
person could have done the same.
"""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from http.cookiejar import CookieJar
from urllib.parse import urlencode, urljoin

from infra.terminal import Stop

TIMEOUT_SECONDS = 90.0


class NoAnswer(Stop):
    """Nothing answered, or the server failed: nobody knows whether it was done, and a person would press again."""


@dataclass
class Form:
    """One form of a page: where it posts to, what its fields hold, the names of them all, and what each can be chosen to be."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One answer. `url` is the address it came from, after redirects; `ref` the reference that it shows large, if any."""

    status: int
    url: str
    title: str
    lang: str
    forms: tuple[Form, ...]
    errors: tuple[str, ...]
    ref: str | None

    def has_form(self, action_ends: str) -> bool:
        return any(form.action.endswith(action_ends) for form in self.forms)

    def form(self, action_ends: str) -> Form:
        """The form whose address ends so. Raises Stop when the page has none."""
        for form in self.forms:
            if form.action.endswith(action_ends):
                return form
        raise Stop(f"The page “{self.title}” has no form for …{action_ends}.")


class Browser:
    """One person's browser: their language and their cookies."""

    def __init__(self, lang: str) -> None:
        self._lang = lang
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def open(self, url: str) -> Page:
        """The page at this address, redirects followed. Raises NoAnswer when nothing answers or the server fails."""
        return self._ask(url, None, "none")

    def send(self, page: Page, action_ends: str, filled: Mapping[str, str]) -> Page:
        """Fill in a form of the page and press its button. Raises Stop for a field that the form does not have, and when
        the page that follows says that something is wrong; NoAnswer as `open` does."""
        form = page.form(action_ends)
        unknown = sorted(set(filled) - form.names)
        if unknown:
            raise Stop(f"The page “{page.title}” has no field called {', '.join(unknown)}.")
        data = urlencode(form.fields | dict(filled)).encode("ascii")
        after = self._ask(urljoin(page.url, form.action), data, "same-origin")
        if after.status != 200:
            raise Stop(
                f"“{page.title}” was answered with {after.status} “{after.title}”: {'; '.join(after.errors)}"
            )
        return after

    def _ask(self, url: str, data: bytes | None, site: str) -> Page:
        headers = {"Accept": "text/html", "Accept-Language": self._lang, "Sec-Fetch-Site": site}
        request = urllib.request.Request(url, data=data, headers=headers)  # noqa: S310 - the stage's own address.
        try:
            with self._opener.open(request, timeout=TIMEOUT_SECONDS) as answer:
                status, address, html = answer.status, answer.url, answer.read()
        except urllib.error.HTTPError as error:
            status, address, html = error.code, error.url, error.read()
        except (OSError, http.client.HTTPException) as error:
            raise NoAnswer(f"The site does not answer: {error}.") from None
        reader = _Reader()
        reader.feed(html.decode())
        page = reader.page(status, str(address))
        if status >= 500:
            raise NoAnswer(
                f"The site answered {status} “{page.title}”: look in the stage's cloud.log."
            )
        return page


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._ids: dict[str, Form] = {}
        self._buttons: list[dict[str, str]] = []
        self.errors: list[str] = []
        self.title = ""
        self.lang = ""
        self.ref = ""
        self._textarea: str | None = None
        self._inside = ""

    def page(self, status: int, url: str) -> Page:
        errors = tuple(" ".join(error.split()) for error in self.errors)
        ref = self.ref.strip() or None
        forms = (*self.forms, *map(self._sent_elsewhere, self._buttons))
        return Page(status, url, self.title.strip(), self.lang, forms, errors, ref)

    def _sent_elsewhere(self, button: dict[str, str]) -> Form:
        """A form as one of its buttons sends it: to an address of the button's own, with the button's name and value if it has any."""
        form = self._ids[button["form"]]
        own = {button["name"]: button.get("value", "")} if button.get("name") else {}
        return Form(button["formaction"], form.fields | own, form.names, form.choices)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "html":
            self.lang = given.get("lang", "")
        elif tag == "form":
            self.forms.append(Form(given.get("action", "")))
            self._ids[given.get("id", "")] = self.forms[-1]
        elif tag == "title":
            self._inside = "title"
        elif given.get("class") == "ref":
            self._inside = "ref"
        elif tag == "a" and given.get("href", "").startswith("#field-"):
            self._inside = "error"
            self.errors.append("")
        elif tag == "button" and given.get("formaction"):
            if "form" not in given:
                given["form"] = f"form {len(self.forms)}"
                self._ids[given["form"]] = self.forms[-1]
            self._buttons.append(given)
        elif name and self.forms and tag in ("input", "textarea"):
            self._field(tag, name, given)

    def _field(self, tag: str, name: str, given: dict[str, str]) -> None:
        form = self.forms[-1]
        form.names.add(name)
        if tag == "textarea":
            self._textarea = name
            form.fields[name] = ""
        elif given.get("type") not in ("radio", "checkbox"):
            form.fields[name] = given.get("value", "")
        else:
            form.choices.setdefault(name, []).append(given.get("value", "on"))
            if "checked" in given:
                form.fields[name] = given.get("value", "on")

    def handle_endtag(self, tag: str) -> None:
        self._inside = ""
        if tag == "textarea":
            self._textarea = None

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            fields = self.forms[-1].fields
            # The first line break after <textarea> is not part of its value (HTML, 13.2.6.4.7).
            fields[self._textarea] = (fields[self._textarea] + data).removeprefix("\n")
        elif self._inside == "title":
            self.title += data
        elif self._inside == "ref":
            self.ref += data
        elif self._inside == "error":
            self.errors[-1] += data
