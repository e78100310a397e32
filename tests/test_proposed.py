"""What is told of a policy that a change proposes is what it decides once it stands in base."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_contract.model import Outcome
from data_contract.pipeline import Request, check
from tests.repository import Repository, put

CASES = Path(__file__).parent / "cases"
NOW = datetime(2026, 11, 23, tzinfo=UTC)


def proposes(case: Path) -> bool:
    told = case / "expected" / "stdout.txt"
    return "the policy that this change proposes would decide" in told.read_text(encoding="utf-8")


NAMES = sorted(case.name for case in CASES.iterdir() if proposes(case))


def judged(case: Path, root: Path, policy: Path) -> Outcome:
    """A change, with a folder of the policy in base (none: without one)."""
    repository = Repository(root)
    repository.put(case / "base")
    shutil.rmtree(root / "policy")
    if policy.exists() and not policy.is_symlink():  # NOTE: links never choose what judges
        put(policy, root / "policy")
    repository.commit()
    repository.clear()
    repository.put(case / "head")
    return check(Request(root=root, now=NOW, as_of=NOW, base="HEAD"))


def test_there_are_cases() -> None:
    assert len(NAMES) >= 8


@pytest.mark.parametrize("name", NAMES)
def test_it_would_decide_what_it_does_once_it_stands(name: str, tmp_path: Path) -> None:
    case = CASES / name
    proposed = judged(case, tmp_path / "now", case / "base" / "policy").proposed
    then = judged(case, tmp_path / "then", case / "head" / "policy")
    assert proposed is not None
    assert (proposed.verdict, proposed.exit_code) == (then.decision.verdict, then.exit_code)
