"""What the rows of a previous version promise by themselves: what identifies them, their order, sums, dependencies.

Each is supposed from the first rows alone; `upheld` drops what the others do not confirm.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations, product
from math import fsum, isclose, prod

import polars as pl

from data_contract.infer.columns import FEWEST_FILLED, FEWEST_SHAPED, Column
from data_contract.measures.equation import is_sum
from data_contract.measures.firstrows import Sample

_MOST_KEY_COLUMNS = 6
"""Columns, from the left, among which those that identify a row together are looked for."""
_FEWEST_MEETINGS = 3.0
"""Pairs of rows that chance would make alike, below which that there is none is no evidence (e⁻³ is 5 %)."""
_MOST_NUMBERS = 40
"""Columns of numbers among which sums are looked for."""
_MOST_DEPENDENCIES = 12
_MOST_COMPARED = 20
"""Columns, from the left, among which dependencies are looked for."""
_PROBED = 8
"""Rows in which a sum has to hold before it is looked for in the others."""
_NAMED_KEY = ("id", "key", "code", "uuid", "guid", "iso", "sku", "isin", "slug")
_MOST_BROKEN = 0.1
"""The share of the rows in which a sum need not hold to be one that mostly does."""
_LEAST_SUMMED = 0.05
"""The share of the rows in which a part must not be zero to be one."""
_FEWEST_TOTALS = 10
"""Distinct totals below which a sum may be a coincidence."""


@dataclass(frozen=True, kw_only=True)
class RowTraits:
    """The first rows of the previous version, and its columns."""

    sample: Sample
    columns: tuple[Column, ...]

    @cached_property
    def _frame(self) -> pl.DataFrame:
        """The text of each column, under its index."""
        return pl.DataFrame(
            [self.sample.column(each.name).fill_null("").alias(str(i)) for i, each in enumerate(self.columns)]
        )

    @property
    def rows(self) -> int:
        """How many there are."""
        return self._frame.height

    def key(self) -> tuple[Column, ...]:
        """The fewest columns that identify a row; none where nothing does for certain."""
        if self.rows < FEWEST_FILLED:
            return ()
        single = next((self.columns[i] for i in self._unique if i < 2 or _is_named_key(self.columns[i].name)), None)
        if single:
            return (single,)
        return self._together() if self.rows >= FEWEST_SHAPED else ()

    def others(self) -> Iterator[Column]:
        """The columns that are unique by themselves, whatever the key is."""
        if self.rows >= FEWEST_FILLED:
            yield from (self.columns[index] for index in self._unique)

    def are_distinct(self) -> bool:
        """Whether no row is there twice."""
        return self.rows >= FEWEST_FILLED and bool(self.columns) and self._frame.n_unique() == self.rows

    @cached_property
    def _unique(self) -> list[int]:
        return [i for i in self._discrete if self._count(i) == self.rows and self._is_telling(self.columns[i])]

    def _is_telling(self, column: Column) -> bool:
        """Whether so many different values are no coincidence: numbers from a wide range hardly meet."""
        if not column.is_typed or _is_named_key(column.name):
            return True
        values = self._values(column).cast(pl.Int64)
        steps = values.diff().drop_nulls()
        if (steps > 0).all() or (steps < 0).all():
            return True
        low, high = values.min(), values.max()
        # NOTE: n values out of m are all different by chance with a probability of about exp(−n² / 2m); here below 5 %.
        return isinstance(low, int) and isinstance(high, int) and high - low + 1 < self.rows**2 / 6

    @cached_property
    def _discrete(self) -> list[int]:
        """The columns without nulls whose values could identify something: no fractions."""
        return [i for i, each in enumerate(self.columns) if not each.nulls and (not each.is_number or each.is_whole)]

    def _count(self, *indexes: int) -> int:
        return self._frame.select(str(index) for index in indexes).n_unique()

    def _together(self) -> tuple[Column, ...]:
        """The first few columns that are unique together, where that is no coincidence."""
        fitting = [i for i in self._discrete[:_MOST_KEY_COLUMNS] if 1 < self._count(i) <= self.rows / 2]
        for size in (2, 3):
            for indexes in combinations(fitting, size):
                if self._meetings(indexes) >= _FEWEST_MEETINGS and self._count(*indexes) == self.rows:
                    return tuple(self.columns[index] for index in indexes)
        return ()

    def _meetings(self, indexes: Sequence[int]) -> float:
        """How many pairs of rows would be alike in these columns if the columns had nothing to do with each other."""
        pairs = self.rows * (self.rows - 1) / 2
        return pairs * prod(self._likeness(index) for index in indexes)

    def _likeness(self, index: int) -> float:
        """The probability that two rows are alike in one column."""
        counts = self._frame[str(index)].value_counts(name="n")["n"]
        return float((counts * (counts - 1)).sum()) / (self.rows * (self.rows - 1))

    def ordered(self) -> Iterator[tuple[Column, bool]]:
        """The columns of time that only rise, or only fall, and whether they rise."""
        for column in self.columns:
            if not column.is_time or self.rows < FEWEST_FILLED:
                continue
            steps = self._values(column).drop_nulls().cast(pl.Int64).diff().drop_nulls()
            if len(steps) >= FEWEST_FILLED - 1 and ((steps > 0).all() or (steps < 0).all()):
                yield column, bool(steps[0] > 0)

    def cumulative(self, column: Column) -> bool:
        """Whether a number never falls and rises often."""
        steps = self._values(column).drop_nulls().diff().drop_nulls()
        return bool((steps >= 0).all()) and int((steps > 0).sum()) >= FEWEST_FILLED

    def _values(self, column: Column) -> pl.Series:
        cells = column.values()
        text = pl.col("text")
        value = pl.when(~cells.is_null(text) & column.grammar.is_valid(text)).then(column.grammar.value(text))
        return self.sample.column(column.name).to_frame("text").select(value.alias("value")).to_series()

    def sums(self) -> Iterator[tuple[Column, tuple[Column, ...], float]]:
        """Totals, each with the columns beside it that make it up, and the share of the rows that break it."""
        numbers = [column for column in self.columns if column.is_number][:_MOST_NUMBERS]
        frame = pl.DataFrame([self._values(column).cast(pl.Float64).alias(str(i)) for i, column in enumerate(numbers)])
        found: set[int] = set()
        probe = frame.head(_PROBED).rows()
        for most, index in product((0.0, _MOST_BROKEN), range(len(numbers))):
            beside = _beside(index, len(numbers)) if index not in found else ()
            likely = (p for p in beside if not found & {*p} and _could_add_up(probe, index, p, most))
            shares = ((p, _broken(frame, index, p, most)) for p in likely)
            parts, broken = next(((p, share) for p, share in shares if share is not None), ((), 0.0))
            if parts:
                found.add(index)
                yield numbers[index], tuple(numbers[part] for part in parts), broken

    def dependencies(self) -> Iterator[tuple[Column, Column]]:
        """Pairs of columns of which the first determines the second."""
        if self.rows < FEWEST_SHAPED:
            return
        counts = {index: self._count(index) for index in self._discrete[:_MOST_COMPARED]}
        keys = [index for index, count in counts.items() if 2 < count <= self.rows / 2]
        found = 0
        for key in keys:
            for value, count in counts.items():
                is_open = value != key and 1 < count <= counts[key] and found < _MOST_DEPENDENCIES
                if is_open and self._count(key, value) == counts[key]:
                    found += 1
                    yield self.columns[key], self.columns[value]


def _is_named_key(name: str) -> bool:
    words = name.strip().casefold().replace("-", "_").replace(" ", "_").split("_")
    return any(word in _NAMED_KEY for word in words) or name.endswith(("Id", "ID"))


def _beside(index: int, count: int) -> Iterator[tuple[int, ...]]:
    """The runs of at least two columns that end before a column, or start after it; the longest first."""
    for size in range(count - 1, 1, -1):
        if size <= index:
            yield tuple(range(index - size, index))
        if index + size < count:
            yield tuple(range(index + 1, index + size + 1))


def _could_add_up(rows: Sequence[tuple[float | None, ...]], total: int, parts: Sequence[int], most: float) -> bool:
    """Whether a sum holds in the rows that are complete, roughly; in all but one where `most` of them may break it."""
    broken = 0
    for row in rows:
        whole, terms = row[total], [value for part in parts if (value := row[part]) is not None]
        if whole is None or len(terms) < len(parts):
            continue
        if not isclose(fsum(terms), whole, rel_tol=1e-6, abs_tol=1e-6 * max(map(abs, terms))):
            broken += 1
            if broken > (1 if most else 0):
                return False
    return True


def _broken(frame: pl.DataFrame, total: int, parts: Sequence[int], most: float) -> float | None:
    """The share of the rows in which a sum does not hold, if at most that; None where that is no evidence.

    It is none of too few rows, and where the sum holds because nearly everything in it is zero.
    """
    complete = frame.select(str(index) for index in (total, *parts)).drop_nulls()
    columns = [pl.col(str(part)) for part in parts]
    if most:
        # NOTE: a part that is mostly zero and has nothing to do with the total breaks few sums, too.
        complete = complete.filter(pl.all_horizontal(column != 0 for column in columns))
    if complete.height < FEWEST_SHAPED or complete[str(total)].n_unique() < _FEWEST_TOTALS:
        return None
    broken = float(complete.select((~is_sum(pl.col(str(total)), columns)).mean()).item())
    used = complete.select((column != 0).mean() for column in columns).row(0)
    return broken if broken <= most and min(used) >= _LEAST_SUMMED else None
