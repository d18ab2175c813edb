"""Nothing that is deployed hands an error's words to the log, whatever raised it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from infra import names

DEPLOYED = [names.ROOT / "app.py", *sorted((names.ROOT / "chalicelib").rglob("*.py"))]


def lets_words_through(source: str) -> list[int]:
    """The lines that log an exception whole: `log.exception(…)`, or any call with `exc_info`."""
    calls = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    return [
        call.lineno
        for call in calls
        if (isinstance(call.func, ast.Attribute) and call.func.attr == "exception")
        or any(keyword.arg == "exc_info" for keyword in call.keywords)
    ]


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ('log.exception("broken")', [1]),
        ('log.error("broken", exc_info=True)', [1]),
        ('log.error("broken: %s", type(error).__name__)', []),
    ],
)
def test_the_search_finds_both_ways_of_logging_an_exception(line: str, found: list[int]) -> None:
    assert lets_words_through(line) == found


@pytest.mark.parametrize("path", DEPLOYED, ids=lambda path: path.relative_to(names.ROOT).as_posix())
def test_no_deployed_module_logs_an_exception_whole(path: Path) -> None:
    assert lets_words_through(path.read_text(encoding="utf-8")) == []
