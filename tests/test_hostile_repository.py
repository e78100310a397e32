"""A repository whose every knob is turned to run a program: none runs, and the run ends in a clear finding.

What may start a program is tried in git's own ways: its configuration, attributes, hooks, and what a home folder
includes for the repository. Each program would leave a mark.
"""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

import data_contract
from tests.repository import Link, Repository
from tests.test_git import BAD, CONTRACT, START

HOOKS = ("pre-commit", "post-checkout", "post-index-change", "fsmonitor-watchman", "reference-transaction")
KNOBS = (
    "core.fsmonitor",
    "core.pager",
    "core.editor",
    "core.sshCommand",
    "core.askPass",
    "core.gitProxy",
    "core.alternateRefsCommand",
    "diff.external",
    "diff.mine.command",
    "diff.mine.textconv",
    "filter.mine.clean",
    "filter.mine.smudge",
    "filter.mine.process",
    "merge.mine.driver",
    "gpg.program",
    "gpg.ssh.program",
    "credential.helper",
    "interactive.diffFilter",
    "sequence.editor",
    "uploadpack.packObjectsHook",
    "alias.diff",
    "alias.status",
)
ATTRIBUTES = "* filter=mine diff=mine merge=mine\n*.csv text=auto eol=crlf ident working-tree-encoding=UTF-16\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{above}'] * 9)}]\n" for above, name in zip("abcdefgh", "bcdefghi", strict=True)
)


class Trap:
    """A program that leaves a mark, wired to everything."""

    def __init__(self, repository: Repository) -> None:
        self.repository, place = repository, repository.root.parent
        self.mark, self.home = place / "mark", place / "home"
        program = place / "program"
        program.write_text(f"#!/bin/sh\ntouch {self.mark}\ncat\n")
        program.chmod(program.stat().st_mode | stat.S_IXUSR)
        folder = repository.root / ".git"
        for hook in HOOKS:
            (folder / "hooks").mkdir(exist_ok=True)
            (folder / "hooks" / hook).symlink_to(program)
        knobs = "".join(_entry(knob, str(program)) for knob in KNOBS)
        required = '[filter "mine"]\nrequired = true\n[core]\nhooksPath = hooks\n[commit]\ngpgSign = true\n'
        (folder / "included").write_text(knobs + required)
        with (folder / "config").open("a") as config:
            config.write(f'[includeIf "gitdir:{repository.root}/"]\npath = included\n[include]\npath = included\n')
        self.home.mkdir()
        (self.home / ".gitconfig").write_text(knobs)
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "attributes").write_text(ATTRIBUTES)

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The command, in the repository; it must not have run anything."""
        command = [sys.executable, "-m", "data_contract", "check", *arguments]
        package = str(Path(data_contract.__file__).parents[1])
        environment = os.environ | {"PYTHONPATH": package, "HOME": str(self.home), "GIT_EXTERNAL_DIFF": "false"}
        done = subprocess.run(
            command, cwd=self.repository.root, env=environment, capture_output=True, text=True, check=False, timeout=60
        )
        assert not self.mark.exists()
        return done


def _entry(knob: str, program: str) -> str:
    section, *middle, key = knob.split(".")
    name = f'{section} "{middle[0]}"' if middle else section
    return f"[{name}]\n{key} = {program}\n"


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    """A repository with one commit, in which all is well but what it would run."""
    repository = Repository(tmp_path / "repository")
    repository.write_all({**START, ".gitattributes": ATTRIBUTES})
    repository.commit()
    return Trap(repository)


def test_the_programs_would_leave_a_mark(trap: Trap) -> None:
    subprocess.run(
        [trap.repository.root / ".git" / "hooks" / "pre-commit"], input="", text=True, check=True, timeout=60
    )
    assert trap.mark.exists()


def test_nothing_that_a_repository_configures_runs(trap: Trap) -> None:
    trap.repository.write("data/users.csv", BAD)
    trap.repository.write("data/new.csv", BAD)
    done = trap.run("--base", "HEAD")
    assert done.returncode == 1
    assert "data/users.csv:3:3 (id=2): range age" in done.stdout
    assert "data/new.csv:3:3 (id=2): range age" in done.stdout


def test_nothing_runs_for_a_commit_either(trap: Trap) -> None:
    done = trap.run("--base", "HEAD", "--head", "HEAD")
    assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("path", "said"),
    [("contracts/users.yml", "contracts/users.yml:"), ("policy/policy.yml", "policy/policy.yml:")],
)
def test_a_bomb_in_yaml_is_a_mistake(trap: Trap, path: str, said: str) -> None:
    trap.repository.write(path, BOMB)
    done = trap.run("--base", "HEAD")
    assert done.returncode == 2
    assert said in done.stdout
    assert len(done.stdout) < 10_000


def test_a_bomb_in_gzip_is_not_evaluated(trap: Trap) -> None:
    trap.repository.write("contracts/users.yml", CONTRACT.replace("*.csv", "*"))
    trap.repository.commit()
    trap.repository.write("data/bomb.csv.gz", gzip.compress(b"id,age\n" + b"1,30\n" * (1 << 24)))
    done = trap.run("--base", "HEAD")
    assert done.returncode == 2
    assert "this looks like a bomb" in done.stdout


def test_links_show_nothing_of_what_they_lead_to(trap: Trap) -> None:
    secret = trap.repository.root.parent / "secret"
    secret.write_text("id,age\n1,hunter2\n")
    for path in ("data/users.csv", "contracts/users.yml", "policy/policy.yml", "contracts/more.yml"):
        (trap.repository.root / path).unlink(missing_ok=True)
        trap.repository.write(path, Link("../../secret"))
        done = trap.run("--base", "HEAD")
        assert (done.returncode, "hunter2" in done.stdout + done.stderr) == (2, False)
        assert "it is a symbolic link, no file" in done.stdout
