"""Whether the value of one feature determines that of another."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.tally import Tally, tally

MOST_PAIRS = 50_000
"""Distinct pairs from which a state gives up."""

_SCHEMA = {"key": pl.UInt64, "value": pl.UInt64, "row": pl.Int64}


@dataclass(frozen=True, slots=True)
class Pairs:
    """The state: each distinct pair of values, as hashes, with the first row that has it."""

    found: pl.DataFrame = field(default_factory=lambda: pl.DataFrame(schema=_SCHEMA), repr=False)
    is_full: bool = False
    """Whether there are more than `MOST_PAIRS`; nothing is then known."""

    @classmethod
    def of(cls, pairs: pl.DataFrame) -> Pairs:
        """The distinct ones of some pairs."""
        found = pairs.group_by("key", "value").agg(pl.col("row").min())
        return cls(is_full=True) if found.height > MOST_PAIRS else cls(found)

    def merge(self, other: Pairs) -> Pairs:
        """The pairs of both inputs together."""
        if self.is_full or other.is_full:
            return Pairs(is_full=True)
        return Pairs.of(pl.concat((self.found, other.found)))

    @property
    def keys(self) -> int:
        """How many distinct values the first feature has."""
        return self.found["key"].n_unique()

    def conflicts(self) -> Tally[int]:
        """Of each pair whose key occurs with another value earlier, the first row."""
        is_first = pl.col("row") == pl.col("row").min().over("key")
        return tally(self.found.filter(~is_first)["row"])


@dataclass(frozen=True, slots=True)
class Dependence:
    """The measure: the pairs of values of two features, by their text; rows that lack one have none."""

    key: str
    value: str

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.key, self.value)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hashes of both, null where either is empty."""
        texts = [columns.text(name) for name in (self.key, self.value)]
        is_there = pl.all_horizontal(text.fill_null("") != "" for text in texts)
        return tuple(pl.when(is_there).then(text.hash(columns.seed)) for text in texts)

    def empty(self) -> Pairs:
        """The state before any row."""
        return Pairs()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Pairs:
        """The state of one batch, from what `expressions` gave."""
        pairs = pl.DataFrame({"key": computed[0], "value": computed[1], "row": batch.numbers()}, schema=_SCHEMA)
        return Pairs.of(pairs.drop_nulls())
