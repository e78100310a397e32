"""Which rows repeat the identity of an earlier one: exact, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns, column_name
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
        return (pl.when(self._is_valid(columns)).then(self._hashed(columns)),)

    def _is_valid(self, columns: Columns) -> pl.Expr:
        return pl.all_horizontal(*(part.is_valid(columns) for part in self.parts))

    def _hashed(self, columns: Columns) -> pl.Expr:
        """The hash of a valid identity; anything for one that is not valid."""
        prints = [part.grammar.fingerprint(columns.text(part.feature), SEED) for part in self.parts]
        return prints[0] if len(prints) == 1 else pl.struct(f.alias(str(i)) for i, f in enumerate(prints)).hash(SEED)

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
        return dict(repeats({self: state}, lambda: batches, columns))[self]

    def picked(self, batch: Batch, candidates: pl.Series, columns: Columns) -> pl.DataFrame:
        """The rows of a batch with one of these hashes: their number, hash and identity."""
        part = batch.without(column_name(columns.index[feature]) for feature in self.features())
        hashes = part.cells.lazy().select(self._hashed(columns).alias("identity")).collect().to_series()
        where = hashes.is_in(candidates.implode()).fill_null(value=False)
        few = part.cells.filter(where).insert_column(0, part.numbers().filter(where).alias("row"))
        # NOTE: whether they are valid takes longer to tell than their hash, and is asked of few.
        few = few.insert_column(1, hashes.filter(where)).filter(self._is_valid(columns))
        return few.select("row", "identity", *self.identities(columns))


def repeats(
    states: Mapping[Distinct, Hashes], batches: Callable[[], Iterable[Batch]], columns: Columns
) -> Iterator[tuple[Distinct, Failures]]:
    """For each measure the rows whose identity an earlier row has, by value.

    Reads the data again only where hashes repeat, and then once.
    """
    candidates = {each: state.repeated() for each, state in states.items()}
    asked = {each: hashes for each, hashes in candidates.items() if len(hashes)}
    picked: dict[Distinct, list[pl.DataFrame]] = {each: [] for each in asked}
    for batch in batches() if asked else ():
        for each, hashes in asked.items():
            picked[each].append(each.picked(batch, hashes, columns))
    return ((each, _later(picked[each]) if each in asked else Failures()) for each in states)


def _later(picked: Iterable[pl.DataFrame]) -> Failures:
    """Of rows with their identities, those that an earlier one has."""
    found = pl.concat(picked).sort("row")
    later = found.filter(~pl.struct(pl.exclude("row", "identity")).is_first_distinct())
    return Failures.of(later["identity"], later["row"])
