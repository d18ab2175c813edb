"""The small process under every misfortune: any answer at any time, people who come and go."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import ClassVar

from hypothesis import strategies as st
from hypothesis.stateful import initialize, rule

from chalicelib.domain.rows import CaseRow
from chalicelib.domain.transaction import Conflict
from chalicelib.services.prove_mailbox import Proven, prove_mailbox
from tests.faults.misfortunes import Misfortunes, crash, pick
from tests.world import PEOPLE, World, an_idea

ANSWERS = (
    {"why": "Därför att den är bra.", "verdict": "on"},
    {"why": "Den får vila ett tag.", "verdict": "rest"},
    {"why": "Den tas upp igen.", "verdict": "later", "wake": "2026-06-01"},
    {"worth": "4", "view": "Nyttan är tydlig."},
    {"worth": "2", "view": "Jag är inte övertygad."},
    {"why": "Vi har bestämt oss.", "ruled": "so"},
    {"why": "Den prövas igen.", "ruled": "back"},
)


class Sluice(Misfortunes):
    """Everybody and everything that can happen to the sluice."""

    seen: ClassVar[Counter[str]] = Counter()

    def __init__(self) -> None:
        super().__init__(World())
        self.sessions: list[str] = []

    def session_for(self, what: int) -> str | None:
        return self.sessions[what % len(self.sessions)] if self.sessions else None

    def words(self, raw: str, what: int) -> Mapping[str, str]:
        return ANSWERS[what % len(ANSWERS)]

    @initialize(answered=st.booleans())
    def begin(self, answered: bool) -> None:
        """Most of what can go wrong needs an idea that somebody is asked about."""
        self.submit(number=0, other=False, boundary=None)
        self.deliver_all()
        if answered:
            self.answer_by_any_link(which=0, what=0, boundary=None)
            self.deliver_all()

    @rule(number=st.integers(0, 5), other=st.booleans(), boundary=crash)
    def submit(self, number: int, other: bool, boundary: int | None) -> None:
        need = "Något annat än förra gången." if other else "Det finns ingenstans att vila."
        self.send_in(number, boundary, idea=an_idea(need=need))

    @rule(which=pick, guess=st.booleans(), boundary=crash)
    def type_a_code(self, which: int, guess: bool, boundary: int | None) -> None:
        letters = [letter for letter in self.world.letters() if "-code-" in letter.mail_id]
        links = self.links("svara")
        if not letters or not links:
            return
        typed = (
            "00000000"
            if guess
            else "".join(
                word for word in letters[-1].text.split() if word.isdigit() and len(word) == 8
            )
        )
        for link in links[-4:]:
            done = self.surviving(
                boundary, lambda raw=link.raw: prove_mailbox(self.world.deps, raw, typed)
            )
            if isinstance(done, Proven):
                self.sessions.append(done.session)

    @rule(which=pick, active=st.booleans())
    def come_and_go(self, which: int, active: bool) -> None:
        person = PEOPLE[which % len(PEOPLE)]
        with suppress(Conflict):
            self.surviving(None, lambda: self.world.change_person(person.person_id, active=active))

    def everybody_is_back(self) -> None:
        for person in PEOPLE:
            self.world.change_person(person.person_id, active=True, unreachable_since=None)

    def nobody_may_be_asked(self, case: CaseRow) -> bool:
        return False
