"""The first rows of a dataset as they are, to find out what may hold for all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from data_contract.measures.batch import Batch, Columns

ROWS = 2000
"""How many are kept."""
_ROW = "row"


@dataclass(frozen=True, slots=True)
class Sample:
    """The state: at most `ROWS` rows, those that come first in the file."""

    rows: pl.DataFrame = field(default_factory=lambda: pl.DataFrame({_ROW: pl.Series(dtype=pl.Int64)}), repr=False)
    """Their numbers and, in the order of the file, the text of their cells, under names that mean nothing."""
    names: tuple[str, ...] = ()
    """Those of the columns after the first."""

    def merge(self, other: Sample) -> Sample:
        """The first rows of both inputs."""
        if not self.names or not other.names:
            return self if self.names else other
        return Sample(pl.concat((self.rows, other.rows)).sort(_ROW).head(ROWS), self.names)

    def column(self, name: str) -> pl.Series:
        """The text of one column; null where there is no cell."""
        return self.rows.get_columns()[self.names.index(name) + 1]


@dataclass(frozen=True, slots=True)
class FirstRows:
    """The measure: the first rows of all columns."""

    def features(self) -> tuple[str, ...]:
        """None that has to be there."""
        return ()

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """Every cell as it is."""
        return (pl.struct(columns.text(name).alias(name) for name in columns.index),) if columns.index else ()

    def empty(self) -> Sample:
        """The state before any row."""
        return Sample()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Sample:
        """The state of one batch, from what `expressions` gave."""
        if not computed:
            return Sample()
        cells = computed[0].head(ROWS).struct.unnest()
        numbered = cells.rename(dict(zip(cells.columns, (f"c{n}" for n in range(cells.width)), strict=True)))
        return Sample(numbered.insert_column(0, batch.numbers().head(ROWS).alias(_ROW)), tuple(cells.columns))
