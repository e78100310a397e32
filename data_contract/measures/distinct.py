"""Which rows repeat the identity of an earlier one: exact, however many rows there are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

import polars as pl

from data_contract.measures.batch import Batch, Columns, column_name
from data_contract.measures.cells import Cells
from data_contract.measures.failures import Failures, ends
from data_contract.measures.spilled import Spillable, parts

MOST_ASKED = 1 << 20
"""Rows that are looked at again; where more of them may repeat, all rows are."""

HELD = 6 << 20
"""Rows whose hashes are held in memory, 16 bytes each: to write fewer down costs more than to sort them."""

_NOTHING = Spillable(pl.Schema({"identity": pl.UInt64, "row": pl.Int64}), in_memory=16 * HELD)
_PICKED = 1 << 24
"""Bytes of rows with their identities that are held in memory."""
_GATHERED = 1 << 14
"""Rows that are enough to be looked at together."""


@dataclass(frozen=True, slots=True)
class Hashes:
    """The state: a 64-bit hash of each row's identity, if it has one; equal identities have equal hashes."""

    kept: Spillable = _NOTHING
    forgotten: int = 0
    """Rows that are only counted any more."""

    @property
    def rows(self) -> int:
        """How many rows have an identity."""
        return self.kept.rows + self.forgotten

    def merge(self, other: Hashes) -> Hashes:
        """The hashes of both inputs together. Raises `DataError` when the disk is full."""
        return Hashes(self.kept.merge(other.kept), self.forgotten + other.forgotten)

    def counted(self) -> Hashes:
        """How many there are, without what they are: all that is left to ask once it is known which of them repeat."""
        return Hashes(forgotten=self.rows)

    def suspects(self) -> pl.Series | None:
        """The rows whose hash another row has too, in order; None if they are more than `MOST_ASKED`.

        Almost always there are none, and then no identity repeats. Raises `DataError` when the disk is full.
        """
        found = pl.Series(dtype=pl.Int64)
        for (part,) in parts(_enough, self.kept):
            found = pl.concat([found, _alike(part)])
            if len(found) > MOST_ASKED:
                return None
        return found.sort()


def _enough(rows: pl.DataFrame) -> pl.DataFrame:
    """No more rows of any hash than can be looked at again, and two that tell of more."""
    if rows.height <= HELD:
        return rows
    ordered = rows.sort("identity")
    return ordered.filter(pl.col("identity").ne_missing(pl.col("identity").shift(MOST_ASKED + 2)))


def _alike(rows: pl.DataFrame) -> pl.Series:
    """The numbers of the rows whose hash another one has."""
    ordered = rows["identity"].sort()
    repeated = ordered.filter(ordered == ordered.shift(1))
    if not len(repeated):
        return repeated.cast(pl.Int64)
    return rows.filter(pl.col("identity").is_in(repeated.unique().implode()))["row"]


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
        prints = [part.fingerprint(columns) for part in self.parts]
        if len(prints) == 1:
            return prints[0]
        return pl.struct(each.alias(str(index)) for index, each in enumerate(prints)).hash(columns.seed)

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
        rows = pl.DataFrame({"identity": computed[0], "row": batch.numbers()}, schema=_NOTHING.schema)
        return Hashes(_NOTHING.of(rows.drop_nulls("identity")))

    def repeats(self, state: Hashes, batches: Iterable[Batch], columns: Columns) -> Failures:
        """The rows whose identity an earlier row has, by value; reads the data again only where hashes repeat."""
        return dict(repeats({self: state}, lambda features, rows: batches, columns))[self]

    def picked(self, batch: Batch, suspects: pl.Series | None, columns: Columns) -> pl.DataFrame:
        """Of these rows (None: of all) those that are in a batch: hash, number and identity."""
        part = batch.without(column_name(columns.index[feature]) for feature in self.features())
        rows = part.cells.with_columns(row=part.numbers())
        if suspects is not None:
            rows = rows.filter(pl.col("row").is_in(suspects.implode()))
        mine = replace(columns, shared={})
        known = (self.expressions(mine)[0].alias("identity"), "row", pl.lit(1, pl.Int64).alias("count"))
        shared = rows.lazy().with_columns(mine.shared.values())
        picked = shared.select(*known, *self.identities(mine)).collect().drop_nulls("identity")
        # NOTE: a text of polars holds on to all the texts it was picked from, unless it is made anew.
        return picked.with_columns(pl.col(pl.String) + "")


Again = Callable[[Collection[str], pl.Series | None], Iterable[Batch]]
"""Reads some features once more, in the batches that have any of some rows (None: in all)."""


def repeats(states: Mapping[Distinct, Hashes], again: Again, columns: Columns) -> Iterator[tuple[Distinct, Failures]]:
    """For each measure the rows whose identity an earlier row has, by value.

    Reads the data again only where hashes repeat, and then once. Raises `DataError` when the disk is full.
    """
    suspects = {each: state.suspects() for each, state in states.items()}
    asked = {each: rows for each, rows in suspects.items() if rows is None or len(rows)}
    picked: dict[Distinct, Spillable] = {}
    features = {feature for each in asked for feature in each.features()}
    few = [rows for rows in asked.values() if rows is not None]
    wanted = pl.concat(few).unique().sort() if few and len(few) == len(asked) else None
    for batch in _gathered(again(features, wanted), wanted) if asked else ():
        for each, numbers in asked.items():
            rows = each.picked(batch, numbers, columns)
            more = Spillable(rows.schema, _PICKED).of(rows)
            picked[each] = picked[each].merge(more) if each in picked else more
    return ((each, _later(picked[each]) if each in picked else Failures()) for each in states)


def _gathered(batches: Iterable[Batch], wanted: pl.Series | None) -> Iterator[Batch]:
    """Some rows (None: all) of many batches as a few, as each takes its time, however few rows it has."""
    parts: list[Batch] = []
    for batch in batches:
        if wanted is None or batch.spoilt:
            yield batch
            continue
        end = batch.first_row + batch.records
        here = wanted.filter(wanted.is_between(batch.first_row, end, closed="left"))
        numbers = batch.numbers()
        kept = numbers.is_in(here.implode())
        # NOTE: a text of polars holds on to all the texts it was picked from, unless it is made anew.
        cells = batch.cells.filter(kept).with_columns(pl.col(pl.String) + "")
        parts.append(Batch(cells, batch.first_row, batch.records, numbers.filter(kept)))
        if sum(part.cells.height for part in parts) >= _GATHERED:
            yield _together(parts)
            parts = []
    if parts:
        yield _together(parts)


def _together(parts: Sequence[Batch]) -> Batch:
    # NOTE: a block that was read with care has all of its columns.
    cells, numbers = (part.cells for part in parts), (part.numbers() for part in parts)
    return Batch(
        pl.concat(cells, how="diagonal"), parts[0].first_row, sum(part.records for part in parts), pl.concat(numbers)
    )


def _later(picked: Spillable) -> Failures:
    """Of rows with their identities, those that an earlier one has."""
    same = [name for name in picked.schema if name not in ("row", "count")]
    later = Failures()
    for (part,) in parts(partial(ends, same=same), picked):
        found = part.filter(~pl.struct(same).is_first_distinct())
        later = later.merge(Failures.of(found["identity"], found["row"], found["count"]))
    return later
