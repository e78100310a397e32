"""Which rows two versions have in common, by their key, and which of those are the same."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.distinct import Distinct
from data_contract.measures.spilled import Spillable, parts

_NOTHING = Spillable(pl.Schema({"identity": pl.UInt64, "row": pl.UInt64}), in_memory=1 << 24)


@dataclass(frozen=True, slots=True)
class Prints:
    """The state: a hash of the key and one of the whole row, for each row with a valid key."""

    kept: Spillable = _NOTHING
    """`identity` is of the key; `row` is the sum of the hashes of rows, as a key may repeat and order is none."""

    def merge(self, other: Prints) -> Prints:
        """The prints of both inputs together. Raises `DataError` when the disk is full."""
        return Prints(self.kept.merge(other.kept))

    def compared_with(self, base: Prints) -> tuple[int, int, int]:
        """How many keys are new, how many are gone, and how many stand before other rows than they did."""
        new = gone = changed = 0
        for after, before in parts(_by_key, self.kept, base.kept):
            both = after.join(before, on="identity", suffix="_before")
            new, gone = new + after.height - both.height, gone + before.height - both.height
            changed += both.filter(pl.col("row") != pl.col("row_before")).height
        return new, gone, changed


def _by_key(rows: pl.DataFrame) -> pl.DataFrame:
    # NOTE: the sum is modulo 2⁶⁴, and all the same whatever the order.
    return rows.group_by("identity").agg(pl.col("row").sum())


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
        row = pl.struct(columns.text(name).fill_null("").alias(name) for name in self.names)
        return *Distinct(self.key).expressions(columns), row.hash(columns.seed)

    def empty(self) -> Prints:
        """The state before any row."""
        return Prints()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Prints:
        """The state of one batch, from what `expressions` gave."""
        found = pl.DataFrame({"identity": computed[0], "row": computed[1]}, schema=_NOTHING.schema)
        return Prints(_NOTHING.of(found.drop_nulls("identity")))
