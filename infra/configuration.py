"""The municipality's own files as a deploy needs them: valid, or every mistake in them told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Final

from infra import names
from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.config import Config
    from chalicelib.domain.site import Statement

FOLDER: Final = names.ROOT / "chalicelib" / "config"
FILES: Final = ("site.toml", "form.toml", "process.toml")
# Domains that nobody can have (RFC 2606), the municipality that does not exist, and what people write in order to come back to it.
PLACEHOLDER: Final = re.compile(
    r"@example\.(com|org|net)\b|\.(example|test|invalid)\b|\bstorby|\bTODO\b|\bXXX|123 45",
    re.IGNORECASE,
)


def load(folder: Path = FOLDER) -> Config:
    """What site.toml, form.toml, process.toml and holidays.toml say. Raises Stop with every mistake: the file, the key, what
    is wrong and what would be right."""
    from chalicelib import config

    try:
        return config.load(folder)
    except config.ConfigError as error:
        raise Stop(str(error)) from None


def sender() -> str:
    """The address that mail comes from."""
    return load().site.sender


def require_own_words(folder: Path = FOLDER) -> None:
    """Raises Stop with every place in the files that still says what the example says: people would be told of a controller, a data
    protection officer and a sender that do not exist (GDPR, article 13)."""
    if found := placeholders(folder):
        listed = "\n".join(f"    {where}: {text}" for where, text in found)
        raise Stop(
            f"The configuration still has the example's words in {len(found)} places. Write your own municipality's there:\n{listed}"
        )


def placeholders(folder: Path = FOLDER) -> list[tuple[str, str]]:
    """Where the example's words stand, as file and key, and what stands there."""
    return [
        (f"{name} {key}", text)
        for name in FILES
        for key, text in _texts(tomllib.loads((folder / name).read_text(encoding="utf-8")))
        if PLACEHOLDER.search(text)
    ]


def _texts(value: object, key: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _texts(inner, f"{key}.{name}" if key else name)
    elif isinstance(value, list):
        for index, inner in enumerate(value):
            yield from _texts(inner, f"{key}[{index}]")
    elif isinstance(value, str):
        yield key, value


def require_current_statement(statement: Statement, today: date) -> None:
    """Raises Stop when the accessibility statement was not looked through within twelve months (2018:1937 and Digg's regulation: it
    is kept up to date)."""
    if not statement.is_current(today):
        raise Stop(
            f"The accessibility statement is not current: assessed {statement.assessed}, updated {statement.updated}, and today is"
            f" {today}. Look through the service anew, and write what you found and when under [accessibility] in site.toml."
        )
