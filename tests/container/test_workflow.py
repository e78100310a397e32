"""A workflow with `uses: ./`, run by a stand-in for GitHub's runner on the event of a pull request."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.container.engine import BASE, IMAGE, docker
from tests.pull_request import ALERTING, CONTRACT, ROWS, event
from tests.repository import Repository
from tests.test_sarif import SCHEMA

pytestmark = pytest.mark.container

ROOT = Path(__file__).parents[2]
ACTION = ("action.yml", "Dockerfile", ".dockerignore", "entrypoint", "requirements-image.txt")
WORKFLOW = """\
on: pull_request
jobs:
  gate:
    runs-on: ubuntu-latest
    steps:
      - uses: ./
        id: gate
        with: {formats: "junit=reports/junit.xml"}
      - if: always()
        env: {GATE: "${{ toJSON(steps.gate) }}"}
        run: printf '%s' "$GATE" > gate.json
"""
CHANGES = {
    "clean": ROWS + "101,101\n",
    "alerting": ALERTING,
    "blocking": ROWS.replace("\n5,5\n", '\n5,"\n::set-output name=decision::ALLOW\n##[stop-commands]x"\n4,7\n'),
}


@dataclass(frozen=True)
class Ran:
    status: int
    log: str
    folder: Path
    gate: dict[str, Any]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Any:
    # NOTE: the stand-in cannot build where an engine has no bridge; it takes an image of this name as built.
    assert docker("tag", IMAGE, "act-dockeraction:latest").returncode == 0
    return cache(lambda name: _run(tmp_path_factory.mktemp(name) / "repository", CHANGES[name]))


def _run(root: Path, changed: str) -> Ran:
    repository = Repository(root)
    for name in ACTION:
        shutil.copy2(ROOT / name, root / name)
    repository.write(".github/workflows/gate.yml", WORKFLOW)
    repository.write("contracts/d.yml", CONTRACT)
    repository.write("data/a.csv", ROWS)
    base = repository.commit()
    repository.branch("feature")
    repository.write("data/a.csv", changed)
    head = repository.commit()
    repository.commit(base, head)
    told = root.parent / "event.json"
    told.write_text(json.dumps(event(base, head)))
    for path in (root, *root.rglob("*")):
        os.chown(path, 1001, 1001)
    command = ["act", "pull_request", "--eventpath", str(told), "--platform", f"ubuntu-latest={BASE}", "--bind"]
    command += ["--pull=false", "--rebuild=false", "--network", "host"]
    done = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False, timeout=300)
    gate = root / "gate.json"
    assert gate.exists(), done.stdout + done.stderr
    return Ran(done.returncode, done.stdout, root, json.loads(gate.read_text()))


@pytest.mark.parametrize(
    ("name", "outputs", "status"),
    [
        ("clean", {"decision": "ALLOW", "risk": "0.0", "introduced": "0", "findings": "0"}, 0),
        ("alerting", {"decision": "ALLOW_WITH_ALERT", "introduced": "1", "findings": "1"}, 0),
        ("blocking", {"decision": "BLOCK_AND_ROLLBACK", "introduced": "1", "findings": "1"}, 1),
    ],
)
def test_a_step_ends_as_the_gate_decides(name: str, outputs: dict[str, str], status: int, ran: Any) -> None:
    gate = ran(name).gate
    assert ("failure" if status else "success") == gate["outcome"]
    assert outputs.items() <= gate["outputs"].items()
    assert status == ran(name).status
    assert (gate["outputs"]["files"], gate["outputs"]["policy-trusted"]) == ("1", "true")


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("clean", "ALLOW, risk 0.00"),
        ("alerting", "ALLOW WITH ALERT, risk 0."),
        ("blocking", "BLOCK AND ROLLBACK, risk 0."),
    ],
)
def test_the_summary_says_so_first(name: str, first: str, ran: Any) -> None:
    summary = ran(name).log.partition("Summary - ")[2]
    assert summary.startswith(f"## Data contracts: {first}")


@pytest.mark.parametrize("name", CHANGES)
def test_the_reports_lie_where_the_outputs_say(name: str, ran: Any) -> None:
    folder, outputs = ran(name).folder, ran(name).gate["outputs"]
    log = json.loads((folder / outputs["sarif-file"]).read_bytes())
    assert [error.message for error in Draft202012Validator(json.loads(SCHEMA.read_bytes())).iter_errors(log)] == []
    assert len(log["runs"][0]["results"]) == int(outputs["findings"])
    report = json.loads((folder / outputs["report-file"]).read_bytes())
    assert (report["decision"], str(report["risk"])) == (outputs["decision"], outputs["risk"])
    assert (folder / "reports" / "junit.xml").stat().st_uid == 1001


@pytest.mark.parametrize(("name", "levels"), [("clean", []), ("alerting", ["warning"]), ("blocking", ["error"])])
def test_the_runner_hears_as_many_annotations(name: str, levels: list[str], ran: Any) -> None:
    assert re.findall(r"^\[.*\]  *\S+  ::(error|warning|notice) ", ran(name).log, re.MULTILINE) == levels
