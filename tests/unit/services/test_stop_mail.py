"""Whoever complains of a mail gets no other, and everybody who needs to know can see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.rows import MailRow, MailState, PersonRow, StoppedRow, UndeliveredRow
from chalicelib.domain.transaction import Conflict, Create
from chalicelib.services.end_mail import fail
from chalicelib.services.prove_mailbox import CodeOwed, send_code
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.send_mail import send_mail
from chalicelib.services.stop_mail import address_hash, allow, is_stopped, takes_no_mail
from tests.builders import a_mail
from tests.fakes import Crash
from tests.small_process import ON
from tests.unit.services.overtaking import overtaken
from tests.world import HOST, World, in_jury, in_ruling, somebody

GIVER = "asa.lind@example.com"


@pytest.fixture
def world() -> World:
    """A world in which the receipt and Hanna's ask have been sent."""
    world = World()
    world.submit()
    world.settle()
    return world


def complain(world: World, about: str) -> MailState:
    mail = world.mail(about)
    event = DeliveryEvent(mail.mail_id, "Complaint", False, mail.ses_id, mail.attempts)
    return record_delivery(world.deps, event)


def test_after_a_complaint_no_mail_goes_to_that_address(world: World) -> None:
    assert complain(world, "receipt") is MailState.COMPLAINED
    world.answer(HOST, ON)
    for _ in range(3):
        world.settle()
        world.advance(minutes=1)
    assert len(world.letters(GIVER)) == 1
    assert world.case().bounced


def test_a_stopped_mail_is_failed_and_counts_as_complained_of_at_its_case(world: World) -> None:
    complain(world, "receipt")
    progress = another(world, "p")
    assert send_mail(world.deps, "p") is MailState.FAILED
    assert world.store.get(MailRow, progress.mail_id) is not None
    mark = world.store.get(UndeliveredRow, world.case().case_id, "p")
    assert mark is not None
    assert mark.state is MailState.COMPLAINED
    assert world.case().due_at == world.now


def another(world: World, mail_id: str) -> MailRow:
    """One more mail to the idea-giver."""
    receipt = world.mail("receipt")
    mail = replace(receipt, mail_id=mail_id, state=MailState.PENDING, attempts=0, lease_until=None)
    world.store.transact([Create(mail, "mail-is-new")])
    return mail


def test_the_coordinators_are_told_once_for_an_address_and_a_case(world: World) -> None:
    complain(world, "receipt")
    for number in range(3):
        another(world, f"p{number}")
        send_mail(world.deps, f"p{number}")
        world.settle()
        world.advance(minutes=1)
    assert len(world.letters(HOST.email, "undelivered")) == 1
    marks = world.store.rows(UndeliveredRow)
    assert len(marks) == 4
    assert all(mark.told for mark in marks)


def test_at_another_case_of_the_same_address_they_are_told_too(world: World) -> None:
    complain(world, "receipt")
    world.settle()
    world.submit("another", name="Åsa Lind")
    world.settle()
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "undelivered")) == 2
    assert len(world.letters(GIVER)) == 1


BO = {"name": "Bo Ek", "email": HOST.email}


def test_a_complaint_of_a_strangers_receipt_stops_no_work_mail_to_the_same_address(
    world: World,
) -> None:
    world.submit("a stranger's", **BO)
    world.settle()
    (theirs,) = world.letters(HOST.email, "receipt")
    mail = world.store.get(MailRow, theirs.mail_id)
    assert mail is not None
    record_delivery(world.deps, DeliveryEvent(mail.mail_id, "Complaint", False, mail.ses_id, 1))
    asked = len(world.letters(HOST.email, "-ask-"))
    world.submit("another", name="Cia Ek", email="cia.ek@example.com")
    world.settle()
    world.advance(minutes=1)
    assert len(world.letters(HOST.email, "-ask-")) == asked + 1
    assert all(person.unreachable_since is None for person in world.store.rows(PersonRow))


def test_a_complaint_of_a_strangers_receipt_stops_the_next_receipt(world: World) -> None:
    complain(world, "receipt")
    world.submit("another", name="Åsa Lind", email=GIVER)
    world.settle()
    assert len(world.letters(GIVER, "receipt")) == 1


def test_whoever_complains_of_work_mail_gets_no_receipts_either(world: World) -> None:
    complain(world, "-ask-")
    world.submit("another", **BO)
    world.settle()
    assert world.letters(HOST.email, "receipt") == []


def test_an_operator_allows_all_mail_to_an_address_at_once(world: World) -> None:
    complain(world, "receipt")
    keep = StoppedRow(address_hash(world.deps, GIVER), "m-1", world.now)
    world.store.keep(keep)
    assert takes_no_mail(world.deps, GIVER, "giver")
    assert allow(world.deps, GIVER)
    assert not takes_no_mail(world.deps, GIVER, "giver")
    assert not takes_no_mail(world.deps, GIVER, "hanna")
    assert not allow(world.deps, GIVER)


def test_a_stop_of_an_earlier_release_stops_all_mail(world: World) -> None:
    world.store.keep(StoppedRow(address_hash(world.deps, GIVER), "m-1", world.now))
    for recipient in ("giver", "follower-case", "hanna"):
        assert takes_no_mail(world.deps, GIVER.upper(), recipient)
    assert not takes_no_mail(world.deps, GIVER, "mailbox")


def test_a_code_is_stopped_as_well(world: World) -> None:
    world = in_ruling()
    judge = world.asked()[0]
    complain(world, f"ask-{judge.person_id}")
    assert isinstance(send_code(world.deps, world.link(judge.email)), CodeOwed)
    world.settle()
    code = world.mail("code")
    assert (code.state, code.problem) == (MailState.FAILED, "complaint")
    assert world.letters(judge.email, "code") == []


def test_what_a_mails_problem_is_called_decides_nothing(world: World) -> None:
    """Only a mail that was not sent since its address is stopped counts as complained of."""
    world.submit("another", **BO)
    world.deliver(world.queue.take())
    owed = world.mail("-ask-")
    assert owed.state is MailState.PENDING
    fail(world.deps, owed, "complaint")
    (mark,) = (row for row in world.store.rows(UndeliveredRow) if row.mail_id == owed.mail_id)
    assert mark.state is MailState.FAILED


def test_an_address_is_the_same_however_its_letters_are_written(world: World) -> None:
    deps = world.deps
    assert address_hash(deps, "Asa.Lind@Example.com") == address_hash(
        deps, " asa.lind@example.com "
    )
    assert address_hash(deps, GIVER) != address_hash(deps, "bo@example.com")
    complain(world, "receipt")
    world.submit("another", email="ASA.LIND@example.com")
    world.settle()
    assert world.letters("ASA.LIND@example.com") == []


def test_other_addresses_get_their_mail(world: World) -> None:
    complain(world, "receipt")
    world.submit("another", name="Bo Ek", email="bo.ek@example.com")
    world.settle()
    assert len(world.letters("bo.ek@example.com")) == 1


def test_no_row_holds_the_address_of_a_complaint(world: World) -> None:
    complain(world, "receipt")
    (row,) = world.store.rows(StoppedRow)
    assert "@" not in repr(row)
    assert row.mail_id == world.mail("receipt").mail_id


def test_a_complaint_and_its_stop_are_one_transaction(world: World) -> None:
    before = len(world.store.transactions)
    complain(world, "receipt")
    noted, counted = (
        {type(operation.row).__name__ for operation in applied}
        for applied in world.store.transactions[before:]
    )
    assert {"MailRow", "StoppedRow", "UndeliveredRow", "CaseRow"} <= noted
    assert counted == {"GuardRow"}


@pytest.mark.parametrize("boundary", [0, 1, 2])
def test_a_crash_while_a_complaint_is_noted_leaves_it_to_come_again(
    world: World, boundary: int
) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        complain(world, "receipt")
    assert complain(world, "receipt") is MailState.COMPLAINED
    assert is_stopped(world.deps, address_hash(world.deps, GIVER, "giver"))
    assert len(world.store.rows(UndeliveredRow)) == 1


def test_a_complaint_of_a_mail_that_had_failed_stops_its_address_too(world: World) -> None:
    failed = replace(world.mail("receipt"), state=MailState.FAILED)
    world.store.keep(failed)
    assert complain(world, "receipt") is MailState.FAILED
    assert is_stopped(world.deps, address_hash(world.deps, GIVER, "giver"))


def test_the_sluices_own_mailbox_is_never_stopped() -> None:
    world = in_jury()
    to_mailbox = a_mail(
        mail_id="w",
        case_id=None,
        purpose="stuck",
        recipient="mailbox",
        context={"kind": "case", "id": "x"},
        epoch=None,
    )
    world.store.transact([Create(to_mailbox, "mail-is-new")])
    send_mail(world.deps, "w")
    mail = world.store.get(MailRow, "w")
    assert mail is not None
    record_delivery(world.deps, DeliveryEvent("w", "Complaint", False, mail.ses_id, 1))
    assert world.store.rows(StoppedRow) == ()


def test_the_sluices_own_mailbox_gets_its_warnings_though_a_colleague_with_its_address_complained(
    world: World,
) -> None:
    hashed = address_hash(world.deps, world.deps.site.mailbox)
    world.store.keep(StoppedRow(hashed, "m", world.now))
    to_mailbox = a_mail(
        mail_id="w",
        case_id=None,
        purpose="stuck",
        recipient="mailbox",
        context={"kind": "case", "id": "x"},
        epoch=None,
    )
    world.store.transact([Create(to_mailbox, "mail-is-new")])
    assert send_mail(world.deps, "w") is MailState.SENT


def test_a_list_for_somebody_who_complained_is_stopped_without_a_word_to_the_mailbox() -> None:
    world = World(people=(somebody("hanna", "host"), somebody("henrik", "host")))
    world.submit()
    world.settle()
    asked = next(person for person in ("hanna", "henrik") if world.letters(f"{person}@example.com"))
    complain(world, f"ask-{asked}")
    digest = a_mail(
        mail_id="digest-x",
        case_id=None,
        purpose="digest",
        recipient=asked,
        context={"date": "2026-03-02", "waiting": [], "late_count": 0, "mine_count": 0},
        created_at=world.now,
        epoch=None,
    )
    world.store.transact([Create(digest, "mail-is-new")])
    assert send_mail(world.deps, "digest-x") is MailState.FAILED
    assert world.store.get(MailRow, "digest-x-mailbox") is None


def test_a_warning_for_somebody_who_complained_goes_to_the_mailbox(world: World) -> None:
    complain(world, "ask-hanna")
    world.settle()
    for _ in range(3):
        world.advance(minutes=1)
    assert len(world.letters(world.deps.site.mailbox, "undelivered")) == 1


# Allowed again


def test_an_address_that_is_allowed_again_gets_its_mail(world: World) -> None:
    complain(world, "receipt")
    world.clock.advance(timedelta(days=1))
    assert allow(world.deps, GIVER.upper()) is True
    another(world, "p")
    assert send_mail(world.deps, "p") is MailState.SENT


def test_nothing_is_allowed_that_was_not_stopped(world: World) -> None:
    assert allow(world.deps, GIVER) is False
    complain(world, "receipt")
    assert allow(world.deps, GIVER) is True
    assert allow(world.deps, GIVER) is False


def test_a_late_copy_of_the_old_complaint_does_not_stop_it_again(world: World) -> None:
    complain(world, "receipt")
    world.clock.advance(timedelta(days=1))
    allow(world.deps, GIVER)
    world.clock.advance(timedelta(days=3))
    complain(world, "receipt")
    assert not is_stopped(world.deps, address_hash(world.deps, GIVER, "giver"))


def test_a_new_complaint_stops_it_again(world: World) -> None:
    complain(world, "receipt")
    world.clock.advance(timedelta(days=1))
    allow(world.deps, GIVER)
    world.clock.advance(timedelta(days=1))
    world.submit("another", name="Åsa Lind")
    world.settle()
    complain(world, "receipt")
    assert is_stopped(world.deps, address_hash(world.deps, GIVER, "giver"))


def test_who_allows_an_address_does_not_undo_a_complaint_that_they_have_not_seen(
    world: World,
) -> None:
    """Another operator has allowed it meanwhile, and the next mail was complained of as well."""
    complain(world, "receipt")

    def meanwhile() -> None:
        world.clock.advance(timedelta(days=1))
        allow(world.deps, GIVER)
        world.clock.advance(timedelta(days=1))
        world.submit("another", name="Åsa Lind")
        world.settle()
        complain(world, "receipt")

    with pytest.raises(Conflict):
        overtaken(world, lambda deps: allow(deps, GIVER), meanwhile)
    assert is_stopped(world.deps, address_hash(world.deps, GIVER, "giver"))


def test_of_a_mail_that_older_code_sent_a_complaint_is_noted_though_its_address_is_not_known(
    world: World,
) -> None:
    world.store.keep(replace(world.mail("receipt"), address_hash=None))
    assert complain(world, "receipt") is MailState.COMPLAINED
    assert world.store.rows(StoppedRow) == ()
