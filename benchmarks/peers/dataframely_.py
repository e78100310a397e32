"""The promises in dataframely: casts that fail are counted as rules, the rest are rules of the columns."""

from __future__ import annotations

import json
import sys

import dataframely as dy
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


class Benchmark(dy.Schema):
    """The twelve columns."""

    user_id = dy.Int64(nullable=False)
    age = dy.Float64(nullable=True, min=0, max=AGE_MAX)
    country = dy.String(nullable=False, check=lambda text: text.is_in(COUNTRIES))
    visits = dy.Int64(nullable=True, min=0, max=VISITS_MAX)
    email = dy.String(nullable=False, regex=f"^(?:{EMAIL})$")
    amount = dy.Float64(nullable=True, min=0, max=AMOUNT_MAX)
    created_at = dy.String(nullable=False)
    status = dy.String(nullable=True, check=lambda text: text.is_in(STATUSES))
    is_active = dy.String(nullable=True, check=lambda text: text.is_in(BOOLEANS))
    zip = dy.String(nullable=True, regex=f"^(?:{ZIP})$")
    score = dy.Float64(nullable=True, min=0, max=SCORE_MAX)
    note = dy.String(nullable=True, max_length=NOTE_MAX)

    @dy.rule()
    def is_unique(cls) -> pl.Expr:  # noqa: N805  # as dataframely wants it
        """No two rows have the same id."""
        return pl.col("user_id").is_null() | pl.col("user_id").is_unique()

    @dy.rule()
    def is_key(cls) -> pl.Expr:  # noqa: N805
        """No two rows have the same e-mail and moment."""
        parts = pl.col("email", "created_at")
        return pl.any_horizontal(parts.is_null()) | pl.struct("email", "created_at").is_unique()

    @dy.rule()
    def is_moment(cls) -> pl.Expr:  # noqa: N805
        """The moment is one."""
        text = pl.col("created_at")
        return text.is_null() | text.str.to_datetime(MOMENT, strict=False).is_not_null()


def main() -> None:
    """Print what was found."""
    frame = pl.read_csv(sys.argv[1], infer_schema=False)
    _, failure = Benchmark.filter(frame, cast=True)
    counts = failure.counts()
    found = {
        "row-count": int(not frame.height),
        "columns": int(tuple(frame.columns) != COLUMNS),
        "age null-rate": int(frame["age"].null_count() > AGE_NULLS * frame.height),
        "user_id unique": counts.get("is_unique", 0),
        "email, created_at key": counts.get("is_key", 0),
        "created_at dtype": counts.get("is_moment", 0),
        "country allowed": counts.get("country|check", 0),
        "status allowed": counts.get("status|check", 0),
        "is_active dtype": counts.get("is_active|check", 0),
        "email pattern": counts.get("email|regex", 0),
        "zip pattern": counts.get("zip|regex", 0),
        "note length": counts.get("note|max_length", 0),
    }
    for name in ("user_id", "age", "visits", "amount", "score"):
        found[f"{name} dtype"] = counts.get(f"{name}|dtype", 0)
    for name in ("age", "visits", "amount", "score"):
        found[f"{name} range"] = counts.get(f"{name}|min", 0) + counts.get(f"{name}|max", 0)
    for name in ("user_id", "country", "email", "created_at"):
        found[f"{name} not-null"] = counts.get(f"{name}|nullability", 0)
    sys.stdout.write(json.dumps({"rows": frame.height, "found": found}))


if __name__ == "__main__":
    main()
