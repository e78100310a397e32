"""Where a fault goes, and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from random import Random

from data_contract.checks.columns import Present
from data_contract.checks.unique import RowKey, Unique
from data_contract.contract import Contract
from data_contract.faults.opinion import Meaning, meaning, verdict
from data_contract.faults.table import CsvTable, Entry
from data_contract.measures.cells import Cells


@dataclass(frozen=True, slots=True)
class Injected:
    """What was broken, and where: the finding that has to come."""

    check: str
    aspect: str | None = None
    feature: str | None = None
    """None: a promise about the dataset."""
    row: int | None = None
    """Row of data, counted from 1; None for what is no row."""
    cell: int = 0
    """Which cell of the row a report has to point at, counted from 0."""
    like: int | None = None
    """The earlier row whose value or key is repeated: it has to stay as it is."""


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A table with a fault in it."""

    table: CsvTable
    injected: tuple[Injected, ...]


@dataclass(frozen=True)
class Target:
    """Where a fault is to go. A fault of the whole file looks at no row, one of a row at no feature."""

    contract: Contract
    table: CsvTable
    feature: str | None = None
    row: int = 1

    @cached_property
    def cells(self) -> Mapping[str, Cells]:
        """How the cells of each feature are judged."""
        return cells_of(self.contract)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns, whether the file has them or not."""
        return self.table.header or tuple(self.contract.features)

    @cached_property
    def rows(self) -> Mapping[int, Entry]:
        """All rows by their numbers."""
        return dict(self.table.rows())

    @property
    def entry(self) -> Entry:
        """The row that is meant."""
        return self.rows[self.row]

    def column(self, feature: str | None = None) -> int:
        """Which cell of a row is that of a feature; without one, of the feature that is meant."""
        return self.columns.index(feature or self.feature or "")

    @property
    def text(self) -> str:
        """The cell that is meant."""
        return self.entry.cells[self.column()]

    def with_cells(self, texts: Mapping[int, str]) -> CsvTable:
        """The table with other cells in the row that is meant."""
        cells = tuple(texts.get(index, cell) for index, cell in enumerate(self.entry.cells))
        return self.table.with_row(self.row, Entry(cells, line_end=self.entry.line_end))

    def identity(self, features: tuple[str, ...], entry: Entry) -> tuple[Meaning, ...] | None:
        """What some features of a row mean together; None where one of them is not valid."""
        if len(entry.cells) != len(self.columns):
            return None
        found = []
        for feature in features:
            text, cells = entry.cells[self.column(feature)], self.cells[feature]
            value = meaning(cells.grammar, text) if verdict(cells, text) is None else None
            if value is None:
                return None
            found.append(value)
        return tuple(found)


Features = Callable[[Contract], tuple[str | None, ...]]
"""The features of a contract that something can be done to; None stands for the dataset."""
Spoil = Callable[[Target, Random], Spoilt | None]
"""Breaks what is named; None where there is no way to."""


def cells_of(contract: Contract) -> Mapping[str, Cells]:
    """How the cells of each feature are judged."""
    return {check.cells.feature: check.cells for check in contract.checks if isinstance(check, Present)}


def identities_of(contract: Contract) -> Mapping[str | None, tuple[str, ...]]:
    """What no two rows may have in common: the unique features by their names, the key under None."""
    found: dict[str | None, tuple[str, ...]] = {}
    for check in contract.checks:
        if isinstance(check, Unique):
            found[check.cells.feature] = (check.cells.feature,)
        elif isinstance(check, RowKey):
            found[None] = tuple(part.feature for part in contract.key)
    return found


def check_on(contract: Contract, feature: str, ids: tuple[str, ...]) -> str | None:
    """The first of some checks that the contract has on a feature."""
    found = {check.id for check in contract.checks if check.feature and check.feature.name == feature}
    return next((each for each in ids if each in found), None)
