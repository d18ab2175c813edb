"""Made-up answers: the engine takes every one of them, whatever process asks."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from chalicelib.domain.answers import Answer, read_answer
from chalicelib.domain.process import Option, Process, Step
from chalicelib.domain.rows import PersonRow
from infra import process as process_file
from infra.simulate.answers import Known, choose_outcome, fill_in, sentence
from infra.simulate.behaviour import Outcomes, Scores, read_behaviour
from tests.builders import a_person
from tests.small_process import SMALL
from tests.world import configuration

SKARABORG = process_file.read(Path(__file__).parents[1] / "data" / "process-skaraborg.toml")
DEFAULT = configuration().process
TODAY = date(2026, 3, 2)
SCORES = Scores(mean=3.3, between_ideas=0.6, between_people=0.9, cannot_judge=0.05)
WEIGHTS = read_behaviour(DEFAULT, None).outcomes

ASKED = [
    pytest.param(process, step, option, id=f"{process.version}-{step.key}-{option and option.key}")
    for process in (DEFAULT, SKARABORG, SMALL)
    for step in process.steps
    if step.questions
    for option in (step.question(step.outcome).options if step.outcome else (None,))
]


def directory(process: Process) -> tuple[PersonRow, ...]:
    return tuple(a_person(person_id=f"p-{r.key}", roles=(r.key,)) for r in process.roles)


def known(process: Process, quality: float = 3.3) -> Known:
    people = {role.key: (f"p-{role.key}",) for role in process.roles}
    return Known(today=TODAY, quality=quality, people=people, references=("2026-BCDF",))


@pytest.mark.parametrize(("process", "step", "outcome"), ASKED)
def test_every_answer_to_every_step_is_one_that_the_engine_takes(
    process: Process, step: Step, outcome: Option | None
) -> None:
    for seed in range(20):
        given = fill_in(step, process, outcome, known(process), SCORES, random.Random(seed))
        read = read_answer(step, process.closing_codes, given, TODAY, directory(process))
        assert isinstance(read, Answer), read
        assert dict(read.values) == given
        if outcome is not None:
            assert step.chosen(read.values) == outcome


def test_what_may_be_left_out_is_answered_now_and_then() -> None:
    step = DEFAULT.step("assessment")
    (optional,) = [q.key for q in step.questions if not q.required]
    given = [
        optional in fill_in(step, DEFAULT, None, known(DEFAULT), SCORES, random.Random(seed))
        for seed in range(40)
    ]
    assert 5 < sum(given) < 35


@pytest.mark.parametrize(("quality", "least", "most"), [(1.0, 1.0, 2.0), (5.0, 4.0, 5.0)])
def test_a_better_idea_gets_better_scores(quality: float, least: float, most: float) -> None:
    step, dice = DEFAULT.step("assessment"), random.Random(1)
    scores = [
        int(value)
        for _ in range(50)
        for value in fill_in(step, DEFAULT, None, known(DEFAULT, quality), SCORES, dice).values()
        if value in "12345"
    ]
    assert least <= sum(scores) / len(scores) <= most


def test_of_a_criterion_where_five_is_bad_a_better_idea_gets_a_lower_score() -> None:
    step = SMALL.step("jury")
    worth = replace(step.question("worth"), reversed=True)
    turned = replace(step, questions=(worth, *step.questions[1:]))
    good = known(SMALL, quality=5)
    given = fill_in(turned, SMALL, None, good, replace(SCORES, cannot_judge=0), random.Random(1))
    assert given["worth"] in "12"


def test_some_cannot_judge() -> None:
    step = DEFAULT.step("assessment")
    nobody_can = replace(SCORES, cannot_judge=1)
    given = fill_in(step, DEFAULT, None, known(DEFAULT), nobody_can, random.Random(1))
    assert given["benefit"] == "x"


def chosen(step: Step, process: Process, weights: Outcomes) -> Counter[str]:
    found: Counter[str] = Counter()
    for seed in range(4000):
        option = choose_outcome(step, process, weights, (), random.Random(seed))
        assert option is not None
        found[option.key] += 1
    return found


NONE = Outcomes(0, 0, 0, 0, 0, 0, 0, 0, 0)


@pytest.mark.parametrize(
    ("kind", "process", "step", "options"),
    [
        ("onward", DEFAULT, "screening", {"forward"}),
        ("onward", DEFAULT, "implementation", {"done"}),
        ("other", DEFAULT, "decision", {"test", "implement"}),
        ("other", DEFAULT, "call", {"reached", "not_reached"}),
        ("positive", DEFAULT, "effect_12", {"in_use", "changed"}),
        ("closes", DEFAULT, "screening", {"close"}),
        ("waits", DEFAULT, "screening", {"park"}),
        ("aside", DEFAULT, "screening", {"refer"}),
        ("again", DEFAULT, "implementation", {"continue"}),
        ("back", DEFAULT, "dialogue", {"screen_again"}),
        ("merges", DEFAULT, "screening", {"duplicate"}),
    ],
)
def test_an_outcome_has_the_weight_of_where_it_leads(
    kind: str, process: Process, step: str, options: set[str]
) -> None:
    weights = replace(NONE, **{kind: 1.0})
    assert set(chosen(process.step(step), process, weights)) == options


def test_outcomes_are_chosen_as_often_as_their_weights_say() -> None:
    weights = replace(NONE, onward=3, closes=1)
    found = chosen(DEFAULT.step("screening"), DEFAULT, weights)
    assert found["forward"] / found["close"] == pytest.approx(3, rel=0.2)


def test_the_weight_of_one_option_stands_above_that_of_where_it_leads() -> None:
    weights = replace(WEIGHTS, by_step={"screening": {"close": 1.0, "forward": 0.0}})
    found = chosen(DEFAULT.step("screening"), DEFAULT, weights)
    assert found["forward"] == 0
    assert found["close"] > 0


def test_an_outcome_that_was_refused_is_not_chosen_again() -> None:
    step = DEFAULT.step("screening")
    refused = {option.key for option in step.question("outcome").options} - {"park"}
    option = choose_outcome(step, DEFAULT, WEIGHTS, refused, random.Random(1))
    assert option is not None
    assert option.key == "park"
    assert choose_outcome(step, DEFAULT, WEIGHTS, refused | {"park"}, random.Random(1)) is None


def test_with_no_weight_at_all_the_first_outcome_is_taken() -> None:
    assert set(chosen(DEFAULT.step("screening"), DEFAULT, NONE)) == {"forward"}


def test_a_step_without_an_outcome_has_none_to_choose() -> None:
    step = DEFAULT.step("assessment")
    assert choose_outcome(step, DEFAULT, WEIGHTS, (), random.Random(1)) is None


@pytest.mark.parametrize(("least", "most"), [(0, 5), (1, 80), (20, 400), (300, 300), (7, 7)])
def test_a_sentence_is_as_long_as_it_must_be(least: int, most: int) -> None:
    for seed in range(50):
        assert max(least, 1) <= len(sentence(random.Random(seed), least, most)) <= most
