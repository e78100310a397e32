"""Which rows repeat the identity of an earlier one: exact, however many rows there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.failures import SEED, Failures
from data_contract.measures.spilled import PARTS, Run, spill

IN_MEMORY = 1 << 22
"""Hashes that a state keeps in memory; 32 MiB of them."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The state: a 64-bit hash for each identity seen; equal identities have equal hashes.

    It keeps at most `IN_MEMORY` of them in memory and the rest on disk, 8 bytes each.
    """

    chunks: tuple[pl.Series, ...] = ()
    """UInt64 without nulls, in no order."""
    runs: tuple[Run, ...] = ()
    """Those on disk."""

    @property
    def rows(self) -> int:
        """How many rows have an identity."""
        return sum(len(chunk) for chunk in self.chunks) + sum(run.rows for run in self.runs)

    def merge(self, other: Hashes) -> Hashes:
        """The hashes of both inputs together. Raises `DataError` when the disk is full."""
        chunks, runs = self.chunks + other.chunks, self.runs + other.runs
        if sum(len(chunk) for chunk in chunks) <= IN_MEMORY:
            return Hashes(chunks, runs)
        return Hashes((), (*runs, spill(pl.concat(chunks))))

    def repeated(self) -> pl.Series:
        """The hashes that occur more than once; almost always empty, and then no identity repeats."""
        if not self.runs:
            return _repeated(self.chunks)
        left = (*self.runs, spill(pl.concat(self.chunks))) if self.chunks else self.runs
        return pl.concat([_repeated([run.part(number) for run in left]) for number in range(PARTS)])


def _repeated(chunks: Sequence[pl.Series]) -> pl.Series:
    if not chunks:
        return pl.Series(dtype=pl.UInt64)
    ordered = pl.concat(chunks).sort()
    return ordered.filter(ordered == ordered.shift(1)).unique()


@dataclass(frozen=True, slots=True)
class Distinct:
    """The measure: the identity of a row is the values of some features together."""

    parts: tuple[Cells, ...]
    """The features, each with what makes its cells valid: a row with an invalid part has no identity."""

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return tuple(part.feature for part in self.parts)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hash of each row's identity, null where it has none."""
        valid = pl.all_horizontal(*(part.is_valid(columns) for part in self.parts))
        prints = [part.grammar.fingerprint(columns.text(part.feature), SEED) for part in self.parts]
        hashed = prints[0] if len(prints) == 1 else pl.struct(f.alias(str(i)) for i, f in enumerate(prints)).hash(SEED)
        return (pl.when(valid).then(hashed),)

    def identities(self, columns: Columns) -> list[pl.Expr]:
        """The parts of a row's identity, equal where their values are."""
        return [
            part.grammar.identity(columns.text(part.feature)).alias(f"part{index}")
            for index, part in enumerate(self.parts)
        ]

    def empty(self) -> Hashes:
        """The state before any row."""
        return Hashes()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Hashes:
        """The state of one batch, from what `expressions` gave."""
        hashes = computed[0].drop_nulls()
        return Hashes((hashes,)) if len(hashes) else Hashes()

    def repeats(self, state: Hashes, batches: Iterable[Batch], columns: Columns) -> Failures:
        """The rows whose identity an earlier row has, by value; reads the data again only where hashes repeat."""
        candidates = state.repeated()
        if not len(candidates):
            return Failures()
        found = pl.concat([self._picked(batch, candidates, columns) for batch in batches]).sort("row")
        later = found.filter(~pl.struct(pl.exclude("row", "identity")).is_first_distinct())
        return Failures.of(later["identity"], later["row"])

    def _picked(self, batch: Batch, candidates: pl.Series, columns: Columns) -> pl.DataFrame:
        hashes = self.expressions(columns)[0].alias("identity")
        everything = batch.cells.lazy().select(hashes, batch.numbers().alias("row"), *self.identities(columns))
        return everything.filter(pl.col("identity").is_in(candidates.implode())).collect()
