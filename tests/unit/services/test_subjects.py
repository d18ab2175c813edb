"""What the subject of a mail says of an idea, and to whom: its title once a coordinator has masked it, never to its giver."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.process import Text
from chalicelib.domain.rows import MailState
from chalicelib.domain.transaction import Change
from chalicelib.services.compose import compose
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.take_back import take_back
from tests.small_process import ON, SMALL, VIEW, with_step
from tests.world import HOST, JUDGE, JURORS, PEOPLE, World, an_idea

GIVER = "asa.lind@example.com"
TITLE = "Bänkar längs ån"
REF = "[2026-0001]"
THREE = JURORS[:3]
REVIEW = Text("Bedöm idén", "Review the idea", "Arvioi idea")
MASKING = with_step(with_step(SMALL, "glance", masks_names=True), "jury", to_do=REVIEW)


def screened(title: str = TITLE, **ticked: str) -> World:
    """An idea that a coordinator has masked, before its panel of three."""
    world = World(MASKING, people=(HOST, *THREE))
    world.submit(idea=an_idea(title=title))
    world.settle()
    world.answer(HOST, {**ON, **ticked})
    world.settle()
    return world


def subjects(world: World, to: str, about: str = "") -> list[str]:
    return [letter.subject for letter in world.letters(to, about)]


def test_it_begins_with_what_is_asked_by_when_and_ends_with_the_title() -> None:
    assert subjects(screened(), "ada@example.com") == [f"{REF} Bedöm idén senast 23 mars: {TITLE}"]


def test_a_step_that_does_not_say_what_it_asks_is_told_by_its_name() -> None:
    world = screened()
    assert subjects(world, HOST.email, "-ask-") == [
        f"{REF} Svara i steget glance på svenska senast 9 mars"
    ]


def test_it_shows_no_title_before_a_coordinator_has_masked_it() -> None:
    world = World(MASKING)
    world.submit()
    world.settle()
    assert TITLE not in "".join(subjects(world, HOST.email))
    assert TITLE in world.letters(HOST.email)[0].text, "the mail itself shows the idea"


def test_nor_where_the_process_has_no_step_in_which_somebody_masks() -> None:
    world = World()
    world.submit()
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    assert not [letter.subject for letter in world.letters() if TITLE in letter.subject]


def test_what_the_coordinator_has_masked_is_not_in_it() -> None:
    world = screened("Karin Nilssons bänkar", **{"mask.1": "Karin Nilsson"})
    (subject,) = subjects(world, "ada@example.com")
    assert "Karin" not in subject
    assert "bänkar" in subject


def test_nothing_that_a_stranger_wrote_is_in_a_subject_to_the_address_that_they_typed() -> None:
    world = screened()
    for person in THREE[:2]:
        world.answer(person, VIEW)
    world.settle()
    assert len(world.letters(GIVER)) > 2
    assert not [subject for subject in subjects(world, GIVER) if TITLE in subject]


@pytest.mark.parametrize(
    ("about", "subject"),
    [
        ("answer_receipt", f"{REF} Ditt svar är mottaget: {TITLE}"),
        ("taken_back", f"{REF} Bedöm idén på nytt senast 23 mars: {TITLE}"),
    ],
)
def test_what_follows_an_answer_says_which_idea_it_was(about: str, subject: str) -> None:
    world = screened()
    raw = world.link("ada@example.com")
    world.answer(THREE[0], VIEW)
    world.settle()
    take_back(world.deps, raw, None, world.case().ref)
    world.settle()
    assert subjects(world, "ada@example.com", about) == [subject]


def test_a_reminder_asks_for_the_same_in_other_words() -> None:
    world = screened()
    world.advance(days=17)
    assert f"{REF} Påminnelse, bedöm idén senast 23 mars: {TITLE}" in subjects(
        world, "ada@example.com"
    )


def test_a_reminder_of_a_first_reading_names_the_idea_where_it_is_opened_and_not_in_its_subject() -> (
    None
):
    world = World(MASKING)
    world.submit(idea=an_idea(title="Åsa Lind vill ha bänkar"))
    world.settle()
    world.advance(days=5)
    reminders = world.letters(HOST.email, "-reminder")
    assert reminders
    assert all("vill ha bänkar”" in letter.text for letter in reminders)
    assert not [letter for letter in reminders if "Lind" in letter.text]
    assert not [letter for letter in reminders if "bänkar" in letter.subject]


def test_a_reminder_names_no_idea_that_the_mail_with_the_question_did_not_show() -> None:
    world = World(with_step(SMALL, "ruling", reminders=(-3,)))
    world.submit(idea=an_idea(title=TITLE))
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    for juror in JURORS:
        if world.case().step == "jury" and world.letters(juror.email):
            world.answer(juror, VIEW)
            world.settle()
    assert world.case().step == "ruling"
    world.advance(days=20)
    reminders = world.letters(JUDGE.email, "-reminder")
    assert reminders
    assert not [letter for letter in reminders if TITLE in letter.text]


def test_a_long_title_is_cut_after_a_word_so_that_an_inbox_shows_it_all() -> None:
    world = screened("Färdigpackad startväska till nya vikarier i hemtjänsten")
    (subject,) = subjects(world, "ada@example.com")
    assert subject == f"{REF} Bedöm idén senast 23 mars: Färdigpackad startväska till…"


def test_the_title_is_left_out_when_ses_refuses_the_mail_for_its_text() -> None:
    world = screened()
    mail = world.mail("-ask-ada")
    refused = DeliveryEvent(mail.mail_id, "Reject", False, mail.ses_id or "", 1)
    assert record_delivery(world.deps, refused) is MailState.PENDING
    world.advance(minutes=1)
    assert subjects(world, "ada@example.com") == [
        f"{REF} Bedöm idén senast 23 mars: {TITLE}",
        f"{REF} Bedöm idén senast 23 mars",
    ]


def test_a_mail_that_the_release_before_queued_is_written_as_any_other() -> None:
    world = World(MASKING, people=PEOPLE)
    world.submit()
    world.settle()
    mail = world.mail("-ask-")
    queued = replace(mail, state=MailState.PENDING, attempts=0)
    assert not {"to_do", "title"} & set(queued.context)
    world.store.transact([Change(queued, ())])
    assert compose(world.deps, queued).letter.subject.startswith(f"{REF} Svara i steget glance")
