"""The page that a mailed link leads to, by what the link is worth: the ask, or why there is nothing more to do.

Decides only what each of them shows to whom; stores nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType

from chalice.app import Response

from chalicelib import wiring
from chalicelib.domain.form import FieldError
from chalicelib.domain.links import Answered, Expired, Lapsed, OpenAsk, Passed, Verdict
from chalicelib.domain.process import Lang, QuestionKind, Step
from chalicelib.domain.rows import AskRow, AskState, CaseRow, PersonRow, Snapshot
from chalicelib.domain.summary import Summary
from chalicelib.domain.take_back import counts_for_nothing, may_take_back
from chalicelib.handlers.ask_page import ask_page, draft_of
from chalicelib.handlers.code_page import carried, code_page
from chalicelib.handlers.http import Fault, Visit, page
from chalicelib.handlers.read_first import Pairs, described, summary_of, title_as_shown
from chalicelib.services.deps import Deps


def show(
    visit: Visit,
    token: str,
    verdict: Verdict,
    typed: Mapping[str, str] = MappingProxyType({}),
    set_cookie: str | None = None,
) -> Response:
    """The page of a link by what it is worth at this moment. What somebody has `typed` of an answer is not stored, and not lost:
    it is in the form again, or goes along, or is shown beside the reason why it came too late."""
    if isinstance(verdict, OpenAsk):
        if verdict.needs_code:
            return code_page(visit, token, verdict, typed)
        return ask_page(visit, token, verdict, typed, set_cookie=set_cookie)
    if isinstance(verdict, Answered):
        return answered_page(visit, token, verdict.ask, may_read=verdict.may_read)
    if isinstance(verdict, Passed):
        return passed_page(
            visit, verdict.case, verdict.ask, verdict.ask.state, HTTPStatus.GONE, typed=typed
        )
    if isinstance(verdict, Lapsed):
        deps = wiring.deps()
        lang = language_of(deps, visit, verdict.ask)
        return page(
            visit,
            "closed_ask",
            status=HTTPStatus.GONE,
            lang=lang,
            ref=verdict.case.ref,
            step_name=verdict.step.name.in_(lang),
            decided_at=_left_at(deps, verdict.ask),
            not_saved=_not_saved(deps, verdict.case, verdict.ask, typed, lang),
        )
    if isinstance(verdict, Expired):
        return expired_page(visit, token, verdict, typed, sent=False)
    raise Fault(HTTPStatus.NOT_FOUND, "unknown_link")


def _left_at(deps: Deps, ask: AskRow) -> datetime | None:
    """When the case left the step of an ask: when it entered the next one, by its record. None for a task, which has no step."""
    if ask.task:
        return None
    following = str(ask.epoch + 1)
    for event in deps.store.events(ask.case_id):
        for fact in event.facts:
            if fact.kind == "StepEntered" and fact.data.get("epoch") == following:
                return event.at
    return None


def answered_page(
    visit: Visit,
    token: str,
    ask: AskRow,
    may_read: bool,
    just_now: bool = False,
    errors: tuple[FieldError, ...] = (),
    status: HTTPStatus = HTTPStatus.OK,
) -> Response:
    """The recorded answer, and as long as it has decided nothing the way to take it back. After that, of a panel also what all have
    answered so far, without names: who can still change their answer shall not do it by the others'. CONFLICT tells that it was too
    late to take it back."""
    deps = wiring.deps()
    snapshot = deps.store.snapshot(ask.case_id)
    if snapshot is None:
        raise LookupError(f"an ask of no case: {ask.case_id}")
    case = snapshot.case
    process = deps.process_of(case)
    step = process.step(ask.step)
    lang = language_of(deps, visit, ask)
    people = deps.store.people() if step.question_of(QuestionKind.PERSON) else ()
    now = deps.clock.now()
    open_still = may_read and may_take_back(step, snapshot, ask, now)
    return page(
        visit,
        "answered",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else status,
        lang=lang,
        token=token,
        ref=case.ref,
        step_name=step.name.in_(lang),
        idea_title=title_as_shown(deps, case) if may_read else "",
        at=ask.answered_at,
        draft=draft_of(deps, ask),
        just_now=just_now,
        mailed=not ask.task,
        mine=may_read,
        answer=described(process, ask, ask.answer, lang, people) if may_read else (),
        result=_so_far(snapshot, step, ask) if may_read and not open_still else None,
        open_still=open_still,
        often=may_read and not open_still and counts_for_nothing(step, snapshot, ask, now),
        too_late=status is HTTPStatus.CONFLICT,
        errors=errors if open_still else (),
    )


def _so_far(
    snapshot: Snapshot | None, step: Step, ask: AskRow
) -> tuple[Summary, tuple[str, ...]] | None:
    """What a panel has answered so far, for one of those who have."""
    if snapshot is None or step.panel == 1:
        return None
    return summary_of(step, (a for a in snapshot.asks if a.epoch == ask.epoch and not a.task))


def passed_page(
    visit: Visit,
    case: CaseRow,
    ask: AskRow,
    state: AskState,
    status: HTTPStatus = HTTPStatus.OK,
    replaced: bool | None = None,
    to: str | None = None,
    typed: Mapping[str, str] = MappingProxyType({}),
) -> Response:
    """The ask is somebody else's now. `replaced` and `to` are known when it has just become so; afterwards the link tells no more of
    the idea than its number."""
    deps = wiring.deps()
    just_now = status is HTTPStatus.OK
    lang = language_of(deps, visit, ask)
    return page(
        visit,
        "passed",
        status=status,
        lang=lang,
        ref=case.ref,
        step_name=deps.process_of(case).step(ask.step).name.in_(lang),
        idea_title=title_as_shown(deps, case) if just_now else "",
        state=state.value,
        replaced=replaced,
        to=to,
        draft=draft_of(deps, ask),
        just_now=just_now,
        not_saved=_not_saved(deps, case, ask, typed, lang),
    )


def expired_page(
    visit: Visit, token: str, verdict: Expired, typed: Mapping[str, str], sent: bool
) -> Response:
    """A link that is too old, and the way to a fresh one; or, with `sent`, that one is on its way."""
    deps = wiring.deps()
    lang = visit.in_language_of(verdict.person.lang)
    return page(
        visit,
        "expired",
        status=HTTPStatus.OK if sent else HTTPStatus.GONE,
        lang=lang,
        can_renew=True,
        token=token,
        sent=sent,
        carried=carried(typed),
        not_saved=_not_saved(deps, verdict.case, verdict.ask, typed, lang),
    )


def _not_saved(
    deps: Deps, case: CaseRow, ask: AskRow, typed: Mapping[str, str], lang: Lang
) -> Pairs:
    """What somebody had typed when the ask or its link came to its end, in words: theirs to copy."""
    if not typed:
        return ()
    return described(deps.process_of(case), ask, typed, lang, deps.store.people())


def language_of(deps: Deps, visit: Visit, ask: AskRow) -> Lang:
    """The reader's choice, or the language of the person who was asked, as on the page of the ask."""
    person = deps.store.get(PersonRow, ask.person)
    return visit.in_language_of(person.lang) if person is not None else visit.lang
