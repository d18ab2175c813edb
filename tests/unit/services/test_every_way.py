"""Every way that an idea can take through the default process, and through Skaraborg's, by links and codes as people would.

`tests/data/answers.json` holds an answer for each edge of both processes, and for each edge a route through it to an end.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from chalicelib.domain.process import Assurance, Process, StepKind
from chalicelib.domain.rows import AskRow, AskState, CaseRow, MailState, PersonRow
from chalicelib.services.answer_ask import Accepted, answer_ask
from chalicelib.services.prove_mailbox import Proven, prove_mailbox, send_code
from infra import process as process_file
from tests.recorded import wrong_in_world
from tests.world import LINK, World, a_submission, configuration, somebody

DATA = Path(__file__).resolve().parents[2] / "data"
ANSWERS: dict[str, Any] = json.loads((DATA / "answers.json").read_text())
NAMES = ("default", "skaraborg")
Step = tuple[str, str]


@cache
def process(name: str) -> Process:
    if name == "default":
        return configuration().process
    return process_file.read(DATA / "process-skaraborg.toml")


def routes() -> Iterator[Any]:
    for name in NAMES:
        for route in ANSWERS[name]["routes"]:
            ways = "-".join(f"{step}:{way}" for step, way in route)
            yield pytest.param(name, [tuple(step) for step in route], id=f"{name}-{ways}"[:120])


def a_town(name: str) -> World:
    """A municipality with seven people in each role of the process."""
    people = tuple(
        replace(somebody(f"{role.key}-{number}".replace("_", "-"), role.key), unit=f"unit-{number}")
        for role in process(name).roles
        for number in range(7)
    )
    return World(process=process(name), people=people)


def edge(name: str, step: str, way: str) -> dict[str, Any]:
    by = {"then": "then", "unanswered": "unanswered"}.get(way, "answer")
    (found,) = [
        edge
        for edge in ANSWERS[name]["edges"]
        if (edge["step"], edge["by"]) == (step, by) and (by != "answer" or edge["outcome"] == way)
    ]
    return dict(found)


def filled(world: World, answers: Mapping[str, str], other: str) -> dict[str, str]:
    """The answers of an edge, with a day ahead, somebody of a role, and another idea in the places that are left open."""
    said = {}
    for key, value in answers.items():
        if value == "<date>":
            value = world.deps.calendar.local_date(world.now + timedelta(days=200)).isoformat()
        elif value == "<case>":
            value = other
        elif value.startswith("<person:"):
            value = f"{value[8:-1]}-3".replace("_", "-")
        said[key] = value
    return said


def open_asks(world: World, case: CaseRow) -> list[AskRow]:
    asks = [ask for ask in world.store.rows(AskRow) if ask.case_id == case.case_id and not ask.task]
    return [ask for ask in asks if (ask.epoch, ask.state) == (case.epoch, AskState.OPEN)]


def answer(world: World, case: CaseRow, ask: AskRow, given: Mapping[str, str]) -> None:
    """By the link that was mailed, after a code where the step asks for one."""
    person = world.store.get(PersonRow, ask.person)
    assert person is not None
    letter = world.letters(person.email, f"{case.case_id}-")[-1]
    link = LINK.search(letter.text)
    assert link is not None, letter.text
    session = None
    if world.deps.process_of(case).step(ask.step).assurance is Assurance.CODE:
        send_code(world.deps, link[2])
        world.settle()
        proven = prove_mailbox(world.deps, link[2], world.code(person.email))
        assert isinstance(proven, Proven)
        session = proven.session
    assert isinstance(answer_ask(world.deps, link[2], session, given), Accepted)
    world.settle()


def take(world: World, name: str, case: CaseRow, way: str, other: str) -> None:
    """One edge: an answer, enough answers of a panel, or time that passes."""
    step = process(name).step(case.step)
    found = edge(name, step.key, way)
    if step.kind is StepKind.WAIT or found["by"] == "unanswered":
        epoch = case.epoch
        while world.case(case.ref).epoch == epoch:
            world.advance_to(world.case(case.ref).due_at)
        return
    asks = open_asks(world, case)
    assert len(asks) == step.panel
    needed = 1 if step.outcome is not None else step.needed(len(asks))
    for ask in asks[:needed]:
        answer(world, case, ask, filled(world, found["answers"], other))


@pytest.mark.parametrize(("name", "route"), list(routes()))
def test_an_idea_can_take_this_way_to_its_end(name: str, route: list[Step]) -> None:
    world = a_town(name)
    other = world.submit("another", name="Bo Ek", email="bo.ek@example.com").ref
    receipt = world.submit()
    world.settle()
    for at, way in route:
        case = world.case(receipt.ref)
        if case.step == at:
            take(world, name, case, way, other)
        else:
            assert at == process(name).first, "the first wait is over at once"
    ended = world.case(receipt.ref)
    assert ended.closed
    assert ended.closing_code is not None
    outcome = world.letters(a_submission().email)[-1]
    assert outcome.mail_id.endswith("-outcome-giver")
    assert world.mails(MailState.FAILED) == []
    assert wrong_in_world(world) == []


def test_every_edge_of_both_processes_is_on_a_way() -> None:
    for name in NAMES:
        on_ways = {(step, way) for route in ANSWERS[name]["routes"] for step, way in route}
        for step in process(name).steps:
            if step.kind is StepKind.END or step.task:
                continue
            options = step.question(step.outcome).options if step.outcome else ()
            ways = {option.key for option in options} or {"then"}
            ways |= {"unanswered"} if step.unanswered else set()
            assert {(step.key, way) for way in ways} <= on_ways


def test_an_idea_that_was_joined_with_another_hears_of_the_other() -> None:
    world = a_town("default")
    other = world.submit("another", name="Bo Ek", email="bo.ek@example.com").ref
    receipt = world.submit()
    world.settle()
    take(world, "default", world.case(receipt.ref), "duplicate", other)
    assert world.case(receipt.ref).merged_into == world.case(other).case_id
    take(world, "default", world.case(other), "forward", "")
    news = world.letters(a_submission().email)[-1]
    assert news.mail_id.startswith(world.case(other).case_id)
    assert receipt.ref in news.text
