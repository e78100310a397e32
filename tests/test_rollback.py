"""The patch that takes back blocked files: applied to the change, it leaves them as they are in base, and no other."""

from __future__ import annotations

import gzip
import io
import os
import subprocess
from pathlib import Path

import polars as pl
import pygit2
import pytest

from tests.commands import command
from tests.repository import Link, Repository

CONTRACT = """version: 1
dataset: {name: d, files: ["*.csv", "*.parquet"], columns: open}
features:
  a: {dtype: int, allow_null: false}
"""
GOOD, BAD = b"a,b\r\n1,x\r\n2,y", b"a,b\r\n1,x\r\nz,y"


def parquet(*numbers: int | None) -> bytes:
    buffer = io.BytesIO()
    pl.DataFrame({"a": numbers}, schema={"a": pl.Int64}).write_parquet(buffer)
    return buffer.getvalue()


def changed(root: Path, base: dict[str, bytes], head: dict[str, bytes]) -> Path:
    repository = Repository(root)
    law: dict[str, bytes] = {"contracts/d.yml": CONTRACT.encode()}
    repository.write_all({**law, **base})
    repository.commit()
    repository.clear()
    repository.write_all({**law, **head})
    return root


def applied(root: Path, patch: bytes) -> dict[str, bytes]:
    """The data files once a patch was applied."""
    repository = pygit2.Repository(root)
    if patch:
        repository.apply(pygit2.Diff.parse_diff(patch), pygit2.enums.ApplyLocation.WORKDIR)
    return {path.name: path.read_bytes() for path in root.iterdir() if path.is_file()}


@pytest.mark.parametrize(
    ("base", "head", "after"),
    [
        pytest.param({"d.csv": GOOD}, {"d.csv": BAD}, {"d.csv": GOOD}, id="a file that changed"),
        pytest.param({"o.csv": GOOD}, {"o.csv": GOOD, "d.csv": BAD}, {"o.csv": GOOD}, id="a file that is new"),
        pytest.param(
            {"d.csv": GOOD, "o.csv": GOOD},
            {"d.csv": BAD, "o.csv": GOOD + b"\r\n3,z"},
            {"d.csv": GOOD, "o.csv": GOOD + b"\r\n3,z"},
            id="and no other file",
        ),
        pytest.param(
            {"d.csv": GOOD * 20}, {"e.csv": GOOD * 20 + b"\r\n,x"}, {"d.csv": GOOD * 20}, id="a file that was renamed"
        ),
        pytest.param({"d.csv": GOOD}, {}, {"d.csv": GOOD}, id="the last file, deleted"),
        pytest.param(
            {"d.parquet": parquet(1, 2)}, {"d.parquet": parquet(1, None)}, {"d.parquet": parquet(1, 2)}, id="no text"
        ),
        pytest.param({'q "ü\t.csv': GOOD}, {'q "ü\t.csv': BAD}, {'q "ü\t.csv': GOOD}, id="an odd name"),
    ],
)
def test_blocked_files_are_as_in_base_again(
    tmp_path: Path, base: dict[str, bytes], head: dict[str, bytes], after: dict[str, bytes]
) -> None:
    root = changed(tmp_path / "head", base, head)
    done = command(root, "rollback", "--base", "HEAD", "--output", str(tmp_path / "back.patch"))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert applied(root, (tmp_path / "back.patch").read_bytes()) == after
    assert command(root, "rollback", "--base", "HEAD").returncode == 0


def test_nothing_is_taken_back_that_is_not_blocked(tmp_path: Path) -> None:
    root = changed(tmp_path, {"d.csv": GOOD}, {"d.csv": GOOD + b"\r\n3,z"})
    done = command(root, "rollback", "--base", "HEAD")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_file_that_is_the_same_in_base_is_told(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    policy = "version: 1\nci: {on_contract_tightened: block}\n"
    repository.write_all({"contracts/d.yml": CONTRACT, "policy/policy.yml": policy, "d.csv": GOOD})
    repository.commit()
    repository.write("contracts/d.yml", CONTRACT.replace("dtype: int", "dtype: int, max: 1"))
    done = command(tmp_path, "rollback", "--base", "HEAD")
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("d.csv is blocked, and the same in base: there is nothing to go back to\n")


@pytest.mark.parametrize("arguments", [["--no-base"], ["--base", "nowhere"]])
def test_without_a_base_there_is_no_way_back(tmp_path: Path, arguments: list[str]) -> None:
    root = changed(tmp_path, {"d.csv": GOOD}, {"d.csv": BAD})
    done = command(root, "rollback", *arguments)
    assert (done.returncode, done.stdout) == (2, "")


def git_applied(root: Path, patch: bytes) -> None:
    """Apply a patch as people do."""
    subprocess.run(["git", "apply", "--whitespace=nowarn"], cwd=root, input=patch, check=True, timeout=60)  # noqa: S607


UNREADABLE = {"d.parquet": b"no parquet", "e.csv.gz": gzip.compress(GOOD * 50)[:-9]}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_taken_back_with_the_others(tmp_path: Path, name: str) -> None:
    contract = CONTRACT.replace('"*.parquet"', '"*.parquet", "*.csv.gz"').encode()
    good = {"d.parquet": parquet(1), "e.csv.gz": gzip.compress(GOOD, mtime=0)}[name]
    base = {"contracts/d.yml": contract, "d.csv": GOOD, name: good}
    root = changed(tmp_path / "head", base, {"contracts/d.yml": contract, "d.csv": BAD, name: UNREADABLE[name]})
    done = command(root, "rollback", "--base", "HEAD", "--output", str(tmp_path / "back.patch"))
    assert (done.returncode, done.stdout, done.stderr) == (1, "", "")
    assert applied(root, (tmp_path / "back.patch").read_bytes()) == {"d.csv": GOOD, name: good}


@pytest.mark.parametrize("revision", [(), ("--head", "HEAD")], ids=["working tree", "commit"])
def test_a_link_in_place_of_a_file_is_taken_back_as_the_file_that_may_be_run(
    tmp_path: Path, revision: tuple[str, ...]
) -> None:
    repository = Repository(tmp_path / "head")
    repository.write_all({"contracts/d.yml": CONTRACT, "d 100644.csv": GOOD, "e.csv": GOOD})
    (repository.root / "d 100644.csv").chmod(0o755)
    (repository.root / "e.csv").chmod(0o755)
    base = repository.commit()
    (repository.root / "d 100644.csv").unlink()
    repository.write_all({"d 100644.csv": Link("e.csv"), "e.csv": BAD, "f.csv": BAD})
    (repository.root / "e.csv").chmod(0o644)
    if revision:
        repository.commit()
    done = command(repository.root, "rollback", "--base", base, *revision, "--output", str(tmp_path / "back.patch"))
    assert (done.returncode, done.stderr) == (1, "")
    git_applied(repository.root, (tmp_path / "back.patch").read_bytes())
    found = {path.name: path for path in repository.root.iterdir() if path.suffix == ".csv"}
    assert {name: (path.is_symlink(), path.read_bytes()) for name, path in found.items()} == {
        "d 100644.csv": (False, GOOD),
        "e.csv": (False, GOOD),
    }
    assert [os.access(path, os.X_OK) for path in found.values()] == [True, True]


def test_what_no_patch_can_be_made_of_is_told_beside_the_patch_of_the_others(tmp_path: Path) -> None:
    odd = os.fsdecode(b"d\xff.csv")
    root = changed(tmp_path / "head", {odd: GOOD, "d.csv": GOOD, "e.csv": GOOD}, {odd: BAD, "d.csv": BAD})
    repository = Repository(root)
    repository.write("e.csv/f.txt", "")
    done = command(root, "rollback", "--base", "HEAD", "--output", str(tmp_path / "back.patch"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "name is not UTF-8, and no patch can be made of it" in done.stderr
    assert done.stderr.count("hint: take it back by hand, with `git checkout` of base") == 1
    git_applied(root, (tmp_path / "back.patch").read_bytes())
    assert (root / "d.csv").read_bytes() == GOOD


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:" + b"1" * 64 + b"\nsize 12345\n"


@pytest.mark.parametrize("others", [{"e.csv": GOOD}, {"e.csv": BAD}], ids=["alone", "beside another"])
def test_what_could_not_be_decided_is_told_and_not_taken_back(tmp_path: Path, others: dict[str, bytes]) -> None:
    law = {"contracts/d.yml": CONTRACT.replace("columns: open", "columns: open, rows: {max_loss: 0.5}").encode()}
    root = changed(tmp_path / "head", {**law, "d.csv": POINTER, "e.csv": GOOD}, {**law, "d.csv": GOOD, **others})
    done = command(root, "rollback", "--base", "HEAD", "--output", str(tmp_path / "back.patch"))
    assert (done.returncode, done.stdout) == (2, "")
    assert "d.csv:1:1: 1 of " in done.stderr
    assert (tmp_path / "back.patch").exists() == (others["e.csv"] == BAD)
    if others["e.csv"] == BAD:
        assert applied(root, (tmp_path / "back.patch").read_bytes()) == {"d.csv": GOOD, "e.csv": GOOD}
