"""A deployment is made again exactly when something that it reads has changed, and from a copy of its own."""

from pathlib import Path

import pytest

from infra.local import tree


@pytest.fixture
def source(tmp_path: Path) -> Path:
    root = tmp_path / "source"
    for name in (
        "app.py",
        "requirements.txt",
        "chalicelib/domain/case.py",
        "templates/pages/start.html",
        "infra/deploy.py",
        "infra/stacks/data.yaml",
        "infra/local/inbox.py",
        ".chalice/config.json",
        "tests/test_case.py",
    ):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (root / "vendor").mkdir()
    (root / "vendor" / "templates").symlink_to("../templates")
    return root


@pytest.mark.parametrize(
    "name",
    [
        "app.py",
        "requirements.txt",
        "chalicelib/domain/case.py",
        "templates/pages/start.html",
        "infra/deploy.py",
        "infra/stacks/data.yaml",
        ".chalice/config.json",
    ],
)
def test_a_change_in_what_ships_or_deploys_is_noticed(source: Path, name: str) -> None:
    before = tree.fingerprint(source)
    (source / name).write_text("changed")
    assert tree.fingerprint(source) != before


def test_a_new_or_renamed_file_is_noticed(source: Path) -> None:
    before = tree.fingerprint(source)
    (source / "templates/pages/start.html").rename(source / "templates/pages/home.html")
    assert tree.fingerprint(source) != before


@pytest.mark.parametrize(
    "name",
    [
        "tests/test_case.py",
        "infra/local/inbox.py",
        "chalicelib/__pycache__/case.pyc",
        ".chalice/deployed/local.json",
        ".chalice/deployments/package.zip",
        "README.md",
    ],
)
def test_a_change_in_anything_else_is_not_a_reason_to_deploy(source: Path, name: str) -> None:
    before = tree.fingerprint(source)
    (source / name).parent.mkdir(exist_ok=True)
    (source / name).write_text("changed")
    assert tree.fingerprint(source) == before


def test_a_copy_reads_the_same(source: Path, tmp_path: Path) -> None:
    tree.copy(source, tmp_path / "copy")
    assert tree.fingerprint(tmp_path / "copy") == tree.fingerprint(source)


def test_a_copy_links_its_own_templates(source: Path, tmp_path: Path) -> None:
    tree.copy(source, tmp_path / "copy")
    link = tmp_path / "copy" / "vendor" / "templates"
    assert link.is_symlink()
    assert link.resolve() == tmp_path / "copy" / "templates"


def test_what_was_deployed_from_the_source_does_not_count_in_the_copy(
    source: Path, tmp_path: Path
) -> None:
    (source / ".chalice/deployed").mkdir()
    (source / ".chalice/deployed/local.json").write_text("the source's")
    tree.copy(source, tmp_path / "copy")
    assert not (tmp_path / "copy/.chalice/deployed").exists()


def test_a_second_copy_forgets_removed_files_and_keeps_what_was_deployed(
    source: Path, tmp_path: Path
) -> None:
    copied = tmp_path / "copy"
    tree.copy(source, copied)
    (copied / ".chalice/deployed").mkdir()
    (copied / ".chalice/deployed/local.json").write_text("deployed")
    (source / "chalicelib/domain/case.py").unlink()
    tree.copy(source, copied)
    assert not (copied / "chalicelib/domain/case.py").exists()
    assert (copied / ".chalice/deployed/local.json").read_text() == "deployed"
