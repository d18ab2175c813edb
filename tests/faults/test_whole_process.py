"""A whole process with random people, random absence and random faults keeps its promises, whichever process it is."""

from __future__ import annotations

import pytest
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.misfortunes import SETTINGS
from tests.faults.whole import Default, Skaraborg, WholeProcess


@pytest.mark.parametrize("machine", [Default, Skaraborg])
def test_no_fault_breaks_a_promise(machine: type[WholeProcess]) -> None:
    run_state_machine_as_test(machine, settings=SETTINGS)
    for what in ("answers", "jäv", "hand-overs", "questions asked", "questions answered"):
        assert machine.seen[what] > 0, what
