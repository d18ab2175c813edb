"""Names that a coordinator hides at screening are masked for everybody who sees the masked idea from then on."""

from __future__ import annotations

import pytest

from chalicelib.domain.form import Problem
from chalicelib.domain.process import Question, QuestionKind, Shows
from chalicelib.domain.rows import CaseRow, MaskedRow, TextRow
from chalicelib.domain.said_of_names import LONGEST, NO_NAME
from chalicelib.services.answer_ask import Accepted
from chalicelib.services.mask_more import mask_unscreened
from chalicelib.services.open_link import Faulty
from tests.small_process import GLANCE, ON, SMALL, said, with_step
from tests.world import HOST, World, an_idea

NEED = "Karin Nilsson på biblioteket och Bo har frågat. Karins idé är bra."
FREE = Question("free", QuestionKind.YES_NO, said("free"), names_first=True)
MASKING = with_step(
    SMALL,
    "glance",
    masks_names=True,
    shows=Shows.UNMASKABLE,
    questions=(*GLANCE.questions, FREE),
)
NO_NAMES = {"mask.1": f"{NO_NAME}Karin Nilsson", "mask.2": f"{NO_NAME}Bo"}
FREE_ON = {**ON, **NO_NAMES, "free": "yes"}


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


def test_what_is_hidden_or_written_is_masked_in_a_new_version_of_the_masked_text(
    world: World,
) -> None:
    hidden = {"mask.1": "Karin Nilsson", "mask.2": "", "mask_more": "Bo , , okänd"}
    assert isinstance(world.answer(HOST, {**FREE_ON, **hidden}), Accepted)
    need = masked(world).fields["need"]
    assert "Karin" not in need
    assert "Bo " not in need
    assert need.count("[namn]") == 3
    assert masked(world).version == 2
    assert world.case().text_hash == masked(world).content_hash


def test_the_whole_text_and_the_earlier_masked_one_are_kept(world: World) -> None:
    before = masked(world)
    world.answer(HOST, {**FREE_ON, "mask.1": "Karin Nilsson"})
    case = world.case()
    text = world.store.get(TextRow, case.case_id, case.text_version)
    assert text is not None
    assert text.fields["need"] == NEED
    assert world.store.get(MaskedRow, case.case_id, 1) == before


def test_reviewers_are_mailed_the_text_with_the_names_masked(world: World) -> None:
    world.answer(HOST, {**FREE_ON, "mask.1": "Karin Nilsson", "mask.2": "Bo"})
    world.settle()
    letters = [letter for letter in world.letters(about="ask") if letter.to != HOST.email]
    assert len(letters) == 3
    assert all("Karin" not in letter.text and "[namn]" in letter.text for letter in letters)


def test_a_mail_says_that_a_name_may_be_left_until_somebody_has_hidden_names(world: World) -> None:
    may_be_left = "Något namn kan finnas kvar"
    (unread,) = world.letters(HOST.email, "ask")
    assert "Karin" in unread.text
    assert may_be_left in unread.text
    assert "utan namn" not in unread.text
    world.answer(HOST, {**FREE_ON, "mask.1": "Karin Nilsson", "mask.2": "Bo"})
    world.settle()
    screened = [letter.text for letter in world.letters(about="ask") if letter.to != HOST.email]
    assert all("Idén, utan namn" in text and may_be_left not in text for text in screened)


@pytest.mark.parametrize(
    ("hid", "said"),
    [
        ({"mask.1": "Karin Nilsson"}, "Du dolde namn på 2 ställen i idén."),
        ({"mask.2": "Bo"}, "Du dolde namn på 1 ställe i idén."),
    ],
)
def test_who_hid_names_is_mailed_in_how_many_places(
    world: World, hid: dict[str, str], said: str
) -> None:
    world.answer(HOST, {**FREE_ON, **hid})
    world.settle()
    (letter,) = world.letters(HOST.email, "answer_receipt")
    assert said in letter.text


def test_who_hid_no_name_is_mailed_nothing_of_it(world: World) -> None:
    world.answer(HOST, FREE_ON)
    world.settle()
    (letter,) = world.letters(HOST.email, "answer_receipt")
    assert "Du dolde" not in letter.text


def test_the_event_counts_what_was_masked_and_names_nobody(world: World) -> None:
    world.answer(HOST, {**FREE_ON, "mask.1": "Karin Nilsson"})
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
    world.answer(HOST, {**FREE_ON, **given})
    assert world.case().masked_version == 1
    assert len(world.store.rows(MaskedRow)) == 1


def test_too_many_words_are_refused_and_nothing_is_stored(world: World) -> None:
    faulty = world.answer(HOST, {**FREE_ON, "mask_more": "x" * (LONGEST + 1)})
    assert isinstance(faulty, Faulty)
    assert [(error.field, error.problem) for error in faulty.errors] == [
        ("mask_more", Problem.TOO_LONG)
    ]
    assert world.case().masked_version == 1


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ({}, ["mask.1", "mask.2"]),
        ({"mask.1": "Karin Nilsson"}, ["mask.2"]),
        ({"mask.2": f"{NO_NAME}Bo"}, ["mask.1"]),
        ({"mask_more": "karin nilsson, bo"}, []),
    ],
    ids=["nothing", "one is hidden", "one is no name", "both are written"],
)
def test_the_text_is_not_free_from_people_while_nothing_is_said_of_a_name(
    world: World, said: dict[str, str], left: list[str]
) -> None:
    result = world.answer(HOST, {**ON, "free": "yes", **said})
    errors = result.errors if isinstance(result, Faulty) else ()
    assert [error.field for error in errors] == left
    assert {error.problem for error in errors} <= {Problem.NAME_NOT_SETTLED}
    assert (world.case().masked_version == 1) == bool(left)


def test_who_says_that_the_text_is_not_free_from_people_need_say_nothing_of_the_names(
    world: World,
) -> None:
    assert isinstance(world.answer(HOST, {**ON, "free": "no"}), Accepted)


def test_a_process_from_before_that_question_asks_for_a_word_on_each_name_with_every_answer() -> (
    None
):
    world = World(process=with_step(SMALL, "glance", masks_names=True, shows=Shows.UNMASKABLE))
    world.submit(idea=an_idea(need=NEED))
    world.settle()
    faulty = world.answer(HOST, ON)
    assert isinstance(faulty, Faulty)
    assert [error.field for error in faulty.errors] == ["mask.1", "mask.2"]
    assert isinstance(world.answer(HOST, {**ON, **NO_NAMES}), Accepted)


def test_what_is_wrong_is_told_in_the_order_of_the_page(world: World) -> None:
    faulty = world.answer(HOST, {"free": "yes", "mask.1": "Karin Nilsson"})
    assert isinstance(faulty, Faulty)
    assert [error.field for error in faulty.errors] == ["why", "verdict", "mask.2"]


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
    world.answer(HOST, {**FREE_ON, "mask_more": "biblioteket"})
    assert mask_unscreened(world.deps, world.case(), text) == expected
