"""The promises in pointblank: text columns, and beside those of a type a column of their values."""

from __future__ import annotations

import json
import sys

import pointblank as pb
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
RANGES = {"age": AGE_MAX, "visits": VISITS_MAX, "amount": AMOUNT_MAX, "score": SCORE_MAX}
SETS = {"country allowed": COUNTRIES, "status allowed": STATUSES, "is_active dtype": BOOLEANS}


def steps(data: pl.DataFrame) -> tuple[pb.Validate, list[str]]:
    """The plan, and the name of the promise that each step judges."""
    plan, names = pb.Validate(data), []
    for name in VALUES:
        typed = pl.col(name).is_null() | pl.col(f"{name}_value").is_not_null()
        plan, names = plan.col_vals_expr(expr=typed), [*names, f"{name} dtype"]
    for name, most in RANGES.items():
        plan = plan.col_vals_between(columns=f"{name}_value", left=0, right=most, na_pass=True)
        names.append(f"{name} range")
    for promise, values in SETS.items():
        # NOTE: `col_vals_in_set` counts nulls as failures.
        column = pl.col(promise.split()[0])
        plan, names = plan.col_vals_expr(expr=column.is_null() | column.is_in(values)), [*names, promise]
    for name, pattern in (("email", EMAIL), ("zip", ZIP)):
        plan = plan.col_vals_regex(columns=name, pattern=f"^(?:{pattern})$", na_pass=True)
        names.append(f"{name} pattern")
    for name in ("user_id", "country", "email", "created_at"):
        plan, names = plan.col_vals_not_null(columns=name), [*names, f"{name} not-null"]
    is_short = pl.col("note").is_null() | (pl.col("note").str.len_chars() <= NOTE_MAX)
    plan, names = plan.col_vals_expr(expr=is_short), [*names, "note length"]
    value = pl.col("user_id_value")
    plan, names = plan.col_vals_expr(expr=value.is_null() | value.is_unique()), [*names, "user_id unique"]
    parts = pl.col("email", "created_at")
    is_key = pl.any_horizontal(parts.is_null()) | pl.struct("email", "created_at").is_unique()
    return plan.col_vals_expr(expr=is_key), [*names, "email, created_at key"]


def main() -> None:
    """Print what was found."""
    frame = pl.read_csv(sys.argv[1], infer_schema=False)
    found = {
        "row-count": int(not frame.height),
        "columns": int(tuple(frame.columns) != COLUMNS),
        "age null-rate": int(frame["age"].null_count() > AGE_NULLS * frame.height),
    }
    plan, names = steps(frame.with_columns(value.alias(f"{name}_value") for name, value in VALUES.items()))
    # NOTE: without this it keeps a copy of the failing rows of each step.
    failed = plan.interrogate(collect_extracts=False).n_failed()
    found |= {name: failed[number] for number, name in enumerate(names, 1)}
    sys.stdout.write(json.dumps({"rows": frame.height, "found": found}))


if __name__ == "__main__":
    main()
