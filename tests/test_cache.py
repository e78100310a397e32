"""What was measured of a version before is kept where somebody asks for it, and believed only if it is whole."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pygit2
import pytest

from tests.repository import Link, Repository

CONTRACT = """\
version: 1
dataset: {{name: users, files: ["*.csv"], key: [id], rows: {{max_loss: 0.5}}}}
features:
  id: {{dtype: int}}
  age: {{dtype: int, max: 99, max_null_rate: 0.9, drift: {{max_psi: 0.2}}}}
  seen: {{dtype: datetime, freshness: 48h}}
  mail: {{dtype: str, pattern: ".*@.*"{sensitive}}}
"""


def table(rows: int, spoilt: int) -> str:
    lines = (f"{n % (rows - 3)},{n % 90 + spoilt},2026-11-2{n % 3}T00:00:00,m{n}@x" for n in range(rows))
    return "\n".join(["id,age,seen,mail", "7,x,,nobody", "", *lines, "short"]) + "\n"


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    made = Repository(tmp_path / "repository")
    made.write("contracts/users.yml", CONTRACT.format(sensitive=""))
    made.write("users.csv", table(300, 0))
    return made


def check(repository: Repository, *arguments: str) -> tuple[int, str, str]:
    command = [sys.executable, "-m", "data_contract", "check", "--base", "HEAD", "--as-of", "2026-11-23", *arguments]
    ran = subprocess.run(command, cwd=repository.root, capture_output=True, text=True, check=False)
    return ran.returncode, ran.stdout, ran.stderr


def changed(repository: Repository) -> None:
    """Commit the files, and change the data in the working tree."""
    repository.commit()
    repository.write("users.csv", table(290, 20))


def forget(repository: Repository, path: str) -> None:
    """Take a committed file's content away from git."""
    blob = str(pygit2.Repository(str(repository.root)).revparse_single(f"HEAD:{path}").id)
    (repository.root / ".git" / "objects" / blob[:2] / blob[2:]).unlink()


@pytest.mark.parametrize("form", ["text", "json"])
def test_the_second_run_says_the_same_and_does_not_read_what_was_before(repository: Repository, form: str) -> None:
    changed(repository)
    usual = check(repository, "--format", form)
    assert usual[0] == 1
    assert check(repository, "--format", form, "--cache", "../cache") == usual
    forget(repository, "users.csv")
    assert check(repository, "--format", form, "--cache", "../cache") == usual
    assert check(repository, "--format", form) != usual


def test_what_is_not_whole_is_measured_anew(repository: Repository, tmp_path: Path) -> None:
    changed(repository)
    usual = check(repository, "--cache", "../cache")
    kept = {file: file.read_bytes() for file in (tmp_path / "cache").glob("*.json")}
    for file, content in kept.items():
        file.write_bytes(content.replace(b'"records": 30', b'"records": 31'))
    assert sum(b'"records": 31' in file.read_bytes() for file in kept) == 2
    assert check(repository, "--cache", "../cache") == usual
    assert sum(b'"records": 31' in file.read_bytes() for file in kept) == 0


def test_another_contract_is_another_profile(repository: Repository, tmp_path: Path) -> None:
    changed(repository)
    check(repository, "--cache", "../cache")
    before = len(list((tmp_path / "cache").glob("*.json")))
    repository.write("contracts/users.yml", CONTRACT.format(sensitive="") + "  more: {}\n")
    usual = check(repository)
    assert check(repository, "--cache", "../cache") == usual
    assert len(list((tmp_path / "cache").glob("*.json"))) > before


def test_nothing_of_a_sensitive_feature_is_kept(repository: Repository, tmp_path: Path) -> None:
    repository.write("contracts/users.yml", CONTRACT.format(sensitive=", sensitive: true"))
    changed(repository)
    usual = check(repository)
    assert check(repository, "--cache", "../cache") == usual
    assert [file.name for file in (tmp_path / "cache").iterdir()] == ["seed"]


def test_a_folder_that_cannot_be_is_an_error(repository: Repository) -> None:
    changed(repository)
    repository.write("file", "not tracked")
    status, report, _ = check(repository, "--cache", "file")
    assert status == 2
    assert "file cannot be a cache" in report


@pytest.mark.parametrize(
    "place", [".", "kept", "kept/deeper", "link", "link/deeper", "../repository/kept", "module", "module/kept"]
)
def test_a_change_brings_no_past_of_its_own(repository: Repository, place: str) -> None:
    repository.write("kept/deeper/seed", "1")
    repository.write("link", Link("kept"))
    changed(repository)
    repository.commit_submodule("module")
    status, report, _ = check(repository, "--cache", place)
    assert status == 2
    assert f"{place} is no place for a cache: git tracks it" in report


@pytest.mark.parametrize("place", ["new", "folder/beside", "folder/link/beside", ".git/cache", "../repository-too"])
def test_a_folder_that_git_does_not_track_is_a_cache(repository: Repository, place: str) -> None:
    repository.write("folder/file", "")
    repository.write("folder/link", Link("."))
    changed(repository)
    assert check(repository, "--cache", place) == check(repository)
    assert (repository.root / place / "seed").exists()
