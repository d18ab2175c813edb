"""How many receipts one address is mailed in a day, and what becomes of the others."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.held import Decision
from chalicelib.domain.messages import EvaluateCase
from chalicelib.domain.rows import (
    AskRow,
    CaseRow,
    ContactRow,
    EventRow,
    GuardRow,
    MailRow,
    MailState,
    TokenRow,
    UndeliveredRow,
)
from chalicelib.domain.transaction import Conflict
from chalicelib.services import receipts
from chalicelib.services.follow_idea import Withdrawn, follow_idea, withdraw_idea
from chalicelib.services.judge_held import judge_by_operator
from chalicelib.services.ports import Letter, Refusal
from chalicelib.services.receipts import MOST_IDEAS, listed, owe_receipt
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from chalicelib.services.submit_idea import Receipt
from tests.fakes import Crash, StoreFault
from tests.small_process import SMALL, with_step
from tests.world import HOST, World, a_submission, an_idea

ADDRESS = "asa.lind@example.com"
NEXT_MORNING = datetime(2026, 3, 3, 6, 30, tzinfo=UTC)
STATUS = re.compile(r"/status/([A-Za-z0-9_-]{43})")


@pytest.fixture
def world() -> World:
    return World()


def send(world: World, count: int, first: int = 0, **fields: object) -> list[str]:
    refs = []
    for number in range(first, first + count):
        receipt = world.send(a_submission(**fields), f"key-{number}")
        assert isinstance(receipt, Receipt)
        refs.append(receipt.ref)
    world.settle()
    return refs


def send_and_keep(world: World, count: int) -> list[Receipt]:
    sent = [world.submit(key=f"key-{number}") for number in range(count)]
    world.settle()
    return sent


def about_receipts(world: World, to: str = ADDRESS) -> list[Letter]:
    return [letter for letter in world.letters(to) if "receipt" in letter.mail_id]


def test_three_receipts_go_out_at_once_and_the_fourth_comes_on_the_next_morning(
    world: World,
) -> None:
    refs = send(world, 4)
    assert len(about_receipts(world)) == 3
    world.advance_to(NEXT_MORNING - timedelta(seconds=1))
    assert len(about_receipts(world)) == 3
    world.advance_to(NEXT_MORNING)
    *_, last = about_receipts(world)
    assert refs[3] in last.text
    assert refs[3] in last.html


def test_further_ideas_share_one_mail_with_a_link_to_each_and_none_is_left_out(
    world: World,
) -> None:
    refs = send(world, 8)
    world.advance_to(NEXT_MORNING)
    *_, last = about_receipts(world)
    assert len(about_receipts(world)) == 4
    found = [follow_idea(world.deps, raw) for raw in STATUS.findall(last.text)]
    assert [followed.snapshot.case.ref for followed in found if followed] == refs[3:]
    assert "5 idéer till" in last.subject


def test_the_mail_for_several_is_one_of_its_days_three(world: World) -> None:
    send(world, 4)
    world.advance_to(NEXT_MORNING)
    send(world, 3, first=4)
    assert len(about_receipts(world)) == 3 + 1 + 2
    world.advance(days=1)
    assert len(about_receipts(world)) == 3 + 1 + 2 + 1


def test_the_day_is_the_municipalitys_own(world: World) -> None:
    """Half past eleven at night in Sweden, then a quarter past midnight."""
    world.clock.advance_to(datetime(2026, 3, 2, 22, 30, tzinfo=UTC))
    send(world, 3)
    world.clock.advance_to(datetime(2026, 3, 2, 23, 15, tzinfo=UTC))
    send(world, 1, first=3)
    assert len(about_receipts(world)) == 4


def test_another_address_has_its_own_three_but_not_another_spelling_of_the_same(
    world: World,
) -> None:
    send(world, 3)
    send(world, 1, first=3, email="bo.ek@example.com")
    send(world, 1, first=4, email="Asa.Lind@example.com")
    assert len(about_receipts(world, "bo.ek@example.com")) == 1
    assert about_receipts(world, "Asa.Lind@example.com") == []


def test_more_than_fit_in_one_mail_come_on_the_days_after_one_mail_a_day(world: World) -> None:
    refs = send(world, 3 + receipts.MOST_IDEAS + 2)
    world.advance_to(NEXT_MORNING)
    assert len(STATUS.findall(about_receipts(world)[-1].text)) == receipts.MOST_IDEAS
    assert len(about_receipts(world)) == 4
    world.advance(days=1)
    told = "".join(letter.text for letter in about_receipts(world))
    assert len(about_receipts(world)) == 5
    assert all(ref in told for ref in refs)


def test_what_would_not_fit_into_the_next_mornings_mail_is_held_from_whichever_networks_it_comes(
    world: World,
) -> None:
    fit = world.deps.site.open_form.receipts_a_day + MOST_IDEAS
    held = []
    for number in range(fit + 2):
        sent = world.send(a_submission(), f"key-{number}", source=f"192.0.2.{number}")
        assert isinstance(sent, Receipt)
        held.append(world.case(sent.ref).held)
    assert held == [None] * fit + ["crowd"] * 2
    days = {mail.due_at for mail in world.store.rows(MailRow) if mail.purpose == "receipts"}
    assert days == {NEXT_MORNING}


def test_ideas_to_another_address_are_not_held_for_it(world: World) -> None:
    for number in range(world.deps.site.open_form.receipts_a_day + MOST_IDEAS):
        world.send(a_submission(), f"key-{number}", source=f"192.0.2.{number}")
    other = a_submission(name="Bo Ek", email="bo.ek@example.com")
    sent = world.send(other, "another", source="192.0.2.200")
    assert isinstance(sent, Receipt)
    assert world.case(sent.ref).held is None


def test_every_page_of_a_further_idea_shows_everything_at_once(world: World) -> None:
    send(world, 3)
    receipt = world.send(a_submission(), "fourth")
    assert isinstance(receipt, Receipt)
    assert receipt.has_email
    assert follow_idea(world.deps, receipt.status_token) is not None


@pytest.mark.parametrize("boundary", [0, 1])
def test_a_crash_leaves_idea_and_receipt_both_or_neither(world: World, boundary: int) -> None:
    send(world, 4)
    before = world.mail("receipts-").context["cases"]
    assert isinstance(before, list)
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        world.send(a_submission(), "fifth")
    listed = world.mail("receipts-").context["cases"]
    assert isinstance(listed, list)
    assert len(world.store.rows(CaseRow)) - 4 == len(listed) - len(before) == boundary


def test_many_at_once_to_one_address_are_counted_one_by_one(world: World) -> None:
    presses = [
        lambda number=number: world.send(a_submission(), f"key-{number}") for number in range(6)
    ]
    done = world.at_once(*presses)
    world.settle()
    world.advance_to(NEXT_MORNING)
    refs = {result.ref for result in done if isinstance(result, Receipt)}
    told = "".join(letter.text for letter in about_receipts(world))
    assert len(refs) == 6
    assert len(about_receipts(world)) == 4
    assert all(ref in told for ref in refs)


PHONE = "070-174 06 05"


def sent_together(world: World, count: int, **fields: Any) -> list[CaseRow]:
    """The cases of a mail for several that has gone out, in its order."""
    sent = [world.submit(key=f"key-{number}", **fields) for number in range(3 + count)]
    world.settle()
    world.advance_to(NEXT_MORNING)
    return [world.case(receipt.ref) for receipt in sent[3:]]


def bounce(world: World, kind: str = "Bounce") -> MailState:
    mail = world.mail("receipts-")
    return record_delivery(
        world.deps, DeliveryEvent(mail.mail_id, kind, True, mail.ses_id, mail.attempts)
    )


def marks(world: World) -> list[tuple[str, MailState]]:
    return sorted((row.case_id, row.state) for row in world.store.rows(UndeliveredRow))


def woken(world: World) -> list[str]:
    facts = [
        event.case_id
        for event in world.store.rows(EventRow)
        for fact in event.facts
        if fact.kind == "MailEnded"
    ]
    return sorted(facts)


@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_a_mail_for_several_that_comes_back_is_known_at_each_of_its_cases(
    world: World, kind: str
) -> None:
    cases = sent_together(world, 3)
    state = bounce(world, kind)
    assert marks(world) == sorted((case.case_id, state) for case in cases)
    assert set(world.queue.waiting) == {EvaluateCase(case.case_id) for case in cases}
    world.settle()
    told = "".join(letter.subject for letter in world.letters(HOST.email, "undelivered"))
    assert all(case.ref in told for case in cases)


def test_whoever_left_a_telephone_number_is_phoned_about_each_idea_of_a_mail_that_came_back(
    world: World,
) -> None:
    cases = sent_together(world, 3, phone=PHONE)
    bounce(world)
    world.settle()
    tasks = {ask.case_id for ask in world.store.rows(AskRow) if ask.task == "ring-1"}
    assert tasks == {case.case_id for case in cases}


def test_all_of_ninety_are_woken_though_the_nudges_are_lost(world: World) -> None:
    cases = sent_together(world, MOST_IDEAS)
    bounce(world)
    assert len(marks(world)) == MOST_IDEAS
    world.queue.drop_all()
    assert {case.due_at for case in (world.case(c.ref) for c in cases)} == {world.now}


def test_a_bounce_that_is_told_again_tells_no_case_again(world: World) -> None:
    cases = sent_together(world, 3)
    bounce(world)
    bounce(world)
    assert woken(world) == sorted(case.case_id for case in cases)


def test_a_bounce_whose_recording_is_cut_off_anywhere_is_completed_by_the_next() -> None:
    for boundary in itertools.count():
        world = World()
        cases = sorted(case.case_id for case in sent_together(world, 3))
        world.faults.crash_at(boundary)
        try:
            bounce(world)
            break
        except Crash:
            crashed = boundary
        bounce(world)
        assert [case_id for case_id, _ in marks(world)] == woken(world) == cases, boundary
    assert crashed > 4


def test_a_mail_for_several_that_cannot_be_sent_at_all_is_known_at_each_of_its_cases(
    world: World,
) -> None:
    sent = send_and_keep(world, 5)
    world.mailer.refuse_next(Refusal.PERMANENT)
    world.advance_to(NEXT_MORNING)
    cases = sorted(world.case(receipt.ref).case_id for receipt in sent[3:])
    assert marks(world) == [(case_id, MailState.FAILED) for case_id in cases]


def test_a_mail_for_several_to_an_address_that_complained_is_known_at_each_of_its_cases(
    world: World,
) -> None:
    sent = send_and_keep(world, 5)
    first = world.mail("1-receipt-")
    record_delivery(world.deps, DeliveryEvent(first.mail_id, "Complaint", False, first.ses_id, 1))
    world.advance_to(NEXT_MORNING)
    cases = {world.case(receipt.ref).case_id for receipt in sent[3:]}
    assert {(case_id, MailState.COMPLAINED) for case_id in cases} <= set(marks(world))


def test_a_bounce_of_a_mail_for_several_that_was_emptied_since_is_taken(world: World) -> None:
    sent_together(world, 2)
    world.store.keep(replace(world.mail("receipts-"), context={}))
    assert bounce(world) is MailState.BOUNCED


def test_an_idea_that_was_taken_back_is_in_no_mail_for_several(world: World) -> None:
    *_, gone, stays = send_and_keep(world, 5)
    assert isinstance(withdraw_idea(world.deps, gone.status_token, gone.ref), Withdrawn)
    world.advance_to(NEXT_MORNING)
    text = about_receipts(world)[-1].text
    assert [gone.ref in text, stays.ref in text] == [False, True]


def test_a_mail_for_several_of_which_all_were_taken_back_is_superseded(world: World) -> None:
    *_, gone = send_and_keep(world, 4)
    withdraw_idea(world.deps, gone.status_token, gone.ref)
    world.advance_to(NEXT_MORNING)
    assert len(about_receipts(world)) == 3
    assert world.mail("receipts-").state is MailState.SUPERSEDED


def test_the_first_of_several_may_be_erased_without_taking_the_others_receipts_with_it(
    world: World,
) -> None:
    """In the moment between the erasure of its giver and that of its line in the mail."""
    *_, erased, stays = send_and_keep(world, 5)
    contact = world.store.get(ContactRow, world.case(erased.ref).case_id)
    assert contact is not None
    world.store.keep(replace(contact, name="", email=None))
    world.advance_to(NEXT_MORNING)
    text = about_receipts(world)[-1].text
    assert [erased.ref in text, stays.ref in text] == [False, True]


def test_a_mail_whose_list_changes_while_it_is_put_into_words_is_not_sent_in_the_old_ones(
    world: World,
) -> None:
    send(world, 5)
    world.clock.advance_to(NEXT_MORNING)
    mail = world.mail("receipts-")
    first, second = listed(mail.context)
    rendered = world.deps.templates

    class Slow:
        def mail(self, *said: Any) -> Any:
            world.store.keep(replace(mail, case_id=second, context={"cases": [second]}))
            return rendered.mail(*said)

    world.deps = replace(world.deps, templates=Slow())
    assert send_mail(world.deps, mail.mail_id) is None
    assert len(about_receipts(world)) == 3
    assert [
        t for t in world.store.rows(TokenRow) if t.case_id == first and t.created_at == world.now
    ] == []


def test_a_counter_that_loses_a_race_is_tried_again(world: World) -> None:
    world.store.fail_next(StoreFault.CONFLICT)
    send(world, 1)
    assert len(about_receipts(world)) == 1


def test_a_mail_that_has_been_claimed_takes_no_more_ideas(world: World) -> None:
    """Its day has come while yesterday's last idea was still on its way."""
    send(world, 4)
    claimed = replace(world.mail("receipts-"), state=MailState.SENT, due_at=None, try_at=None)
    world.store.keep(claimed)
    (ref,) = send(world, 1, first=4)
    world.advance(days=2)
    assert ref in about_receipts(world)[-1].text


def test_an_idea_that_is_added_at_the_same_moment_by_another_days_counter_falls_out_of_no_mail(
    world: World,
) -> None:
    """Midnight is between the two, so that no counter is common to them."""
    send(world, 4)
    case = world.case(send(world, 1, first=4, email="bo.ek@example.com")[0])
    first, second = (owe_receipt(world.deps, case, ADDRESS).operations[1:] for _ in range(2))
    world.store.transact(first)
    with pytest.raises(Conflict, match="mail-tells-what-was-read"):
        world.store.transact(second)


def test_the_receipts_of_ideas_that_are_let_in_are_counted_with_the_others(world: World) -> None:
    send(world, 3)
    held = world.send(a_submission(), "held", trapped=True)
    assert isinstance(held, Receipt)
    judge_by_operator(world.deps, held.ref, Decision.RELEASE, "En riktig idé.")
    world.settle()
    assert len(about_receipts(world)) == 3
    world.advance_to(NEXT_MORNING)
    assert held.ref in about_receipts(world)[-1].text


def test_no_address_stands_in_a_counter_or_in_the_id_of_a_mail(world: World) -> None:
    send(world, 5)
    owed = [(mail.mail_id, mail.context) for mail in world.store.rows(MailRow)]
    assert "lind" not in repr((world.store.rows(GuardRow), owed)).lower()
    assert len({row.key for row in world.store.rows(GuardRow)}) == 2


def test_the_mail_for_several_is_tried_for_as_long_as_any_other(world: World) -> None:
    """It was owed a day before it went out; that day is not counted against it."""
    send(world, 4)
    assert world.mail("receipts-").created_at == NEXT_MORNING


def test_news_of_a_step_that_comes_before_anybody_has_read_the_idea_holds_nothing_typed() -> None:
    """From its first step an idea goes into a pause, and out of it by itself."""
    world = World(with_step(SMALL, "landed", then="nap"))
    typed = an_idea(title="Piller på https://ond.example", need="Ondsint-reklam för lån.")
    world.send(a_submission(name="Vinnare Ondsint", idea=typed))
    world.settle()
    world.advance(days=40)
    letters = world.letters(ADDRESS)
    assert {letter.mail_id.split("-")[2] for letter in letters} >= {"receipt", "progress"}
    for letter in letters:
        everything = repr((letter.subject, letter.text, letter.html, letter.headers)).lower()
        assert not [word for word in ("ondsint", "ond.example", "piller") if word in everything]
