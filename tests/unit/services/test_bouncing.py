"""When many receipts come back, new ideas that want one are held until somebody has looked at them, or until fewer come back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import partial
from ipaddress import ip_network

import pytest

from chalicelib.domain.delivery import DeliveryEvent
from chalicelib.domain.held import Decision
from chalicelib.domain.rows import CaseRow, GuardRow, MailRow, MailState
from chalicelib.domain.suspicion import Fate
from chalicelib.services.count_receipts import fate_of_receipts
from chalicelib.services.judge_held import judge_by_operator
from chalicelib.services.record_delivery import record_delivery
from chalicelib.services.submit_idea import Receipt
from tests.fakes import StoreFault
from tests.unit.services.holding import MORNING
from tests.world import HOST, World, a_submission

OUTSIDE = "192.0.2.7"
ENOUGH = 10
TELEPHONE = {"email": None, "phone": "019-21 10 00"}


@pytest.fixture
def world() -> World:
    return World()


def send(world: World, name: str, **arrival: object) -> CaseRow:
    """An idea with an invented address, and what became of it at once."""
    idea = a_submission(email=f"{name}@example.com")
    receipt = world.send(idea, name, **({"source": OUTSIDE} | arrival))
    assert isinstance(receipt, Receipt)
    world.settle()
    return world.case(receipt.ref)


def told(world: World, kind: str, case: CaseRow, times: int = 1) -> None:
    """SES tells so of the receipt of a case."""
    (receipt,) = (
        m for m in world.store.rows(MailRow) if m.case_id == case.case_id and "receipt" in m.purpose
    )
    for _ in range(times):
        record_delivery(world.deps, DeliveryEvent(receipt.mail_id, kind, kind == "Bounce", "ses"))


def come_back(world: World, count: int, kind: str = "Bounce", name: str = "invented") -> None:
    cases = [send(world, f"{name}-{number}") for number in range(count)]
    for case in cases:
        told(world, kind, case)
    world.settle()


def receipts(world: World, address: str) -> int:
    return len(world.letters(address, "-receipt-"))


# ── What is held ──


@pytest.mark.parametrize("kind", ["Bounce", "Complaint"])
def test_once_so_many_receipts_have_come_back_the_next_idea_is_held(
    world: World, kind: str
) -> None:
    come_back(world, ENOUGH - 1, kind)
    assert send(world, "last-one").held is None
    told(world, kind, world.case(f"2026-{ENOUGH:04d}"))
    case = send(world, "next")
    assert (case.held, case.is_held) == ("bouncing", True)
    assert receipts(world, "next@example.com") == 0


def test_its_sender_gets_the_same_page(world: World) -> None:
    come_back(world, ENOUGH)
    receipt = world.send(a_submission(), "next", source=OUTSIDE)
    assert isinstance(receipt, Receipt)
    case = world.case(receipt.ref)
    assert replace(receipt, status_token="") == Receipt(case.ref, world.now, "", has_email=True)


def test_while_most_receipts_arrive_nothing_is_held(world: World) -> None:
    few = replace(world.deps.site.open_form, ideas_an_hour=1000)
    world.deps = replace(world.deps, site=replace(world.deps.site, open_form=few))
    come_back(world, 9 * ENOUGH, "Delivery", "real")
    come_back(world, ENOUGH)
    assert fate_of_receipts(world.deps) == Fate(arrived=90, back=10)
    assert send(world, "next").held is None
    come_back(world, 1, name="one-more")
    assert send(world, "after").held == "bouncing"


def test_an_idea_without_an_address_wants_no_receipt_and_goes_on(world: World) -> None:
    come_back(world, ENOUGH)
    receipt = world.send(a_submission(**TELEPHONE), "phone", source=OUTSIDE)
    assert isinstance(receipt, Receipt)
    assert world.case(receipt.ref).held is None


def test_the_municipalitys_own_networks_are_exempt(world: World) -> None:
    come_back(world, ENOUGH)
    rules = replace(world.deps.site.open_form, own_networks=(ip_network("192.0.2.0/24"),))
    world.deps = replace(world.deps, site=replace(world.deps.site, open_form=rules))
    assert send(world, "colleague").held is None


def test_the_turn_of_an_hour_forgets_nothing_and_two_hours_forget_all(world: World) -> None:
    world.clock.advance(timedelta(minutes=59))
    come_back(world, ENOUGH)
    world.clock.advance(timedelta(minutes=2))
    assert send(world, "soon").held == "bouncing"
    world.clock.advance(timedelta(minutes=58, seconds=59))
    assert send(world, "later").held == "bouncing"
    world.clock.advance(timedelta(seconds=1))
    assert send(world, "at last").held is None


# ── What is counted ──


def test_an_event_that_is_told_again_is_counted_once(world: World) -> None:
    case = send(world, "invented")
    told(world, "Delivery", case, times=2)
    assert fate_of_receipts(world.deps) == Fate(arrived=0, back=0), "nothing is asked for yet"
    told(world, "Bounce", case, times=3)
    assert fate_of_receipts(world.deps) == Fate(arrived=1, back=1)


@pytest.mark.parametrize("kind", ["Send", "DeliveryDelay", "Reject"])
def test_what_tells_nothing_of_an_address_is_not_counted(world: World, kind: str) -> None:
    told(world, kind, send(world, "real"))
    assert not counters(world)


def test_a_bounce_that_may_pass_is_not_counted(world: World) -> None:
    case = send(world, "full")
    (receipt,) = (
        m for m in world.store.rows(MailRow) if m.case_id == case.case_id and m.purpose == "receipt"
    )
    record_delivery(world.deps, DeliveryEvent(receipt.mail_id, "Bounce", False, "ses"))
    assert not counters(world)


def test_only_receipts_are_counted(world: World) -> None:
    send(world, "real")
    ask = world.mail(f"-ask-{HOST.person_id}")
    record_delivery(world.deps, DeliveryEvent(ask.mail_id, "Bounce", True, "ses"))
    assert world.mail(f"-ask-{HOST.person_id}").state is MailState.BOUNCED
    assert not counters(world)


def test_a_mail_with_several_receipts_counts_as_one(world: World) -> None:
    for number in range(4):
        world.send(a_submission(), f"k{number}", source=OUTSIDE)
    world.advance_to(MORNING)
    several = next(m for m in world.store.rows(MailRow) if m.purpose == "receipts")
    record_delivery(world.deps, DeliveryEvent(several.mail_id, "Bounce", True, "ses"))
    assert fate_of_receipts(world.deps) == Fate(arrived=0, back=1)


def counters(world: World) -> dict[str, int]:
    rows = world.store.rows(GuardRow)
    return {row.key: row.count for row in rows if row.key.startswith(("arrived#", "back#"))}


def test_a_counter_says_an_hour_and_nothing_of_whom_and_ends_after_two_days(world: World) -> None:
    come_back(world, 2)
    come_back(world, 1, "Delivery", "real")
    assert counters(world) == {"back#2026-03-02T08": 2, "arrived#2026-03-02T08": 1}
    (row, *_) = (row for row in world.store.rows(GuardRow) if row.key.startswith("back#"))
    assert row.ttl == int((world.now + timedelta(days=2)).timestamp())


def test_receipts_that_come_back_in_the_same_moment_are_all_counted(world: World) -> None:
    cases = [send(world, f"invented-{number}") for number in range(8)]
    world.at_once(*(partial(told, world, "Bounce", case) for case in cases))
    assert fate_of_receipts(world.deps).back == 8


@pytest.mark.parametrize(
    "faults",
    [[StoreFault.UNAVAILABLE], [StoreFault.CONFLICT] * 12],
    ids=["no answer", "contention"],
)
def test_a_counter_that_cannot_be_written_keeps_no_news_of_a_mail_back(
    world: World, faults: list[StoreFault]
) -> None:
    case = send(world, "invented")
    counting = FailingWhenItCounts(world, faults)
    told(world, "Bounce", case)
    assert counting.met
    assert world.mail("-receipt-").state is MailState.BOUNCED
    assert fate_of_receipts(world.deps).back == 0


class FailingWhenItCounts:
    """Faults that the store meets when it is told of the bounce, and has stored it."""

    def __init__(self, world: World, faults: list[StoreFault]) -> None:
        self.met = False
        self._world, self._faults = world, faults
        world.store.watchers.append(self._after)

    def _after(self, changes: object) -> None:
        if not self.met:
            self.met = True
            self._world.store.fail_next(*self._faults)


# ── What becomes of it ──


def test_a_coordinator_is_told_why_and_lets_it_in_and_then_its_receipt_is_sent(
    world: World,
) -> None:
    come_back(world, ENOUGH)
    held = send(world, "next")
    world.advance_to(MORNING)
    letter = world.letters(HOST.email, "held-")[-1]
    assert held.ref in letter.text
    assert "många kvittenser hade nyss kommit tillbaka" in letter.text
    assert receipts(world, "next@example.com") == 0

    judge_by_operator(world.deps, held.ref, Decision.RELEASE, "Den ser äkta ut.")
    world.settle()
    assert receipts(world, "next@example.com") == 1
    assert world.case(held.ref).step == "glance"


def test_an_attacker_gets_no_more_receipts_out_than_came_back_before_they_were_known(
    world: World,
) -> None:
    """A hundred ideas from as many networks, each told of within the minute."""
    for number in range(100):
        case = send(world, f"invented-{number}", source=f"198.51.100.{number}")
        world.clock.advance(timedelta(minutes=1))
        if not case.is_held:
            told(world, "Bounce", case)
            world.settle()
    sent = [letter for letter in world.letters() if "-receipt-" in letter.mail_id]
    assert len(sent) == ENOUGH
    assert len(world.store.rows(CaseRow)) == 100, "and nothing is lost"
