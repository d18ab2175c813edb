"""A whole process with random people, random absence and random faults keeps its promises, whichever process it is."""

from __future__ import annotations

import pytest
from hypothesis import settings
from hypothesis.stateful import run_state_machine_as_test

from tests.faults.misfortunes import EXAMPLES, SETTINGS
from tests.faults.whole import Default, Skaraborg, WholeProcess


@pytest.mark.parametrize("machine", [Default, Skaraborg])
def test_no_fault_breaks_a_promise(machine: type[WholeProcess]) -> None:
    run_state_machine_as_test(machine, settings=settings(SETTINGS, max_examples=2 * EXAMPLES))
    for what in ("answers", "absences", "questions asked", "Crash"):
        assert machine.seen[what] > 0, what
