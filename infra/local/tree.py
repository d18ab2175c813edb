"""The copy of the tree that the local stage deploys from, and how it knows that nothing in it has changed.

Chalice writes what it deployed into the tree (`.chalice/deployed/local.json`), so two stages cannot share one.
"""

import hashlib
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

# What ships, and what says how: all that a deployment reads.
SHIPPED: Final = ("app.py", "requirements.txt", "chalicelib", "templates", "vendor")
DEPLOYING: Final = ("infra", ".chalice")
# What changes without changing a deployment: caches, Chalice's own records, and the local stage around it.
_NOT_READ: Final = frozenset({"__pycache__", "deployed", "deployments", "local"})


def fingerprint(tree: Path) -> str:
    """Of the names and contents of all that a deployment reads, and of the Python that packages it."""
    digest = hashlib.sha256(sys.version.encode())
    for path in _read_by_a_deployment(tree):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        digest.update(f"{path.relative_to(tree)}\0{content}\n".encode())
    return digest.hexdigest()


def copy(source: Path, target: Path) -> None:
    """Makes `target` the same as `source` in all that a deployment reads. What Chalice recorded in `target` stays."""
    target.mkdir(parents=True, exist_ok=True)
    for name in (*SHIPPED, *DEPLOYING):
        _replace(source / name, target / name)


def _replace(source: Path, target: Path) -> None:
    if source.is_file():
        shutil.copy2(source, target)
        return
    keep = target / "deployed"
    kept = target.with_name(target.name + "-deployed")
    if keep.exists():
        keep.rename(kept)
    shutil.rmtree(target, ignore_errors=True)
    if source.exists():
        shutil.copytree(
            source,
            target,
            symlinks=True,
            ignore=shutil.ignore_patterns("__pycache__", "deployed", "deployments"),
        )
    if kept.exists():
        target.mkdir(exist_ok=True)
        kept.rename(keep)


def _read_by_a_deployment(tree: Path) -> Iterator[Path]:
    for name in (*SHIPPED, *DEPLOYING):
        top = tree / name
        if top.is_file():
            yield top
            continue
        for path in sorted(top.rglob("*")):
            if path.is_file() and _NOT_READ.isdisjoint(path.relative_to(top).parts):
                yield path
