"""The addresses behind a mailed link: see what is asked, prove the mailbox, answer."""

from __future__ import annotations

from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.links import Expired, OpenAsk, Why
from chalicelib.handlers.ask_page import ask_page
from chalicelib.handlers.ask_pages import answered_page, expired_page, language_of, show
from chalicelib.handlers.code_page import code_page, typed_so_far
from chalicelib.handlers.http import (
    KEPT,
    PAGE,
    SESSION_COOKIE,
    Visit,
    cookie,
    guarded,
    not_confirmed,
    page,
    redirect,
)
from chalicelib.handlers.read_first import described, title_as_shown
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
from chalicelib.services.take_back import NotConfirmed, TakenBack, TooLate, take_back

asks = Blueprint(__name__)

SESSION_SECONDS = 12 * 3600


@asks.route("/svara/{token}", methods=PAGE)
@guarded(asks)
def show_ask(visit: Visit, token: str) -> Response:
    """What is asked; whoever took an answer back finds it in the form, by every link that leads to it."""
    verdict = open_link(wiring.deps(), token, visit.session())
    if isinstance(verdict, OpenAsk) and not verdict.needs_code and verdict.ask.withdrawn:
        return ask_page(visit, token, verdict, verdict.ask.withdrawn, taken_back=True)
    return show(visit, token, verdict)


@asks.route("/svara/{token}", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def give_answer(visit: Visit, token: str) -> Response:
    given = visit.form()
    result = answer_ask(wiring.deps(), token, visit.session(), given)
    if isinstance(result, Faulty):
        return ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link, given)
    if isinstance(result, OtherAnswer):
        return _other_answer_page(visit, result)
    if isinstance(result, Accepted):
        return answered_page(visit, token, result.ask, just_now=True, may_read=True)
    return show(visit, token, result, given)


@asks.route("/svara/{token}/ta-tillbaka", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def take_answer_back(visit: Visit, token: str) -> Response:
    """The question again, with what was answered in the form: to change it, or to leave it."""
    deps = wiring.deps()
    chosen = visit.form().get("word", "")
    if chosen == KEPT:
        return redirect(visit, f"svara/{token}")
    result = take_back(deps, token, visit.session(), chosen)
    if isinstance(result, TakenBack):
        link = open_link(deps, token, visit.session())
        if isinstance(link, OpenAsk) and not link.needs_code:
            return ask_page(visit, token, link, result.answer, taken_back=True)
        return show(visit, token, link, result.answer)
    if isinstance(result, TooLate):
        status = HTTPStatus.CONFLICT
        return answered_page(visit, token, result.link.ask, may_read=True, status=status)
    if isinstance(result, NotConfirmed):
        errors = (not_confirmed(chosen),)
        return answered_page(visit, token, result.link.ask, may_read=True, errors=errors)
    if isinstance(result, CodeNeeded):
        return code_page(visit, token, result.link, {})
    return show(visit, token, result)


def _other_answer_page(visit: Visit, result: OtherAnswer) -> Response:
    deps = wiring.deps()
    process = deps.process_of(result.case)
    people = deps.store.people()
    lang = language_of(deps, visit, result.ask)
    recorded, given = (
        described(process, result.ask, answer, lang, people)
        for answer in (result.ask.answer, result.given)
    )
    return page(
        visit,
        "other_answer",
        status=HTTPStatus.CONFLICT,
        lang=lang,
        ref=result.case.ref,
        step_name=process.step(result.ask.step).name.in_(lang),
        idea_title=title_as_shown(deps, result.case),
        at=result.ask.answered_at,
        answer=recorded,
        values_answer=given,
    )


@asks.route("/svara/{token}/andra", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def write_on(visit: Visit, token: str) -> Response:
    """The question again, with what was typed so far: the way to another language. Stores nothing."""
    typed = typed_so_far(visit.form())
    return show(visit, token, open_link(wiring.deps(), token, visit.session()), typed)


@asks.route("/svara/{token}/kod", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def ask_for_code(visit: Visit, token: str) -> Response:
    typed = typed_so_far(visit.form())
    result = send_code(wiring.deps(), token)
    if isinstance(result, CodeOwed):
        return code_page(visit, token, result.link, typed, sent=True)
    if isinstance(result, Limited) and result.why is Why.TOO_MANY_TRIES:
        return code_page(visit, token, result.link, typed, no_tries_before=result.until)
    if isinstance(result, Limited):
        return code_page(visit, token, result.link, typed, no_codes_before=result.until)
    return show(visit, token, result, typed)


@asks.route("/svara/{token}/oppna", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def open_with_code(visit: Visit, token: str) -> Response:
    """A right code leads to what is asked: on a page of its own, or with what was typed before the code was asked for."""
    deps = wiring.deps()
    fields = visit.form()
    code = fields.pop("code", "")
    typed = typed_so_far(fields)
    result = prove_mailbox(deps, token, code)
    if isinstance(result, Proven):
        remembered = cookie(visit, SESSION_COOKIE, result.session, SESSION_SECONDS)
        if not typed:
            return redirect(visit, f"svara/{token}", remembered)
        return show(visit, token, open_link(deps, token, result.session), typed, remembered)
    if isinstance(result, WrongCode):
        until = None if result.left else result.until
        return code_page(visit, token, result.link, typed, left=result.left, no_tries_before=until)
    if isinstance(result, Limited):
        return code_page(visit, token, result.link, typed, no_tries_before=result.until)
    return show(visit, token, result, typed)


@asks.route("/svara/{token}/ny-lank", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def renew(visit: Visit, token: str) -> Response:
    deps = wiring.deps()
    typed = typed_so_far(visit.form())
    verdict = open_link(deps, token, visit.session())
    if renew_link(deps, token) and isinstance(verdict, Expired):
        return expired_page(visit, token, verdict, typed, sent=True)
    return show(visit, token, verdict, typed)


@asks.route("/svara/{token}/ta-tillbaka", methods=PAGE, name="take_back_reloaded")
@asks.route("/svara/{token}/andra", methods=PAGE, name="write_on_reloaded")
@asks.route("/svara/{token}/kod", methods=PAGE, name="code_reloaded")
@asks.route("/svara/{token}/oppna", methods=PAGE, name="open_reloaded")
@asks.route("/svara/{token}/ny-lank", methods=PAGE, name="renew_reloaded")
@guarded(asks)
def back_to_ask(visit: Visit, token: str) -> Response:
    """Somebody came by the address alone: opening a page sends nothing, so they start from the link."""
    return redirect(visit, f"svara/{token}")
