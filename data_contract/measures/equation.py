"""In which rows a number is the sum of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells, hits
from data_contract.measures.tally import Tally

_NOISE = 1e-9
"""How far apart two floats may lie, as a share of the larger one, and still be the same number."""


@dataclass(frozen=True, slots=True)
class Balance:
    """The state: the rows that were compared, and those in which the sum does not hold."""

    rows: int = 0
    broken: Tally[int] = Tally()

    def merge(self, other: Balance) -> Balance:
        """The balance of both inputs together."""
        return Balance(self.rows + other.rows, self.broken.merge(other.broken))


@dataclass(frozen=True, slots=True)
class Equation:
    """The measure: whether `total` is the sum of `parts`, in each row in which all of them are valid."""

    total: Cells
    parts: tuple[Cells, ...]

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return tuple(cells.feature for cells in (self.total, *self.parts))

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """Whether the sum holds in each row, null where it cannot be told."""
        total, *parts = (
            each.grammar.value(columns.text(each.feature)).cast(pl.Float64) for each in (self.total, *self.parts)
        )
        is_valid = pl.all_horizontal(*(each.is_valid(columns) for each in (self.total, *self.parts)))
        return (pl.when(is_valid).then(is_sum(total, parts)),)

    def empty(self) -> Balance:
        """The state before any row."""
        return Balance()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Balance:
        """The state of one batch, from what `expressions` gave."""
        return Balance(computed[0].count(), hits(~computed[0].fill_null(value=True), batch))


def is_sum(total: pl.Expr, parts: Sequence[pl.Expr]) -> pl.Expr:
    """Whether a number is the sum of others, but for what floats cannot tell."""
    size = pl.max_horizontal(total.abs(), *(part.abs() for part in parts))
    return (total - pl.sum_horizontal(*parts)).abs() <= size * _NOISE
