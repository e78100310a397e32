"""Every folder of `cases/` goes through the real command, and what it says is compared to the letter.

A case is a folder: `head/` is the working tree that is judged, `command` holds the arguments (absent: `DEFAULT`), and
`expected/` what has to come out: `stdout.txt`, `stderr.txt` (absent: nothing) and `exit`. Where there is a `base/`, it
is committed to a git repository first, in which `head/` is then what lies on disk (absent: `DEFAULT_CHANGE`).
`{version}` in an expected file stands for the version of the program. Nothing writes these files but a person who has
read them.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import data_contract
from data_contract.checks import CELL_TESTS, CHECK_IDS, DATASET_CHECKS, FEATURE_CHECKS
from data_contract.promise import CellTest, Promise
from data_contract.version import __version__
from tests.repository import Repository, put

CASES = Path(__file__).parent / "cases"
NAMES = sorted(path.name for path in CASES.iterdir())
DEFAULT = "check --as-of 2026-11-23T00:00:00Z"

DEFAULT_CHANGE = "check --base HEAD --as-of 2026-11-23T00:00:00Z"

_PARTS = {"command", "base", "head", "expected"}
_EXPECTED = {"stdout.txt", "stderr.txt", "exit"}
_UNWANTED = ("GITHUB_", "RUNNER_", "DATA_CONTRACT_", "FORCE_COLOR", "COLUMNS")


def test_there_is_a_case() -> None:
    assert NAMES


@pytest.mark.parametrize("name", NAMES)
def test_nothing_strays_in_a_case(name: str) -> None:
    strays = [path.name for path in (CASES / name).iterdir() if path.name not in _PARTS]
    strays += [path.name for path in (CASES / name / "expected").iterdir() if path.name not in _EXPECTED]
    empty = [path.name for path in (CASES / name / "expected").glob("stderr.txt") if not path.stat().st_size]
    assert (strays, empty) == ([], [])


@pytest.mark.parametrize("name", NAMES)
def test_case(name: str, tmp_path: Path) -> None:
    case, root = CASES / name, tmp_path / "head"
    root.mkdir()
    if has_base := (case / "base").exists():
        repository = Repository(root)
        repository.put(case / "base")
        repository.commit()
        repository.clear()
    put(case / "head", root)
    command = case / "command"
    usual = DEFAULT_CHANGE if has_base else DEFAULT
    arguments = shlex.split(command.read_text(encoding="utf-8") if command.exists() else usual)
    actual = _run(arguments, root)
    expected_files = case / "expected"
    for needed in ("stdout.txt", "exit"):
        if not (expected_files / needed).exists():
            pytest.fail(f"{expected_files / needed} is missing; the command gives\n\n{actual}")
    expected = _transcript(*(_expected(expected_files / part) for part in ("exit", "stderr.txt", "stdout.txt")))
    assert expected == actual


def _run(arguments: list[str], root: Path) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(_UNWANTED)}
    # NOTE: the program under test is the one these tests were imported with, wherever it is installed.
    environment |= {"NO_COLOR": "1", "PYTHONPATH": str(Path(data_contract.__file__).parents[1])}
    command = [sys.executable, "-m", "data_contract", *arguments]
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False, timeout=60)
    return _transcript(f"{done.returncode}\n", done.stderr.decode(), done.stdout.decode())


def _expected(file: Path) -> str:
    return file.read_bytes().decode().replace("{version}", __version__) if file.exists() else ""


def _transcript(status: str, stderr: str, stdout: str) -> str:
    return f"exit {status}--- stderr\n{stderr}--- stdout\n{stdout}"


def _reports() -> dict[str, str]:
    return {name: (CASES / name / "expected" / "stdout.txt").read_text(encoding="utf-8") for name in NAMES}


@pytest.mark.parametrize("check", sorted(CHECK_IDS))
def test_a_check_has_a_case_in_which_it_fires(check: str) -> None:
    told = re.compile(rf"^  0\.\d\d +[^\n]*: {check}(?: [^\n]*)?: ", re.MULTILINE)
    assert [name for name, report in _reports().items() if told.search(report)] != []


ASKED_FOR = [*CELL_TESTS, *(check for check in (*FEATURE_CHECKS, *DATASET_CHECKS) if check.keys)]


@pytest.mark.parametrize("check", ASKED_FOR)
def test_a_check_has_a_case_in_which_it_is_asked_for_and_silent(check: type[CellTest] | type[Promise]) -> None:
    asked = re.compile("|".join(rf"\b{key.name}: " for key in check.keys))
    clean = [name for name, report in _reports().items() if report.startswith("ALLOW  risk 0.00")]
    contracts = (path for name in clean for path in (CASES / name / "head").glob("contracts/*.yml"))
    assert any(asked.search(path.read_text(encoding="utf-8")) for path in contracts)
