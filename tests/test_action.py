"""What GitHub, pre-commit and the image read of ours agrees with the code and the pages."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from data_contract.github import COULD_LOOSEN, INPUTS, OUTPUTS
from data_contract.reports import REPORTS

ROOT = Path(__file__).parent.parent
PAGE = (ROOT / "docs" / "github.md").read_text(encoding="utf-8")


def loaded(name: str) -> Any:
    return yaml.safe_load((ROOT / name).read_text(encoding="utf-8"))


def test_the_action_has_the_inputs_and_outputs_that_are_read_and_written() -> None:
    action = loaded("action.yml")
    assert (tuple(action["inputs"]), tuple(action["outputs"])) == (INPUTS, OUTPUTS)


def test_no_input_has_a_default_that_would_override_the_policy() -> None:
    assert [name for name, each in loaded("action.yml")["inputs"].items() if each.keys() != {"description"}] == []


@pytest.mark.parametrize("name", [*INPUTS, *OUTPUTS])
def test_the_page_tells_of_each(name: str) -> None:
    assert re.search(rf"^\| (`[a-z-]+`, )*`{name}`", PAGE, re.MULTILINE)


def test_the_page_tells_which_inputs_could_loosen_the_gate() -> None:
    sentence = re.search(r"([^.]*) could make it milder", PAGE)
    assert sentence
    assert tuple(re.findall("`([a-z-]+)`", sentence[1])) == COULD_LOOSEN


@pytest.mark.parametrize("name", REPORTS)
def test_the_readme_tells_of_each_report(name: str) -> None:
    report = re.escape(name)
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert re.search(rf"`(--format )?{report}`", readme.split("## Reports")[1])


def test_the_image_locks_every_dependency_by_hashes_for_both_machines() -> None:
    lock = (ROOT / "requirements-image.txt").read_text(encoding="utf-8")
    entries = re.findall(
        r"^([a-z0-9-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", lock, re.MULTILINE
    )
    left = re.sub(
        r"^([a-z0-9-]+)==(\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", "", lock, flags=re.MULTILINE
    )
    assert [line for line in left.splitlines() if not line.startswith("#")] == []
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["dependencies"]
    names = {re.split(r"[^A-Za-z0-9.-]", each)[0].replace(".", "-") for each in wanted}
    assert names <= {name for name, _, _ in entries}
    by_name = {name: hashes.count("sha256") for name, _, hashes in entries}
    # NOTE: of what is compiled there are at least a file for amd64 and one for arm64.
    assert all(by_name[name] >= 2 for name in ("polars-runtime-32", "pygit2", "pyyaml", "numpy", "pandas"))


def test_a_hook_takes_the_files_that_can_be_read() -> None:
    from data_contract.formats import BY_SUFFIX

    hooks = {hook["id"]: hook for hook in loaded(".pre-commit-hooks.yaml")}
    files = re.compile(hooks["data-contract"]["files"])
    assert [suffix for suffix in BY_SUFFIX if suffix != ".txt" and not files.search(f"data/a{suffix}")] == []
    assert not files.search("contracts/a.yml")
    assert all(hook["entry"].startswith("data-contract check") for hook in hooks.values())
