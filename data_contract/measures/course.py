"""How the values of a feature go from row to row, in the order of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.tally import Tally, tally

_ROW, _VALUE = "row", "value"


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Rows that follow each other, with the values at both ends."""

    start: int
    """The number of its first row."""
    end: int
    """That of the row after its last."""
    first: tuple[int, float] | None = None
    """The first row that has a value, and that value; None where none has one."""
    last: float | None = None


@dataclass(frozen=True, slots=True)
class Course:
    """The state: the steps from each value to the next one.

    Stretches that meet become one, and the step between them is counted then; so the order of merging does not matter.
    """

    stretches: tuple[Stretch, ...] = ()
    """In the order of the file; one, once the file was read to its end."""
    rises: Tally[int] = Tally()
    """The rows whose value is larger than the one before."""
    falls: Tally[int] = Tally()
    """The rows whose value is smaller than the one before."""
    widest: tuple[float, int] | None = None
    """The largest distance from a value to the next one, and the row to which it leads, negated."""

    def merge(self, other: Course) -> Course:
        """The course of both inputs together."""
        met: list[Stretch] = []
        steps: list[tuple[int, float]] = []
        for stretch in sorted((*self.stretches, *other.stretches)):
            if not met or met[-1].end != stretch.start:
                met.append(stretch)
                continue
            before = met.pop()
            if before.last is not None and stretch.first is not None:
                steps.append((stretch.first[0], stretch.first[1] - before.last))
            last = before.last if stretch.last is None else stretch.last
            met.append(Stretch(before.start, stretch.end, before.first or stretch.first, last))
        widest = [(abs(step), -row) for row, step in steps]
        return Course(
            tuple(met),
            self.rises.merge(other.rises).merge(tally(row for row, step in steps if step > 0)),
            self.falls.merge(other.falls).merge(tally(row for row, step in steps if step < 0)),
            max([*widest, *(each for each in (self.widest, other.widest) if each)], default=None),
        )


@dataclass(frozen=True, slots=True)
class Steps:
    """The measure: the course of a feature's valid values; those of a date or datetime in seconds."""

    cells: Cells

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.cells.feature,)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The value of each row as a number, null where its cell is not valid."""
        grammar, text = self.cells.grammar, columns.text(self.cells.feature)
        value = grammar.value(text)
        if grammar.dtype is not None and grammar.dtype.is_temporal:
            value = value.cast(pl.Datetime("us")).cast(pl.Int64).cast(pl.Float64) / 1e6
        return (pl.when(self.cells.is_valid(columns)).then(value.cast(pl.Float64)),)

    def empty(self) -> Course:
        """The state before any row."""
        return Course()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Course:
        """The state of one batch, from what `expressions` gave."""
        start, end = batch.first_row, batch.first_row + batch.records
        if start == end:
            return Course()
        seen = pl.DataFrame({_ROW: batch.numbers(), _VALUE: computed[0]}).drop_nulls()
        if not seen.height:
            return Course((Stretch(start, end),))
        rows, values = seen.get_columns()
        steps = values.diff()
        largest = steps.abs().arg_max()
        widest = None if largest is None else (abs(steps[largest]), -int(rows[largest]))
        ends = Stretch(start, end, (int(rows[0]), float(values[0])), float(values[-1]))
        return Course((ends,), _where(rows, steps > 0), _where(rows, steps < 0), widest)


def _where(rows: pl.Series, is_meant: pl.Series) -> Tally[int]:
    return tally(rows.filter(is_meant.fill_null(value=False)))
