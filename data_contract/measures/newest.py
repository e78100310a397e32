"""The newest value of a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells


@dataclass(frozen=True, slots=True)
class Latest:
    """The state: the newest moment seen, in UTC without a zone; None before any."""

    moment: datetime | None = None

    def merge(self, other: Latest) -> Latest:
        """The newer of both."""
        if self.moment is None or other.moment is None:
            return other if self.moment is None else self
        return max(self, other, key=lambda state: state.moment or datetime.min)  # noqa: DTZ901  # never None here


@dataclass(frozen=True, slots=True)
class Newest:
    """The measure: the largest valid value of a date or datetime."""

    cells: Cells

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.cells.feature,)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The moment of each row, null where its cell is not valid; a date is its first moment."""
        moment = self.cells.grammar.value(columns.text(self.cells.feature)).cast(pl.Datetime("us"))
        return (pl.when(self.cells.is_valid(columns)).then(moment),)

    def empty(self) -> Latest:
        """The state before any row."""
        return Latest()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Latest:
        """The state of one batch, from what `expressions` gave."""
        newest = computed[0].max()
        return Latest(newest if isinstance(newest, datetime) else None)
