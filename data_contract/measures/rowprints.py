"""Which rows two versions have in common, by their key, and which of those are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.failures import SEED

_SCHEMA = {"key": pl.UInt64, "row": pl.UInt64}


@dataclass(frozen=True, slots=True)
class Prints:
    """The state: a hash of the key and one of the whole row, for each row with a valid key."""

    chunks: tuple[pl.DataFrame, ...] = field(default=(), repr=False)

    def merge(self, other: Prints) -> Prints:
        """The prints of both inputs together."""
        return Prints(self.chunks + other.chunks)

    def frame(self) -> pl.DataFrame:
        """One row for each key; of a key that repeats, the first."""
        every = pl.concat(self.chunks) if self.chunks else pl.DataFrame(schema=_SCHEMA)
        return every.unique("key", keep="first", maintain_order=True)

    def compared_with(self, base: Prints) -> tuple[int, int, int]:
        """How many keys are new, how many are gone, and how many stand before another row than they did."""
        after, before = self.frame(), base.frame()
        both = after.join(before, on="key", suffix="_before")
        changed = both.filter(pl.col("row") != pl.col("row_before")).height
        return after.height - both.height, before.height - both.height, changed


@dataclass(frozen=True, slots=True)
class RowPrints:
    """The measure: every row by its key."""

    key: tuple[Cells, ...]
    names: tuple[str, ...]
    """The features that make up a row."""

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return self.names

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hashes of each row's key, null where it is not valid, and of the row."""
        is_valid = pl.all_horizontal(*(part.is_valid(columns) for part in self.key))
        parts = (part.grammar.identity(columns.text(part.feature)).alias(part.feature) for part in self.key)
        row = pl.struct(columns.text(name).fill_null("").alias(name) for name in self.names)
        return pl.when(is_valid).then(pl.struct(parts).hash(SEED)), row.hash(SEED)

    def empty(self) -> Prints:
        """The state before any row."""
        return Prints()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Prints:
        """The state of one batch, from what `expressions` gave."""
        found = pl.DataFrame({"key": computed[0], "row": computed[1]}, schema=_SCHEMA).drop_nulls("key")
        return Prints((found,)) if found.height else Prints()
