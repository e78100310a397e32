"""The measure of failing cells: which they are, and not only how many.

A failing cell is known by its row's key or, without one, by its value: then editing a neighbouring cell makes nothing
new.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.failures import Failures


@dataclass(frozen=True, slots=True)
class Failing:
    """The measure: the cells of one feature that one test of its chain sorts out."""

    cells: Cells
    code: int
    """What `Cells.expressions` gives for them."""
    key: tuple[Cells, ...]
    """The features that identify a row; none: a cell is known by its value."""

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.cells.feature, *(part.feature for part in self.key))

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The identity of each failing cell, null where the cell does not fail."""
        identity = columns.text(self.cells.feature).fill_null("").hash(columns.seed)
        if self.key:
            named = (part.grammar.identity(columns.text(part.feature)).alias(part.feature) for part in self.key)
            is_known = pl.all_horizontal(*(part.is_valid(columns) for part in self.key))
            identity = pl.when(is_known).then(pl.struct(named).hash(columns.seed + 1)).otherwise(identity)
        fails = self.cells.expressions(columns)[0] == self.code
        return (pl.when(fails).then(identity),)

    def empty(self) -> Failures:
        """The state before any row."""
        return Failures()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Failures:
        """The state of one batch, from what `expressions` gave."""
        return Failures.of(computed[0], batch.numbers())
