"""As a step of a workflow, the container drops what it has before it reads, and passes on only what it has checked."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from data_contract.github import OUTPUTS
from tests.container.engine import IMAGE, PACKAGE, WORKSPACE, docker
from tests.repository import Repository
from tests.test_cases import CASES

pytestmark = pytest.mark.container

OWNER = 1001
SECRETS = {
    "ACTIONS_RUNTIME_TOKEN": "t1",
    "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "t2",
    "GITHUB_TOKEN": "t3",
    "INPUT_TOKEN": "t4",
    "AWS_SECRET_ACCESS_KEY": "t5",
    "LD_PRELOAD": "",
    "PYTHONPATH": WORKSPACE,
}


@dataclass(frozen=True)
class Ran:
    status: int
    log: str
    told: dict[str, object]
    outputs: dict[str, str]
    summary: str


def _step(root: Path, *, owner: int = OWNER, group: int = OWNER, is_probe: bool = True, **more: str) -> Ran:
    """Run the step on what is in the folder `workspace`; a probe tells what it may do in place of the gate."""
    workspace, files = root / "workspace", root / "files"
    for folder in (workspace, files):
        folder.mkdir(exist_ok=True)
    for file in (files / "output", files / "summary"):
        file.touch()
    for path in (workspace, files, *workspace.rglob("*"), *files.iterdir()):
        os.chown(path, owner, group, follow_symlinks=False)
    environment = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_OUTPUT": "/github/file_commands/output",
        "GITHUB_STEP_SUMMARY": "/github/file_commands/summary",
        **SECRETS,
        **more,
    }
    given = [part for name, value in environment.items() for part in ("-e", f"{name}={value}")]
    mounts = {
        workspace: WORKSPACE,
        files: "/github/file_commands",
        Path("/var/run/docker.sock"): "/var/run/docker.sock",
    }
    if is_probe:
        # NOTE: bytecode is never compared with its source; without it, the probe is what runs.
        given += ["--tmpfs", f"{PACKAGE}/__pycache__"]
        mounts[Path(__file__).with_name("probe.py")] = f"{PACKAGE}/__main__.py"
    given += [part for outside, inside in mounts.items() for part in ("-v", f"{outside}:{inside}")]
    ran = docker("run", "--rm", "--network", "none", *given, IMAGE)
    log = ran.stdout + ran.stderr
    told = next((line for line in log.splitlines() if line.startswith("told ")), "told {}")
    written = (files / "output").read_text()
    pairs = re.findall(r"([a-z-]+)<<([0-9a-f]{32})\n(.*)\n\2\n", written)
    assert written == "".join(f"{name}<<{mark}\n{value}\n{mark}\n" for name, mark, value in pairs)
    outputs = {name: value for name, _, value in pairs}
    summary = (files / "summary").read_text()
    return Ran(ran.returncode, log, json.loads(told.removeprefix("told ")), outputs, summary)


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Ran:
    return _step(tmp_path_factory.mktemp("step"), INPUT_SCOPE="all")


def test_the_gate_is_the_owner_of_the_checkout_and_in_no_group(ran: Ran) -> None:
    assert ran.told["ids"] == [OWNER] * 6
    assert ran.told["groups"] == []


def test_the_gate_can_gain_nothing(ran: Ran) -> None:
    assert set(ran.told["capabilities"]) == {"0" * 16}  # type: ignore[call-overload]
    assert ran.told["no new privileges"] == "1"
    assert ran.told["root again"] == "PermissionError"


def test_the_gate_reaches_neither_the_engine_nor_what_root_knows(ran: Ran) -> None:
    assert ran.told["engine"] == "PermissionError"
    assert ran.told["environment of the parent"] == "PermissionError"


def test_the_gate_knows_no_secret(ran: Ran) -> None:
    environment = ran.told["environment"]
    assert isinstance(environment, dict)
    assert environment["INPUT_SCOPE"] == "all"
    assert environment["INPUT_TOKEN"] == ""
    assert not [name for name in environment if name in SECRETS and name != "INPUT_TOKEN"]
    assert not {*SECRETS.values()} - {""} & {*environment.values()}


def test_the_gate_has_limits(ran: Ran) -> None:
    limits = ran.told["limits"]
    assert isinstance(limits, dict)
    assert limits["CORE"] == [0, 0]
    for name in ("DATA", "CPU", "FSIZE"):
        soft, hard = limits[name]
        assert 0 < soft == hard < 2**60


def commands(log: str) -> Iterator[str]:
    """The lines of a log that a runner obeys: `::` at the start, `##[` anywhere, unless it was told to stop."""
    token = None
    for line in re.split(r"\r\n|\r|\n", log):
        if token:
            token = None if line.strip() == f"::{token}::" else token
        elif stop := re.fullmatch(r"::stop-commands::(\w+)", line.strip()):
            token = stop[1]
        elif line.strip().startswith("::") or "##[" in line:
            yield line
    assert token is None


def test_the_runner_hears_annotations_alone(ran: Ran) -> None:
    assert "##[add-mask]x" in ran.log
    assert list(commands(ran.log)) == ["::error title=ours::fine"]


def test_only_outputs_that_are_ours_are_passed_on(ran: Ran) -> None:
    assert ran.outputs == {"decision": "ALLOW", "risk": "0", "files": "1<<y"}


def test_a_summary_that_is_a_link_is_not_followed(ran: Ran) -> None:
    assert ran.summary == ""


def test_the_status_is_that_of_the_gate(ran: Ran) -> None:
    assert ran.status == 0


def test_a_gate_that_dies_has_decided_nothing(tmp_path: Path) -> None:
    (tmp_path / "workspace").mkdir()
    (tmp_path / "workspace" / "die").touch()
    ran = _step(tmp_path)
    assert ran.status == 2
    assert list(commands(ran.log))[-1].startswith("::error title=could not decide::the gate ended with SIGABRT")


def test_neither_root_nor_the_group_of_the_engine_is_kept(tmp_path: Path) -> None:
    ran = _step(tmp_path, owner=0, group=Path("/var/run/docker.sock").stat().st_gid)
    assert (ran.told["ids"], ran.told["groups"], ran.told["engine"]) == ([65534] * 6, [], "PermissionError")


def test_cells_that_are_attacks_forge_nothing(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "workspace")
    repository.put(CASES / "hostile-everything-in-github" / "head")
    repository.write("event.json", '{"repository": {"default_branch": "main"}}')
    repository.commit()
    event = {"GITHUB_EVENT_NAME": "workflow_dispatch", "GITHUB_EVENT_PATH": f"{WORKSPACE}/event.json"}
    ran = _step(tmp_path, is_probe=False, **event)
    assert (ran.status, ran.outputs["decision"], ran.outputs["policy-trusted"]) == (1, "BLOCK_AND_ROLLBACK", "false")
    heard = list(commands(ran.log))
    assert len(heard) == int(ran.outputs["findings"])
    assert all(re.match(r"::(error|warning) file=", line) for line in heard)
    assert ran.outputs.keys() == set(OUTPUTS)
    assert "\n::" not in ran.summary
    assert "##[" not in ran.summary
