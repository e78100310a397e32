"""`data_contract.check` on frames and files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pandas as pd
import polars as pl
import pytest

import data_contract
from data_contract.errors import DataError, Rejected, UsageError
from data_contract.model import FindingOutcome, Outcome, Verdict

CONTRACT = """\
version: 1
dataset:
  name: orders
  files: ["orders.csv"]
  key: [order_id]
features:
  order_id: {dtype: int}
  amount: {dtype: float, max_null_rate: 0.5, min: 0}
  country: {dtype: str, allowed: [DE, NA]}
  paid: {dtype: bool}
  day: {dtype: date}
  at: {dtype: datetime}
"""

GOOD = {
    "order_id": [1, 2],
    "amount": [1.5, None],
    "country": ["NA", "DE"],
    "paid": [True, False],
    "day": [date(2026, 1, 31), date(2026, 2, 28)],
    "at": [datetime(2026, 1, 31, 12, 30, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC)],
}


@pytest.fixture
def contract(tmp_path: Path) -> Path:
    path = tmp_path / "orders.yml"
    path.write_text(CONTRACT)
    return path


def violated(outcome: Outcome) -> list[tuple[str, str | None, list[int | None]]]:
    return [
        (finding.check, finding.feature, [location.row for location in finding.locations])
        for dataset in outcome.datasets
        for finding in dataset.findings
        if finding.outcome is FindingOutcome.VIOLATED
    ]


@pytest.mark.parametrize("frame", [pl.DataFrame(GOOD), pl.DataFrame(GOOD).lazy(), pd.DataFrame(GOOD)])
def test_a_clean_frame_is_allowed(frame: pl.DataFrame | pl.LazyFrame | pd.DataFrame, contract: Path) -> None:
    outcome = data_contract.check(frame, contract)
    assert violated(outcome) == []
    assert outcome.decision.verdict is Verdict.ALLOW
    assert outcome.datasets[0].rows == 2


@pytest.mark.parametrize("library", [pl.DataFrame, pd.DataFrame])
def test_every_kind_of_bad_value_is_found_in_its_row(
    library: type[pl.DataFrame] | type[pd.DataFrame], contract: Path
) -> None:
    bad = GOOD | {
        "order_id": [7, 7],
        "amount": [-0.5, 1.0],
        "country": ["DE", "XX"],
        "day": ["2026-02-30", "2026-01-01"],
    }
    outcome = data_contract.check(library(bad), contract)
    assert violated(outcome) == [
        ("key", None, [2]),
        ("range", "amount", [1]),
        ("allowed", "country", [2]),
        ("dtype", "day", [1]),
    ]
    assert outcome.decision.verdict is Verdict.BLOCK_AND_ROLLBACK


def test_a_whole_number_in_a_float_column_is_an_int_and_a_fraction_is_not(contract: Path) -> None:
    # NOTE: pandas turns ints with a gap into floats; that gap, and not the floats, is what is wrong with the frame.
    frame = pd.DataFrame(GOOD | {"order_id": [1, None]})
    assert violated(data_contract.check(frame, contract)) == [("not-null", "order_id", [2])]
    frame = pd.DataFrame(GOOD | {"order_id": [1.0, 2.5]})
    assert violated(data_contract.check(frame, contract)) == [("dtype", "order_id", [2])]


def test_values_of_python_in_object_columns_are_read_as_what_they_are(contract: Path) -> None:
    frame = pd.DataFrame(GOOD | {"amount": pd.Series([Decimal("1.5"), None], dtype=object)})
    frame["order_id"] = pd.Series([1, 2.0], dtype=object)
    frame["paid"] = pd.Series([True, pd.NA], dtype=object)
    assert violated(data_contract.check(frame, contract)) == []


def test_not_a_number_is_a_null_of_pandas_and_a_value_of_polars(contract: Path) -> None:
    values = GOOD | {"amount": [1.0, float("nan")]}
    assert violated(data_contract.check(pd.DataFrame(values), contract)) == []
    assert violated(data_contract.check(pl.DataFrame(values), contract)) == [("dtype", "amount", [2])]


def test_two_columns_of_one_name_are_a_defect_of_structure(contract: Path) -> None:
    frame = pd.DataFrame([[1, 2]], columns=["order_id", "order_id"])
    outcome = data_contract.check(frame, contract)
    assert ("structure", None, [None]) in violated(outcome)


def test_nested_columns_are_judged_as_text_and_crash_nothing(contract: Path) -> None:
    frame = pl.DataFrame(GOOD | {"country": [["DE"], ["NA"]]})
    assert violated(data_contract.check(frame, contract)) == [("allowed", "country", [1, 2])]


def test_a_file_is_judged_like_a_frame_and_has_lines(contract: Path, tmp_path: Path) -> None:
    path = tmp_path / "any name.csv"
    path.write_text("order_id,amount,country,paid,day,at\n1,-2,NA,true,2026-01-31,2026-01-31T12:30:00Z\n")
    outcome = data_contract.check(path, contract)
    finding = next(f for f in outcome.datasets[0].findings if f.outcome is FindingOutcome.VIOLATED)
    assert (finding.check, finding.locations[0].line, finding.locations[0].column) == ("range", 2, 3)


def test_the_policy_decides(contract: Path, tmp_path: Path) -> None:
    policy = tmp_path / "policy.yml"
    policy.write_text("version: 1\nci: {fail_on: []}\n")
    outcome = data_contract.check(pl.DataFrame(GOOD | {"country": ["DE", "XX"]}), contract, policy)
    assert (outcome.decision.verdict, outcome.exit_code) == (Verdict.BLOCK_AND_ROLLBACK, 0)


def test_a_missing_file_is_not_evaluated_and_never_passes(contract: Path, tmp_path: Path) -> None:
    outcome = data_contract.check(tmp_path / "nothing.csv", contract)
    assert outcome.exit_code == 2
    assert {finding.outcome for finding in outcome.datasets[0].findings} == {FindingOutcome.NOT_EVALUATED}


def test_a_file_of_an_unknown_format_is_not_evaluated(contract: Path, tmp_path: Path) -> None:
    (tmp_path / "orders.xlsx").write_bytes(b"PK")
    assert data_contract.check(tmp_path / "orders.xlsx", contract).exit_code == 2


def test_what_is_no_data_is_refused(contract: Path) -> None:
    with pytest.raises(DataError, match="a dict is no data"):
        data_contract.check({"order_id": [1]}, contract)  # type: ignore[arg-type]


def test_mistakes_of_a_contract_come_together(tmp_path: Path) -> None:
    path = tmp_path / "bad.yml"
    path.write_text("version: 1\ndataset: {name: x, files: [a]}\nfeatures: {a: {dtpe: int}, b: {min: 1}}\n")
    with pytest.raises(Rejected) as raised:
        data_contract.check(pl.DataFrame(), path)
    assert [str(mistake.at).rsplit("/", 1)[-1] for mistake in raised.value.mistakes] == ["bad.yml:3:16", "bad.yml:3:32"]


def test_a_contract_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"nothing\.yml"):
        data_contract.check(pl.DataFrame(), tmp_path / "nothing.yml")
