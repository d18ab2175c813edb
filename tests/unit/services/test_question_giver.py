"""Questions to the idea-giver: asked by link, answered on the status page or by phone, stored once, and the clock goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Expired, Lapsed, Unknown
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    EventRow,
    PersonRow,
    QuestionRow,
    QuestionState,
)
from chalicelib.services.answer_ask import Accepted, CodeNeeded, Faulty, answer_ask
from chalicelib.services.follow_idea import answer_by_status_link, follow_idea, withdraw_idea
from chalicelib.services.question_giver import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    Asked,
    Enough,
    NothingAsked,
    Told,
    Waits,
    question_giver,
)
from tests.fakes import Crash, StoreFault
from tests.small_process import VIEW
from tests.unit.services.questioning import (
    ANSWER,
    GIVERS,
    TEXT,
    ask,
    facts,
    question,
    tell,
)
from tests.world import HOST, JUDGE, PEOPLE, World, in_jury, in_ruling


@pytest.fixture
def world() -> World:
    return in_jury()


@pytest.fixture
def waiting() -> World:
    """A world in which the first of the panel has asked something and the mail is out."""
    world = in_jury()
    assert isinstance(ask(world), Asked)
    world.settle()
    return world


# ── Asking ──


def test_a_question_is_stored_with_its_event_its_mail_and_the_pause_in_one_transaction(
    world: World,
) -> None:
    before = len(world.store.transactions)
    result = ask(world)
    assert isinstance(result, Asked)
    assert len(world.store.transactions) == before + 1
    row = question(world)
    assert result.row == row
    assert (row.text, row.state, row.asked_by) == (
        TEXT,
        QuestionState.OPEN,
        world.asked()[0].person_id,
    )
    assert (row.epoch, row.asked_at, row.answer) == (world.case().epoch, world.now, None)
    assert (world.case().paused_at, world.case().questions) == (world.now, 1)
    assert world.store.events(row.case_id)[-1].actor == row.asked_by


def test_the_giver_gets_the_question_with_a_way_to_answer_and_no_name(waiting: World) -> None:
    (letter,) = waiting.letters(GIVERS, "question")
    assert TEXT in letter.text
    assert "/status/" in letter.text
    for person in PEOPLE:
        assert person.name not in letter.text


def test_the_words_are_in_no_event_and_no_message(world: World) -> None:
    ask(world)
    assert TEXT not in repr((world.store.rows(EventRow), world.queue.bodies))


def test_the_link_is_not_used_up_and_its_ask_can_still_be_answered(waiting: World) -> None:
    first = waiting.asked()[0]
    assert isinstance(waiting.answer(first, VIEW), Accepted)


def ask_until_answered(world: World, number: int, person: PersonRow) -> object:
    result = ask(world, f"Fråga nummer {number}: hur då?", person)
    tell(world, "Så här.", number)
    world.settle()
    return result


def test_one_person_asks_three_times_a_day_about_one_idea_and_others_as_well(world: World) -> None:
    first, second = world.asked()[:2]
    for number in (1, 2, 3):
        assert isinstance(ask_until_answered(world, number, first), Asked)
    stored = len(world.store.transactions)
    assert isinstance(ask(world, "En fråga till, går det?", first), Enough)
    assert len(world.store.transactions) == stored
    assert isinstance(ask_until_answered(world, 4, second), Asked)


def test_on_the_next_day_they_may_ask_again(world: World) -> None:
    first = world.asked()[0]
    for number in (1, 2, 3):
        ask_until_answered(world, number, first)
    world.advance(days=1)
    assert isinstance(ask(world, "En fråga till, går det?", first), Asked)


def test_pressed_twice_one_question_waits(world: World) -> None:
    assert isinstance(ask(world), Asked)
    before = len(world.store.transactions)
    assert isinstance(ask(world), Waits)
    assert isinstance(ask(world, "Vad kostar det, tror du?", world.asked()[1]), Waits)
    assert len(world.store.transactions) == before
    assert len(world.store.rows(QuestionRow)) == 1


def test_of_many_who_ask_at_once_one_is_heard(world: World) -> None:
    links = [world.link(person.email) for person in world.asked()] * 4
    results = world.at_once(
        *[lambda link=link: question_giver(world.deps, link, None, TEXT) for link in links]
    )
    assert sum(isinstance(result, Asked) for result in results) == 1
    assert sum(isinstance(result, Waits) for result in results) == 11
    assert len(world.store.rows(QuestionRow)) == 1
    assert world.case().questions == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", Problem.MISSING),
        (" \n", Problem.MISSING),
        ("Va?", Problem.TOO_SHORT),
        ("x" * (LONGEST_QUESTION + 1), Problem.TOO_LONG),
    ],
)
def test_what_is_wrong_with_a_question_is_told(world: World, text: str, problem: Problem) -> None:
    before = len(world.store.transactions)
    result = ask(world, text)
    assert isinstance(result, Faulty)
    (error,) = result.errors
    assert (error.field, error.problem) == ("question", problem)
    assert len(world.store.transactions) == before


def left(world: World, person: PersonRow) -> None:
    world.change_person(person.person_id, active=False)


def old(world: World, _: PersonRow) -> None:
    world.clock.advance(timedelta(days=60))


def over(world: World, person: PersonRow) -> None:
    for other in world.asked():
        if other != person:
            world.answer(other, VIEW)
    world.settle()


def withdrawn(world: World, _: PersonRow) -> None:
    withdraw_idea(world.deps, world.link(GIVERS, "receipt"), world.case().ref)


@pytest.mark.parametrize(
    ("change", "verdict"),
    [(left, Unknown), (old, Expired), (over, Lapsed), (withdrawn, Lapsed)],
)
def test_a_link_that_is_worth_nothing_asks_nothing(
    world: World, change: Callable[[World, PersonRow], None], verdict: type
) -> None:
    first = world.asked()[0]
    link = world.link(first.email)
    change(world, first)
    before = world.store.acts
    assert isinstance(question_giver(world.deps, link, None, TEXT), verdict)
    assert world.store.acts == before


def test_where_a_code_is_needed_it_is_needed_to_ask_too() -> None:
    world = in_ruling()
    link = world.link(JUDGE.email)
    assert isinstance(question_giver(world.deps, link, None, TEXT), CodeNeeded)
    assert isinstance(question_giver(world.deps, link, world.session(JUDGE), TEXT), Asked)


@pytest.mark.parametrize("boundary", range(6))
def test_a_crash_neither_loses_nor_doubles_a_question(world: World, boundary: int) -> None:
    world.faults.crash_at(boundary)

    def ask_and_deliver() -> None:
        ask(world)
        world.settle()

    with pytest.raises(Crash):
        ask_and_deliver()
    assert isinstance(ask(world), Asked if boundary == 0 else Waits)
    world.advance(minutes=5)
    world.advance(minutes=5)
    assert len(world.store.rows(QuestionRow)) == 1
    assert len({letter.mail_id for letter in world.letters(GIVERS, "question")}) == 1
    assert facts(world).count("GiverAsked") == 1


# ── Answering ──


def test_an_answer_is_stored_with_its_event_and_the_clock_in_one_transaction(
    waiting: World,
) -> None:
    before = len(waiting.store.transactions)
    waiting.clock.advance(timedelta(days=3))
    assert isinstance(tell(waiting), Told)
    assert len(waiting.store.transactions) == before + 1
    row = question(waiting)
    assert (row.state, row.answer, row.answered_at) == (QuestionState.ANSWERED, ANSWER, waiting.now)
    assert waiting.case().paused_at is None
    event = waiting.store.events(row.case_id)[-1]
    assert (event.actor, event.facts[0].kind) == (GIVER, "GiverAnswered")


def test_those_who_see_the_masked_idea_read_a_masked_answer(waiting: World) -> None:
    tell(waiting)
    masked = question(waiting).masked
    assert masked is not None
    assert "Vid bron" in masked
    for word in ("Lind", "Åsa", "174"):
        assert word not in masked


def test_likely_names_of_others_are_masked_in_an_answer_and_kept_in_the_original(
    waiting: World,
) -> None:
    said = "Fråga Kalle Öberg på 070-174 06 05, han bor vid bron."
    tell(waiting, said)
    row = question(waiting)
    assert row.masked == "Fråga [namn] på [telefonnummer], han bor vid bron."
    assert row.answer == said


def test_the_deadline_moves_by_the_working_days_that_it_took(waiting: World) -> None:
    before = waiting.case().deadline
    assert before is not None
    waiting.clock.advance(timedelta(days=7))
    tell(waiting)
    waiting.settle()
    calendar = waiting.deps.calendar
    moved = calendar.add_working_days(calendar.local_date(before), 5)
    assert waiting.case().deadline == calendar.end_of(moved)
    assert {ask.deadline for ask in waiting.store.rows(AskRow) if ask.state is AskState.OPEN} == {
        waiting.case().deadline
    }


def test_whoever_asked_is_told_with_a_link_that_works(waiting: World) -> None:
    asker = waiting.asked()[0]
    tell(waiting)
    waiting.settle()
    (letter,) = waiting.letters(asker.email, "giver_answered")
    assert "svarat" in letter.text
    assert ANSWER not in letter.text
    link = waiting.link(asker.email, "giver_answered")
    assert isinstance(answer_ask(waiting.deps, link, None, VIEW), Accepted)
    others = [p for p in waiting.asked() if p != asker]
    assert all(not waiting.letters(p.email, "giver_answered") for p in others)


def test_the_same_answer_again_is_told_again_and_stored_once(waiting: World) -> None:
    assert isinstance(tell(waiting), Told)
    before = len(waiting.store.transactions)
    assert isinstance(tell(waiting), Told)
    assert len(waiting.store.transactions) == before


def test_another_answer_after_the_first_is_not_stored(waiting: World) -> None:
    tell(waiting)
    before = len(waiting.store.transactions)
    assert isinstance(tell(waiting, "Nej, vid skolan."), NothingAsked)
    assert len(waiting.store.transactions) == before
    assert question(waiting).answer == ANSWER


def test_of_two_answers_at_once_one_is_stored(waiting: World) -> None:
    results = waiting.at_once(*[lambda n=n: tell(waiting, f"Svar nummer {n}.") for n in range(8)])
    assert sum(isinstance(result, Told) for result in results) == 1
    assert sum(isinstance(result, NothingAsked) for result in results) == 7
    assert facts(waiting).count("GiverAnswered") == 1


@pytest.mark.parametrize("number", [0, 2, 99])
def test_a_question_that_was_not_asked_takes_no_answer(waiting: World, number: int) -> None:
    assert isinstance(tell(waiting, number=number), NothingAsked)
    assert waiting.case().paused_at is not None


def test_a_question_that_is_no_longer_needed_takes_no_answer(waiting: World) -> None:
    for person in waiting.asked()[:2]:
        waiting.answer(person, VIEW)
    waiting.settle()
    assert waiting.case().step == "ruling"
    assert isinstance(tell(waiting), NothingAsked)
    assert waiting.case().step == "ruling"


def test_only_the_question_that_waits_takes_an_answer(waiting: World) -> None:
    """The panel decided without an answer to the first question; the judge asks a second one."""
    for person in waiting.asked()[:2]:
        waiting.answer(person, VIEW)
    waiting.settle()
    session = waiting.session(JUDGE)
    asked = question_giver(waiting.deps, waiting.link(JUDGE.email), session, "Vad kostar det?")
    assert isinstance(asked, Asked)
    assert isinstance(tell(waiting, number=1), NothingAsked)
    assert waiting.case().paused_at is not None
    assert isinstance(tell(waiting, number=2), Told)
    assert (question(waiting, 1).answer, question(waiting, 2).answer) == (None, ANSWER)


def test_a_withdrawn_idea_takes_no_answer(waiting: World) -> None:
    withdrawn(waiting, HOST)
    assert isinstance(tell(waiting), NothingAsked)


@pytest.mark.parametrize(
    ("text", "problem"),
    [("", Problem.MISSING), (" ", Problem.MISSING), ("x" * (LONGEST_ANSWER + 1), Problem.TOO_LONG)],
)
def test_what_is_wrong_with_an_answer_is_told(waiting: World, text: str, problem: Problem) -> None:
    result = tell(waiting, text)
    assert isinstance(result, FieldError)
    assert (result.field, result.problem) == ("answer", problem)
    assert waiting.case().paused_at is not None


def test_a_link_that_is_none_answers_nothing(waiting: World) -> None:
    assert answer_by_status_link(waiting.deps, "0" * 43, 1, ANSWER) is None
    ask_link = waiting.link(waiting.asked()[0].email)
    assert answer_by_status_link(waiting.deps, ask_link, 1, ANSWER) is None
    assert question(waiting).state is QuestionState.OPEN


def test_the_status_page_shows_the_question_that_waits_and_later_none(waiting: World) -> None:
    status = waiting.link(GIVERS, "receipt")
    followed = follow_idea(waiting.deps, status)
    assert followed is not None
    assert followed.waiting_question == question(waiting)
    tell(waiting)
    followed = follow_idea(waiting.deps, status)
    assert followed is not None
    assert followed.waiting_question is None
    assert [row.answer for row in followed.questions] == [ANSWER]


def test_a_second_question_has_a_number_of_its_own(waiting: World) -> None:
    tell(waiting)
    waiting.settle()
    assert isinstance(ask(waiting, "Och hur många bänkar ska det vara?"), Asked)
    waiting.settle()
    assert waiting.case().questions == 2
    assert isinstance(tell(waiting, "Tre.", number=2), Told)
    assert question(waiting, 2).answer == "Tre."
    assert question(waiting, 1).answer == ANSWER


@pytest.mark.parametrize("boundary", range(6))
def test_a_crash_neither_loses_nor_doubles_an_answer(waiting: World, boundary: int) -> None:
    waiting.clock.advance(timedelta(days=1))
    asker = waiting.asked()[0]
    waiting.faults.crash_at(boundary)

    def tell_and_deliver() -> None:
        tell(waiting)
        waiting.settle()

    with pytest.raises(Crash):
        tell_and_deliver()
    assert isinstance(tell(waiting), Told)
    waiting.advance(minutes=5)
    waiting.advance(minutes=5)
    assert question(waiting).answer == ANSWER
    assert facts(waiting).count("GiverAnswered") == 1
    assert len({letter.mail_id for letter in waiting.letters(asker.email, "giver_answered")}) == 1


def test_whoever_loses_the_race_tries_again(waiting: World) -> None:
    waiting.store.fail_next(StoreFault.CONFLICT)
    assert isinstance(tell(waiting), Told)
    assert waiting.pauses == [0.02]


def test_what_was_read_must_still_hold_when_an_answer_is_written(waiting: World) -> None:
    tell(waiting)
    names = {
        condition.name
        for operation in waiting.store.transactions[-1]
        for condition in getattr(operation, "conditions", ())
    }
    assert {"case-is-as-read", "question-is-open"} <= names
