"""One sample of every page behind a mailed link, in every state that looks different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chalicelib.config import Config
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.held import JUDGING, with_own_steps
from chalicelib.domain.process import Lang, Process, QuestionKind, Shows, Step, StepKind
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.summary import Criterion, Summary, Tally
from chalicelib.domain.suspicion import Suspicion
from chalicelib.handlers.ask_pages import LIMITS, SECTIONS
from tests.samples import (
    ANSWERED,
    CARRIED,
    CONTACT,
    DEADLINE,
    LATER,
    NOTE,
    QUESTION,
    REASON,
    REF,
    TOKEN,
    UNANSWERED,
    WAITING,
    PageSample,
    answer_in_words,
    idea_in_words,
)

COLLEAGUES = [("maria", "Maria Lindqvist", "Vård och omsorg"), ("jonas", "Jonas Berg", "Teknik")]
SECTIONS_OF_ASK = {"question": True, "jav": True, "handover": COLLEAGUES, "reminders": True}
SECTION_FAULTS = {
    "question": (FieldError("question", Problem.TOO_SHORT, limit=10, actual=4),),
    "jav": (FieldError("jav", Problem.TOO_SHORT, limit=5, actual=3),),
    "handover": (
        FieldError("handover_to", Problem.MISSING),
        FieldError("handover_note", Problem.MISSING),
    ),
    "reminders": (
        FieldError("reminders", Problem.MISSING),
        FieldError("word", Problem.NOT_TYPED),
    ),
}


def ask_samples(config: Config, lang: Lang) -> Iterator[PageSample]:
    for step in config.process.steps:
        if step.kind is StepKind.ASK:
            yield PageSample("ask", step.key, _ask(config, step, lang), root="../", here=TOKEN)
    first = next(step for step in config.process.steps if step.kind is StepKind.ASK)
    yield PageSample(
        "ask",
        "unmasked",
        {
            **_ask(config, first, lang),
            "unmasked": True,
            "can_unmask": False,
            "overdue": True,
            "contact": CONTACT,
        },
        root="../",
        here=TOKEN,
    )
    for step in config.process.steps:
        if step.panel > 1 or step.shows is Shows.RESULT:
            yield PageSample(
                "ask",
                f"{step.key}_errors",
                {**_ask(config, step, lang), **_answered_wrongly(step)},
                root="../",
                here=None,
            )
    yield from _ask_states(config, first, lang)
    panel = next(step for step in config.process.steps if step.panel > 1)
    again = {**_ask(config, panel, lang), "taken_back": True}
    yield PageSample("ask", "taken_back", again, root="../../", here=None)
    step_name = first.name.in_(lang)
    yield from _code_samples({"token": TOKEN, "ref": REF, "step_name": step_name})
    answered = {
        "ref": REF,
        "step_name": step_name,
        "at": LATER,
        "mine": True,
        "answer": answer_in_words(first, lang),
        "result": None,
        "token": TOKEN,
        "mailed": True,
        "just_now": False,
        "open_still": False,
        "draft": "0" * 32,
        "too_late": False,
        "errors": (),
        "values": {},
    }
    yield PageSample(
        "answered", "task", {**answered, "just_now": True, "mailed": False}, "../", None
    )
    still = {**answered, "open_still": True}
    yield PageSample("answered", "open", {**still, "just_now": True}, "../", None)
    wrong = {"errors": (FieldError("word", Problem.NOT_TYPED),), "values": {"word": "ja"}}
    yield PageSample("answered", "not_typed", {**still, **wrong}, "../../", None)
    yield PageSample("answered", "too_late", {**answered, "too_late": True}, "../../", None)
    yield PageSample("answered", "now", {**answered, "just_now": True}, "../", None)
    yield PageSample("answered", "before", {**answered, "just_now": False}, "../", TOKEN)
    hidden = {"just_now": False, "mine": False, "answer": ()}
    yield PageSample("answered", "hidden", {**answered, **hidden}, "../", TOKEN)
    yield PageSample(
        "other_answer",
        "",
        {
            "ref": REF,
            "step_name": step_name,
            "at": LATER,
            "answer": answer_in_words(first, lang),
            "values_answer": answer_in_words(first, lang)[::-1],
        },
        "../",
        None,
    )
    so_far = {"just_now": True, "result": (_summary(config.process), ("spread", "tie"))}
    yield PageSample("answered", "panel", {**answered, **so_far}, "../", None)
    first_of_panel = replace(_summary(config.process), answered=1)
    so_far = {"just_now": True, "result": (first_of_panel, ())}
    yield PageSample("answered", "first_of_panel", {**answered, **so_far}, "../", None)
    yield from _passed_samples({"ref": REF, "step_name": step_name})
    written = answer_in_words(first, lang)
    closed = {"ref": REF, "step_name": step_name, "decided_at": LATER, "not_saved": ()}
    yield PageSample("closed_ask", "known", closed, "../", TOKEN)
    yield PageSample("closed_ask", "unknown", {**closed, "decided_at": None}, "../", TOKEN)
    yield PageSample("closed_ask", "too_late", {**closed, "not_saved": written}, "../", None)
    expired = {"can_renew": True, "token": TOKEN, "sent": False, "carried": [], "not_saved": ()}
    along = {"carried": CARRIED, "not_saved": written}
    yield PageSample("expired", "renewable", expired, "../", TOKEN)
    yield PageSample("expired", "dead", {**expired, "can_renew": False}, "../", TOKEN)
    yield PageSample("expired", "sent", {**expired, "sent": True}, "../../", None)
    yield PageSample("expired", "too_late", {**expired, **along}, "../", None)
    yield PageSample("expired", "sent_too_late", {**expired, **along, "sent": True}, "../../", None)


def _code_samples(about: Mapping[str, object]) -> Iterator[PageSample]:
    code = {
        **about,
        "sent": False,
        "until": None,
        "until_today": False,
        "wait_for": None,
        "minutes": 10,
        "masked_address": "k•••@example.com",
        "errors": (),
        "reason": "decide",
        "carried": [],
    }
    yield PageSample("code", "before", code, root="../", here=TOKEN)
    yield PageSample("code", "writing", {**code, "carried": CARRIED}, root="../", here=None)
    yield PageSample("code", "sent", {**code, "sent": True, "reason": "unmask"}, "../../", None)
    for left in (4, 1):
        wrong = (FieldError("code", Problem.WRONG_CODE, limit=left),)
        along = {"errors": wrong, "carried": CARRIED}
        yield PageSample("code", f"wrong_{left}", {**code, **along}, "../../", None)
    soon = {"until": LATER, "until_today": True}
    spent = {"errors": (FieldError("code", Problem.WRONG_CODE, limit=0),), "wait_for": "tries"}
    yield PageSample("code", "wrong_0", {**code, **soon, **spent}, "../../", None)
    yield PageSample("code", "no_tries", {**code, **soon, "wait_for": "tries"}, "../../", None)
    yield PageSample("code", "no_codes", {**code, **soon, "wait_for": "codes"}, "../../", None)
    tomorrow = {"until": LATER, "wait_for": "codes"}
    yield PageSample("code", "no_codes_today", {**code, **tomorrow}, "../../", None)


def _passed_samples(about: Mapping[str, object]) -> Iterator[PageSample]:
    """An ask that is now somebody else's, and the pages that answer the other sections."""
    passed = {**about, "coordinator": "Idélotsen", "replaced": None, "to": None, "just_now": True}
    passed |= {"not_saved": (), "draft": "0" * 32}
    recused = {**passed, "state": "recused"}
    yield PageSample("passed", "recused_now", {**recused, "replaced": True}, "../../", None)
    yield PageSample("passed", "recused_alone", {**recused, "replaced": False}, "../../", None)
    yield PageSample("passed", "recused", {**recused, "just_now": False}, "../", TOKEN)
    delegated = {**passed, "state": "delegated", "to": "Maria Lindqvist"}
    yield PageSample("passed", "delegated_now", delegated, "../../", None)
    before = {"to": None, "just_now": False}
    yield PageSample("passed", "delegated", {**delegated, **before}, "../", TOKEN)
    yield PageSample("passed", "moved", {**delegated, **before, "state": "moved"}, "../", TOKEN)
    asked = {**about, "token": TOKEN, "question": QUESTION, "sent": True, "has_email": True}
    asked["carried"] = []
    yield PageSample("questioned", "sent", asked, "../../", None)
    yield PageSample("questioned", "writing", {**asked, "carried": CARRIED}, "../../", None)
    yield PageSample("questioned", "phone", {**asked, "has_email": False}, "../../", None)
    yield PageSample("questioned", "another_waits", {**asked, "sent": False}, "../../", None)
    chosen = {**about, "token": TOKEN}
    yield PageSample("reminders", "weekly", {**chosen, "weekly": True}, "../../", None)
    yield PageSample("reminders", "single", {**chosen, "weekly": False}, "../../", None)


def _ask_states(config: Config, step: Step, lang: Lang) -> Iterator[PageSample]:
    """The states of an ask that belong to no one step: what somebody may do besides answering, and what waits."""
    ask = _ask(config, step, lang)
    panel = next(step for step in config.process.steps if step.panel > 1)
    questioned = {"questioned": (UNANSWERED, WAITING), "waiting": WAITING, "paused": True}
    no_question = {**SECTIONS_OF_ASK, "question": False}
    yield PageSample(
        "ask",
        "question_waits",
        {**_ask(config, panel, lang), **questioned, "sections": no_question, "weekly": True},
        root="../",
        here=TOKEN,
    )
    alone = {"sections": {**SECTIONS_OF_ASK, "handover": [], "jav": False}}
    handed = {"handed_by": "Maria Lindqvist", "handed_note": NOTE}
    yield PageSample("ask", "handed_over", {**ask, **handed, **alone}, root="../", here=TOKEN)
    call = config.process.step(config.process.call)
    silence = {"task": "silence", "paused": False, "waiting": None, "questioned": ()}
    yield PageSample(
        "ask", "call_silence", {**_ask(config, call, lang), **silence}, root="../", here=TOKEN
    )
    bounced = {**_ask(config, call, lang), **silence, "bounced": True}
    yield PageSample("ask", "call_bounced", bounced, root="../", here=TOKEN)
    lost = {**bounced, "task": "outcome", "lost_mail": PURPOSES["outcome"].in_(lang)}
    yield PageSample("ask", "call_lost_mail", lost, root="../", here=TOKEN)
    no_number = {**lost, "contact": (*CONTACT[:2], None)}
    yield PageSample("ask", "call_no_number", no_number, root="../", here=TOKEN)
    question = {**_ask(config, call, lang), "bounced": True}
    yield PageSample("ask", "call_question_bounced", question, root="../", here=TOKEN)
    judging = with_own_steps(config.process).step(JUDGING)
    alone = {"sections": {**SECTIONS_OF_ASK, "handover": [], "jav": False, "question": False}}
    alone |= {"task": "crowd", "paused": False, "waiting": None, "questioned": (), "panel": 0}
    for why in Suspicion:
        held = {**_ask(config, judging, lang), **alone, "held": why}
        yield PageSample("ask", f"held_{why}", held, root="../", here=TOKEN)
    ticked = [("mask.1", "Annika", True), ("mask.2", "Björkvik", False)]
    too_long = (FieldError("mask_more", Problem.TOO_LONG, limit=500, actual=612),)
    named = {"likely": ticked, "values": {"mask_more": "Bettan"}, "errors": too_long}
    yield PageSample("ask", "ticked", {**ask, **named}, root="../", here=None)
    yield PageSample("ask", "no_names", {**ask, "likely": []}, root="../", here=TOKEN)
    for section, faults in SECTION_FAULTS.items():
        values = {"jav": "Nej", "question": "Vad?", "word": "2026"}
        yield PageSample(
            "ask",
            f"wrong_{section}",
            {**ask, "values": values, "errors": faults},
            root="../../",
            here=None,
        )
    wrong = tuple(
        FieldError(question.key, problem)
        for question in step.questions
        for problem in (Problem.NOT_AN_IDEA, Problem.MISSING)
        if question.kind
        is (QuestionKind.CASE if problem is Problem.NOT_AN_IDEA else QuestionKind.PERSON)
    )
    yield PageSample(
        "ask",
        "wrong_idea",
        {**ask, "values": {"same_as": "2026-XXXX"}, "errors": wrong},
        "../",
        None,
    )


def _ask(config: Config, step: Step, lang: Lang) -> dict[str, object]:
    whole = step.shows is Shows.WHOLE
    return {
        "token": TOKEN,
        "ref": REF,
        "step_name": step.name.in_(lang),
        "role_name": config.process.role(step.role).name.in_(lang),
        "deadline": DEADLINE,
        "overdue": False,
        "held": None,
        "task": "question" if step.task else "",
        "lost_mail": "",
        "bounced": False,
        "stands_in": config.process.steps[1].name.in_(lang),
        "paused": step.task,
        "handed_by": None,
        "handed_note": None,
        "answered": 1,
        "panel": step.panel,
        "quorum": step.quorum,
        "idea": idea_in_words(config, lang),
        "unmasked": whole,
        "contact": CONTACT if whole else None,
        "can_unmask": step.shows is Shows.UNMASKABLE,
        "questioned": (ANSWERED, *((WAITING,) if step.task else ())) if whole else (),
        "waiting": WAITING if step.task else None,
        "earlier": (("Prövning", (("Motivera kort", "Väl beskriven."),)),)
        if step.shows_earlier
        else (),
        "result": (_summary(config.process), ("spread",)) if step.shows_earlier else None,
        "questions": step.questions,
        "closing_codes": config.process.closing_codes,
        "choices": {
            question.key: COLLEAGUES
            for question in step.questions
            if question.kind is QuestionKind.PERSON
        },
        "outcome": step.outcome,
        "masks_names": step.masks_names,
        "likely": [("mask.1", "Annika", False), ("mask.2", "Björkvik", False)]
        if step.masks_names
        else [],
        "sections": {**SECTIONS_OF_ASK, "question": not step.task, "jav": step.jav},
        "section_fields": SECTIONS,
        "limits": LIMITS,
        "weekly": False,
        "taken_back": False,
        "draft": "0" * 32,
        "last": step.needed(step.panel) < 2,
        "values": {},
        "errors": (),
    }


def _answered_wrongly(step: Step) -> dict[str, object]:
    problems = {
        QuestionKind.SCORE: FieldError("", Problem.MISSING),
        QuestionKind.TEXT: FieldError("", Problem.TOO_SHORT, limit=20, actual=3),
        QuestionKind.DATE: FieldError("", Problem.NOT_A_DATE),
        QuestionKind.CHOICE: FieldError("", Problem.NOT_ALL_YES),
    }
    errors = tuple(
        FieldError(question.key, fault.problem, fault.limit, fault.actual)
        for question in step.questions[2:]
        if (fault := problems.get(question.kind))
    )
    values = {
        question.key: "4" if question.kind is QuestionKind.SCORE else "Nja"
        for question in step.questions
    }
    return {"errors": errors, "values": values}


def _summary(process: Process) -> Summary:
    panel = next(step for step in process.steps if step.panel > 1)
    scored = [question for question in panel.questions if question.kind is QuestionKind.SCORE]
    chosen = [question for question in panel.questions if question.kind is QuestionKind.CHOICE]
    written = [question for question in panel.questions if question.kind is QuestionKind.TEXT]
    scores = ((3, 4, 4), (2, 5), (), (4, 4, 5))
    return Summary(
        step_name=panel.name,
        asked=3,
        answered=3,
        criteria=tuple(
            Criterion(
                label=question.label,
                scores=given,
                cannot_judge=3 - len(given),
                low=min(given, default=None),
                high=max(given, default=None),
                mean=round(sum(given) / len(given), 1) if given else None,
                apart=bool(given) and max(given) - min(given) >= 2,
            )
            for question, given in zip(scored, scores, strict=False)
        ),
        tallies=tuple(
            Tally(
                question.label,
                tuple(
                    (option.label, count)
                    for option, count in zip(question.options, (2, 1, 0), strict=False)
                ),
            )
            for question in chosen
        ),
        motivations=tuple(
            (
                question.label,
                (REASON, "Behovet är tydligt, men jag saknar vem som ska fylla på väskorna."),
            )
            for question in written
        ),
        mean=3.9,
    )
