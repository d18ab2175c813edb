"""What one idea costs is written down in bench/results.json, and does not grow unseen: `make bench` writes it anew."""

from __future__ import annotations

import json

import pytest

from infra import audit, bench, bench_audit
from infra.terminal import Stop


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


@pytest.fixture
def region(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in bench.ENVIRONMENT.items():
        monkeypatch.setenv(name, value)


@pytest.mark.usefixtures("region")
def test_the_audit_that_is_timed_reads_every_chain() -> None:
    measured = bench_audit.audit_of(20)
    assert (measured["chains"], measured["events"]) == (20, 200)
    assert measured["scan requests"] == audit.SEGMENTS


@pytest.mark.usefixtures("region")
def test_an_audit_that_misses_a_chain_gives_no_figure() -> None:
    with pytest.raises(Stop, match="20 chains with 200 events"):
        bench_audit.audit_of(21, bench_audit.Table(20, bench_audit.EVENTS))
