"""One sample of every page behind a mailed link, in every state that looks different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import cycle

from chalicelib.config import Config
from chalicelib.domain.answers import describe, read_answer
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.held import JUDGING, with_own_steps
from chalicelib.domain.process import Lang, Process, QuestionKind, Shows, Step, StepKind
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.said_of_names import NO_NAME
from chalicelib.domain.summary import Summary, summarise, worth_a_talk
from chalicelib.domain.suspicion import Suspicion
from chalicelib.handlers.ask_page import LIMITS, SECTIONS
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
    WRITTEN,
    PageSample,
    an_answer,
    answer_in_words,
    idea_in_words,
)

COLLEAGUES = [("maria", "Maria Lindqvist", "Vård och omsorg"), ("jonas", "Jonas Berg", "Teknik")]
TALKED = (
    "Nya vikarier står utan kort och skor det första passet, varje sommar.",
    "Femton till tjugo vikarier, och deras kunder",
)
UNDECIDED = "Idén löser ett verkligt problem, men vi måste prata om vem som fyller på väskorna."
SECTIONS_OF_ASK = {"question": True, "jav": True, "handover": COLLEAGUES, "reminders": True}
SECTION_FAULTS = {
    "question": (FieldError("question", Problem.TOO_SHORT, limit=10, actual=4),),
    "jav": (FieldError("jav", Problem.TOO_SHORT, limit=5, actual=3),),
    "handover": (
        FieldError("handover_to", Problem.MISSING),
        FieldError("handover_note", Problem.MISSING),
    ),
    "reminders": (FieldError("reminders", Problem.MISSING),),
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
                {**_ask(config, step, lang), **_answered_wrongly(config, step)},
                root="../",
                here=None,
            )
    yield from _ask_states(config, first, lang)
    panel = next(step for step in config.process.steps if step.panel > 1)
    nobody_yet = {**_ask(config, panel, lang), "answered": 0, "last": False}
    yield PageSample("ask", "first_of_panel", nobody_yet, root="../", here=TOKEN)
    again = {**_ask(config, panel, lang), "taken_back": True, "values": an_answer(panel)}
    yield PageSample("ask", "taken_back", again, root="../../", here=None)
    step_name = first.name.in_(lang)
    about = {"ref": REF, "step_name": step_name, "idea_title": WRITTEN["title"]}
    yield from _code_samples({"token": TOKEN, "ref": REF, "step_name": step_name})
    answered = {
        **about,
        "at": LATER,
        "mine": True,
        "answer": answer_in_words(config.process, first, lang),
        "result": None,
        "token": TOKEN,
        "mailed": True,
        "just_now": False,
        "open_still": False,
        "draft": "0" * 32,
        "too_late": False,
        "often": False,
        "errors": (),
    }
    yield PageSample(
        "answered", "task", {**answered, "just_now": True, "mailed": False}, "../", None
    )
    still = {**answered, "open_still": True}
    yield PageSample("answered", "open", {**still, "just_now": True}, "../", None)
    wrong = {"errors": (FieldError("word", Problem.MISSING),)}
    yield PageSample("answered", "not_chosen", {**still, **wrong}, "../../", None)
    yield PageSample("answered", "too_late", {**answered, "too_late": True}, "../../", None)
    often = {**answered, "often": True}
    yield PageSample("answered", "often", often, "../", TOKEN)
    yield PageSample("answered", "too_often", {**often, "too_late": True}, "../../", None)
    yield PageSample("answered", "now", {**answered, "just_now": True}, "../", None)
    yield PageSample("answered", "before", {**answered, "just_now": False}, "../", TOKEN)
    written = answer_in_words(config.process, first, lang)
    hidden = {"just_now": False, "mine": False, "answer": ()}
    yield PageSample("answered", "hidden", {**answered, **hidden, "idea_title": ""}, "../", TOKEN)
    yield PageSample(
        "other_answer",
        "",
        {
            **about,
            "at": LATER,
            "answer": answer_in_words(config.process, first, lang),
            "values_answer": (*written[:-1], (written[-1][0], UNDECIDED)),
        },
        "../",
        None,
    )
    of_panel = {
        **answered,
        "just_now": True,
        "step_name": panel.name.in_(lang),
        "answer": answer_in_words(config.process, panel, lang),
    }
    for state, given in (("panel", 2), ("first_of_panel", 1)):
        result = _result(panel, _panel_answers(panel)[:given])
        yield PageSample("answered", state, {**of_panel, "result": result}, "../", None)
    yield from _passed_samples(about)
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
    spent = {**code, **soon, "wait_for": "tries", "carried": CARRIED}
    yield PageSample("code", "no_tries", spent, "../../", None)
    yield PageSample("code", "no_codes", {**code, **soon, "wait_for": "codes"}, "../../", None)
    tomorrow = {"until": LATER, "wait_for": "codes"}
    yield PageSample("code", "no_codes_today", {**code, **tomorrow}, "../../", None)


def _passed_samples(about: Mapping[str, object]) -> Iterator[PageSample]:
    """An ask that is now somebody else's, and the pages that answer the other sections."""
    passed = {**about, "replaced": None, "to": None, "just_now": True}
    passed |= {"not_saved": (), "draft": "0" * 32}
    recused = {**passed, "state": "recused"}
    afterwards = {"to": None, "just_now": False, "idea_title": ""}
    yield PageSample("passed", "recused_now", {**recused, "replaced": True}, "../../", None)
    yield PageSample("passed", "recused_alone", {**recused, "replaced": False}, "../../", None)
    yield PageSample("passed", "recused", {**recused, **afterwards}, "../", TOKEN)
    delegated = {**passed, "state": "delegated", "to": "Maria Lindqvist"}
    yield PageSample("passed", "delegated_now", delegated, "../../", None)
    yield PageSample("passed", "delegated", {**delegated, **afterwards}, "../", TOKEN)
    yield PageSample("passed", "moved", {**delegated, **afterwards, "state": "moved"}, "../", TOKEN)
    asked = {
        **about,
        "token": TOKEN,
        "question": QUESTION,
        "sent": True,
        "carried": [],
        "enough": False,
    }
    asked |= {"has_email": True, "has_phone": True}
    yield PageSample("questioned", "sent", asked, "../../", None)
    yield PageSample("questioned", "writing", {**asked, "carried": CARRIED}, "../../", None)
    yield PageSample("questioned", "phone", {**asked, "has_email": False}, "../../", None)
    yield PageSample("questioned", "mail_alone", {**asked, "has_phone": False}, "../../", None)
    unreached = {**asked, "has_email": False, "has_phone": False}
    yield PageSample("questioned", "unreached", unreached, "../../", None)
    unsent = {**asked, "sent": False}
    yield PageSample("questioned", "another_waits", unsent, "../../", None)
    yield PageSample("questioned", "enough", {**unsent, "enough": True}, "../../", None)
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
    no_address = {"contact": (CONTACT[0], None, CONTACT[2])}
    yield PageSample(
        "ask",
        "call_silence",
        {**_ask(config, call, lang), **silence, **no_address},
        root="../",
        here=TOKEN,
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
    chosen = [("mask.1", "Annika", "Annika"), ("mask.2", "Björkvik", f"{NO_NAME}Björkvik")]
    too_long = (FieldError("mask_more", Problem.TOO_LONG, limit=500, actual=612),)
    named = {"names": chosen, "values": {"mask_more": ("Bettan, " * 77)[:612]}, "errors": too_long}
    yield PageSample("ask", "names_chosen", {**ask, **named}, root="../", here=None)
    yield PageSample("ask", "no_names", {**ask, "names": []}, root="../", here=TOKEN)
    left = {"errors": (FieldError("mask.2", Problem.NAME_NOT_SETTLED),)}
    left |= {"names": [chosen[0], ("mask.2", "Björkvik", "")], "values": {"mask.1": "Annika"}}
    yield PageSample("ask", "name_not_settled", {**ask, **left}, root="../", here=None)
    for section, faults in SECTION_FAULTS.items():
        values = {"jav": "Nej", "question": "Vad?"}
        yield PageSample(
            "ask",
            f"wrong_{section}",
            {**ask, "values": values, "errors": faults},
            root="../../",
            here=None,
        )
    wrongly = (
        ("idea", QuestionKind.CASE, Problem.NOT_AN_IDEA, "2026-XXXX"),
        ("person", QuestionKind.PERSON, Problem.MISSING, ""),
        ("date", QuestionKind.DATE, Problem.DATE_PAST, "2024-03-15"),
    )
    for state, kind, problem, typed in wrongly:
        (question,) = (question for question in step.questions if question.kind is kind)
        values = {str(step.outcome): min(question.only_for), question.key: typed}
        errors = (FieldError(question.key, problem),)
        wrong = {**ask, "values": values, "errors": errors}
        yield PageSample("ask", f"wrong_{state}", wrong, "../", None)


def _ask(config: Config, step: Step, lang: Lang) -> dict[str, object]:
    answered, whole = 1, step.shows in (Shows.WHOLE, Shows.RESULT)
    talked = (_named(config, "dialogue", lang), _talked(config, lang))
    return {
        "token": TOKEN,
        "ref": REF,
        "step_name": step.name.in_(lang),
        "to_do": step.to_do.in_(lang) if step.to_do else None,
        "role_name": config.process.role(step.role).name.in_(lang),
        "deadline": DEADLINE,
        "overdue": False,
        "held": None,
        "task": "question" if step.task else "",
        "lost_mail": "",
        "bounced": False,
        "stands_in": config.process.step("investigation").name.in_(lang),
        "paused": step.task,
        "handed_by": None,
        "handed_note": None,
        "answered": answered,
        "panel": step.panel,
        "quorum": step.quorum,
        "idea": idea_in_words(config, lang),
        "unmasked": whole,
        "contact": CONTACT if whole else None,
        "can_unmask": step.shows is Shows.UNMASKABLE,
        "questioned": (ANSWERED, *((WAITING,) if step.task else ())) if whole else (),
        "waiting": WAITING if step.task else None,
        "earlier": (
            (_named(config, "screening", lang), *_screened(config, lang)),
            *(((*talked, ()),) if step.key != "dialogue" else ()),
            *_decided_before(config, step, lang),
        )
        if step.shows_earlier
        else (),
        "written": (talked,) if step.reads else (),
        "before": step.before.in_(lang) if step.before else "",
        "decides": step.shows is Shows.RESULT,
        "result": _result(_panel(config.process), _panel_answers(_panel(config.process)))
        if step.shows_earlier
        else None,
        "questions": step.questions,
        "closing_codes": config.process.closing_codes,
        "choices": {
            question.key: COLLEAGUES
            for question in step.questions
            if question.kind is QuestionKind.PERSON
        },
        "outcome": step.outcome,
        "masks_names": step.masks_names,
        "names": [("mask.1", "Annika", ""), ("mask.2", "Björkvik", "")] if step.masks_names else [],
        "no_name": NO_NAME,
        "sections": {**SECTIONS_OF_ASK, "question": not step.task, "jav": step.jav},
        "section_fields": SECTIONS,
        "limits": LIMITS,
        "weekly": False,
        "taken_back": False,
        "draft": "0" * 32,
        "last": step.needed(step.panel) <= answered + 1,
        "values": {},
        "errors": (),
    }


def _named(config: Config, step: str, lang: Lang) -> str:
    return config.process.step(step).name.in_(lang)


def _talked(config: Config, lang: Lang) -> tuple[tuple[str, str], ...]:
    asked = config.process.step("dialogue").questions
    texts = [
        it.label.in_(lang) for it in asked if it.kind in (QuestionKind.TEXT, QuestionKind.LINE)
    ]
    return tuple(zip(texts, TALKED, strict=False))


def _screened(
    config: Config, lang: Lang
) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
    """What was written in the first reading, and what was chosen."""
    first = config.process.step("screening")
    said = describe(first, config.process, an_answer(first), lang)
    return tuple(pair for pair in said if pair[1] == REASON), said[:2]


def _decided_before(
    config: Config, step: Step, lang: Lang
) -> Iterator[tuple[str, tuple[tuple[str, str], ...], tuple[()]]]:
    """What was decided, for whoever carries it out."""
    for at, before in enumerate(config.process.steps):
        if before.shows is Shows.RESULT and step in config.process.steps[at + 1 :]:
            said = describe(before, config.process, an_answer(before), lang)
            yield _named(config, before.key, lang), said, ()


def _answered_wrongly(config: Config, step: Step) -> dict[str, object]:
    """Somebody chose the last outcome and wrote too little, or nothing, of all the rest: what the real check says of it."""
    chosen = step.question(step.outcome).options[-1].key if step.outcome else ""
    typed = {QuestionKind.TEXT: "Nja", QuestionKind.LINE: "Nja", QuestionKind.DATE: "Nja"}
    values = {question.key: typed.get(question.kind, "") for question in step.questions}
    if step.outcome:
        values[step.outcome] = chosen
    errors = read_answer(step, config.process.closing_codes, values, LATER.date())
    return {"errors": errors, "values": values}


def _panel(process: Process) -> Step:
    return next(step for step in process.steps if step.panel > 1)


def _panel_answers(panel: Step) -> list[dict[str, str]]:
    """Of three people, who are apart on one criterion in four and cannot judge another. The first two would do different things."""
    scores = cycle(("344", "25x", "xxx", "445"))
    given: list[dict[str, str]] = [{}, {}, {}]
    for question in panel.questions:
        if question.kind is QuestionKind.SCORE:
            said: Sequence[str] = next(scores)
        elif question.kind is QuestionKind.CHOICE:
            said = [question.options[at].key for at in (0, 1, 0)]
        else:
            said = (REASON, UNDECIDED, "")
        for answer, word in zip(given, said, strict=True):
            answer[question.key] = word
    return given


def _result(panel: Step, given: Sequence[Mapping[str, str]]) -> tuple[Summary, tuple[str, ...]]:
    return summarise(panel, given, asked=3), worth_a_talk(panel, given)
