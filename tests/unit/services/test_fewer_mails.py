"""An idea-giver may decline what they need not know: one press stops progress mails, and nothing else."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import UNSUBSCRIBE_LIFE, Unknown, new_token, token_hash
from chalicelib.domain.rows import (
    CaseRow,
    EventRow,
    FollowerRow,
    HowOften,
    MailRow,
    MailState,
    TokenPurpose,
    TokenRow,
)
from chalicelib.domain.transaction import Create
from chalicelib.services.follow_idea import (
    CHANGES_A_DAY,
    answer_by_status_link,
    case_to_quiet,
    choose_mails,
    decline_mails,
    follow_idea,
    withdraw_idea,
)
from chalicelib.services.open_link import open_link
from chalicelib.services.ports import Letter
from chalicelib.services.question_giver import Asked, question_giver
from tests.fakes import StoreFault
from tests.small_process import LATER, REST
from tests.world import HOST, World, an_idea, in_jury

GIVER = "asa.lind@example.com"
STOP = re.compile(r"https://ideer\.example\.se/avsluta/([A-Za-z0-9_-]{43})")
BO = {"name": "Bo Ek", "email": "bo.ek@example.com", "idea": an_idea(title="Grusade vägar")}
QUESTION = "Hur många bänkar tänker du dig?"


def parked(**fields: object) -> World:
    """A world whose idea waits for the autumn, and whose giver has got one interim message with a way out."""
    world = World()
    world.submit(**fields)
    world.settle()
    world.answer(HOST, LATER)
    world.settle()
    world.advance(days=30)
    assert len(world.letters(GIVER, "interim")) == 1
    return world


def way_out(letter: Letter) -> str:
    found = STOP.search(letter.text)
    assert found is not None
    return found[1]


def stop(world: World) -> CaseRow | None:
    return decline_mails(world.deps, way_out(world.letters(GIVER)[-1]))


def facts(world: World) -> list[str]:
    return [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]


def test_a_progress_mail_can_be_declined_by_one_press_in_the_mail_program() -> None:
    world = parked()
    (letter,) = world.letters(GIVER, "interim")
    raw = way_out(letter)
    names = [name for name, _ in letter.headers]
    assert names[-2:] == ["List-Unsubscribe", "List-Unsubscribe-Post"]
    assert dict(letter.headers)["List-Unsubscribe"] == f"<https://ideer.example.se/avsluta/{raw}>"
    assert dict(letter.headers)["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert raw in letter.html


def test_what_they_must_know_offers_no_way_out() -> None:
    world = in_jury()
    asker = world.asked()[0]
    assert isinstance(question_giver(world.deps, world.link(asker.email), None, QUESTION), Asked)
    world.settle()
    kinds = {letter.mail_id.split("-")[2] for letter in world.letters(GIVER)}
    assert kinds == {"receipt", "outcome", "question"}
    for letter in world.letters():
        assert "List-Unsubscribe" not in dict(letter.headers)
        assert STOP.search(letter.text + letter.html) is None


def test_only_the_hash_of_the_way_out_is_stored_and_the_kept_mail_is_masked() -> None:
    world = parked()
    raw = way_out(world.letters(GIVER)[-1])
    token = world.store.get(TokenRow, token_hash(raw))
    assert token is not None
    assert (token.purpose, token.expires_at - token.created_at) == (
        TokenPurpose.UNSUBSCRIBE,
        UNSUBSCRIBE_LIFE,
    )
    assert raw not in repr(world.store.rows(MailRow)) + repr(world.store.rows(TokenRow))


def test_the_way_out_opens_nothing_else_and_nothing_else_opens_it() -> None:
    world = parked()
    letter = world.letters(GIVER)[-1]
    raw, status = way_out(letter), world.link(GIVER, "interim")
    assert follow_idea(world.deps, raw) is None
    assert withdraw_idea(world.deps, raw, world.case().ref) is None
    assert answer_by_status_link(world.deps, raw, 1, "Tre bänkar.") is None
    assert choose_mails(world.deps, raw, HowOften.EVERY_STEP) is None
    assert isinstance(open_link(world.deps, raw, None), Unknown)
    assert case_to_quiet(world.deps, status) is None
    assert decline_mails(world.deps, status) is None
    assert decline_mails(world.deps, world.link(HOST.email)) is None
    assert not world.case().quiet


def test_a_way_out_that_is_too_old_is_refused() -> None:
    world = parked()
    raw = way_out(world.letters(GIVER)[-1])
    world.clock.advance(UNSUBSCRIBE_LIFE)
    assert decline_mails(world.deps, raw) is None


def test_pressing_is_recorded_once_and_moves_nothing_else() -> None:
    world = parked()
    before = world.case()
    raw = way_out(world.letters(GIVER)[-1])
    first = decline_mails(world.deps, raw)
    assert first is not None
    transactions = len(world.store.transactions)
    assert decline_mails(world.deps, raw) == world.case()
    assert len(world.store.transactions) == transactions
    assert facts(world).count("ProgressMailStopped") == 1
    after = world.case()
    assert (after.quiet, after.step, after.epoch, after.deadline, after.due_at) == (
        True,
        before.step,
        before.epoch,
        before.deadline,
        before.due_at,
    )
    assert world.queue.waiting == ()


def test_two_presses_at_once_are_one() -> None:
    world = parked()
    raw = way_out(world.letters(GIVER)[-1])

    def press() -> object:
        return decline_mails(world.deps, raw)

    assert all(case is not None for case in world.at_once(*[press] * 4))
    assert facts(world).count("ProgressMailStopped") == 1


def test_contention_with_the_case_loses_no_press() -> None:
    world = parked()
    world.store.fail_next(StoreFault.CONFLICT)
    assert stop(world) is not None
    assert world.case().quiet


@pytest.mark.parametrize("phone", [None, "070-174 06 05"])
def test_from_then_on_they_hear_nothing_that_they_need_not_and_nobody_phones(
    phone: str | None,
) -> None:
    world = parked(phone=phone)
    stop(world)
    for _ in range(5):
        world.advance(days=30)
    assert world.case().step == "drawer"
    assert len(world.letters(GIVER, "interim")) == 1
    assert len([mail for mail in world.store.rows(MailRow) if mail.purpose == "interim"]) == 1
    assert not {"CallOwed", "NobodyToTell"} & set(facts(world))
    assert facts(world).count("InterimSent") == 1
    assert world.case().due_at is not None


def test_news_of_the_next_step_is_not_owed_either() -> None:
    world = World()
    world.submit()
    world.settle()
    world.answer(HOST, REST)
    world.settle()
    case = world.case()
    quiet = choose_quiet(world)
    assert quiet.case_id == case.case_id
    world.advance(days=10)
    assert world.case().step == "glance"
    assert world.letters(GIVER, "progress") == []


def choose_quiet(world: World) -> CaseRow:
    """As by a press, in a case whose giver has had no progress mail yet."""
    raw = "w" * 43
    purpose = TokenPurpose.UNSUBSCRIBE
    token = new_token(raw, purpose, "giver", world.now, UNSUBSCRIBE_LIFE, world.case())
    world.store.transact([Create(token, "link-is-new")])
    case = decline_mails(world.deps, raw)
    assert case is not None
    return case


def test_what_they_must_know_still_comes() -> None:
    world = in_jury()
    choose_quiet(world)
    asker = world.asked()[0]
    assert isinstance(question_giver(world.deps, world.link(asker.email), None, QUESTION), Asked)
    world.settle()
    assert len(world.letters(GIVER, "question")) == 1
    answered = answer_by_status_link(world.deps, world.link(GIVER, "question"), 1, "Tre bänkar.")
    assert answered is not None
    withdraw_idea(world.deps, world.link(GIVER, "question"), world.case().ref)
    world.settle()
    assert world.case().closed
    assert len(world.letters(GIVER, "outcome")) == 2


def test_a_mail_that_was_owed_before_the_press_is_not_sent_after_it() -> None:
    world = World()
    world.submit()
    world.settle()
    world.answer(HOST, LATER)
    world.settle()
    world.clock.advance(timedelta(days=30))
    world.sweep()
    world.deliver(world.queue.take())
    assert world.mail("interim").state is MailState.PENDING
    choose_quiet(world)
    world.settle()
    assert world.mail("interim").state is MailState.SUPERSEDED
    assert world.letters(GIVER, "interim") == []


def test_the_status_page_turns_them_on_again() -> None:
    world = parked()
    stop(world)
    status = world.link(GIVER, "interim")
    resumed = choose_mails(world.deps, status, HowOften.EVERY_STEP)
    assert resumed is not None
    assert not world.case().quiet
    assert facts(world)[-1] == "ProgressMailResumed"
    world.advance(days=30)
    assert len(world.letters(GIVER, "interim")) == 2


def test_whose_idea_was_joined_declines_for_their_own_idea_alone() -> None:
    world = in_jury()
    target = world.case()
    second = world.submit("second", **BO)
    world.settle()
    own = world.case(second.ref)
    row = FollowerRow(target.case_id, own.case_id, "sv", has_email=True, since=world.now)
    world.store.transact([Create(row, "follower-is-new")])
    world.advance(days=30)
    about = f"follower-{own.case_id}"
    before = len(world.letters("bo.ek@example.com", about))
    assert before > 0
    letter = world.letters("bo.ek@example.com", about)[-1]
    assert "List-Unsubscribe" in dict(letter.headers)
    assert decline_mails(world.deps, way_out(letter)) is not None
    assert (world.case(second.ref).quiet, world.case(target.ref).quiet) == (True, False)
    givers = len(world.letters(GIVER))
    world.advance(days=30)
    assert len(world.letters(GIVER)) > givers
    assert len(world.letters("bo.ek@example.com", about)) == before


def test_who_is_quiet_and_followed_is_spared_what_their_followers_hear() -> None:
    world = in_jury()
    second = world.submit("second", **BO)
    world.settle()
    target, own = world.case("2026-0001"), world.case(second.ref)
    row = FollowerRow(target.case_id, own.case_id, "sv", has_email=True, since=world.now)
    world.store.transact([Create(row, "follower-is-new")])
    world.advance(days=30)
    giver = len(world.letters(GIVER))
    decline_mails(world.deps, way_out(world.letters(GIVER)[-1]))
    about = f"follower-{own.case_id}"
    before = len(world.letters("bo.ek@example.com", about))
    world.advance(days=30)
    assert len(world.letters(GIVER)) == giver
    assert len(world.letters("bo.ek@example.com", about)) > before


def test_ten_changes_a_day_are_stored_what_changes_nothing_writes_nothing_and_quiet_always_goes() -> (
    None
):
    world = parked()
    status = world.link(GIVER, "receipt")
    way = way_out(world.letters(GIVER, "interim")[-1])
    before = len(world.store.events(world.case().case_id))
    turns = [HowOften.WEEKLY, HowOften.EVERY_STEP] * CHANGES_A_DAY
    results = [choose_mails(world.deps, status, chosen) for chosen in turns]
    stored = len(world.store.transactions)
    assert results[CHANGES_A_DAY:] == [
        FieldError("mails", Problem.ENOUGH_TODAY) if chosen is HowOften.WEEKLY else world.case()
        for chosen in turns[CHANGES_A_DAY:]
    ]
    assert len(world.store.events(world.case().case_id)) == before + CHANGES_A_DAY
    quiet = decline_mails(world.deps, way)
    assert quiet is not None
    assert quiet.how_often is HowOften.OUTCOME
    assert decline_mails(world.deps, way) == world.case()
    assert len(world.store.transactions) == stored + 1
    world.clock.advance(timedelta(days=1))
    assert isinstance(choose_mails(world.deps, status, HowOften.WEEKLY), CaseRow)
