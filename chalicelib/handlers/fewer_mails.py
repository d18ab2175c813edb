"""Where the idea-giver declines the mails that they can do without: one press in their mail program, or one on this page.

The press comes from a mail provider's server, with no cookie and from no page of ours (RFC 8058), so this is the one address that
takes a post from anywhere: its token decides. It opens nothing else, and all that it does can be undone on the status page.
"""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from email.policy import HTTP
from http import HTTPStatus
from urllib.parse import parse_qsl

from chalice.app import Blueprint, Request, Response

from chalicelib import wiring
from chalicelib.domain.rows import CaseRow
from chalicelib.handlers.http import (
    FORM_TYPE,
    MOST_FIELDS,
    PAGE,
    Fault,
    Visit,
    guarded,
    page,
)
from chalicelib.services.follow_idea import case_to_quiet, decline_mails

fewer_mails = Blueprint(__name__)

FIELD, ONE_CLICK = "List-Unsubscribe", "One-Click"
MULTIPART = "multipart/form-data"
LARGEST_PRESS = 4096
"""Bytes; mail providers send some 150. Parts can be nested as deep as the body is long, and the parser calls itself for each."""


@fewer_mails.route("/avsluta/{token}", methods=PAGE)
@guarded(fewer_mails)
def offer_fewer(visit: Visit, token: str) -> Response:
    """What they would no longer hear, and a button: opening a link declines nothing."""
    return _page(visit, token, case_to_quiet(wiring.deps(), token))


@fewer_mails.route("/avsluta/{token}", methods=["POST"], content_types=["*/*"])
@guarded(fewer_mails, from_anywhere=True)
def decline(visit: Visit, token: str) -> Response:
    """Taken when the body says what RFC 8058 has it say, in either of the two types; anything else is offered the button."""
    deps = wiring.deps()
    if case_to_quiet(deps, token) is None or says_one_click(visit.request):
        return _page(visit, token, decline_mails(deps, token))
    status = HTTPStatus.UNPROCESSABLE_ENTITY
    return _page(visit, token, case_to_quiet(deps, token), status)


def says_one_click(request: Request) -> bool:
    """Whether a body has the field `List-Unsubscribe=One-Click` (RFC 8058, 3.1 and 3.2)."""
    body: bytes = request.raw_body
    if len(body) > LARGEST_PRESS:
        raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    kind = request.headers.get("content-type", "")
    media = kind.partition(";")[0].strip().lower()
    if media == FORM_TYPE:
        return (FIELD, ONE_CLICK) in _urlencoded(body)
    if media == MULTIPART and "\r" not in kind and "\n" not in kind:
        return (FIELD, ONE_CLICK) in _multipart(kind, body)
    return False


def _urlencoded(body: bytes) -> list[tuple[str, str]]:
    try:
        return parse_qsl(body.decode("utf-8"), max_num_fields=MOST_FIELDS)
    except ValueError:
        return []


def _multipart(kind: str, body: bytes) -> list[tuple[str, str]]:
    """The fields of a multipart form; none of what is no such form."""
    head = f"Content-Type: {kind}\r\n\r\n".encode("latin-1", "replace")
    form = BytesParser(policy=HTTP).parsebytes(head + body)
    parts = form.get_payload() if form.is_multipart() else []
    found = []
    for part in parts:
        if isinstance(part, Message):
            name = part.get_param("name", header="content-disposition")
            found.append((str(name), str(part.get_payload()).strip()))
    return found


def _page(
    visit: Visit, token: str, case: CaseRow | None, status: HTTPStatus = HTTPStatus.OK
) -> Response:
    if case is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    return page(
        visit,
        "fewer_mails",
        status=status,
        lang=visit.in_language_of(case.lang),
        token=token,
        ref=case.ref,
        quiet=case.quiet,
    )
