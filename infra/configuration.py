"""The municipality's own files as a deploy needs them: valid, or every mistake in them told at once."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.config import Config


def load(process: Path | None = None) -> Config:
    """What site.toml, form.toml, process.toml (or another file in its place) and holidays.toml say. Raises Stop with every
    mistake: the file, the key, what is wrong and what would be right."""
    from chalicelib import config

    try:
        return config.load() if process is None else _with_process(process)
    except config.ConfigError as error:
        where = "" if process is None else f"In {process}, read as process.toml:\n"
        raise Stop(f"{where}{error}") from None


def _with_process(process: Path) -> Config:
    """The configuration with another process: checked together with the rest, as it would be if it were deployed."""
    from chalicelib import config

    if not process.is_file():
        raise Stop(
            f"There is no file {process}: name a process file, such as a copy of process.toml."
        )
    with tempfile.TemporaryDirectory() as folder:
        for path in config.FOLDER.glob("*.toml"):
            shutil.copy(path, folder)
        shutil.copy(process, Path(folder) / "process.toml")
        return config.load(Path(folder))


def sender() -> str:
    """The address that mail comes from."""
    return load().site.sender
