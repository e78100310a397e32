"""In which rows some features have a value, by the rows' key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.distinct import Distinct
from data_contract.measures.spilled import Spillable, parts
from data_contract.measures.tally import Tally, tally

MOST_FEATURES = 64
"""Bits of a number."""
_NOTHING = Spillable(pl.Schema({"identity": pl.UInt64, "filled": pl.UInt64, "row": pl.Int64}), in_memory=1 << 24)


@dataclass(frozen=True, slots=True)
class Fillings:
    """The state: for each row with a valid key, which of the features have a value."""

    kept: Spillable = _NOTHING
    """`identity` is a hash of the key; `filled` has a bit for each feature, the lowest for the first."""

    def merge(self, other: Fillings) -> Fillings:
        """The rows of both inputs together. Raises `DataError` when the disk is full."""
        return Fillings(self.kept.merge(other.kept))

    def erased_since(self, base: Fillings, features: int) -> tuple[tuple[int, Tally[int]], ...]:
        """For each feature, in how many of the rows that are still here base had a value, and those without it now."""
        nothing: tuple[int, Tally[int]] = (0, Tally())
        found = [nothing] * features
        for after, before in parts(_by_key, self.kept, base.kept):
            both = after.join(before, on="identity", suffix="_before")
            for index, (had, erased) in enumerate(found):
                was = both.filter((pl.col("filled_before") & _bit(index)) != 0)
                now = was.filter((pl.col("filled") & _bit(index)) == 0)["row"]
                found[index] = had + was.height, erased.merge(tally(now))
        return tuple(found)


def _by_key(rows: pl.DataFrame) -> pl.DataFrame:
    # NOTE: of a key that repeats nobody knows which row is which: what one of them lacks, it had not, and has not.
    return rows.group_by("identity").agg(pl.col("filled").bitwise_and(), pl.col("row").min())


def _bit(index: int) -> pl.Expr:
    return pl.lit(1 << index, pl.UInt64)


@dataclass(frozen=True, slots=True)
class Filling:
    """The measure: every row by its key, and which of some features have a value in it."""

    key: tuple[Cells, ...]
    cells: tuple[Cells, ...]
    """At most `MOST_FEATURES`."""

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return tuple(dict.fromkeys(each.feature for each in (*self.key, *self.cells)))

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hash of each row's key, null where it is not valid, and what is filled."""
        filled = (
            (~each.is_null(columns.text(each.feature))).cast(pl.UInt64) * _bit(index)
            for index, each in enumerate(self.cells)
        )
        return *Distinct(self.key).expressions(columns), pl.sum_horizontal(*filled)

    def empty(self) -> Fillings:
        """The state before any row."""
        return Fillings()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Fillings:
        """The state of one batch, from what `expressions` gave."""
        identity, filled = computed
        rows = pl.DataFrame({"identity": identity, "filled": filled, "row": batch.numbers()}, schema=_NOTHING.schema)
        return Fillings(_NOTHING.of(rows.drop_nulls("identity")))
