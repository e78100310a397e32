"""Which rows repeat the identity of an earlier one: exact, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import polars as pl

from data_contract.measures.batch import Batch, Columns, column_name
from data_contract.measures.cells import Cells
from data_contract.measures.failures import SEED, Failures, ends
from data_contract.measures.spilled import Spillable, parts

MOST_ASKED = 1 << 20
"""Hashes that rows are looked up by; where more of them repeat, all rows are compared by value."""

_NOTHING = Spillable(pl.Schema({"identity": pl.UInt64}), in_memory=1 << 24)


@dataclass(frozen=True, slots=True)
class Hashes:
    """The state: a 64-bit hash for each identity seen; equal identities have equal hashes."""

    kept: Spillable = _NOTHING

    @property
    def rows(self) -> int:
        """How many rows have an identity."""
        return self.kept.rows

    def merge(self, other: Hashes) -> Hashes:
        """The hashes of both inputs together. Raises `DataError` when the disk is full."""
        return Hashes(self.kept.merge(other.kept))

    def repeated(self) -> pl.Series | None:
        """The hashes that occur more than once; None if those are more than `MOST_ASKED`.

        Almost always there are none, and then no identity repeats. Raises `DataError` when the disk is full.
        """
        found = pl.Series(dtype=pl.UInt64)
        for (part,) in parts(_twice, self.kept):
            found = pl.concat([found, part.filter(_is_like(1))["identity"]])
            if len(found) > MOST_ASKED:
                return None
        return found


def _twice(rows: pl.DataFrame) -> pl.DataFrame:
    """No hash more than twice, in order."""
    return rows.sort("identity").filter(~_is_like(2))


def _is_like(distance: int) -> pl.Expr:
    """Where a hash is the same as one before it."""
    return pl.col("identity").eq_missing(pl.col("identity").shift(distance))


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
        return Hashes(_NOTHING.of(computed[0].drop_nulls().to_frame("identity")))

    def repeats(self, state: Hashes, batches: Iterable[Batch], columns: Columns) -> Failures:
        """The rows whose identity an earlier row has, by value; reads the data again only where hashes repeat."""
        return dict(repeats({self: state}, lambda: batches, columns))[self]

    def picked(self, batch: Batch, asked: pl.Series | None, columns: Columns) -> pl.DataFrame:
        """The rows of a batch that have one of these hashes (None: that have any): hash, number and identity."""
        part = batch.without(column_name(columns.index[feature]) for feature in self.features())
        hashes = part.cells.select(self.expressions(columns)[0].alias("identity")).to_series()
        is_asked = hashes.is_not_null() if asked is None else hashes.is_in(asked.implode()).fill_null(value=False)
        few = part.cells.filter(is_asked).select(self.identities(columns))
        known = [hashes.filter(is_asked), part.numbers().filter(is_asked).alias("row")]
        return pl.DataFrame([*known, pl.repeat(1, few.height, dtype=pl.UInt32, eager=True).alias("count"), *few])


def repeats(
    states: Mapping[Distinct, Hashes], batches: Callable[[], Iterable[Batch]], columns: Columns
) -> Iterator[tuple[Distinct, Failures]]:
    """For each measure the rows whose identity an earlier row has, by value.

    Reads the data again only where hashes repeat, and then once. Raises `DataError` when the disk is full.
    """
    repeated = {each: state.repeated() for each, state in states.items()}
    asked = {each: hashes for each, hashes in repeated.items() if hashes is None or len(hashes)}
    picked: dict[Distinct, Spillable] = {}
    for batch in batches() if asked else ():
        for each, hashes in asked.items():
            rows = each.picked(batch, hashes, columns)
            more = Spillable(rows.schema, _NOTHING.in_memory).of(rows)
            picked[each] = picked[each].merge(more) if each in picked else more
    return ((each, _later(picked[each]) if each in picked else Failures()) for each in states)


def _later(picked: Spillable) -> Failures:
    """Of rows with their identities, those that an earlier one has."""
    same = [name for name in picked.schema if name not in ("row", "count")]
    later = Failures()
    for (part,) in parts(partial(ends, same=same), picked):
        found = part.filter(~pl.struct(same).is_first_distinct())
        later = later.merge(Failures.of(found["identity"], found["row"], found["count"]))
    return later
