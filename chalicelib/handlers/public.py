"""The public pages: what the sluice is, the form, its review, and the receipt."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.form import FieldError, Submission, read_submission
from chalicelib.domain.promise import public_steps
from chalicelib.domain.reference import submission_key
from chalicelib.handlers.http import (
    BROWSER_COOKIE,
    FOR_GOING_BACK,
    PAGE,
    Fault,
    Visit,
    chosen_language,
    cookie,
    guarded,
    page,
    redirect,
)
from chalicelib.services.follow_idea import follow_idea
from chalicelib.services.submit_idea import KeyUsed, WrongMark, submit_idea

public = Blueprint(__name__)

STATIC = Path(__file__).resolve().parents[2] / "templates" / "static"
STATIC_TYPES = {".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
KEY = re.compile(r"[A-Za-z0-9_-]{22}")


@public.route("/", methods=PAGE)
@guarded(public)
def start(visit: Visit) -> Response:
    return page(visit, "start", steps=public_steps(wiring.deps().process, visit.lang))


@public.route("/sa-gar-det-till", methods=PAGE)
@guarded(public)
def how(visit: Visit) -> Response:
    return page(visit, "how", steps=public_steps(wiring.deps().process, visit.lang))


@public.route("/personuppgifter", methods=PAGE)
@guarded(public)
def personal_data(visit: Visit) -> Response:
    return page(visit, "personal_data")


@public.route("/tillganglighet", methods=PAGE)
@guarded(public)
def accessibility(visit: Visit) -> Response:
    return page(visit, "accessibility")


@public.route("/health", methods=PAGE)
@guarded(public)
def health(visit: Visit) -> Response:
    """The stage answers and has its configuration and templates; no service behind it is asked."""
    wiring.rendering()
    return Response("ok", headers={"Content-Type": "text/plain"})


@public.route("/static/{name}", methods=PAGE)
@guarded(public)
def static(visit: Visit, name: str) -> Response:
    known = {path.name: path for path in STATIC.iterdir()}
    if name not in known:
        raise Fault(HTTPStatus.NOT_FOUND, "not_found")
    headers: dict[str, str | list[str]] = {
        "Content-Type": STATIC_TYPES[known[name].suffix],
        "Cache-Control": "public, max-age=3600",
    }
    return Response(known[name].read_text(), headers=headers)


@public.route("/ide", methods=PAGE)
@guarded(public)
def new_form(visit: Visit) -> Response:
    """Each form gets an address of its own: by that, going back comes to the same form, with the same submission key."""
    return redirect(visit, f"ide/{secrets.token_urlsafe(16)}", chosen_language(visit))


@public.route("/ide/{name}", methods=PAGE)
@guarded(public)
def form(visit: Visit, name: str) -> Response:
    if not KEY.fullmatch(name):
        return redirect(visit, "ide")
    browser = visit.browser() or secrets.token_urlsafe(16)
    known = visit.browser() is not None
    return page(
        visit,
        "form",
        cache=FOR_GOING_BACK,
        set_cookie=None if known else cookie(visit, BROWSER_COOKIE, browser, None),
        values={},
        errors=(),
        key=submission_key(name, browser),
    )


@public.route("/ide/granska", methods=["POST"], content_types=["*/*"])
@guarded(public)
def review(visit: Visit) -> Response:
    values, key = _typed(visit)
    submission = read_submission(wiring.deps().form, values, visit.lang)
    if not isinstance(submission, Submission):
        return _form_again(visit, values, submission, key)
    return page(visit, "review", cache=FOR_GOING_BACK, values=values, key=key)


@public.route("/ide/andra", methods=["POST"], content_types=["*/*"])
@guarded(public)
def change(visit: Visit) -> Response:
    """The form again, with what was typed: after the review, or in another language, then with what was told of it."""
    values, key = _typed(visit)
    told = "show-errors" in values
    read = read_submission(wiring.deps().form, values, visit.lang) if told else ()
    return _form_again(visit, values, () if isinstance(read, Submission) else read, key)


@public.route("/ide/skicka", methods=["POST"], content_types=["*/*"])
@guarded(public)
def send(visit: Visit) -> Response:
    values, key = _typed(visit)
    mark = values.pop("smoke", "")
    deps = wiring.deps()
    submission = read_submission(deps.form, values, visit.lang)
    if not isinstance(submission, Submission):
        return _form_again(visit, values, submission, key)
    receipt = submit_idea(deps, submission, key, mark)
    if isinstance(receipt, WrongMark):
        raise Fault(HTTPStatus.FORBIDDEN, "refused")
    if isinstance(receipt, KeyUsed):
        return page(
            visit,
            "key_used",
            status=HTTPStatus.CONFLICT,
            cache=FOR_GOING_BACK,
            ref=receipt.ref,
            sent=receipt.sent,
            values=values,
            key=secrets.token_urlsafe(16),
        )
    return redirect(visit, f"kvitto/{receipt.status_token}")


def _form_again(
    visit: Visit, values: Mapping[str, str], errors: tuple[FieldError, ...], key: str
) -> Response:
    """The form with what was typed in it, and what is wrong with that."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK
    return page(
        visit, "form", status=status, cache=FOR_GOING_BACK, values=values, errors=errors, key=key
    )


@public.route("/ide/granska", methods=PAGE, name="review_reloaded")
@public.route("/ide/andra", methods=PAGE, name="change_reloaded")
@public.route("/ide/skicka", methods=PAGE, name="send_reloaded")
@guarded(public)
def back_to_form(visit: Visit) -> Response:
    """Somebody came by the address alone: what they typed is not here, so they start from the form."""
    return redirect(visit, "ide")


@public.route("/kvitto/{token}", methods=PAGE)
@guarded(public)
def receipt(visit: Visit, token: str) -> Response:
    deps = wiring.deps()
    followed = follow_idea(deps, token)
    if followed is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    case = followed.snapshot.case
    lang = visit.in_language_of(case.lang)
    return page(
        visit,
        "receipt",
        lang=lang,
        ref=case.ref,
        received_at=case.received_at,
        receiver=deps.site.receiver.in_(lang),
        status_url=f"{deps.secrets.site_url()}/status/{token}",
        steps=public_steps(deps.process, lang),
        has_email=case.has_email,
    )


def _typed(visit: Visit) -> tuple[dict[str, str], str]:
    """What was typed, and the submission key; a key that we did not make is replaced by one of ours."""
    fields = visit.form()
    key = fields.pop("key", "")
    if not KEY.fullmatch(key):
        key = secrets.token_urlsafe(16)
    return fields, key
