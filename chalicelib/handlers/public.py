"""The public pages: what the sluice is, where else to turn, the form, its review, the receipt, and ideas that were carried out."""

from __future__ import annotations

import logging
import re
import secrets
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import PurePath

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.form import Audience, FieldError, Submission, read_submission
from chalicelib.domain.notice import notice
from chalicelib.domain.promise import public_steps
from chalicelib.domain.reference import submission_key
from chalicelib.domain.rows import ShownIdeaRow
from chalicelib.domain.suspicion import Again
from chalicelib.domain.way_in import IDEA, Place
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
from chalicelib.services.form_time import stamp_again, stamp_form
from chalicelib.services.ports import StoreUnavailable
from chalicelib.services.show_idea import carried_out, examples
from chalicelib.services.submit_idea import Arrival, KeyUsed, PressAgain, WrongMark, submit_idea

public = Blueprint(__name__)

log = logging.getLogger(__name__)

STATIC_TYPES = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
}
FOR_AN_HOUR = "public, max-age=3600"
FOR_GOOD = "public, max-age=31536000, immutable"
"""For a file whose address names its version."""
KEY = re.compile(r"[A-Za-z0-9_-]{22}")
TRAP = "your-website"
"""A field that nobody sees and whose label says to leave it empty. No field of a municipality's form can have a hyphen in its name."""


@dataclass(frozen=True)
class FilledIn:
    """A form as it was sent: what was typed, its submission key (a key that we did not make is replaced by one of ours), its stamp,
    and whether the trap was filled."""

    values: dict[str, str]
    key: str
    stamp: str
    trapped: bool


@public.route("/", methods=PAGE)
@guarded(public)
def start(visit: Visit) -> Response:
    steps = public_steps(wiring.deps().process, visit.lang)
    return page(visit, "start", steps=steps, examples=_examples())


def _examples() -> tuple[ShownIdeaRow, ...]:
    """What was carried out, as far as it can be read: the way to the form must be open when the record is not."""
    try:
        return examples(wiring.deps())
    except StoreUnavailable as error:
        log.warning("the start page has no examples: %s", error)
        return ()


@public.route("/genomforda", methods=PAGE)
@guarded(public)
def done(visit: Visit) -> Response:
    return page(visit, "carried_out", ideas=carried_out(wiring.deps()))


@public.route("/ratt-vag", methods=PAGE)
@guarded(public)
def way_in(visit: Visit) -> Response:
    return page(visit, "way_in", at=wiring.deps().site.way_in.at(""), writing=None)


@public.route("/ratt-vag/{name}", methods=PAGE)
@guarded(public)
def way_on(visit: Visit, name: str) -> Response:
    """A later question, or a place; each has an address of its own, so that going back works and a place can be linked to."""
    at = wiring.deps().site.way_in.at(name)
    if at is None:
        raise Fault(HTTPStatus.NOT_FOUND, "not_found")
    return page(visit, "way_in", at=at, writing=None)


@public.route("/ide/ratt-vag", methods=["POST"], content_types=["*/*"])
@guarded(public)
def way_in_while_writing(visit: Visit) -> Response:
    """The same questions for somebody who has begun to write: what they typed goes along from page to page, never in an address."""
    form = _filled_in(visit)
    chosen = form.values.pop("way-to", None)
    standing = form.values.pop("way-at", "")
    to = standing if chosen is None else chosen
    if to == IDEA:
        return _form_again(visit, form, ())
    site = wiring.deps().site
    at = site.way_in.at(to) or site.way_in.at("")
    return page(visit, "way_in", cache=FOR_GOING_BACK, at=at, writing=form)


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
@guarded(public, open_always=True)
def health(visit: Visit) -> Response:
    """The stage answers and has its configuration and templates; no service behind it is asked."""
    wiring.rendering()
    return Response("ok", headers={"Content-Type": "text/plain"})


@public.route("/static/{name}", methods=PAGE)
@guarded(public, open_always=True)
def static(visit: Visit, name: str) -> Response:
    rendering = wiring.rendering()
    body = rendering.static(name)
    if body is None:
        raise Fault(HTTPStatus.NOT_FOUND, "not_found")
    version = (visit.request.query_params or {}).get("v")
    headers: dict[str, str | list[str]] = {
        "Content-Type": STATIC_TYPES[PurePath(name).suffix],
        "Cache-Control": FOR_GOOD if version == rendering.static_version(name) else FOR_AN_HOUR,
    }
    return Response(body, headers=headers)


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
    key = submission_key(name, browser)
    stamp = stamp_form(wiring.deps(), key)
    return page(
        visit,
        "form",
        cache=FOR_GOING_BACK,
        set_cookie=None if known else cookie(visit, BROWSER_COOKIE, browser, None),
        values={},
        errors=(),
        key=key,
        stamp=stamp,
    )


@public.route("/ide/granska", methods=["POST"], content_types=["*/*"])
@guarded(public)
def review(visit: Visit) -> Response:
    form = _filled_in(visit)
    submission = read_submission(wiring.deps().form, form.values, visit.lang)
    if not isinstance(submission, Submission):
        return _form_again(visit, form, submission)
    return _review(visit, form)


@public.route("/ide/andra", methods=["POST"], content_types=["*/*"])
@guarded(public)
def change(visit: Visit) -> Response:
    """The form again, with what was typed: after the review, or in another language, then with what was told of it."""
    form = _filled_in(visit)
    told = "show-errors" in form.values
    read = read_submission(wiring.deps().form, form.values, visit.lang) if told else ()
    return _form_again(visit, form, () if isinstance(read, Submission) else read)


@public.route("/ide/skicka", methods=["POST"], content_types=["*/*"])
@guarded(public)
def send(visit: Visit) -> Response:
    form = _filled_in(visit)
    mark = form.values.pop("smoke", "")
    deps = wiring.deps()
    submission = read_submission(deps.form, form.values, visit.lang)
    if not isinstance(submission, Submission):
        return _form_again(visit, form, submission)
    arrival = Arrival(form.stamp, visit.source(), form.trapped, mark)
    receipt = submit_idea(deps, submission, form.key, arrival)
    if isinstance(receipt, WrongMark):
        raise Fault(HTTPStatus.FORBIDDEN, "refused")
    if isinstance(receipt, PressAgain):
        return _review(visit, replace(form, stamp=receipt.stamp), receipt.why)
    if isinstance(receipt, KeyUsed):
        key = secrets.token_urlsafe(16)
        return page(
            visit,
            "key_used",
            status=HTTPStatus.CONFLICT,
            cache=FOR_GOING_BACK,
            ref=receipt.ref,
            sent=receipt.sent,
            values=form.values,
            key=key,
            stamp=stamp_again(deps, form.key, form.stamp, key),
            trapped=form.trapped,
        )
    return redirect(visit, f"kvitto/{receipt.status_token}")


def _review(visit: Visit, form: FilledIn, again: Again | None = None) -> Response:
    """The idea as it is going to be stored, to be read through and sent; or sent once more, with why that is needed. What looks as if
    it were about a certain person, or belonged elsewhere, is said."""
    deps = wiring.deps()
    noticed = notice(deps.form, form.values, form.values.get("name", ""))
    return page(
        visit,
        "review",
        cache=FOR_GOING_BACK,
        values=form.values,
        key=form.key,
        stamp=form.stamp,
        trapped=form.trapped,
        again=again,
        noticed=noticed,
        elsewhere=_elsewhere(form),
    )


def _elsewhere(form: FilledIn) -> tuple[Place, ...]:
    """Places that the idea's own words speak of."""
    deps = wiring.deps()
    fields = deps.form.fields()
    read = (field.key for field in fields if field.audience is Audience.REVIEWERS)
    return deps.site.way_in.pointed_at(form.values.get(key, "") for key in read)


def _form_again(visit: Visit, form: FilledIn, errors: tuple[FieldError, ...]) -> Response:
    """The form with what was typed in it, and what is wrong with that. The field that people leave empty is empty again."""
    return page(
        visit,
        "form",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        cache=FOR_GOING_BACK,
        values=form.values,
        errors=errors,
        key=form.key,
        stamp=form.stamp,
    )


@public.route("/ide/granska", methods=PAGE, name="review_reloaded")
@public.route("/ide/andra", methods=PAGE, name="change_reloaded")
@public.route("/ide/skicka", methods=PAGE, name="send_reloaded")
@public.route("/ide/ratt-vag", methods=PAGE, name="way_in_reloaded")
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


def _filled_in(visit: Visit) -> FilledIn:
    fields = visit.form()
    key, stamp = fields.pop("key", ""), fields.pop("stamp", "")
    trapped = fields.pop(TRAP, "") != ""
    if not KEY.fullmatch(key):
        key = secrets.token_urlsafe(16)
    return FilledIn(fields, key, stamp, trapped)
