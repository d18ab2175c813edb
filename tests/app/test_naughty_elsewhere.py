"""Hostile words off the main road: to a colleague, about a conflict of interest, past the code, and in the morning's list."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

from chalicelib.domain.deidentify import mask
from chalicelib.domain.rows import AskRow, CaseRow, PersonRow
from chalicelib.domain.transaction import Change
from chalicelib.services.mask_more import mask_unscreened
from tests.app.acts import COORDINATOR, DECIDER, opened, to_decision
from tests.app.conftest import Sluice
from tests.app.html_tree import Shape, read
from tests.app.naughty import FORMULAS, HOSTILE, SCRIPTS, TEMPLATES, as_line, as_text, filled_out
from tests.app.visitor import Page
from tests.fakes import FakeStore

WORDS = [filled_out(word, 900) for word in ("Vanliga ord", *HOSTILE) if word not in FORMULAS]
TITLES = [filled_out(word, 100) for word in ("En vanlig rad", *TEMPLATES, *SCRIPTS, *FORMULAS)]


def each(sluice: Sluice, words: list[str]) -> Iterator[str]:
    """Each of the words, with everything stored as it is now."""
    saved = FakeStore()
    saved.take_over(sluice.store)
    for word in words:
        sluice.store.take_over(saved)
        yield word


def test_a_word_to_a_colleague_is_masked_and_otherwise_as_it_was_written(
    sluice: Sluice, panel: list[str]
) -> None:
    (case,) = sluice.store.rows(CaseRow)
    shapes = set[Shape]()
    for typed in each(sluice, WORDS):
        page = opened(sluice, panel[0])
        colleague = page.choices("/lamna-over", "handover_to")[0]
        handed = sluice.visitor().submit(
            page, "/lamna-over", handover_to=colleague, handover_note=typed
        )
        assert handed.status == 200
        sluice.run()
        tree = read(opened(sluice, colleague).body)
        assert mask_unscreened(sluice.deps, case, as_text(typed)) in tree.said(), ascii(typed)
        shapes.add(tree.shape)
    assert len(shapes) == 1


def test_the_reason_for_a_conflict_of_interest_is_stored_as_it_was_written(
    sluice: Sluice, panel: list[str]
) -> None:
    shapes = set[Shape]()
    for typed in each(sluice, WORDS):
        declared = sluice.visitor().submit(opened(sluice, panel[0]), "/jav", jav=typed)
        assert declared.status == 200
        notes = [ask.note for ask in sluice.store.rows(AskRow) if ask.person == panel[0]]
        assert as_text(typed) in notes, ascii(typed)
        shapes.add(read(declared.body).shape)
    assert len(shapes) == 1


def test_an_answer_gets_past_the_code_as_it_was_typed(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    to_decision(sluice)
    path = sluice.link(DECIDER)
    shapes = set[tuple[Shape, Shape]]()
    for typed in each(sluice, WORDS):
        visitor = sluice.visitor()
        refused = visitor.post(path, {"reason": typed, "outcome": "test"})
        carried = visitor.submit(refused, "/kod")
        sluice.run()
        back = visitor.submit(carried, "/oppna", code=sluice.code(DECIDER))
        for page in (refused, carried):
            assert read(page.body).values()["answer-reason"] == typed
        assert read(back.body).values()["reason"] == typed
        shapes.add((read(carried.body).shape, read(back.body).shape))
    assert len(shapes) == 1


def test_a_code_and_a_reference_that_are_anything_but_that_are_asked_for_again(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    send_idea()
    to_decision(sluice)
    path = sluice.link(DECIDER)
    sluice.visitor().post(path + "/kod", {})
    sluice.run()
    visitor = sluice.visitor()
    status = sluice.link("roger.myrhed@example.com")
    for typed in each(sluice, WORDS):
        assert visitor.post(path + "/oppna", {"code": typed}).status == 422
        wrong = visitor.post(status + "/atertag", {"word": typed})
        assert wrong.status == 422


def test_a_title_in_the_mornings_list_is_text_alone(
    sluice: Sluice, send_idea: Callable[..., Page]
) -> None:
    shapes = set[Shape]()
    for typed in each(sluice, TITLES):
        stored = as_line(typed)
        if stored is None:
            continue
        send_idea(title=typed)
        sluice.run()
        kim = sluice.store.get(PersonRow, "kim")
        assert kim is not None
        morning = sluice.deps.calendar.next_morning(sluice.clock.now())
        sluice.store.transact([Change(replace(kim, due_at=morning, try_at=morning), ())])
        sluice.pass_time(morning - sluice.clock.now())
        digest = sluice.letters(COORDINATOR)[-1]
        title = mask({"title": stored}, "Roger Myrhed").fields["title"]
        assert "digest" in digest.mail_id
        assert f" {title}\n" in digest.text, ascii(typed)
        tree = read(digest.html)
        assert any(f" {title}\n" in said for said in tree.said()), ascii(typed)
        shapes.add(tree.shape)
    assert len(shapes) == 1
