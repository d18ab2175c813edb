"""Somebody who sends an idea: fills in the form, looks at the status page when a mail comes, and may take the idea back."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Final

from chalicelib.domain.rows import MailRow
from chalicelib.services.deps import Deps
from chalicelib.services.follow_idea import answer_by_status_link, follow_idea, withdraw_idea
from chalicelib.services.form_time import stamp_form
from chalicelib.services.ports import Letter
from chalicelib.services.question_giver import Told
from chalicelib.services.submit_idea import Arrival, Receipt, submit_idea
from infra.simulate.answers import sentence
from infra.simulate.ideas import Idea
from infra.simulate.office import some_days
from infra.simulate.scene import STATUS_LINK, Scene, links

PAGES_TO_SEND: Final = 4
"""The form, its review, sending it, the receipt."""

WRITING: Final = timedelta(minutes=5)
MINUTES_A_DAY: Final = 24 * 60.0
LATEST_LOOK: Final = 2 * MINUTES_A_DAY
LATEST_WITHDRAWAL: Final = 120 * MINUTES_A_DAY
SPREAD_OF_ANSWERS: Final = 0.8
ANSWER: Final = (20, 400)
"""How long what they answer to a question is, in characters."""


class Giver:
    """One idea-giver, who has sent or will send one idea."""

    def __init__(self, scene: Scene, idea: Idea) -> None:
        self._scene = scene
        self._idea = idea
        self._ref = ""
        self._status = ""
        self._mails = 0
        dice = self._dice("address")
        self.address_works = dice.random() >= scene.behaviour.givers.bounces

    def send(self) -> None:
        with self._scene.stage.visit(PAGES_TO_SEND) as deps:
            receipt = submit_idea(deps, self._idea.submission, self._idea.key, self._arrival(deps))
            if not isinstance(receipt, Receipt):
                raise TypeError(f"the key {self._idea.key} has been used")
            follow_idea(deps, receipt.status_token)
        self._ref, self._status = receipt.ref, receipt.status_token
        self._scene.references.append(receipt.ref)
        dice = self._dice("withdraws")
        if dice.random() < self._scene.behaviour.givers.withdraws:
            self._scene.plan_in(dice.random() * LATEST_WITHDRAWAL, self._withdraw)

    def _arrival(self, deps: Deps) -> Arrival:
        """From a home of their own, by a form that they have taken their time for."""
        opened = deps.clock.now() - WRITING
        return Arrival(
            stamp=stamp_form(deps, self._idea.key, opened),
            source=f"2001:db8:{self._idea.number % 0x10000:x}::1",
        )

    def read(self, letter: Letter) -> None:
        """A mail has come: they may look at the page that it links to."""
        self._mails += 1
        for raw in links(STATUS_LINK, letter.text):
            self._status = raw
        dice = self._dice("looks", self._mails)
        views = self._scene.behaviour.givers.views
        for _ in range(int(views) + (dice.random() < views % 1)):
            self._scene.plan_in(dice.random() * LATEST_LOOK, self._look)
        mail = self._scene.stage.store.look(MailRow, letter.mail_id)
        givers = self._scene.behaviour.givers
        if mail is not None and mail.purpose == "question" and dice.random() < givers.answers:
            days = some_days(givers.answer_days, SPREAD_OF_ANSWERS, dice)
            self._scene.plan_in(days * MINUTES_A_DAY, self._answer)

    def complains(self, letter: Letter) -> bool:
        chance = self._scene.behaviour.givers.complains
        return self._dice("complains", letter.mail_id).random() < chance

    def _look(self) -> None:
        with self._scene.stage.visit() as deps:
            follow_idea(deps, self._status)
        self._scene.acts["looked at the status page"] += 1

    def _answer(self) -> None:
        """They answer the question that waits for them, if it still does."""
        with self._scene.stage.visit(2) as deps:
            followed = follow_idea(deps, self._status)
            question = followed.waiting_question if followed is not None else None
            if question is None:
                return
            words = sentence(self._dice("words", question.number), *ANSWER)
            told = answer_by_status_link(deps, self._status, question.number, words)
        self._scene.acts["answered a question"] += isinstance(told, Told)

    def _withdraw(self) -> None:
        with self._scene.stage.visit(2) as deps:
            follow_idea(deps, self._status)
            withdraw_idea(deps, self._status, self._ref)
        self._scene.acts["withdrew"] += 1

    def _dice(self, *about: object) -> random.Random:
        return self._scene.dice("giver", self._idea.number, *about)
