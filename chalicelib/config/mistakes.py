"""Mistakes in what a municipality wrote, as data: which file, where in it, what is wrong and what would be right."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Mistake:
    """`key` is a path such as `step[2].question[0].label.fi`; lists count from 0. An empty key is the whole file."""

    file: str
    key: str
    wrong: str
    right: str

    def __str__(self) -> str:
        place = f"{self.file}: {self.key}" if self.key else self.file
        return f"{place}\n    wrong: {self.wrong}\n    right: {self.right}"


class ConfigError(ValueError):
    """The configuration cannot be used. `problems` are all the mistakes that were found, in the order of the files."""

    def __init__(self, problems: Iterable[Mistake]) -> None:
        self.problems = tuple(problems)
        count = len(self.problems)
        heading = f"The configuration has {count} mistake{'s' if count != 1 else ''}."
        super().__init__("\n".join([heading, *(str(problem) for problem in self.problems)]))
