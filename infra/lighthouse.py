"""What Lighthouse says of the four pages that most people meet, as a slow phone sees them: part of `python -m infra bench`.

The pages are the samples of the tests, on a small server with the headers of the site: no stage is needed, and a slow machine
behind the pages changes nothing. Lighthouse comes from infra/node/bench/ by `make bench`, and drives Debian's Chromium.
"""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from infra import names
from infra.terminal import Stop

FOLDER: Final = names.ROOT / ".venv" / "node" / "bench" / "node_modules" / "lighthouse"
CHROMIUM: Final = "/usr/bin/chromium"
FLAGS: Final = "--headless=new --no-sandbox --disable-gpu --disable-background-networking --no-first-run --disable-sync"
CATEGORIES: Final = ("performance", "accessibility", "best-practices")
PAGES: Final = {
    "start": "page-start",
    "form": "page-form-empty",
    "status": "page-status-open",
    "ask": "page-ask-assessment",
}
LOWEST: Final = 95
TRIES: Final = 3
Scores = dict[str, dict[str, int]]


def measure() -> Scores:
    """Each page's score in each category, of 100. Raises Stop when Lighthouse is not installed or gives no score."""
    from tests.browser.gallery import documents, served

    if not FOLDER.is_dir():
        raise Stop("Lighthouse is not installed: `make bench` does that.")
    paths = {f"{it.kind}-{it.name}": it.path for it in documents("sv")}
    with served() as address:
        return {page: _best_scores(f"{address}{paths[name]}") for page, name in PAGES.items()}


def _best_scores(url: str) -> dict[str, int]:
    """The best of some tries: whatever else this machine does at the same time makes a page look slower, never faster."""
    tries = [_scores(url) for _ in range(TRIES)]
    return {name: max(scores[name] for scores in tries) for name in CATEGORIES}


def _scores(url: str) -> dict[str, int]:
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        run = subprocess.run(
            [
                "node",
                str(FOLDER / "cli" / "index.js"),
                url,
                "--quiet",
                "--no-enable-error-reporting",
                "--output=json",
                f"--output-path={report}",
                f"--only-categories={','.join(CATEGORIES)}",
                f"--chrome-flags={FLAGS}",
            ],
            env={**os.environ, "CHROME_PATH": CHROMIUM},
            capture_output=True,
            text=True,
            check=False,
        )
        if run.returncode != 0:
            raise Stop(f"Lighthouse ended with {run.returncode}: {run.stderr.strip()[-500:]}")
        found = json.loads(report.read_text())["categories"]
    scores = {name: found[name]["score"] for name in CATEGORIES}
    if missing := [name for name, score in scores.items() if score is None]:
        raise Stop(f"Lighthouse gave {url} no score for {', '.join(missing)}.")
    return {name: round(100 * score) for name, score in scores.items()}


def too_low(scores: Mapping[str, Mapping[str, int]]) -> list[str]:
    """What is below the lowest that we accept, in words."""
    return [
        f"{page}: {name} {score}"
        for page, of_page in scores.items()
        for name, score in of_page.items()
        if score < LOWEST
    ]
