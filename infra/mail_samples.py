"""One sample of every mail that a reader can be sent, in every state that looks different.

The preview shows all of them and the project tests render them. The process, form and site are the real ones; the contexts are as they
come out of JSON.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from chalicelib.config import Config
from chalicelib.domain.answers import shared
from chalicelib.domain.let_off import WITHDRAWN
from chalicelib.domain.process import Lang, Option, Process, Step, StepKind
from chalicelib.domain.promise import public_steps
from chalicelib.domain.purposes import PURPOSES
from chalicelib.services.mail_words import of_step
from infra.sample_idea import (
    AT,
    DEADLINE,
    LATER,
    QUESTION,
    REASON,
    REF,
    SITE_URL,
    TOKEN,
    WRITTEN,
    an_answer,
    answer_in_words,
    idea_in_words,
    shared_label,
)


@dataclass(frozen=True)
class MailSample:
    """A mail in one state, its context as it comes out of JSON."""

    purpose: str
    state: str
    context: Mapping[str, object]


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
    yield MailSample("status_link", "", known)
    ideas = [
        {"ref": ref, "received_at": at.isoformat(), "status_url": status_url}
        for ref, at in ((REF, AT), ("2026-M2XP", LATER))
    ]
    together = {"ref": None, "receiver": config.site.receiver.in_(lang)}
    yield MailSample("receipts", "some", {**together, "ideas": ideas})
    yield MailSample("receipts", "one", {**together, "ideas": ideas[:1]})
    told = {
        **known,
        "stop_url": f"{SITE_URL}/avsluta/{TOKEN}",
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
    week = {**on_time, "since": AT.isoformat(), "until": LATER.isoformat()}
    reasons = [[shared_label(config.process, lang), REASON]]
    came = [at.happened or at.public_name for at in (config.process.steps[0], step)]
    happened = [["2026-05-13", came[0].in_(lang), []], ["2026-05-28", came[1].in_(lang), reasons]]
    yield MailSample("week", "some", {**week, "happened": happened})
    yield MailSample("week", "joined", {**week, "happened": happened, "joined_ref": "2026-M2XP"})
    yield MailSample("week", "late", {**week, "happened": [], "late": True, "passed": True})
    yield MailSample("week", "waits", {**week, "happened": [], "waits_for_giver": True})
    asked = {**known, "question": QUESTION, "deadline": "2026-06-23"}
    yield MailSample("question", "", asked)
    option = next(
        option
        for s in config.process.steps
        for q in s.questions
        for option in q.options
        if option.to
    )
    then = config.process.step(str(option.to))
    outcome = {
        **told,
        "public_name": then.public_name.in_(lang),
        "happens": then.happens.in_(lang),
        "chosen": option.label.in_(lang),
        "shared": reasons,
        "turned_down": False,
        "refused": False,
    }
    yield MailSample("outcome", "open", {**outcome, "closed": False})
    no, end = next(
        (option, config.process.step(option.to))
        for s in config.process.steps
        for q in s.questions
        for option in q.options
        if option.to and not option.merges and config.process.step(option.to).kind is StepKind.END
    )
    closed = {
        "chosen": no.label.in_(lang),
        "public_name": end.public_name.in_(lang),
        "happens": end.happens.in_(lang),
    }
    ended = {**outcome, **closed, "closed": True, "deadline": None}
    yield MailSample("outcome", "closed", {**ended, "turned_down": True, "refused": True})
    for state, (at, chosen) in _good_ends(config.process).items():
        said = shared(at, config.process, an_answer(at, chosen.key), lang, ())
        good = {**ended, "chosen": chosen.label.in_(lang), "shared": [list(pair) for pair in said]}
        yield MailSample("outcome", state, good)
    no = {"turned_down": True, "refused": True}
    yield MailSample("outcome", "joined", {**ended, **no, "joined_ref": "2026-M2XP"})


def _good_ends(process: Process) -> dict[str, tuple[Step, Option]]:
    """The first option that ends an idea as carried out, and the first that ends it as passed on, each with its step,
    where a process has them."""
    found: dict[str, tuple[Step, Option]] = {}
    for step, option in ((s, o) for s in process.steps for q in s.questions for o in q.options):
        code = process.closing_code(option.closing_code)
        if code is not None and (code.goes_on or code.positive):
            found.setdefault("carried_out" if code.positive else "passed_on", (step, option))
    return found


def _mails_to_people(config: Config, lang: Lang) -> Iterator[MailSample]:
    step = next(step for step in config.process.steps if step.panel > 1)
    asked: dict[str, object] = {
        "ref": REF,
        **of_step(step, lang),
        "title": WRITTEN["title"],
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
        "screened": True,
    }
    idea = [list(pair) for pair in idea_in_words(config, lang)]
    yield MailSample("ask", "panel", {**asked, "idea": idea})
    unread = config.process.step("screening") if config.process.has_step("screening") else step
    first = {**asked, **of_step(unread, lang), "title": "", "screened": False}
    yield MailSample("ask", "unread", {**first, "idea": idea})
    yield MailSample("ask", "unnamed", {**asked, "idea": idea, "to_do": None})
    yield MailSample("ask", "late", {**asked, "idea": idea, "substitute": True, "late": True})
    handed = {"handed_by": "Maria Lindqvist"}
    yield MailSample("ask", "handed_over", {**asked, "idea": idea, **handed})
    alone = {"panel": 1, "quorum": 1, "code": True, "idea": []}
    yield MailSample("ask", "code", {**asked, **alone, "substitute": True})
    asked |= {"first_title": ""}
    yield MailSample("reminder", "before", asked)
    yield MailSample("reminder", "unread", {**first, "first_title": WRITTEN["title"]})
    yield MailSample("reminder", "late", {**asked, "late": True})
    yield MailSample("reminder", "late_code", {**asked, "code": True, "late": True, "jav": False})
    yield MailSample("giver_answered", "reached", {**asked, "idea": idea, "reached": True})
    yield MailSample(
        "giver_answered", "not_reached", {**asked, "code": True, "idea": [], "reached": False}
    )
    late = {**asked, "idea": [], "reached": True, "late": True}
    yield MailSample("giver_answered", "late", late)
    answer = [list(pair) for pair in answer_in_words(config.process, step, lang)]
    about = {"ref": REF, **of_step(step, lang), "title": WRITTEN["title"]}
    said = {**about, "at": LATER.isoformat(), "answer": answer}
    yield MailSample("answer_receipt", "last", {**said, "open": False})
    yield MailSample("answer_receipt", "hidden", {**said, "open": False, "hidden": 3})
    yield MailSample("answer_receipt", "open", {**said, "open": True})
    yield MailSample("taken_back", "in_time", asked)
    yield MailSample("taken_back", "late", {**asked, "late": True})
    yield MailSample("code", "", {**about, "code": "48120937", "minutes": 10})
    yield MailSample("code", "unread", {**about, "code": "48120937", "minutes": 10, "title": ""})
    yield from _let_off(about, config.process, lang)
    weekly = {"ref": None, "date": "2026-06-01", "late_count": 1, "mine_count": 2}
    weekly |= {"unlinked": False}
    behind = _waiting(step, lang, late=True)
    in_time = {**_waiting(step, lang, late=False), "ref": "2026-M2XP", "deadline": "2026-06-09"}
    paused = {**_waiting(step, lang, late=False), "paused": True}
    yield MailSample("weekly", "late", {**weekly, "waiting": [behind, in_time]})
    yield MailSample("weekly", "one", {**weekly, "waiting": [in_time]})
    yield MailSample("weekly", "paused", {**weekly, "waiting": [paused]})
    many = [behind, {**in_time, "ask_url": None}]
    yield MailSample("weekly", "many", {**weekly, "waiting": many, "unlinked": True})


def _let_off(about: Mapping[str, object], process: Process, lang: Lang) -> Iterator[MailSample]:
    """What somebody need not answer any more, and how ideas ended: of one idea, and of several for several reasons."""
    about = {**about, "end": None}
    lines = [
        {**about, "why": "enough"},
        {**about, "ref": "2026-M2XP", "why": "withdrawn", "title": ""},
        {**about, "ref": "2026-T9QA", "why": "moved_on", "title": "Cykelpool"},
        {**about, "ref": "2026-WB4C", "why": "giver_said", "title": ""},
    ]
    yield MailSample("let_off", "one", {"ref": REF, "asks": lines[:1]})
    yield MailSample("let_off", "unread", {"ref": "2026-M2XP", "asks": lines[1:2]})
    yield MailSample("let_off", "many", {"ref": None, "asks": lines})
    good, *_, no = [code.label.in_(lang) for code in process.closing_codes if code.key != WITHDRAWN]
    ended = [
        {**about, "why": "ended", "end": good},
        {**about, "ref": "2026-M2XP", "why": "ended", "end": no, "title": "Cykelpool"},
        {**about, "ref": "2026-T9QA", "why": "ended", "title": ""},
    ]
    over = {**about, "ref": "2026-WB4C", "why": "over", "end": no, "title": ""}
    yield MailSample("let_off", "ended", {"ref": REF, "asks": ended[:1]})
    yield MailSample("let_off", "ended_many", {"ref": None, "asks": ended})
    yield MailSample("let_off", "both", {"ref": None, "asks": [lines[2], over, *ended[:2]]})


def _waiting(step: Step, lang: Lang, late: bool) -> dict[str, object]:
    return {
        "ref": REF,
        "step_name": step.name.in_(lang),
        "deadline": "2026-05-26",
        "late": late,
        "passed": late,
        "paused": False,
        "title": WRITTEN["title"],
        "ask_url": f"{SITE_URL}/svara/{TOKEN}",
        "mine": True,
    }


def _mails_to_coordinators(config: Config, lang: Lang) -> Iterator[MailSample]:
    step = next(step for step in config.process.steps if step.panel > 1)
    about = {"ref": REF, **of_step(step, lang), "title": WRITTEN["title"]}
    role = {"role_name": config.process.role(step.role).name.in_(lang)}
    day = date(2026, 5, 28).isoformat()
    waiting = [
        _waiting(step, lang, late=True),
        {
            **about,
            "ref": "2026-M2XP",
            "deadline": "2026-06-02",
            "late": False,
            "passed": False,
            "paused": True,
            "title": "Grushinkar vid busshållplatserna",
            "ask_url": None,
            "mine": False,
        },
        {
            **about,
            "ref": "2026-T9QA",
            "deadline": None,
            "late": False,
            "passed": False,
            "paused": False,
            "title": "Cykelpool",
            "ask_url": None,
            "mine": False,
        },
    ]
    digest = {"ref": None, "date": day, "waiting": waiting, "late_count": 1, "mine_count": 1}
    digest |= {"unlinked": False}
    yield MailSample("digest", "waiting", digest)
    more = [waiting[0], {**waiting[0], "ref": "2026-WB4C", "late": False, "passed": False}]
    more[1] |= {"deadline": "2026-06-03", "title": "Solskydd över lekplatsen", "ask_url": None}
    many = {**digest, "waiting": [*more, *waiting[1:]], "mine_count": 2, "unlinked": True}
    yield MailSample("digest", "many", many)
    others = [{**line, "ask_url": None, "mine": False} for line in waiting]
    yield MailSample("digest", "others_late", {**digest, "waiting": others, "mine_count": 0})
    calm = {**digest, "waiting": others[1:], "late_count": 0, "mine_count": 0}
    yield MailSample("digest", "others", calm)
    yield MailSample("digest", "empty", {**digest, "waiting": [], "late_count": 0, "mine_count": 0})
    held = [
        {
            "ref": ref,
            "title": title,
            "why": why,
            "received_at": AT.isoformat(),
            "ask_url": f"{SITE_URL}/svara/{TOKEN}",
        }
        for ref, title, why in (
            (REF, WRITTEN["title"], "crowd"),
            ("2026-M2XP", "Billiga lån utan säkerhet", "trap"),
            ("2026-T9QA", "Cykelpool", "uncounted"),
            ("2026-B4RW", "Solskydd över lekplatsen", "bouncing"),
            ("2026-D7KX", "Fler papperskorgar vid bussen", "flood"),
        )
    ]
    morning = {"ref": None, "date": day, "more": False}
    yield MailSample("held", "some", {**morning, "held": held})
    yield MailSample("held", "one", {**morning, "held": held[:1], "more": True})
    nobody = [{**line, "ask_url": None} for line in held]
    yield MailSample("held", "mailbox", {**morning, "held": nobody})
    unanswered = {**about, "deadline": day, "people": ["Maria Lindqvist", "Jonas Berg"]}
    yield MailSample("no_answers", "some", {**unanswered, "substitutes": 2, "asked": 2})
    yield MailSample("no_answers", "none", {**unanswered, "substitutes": 0, "asked": 2})
    yield MailSample("overdue", "", {**unanswered, "days_late": 5})
    yield MailSample("overdue", "left", {**unanswered, "days_late": 5, "people": []})
    panel = {"people": ["Maria Lindqvist", "Jonas Berg"]}
    yield MailSample("talk", "spread", {**about, **role, **panel, "why": ["spread"], "told": 1})
    yield MailSample(
        "talk", "both", {**about, **role, **panel, "why": ["spread", "tie"], "told": 3}
    )
    yield MailSample("nobody_to_ask", "", {**about, **role})
    yield MailSample("too_few", "", {**about, **role, "asked": 2, "panel": 3})
    yield from _undelivered({**about, "purpose_text": PURPOSES["progress"].in_(lang)}, lang)
    for kind in ("case", "mail", "person"):
        ref = REF if kind == "case" else None
        yield MailSample("stuck", kind, {"ref": ref, "kind": kind, "id": "c-01J9ZK3QW8"})


def _undelivered(about: Mapping[str, object], lang: Lang) -> Iterator[MailSample]:
    """What coordinators are told of a mail that did not arrive, by whom it was to and what was done about it."""
    told = {
        **about,
        "recipient_name": None,
        "follower_ref": None,
        "complained": False,
        "no_more": True,
        "to_giver": True,
        "done": "",
        "done_by": None,
    }
    for done in ("", "phone", "nobody_phones", "no_phone", "withdrawn"):
        yield MailSample("undelivered", f"giver {done}", {**told, "done": done})
    phoned = {**told, "done": "phone", "done_by": "Maria Lindqvist"}
    yield MailSample("undelivered", "giver phoned by", phoned)
    yield MailSample("undelivered", "giver complained", {**phoned, "complained": True})
    yield MailSample("undelivered", "follower", {**told, "follower_ref": "2026-M2XP"})
    told |= {"purpose_text": PURPOSES["ask"].in_(lang), "to_giver": False}
    yield MailSample("undelivered", "unknown", told)
    yield MailSample("undelivered", "unknown complained", {**told, "complained": True})
    told |= {"recipient_name": "Jonas Berg"}
    for done in ("", "asked", "elsewhere", "stays", "nobody", "over"):
        yield MailSample("undelivered", f"person {done}", {**told, "done": done})
    asked = {**told, "done": "asked", "done_by": "Maria Lindqvist"}
    yield MailSample("undelivered", "person replaced by", asked)
    yield MailSample("undelivered", "person complained", {**asked, "complained": True})
    yield MailSample("undelivered", "person refused", {**asked, "no_more": False})
