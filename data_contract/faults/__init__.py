"""Ways to break data, for drills and tests: each does what really happens to files, and says what has to be found.

A fault takes a table of text and gives a new one together with what was broken: the check that has to fire, and the
row and the cell that a report has to point at. All of it is pure; chance is a `random.Random` that the caller brings.

    table = CsvTable.of(header, rows)
    spoilt = break_promise(BY_NAME["null"], table, contract, "country_code", Random(1))
    Path("broken.csv").write_bytes(write(spoilt.table).data)
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from random import Random

from data_contract.checks.allowed import Allowed
from data_contract.checks.dtype import Dtype
from data_contract.checks.length import Length
from data_contract.checks.nulls import NullRate
from data_contract.checks.pattern import Pattern
from data_contract.checks.range import Range
from data_contract.checks.validity import InvalidRate
from data_contract.contract import Contract
from data_contract.faults import form, values
from data_contract.faults.opinion import NULL, verdict
from data_contract.faults.table import At, CsvTable, Entry, Raw, Written, write
from data_contract.faults.target import Features, Injected, Spoil, Spoilt, Target
from data_contract.promise import CellTest

__all__ = [
    "BY_NAME",
    "FAULTS",
    "At",
    "CsvTable",
    "Entry",
    "Fault",
    "Injected",
    "Raw",
    "Reach",
    "Spoilt",
    "Written",
    "break_promise",
    "inject",
    "write",
]


class Reach(StrEnum):
    """How much of a file one fault spoils."""

    CELL = "cell"
    """One row, by cells of it whose promises are known."""
    ROW = "row"
    """One row or line, whatever its cells are."""
    FILE = "file"
    """A column, or everything."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to break data."""

    name: str
    checks: tuple[str, ...]
    """The checks of which one has to fire: which one depends on what the contract promises and tolerates."""
    reach: Reach
    features: Features
    """The features of a contract it can be applied to; None stands for the dataset, and nothing for nowhere."""
    spoil: Spoil
    """Breaks what is named, and nothing else; None where that row or file gives no way to."""


def _cell_test(name: str, kind: type[CellTest], features: Features, texts: values.Texts) -> Fault:
    return Fault(name, (kind.id, InvalidRate.name), Reach.CELL, features, values.break_test(kind, texts))


_CELL, _ROW, _FILE = Reach
_FORM, _COLUMNS, _ROWS = ("structure",), ("columns",), ("row-count",)

FAULTS: tuple[Fault, ...] = (
    _cell_test("wrong-dtype", Dtype, values.where_typed, values.wrong_dtype),
    _cell_test("below-range", Range, values.where_tested(Range, "minimum"), values.below),
    _cell_test("above-range", Range, values.where_tested(Range, "maximum"), values.above),
    _cell_test("outside-set", Allowed, values.where_tested(Allowed), values.undeclared),
    _cell_test("broken-pattern", Pattern, values.where_tested(Pattern), values.unlike),
    _cell_test("too-short", Length, values.where_tested(Length, "minimum"), values.too_short),
    _cell_test("too-long", Length, values.where_tested(Length, "maximum"), values.too_long),
    Fault("null", ("not-null", "null-rate"), _CELL, values.where_null_counts, values.make_null),
    Fault("repeated-value", ("unique",), _CELL, values.where_unique, values.repeat),
    Fault("repeated-key", ("key",), _CELL, values.where_keyed, values.repeat),
    Fault("short-row", _FORM, _ROW, form.anywhere, form.shorten),
    Fault("long-row", _FORM, _ROW, form.anywhere, form.lengthen),
    Fault("text-after-quote", _FORM, _ROW, form.where_quoted, form.write_after_quote),
    Fault("nul", _FORM, _ROW, form.anywhere, form.put_nul),
    Fault("invalid-byte", _FORM, _ROW, form.where_utf8, form.put_invalid_byte),
    Fault("conflict-marker", _FORM, _ROW, form.anywhere, form.put_conflict_marker),
    Fault("blank-line", _FORM, _ROW, form.anywhere, form.put_blank_line),
    Fault("mixed-line-ends", _FORM, _ROW, form.anywhere, form.end_otherwise),
    # NOTE: whatever is quoted after an open quote would close it, so this goes into a file last.
    Fault("open-quote", _FORM, _ROW, form.where_quoted, form.open_quote),
    Fault("byte-order-mark", _FORM, _FILE, form.where_utf8, form.mark_byte_order),
    Fault("dropped-column", _COLUMNS, _FILE, form.named_features, form.drop_column),
    Fault("renamed-column", _COLUMNS, _FILE, form.named_features, form.rename_column),
    Fault("duplicated-column", _FORM, _FILE, form.named_features, form.repeat_column),
    Fault("unnamed-column", _FORM, _FILE, form.where_named, form.add_unnamed_column),
    Fault("added-column", _COLUMNS, _FILE, form.where_closed, form.add_column),
    Fault("only-header", _ROWS, _FILE, form.where_rows_are_needed, form.empty_to_header),
    Fault("empty-file", _FORM, _FILE, form.where_named, form.empty),
    Fault("too-few-rows", _ROWS, _FILE, form.where_rows_are_needed, form.truncate),
    Fault("too-many-rows", _ROWS, _FILE, form.where_rows_are_limited, form.multiply_rows),
)
_TRIES = 100
"""Rows to try in vain before a fault is taken not to fit."""

BY_NAME = {fault.name: fault for fault in FAULTS}


def inject(
    fault: Fault, table: CsvTable, contract: Contract, feature: str | None, row: int, random: Random
) -> Spoilt | None:
    """Put one fault into a row that keeps its contract; None where it cannot be put there."""
    return fault.spoil(Target(contract, table, feature, row), random)


def break_promise(
    fault: Fault, table: CsvTable, contract: Contract, feature: str | None, random: Random
) -> Spoilt | None:
    """Put a fault into rows at random, as many as it takes to go beyond what is tolerated; None where it cannot be."""
    if fault.reach is Reach.FILE:
        return inject(fault, table, contract, feature, 1, random)
    rows = [row for row, _ in table.rows()]
    random.shuffle(rows)
    wanted = _beyond_tolerance(fault, table, contract, feature)
    injected: list[Injected] = []
    for row in rows[: wanted + _TRIES]:
        if len(injected) < wanted and (spoilt := inject(fault, table, contract, feature, row, random)):
            table = spoilt.table
            injected += spoilt.injected
    return Spoilt(table, tuple(injected)) if len(injected) >= wanted else None


def _beyond_tolerance(fault: Fault, table: CsvTable, contract: Contract, feature: str | None) -> int:
    """How many more cells have to be broken."""
    for check in contract.checks:
        if check.id in fault.checks and check.feature and check.feature.name == feature:
            break
    else:
        return 1
    if not isinstance(check, NullRate | InvalidRate):
        return 1
    target = Target(contract, table, feature)
    texts = [entry.cells[target.column()] for _, entry in table.rows()]
    verdicts = [verdict(check.cells, text) for text in texts]
    nulls = verdicts.count(NULL)
    if isinstance(check, NullRate):
        return int(check.limit * len(texts)) + 1 - nulls
    valid = verdicts.count(None)
    return int(check.limit * (len(texts) - nulls)) + 1 - (len(texts) - nulls - valid)
