"""What looks like spam is stored whole and held, and nothing comes of it until somebody has said that it is an idea."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from chalicelib.domain.held import JUDGING
from chalicelib.domain.rows import (
    AskRow,
    AskState,
    CaseRow,
    ContactRow,
    EventRow,
    GuardRow,
    MailRow,
    MaskedRow,
    TextRow,
)
from chalicelib.domain.suspicion import Again
from chalicelib.services.follow_idea import Withdrawn, follow_idea, withdraw_idea
from chalicelib.services.form_time import stamp_again, stamp_form
from chalicelib.services.submit_idea import KeyUsed, PressAgain, Receipt
from tests.fakes import StoreFault
from tests.small_process import SMALL
from tests.unit.services.holding import GIVER_ADDRESS, MORNING, facts, hold
from tests.world import HOST, KEY, World, a_submission, an_idea

CROWD = "192.0.2.7"
LIMIT = 20


@pytest.fixture
def world() -> World:
    return World()


# What is held, and why


def test_a_filled_trap_holds_the_idea_and_its_sender_gets_the_same_receipt(world: World) -> None:
    receipt = world.send(a_submission(), trapped=True)
    case = world.case()
    assert isinstance(receipt, Receipt)
    assert replace(receipt, status_token="") == Receipt(case.ref, world.now, "", has_email=True)
    assert (case.held, case.is_held) == ("trap", True)


def test_what_is_held_is_stored_in_full(world: World) -> None:
    hold(world, phone="070-174 06 05")
    (contact,) = world.store.rows(ContactRow)
    (text,) = world.store.rows(TextRow)
    assert (contact.name, contact.email) == ("Åsa Lind", GIVER_ADDRESS)
    assert text.fields == an_idea()
    assert len(world.store.rows(MaskedRow)) == 1
    assert facts(world)[:2] == ["IdeaSubmitted", "IdeaHeld"]


def test_ideas_beyond_the_limit_of_a_network_in_an_hour_are_held(world: World) -> None:
    for number in range(LIMIT + 2):
        world.send(a_submission(email=None, phone="019-21 10 00"), f"k{number}", source=CROWD)
    held = [case.held for case in sorted(world.store.rows(CaseRow), key=lambda case: case.ref)]
    assert held == [None] * LIMIT + ["crowd"] * 2


def test_another_network_and_another_hour_are_counted_for_themselves(world: World) -> None:
    for number in range(LIMIT + 1):
        world.send(a_submission(), f"k{number}", source=CROWD)
    world.send(a_submission(), "elsewhere", source="192.0.2.8")
    world.clock.advance(timedelta(hours=1))
    world.send(a_submission(), "later", source=CROWD)
    assert sum(case.is_held for case in world.store.rows(CaseRow)) == 1


def test_all_of_an_ipv6_network_is_counted_together(world: World) -> None:
    for number in range(LIMIT + 1):
        world.send(a_submission(), f"k{number}", source=f"2001:db8:1:2::{number + 1:x}")
    assert sum(case.is_held for case in world.store.rows(CaseRow)) == 1


def test_the_municipalitys_own_network_is_not_counted(world: World) -> None:
    rules = replace(world.deps.site.open_form, own_networks=(ip_network("192.0.2.0/24"),))
    world.deps = replace(world.deps, site=replace(world.deps.site, open_form=rules))
    for number in range(LIMIT + 5):
        world.send(a_submission(), f"k{number}", source=CROWD)
    assert not any(case.is_held for case in world.store.rows(CaseRow))
    assert not [row for row in world.store.rows(GuardRow) if row.key.startswith("network#")]


@pytest.mark.parametrize(
    "faults",
    [[StoreFault.UNAVAILABLE], [StoreFault.CONFLICT] * 12],
    ids=["no answer", "contention"],
)
def test_a_counter_that_cannot_be_written_stops_no_idea_but_holds_it(
    world: World, faults: list[StoreFault]
) -> None:
    world.store.fail_next(*faults)
    assert isinstance(world.send(a_submission(), source=CROWD), Receipt)
    assert world.case().held == "uncounted"


def test_a_request_from_no_address_is_held(world: World) -> None:
    assert isinstance(world.send(a_submission(), source=""), Receipt)
    assert world.case().held == "uncounted"


def test_a_network_is_counted_on_when_the_store_contends_for_a_moment(world: World) -> None:
    world.store.fail_next(StoreFault.CONFLICT)
    world.send(a_submission(), source=CROWD)
    assert world.case().held is None


def test_no_raw_address_of_a_network_is_stored_or_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    for number in range(LIMIT + 1):
        world.send(a_submission(), f"k{number}", source=CROWD)
    kinds = (CaseRow, EventRow, GuardRow, MailRow)
    everything = repr([world.store.rows(kind) for kind in kinds]) + repr(world.queue.bodies)
    assert CROWD not in everything
    assert CROWD not in caplog.text
    assert [row.count for row in world.store.rows(GuardRow) if "network#" in row.key] == [21]


def test_a_deploys_own_test_is_neither_timed_nor_counted_nor_held(world: World) -> None:
    world.smoke_test()
    assert world.case().held is None


# The form's time


@pytest.mark.parametrize(
    ("age", "why"), [(timedelta(seconds=1), Again.TOO_FAST), (timedelta(days=2), Again.TOO_OLD)]
)
def test_a_form_open_for_too_short_or_too_long_stores_nothing_and_asks_for_another_press(
    world: World, age: timedelta, why: Again
) -> None:
    stamp = stamp_form(world.deps, KEY, world.now - age)
    again = world.send(a_submission(), stamp=stamp)
    assert isinstance(again, PressAgain)
    assert again.why is why
    assert world.store.rows(CaseRow) == ()


@pytest.mark.parametrize("stamp", ["", "1", "x" * 78, f"1772438400000.{'0' * 64}"])
def test_a_missing_or_forged_stamp_asks_for_another_press_which_works_at_once(
    world: World, stamp: str
) -> None:
    again = world.send(a_submission(), stamp=stamp)
    assert isinstance(again, PressAgain)
    assert again.why is Again.UNSTAMPED
    assert isinstance(world.send(a_submission(), stamp=again.stamp), Receipt)


def test_a_stamp_that_is_too_old_is_renewed_so_that_the_next_press_works_at_once(
    world: World,
) -> None:
    old = stamp_form(world.deps, KEY, world.now - timedelta(days=2))
    again = world.send(a_submission(), stamp=old)
    assert isinstance(again, PressAgain)
    assert isinstance(world.send(a_submission(), stamp=again.stamp), Receipt)


def test_whoever_was_too_fast_only_has_to_wait_a_moment(world: World) -> None:
    stamp = stamp_form(world.deps, KEY)
    world.clock.advance(timedelta(seconds=2))
    again = world.send(a_submission(), stamp=stamp)
    assert again == PressAgain(Again.TOO_FAST, stamp)
    world.clock.advance(timedelta(seconds=1))
    assert isinstance(world.send(a_submission(), stamp=again.stamp), Receipt)


def test_the_stamp_of_one_form_is_none_for_another(world: World) -> None:
    stamp = stamp_form(world.deps, "another", world.now - timedelta(minutes=1))
    assert isinstance(world.send(a_submission(), stamp=stamp), PressAgain)


def test_a_form_that_goes_on_under_a_new_key_keeps_its_time(world: World) -> None:
    old = stamp_form(world.deps, KEY, world.now - timedelta(minutes=1))
    stamp = stamp_again(world.deps, KEY, old, "new")
    assert isinstance(world.send(a_submission(), "new", stamp=stamp), Receipt)
    assert stamp_again(world.deps, "other", old, "new") == ""


def test_a_press_of_a_form_that_is_sent_already_shows_its_receipt_however_old_it_is(
    world: World,
) -> None:
    stamp = stamp_form(world.deps, KEY, world.now - timedelta(minutes=1))
    first = world.send(a_submission(), stamp=stamp)
    world.clock.advance(timedelta(days=3))
    second = world.send(a_submission(), stamp=stamp)
    assert isinstance(first, Receipt)
    assert isinstance(second, Receipt)
    assert first.ref == second.ref
    assert isinstance(world.send(a_submission(name="Bo Ek"), stamp=stamp), KeyUsed)


# While it is held


def test_nothing_happens_to_a_held_idea_but_that_the_coordinators_are_asked(world: World) -> None:
    hold(world)
    case = world.case()
    assert (case.step, case.epoch, case.deadline, case.promised_by) == ("landed", 0, None, None)
    (ask,) = world.store.rows(AskRow)
    assert (ask.person, ask.step, ask.task, ask.state) == (
        HOST.person_id,
        JUDGING,
        JUDGING,
        AskState.OPEN,
    )
    assert not world.mailer.letters
    assert case.due_at is None


def test_pressing_twice_does_not_use_up_the_share_of_ones_neighbours(world: World) -> None:
    for _ in range(LIMIT + 1):
        world.send(a_submission(), source=CROWD)
    assert [row.count for row in world.store.rows(GuardRow) if "network#" in row.key] == [1]
    world.send(a_submission(), "a neighbour's", source=CROWD)
    assert not any(case.is_held for case in world.store.rows(CaseRow))


def test_another_text_under_a_key_that_was_sent_is_not_counted_either(world: World) -> None:
    for number in range(LIMIT + 1):
        world.send(a_submission(name=f"Åsa {number}"), source=CROWD)
    assert [row.count for row in world.store.rows(GuardRow) if "network#" in row.key] == [1]


def test_nothing_is_mailed_to_its_address_and_no_silence_is_counted_for_months(
    world: World,
) -> None:
    hold(world)
    for _ in range(60):
        world.advance(days=1)
    assert world.letters(GIVER_ADDRESS) == []
    assert {mail.purpose for mail in world.store.rows(MailRow)} == {"held"}
    assert {"InterimSent", "PromiseBroken", "StepEntered"}.isdisjoint(facts(world))


def test_its_status_page_says_that_it_was_received_and_promises_no_day_that_nobody_keeps(
    world: World,
) -> None:
    """Which tells it from an idea that goes on (docs/decisions/0044-a-held-ideas-page-is-true.md)."""
    receipt, usual = hold(world), world.submit("another")
    world.settle()
    for _ in range(40):
        world.advance(days=1)
        followed = follow_idea(world.deps, receipt.status_token)
        assert followed is not None
        case = followed.snapshot.case
        assert (case.step, case.deadline, case.promised_by) == (SMALL.first, None, None)
        assert (case.closed, case.late) == (False, False)
    going_on = follow_idea(world.deps, usual.status_token)
    assert going_on is not None
    assert going_on.snapshot.case.step != SMALL.first
    assert going_on.snapshot.case.promised_by is not None


def test_its_giver_can_take_it_back_and_is_mailed_nothing(world: World) -> None:
    receipt = hold(world)
    taken = withdraw_idea(world.deps, receipt.status_token, receipt.ref)
    world.settle()
    world.advance_to(MORNING)
    assert isinstance(taken, Withdrawn)
    assert (world.case().step, world.case().closed) == (SMALL.withdrawn, True)
    assert not world.mailer.letters
    assert not [ask for ask in world.store.rows(AskRow) if ask.state is AskState.OPEN]


def test_a_held_idea_is_sent_twice_and_stored_once(world: World) -> None:
    first = hold(world)
    again = world.send(a_submission(), trapped=True)
    assert isinstance(again, Receipt)
    assert again.ref == first.ref
    assert len(world.store.rows(CaseRow)) == 1


def test_a_case_that_older_code_has_moved_on_is_not_stopped_again(world: World) -> None:
    world.submit()
    world.settle()
    moved = replace(world.case(), held="crowd")
    world.store.keep(moved)
    assert not moved.is_held
    world.answer(HOST, {"verdict": "on", "why": "Bra."})
    world.settle()
    assert world.case().step == "jury"
