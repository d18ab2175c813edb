"""The idea-giver's private page: where the idea is, what has happened, answering a question, which mails they want, and taking the
idea back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus

from chalice.app import Blueprint, Response

from chalicelib import wiring
from chalicelib.domain.answers import shared
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.news import turned_down
from chalicelib.domain.pause import answer_by
from chalicelib.domain.process import Lang, QuestionKind
from chalicelib.domain.promise import public_steps
from chalicelib.domain.rows import AskState, HowOften
from chalicelib.handlers.http import (
    KEPT,
    PAGE,
    Fault,
    Visit,
    guarded,
    not_confirmed,
    page,
    redirect,
)
from chalicelib.services.deps import Deps
from chalicelib.services.follow_idea import (
    Followed,
    NotConfirmed,
    Showing,
    answer_by_status_link,
    choose_mails,
    choose_showing,
    follow_idea,
    withdraw_idea,
)
from chalicelib.services.question_giver import LONGEST_ANSWER, NothingAsked

status = Blueprint(__name__)

SAVED = "sparat"
WHAT_IS_SAVED = ("mejl", "svar", "visa")
"""What somebody has just saved, for the line that says so above the page: how often they hear, an answer, whether the idea is shown."""


@dataclass(frozen=True)
class HistoryItem:
    """One thing that happened: a step that the idea came to, in the past tense where its process has words for that, and with the
    reasons that led there; or a question to its giver, with the answer as `text`."""

    at: datetime
    title: str
    text: str | None
    details: tuple[tuple[str, str], ...] = ()
    question: bool = False


@dataclass(frozen=True)
class Joined:
    """The idea that this one was joined with: its reference, where it is in public words, and whether that is its end."""

    ref: str
    public_name: str
    happens: str
    closed: bool


@status.route("/status/{token}", methods=PAGE)
@guarded(status)
def show_status(visit: Visit, token: str) -> Response:
    saved = (visit.request.query_params or {}).get(SAVED, "")
    return _page(visit, token, saved=saved if saved in WHAT_IS_SAVED else "")


@status.route("/status/{token}/atertag", methods=["POST"], content_types=["*/*"])
@guarded(status)
def withdraw(visit: Visit, token: str) -> Response:
    chosen = visit.form().get("word", "")
    if chosen == KEPT:
        return redirect(visit, f"status/{token}")
    result = withdraw_idea(wiring.deps(), token, chosen)
    if result is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    if isinstance(result, NotConfirmed):
        return _page(visit, token, errors=(not_confirmed(chosen),))
    return redirect(visit, f"status/{token}")


@status.route("/status/{token}/svar", methods=["POST"], content_types=["*/*"])
@guarded(status)
def answer(visit: Visit, token: str) -> Response:
    given = visit.form()
    number = given.get("number", "")
    result = answer_by_status_link(
        wiring.deps(),
        token,
        int(number) if number.isascii() and number.isdigit() and len(number) < 4 else 0,
        given.get("answer", ""),
    )
    if result is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    if isinstance(result, NothingAsked):
        return _page(visit, token, values=given, status=HTTPStatus.CONFLICT)
    if isinstance(result, FieldError):
        return _page(visit, token, errors=(result,), values=given)
    return redirect(visit, f"status/{token}", query=f"{SAVED}=svar")


@status.route("/status/{token}/besked", methods=["POST"], content_types=["*/*"])
@guarded(status)
def choose(visit: Visit, token: str) -> Response:
    """How often to hear of the idea. A choice must be made: a scanner that presses every button makes none."""
    typed = visit.form().get("mails", "")
    chosen = next((way for way in HowOften if way == typed), None)
    if chosen is None:
        problem = Problem.NOT_AN_OPTION if typed else Problem.MISSING
        return _page(visit, token, errors=(FieldError("mails", problem),))
    result = choose_mails(wiring.deps(), token, chosen)
    if result is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    if isinstance(result, FieldError):
        return _page(visit, token, errors=(result,))
    return redirect(visit, f"status/{token}", query=f"{SAVED}=mejl")


@status.route("/status/{token}/visa", methods=["POST"], content_types=["*/*"])
@guarded(status)
def show_to_all(visit: Visit, token: str) -> Response:
    """Whether everybody may read about the idea. Nothing is chosen beforehand: a scanner that presses every button consents to nothing."""
    given = visit.form()
    typed = given.get("show", "")
    chosen = next((way for way in Showing if way == typed), None)
    if chosen is None:
        problem = Problem.NOT_AN_OPTION if typed else Problem.MISSING
        return _page(visit, token, errors=(FieldError("show", problem),))
    result = choose_showing(wiring.deps(), token, chosen, given.get("name", ""))
    if result is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    if isinstance(result, FieldError):
        return _page(visit, token, errors=(result,), values=given)
    return redirect(visit, f"status/{token}", query=f"{SAVED}=visa")


@status.route("/status/{token}/visa", methods=PAGE, name="show_reloaded")
@status.route("/status/{token}/besked", methods=PAGE, name="choose_reloaded")
@status.route("/status/{token}/svar", methods=PAGE, name="answer_reloaded")
@status.route("/status/{token}/atertag", methods=PAGE, name="withdraw_reloaded")
@guarded(status)
def back_to_status(visit: Visit, token: str) -> Response:
    """Somebody came by the address alone: opening a page takes nothing back and answers nothing."""
    return redirect(visit, f"status/{token}")


def _page(
    visit: Visit,
    token: str,
    errors: tuple[FieldError, ...] = (),
    values: Mapping[str, str] | None = None,
    status: HTTPStatus = HTTPStatus.OK,
    saved: str = "",
) -> Response:
    """The page of the idea. CONFLICT tells that the answer among the values was not stored. An error of a question that no longer
    waits, or of an idea that is closed, is left out with its field."""
    deps = wiring.deps()
    followed = follow_idea(deps, token)
    if followed is None:
        raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")
    case = followed.snapshot.case
    lang = visit.in_language_of(case.lang)
    over = case.closed or case.given_up
    step = followed.process.step(followed.process.withdrawn if case.given_up else case.step)
    waiting = followed.waiting_question
    may_choose = case.has_email and not case.bounced and not over
    on_page = {"answer": waiting is not None, "word": not over, "mails": may_choose}
    on_page |= {"show": followed.can_be_shown, "name": followed.can_be_shown}
    shown = tuple(error for error in errors if on_page[error.field])
    steps = public_steps(followed.process, lang)
    next_steps = public_steps(followed.process, lang, after=case.step)
    code = followed.process.closing_code(case.closing_code or "") if case.closed else None
    return page(
        visit,
        "status",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if shown else status,
        lang=lang,
        token=token,
        ref=case.ref,
        idea_title=followed.text.fields.get("title", ""),
        number=next((one.number for one in steps if one.key == step.key), None),
        public_name=step.public_name.in_(lang),
        happens=step.happens.in_(lang),
        deadline=case.deadline if not over else None,
        late=case.deadline is not None and deps.clock.now() > case.deadline,
        paused=case.paused_at is not None,
        closed=over,
        bounced=case.bounced and not case.given_up,
        phoned=case.has_phone,
        how_often=case.how_often if may_choose else None,
        can_be_shown=followed.can_be_shown,
        shown=followed.shown,
        turned_down=turned_down(followed.process, case),
        closed_as=code.label.in_(lang) if code is not None else "",
        question=waiting,
        answer_by=_answer_by(deps, followed),
        saved=saved,
        not_stored=(values or {}).get("answer", "") if status is HTTPStatus.CONFLICT else "",
        longest_answer=LONGEST_ANSWER,
        joined=_joined(followed, lang),
        history=_history(deps, followed, lang),
        answers=deps.form.labelled(followed.text.fields, lang),
        can_withdraw=not over,
        next_steps=() if over else next_steps,
        errors=shown,
        values=values or {},
    )


def _answer_by(deps: Deps, followed: Followed) -> datetime | None:
    """The day that the mail with the question named, as long as it is ahead."""
    asked_at = followed.snapshot.case.paused_at
    if asked_at is None:
        return None
    until = answer_by(followed.process, deps.calendar, asked_at)
    return until if deps.clock.now() <= until else None


def _joined(followed: Followed, lang: Lang) -> Joined | None:
    case, process = followed.joined, followed.joined_process
    if case is None or process is None:
        return None
    step = process.step(case.step)
    return Joined(case.ref, step.public_name.in_(lang), step.happens.in_(lang), case.closed)


def _history(deps: Deps, followed: Followed, lang: Lang) -> tuple[HistoryItem, ...]:
    """Every step that the idea came to and every question that its giver was asked, newest first. A step comes with what the answer
    that led there shares; one that the process no longer has is left out."""
    items = [
        HistoryItem(row.answered_at, row.text, row.answer, question=True)
        for row in followed.questions
        if row.answered_at is not None
    ]
    process = followed.process
    for event in followed.events:
        for fact in event.facts:
            if fact.kind not in ("IdeaSubmitted", "StepEntered"):
                continue
            if not process.has_step(fact.data["step"]):
                continue
            step = process.step(fact.data["step"])
            if fact.kind == "StepEntered" and not step.tell_giver:
                continue
            before = int(fact.data.get("epoch", "0")) - 1
            items.append(
                HistoryItem(
                    at=event.at,
                    title=(step.happened or step.public_name).in_(lang),
                    text=None if step.happened else step.happens.in_(lang),
                    details=_reasons(deps, followed, before, lang),
                )
            )
    in_order = sorted(items, key=lambda item: item.at)
    return tuple(reversed(in_order))


def _reasons(deps: Deps, followed: Followed, epoch: int, lang: Lang) -> tuple[tuple[str, str], ...]:
    """What the one answer of an epoch shares. A panel's answers are shared with nobody but those who decide."""
    process = followed.process
    for ask in followed.snapshot.asks:
        if ask.epoch != epoch or ask.state is not AskState.ANSWERED or ask.task:
            continue
        if not process.has_step(ask.step) or process.step(ask.step).panel > 1:
            continue
        step, answer = process.step(ask.step), ask.answer or {}
        names = any(q.kind is QuestionKind.PERSON and q.key in answer for q in step.questions)
        people = deps.store.people() if names else ()
        return tuple(shared(step, process, answer, lang, people))
    return ()
