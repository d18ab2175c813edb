"""One sample of every page that a reader can be shown, in every state that looks different."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import SimpleNamespace

from chalicelib.config import Config
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.notice import Noticed, Spot
from chalicelib.domain.process import Lang, StepKind
from chalicelib.domain.promise import public_steps
from chalicelib.domain.rows import CARRIED_OUT, HowOften, ShownIdeaRow
from chalicelib.domain.suspicion import Again
from chalicelib.handlers.public import FilledIn
from tests.ask_samples import ask_samples
from tests.samples import (
    ANSWERED,
    AT,
    CONTACT,
    DEADLINE,
    LATER,
    QUESTION,
    REASON,
    REF,
    SITE_URL,
    TOKEN,
    WAITING,
    WRITTEN,
    PageSample,
    idea_in_words,
    shared_label,
)

SHOWN = (
    ShownIdeaRow(
        CARRIED_OUT,
        "2027-02-03",
        "c-1",
        "Bänkar vid busshållplatserna",
        "Tolv bänkar står nu längs linje 4. Fler äldre åker buss än förra året, och förarna säger att det går fortare att stiga på.\n\n"
        "I vår sätter vi upp tio till. Vi valde bänkar med armstöd, eftersom de som skulle använda dem bad om det.",
        "sv",
        "Roger Myrhed",
    ),
    ShownIdeaRow(
        CARRIED_OUT,
        "2026-11-20",
        "c-2",
        "One key cabinet instead of four",
        "Everybody finds the keys now, and nobody waits in the reception.",
        "en",
    ),
    ShownIdeaRow(
        CARRIED_OUT,
        "2026-05-28",
        "c-3",
        "Färdigpackad startväska till nya vikarier",
        "Vikarierna är ute hos kunderna redan första timmen.",
        "sv",
    ),
)


def page_samples(config: Config, lang: Lang) -> Iterator[PageSample]:
    """Every page in every state, for one language."""
    steps = public_steps(config.process, lang)
    yield PageSample("start", "", {"steps": steps, "examples": ()}, here="./")
    yield PageSample("start", "examples", {"steps": steps, "examples": SHOWN}, here="./")
    yield PageSample("carried_out", "", {"ideas": SHOWN}, here="genomforda")
    yield PageSample("carried_out", "empty", {"ideas": ()}, here="genomforda")
    yield PageSample("how", "", {"steps": steps}, here="sa-gar-det-till")
    yield PageSample("personal_data", "", {}, here="personuppgifter")
    yield PageSample("accessibility", "", {}, here="tillganglighet")
    yield from _lost_link_samples()
    yield from _form_samples(config)
    yield from _way_samples(config)
    yield from _status_samples(config, lang)
    yield from ask_samples(config, lang)
    for name in ("unknown_link", "not_found", "too_large", "refused", "unsupported"):
        yield PageSample(name, "", {}, here=None)
    closed = {"until": LATER, "today": True, "fields": (), "words": ()}
    yield PageSample("maintenance", "today", closed, here="./")
    yield PageSample("maintenance", "another_day", {**closed, "today": False}, here="./")
    yield PageSample("maintenance", "unknown", {**closed, "until": None, "today": False}, here="./")
    fields = tuple(WRITTEN.items())
    words = tuple(typed for typed in WRITTEN.values() if " " in typed)
    yield PageSample("maintenance", "sent", {**closed, "fields": fields, "words": words}, here=None)
    yield PageSample("error", "", {"reference": "7Q2M-9KXD"}, here=None)


def _lost_link_samples() -> Iterator[PageSample]:
    form: dict[str, object] = {"values": {}, "errors": (), "asked": False}
    yield PageSample("lost_link", "", form, here="ny-lank")
    faults = (FieldError("ref", Problem.MISSING), FieldError("email", Problem.NOT_AN_EMAIL))
    wrong = {"errors": faults, "values": {"email": "annika.storbacke"}}
    yield PageSample("lost_link", "errors", {**form, **wrong}, here=None)
    shapeless = {"errors": (FieldError("ref", Problem.NOT_A_REFERENCE),), "values": {"ref": "idé"}}
    yield PageSample("lost_link", "no_number", {**form, **shapeless}, here=None)
    yield PageSample("lost_link", "asked", {**form, "asked": True, "a_day": 3}, here=None)


def _way_samples(config: Config) -> Iterator[PageSample]:
    way_in = config.site.way_in
    apart = next(place for place in way_in.places if place.apart)
    steps = (("question", way_in.forks[0]), ("place", way_in.places[0]), ("apart", apart))
    writing = FilledIn(WRITTEN, "b1946ac92492d2347c6235b4d2611184", "1780000000000.0", False)
    for state, at in steps:
        yield PageSample("way_in", state, {"at": at, "writing": None}, here="ratt-vag")
        begun = {"at": at, "writing": writing}
        yield PageSample("way_in", f"{state}_writing", begun, root="../", here=None)


def _form_samples(config: Config) -> Iterator[PageSample]:
    key = "b1946ac92492d2347c6235b4d2611184"
    hidden = {"key": key, "stamp": f"1780000000000.{'0' * 64}"}
    faults = (
        FieldError("route", Problem.MISSING),
        FieldError("title", Problem.TOO_SHORT, limit=4, actual=3),
        FieldError("need", Problem.TOO_LONG, limit=4999, actual=5120),
        FieldError("idea", Problem.MISSING),
        FieldError("email", Problem.MISSING_ONE_OF),
        FieldError("test", Problem.CONTROL_CHARACTERS),
    )
    long = (WRITTEN["need"] + "\n\n") * 30
    wrong = {**WRITTEN, "route": "", "title": "Väs", "need": long[:5120], "idea": "", "email": ""}
    yield PageSample("form", "empty", {"values": {}, "errors": (), **hidden}, here="ide")
    yield PageSample(
        "form", "errors", {"values": wrong, "errors": faults, **hidden}, root="../", here=None
    )
    review = {
        "values": WRITTEN,
        **hidden,
        "trapped": False,
        "again": None,
        "noticed": Noticed(),
        "elsewhere": (),
    }
    yield PageSample("review", "", review, root="../", here=None)
    for why in Again:
        yield PageSample("review", why, {**review, "again": why}, root="../", here=None)
    about_somebody = {
        **review,
        "noticed": Noticed(
            (Spot("need", "8112"),),
            (Spot("need", "070-"),),
            (Spot("idea", "bo@e"),),
            (Spot("need", "Karin Berg"), Spot("need", "Ali")),
        ),
    }
    yield PageSample("review", "about_somebody", about_somebody, root="../", here=None)
    elsewhere = {**review, "elsewhere": (config.site.way_in.places[0],)}
    yield PageSample("review", "elsewhere", elsewhere, root="../", here=None)
    product = {**review, "values": {**WRITTEN, "route": "product"}}
    yield PageSample("review", "product", product, root="../", here=None)
    trapped = {**review, "trapped": True}
    yield PageSample("review", "trapped", trapped, root="../", here=None)
    yield PageSample(
        "key_used",
        "",
        {
            "sent": {key: WRITTEN[key] for key in ("route", "title", "need", "idea", "benefit")},
            "values": {**WRITTEN, "title": "Cykelpool för hemtjänstens vikarier"},
            "ref": REF,
            **hidden,
            "trapped": False,
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
            title=(step.happened or step.public_name).in_(lang),
            text=None,
            details=((shared_label(process, lang), REASON),) if at == LATER else (),
            question=False,
        )
        for at, step in ((LATER, asked[1]), (AT, process.steps[0]))
    )
    status = {
        "token": TOKEN,
        "ref": REF,
        "idea_title": WRITTEN["title"],
        "number": 2,
        "public_name": asked[1].public_name.in_(lang),
        "happens": asked[1].happens.in_(lang),
        "deadline": DEADLINE,
        "closed": False,
        "closed_as": "",
        "turned_down": False,
        "history": history,
        "answers": idea_in_words(config, lang),
        "can_withdraw": True,
        "late": False,
        "paused": False,
        "question": None,
        "answer_by": None,
        "saved": "",
        "not_stored": "",
        "longest_answer": 5000,
        "joined": None,
        "bounced": False,
        "phoned": True,
        "how_often": HowOften.EVERY_STEP,
        "can_be_shown": False,
        "shown": None,
        "next_steps": public_steps(process, lang, after=asked[1].key),
        "errors": (),
        "values": {},
    }
    yield PageSample("status", "open", status, root="../", here=TOKEN)
    for saved, how_often in (("svar", HowOften.WEEKLY), ("mejl", HowOften.WEEKLY)):
        told = {**status, "saved": saved, "how_often": how_often}
        yield PageSample("status", f"saved_{saved}", told, root="../", here=TOKEN)
    wrong = {"errors": (FieldError("word", Problem.MISSING),)}
    yield PageSample("status", "not_confirmed", {**status, **wrong}, root="../../", here=None)
    end = process.step(process.withdrawn)
    closed = {
        "number": None,
        "public_name": end.public_name.in_(lang),
        "happens": end.happens.in_(lang),
        "deadline": None,
        "closed": True,
        "can_withdraw": False,
        "how_often": None,
        "next_steps": (),
    }
    yield PageSample("status", "closed", {**status, **closed}, root="../", here=TOKEN)
    ended = process.step("closed")
    merged = {"public_name": ended.public_name.in_(lang), "happens": ended.happens.in_(lang)}
    carried_out = process.closing_codes[0].label.in_(lang)
    done = {**status, **closed, **merged, "closed_as": carried_out}
    yield PageSample("status", "closed_as", done, root="../", here=TOKEN)
    asked_to_show = {**done, "can_be_shown": True}
    yield PageSample("status", "may_be_shown", asked_to_show, root="../", here=TOKEN)
    unchosen = {**asked_to_show, "errors": (FieldError("show", Problem.MISSING),)}
    yield PageSample("status", "not_chosen_to_show", unchosen, root="../../", here=None)
    unnamed = {
        "errors": (FieldError("name", Problem.NOT_TYPED),),
        "values": {"name": "Annika", "show": "with-name"},
    }
    yield PageSample("status", "wrong_name", {**asked_to_show, **unnamed}, "../../", None)
    for state, name in (("shown_with_name", CONTACT[0]), ("shown", None)):
        shown = SimpleNamespace(title=WRITTEN["title"], story=REASON, name=name)
        yield PageSample("status", state, {**asked_to_show, "shown": shown}, "../", TOKEN)
    yield PageSample("status", "late", {**status, "late": True}, root="../", here=TOKEN)
    other = SimpleNamespace(
        ref="2026-M2XP",
        public_name=asked[2].public_name.in_(lang),
        happens=asked[2].happens.in_(lang),
        closed=False,
    )
    code = next(code for code in process.closing_codes if not code.positive)
    no = {**status, **closed, **merged, "closed_as": code.label.in_(lang), "turned_down": True}
    yield PageSample("status", "turned_down", no, root="../", here=TOKEN)
    joined = {**status, **closed, **merged, "joined": other}
    yield PageSample("status", "joined", joined, root="../", here=TOKEN)
    both = SimpleNamespace(ref=other.ref, closed=True, **merged)
    yield PageSample("status", "joined_closed", {**joined, "joined": both}, "../", TOKEN)
    yield from _question_samples(status, history)
    yield from _mail_samples(status)


def _mail_samples(status: Mapping[str, object]) -> Iterator[PageSample]:
    """What the idea-giver's mail does to their pages: it comes back, or they have declined what they need not know."""
    for state, phoned in (("phoned", True), ("unreachable", False)):
        bounced = {**status, "bounced": True, "phoned": phoned}
        yield PageSample("status", state, bounced, root="../", here=TOKEN)
    for chosen in (HowOften.WEEKLY, HowOften.OUTCOME):
        yield PageSample("status", chosen, {**status, "how_often": chosen}, root="../", here=TOKEN)
    unchosen = {**status, "errors": (FieldError("mails", Problem.MISSING),)}
    often = {**status, "errors": (FieldError("mails", Problem.ENOUGH_TODAY),)}
    yield PageSample("status", "chosen_too_often", often, root="../../", here=None)
    yield PageSample("status", "not_chosen", unchosen, root="../../", here=None)
    link = {"ref": REF, "token": TOKEN}
    yield PageSample("fewer_mails", "offered", {**link, "quiet": False}, root="../", here=TOKEN)
    yield PageSample("fewer_mails", "declined", {**link, "quiet": True}, root="../", here=None)


def _question_samples(
    status: Mapping[str, object], history: tuple[object, ...]
) -> Iterator[PageSample]:
    said = SimpleNamespace(
        at=LATER, title=QUESTION, text=ANSWERED.answer, details=(), question=True
    )
    told = {**status, "history": (said, *history)}
    yield PageSample("status", "told", told, root="../", here=TOKEN)
    waits = {**told, "paused": True, "question": WAITING, "answer_by": DEADLINE}
    yield PageSample("status", "question", waits, root="../", here=TOKEN)
    wrong = {"errors": (FieldError("answer", Problem.MISSING),)}
    yield PageSample("status", "no_answer", {**waits, **wrong}, root="../../", here=None)
    lost = {**told, "not_stored": "Det är kommunens förråd.", "values": {"answer": "Det är"}}
    yield PageSample("status", "not_stored", lost, root="../../", here=None)
