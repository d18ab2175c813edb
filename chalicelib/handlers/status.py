"""The idea-giver's private page: where the idea is, what has happened, and taking it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.answers import shared
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import Lang
from chalicelib.domain.promise import public_steps
from chalicelib.domain.rows import AskState
from chalicelib.handlers.http import PAGE, Fault, Visit, guarded, page, redirect
from chalicelib.services.deps import Deps
from chalicelib.services.follow_idea import Followed, NotTyped, follow_idea, withdraw_idea

status = Blueprint(__name__)


@dataclass(frozen=True)
class HistoryItem:
    """One step that the idea came to: when, what it is called in public, and the reasons that led there."""

    at: datetime
    title: str
    text: str | None
    details: tuple[tuple[str, str], ...]


@status.route("/status/{token}", methods=PAGE)
@guarded(status)
def show_status(visit: Visit, token: str) -> Response:
    return _page(visit, token)


@status.route("/status/{token}/atertag", methods=["POST"], content_types=["*/*"])
@guarded(status)
def withdraw(visit: Visit, token: str) -> Response:
    typed = visit.form().get("word", "")
    result = withdraw_idea(wiring.deps(), token, typed)
    if result is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    if isinstance(result, NotTyped):
        errors = (FieldError("word", Problem.NOT_TYPED),)
        return _page(visit, token, errors=errors, values={"word": typed})
    return redirect(visit, f"status/{token}")


@status.route("/status/{token}/atertag", methods=PAGE, name="withdraw_reloaded")
@guarded(status)
def back_to_status(visit: Visit, token: str) -> Response:
    """Somebody came by the address alone: opening a page takes nothing back."""
    return redirect(visit, f"status/{token}")


def _page(
    visit: Visit,
    token: str,
    errors: tuple[FieldError, ...] = (),
    values: dict[str, str] | None = None,
) -> Response:
    deps = wiring.deps()
    followed = follow_idea(deps, token)
    if followed is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    case = followed.snapshot.case
    lang = visit.in_language_of(case.lang)
    step = deps.process.step(case.step)
    return page(
        visit,
        "status",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else HTTPStatus.OK,
        lang=lang,
        token=token,
        ref=case.ref,
        public_name=step.public_name.in_(lang),
        happens=step.happens.in_(lang),
        deadline=case.deadline if not case.closed else None,
        closed=case.closed,
        history=_history(deps, followed, lang),
        answers=deps.form.labelled(followed.text.fields, lang),
        can_withdraw=not case.closed,
        next_steps=() if case.closed else public_steps(deps.process, lang, after=case.step),
        errors=errors,
        values=values or {},
    )


def _history(deps: Deps, followed: Followed, lang: Lang) -> tuple[HistoryItem, ...]:
    """Every step that the idea came to, newest first, with what the answer that led there shares with its giver."""
    items: list[HistoryItem] = []
    for event in followed.events:
        for fact in event.facts:
            if fact.kind not in ("IdeaSubmitted", "StepEntered"):
                continue
            step = deps.process.step(fact.data["step"])
            if fact.kind == "StepEntered" and not step.tell_giver:
                continue
            before = int(fact.data.get("epoch", "0")) - 1
            items.append(
                HistoryItem(
                    at=event.at,
                    title=step.public_name.in_(lang),
                    text=step.happens.in_(lang),
                    details=_reasons(deps, followed, before, lang),
                )
            )
    return tuple(reversed(items))


def _reasons(deps: Deps, followed: Followed, epoch: int, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What the one answer of an epoch shares. A panel's answers are shared with nobody but those who decide."""
    for ask in followed.snapshot.asks:
        step = deps.process.step(ask.step)
        if ask.epoch == epoch and ask.state is AskState.ANSWERED and step.panel == 1:
            return tuple(shared(step, deps.process, ask.answer or {}, lang))
    return ()
