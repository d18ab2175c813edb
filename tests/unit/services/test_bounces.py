"""Mail that comes back, followed to its end: within five minutes somebody else is asked, also when the nudges are lost."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    EventRow,
    FollowerRow,
    MailState,
    PersonRow,
    UndeliveredRow,
)
from chalicelib.domain.transaction import Create
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.prove_mailbox import CodeOwed, send_code
from chalicelib.services.question_giver import Asked, question_giver
from chalicelib.services.record_delivery import record_delivery
from infra import people
from tests.small_process import DROP, ON
from tests.world import HOST, JUDGE, JURORS, LINK, World, an_idea, in_jury, in_ruling, somebody

FIVE_MINUTES = timedelta(minutes=5)
PHONE = "070-174 06 05"
BO = {"name": "Bo Ek", "email": "bo.ek@example.com", "idea": an_idea(title="Grusade vägar")}


def come_back(world: World, about: str, kind: str = "Bounce", *, permanent: bool = True) -> None:
    record_delivery(world.deps, DeliveryEvent(world.mail(about).mail_id, kind, permanent, "ses-1"))


def lose_every_nudge_for(world: World, minutes: int) -> None:
    """The sweep alone, once a minute, and only what it nudges."""
    for _ in range(minutes):
        world.queue.drop_all()
        world.clock.advance(timedelta(minutes=1))
        world.sweep()
        nudged, world.queue.bodies = list(world.queue.bodies), []
        for body in nudged:
            world.queue.bodies = [body]
            world.deliver(world.queue.take())


def person(world: World, person_id: str) -> PersonRow:
    row = world.store.get(PersonRow, person_id)
    assert row is not None
    return row


def open_asks(world: World, ref: str | None = None) -> set[str]:
    case = world.case(ref)
    asks = (ask for ask in world.store.rows(AskRow) if ask.case_id == case.case_id)
    return {a.person for a in asks if a.epoch == case.epoch and a.state is AskState.OPEN}


@pytest.mark.parametrize("nudged", [True, False], ids=["nudged", "nudge lost"])
@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_within_five_minutes_somebody_else_has_the_ask_and_the_coordinator_knows(
    kind: str, nudged: bool
) -> None:
    world = in_jury()
    asked = open_asks(world)
    first = world.asked()[0]
    before = world.now
    come_back(world, f"ask-{first.person_id}", kind)
    if nudged:
        world.settle()
    else:
        lose_every_nudge_for(world, 5)
    assert world.now - before <= FIVE_MINUTES
    assert len(open_asks(world)) == 3
    assert first.person_id not in open_asks(world)
    (new,) = (name for name in open_asks(world) if name not in asked)
    (letter,) = world.letters(HOST.email, "undelivered")
    assert f"Frågan har gått till {new.title()} i stället." in letter.text
    assert person(world, first.person_id).unreachable_since is not None


def test_the_mark_the_move_and_the_mails_are_one_transaction() -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    come_back(world, f"ask-{first}")
    before = len(world.store.transactions)
    world.deliver(world.queue.take())
    rows = [operation.row for operation in world.store.transactions[before]]
    kinds = {type(row).__name__ for row in rows}
    assert kinds >= {"CaseRow", "AskRow", "MailRow", "UndeliveredRow", "PersonRow", "EventRow"}


def test_the_mark_tells_since_when_however_many_mails_come_back() -> None:
    world = World()
    first, second = (world.submit(f"idea {number}", **BO) for number in range(2))
    world.settle()
    ids = [world.case(receipt.ref).case_id for receipt in (first, second)]
    come_back(world, f"{ids[0]}-2-ask-hanna")
    world.settle()
    since = world.now
    world.advance(minutes=3)
    come_back(world, f"{ids[1]}-2-ask-hanna")
    world.settle()
    assert all(row.told for row in world.store.rows(UndeliveredRow))
    assert person(world, "hanna").unreachable_since == since


def test_what_else_asks_them_moves_too_within_minutes_and_the_next_ideas_pass_them_by() -> None:
    henrik = replace(HOST, person_id="henrik", name="Henrik", email="henrik@example.com")
    world = World(people=(HOST, henrik, *JURORS, JUDGE))
    for number in range(6):
        world.submit(f"idea {number}", **BO)
        world.settle()
    asked = [ask.person for ask in world.store.rows(AskRow)]
    gone = max(set(asked), key=asked.count)
    other = "hanna" if gone == "henrik" else "henrik"
    assert asked.count(gone) > 1
    come_back(world, f"ask-{gone}")
    lose_every_nudge_for(world, 5)
    for number in range(6, 10):
        world.submit(f"idea {number}", **BO)
        world.settle()
    still = [ask.person for ask in world.store.rows(AskRow) if ask.state is AskState.OPEN]
    assert still == [other] * 10
    assert len(world.letters(f"{other}@example.com", "undelivered")) == 1


@pytest.mark.parametrize("act", ["back", "new address"])
def test_when_the_address_works_again_they_are_asked_again(act: str) -> None:
    world = in_ruling()
    come_back(world, "ask-jorma")
    world.settle()
    assert open_asks(world) == {"jorma"}
    if act == "back":
        people.forget_absences(world.deps, "jorma")
    else:
        people.put(
            world.deps,
            person_id="jorma",
            name="Jorma",
            email="jorma.right@example.com",
            lang="sv",
            roles=("judge",),
            unit="teknik",
            digest=False,
        )
    assert person(world, "jorma").unreachable_since is None
    assert world.case().due_at == world.now
    world.settle()
    world.advance(minutes=1)
    assert open_asks(world) == {"jorma"}


def test_a_changed_name_alone_does_not_make_an_address_work() -> None:
    world = in_ruling()
    come_back(world, "ask-jorma")
    world.settle()
    people.put(
        world.deps,
        person_id="jorma",
        name="Jorma Ek",
        email=" JORMA@example.com",
        lang="sv",
        roles=("judge",),
        unit="teknik",
        digest=False,
    )
    assert person(world, "jorma").unreachable_since is not None


def test_a_code_that_came_back_has_the_same_end() -> None:
    world = in_ruling()
    other = somebody("jonna", "judge")
    world.store.transact([Create(other, "person-is-new")])
    assert isinstance(send_code(world.deps, world.link(JUDGE.email)), CodeOwed)
    world.settle()
    come_back(world, "-code-jorma")
    world.settle()
    assert open_asks(world) == {"jonna"}
    assert person(world, "jorma").unreachable_since == world.now


def test_no_list_goes_to_who_does_not_get_it() -> None:
    world = World(people=(replace(HOST, digest=True, weekly=True), *JURORS, JUDGE))
    world.submit()
    world.settle()
    come_back(world, "ask-hanna")
    world.settle()
    world.register("hanna")
    world.advance(days=8)
    assert world.letters(about="digest") == []
    assert world.letters(about="weekly") == []


# An auto-reply


def test_an_auto_reply_followed_by_a_delivery_changes_nothing_in_the_case() -> None:
    world = in_jury()
    case, first = world.case(), world.asked()[0]
    come_back(world, f"ask-{first.person_id}", permanent=False)
    come_back(world, f"ask-{first.person_id}", "Delivery")
    assert world.queue.waiting == ()
    world.advance(minutes=10)
    assert world.case() == case
    assert world.mail(f"ask-{first.person_id}").state is MailState.DELIVERED
    assert world.store.rows(UndeliveredRow) == ()
    assert world.letters(about="undelivered") == []
    assert person(world, first.person_id) == first


# The idea-giver


def calls(world: World) -> list[AskRow]:
    return [a for a in world.store.rows(AskRow) if a.task and a.state is AskState.OPEN]


def answer_glance(world: World) -> None:
    mail = next(m for m in world.letters(HOST.email, "ask") if "ring" not in m.mail_id)
    found = LINK.search(mail.text)
    assert found is not None
    assert isinstance(answer_ask(world.deps, found[2], None, ON), Accepted)
    world.settle()


def test_an_idea_givers_bounce_becomes_the_task_to_phone_them() -> None:
    world = World()
    world.submit(phone=PHONE)
    world.settle()
    come_back(world, "-receipt-giver")
    lose_every_nudge_for(world, 5)
    (call,) = calls(world)
    assert (call.person, call.step, call.note) == ("hanna", "ring", "receipt")
    assert len(world.letters(HOST.email, "ring-1")) == 1
    (letter,) = world.letters(HOST.email, "undelivered")
    assert "Hanna har fått i uppgift att ringa idégivaren" in letter.text
    assert open_asks(world) == {"hanna"}


def test_news_after_that_are_no_mails_but_calls() -> None:
    world = World()
    world.submit(phone=PHONE)
    world.settle()
    come_back(world, "-receipt-giver")
    world.settle()
    mails = len(world.letters("asa.lind@example.com"))
    answer_glance(world)
    (call,) = calls(world)
    assert (call.epoch, call.note) == (world.case().epoch, "outcome")
    assert len(world.letters("asa.lind@example.com")) == mails


def test_a_bounced_receipt_before_screening_neither_loses_nor_stops_the_idea() -> None:
    world = World()
    world.submit(phone=PHONE)
    receipt = world.queue.take(1)
    world.deliver(receipt)
    come_back(world, "-receipt-giver")
    assert world.case().step == "landed"
    world.settle()
    assert (world.case().step, world.case().bounced) == ("glance", True)
    assert open_asks(world) == {"hanna"}
    assert [call.note for call in calls(world)] == ["receipt"]


def test_without_a_telephone_the_coordinator_hears_that_only_the_page_is_left() -> None:
    world = World()
    world.submit()
    world.settle()
    come_back(world, "-receipt-giver")
    world.settle()
    (letter,) = world.letters(HOST.email, "undelivered")
    assert "inte lämnat något telefonnummer" in letter.text
    assert calls(world) == []


def test_a_question_after_a_bounce_is_asked_by_phone_and_mails_nothing() -> None:
    world = in_jury(phone=PHONE)
    come_back(world, "-receipt-giver")
    world.settle()
    mails = len(world.letters("asa.lind@example.com"))
    asker = world.asked()[0]
    asked = question_giver(
        world.deps, world.link(asker.email), None, "Hur många bänkar tänker du dig?"
    )
    assert isinstance(asked, Asked)
    world.settle()
    assert len(world.letters("asa.lind@example.com")) == mails
    assert len(calls(world)) == 1


def test_an_outcome_that_bounced_is_told_by_phone_though_the_case_has_ended() -> None:
    world = World()
    world.submit(phone=PHONE)
    world.settle()
    world.answer(HOST, DROP)
    world.settle()
    assert world.case().closed
    come_back(world, "outcome")
    world.settle()
    assert len(calls(world)) == 1
    session = world.session(HOST, "ring-1")
    said = {"reached": "yes", "answer": "Hon var nöjd med beskedet."}
    link = world.link(HOST.email, "ring-1")
    assert isinstance(answer_ask(world.deps, link, session, said), Accepted)
    world.settle()
    assert calls(world) == []
    assert (world.case().closed, world.case().due_at) == (True, None)
    assert world.case().told_at == world.now


def test_a_follower_whose_mail_came_back_is_mailed_no_more() -> None:
    world = in_jury()
    case = world.case()
    follower = world.submit("second", **BO)
    world.settle()
    own = world.case(follower.ref)
    row = FollowerRow(case.case_id, own.case_id, "sv", has_email=True, since=world.now)
    world.store.transact([Create(row, "follower-is-new")])
    world.advance(days=29)
    about = f"follower-{own.case_id}"
    come_back(world, about)
    world.settle()
    (kept,) = world.store.rows(FollowerRow)
    assert kept.has_email is False
    (letter,) = world.letters(about="undelivered")
    assert follower.ref in letter.text
    before = len(world.letters("bo.ek@example.com", about))
    world.advance(days=40)
    assert len(world.letters("bo.ek@example.com", about)) == before


def test_the_record_says_why_somebody_else_was_asked() -> None:
    world = in_jury()
    first = world.asked()[0].person_id
    come_back(world, f"ask-{first}")
    world.settle()
    facts = [fact for event in world.store.rows(EventRow) for fact in event.facts]
    (moved,) = [fact.data for fact in facts if fact.kind == "AskMoved"]
    assert (moved["person"], moved["why"]) == (first, "unreachable")
