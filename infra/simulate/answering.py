"""Somebody who is asked by link: reads their mail, gets to it or does not, opens the link, proves their mailbox if the page asks.

Knows only what a person knows: what stands in the mails to them, and the pages behind the links. What they do on such a page
is in `acts`.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import Final

from chalicelib.domain.links import Expired, OpenAsk, token_hash
from chalicelib.domain.rows import AskRow, MailRow, TokenRow
from chalicelib.services.answer_ask import renew_link
from chalicelib.services.open_link import open_link
from chalicelib.services.ports import Letter
from chalicelib.services.prove_mailbox import (
    Limited,
    Proven,
    WrongCode,
    prove_mailbox,
    send_code,
)
from infra.simulate.acts import Left, Page, act, choose_weekly, open_page
from infra.simulate.behaviour import Asked
from infra.simulate.clockwork import Act
from infra.simulate.directory import Colleague
from infra.simulate.office import gets_to_it, some_days
from infra.simulate.scene import ASK_LINK, CODE, Scene, links

AT_ONCE: Final = (1.0, 10.0)
"""Minutes in which one who is told at once, or has just asked for a code or a link, acts."""

ANOTHER_HOUR: Final = 61.0
"""Minutes until somebody who asked for too many codes tries again."""

GIVER_ANSWERED: Final = "giver_answered"
LISTS: Final = ("digest", "weekly")
"""The mails that tell of all that waits."""

AskKey = tuple[str, int, str]
"""Which ask a link is for: the case, its epoch, and the task beside the step, if it is one."""


@dataclass
class Waiting:
    """An ask as its person knows it: the newest link to it, how often a mail spoke of it, whether they mean to act (`planned`).
    They act at once on the next mail when they are `eager`; while they wait `for_giver`, on none but that which brings the
    idea-giver's answer."""

    link: str
    heard: int = 0
    opened: int = 0
    planned: bool = False
    eager: bool = False
    for_giver: bool = False
    done: bool = False


class Answerer:
    """One person of the directory."""

    def __init__(self, scene: Scene, colleague: Colleague) -> None:
        self.colleague = colleague
        self._scene = scene
        self._waiting: dict[AskKey, Waiting] = {}
        self._session: str | None = None
        weekly = scene.behaviour.directory.weekly
        self._wants_weekly = not colleague.row.digest and self._dice("weekly").random() < weekly

    @property
    def _habits(self) -> Asked:
        return self._scene.behaviour.of(self.colleague.role)

    def read(self, letter: Letter) -> None:
        """A mail has come."""
        mail = self._scene.stage.store.look(MailRow, letter.mail_id)
        if mail is None:
            return
        code = CODE.search(letter.text) if mail.purpose == "code" else None
        asked_for = self._key(mail.token_hash)
        if code is not None and asked_for is not None:
            self._soon(asked_for, partial(self._type_code, asked_for, code[1]))
        for raw in links(ASK_LINK, letter.text):
            if key := self._key(token_hash(raw)):
                waiting = self._waiting.setdefault(key, Waiting(raw))
                waiting.link = raw
                waiting.for_giver = waiting.for_giver and mail.purpose != GIVER_ANSWERED
                waiting.eager = waiting.eager or mail.purpose == GIVER_ANSWERED
                self._hear(key, waiting, in_a_list=mail.purpose in LISTS)

    def _key(self, hashed: str | None) -> AskKey | None:
        """What a link is for: a person reads it off the mail."""
        token = self._scene.stage.store.look(TokenRow, hashed) if hashed else None
        if token is None or token.case_id is None or token.epoch is None:
            return None
        return token.case_id, token.epoch, token.task

    def _hear(self, key: AskKey, waiting: Waiting, in_a_list: bool) -> None:
        """Decide whether this mail moves them to act, and when."""
        waiting.heard += 1
        if waiting.planned or waiting.done or waiting.for_giver:
            return
        habits, dice = self._habits, self._dice("hears", key, waiting.heard)
        chance = habits.answers if waiting.heard == 1 else habits.after_reminder
        if in_a_list and waiting.heard > 1:
            chance = habits.after_digest
        if waiting.eager or (dice.random() < chance and habits.median_days == 0):
            waiting.eager = False
            self._soon(key, partial(self._open, key))
        elif dice.random() < chance:
            waiting.planned = True
            days = self._days(key, waiting, dice)
            now = self._scene.stage.now
            at = gets_to_it(self._scene.calendar, now, days, self.colleague.off, dice)
            self._scene.clockwork.plan(at, partial(self._open, key))

    def _days(self, key: AskKey, waiting: Waiting, dice: random.Random) -> float:
        """Working days that they take: for a question as long as they use to, for work a share of the time that is given."""
        habits = self._habits
        if waiting.heard > 1:
            return some_days(min(1.0, habits.median_days), habits.spread, dice)
        case_id, epoch, task = key
        person = self.colleague.row.person_id
        ask = self._scene.stage.store.look(AskRow, case_id, epoch, person, task)
        calendar = self._scene.calendar
        today = calendar.local_date(self._scene.stage.now)
        last = calendar.local_date(ask.deadline) if ask is not None else today
        given = calendar.working_days_between(today, last)
        if given > habits.work_from:
            return some_days(given * habits.work_takes, habits.spread / 2, dice)
        return some_days(habits.median_days, habits.spread, dice)

    def _soon(self, key: AskKey, do: Act) -> None:
        waiting = self._waiting[key]
        waiting.planned = True
        self._scene.plan_in(self._dice("soon", key, waiting.heard).uniform(*AT_ONCE), do)

    def _dice(self, *about: object) -> random.Random:
        return self._scene.dice(self.colleague.row.person_id, *about)

    def _open(self, key: AskKey) -> None:
        """They open the link: the page asks for a code, shows the questions, or says why it shows none."""
        waiting = self._waiting[key]
        waiting.planned = False
        with self._scene.stage.visit() as deps:
            verdict = open_link(deps, waiting.link, self._session)
            page = None
            if isinstance(verdict, OpenAsk) and not verdict.needs_code:
                page = open_page(deps, waiting.link, verdict, self._session)
        if isinstance(verdict, Expired):
            waiting.eager = True
            with self._scene.stage.visit() as deps:
                renew_link(deps, waiting.link)
        elif page is not None:
            self._use(key, waiting, page)
        elif isinstance(verdict, OpenAsk):
            self._want_code(key)
        else:
            waiting.done = True

    def _use(self, key: AskKey, waiting: Waiting, page: Page) -> None:
        """They act on the page."""
        if self._wants_weekly:
            self._wants_weekly = False
            choose_weekly(self._scene, page)
        waiting.opened += 1
        dice = self._dice("acts", key, waiting.opened)
        left = act(self._scene, page, self._habits, waiting.opened == 1, dice)
        waiting.done = left is Left.DONE
        waiting.for_giver = left is Left.WAITS

    def _want_code(self, key: AskKey) -> None:
        with self._scene.stage.visit() as deps:
            result = send_code(deps, self._waiting[key].link)
        if isinstance(result, Limited):
            self._try_later(key)

    def _type_code(self, key: AskKey, code: str) -> None:
        waiting = self._waiting[key]
        waiting.planned = False
        wrong = self._dice("types", key, code).random() < self._habits.wrong_code
        with self._scene.stage.visit() as deps:
            typed = code[1:] + code[0] if wrong else code
            result = prove_mailbox(deps, waiting.link, typed)
        if isinstance(result, WrongCode):
            with self._scene.stage.visit() as deps:
                result = prove_mailbox(deps, waiting.link, code)
        if isinstance(result, Proven):
            self._session = result.session
            self._open(key)
        elif isinstance(result, Limited):
            self._try_later(key)

    def _try_later(self, key: AskKey) -> None:
        self._waiting[key].planned = True
        self._scene.plan_in(ANOTHER_HOUR, partial(self._open, key))
