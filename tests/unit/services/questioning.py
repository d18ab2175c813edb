"""A question to the idea-giver and its answer, as the tests of asking and of phoning put them."""

from __future__ import annotations

from chalicelib.domain.rows import EventRow, PersonRow, QuestionRow
from chalicelib.services.follow_idea import answer_by_status_link
from chalicelib.services.question_giver import question_giver
from tests.world import World

GIVERS = "asa.lind@example.com"
TEXT = "Var längs ån ska bänkarna stå?"
ANSWER = "Vid bron, säger Åsa Lind på 070-174 06 05."
REACHED = {"reached": "yes", "answer": "De ska stå vid bron."}
NOT_REACHED = {"reached": "no"}


def ask(world: World, text: str = TEXT, person: PersonRow | None = None) -> object:
    who = person or world.asked()[0]
    return question_giver(world.deps, world.link(who.email), None, text)


def tell(world: World, text: str = ANSWER, number: int = 1) -> object:
    return answer_by_status_link(world.deps, world.link(GIVERS, "receipt"), number, text)


def question(world: World, number: int = 1) -> QuestionRow:
    row = world.store.get(QuestionRow, world.case().case_id, number)
    assert row is not None
    return row


def facts(world: World) -> list[str]:
    return [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]
