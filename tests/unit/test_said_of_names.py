"""What is said of the likely names in an idea, and what must still be said before others may read it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import Question, QuestionKind, Step
from chalicelib.domain.said_of_names import (
    LONGEST,
    NO_NAME,
    SaidOfNames,
    fields_of_names,
    in_order_of_page,
    read_said,
    unsettled,
    wants_names_settled,
)
from tests.small_process import GLANCE, said

TEXT = {"title": "Karin Berg vet", "need": "Min granne Ali halkade. Karin Berg såg det."}
FREE = Question("free", QuestionKind.YES_NO, said("free"), names_first=True)
AFTER = Question("after", QuestionKind.TEXT, said("after"))
ASKS = replace(GLANCE, questions=(*GLANCE.questions, FREE, AFTER))


def test_each_name_has_a_field_of_its_own_in_the_order_in_which_they_stand() -> None:
    assert fields_of_names(TEXT) == {"mask.1": "Karin Berg", "mask.2": "Ali"}


@pytest.mark.parametrize(
    ("given", "hidden", "no_names"),
    [
        ({}, (), set()),
        ({"mask.1": "Ali"}, ("Ali",), set()),
        ({"mask.1": f"{NO_NAME}Ali"}, (), {"Ali"}),
        ({"mask.1": "Ali", "mask_more": "Bo, ,Ali\nEva"}, ("Ali", "Bo", "Eva"), set()),
        ({"other": "Ali", "mask.2": ""}, (), set()),
    ],
    ids=["nothing", "hidden", "no name", "written besides, once each", "another field"],
)
def test_what_was_chosen_and_written_is_read(
    given: dict[str, str], hidden: tuple[str, ...], no_names: set[str]
) -> None:
    assert read_said(given) == SaidOfNames(hidden, frozenset(no_names))


def test_as_much_may_be_written_as_the_field_holds_and_no_more() -> None:
    assert isinstance(read_said({"mask_more": "x" * LONGEST}), SaidOfNames)
    wrong = FieldError("mask_more", Problem.TOO_LONG, limit=LONGEST, actual=LONGEST + 1)
    assert read_said({"mask_more": "x" * (LONGEST + 1)}) == wrong


@pytest.mark.parametrize(
    ("hidden", "no_names", "left"),
    [
        ((), (), ["mask.1", "mask.2"]),
        (("Karin Berg",), (), ["mask.2"]),
        (("karin", "berg"), (), ["mask.2"]),
        (("Karin",), (), ["mask.1", "mask.2"]),
        (("Ali",), ("Karin Berg",), []),
        ((), ("Ali", "Karin Berg"), []),
        ((), ("Karin",), ["mask.1", "mask.2"]),
    ],
    ids=[
        "nothing is said",
        "one is hidden",
        "every part of it is",
        "a part of it is",
        "one of each",
        "none is a name",
        "another word is no name",
    ],
)
def test_a_name_that_would_still_stand_and_is_not_said_to_be_none_is_unsettled(
    hidden: tuple[str, ...], no_names: tuple[str, ...], left: list[str]
) -> None:
    errors = unsettled(TEXT, SaidOfNames(hidden, frozenset(no_names)))
    assert errors == tuple(FieldError(field, Problem.NAME_NOT_SETTLED) for field in left)


@pytest.mark.parametrize(
    ("step", "given", "expected"),
    [
        (ASKS, {"free": "yes"}, True),
        (ASKS, {"free": " yes "}, True),
        (ASKS, {"free": "no"}, False),
        (ASKS, {"free": " no\n"}, False),
        (ASKS, {}, True),
        (GLANCE, {}, True),
    ],
    ids=["yes", "yes with spaces", "no", "no with space", "nothing yet", "a step without it"],
)
def test_only_a_no_leaves_the_names_as_they_are(
    step: Step, given: dict[str, str], expected: bool
) -> None:
    assert wants_names_settled(step, given) is expected


@pytest.mark.parametrize(
    ("step", "order"),
    [
        (ASKS, ["why", "mask.1", "free", "after"]),
        (replace(ASKS, questions=(*GLANCE.questions, AFTER)), ["why", "after", "mask.1"]),
    ],
    ids=["above their question", "below all where none has them"],
)
def test_what_is_wrong_with_the_names_stands_where_the_page_asks_about_them(
    step: Step, order: list[str]
) -> None:
    wrong = tuple(FieldError(key, Problem.MISSING) for key in order)
    of_names = tuple(error for error in wrong if error.field == "mask.1")
    of_questions = tuple(error for error in wrong if error.field != "mask.1")
    assert in_order_of_page(step, of_names, of_questions) == wrong
