"""Random visitors, reviewers and misfortunes: nothing is lost, nobody decides twice, nothing is stuck in silence."""

from __future__ import annotations

from hypothesis.stateful import run_state_machine_as_test

from tests.faults.machine import Sluice
from tests.faults.misfortunes import SETTINGS


def test_no_fault_loses_an_idea_or_decides_it_twice() -> None:
    run_state_machine_as_test(Sluice, settings=SETTINGS)
    assert Sluice.seen["Crash"] > 0
    assert Sluice.seen["dropped"] > 0
    assert Sluice.seen["doubled"] > 0
