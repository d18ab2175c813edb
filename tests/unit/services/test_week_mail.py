"""The week's mail as it goes out: what happened since the last, where the idea is now, and the way out of it."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.process import Question, QuestionKind, Step
from chalicelib.domain.rows import FollowerRow, HowOften, MailState
from chalicelib.domain.transaction import Create
from chalicelib.services.follow_idea import choose_mails, decline_mails, withdraw_idea
from chalicelib.services.join_ideas import joining
from chalicelib.services.record_delivery import record_delivery
from tests.small_process import DROP, REST, SMALL, said
from tests.world import HOST, World, an_idea

GIVER = "asa.lind@example.com"
STOP = re.compile(r"/avsluta/([A-Za-z0-9_-]{43})")
BO = {"name": "Bo Ek", "email": "bo.ek@example.com", "idea": an_idea(title="Grusade vägar")}


def resting() -> World:
    """A world whose idea rests for four working days, and whose giver hears weekly. It is Monday."""
    world = World()
    world.submit()
    world.settle()
    assert choose_mails(world.deps, world.link(GIVER, "receipt"), HowOften.WEEKLY) is not None
    world.answer(HOST, REST)
    world.settle()
    return world


def woken() -> World:
    """The rest is over on a weekday: news that was gathered."""
    world = resting()
    while world.case().step == "nap":
        world.advance(hours=6)
    return world


def to_next_letter(world: World, about: str) -> None:
    for _ in range(9):
        if not world.letters(GIVER, about):
            world.advance_to(world.deps.calendar.next_morning(world.now))


def test_an_answer_on_the_way_is_told_in_the_weeks_mail_with_its_reasons_and_nowhere_else() -> None:
    world = woken()
    to_next_letter(world, "week")
    (letter,) = world.letters(GIVER, "week")
    assert letter.text.count(REST["why"]) == 1
    assert world.letters(GIVER, "outcome") == []


def test_the_reasons_are_left_out_of_a_weeks_mail_that_is_refused_for_its_text() -> None:
    world = woken()
    to_next_letter(world, "week")
    refused = DeliveryEvent(world.mail("week").mail_id, "Reject", False, "ses-1", 1)
    assert record_delivery(world.deps, refused) is MailState.PENDING
    world.advance(minutes=1)
    _, letter = world.letters(GIVER, "week")
    assert REST["why"] not in letter.text + letter.html
    assert "- public nap på svenska (" in letter.text


def test_what_becomes_of_the_idea_did_not_wait_for_the_week() -> None:
    world = woken()
    world.answer(HOST, DROP)
    world.settle()
    assert len(world.letters(GIVER, "outcome")) == 1
    world.advance_to(world.now + timedelta(days=10))
    assert world.letters(GIVER, "week") == []


def test_news_waits_for_the_week_and_comes_in_one_mail() -> None:
    world = woken()
    assert world.letters(GIVER, "progress") == []
    to_next_letter(world, "week")
    (letter,) = world.letters(GIVER, "week")
    assert letter.subject == "[2026-0001] Veckans besked om din idé: public glance på svenska"
    assert "- public glance på svenska (" in letter.text
    assert "Här är idén nu: public glance på svenska" in letter.text
    assert letter.text.count("- public nap på svenska (") == 1
    assert world.deps.calendar.local_date(world.now).weekday() == 0
    assert dict(letter.headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_the_weeks_mail_is_declined_by_one_press() -> None:
    world = woken()
    to_next_letter(world, "week")
    found = STOP.search(world.letters(GIVER, "week")[0].text)
    assert found is not None
    assert decline_mails(world.deps, found[1]) is not None
    assert world.case().how_often is HowOften.OUTCOME


def test_a_weeks_mail_that_was_owed_before_they_declined_is_not_sent() -> None:
    world = woken()
    gathered = world.case().news_since
    assert gathered is not None
    world.clock.advance_to(world.deps.calendar.next_weekday_morning(gathered, 0))
    world.sweep()
    world.deliver(world.queue.take())
    assert world.mail("week").state is MailState.PENDING
    choose_mails(world.deps, world.link(GIVER, "receipt"), HowOften.OUTCOME)
    world.settle()
    assert world.mail("week").state is MailState.SUPERSEDED


def test_a_choice_that_is_made_twice_is_recorded_once() -> None:
    world = resting()
    raw = world.link(GIVER, "receipt")
    before = len(world.store.transactions)
    assert choose_mails(world.deps, raw, HowOften.WEEKLY) == world.case()
    assert len(world.store.transactions) == before


def test_who_hears_weekly_goes_on_doing_so_when_their_idea_is_joined_with_another() -> None:
    world = World()
    world.submit()
    second = world.submit("second", **BO)
    world.settle()
    own = world.case(second.ref)
    choose_mails(world.deps, world.link("bo.ek@example.com", "receipt"), HowOften.WEEKLY)
    snapshot = world.store.snapshot(own.case_id)
    assert snapshot is not None
    answer = {"same": "2026-0001"}
    step = SMALL.step("glance")
    joined = joining(world.deps, snapshot, with_case_question(step), answer, "hanna")
    rows = [
        op.row
        for op in joined.operations
        if isinstance(op, Create) and isinstance(op.row, FollowerRow)
    ]
    assert [(row.follower, row.weekly) for row in rows] == [(own.case_id, True)]


def with_case_question(step: Step) -> Step:
    return replace(step, questions=(Question("same", QuestionKind.CASE, said("same")),))


def test_nothing_of_the_week_is_told_when_the_idea_ended_first() -> None:
    world = woken()
    withdraw_idea(world.deps, world.link(GIVER, "receipt"), world.case().ref)
    world.settle()
    world.advance_to(world.now + timedelta(days=10))
    assert world.letters(GIVER, "week") == []
