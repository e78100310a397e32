"""What a change is, in every shape that a checkout may have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

import data_contract
from data_contract.errors import DataContractError, GitError
from data_contract.model import Outcome
from data_contract.pipeline import Request, check
from tests.repository import Link, Repository

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CONTRACT = """version: 1
dataset: {name: users, files: ["data/**/*.csv"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max: 99}
"""
GOOD = "id,age\n1,30\n2,40\n"
BAD = "id,age\n1,30\n2,400\n"
START = {"policy/policy.yml": "version: 1\n", "contracts/users.yml": CONTRACT, "data/users.csv": GOOD}


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """One commit, in which all is well."""
    made = Repository(tmp_path / "repository")
    made.write_all(START)
    made.commit()
    return made


def judged(root: Path, **request: Any) -> Outcome:
    return check(Request(root=root, now=NOW, as_of=NOW, **request))


def exits(outcome: Outcome) -> Mapping[str | None, tuple[str, str]]:
    """Of each file, the decision and the dataset."""
    return {each.path: (each.decision.verdict.value, each.name) for each in outcome.datasets}


KEPT = {"data/users.csv": ("ALLOW", "users")}
BLOCKED = {"data/users.csv": ("BLOCK_AND_ROLLBACK", "users")}


def refused(root: Path, **request: Any) -> str:
    with pytest.raises(DataContractError) as caught:
        judged(root, **request)
    return str(caught.value)


NAMES: list[str | bytes] = [
    "data/two words.csv",
    'data/a "quoted" one.csv',
    "data/tab\there.csv",
    "data/line\nbreak.csv",
    "data/::error::x.csv",
    "data/größe.csv",
    b"data/\xff\xfe.csv",
]


@pytest.mark.parametrize("name", ["text", "json", "markdown", "github", "sarif"])
def test_odd_names_go_through_every_report(repository: Repository, name: str) -> None:
    for path in NAMES:
        repository.write(path, GOOD)
    repository.commit()
    for path in NAMES:
        repository.write(path, BAD)
    command = [sys.executable, "-m", "data_contract", "check", "--base", "HEAD", "--format", name]
    environment = os.environ | {"PYTHONPATH": str(Path(data_contract.__file__).parents[1])}
    done = subprocess.run(command, cwd=repository.root, env=environment, capture_output=True, check=False, timeout=60)
    assert (done.returncode, done.stderr.decode()) == (1, "")
    report = done.stdout.decode()
    assert "\nbreak.csv" not in report
    if name == "json":
        paths = [dataset["path"] for dataset in json.loads(report)["datasets"]]
        assert sorted(map(os.fsencode, paths)) == sorted(map(os.fsencode, NAMES))
    if name == "sarif":
        assert (
            len({each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in results(report)}) == 7
        )
    if name == "github":
        assert [line for line in report.splitlines() if line.startswith("::error::x")] == []


def results(report: str) -> list[Any]:
    found: list[Any] = json.loads(report)["runs"][0]["results"]
    return found


def test_an_odd_name_is_the_same_in_a_commit(repository: Repository) -> None:
    base = repository.commit()
    for path in NAMES:
        repository.write(path, BAD)
    head = repository.commit()
    outcome = judged(repository.root, base=base, head=head)
    assert sorted(os.fsencode(each.path or "") for each in outcome.datasets) == sorted(map(os.fsencode, NAMES))
    assert all(each.rows == 2 for each in outcome.datasets)


def merge(repository: Repository) -> None:
    """A pull request with a defect, merged on top of a base that went on, and checked out as a runner does."""
    start = repository.commit()
    repository.write("data/users.csv", BAD)
    proposed = repository.commit()
    repository.write("data/users.csv", GOOD)
    repository.write("data/others.csv", BAD)
    onto = repository.commit(start)
    repository.write("data/users.csv", BAD)
    repository.commit(onto, proposed)


def test_a_clone_of_depth_2_is_enough_for_a_pull_request(repository: Repository) -> None:
    merge(repository)
    whole = judged(repository.root, base="HEAD^1")
    repository.fetched_to(2)
    assert exits(whole) == BLOCKED
    assert judged(repository.root, base="HEAD^1") == whole


def test_a_clone_of_depth_1_lacks_the_base_and_says_what_to_do(repository: Repository) -> None:
    merge(repository)
    repository.fetched_to(1)
    assert "'HEAD^1' is no commit in this clone" in refused(repository.root, base="HEAD^1")
    assert "`fetch-depth: 2`" in refused(repository.root, base="HEAD^1")


@pytest.mark.parametrize("revision", ["0" * 40, "nowhere", "HEAD~9", "HEAD:data", "-x", "HEAD^{", "main..HEAD"])
def test_a_base_that_names_no_commit_is_never_guessed(repository: Repository, revision: str) -> None:
    assert "is no commit in this clone" in refused(repository.root, base=revision)
    assert "is no commit in this clone" in refused(repository.root, base="HEAD", head=revision)


def test_a_detached_head_is_a_head(repository: Repository) -> None:
    repository.detach()
    repository.write("data/users.csv", BAD)
    assert exits(judged(repository.root, base="HEAD")) == BLOCKED
    assert judged(repository.root).base is None


def test_before_the_first_commit_everything_is_new(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.write_all({**START, "data/users.csv": BAD})
    assert exits(judged(repository.root)) == BLOCKED
    assert "'HEAD' is no commit" in refused(repository.root, base="HEAD")


def test_without_a_base_it_is_where_the_branch_left_its_upstream(repository: Repository) -> None:
    fork = repository.commit()
    repository.write("data/theirs.csv", BAD)
    theirs = repository.commit(fork)
    repository.clear()
    repository.write_all(START)
    repository.commit(fork)
    repository.branch("mine")
    repository.write("data/users.csv", BAD)
    repository.commit()
    assert judged(repository.root).base is None
    repository.follow(theirs)
    outcome = judged(repository.root)
    assert (outcome.base, exits(outcome)) == (fork, BLOCKED)


def below(start: Mapping[str, str]) -> dict[str, str]:
    return {f"team/service/{path}": content for path, content in start.items()}


def test_the_root_may_be_a_folder_of_the_repository(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.write_all({**below(START), "data/users.csv": GOOD})
    base, root = repository.commit(), repository.root / "team" / "service"
    repository.write_all({"team/service/data/users.csv": BAD, "data/users.csv": BAD})
    outcome = judged(root, base=base)
    assert exits(outcome) == BLOCKED
    head = repository.commit()
    assert judged(root, base=base, head=head) == replace(outcome, head=head)


def test_a_policy_above_the_root_is_that_of_base_too(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.write_all({**below(START), "policy/policy.yml": "version: 1\n"})
    base, root = repository.commit(), repository.root / "team" / "service"
    repository.write_all({"team/service/data/users.csv": BAD, "policy/policy.yml": "version: 1\nci: {fail_on: []}\n"})
    for name in ("../../policy/policy.yml", str(repository.root / "policy/policy.yml")):
        outcome = judged(root, base=base, policy=name)
        assert (outcome.exit_code, outcome.proposed and outcome.proposed.exit_code) == (1, 0)


def test_a_policy_outside_of_the_repository_is_nothing_that_the_change_edits(repository: Repository) -> None:
    place = repository.root.parent / "policy.yml"
    place.write_text("version: 1\nci: {fail_on: []}\n")
    base = repository.commit()
    repository.write("data/users.csv", BAD)
    head = repository.commit()
    for request in ({"base": base}, {"base": base, "head": head}):
        outcome = judged(repository.root, policy="../policy.yml", **request)
        assert (outcome.exit_code, outcome.policy_is_trusted, outcome.proposed) == (0, True, None)


def test_links_choose_no_policy_for_a_root_below_them(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "repository")
    repository.write_all({**below(START), "policy/policy.yml": "version: 1\n"})
    base, root = repository.commit(), repository.root / "team" / "service"
    repository.clear()
    loose = {"team/service/attic/policy.yml": "version: 1\nci: {fail_on: []}\n"}
    repository.write_all({**below(START), "team/service/data/users.csv": BAD, **loose})
    repository.write("policy", Link("team/service/attic"))
    assert judged(root, base=base, policy="../../policy/policy.yml").exit_code == 1


def test_a_worktree_is_a_checkout(repository: Repository, tmp_path: Path) -> None:
    other = tmp_path / "other"
    repository.worktree(other)
    (other / "data" / "users.csv").write_text(BAD)
    assert (other / ".git").is_file()
    assert exits(judged(other, base="main")) == BLOCKED
    assert exits(judged(repository.root, base="main")) == {}


def test_a_sparse_checkout_is_judged_as_it_is_committed(repository: Repository) -> None:
    base = repository.commit()
    repository.write("data/users.csv", BAD)
    repository.commit()
    repository.configure("core.sparseCheckout", "true")
    assert "--head HEAD" in refused(repository.root, base=base)
    assert exits(judged(repository.root, base=base, head="HEAD")) == BLOCKED


def test_what_is_not_yet_added_counts_and_what_is_ignored_does_not(repository: Repository) -> None:
    repository.write(".gitignore", "data/scratch.csv\n")
    base = repository.commit()
    repository.write("data/new/users.csv", BAD)
    repository.write("data/scratch.csv", BAD)
    assert exits(judged(repository.root, base=base)) == {"data/new/users.csv": ("BLOCK_AND_ROLLBACK", "users")}


def test_an_ignored_file_that_a_changed_contract_describes_has_no_past(repository: Repository) -> None:
    repository.write(".gitignore", "data/scratch.csv\n")
    repository.commit()
    repository.write("data/scratch.csv", GOOD)
    repository.write("contracts/users.yml", CONTRACT.replace("99", "98"))
    outcome = judged(repository.root, base="HEAD")
    assert exits(outcome) == dict.fromkeys(("data/scratch.csv", "data/users.csv"), ("ALLOW", "users"))
    assert outcome.decision.reasons == ()


def test_a_file_that_is_only_touched_is_no_change(repository: Repository) -> None:
    file = repository.root / "data" / "users.csv"
    file.unlink()
    repository.write("data/users.csv", GOOD)
    os.utime(file, (1, 1))
    assert exits(judged(repository.root, base="HEAD")) == {}


def test_a_file_that_may_be_run_is_no_change(repository: Repository) -> None:
    base = repository.commit()
    (repository.root / "data" / "users.csv").chmod(0o755)
    assert exits(judged(repository.root, base=base)) == {}
    assert exits(judged(repository.root, base=base, head=repository.commit())) == {}


@pytest.mark.parametrize(
    "change",
    [
        {"data/users.csv": BAD},
        {"data/new.csv": BAD, "data/users.csv": None},
        {"data/users.csv": Link("../attic.csv")},
        {"data/users.csv": None, "data": Link("attic"), "attic/users.csv": BAD},
        {"data/more": Link("../attic"), "attic/users.csv": BAD},
        {"contracts/users.yml": None, "contracts/people.yml": CONTRACT.replace("99", "999"), "data/users.csv": BAD},
        {"policy/policy.yml": "version: 1\nci: {fail_on: []}\n", "data/users.csv": BAD},
        {"lists/new.csv": GOOD},
    ],
)
def test_a_commit_is_judged_as_the_files_on_disk_are(
    repository: Repository, change: Mapping[str, str | Link | None]
) -> None:
    base = repository.commit()
    repository.clear()
    repository.write_all({path: content for path, content in {**START, **change}.items() if content is not None})
    on_disk = judged(repository.root, base=base)
    head = repository.commit()
    committed = judged(repository.root, base=base, head=head)
    assert committed.datasets
    assert [str(error) for error in on_disk.errors] == [str(error) for error in committed.errors]
    assert replace(committed, head=None, errors=()) == replace(on_disk, errors=())


def test_a_submodule_in_the_place_of_data_is_not_passed_over(repository: Repository) -> None:
    base = repository.commit()
    head = repository.commit_submodule("data/more")
    outcome = judged(repository.root, base=base, head=head)
    assert (outcome.exit_code, list(exits(outcome))) == (2, ["data/more"])
    assert "submodule" in str(outcome.errors[0])


@pytest.mark.parametrize("glob", ["**/*.csv", "**/users.csv", "*/users.csv"])
def test_a_submodule_is_not_passed_over_where_data_may_be_anywhere(repository: Repository, glob: str) -> None:
    repository.write("contracts/users.yml", CONTRACT.replace("data/**/*.csv", glob))
    base = repository.commit()
    head = repository.commit_submodule("vendor")
    outcome = judged(repository.root, base=base, head=head)
    assert (outcome.exit_code, list(exits(outcome))) == (2, ["vendor"])
    assert "submodule" in str(outcome.errors[0])


def test_a_submodule_that_was_there_concerns_nobody_even_so(repository: Repository) -> None:
    repository.write("contracts/users.yml", CONTRACT.replace("data/**/*.csv", "**/*.csv"))
    without = repository.commit()
    base = repository.commit_submodule("vendor")
    assert exits(judged(repository.root, base=base, head=without, scope="all")) == KEPT
    repository.write("data/users.csv", GOOD + "5,50\n")
    assert exits(judged(repository.root, base=base, scope="all")) == KEPT


def test_a_submodule_beside_the_data_concerns_nobody(repository: Repository) -> None:
    base = repository.commit()
    head = repository.commit_submodule("vendor/library")
    assert exits(judged(repository.root, base=base, head=head)) == {}


def configured(repository: Repository, text: str) -> None:
    with (repository.root / ".git" / "config").open("a") as config:
        config.write(text)


def test_a_partial_clone_is_read_as_far_as_it_goes(repository: Repository) -> None:
    configured(repository, "[core]\nrepositoryformatversion = 1\n[extensions]\npartialclone = origin\n")
    base = repository.commit()
    repository.write("data/users.csv", BAD)
    assert exits(judged(repository.root, base=base)) == BLOCKED
    repository.without_blob(GOOD.encode())
    outcome = judged(repository.root, base=base)
    assert exits(outcome) == BLOCKED
    assert [why.rule for why in outcome.decision.reasons] == ["risk.block_threshold", "base"]


def test_a_folder_of_base_that_is_not_there_is_no_folder_that_base_did_not_have(repository: Repository) -> None:
    base = repository.commit()
    repository.write_all({"policy/policy.yml": "version: 1\nci: {fail_on: []}\n", "data/users.csv": BAD})
    repository.without_folder("policy")
    assert "git cannot read what is compared" in refused(repository.root, base=base)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[core]\nrepositoryformatversion = 1\n[extensions]\nobjectformat = sha256\n", "cannot be read"),
        ("[core]\nrepositoryformatversion = 1\n[extensions]\nnobodyknows = true\n", "cannot be read"),
        ("[core]\nbare = true\n", "is bare"),
        ("[core]\nworktree = /\n", "lie elsewhere"),
        ("[core\n", "cannot be read"),
    ],
)
def test_a_repository_that_cannot_be_read_is_an_error(repository: Repository, text: str, said: str) -> None:
    configured(repository, text)
    with pytest.raises(GitError, match=said):
        judged(repository.root, base="HEAD")


@pytest.mark.parametrize("content", ["", "gitdir: /nowhere\n", "\0"])
def test_a_file_that_is_no_repository_is_an_error(tmp_path: Path, content: str) -> None:
    (tmp_path / ".git").write_text(content)
    with pytest.raises(GitError):
        judged(tmp_path, base="HEAD")


def test_a_folder_that_is_no_repository_is_an_error_where_a_base_is_asked_for(tmp_path: Path) -> None:
    with pytest.raises(GitError, match="no git repository"):
        judged(tmp_path, base="HEAD")
