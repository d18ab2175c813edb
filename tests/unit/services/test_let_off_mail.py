"""The one mail of a working morning that says what somebody need not answer any more, and how ideas ended that they worked with."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.domain.let_off import OVER
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.process import Process
from chalicelib.domain.rows import (
    Absence,
    AskRow,
    AskState,
    MailRow,
    MailState,
    PersonRow,
)
from chalicelib.domain.transaction import Change, Create
from chalicelib.services.end_mail import fail
from chalicelib.services.follow_idea import withdraw_idea
from chalicelib.services.send_mail import send_mail
from tests.small_process import DROP, ON, SMALL, SO, VIEW, with_step
from tests.world import HOST, JUDGE, JURORS, World, an_idea, in_jury

GIVER = "asa.lind@example.com"
THREE = JURORS[:3]
SAYS = "Du behöver inte längre svara"


def of_three(**fields: object) -> World:
    """A world with one panel: all three are asked about each of its ideas."""
    return World(people=(HOST, *(replace(person, **fields) for person in THREE)))


def before_panel(world: World, key: str = "a", **fields: object) -> str:
    """The reference of a new idea that stands before the panel."""
    ref = world.submit(key, **fields).ref
    world.settle()
    world.answer(HOST, ON)
    world.settle()
    return ref


def answered_by_two(world: World) -> PersonRow:
    """Who has not answered about the newest idea when the other two have."""
    *two, third = THREE
    for person in two:
        world.answer(person, VIEW)
    world.settle()
    return third


def next_morning(world: World) -> None:
    world.advance_to(world.deps.calendar.next_morning(world.now))


def told(world: World, person: PersonRow) -> list[str]:
    return [letter.subject for letter in world.letters(person.email, "let_off")]


def test_who_has_not_answered_is_told_on_the_next_working_morning() -> None:
    world = of_three()
    ref = before_panel(world)
    third = answered_by_two(world)
    assert told(world, third) == []
    next_morning(world)
    assert told(world, third) == [f"[{ref}] {SAYS}"]
    (letter,) = world.letters(third.email, "let_off")
    assert "jury på svenska: tillräckligt många andra har svarat." in letter.text
    assert "/svara/" not in letter.text
    assert "Så gick det" not in letter.text


def test_nobody_who_has_answered_is_told() -> None:
    world = of_three()
    before_panel(world)
    answered_by_two(world)
    next_morning(world)
    assert [told(world, person) for person in THREE[:2]] == [[], []]


def test_several_ideas_of_a_day_are_one_mail() -> None:
    world = of_three()
    refs = [before_panel(world, "a")]
    third = answered_by_two(world)
    refs.append(before_panel(world, "b", idea=an_idea(title="Grusade vägar")))
    answered_by_two(world)
    next_morning(world)
    (letter,) = world.letters(third.email, "let_off")
    assert letter.subject == f"{SAYS}: 2 idéer"
    assert all(ref in letter.text for ref in refs)
    assert (
        dict(letter.headers)["References"]
        != dict(world.letters(third.email)[0].headers)["References"]
    )


def test_one_idea_is_told_in_the_thread_in_which_it_was_asked() -> None:
    world = of_three()
    before_panel(world)
    third = answered_by_two(world)
    next_morning(world)
    asked, let_off = world.letters(third.email)
    for name in ("References", "In-Reply-To", "Thread-Topic"):
        assert dict(asked.headers)[name] == dict(let_off.headers)[name]


def test_an_idea_that_is_taken_back_before_anybody_answered_is_told_to_those_who_were_asked() -> (
    None
):
    world = in_jury()
    asked = world.asked()
    giver_got = len(world.letters(GIVER))
    withdraw_idea(world.deps, world.link(GIVER, "receipt"), world.case().ref)
    world.settle()
    next_morning(world)
    for person in asked:
        (letter,) = world.letters(person.email, "let_off")
        assert "idégivaren har tagit tillbaka idén" in letter.text
    assert len(world.letters(GIVER)) == giver_got + 1, "the host had answered, so they are told"


def test_an_unproven_address_gets_nothing_when_the_idea_is_taken_back_at_once() -> None:
    world = World()
    world.submit()
    world.settle()
    withdraw_idea(world.deps, world.link(GIVER, "receipt"), world.case().ref)
    world.settle()
    next_morning(world)
    assert len(world.letters(GIVER)) == 1
    assert told(world, HOST) == [f"[{world.case().ref}] {SAYS}"]


@pytest.mark.parametrize("lists", [{"weekly": True}, {"digest": True}])
def test_who_gets_a_list_of_what_waits_gets_no_such_mail(lists: dict[str, bool]) -> None:
    world = of_three(**lists)
    before_panel(world)
    third = answered_by_two(world)
    next_morning(world)
    assert told(world, third) == []


def test_it_is_not_sent_when_they_are_asked_again_before_the_morning() -> None:
    world = of_three()
    before_panel(world)
    third = answered_by_two(world)
    (lapsed,) = [row for row in world.store.rows(AskRow) if row.state is AskState.LAPSED]
    again = replace(lapsed, state=AskState.OPEN, epoch=world.case().epoch)
    world.store.transact([Create(again, "ask-is-new")])
    world.clock.advance_to(world.deps.calendar.next_morning(world.now))
    assert send_mail(world.deps, world.mail("let_off").mail_id) is MailState.SUPERSEDED
    assert told(world, third) == []


def test_it_is_not_sent_to_somebody_who_has_left_and_nobody_else_hears_of_it() -> None:
    world = of_three()
    before_panel(world)
    third = answered_by_two(world)
    world.change_person(third.person_id, active=False)
    next_morning(world)
    assert world.mail("let_off").state is MailState.SUPERSEDED


def test_one_that_does_not_arrive_is_told_to_nobody_else_since_it_asked_nothing() -> None:
    world = of_three()
    before_panel(world)
    answered_by_two(world)
    fail(world.deps, world.mail("let_off"), "no address")
    assert world.mail("let_off").state is MailState.FAILED
    assert [mail.mail_id for mail in world.store.rows(MailRow) if "mailbox" in mail.mail_id] == []


def test_what_comes_after_a_mail_that_cannot_take_more_waits_for_the_working_morning_after() -> (
    None
):
    world = of_three()
    before_panel(world, "a")
    third = answered_by_two(world)
    world.store.transact([Change(replace(world.mail("let_off"), state=MailState.FAILED), ())])
    before_panel(world, "b")
    answered_by_two(world)
    ids = {mail.mail_id for mail in world.store.rows(MailRow) if mail.purpose == "let_off"}
    assert ids == {f"let_off-{third.person_id}-{day}" for day in ("2026-03-03", "2026-03-04")}


def test_the_mail_tells_the_title_once_a_coordinator_has_masked_it() -> None:
    masking = with_step(SMALL, "glance", masks_names=True)
    world = World(masking, people=(HOST, *THREE))
    ref = before_panel(world)
    third = answered_by_two(world)
    next_morning(world)
    assert told(world, third) == [f"[{ref}] {SAYS}: Bänkar längs ån"]


def test_of_two_presses_at_once_that_let_off_the_same_person_both_are_told() -> None:
    world = of_three()
    refs = [before_panel(world, "a"), before_panel(world, "b")]
    third = THREE[2]
    texts = [letter.text for letter in world.letters(GIVER, "receipt")]
    first, second = (text.partition("/status/")[2].split()[0] for text in texts)
    world.at_once(
        lambda: withdraw_idea(world.deps, first, refs[0]),
        lambda: withdraw_idea(world.deps, second, refs[1]),
    )
    world.settle()
    next_morning(world)
    (letter,) = world.letters(third.email, "let_off")
    assert all(ref in letter.text for ref in refs)


def test_a_colleague_who_is_away_hears_of_it_when_they_read_their_mail_again() -> None:
    world = of_three()
    before_panel(world)
    third = THREE[2]
    world.register(third.person_id, absences=(Absence("2026-03-02", "2026-03-09"),))
    answered_by_two(world)
    next_morning(world)
    assert len(told(world, third)) == 1


def judged(world: World) -> str:
    """The reference of an idea on which two of the panel have answered, and which the judge has ended."""
    ref = before_panel(world)
    answered_by_two(world)
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    return ref


def with_a_judge(process: Process = SMALL, **fields: object) -> World:
    return World(process, people=(*of_three(**fields).store.people(), JUDGE))


def text_to(world: World, person: PersonRow) -> str:
    (letter,) = world.letters(person.email, "let_off")
    return letter.text


def test_who_worked_with_an_idea_hears_next_morning_how_it_ended() -> None:
    world = with_a_judge()
    ref = judged(world)
    next_morning(world)
    for person in (HOST, *THREE[:2]):
        assert told(world, person) == [f"[{ref}] Så gick det för idén"]
        assert "Så gick det: good på svenska." in text_to(world, person)
    assert told(world, JUDGE) == []


def test_they_hear_it_once_however_often_the_case_is_evaluated() -> None:
    world = with_a_judge()
    judged(world)
    next_morning(world)
    for _ in range(3):
        world.queue.send([EvaluateCase(world.case().case_id)])
        world.advance(hours=24)
    assert [len(told(world, person)) for person in (HOST, *THREE[:2])] == [1, 1, 1]


def test_each_hears_it_in_their_own_language() -> None:
    world = with_a_judge(lang="fi")
    judged(world)
    next_morning(world)
    assert "Näin kävi: good suomeksi." in text_to(world, THREE[0])


@pytest.mark.parametrize("lists", [{"weekly": True}, {"digest": True}])
def test_who_gets_a_list_of_what_waits_hears_how_an_idea_ended(lists: dict[str, bool]) -> None:
    world = with_a_judge(**lists)
    judged(world)
    next_morning(world)
    assert len(told(world, THREE[0])) == 1


def test_who_is_told_that_they_need_not_answer_reads_in_the_same_line_how_it_ended_since() -> None:
    world = with_a_judge()
    ref = judged(world)
    next_morning(world)
    assert told(world, THREE[2]) == [f"[{ref}] {SAYS}"]
    text = text_to(world, THREE[2])
    assert "tillräckligt många andra har svarat.\nSå gick det: good på svenska." in text


def test_who_answered_in_one_step_and_need_not_in_the_next_reads_of_the_open_question_first() -> (
    None
):
    both = replace(HOST, roles=("host", "juror"))
    world = World(people=(both, *THREE[:2], JUDGE))
    before_panel(world)
    for person in THREE[:2]:
        world.answer(person, VIEW)
    world.settle()
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    next_morning(world)
    text = text_to(world, HOST)
    assert "tillräckligt många andra har svarat.\nSå gick det: good på svenska." in text
    assert "Du har svarat på en fråga om en idé" not in text


def test_a_call_that_need_not_be_made_is_told_with_how_the_idea_ended() -> None:
    world = with_a_judge()
    judged(world)
    mail = next(row for row in world.store.rows(MailRow) if row.mail_id.startswith("let_off-hanna"))
    line = {"case_id": world.case().case_id, "ref": world.case().ref, "step": "ring", "why": OVER}
    world.store.transact([Change(replace(mail, context={"asks": [line]}), ())])
    next_morning(world)
    expected = "ring på svenska: idén är avslutad.\nSå gick det: good på svenska."
    assert expected in text_to(world, HOST)


def test_a_line_that_is_added_while_the_mail_is_put_into_words_is_told_too() -> None:
    world = of_three()
    refs = [before_panel(world, "a")]
    third = answered_by_two(world)
    refs.append(before_panel(world, "b", idea=an_idea(title="Grusade vägar")))
    answered_by_two(world)
    (whole,) = (mail for mail in world.store.rows(MailRow) if mail.purpose == "let_off")
    (first, _) = whole.context["asks"]
    world.store.keep(replace(whole, context={"asks": [first]}))
    world.clock.advance_to(world.deps.calendar.next_morning(world.now))
    rendered = world.deps.templates

    class Slow:
        def mail(self, *said: Any) -> Any:
            world.store.keep(whole)
            return rendered.mail(*said)

    assert send_mail(replace(world.deps, templates=Slow()), whole.mail_id) is None
    assert send_mail(world.deps, whole.mail_id) is MailState.SENT
    (letter,) = world.letters(third.email, "let_off")
    assert all(ref in letter.text for ref in refs)


def test_one_mail_tells_what_need_not_be_answered_and_what_has_ended() -> None:
    world = with_a_judge()
    judged(world)
    before_panel(world, "b", idea=an_idea(title="Grusade vägar"))
    for person in THREE[1:]:
        world.answer(person, VIEW)
    world.settle()
    next_morning(world)
    assert told(world, THREE[0]) == ["Inget mer att göra: 2 idéer"]
    assert "Du behöver inte längre svara" in text_to(world, THREE[0])
    assert "Så gick det: good på svenska." in text_to(world, THREE[0])


def test_several_ideas_that_ended_are_one_mail() -> None:
    world = with_a_judge()
    judged(world)
    before_panel(world, "b")
    answered_by_two(world)
    world.answer(JUDGE, SO, world.session(JUDGE))
    world.settle()
    next_morning(world)
    assert told(world, THREE[0]) == ["Så gick det för 2 idéer"]


def test_an_idea_that_was_taken_back_is_told_as_that() -> None:
    world = in_jury()
    withdraw_idea(world.deps, world.link(GIVER, "receipt"), world.case().ref)
    world.settle()
    next_morning(world)
    assert "Idégivaren har själv tagit tillbaka idén." in text_to(world, HOST)


def test_an_end_without_a_closing_code_is_told_by_what_it_is_called_in_public() -> None:
    world = with_a_judge(with_step(SMALL, "jury", then="bin"))
    before_panel(world)
    answered_by_two(world)
    next_morning(world)
    assert "Så gick det: public bin på svenska." in text_to(world, HOST)


def test_an_idea_that_goes_on_again_when_the_mail_is_written_is_left_out() -> None:
    world = with_a_judge()
    judged(world)
    world.store.transact([Change(replace(world.case(), closed=False), ())])
    world.clock.advance_to(world.deps.calendar.next_morning(world.now))
    mails = [mail for mail in world.store.rows(MailRow) if mail.purpose == "let_off"]
    states = {mail.recipient: send_mail(world.deps, mail.mail_id) for mail in mails}
    assert states[HOST.person_id] is MailState.SUPERSEDED


def test_how_it_ended_is_told_in_the_subject_with_a_title_that_a_coordinator_has_masked() -> None:
    world = with_a_judge(with_step(SMALL, "glance", masks_names=True))
    ref = judged(world)
    next_morning(world)
    assert told(world, HOST) == [f"[{ref}] Så gick det för idén: Bänkar längs ån"]


def test_who_decides_at_once_is_mailed_nothing() -> None:
    world = of_three()
    world.submit("a")
    world.settle()
    world.answer(HOST, DROP)
    world.settle()
    next_morning(world)
    assert told(world, HOST) == []
