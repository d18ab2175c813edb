"""The pages behind a mailed link: see what is asked, prove the mailbox, answer."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.answers import describe
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Answered, Expired, Lapsed, OpenAsk, Verdict
from chalicelib.domain.process import Lang, Shows
from chalicelib.domain.rows import AskRow, AskState, CaseRow, ContactRow, MaskedRow, TextRow
from chalicelib.domain.summary import Summary, summarise
from chalicelib.handlers.http import (
    PAGE,
    SESSION_COOKIE,
    Fault,
    Visit,
    cookie,
    guarded,
    page,
    redirect,
)
from chalicelib.services.answer_ask import Accepted, OtherAnswer, answer_ask, renew_link
from chalicelib.services.deps import Deps
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
    return _show(visit, token, open_link(wiring.deps(), token, visit.session()))


@asks.route("/svara/{token}", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def give_answer(visit: Visit, token: str) -> Response:
    given = visit.form()
    result = answer_ask(wiring.deps(), token, visit.session(), given)
    if isinstance(result, Faulty):
        return _ask_page(visit, token, result.link, given, result.errors)
    if isinstance(result, CodeNeeded):
        return _code_page(visit, token, result.link)
    if isinstance(result, OtherAnswer):
        lang = visit.lang
        return page(
            visit,
            "other_answer",
            status=HTTPStatus.CONFLICT,
            ref=result.case.ref,
            step_name=_step_name(result.ask, lang),
            at=result.ask.answered_at,
            answer=_described(result.ask, result.ask.answer or {}, lang),
            values_answer=_described(result.ask, result.given, lang),
        )
    if isinstance(result, Accepted):
        return _answered_page(visit, result.case, result.ask, just_now=True, may_read=True)
    return _show(visit, token, result)


@asks.route("/svara/{token}/kod", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def ask_for_code(visit: Visit, token: str) -> Response:
    result = send_code(wiring.deps(), token)
    if isinstance(result, CodeOwed):
        return _code_page(visit, token, result.link, sent=True)
    if isinstance(result, Limited):
        return _code_page(visit, token, result.link, limited=True)
    return _show(visit, token, result)


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
        return _code_page(visit, token, result.link, sent=True, errors=errors)
    if isinstance(result, Limited):
        return _code_page(visit, token, result.link, limited=True)
    return _show(visit, token, result)


@asks.route("/svara/{token}/ny-lank", methods=["POST"], content_types=["*/*"])
@guarded(asks)
def renew(visit: Visit, token: str) -> Response:
    deps = wiring.deps()
    if renew_link(deps, token):
        return page(visit, "expired", can_renew=True, token=token, sent=True)
    return _show(visit, token, open_link(deps, token, visit.session()))


@asks.route("/svara/{token}/kod", methods=PAGE, name="code_reloaded")
@asks.route("/svara/{token}/oppna", methods=PAGE, name="open_reloaded")
@asks.route("/svara/{token}/ny-lank", methods=PAGE, name="renew_reloaded")
@guarded(asks)
def back_to_ask(visit: Visit, token: str) -> Response:
    """Somebody came by the address alone: opening a page sends nothing, so they start from the link."""
    return redirect(visit, f"svara/{token}")


def _show(visit: Visit, token: str, verdict: Verdict) -> Response:
    if isinstance(verdict, OpenAsk):
        if verdict.needs_code:
            return _code_page(visit, token, verdict)
        return _ask_page(visit, token, verdict, {}, ())
    if isinstance(verdict, Answered):
        return _answered_page(
            visit, verdict.case, verdict.ask, just_now=False, may_read=verdict.may_read
        )
    if isinstance(verdict, Lapsed):
        return page(
            visit,
            "closed_ask",
            status=HTTPStatus.GONE,
            ref=verdict.case.ref,
            step_name=verdict.step.name.in_(visit.lang),
            decided_at=verdict.case.entered_at,
        )
    if isinstance(verdict, Expired):
        return page(
            visit, "expired", status=HTTPStatus.GONE, can_renew=True, token=token, sent=False
        )
    raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")


def _ask_page(
    visit: Visit,
    token: str,
    link: OpenAsk,
    values: Mapping[str, str],
    errors: tuple[FieldError, ...],
) -> Response:
    deps = wiring.deps()
    lang = visit.in_language_of(link.person.lang)
    current = link.snapshot.current_asks()
    unmasked = link.proven and link.step.shows is not Shows.MASKED
    contact = deps.store.get(ContactRow, link.case.case_id) if unmasked else None
    return page(
        visit,
        "ask",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        lang=lang,
        token=token,
        ref=link.case.ref,
        step_name=link.step.name.in_(lang),
        role_name=deps.process.role(link.ask.role).name.in_(lang),
        deadline=link.ask.deadline,
        overdue=deps.clock.now() > link.ask.deadline,
        answered=sum(ask.state is AskState.ANSWERED for ask in current),
        panel=link.step.panel,
        quorum=link.step.quorum,
        idea=_idea(deps, link.case, lang, unmasked),
        unmasked=unmasked,
        contact=(contact.name, contact.email, contact.phone) if contact else None,
        can_unmask=link.step.shows is Shows.UNMASKABLE and not link.proven,
        earlier=_earlier(link, lang),
        result=_result(deps, link),
        questions=link.step.questions,
        outcome=link.step.outcome,
        values=values,
        errors=errors,
    )


def _idea(deps: Deps, case: CaseRow, lang: Lang, unmasked: bool) -> list[tuple[str, str]]:
    row: TextRow | MaskedRow | None = deps.store.get(MaskedRow, case.case_id, case.text_version)
    if unmasked:
        row = deps.store.get(TextRow, case.case_id, case.text_version)
    if row is None:
        raise LookupError(f"case {case.case_id} has no text {case.text_version}")
    return deps.form.labelled(row.fields, lang)


def _earlier(link: OpenAsk, lang: Lang) -> list[tuple[str, tuple[tuple[str, str], ...]]]:
    """What one person alone has answered in the steps before, for a step that shows it; a panel's answers are a summary."""
    if link.step.shows is not Shows.RESULT:
        return []
    steps = wiring.deps().process
    return [
        (steps.step(ask.step).name.in_(lang), _described(ask, ask.answer or {}, lang))
        for ask in link.snapshot.asks
        if ask.state is AskState.ANSWERED and steps.step(ask.step).panel == 1
    ]


def _result(deps: Deps, link: OpenAsk) -> Summary | None:
    """The latest panel's answers, for a step that shows them."""
    if link.step.shows is not Shows.RESULT:
        return None
    panels = [ask for ask in link.snapshot.asks if deps.process.step(ask.step).panel > 1]
    if not panels:
        return None
    epoch = max(ask.epoch for ask in panels)
    panel = [ask for ask in panels if ask.epoch == epoch]
    answers = [ask.answer for ask in panel if ask.answer is not None]
    return summarise(deps.process.step(panel[0].step), answers, asked=len(panel))


def _code_page(
    visit: Visit,
    token: str,
    link: OpenAsk,
    sent: bool = False,
    limited: bool = False,
    errors: tuple[FieldError, ...] = (),
) -> Response:
    lang = visit.in_language_of(link.person.lang)
    return page(
        visit,
        "code",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        lang=lang,
        token=token,
        ref=link.case.ref,
        step_name=link.step.name.in_(lang),
        sent=sent,
        limited=limited,
        masked_address=_masked(link.person.email),
        errors=errors,
        reason="decide" if link.needs_code else "unmask",
    )


def _answered_page(
    visit: Visit, case: CaseRow, ask: AskRow, just_now: bool, may_read: bool
) -> Response:
    answer = _described(ask, ask.answer or {}, visit.lang) if may_read else ()
    return page(
        visit,
        "answered",
        ref=case.ref,
        step_name=_step_name(ask, visit.lang),
        at=ask.answered_at,
        just_now=just_now,
        mine=may_read,
        answer=answer,
    )


def _step_name(ask: AskRow, lang: Lang) -> str:
    return wiring.deps().process.step(ask.step).name.in_(lang)


def _described(ask: AskRow, answer: Mapping[str, str], lang: Lang) -> tuple[tuple[str, str], ...]:
    process = wiring.deps().process
    return tuple(describe(process.step(ask.step), process, answer, lang))


def _masked(address: str) -> str:
    local, _, domain = address.partition("@")
    return f"{local[:1]}•••@{domain}"
