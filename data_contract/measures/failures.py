"""Which rows fail, so that those of two versions can be told apart: the old from the new."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

import polars as pl

from data_contract.measures.tally import WITNESSES, Tally

SEED = secrets.randbits(63)
"""Of the hashes in this process: nobody may be able to write a value that passes for another, old one."""

_SCHEMA = {"identity": pl.UInt64, "row": pl.Int64}


@dataclass(frozen=True, slots=True)
class Failures:
    """The state: the identity (a 64-bit hash) and the row number of each failure."""

    chunks: tuple[pl.DataFrame, ...] = field(default=(), repr=False)

    @classmethod
    def of(cls, identities: pl.Series, rows: pl.Series) -> Failures:
        """The failures of one batch; a null identity is none."""
        found = pl.DataFrame({"identity": identities, "row": rows}, schema=_SCHEMA).drop_nulls("identity")
        return cls((found,)) if found.height else cls()

    def merge(self, other: Failures) -> Failures:
        """The failures of both inputs together."""
        return Failures(self.chunks + other.chunks)

    def frame(self) -> pl.DataFrame:
        """All of them, in the order of their rows."""
        return pl.concat(self.chunks).sort("row") if self.chunks else pl.DataFrame(schema=_SCHEMA)

    def rows(self) -> Tally[int]:
        """Their rows."""
        return _tally(self.frame()["row"])

    def beyond(self, base: Failures) -> Tally[int]:
        """The rows of those that `base` does not have, or has less often."""
        before = base.frame().group_by("identity").len("before")
        after = self.frame().with_columns(nth=pl.col("row").cum_count().over("identity"))
        new = after.join(before, on="identity", how="left").filter(pl.col("nth") > pl.col("before").fill_null(0))
        return _tally(new["row"].sort())


def _tally(rows: pl.Series) -> Tally[int]:
    """The tally of rows that are in order."""
    return Tally(len(rows), tuple(rows.head(WITNESSES)))
