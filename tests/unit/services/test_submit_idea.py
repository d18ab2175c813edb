"""Taking in an idea: stored whole before anybody is thanked, once for each submission key."""

from __future__ import annotations

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from chalicelib.domain.events import GENESIS, event_hash
from chalicelib.domain.messages import EvaluateCase, SendMail
from chalicelib.domain.rows import (
    GIVER,
    CaseRow,
    ContactRow,
    EventRow,
    Fact,
    MailRow,
    MaskedRow,
    ProcessRow,
    ReferenceRow,
    TextRow,
    TokenRow,
)
from chalicelib.services.commit import ATTEMPTS, TooBusy
from chalicelib.services.follow_idea import follow_idea
from chalicelib.services.ports import StoreUnavailable
from chalicelib.services.submit_idea import KeyUsed, Receipt, WrongMark, smoke_mark
from tests.fakes import Crash, StoreFault
from tests.small_process import SMALL
from tests.world import World, a_submission, an_idea


@pytest.fixture
def world() -> World:
    return World()


def test_everything_about_an_idea_is_stored_in_one_transaction(world: World) -> None:
    before = len(world.store.transactions)
    receipt = world.submit()
    (operations,) = world.store.transactions[before:]
    kinds = [type(operation.row) for operation in operations]
    assert sorted(kind.__name__ for kind in kinds) == [
        "CaseRow",
        "ContactRow",
        "EventRow",
        "GuardRow",
        "MailRow",
        "MaskedRow",
        "ReferenceRow",
        "TextRow",
        "TokenRow",
    ]
    case = world.case()
    assert world.store.get(ReferenceRow, receipt.ref) == ReferenceRow(case.ref, case.case_id)
    assert receipt == Receipt(case.ref, world.now, receipt.status_token, has_email=True)


def test_a_stored_case_is_due_at_once_in_the_first_step_of_the_process(world: World) -> None:
    world.submit()
    case = world.case()
    assert (case.step, case.epoch, case.closed) == ("landed", 0, False)
    assert (case.due_at, case.try_at) == (world.now, world.now)
    assert (case.process_version, case.lang) == ("small", "sv")


def test_the_chain_of_events_begins_with_the_submission(world: World) -> None:
    world.submit()
    (event,) = world.store.rows(EventRow)
    assert (event.seq, event.prev_hash, event.actor) == (1, GENESIS, GIVER)
    assert event.facts == (Fact("IdeaSubmitted", {"step": "landed", "lang": "sv"}),)
    assert world.case().head_hash == event.hash
    assert event.hash == event_hash(
        event.case_id, event.seq, event.at, event.actor, event.facts, event.prev_hash
    )


def test_the_evaluation_and_the_receipts_mail_are_nudged(world: World) -> None:
    world.submit()
    id_ = world.case().case_id
    assert world.queue.waiting == (EvaluateCase(id_), SendMail(f"{id_}-1-receipt-giver"))


def test_the_status_link_of_the_receipt_leads_to_the_idea(world: World) -> None:
    followed = follow_idea(world.deps, world.submit().status_token)
    assert followed is not None
    assert followed.text.fields == an_idea()


def test_an_idea_with_a_phone_number_only_owes_no_mail(world: World) -> None:
    receipt = world.submit(email=None, phone="070-174 06 05")
    assert not receipt.has_email
    assert not world.case().has_email
    assert world.store.rows(MailRow) == ()
    assert world.queue.waiting == (EvaluateCase(world.case().case_id),)


def test_who_the_giver_is_stands_in_the_contact_and_nowhere_else(world: World) -> None:
    world.submit(phone="070-174 06 05")
    (contact,) = world.store.rows(ContactRow)
    assert (contact.name, contact.email) == ("Åsa Lind", "asa.lind@example.com")
    assert contact.phone == "070-174 06 05"
    elsewhere = repr(
        [world.store.rows(kind) for kind in (CaseRow, EventRow, TextRow, MaskedRow, MailRow)]
        + [world.store.rows(TokenRow), world.queue.bodies]
    )
    assert "Lind" not in elsewhere
    assert "asa.lind" not in elsewhere
    assert "174" not in elsewhere


def test_reviewers_get_the_text_without_the_givers_name_and_identity_fields(world: World) -> None:
    world.submit(idea=an_idea(need="Åsa Lind på asa@example.com ser det varje dag."))
    (masked,) = world.store.rows(MaskedRow)
    assert "Lind" not in masked.fields["need"]
    assert "asa@" not in masked.fields["need"]
    assert masked.content_hash == world.case().text_hash
    assert set(masked.fields) == set(an_idea())


def test_the_date_received_is_the_date_on_the_wall_in_sweden(world: World) -> None:
    world.clock.advance_to(datetime(2026, 3, 2, 23, 30, tzinfo=UTC))
    world.submit()
    assert world.case().received_date == "2026-03-03"


def test_pressing_twice_gives_one_case_and_the_same_receipt(world: World) -> None:
    first, second = world.submit(), world.submit()
    assert (first.ref, first.received_at) == (second.ref, second.received_at)
    assert len(world.store.rows(CaseRow)) == 1
    assert len(world.store.rows(MailRow)) == 1
    for receipt in (first, second):
        assert follow_idea(world.deps, receipt.status_token) is not None


def test_going_back_an_hour_later_still_shows_when_the_idea_was_received(world: World) -> None:
    first = world.submit()
    world.advance(hours=1)
    assert world.submit().received_at == first.received_at


def test_pressing_twenty_times_at_once_gives_one_case(world: World) -> None:
    with ThreadPoolExecutor(20) as pool:
        receipts = list(pool.map(lambda _: world.submit(), range(20)))
    assert len({receipt.ref for receipt in receipts}) == 1
    assert len(world.store.rows(CaseRow)) == 1
    assert len(world.store.rows(ReferenceRow)) == 1


@pytest.mark.parametrize(
    "changed",
    [
        {"idea": an_idea(need="Något helt annat.")},
        {"name": "Bo Ek"},
        {"email": "bo@example.com"},
        {"phone": "070-174 06 06"},
    ],
    ids=lambda changed: next(iter(changed)),
)
def test_other_words_under_a_used_key_are_told_apart_and_change_nothing(
    world: World, changed: dict[str, object]
) -> None:
    receipt = world.submit()
    before = len(world.store.transactions)
    result = world.send(a_submission(**changed))
    assert isinstance(result, KeyUsed)
    assert result.ref == receipt.ref
    assert result.sent == an_idea()
    assert len(world.store.transactions) == before


def test_another_key_is_another_case(world: World) -> None:
    assert world.submit("first").ref != world.submit("second").ref
    assert len(world.store.rows(CaseRow)) == 2


def test_a_reference_that_is_taken_is_drawn_again(world: World) -> None:
    references = iter(["2026-BBBB", "2026-BBBB", "2026-BBBB", "2026-CCCC"])
    world.deps = replace(world.deps, new_reference=lambda _: next(references))
    assert world.submit("first").ref == "2026-BBBB"
    assert world.submit("second").ref == "2026-CCCC"


def test_when_no_reference_is_free_nothing_is_promised(world: World) -> None:
    world.deps = replace(world.deps, new_reference=lambda _: "2026-BBBB")
    world.submit("first")
    with pytest.raises(TooBusy):
        world.send(a_submission(), "second")
    assert len(world.pauses) == ATTEMPTS
    assert len(world.store.rows(CaseRow)) == 1


@pytest.mark.parametrize("fault", [StoreFault.UNAVAILABLE, StoreFault.LOST_RESPONSE])
def test_an_error_of_the_store_promises_nothing_and_pressing_again_gives_one_receipt(
    world: World, fault: StoreFault
) -> None:
    world.store.fail_next(fault)
    with pytest.raises(StoreUnavailable):
        world.submit()
    assert world.queue.waiting == ()
    receipt = world.submit()
    assert [case.ref for case in world.store.rows(CaseRow)] == [receipt.ref]


@pytest.mark.parametrize(
    ("boundary", "stored"),
    [(0, False), (1, True), (2, True), (3, True)],
    ids=["before storing", "after storing", "before nudging", "after nudging"],
)
def test_a_crash_leaves_the_idea_whole_or_not_there_at_all(
    world: World, boundary: int, stored: bool
) -> None:
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        world.submit()
    kinds = (CaseRow, ContactRow, TextRow, MaskedRow, EventRow, MailRow, TokenRow, ReferenceRow)
    assert [len(world.store.rows(kind)) for kind in kinds] == [int(stored)] * len(kinds)


def test_an_idea_whose_nudge_is_lost_is_found_by_the_sweep(world: World) -> None:
    world.queue.failing = True
    world.submit()
    world.queue.failing = False
    world.advance(minutes=1)
    assert world.case().step == "glance"
    assert len(world.letters("asa.lind@example.com", "receipt")) == 1


def test_contention_is_waited_out(world: World) -> None:
    world.store.fail_next(*[StoreFault.CONFLICT] * 3)
    world.submit()
    assert world.pauses == [0.02, 0.04, 0.08]


def test_an_idea_with_the_deploys_mark_is_a_smoke_test(world: World) -> None:
    world.smoke_test()
    assert world.case().smoke


@pytest.mark.parametrize(
    "email", ["success@simulator.amazonses.com", "bounce@simulator.amazonses.com"]
)
def test_a_strangers_idea_from_the_mail_simulator_is_an_idea_like_any_other(
    world: World, email: str
) -> None:
    world.submit(email=email)
    assert not world.case().smoke


@pytest.mark.parametrize("mark", ["0" * 64, "å" * 64, "true"])
def test_an_idea_with_a_mark_that_is_guessed_is_not_stored(world: World, mark: str) -> None:
    assert world.send(a_submission(), mark=mark) == WrongMark()
    assert world.store.rows(CaseRow) == ()


def test_the_mark_of_one_idea_is_none_for_another(world: World) -> None:
    mark = smoke_mark(world.deps, "another")
    assert world.send(a_submission(), mark=mark) == WrongMark()


def test_the_log_names_the_case_and_nobody(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    receipt = world.submit()
    world.settle()
    assert world.case().case_id in caplog.text
    for secret in ("Lind", "asa.lind", "Bänkar", "vila", receipt.status_token):
        assert secret not in caplog.text


def test_the_process_is_kept_before_the_idea_so_that_no_case_is_without_one(world: World) -> None:
    world.upgrade(replace(SMALL, version="newer"))
    before = len(world.store.transactions)
    world.submit()
    kept, stored = world.store.transactions[before:]
    assert [type(operation.row) for operation in kept] == [ProcessRow]
    assert CaseRow in [type(operation.row) for operation in stored]
    assert world.case().process_version == "newer"


def test_the_process_is_kept_once_for_all_ideas(world: World) -> None:
    world.upgrade(replace(SMALL, version="newer"))
    for number in range(4):
        world.submit(f"key-{number}")
    assert [row.version for row in world.store.rows(ProcessRow)] == ["newer", "small"]
    assert (
        sum(
            isinstance(operation.row, ProcessRow)
            for operations in world.store.transactions
            for operation in operations
        )
        == 2
    )


@pytest.mark.parametrize(
    ("boundary", "kept", "stored"), [(0, 1, 0), (1, 2, 0), (2, 2, 0), (3, 2, 1)]
)
def test_a_crash_between_process_and_idea_leaves_no_idea_without_its_process(
    world: World, boundary: int, kept: int, stored: int
) -> None:
    world.upgrade(replace(SMALL, version="newer"))
    world.faults.crash_at(boundary)
    with pytest.raises(Crash):
        world.submit()
    assert len(world.store.rows(ProcessRow)) == kept
    assert len(world.store.rows(CaseRow)) == stored
    world.submit()
    assert world.deps.archive.knows(world.case().process_version)


def test_the_first_deadline_counts_from_the_day_on_which_the_idea_was_sent(world: World) -> None:
    """Sent in the last second of a Monday; the evaluation comes on the Tuesday."""
    world.clock.advance_to(datetime(2026, 3, 2, 22, 59, 59, tzinfo=UTC))
    world.submit()
    world.advance(seconds=40)
    assert world.case().received_date == "2026-03-02"
    assert world.case().deadline == datetime(2026, 3, 9, 22, 59, 59, tzinfo=UTC)
