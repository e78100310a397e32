"""Which rows fail, so that those of two versions can be told apart: the old from the new."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import polars as pl

from data_contract.measures.spilled import Spillable, parts
from data_contract.measures.tally import WITNESSES, Tally

ENDS = 1 << 12
"""Of the rows with one identity, how many of the first and of the last are told apart; more than `WITNESSES`."""

_NOTHING = Spillable(pl.Schema({"identity": pl.UInt64, "row": pl.Int64, "count": pl.Int64}), in_memory=1 << 22)


@dataclass(frozen=True, slots=True)
class Failures:
    """The state: the identity (a 64-bit hash) and the row number of each failure.

    Of more than twice `ENDS` failures with one identity, those between the ends are only counted.
    """

    kept: Spillable = _NOTHING
    """`count` is how many failures a row stands for: itself and those behind it that are only counted."""

    @classmethod
    def of(cls, identities: pl.Series, rows: pl.Series, counts: pl.Series | int = 1) -> Failures:
        """Failures by their identity, and how many each stands for; a null identity is none."""
        found = pl.DataFrame({"identity": identities, "row": rows, "count": counts}, schema=_NOTHING.schema)
        return cls(_NOTHING.of(found.drop_nulls("identity")))

    def merge(self, other: Failures) -> Failures:
        """The failures of both inputs together. Raises `DataError` when the disk is full."""
        return Failures(self.kept.merge(other.kept))

    def rows(self) -> Tally[int]:
        """Their rows."""
        return self.beyond(Failures())

    def beyond(self, base: Failures) -> Tally[int]:
        """The rows of those that `base` does not have, or has less often; of equal ones, the last are new.

        Exact as a count; its first places are the first that are told apart.
        """
        tallies = (_new(after, before) for after, before in parts(ends, self.kept, base.kept))
        return reduce(Tally.merge, tallies, Tally())


def ends(rows: pl.DataFrame, same: Sequence[str] = ("identity",)) -> pl.DataFrame:
    """The first and the last of the rows that are the same; the last of the first stands for those between too."""
    most = rows.group_by("identity").len().select(pl.col("len").max()).item()
    if most is None or most <= 2 * ENDS:
        return rows.sort("row")
    nth, size = pl.int_range(1, pl.len() + 1).over(same), pl.len().over(same)
    ordered = rows.sort("row").with_columns(nth=nth, behind=size.cast(pl.Int64) - nth)
    is_end = (pl.col("nth") <= ENDS) | (pl.col("behind") < ENDS)
    between = ordered.filter(~is_end).group_by(same).agg(pl.col("count").sum().alias("between"))
    kept = ordered.filter(is_end).join(between, on=same, how="left", nulls_equal=True, maintain_order="left")
    stands_for = pl.when(pl.col("nth") == ENDS).then(pl.col("between").fill_null(0)).otherwise(0)
    return kept.with_columns(pl.col("count") + stands_for).select(rows.columns)


def _new(after: pl.DataFrame, before: pl.DataFrame) -> Tally[int]:
    """Of failures, each by its place among its equals, those beyond as many as there were before."""
    if not before.height:
        return Tally(int(after["count"].sum()), tuple(after["row"].head(WITNESSES)))
    known = before.group_by("identity").agg(pl.col("count").sum().alias("before"))
    last = pl.col("count").cum_sum().over("identity")
    numbered = after.with_columns(last=last).join(known, on="identity", how="left", maintain_order="left")
    old = pl.col("before").fill_null(0)
    count = pl.min_horizontal(pl.col("count"), (pl.col("last") - old).clip(0)).sum()
    is_new = pl.col("last") - pl.col("count") >= old
    first = numbered.filter(is_new)["row"].head(WITNESSES)
    return Tally(int(numbered.select(count).item()), tuple(first))
