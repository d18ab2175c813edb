"""How a form came in, and what that means: taken, pressed once more, or held."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from ipaddress import ip_network

import pytest

from chalicelib.domain.site import OpenForm
from chalicelib.domain.suspicion import (
    Again,
    Fate,
    Seen,
    Suspicion,
    come_back,
    is_own,
    judge,
    judge_time,
    network_of,
    too_many,
    wide_network_of,
)
from tests.fakes import START

RULES = OpenForm(ideas_an_hour=20, least_seconds=3, longest_hours=24)
USUAL = Seen(trapped=False, own=False, count=1)


@pytest.mark.parametrize(
    ("age", "why"),
    [
        (timedelta(0), Again.TOO_FAST),
        (timedelta(seconds=2, milliseconds=999), Again.TOO_FAST),
        (timedelta(seconds=3), None),
        (timedelta(hours=24), None),
        (timedelta(hours=24, milliseconds=1), Again.TOO_OLD),
        (timedelta(milliseconds=-1), Again.UNSTAMPED),
    ],
)
def test_a_form_is_open_for_as_long_as_somebody_needs_to_write(
    age: timedelta, why: Again | None
) -> None:
    assert judge_time(RULES, START - age, START) is why


def test_a_form_without_a_stamp_of_ours_is_sent_once_more() -> None:
    assert judge_time(RULES, None, START) is Again.UNSTAMPED


@pytest.mark.parametrize(
    ("seen", "why"),
    [
        (USUAL, None),
        (replace(USUAL, count=20), None),
        (replace(USUAL, count=21), Suspicion.CROWD),
        (replace(USUAL, count=None), Suspicion.UNCOUNTED),
        (replace(USUAL, wide=100), None),
        (replace(USUAL, wide=101), Suspicion.CROWD),
        (replace(USUAL, wide=None), Suspicion.UNCOUNTED),
        (replace(USUAL, wide=101, own=True), None),
        (replace(USUAL, flooded=True), Suspicion.CROWD),
        (replace(USUAL, bouncing=True), Suspicion.BOUNCING),
        (replace(USUAL, bouncing=True, flooded=True), Suspicion.CROWD),
        (replace(USUAL, bouncing=True, count=21), Suspicion.CROWD),
        (replace(USUAL, bouncing=True, count=None), Suspicion.UNCOUNTED),
        (replace(USUAL, bouncing=True, own=True), None),
        (replace(USUAL, bouncing=True, trapped=True), Suspicion.TRAP),
        (replace(USUAL, flooded=True, own=True), None),
        (replace(USUAL, count=None, own=True), None),
        (replace(USUAL, count=500, own=True), None),
        (replace(USUAL, trapped=True), Suspicion.TRAP),
        (replace(USUAL, trapped=True, own=True), Suspicion.TRAP),
        (replace(USUAL, trapped=True, count=None), Suspicion.TRAP),
    ],
)
def test_an_idea_is_held_for_what_was_seen_and_never_refused(
    seen: Seen, why: Suspicion | None
) -> None:
    assert judge(RULES, seen) is why


@pytest.mark.parametrize(
    ("going_on", "why"),
    [
        (1, None),
        (200, None),
        (201, Suspicion.FLOOD),
        (None, Suspicion.UNCOUNTED),
    ],
)
def test_an_idea_that_would_go_on_is_held_when_too_many_have(
    going_on: int | None, why: Suspicion | None
) -> None:
    assert too_many(replace(RULES, ideas_an_hour_in_all=200), going_on) is why


@pytest.mark.parametrize(
    ("arrived", "back", "bouncing"),
    [
        (0, 0, False),
        (0, 9, False),
        (0, 10, True),
        (89, 10, True),
        (90, 10, False),
        (91, 10, False),
        (98, 11, True),
        (99, 11, False),
        (5000, 10, False),
        (0, 5000, True),
    ],
)
def test_receipts_come_back_when_they_are_many_and_a_large_part(
    arrived: int, back: int, bouncing: bool
) -> None:
    rules = replace(RULES, receipts_back=10, percent_back=10)
    assert come_back(rules, Fate(arrived, back)) is bouncing


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("192.0.2.7", "192.0.2.7/32"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::", "2001:db8:1:2::/64"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("fe80::1%eth0", "fe80::/64"),
    ],
)
def test_an_ipv4_address_is_a_network_by_itself_and_of_ipv6_it_is_the_first_half(
    source: str, network: str
) -> None:
    assert network_of(source) == ip_network(network)


@pytest.mark.parametrize(
    ("source", "network"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::", "2001:db8:1::/48"),
        ("192.0.2.7", None),
        ("::ffff:192.0.2.7", None),
        ("nobody", None),
    ],
)
def test_of_an_ipv6_address_the_network_of_a_whole_site_is_counted_as_well(
    source: str, network: str | None
) -> None:
    assert wide_network_of(source) == (ip_network(network) if network else None)


@pytest.mark.parametrize("source", ["", "nobody", "192.0.2.7, 198.51.100.1", "192.0.2.0/24"])
def test_what_is_no_address_has_no_network_and_is_nobodys_own(source: str) -> None:
    assert network_of(source) is None
    assert not is_own(RULES, source)


@pytest.mark.parametrize(
    ("source", "own"),
    [
        ("192.0.2.7", True),
        ("192.0.3.7", False),
        ("::ffff:192.0.2.7", True),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("127.0.0.1", True),
        ("::1", True),
        ("10.0.0.1", False),
    ],
)
def test_the_municipalitys_own_networks_and_this_machine_are_not_counted(
    source: str, own: bool
) -> None:
    named = (ip_network("192.0.2.0/24"), ip_network("2001:db8::/32"))
    assert is_own(replace(RULES, own_networks=named), source) is own


def test_no_network_is_the_municipalitys_own_until_it_says_so() -> None:
    assert not is_own(OpenForm(), "192.0.2.7")
