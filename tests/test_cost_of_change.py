"""What a change costs follows the change: files that it does not touch are never opened."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from data_contract.pipeline import Request, check
from tests.repository import Repository

NOW = datetime(2026, 11, 23, tzinfo=UTC)
CONTRACT = """version: 1
dataset: {name: parts, files: ["data/**/*.csv"], key: [id], rows: {max_loss: 0.5}}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max: 99, drift: {max_psi: 0.2}}
"""
POISON = b"id,age\n1,\xff\n"
"""What would be a finding if anybody looked."""
CHANGED = [f"data/{number // 100:02}/part-{number}.csv" for number in (7, 1000, 1999)]


@pytest.fixture(scope="module")
def commits(tmp_path_factory: pytest.TempPathFactory) -> tuple[Repository, str, str]:
    """Two thousand files, of which a change mends three, in a clone without the content of the others."""
    repository = Repository(tmp_path_factory.mktemp("many") / "repository")
    repository.write("contracts/parts.yml", CONTRACT)
    for number in range(2000):
        repository.write(f"data/{number // 100:02}/part-{number}.csv", POISON)
    for path in CHANGED:
        repository.write(path, b"id,age\n1,30\n")
    base = repository.commit()
    for path in CHANGED:
        repository.write(path, b"id,age\n1,31\n")
    head = repository.commit()
    repository.without_blob(POISON)
    return repository, base, head


@pytest.mark.parametrize("is_committed", [True, False])
def test_of_two_thousand_files_three_are_opened(commits: tuple[Repository, str, str], is_committed: bool) -> None:
    repository, base, head = commits
    asked = head if is_committed else None
    outcome = check(Request(root=repository.root, now=NOW, as_of=NOW, base=base, head=asked))
    assert [dataset.path for dataset in outcome.datasets] == CHANGED
    assert (outcome.exit_code, outcome.decision.reasons) == (0, ())


def test_where_all_is_asked_for_every_one_is_opened(commits: tuple[Repository, str, str]) -> None:
    repository, base, head = commits
    outcome = check(
        Request(root=repository.root, now=NOW, as_of=NOW, base=base, head=head, scope="all", paths=("data/00",))
    )
    assert len(outcome.datasets) == 100
    assert outcome.exit_code == 2
