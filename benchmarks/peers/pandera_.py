"""The promises in pandera (its polars backend): text columns, and beside those of a type a column of their values."""

from __future__ import annotations

import json
import sys
from typing import Any

import pandera.polars as pa
import polars as pl
from promises import (
    AGE_MAX,
    AGE_NULLS,
    AMOUNT_MAX,
    BOOLEANS,
    COLUMNS,
    COUNTRIES,
    EMAIL,
    MOMENT,
    NOTE_MAX,
    SCORE_MAX,
    STATUSES,
    VISITS_MAX,
    ZIP,
)

VALUES = {
    "user_id": pl.col("user_id").cast(pl.Int64, strict=False),
    "age": pl.col("age").cast(pl.Float64, strict=False),
    "visits": pl.col("visits").cast(pl.Int64, strict=False),
    "amount": pl.col("amount").cast(pl.Float64, strict=False),
    "created_at": pl.col("created_at").str.to_datetime(MOMENT, strict=False),
    "score": pl.col("score").cast(pl.Float64, strict=False),
}
"""What a text means; null where it means nothing."""


def is_typed(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether a text has a value; a null needs none."""
    text, value = pl.col(data.key), pl.col(f"{data.key}_value")
    return data.lazyframe.select(text.is_null() | value.is_not_null())


def is_key(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether no other row has the same e-mail and moment."""
    parts = pl.col("email", "created_at")
    return data.lazyframe.select(pl.any_horizontal(parts.is_null()) | pl.struct("email", "created_at").is_unique())


def is_unique(data: pa.PolarsData) -> pl.LazyFrame:
    """Whether no other row has the same value."""
    return data.lazyframe.select(pl.col(data.key).is_null() | pl.col(data.key).is_unique())


def text(*checks: pa.Check, nullable: bool = True) -> pa.Column:
    """A column of text."""
    return pa.Column(pl.String, list(checks), nullable=nullable)


def number(dtype: Any, most: float | None, *checks: pa.Check) -> pa.Column:
    """A column of the values of another."""
    bounds = [] if most is None else [pa.Check.in_range(0, most, name="range")]
    return pa.Column(dtype, [*bounds, *checks], nullable=True)


TYPED = pa.Check(is_typed, name="dtype")
SCHEMA = pa.DataFrameSchema(
    {
        "user_id": text(TYPED, nullable=False),
        "age": text(TYPED),
        "country": text(pa.Check.isin(COUNTRIES, name="allowed"), nullable=False),
        "visits": text(TYPED),
        "email": text(pa.Check.str_matches(f"^(?:{EMAIL})$", name="pattern"), nullable=False),
        "amount": text(TYPED),
        "created_at": text(TYPED, nullable=False),
        "status": text(pa.Check.isin(STATUSES, name="allowed")),
        "is_active": text(pa.Check.isin(BOOLEANS, name="dtype")),
        "zip": text(pa.Check.str_matches(f"^(?:{ZIP})$", name="pattern")),
        "score": text(TYPED),
        "note": text(pa.Check.str_length(max_value=NOTE_MAX, name="length")),
        "user_id_value": number(pl.Int64, None, pa.Check(is_unique, name="unique")),
        "age_value": number(pl.Float64, AGE_MAX),
        "visits_value": number(pl.Int64, VISITS_MAX),
        "amount_value": number(pl.Float64, AMOUNT_MAX),
        "score_value": number(pl.Float64, SCORE_MAX),
        "created_at_value": pa.Column(pl.Datetime("us"), nullable=True),
    },
    checks=[pa.Check(is_key, name="key")],
    strict=True,
)


def main() -> None:
    """Print what was found."""
    frame = pl.read_csv(sys.argv[1], infer_schema=False)
    found = {
        "row-count": int(not frame.height),
        "columns": int(tuple(frame.columns) != COLUMNS),
        "age null-rate": int(frame["age"].null_count() > AGE_NULLS * frame.height),
    }
    typed = frame.with_columns(value.alias(f"{name}_value") for name, value in VALUES.items())
    try:
        SCHEMA.validate(typed, lazy=True)
    except pa.errors.SchemaErrors as errors:
        for error in errors.schema_errors:
            name = getattr(error.schema, "name", None) or ""
            check = "not-null" if error.check == "not_nullable" else getattr(error.check, "name", str(error.check))
            key = "email, created_at key" if check == "key" else f"{name.removesuffix('_value')} {check}"
            cases = error.failure_cases
            found[key] = found.get(key, 0) + (cases.height if isinstance(cases, pl.DataFrame) else 1)
    sys.stdout.write(json.dumps({"rows": frame.height, "found": found}))


if __name__ == "__main__":
    main()
