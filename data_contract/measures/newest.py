"""The newest value of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells


@dataclass(frozen=True, slots=True)
class Latest:
    """The state: the newest moment seen; None before any."""

    microseconds: int | None = None
    """Since 1970 in UTC; a number, as a cell may lie beyond what Python has for a datetime."""

    def merge(self, other: Latest) -> Latest:
        """The newer of both."""
        moments = [state.microseconds for state in (self, other) if state.microseconds is not None]
        return Latest(max(moments, default=None))


@dataclass(frozen=True, slots=True)
class Newest:
    """The measure: the largest valid value of a date or datetime."""

    cells: Cells

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.cells.feature,)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The moment of each row, null where its cell is not valid; a date is its first moment."""
        moment = self.cells.grammar.value(columns.text(self.cells.feature)).cast(pl.Datetime("us")).cast(pl.Int64)
        return (pl.when(self.cells.is_valid(columns)).then(moment),)

    def empty(self) -> Latest:
        """The state before any row."""
        return Latest()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Latest:
        """The state of one batch, from what `expressions` gave."""
        newest = computed[0].max()
        return Latest(newest if isinstance(newest, int) else None)
