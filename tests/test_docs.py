"""The pages of the documentation say what the program does."""

from __future__ import annotations

import csv
import os
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from data_contract.catalogue import CHECKS
from data_contract.contract_document import read_contract
from data_contract.policy_document import read_policy
from tests.repository import Repository

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = runpy.run_path(str(ROOT / "scripts" / "make_docs.py"))["pages"]()


@pytest.mark.parametrize("name", PAGES)
def test_a_reference_page_is_what_the_code_says(name: str) -> None:
    assert PAGES[name] == (ROOT / "docs" / name).read_text(encoding="utf-8")


@pytest.mark.parametrize("check", CHECKS)
def test_a_check_is_documented_with_an_example_and_a_remedy(check: type) -> None:
    text = check.__doc__ or ""
    assert any(said in text for said in ("```yaml", "no key turns it off", "No key asks for it"))
    assert "To fix it:" in text


@pytest.mark.parametrize("check", [check for check in CHECKS if "```yaml" in (check.__doc__ or "")])
def test_the_example_of_a_check_is_a_contract(check: type) -> None:
    example = _as_written((check.__doc__ or "").split("```yaml")[1].split("```")[0])
    whole = {"dataset": {"name": "example", "files": ["a.csv"]}, "features": {"other": {}}}
    for part, keys in example.items():
        whole[part] |= keys
    for name in whole["dataset"].get("key", ()):
        whole["features"][name] = {}
    # NOTE: dumped as read, so that `NO` stays what the example writes; a plain dump would put it in quotes.
    lines = ["version: 1", f"dataset: {_flow(whole['dataset'])}", f"features: {_flow(whole['features'])}"]
    assert read_contract("\n".join(lines).encode(), "example.yml").name == "example"


def _as_written(text: str) -> dict[str, dict[str, object]]:
    loaded: dict[str, dict[str, object]] = yaml.load(text, yaml.BaseLoader)  # noqa: S506  # makes nothing but text
    return loaded


def _flow(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {_flow(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(_flow(item) for item in value) + "]"
    text = str(value)
    return f'"{text}"' if any(mark in text for mark in "[]{},:%*") else text


def _blocks(language: str) -> list[str]:
    return [part.split("```")[0] for part in README.split(f"```{language}\n")[1:]]


def test_the_documents_in_the_readme_are_read_as_they_stand() -> None:
    contract, policy = _blocks("yaml")
    assert read_contract(contract.encode(), "contract.yml").name == "user_features"
    assert read_policy(policy.encode(), "policy.yml").waivers[0].approved_by == "dana"


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    for folder in ("contracts", "data", "policy"):
        shutil.copytree(ROOT / folder, tmp_path / folder)
    return tmp_path


def _command(arguments: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "data_contract", *arguments]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, encoding="utf-8", check=False)


def test_the_sample_data_gives_the_report_in_the_readme(repository: Path) -> None:
    (promised,) = _blocks("text")
    Repository(repository).commit()
    ran = _command(["check", "data", "--base", "HEAD"], repository)
    # NOTE: the page leaves out the report's last line, which has nothing to do with what it shows.
    assert (promised.rstrip(), "", 0) == (ran.stdout.rsplit("\n\n", 1)[0], ran.stderr, ran.returncode)


def test_a_lost_country_gives_the_report_in_the_readme(repository: Path) -> None:
    promised = _blocks("console")[0].split("\n", 1)[1]
    source = repository / "data" / "user_features" / "2026-11-20.csv"
    with source.open(newline="") as file:
        rows = list(csv.reader(file))
    rows[41][2] = ""
    with source.with_name("2026-11-21.csv").open("w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
    ran = _command(["check", "--as-of", "2026-11-23", "data/user_features/2026-11-21.csv"], repository)
    # NOTE: the page leaves out the report's last line, which has nothing to do with what it shows.
    assert promised.rstrip() == ran.stdout.rsplit("\n\n", 1)[0]
    assert ran.returncode == 1


def test_a_misspelt_key_gives_the_message_in_the_readme(repository: Path) -> None:
    promised = _blocks("console")[1].split("\n", 1)[1]
    contract = repository / "contracts" / "user_features.yml"
    contract.write_text(contract.read_text().replace("max_null_rate: 0.3", "max_nul_rate: 0.3"))
    ran = _command(["check"], repository)
    assert (promised, "", 2) == (ran.stdout, ran.stderr, ran.returncode)


def test_the_story_in_the_readme_goes_as_it_is_told(repository: Path) -> None:
    story = next(block for block in _blocks("console") if "run incoming" in block)
    tool = f'data-contract() {{ "{sys.executable}" -m data_contract "$@"; }}'
    told = re.split(r"^\$ (.*)\n", story, flags=re.MULTILINE)[1:]
    for command, lines in zip(told[::2], told[1::2], strict=True):
        script = ["bash", "-c", f"{tool}\n{command}"]
        ran = subprocess.run(script, cwd=repository, capture_output=True, text=True, check=False)
        assert ran.stderr == ""
        said = iter(ran.stdout.splitlines())
        for line in lines.splitlines():
            # NOTE: the page leaves lines out, and has three dots for what differs from day to day.
            shown = re.compile(".*".join(map(re.escape, line.split("…"))))
            assert any(shown.fullmatch(each) for each in said), line


def _script(*arguments: str) -> subprocess.CompletedProcess[str]:
    script = [sys.executable, str(ROOT / "scripts" / "make_audit_log.py"), *arguments]
    return subprocess.run(
        script, env=os.environ | {"PYTHONPATH": str(ROOT)}, capture_output=True, text=True, check=False
    )


def test_the_dashboard_says_what_its_page_shows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COLUMNS", raising=False)
    page = (ROOT / "docs" / "dashboard.md").read_text(encoding="utf-8")
    shown = page.split("```text\n")[1].split("```\n")[0]
    assert _script(str(tmp_path / "audit.jsonl")).returncode == 0
    # NOTE: the newest entry, which is what it tells of by itself on a clock that is not behind it.
    assert _command(["dashboard", "--as-of", "2026-11-20T09:10:00Z"], tmp_path).stdout == shown


def test_a_log_that_is_made_has_to_have_a_name() -> None:
    done = _script()
    assert (done.returncode, "Traceback" in done.stderr) == (2, False)
    assert "the following arguments are required: FILE" in done.stderr
