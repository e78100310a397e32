"""What a column looks like to somebody who was told nothing about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

import polars as pl

from data_contract.measures.batch import Batch, Columns
from data_contract.measures.grammar import BOOLEANS, DType, Grammar

K = TypeVar("K")
N = TypeVar("N", int, float)

MOST_VALUES = 50
"""Distinct values that a sketch remembers; with more there is no closed set."""
MOST_SHAPES = 4
"""Distinct shapes that a sketch remembers; with more there is none to speak of."""

NULL_TOKENS = (
    *("NA", "N/A", "n/a", "na", "NaN", "nan", "NAN", "null", "NULL", "Null", "None", "none"),
    *("-", "--", "—", ".", "..", "...", "?"),
)
"""What people write where there is no value; in text it may be one all the same."""

DATE_FORMATS = (
    *("%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%m-%Y", "%Y/%m/%d", "%d/%m/%y", "%m/%d/%y", "%d-%b-%Y", "%d %b %Y"),
    *("%d %B %Y", "%b %d, %Y", "%B %d, %Y"),
)
"""Ways to write a date that are not ISO 8601 (`%d` takes one digit or two)."""

ERROR_TEXT = (
    r"(?i)\A(?:#REF!|#DIV/0!|#VALUE!|#NAME\?|#NUM!|#NULL!|#N/A\z|Traceback \(most recent|<!doctype html|<html"
    r"|\[object Object\]|undefined\z|Internal Server Error|(?:[a-z]+Error|Exception): )"
)
"""What a program writes into a cell where it failed."""
REPLACEMENT = "\ufffd"
"""What a decoder writes for bytes that it could not read."""
MOJIBAKE = r"Ã[\u0080-\u00bf]|Â[\u00a0-\u00bf]|â€|Ð[\u0080-\u00bf]|ï»¿"
"""UTF-8 that somebody read as Latin-1 or Windows-1252, and wrote as UTF-8 again."""

_DATE_LIKE = (
    "^(?:[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}"
    "|[0-9]{1,2}[- ][A-Za-z]{3,9}[- ][0-9]{4}|[A-Za-z]{3,9} [0-9]{1,2}, [0-9]{4})$"
)
_CLASSES = (("[A-Z]", "A"), ("[a-z]", "a"), ("[0-9]", "0"))
_LONGEST_SHAPE = 40
_PROBED = 2000
_ZERO_LED = r"^[+-]?0[0-9]"
"""A number that would lose something by being read as one."""
_TEXT = pl.col("text")
_FLAWS = {
    DType.BOOL.value: _TEXT.is_in(BOOLEANS),
    "padded": _TEXT.str.strip_chars() != _TEXT,
    "several-lines": _TEXT.str.contains("[\n\r]"),
    "error": _TEXT.str.contains(ERROR_TEXT) | _TEXT.str.contains(REPLACEMENT, literal=True),
    "mojibake": _TEXT.str.contains(MOJIBAKE),
}
"""What text can be beside the value that it is."""
PLAIN = ""
"""The shape of numbers and moments, which have a type and need none."""


@dataclass(frozen=True, slots=True)
class Portrait:
    """The state: counts of cells by what they could be taken for, none of which excludes another."""

    rows: int = 0
    tokens: Mapping[str, int] = field(default_factory=dict)
    """Cells that may stand for no value: empty ones (`""`), and those of `NULL_TOKENS`."""
    readings: Mapping[str, int] = field(default_factory=dict)
    """Of all other cells, the values, how many can be read as what: a dtype, a format of `DATE_FORMATS`, a flaw."""
    kinds: Mapping[int, int] = field(default_factory=dict)
    """How often values are written as what (`Written`), in a format that tells."""
    bounds: tuple[float, float] | None = None
    """The smallest and the largest number."""
    lengths: tuple[int, int] | None = None
    """The fewest and the most characters."""
    values: Mapping[str, int] | None = field(default_factory=dict)
    """How often each value occurs; None when there are more than `MOST_VALUES`."""
    shapes: Mapping[str, int] | None = field(default_factory=dict)
    """How often each shape occurs (`AA-00` for `DE-42`); None when there are more than `MOST_SHAPES`."""

    @property
    def count(self) -> int:
        """How many values there are."""
        return self.rows - sum(self.tokens.values())

    def reads(self, *names: str) -> bool:
        """Whether every value can be read as each of these."""
        return all(self.readings.get(name, 0) == self.count for name in names)

    def merge(self, other: Portrait) -> Portrait:
        """The portrait of both inputs together."""
        return Portrait(
            self.rows + other.rows,
            _added(self.tokens, other.tokens),
            _added(self.readings, other.readings),
            _added(self.kinds, other.kinds),
            _spanned(self.bounds, other.bounds),
            _spanned(self.lengths, other.lengths),
            _limited(self.values, other.values, MOST_VALUES),
            _limited(self.shapes, other.shapes, MOST_SHAPES),
        )


@dataclass(frozen=True, slots=True)
class Sketch:
    """The measure: the portrait of one column."""

    feature: str

    def features(self) -> tuple[str, ...]:
        """The columns this measure needs."""
        return (self.feature,)

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """The text of each cell and, in a format that tells, what it is written as."""
        kind = columns.kind(self.feature)
        return (columns.text(self.feature), *(() if kind is None else (kind,)))

    def empty(self) -> Portrait:
        """The state before any row."""
        return Portrait()

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Portrait:
        """The state of one batch, from what `expressions` gave."""
        counted = _counted(computed[0].fill_null("").rename("text"))
        is_token = pl.col("text").is_in(["", *NULL_TOKENS])
        tokens, values = counted.filter(is_token), counted.filter(~is_token)
        numbers, moments, others = _sorted(values)
        plain = sum(int(each["n"].sum()) for each in (numbers, moments))
        kinds = pl.Series(dtype=pl.UInt8)
        if len(computed) == 2:
            kinds = computed[1].filter(computed[0].is_not_null() & (computed[0] != ""))
        return Portrait(
            len(computed[0]),
            _counts(tokens),
            _readings(numbers, moments, others),
            dict(kinds.value_counts(name="n").rows()),
            *_bounds(values),
            _values(values),
            _shapes(plain, others),
        )


def _counted(texts: pl.Series) -> pl.DataFrame:
    """Each text and how often it occurs; or, where hardly one occurs twice, each by itself, which is faster."""
    if texts.head(_PROBED).n_unique() > max(MOST_VALUES, _PROBED // 2):
        return pl.DataFrame([texts, pl.repeat(1, len(texts), dtype=pl.UInt32, eager=True).alias("n")])
    return texts.value_counts(name="n")


def _counts(frame: pl.DataFrame) -> dict[str, int]:
    summed = frame.lazy().group_by("text").agg(pl.col("n").sum()).collect()
    return dict(summed.rows())


def _values(values: pl.DataFrame) -> dict[str, int] | None:
    if values.height > MOST_VALUES and values.head(_PROBED)["text"].n_unique() > MOST_VALUES:
        return None
    found = _counts(values)
    return found if len(found) <= MOST_VALUES else None


def _sorted(values: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Values that are plain numbers, ISO moments, and all others; only the last are costly to look at."""
    text = pl.col("text")
    is_number = Grammar(dtype=DType.FLOAT).is_valid(text) & ~text.str.contains(_ZERO_LED)
    numbers, others = values.filter(is_number), values.filter(~is_number)
    is_moment = Grammar(dtype=DType.DATETIME).is_valid(text).fill_null(value=False)
    return numbers, others.filter(is_moment), others.filter(~is_moment)


def _readings(numbers: pl.DataFrame, moments: pl.DataFrame, others: pl.DataFrame) -> dict[str, int]:
    """How many values can be read as what; only those that occur."""
    text = pl.col("text")
    dates = others.filter(text.str.contains(_DATE_LIKE))
    readings = [
        _read(numbers, {dtype: Grammar(dtype=dtype).is_valid(text) for dtype in (DType.INT, DType.FLOAT)}),
        _read(moments, {dtype: Grammar(dtype=dtype).is_valid(text) for dtype in (DType.DATE, DType.DATETIME)}),
        _read(others, _FLAWS),
        _read(dates, {form: Grammar(dtype=DType.DATE, formats=(form,)).is_valid(text) for form in DATE_FORMATS}),
    ]
    return {name: count for each in readings for name, count in each.items()}


def _read(values: pl.DataFrame, readings: Mapping[str, pl.Expr]) -> dict[str, int]:
    if not values.height:
        return {}
    often = pl.col("n")
    asked = [often.filter(is_read.fill_null(value=False)).sum().alias(name) for name, is_read in readings.items()]
    return {name: int(count) for name, count in values.select(asked).row(0, named=True).items() if count}


def _bounds(values: pl.DataFrame) -> tuple[tuple[float, float] | None, tuple[int, int] | None]:
    number, length = pl.col("text").cast(pl.Float64, strict=False), pl.col("text").str.len_chars()
    finite = number.filter(number.is_finite())
    low, high, short, long = values.select(
        finite.min().alias("low"), finite.max().alias("high"), length.min().alias("short"), length.max().alias("long")
    ).row(0)
    return (None if low is None else (low, high)), (None if short is None else (short, long))


def _shapes(plain: int, others: pl.DataFrame) -> dict[str, int] | None:
    """How often each shape occurs: none of numbers and moments, too many of texts that are long."""
    if others.select((pl.col("text").str.len_chars() > _LONGEST_SHAPE).any()).item():
        return None
    shape = pl.col("text")
    for pattern, letter in _CLASSES:
        shape = shape.str.replace_all(pattern, letter)
    found = others.lazy().group_by(shape.alias("text")).agg(pl.col("n").sum()).collect()
    shapes = _counts(found) | ({PLAIN: plain} if plain else {})
    return shapes if len(shapes) <= MOST_SHAPES else None


def _added(one: Mapping[K, int], other: Mapping[K, int]) -> dict[K, int]:
    return {key: one.get(key, 0) + other.get(key, 0) for key in (*one, *other)}


def _limited(one: Mapping[K, int] | None, other: Mapping[K, int] | None, most: int) -> dict[K, int] | None:
    """The sum, unless there are more than `most`."""
    if one is None or other is None:
        return None
    both = _added(one, other)
    return both if len(both) <= most else None


def _spanned(one: tuple[N, N] | None, other: tuple[N, N] | None) -> tuple[N, N] | None:
    if one is None or other is None:
        return one or other
    return min(one[0], other[0]), max(one[1], other[1])
