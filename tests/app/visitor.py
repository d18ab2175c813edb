"""A visitor without JavaScript who talks to the app as API Gateway does: raw Lambda events in, pages out.

Keeps cookies, follows relative redirects, fills in forms by the names that the page itself gives them.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from chalice.app import Chalice

from chalicelib.handlers.http import LANGUAGE_COOKIE
from tests.traces import TRACES


@dataclass
class Form:
    """One form of a page: where it posts to, its hidden and filled-in fields, and the names of all its fields.
    A button that posts its form to another address is one more."""

    action: str
    id: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    choices: dict[str, list[str]] = field(default_factory=dict)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.title = ""
        self.opened: list[str] = []
        self._in_opened = False
        self._textarea: str | None = None
        self._in_title = False
        self._in_form = False
        self._elsewhere: list[dict[str, str | None]] = []

    def by_buttons(self) -> list[Form]:
        made = []
        for button in self._elsewhere:
            (form,) = (form for form in self.forms if form.id == button["form"])
            own = {button["name"]: button["value"]} if "name" in button else {}
            made.append(
                Form(button["formaction"] or "", "", form.fields | own, form.names, form.choices)
            )
        return made

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = given.get("name")
        if tag == "form":
            self._in_form = True
            self.forms.append(Form(given.get("action") or "", given.get("id") or ""))
        elif tag == "a" and given.get("href"):
            self.links.append(str(given["href"]))
        elif tag == "title":
            self._in_title = True
        elif tag == "button" and given.get("formaction"):
            inside = self.forms[-1].id if self._in_form else ""
            self._elsewhere.append({"form": inside, **given})
        elif tag == "details" and "open" in given:
            self.opened.append("")
            self._in_opened = True
        elif tag == "textarea" and name:
            self.forms[-1].names.add(name)
            self._textarea = name
            self.forms[-1].fields[name] = ""
        elif tag == "input" and name and self.forms:
            form = self.forms[-1]
            form.names.add(name)
            if given.get("type") in ("radio", "checkbox"):
                form.choices.setdefault(name, []).append(given.get("value") or "on")
                if "checked" in given:
                    form.fields[name] = given.get("value") or "on"
            else:
                form.fields[name] = given.get("value") or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self._textarea = None
        elif tag == "form":
            self._in_form = False
        elif tag == "title":
            self._in_title = False
        elif tag == "summary":
            self._in_opened = False

    def handle_data(self, data: str) -> None:
        if self._textarea is not None:
            fields = self.forms[-1].fields
            written = fields[self._textarea] + data
            # The first line break after <textarea> is not part of its value (HTML, 13.2.6.4.7).
            fields[self._textarea] = written.removeprefix("\n")
        elif self._in_title:
            self.title += data
        elif self._in_opened:
            self.opened[-1] += data.strip()


@dataclass(frozen=True)
class Page:
    """One answer. `path` is the address it came from, after redirects."""

    status: int
    path: str
    headers: Mapping[str, str]
    body: str

    @property
    def title(self) -> str:
        return self._read().title.strip()

    @property
    def links(self) -> list[str]:
        return self._read().links

    @property
    def opened(self) -> list[str]:
        """The summaries of the folded sections that are open."""
        return self._read().opened

    @property
    def forms(self) -> list[Form]:
        """Every form of the page, and one more for each button that posts to an address of its own."""
        read = self._read()
        return [*read.forms, *read.by_buttons()]

    def has_form(self, action_ends: str) -> bool:
        return any(form.action.endswith(action_ends) for form in self.forms)

    def choices(self, action_ends: str, name: str) -> list[str]:
        """What may be chosen for one field of a form, in order."""
        return self.form(action_ends).choices[name]

    def form(self, action_ends: str) -> Form:
        """The form whose action ends so; AssertionError when there is none or more than one."""
        found = [form for form in self.forms if form.action.endswith(action_ends)]
        assert len(found) == 1, f"{len(found)} forms post to …{action_ends} at {self.path}"
        return found[0]

    def _read(self) -> _Reader:
        reader = _Reader()
        reader.feed(self.body)
        return reader


class Visitor:
    """A browser for one person. `headers` are sent with every request; `source` is the address that API Gateway sees. What `writing`
    does happens before a form of the page is sent, as time goes by while somebody fills it in."""

    def __init__(
        self,
        app: Chalice,
        source: str = "127.0.0.1",
        writing: Callable[[], object] = lambda: None,
        **headers: str,
    ) -> None:
        self._app = app
        self._headers = headers
        self._writing = writing
        self.source = source
        self.cookies: dict[str, str] = {}
        self._until_closed: set[str] = set()

    def get(self, path: str, method: str = "GET") -> Page:
        return self._follow(self.request(method, path), method)

    def post(self, path: str, fields: Mapping[str, str]) -> Page:
        return self._follow(self.request("POST", path, urlencode(fields).encode()))

    def close(self) -> None:
        """What ends with the browser's window: cookies without an age of their own."""
        for name in self._until_closed:
            self.cookies.pop(name, None)
        self._until_closed.clear()

    def submit(self, page: Page, action_ends: str, **filled: str) -> Page:
        """Fill in a form of the page and send it. AssertionError for a field that the form does not have."""
        form = page.form(action_ends)
        unknown = set(filled) - form.names
        assert not unknown, f"no such fields: {unknown}"
        self._writing()
        target = urlsplit(urljoin(page.path, form.action))
        return self.post(target._replace(fragment="").geturl(), form.fields | filled)

    def request(
        self,
        method: str,
        path: str,
        body: bytes = b"",
        content_type: str = "application/x-www-form-urlencoded",
        gateway_path: str | None = None,
    ) -> Page:
        """One request and its answer, redirects not followed."""
        parts = urlsplit(path)
        resource, parameters = self._resource(parts.path)
        headers = {"accept": "text/html", **self._headers}
        if body:
            headers["content-type"] = content_type
        if self.cookies:
            headers["cookie"] = "; ".join(f"{k}={v}" for k, v in self.cookies.items())
        event = {
            "httpMethod": method,
            "path": parts.path,
            "resource": resource,
            "pathParameters": parameters,
            "multiValueQueryStringParameters": _listed(parts.query),
            "headers": headers,
            "multiValueHeaders": {name: [value] for name, value in headers.items()},
            "requestContext": {
                "httpMethod": method,
                "resourcePath": resource,
                "path": gateway_path or "/api" + parts.path,
                "requestId": "11111111-2222-3333-4444-555555555555",
                "identity": {"sourceIp": self.source},
            },
            "stageVariables": None,
            "body": base64.b64encode(body).decode(),
            "isBase64Encoded": True,
        }
        answer: dict[str, Any] = self._app(json.loads(json.dumps(event)), None)
        headers = {name.lower(): value for name, value in answer["headers"].items()}
        several = answer.get("multiValueHeaders", {}).get("Set-Cookie", [])
        for set_cookie in filter(None, [headers.get("set-cookie"), *several]):
            name, _, value = set_cookie.split(";")[0].partition("=")
            self.cookies[name] = value
            if name != LANGUAGE_COOKIE:
                TRACES.remember(value)
            if "Max-Age" not in set_cookie:
                self._until_closed.add(name)
        return Page(answer["statusCode"], parts.path, headers, answer["body"])

    def _follow(self, page: Page, method: str = "GET") -> Page:
        while page.status == 303:
            page = self.request(method, urljoin(page.path, page.headers["location"]))
        return page

    def _resource(self, path: str) -> tuple[str, dict[str, str] | None]:
        """The route that API Gateway would choose: a literal part before a parameter before the greedy proxy."""
        wanted = path.split("/")
        best: tuple[int, str, dict[str, str]] | None = None
        for route in self._app.routes:
            parts = route.split("/")
            if len(parts) != len(wanted) or route == "/{proxy+}":
                continue
            values: dict[str, str] = {}
            for part, value in zip(parts, wanted, strict=True):
                if part.startswith("{"):
                    values[part.strip("{}")] = value
                elif part != value:
                    break
            else:
                rank = len(values)
                if best is None or rank < best[0]:
                    best = (rank, route, values)
        if best is None:
            return "/{proxy+}", {"proxy": path.lstrip("/")}
        return best[1], best[2] or None


def _listed(query: str) -> dict[str, list[str]] | None:
    values: dict[str, list[str]] = {}
    for name, value in parse_qsl(query):
        values.setdefault(name, []).append(value)
    return values or None
