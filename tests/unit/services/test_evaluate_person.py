"""The morning mail: once a working-day morning, everything that waits, with fresh links to what is one's own."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.domain.held import JUDGING
from chalicelib.domain.messages import SendMail
from chalicelib.domain.rows import AskRow, CaseRow, MailRow, MailState, PersonRow, Snapshot
from chalicelib.domain.suspicion import Suspicion
from chalicelib.domain.transaction import Change, case_is_as_read
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.evaluate_person import MOST_WAITING, evaluate_person
from chalicelib.services.mint_links import MOST_LINKS
from chalicelib.services.ports import OpenCase
from chalicelib.services.question_giver import Asked, question_giver
from chalicelib.services.send_mail import send_mail
from tests.fakes import Crash, FakeStore, StoreFault
from tests.small_process import DROP, ON, SMALL
from tests.world import HOST, PEOPLE, World, a_submission

MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
"""Half past seven, on the Tuesday after the world begins."""


def a_world(**person: object) -> World:
    """A world in which Hanna gets the morning mail and one idea waits for her."""
    hanna = replace(HOST, digest=True, due_at=MORNING, try_at=MORNING, **person)
    world = World(people=(hanna, *PEOPLE[1:]))
    world.submit()
    world.settle()
    return world


@pytest.fixture
def world() -> World:
    world = a_world()
    world.clock.advance_to(MORNING)
    return world


def evaluate(world: World, person: str = "hanna") -> bool:
    return evaluate_person(world.deps, person)


def hanna(world: World) -> PersonRow:
    person = world.store.get(PersonRow, "hanna")
    assert person is not None
    return person


class Reading(FakeStore):
    """Counts the cases that are read whole."""

    read = 0

    def snapshot(self, case_id: str) -> Snapshot | None:
        self.read += 1
        return super().snapshot(case_id)


class OfAnEarlierRelease(FakeStore):
    """Its index of open cases holds what is held too."""

    def open_cases(self) -> tuple[OpenCase, ...]:
        held = [case for why in Suspicion for case in self.held(why)]
        return (*held, *super().open_cases())


def digest(world: World) -> MailRow:
    return world.mail("digest")


def test_each_morning_one_mail_is_owed_with_all_that_waits(world: World) -> None:
    world.submit("second", name="Bo Ek")
    world.settle()
    assert evaluate(world)
    assert world.queue.waiting == (SendMail(digest(world).mail_id),)
    assert [row["ref"] for row in digest(world).context["waiting"]] == ["2026-0001", "2026-0002"]
    world.settle()
    (letter,) = world.letters(HOST.email, "digest")
    assert "2026-0001" in letter.text
    assert "Bänkar längs ån" in letter.text


def test_the_clock_of_the_person_moves_to_the_next_working_morning(world: World) -> None:
    evaluate(world)
    assert hanna(world).due_at == hanna(world).try_at == MORNING + timedelta(days=1)


def test_a_second_evaluation_the_same_morning_owes_nothing(world: World) -> None:
    assert [evaluate(world) for _ in range(3)] == [True, False, False]
    assert len([mail for mail in world.store.rows(MailRow) if mail.purpose == "digest"]) == 1


def test_there_is_no_morning_mail_on_a_saturday_or_a_holiday() -> None:
    world = a_world()
    mornings = []
    for _ in range(25):
        due = hanna(world).due_at
        assert due is not None
        world.clock.advance_to(due)
        evaluate(world)
        mornings.append(due.date().isoformat())
    assert "2026-03-07" not in mornings
    assert "2026-04-03" not in mornings
    assert "2026-04-06" not in mornings
    assert mornings[:5] == ["2026-03-03", "2026-03-04", "2026-03-05", "2026-03-06", "2026-03-09"]


def test_the_sweep_finds_that_it_is_morning() -> None:
    world = a_world()
    world.advance_to(MORNING)
    assert len(world.letters(HOST.email, "digest")) == 1


def test_mornings_that_were_slept_through_are_one_mail() -> None:
    world = a_world()
    world.clock.advance_to(MORNING + timedelta(days=9))
    assert evaluate(world)
    assert not evaluate(world)
    assert digest(world).context["date"] == "2026-03-12"


def test_with_nothing_waiting_no_mail_is_sent_and_the_clock_goes_on(world: World) -> None:
    answer_ask(world.deps, world.link(HOST.email), None, DROP)
    world.settle()
    assert not evaluate(world)
    assert hanna(world).due_at == MORNING + timedelta(days=1)


def test_the_link_in_the_morning_mail_is_fresh_and_works(world: World) -> None:
    first = world.link(HOST.email)
    evaluate(world)
    world.settle()
    fresh = world.link(HOST.email, "digest")
    assert fresh != first
    assert isinstance(answer_ask(world.deps, fresh, None, ON), Accepted)


def test_what_was_answered_before_the_mail_was_sent_has_no_link_in_it(world: World) -> None:
    evaluate(world)
    world.answer(HOST, ON)
    world.settle()
    (letter,) = world.letters(HOST.email, "digest")
    assert "/svara/" not in letter.text
    assert letter.subject.startswith("Inget för dig")
    assert "Det här väntar på dig" not in letter.text


def test_what_is_late_comes_first_and_is_counted() -> None:
    world = a_world()
    world.clock.advance_to(MORNING + timedelta(days=3))
    world.submit("second", name="Bo Ek")
    world.settle()
    case = min(world.store.open_cases(), key=lambda case: case.received_at)
    assert case.deadline is not None
    world.clock.advance_to(case.deadline + timedelta(hours=8))
    evaluate(world)
    context = digest(world).context
    assert (context["late_count"], context["mine_count"]) == (1, 2)
    assert [row["late"] for row in context["waiting"]] == [True, False]
    assert context["waiting"][0]["ref"] == case.ref


PAUSED = "du kan vänta, för idégivaren har fått en fråga"


def test_an_idea_that_waits_for_its_giver_is_neither_late_nor_has_a_last_day() -> None:
    world = a_world()
    deadline = world.case().deadline
    assert deadline is not None
    assert isinstance(
        question_giver(world.deps, world.link(HOST.email), None, "Var ska de stå?"), Asked
    )
    world.clock.advance_to(deadline + timedelta(hours=8))
    assert evaluate(world)
    (row,) = digest(world).context["waiting"]
    assert (row["paused"], row["late"]) == (True, False)
    send_mail(world.deps, digest(world).mail_id)
    (letter,) = world.letters(HOST.email, "digest")
    assert PAUSED in letter.text
    assert "Inget är försenat" in letter.text
    assert "senast" not in letter.text
    assert "skulle ha varit" not in letter.text


def test_an_idea_that_waits_for_somebody_has_a_last_day_and_is_not_paused(world: World) -> None:
    evaluate(world)
    world.settle()
    (letter,) = world.letters(HOST.email, "digest")
    assert digest(world).context["waiting"][0]["paused"] is False
    assert PAUSED not in letter.text
    assert "senast" in letter.text


def test_a_call_about_a_paused_idea_has_its_own_last_day() -> None:
    world = a_world()
    question_giver(world.deps, world.link(HOST.email), None, "Var ska de stå?")
    world.settle()
    while not any(ask.task for ask in world.store.rows(AskRow)):
        world.advance(days=1)
    world.register("hanna", digest=True)
    world.settle()
    world.advance(days=1)
    while not world.now.weekday() < 5:
        world.advance(days=1)
    rows = digest(world).context["waiting"]
    assert {row["task"]: row["paused"] for row in rows} == {"": True, "ring-1": False}


def test_a_list_that_goes_out_a_day_late_says_what_has_passed_meanwhile() -> None:
    world = weekly_world()
    mail = world.mail("weekly")
    assert [row["late"] for row in mail.context["waiting"]] == [False]
    deadline = world.case().deadline
    assert deadline is not None
    world.clock.advance_to(deadline + timedelta(hours=8))
    send_mail(world.deps, mail.mail_id)
    (letter,) = world.letters(HOST.email, "weekly")
    assert "skulle ha varit klart" in letter.text
    assert "1 svar är försenat" in letter.text
    assert "senast" not in letter.text


def test_a_list_that_goes_out_on_the_last_day_says_that_it_is_today() -> None:
    world = weekly_world()
    deadline = world.case().deadline
    assert deadline is not None
    world.clock.advance_to(deadline - timedelta(hours=1))
    send_mail(world.deps, world.mail("weekly").mail_id)
    (letter,) = world.letters(HOST.email, "weekly")
    assert "senast" in letter.text
    assert "skulle ha varit" not in letter.text


def test_a_morning_mail_that_goes_out_after_midnight_counts_what_has_become_late() -> None:
    world = a_world()
    deadline = world.case().deadline
    assert deadline is not None
    world.clock.advance_to(deadline - timedelta(hours=16))
    assert evaluate(world)
    assert digest(world).context["late_count"] == 0
    world.clock.advance_to(deadline + timedelta(hours=1))
    assert send_mail(world.deps, digest(world).mail_id) is MailState.SENT
    (letter,) = world.letters(HOST.email, "digest")
    assert "1 svar är försenat" in letter.text


def test_what_waits_for_nobody_is_not_late_whatever_its_day_says() -> None:
    world = a_world()
    world.clock.advance_to(MORNING)
    world.answer(HOST, {**ON, "verdict": "rest"})
    world.settle()
    case = world.case()
    passed = replace(case, deadline=MORNING - timedelta(days=1))
    world.store.transact([Change(passed, (case_is_as_read(case),))])
    assert evaluate(world)
    assert digest(world).context["late_count"] == 0
    send_mail(world.deps, digest(world).mail_id)
    (letter,) = world.letters(HOST.email, "digest")
    assert "Inget är försenat" in letter.text
    assert "skulle ha varit klart" in letter.text


def weekly_world() -> World:
    """A world in which Hanna's weekly list is owed, and has not gone out."""
    world = a_world(weekly=True)
    world.change_person("hanna", digest=False)
    while not any(mail.purpose == "weekly" for mail in world.store.rows(MailRow)):
        world.clock.advance(timedelta(days=1))
        evaluate(world)
    return world


def test_ideas_of_a_smoke_test_are_not_in_it() -> None:
    world = a_world()
    world.smoke_test("smoke")
    world.settle()
    world.clock.advance_to(MORNING)
    evaluate(world)
    assert len(digest(world).context["waiting"]) == 1


def test_an_idea_of_a_process_that_can_no_longer_be_read_spoils_nobodys_morning() -> None:
    world = a_world()
    world.upgrade(replace(SMALL, version="newer"), readable=False)
    world.submit("second", name="Bo Ek")
    world.queue.drop_all()
    world.clock.advance_to(MORNING)
    assert evaluate(world)
    assert len(digest(world).context["waiting"]) == 1


def test_a_process_that_goes_between_the_list_and_its_mail_spoils_no_mail(world: World) -> None:
    evaluate(world)
    world.upgrade(replace(SMALL, version="newer"), readable=False)
    assert send_mail(world.deps, digest(world).mail_id) is MailState.SENT


def test_a_list_of_very_many_still_fits_in_its_row() -> None:
    world = a_world()
    for number in range(MOST_WAITING + 10):
        world.submit(f"key-{number}", email=None, phone="070-174 06 05")
    world.clock.advance_to(MORNING)
    assert evaluate(world)
    assert len(digest(world).context["waiting"]) == MOST_WAITING


def flood(world: World, number: int) -> None:
    for n in range(number):
        world.send(a_submission(email=None, phone="070-174 06 05"), f"held-{n}", trapped=True)
    world.settle()


def test_however_many_are_held_the_list_has_all_that_waits_and_reads_none_of_them() -> None:
    world = a_world()
    world.submit("second", name="Bo Ek")
    flood(world, MOST_WAITING + 10)
    world.clock.advance_to(MORNING)
    reading = Reading()
    reading.take_over(world.store)
    assert evaluate_person(replace(world.deps, store=reading), "hanna")
    (mail,) = [row for row in reading.rows(MailRow) if row.purpose == "digest"]
    assert [row["ref"] for row in mail.context["waiting"]] == ["2026-0001", "2026-0002"]
    assert reading.read == 2


def test_those_that_an_earlier_release_held_stand_in_nobodys_way_either() -> None:
    """They are in the index of open cases until their next look."""
    world = a_world()
    older = OfAnEarlierRelease()
    older.take_over(world.store)
    world.store, world.deps = older, replace(world.deps, store=older)
    flood(world, MOST_WAITING + 10)
    world.clock.advance_to(MORNING)
    assert evaluate(world)
    assert [row["ref"] for row in digest(world).context["waiting"]] == ["2026-0001"]


def test_what_a_coordinator_may_judge_is_not_read_for_the_weeks_list_nor_when_they_are_away() -> (
    None
):
    world = a_world()
    flood(world, 5)
    assert [ask.task for ask in world.store.rows(AskRow)].count(JUDGING) == 5
    (idea,) = [case for case in world.store.rows(CaseRow) if not case.is_held]
    assert world.store.asked("hanna") == (idea.case_id,)


def many_asks(number: int, **person: bool) -> World:
    """A world in which so many ideas wait for Hanna."""
    world = World(people=(replace(HOST, **person), *PEOPLE[1:]))
    for n in range(number):
        world.submit(f"key-{n}", email=None, phone="070-174 06 05")
    world.settle()
    return world


@pytest.mark.parametrize("purpose", ["digest", "weekly"])
def test_of_a_hundred_asks_all_are_listed_and_the_first_ninety_have_links(purpose: str) -> None:
    world = many_asks(100, **{purpose: True})
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    world.advance(minutes=1)
    world.advance_to(datetime(2026, 3, 9, 6, 30, tzinfo=UTC))
    letter = world.letters(HOST.email, purpose)[-1]
    assert all(f"{case.ref} " in letter.text for case in world.store.rows(CaseRow))
    assert letter.text.count("/svara/") == MOST_LINKS
    assert "Några av dina frågor saknar länk här" in letter.text


def test_of_ninety_asks_all_have_links_and_nothing_is_said() -> None:
    world = many_asks(MOST_LINKS, digest=True)
    world.change_person("hanna", due_at=world.now, try_at=world.now)
    world.advance(minutes=1)
    world.advance_to(MORNING)
    (letter,) = world.letters(HOST.email, "digest")
    assert letter.text.count("/svara/") == MOST_LINKS
    assert "Några av dina frågor saknar länk här" not in letter.text


def test_of_more_asks_than_a_week_holds_the_late_ones_are_in_the_list() -> None:
    world = many_asks(MOST_WAITING + 5, weekly=True)
    late = max(world.store.rows(CaseRow), key=lambda case: case.case_id)
    world.store.keep(replace(late, deadline=world.now - timedelta(days=1)))
    monday = datetime(2026, 3, 9, 6, 30, tzinfo=UTC)
    world.clock.advance_to(monday)
    world.change_person("hanna", due_at=monday, try_at=monday)
    assert evaluate(world)
    assert world.mail("weekly").context["waiting"][0]["ref"] == late.ref


def test_a_morning_mail_that_could_not_be_sent_before_the_next_is_superseded(
    world: World,
) -> None:
    evaluate(world)
    first = digest(world).mail_id
    world.clock.advance(timedelta(days=1))
    assert send_mail(world.deps, first) is MailState.SUPERSEDED


def test_whoever_wants_no_list_has_no_clock_any_more() -> None:
    world = a_world()
    world.change_person("hanna", digest=False)
    world.clock.advance_to(MORNING)
    assert not evaluate(world)
    assert (hanna(world).due_at, hanna(world).try_at) == (None, None)


def test_somebody_who_is_not_there_is_no_fault(world: World) -> None:
    assert not evaluate(world, "nobody")


@pytest.mark.parametrize("boundary", [0, 1, 2, 3])
def test_a_crash_neither_loses_nor_doubles_the_morning_mail(world: World, boundary: int) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        evaluate(world)
    world.advance(minutes=5)
    assert len(world.letters(HOST.email, "digest")) == 1


def test_whoever_loses_the_race_looks_again(world: World) -> None:
    world.store.fail_next(StoreFault.CONFLICT)
    assert evaluate(world)
    assert world.pauses == [0.02]
