"""The chain of events holds pseudonyms, keys, dates and numbers: nobody's name, and nothing that anybody wrote."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest

from chalicelib.domain.rows import Fact
from infra import names
from tests.builders import an_event
from tests.recorded import KINDS, Known, wrong_in
from tests.world import configuration

KNOWN = Known(configuration().process, frozenset({"p-7f3k"}), frozenset({"case-1"}))
OPENED = {"person": "p-7f3k", "step": "screening"}


def recorded_in_the_code() -> Iterator[str]:
    """The kind of every fact that the application or an operator's command makes; "" for one that is worked out."""
    for folder in ("chalicelib", "infra"):
        for path in sorted((names.ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Fact":
                    kind = node.args[0]
                    yield str(kind.value) if isinstance(kind, ast.Constant) else ""


def test_every_kind_of_fact_that_the_code_records_is_known_here_and_no_other() -> None:
    # What is worked out: read from a row or copied (kind), and whether the giver was reached.
    worked_out = {
        "GiverAnswered",
        "GiverNotReached",
        "ProgressMailGathered",
        "ProgressMailResumed",
        "ProgressMailStopped",
    }
    assert {kind for kind in recorded_in_the_code() if kind} == KINDS.keys() - worked_out


def test_an_event_with_pseudonyms_and_keys_says_nothing_wrong() -> None:
    event = an_event(actor="p-7f3k", facts=(Fact("AskOpened", OPENED),))
    assert list(wrong_in(event, KNOWN)) == []


@pytest.mark.parametrize(
    ("actor", "kind", "data"),
    [
        ("Anna Berg", "AskOpened", OPENED),
        ("sluice", "AskOpened", OPENED | {"person": "anna.berg@example.com"}),
        ("sluice", "AskOpened", OPENED | {"step": "Bänkar längs ån"}),
        ("sluice", "AskOpened", OPENED | {"note": "Ring 070-123 45 67"}),
        ("sluice", "AskOpened", {"person": "p-7f3k"}),
        ("sluice", "SomethingElse", {}),
        ("giver", "IdeaSubmitted", {"step": "screening", "lang": "svenska"}),
        ("sluice", "MailUndelivered", {"purpose": "ask", "recipient": "anna.berg@example.com"}),
        ("mail", "MailEnded", {"purpose": "ask", "state": "550 no such user anna.berg"}),
        ("sluice", "TalkAdvised", {"step": "assessment", "why": "Anna and Bo disagree"}),
        ("sluice", "StepEntered", {"step": "screening", "from": "Anna", "epoch": "1"}),
        ("sluice", "PromiseBroken", {"step": "screening", "deadline": "soon"}),
        ("p-7f3k", "NamesMasked", {"count": "Anna"}),
        ("p-7f3k", "IdeaJoined", {"ref": "Anna"}),
    ],
)
def test_what_could_tell_who_somebody_is_or_what_they_wrote_is_found(
    actor: str, kind: str, data: dict[str, str]
) -> None:
    assert len(list(wrong_in(an_event(actor=actor, facts=(Fact(kind, data),)), KNOWN))) == 1
