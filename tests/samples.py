"""One sample of everything a reader can be shown: every page and every mail, in every state that looks different.

The project tests render all of them, and the screenshots are taken of them. The process, form and site are the real ones.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import SimpleNamespace

from chalicelib.config import Config
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import Lang, Process, QuestionKind, Shows, Step, StepKind
from chalicelib.domain.promise import public_steps
from chalicelib.domain.purposes import PURPOSES
from chalicelib.domain.rows import QuestionRow, QuestionState
from chalicelib.domain.summary import Criterion, Summary, Tally
from chalicelib.handlers.ask_pages import LIMITS, SECTIONS

SITE_URL = "https://ideer.example.com"
REF = "2026-K7F3"
TOKEN = "q8dZ0v3nT1xW5sLrY7uB2mCkE9hJ4fGaP6oIiNtRzVU"
AT = datetime(2026, 5, 12, 12, 32, tzinfo=UTC)
LATER = datetime(2026, 5, 28, 7, 5, tzinfo=UTC)
DEADLINE = datetime(2026, 6, 2, 21, 59, 59, tzinfo=UTC)

WRITTEN = {
    "route": "working_method",
    "title": "Färdigpackad startväska till nya vikarier i hemtjänsten",
    "need": "Varje sommar får vi 15–20 nya vikarier på tre veckor. Första passet går åt till att leta.\n\n"
    "Förra sommaren fick en tjej gå hem till en kund utan tjänstekort och blev (med rätta!) inte insläppt.",
    "idea": "Att det står en färdig väska per vikarie i omklädningsrummet:\n"
    "- handskar, skoskydd, handsprit\n- namnskylt och tjänstekort\n- karta över området",
    "benefit": "Vikarierna blir tryggare, kunderna ser direkt att det är vi.",
    "name": "Annika Storbacke",
    "email": "annika.storbacke@example.com",
}
CARRIED = [
    ("answer-outcome", "forward"),
    ("answer-motivation", 'Två rader,\n"citat" och <tecken> & annat.'),
]
REASON = (
    "Idén löser ett verkligt problem och går att prova före sommaren. Bedömarna är eniga om nyttan."
)

QUESTION = (
    "Hur många vikarier börjar samma vecka?\n\nOch finns det någonstans att förvara väskorna?"
)
CONTACT = ("Annika Storbacke", "annika.storbacke@example.com", "070-174 06 05")
NOTE = "Jag är ledig hela nästa vecka. Du kan hemtjänsten bättre än jag."

ANSWERED = QuestionRow(
    "c-01J9ZK3QW8",
    1,
    "maria",
    2,
    QUESTION,
    AT,
    QuestionState.ANSWERED,
    "Tio stycken, alla på måndagen.\nDet finns ett skåp.",
    "Tio stycken, alla på måndagen.\nDet finns ett skåp.",
    LATER,
)
UNANSWERED = replace(ANSWERED, state=QuestionState.UNANSWERED, answer=None, masked=None)
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
WAITING = QuestionRow("c-01J9ZK3QW8", 2, "jonas", 2, "Vem fyller på väskorna?", LATER)


@dataclass(frozen=True)
class PageSample:
    """A page in one state. `here` is None on pages that answer a POST."""

    name: str
    state: str
    context: Mapping[str, object]
    root: str = "./"
    here: str | None = "sida"


@dataclass(frozen=True)
class MailSample:
    """A mail in one state, its context as it comes out of JSON."""

    purpose: str
    state: str
    context: Mapping[str, object]


def page_samples(config: Config, lang: Lang) -> Iterator[PageSample]:
    """Every page in every state, for one language."""
    steps = public_steps(config.process, lang)
    yield PageSample("start", "", {"steps": steps}, here="./")
    yield PageSample("how", "", {"steps": steps}, here="sa-gar-det-till")
    yield PageSample("personal_data", "", {}, here="personuppgifter")
    yield PageSample("accessibility", "", {}, here="tillganglighet")
    yield from _form_samples(config)
    yield from _status_samples(config, lang)
    yield from _ask_samples(config, lang)
    for name in ("unknown_link", "not_found", "too_large", "refused", "unsupported"):
        yield PageSample(name, "", {}, here=None)
    yield PageSample("error", "", {"reference": "7Q2M-9KXD"}, here=None)


def _form_samples(config: Config) -> Iterator[PageSample]:
    key = "b1946ac92492d2347c6235b4d2611184"
    faults = (
        FieldError("route", Problem.MISSING),
        FieldError("title", Problem.TOO_SHORT, limit=10, actual=4),
        FieldError("need", Problem.TOO_LONG, limit=4999, actual=5120),
        FieldError("idea", Problem.MISSING),
        FieldError("email", Problem.MISSING_ONE_OF),
        FieldError("test", Problem.CONTROL_CHARACTERS),
    )
    wrong = {**WRITTEN, "route": "", "title": "Väska", "idea": "", "email": ""}
    yield PageSample("form", "empty", {"values": {}, "errors": (), "key": key}, here="ide")
    yield PageSample(
        "form", "errors", {"values": wrong, "errors": faults, "key": key}, root="../", here=None
    )
    yield PageSample("review", "", {"values": WRITTEN, "key": key}, root="../", here=None)
    yield PageSample(
        "key_used",
        "",
        {
            "sent": {key: WRITTEN[key] for key in ("route", "title", "need", "idea", "benefit")},
            "values": {**WRITTEN, "title": "Cykelpool för hemtjänstens vikarier"},
            "ref": REF,
            "key": key,
        },
        root="../",
        here=None,
    )


def _status_samples(config: Config, lang: Lang) -> Iterator[PageSample]:
    process = config.process
    asked = [step for step in process.steps if step.kind is StepKind.ASK]
    receipt = {
        "ref": REF,
        "received_at": AT,
        "receiver": config.site.receiver.in_(lang),
        "status_url": f"{SITE_URL}/status/{TOKEN}",
        "steps": public_steps(process, lang),
    }
    yield PageSample("receipt", "mail", {**receipt, "has_email": True}, root="../", here=TOKEN)
    yield PageSample("receipt", "phone", {**receipt, "has_email": False}, root="../", here=TOKEN)
    history = tuple(
        SimpleNamespace(
            at=at,
            title=step.public_name.in_(lang),
            text=step.happens.in_(lang),
            details=((_shared_label(process, lang), REASON),) if at == LATER else (),
            question=False,
        )
        for at, step in ((LATER, asked[1]), (AT, process.steps[0]))
    )
    status = {
        "token": TOKEN,
        "ref": REF,
        "public_name": asked[1].public_name.in_(lang),
        "happens": asked[1].happens.in_(lang),
        "deadline": DEADLINE,
        "closed": False,
        "history": history,
        "answers": _idea(config, lang),
        "can_withdraw": True,
        "late": False,
        "paused": False,
        "question": None,
        "not_stored": "",
        "longest_answer": 5000,
        "joined": None,
        "next_steps": public_steps(process, lang, after=asked[1].key),
        "errors": (),
        "values": {},
    }
    yield PageSample("status", "open", status, root="../", here=TOKEN)
    wrong = {"errors": (FieldError("word", Problem.NOT_TYPED),), "values": {"word": "2026-K7F"}}
    yield PageSample("status", "not_typed", {**status, **wrong}, root="../../", here=None)
    end = process.step(process.withdrawn)
    closed = {
        "public_name": end.public_name.in_(lang),
        "happens": end.happens.in_(lang),
        "deadline": None,
        "closed": True,
        "can_withdraw": False,
        "next_steps": (),
    }
    yield PageSample("status", "closed", {**status, **closed}, root="../", here=TOKEN)
    yield PageSample("status", "late", {**status, "late": True}, root="../", here=TOKEN)
    other = SimpleNamespace(
        ref="2026-M2XP",
        public_name=asked[2].public_name.in_(lang),
        happens=asked[2].happens.in_(lang),
    )
    joined = {**status, **closed, "joined": other}
    yield PageSample("status", "joined", joined, root="../", here=TOKEN)
    yield from _question_samples(status, history)


def _question_samples(
    status: Mapping[str, object], history: tuple[object, ...]
) -> Iterator[PageSample]:
    said = SimpleNamespace(
        at=LATER, title=QUESTION, text=ANSWERED.answer, details=(), question=True
    )
    told = {**status, "history": (said, *history)}
    yield PageSample("status", "told", told, root="../", here=TOKEN)
    waits = {**told, "paused": True, "question": WAITING}
    yield PageSample("status", "question", waits, root="../", here=TOKEN)
    wrong = {"errors": (FieldError("answer", Problem.MISSING),)}
    yield PageSample("status", "no_answer", {**waits, **wrong}, root="../../", here=None)
    lost = {**told, "not_stored": "Det är kommunens förråd.", "values": {"answer": "Det är"}}
    yield PageSample("status", "not_stored", lost, root="../../", here=None)


def _ask_samples(config: Config, lang: Lang) -> Iterator[PageSample]:
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
    step_name = first.name.in_(lang)
    yield from _code_samples({"token": TOKEN, "ref": REF, "step_name": step_name})
    answered = {
        "ref": REF,
        "step_name": step_name,
        "at": LATER,
        "mine": True,
        "answer": _answer(first, lang),
        "result": None,
    }
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
            "answer": _answer(first, lang),
            "values_answer": _answer(first, lang)[::-1],
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
    written = _answer(first, lang)
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
    passed["not_saved"] = ()
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
    yield PageSample("questioned", "sent", asked, "../../", None)
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
    handed = {"handed_by": "Maria Lindqvist"}
    yield PageSample("ask", "handed_over", {**ask, **handed, **alone}, root="../", here=TOKEN)
    call = config.process.step(config.process.call)
    silence = {"task": "silence", "paused": False, "waiting": None, "questioned": ()}
    yield PageSample(
        "ask", "call_silence", {**_ask(config, call, lang), **silence}, root="../", here=TOKEN
    )
    ticked = [("mask.1", "Annika", True), ("mask.2", "Björkvik", False)]
    too_long = (FieldError("mask_more", Problem.TOO_LONG, limit=500, actual=612),)
    named = {"likely": ticked, "values": {"mask_more": "Bettan"}, "errors": too_long}
    yield PageSample("ask", "ticked", {**ask, **named}, root="../", here=None)
    yield PageSample("ask", "no_names", {**ask, "likely": []}, root="../", here=TOKEN)
    for section, faults in SECTION_FAULTS.items():
        values = {"handover_to": "maria", "jav": "Nej", "question": "Vad?", "word": "2026"}
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
        "task": "question" if step.task else "",
        "stands_in": config.process.steps[1].name.in_(lang),
        "paused": step.task,
        "handed_by": None,
        "answered": 1,
        "panel": step.panel,
        "quorum": step.quorum,
        "idea": _idea(config, lang),
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


def _idea(config: Config, lang: Lang) -> tuple[tuple[str, str], ...]:
    shown = ("title", "need", "idea", "benefit")
    return tuple((config.form.field(key).label.in_(lang), WRITTEN[key]) for key in shown)


def _answer(step: Step, lang: Lang) -> tuple[tuple[str, str], ...]:
    said_yes = [(question.label.in_(lang), "Ja") for question in step.questions[:3]]
    return (*said_yes, (step.questions[-1].label.in_(lang), REASON))


def _shared_label(process: Process, lang: Lang) -> str:
    shared = (q for step in process.steps for q in step.questions if q.shared)
    return next(shared).label.in_(lang)


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


def mail_samples(config: Config, lang: Lang) -> Iterator[MailSample]:
    """Every mail in every state, for one language."""
    for sample in _mails_to_givers(config, lang):
        yield _with_site(sample)
    for sample in _mails_to_people(config, lang):
        yield _with_site(sample)
    for sample in _mails_to_coordinators(config, lang):
        yield _with_site(sample)


def _with_site(sample: MailSample) -> MailSample:
    return MailSample(sample.purpose, sample.state, {"site_url": SITE_URL, **sample.context})


def _mails_to_givers(config: Config, lang: Lang) -> Iterator[MailSample]:
    status_url = f"{SITE_URL}/status/{TOKEN}"
    step = next(step for step in config.process.steps if step.kind is StepKind.ASK)
    known = {"ref": REF, "status_url": status_url, "joined_ref": None}
    receipt = {**known, "received_at": AT.isoformat(), "receiver": config.site.receiver.in_(lang)}
    steps = [
        {"name": step.name, "happens": step.happens, "days": step.days}
        for step in public_steps(config.process, lang)
    ]
    yield MailSample("receipt", "", {**receipt, "steps": steps})
    told = {
        **known,
        "public_name": step.public_name.in_(lang),
        "happens": step.happens.in_(lang),
        "deadline": "2026-06-02",
    }
    yield MailSample("progress", "deadline", told)
    yield MailSample("progress", "no_deadline", {**told, "deadline": None})
    yield MailSample("progress", "joined", {**told, "joined_ref": "2026-M2XP"})
    on_time = {**told, "late": False, "passed": False, "waits_for_giver": False}
    yield MailSample("interim", "on_time", on_time)
    yield MailSample("interim", "no_deadline", {**on_time, "deadline": None})
    yield MailSample("interim", "late", {**on_time, "late": True, "passed": True})
    yield MailSample("interim", "more_time", {**on_time, "late": True})
    waits = {**on_time, "waits_for_giver": True}
    yield MailSample("interim", "waits", waits)
    yield MailSample("interim", "waits_joined", {**waits, "joined_ref": "2026-M2XP"})
    asked = {**known, "question": QUESTION, "deadline": "2026-06-23"}
    yield MailSample("question", "", asked)
    option = next(
        option
        for s in config.process.steps
        for q in s.questions
        for option in q.options
        if option.to
    )
    outcome = {
        **told,
        "chosen": option.label.in_(lang),
        "shared": [[_shared_label(config.process, lang), REASON]],
    }
    yield MailSample("outcome", "open", {**outcome, "closed": False})
    end = config.process.step(config.process.withdrawn)
    closed = {"public_name": end.public_name.in_(lang), "happens": end.happens.in_(lang)}
    ended = {**outcome, **closed, "closed": True, "deadline": None}
    yield MailSample("outcome", "closed", ended)
    yield MailSample("outcome", "joined", {**ended, "joined_ref": "2026-M2XP"})


def _mails_to_people(config: Config, lang: Lang) -> Iterator[MailSample]:
    step = next(step for step in config.process.steps if step.panel > 1)
    asked: dict[str, object] = {
        "ref": REF,
        "step_name": step.name.in_(lang),
        "role_name": config.process.role(step.role).name.in_(lang),
        "deadline": DEADLINE.isoformat(),
        "ask_url": f"{SITE_URL}/svara/{TOKEN}",
        "panel": step.panel,
        "quorum": step.quorum,
        "code": False,
        "jav": True,
        "substitute": False,
        "late": False,
        "handed_by": None,
    }
    idea = [list(pair) for pair in _idea(config, lang)]
    yield MailSample("ask", "panel", {**asked, "idea": idea})
    yield MailSample("ask", "late", {**asked, "idea": idea, "substitute": True, "late": True})
    handed = {"handed_by": "Maria Lindqvist", "handed_note": NOTE}
    yield MailSample("ask", "handed_over", {**asked, "idea": idea, **handed})
    alone = {"panel": 1, "quorum": 1, "code": True, "idea": []}
    yield MailSample("ask", "code", {**asked, **alone, "substitute": True})
    yield MailSample("reminder", "before", asked)
    yield MailSample("reminder", "late", {**asked, "late": True})
    yield MailSample("reminder", "late_code", {**asked, "code": True, "late": True, "jav": False})
    yield MailSample("giver_answered", "reached", {**asked, "idea": idea, "reached": True})
    yield MailSample("giver_answered", "not_reached", {**asked, "idea": [], "reached": False})
    answer = [list(pair) for pair in _answer(step, lang)]
    about = {"ref": REF, "step_name": step.name.in_(lang)}
    yield MailSample("answer_receipt", "", {**about, "at": LATER.isoformat(), "answer": answer})
    yield MailSample("code", "", {**about, "code": "48120937", "minutes": 10})
    weekly = {"ref": None, "date": "2026-06-01", "late_count": 1, "mine_count": 2}
    late = _waiting(step, lang, late=True)
    in_time = {**late, "ref": "2026-M2XP", "deadline": "2026-06-09", "late": False}
    yield MailSample("weekly", "late", {**weekly, "waiting": [late, in_time]})
    yield MailSample("weekly", "one", {**weekly, "waiting": [in_time]})


def _waiting(step: Step, lang: Lang, late: bool) -> dict[str, object]:
    return {
        "ref": REF,
        "step_name": step.name.in_(lang),
        "deadline": "2026-05-26",
        "late": late,
        "title": WRITTEN["title"],
        "ask_url": f"{SITE_URL}/svara/{TOKEN}",
    }


def _mails_to_coordinators(config: Config, lang: Lang) -> Iterator[MailSample]:
    step = next(step for step in config.process.steps if step.panel > 1)
    about = {"ref": REF, "step_name": step.name.in_(lang)}
    role = {"role_name": config.process.role(step.role).name.in_(lang)}
    day = date(2026, 5, 28).isoformat()
    waiting = [
        _waiting(step, lang, late=True),
        {
            **about,
            "ref": "2026-M2XP",
            "deadline": "2026-06-02",
            "late": False,
            "title": "Grushinkar vid busshållplatserna",
            "ask_url": None,
        },
        {
            **about,
            "ref": "2026-T9QA",
            "deadline": None,
            "late": False,
            "title": "Cykelpool",
            "ask_url": None,
        },
    ]
    digest = {"ref": None, "date": day, "waiting": waiting, "late_count": 1, "mine_count": 1}
    yield MailSample("digest", "waiting", digest)
    yield MailSample("digest", "empty", {**digest, "waiting": [], "late_count": 0, "mine_count": 0})
    unanswered = {**about, "deadline": day, "people": ["Maria Lindqvist", "Jonas Berg"]}
    yield MailSample("no_answers", "some", {**unanswered, "substitutes": 2, "asked": 2})
    yield MailSample("no_answers", "none", {**unanswered, "substitutes": 0, "asked": 2})
    yield MailSample("overdue", "", {**unanswered, "days_late": 5})
    yield MailSample("overdue", "left", {**unanswered, "days_late": 5, "people": []})
    yield MailSample("talk", "spread", {**about, **role, "why": ["spread"]})
    yield MailSample("talk", "both", {**about, **role, "why": ["spread", "tie"]})
    yield MailSample("nobody_to_ask", "", {**about, **role})
    yield MailSample("too_few", "", {**about, **role, "asked": 2, "panel": 3})
    told = {**about, "purpose_text": PURPOSES["progress"].in_(lang), "recipient_name": None}
    yield MailSample("undelivered", "giver", {**told, "to_giver": True})
    told |= {"purpose_text": PURPOSES["ask"].in_(lang), "to_giver": False}
    yield MailSample("undelivered", "person", {**told, "recipient_name": "Jonas Berg"})
    yield MailSample("undelivered", "unknown", told)
    for kind in ("case", "mail", "person"):
        ref = REF if kind == "case" else None
        yield MailSample("stuck", kind, {"ref": ref, "kind": kind, "id": "c-01J9ZK3QW8"})
