"""What a policy would decide, before it does: by cases that somebody wrote, and by what the audit log remembers."""

from __future__ import annotations

from pathlib import Path

import pytest

from data_contract.chain import records_in
from tests.commands import command

CONTRACT = """version: 1
dataset: {name: users, files: ["*.csv"]}
features:
  age: {dtype: int, max_null_rate: 0.1}
"""
CASES = """version: 1
cases:
  - name: a little over
    dataset: users
    on: 2026-01-31
    findings: [{check: null-rate, feature: age, value: 0.11, limit: 0.1}]
    expect: ALLOW_WITH_ALERT
    fails: false
"""


def trial(folder: Path, policy: str, cases: str = CASES) -> tuple[int, str]:
    (folder / "policy").mkdir(exist_ok=True)
    (folder / "policy" / "policy.yml").write_text(policy)
    (folder / "policy" / "policy.cases.yml").write_text(cases)
    done = command(folder, "policy", "test")
    return done.returncode, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("policy", "status", "told"),
    [
        ("version: 1\n", 0, "1 case, all as expected\n"),
        (
            "version: 1\nci: {fail_on: [alert]}\n",
            1,
            "policy/policy.cases.yml:3:5: a little over: expected the gate to pass, and it fails\n"
            "1 case of policy/policy.yml, 1 not as expected\n",
        ),
        (
            "version: 1\nrisk: {block_threshold: 0.27}\n",
            1,
            "policy/policy.cases.yml:3:5: a little over: expected ALLOW_WITH_ALERT, decided BLOCK_AND_ROLLBACK at risk "
            "0.281045: 1 broken promise comes to a risk of at least 0.27 (risk.block_threshold)\n"
            "1 case of policy/policy.yml, 1 not as expected\n",
        ),
        (
            "version: 1\nwaivers: [{dataset: users, feature: age, check: null-rate, until: 2026-01-31, reason: r}]\n",
            1,
            "policy/policy.cases.yml:3:5: a little over: expected ALLOW_WITH_ALERT, decided ALLOW at risk 0: nothing "
            "speaks against it\n1 case of policy/policy.yml, 1 not as expected\n",
        ),
        (
            "version: 1\nwaivers: [{dataset: users, feature: age, check: null-rate, until: 2026-01-30, reason: r}]\n",
            0,
            "1 case, all as expected\n",
        ),
    ],
)
def test_a_policy_is_told_from_its_cases(tmp_path: Path, policy: str, status: int, told: str) -> None:
    assert trial(tmp_path, policy) == (status, told)


@pytest.mark.parametrize(
    ("cases", "told"),
    [
        ("version: 1\ncases: []\n", "policy/policy.cases.yml:2:8: "),
        (CASES.replace("null-rate", "nul-rate"), "policy/policy.cases.yml:6:24: "),
        (CASES.replace("expect:", "expects:"), "policy/policy.cases.yml:3:5: the key 'expect' is missing"),
    ],
)
def test_a_mistake_in_the_cases_is_no_pass(tmp_path: Path, cases: str, told: str) -> None:
    status, said = trial(tmp_path, "version: 1\n", cases)
    assert (status, said[: len(told)]) == (2, told)


def test_no_cases_are_no_pass(tmp_path: Path) -> None:
    done = command(tmp_path, "policy", "test")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("there are no cases: no file fits policy/*.cases.yml\n")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A log of three days: clean, a null rate over its limit, and one in which nothing could be judged."""
    root = tmp_path_factory.mktemp("backtest")
    (root / "contracts").mkdir()
    (root / "contracts" / "users.yml").write_text(CONTRACT)
    (root / "clean.csv").write_text("age\n" + "1\n" * 100)
    (root / "nulls.csv").write_text("age\n" + "1\n" * 88 + '""\n' * 12)
    for day in ("clean", "nulls"):
        assert command(root, "check", f"{day}.csv", "--audit", "audit.jsonl").returncode == 0
    (root / "contracts" / "users.yml").write_text("version: 1\n")
    assert command(root, "check", "clean.csv", "--audit", "audit.jsonl").returncode == 2
    return root


@pytest.mark.parametrize(
    ("policy", "status", "flips"),
    [
        ("version: 1\n", 0, []),
        ("version: 1\nrisk: {alert_threshold: 0.24}\n", 0, []),
        (
            "version: 1\nrisk: {block_threshold: 0.3}\n",
            1,
            ["ALLOW_WITH_ALERT 0.30 → BLOCK_AND_ROLLBACK 0.30, passes → fails"],
        ),
        ("version: 1\nci: {fail_on: [alert]}\n", 1, ["ALLOW_WITH_ALERT 0.30 → ALLOW_WITH_ALERT 0.30, passes → fails"]),
        (
            "version: 1\nwaivers: [{dataset: users, feature: age, check: null-rate, until: 2099-01-01, reason: r}]\n",
            1,
            ["ALLOW_WITH_ALERT 0.30 → ALLOW 0.00"],
        ),
        (
            "version: 1\noverrides:\n"
            "  - {match: {path: nulls.csv}, risk: {alert_threshold: 0.05, block_threshold: 0.1}}\n",
            1,
            ["ALLOW_WITH_ALERT 0.30 → BLOCK_AND_ROLLBACK 0.12, passes → fails"],
        ),
    ],
)
def test_a_backtest_tells_what_would_flip(folder: Path, policy: str, status: int, flips: list[str]) -> None:
    (folder / "candidate.yml").write_text(policy)
    done = command(folder, "backtest", "--policy", "candidate.yml")
    severer = sum("BLOCK" in flip or "fails" in flip for flip in flips)
    record = [*records_in([folder / "audit.jsonl"])][1]
    day = record.entry.at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert done.stdout.splitlines() == [
        *(f"{day} {record.id} nulls.csv: {flip}" for flip in flips),
        f"2 decisions, {len(flips)} would flip: {len(flips) - severer} milder, {severer} severer",
        "1 run that had nothing to judge by was left out",
    ]
    assert (done.returncode, done.stderr) == (status, "")


def test_a_backtest_with_a_policy_that_cannot_be_read_is_none(folder: Path) -> None:
    (folder / "candidate.yml").write_text("version: 1\nrisk: {block: 1}\n")
    done = command(folder, "backtest", "--policy", "candidate.yml")
    assert (done.returncode, done.stdout) == (2, "")
