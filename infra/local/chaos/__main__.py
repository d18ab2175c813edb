"""`make chaos`: IDEAS=200 SEED=1. Prints a table, and gives exit status 1 when something is not where it should be."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

from infra.local.chaos.run import Chaos
from infra.local.stage import LocalStage
from infra.terminal import Stop, complain, say


def main() -> int:
    try:
        ideas, seed = (int(os.environ.get(name) or "0") for name in ("IDEAS", "SEED"))
    except ValueError:
        complain("IDEAS and SEED are whole numbers: make chaos IDEAS=200 SEED=1")
        return 2
    folder = Path(os.environ.get("LOCAL_DIR") or tempfile.mkdtemp(prefix="idesluss-chaos-"))
    say(f"The stage is in {folder}; its cloud's log stays there.")
    try:
        with LocalStage(folder) as stage:
            result = Chaos(stage, ideas=ideas or 200, seed=seed or 1).run()
    except Stop as stop:
        complain(str(stop))
        return 1
    say(result.table())
    return 1 if result.faults else 0


if __name__ == "__main__":
    sys.exit(main())
