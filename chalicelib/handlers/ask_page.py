"""The page of an open ask: what is asked, what may be done besides answering, and what was typed so far.

What its reader reads first is in `read_first`. Stores nothing and sends nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from types import MappingProxyType

from chalice.app import Response

from chalicelib import wiring
from chalicelib.domain.answers import people_to_choose
from chalicelib.domain.form import FieldError
from chalicelib.domain.handover import colleagues
from chalicelib.domain.links import OpenAsk
from chalicelib.domain.news import OTHER_CALLS
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Lang, QuestionKind, Shows, Step
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    MaskedRow,
    PersonRow,
    QuestionState,
)
from chalicelib.domain.said_of_names import NO_NAME, OF_A_NAME, WRITTEN, fields_of_names
from chalicelib.handlers.code_page import typed_so_far
from chalicelib.handlers.http import Visit, page
from chalicelib.handlers.read_first import (
    STILL_ASKED,
    answered_earlier,
    idea_as_shown,
    note_of_colleague,
    questions_to_giver,
    result_before,
    written_earlier,
)
from chalicelib.services.change_hands import LONGEST_REASON, SHORTEST_REASON
from chalicelib.services.deps import Deps
from chalicelib.services.question_giver import LONGEST_QUESTION, SHORTEST_QUESTION

SECTIONS = {
    "jav": ("jav",),
    "handover": ("handover_to", "handover_note"),
    "question": ("question",),
    "reminders": ("reminders",),
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
    answered = sum(ask.state is AskState.ANSWERED for ask in asked)
    quorum = step.needed(min(len(asked), step.panel))
    unmasked = link.proven and step.shows is not Shows.MASKED
    contact = deps.store.get(ContactRow, link.case.case_id) if unmasked else None
    questioned = questions_to_giver(deps, link.case, unmasked)
    waiting = next((row for row in questioned if row.state is QuestionState.OPEN), None)
    sections = _sections(deps, link, given, lang)
    on_page = {question.key for question in step.questions}
    names = _names(deps, link.case, values) if step.masks_names else []
    if step.masks_names:
        on_page.update((WRITTEN, *(field for field, _, _ in names)))
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
        to_do=step.to_do.in_(lang) if step.to_do else None,
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
        handed_note=note_of_colleague(deps, link, unmasked),
        answered=answered,
        panel=0 if link.ask.task else len(asked),
        quorum=quorum,
        idea=idea_as_shown(deps, link.case, lang, unmasked),
        unmasked=unmasked,
        contact=(contact.name, contact.email, contact.phone)
        if contact and not contact.erased
        else None,
        can_unmask=step.shows is Shows.UNMASKABLE and not link.proven,
        questioned=questioned,
        waiting=waiting,
        earlier=answered_earlier(link, given.people, lang),
        written=written_earlier(deps, link, lang),
        before=step.before.in_(lang) if step.before else "",
        result=result_before(link),
        decides=step.shows is Shows.RESULT,
        questions=step.questions,
        closing_codes=process.closing_codes,
        choices=_people_to_choose(deps, step, given.people, lang),
        outcome=step.outcome,
        masks_names=step.masks_names,
        names=names,
        no_name=NO_NAME,
        sections=sections,
        section_fields=SECTIONS,
        limits=LIMITS,
        weekly=link.person.weekly,
        taken_back=taken_back,
        draft=draft_of(deps, link.ask),
        last=link.ask.task != "" or answered + 1 >= quorum,
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


def _names(deps: Deps, case: CaseRow, values: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """The likely names in the masked text, each with its field and what was chosen of it, wherever it stood on the page then."""
    masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
    chosen = {value for key, value in values.items() if key.startswith(OF_A_NAME)}
    fields = fields_of_names(masked.fields) if masked is not None else {}
    return [
        (field, name, next((said for said in (name, NO_NAME + name) if said in chosen), ""))
        for field, name in fields.items()
    ]
