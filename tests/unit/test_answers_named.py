"""Answers that name a person or another idea, and what the idea-giver reads of them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.answers import (
    Answer,
    as_reference,
    describe,
    people_to_choose,
    read_answer,
    shared,
)
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import Question, QuestionKind, Step
from tests.builders import a_person
from tests.small_process import GLANCE, SMALL, said

TODAY = date(2026, 11, 24)
WHO = Question(
    "who", QuestionKind.PERSON, said("who"), role="judge", shared=True, shared_label=said("asked")
)
OTHER = Question(
    "other", QuestionKind.CASE, said("other"), only_for=frozenset({"drop"}), shared=True
)
NOTE = Question("note", QuestionKind.LINE, said("note"), required=False, shared_label=said("never"))
STEP: Step = replace(GLANCE, questions=(GLANCE.question("verdict"), WHO, OTHER, NOTE))

ANNA = a_person(person_id="anna", name="Anna Ås", roles=("judge",))
BEA = a_person(person_id="bea", name="Bea Bo", roles=("host", "judge"))
GONE = a_person(person_id="gone", name="Gun Ek", roles=("judge",), active=False)
HOST = a_person(person_id="hans", name="Hans Ö", roles=("host",))
PEOPLE = (BEA, HOST, GONE, ANNA)


def read(people: tuple[object, ...] = PEOPLE, **typed: str) -> Answer | tuple[FieldError, ...]:
    return read_answer(STEP, (), {"verdict": "on", **typed}, TODAY, people)  # type: ignore[arg-type]


def test_those_who_may_be_chosen_are_the_active_ones_of_the_questions_role_by_name() -> None:
    assert people_to_choose(WHO, PEOPLE) == (ANNA, BEA)


def test_of_two_with_one_name_the_order_does_not_depend_on_the_list() -> None:
    twin = replace(BEA, person_id="abe")
    assert people_to_choose(WHO, (BEA, twin)) == people_to_choose(WHO, (twin, BEA)) == (twin, BEA)


@pytest.mark.parametrize("who", ["anna", "bea", " anna "])
def test_somebody_who_may_be_chosen_is_an_answer(who: str) -> None:
    assert read(who=who) == Answer({"verdict": "on", "who": who.strip()})


@pytest.mark.parametrize(
    ("who", "problem"),
    [
        ("", Problem.MISSING),
        ("gone", Problem.NOT_AN_OPTION),
        ("hans", Problem.NOT_AN_OPTION),
        ("Anna Ås", Problem.NOT_AN_OPTION),
        ("nobody", Problem.NOT_AN_OPTION),
    ],
    ids=["nobody", "left", "in another role", "a name", "unknown"],
)
def test_who_may_not_be_chosen(who: str, problem: Problem) -> None:
    assert read(who=who) == (FieldError("who", problem),)


def test_without_a_directory_nobody_may_be_chosen() -> None:
    assert read((), who="anna") == (FieldError("who", Problem.NOT_AN_OPTION),)


@pytest.mark.parametrize(
    ("typed", "ref"),
    [
        ("2026-K7F3", "2026-K7F3"),
        ("2026-k7f3", "2026-K7F3"),
        ("[2026-K7F3]", "2026-K7F3"),
        (" 2026 - k7f3 ", "2026-K7F3"),
        ("[ 2026-K7F3 ]", "2026-K7F3"),
        ("", ""),
        ("något annat", "NÅGOTANNAT"),
    ],
)
def test_a_reference_is_stored_in_one_form_however_it_was_typed(typed: str, ref: str) -> None:
    assert as_reference(typed) == ref


def test_another_idea_is_stored_by_its_reference() -> None:
    result = read(verdict="drop", who="anna", other="[2026-k7f3]")
    assert result == Answer({"verdict": "drop", "who": "anna", "other": "2026-K7F3"})


def test_another_idea_is_asked_for_only_where_it_belongs() -> None:
    assert read(verdict="drop", who="anna") == (FieldError("other", Problem.MISSING),)
    assert read(who="anna", other="2026-K7F3") == Answer({"verdict": "on", "who": "anna"})


ANSWER = {"verdict": "drop", "who": "anna", "other": "2026-K7F3", "note": "internt"}


def test_the_giver_reads_shared_answers_under_the_label_that_is_for_them() -> None:
    assert shared(STEP, SMALL, ANSWER, "sv", PEOPLE) == (
        ("asked på svenska", "Anna Ås"),
        ("other på svenska", "2026-K7F3"),
    )


def test_whoever_works_with_the_idea_reads_the_question_as_it_was_asked() -> None:
    assert describe(STEP, SMALL, ANSWER, "fi", PEOPLE) == (
        ("verdict suomeksi", "drop suomeksi"),
        ("who suomeksi", "Anna Ås"),
        ("other suomeksi", "2026-K7F3"),
        ("note suomeksi", "internt"),
    )


def test_a_label_for_the_giver_shares_nothing_by_itself() -> None:
    assert "internt" not in repr(shared(STEP, SMALL, ANSWER, "sv", PEOPLE))


def test_somebody_who_is_no_longer_in_the_directory_is_shown_as_they_were_stored() -> None:
    assert shared(STEP, SMALL, ANSWER, "en")[0] == ("asked in English", "anna")
