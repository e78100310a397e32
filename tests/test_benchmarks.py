"""The file of the benchmarks is the same at every run; its contract finds what is wrong with it and nothing else."""

from __future__ import annotations

import csv
import subprocess
import sys
from pathlib import Path

import data_contract
from data_contract.model import FindingOutcome

BENCHMARKS = Path(__file__).parent.parent / "benchmarks"
ROWS = "500"


def _generate(folder: Path, *options: str) -> Path:
    file = folder / "benchmark.csv"
    command = [sys.executable, str(BENCHMARKS / "generate.py"), "--rows", ROWS, *options, str(file)]
    subprocess.run(command, check=True, timeout=60)
    return file


def test_same_arguments_same_bytes(tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        options = ("--bad", "0.2", "--quotes", "0.1", "--faults", str(folder / "faults.csv"))
        made.append((_generate(folder, *options).read_bytes(), (folder / "faults.csv").read_bytes()))
    assert made[0] == made[1]


def test_the_contract_finds_the_faults_and_nothing_else(tmp_path: Path) -> None:
    faults = tmp_path / "faults.csv"
    file = _generate(tmp_path, "--bad", "0.2", "--faults", str(faults))
    outcome = data_contract.check(file, BENCHMARKS / "contract.yml", BENCHMARKS / "policy.yml")
    findings = [finding for finding in outcome.datasets[0].findings if finding.outcome != FindingOutcome.PASSED]
    actual = {
        (location.row, "email, created_at" if finding.check == "key" else finding.feature, finding.check)
        for finding in findings
        for location in finding.locations
    }
    with faults.open(encoding="utf-8", newline="") as rows:
        expected = {(int(fault["row"]), fault["feature"], fault["check"]) for fault in csv.DictReader(rows)}
    assert expected == actual
    assert len(expected) == sum(finding.count or 0 for finding in findings)
    checks = {check for _, _, check in expected}
    assert checks == {"dtype", "not-null", "unique", "range", "allowed", "pattern", "length", "key"}


def test_a_file_without_faults_breaks_nothing(tmp_path: Path) -> None:
    file = _generate(tmp_path, "--bad", "0", "--quotes", "0.1")
    outcome = data_contract.check(file, BENCHMARKS / "contract.yml", BENCHMARKS / "policy.yml")
    broken = [finding.check for finding in outcome.datasets[0].findings if finding.outcome != FindingOutcome.PASSED]
    assert broken == []
