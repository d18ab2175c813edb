"""The processes that cases began with: a new process file is for new cases, and an old case keeps the one it has.

The text of each process is stored beside the cases by the first case that begins with it, so that nothing has to be kept by hand.
"""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.domain.held import with_own_steps
from chalicelib.domain.process import Process
from chalicelib.domain.rows import ProcessRow
from chalicelib.domain.transaction import Conflict, Create
from chalicelib.services.ports import Clock, Store


class UnknownProcess(LookupError):
    """A case began with a process whose text is not stored, or can no longer be read."""


class Archive:
    """`current` is the process of new cases and `source` its text; `read` makes a process of an earlier text, and raises
    ValueError when it cannot. Each is given out with the sluice's own steps beside those of its text."""

    def __init__(
        self,
        store: Store,
        clock: Clock,
        current: Process,
        source: str,
        read: Callable[[str, str], Process],
    ) -> None:
        self.current = with_own_steps(current)
        self._source = source
        self._store = store
        self._clock = clock
        self._read = read
        self._known = {current.version: self.current}
        self._kept = False

    def knows(self, version: str) -> bool:
        """Whether a case that began with this version can be handled."""
        try:
            self.of(version)
        except UnknownProcess:
            return False
        return True

    def of(self, version: str) -> Process:
        """The process of this version. Raises UnknownProcess."""
        if version not in self._known:
            row = self._store.get(ProcessRow, version)
            if row is None:
                raise UnknownProcess(f"the process {version} is not stored")
            try:
                self._known[version] = with_own_steps(self._read(row.source, version))
            except ValueError as error:
                raise UnknownProcess(f"the process {version} cannot be read") from error
        return self._known[version]

    def keep(self) -> None:
        """Store the current process, unless it is stored; once in the life of a container. Safe to call at the same time."""
        if self._kept:
            return
        version = self.current.version
        if self._store.get(ProcessRow, version) is None:
            row = ProcessRow(version, self._source, self._clock.now())
            try:
                self._store.transact([Create(row, "process-is-new")])
            except Conflict:
                if self._store.get(ProcessRow, version) is None:
                    raise
        self._kept = True
