"""Idéslussen itself, as it is packaged, under harm: a small run of what `make chaos` does with 200 ideas."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.local.chaos.run import Chaos
from infra.local.stage import LocalStage

pytestmark = pytest.mark.loopback

IDEAS = 6


def test_nothing_is_lost_doubled_or_stuck_when_functions_are_killed_and_the_cloud_is_restarted(
    tmp_path: Path,
) -> None:
    with LocalStage(tmp_path / "stage") as stage:
        result = Chaos(stage, ideas=IDEAS, seed=1, every=6, kills_between_restarts=8).run()
    assert result.faults == [], result.table()
    assert result.figures["ideas acknowledged"] == IDEAS
    assert result.killed > 0, result.table()
    assert result.restarts > 0, result.table()
