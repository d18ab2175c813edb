"""Questions to the idea-giver: asked by link, answered on the status page or by phone, stored once, and the clock goes on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.links import Expired, Lapsed, Unknown
from chalicelib.domain.rows import (
    GIVER,
    AskRow,
    AskState,
    EventRow,
    MailRow,
    PersonRow,
    QuestionRow,
    QuestionState,
    TokenRow,
    TokenState,
)
from chalicelib.services.answer_ask import Accepted, CodeNeeded, Faulty, answer_ask
from chalicelib.services.follow_idea import answer_by_status_link, follow_idea, withdraw_idea
from chalicelib.services.question_giver import (
    LONGEST_ANSWER,
    LONGEST_QUESTION,
    Asked,
    NothingAsked,
    Told,
    Waits,
    question_giver,
)
from tests.fakes import Crash, StoreFault
from tests.small_process import VIEW
from tests.world import HOST, JUDGE, PEOPLE, World, in_jury, in_ruling

GIVERS = "asa.lind@example.com"
TEXT = "Var längs ån ska bänkarna stå?"
ANSWER = "Vid bron, säger Åsa Lind på 070-174 06 05."
REACHED = {"reached": "yes", "answer": "De ska stå vid bron."}
NOT_REACHED = {"reached": "no"}


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
    before = len(world.store.transactions)
    assert isinstance(question_giver(world.deps, link, None, TEXT), verdict)
    assert len(world.store.transactions) == before


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


def test_what_was_said_by_phone_is_masked_as_well() -> None:
    world = to_be_phoned()
    phoned(world, {"reached": "yes", "answer": "Det vet Kalle Öberg."})
    assert question(world).masked == "Det vet [namn]."


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


# ── By phone ──


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


def test_a_link_of_a_call_is_used_up(waiting: World) -> None:
    world = to_be_phoned()
    phoned(world, REACHED)
    tokens = [token for token in world.store.rows(TokenRow) if token.task == "ring-1"]
    assert TokenState.USED in {token.state for token in tokens}
    assert waiting.case().paused_at is not None
