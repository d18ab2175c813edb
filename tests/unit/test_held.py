"""An idea that is held: who is asked whether it is one, which morning tells of it, and what each answer does."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.answers import Answer, read_answer
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.held import (
    JUDGING,
    NOT_AN_IDEA,
    TURNED_AWAY,
    judged,
    morning_to_tell,
    plan_held,
    told_of_judgement,
    with_own_steps,
)
from chalicelib.domain.plan import plan, withdrawal
from chalicelib.domain.planned import Circumstances, MailOwed, Plan, Reason
from chalicelib.domain.process import LANGS, Lang, Process, QuestionKind, Step, StepKind, Text
from chalicelib.domain.rows import AskRow, AskState, Fact, PersonRow, Snapshot
from tests.builders import CASE_ID, NOW, TEXT_HASH, a_case, an_ask
from tests.small_process import SMALL
from tests.unit.standing_cases import CALENDAR, given
from tests.world import HOST, JUDGE, PEOPLE, somebody

SECOND_HOST = somebody("hasse", "host")
NEXT_MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
RELEASE = {"decision": "release", "why": "En riktig idé."}
REJECT = {"decision": "reject", "why": "Reklam för lån."}


def a_process() -> Process:
    """The small process, whose coordinators are its hosts, with the sluice's own steps. Made anew, for the mutants: not at import."""
    return with_own_steps(SMALL)


def the_world(*people: PersonRow) -> Circumstances:
    return given(people=people or PEOPLE, process=a_process())


def held(*asks: AskRow, **case: Any) -> Snapshot:
    """A case that has waited for a day since it was held, before its first step."""
    fields: dict[str, Any] = {
        "step": "landed",
        "epoch": 0,
        "held": "trap",
        "deadline": None,
        "received_at": NOW - timedelta(days=1),
        "entered_at": NOW - timedelta(days=1),
    }
    return Snapshot(a_case(**(fields | case)), asks)


def judging(person: str, **fields: Any) -> AskRow:
    ask = {"epoch": 0, "person": person, "step": JUDGING, "task": JUDGING, "role": "host"}
    return an_ask(**(ask | {"deadline": NEXT_MORNING, "note": "trap"} | fields))


def said(person: str, answer: dict[str, str]) -> AskRow:
    return judging(person, state=AskState.ANSWERED, answer=answer, answered_at=NOW)


def planned_with(*people: PersonRow, asks: tuple[AskRow, ...] = (), **case: Any) -> Plan:
    return plan_held(the_world(*people), held(*asks, **case))


# ── Who is asked ──


def test_a_coordinator_is_asked_of_what_was_held_and_why_by_the_next_working_morning() -> None:
    (ask,) = planned_with(HOST).opens
    assert ask == AskRow(
        case_id=CASE_ID,
        epoch=0,
        person="hanna",
        step="judge-held",
        role="host",
        state=AskState.OPEN,
        opened_at=NOW,
        deadline=NEXT_MORNING,
        text_hash=TEXT_HASH,
        task="judge-held",
        note="trap",
    )


ASKED = {
    "every coordinator, and nobody else": (
        (HOST, SECOND_HOST, JUDGE),
        (),
        ["hanna", "hasse"],
    ),
    "only who has come since": ((HOST, SECOND_HOST), (judging("hanna"),), ["hasse"]),
    "nobody twice": ((HOST,), (judging("hanna"),), []),
    "nobody whose ask has lapsed": ((HOST,), (judging("hanna", state=AskState.LAPSED),), []),
    "who was asked something else, all the same": (
        (HOST,),
        (an_ask(person="hanna", epoch=0),),
        ["hanna"],
    ),
    "nobody who has left": ((replace(HOST, active=False), SECOND_HOST), (), ["hasse"]),
    "nobody whom mail does not reach": (
        (replace(HOST, unreachable_since=NOW), SECOND_HOST),
        (),
        ["hasse"],
    ),
    "not the sluice's mailbox, which cannot answer": ((JUDGE,), (), []),
}


@pytest.mark.parametrize(("people", "asks", "asked"), ASKED.values(), ids=ASKED.keys())
def test_of_a_held_idea_is_asked(
    people: tuple[PersonRow, ...], asks: tuple[AskRow, ...], asked: list[str]
) -> None:
    planned = planned_with(*people, asks=asks)
    assert sorted(ask.person for ask in planned.opens) == asked


def test_a_held_idea_sleeps_and_nobody_gets_a_mail_of_its_own() -> None:
    planned = planned_with(HOST, tries=3, stuck=True)
    case = planned.case
    assert planned.why is Reason.HELD
    assert (case.due_at, case.try_at, case.tries, case.stuck) == (None, None, 0, False)
    assert (case.step, case.epoch, case.held, case.told_at) == ("landed", 0, "trap", None)
    assert (planned.mails, planned.changes) == ((), ())


def test_that_each_of_them_was_asked_is_recorded() -> None:
    assert planned_with(HOST, SECOND_HOST).facts == (
        Fact("AskOpened", {"person": "hanna", "step": "judge-held"}),
        Fact("AskOpened", {"person": "hasse", "step": "judge-held"}),
    )


def test_while_it_is_held_no_step_begins() -> None:
    assert plan(the_world(), held()) == plan_held(the_world(), held())


def test_what_older_code_has_moved_on_is_held_no_more() -> None:
    assert plan(the_world(), held(epoch=1)).why is not Reason.HELD


def test_a_held_idea_that_is_taken_back_is_let_go_and_its_giver_gets_no_mail() -> None:
    planned = withdrawal(the_world(), held(judging("hanna")))
    assert (planned.case.step, planned.case.closed, planned.case.held) == ("recalled", True, None)
    assert planned.mails == ()
    assert planned.why is Reason.WITHDRAWN


# ── Which morning tells of it ──

MORNINGS = {
    "a working day before its morning": (
        datetime(2026, 3, 3, 6, 29, 59, tzinfo=UTC),
        date(2026, 3, 2),
    ),
    "a working day's morning, to the second": (
        datetime(2026, 3, 3, 6, 30, tzinfo=UTC),
        date(2026, 3, 3),
    ),
    "a working day's evening": (datetime(2026, 3, 3, 22, 59, 59, tzinfo=UTC), date(2026, 3, 3)),
    "after midnight in Sweden": (datetime(2026, 3, 3, 23, 0, tzinfo=UTC), date(2026, 3, 3)),
    "a Saturday's noon": (datetime(2026, 3, 7, 11, 0, tzinfo=UTC), date(2026, 3, 6)),
    "a Monday before its morning": (datetime(2026, 3, 9, 6, 0, tzinfo=UTC), date(2026, 3, 6)),
    "Easter Monday": (datetime(2026, 4, 6, 9, 0, tzinfo=UTC), date(2026, 4, 2)),
}


@pytest.mark.parametrize(("now", "day"), MORNINGS.values(), ids=MORNINGS.keys())
def test_the_latest_list_is_that_of_the_last_working_morning(now: datetime, day: date) -> None:
    assert morning_to_tell(CALENDAR, now) == day


# ── What an answer does ──


def test_an_idea_that_is_let_in_begins_as_if_it_had_come_now() -> None:
    before = held(judging("hanna"), due_at=None, try_at=None)
    planned = judged(the_world(), before, said("hanna", RELEASE))
    assert planned.why is Reason.RELEASED
    assert planned.case == replace(
        before.case, held=None, entered_at=NOW, told_at=NOW, due_at=NOW, try_at=NOW
    )
    assert planned.facts == (Fact("IdeaReleased", {"person": "hanna"}),)
    assert planned.mails == ()


def test_an_idea_that_is_turned_away_ends_as_no_idea_and_its_giver_gets_no_mail() -> None:
    before = held(judging("hanna"))
    planned = judged(the_world(), before, said("hanna", REJECT))
    assert planned.why is Reason.REJECTED
    assert planned.case == replace(
        before.case,
        held=None,
        step="turned-away",
        epoch=1,
        entered_at=NOW,
        closed=True,
        closing_code="not-an-idea",
        due_at=None,
        try_at=None,
    )
    assert planned.facts == (
        Fact("IdeaRejected", {"person": "hanna"}),
        Fact(
            "StepEntered",
            {
                "step": "turned-away",
                "from": "landed",
                "epoch": "1",
                "closing_code": "not-an-idea",
            },
        ),
    )
    assert planned.mails == ()


@pytest.mark.parametrize("answer", [None, {}, {"decision": ""}, {"decision": "no-such-thing"}])
def test_nothing_but_a_yes_lets_an_idea_in(answer: dict[str, str] | None) -> None:
    ask = judging("hanna", state=AskState.ANSWERED, answer=answer, answered_at=NOW)
    assert judged(the_world(), held(judging("hanna")), ask).why is Reason.REJECTED


@pytest.mark.parametrize("answer", [RELEASE, REJECT], ids=["let in", "turned away"])
def test_the_answer_is_kept_and_what_the_others_were_asked_lapses(answer: dict[str, str]) -> None:
    others = judging("hasse"), judging("lisa", state=AskState.MOVED)
    planned = judged(the_world(), held(judging("hanna"), *others), said("hanna", answer))
    assert planned.changes == (
        said("hanna", answer),
        judging("hasse", state=AskState.LAPSED),
    )
    assert planned.opens == ()


@pytest.mark.parametrize("answer", [RELEASE, REJECT], ids=["let in", "turned away"])
def test_an_operators_word_is_kept_as_an_ask_of_its_own(answer: dict[str, str]) -> None:
    word = said("operator", answer)
    planned = judged(the_world(), held(judging("hanna")), word)
    assert planned.opens == (word,)
    assert planned.changes == (judging("hanna", state=AskState.LAPSED),)


def test_what_the_same_person_was_asked_of_the_idea_before_is_no_answer_to_it() -> None:
    earlier = judging("hanna", task=""), judging("hanna", epoch=3)
    word = said("hanna", RELEASE)
    assert judged(the_world(), held(*earlier), word).opens == (word,)


def test_whoever_answered_is_told_what_was_answered_in_their_name() -> None:
    assert told_of_judgement(said("hanna", REJECT), NOW) == MailOwed(
        "answer_receipt",
        "hanna",
        {"step": "judge-held", "at": NOW.isoformat(), "answer": REJECT},
    )


def test_the_mail_of_an_answer_without_words_has_none() -> None:
    assert told_of_judgement(judging("hanna"), NOW).context["answer"] == {}


# ── The sluice's own steps ──


def test_a_process_gets_what_a_held_idea_needs_and_lists_none_of_it() -> None:
    process = a_process()
    assert replace(process, own_steps=(), own_codes=()) == SMALL
    assert [step.key for step in process.own_steps] == [JUDGING, TURNED_AWAY]
    assert [code.key for code in process.own_codes] == [NOT_AN_IDEA]


def test_the_step_of_an_idea_that_was_turned_away_is_an_end() -> None:
    assert a_process().step(TURNED_AWAY).kind is StepKind.END


def judging_step() -> Step:
    return a_process().step(JUDGING)


def test_whether_it_is_an_idea_is_asked_beside_the_step_of_a_coordinator_of_any_unit() -> None:
    step = judging_step()
    assert (step.kind, step.role, step.deadline_days) == (StepKind.ASK, SMALL.coordinator, 1)
    assert step.task is True
    assert step.jav is False


WHY_MISSING = (FieldError("why", Problem.MISSING),)
ANSWERS: dict[str, tuple[dict[str, str], Answer | tuple[FieldError, ...]]] = {
    "nothing, as a scanner presses": (
        {},
        (FieldError("decision", Problem.MISSING), *WHY_MISSING),
    ),
    "yes without a reason": ({"decision": "release"}, WHY_MISSING),
    "no without a reason": ({"decision": "reject"}, WHY_MISSING),
    "a reason alone": (
        {"why": "En riktig idé."},
        (FieldError("decision", Problem.MISSING),),
    ),
    "something else": (
        {"decision": "later", "why": "En riktig idé."},
        (FieldError("decision", Problem.NOT_AN_OPTION),),
    ),
    "a reason of four characters": (
        {"decision": "release", "why": "Jaha"},
        (FieldError("why", Problem.TOO_SHORT, limit=5, actual=4),),
    ),
    "a reason of five": (
        {"decision": "release", "why": "Bänk!"},
        Answer({"decision": "release", "why": "Bänk!"}),
    ),
    "a reason of five hundred": (
        {"decision": "reject", "why": "a" * 500},
        Answer({"decision": "reject", "why": "a" * 500}),
    ),
    "a reason of one more": (
        {"decision": "reject", "why": "a" * 501},
        (FieldError("why", Problem.TOO_LONG, limit=500, actual=501),),
    ),
    "a reason on two lines": (
        {"decision": "reject", "why": "Reklam\nför lån."},
        (FieldError("why", Problem.CONTROL_CHARACTERS),),
    ),
}


@pytest.mark.parametrize(("typed", "read"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_to_whether_it_is_an_idea(
    typed: dict[str, str], read: Answer | tuple[FieldError, ...]
) -> None:
    assert read_answer(judging_step(), (), typed, NOW.date()) == read


def test_the_first_question_decides_by_a_choice_of_two() -> None:
    step = judging_step()
    assert step.questions[0].kind is QuestionKind.CHOICE
    assert [option.key for option in step.questions[0].options] == ["release", "reject"]
    chosen = step.chosen(RELEASE)
    assert chosen is not None
    assert (chosen.key, chosen.to) == ("release", None)


YES_AND_NO: dict[Lang, tuple[str, str]] = {
    "sv": ("Ja, ", "Nej, "),
    "en": ("Yes, ", "No, "),
    "fi": ("Kyllä, ", "Ei, "),
}


@pytest.mark.parametrize("lang", LANGS)
def test_what_lets_in_says_yes_and_what_turns_away_says_no(lang: Lang) -> None:
    yes, no = YES_AND_NO[lang]
    labels = {option.key: option.label.in_(lang) for option in judging_step().questions[0].options}
    assert labels["release"].startswith(yes)
    assert labels["reject"].startswith(no)


def words_of(step: Step) -> list[Text]:
    questions = step.questions
    hints = [question.hint for question in questions if question.hint is not None]
    labels = [question.label for question in questions]
    choices = [option.label for question in questions for option in question.options]
    return [step.name, step.public_name, step.happens, *labels, *choices, *hints]


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("key", [JUDGING, TURNED_AWAY])
def test_the_sluices_own_words_begin_as_sentences_do_in_every_language(
    key: str, lang: Lang
) -> None:
    for text in words_of(a_process().step(key)):
        words = text.in_(lang)
        first, second = words[0], words[1]
        assert first.isupper(), words
        assert second.islower() or second == " ", words


def test_it_is_said_to_the_coordinator_that_their_reason_is_not_shown_to_the_giver() -> None:
    hint = judging_step().question("why").hint
    assert hint is not None
    assert "visas inte för den som skickade" in hint.sv
    assert "not shown to whoever sent it" in hint.en
    assert "eikä niitä näytetä lähettäjälle" in hint.fi
    assert not any(question.shared for question in judging_step().questions)
