"""What people do with the sluice, through pages and mails alone: the acts that the tests of the app are told in."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import wiring
from chalicelib.domain.said_of_names import OF_A_NAME
from tests.app.visitor import Page, Visitor

if TYPE_CHECKING:
    from tests.app.conftest import Sluice

GIVER = "roger.myrhed@example.com"
COORDINATOR = "kim@example.com"
DECIDER = "maj@example.com"
GATES = ("remit", "values", "concrete", "many", "not_authority", "not_complaint")
GATES += ("not_decided", "right_way", "no_personal_data")
SCORES = ("benefit", "need", "feasibility", "effect", "novelty", "spread", "cost", "workplace")
REVIEWERS = ("alva", "bo", "cleo", "dag", "eira", "frej")
SCREENING = "(?i)läs den nya idén|read the new idea|lue uusi idea"
WHY = "Bra idé som är enkel att pröva i liten skala."
NEED = "Gångbanorna måste vara sandade innan skolan börjar."


def screen(sluice: Sluice, **answer: str) -> Page:
    """The coordinator opens the newest link and answers; forward unless told otherwise."""
    visitor = sluice.visitor()
    page = visitor.get(sluice.link(COORDINATOR, about=SCREENING))
    filled = all_yes(page) | {"motivation": WHY, "outcome": "forward"} | answer
    answered = visitor.post(page.path, filled)
    sluice.run()
    return answered


def all_yes(page: Page) -> dict[str, str]:
    """What lets an idea go on at its screening: every question is answered with yes, and no word that was found is a name."""
    offered = page.form(page.path.rsplit("/", 1)[1]).choices
    no_names = {field: offered[field][1] for field in offered if field.startswith(OF_A_NAME)}
    return dict.fromkeys(GATES, "yes") | no_names


def opened(sluice: Sluice, name: str) -> Page:
    """What a reviewer sees who opens their newest link."""
    return sluice.visitor().get(sluice.link(f"{name}@example.com"))


def open_with_code(
    sluice: Sluice, address: str, visitor: Visitor | None = None, about: str = ""
) -> Page:
    """Somebody opens their newest link (about a step) and proves the mailbox with a code."""
    browser = visitor or sluice.visitor()
    asked = browser.submit(browser.get(sluice.link(address, about=about)), "/kod")
    sluice.run()
    opened = browser.submit(asked, "/oppna", code=sluice.code(address))
    assert opened.status == 200
    return opened


def talk(sluice: Sluice, **answer: str) -> Page:
    """The coordinator has talked with the idea-giver, and passes the idea on to its reviewers."""
    visitor = sluice.visitor()
    opened = open_with_code(sluice, COORDINATOR, visitor)
    filled = {"need": NEED, "target_group": "De som går till skolan", "outcome": "forward"}
    answered = visitor.post(opened.path, filled | answer)
    sluice.run()
    return answered


def asked_reviewers(sluice: Sluice) -> list[str]:
    return [name for name in REVIEWERS if sluice.letters(f"{name}@example.com")]


def review(sluice: Sluice, name: str, score: str = "4", **answer: str) -> Page:
    visitor = sluice.visitor()
    page = visitor.get(sluice.link(f"{name}@example.com"))
    scores = dict.fromkeys(SCORES, score)
    filled = scores | {"recommendation": "yes", "motivation": WHY} | answer
    answered = visitor.post(page.path, filled)
    sluice.run()
    return answered


def decide(sluice: Sluice, **answer: str) -> Page:
    """The decision maker proves the mailbox with a code, then decides."""
    visitor = sluice.visitor()
    opened = open_with_code(sluice, DECIDER, visitor)
    filled = {"reason": WHY, "investigator": "ines"} | answer
    decided = visitor.post(opened.path, filled)
    sluice.run()
    return decided


def to_review(sluice: Sluice) -> list[str]:
    """The idea stands before its panel; gives those who are asked."""
    sluice.run()
    screen(sluice)
    talk(sluice)
    return asked_reviewers(sluice)


def to_decision(sluice: Sluice) -> None:
    for name in to_review(sluice)[:2]:
        review(sluice, name)


def close(sluice: Sluice, hours: float) -> None:
    """The operator closes the site for maintenance."""
    until = sluice.clock.now() + timedelta(hours=hours)
    wiring.use(replace(sluice.deps, closed_until=until))


def open_again(sluice: Sluice) -> None:
    wiring.use(sluice.deps)
