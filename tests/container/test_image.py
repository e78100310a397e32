"""The image gives the bytes that the command gives, whoever runs it, and carries nothing that it does not need."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from data_contract.reports import REPORTS
from tests.container.engine import BASE, IMAGE, docker, inside, outside
from tests.repository import Repository
from tests.test_cases import CASES, DEFAULT

pytestmark = pytest.mark.container

BUDGET = 320 * 10**6
"""Bytes of all layers above the base image, unpacked."""
STRANGER = ("--user", "1234:1234")
CONTRACT = """\
version: 1
dataset: {name: d, files: ["data/*"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max_null_rate: 0.1}
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A change that spoils a file, adds one and removes one; the last commit is checked out."""
    root = tmp_path_factory.mktemp("image") / "repository"
    repository = Repository(root)
    repository.write("contracts/d.yml", CONTRACT)
    rows = "".join(f"{row},{row}\n" for row in range(1, 101))
    repository.write("data/a.csv", f"id,age\n{rows}")
    repository.write("data/gone.csv", f"id,age\n{rows}")
    repository.commit()
    (root / "data" / "gone.csv").unlink()
    repository.write("data/a.csv", f"id,age\n{rows}".replace("\n7,7\n", '\n6,"::error::\n##[error]x"\n'))
    repository.write("data/b.jsonl", '{"id": 1, "age": -4}\n')
    repository.commit()
    return root


@pytest.mark.parametrize("report", REPORTS)
def test_a_report_has_the_same_bytes_inside_and_outside(report: str, repository: Path) -> None:
    arguments = ["check", "--base", "HEAD^", "--as-of", "2026-01-01", "--format", report]
    expected, actual = outside(repository, arguments), inside(repository, arguments, *STRANGER)
    assert (expected.returncode, expected.stderr) == (1, "")
    assert (expected.returncode, expected.stdout, expected.stderr) == (actual.returncode, actual.stdout, actual.stderr)


@pytest.mark.parametrize("name", ["hostile-everything-in-text", "csv-utf-16-declared", "contract-many-mistakes"])
def test_a_case_comes_out_in_the_container(name: str) -> None:
    command = CASES / name / "command"
    arguments = shlex.split(command.read_text(encoding="utf-8") if command.exists() else DEFAULT)
    actual = inside(CASES / name / "head", arguments, *STRANGER)
    expected = CASES / name / "expected"
    assert expected.joinpath("stdout.txt").read_bytes().decode() == actual.stdout
    assert expected.joinpath("exit").read_text().strip() == str(actual.returncode)


def test_nobody_named_is_the_owner_of_the_folder(repository: Path) -> None:
    arguments = ["check", "--base", "HEAD^", "--as-of", "2026-01-01"]
    assert outside(repository, arguments).stdout == inside(repository, arguments).stdout


def test_no_arguments_are_no_step_where_there_is_no_runner(repository: Path) -> None:
    ran = inside(repository, [], *STRANGER)
    assert (ran.returncode, ran.stdout) == (2, "")
    assert ran.stderr.startswith("usage: data-contract")


def test_what_lies_in_the_folder_is_never_imported(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    for name in ("data_contract", "polars", "argparse", "sitecustomize", "ctypes"):
        (folder / f"{name}.py").write_text("raise SystemExit(77)")
    options = ("-e", "PYTHONPATH=/github/workspace", "-e", "PYTHONSTARTUP=/github/workspace/polars.py")
    for user in ((), STRANGER):
        ran = inside(folder, ["--version"], *user, *options)
        assert (ran.returncode, ran.stderr) == (0, "")


def test_its_layers_fit_the_budget() -> None:
    sizes = [int(docker("image", "inspect", "--format", "{{.Size}}", name).stdout) for name in (IMAGE, BASE)]
    assert 0 < sizes[0] - sizes[1] < BUDGET


def test_it_holds_neither_tests_nor_tools_of_a_build() -> None:
    script = "find /opt/data-contract -name tests -o -name pip -o -name hatchling -o -name pytest; command -v cc"
    ran = docker("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", script)
    assert (ran.stdout, ran.stderr) == ("", "")


def test_its_bytecode_is_compiled() -> None:
    script = "ls /opt/data-contract/lib/python3*/site-packages/data_contract/__pycache__/cli.*.pyc"
    ran = docker("run", "--rm", "--network", "none", "--entrypoint", "sh", IMAGE, "-c", script)
    assert ran.returncode == 0


def test_its_labels_say_what_it_is() -> None:
    template = '{{index .Config.Labels "org.opencontainers.image.title"}}'
    assert docker("image", "inspect", "--format", template, IMAGE).stdout.strip() == "data-contract-action"
