"""The zip that ships holds what the sluice needs and nothing else. `chalice package` is run on a copy of the tree."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from infra import names
from infra.local import tree

OURS = ("app.py", "chalicelib/", "templates/")
FOREIGN = (
    "tests/",
    "infra/",
    "docs/",
    "bench/",
    ".env",
    ".chalice",
    "chalice/cli",
    "boto3/",
    "moto/",
)


@pytest.fixture(scope="session")
def package(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """What `chalice package` makes of the tree; the wheels come from pip's cache or the index."""
    folder = tmp_path_factory.mktemp("package")
    tree.copy(names.ROOT, folder / "tree")
    chalice = Path(sys.executable).with_name("chalice")
    subprocess.run(
        [str(chalice), "package", "--stage", "dev", str(folder / "out")],
        cwd=folder / "tree",
        env=dict(os.environ),
        check=True,
        capture_output=True,
    )
    return zipfile.ZipFile(folder / "out" / "deployment.zip")


def shipped() -> set[str]:
    """Everything of ours that a deployment must hold."""
    folders = (names.ROOT / "chalicelib", names.ROOT / "templates")
    return {
        path.relative_to(names.ROOT).as_posix()
        for folder in folders
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    } | {"app.py"}


def test_the_package_holds_every_module_template_catalogue_and_setting(
    package: zipfile.ZipFile,
) -> None:
    assert shipped() - set(package.namelist()) == set()


def test_the_package_holds_nothing_else_of_ours(package: zipfile.ZipFile) -> None:
    ours = {name for name in package.namelist() if name.startswith(OURS)}
    assert ours - shipped() == set()


def test_the_package_holds_nothing_foreign(package: zipfile.ZipFile) -> None:
    assert [name for name in package.namelist() if name.startswith(FOREIGN)] == []


def test_the_package_is_small_enough_to_upload_directly(package: zipfile.ZipFile) -> None:
    assert Path(str(package.filename)).stat().st_size < 50 * 1024 * 1024


def test_the_templates_are_linked_and_not_copied() -> None:
    link = names.ROOT / "vendor" / "templates"
    assert link.is_symlink()
    assert link.readlink().as_posix() == "../templates"
    assert [path.name for path in (names.ROOT / "vendor").iterdir()] == ["templates"]
