"""Ideas from many networks: so many go on in an hour, and what is more is held, so that nobody's mail waits behind it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from chalicelib.domain.rows import CaseRow, GuardRow
from chalicelib.services.submit_idea import Receipt
from tests.fakes import StoreFault
from tests.world import World, a_submission

IN_ALL = 6


@pytest.fixture
def world() -> World:
    """A municipality where three ideas an hour from one network are usual, and six from all."""
    made = World()
    rules = replace(made.deps.site.open_form, ideas_an_hour=3, ideas_an_hour_in_all=IN_ALL)
    made.deps = replace(made.deps, site=replace(made.deps.site, open_form=rules))
    return made


def send(world: World, source: str, *, trapped: bool = False, **fields: object) -> CaseRow:
    key = f"en-nyckel-{len(world.store.rows(CaseRow))}"
    idea = a_submission(**({"email": f"{key}@example.com"} | fields))
    receipt = world.send(idea, key, source=source, trapped=trapped)
    assert isinstance(receipt, Receipt)
    world.settle()
    return world.case(receipt.ref)


def from_many_networks(world: World, number: int) -> list[str | None]:
    return [send(world, f"192.0.2.{n}").held for n in range(1, number + 1)]


def test_so_many_go_on_from_all_networks_together_and_the_rest_is_held(world: World) -> None:
    assert from_many_networks(world, IN_ALL + 2) == [None] * IN_ALL + ["flood"] * 2
    assert len(world.letters(about="receipt")) == IN_ALL


def test_who_left_no_address_is_held_too(world: World) -> None:
    from_many_networks(world, IN_ALL)
    case = send(world, "192.0.2.99", email=None, phone="019-21 10 00")
    assert case.held == "flood"


def test_the_next_hour_begins_anew(world: World) -> None:
    from_many_networks(world, IN_ALL + 1)
    world.clock.advance(timedelta(hours=1))
    assert send(world, "192.0.2.1").held is None


def test_the_municipalitys_own_networks_neither_count_nor_are_held(world: World) -> None:
    rules = replace(world.deps.site.open_form, own_networks=(ip_network("198.51.100.0/24"),))
    world.deps = replace(world.deps, site=replace(world.deps.site, open_form=rules))
    own = [send(world, "198.51.100.7").held for _ in range(IN_ALL + 1)]
    assert from_many_networks(world, IN_ALL + 1) == [None] * IN_ALL + ["flood"]
    assert [*own, send(world, "198.51.100.7").held] == [None] * (IN_ALL + 2)


def test_what_is_held_for_another_reason_uses_up_nothing(world: World) -> None:
    one = [send(world, "192.0.2.200").held for _ in range(IN_ALL + 3)]
    assert one == [None] * 3 + ["crowd"] * IN_ALL
    assert send(world, "192.0.2.201", trapped=True).held == "trap"
    assert from_many_networks(world, IN_ALL) == [None] * 3 + ["flood"] * 3


def test_beyond_the_limit_nothing_more_is_counted_and_nothing_tells_who_came(world: World) -> None:
    from_many_networks(world, IN_ALL + 5)
    counts = {row.key: row.count for row in world.store.rows(GuardRow)}
    assert counts[f"ideas#{world.now:%Y-%m-%dT%H}"] == IN_ALL + 1
    assert "192.0.2" not in repr(counts)


def test_what_cannot_be_counted_is_held_and_never_refused(world: World) -> None:
    world.store.fail_next(StoreFault.UNAVAILABLE)
    assert send(world, "192.0.2.1").held == "uncounted"


def test_a_site_with_many_ipv6_networks_is_counted_as_a_whole(world: World) -> None:
    rules = replace(world.deps.site.open_form, ideas_an_hour_in_all=100)
    world.deps = replace(world.deps, site=replace(world.deps.site, open_form=rules))
    held = [send(world, f"2001:db8:1:{n:x}::7").held for n in range(17)]
    assert held == [None] * 15 + ["crowd"] * 2
    assert send(world, "2001:db8:2::7").held is None
