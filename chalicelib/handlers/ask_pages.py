"""The pages that a mailed link leads to: what is asked and all that belongs to it, or why there is nothing more to do.

Decides only what each of them shows to whom; stores nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from http import HTTPStatus
from types import MappingProxyType

from chalice.app import Response

from chalicelib import wiring
from chalicelib.domain.answers import describe, people_to_choose
from chalicelib.domain.form import FieldError
from chalicelib.domain.handover import colleagues
from chalicelib.domain.held import JUDGING
from chalicelib.domain.likely_names import likely_names
from chalicelib.domain.links import Answered, Expired, Lapsed, OpenAsk, Passed, Verdict
from chalicelib.domain.news import OTHER_CALLS
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Lang, Process, QuestionKind, Shows, Step
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    MaskedRow,
    PersonRow,
    QuestionRow,
    QuestionState,
    Snapshot,
    TextRow,
)
from chalicelib.domain.summary import Summary, summarise, worth_a_talk
from chalicelib.domain.take_back import may_take_back
from chalicelib.handlers.code_page import carried, code_page, typed_so_far
from chalicelib.handlers.http import Fault, Visit, page
from chalicelib.services.change_hands import LONGEST_REASON, SHORTEST_REASON
from chalicelib.services.deps import Deps
from chalicelib.services.mask_more import TICKED, WRITTEN, mask_unscreened
from chalicelib.services.question_giver import LONGEST_QUESTION, SHORTEST_QUESTION

Pairs = tuple[tuple[str, str], ...]

STILL_ASKED = (AskState.OPEN, AskState.ANSWERED, AskState.LAPSED)
"""An ask in another state is now somebody else's, and is counted as theirs."""

SECTIONS = {
    "jav": ("jav",),
    "handover": ("handover_to", "handover_note"),
    "question": ("question",),
    "reminders": ("reminders", "word"),
}
"""The folded sections of the page of an ask, each a form of its own, and their fields."""

LIMITS = {
    "jav": (SHORTEST_REASON, LONGEST_REASON),
    "handover_note": (SHORTEST_REASON, LONGEST_REASON),
    "question": (SHORTEST_QUESTION, LONGEST_QUESTION),
}


def draft_of(deps: Deps, ask: AskRow) -> str:
    """By what the reader's own device knows a half-written answer to this ask: the same by every link to it, and no way to one."""
    about = f"{ask.case_id}:{ask.epoch}:{ask.person}:{ask.task}"
    return deps.secrets.keyed_hash("draft", about)[:32]


def answer_in(given: Mapping[str, str]) -> dict[str, str]:
    """What was written of the answer itself, when something else was sent from its page."""
    others = {field for fields in SECTIONS.values() for field in fields}
    return {name: text for name, text in typed_so_far(given).items() if name not in others}


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


def ask_page(
    visit: Visit,
    token: str,
    link: OpenAsk,
    values: Mapping[str, str] = MappingProxyType({}),
    errors: tuple[FieldError, ...] = (),
    set_cookie: str | None = None,
    taken_back: bool = False,
) -> Response:
    """What is asked, with what was typed and what is wrong with it. An error of a field that the page does not have is left out:
    somebody made that request without the page."""
    deps = wiring.deps()
    lang = visit.in_language_of(link.person.lang)
    given = deps.circumstances(link.case)
    step, process = link.step, link.process
    asked = [ask for ask in link.snapshot.current_asks() if ask.state in STILL_ASKED]
    unmasked = link.proven and step.shows is not Shows.MASKED
    contact = deps.store.get(ContactRow, link.case.case_id) if unmasked else None
    questioned = _questioned(deps, link.case, unmasked)
    waiting = next((row for row in questioned if row.state is QuestionState.OPEN), None)
    sections = _sections(deps, link, given, lang)
    on_page = {question.key for question in step.questions}
    if step.masks_names:
        on_page.add(WRITTEN)
    on_page.update(*(SECTIONS[name] for name, there in sections.items() if there))
    shown = tuple(error for error in errors if error.field in on_page)
    return page(
        visit,
        "ask",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if shown else HTTPStatus.OK,
        lang=lang,
        set_cookie=set_cookie,
        token=token,
        ref=link.case.ref,
        step_name=step.name.in_(lang),
        role_name=process.role(link.ask.role).name.in_(lang),
        deadline=link.ask.deadline,
        overdue=deps.clock.now() > link.ask.deadline,
        task=_why_called(link),
        lost_mail=_lost_mail(link, lang),
        bounced=link.case.bounced,
        held=link.case.held if link.case.is_held else None,
        stands_in=process.step(link.case.step).name.in_(lang),
        paused=link.case.paused_at is not None,
        handed_by=_name(given.people, link.ask.delegated_by),
        handed_note=_handed_note(deps, link, unmasked),
        answered=sum(ask.state is AskState.ANSWERED for ask in asked),
        panel=0 if link.ask.task else len(asked),
        quorum=step.needed(min(len(asked), step.panel)),
        idea=_idea(deps, link.case, lang, unmasked),
        unmasked=unmasked,
        contact=(contact.name, contact.email, contact.phone)
        if contact and not contact.erased
        else None,
        can_unmask=step.shows is Shows.UNMASKABLE and not link.proven,
        questioned=questioned,
        waiting=waiting,
        earlier=_earlier(link, given.people, lang),
        result=_result(link),
        questions=step.questions,
        closing_codes=process.closing_codes,
        choices=_people_to_choose(deps, step, given.people, lang),
        outcome=step.outcome,
        masks_names=step.masks_names,
        likely=_likely(deps, link.case, values or {}) if step.masks_names else [],
        sections=sections,
        section_fields=SECTIONS,
        limits=LIMITS,
        weekly=link.person.weekly,
        taken_back=taken_back,
        draft=draft_of(deps, link.ask),
        last=link.ask.task != "" or step.needed(min(len(asked), step.panel)) < 2,
        values=values,
        errors=shown,
    )


def _why_called(link: OpenAsk) -> str:
    """Why a task is there, for the idea is held or somebody must be phoned: `question` as long as one waits, whatever it was made for;
    empty for what is no task."""
    if not link.ask.task:
        return ""
    return "question" if link.case.paused_at is not None else link.ask.note or "silence"


def _lost_mail(link: OpenAsk, lang: Lang) -> str:
    """What the mail was about that a phone task is to tell of, in words; empty for any other ask."""
    why = _why_called(link)
    if link.case.is_held or why in ("", *OTHER_CALLS):
        return ""
    return PURPOSES[why].in_(lang)


def _sections(
    deps: Deps, link: OpenAsk, given: Circumstances, lang: Lang
) -> dict[str, bool | list[tuple[str, str, str]]]:
    """Which sections the page has; that of handing over with those to whom it may be handed."""
    task = bool(link.ask.task)
    others = colleagues(given, link.snapshot, link.step, link.ask)
    return {
        "question": not task and link.case.paused_at is None and not link.case.given_up,
        "jav": link.step.jav and not task,
        "handover": _as_options(deps, others, lang),
        "reminders": True,
    }


def _as_options(deps: Deps, people: Iterable[PersonRow], lang: Lang) -> list[tuple[str, str, str]]:
    """People as what may be chosen: id, name, and where they work, by its name in the form when it has one."""
    options = []
    for person in people:
        named = deps.form.labelled({"unit_own": person.unit}, lang)
        options.append((person.person_id, person.name, named[0][1] if named else person.unit))
    return options


def _people_to_choose(
    deps: Deps, step: Step, people: Iterable[PersonRow], lang: Lang
) -> dict[str, list[tuple[str, str, str]]]:
    """For each question that asks for somebody, whom one may choose."""
    everybody = tuple(people)
    return {
        question.key: _as_options(deps, people_to_choose(question, everybody), lang)
        for question in step.questions
        if question.kind is QuestionKind.PERSON
    }


def _name(people: Iterable[PersonRow], person_id: str | None) -> str | None:
    return next((person.name for person in people if person.person_id == person_id), None)


def _handed_note(deps: Deps, link: OpenAsk, unmasked: bool) -> str | None:
    """What the colleague wrote on handing the ask over: masked for those who see the masked idea, since a colleague may have seen
    more than they."""
    if link.ask.delegated_by is None:
        return None
    handed = link.snapshot.ask(link.ask.epoch, link.ask.delegated_by, link.ask.task)
    if handed is None or not handed.note:
        return None
    return handed.note if unmasked else mask_unscreened(deps, link.case, handed.note)


def _idea(deps: Deps, case: CaseRow, lang: Lang, unmasked: bool) -> list[tuple[str, str]]:
    row: TextRow | MaskedRow | None
    if unmasked:
        row = deps.store.get(TextRow, case.case_id, case.text_version)
    else:
        row = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    if row is None:
        raise LookupError(f"case {case.case_id} lacks the text that its row names")
    return deps.form.labelled(row.fields, lang)


def _likely(deps: Deps, case: CaseRow, values: Mapping[str, str]) -> list[tuple[str, str, bool]]:
    """The likely names in the masked text, each with its field and whether it was ticked."""
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    ticked = {value for key, value in values.items() if key.startswith(TICKED)}
    names = likely_names(masked.fields) if masked is not None else ()
    return [(f"{TICKED}{at}", name, name in ticked) for at, name in enumerate(names, start=1)]


def _questioned(deps: Deps, case: CaseRow, unmasked: bool) -> list[QuestionRow]:
    """What the idea-giver was asked and answered, in order; both masked for those who see the masked idea."""
    found = (
        deps.store.get(QuestionRow, case.case_id, number) for number in range(1, case.questions + 1)
    )
    rows = [row for row in found if row is not None]
    return rows if unmasked else [_masked_question(deps, case, row) for row in rows]


def _masked_question(deps: Deps, case: CaseRow, row: QuestionRow) -> QuestionRow:
    """A question as those may read it who see the masked idea: whoever asked may have seen more than they."""
    return replace(row, text=mask_unscreened(deps, case, row.text), answer=row.masked)


def _sees_earlier(link: OpenAsk) -> bool:
    """Whether the page shows what was answered before: where the step does so, and to whoever has unmasked the idea."""
    if link.step.shows is Shows.UNMASKABLE:
        return link.proven
    return link.step.shows_earlier


def _earlier(link: OpenAsk, people: tuple[PersonRow, ...], lang: Lang) -> list[tuple[str, Pairs]]:
    """What one person alone has answered before, in order; a panel's answers are a summary. A call that answered a question stands
    with the question."""
    if not _sees_earlier(link):
        return []
    process = link.process
    before = [
        ask
        for ask in link.snapshot.asks
        if ask.state is AskState.ANSWERED
        and process.has_step(ask.step)
        and process.step(ask.step).panel == 1
        and (ask.epoch < link.ask.epoch or ask.task)
        and ask.note != "question"
        and ask.step != JUDGING
    ]
    return [
        (process.step(ask.step).name.in_(lang), described(process, ask, ask.answer, lang, people))
        for ask in sorted(before, key=lambda ask: (ask.epoch, ask.answered_at or ask.opened_at))
    ]


def _result(link: OpenAsk) -> tuple[Summary, tuple[str, ...]] | None:
    """The answers of the latest panel before this step, and why they are worth a talk."""
    process = link.process
    panels = [
        ask
        for ask in link.snapshot.asks
        if process.has_step(ask.step)
        and process.step(ask.step).panel > 1
        and ask.epoch < link.ask.epoch
    ]
    if not panels or not _sees_earlier(link):
        return None
    epoch = max(ask.epoch for ask in panels)
    step = process.step(next(ask.step for ask in panels if ask.epoch == epoch))
    return _summary(step, [ask for ask in panels if ask.epoch == epoch])


def _summary(step: Step, asks: Iterable[AskRow]) -> tuple[Summary, tuple[str, ...]]:
    still = [ask for ask in asks if ask.state in STILL_ASKED]
    answers = [ask.answer for ask in still if ask.answer is not None]
    return summarise(step, answers, asked=len(still)), worth_a_talk(step, answers)


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
    typed: str = "",
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
    open_still = may_read and may_take_back(step, snapshot, ask, deps.clock.now())
    return page(
        visit,
        "answered",
        status=HTTPStatus.UNPROCESSABLE_ENTITY if errors else status,
        lang=lang,
        token=token,
        ref=case.ref,
        step_name=step.name.in_(lang),
        at=ask.answered_at,
        draft=draft_of(deps, ask),
        just_now=just_now,
        mailed=not ask.task,
        mine=may_read,
        answer=described(process, ask, ask.answer, lang, people) if may_read else (),
        result=_so_far(snapshot, step, ask) if may_read and not open_still else None,
        open_still=open_still,
        too_late=status is HTTPStatus.CONFLICT,
        errors=errors if open_still else (),
        values={"word": typed},
    )


def _so_far(
    snapshot: Snapshot | None, step: Step, ask: AskRow
) -> tuple[Summary, tuple[str, ...]] | None:
    """What a panel has answered so far, for one of those who have."""
    if snapshot is None or step.panel == 1:
        return None
    return _summary(step, (a for a in snapshot.asks if a.epoch == ask.epoch and not a.task))


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
    """The ask is somebody else's now. `replaced` and `to` are known when it has just become so."""
    deps = wiring.deps()
    process = deps.process_of(case)
    lang = language_of(deps, visit, ask)
    return page(
        visit,
        "passed",
        status=status,
        lang=lang,
        ref=case.ref,
        step_name=process.step(ask.step).name.in_(lang),
        state=state.value,
        coordinator=process.role(process.coordinator).name.in_(lang),
        replaced=replaced,
        to=to,
        draft=draft_of(deps, ask),
        just_now=status is HTTPStatus.OK,
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


def described(
    process: Process,
    ask: AskRow,
    answer: Mapping[str, str] | None,
    lang: Lang,
    people: Iterable[PersonRow] = (),
) -> Pairs:
    """An answer to an ask in words, by the case's own process."""
    return describe(process.step(ask.step), process, answer or {}, lang, people)
