"""What somebody answered: read, checked and put into words."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from chalicelib.domain.answers import (
    Answer,
    as_reference,
    describe,
    in_own_words,
    read_answer,
    shared,
    yes_of_course,
)
from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.process import (
    ClosingCode,
    Lang,
    Option,
    Process,
    Question,
    QuestionKind,
    Step,
    StepKind,
    Text,
)

TODAY = date(2026, 11, 24)
K = QuestionKind
CODES = (
    ClosingCode("not_now", Text("Inte nu", "Not now", "Ei nyt")),
    ClosingCode("done", Text("Genomförd", "Done", "Toteutettu")),
)


def label(key: str) -> Text:
    return Text(f"{key}?", f"{key} (en)?", f"{key} (fi)?")


STEP = Step(
    key="screening",
    kind=StepKind.ASK,
    name=label("name"),
    public_name=label("public"),
    happens=label("happens"),
    outcome="outcome",
    questions=(
        Question("gate", K.YES_NO, label("gate")),
        Question("right", K.YES_NO, label("right")),
        Question("benefit", K.SCORE, label("benefit"), weight=1),
        Question(
            "outcome",
            K.CHOICE,
            label("outcome"),
            options=(
                Option("forward", Text("Vidare", "On", "Eteenpäin"), "next", needs_all_yes=True),
                Option("park", Text("Vila", "Park", "Lepo"), "parked"),
                Option("close", Text("Avsluta", "Close", "Päätä"), "closed"),
            ),
            shared=True,
        ),
        Question("revisit", K.DATE, label("revisit"), only_for=frozenset({"park"}), shared=True),
        Question("code", K.CLOSING_CODE, label("code"), only_for=frozenset({"close"}), shared=True),
        Question("reason", K.TEXT, label("reason"), min_length=5, max_length=40, shared=True),
        Question("note", K.LINE, label("note"), required=False, max_length=10),
    ),
)
PROCESS = Process("1", "screening", "closed", "guide", (), CODES, (STEP,), "owner", "call")

FORWARD = {
    "gate": "yes",
    "right": "yes",
    "benefit": "4",
    "outcome": "forward",
    "reason": "Bra idé",
}
PARK = FORWARD | {"outcome": "park", "revisit": "2027-03-05"}
CLOSE = FORWARD | {"outcome": "close", "code": "not_now"}


def answer(base: dict[str, str], **typed: str) -> dict[str, str]:
    result = read_answer(STEP, CODES, base | typed, TODAY)
    assert isinstance(result, Answer)
    return dict(result.values)


def errors(base: dict[str, str], **typed: str) -> tuple[FieldError, ...]:
    result = read_answer(STEP, CODES, base | typed, TODAY)
    assert isinstance(result, tuple)
    return result


@pytest.mark.parametrize("base", [FORWARD, PARK, CLOSE])
def test_a_whole_answer_is_taken_as_it_is(base: dict[str, str]) -> None:
    assert answer(base) == base


def test_what_depends_on_an_outcome_is_asked_for_although_something_unseen_was_pasted_along() -> (
    None
):
    assert answer(PARK, outcome="pa\u200drk") == PARK


def test_a_text_keeps_its_lines() -> None:
    assert answer(FORWARD, reason="Bra\nidé")["reason"] == "Bra\nidé"


@pytest.mark.parametrize("typed", ["2026-XK7X", "[2026-xk7x]", " 2026 - XK7X "])
def test_a_reference_is_the_same_however_it_was_typed(typed: str) -> None:
    assert as_reference(typed) == "2026-XK7X"


def test_a_closing_code_answers_no_other_question() -> None:
    step = replace(STEP, outcome=None, questions=(Question("way", K.CHOICE, label("way")),))
    wrong = (FieldError("way", Problem.NOT_AN_OPTION),)
    assert read_answer(step, CODES, {"way": "done"}, TODAY) == wrong


def test_what_was_not_asked_for_is_not_kept() -> None:
    assert answer(FORWARD, revisit="2027-03-05", code="nonsense", colour="blue") == FORWARD


@pytest.mark.parametrize(
    ("base", "typed", "expected"),
    [
        (FORWARD, {"gate": ""}, FieldError("gate", Problem.MISSING)),
        (FORWARD, {"gate": "ja"}, FieldError("gate", Problem.NOT_AN_OPTION)),
        (FORWARD, {"gate": "x"}, FieldError("gate", Problem.NOT_AN_OPTION)),
        (FORWARD, {"benefit": ""}, FieldError("benefit", Problem.MISSING)),
        (FORWARD, {"benefit": "0"}, FieldError("benefit", Problem.NOT_AN_OPTION)),
        (FORWARD, {"benefit": "6"}, FieldError("benefit", Problem.NOT_AN_OPTION)),
        (FORWARD, {"benefit": "3.5"}, FieldError("benefit", Problem.NOT_AN_OPTION)),
        (FORWARD, {"outcome": "maybe"}, FieldError("outcome", Problem.NOT_AN_OPTION)),
        (FORWARD, {"outcome": "\x00forward"}, FieldError("outcome", Problem.CONTROL_CHARACTERS)),
        (FORWARD, {"outcome": ""}, FieldError("outcome", Problem.MISSING)),
        (PARK, {"revisit": ""}, FieldError("revisit", Problem.MISSING)),
        (CLOSE, {"code": ""}, FieldError("code", Problem.MISSING)),
        (CLOSE, {"code": "nonsense"}, FieldError("code", Problem.NOT_AN_OPTION)),
        (FORWARD, {"reason": "Bra!"}, FieldError("reason", Problem.TOO_SHORT, limit=5, actual=4)),
        (
            FORWARD,
            {"reason": "x" * 41},
            FieldError("reason", Problem.TOO_LONG, limit=40, actual=41),
        ),
        (FORWARD, {"reason": " \n "}, FieldError("reason", Problem.MISSING)),
        (FORWARD, {"note": "a\nb"}, FieldError("note", Problem.CONTROL_CHARACTERS)),
        (FORWARD, {"note": "x" * 11}, FieldError("note", Problem.TOO_LONG, limit=10, actual=11)),
    ],
)
def test_what_is_wrong_with_an_answer_is_told(
    base: dict[str, str], typed: dict[str, str], expected: FieldError
) -> None:
    assert errors(base, **typed) == (expected,)


@pytest.mark.parametrize("score", ["1", "2", "3", "4", "5", "x"])
def test_every_score_and_cannot_judge_are_answers(score: str) -> None:
    assert answer(FORWARD, benefit=score)["benefit"] == score


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("2026-11-25", "2026-11-25"),
        ("2027-3-5", "2027-03-05"),
        (" 2027-03-05 ", "2027-03-05"),
        ("20270305", "2027-03-05"),
        ("2027.3.5", "2027-03-05"),
        ("2027 03 05", "2027-03-05"),
        ("5.3.2027", "2027-03-05"),
        ("05. 03. 2027", "2027-03-05"),
        ("2036-12-31", "2036-12-31"),
    ],
)
def test_a_day_that_is_still_to_come_is_stored_in_one_form(typed: str, stored: str) -> None:
    assert answer(PARK, revisit=typed)["revisit"] == stored


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ("2026-11-24", Problem.DATE_PAST),
        ("2026-11-23", Problem.DATE_PAST),
        ("1999-01-01", Problem.DATE_PAST),
        ("2027-02-29", Problem.NOT_A_DATE),
        ("2027-13-01", Problem.NOT_A_DATE),
        ("05/03/2027", Problem.NOT_A_DATE),
        ("2027-03", Problem.NOT_A_DATE),
        ("2027-03.05", Problem.NOT_A_DATE),
        ("2027305", Problem.NOT_A_DATE),
        ("5.3.27", Problem.NOT_A_DATE),
        ("nästa år", Problem.NOT_A_DATE),
        ("2027-03-05T00:00", Problem.NOT_A_DATE),
        ("0000-01-01", Problem.NOT_A_DATE),
        ("2037-01-01", Problem.NOT_A_DATE),
        ("٢٠٢٧-٠٣-٠٥", Problem.NOT_A_DATE),
    ],
)
def test_a_day_that_is_none_or_has_been_is_told(typed: str, problem: Problem) -> None:
    assert errors(PARK, revisit=typed) == (FieldError("revisit", problem),)


def test_an_outcome_that_needs_every_gate_open_is_refused_when_one_is_not() -> None:
    expected = FieldError("outcome", Problem.NOT_ALL_YES, limit=2, actual=1)
    assert errors(FORWARD, gate="no") == (expected,)


def test_an_unanswered_gate_is_missing_and_no_reason_to_refuse_the_outcome() -> None:
    assert errors(FORWARD, gate="") == (FieldError("gate", Problem.MISSING),)


@pytest.mark.parametrize("base", [PARK, CLOSE])
def test_other_outcomes_may_have_a_closed_gate(base: dict[str, str]) -> None:
    assert answer(base, gate="no")["gate"] == "no"


def test_until_an_outcome_is_chosen_nothing_that_depends_on_it_is_asked_for() -> None:
    assert [error.field for error in errors({})] == [
        "gate",
        "right",
        "benefit",
        "outcome",
        "reason",
    ]


def test_errors_come_in_the_order_of_the_questions() -> None:
    assert [error.field for error in errors(FORWARD, gate="no", right="", reason="")] == [
        "right",
        "outcome",
        "reason",
    ]


def test_a_closing_code_with_options_of_its_own_takes_only_those() -> None:
    question = Question(
        "code", K.CLOSING_CODE, label("code"), options=(Option("not_now", label("n")),)
    )
    step = Step("s", StepKind.ASK, label("n"), label("p"), label("h"), questions=(question,))
    assert read_answer(step, CODES, {"code": "not_now"}, TODAY) == Answer({"code": "not_now"})
    assert read_answer(step, CODES, {"code": "done"}, TODAY) == (
        FieldError("code", Problem.NOT_AN_OPTION),
    )


def test_a_step_without_outcome_asks_all_its_questions() -> None:
    step = Step(
        "panel",
        StepKind.ASK,
        label("n"),
        label("p"),
        label("h"),
        questions=(Question("why", K.TEXT, label("why")),),
    )
    assert read_answer(step, (), {"why": "Därför"}, TODAY) == Answer({"why": "Därför"})


def test_what_somebody_wrote_themselves_is_told_from_what_they_chose() -> None:
    given = CLOSE | {"gate": "no", "benefit": "4", "reason": "Rad\nRad"}
    assert in_own_words(STEP, given) == {"reason": "Rad\nRad"}
    assert in_own_words(STEP, given | {"reason": ""}) == {}


@pytest.mark.parametrize(("lang", "expected"), [("sv", "4 av 5"), ("en", "4 of 5"), ("fi", "4/5")])
def test_a_score_is_told_with_what_it_is_out_of(lang: Lang, expected: str) -> None:
    words = dict(describe(STEP, PROCESS, CLOSE | {"benefit": "4"}, lang))
    assert expected in words.values()


def test_an_answer_is_described_in_words_in_the_order_of_the_questions() -> None:
    given = CLOSE | {"gate": "no", "benefit": "x", "reason": "Rad\nRad"}
    assert describe(STEP, PROCESS, given, "sv") == (
        ("gate?", "Nej"),
        ("right?", "Ja"),
        ("benefit?", "Kan inte bedöma"),
        ("outcome?", "Avsluta"),
        ("code?", "Inte nu"),
        ("reason?", "Rad\nRad"),
    )


def test_an_answer_is_described_in_the_readers_language() -> None:
    assert describe(STEP, PROCESS, PARK, "fi") == (
        ("gate (fi)?", "Kyllä"),
        ("right (fi)?", "Kyllä"),
        ("benefit (fi)?", "4/5"),
        ("outcome (fi)?", "Lepo"),
        ("revisit (fi)?", "2027-03-05"),
        ("reason (fi)?", "Bra idé"),
    )


def test_what_the_process_no_longer_knows_is_shown_as_it_was_stored() -> None:
    given = {"gate": "perhaps", "outcome": "burn", "code": "burnt", "old": "gone"}
    assert describe(STEP, PROCESS, given, "en") == (
        ("gate (en)?", "perhaps"),
        ("outcome (en)?", "burn"),
        ("code (en)?", "burnt"),
    )


def test_the_idea_giver_sees_what_is_shared_and_nothing_else() -> None:
    assert shared(STEP, PROCESS, CLOSE | {"note": "internt"}, "sv") == (
        ("outcome?", "Avsluta"),
        ("code?", "Inte nu"),
        ("reason?", "Bra idé"),
    )


@pytest.mark.parametrize(
    ("outcome", "keys"), [("forward", {"gate", "right"}), ("park", set()), ("", set())]
)
def test_an_outcome_that_needs_every_yes_says_what_was_answered(
    outcome: str, keys: set[str]
) -> None:
    answer = {"gate": "yes", "right": "yes", "benefit": "4", "outcome": outcome}
    assert yes_of_course(STEP, answer) == keys
