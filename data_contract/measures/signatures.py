"""Which columns of two versions hold the same values, whatever they are called."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.smallest import Smallest

SIZE = 256
"""Hashes that are kept of a column; the likeness of two is then known to about 1/16."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The state: of each column some of its distinct values, as hashes."""

    columns: Mapping[str, Smallest] = field(default_factory=dict, repr=False)

    def merge(self, other: Signature) -> Signature:
        """The signature of both inputs together."""
        nothing = Smallest(SIZE)
        names = dict.fromkeys((*self.columns, *other.columns))
        return Signature(
            {name: self.columns.get(name, nothing).merge(other.columns.get(name, nothing)) for name in names}
        )

    def likeness(self, name: str, other: Signature, theirs: str) -> float:
        """The share of this column's distinct values that the other has too, in [0, 1]; an estimate from 256 on."""
        mine, yours = self.columns.get(name), other.columns.get(theirs)
        return (mine.share_in(yours) or 0.0) if mine and yours else 0.0


@dataclass(frozen=True, slots=True)
class Signatures:
    """The measure: the signature of every column that a file has, whatever they are."""

    def features(self) -> tuple[str, ...]:
        """None that has to be there."""
        return ()

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hash of each cell, column by column."""
        return (
            (pl.struct(columns.text(name).hash(columns.seed).alias(name) for name in columns.index),)
            if columns.index
            else ()
        )

    def empty(self) -> Signature:
        """The state before any row."""
        return Signature()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Signature:
        """The state of one batch, from what `expressions` gave."""
        columns = computed[0].struct.unnest().get_columns() if computed else ()
        return Signature({each.name: Smallest.of(each, SIZE) for each in columns})
