"""Reads one TOML table key by key, and notes every mistake instead of stopping at the first.

Owns types, unknown keys and texts in three languages; knows nothing of what the keys mean. After a mistake it hands out a
stand-in value, so that reading goes on; nobody may use what was read while there are mistakes.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from enum import StrEnum
from typing import Any, TypeVar

from chalicelib.config.mistakes import Mistake
from chalicelib.domain.process import LANGS, Text

E = TypeVar("E", bound=StrEnum)

KEY = re.compile(r"[a-z][a-z0-9_]{0,39}")
INDEX = re.compile(r"\[\d+\]")
# What a number may be where nothing smaller is said: for days, some three years.
MOST = 1000
BLANK = Text("", "", "")


def join(words: Iterable[object]) -> str:
    """Words as a list to read: `a, b, c`, or `(none)`."""
    return ", ".join(str(word) for word in words) or "(none)"


def meant(word: str, known: Iterable[str]) -> str:
    """What would be right instead of an unknown word: the one that was meant, or all that there are."""
    known = list(known)
    close = difflib.get_close_matches(word, known, n=1)
    return f"did you mean {close[0]}?" if close else f"one of: {join(known)}"


class Table:
    """A table at `path` in `file`. Each reading method says that its key is known; `close` tells of the keys that are not."""

    def __init__(
        self, content: Mapping[str, Any], file: str, path: str, mistakes: list[Mistake]
    ) -> None:
        self._content = content
        self._file = file
        self._path = path
        self._known: list[str] = []
        self._mistakes = mistakes

    def at(self, key: str) -> str:
        return f"{self._path}.{key}" if self._path and key else self._path or key

    def wrong(self, key: str, wrong: str, right: str) -> None:
        """Note a mistake at a key of this table, or at the table itself when the key is empty."""
        self._mistakes.append(Mistake(self._file, self.at(key), wrong, right))

    @property
    def sound(self) -> bool:
        """Whether no mistake was noted in this table or in what it holds."""
        within = (f"{self._path}.", f"{self._path}[") if self._path else ("",)
        return not any(
            mistake.file == self._file
            and (mistake.key == self._path or mistake.key.startswith(within))
            for mistake in self._mistakes
        )

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(self._content)

    def has(self, key: str) -> bool:
        return key in self._content

    def close(self) -> None:
        for key in self._content:
            if key not in self._known:
                self.wrong(key, "this key is not known here", meant(key, self._known))

    def string(self, key: str, default: str | None = None) -> str:
        """A string with something in it; the default, when there is one, if the key is absent."""
        value = self._take(key, default is None, "a string")
        if value is None:
            return default or ""
        if not isinstance(value, str) or not value.strip():
            self.wrong(key, _shown(value), "a string with something in it")
            return ""
        return value

    def name(self, key: str) -> str:
        """A key that names something in forms and records."""
        value = self.string(key)
        if value and not KEY.fullmatch(value):
            self.wrong(
                key, _shown(value), "small letters a–z, digits and _, a letter first, at most 40"
            )
        return value

    def names(self, key: str) -> tuple[str, ...]:
        """A list of strings without repetition; empty when absent."""
        value = self._take(key, False, "a list of strings")
        if value is None:
            return ()
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            self.wrong(key, _shown(value), "a list of strings")
            return ()
        if len(set(value)) < len(value):
            self.wrong(key, f"{_shown(value)} repeats itself", "each at most once")
        return tuple(value)

    def integer(
        self, key: str, default: int | None = None, least: int = 0, most: int = MOST
    ) -> int:
        right = f"a whole number from {least} to {most}"
        value = self._take(key, default is None, right)
        if value is None:
            return least if default is None else default
        if not _is_integer(value) or not least <= value <= most:
            self.wrong(key, _shown(value), right)
            return least
        return int(value)

    def number_or_word(self, key: str) -> object:
        """What stands there, whatever it is, or None: for a key that takes numbers and words."""
        return self._take(key, False, "a number or a word")

    def integers(self, key: str, default: tuple[int, ...] = ()) -> tuple[int, ...]:
        value = self._take(key, False, "a list of whole numbers")
        if value is None:
            return default
        if not isinstance(value, list) or not all(_is_integer(item) for item in value):
            self.wrong(key, _shown(value), "a list of whole numbers")
            return default
        if len(set(value)) < len(value):
            self.wrong(key, f"{_shown(value)} repeats itself", "each at most once")
        return tuple(value)

    def flag(self, key: str, default: bool = False) -> bool:
        value = self._take(key, False, "true or false")
        if value is None:
            return default
        if not isinstance(value, bool):
            self.wrong(key, _shown(value), "true or false")
            return default
        return value

    def choice(self, key: str, options: type[E], default: E | None = None) -> E:
        """One of an enum's values."""
        stand_in = next(iter(options)) if default is None else default
        value = self._take(key, default is None, f"one of: {join(options)}")
        if value is None:
            return stand_in
        if value not in list(options):
            self.wrong(key, _shown(value), meant(str(value), list(options)))
            return stand_in
        return options(value)

    def text(self, key: str) -> Text:
        """A text in every language, none of them blank."""
        return self.maybe_text(key, required=True) or BLANK

    def maybe_text(self, key: str, required: bool = False) -> Text | None:
        right = "a text in each language: { sv = …, en = …, fi = … }"
        value = self._take(key, required, right)
        if value is None:
            return None
        if not isinstance(value, dict):
            self.wrong(key, _shown(value), right)
            return None
        table = Table(value, self._file, self.at(key), self._mistakes)
        words = {lang: table.string(lang) for lang in LANGS}
        table.close()
        return Text(**words)

    def texts(self, key: str, may_be_empty: bool = False) -> tuple[Text, ...]:
        """A list of texts, each in every language."""
        read = []
        for entry in self.tables(key, required=not may_be_empty):
            read.append(Text(**{lang: entry.string(lang) for lang in LANGS}))
            entry.close()
        return tuple(read)

    def day(self, key: str) -> date:
        """A date, written without quotation marks."""
        value = self._take(key, True, "a date such as 2026-11-24")
        if isinstance(value, date) and not isinstance(value, datetime):
            return value
        if value is not None:
            self.wrong(key, _shown(value), "a date such as 2026-11-24, without quotation marks")
        return date.min

    def table(self, key: str) -> Table:
        """The table under a key; an empty one when absent."""
        value = self._take(key, False, "a table")
        if value is not None and not isinstance(value, dict):
            self.wrong(key, _shown(value), f"a table: [{self.at(key)}]")
            value = None
        return Table(value or {}, self._file, self.at(key), self._mistakes)

    def tables(self, key: str, required: bool = False) -> tuple[Table, ...]:
        """The list of tables under a key."""
        right = f"one or more [[{INDEX.sub('', self.at(key))}]]"
        value = self._take(key, required, right)
        if value is None:
            return ()
        sound = isinstance(value, list) and all(isinstance(item, dict) for item in value)
        if not sound or (required and not value):
            self.wrong(key, _shown(value), right)
            return ()
        return tuple(
            Table(item, self._file, f"{self.at(key)}[{index}]", self._mistakes)
            for index, item in enumerate(value)
        )

    def repeated(self, kind: str, keys: Iterable[str], where: str) -> None:
        """Note each key that stands twice. `where` is the path of the list they stand in."""
        seen: set[str] = set()
        for index, key in enumerate(keys):
            if key and key in seen:
                self.wrong(
                    f"{where}[{index}].key", f"another {kind} is called {key}", "a key of its own"
                )
            seen.add(key)

    def _take(self, key: str, required: bool, right: str) -> Any:
        self._known.append(key)
        value = self._content.get(key)
        if value is None and required:
            self.wrong(key, "missing", right)
        return value


def _is_integer(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _shown(value: object) -> str:
    shown = repr(value)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
