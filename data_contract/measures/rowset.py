"""How many distinct rows there are, in bounded memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.smallest import Smallest

SIZE = 1 << 16
"""Rows up to which the count is exact; beyond it is off by about 0.4 %."""


@dataclass(frozen=True, slots=True)
class RowSet:
    """The state: some of the distinct rows, as hashes, and how many rows were seen."""

    rows: int = 0
    distinct: Smallest = Smallest(SIZE)

    def merge(self, other: RowSet) -> RowSet:
        """The rows of both inputs together."""
        return RowSet(self.rows + other.rows, self.distinct.merge(other.distinct))


@dataclass(frozen=True, slots=True)
class Rows:
    """The measure: the distinct rows, blank ones left out, as far as these columns go."""

    names: tuple[str, ...]

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return self.names

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hash of each row, null where all of its cells are blank."""
        texts = [columns.text(name).fill_null("") for name in self.names]
        row = pl.struct(text.alias(str(index)) for index, text in enumerate(texts)).hash(columns.seed)
        return (pl.when(~pl.all_horizontal(text == "" for text in texts)).then(row),)

    def empty(self) -> RowSet:
        """The state before any row."""
        return RowSet()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> RowSet:
        """The state of one batch, from what `expressions` gave."""
        hashes = computed[0].drop_nulls()
        return RowSet(len(hashes), Smallest.of(hashes, SIZE))
