"""Which versions an event compares, in real clones; what inputs ask for; and what the step makes of it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pygit2
import pytest

from data_contract.audit import record_of
from data_contract.chain import lines_of
from data_contract.cli import main
from data_contract.errors import GitError, UsageError
from data_contract.git import Commit, repository_of
from data_contract.github import (
    COULD_LOOSEN,
    INPUTS,
    Comparison,
    Inputs,
    arguments_of,
    commands_of,
    comparison_of,
    inputs_of,
    link_of,
    variable_of,
)
from tests.pull_request import ALERTING, CONTRACT, ROWS, event
from tests.repository import Repository

NO_COMMIT = "0" * 40
ABSENT = "d" * 40
LAX = "version: 1\nci: {fail_on: []}\n"


@dataclass(frozen=True)
class Clone:
    """A pull request from a repository's point of view: two commits of the author's, and GitHub's merge."""

    root: Path
    fork: str
    base: str
    first: str
    head: str
    merge: str

    def event(self, **more: Any) -> dict[str, Any]:
        return event(self.base, self.head, **more)

    def shallow(self, *commits: str) -> None:
        """Make these the last commits that the clone has, as `fetch-depth` does."""
        (self.root / ".git" / "shallow").write_text("".join(f"{commit}\n" for commit in commits))

    def lose(self, commit: str) -> None:
        """Have the clone not hold a commit."""
        (self.root / ".git" / "objects" / commit[:2] / commit[2:]).unlink()

    def checkout(self, commit: str) -> None:
        """Check out a commit, files and all."""
        repository = pygit2.Repository(os.fspath(self.root))
        repository.checkout_tree(repository[commit], strategy=pygit2.enums.CheckoutStrategy.FORCE)
        repository.set_head(pygit2.Oid(hex=commit))


@pytest.fixture
def clone(tmp_path: Path) -> Clone:
    repository = Repository(tmp_path / "clone")
    repository.write("contracts/d.yml", CONTRACT)
    repository.write("data/a.csv", ROWS)
    fork = repository.commit()
    repository.branch("feature")
    repository.write("policy/policy.yml", LAX)
    first = repository.commit()
    repository.write("data/a.csv", ALERTING)
    head = repository.commit()
    (repository.root / "policy" / "policy.yml").unlink()
    repository.write("data/a.csv", ROWS)
    repository.write("README", "moved on")
    base = repository.commit(fork)
    repository.write("policy/policy.yml", LAX)
    repository.write("data/a.csv", ALERTING)
    merge = repository.commit(base, head)
    return Clone(repository.root, fork, base, first, head, merge)


def compared(
    clone: Clone, name: str, event: Mapping[str, Any], inputs: Inputs | None = None, **environment: str
) -> Comparison:
    environment["GITHUB_EVENT_NAME"] = name
    return comparison_of(environment, event, repository_of(clone.root), inputs or Inputs())


def test_of_the_merge_commit_the_first_parent_is_the_base(clone: Clone) -> None:
    found = compared(clone, "pull_request", clone.event(), GITHUB_SHA=clone.merge)
    assert found == Comparison(base=clone.base)


def test_the_merge_commit_is_known_by_its_second_parent(clone: Clone) -> None:
    event = clone.event(pull_request={"base": {"sha": clone.fork}, "head": {"sha": clone.first}})
    assert compared(clone, "pull_request", event, GITHUB_SHA=clone.merge).base == clone.fork


@pytest.mark.parametrize("sha", ["head", "merge"])
def test_the_parent_of_the_authors_own_commit_is_no_base(sha: str, clone: Clone) -> None:
    clone.checkout(clone.head)
    found = compared(clone, "pull_request", clone.event(), GITHUB_SHA=getattr(clone, sha))
    assert found.base == clone.base != clone.first


def test_a_clone_of_depth_two_is_enough(clone: Clone) -> None:
    clone.shallow(clone.base, clone.head)
    for commit in (clone.fork, clone.first):
        clone.lose(commit)
    assert compared(clone, "pull_request", clone.event(), GITHUB_SHA=clone.merge).base == clone.base


def test_a_clone_of_depth_one_lacks_the_base_and_says_so(clone: Clone) -> None:
    clone.shallow(clone.merge)
    for commit in (clone.fork, clone.first, clone.base, clone.head):
        clone.lose(commit)
    with pytest.raises(GitError, match=clone.base) as caught:
        compared(clone, "pull_request", clone.event(), GITHUB_SHA=clone.merge)
    assert caught.value.hint == "set `fetch-depth: 2` of actions/checkout"


def test_a_base_that_is_not_there_is_never_replaced_by_another(clone: Clone) -> None:
    event = clone.event(pull_request={"base": {"sha": ABSENT}, "head": {"sha": clone.head}})
    clone.checkout(clone.head)
    with pytest.raises(GitError, match=ABSENT):
        compared(clone, "pull_request", event, GITHUB_SHA=clone.merge)


@pytest.mark.parametrize("sha", [None, 3, "HEAD", "HEAD^", "f" * 39, f"{'f' * 40}\n"])
def test_an_event_names_commits_by_their_whole_id(sha: object, clone: Clone) -> None:
    event = clone.event(pull_request={"base": {"sha": sha}, "head": {"sha": sha}})
    with pytest.raises(UsageError, match=r"pull_request\.head\.sha"):
        compared(clone, "pull_request", event, GITHUB_SHA=clone.merge)


def test_with_the_rights_of_the_base_only_objects_of_the_change_are_read(clone: Clone) -> None:
    clone.checkout(clone.base)
    found = compared(clone, "pull_request_target", clone.event(), GITHUB_SHA=clone.base)
    assert found == Comparison(base=clone.base, head=clone.head)


@pytest.mark.parametrize("checked_out", ["head", "first", "merge"])
def test_with_the_rights_of_the_base_an_unsafe_checkout_is_refused(checked_out: str, clone: Clone) -> None:
    clone.checkout(getattr(clone, checked_out))
    with pytest.raises(GitError, match="not the base branch"):
        compared(clone, "pull_request_target", clone.event(), GITHUB_SHA=clone.base)


def test_with_the_rights_of_the_base_the_change_is_never_fetched(clone: Clone) -> None:
    clone.checkout(clone.base)
    event = clone.event(pull_request={"base": {"sha": clone.base}, "head": {"sha": ABSENT}})
    with pytest.raises(GitError, match=ABSENT) as caught:
        compared(clone, "pull_request_target", event, GITHUB_SHA=clone.base)
    assert "pull/7/head" in (caught.value.hint or "")


def test_a_merge_group_says_what_it_compares(clone: Clone) -> None:
    event = {"merge_group": {"base_sha": clone.base, "head_sha": clone.merge}}
    assert compared(clone, "merge_group", event) == Comparison(base=clone.base)
    with pytest.raises(GitError, match="not checked out"):
        compared(clone, "merge_group", {"merge_group": {"base_sha": clone.base, "head_sha": clone.head}})
    with pytest.raises(GitError, match=ABSENT):
        compared(clone, "merge_group", {"merge_group": {"base_sha": ABSENT, "head_sha": clone.merge}})


REPOSITORY = {"repository": {"default_branch": "main"}}


def test_a_push_is_compared_with_what_was_there_before(clone: Clone) -> None:
    event = {"before": clone.base, **REPOSITORY}
    assert compared(clone, "push", event, GITHUB_REF="refs/heads/main") == Comparison(base=clone.base)
    assert not compared(clone, "push", event, GITHUB_REF="refs/heads/x").is_trusted
    assert compared(clone, "push", event, GITHUB_REF="refs/heads/x", GITHUB_REF_PROTECTED="true").is_trusted
    with pytest.raises(GitError, match="fetch-depth: 0"):
        compared(clone, "push", {"before": ABSENT, **REPOSITORY}, GITHUB_REF="refs/heads/main")


@pytest.mark.parametrize("pushed", [{"before": NO_COMMIT}, {"before": ABSENT, "forced": True}])
def test_a_branch_with_a_new_past_is_compared_with_the_default_branch(pushed: dict[str, Any], clone: Clone) -> None:
    clone.checkout(clone.head)
    event = {**pushed, **REPOSITORY}
    assert compared(clone, "push", event, GITHUB_REF="refs/heads/x").base is None
    pygit2.Repository(os.fspath(clone.root)).references.create("refs/remotes/origin/main", clone.base)
    assert compared(clone, "push", event, GITHUB_REF="refs/heads/x").base == clone.fork
    assert compared(clone, "push", event, GITHUB_REF="refs/heads/main").base is None
    assert compared(clone, "push", event, GITHUB_REF="refs/tags/v1").base is None


@pytest.mark.parametrize("name", ["schedule", "workflow_dispatch", "release", ""])
def test_any_other_event_judges_everything(name: str, clone: Clone) -> None:
    assert compared(clone, name, REPOSITORY, GITHUB_REF="refs/heads/main") == Comparison()
    assert compared(clone, name, REPOSITORY, GITHUB_REF="refs/heads/x") == Comparison(is_trusted=False)


def test_inputs_come_before_the_event(clone: Clone) -> None:
    named = Inputs(base="HEAD^2", head=clone.merge)
    found = compared(clone, "pull_request", clone.event(), named, GITHUB_SHA=clone.merge)
    assert found == Comparison(base=clone.head, head=clone.merge)
    with pytest.raises(GitError, match="nowhere"):
        compared(clone, "pull_request", clone.event(), Inputs(base="nowhere"), GITHUB_SHA=clone.merge)


def test_parents_are_told_even_where_the_clone_ends(clone: Clone) -> None:
    clone.shallow(clone.merge)
    head = repository_of(clone.root).head()
    assert isinstance(head, Commit)
    assert head.parents == (clone.base, clone.head)


def given(**inputs: str) -> dict[str, str]:
    return {variable_of(name.replace("_", "-")): value for name, value in inputs.items()}


def test_a_hyphen_of_an_input_is_kept_in_its_variable() -> None:
    assert variable_of("fail-on") == "INPUT_FAIL-ON"


def test_inputs_that_are_empty_are_absent() -> None:
    assert inputs_of({variable_of(name): " " for name in INPUTS}) == (Inputs(), ())


def test_inputs_are_read() -> None:
    inputs, mistakes = inputs_of(
        given(
            policy="p.yml",
            contracts="a\n\n b/*.yml ",
            paths="-x y\n--base=z",
            scope="all",
            fail_on="alert",
            annotations="off",
            formats="junit=a.xml\ngitlab=b=c.json",
            audit="logs/",
            attestation="statement.json",
            cache="kept",
            working_directory="sub",
        )
    )
    assert mistakes == ()
    assert inputs == Inputs(
        policy="p.yml",
        contracts=("a", "b/*.yml"),
        paths=("-x y", "--base=z"),
        scope="all",
        fail_on="alert",
        has_annotations=False,
        formats=(("junit", "a.xml"), ("gitlab", "b=c.json")),
        audit="logs/",
        attestation="statement.json",
        cache="kept",
        folder="sub",
        loosening=("policy", "contracts", "paths", "scope", "cache", "working-directory"),
    )
    assert inputs.written == {"sarif-file": "sub/data-contract.sarif", "report-file": "sub/data-contract.json"}


def test_every_mistake_in_the_inputs_is_told() -> None:
    inputs, mistakes = inputs_of(given(scope="some", fail_on="never", annotations="maybe", formats="xml=a\njson"))
    assert [re.findall("'(.*?)'", str(mistake))[0] for mistake in mistakes] == [
        "scope",
        "fail-on",
        "annotations",
        "formats",
    ]
    assert inputs == Inputs(loosening=("scope",))


def test_what_is_no_input_is_told() -> None:
    assert inputs_of({"INPUT_FAIL_ON": "x", "INPUT_SCOPE": "all"})[0].unknown == ("INPUT_FAIL_ON",)


@pytest.mark.parametrize("name", INPUTS)
def test_an_input_could_loosen_the_gate_or_plainly_cannot(name: str) -> None:
    cannot = ("fail-on", "annotations", "sarif-file", "report-file", "formats", "audit", "attestation")
    assert (name in COULD_LOOSEN) != (name in cannot)


def test_no_value_is_taken_for_an_option() -> None:
    inputs = Inputs(policy="--scope=all", contracts=("-a",), paths=("--help", "x"), fail_on="alert")
    assert arguments_of(inputs, Comparison(base="b", head="-h")) == (
        *("--base=b", "--head=-h", "--policy=--scope=all", "--contracts=-a", "--fail-on=alert"),
        *("--", "--help", "x"),
    )


def test_nothing_to_compare_with_is_said() -> None:
    assert arguments_of(Inputs(), Comparison()) == ("--no-base",)


def test_links_lead_to_a_server_and_nowhere_else() -> None:
    where = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "o/r"}
    assert link_of(where, "abc") == "https://github.com/o/r/blob/abc/"
    for name, value in (
        ("GITHUB_SERVER_URL", "javascript:x"),
        ("GITHUB_REPOSITORY", "o/r)"),
        ("GITHUB_SERVER_URL", ""),
    ):
        assert link_of({**where, name: value}, "abc") is None


def test_the_commands_that_judge_again_quote_what_they_are_given() -> None:
    fetch, run = commands_of("image:v1", "abc", ("--base=def", "--policy=a b;c", "--", "$x"), "sub dir")
    assert fetch == "git fetch origin def abc"
    assert run.endswith("-w '/github/workspace/sub dir' image:v1 check --base=def '--policy=a b;c' -- '$x'")


@dataclass(frozen=True)
class Step:
    status: int
    outputs: dict[str, str]
    log: str
    summary: str
    annotations: str
    report: dict[str, Any]


@pytest.fixture
def step(clone: Clone, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> Any:
    """Runs the step that the container runs, on the merge of a pull request."""

    def run(event: dict[str, Any] | None = None, name: str = "pull_request", **inputs: str) -> Step:
        into = tmp_path / "into"
        into.mkdir()
        (tmp_path / "event.json").write_text(json.dumps(clone.event() if event is None else event))
        environment = {
            "GITHUB_EVENT_NAME": name,
            "GITHUB_EVENT_PATH": str(tmp_path / "event.json"),
            "GITHUB_SHA": clone.merge,
            "GITHUB_SERVER_URL": "https://github.com",
            "GITHUB_REPOSITORY": "o/r",
            **given(**inputs),
        }
        for variable in [each for each in os.environ if each.startswith(("GITHUB_", "INPUT_", "RUNNER_"))]:
            monkeypatch.delenv(variable)
        for variable, value in environment.items():
            monkeypatch.setenv(variable, value)
        monkeypatch.chdir(clone.root)
        status = main(["step", "--into", str(into)])
        log = capfd.readouterr()
        outputs = dict(line.split("=", 1) for line in (into / "outputs").read_text().splitlines())
        return Step(
            status,
            outputs,
            log.out + log.err,
            (into / "summary").read_text(),
            (into / "annotations").read_text() if (into / "annotations").exists() else "",
            json.loads((clone.root / outputs["report-file"]).read_text()),
        )

    return run


def test_a_step_judges_by_the_policy_of_the_base(step: Any) -> None:
    ran = step()
    assert ran.status == 0
    assert ran.outputs == {
        "decision": "ALLOW_WITH_ALERT",
        "risk": str(ran.report["risk"]),
        "introduced": "1",
        "findings": "1",
        "files": "1",
        "policy-trusted": "false",
        "sarif-file": "data-contract.sarif",
        "report-file": "data-contract.json",
    }
    assert ran.annotations.startswith("::warning file=data/a.csv,line=6,col=3,")
    assert ran.annotations.count("\n") == 1
    assert ran.log.startswith("ALLOW_WITH_ALERT  risk 0.")


def test_a_step_is_made_stricter_by_an_input(step: Any) -> None:
    ran = step(fail_on="alert")
    assert (ran.status, ran.outputs["decision"]) == (1, "ALLOW_WITH_ALERT")
    assert "could loosen" not in ran.log


def test_a_step_says_which_inputs_could_loosen_it(step: Any) -> None:
    ran = step(scope="introduced", paths="data")
    assert "the workflow sets what could loosen the gate: paths, scope" in ran.log
    assert "the workflow sets what could loosen the gate: paths, scope" in ran.summary


def test_a_step_without_annotations_has_none(step: Any) -> None:
    assert step(annotations="off").annotations == ""


@pytest.mark.parametrize(
    ("inputs", "event", "told"),
    [
        ({"scope": "some"}, None, "the input 'scope' is 'some'"),
        ({"working_directory": "none"}, None, "the input 'working-directory' is 'none'"),
        ({"base": "none"}, None, "'none' is no commit in this clone"),
        ({}, {}, "the event names no commit at pull_request.head.sha"),
        ({"policy": "none.yml"}, None, "none.yml cannot be read"),
    ],
)
def test_a_step_that_cannot_decide_still_reports(inputs: dict[str, str], event: Any, told: str, step: Any) -> None:
    ran = step(event=event, **inputs)
    assert ran.status == 2
    assert (ran.outputs["decision"], ran.outputs["risk"]) == ("BLOCK_AND_ROLLBACK", "unknown")
    assert ran.annotations.startswith("::error ")
    assert told in ran.log
    assert told in ran.annotations
    assert ran.report["exit_code"] == 2


def test_a_step_keeps_what_it_measured_and_does_not_ask_others_to(step: Any, clone: Clone) -> None:
    ran = step(cache=".kept")
    assert list((clone.root / ".kept").glob("*.json"))
    assert (ran.status, "--cache" in ran.summary) == (0, False)
    assert "could loosen the gate: cache" in ran.summary


def test_a_step_leaves_a_log_and_a_statement(step: Any, clone: Clone) -> None:
    ran = step(audit="logs/", attestation="statement.json")
    (log,) = (clone.root / "logs").glob("*.jsonl")
    (line,) = lines_of(log)
    assert f"Audit entry `{line.digest}`." in ran.summary
    assert line.digest in (clone.root / "statement.json").read_text()
    assert record_of(line.content, line.span).entry.circumstances.event == "pull_request"
    assert "--audit" not in ran.summary


def test_a_step_warns_of_what_is_no_input(step: Any) -> None:
    ran = step(fail_onn="alert")
    assert ran.status == 0
    assert "INPUT_FAIL-ONN is no input of this action" in ran.log


def test_a_step_in_a_folder_names_paths_from_the_top_where_others_look_for_them(step: Any, clone: Clone) -> None:
    folder = clone.root / "sub"
    for path in ("contracts", "data"):
        (folder / path).parent.mkdir(exist_ok=True)
        (clone.root / path).rename(folder / path)
    ran = step(working_directory="sub", base="HEAD^", paths="data")
    assert ran.outputs["sarif-file"] == "sub/data-contract.sarif"
    log = json.loads((folder / "data-contract.sarif").read_text())
    (result,) = log["runs"][0]["results"]
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "sub/data/a.csv"
    assert ran.annotations.startswith("::warning file=sub/data/a.csv,")
