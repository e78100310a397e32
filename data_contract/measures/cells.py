"""What becomes of each cell of a feature: null, valid, or counted at the first promise it breaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.grammar import Grammar, is_one_of
from data_contract.measures.tally import Tally

_CODE = partial(pl.lit, dtype=pl.UInt8)
VALID, NULL, FIRST_TEST = 0, 1, 2
"""What becomes of a cell, as `Cells.expressions` tells it; the tests follow in their order."""


@dataclass(frozen=True, slots=True)
class Cell:
    """The cells of one feature, as expressions over a batch."""

    text: pl.Expr
    kind: pl.Expr | None
    """What each is written as, in numbers of `Written`; None where everything is text."""
    grammar: Grammar


class CellTest(Protocol):
    """A promise that a single cell keeps or breaks by itself."""

    def is_broken(self, cell: Cell) -> pl.Expr:
        """True where a cell that is not null, and kept every test before this one, breaks the promise."""


@dataclass(frozen=True, slots=True)
class CellCounts:
    """The state: every cell of the rows seen is in exactly one of the counts."""

    rows: int = 0
    nulls: Tally[int] = Tally()
    """Null cells, with their row numbers."""
    broken: tuple[Tally[int], ...] = ()
    """For each test in turn, the cells that broke it and none before it."""

    @property
    def values(self) -> int:
        """Cells that are not null."""
        return self.rows - self.nulls.count

    def merge(self, other: CellCounts) -> CellCounts:
        """The counts of both inputs together."""
        if not self.rows or not other.rows:
            return self if self.rows else other
        broken = (mine.merge(theirs) for mine, theirs in zip(self.broken, other.broken, strict=True))
        return CellCounts(self.rows + other.rows, self.nulls.merge(other.nulls), tuple(broken))


@dataclass(frozen=True, slots=True)
class Cells:
    """The measure: sorts the cells of one feature by a chain of tests."""

    feature: str
    grammar: Grammar
    null_values: tuple[str, ...]
    tests: tuple[CellTest, ...]

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.feature,)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """One number a row: 0 valid, 1 null, from 2 on the first test that failed."""
        return (columns.once(self, lambda: self._code(columns)),)

    def _code(self, columns: Columns) -> pl.Expr:
        cell = Cell(columns.text(self.feature), columns.kind(self.feature), self.grammar)
        tests = (self.is_null(cell.text), *(test.is_broken(cell) for test in self.tests))
        code = _CODE(VALID)
        for number, is_hit in reversed([*enumerate(tests, NULL)]):
            code = pl.when(is_hit).then(_CODE(number)).otherwise(code)
        return code

    def is_null(self, text: pl.Expr) -> pl.Expr:
        """True where there is no value: no cell, or one of the texts that stand for none."""
        return text.is_null() | is_one_of(text, self.null_values)

    def is_valid(self, columns: Columns) -> pl.Expr:
        """True where the cell has a value that keeps every test."""
        return self.expressions(columns)[0] == VALID

    def fingerprint(self, columns: Columns) -> pl.Expr:
        """64 bits of what a valid cell means; anything for one that is not valid."""
        what = (self.feature, self.grammar, "fingerprint")
        return columns.once(what, lambda: self.grammar.fingerprint(columns.text(self.feature), columns.seed))

    def empty(self) -> CellCounts:
        """The state before any row."""
        return CellCounts()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> CellCounts:
        """The state of one batch, from what `expressions` gave."""
        (codes,) = computed
        if not len(codes):
            return CellCounts()
        last = FIRST_TEST + len(self.tests)
        # NOTE: most cells are valid: to know the highest code spares looking for each.
        highest = int(codes.max())  # type: ignore[arg-type]  # there are some, and none is null
        nulls, *broken = (hits(codes == code, batch) if code <= highest else Tally() for code in range(NULL, last))
        return CellCounts(len(codes), nulls, tuple(broken))


def hits(mask: pl.Series, batch: Batch) -> Tally[int]:
    """The rows of a batch for which `mask` is true."""
    count = int(mask.sum())
    return Tally(count, batch.first_rows(mask)) if count else Tally()
