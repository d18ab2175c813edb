"""What those who are asked read before they answer: as much as they need, masked where the idea is, and no more in sight than that."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.app.acts import (
    COORDINATOR,
    DECIDER,
    WHY,
    asked_reviewers,
    open_with_code,
    opened,
    review,
    screen,
    talk,
)
from tests.app.conftest import Sluice, add_people, somebody
from tests.app.visitor import Page

RULE = "Ord som liknar namn byts automatiskt mot [namn]."
FOUND = "Sven Hedlund och hans grannar behöver sandade gångbanor före skolan."
PLAN = "Fråga Lars Ek om han kan köra en runda till."


@pytest.fixture
def waiting(sluice: Sluice, send_idea: Callable[..., Page]) -> Sluice:
    send_idea(phone="070-174 06 05")
    sluice.run()
    return sluice


def test_who_assesses_reads_what_the_talk_found_without_the_names_in_it(waiting: Sluice) -> None:
    screen(waiting, motivation="Det här skrev idélotsen till sig själv.")
    talk(waiting, need=FOUND, approach=PLAN)
    name = asked_reviewers(waiting)[0]
    page = opened(waiting, name).body
    assert RULE in page
    assert "[namn] och hans grannar behöver sandade gångbanor före skolan." in page
    assert "Fråga [namn] om han kan köra en runda till." in page
    for unseen in ("Hedlund", "Lars", "skrev idélotsen", "Idén går vidare till bedömning"):
        assert unseen not in page


def test_of_two_talks_the_latest_is_read(waiting: Sluice) -> None:
    screen(waiting)
    talk(waiting, need=FOUND, outcome="screen_again", reason=WHY)
    screen(waiting)
    talk(waiting, need="Gångbanorna behöver sand före klockan sju.")
    page = opened(waiting, asked_reviewers(waiting)[0]).body
    assert "före klockan sju" in page
    assert "hans grannar" not in page


def test_a_talk_that_was_handed_over_is_read_as_the_one_who_had_it_wrote_it(
    waiting: Sluice,
) -> None:
    screen(waiting)
    add_people(waiting.store, (somebody("bea", "coordinator"),))
    visitor = waiting.visitor()
    page = open_with_code(waiting, COORDINATOR, visitor)
    visitor.submit(page, "/lamna-over", handover_to="bea", handover_note=WHY)
    waiting.run()
    bea = waiting.visitor()
    page = open_with_code(waiting, "bea@example.com", bea)
    answer = {"need": FOUND, "target_group": "Barnen", "outcome": "forward"}
    assert bea.submit(page, page.path.rsplit("/", 1)[1], **answer).status == 200
    waiting.run()
    assert "och hans grannar" in opened(waiting, asked_reviewers(waiting)[0]).body


def test_who_talks_with_the_idea_giver_is_told_to_find_a_time_first_beside_the_number_to_call(
    waiting: Sluice,
) -> None:
    screen(waiting)
    before_the_idea, _, _ = open_with_code(waiting, COORDINATOR).body.partition("<h2>Idén</h2>")
    assert "Ring eller mejla idégivaren först" in before_the_idea
    assert 'href="tel:070-1740605"' in before_the_idea


def test_who_decides_has_the_latest_answer_and_the_disagreement_in_sight_and_the_rest_folded(
    waiting: Sluice,
) -> None:
    screen(waiting)
    talk(waiting, need=FOUND)
    first, second, *_ = asked_reviewers(waiting)
    review(waiting, first, benefit="1")
    review(waiting, second, benefit="5")
    page = open_with_code(waiting, DECIDER)
    in_sight = without_folded(page.body)
    for shown in ("Sven Hedlund och hans grannar", "Här är bedömarna oense.", "av 5. Det är ett"):
        assert shown in in_sight
    for folded in ("Ligger idén inom kommunens uppdrag?", "Spridbarhet"):
        assert folded in page.body
        assert folded not in in_sight
    assert page.opened == []


def without_folded(body: str) -> str:
    """The page as it is before anything is unfolded."""
    parts = body.split("<details")
    return parts[0] + "".join(part.partition("</details>")[2] for part in parts[1:])
