"""The addresses behind a mailed link: see what is asked, prove the mailbox, answer."""

from __future__ import annotations

from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.form import FieldError, Problem
from chalicelib.handlers.ask_pages import answered_page, ask_page, code_page, described, show
from chalicelib.handlers.http import (
    PAGE,
    SESSION_COOKIE,
    Visit,
    cookie,
    guarded,
    page,
    redirect,
)
from chalicelib.services.answer_ask import Accepted, OtherAnswer, answer_ask, renew_link
from chalicelib.services.open_link import CodeNeeded, Faulty, open_link
from chalicelib.services.prove_mailbox import (
    CodeOwed,
    Limited,
    Proven,
    WrongCode,
    prove_mailbox,
    send_code,
)

asks = Blueprint(__name__)

SESSION_SECONDS = 12 * 3600


@asks.route("/svara/{token}", methods=PAGE)
@guarded(asks)
def show_ask(visit: Visit, token: str) -> Response:
    return show(visit, token, open_link(wiring.deps(), token, visit.session()))


@asks.route("/svara/{token}", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def give_answer(visit: Visit, token: str) -> Response:
    given = visit.form()
    result = answer_ask(wiring.deps(), token, visit.session(), given)
    if isinstance(result, Faulty):
        return ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link)
    if isinstance(result, OtherAnswer):
        return _other_answer_page(visit, result)
    if isinstance(result, Accepted):
        return answered_page(visit, result.case, result.ask, just_now=True, may_read=True)
    return show(visit, token, result)


def _other_answer_page(visit: Visit, result: OtherAnswer) -> Response:
    deps = wiring.deps()
    process = deps.process_of(result.case)
    people = deps.store.people()
    recorded, given = (
        described(process, result.ask, answer, visit.lang, people)
        for answer in (result.ask.answer, result.given)
    )
    return page(
        visit,
        "other_answer",
        status=HTTPStatus.CONFLICT,
        ref=result.case.ref,
        step_name=process.step(result.ask.step).name.in_(visit.lang),
        at=result.ask.answered_at,
        answer=recorded,
        values_answer=given,
    )


@asks.route("/svara/{token}/kod", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def ask_for_code(visit: Visit, token: str) -> Response:
    result = send_code(wiring.deps(), token)
    if isinstance(result, CodeOwed):
        return code_page(visit, token, result.link, sent=True)
    if isinstance(result, Limited):
        return code_page(visit, token, result.link, limited=True)
    return show(visit, token, result)


@asks.route("/svara/{token}/oppna", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def open_with_code(visit: Visit, token: str) -> Response:
    result = prove_mailbox(wiring.deps(), token, visit.form().get("code", ""))
    if isinstance(result, Proven):
        return redirect(
            visit,
            f"svara/{token}",
            cookie(visit, SESSION_COOKIE, result.session, SESSION_SECONDS),
        )
    if isinstance(result, WrongCode):
        errors = (FieldError("code", Problem.WRONG_CODE),)
        return code_page(visit, token, result.link, sent=True, errors=errors)
    if isinstance(result, Limited):
        return code_page(visit, token, result.link, limited=True)
    return show(visit, token, result)


@asks.route("/svara/{token}/ny-lank", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def renew(visit: Visit, token: str) -> Response:
    deps = wiring.deps()
    if renew_link(deps, token):
        return page(visit, "expired", can_renew=True, token=token, sent=True)
    return show(visit, token, open_link(deps, token, visit.session()))


@asks.route("/svara/{token}/kod", methods=PAGE, name="code_reloaded")
@asks.route("/svara/{token}/oppna", methods=PAGE, name="open_reloaded")
@asks.route("/svara/{token}/ny-lank", methods=PAGE, name="renew_reloaded")
@guarded(asks)
def back_to_ask(visit: Visit, token: str) -> Response:
    """Somebody came by the address alone: opening a page sends nothing, so they start from the link."""
    return redirect(visit, f"svara/{token}")
