"""`make faults CASES=10000 SEED=1`: the long run. Status 0 only when every promise was kept.

Writes bench/faults.json, and the same tables in bench/faults.md, for docs/faults.md."""

from __future__ import annotations

import argparse
import json
import logging
import os
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from infra.terminal import complain, say
from tests.faults.runner import answering, play_all
from tests.faults.table import as_json, as_markdown, as_text
from tests.faults.wave import roll
from tests.world import configuration

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "faults.json"


def main() -> int:
    options = _options()
    logging.disable(logging.CRITICAL)
    started, begun = time.monotonic(), datetime.now(UTC)

    def tell(done: int) -> None:
        complain(f"{done} of {options.cases} cases, {time.monotonic() - started:.0f} s")

    verdict = play_all(options.cases, options.seed, options.workers, tell)
    process = configuration().process
    wave = roll(process, answering(process), options.cases)
    about: dict[str, Any] = {
        "at": begun.isoformat(timespec="seconds"),
        "commit": _commit(),
        "cases": options.cases,
        "seed": options.seed,
        "seconds": round(time.monotonic() - started),
        "workers": options.workers,
    }
    found = as_json(verdict, wave, about)
    options.results.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    options.results.with_suffix(".md").write_text(as_markdown(found))
    say(as_text(verdict, wave))
    say(f"{about}\n{'Every promise was kept.' if verdict.kept() else 'BROKEN.'} {options.results}")
    return 0 if verdict.kept() else 1


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", default="1", help="another word, other faults")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--results", type=Path, default=RESULTS, metavar="FILE")
    return parser.parse_args()


def _commit() -> str:
    command = ["git", "-C", str(ROOT), "describe", "--always", "--dirty"]
    found = subprocess.run(command, capture_output=True, text=True, check=False)
    return found.stdout.strip() or "no repository"


if __name__ == "__main__":
    sys.exit(main())
