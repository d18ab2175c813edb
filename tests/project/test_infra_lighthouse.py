"""What Lighthouse said when `make bench` last ran is written down, and was good enough for every page."""

from __future__ import annotations

import json

from infra import bench, lighthouse


def test_what_is_written_down_is_good_enough() -> None:
    written = json.loads(bench.RESULTS.read_text())["pages by Lighthouse"]
    assert set(written) == set(lighthouse.PAGES)
    assert all(set(scores) == set(lighthouse.CATEGORIES) for scores in written.values())
    assert lighthouse.too_low(written) == []


def test_a_page_that_is_worse_than_we_accept_is_named() -> None:
    scores = {"start": {"performance": 94, "accessibility": 95}, "form": {"performance": 100}}
    assert lighthouse.too_low(scores) == ["start: performance 94"]
