"""One idea on its whole way, with given words in every free text of it: what each page, mail and row then holds.

Tells what was seen; `test_naughty_words.py` judges.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from chalicelib.domain.rows import CaseRow
from chalicelib.services.ports import Letter
from tests.app.acts import (
    COORDINATOR,
    DECIDER,
    GIVER,
    REVIEWERS,
    SCORES,
    SCREENING,
    all_yes,
    open_with_code,
)
from tests.app.conftest import Sluice
from tests.app.html_tree import Tree, read
from tests.app.naughty import as_line, as_text, filled_out
from tests.app.visitor import Page, Visitor

TEXTS = ("need", "idea", "benefit", "alternatives", "test", "resources", "effect")
TEXTS += ("asked_users_how",)
LINES = {"title": 100, "unit_about": 100, "name": 100, "co": 500}
CHOSEN = {"route": "service", "email": GIVER}
A_WHILE = timedelta(minutes=2)
LIKELY = ("hint-names", "noticed")


@dataclass
class Way:
    """What was typed, by the place where it was; what it should be there; and what was seen. `pages` hold the page of each stop."""

    idea: dict[str, str]
    answers: dict[str, str]
    pages: dict[str, Tree] = field(default_factory=dict)
    letters: tuple[Letter, ...] = ()
    case: CaseRow | None = None

    def stored_idea(self) -> dict[str, str]:
        return {key: stored(key, typed) for key, typed in self.idea.items()}

    def stored_answers(self) -> dict[str, str]:
        return {key: stored(key.split(".")[1], typed) for key, typed in self.answers.items()}


def stored(key: str, typed: str) -> str:
    line = key in LINES or key == "target_group"
    text = as_line(typed) if line else as_text(typed)
    assert text is not None, "a journey is made with words that are taken"
    return text


def words_for(texts: Iterator[str], lines: Iterator[str]) -> tuple[dict[str, str], dict[str, str]]:
    """The next words of each kind, in every free text of the form and of the answers on the way."""
    idea = {key: filled_out(next(texts), 1000) for key in TEXTS}
    idea |= {key: filled_out(next(lines), most) for key, most in LINES.items()}
    answers = {
        key: filled_out(next(texts), 900)
        for key in (
            "screening.question",
            "giver.answer",
            "screening.motivation",
            "dialogue.need",
            "dialogue.approach",
            "dialogue.alternatives",
            "assessment.motivation",
            "assessment.consider",
            "other.motivation",
            "decision.reason",
        )
    }
    answers["dialogue.target_group"] = filled_out(next(lines), 200)
    return idea, answers


def travel(sluice: Sluice, idea: Mapping[str, str], answers: Mapping[str, str]) -> Way:
    way = Way(dict(idea), dict(answers))
    giver = sluice.visitor()
    _send(sluice, giver, way)
    _screen(sluice, giver, way)
    _dialogue(sluice, way)
    _assess(sluice, way)
    _decide(sluice, way)
    _see(way, "status", giver.get(sluice.link(GIVER)))
    way.letters = sluice.mailer.letters
    (way.case,) = sluice.store.rows(CaseRow)
    return way


def _see(way: Way, stop: str, page: Page, status: int = 200) -> Page:
    assert page.status == status, f"{stop}: {page.status} {page.title}"
    way.pages[stop] = read(page.body, without=LIKELY)
    return page


def _send(sluice: Sluice, giver: Visitor, way: Way) -> None:
    form = giver.get("/ide")
    sluice.clock.advance(A_WHILE)
    review = giver.submit(form, "ide/granska", **way.idea, **CHOSEN)
    _see(way, "review", review)
    _see(way, "change", giver.submit(review, "ide/andra"))
    _see(way, "receipt", giver.submit(review, "ide/skicka"))
    sluice.run()


def _screen(sluice: Sluice, giver: Visitor, way: Way) -> None:
    kim = sluice.visitor()
    opened = kim.get(sluice.link(COORDINATOR, about=SCREENING))
    _see(way, "screening", opened)
    asked = kim.submit(opened, "/fraga", question=way.answers["screening.question"])
    _see(way, "questioned", asked)
    sluice.run()
    asked_of = giver.get(sluice.link(GIVER))
    _see(way, "question", asked_of)
    _see(
        way,
        "answered question",
        giver.submit(asked_of, "/svar", answer=way.answers["giver.answer"]),
    )
    sluice.run()
    again = kim.get(sluice.link(COORDINATOR))
    _see(way, "screening again", again)
    gates = all_yes(again) | {"outcome": "forward"}
    words = {"motivation": way.answers["screening.motivation"]}
    _see(way, "screened", _answer(kim, again, gates | words))
    sluice.run()


def _dialogue(sluice: Sluice, way: Way) -> None:
    kim = sluice.visitor()
    opened = open_with_code(sluice, COORDINATOR, kim)
    _see(way, "dialogue", opened)
    words = {
        key: way.answers[f"dialogue.{key}"]
        for key in ("need", "approach", "alternatives", "target_group")
    }
    _see(way, "talked", _answer(kim, opened, {"outcome": "forward"} | words))
    sluice.run()


def _assess(sluice: Sluice, way: Way) -> None:
    asked = [name for name in REVIEWERS if sluice.letters(f"{name}@example.com")]
    scores = dict.fromkeys(SCORES, "4") | {"recommendation": "yes"}
    first, second = (sluice.visitor() for _ in range(2))
    opened = first.get(sluice.link(f"{asked[0]}@example.com"))
    _see(way, "assessment", opened)
    words = {key: way.answers[f"assessment.{key}"] for key in ("motivation", "consider")}
    _see(way, "assessed", _answer(first, opened, scores | words))
    changed = {"motivation": way.answers["other.motivation"]}
    _see(way, "other answer", _answer(first, opened, scores | changed), status=409)
    other = second.get(sluice.link(f"{asked[1]}@example.com"))
    _see(way, "other assessed", _answer(second, other, scores | changed))
    sluice.run()


def _decide(sluice: Sluice, way: Way) -> None:
    maj = sluice.visitor()
    opened = open_with_code(sluice, DECIDER, maj)
    _see(way, "decision", opened)
    chosen = {"outcome": "test", "investigator": "ines"}
    reason = {"reason": way.answers["decision.reason"]}
    _see(way, "decided", _answer(maj, opened, chosen | reason))
    sluice.run()


def _answer(visitor: Visitor, opened: Page, filled: Mapping[str, str]) -> Page:
    form = opened.form(opened.path.rsplit("/", 1)[1])
    return visitor.post(opened.path, form.fields | filled)
