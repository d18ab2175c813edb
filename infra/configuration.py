"""The municipality's own files as a deploy needs them: valid, or every mistake in them told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.terminal import Stop

if TYPE_CHECKING:
    from chalicelib.config import Config


def load() -> Config:
    """What site.toml, form.toml, process.toml and holidays.toml say. Raises Stop with every mistake: the file, the key, what
    is wrong and what would be right."""
    from chalicelib import config

    try:
        return config.load()
    except config.ConfigError as error:
        raise Stop(str(error)) from None


def sender() -> str:
    """The address that mail comes from."""
    return load().site.sender
