"""Names that a coordinator ticks at screening are masked for everybody who sees the masked idea from then on."""

from __future__ import annotations

import pytest

from chalicelib.domain.form import Problem
from chalicelib.domain.process import Shows
from chalicelib.domain.rows import CaseRow, MaskedRow, TextRow
from chalicelib.services.answer_ask import Accepted
from chalicelib.services.mask_more import LONGEST, mask_unscreened
from chalicelib.services.open_link import Faulty
from tests.small_process import ON, SMALL, with_step
from tests.world import HOST, World, an_idea

NEED = "Karin Nilsson på biblioteket och Bo har frågat. Karins idé är bra."
MASKING = with_step(SMALL, "glance", masks_names=True, shows=Shows.UNMASKABLE)


@pytest.fixture
def world() -> World:
    """An idea that names two others, before its coordinator."""
    world = World(process=MASKING)
    world.submit(idea=an_idea(need=NEED))
    world.settle()
    return world


def masked(world: World) -> MaskedRow:
    case = world.case()
    row = world.store.get(MaskedRow, case.case_id, case.masked_version)
    assert row is not None
    return row


def test_what_is_ticked_or_written_is_masked_in_a_new_version_of_the_masked_text(
    world: World,
) -> None:
    ticked = {"mask.1": "Karin Nilsson", "mask_more": "Bo , , okänd"}
    assert isinstance(world.answer(HOST, {**ON, **ticked}), Accepted)
    need = masked(world).fields["need"]
    assert "Karin" not in need
    assert "Bo " not in need
    assert need.count("[namn]") == 3
    assert masked(world).version == 2
    assert world.case().text_hash == masked(world).content_hash


def test_the_whole_text_and_the_earlier_masked_one_are_kept(world: World) -> None:
    before = masked(world)
    world.answer(HOST, {**ON, "mask.1": "Karin Nilsson"})
    case = world.case()
    text = world.store.get(TextRow, case.case_id, case.text_version)
    assert text is not None
    assert text.fields["need"] == NEED
    assert world.store.get(MaskedRow, case.case_id, 1) == before


def test_reviewers_are_mailed_the_text_with_the_names_masked(world: World) -> None:
    world.answer(HOST, {**ON, "mask.1": "Karin Nilsson", "mask.2": "Bo"})
    world.settle()
    letters = [letter for letter in world.letters(about="ask") if letter.to != HOST.email]
    assert len(letters) == 3
    assert all("Karin" not in letter.text and "[namn]" in letter.text for letter in letters)


def test_the_event_counts_what_was_masked_and_names_nobody(world: World) -> None:
    world.answer(HOST, {**ON, "mask.1": "Karin Nilsson"})
    (fact,) = [
        fact
        for event in world.store.events(world.case().case_id)
        for fact in event.facts
        if fact.kind == "NamesMasked"
    ]
    assert fact.data == {"count": "2"}


@pytest.mark.parametrize(
    "given", [{}, {"mask_more": " , "}, {"mask_more": "Finns inte"}], ids=["none", "blank", "other"]
)
def test_without_a_name_that_stands_there_the_masked_text_stays(
    world: World, given: dict[str, str]
) -> None:
    world.answer(HOST, {**ON, **given})
    assert world.case().masked_version == 1
    assert len(world.store.rows(MaskedRow)) == 1


def test_too_many_words_are_refused_and_nothing_is_stored(world: World) -> None:
    faulty = world.answer(HOST, {**ON, "mask_more": "x" * (LONGEST + 1)})
    assert isinstance(faulty, Faulty)
    assert [(error.field, error.problem) for error in faulty.errors] == [
        ("mask_more", Problem.TOO_LONG)
    ]
    assert world.case().masked_version == 1


def test_only_a_step_that_masks_names_does(world: World) -> None:
    plain = World()
    plain.submit(idea=an_idea(need=NEED))
    plain.settle()
    assert isinstance(plain.answer(HOST, {**ON, "mask.1": "Karin Nilsson"}), Accepted)
    assert [row.version for row in plain.store.rows(MaskedRow)] == [1]
    assert plain.store.rows(CaseRow)[0].masked_version == 1


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Biblioteket vet mer.", "[namn] vet mer."),
        ("Vi har frågat.", "Vi har frågat."),
        ("Fråga Kalle Öberg.", "Fråga [namn]."),
        ("Sten vet det.", "[namn] vet det."),
    ],
    ids=["was masked in the idea", "was not", "a likely name", "the idea-giver's own"],
)
def test_what_is_written_later_is_masked_as_the_idea_was(text: str, expected: str) -> None:
    world = World(process=MASKING)
    world.submit(idea=an_idea(need=NEED), name="Sten Lund")
    world.settle()
    world.answer(HOST, {**ON, "mask_more": "biblioteket"})
    assert mask_unscreened(world.deps, world.case(), text) == expected
