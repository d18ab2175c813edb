"""What somebody does on the page behind a link: answers, declares a conflict of interest, hands over, asks the idea-giver.

Each act is a press on that page, through the service that the page calls. Chances come from the behaviour and fall by dice; an
act that the page refuses is followed by another.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from chalicelib.domain.handover import colleagues
from chalicelib.domain.links import OpenAsk
from chalicelib.domain.planned import Circumstances
from chalicelib.domain.process import Option, Shows
from chalicelib.domain.rows import ContactRow, MaskedRow, QuestionRow, TextRow
from chalicelib.domain.said_of_names import NO_NAME, fields_of_names
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.change_hands import HandedOver, Recused, declare_jav, hand_over
from chalicelib.services.choose_reminders import choose_reminders
from chalicelib.services.deps import Deps
from chalicelib.services.mask_more import mask_all_unscreened
from chalicelib.services.open_link import Faulty
from chalicelib.services.question_giver import Asked, question_giver
from infra.simulate.answers import Known, choose_outcome, fill_in, sentence
from infra.simulate.behaviour import Asked as Habits
from infra.simulate.behaviour import Behaviour
from infra.simulate.scene import Scene

MOST_TRIES: Final = 8
"""How often somebody mends an answer that was refused before they give up."""

LATEST_REFERENCES: Final = 30
"""How many of the newest ideas somebody remembers who looks for one like this."""

REASON: Final = (20, 120)
"""How long the words are that go with an act, in characters."""


class Left(StrEnum):
    """How somebody leaves the page: done with the ask, waiting for the idea-giver, or without having acted."""

    DONE = "done"
    WAITS = "waits"
    OPEN = "open"


@dataclass(frozen=True)
class Page:
    """An open page: the link that led to it, the browser's session, who is there to be named, and the names in the text that the
    page asks about, by their fields."""

    raw: str
    link: OpenAsk
    session: str | None
    given: Circumstances
    names: Mapping[str, str]


def open_page(deps: Deps, raw: str, link: OpenAsk, session: str | None) -> Page:
    """The page, with what its handler reads to show it."""
    case, step = link.case, link.step
    given = deps.circumstances(case)
    unmasked = link.proven and step.shows is not Shows.MASKED
    if unmasked or case.questions:
        deps.store.get(ContactRow, case.case_id)
    for number in range(1, case.questions + 1):
        deps.store.get(QuestionRow, case.case_id, number)
    if unmasked:
        deps.store.get(TextRow, case.case_id, case.text_version)
    else:
        deps.store.get(MaskedRow, case.case_id, case.masked_version)
    if any(ask.step in step.reads and ask.answer for ask in link.snapshot.asks):
        mask_all_unscreened(deps, case, {})
    names: dict[str, str] = {}
    if step.masks_names:
        masked = deps.store.get(MaskedRow, case.case_id, case.masked_version)
        names = fields_of_names(masked.fields) if masked is not None else {}
    return Page(raw, link, session, given, names)


def choose_weekly(scene: Scene, page: Page) -> None:
    """They would rather have one mail a week."""
    with scene.stage.visit() as deps:
        choose_reminders(deps, page.raw, page.session, "weekly")
    scene.acts["chose one mail a week"] += 1


def act(scene: Scene, page: Page, habits: Habits, first: bool, dice: random.Random) -> Left:
    """Something else than an answer now and then, the first time that they see the page; else an answer."""
    chance = dice.random()
    if first and page.link.step.jav and chance < habits.jav:
        left = _declare_jav(scene, page, dice)
    elif first and habits.jav <= chance < habits.jav + habits.delegates:
        left = _hand_over(scene, page, dice)
    elif first and 1 - habits.asks_giver < chance and not page.link.ask.task:
        left = _ask_giver(scene, page, dice)
    else:
        left = Left.OPEN
    return _answer(scene, page, dice) if left is Left.OPEN else left


def _declare_jav(scene: Scene, page: Page, dice: random.Random) -> Left:
    with scene.stage.visit() as deps:
        result = declare_jav(deps, page.raw, page.session, sentence(dice, *REASON))
    if not isinstance(result, Recused):
        return Left.OPEN
    scene.acts["declared jäv"] += 1
    return Left.DONE


def _hand_over(scene: Scene, page: Page, dice: random.Random) -> Left:
    link = page.link
    offered = colleagues(page.given, link.snapshot, link.step, link.ask)
    if not offered:
        return Left.OPEN
    to = dice.choice(offered).person_id
    with scene.stage.visit() as deps:
        result = hand_over(deps, page.raw, page.session, to, sentence(dice, *REASON))
    if not isinstance(result, HandedOver):
        return Left.OPEN
    scene.acts["handed over"] += 1
    return Left.DONE


def _ask_giver(scene: Scene, page: Page, dice: random.Random) -> Left:
    with scene.stage.visit() as deps:
        result = question_giver(deps, page.raw, page.session, sentence(dice, *REASON))
    if not isinstance(result, Asked):
        return Left.OPEN
    scene.acts["asked the idea-giver"] += 1
    return Left.WAITS


def _answer(scene: Scene, page: Page, dice: random.Random) -> Left:
    """They fill in the questions; what is refused they mend, by another outcome if there is one."""
    step, process = page.link.step, page.link.process
    refused: set[str] = set()
    for _ in range(MOST_TRIES):
        outcome = choose_outcome(step, process, scene.behaviour.outcomes, refused, dice)
        result = _give(scene, page, outcome, dice)
        if not isinstance(result, Faulty):
            scene.acts["answered"] += isinstance(result, Accepted)
            return Left.DONE
        scene.acts["had an answer refused"] += 1
        if outcome is not None:
            refused.add(outcome.key)
    scene.acts["gave up answering"] += 1
    return Left.DONE


def _give(scene: Scene, page: Page, outcome: Option | None, dice: random.Random) -> object:
    link, behaviour = page.link, scene.behaviour
    known = Known(
        today=scene.calendar.local_date(scene.stage.now),
        quality=_quality(scene, behaviour, link.case.ref),
        people={
            role.key: tuple(p.person_id for p in page.given.people if role.key in p.roles)
            for role in link.process.roles
        },
        references=tuple(
            ref for ref in scene.references[-LATEST_REFERENCES:] if ref != link.case.ref
        ),
    )
    given = fill_in(link.step, link.process, outcome, known, behaviour.scores, dice)
    hides = scene.behaviour.of(link.ask.role).hides_names
    given |= {
        field: name if dice.random() < hides else NO_NAME + name
        for field, name in page.names.items()
    }
    with scene.stage.visit() as deps:
        return answer_ask(deps, page.raw, page.session, given)


def _quality(scene: Scene, behaviour: Behaviour, ref: str) -> float:
    return scene.dice("quality", ref).gauss(behaviour.scores.mean, behaviour.scores.between_ideas)
