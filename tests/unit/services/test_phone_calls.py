"""A coordinator phones the idea-giver: what was said is recorded once, and the clock goes on."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.domain.links import Lapsed
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    MailRow,
    QuestionRow,
    QuestionState,
    TokenRow,
    TokenState,
)
from chalicelib.services.answer_ask import Accepted, CodeNeeded, answer_ask
from chalicelib.services.question_giver import (
    Told,
    Waits,
    question_giver,
)
from tests.fakes import Crash
from tests.unit.services.questioning import (
    ANSWER,
    NOT_REACHED,
    REACHED,
    TEXT,
    ask,
    facts,
    question,
    tell,
)
from tests.world import HOST, World, in_jury


def to_be_phoned() -> World:
    """A world in which the question was not answered in time, and Hanna has the task to phone."""
    world = in_jury()
    ask(world)
    world.settle()
    day = world.deps.calendar.add_working_days(date(2026, 3, 2), 15)
    world.advance_to(world.deps.calendar.end_of(day) + timedelta(seconds=1))
    return world


def phoned(world: World, given: dict[str, str]) -> object:
    session = world.session(HOST, "ring-1")
    return answer_ask(world.deps, world.link(HOST.email, "ring-1"), session, given)


def test_after_the_time_to_answer_a_coordinator_is_asked_to_phone() -> None:
    world = to_be_phoned()
    (task,) = [ask for ask in world.store.rows(AskRow) if ask.task]
    assert (task.person, task.step, task.state) == ("hanna", "ring", AskState.OPEN)
    assert len(world.letters(HOST.email, "ring-1")) == 1
    assert isinstance(
        answer_ask(world.deps, world.link(HOST.email, "ring-1"), None, REACHED), CodeNeeded
    )


@pytest.mark.parametrize(
    ("given", "state", "said", "kind"),
    [
        (REACHED, QuestionState.ANSWERED, REACHED["answer"], "GiverAnswered"),
        (NOT_REACHED, QuestionState.UNANSWERED, None, "GiverNotReached"),
    ],
)
def test_what_was_said_by_phone_answers_the_question_and_the_clock_goes_on(
    given: dict[str, str], state: QuestionState, said: str | None, kind: str
) -> None:
    world = to_be_phoned()
    asker = world.asked()[0]
    assert isinstance(phoned(world, given), Accepted)
    assert (question(world).state, question(world).answer) == (state, said)
    assert world.case().paused_at is None
    assert world.store.events(world.case().case_id)[-1].actor == "hanna"
    assert [fact.kind for fact in world.store.events(world.case().case_id)[-1].facts] == [
        "AskAnswered",
        kind,
    ]
    world.settle()
    (letter,) = world.letters(asker.email, "giver_answered")
    assert ("svarat" in letter.subject) is (said is not None)
    (task,) = [ask for ask in world.store.rows(AskRow) if ask.task]
    assert (task.state, task.answer) == (AskState.ANSWERED, given)


def test_a_call_is_recorded_once_however_often_it_is_pressed() -> None:
    world = to_be_phoned()
    session, link = world.session(HOST, "ring-1"), world.link(HOST.email, "ring-1")
    results = world.at_once(
        *[lambda: answer_ask(world.deps, link, session, REACHED) for _ in range(6)]
    )
    assert all(isinstance(result, Accepted) for result in results)
    assert facts(world).count("GiverAnswered") == 1


def test_an_answer_on_the_page_makes_the_call_needless() -> None:
    world = to_be_phoned()
    link, session = world.link(HOST.email, "ring-1"), world.session(HOST, "ring-1")
    assert isinstance(tell(world), Told)
    assert isinstance(answer_ask(world.deps, link, session, REACHED), Lapsed)
    assert question(world).answer == ANSWER


def test_page_and_phone_at_once_leave_one_answer() -> None:
    world = to_be_phoned()
    link, session = world.link(HOST.email, "ring-1"), world.session(HOST, "ring-1")
    world.at_once(lambda: tell(world), lambda: answer_ask(world.deps, link, session, REACHED))
    assert facts(world).count("GiverAnswered") == 1
    assert question(world).answer in (ANSWER, REACHED["answer"])


@pytest.mark.parametrize("boundary", range(5))
def test_a_crash_neither_loses_nor_doubles_a_call(boundary: int) -> None:
    world = to_be_phoned()
    session, link = world.session(HOST, "ring-1"), world.link(HOST.email, "ring-1")
    world.faults.crash_at(boundary)

    def record_and_deliver() -> None:
        answer_ask(world.deps, link, session, REACHED)
        world.settle()

    with pytest.raises(Crash):
        record_and_deliver()
    result = answer_ask(world.deps, link, session, REACHED)
    assert isinstance(result, Accepted)
    assert result.again is (boundary > 0)
    world.advance(minutes=5)
    assert question(world).answer == REACHED["answer"]
    assert facts(world).count("GiverAnswered") == 1


def test_no_question_is_asked_by_the_link_of_a_call() -> None:
    world = to_be_phoned()
    session, link = world.session(HOST, "ring-1"), world.link(HOST.email, "ring-1")
    assert isinstance(question_giver(world.deps, link, session, TEXT), Waits)


def silent_by_phone() -> World:
    """An idea that rests for long, from somebody without an address: a coordinator is to tell them how it goes."""
    world = World()
    world.submit(email=None, phone="070-174 06 05")
    world.settle()
    later = {"verdict": "later", "why": "Vi tar upp idén igen i höst.", "wake": "2027-09-01"}
    world.answer(HOST, later)
    world.settle()
    world.advance_to(world.case().due_at)
    return world


@pytest.mark.parametrize(("given", "heard"), [(REACHED, True), (NOT_REACHED, False)])
def test_a_call_after_silence_counts_as_heard_only_when_somebody_was_reached(
    given: dict[str, str], heard: bool
) -> None:
    world = silent_by_phone()
    asked_at = world.case().told_at
    world.clock.advance(timedelta(hours=3))
    assert isinstance(phoned(world, given), Accepted)
    assert world.case().told_at == (world.now if heard else asked_at)
    assert world.store.rows(QuestionRow) == ()
    (task,) = [ask for ask in world.store.rows(AskRow) if ask.task]
    assert (task.state, task.answer) == (AskState.ANSWERED, given)
    event = world.store.events(world.case().case_id)[-1]
    assert [fact.kind for fact in event.facts] == ["AskAnswered"]
    world.settle()
    assert world.case().step == "drawer"


def test_by_the_link_of_a_call_after_silence_nothing_is_asked_in_writing() -> None:
    world = silent_by_phone()
    session, link = world.session(HOST, "ring-1"), world.link(HOST.email, "ring-1")
    before = len(world.store.transactions)
    assert isinstance(question_giver(world.deps, link, session, TEXT), Waits)
    assert len(world.store.transactions) == before


def test_a_call_after_silence_leaves_an_earlier_question_as_it_was_answered() -> None:
    world = World()
    world.submit(email=None, phone="070-174 06 05")
    world.settle()
    question_giver(world.deps, world.link(HOST.email), None, TEXT)
    world.settle()
    assert isinstance(phoned(world, REACHED), Accepted)
    world.settle()
    later = {"verdict": "later", "why": "Vi tar upp idén igen i höst.", "wake": "2027-09-01"}
    answer_ask(world.deps, world.link(HOST.email, "giver_answered"), None, later)
    world.settle()
    world.advance_to(world.case().due_at)
    other = {"reached": "yes", "answer": "De väntar gärna."}
    assert isinstance(phoned(world, other), Accepted)
    assert question(world).answer == REACHED["answer"]


def test_somebody_without_an_address_is_phoned_at_once_when_asked_something() -> None:
    world = in_jury(email=None, phone="070-174 06 05")
    ask(world)
    world.settle()
    assert not [mail for mail in world.store.rows(MailRow) if mail.purpose == "question"]
    assert len(world.letters(HOST.email, "ring-1")) == 1


def test_a_link_of_a_call_is_used_up() -> None:
    world = to_be_phoned()
    phoned(world, REACHED)
    tokens = [token for token in world.store.rows(TokenRow) if token.task == "ring-1"]
    assert TokenState.USED in {token.state for token in tokens}


def test_what_was_said_by_phone_is_masked_as_well() -> None:
    world = to_be_phoned()
    phoned(world, {"reached": "yes", "answer": "Det vet Kalle Öberg."})
    assert question(world).masked == "Det vet [namn]."
