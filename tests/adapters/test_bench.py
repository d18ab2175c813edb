"""What one idea costs is written down in bench/results.json, and does not grow unseen: `make bench` writes it anew."""

from __future__ import annotations

import json

import pytest

from infra import bench


@pytest.fixture(scope="module")
def counted() -> bench.Json:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in bench.ENVIRONMENT.items():
            environment.setenv(name, value)
        return bench.one_idea()


@pytest.fixture(scope="module")
def written() -> bench.Json:
    found: bench.Json = json.loads(bench.RESULTS.read_text())["one idea"]
    return found


def test_an_idea_asks_no_more_of_aws_than_is_written_down(
    counted: bench.Json, written: bench.Json
) -> None:
    for what in ("runs", "aws calls", "write units", "read units"):
        assert counted["in all"][what] <= written["in all"][what], what


def test_an_idea_sends_no_more_messages_and_mails_than_is_written_down(
    counted: bench.Json, written: bench.Json
) -> None:
    assert counted["queue requests"]["in all"] <= written["queue requests"]["in all"]
    assert counted["mails"] <= written["mails"]
