"""The mutants of the domain: made by mutmut, imported in place of the modules, and shown as a line and its change.

Owns where they come from and where they stand in the source. Must not know whether a test kills them. Of each function all
mutants are in one module beside the original, and mutmut's trampoline calls the one whose name `use` was given last.
"""

from __future__ import annotations

import ast
import difflib
import hashlib
import importlib.abc
import importlib.machinery
import importlib.util
import json
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from types import CodeType, ModuleType
from typing import Final

from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.mutation.trampoline import set_mutant_under_test
from mutmut.state import state

DOMAIN: Final = Path("chalicelib/domain")
PROPERTIES: Final = ("property", "cached_property")
ORIGINAL: Final = ""
RECORDING: Final = "stats"


@dataclass(frozen=True)
class Mutated:
    """One module with all of its mutants. `spans` are the first and last line of each generated function in `code`."""

    path: str
    digest: str
    code: str
    names: tuple[str, ...]
    spans: Mapping[str, tuple[int, int]]

    @property
    def module(self) -> str:
        return self.path.removesuffix(".py").replace("/", ".")

    @property
    def mutants(self) -> tuple[str, ...]:
        """The names that `use` knows."""
        return tuple(f"{self.module}.{name}" for name in self.names)


@dataclass(frozen=True)
class Change:
    """What a mutant is: `line` of the file at `path`, what stands there and what the mutant has instead."""

    path: str
    line: int
    function: str
    was: str
    is_: str


def use(mutant: str) -> None:
    """From now on this mutant is in force in this process; ORIGINAL is none."""
    set_mutant_under_test(mutant)


def take_recorded() -> frozenset[str]:
    """The functions that have been called, while RECORDING was in use, since this was asked last."""
    called = frozenset(state()._stats)
    state()._stats.clear()
    return called


def function_of(mutant: str) -> str:
    """The name under which a mutant's function is recorded."""
    return mutant.rpartition("__mutmut_")[0]


def make(root: Path, kept: Path) -> tuple[Mutated, ...]:
    """All modules of the domain with their mutants. Those of an unchanged file are taken from the folder `kept`."""
    kept.mkdir(parents=True, exist_ok=True)
    paths = sorted((root / DOMAIN).rglob("*.py"))
    with ProcessPoolExecutor() as pool:
        made = tuple(pool.map(_make, [root] * len(paths), [kept] * len(paths), paths))
    for old in set(kept.iterdir()) - {kept / f"{module.digest}.json" for module in made}:
        old.unlink()
    return made


def _make(root: Path, kept: Path, path: Path) -> Mutated:
    source = _properties_bare(path.read_text())
    relative = path.relative_to(root).as_posix()
    # The way mutants are made is part of what they are: a newer mutmut, or other exceptions, make others.
    made_by = f"{version('mutmut')}\0{(root / 'pyproject.toml').read_text()}\0{relative}\0{source}"
    digest = hashlib.sha256(made_by.encode()).hexdigest()[:16]
    file = kept / f"{digest}.json"
    if file.exists():
        found = json.loads(file.read_text())
        spans = {name: (first, last) for name, (first, last) in found["spans"].items()}
        return Mutated(relative, digest, found["code"], tuple(found["names"]), spans)
    mutated = mutate_file_contents(str(path), source)
    spans = {n: (span.start, span.end) for n, span in mutated.line_span_by_function_name.items()}
    made = Mutated(relative, digest, mutated.code, tuple(mutated.mutant_names), spans)
    file.write_text(json.dumps(asdict(made)))
    return made


def _properties_bare(source: str) -> str:
    """The source with each property made below its function, not by a decorator: mutmut leaves decorated functions alone."""
    lines = source.splitlines(keepends=True)
    functions = (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.FunctionDef))
    for node in sorted(functions, key=lambda node: node.lineno, reverse=True):
        decorators = [ast.unparse(decorator) for decorator in node.decorator_list]
        if len(decorators) == 1 and decorators[0] in PROPERTIES:
            made = f"{' ' * node.col_offset}{node.name} = {decorators[0]}({node.name})\n"
            lines.insert(node.end_lineno or node.lineno, made)
            lines[node.decorator_list[0].lineno - 1] = "\n"
    return "".join(lines)


def import_in_place(modules: Sequence[Mutated], root: Path) -> None:
    """Imports of these modules give their mutated code from now on; none of them may have been imported before."""
    imported = {module.module for module in modules} & sys.modules.keys()
    if imported:
        raise RuntimeError(f"too late, there are already {', '.join(sorted(imported))}")
    sys.meta_path.insert(0, _Finder({m.module: m for m in modules if m.names}, root))


class _Finder(importlib.abc.MetaPathFinder):
    def __init__(self, modules: Mapping[str, Mutated], root: Path) -> None:
        self._modules = modules
        self._root = root

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        mutated = self._modules.get(name)
        if mutated is None:
            return None
        place = str(self._root / mutated.path)
        return importlib.util.spec_from_file_location(
            name, place, loader=_Loader(name, place, mutated.code)
        )


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, place: str, code: str) -> None:
        super().__init__(name, place)
        self._code = code

    def get_code(self, fullname: str) -> CodeType:
        return compile(self._code, self.path, "exec", dont_inherit=True)


def change(mutated: Mutated, root: Path, mutant: str) -> Change:
    """Where a mutant differs from the source."""
    name = mutant.rpartition(".")[2]
    mangled = name.rpartition("__mutmut_")[0]
    parts = mangled.split("ǁ")
    function = ".".join(parts[1:]) if len(parts) > 1 else mangled.removeprefix("x_")
    lines = mutated.code.splitlines()
    was, is_ = (
        [line.replace(generated, "") for line in lines[first - 1 : last]]
        for generated in (f"{mangled}__mutmut_orig", name)
        for first, last in [mutated.spans[generated]]
    )
    # Blank lines and comments above a function belong to what was generated.
    start = next(
        i for i, line in enumerate(was) if line.lstrip().startswith(("def ", "async def ", "@"))
    )
    for _, a, b, c, d in _differences(was, is_):
        shown = " ".join(line.strip() for line in was[a:b])
        instead = " ".join(line.strip() for line in is_[c:d])
        decorated = was[start].lstrip().startswith("@")
        first_line = _first_line((root / mutated.path).read_text(), function, decorated)
        return Change(mutated.path, first_line + a - start, function, shown, instead)
    raise ValueError(f"{mutant} is the original")


def _differences(was: list[str], is_: list[str]) -> list[tuple[str, int, int, int, int]]:
    codes = difflib.SequenceMatcher(None, was, is_, autojunk=False).get_opcodes()
    return [code for code in codes if code[0] != "equal"]


def _first_line(source: str, function: str, decorated: bool) -> int:
    where: ast.AST = ast.parse(source)
    for name in function.split("."):
        where = next(
            node
            for node in ast.iter_child_nodes(where)
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
            and node.name == name
        )
    if not isinstance(where, ast.FunctionDef | ast.AsyncFunctionDef):
        raise TypeError(f"{function} is no function")
    decorators = where.decorator_list if decorated else []
    return min([where.lineno, *(decorator.lineno for decorator in decorators)])
