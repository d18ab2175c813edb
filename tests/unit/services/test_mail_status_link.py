"""A new link to the idea-giver's page: to the address that they left and no other, three a day, and nothing to learn for who asks."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

import pytest

from chalicelib.domain.form import FieldError, Problem
from chalicelib.domain.rows import CaseRow, ContactRow, GuardRow, MailRow, ReferenceRow
from chalicelib.domain.transaction import Change, Operation
from chalicelib.services.follow_idea import follow_idea
from chalicelib.services.mail_status_link import LINKS_A_DAY, mail_status_link
from tests.fakes import FakeStore
from tests.world import World

GIVER = "asa.lind@example.com"
REF = "2026-0001"


def received(**fields: object) -> World:
    world = World()
    world.submit(**fields)
    world.settle()
    return world


def links(world: World) -> int:
    """How many were mailed, once the sweep has been by."""
    world.advance(minutes=1)
    return len(world.letters(about="status_link"))


def change(world: World, **fields: object) -> None:
    world.store.transact([Change(replace(world.case(), **fields), ())])


@pytest.mark.parametrize("ref", [REF, " 2026-0001 ", "[2026-0001]", "20260001", "0001"])
@pytest.mark.parametrize("address", [GIVER, " Asa.Lind@Example.com "])
def test_who_types_their_reference_and_address_gets_a_link_that_works(
    ref: str, address: str
) -> None:
    world = received()
    assert mail_status_link(world.deps, ref, address) == ()
    assert links(world) == 1
    (letter,) = world.letters(about="status_link")
    assert letter.to == GIVER
    followed = follow_idea(world.deps, world.link(GIVER, "status_link"))
    assert followed is not None
    assert followed.snapshot.case.ref == REF


def test_the_links_that_they_have_go_on_working() -> None:
    world = received()
    mail_status_link(world.deps, REF, GIVER)
    assert links(world) == 1
    assert follow_idea(world.deps, world.link(GIVER, "receipt")) is not None


@pytest.mark.parametrize(
    ("ref", "address"),
    [
        (REF, "bo.ek@example.com"),
        (REF, "asa.lind@example.org"),
        ("2026-0002", GIVER),
        ("0002", GIVER),
    ],
)
def test_what_does_not_belong_together_is_answered_alike_and_mails_nothing(
    ref: str, address: str
) -> None:
    world = received()
    right = mail_status_link(world.deps, REF, GIVER)
    transactions, messages = len(world.store.transactions), len(world.queue.bodies)
    assert mail_status_link(world.deps, ref, address) == right
    assert len(world.store.transactions) == transactions + 1, "it takes a transaction too"
    assert len(world.queue.bodies) == messages == 0, "and neither sends a message"
    assert links(world) == 1


TYPED = {
    "what belongs together": (REF, GIVER),
    "what belongs together, once too often": (REF, GIVER),
    "another's address": (REF, "bo.ek@example.com"),
    "no reference of ours": ("2026-0002", GIVER),
    "its last four characters": (REF[-4:], GIVER),
    "four characters of nobody's": ("ZZZ9", GIVER),
}


@pytest.mark.parametrize("what", TYPED)
def test_the_work_behind_the_page_tells_nothing_either(what: str) -> None:
    world = received()
    if "often" in what:
        for _ in range(LINKS_A_DAY):
            mail_status_link(world.deps, REF, GIVER)
    log: list[object] = []
    world.deps = replace(world.deps, store=Counting(world.store, log))
    mail_status_link(world.deps, *TYPED[what])
    meant = 4 if len(TYPED[what][0]) == 4 else 1
    looked = [ReferenceRow, CaseRow, ContactRow] * meant
    assert log == [GuardRow, GuardRow, *looked, "two rows"]


class Counting:
    """The store, with what is asked of it."""

    def __init__(self, store: FakeStore, log: list[object]) -> None:
        self._store, self._log = store, log

    def get(self, kind: type, *key: str) -> object:
        self._log.append(kind)
        return self._store.get(kind, *key)

    def transact(self, operations: Sequence[Operation]) -> None:
        self._log.append("two rows" if len(operations) == 2 else len(operations))
        self._store.transact(operations)


@pytest.mark.parametrize(
    "fields",
    [{"held": "crowd", "epoch": 0}, {"bounced": True}, {"has_email": False}],
    ids=["held", "mail comes back", "left by its giver"],
)
def test_no_mail_goes_where_none_may(fields: dict[str, object]) -> None:
    world = received()
    change(world, **fields)
    assert mail_status_link(world.deps, REF, GIVER) == ()
    assert links(world) == 0


def test_who_left_no_address_is_answered_alike() -> None:
    world = received(email=None, phone="070-174 06 05")
    assert mail_status_link(world.deps, REF, GIVER) == ()
    assert links(world) == 0


@pytest.mark.parametrize(
    ("ref", "address", "errors"),
    [
        ("", GIVER, [FieldError("ref", Problem.MISSING)]),
        ("  ", GIVER, [FieldError("ref", Problem.MISSING)]),
        ("nonsense", GIVER, [FieldError("ref", Problem.NOT_A_REFERENCE)]),
        (REF, "", [FieldError("email", Problem.MISSING)]),
        (REF, "asa.lind", [FieldError("email", Problem.NOT_AN_EMAIL)]),
        ("", "", [FieldError("ref", Problem.MISSING), FieldError("email", Problem.MISSING)]),
    ],
)
def test_what_is_empty_or_has_not_the_shape_is_to_be_mended_before_anything_is_looked_up(
    ref: str, address: str, errors: list[FieldError]
) -> None:
    world = received()
    before = len(world.store.transactions)
    assert mail_status_link(world.deps, ref, address) == tuple(errors)
    assert len(world.store.transactions) == before


def test_one_address_gets_three_links_a_day_and_the_fourth_is_answered_alike() -> None:
    world = received()
    answers = [mail_status_link(world.deps, REF, GIVER) for _ in range(LINKS_A_DAY + 2)]
    assert set(answers) == {()}
    assert links(world) == LINKS_A_DAY
    world.advance(days=1)
    mail_status_link(world.deps, REF, GIVER)
    assert links(world) == LINKS_A_DAY + 1


def test_the_last_characters_alone_mean_an_earlier_years_idea_too() -> None:
    world = received()
    world.advance(days=400)
    assert mail_status_link(world.deps, "0001", GIVER) == ()
    assert links(world) == 1


def test_who_types_somebody_elses_address_in_vain_uses_up_none_of_theirs() -> None:
    world = received()
    for number in range(10):
        mail_status_link(world.deps, f"2026-1{number:03}", GIVER)
    mail_status_link(world.deps, REF, GIVER)
    assert links(world) == 1


def test_many_presses_at_once_are_three_links() -> None:
    world = received()

    def press() -> object:
        return mail_status_link(world.deps, REF, GIVER)

    assert world.at_once(*[press] * 8) == [()] * 8
    assert links(world) == LINKS_A_DAY


def test_neither_the_log_nor_a_counter_tells_who_asked(caplog: pytest.LogCaptureFixture) -> None:
    world = received()
    caplog.clear()
    with caplog.at_level(logging.DEBUG):
        mail_status_link(world.deps, REF, GIVER)
        mail_status_link(world.deps, "2026-0002", "bo.ek@example.com")
    said = [record.getMessage() for record in caplog.records]
    assert said == ["a new link to an idea-giver's page was asked for"] * 2
    stored = repr(world.store.rows(GuardRow))
    assert "asa.lind" not in stored
    assert "bo.ek" not in stored


def test_the_case_is_neither_moved_nor_woken() -> None:
    world = received()
    before = world.case()
    mail_status_link(world.deps, REF, GIVER)
    assert world.store.get(CaseRow, before.case_id) == before
    assert [mail.purpose for mail in world.store.rows(MailRow)].count("status_link") == 1
