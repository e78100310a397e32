"""How the valid values of a feature are distributed, in bins that are the same for every file.

Bins that depended on one file could not be merged with another's. So a number falls into the bin of its first four
significant digits, a date or datetime into its day, a text into itself; quantiles are chosen later, as unions of these.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.cells import Cells
from data_contract.measures.grammar import DType

DIGITS = 4
"""Significant digits of a number that its bin keeps: neighbouring bins are at most a thousandth apart."""
MOST_BINS = 200_000
"""A state with more bins than that gives up, as there is no shape left to compare."""
MOST_SHOWN = 12
"""Bins in which people are shown a distribution."""

_QUANTILES = 10
_VALUES = 50

Bin = float | str


@dataclass(frozen=True, slots=True)
class Histogram:
    """The state: how many valid values fell into each bin."""

    bins: Mapping[Bin, int] = field(default_factory=dict)
    """Numbers by their rounded value, days by their number since 1970-01-01, texts by themselves."""
    is_full: bool = False
    """Whether there are more than `MOST_BINS`; `bins` is then empty."""

    @property
    def total(self) -> int:
        """How many values there are."""
        return sum(self.bins.values())

    def merge(self, other: Histogram) -> Histogram:
        """The histogram of both inputs together."""
        if self.is_full or other.is_full:
            return Histogram(is_full=True)
        bins = dict(self.bins)
        for key, count in other.bins.items():
            bins[key] = bins.get(key, 0) + count
        return Histogram(is_full=True) if len(bins) > MOST_BINS else Histogram(bins)


@dataclass(frozen=True, slots=True)
class Distribution:
    """The measure: the histogram of a feature's valid values."""

    cells: Cells

    @property
    def is_ordered(self) -> bool:
        """Whether the bins have an order, so that quantiles mean something."""
        dtype = self.cells.grammar.dtype
        return dtype is not None and dtype.is_ordered

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.cells.feature,)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The bin of each row, null where its cell is not valid."""
        grammar, text = self.cells.grammar, columns.text(self.cells.feature)
        match grammar.dtype:
            case DType.INT | DType.FLOAT | DType.DECIMAL:
                # NOTE: bins are put in order, and what is not a number has none but after all numbers.
                place = text.cast(pl.Float64, strict=False).round_sig_figs(DIGITS).fill_nan(math.inf)
            case DType.DATE | DType.DATETIME:
                place = grammar.value(text).cast(pl.Date).cast(pl.Int32).cast(pl.Float64)
            case _:
                place = grammar.identity(text)
        return (pl.when(self.cells.is_valid(columns)).then(place),)

    def empty(self) -> Histogram:
        """The state before any row."""
        return Histogram()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Histogram:
        """The state of one batch, from what `expressions` gave."""
        counted = computed[0].drop_nulls().rename("bin").value_counts(name="count")
        if counted.height > MOST_BINS:
            return Histogram(is_full=True)
        return Histogram(dict(zip(counted["bin"], counted["count"], strict=True)))


def stability_index(base: Histogram, head: Histogram, *, is_ordered: bool) -> float:
    """The population stability index Σ (h − b) · ln(h / b) over bins chosen from `base`; 0 for the same shape.

    Ordered values: ten quantile bins of `base` with open ends. Others: its 50 commonest values, and all the rest.
    Shares are smoothed by half a value a bin, so that an empty bin stays finite. (B. Yurdakul, Statistical Properties
    of Population Stability Index, 2018.) Both must have values.
    """
    before, after = _by_quantile(base, head) if is_ordered else _by_value(base, head)
    size = len(before)
    index = 0.0
    for then, now in zip(before, after, strict=True):
        share_then = (then + 0.5) / (sum(before) + 0.5 * size)
        share_now = (now + 0.5) / (sum(after) + 0.5 * size)
        index += (share_now - share_then) * math.log(share_now / share_then)
    return index


def side_by_side(base: Histogram, head: Histogram, dtype: DType | None) -> list[tuple[str | None, int, int]]:
    """The counts of both in at most `MOST_SHOWN` bins, each with its name; None is the name of all other values.

    Ordered values: the bins of `stability_index`, named by the values that fell into them. Others: the commonest of
    either version, so that a value that is new has a name, too.
    """
    if dtype is not None and dtype.is_ordered:
        before, after = _by_quantile(base, head)
        return list(zip(_extents(base, head, dtype), before, after, strict=True))
    totals = base.total, head.total

    def counts(place: Bin) -> tuple[int, int]:
        return base.bins.get(place, 0), head.bins.get(place, 0)

    def share(place: Bin) -> float:
        return max(count / total for count, total in zip(counts(place), totals, strict=True))

    places = sorted({*base.bins, *head.bins}, key=lambda place: (-share(place), str(place)))
    shown = places if len(places) <= MOST_SHOWN else places[: MOST_SHOWN - 1]
    shown.sort(key=lambda place: (*(-count for count in counts(place)), str(place)))
    rows: list[tuple[str | None, int, int]] = [(str(place), *counts(place)) for place in shown]
    if len(shown) < len(places):
        rows.append((None, base.total - sum(row[1] for row in rows), head.total - sum(row[2] for row in rows)))
    return rows


def _extents(base: Histogram, head: Histogram, dtype: DType) -> list[str]:
    """The least and the greatest value in each quantile bin."""
    inner = _edges(base)
    places: list[list[Bin]] = [[] for _ in range(len(inner) + 1)]
    for place in (*base.bins, *head.bins):
        places[bisect_left(inner, place)].append(place)
    ends = [[_named(end, dtype) for end in (min(each), max(each))] for each in places]
    return [least if least == greatest else f"{least} to {greatest}" for least, greatest in ends]


def _named(place: Bin, dtype: DType) -> str:
    if not dtype.is_temporal:
        return f"{place:.12g}"
    return str(pl.Series([place]).cast(pl.Int32).cast(pl.Date).dt.to_string("iso")[0])


def _edges(base: Histogram) -> list[Bin]:
    """The places after which a quantile of `base` ends, the last of all left out."""
    edges: list[Bin] = []
    passed, total = 0, base.total
    for place in sorted(base.bins):
        passed += base.bins[place]
        if passed * _QUANTILES >= total * (len(edges) + 1):
            edges.append(place)
            while passed * _QUANTILES >= total * (len(edges) + 1):
                edges.append(place)
    return sorted(set(edges))[:-1]  # without the last, which is the largest value


def _by_quantile(base: Histogram, head: Histogram) -> tuple[list[int], list[int]]:
    """The counts of both in quantile bins of `base`; a bin that would be empty there is left out."""
    inner = _edges(base)
    counts = []
    for histogram in (base, head):
        bins = [0] * (len(inner) + 1)
        for place, count in histogram.bins.items():
            bins[bisect_left(inner, place)] += count
        counts.append(bins)
    return counts[0], counts[1]


def _by_value(base: Histogram, head: Histogram) -> tuple[list[int], list[int]]:
    """The counts of both for the commonest values of `base`, and for all others together."""
    commonest = sorted(base.bins, key=lambda place: (-base.bins[place], str(place)))[:_VALUES]
    counts = []
    for histogram in (base, head):
        bins = [histogram.bins.get(place, 0) for place in commonest]
        counts.append([*bins, histogram.total - sum(bins)])
    return counts[0], counts[1]
