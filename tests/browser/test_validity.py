"""Every page and mail is valid HTML by the Nu Html Checker, the one that https://validator.w3.org/nu runs."""

from __future__ import annotations

import json
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

from infra import names
from tests.browser.gallery import every_document

CHECKER = (
    names.ROOT / ".venv" / "node" / "tests" / "node_modules" / "vnu-jar" / "build/dist/vnu.jar"
)
# What mails do on purpose, since Outlook on Windows lays out by Word, which knows attributes of tables and little CSS.
ALLOWED_IN_MAILS = re.compile(
    r"The “(width|cellpadding|cellspacing|align|bgcolor|border|height|valign)” attribute on the “(table|td|tr|body)” element is obsolete"
)
# The checker guesses a language from the words, and the samples hold what somebody wrote in Swedish on pages in other languages.
GUESSES = re.compile(r"This document appears to be written in \w+ but the “html” start tag")


@pytest.fixture(scope="module")
def said(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """What the checker says, errors and warnings, each with the names of the documents that it says it of."""
    folder = tmp_path_factory.mktemp("documents")
    for document in every_document():
        (folder / f"{document}.html").write_text(document.html)
    command = ["java", "-jar", str(CHECKER), "--format", "json", "--exit-zero-always", str(folder)]
    checked = subprocess.run(command, capture_output=True, text=True, check=True)
    found: dict[str, list[str]] = defaultdict(list)
    for message in json.loads(checked.stderr)["messages"]:
        found[message["message"]].append(Path(message.get("url", "the checker")).stem)
    return found


def test_the_checker_reads_the_documents(said: dict[str, list[str]]) -> None:
    """An old way of writing that every mail has is found in each: the checker has read all of them."""
    mails = {str(document) for document in every_document() if document.kind == "mail"}
    widths = "The “width” attribute on the “table” element is obsolete. Use CSS instead."
    assert set(said[widths]) == mails


def test_every_page_is_valid(said: dict[str, list[str]]) -> None:
    assert {
        words: where
        for words, stems in said.items()
        if not GUESSES.match(words)
        if (where := [name for name in stems if not name.startswith("mail-")])
    } == {}


def test_every_mail_is_valid_but_for_what_old_mail_programs_need(
    said: dict[str, list[str]],
) -> None:
    assert {
        words: where
        for words, stems in said.items()
        if not GUESSES.match(words) and not ALLOWED_IN_MAILS.match(words)
        if (where := [name for name in stems if name.startswith("mail-")])
    } == {}
