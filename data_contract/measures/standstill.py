"""How long rows stay the same, in the order of the file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from data_contract.measures.batch import Batch, Columns


@dataclass(frozen=True, slots=True, order=True)
class Run:
    """Rows that follow each other and are alike: their number, the first of them, and what they are, as a hash."""

    length: int
    row: int
    identity: int


@dataclass(frozen=True, slots=True, order=True)
class Stretch:
    """Rows that follow each other, with the runs at both ends."""

    start: int
    """The number of its first row."""
    end: int
    """That of the row after its last."""
    first: Run | None = None
    """None where no row could be read."""
    last: Run | None = None
    is_one: bool = False
    """Whether the first run is the last."""

    def then(self, other: Stretch) -> Stretch:
        """Both as one, where the other starts where it ends."""
        if self.last is None or other.first is None:
            known = other if self.last is None else self
            return Stretch(self.start, other.end, known.first, known.last, known.is_one)
        if self.last.identity != other.first.identity:
            return Stretch(self.start, other.end, self.first, other.last)
        joined = Run(self.last.length + other.first.length, self.last.row, self.last.identity)
        first, last = joined if self.is_one else self.first, joined if other.is_one else other.last
        return Stretch(self.start, other.end, first, last, self.is_one and other.is_one)

    def joined(self, other: Stretch) -> Run | None:
        """The run that goes from this one into the next, if one does."""
        if self.last is None or other.first is None or self.last.identity != other.first.identity:
            return None
        return Run(self.last.length + other.first.length, self.last.row, self.last.identity)


@dataclass(frozen=True, slots=True)
class Standstill:
    """The state: the longest run of rows that are alike.

    Stretches that meet become one, and so do the runs at their ends; so the order of merging does not matter.
    """

    stretches: tuple[Stretch, ...] = ()
    """In the order of the file; one, once the file was read to its end."""
    longest: Run | None = None

    def merge(self, other: Standstill) -> Standstill:
        """The longest run of both inputs together."""
        met: list[Stretch] = []
        runs = [self.longest, other.longest]
        for stretch in sorted((*self.stretches, *other.stretches), key=lambda each: (each.start, each.end)):
            if met and met[-1].end == stretch.start:
                before = met.pop()
                runs.append(before.joined(stretch))
                stretch = before.then(stretch)  # noqa: PLW2901  # it grows
            met.append(stretch)
        return Standstill(tuple(met), _longest(runs))


def _longest(runs: Sequence[Run | None]) -> Run | None:
    """The longest; of those that are as long, the first in the file."""
    return max((run for run in runs if run), key=lambda run: (run.length, -run.row, run.identity), default=None)


@dataclass(frozen=True, slots=True)
class Standing:
    """The measure: how long some features stay the same from row to row, all of them together."""

    names: tuple[str, ...]

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return self.names

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The hash of each row, as far as these features go."""
        texts = (columns.text(name).fill_null("").alias(str(index)) for index, name in enumerate(self.names))
        return (pl.struct(texts).hash(columns.seed),)

    def empty(self) -> Standstill:
        """The state before any row."""
        return Standstill()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Standstill:
        """The state of one batch, from what `expressions` gave."""
        start, end = batch.first_row, batch.first_row + batch.records
        if start == end:
            return Standstill()
        found = computed[0].rle().struct.unnest()
        if not found.height:
            return Standstill((Stretch(start, end),))
        lengths, identities = found.get_columns()
        rows = batch.numbers().gather(lengths.cum_sum().shift(1, fill_value=0))
        longest = lengths.arg_max() or 0
        first, last, most = (Run(lengths[at], rows[at], identities[at]) for at in (0, -1, longest))
        return Standstill((Stretch(start, end, first, last, found.height == 1),), most)
