"""Values that have a type already, as the text that a contract can judge."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl

from data_contract.measures.batch import Written

_EXACT = 2**53
"""Whole numbers up to this are exact in a float, and written without a fraction."""
_DAY = 86_400
_MOST_DAYS = 90_000_000
"""Days from 1970 on, or before, that have a date; polars panics at some that are further away."""
_UNITS = {"ms": 10**3, "us": 10**6, "ns": 10**9}


def as_text(series: pl.Series) -> pl.Series:
    """The values as text: dates in ISO 8601, moments in UTC, a whole number in a float column without a fraction.

    A date or moment that no calendar has is the number it is stored as.
    """
    kind = series.dtype
    if kind == pl.String:
        return series
    if kind.is_float():
        return _float_text(series)
    if isinstance(kind, pl.Datetime):
        zone = "Z" if kind.time_zone else ""
        utc = series.dt.convert_time_zone("UTC") if kind.time_zone else series
        most = min(_MOST_DAYS * _DAY * _UNITS[kind.time_unit], 2**63 - 1)
        return _between(utc, -most, most, lambda moment: moment.dt.strftime("%Y-%m-%dT%H:%M:%S%.f") + zone)
    if kind == pl.Date:
        return _between(series, -_MOST_DAYS, _MOST_DAYS, lambda day: day.cast(pl.String))
    if kind == pl.Time:
        return series.dt.strftime("%H:%M:%S%.f")
    if kind == pl.Duration:
        return series.dt.to_string("iso")
    if written_as(kind) is Written.NESTED:
        return _nested_text(series)
    return series.cast(pl.String)


def written_as(kind: pl.DataType) -> Written:
    """What the values of a column are, by its type."""
    if kind.is_integer():
        return Written.INT
    if kind.is_float() or kind.is_decimal():
        return Written.NUMBER
    if isinstance(kind, pl.Datetime):
        return Written.DATETIME
    simple = {pl.Boolean: Written.BOOL, pl.Date: Written.DATE, pl.String: Written.TEXT}
    is_text = isinstance(kind, pl.Categorical | pl.Enum | pl.Time | pl.Duration | pl.Null)
    return Written.TEXT if is_text else simple.get(kind.base_type(), Written.NESTED)


def _float_text(series: pl.Series) -> pl.Series:
    value = pl.col("value")
    is_whole = value.is_finite() & (value == value.round()) & (value.abs() < _EXACT)
    whole = value.cast(pl.Int64, strict=False).cast(pl.String)
    text = pl.when(is_whole).then(whole).otherwise(value.cast(pl.String))
    return series.to_frame("value").select(text.alias(series.name)).to_series()


def _between(series: pl.Series, low: int, high: int, text: Callable[[pl.Expr], pl.Expr]) -> pl.Series:
    """The text of values that are stored as numbers from `low` to `high`, and the number of any other."""
    value, stored = pl.col("value"), pl.col("value").to_physical()
    said = text(pl.when(stored.is_between(low, high)).then(value))
    return series.to_frame("value").select(said.fill_null(stored.cast(pl.String)).alias(series.name)).to_series()


def _nested_text(series: pl.Series) -> pl.Series:
    try:
        values = series.to_list()
    except (ValueError, OverflowError, pl.exceptions.PanicException):
        # NOTE: Python has no dates before year 1 or after 9999.
        values = series.to_physical().to_list()
    return pl.Series(series.name, [None if value is None else str(value) for value in values], pl.String)
