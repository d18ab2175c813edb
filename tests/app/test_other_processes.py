"""Pages of processes that are not the delivered one: what they show follows the process, not the names of its steps."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from chalicelib import wiring
from chalicelib.config import read_process_text
from chalicelib.domain.process import Process, Shows
from chalicelib.services.archive import Archive
from tests.app.acts import GIVER, WHY, decide, open_with_code, review, to_review
from tests.app.conftest import Sluice
from tests.app.visitor import Page
from tests.small_process import with_step

MARK = "Det här är det som den första skrev."


def sharing(process: Process, step: str, question: str) -> Process:
    """The process in which the idea-giver may read what is answered to a question."""
    questions = process.step(step).questions
    shared = tuple(replace(q, shared=True) if q.key == question else q for q in questions)
    return with_step(process, step, questions=shared)


@pytest.fixture
def process() -> Process:
    """The delivered process, with reviewers who may see who the idea-giver is, and more that the idea-giver may read."""
    delivered = wiring.configuration().process
    more = sharing(sharing(delivered, "assessment", "motivation"), "decision", "investigator")
    return with_step(more, "assessment", shows=Shows.UNMASKABLE)


def test_the_idea_giver_reads_whom_the_decision_chose_and_nothing_of_a_panel(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    for name in to_review(sluice)[:2]:
        review(sluice, name, motivation=MARK)
    decide(sluice, outcome="test")
    status = sluice.visitor().get(sluice.link(GIVER))
    assert "Ines Ek" in status.body
    assert MARK not in status.body


def test_one_of_a_panel_who_unmasks_the_idea_sees_what_was_before_and_not_the_others_answers(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    names = to_review(sluice)
    review(sluice, names[0], motivation=MARK)
    masked = sluice.visitor().get(sluice.link(f"{names[1]}@example.com"))
    assert WHY not in masked.body
    assert "Roger Myrhed" not in masked.body
    whole = open_with_code(sluice, f"{names[1]}@example.com")
    assert "Roger Myrhed" in whole.body
    assert WHY in whole.body
    assert MARK not in whole.body
    assert "1 av 3 har svarat" in whole.body


def test_a_step_that_its_process_no_longer_has_breaks_no_page(
    sluice: Sluice, send_idea: Callable[..., Page], process: Process
) -> None:
    send_idea()
    name = to_review(sluice)[0]
    told = process.step("dialogue").happened
    assert told is not None
    assert told.sv in sluice.visitor().get(sluice.link(GIVER)).body
    without(sluice, process, "dialogue")
    status = sluice.visitor().get(sluice.link(GIVER))
    assert status.status == 200
    assert told.sv not in status.body
    whole = open_with_code(sluice, f"{name}@example.com")
    assert "Samtal och behov" not in whole.body
    assert WHY in whole.body


def test_a_process_without_words_for_what_happened_tells_of_its_steps_as_they_are_called(
    sluice: Sluice, send_idea: Callable[..., Page], process: Process
) -> None:
    send_idea()
    sluice.run()
    steps = tuple(replace(step, happened=None) for step in process.steps)
    read_as(sluice, replace(process, steps=steps))
    happened = sluice.visitor().get(sluice.link(GIVER)).body.partition("Det här har hänt")[2]
    assert "<h3>Vi läser din idé</h3>" in happened
    assert process.step("screening").happens.sv in happened


def without(sluice: Sluice, process: Process, key: str) -> None:
    """The same version of the process, read by code that no longer takes one of its steps."""
    steps = tuple(step for step in process.steps if step.key != key)
    read_as(sluice, replace(process, steps=steps))


def read_as(sluice: Sluice, less: Process) -> None:
    archive = Archive(sluice.store, sluice.clock, less, "", read_process_text)
    wiring.use(replace(sluice.deps, archive=archive))
