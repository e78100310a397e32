"""Breaks this repository's own sample data in every way there is; risky data that passes fails the suite."""

from __future__ import annotations

import csv
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import pytest

from data_contract.checks import CELL_TESTS, DATASET_CHECKS, FEATURE_CHECKS
from data_contract.checks.drift import Drift
from data_contract.checks.freshness import Freshness
from data_contract.checks.volume import Volume
from data_contract.contract import Contract
from data_contract.contract_document import read_contract
from data_contract.faults import FAULTS, CsvTable, Fault, Reach, Spoilt, break_promise, write

ROOT = Path(__file__).parent.parent
CONTRACT, DATA = "contracts/user_features.yml", "data/user_features/2026-11-20.csv"
ALLOW, ALERT, BLOCK = "ALLOW", "ALLOW_WITH_ALERT", "BLOCK_AND_ROLLBACK"
STATUS = {ALLOW: 0, ALERT: 0, BLOCK: 1}
WITNESSES = 20

NOTES = ("blank-line", "mixed-line-ends", "byte-order-mark")
MILD = dict.fromkeys(NOTES, ALLOW) | {"added-column": ALERT, "too-many-rows": ALERT}
"""The decision about a fault; every other one blocks."""
TOLERATED = {("null", "user_age"): ALERT} | {
    (fault, "signup_days_ago"): ALERT for fault in ("wrong-dtype", "below-range", "above-range")
}
"""Just beyond a tolerance, the data is an alert."""

NOT_OF_ONE_FILE = (Drift, Volume, Freshness)
"""These compare a file with another one, or with a time; a fault in one file does not break them."""
"""The checks that this version does not evaluate; each is held to it below."""

CHANGES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "as it is": (),
    "with lengths": ((r"unique: true,", "min_length: 5, max_length: 40,"),),
    "with a length alone": ((r'pattern: "\[A-Z\]\{2\}", ', ""),),
    "with most rows": ((r"  key: .*\n", ""), (r"unique: true, ", ""), (r"min: 1000", "max: 3000")),
}
"""Other contracts that the sample keeps, for the faults that its own gives no occasion for."""


SEEDS = {Reach.CELL: (0, 1), Reach.ROW: (0,), Reach.FILE: (0,)}


def contract_text(change: str) -> bytes:
    text = (ROOT / CONTRACT).read_text(encoding="utf-8")
    for pattern, new in CHANGES[change]:
        text, times = re.subn(pattern, new, text)
        assert times == 1
    return text.encode()


CONTRACTS = {change: read_contract(contract_text(change), CONTRACT) for change in CHANGES}


def sample() -> CsvTable:
    with (ROOT / DATA).open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return CsvTable.of(header, rows)


SAMPLE = sample()


@dataclass(frozen=True)
class Drill:
    """One fault in the sample, under one contract."""

    change: str
    fault: Fault
    feature: str | None
    seed: int

    def __str__(self) -> str:
        return f"{self.fault.name}-{self.feature or 'dataset'}-{self.change.replace(' ', '-')}-{self.seed}"

    @property
    def contract(self) -> Contract:
        return CONTRACTS[self.change]

    @property
    def decision(self) -> str:
        return TOLERATED.get((self.fault.name, self.feature or ""), MILD.get(self.fault.name, BLOCK))

    @cache  # noqa: B019  # there are as many as there are drills
    def spoilt(self) -> Spoilt | None:
        return break_promise(self.fault, SAMPLE, self.contract, self.feature, Random(self.seed))  # noqa: S311


def drills() -> Iterator[Drill]:
    """Every fault in every feature under the sample's own contract; what that gives no occasion for under others."""
    fired: set[Fault] = set()
    for change, contract in CONTRACTS.items():
        for fault in (fault for fault in FAULTS if fault not in fired):
            for feature in fault.features(contract):
                fitting = [
                    drill for seed in SEEDS[fault.reach] if (drill := Drill(change, fault, feature, seed)).spoilt()
                ]
                fired |= {each.fault for each in fitting}
                yield from fitting


DRILLS = tuple(drills())


def run(root: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    command = [sys.executable, "-m", "data_contract", "check", "--format", "json", *arguments]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False, timeout=60)
    assert done.stderr == b""
    return done.returncode, json.loads(done.stdout)


def copy_of_the_repository(root: Path, change: str) -> Path:
    for folder in ("contracts", "policy", "data"):
        shutil.copytree(ROOT / folder, root / folder)
    (root / CONTRACT).write_bytes(contract_text(change))
    return root


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the command says of each drill; one run for all that share a contract."""
    said = {}
    for change in CHANGES:
        root = copy_of_the_repository(tmp_path_factory.mktemp("drills"), change)
        for drill in (drill for drill in DRILLS if drill.change == change):
            spoilt = drill.spoilt()
            assert spoilt
            (root / f"data/user_features/{drill}.csv").write_bytes(write(spoilt.table).data)
        _, report = run(root)
        said |= {Path(dataset["path"]).stem: dataset for dataset in report["datasets"]}
        said[f"clean {change}"] = said.pop(Path(DATA).stem)
    return said


def violated(dataset: dict[str, Any]) -> dict[tuple[str, str | None, str | None], dict[str, Any]]:
    broken = (finding for finding in dataset["findings"] if finding["outcome"] == "violated")
    return {(finding["check"], finding["aspect"], finding["feature"]): finding for finding in broken}


@pytest.mark.parametrize("change", CHANGES)
def test_the_clean_sample_passes(reports: dict[str, dict[str, Any]], change: str) -> None:
    dataset = reports[f"clean {change}"]
    assert (dataset["decision"], dataset["risk"], violated(dataset)) == (ALLOW, 0.0, {})


@pytest.mark.parametrize("drill", DRILLS, ids=str)
def test_what_was_broken_is_what_is_found(reports: dict[str, dict[str, Any]], drill: Drill) -> None:
    spoilt, dataset = drill.spoilt(), reports[str(drill)]
    assert spoilt
    found = violated(dataset)
    assert {(each.check, each.aspect, each.feature) for each in spoilt.injected} == set(found)
    assert drill.decision == dataset["decision"]
    for key, finding in found.items():
        if key[0] == "row-count":
            assert finding["count"] == len(list(spoilt.table.rows()))
            continue
        places = places_of(spoilt, key)
        assert finding["count"] == len(places)
        if key[0] != "columns":
            shown = [(each["row"], each["line"], each["column"]) for each in finding["locations"]]
            assert shown == places[:WITNESSES]


def places_of(
    spoilt: Spoilt, key: tuple[str, str | None, str | None]
) -> list[tuple[int | None, int | None, int | None]]:
    """Where a promise is broken: where the fault was put, and where the sample was without a value before."""
    table, written = spoilt.table, write(spoilt.table)
    found: list[tuple[int | None, int | None, int | None]] = []
    for each in spoilt.injected:
        if (each.check, each.aspect, each.feature) != key:
            continue
        if each.row is not None:
            found.append((each.row, *written.entries[table.index(each.row)][each.cell]))
        elif any(not entry.is_row for entry in table.entries):
            line = next(index for index, entry in enumerate(table.entries) if not entry.is_row)
            found.append((None, *written.entries[line][0]))
        else:
            found.append((None, *(written.header[each.cell] if written.header else (1, 1))))
    if key[0] == "null-rate":
        column = table.header.index(key[2] or "")
        empty = (row for row, entry in SAMPLE.rows() if not entry.cells[column])
        found += [(row, *written.entries[row - 1][column]) for row in empty]
    return sorted(found, key=lambda place: place[1:])


@pytest.mark.parametrize(
    "drill",
    [
        next(drill for drill in DRILLS if drill.fault.name == name)
        for name in ("repeated-key", "added-column", "blank-line")
    ],
    ids=str,
)
def test_the_exit_status_is_that_of_the_decision(tmp_path: Path, drill: Drill) -> None:
    spoilt = drill.spoilt()
    assert spoilt
    root = copy_of_the_repository(tmp_path, drill.change)
    (root / DATA).write_bytes(write(spoilt.table).data)
    status, report = run(root)
    assert (STATUS[drill.decision], drill.decision) == (status, report["decision"])
    assert status == report["exit_code"]


def test_the_sample_as_it_is_exits_with_0(tmp_path: Path) -> None:
    status, report = run(copy_of_the_repository(tmp_path, "as it is"))
    assert (status, report["decision"], report["risk"]) == (0, ALLOW, 0.0)


def test_every_fault_is_tried() -> None:
    assert {fault.name for fault in FAULTS} == {drill.fault.name for drill in DRILLS}


def test_every_check_is_fired_by_a_fault() -> None:
    every = {test.id for test in CELL_TESTS} | {check.name for check in (*FEATURE_CHECKS, *DATASET_CHECKS)}
    every -= {"validity", *(check.name for check in NOT_OF_ONE_FILE)}  # validity goes by the ids of its tests
    fired = {each.check for drill in DRILLS if (spoilt := drill.spoilt()) for each in spoilt.injected}
    assert every == fired
