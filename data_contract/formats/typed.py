"""Values that have a type already, as the text that a contract can judge."""

from __future__ import annotations

import polars as pl

from data_contract.measures.batch import Written

_EXACT = 2**53
"""Whole numbers up to this are exact in a float, and written without a fraction."""


def as_text(series: pl.Series) -> pl.Series:
    """The values as text: dates in ISO 8601, moments in UTC, a whole number in a float column without a fraction."""
    kind = series.dtype
    if kind == pl.String:
        return series
    if kind.is_float():
        return _float_text(series)
    if isinstance(kind, pl.Datetime):
        zone = "Z" if kind.time_zone else ""
        utc = series.dt.convert_time_zone("UTC") if kind.time_zone else series
        return utc.dt.strftime("%Y-%m-%dT%H:%M:%S%.f") + zone
    if written_as(kind) is Written.NESTED:
        return pl.Series(series.name, [None if value is None else str(value) for value in series.to_list()], pl.String)
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
