"""What a municipality edits, as frozen values: the process, the form, the site and its calendar.

Owns the reading and checking of the TOML files beside this module. `load` tells of every mistake at once; the domain gets
only what passed. Nothing is read at import, and nothing is cached here: whoever loads keeps it.
"""

from __future__ import annotations

import hashlib
import tomllib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from chalicelib.config.mistakes import ConfigError, Mistake
from chalicelib.config.read_form import read_form
from chalicelib.config.read_process import read_process
from chalicelib.config.read_site import read_calendar, read_site
from chalicelib.config.table import Table
from chalicelib.domain.form import Form
from chalicelib.domain.process import Process
from chalicelib.domain.site import Site
from chalicelib.domain.working_days import Calendar

__all__ = ["Config", "ConfigError", "Mistake", "load", "read_process_text", "with_hash"]

FOLDER = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Config:
    """`process_source` is the text of the process file, and the process's version ends with the hash of it."""

    process: Process
    process_source: str
    form: Form
    site: Site
    calendar: Calendar


def load(folder: Path | None = None) -> Config:
    """The configuration in a folder, this one when none is given. Raises ConfigError with every mistake in it."""
    folder = folder or FOLDER
    mistakes: list[Mistake] = []
    opened = {
        name: _open(folder / name, mistakes)
        for name in ("process.toml", "form.toml", "site.toml", "holidays.toml")
    }
    if mistakes:
        raise ConfigError(mistakes)

    def table(name: str) -> Table:
        return Table(opened[name], name, "", mistakes)

    source = (folder / "process.toml").read_text(encoding="utf-8")
    process = with_hash(read_process(table("process.toml")), source)
    form = read_form(table("form.toml"), "form.toml", mistakes)
    site_table = table("site.toml")
    site = read_site(site_table, folder)
    calendar = read_calendar(site_table, table("holidays.toml"), site.time_zone)
    site_table.close()
    if mistakes:
        raise ConfigError(mistakes)
    return Config(process, source, form, site, calendar)


def read_process_text(source: str, version: str, file: str = "process.toml") -> Process:
    """The process in the text of a process file, under the version that it was stored with. Raises ConfigError (a ValueError) with
    every mistake."""
    mistakes: list[Mistake] = []
    content = _parse(source, file, mistakes)
    process = read_process(Table(content, file, "", mistakes)) if not mistakes else None
    if mistakes or process is None:
        raise ConfigError(mistakes)
    return replace(process, version=version)


def with_hash(process: Process, source: str) -> Process:
    """The process under a version that changes with its text: what the file calls it, and eight digits of its SHA-256."""
    digest = hashlib.sha256(source.encode()).hexdigest()[:8]
    return replace(process, version=f"{process.version}.{digest}")


def _open(path: Path, mistakes: list[Mistake]) -> dict[str, Any]:
    try:
        return _parse(path.read_text(encoding="utf-8"), path.name, mistakes)
    except FileNotFoundError:
        mistakes.append(Mistake(path.name, "", "the file is missing", f"a file at {path}"))
    except UnicodeDecodeError as error:
        right = "save the file as UTF-8"
        mistakes.append(Mistake(path.name, "", f"not UTF-8 at byte {error.start}", right))
    return {}


def _parse(text: str, file: str, mistakes: list[Mistake]) -> dict[str, Any]:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        right = "TOML; each text in quotation marks, each table [[named]]"
        mistakes.append(Mistake(file, "", f"not TOML: {error}", right))
    return {}
