"""Between API Gateway and the pages: what a request says, and the headers and pages that every answer has.

Owns parsing of form bodies, the reader's language, cookies, the cross-site check and the error pages. Decides nothing about ideas.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import wraps
from http import HTTPStatus
from typing import Any, cast
from urllib.parse import parse_qsl, quote, urlsplit

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Why
from chalicelib.domain.process import LANGS, Lang
from chalicelib.services.fault import told_without_words

log = logging.getLogger(__name__)

PAGE = ["GET", "HEAD"]
FORM_TYPE = "application/x-www-form-urlencoded"
LARGEST_BODY = 512 * 1024
MOST_FIELDS = 200
LANGUAGE_COOKIE = "lang"
SESSION_COOKIE = "session"
BROWSER_COOKIE = "form"
KEPT = "no"
"""Of the two choices before something is taken back, the first: it stays as it is."""
# Pages on which somebody is still writing are kept by the writer's own browser, so that going back finds them as they were.
# It asks for them anew whenever they are opened in any other way.
FOR_GOING_BACK = "private, max-age=0"
# How long a browser or a mail program is told to wait for a closed site of which nobody knows when it opens, in seconds.
WAIT_WHEN_UNKNOWN = 600

BROKEN = "Något gick fel hos oss. Something went wrong on our side. Meillä meni jokin vikaan."

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; form-action 'self'; "
        "base-uri 'none'; frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    # no-referrer would make browsers send "Origin: null" with our own forms: https://github.com/rails/rails/issues/28299
    "Referrer-Policy": "same-origin",
    "Strict-Transport-Security": "max-age=31536000",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex",
}


class Fault(Exception):
    """A request that gets an error page: `page` names the template."""

    def __init__(self, status: HTTPStatus, page: str) -> None:
        super().__init__(page)
        self.status = status
        self.page = page


@dataclass(frozen=True)
class Visit:
    """One request as the pages need it. `root` is the relative way from this address to the site's root, so that every link
    works under any stage prefix; `chosen` is the language that the reader chose, if any."""

    request: Request
    path: str
    root: str
    lang: Lang
    chosen: Lang | None

    @property
    def here(self) -> str | None:
        """This page's own relative address, for the language switch; None for the answer to a POST."""
        if self.request.method == "POST":
            return None
        return "./" + self.path.rsplit("/", 1)[1]

    def in_language_of(self, other: Lang) -> Lang:
        """The reader's choice, or else the language that belongs to what is shown."""
        return self.chosen or other

    def session(self) -> str | None:
        return _cookies(self.request).get(SESSION_COOKIE)

    def browser(self) -> str | None:
        """What tells this browser from others since it was started, on the form's pages."""
        return _cookies(self.request).get(BROWSER_COOKIE)

    def source(self) -> str:
        """The address that the request came from as API Gateway saw it; never what a header says, which anybody can write."""
        identity = self.request.context.get("identity") or {}
        return str(identity.get("sourceIp") or "")

    def form(self) -> dict[str, str]:
        """The fields of an urlencoded body; none of an empty one. Raises Fault for another media type, more than 512 KB,
        bytes that are not UTF-8, too many fields, a field that comes twice, or a body that is not in the encoding it claims."""
        try:
            body = self.request.raw_body
        except ValueError as error:
            raise Fault(HTTPStatus.BAD_REQUEST, "unsupported") from error
        if not body:
            return {}
        kind = self.request.headers.get("content-type", "").lower().replace(" ", "")
        if kind not in (FORM_TYPE, FORM_TYPE + ";charset=utf-8"):
            raise Fault(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "unsupported")
        if len(body) > LARGEST_BODY:
            raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
        try:
            pairs = parse_qsl(
                body.decode("utf-8"),
                keep_blank_values=True,
                errors="strict",
                max_num_fields=MOST_FIELDS,
            )
        except ValueError as error:
            raise Fault(HTTPStatus.BAD_REQUEST, "unsupported") from error
        fields = dict(pairs)
        if len(fields) != len(pairs):
            raise Fault(HTTPStatus.BAD_REQUEST, "unsupported")
        return fields


def guarded(
    blueprint: Blueprint, *, from_anywhere: bool = False, open_always: bool = False
) -> Callable[[Callable[..., Response]], Callable[..., Response]]:
    """Give a view its Visit as first argument, refuse cross-site posts (unless it takes them from anywhere: then its token alone
    decides), answer for a site that is closed for maintenance (unless the view is open always), and turn every fault into a page.

    An unforeseen exception is logged with the reference that its page shows, its type and its place, but never its words:
    they could hold what somebody typed."""

    def wrap(view: Callable[..., Response]) -> Callable[..., Response]:
        @wraps(view)
        def answer(*args: Any, **kwargs: Any) -> Response:
            request = blueprint.current_request
            try:
                return _faults_as_pages(
                    visit_of(request),
                    lambda visit: view(visit, *args, **kwargs),
                    from_anywhere=from_anywhere,
                    open_always=open_always,
                )
            except Exception as error:  # noqa: BLE001 - the visitor gets a page whatever broke.
                log_fault(reference_of(request), error)
                return error_page(request)

        del answer.__dict__["__wrapped__"]
        return answer

    return wrap


def _faults_as_pages(
    visit: Visit,
    view: Callable[[Visit], Response],
    *,
    from_anywhere: bool = False,
    open_always: bool = False,
) -> Response:
    try:
        if visit.request.method == "POST" and not from_anywhere:
            refuse_cross_site(visit.request)
        if wiring.deps().closed_until is not None and not open_always:
            return _closed(visit)
        return view(visit)
    except Fault as fault:
        return page(visit, fault.page, status=fault.status)


def _closed(visit: Visit) -> Response:
    """503 with when to come back (RFC 9110, 15.6.4 and 10.2.3), whatever was sent: a mail provider's press for its reader, of another
    media type, is to be made again as well. What was typed goes with the page, and is sent anew from it."""
    deps = wiring.deps()
    now, until = deps.clock.now(), deps.closed_until
    ahead = until if until is not None and until > now else None
    fields = _typed(visit) if visit.request.method == "POST" else {}
    response = page(
        visit,
        "maintenance",
        status=HTTPStatus.SERVICE_UNAVAILABLE,
        until=ahead,
        today=ahead is not None
        and deps.calendar.local_date(ahead) == deps.calendar.local_date(now),
        fields=tuple(fields.items()),
        words=tuple(typed for typed in fields.values() if " " in typed.strip()),
    )
    wait = WAIT_WHEN_UNKNOWN if ahead is None else int((ahead - now).total_seconds()) + 1
    response.headers["Retry-After"] = str(wait)
    return response


def _typed(visit: Visit) -> dict[str, str]:
    """The fields of a form; none of what no form of ours sends. Raises Fault for a form that cannot be kept."""
    try:
        return visit.form()
    except Fault as fault:
        if fault.status is HTTPStatus.UNSUPPORTED_MEDIA_TYPE:
            return {}
        raise


def visit_of(request: Request) -> Visit:
    path = str(request.to_original_event().get("path") or "/")
    chosen = _language(request.query_params, _cookies(request))
    return Visit(
        request=request,
        path=path,
        root=_root(path, str(request.context.get("path") or "/")),
        lang=chosen or _accepted(request.headers.get("accept-language", "")),
        chosen=chosen,
    )


def page(
    visit: Visit,
    name: str,
    status: HTTPStatus = HTTPStatus.OK,
    lang: Lang | None = None,
    cache: str | None = None,
    set_cookie: str | None = None,
    **context: object,
) -> Response:
    """An HTML answer. A language that the reader chose by the address is remembered in a cookie."""
    used = lang or visit.lang
    html = wiring.rendering().page(name, used, visit.root, visit.here, **context)
    headers: dict[str, str | list[str]] = {
        "Content-Type": "text/html; charset=utf-8",
        "Content-Language": used,
    }
    if cookies := [made for made in (set_cookie, chosen_language(visit)) if made]:
        headers["Set-Cookie"] = cookies if len(cookies) > 1 else cookies[0]
    if cache:
        headers["Cache-Control"] = cache
    return Response(html, headers=headers, status_code=status)


def redirect(visit: Visit, path: str, set_cookie: str | None = None, query: str = "") -> Response:
    """303 See Other, relative, so that it works under any stage prefix (RFC 9110, 10.2.2). The path may hold what a stranger wrote in
    an address, decoded: line breaks too."""
    headers: dict[str, str | list[str]] = {
        "Location": visit.root + quote(path) + (f"?{query}" if query else ""),
        "Content-Type": "text/plain",
    }
    if set_cookie is not None:
        headers["Set-Cookie"] = set_cookie
    return Response("", headers=headers, status_code=HTTPStatus.SEE_OTHER)


def not_confirmed(chosen: str) -> FieldError:
    """What is wrong when something was to be taken back and neither yes nor no was chosen, as by a scanner that presses buttons."""
    return FieldError("word", Problem.NOT_AN_OPTION if chosen else Problem.MISSING)


def chosen_language(visit: Visit) -> str | None:
    """The cookie that remembers a language chosen by this very address."""
    if visit.chosen and (visit.request.query_params or {}).get(LANGUAGE_COOKIE):
        return cookie(visit, LANGUAGE_COOKIE, visit.chosen, 31536000)
    return None


def cookie(visit: Visit, name: str, value: str, seconds: int | None) -> str:
    """A Set-Cookie value: not for scripts, not sent with cross-site posts; sent only over https where the site has it.
    Without `seconds` it is forgotten when the browser is closed."""
    secure = "; Secure" if wiring.deps().secrets.site_url().startswith("https:") else ""
    age = "" if seconds is None else f"Max-Age={seconds}; "
    return f"{name}={value}; {age}Path=/; HttpOnly; SameSite=Lax{secure}"


def finish(event: Any, get_response: Callable[[Any], Any]) -> Response:
    """Middleware: our headers on every answer, an HTML page for the errors that Chalice answers itself, no body for HEAD."""
    response = cast(Response, get_response(event))
    kind = str(response.headers.get("Content-Type", "application/json"))
    if response.status_code >= HTTPStatus.BAD_REQUEST and kind.startswith("application/json"):
        response = _own_page(event, HTTPStatus(response.status_code))
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    if event.method == "HEAD":
        response.body = ""
    return response


def _own_page(request: Request, status: HTTPStatus) -> Response:
    name = {415: "unsupported", 404: "not_found", 405: "not_found"}.get(status)
    if name is None:
        return error_page(request)
    try:
        return page(visit_of(request), name, status=status)
    except Exception as error:  # noqa: BLE001 - the visitor gets a page whatever broke.
        log_fault(reference_of(request), error)
        return error_page(request)


def error_page(request: Request) -> Response:
    """A reference and nothing else; the log has the same reference. Where not even this page can be made, a line of text."""
    status, reference = HTTPStatus.INTERNAL_SERVER_ERROR, reference_of(request)
    try:
        return page(visit_of(request), "error", status=status, reference=reference)
    except Exception as error:  # noqa: BLE001 - what it says would reach the log through Chalice.
        log_fault(reference, error)
        plain = {"Content-Type": "text/plain; charset=utf-8"}
        return Response(f"{BROKEN} ({reference})\n", headers=plain, status_code=status)


def reference_of(request: Request) -> str:
    return str(request.context.get("requestId") or "-")


def log_fault(reference: str, error: Exception) -> None:
    """What went wrong and where, by a reference; never the error's words, which could hold what somebody typed."""
    log.error("fault %s: %s", reference, told_without_words(error))


def refuse_cross_site(request: Request) -> None:
    """Raise Fault for a post from another site: by Fetch Metadata, or by Origin where a browser does not send it.
    A client that sends neither is no browser and holds no cookies of ours (OWASP, CSRF prevention)."""
    site = request.headers.get("sec-fetch-site")
    origin = request.headers.get("origin")
    if site is not None:
        allowed = site in ("same-origin", "none")
    elif origin is not None:
        allowed = origin == _origin(wiring.deps().secrets.site_url())
    else:
        allowed = True
    if not allowed:
        # By the route's template: the path can hold a private link.
        log.warning("refused: %s, at %s", Why.CROSS_SITE, request.context.get("resourcePath"))
        raise Fault(HTTPStatus.FORBIDDEN, "refused")


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _root(path: str, gateway_path: str) -> str:
    """The relative way to the root. A stage's bare address (…/api) has no slash at its end, so its links must name the stage."""
    if path == "/" and not gateway_path.endswith("/"):
        return "./" + gateway_path.rsplit("/", 1)[1] + "/"
    return "../" * (path.count("/") - 1) or "./"


def _language(query: Mapping[str, str] | None, cookies: Mapping[str, str]) -> Lang | None:
    for wanted in ((query or {}).get(LANGUAGE_COOKIE), cookies.get(LANGUAGE_COOKIE)):
        for lang in LANGS:
            if wanted == lang:
                return lang
    return None


def _accepted(header: str) -> Lang:
    """The best of our languages by Accept-Language (RFC 9110, 12.5.4), Swedish when none is wanted."""
    best: Lang = "sv"
    weight = 0.0
    for part in header.lower().split(","):
        tag, _, parameter = part.strip().partition(";")
        try:
            q = float(parameter.strip().removeprefix("q=")) if parameter else 1.0
        except ValueError:
            continue
        for lang in LANGS:
            if tag.split("-")[0] == lang and q > weight:
                best, weight = lang, q
    return best


def _cookies(request: Request) -> dict[str, str]:
    pairs = (part.strip().partition("=") for part in request.headers.get("cookie", "").split(";"))
    return {name: value for name, _, value in pairs if name}
