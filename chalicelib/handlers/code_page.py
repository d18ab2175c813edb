"""The page on which one proves one's mailbox, and what it carries past itself: an answer that somebody has begun to write.

Nothing of that is stored until it is sent as an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus

from chalice.app import Response

from chalicelib import wiring
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import CODE_LIFE, OpenAsk
from chalicelib.handlers.http import Fault, Visit, page

CARRIED = "answer-"
"""How the hidden fields begin that carry an answer. No question's key holds a hyphen, so none is taken for the code."""


MOST_CARRIED = 200_000
"""Characters, many times the longest answer. The code's page holds them twice, and Lambda answers with 6 MB at most
(https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html)."""


def typed_so_far(fields: Mapping[str, str]) -> dict[str, str]:
    """What somebody has written of an answer, as it came from the page of the ask, or carried by another page."""
    return {name.removeprefix(CARRIED): text for name, text in fields.items() if text}


def carried(typed: Mapping[str, str]) -> list[tuple[str, str]]:
    """Hidden fields, by name and value, that bring an answer along. Raises Fault for more than any answer can be."""
    if sum(map(len, (*typed, *typed.values()))) > MOST_CARRIED:
        raise Fault(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large")
    return [(CARRIED + name, text) for name, text in typed.items() if text]


def code_page(
    visit: Visit,
    token: str,
    link: OpenAsk,
    typed: Mapping[str, str],
    sent: bool = False,
    left: int | None = None,
    no_codes_before: datetime | None = None,
    no_tries_before: datetime | None = None,
) -> Response:
    """Where one proves one's mailbox, before what is asked is shown or before the idea is unmasked. A code can be typed
    in as long as a try is left: one that was sent stays good for its time, however often this page is opened. `left` tells of a wrong
    code and how many tries remain."""
    deps = wiring.deps()
    lang = visit.in_language_of(link.person.lang)
    until = no_codes_before or no_tries_before
    today = deps.calendar.local_date(deps.clock.now())
    return page(
        visit,
        "code",
        status=HTTPStatus.OK if left is None else HTTPStatus.UNPROCESSABLE_ENTITY,
        lang=lang,
        token=token,
        ref=link.case.ref,
        step_name=link.step.name.in_(lang),
        sent=sent,
        until=until,
        until_today=until is not None and deps.calendar.local_date(until) == today,
        wait_for="codes" if no_codes_before else "tries" if no_tries_before else None,
        minutes=int(CODE_LIFE.total_seconds() // 60),
        masked_address=_masked(link.person.email),
        errors=(FieldError("code", Problem.WRONG_CODE, limit=left),) if left else (),
        reason="decide" if link.needs_code else "unmask",
        carried=carried(typed),
    )


def _masked(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}"
