"""The patch that takes back blocked files: applied to the change, it leaves them as they are in base, and no other."""

from __future__ import annotations

import io
from pathlib import Path

import polars as pl
import pygit2
import pytest

from tests.commands import command
from tests.repository import Repository

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


def test_what_could_not_be_decided_is_not_taken_back(tmp_path: Path) -> None:
    root = changed(tmp_path, {"d.csv": GOOD}, {"d.csv": BAD, "d.parquet": b"no parquet"})
    done = command(root, "rollback", "--base", "HEAD")
    assert (done.returncode, done.stdout) == (2, "")
    assert "d.parquet" in done.stderr
