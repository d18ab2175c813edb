"""Somebody who is asked by link: reads their mail, gets to it or does not, proves their mailbox, answers.

Knows only what a person knows: what stands in the mails to them, and the pages behind the links. Everything they do goes
through the services that the pages call.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from functools import partial
from typing import Final

from chalicelib.domain.links import Expired, OpenAsk, token_hash
from chalicelib.domain.process import Option
from chalicelib.domain.rows import AskRow, MailRow, MaskedRow, TokenRow
from chalicelib.services.answer_ask import (
    Accepted,
    CodeNeeded,
    Faulty,
    answer_ask,
    open_link,
    renew_link,
)
from chalicelib.services.ports import Letter
from chalicelib.services.prove_mailbox import (
    Limited,
    Proven,
    WrongCode,
    prove_mailbox,
    send_code,
)
from infra.simulate.answers import Known, choose_outcome, fill_in
from infra.simulate.behaviour import Asked
from infra.simulate.clockwork import Act
from infra.simulate.directory import Colleague
from infra.simulate.office import gets_to_it, some_days
from infra.simulate.scene import ASK_LINK, CODE, Scene, links

AT_ONCE: Final = (1.0, 10.0)
"""Minutes in which one who is told at once, or has just asked for a code or a link, acts."""

ANOTHER_HOUR: Final = 61.0
MOST_TRIES: Final = 8
"""How often somebody mends an answer that was refused before they give up."""

AskKey = tuple[str, int, str]
"""Which ask a link is for: the case, its epoch, and the task beside the step, if it is one."""


@dataclass
class Waiting:
    """An ask as its person knows it: the newest link to it, how often a mail spoke of it, whether they mean to act."""

    link: str
    heard: int = 0
    planned: bool = False
    eager: bool = False
    done: bool = False


class Answerer:
    """One person of the directory."""

    def __init__(self, scene: Scene, colleague: Colleague) -> None:
        self.colleague = colleague
        self._scene = scene
        self._waiting: dict[AskKey, Waiting] = {}
        self._session: str | None = None

    @property
    def _behaves(self) -> Asked:
        return self._scene.behaviour.of(self.colleague.role)

    def read(self, letter: Letter) -> None:
        """A mail has come."""
        store = self._scene.stage.store
        mail = store.look(MailRow, letter.mail_id)
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
                self._hear(key, waiting, digest=mail.purpose == "digest")

    def _key(self, hashed: str | None) -> AskKey | None:
        """What a link is for: a person reads it off the mail."""
        token = self._scene.stage.store.look(TokenRow, hashed) if hashed else None
        if token is None or token.case_id is None or token.epoch is None:
            return None
        return token.case_id, token.epoch, str(getattr(token, "task", ""))

    def _hear(self, key: AskKey, waiting: Waiting, digest: bool) -> None:
        """Decide whether this mail moves them to act, and when."""
        waiting.heard += 1
        if waiting.planned or waiting.done:
            return
        if waiting.eager:
            waiting.eager = False
            self._soon(key, partial(self._open, key))
            return
        behaves = self._behaves
        dice = self._dice("hears", key, waiting.heard)
        chance = behaves.answers if waiting.heard == 1 else behaves.after_reminder
        if digest and waiting.heard > 1:
            chance = behaves.after_digest
        if dice.random() >= chance:
            return
        if behaves.median_days == 0:
            self._soon(key, partial(self._open, key))
            return
        waiting.planned = True
        at = gets_to_it(
            self._scene.calendar,
            self._scene.stage.now,
            self._days(key, waiting, dice),
            self.colleague.off,
            dice,
        )
        self._scene.clockwork.plan(at, partial(self._open, key))

    def _days(self, key: AskKey, waiting: Waiting, dice: random.Random) -> float:
        """Working days that they take: for a question as long as they use to, for work a share of the time that is given."""
        behaves = self._behaves
        if waiting.heard > 1:
            return some_days(min(1.0, behaves.median_days), behaves.spread, dice)
        ask = self._ask(key)
        given = self._working_days_given(ask) if ask else 0
        if given > behaves.work_from:
            return some_days(given * behaves.work_takes, behaves.spread / 2, dice)
        return some_days(behaves.median_days, behaves.spread, dice)

    def _working_days_given(self, ask: AskRow) -> int:
        calendar = self._scene.calendar
        day, last = calendar.local_date(self._scene.stage.now), calendar.local_date(ask.deadline)
        return sum(
            calendar.is_working_day(type(day).fromordinal(number))
            for number in range(day.toordinal() + 1, last.toordinal() + 1)
        )

    def _ask(self, key: AskKey) -> AskRow | None:
        case_id, epoch, task = key
        person = self.colleague.row.person_id
        where = (
            (case_id, epoch, person, task) if hasattr(AskRow, "task") else (case_id, epoch, person)
        )
        return self._scene.stage.store.look(AskRow, *where)

    def _soon(self, key: AskKey, act: Act) -> None:
        waiting = self._waiting[key]
        waiting.planned = True
        self._scene.plan_in(self._dice("soon", key, waiting.heard).uniform(*AT_ONCE), act)

    def _dice(self, *about: object) -> random.Random:
        return self._scene.dice(self.colleague.row.person_id, *about)

    def _open(self, key: AskKey) -> None:
        """They open the link: the page asks for a code, shows the questions, or says why it shows none."""
        waiting = self._waiting[key]
        waiting.planned = False
        with self._scene.stage.visit() as deps:
            verdict = open_link(deps, waiting.link, self._session)
            if isinstance(verdict, OpenAsk):
                deps.store.get(MaskedRow, verdict.case.case_id, verdict.case.text_version)
        if isinstance(verdict, Expired):
            waiting.eager = True
            with self._scene.stage.visit() as deps:
                renew_link(deps, waiting.link)
        elif isinstance(verdict, OpenAsk) and verdict.needs_code:
            self._want_code(key)
        elif isinstance(verdict, OpenAsk):
            self._answer(key, verdict)
        else:
            waiting.done = True

    def _want_code(self, key: AskKey) -> None:
        waiting = self._waiting[key]
        with self._scene.stage.visit() as deps:
            result = send_code(deps, waiting.link)
        if isinstance(result, Limited):
            waiting.planned = True
            self._scene.plan_in(ANOTHER_HOUR, partial(self._open, key))

    def _type_code(self, key: AskKey, code: str) -> None:
        waiting = self._waiting[key]
        waiting.planned = False
        typed = code
        if self._dice("types", key, code).random() < self._behaves.wrong_code:
            typed = code[::-1] if code != code[::-1] else "00000000"
        with self._scene.stage.visit() as deps:
            result = prove_mailbox(deps, waiting.link, typed)
        if isinstance(result, WrongCode):
            with self._scene.stage.visit() as deps:
                result = prove_mailbox(deps, waiting.link, code)
        if isinstance(result, Proven):
            self._session = result.session
            self._open(key)
        elif isinstance(result, Limited):
            waiting.planned = True
            self._scene.plan_in(ANOTHER_HOUR, partial(self._open, key))

    def _answer(self, key: AskKey, link: OpenAsk) -> None:
        """They fill in the questions; what is refused they mend, by another outcome if there is one."""
        waiting = self._waiting[key]
        refused: set[str] = set()
        for attempt in range(MOST_TRIES):
            dice = self._dice("answers", key, waiting.heard, attempt)
            outcome = choose_outcome(
                link.step, self._scene.process, self._scene.behaviour.outcomes, refused, dice
            )
            result = self._give(waiting.link, link, outcome, dice)
            if isinstance(result, Faulty) and outcome is not None:
                refused.add(outcome.key)
            if not isinstance(result, Faulty):
                break
            self._scene.acts["answer refused"] += 1
        else:
            self._scene.acts["gave up answering"] += 1
        if isinstance(result, Accepted):
            self._scene.acts["answered"] += 1
        waiting.done = not isinstance(result, CodeNeeded | Expired)

    def _give(self, raw: str, link: OpenAsk, outcome: Option | None, dice: random.Random) -> object:
        scene = self._scene
        case = link.case
        spread = scene.behaviour.scores.between_ideas
        known = Known(
            today=scene.calendar.local_date(scene.stage.now),
            quality=scene.dice("quality", case.ref).gauss(scene.behaviour.scores.mean, spread),
            people=self._colleagues(link),
            references=tuple(ref for ref in scene.references if ref != case.ref),
        )
        given = fill_in(link.step, scene.process, outcome, known, scene.behaviour.scores, dice)
        with scene.stage.visit() as deps:
            return answer_ask(deps, raw, self._session, given)

    def _colleagues(self, link: OpenAsk) -> dict[str, tuple[str, ...]]:
        """Whom the page offers for each role, where a question asks for somebody."""
        if not any(question.kind == "person" for question in link.step.questions):
            return {}
        found: dict[str, tuple[str, ...]] = {}
        for person in self._scene.stage.deps.store.people():
            for role in person.roles:
                found[role] = (*found.get(role, ()), person.person_id)
        return found
