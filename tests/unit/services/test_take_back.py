"""Taking back an answer by its link: the link is good again, the record says so, and of two at once one wins."""

from __future__ import annotations

import pytest

from chalicelib.domain.links import Answered, OpenAsk, Unknown
from chalicelib.domain.process import Assurance
from chalicelib.domain.rows import AskRow, AskState, EventRow, PersonRow
from chalicelib.domain.take_back import MOST_TIMES
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.open_link import open_link
from chalicelib.services.take_back import NotConfirmed, TakenBack, TooLate, take_back
from tests.fakes import StoreFault
from tests.small_process import ON, OTHER_VIEW, SMALL, VIEW, with_step
from tests.world import HOST, World, in_jury


def one_has_answered() -> tuple[World, PersonRow, str]:
    """A panel of three, of whom the first has answered."""
    world = in_jury()
    person = world.asked()[0]
    raw = world.link(person.email)
    world.answer(person, VIEW)
    world.settle()
    return world, person, raw


def ask_of(world: World, person: PersonRow) -> AskRow:
    (ask,) = [a for a in world.store.rows(AskRow) if a.person == person.person_id]
    return ask


def facts(world: World) -> list[str]:
    return [fact.kind for event in world.store.rows(EventRow) for fact in event.facts]


def test_an_answer_is_taken_back_and_the_same_link_answers_again() -> None:
    world, person, raw = one_has_answered()
    result = take_back(world.deps, raw, None, f"[{world.case().ref.lower()}]")
    assert result == TakenBack(VIEW)
    ask = ask_of(world, person)
    assert (ask.state, ask.answer, ask.answered_at) == (AskState.OPEN, None, None)
    assert ask.withdrawn == VIEW
    assert isinstance(open_link(world.deps, raw, None), OpenAsk)
    assert isinstance(answer_ask(world.deps, raw, None, OTHER_VIEW), Accepted)
    assert ask_of(world, person).answer == OTHER_VIEW
    assert ask_of(world, person).withdrawn is None
    assert facts(world).count("AnswerTakenBack") == 1
    assert facts(world).count("AskAnswered") == 3, "the host's, this one, and this one again"


def test_they_are_mailed_that_it_was_taken_back_with_a_link_that_works() -> None:
    world, person, raw = one_has_answered()
    take_back(world.deps, raw, None, world.case().ref)
    world.settle()
    (letter,) = world.letters(person.email, "taken_back")
    assert letter.subject.startswith("[2026-0001] Svara i steget jury på svenska på nytt senast ")
    again = world.link(person.email, "taken_back")
    assert isinstance(answer_ask(world.deps, again, None, OTHER_VIEW), Accepted)


def test_the_receipt_says_how_as_long_as_it_can_be_done() -> None:
    world = in_jury()
    first, second = world.asked()[:2]
    world.answer(first, VIEW)
    world.answer(second, VIEW)
    world.settle()
    how = "kan du ta tillbaka svaret där"
    texts = [world.letters(p.email, "answer_receipt")[0].text for p in (first, second, HOST)]
    assert [how in " ".join(text.split()) for text in texts] == [True, False, False]


def test_an_ask_is_taken_back_three_times_and_then_its_answer_stands() -> None:
    world, person, raw = one_has_answered()
    ref = world.case().ref
    before = len(world.letters(person.email))
    for _ in range(MOST_TIMES):
        assert isinstance(take_back(world.deps, raw, None, ref), TakenBack)
        world.settle()
        assert isinstance(answer_ask(world.deps, raw, None, VIEW), Accepted)
        world.settle()
    assert isinstance(take_back(world.deps, raw, None, ref), TooLate)
    world.settle()
    assert len(world.letters(person.email)) == before + MOST_TIMES * 2
    assert "ta tillbaka svaret" not in world.letters(person.email, "answer_receipt")[-1].text


@pytest.mark.parametrize("typed", ["", "ja", "2026-0002"])
def test_without_the_reference_nothing_happens(typed: str) -> None:
    world, person, raw = one_has_answered()
    before = len(world.store.transactions)
    assert isinstance(take_back(world.deps, raw, None, typed), NotConfirmed)
    assert len(world.store.transactions) == before
    assert ask_of(world, person).state is AskState.ANSWERED


def test_a_second_press_meets_the_open_ask() -> None:
    world, _, raw = one_has_answered()
    take_back(world.deps, raw, None, world.case().ref)
    before = len(world.store.transactions)
    assert isinstance(take_back(world.deps, raw, None, world.case().ref), OpenAsk)
    assert len(world.store.transactions) == before


@pytest.mark.parametrize("evaluated", [False, True])
def test_what_has_decided_the_step_stands(evaluated: bool) -> None:
    """Also in the moment before the case moves on."""
    world, person, raw = one_has_answered()
    world.answer(world.asked()[0], VIEW)
    if evaluated:
        world.settle()
    assert isinstance(take_back(world.deps, raw, None, world.case().ref), TooLate)
    assert ask_of(world, person).state is AskState.ANSWERED
    assert "AnswerTakenBack" not in facts(world)
    assert "AnswerRefused" in facts(world)


def test_who_has_left_takes_nothing_back() -> None:
    world, person, raw = one_has_answered()
    world.change_person(person.person_id, active=False)
    assert isinstance(take_back(world.deps, raw, None, world.case().ref), Unknown)
    assert ask_of(world, person).state is AskState.ANSWERED


def test_a_link_that_is_too_old_takes_nothing_back() -> None:
    world, _, raw = one_has_answered()
    ref = world.case().ref
    world.clock.advance_to(world.now.replace(year=2027))
    assert isinstance(take_back(world.deps, raw, None, ref), Answered)
    assert "AnswerTakenBack" not in facts(world)


def test_where_answering_takes_a_code_taking_back_does_too() -> None:
    world = World(with_step(SMALL, "jury", assurance=Assurance.CODE))
    world.submit()
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    person = world.asked()[0]
    raw, session = world.link(person.email), world.session(person)
    assert isinstance(answer_ask(world.deps, raw, session, VIEW), Accepted)
    ref = world.case().ref
    assert isinstance(take_back(world.deps, raw, None, ref), Answered)
    assert ask_of(world, person).state is AskState.ANSWERED
    assert isinstance(take_back(world.deps, raw, session, ref), TakenBack)


def test_contention_with_the_case_loses_no_press() -> None:
    world, person, raw = one_has_answered()
    world.store.fail_next(StoreFault.CONFLICT)
    assert isinstance(take_back(world.deps, raw, None, world.case().ref), TakenBack)
    assert ask_of(world, person).state is AskState.OPEN


def test_fifty_at_once_against_the_last_answer_leave_one_truth() -> None:
    """Either the answer was taken back and the step waits, or the last answer came first and closed it; never both."""
    for _ in range(5):
        world, person, raw = one_has_answered()
        ref, other = world.case().ref, world.asked()[0]
        last = world.link(other.email)

        def answers(last: str = last, world: World = world) -> object:
            return answer_ask(world.deps, last, None, VIEW)

        def takes(raw: str = raw, ref: str = ref, world: World = world) -> object:
            return take_back(world.deps, raw, None, ref)

        results = world.at_once(*[takes, answers] * 25)
        world.settle()
        taken = [result for result in results if isinstance(result, TakenBack)]
        assert any(isinstance(result, Accepted) for result in results)
        if taken:
            assert len(taken) == 1
            assert (world.case().step, ask_of(world, person).state) == ("jury", AskState.OPEN)
        else:
            assert world.case().step == "ruling"
            assert ask_of(world, person).state is AskState.ANSWERED
        assert facts(world).count("AnswerTakenBack") == len(taken)
