"""Writes the file of the benchmarks: twelve columns, the same bytes for the same arguments."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import polars as pl
from promises import BOOLEANS, COLUMNS, COUNTRIES, MOMENT, NOTE_MAX, STATUSES

CHUNK = 100_000
"""Rows made at a time; a part of what is made, so that a longer file starts like a shorter one."""
FIRST_ID = 10_000_001
SECONDS = 7
"""Between two rows, so that no two are of the same moment."""
WORDS = (
    "order",
    "called",
    "back",
    "late",
    "refund",
    "again",
    "wrong",
    "size",
    "colour",
    "thanks",
    "please",
    "check",
    "address",
    "gift",
    "résumé",
    "😀",
)

FAULTS: tuple[tuple[str, str, str | None], ...] = (
    ("user_id", "dtype", "12a"),
    ("user_id", "not-null", None),
    ("age", "dtype", "unknown"),
    ("age", "range", "999"),
    ("country", "not-null", None),
    ("country", "allowed", "ZZ"),
    ("visits", "dtype", "1.5"),
    ("visits", "range", "-1"),
    ("email", "not-null", None),
    ("email", "pattern", "nobody.example.com"),
    ("amount", "dtype", "12,50"),
    ("amount", "range", "-1.00"),
    ("created_at", "dtype", "2024-02-30T12:00:00"),
    ("created_at", "not-null", None),
    ("status", "allowed", "lost"),
    ("is_active", "dtype", "yes"),
    ("zip", "pattern", "1234"),
    ("score", "dtype", "high"),
    ("score", "range", "1.5000"),
    ("note", "length", "x" * (NOTE_MAX + 1)),
)
"""Ways to break one promise with one cell: the feature, the check, and what the cell then is."""
REPEATS: tuple[tuple[tuple[str, ...], str], ...] = ((("user_id",), "unique"), (("email", "created_at"), "key"))
"""Promises that a row breaks with the values of the row before it."""
NEUTRAL = 14
"""The fault that a row has instead of a repeat, where the row before it has no value that could be repeated."""


def chunks(rows: int, bad: float, quotes: float, seed: int) -> Iterator[tuple[pl.DataFrame, pl.DataFrame]]:
    """The cells of some rows after the other, as text, and what is wrong with them: row, feature, check."""
    notes = _notes(np.random.default_rng(seed), quotes)
    for number, first in enumerate(range(0, rows, CHUNK)):
        chance = np.random.default_rng([seed, number])
        cells = _cells(chance, first, notes)
        kinds = _kinds(chance, bad)
        height = min(CHUNK, rows - first)
        yield _spoilt(cells, kinds).head(height), _faults(kinds[:height], first)


def _cells(chance: np.random.Generator, first: int, notes: pl.Series) -> pl.DataFrame:
    """A whole chunk without a fault."""

    def below(limit: int) -> pl.Series:
        return pl.Series(chance.integers(0, limit, CHUNK))

    row = pl.int_range(first, first + CHUNK, eager=True)
    cents, domain = below(10_000_000), pl.Series(["example.com", "example.org", "mail.example.net"])
    age = pl.Series(chance.normal(380, 140, CHUNK).clip(0, 1299).astype(np.int64))
    has_age = pl.Series(chance.random(CHUNK) >= 0.2)
    moment = (row * SECONDS + below(SECONDS) + 1_577_836_800) * 1_000_000
    raw = pl.DataFrame(
        {
            "user_id": row + FIRST_ID,
            "age": age,
            "has_age": has_age,
            "country": pl.Series(COUNTRIES).gather(below(len(COUNTRIES))),
            "visits": pl.Series(chance.exponential(400, CHUNK).clip(0, 3650).astype(np.int64)),
            "email": below(2_000_000),
            "domain": domain.gather(below(len(domain))),
            "amount": cents,
            "created_at": moment.cast(pl.Datetime("us")),
            "status": pl.Series(STATUSES).gather(below(len(STATUSES))),
            "is_active": pl.Series(BOOLEANS).gather(below(len(BOOLEANS))),
            "zip": below(100_000),
            "score": below(10_000),
            "note": notes.gather(below(len(notes))),
        }
    )

    def decimal(name: str, digits: int) -> pl.Expr:
        parts = pl.col(name) // 10**digits, (pl.col(name) % 10**digits).cast(pl.String).str.zfill(digits)
        return pl.format("{}.{}", *parts)

    return raw.with_columns(
        pl.col("user_id", "visits").cast(pl.String),
        age=pl.when("has_age").then(decimal("age", 1)),
        email=pl.format("user{}@{}", "email", "domain"),
        amount=decimal("amount", 2),
        created_at=pl.col("created_at").dt.to_string(MOMENT),
        zip=pl.col("zip").cast(pl.String).str.zfill(5),
        score=decimal("score", 4),
    ).select(COLUMNS)


def _notes(chance: np.random.Generator, quotes: float) -> pl.Series:
    """Texts to choose from: a fifth of them none, some with commas, line breaks, quotes."""
    made: list[str | None] = []
    for _ in range(5000):
        words = [WORDS[index] for index in chance.integers(0, len(WORDS), chance.integers(1, 8))]
        kind, is_quoting = chance.random(), chance.random() < quotes
        between = ", " if kind < 0.2 else "\n" if kind < 0.3 else " "
        text = between.join(words)
        made.append(None if kind > 0.8 else f'"{text}" {words[0]}' if is_quoting else text)
    return pl.Series(made)


def _kinds(chance: np.random.Generator, bad: float) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """For each row of a chunk what is wrong with it, as an index to `FAULTS` and then `REPEATS`; -1 for nothing."""
    kinds = chance.integers(0, len(FAULTS) + len(REPEATS), CHUNK)
    kinds[chance.random(CHUNK) >= bad] = -1
    before = np.concatenate(([0], kinds[:-1]))
    for kind, (features, _) in enumerate(REPEATS, len(FAULTS)):
        spoilers = [other for other, fault in enumerate(FAULTS) if fault[0] in features]
        cannot = (kinds == kind) & np.isin(before, [*spoilers, kind])
        cannot[0] = kinds[0] == kind
        kinds[cannot] = NEUTRAL
    return kinds


def _spoilt(cells: pl.DataFrame, kinds: np.ndarray[tuple[int], np.dtype[np.int64]]) -> pl.DataFrame:
    """The cells with their faults."""
    kind = pl.lit(pl.Series(kinds))
    made = {name: pl.col(name) for name in COLUMNS}
    for code, (features, _) in enumerate(REPEATS, len(FAULTS)):
        for name in features:
            made[name] = pl.when(kind == code).then(pl.col(name).shift(1)).otherwise(made[name])
    for code, (name, _, text) in enumerate(FAULTS):
        made[name] = pl.when(kind == code).then(pl.lit(text, pl.String)).otherwise(made[name])
    return cells.select(**made)


def _faults(kinds: np.ndarray[tuple[int], np.dtype[np.int64]], first: int) -> pl.DataFrame:
    """The faults by their rows, counted from 1."""
    known = [(feature, check) for feature, check, _ in FAULTS]
    known += [(", ".join(features), check) for features, check in REPEATS]
    at = np.flatnonzero(kinds >= 0)
    names = pl.DataFrame(known, schema=["feature", "check"], orient="row")[kinds[at]]
    return names.insert_column(0, pl.Series("row", at + first + 1))


def write(path: Path, rows: int, bad: float, quotes: float = 0.0, seed: int = 1, faults: Path | None = None) -> None:
    """Write the file and, if wanted, what is wrong with it."""
    found = []
    with path.open("wb") as file:
        for number, (cells, wrong) in enumerate(chunks(rows, bad, quotes, seed)):
            cells.write_csv(file, include_header=number == 0)
            found.append(wrong)
    if faults:
        pl.concat(found).write_csv(faults)


def main() -> None:
    """Write what the arguments ask for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("path", type=Path)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--bad", type=float, default=0.005, help="share of rows with one broken promise, 0 to 1")
    parser.add_argument("--quotes", type=float, default=0.0, help="share of notes with a doubled quote, 0 to 1")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--faults", type=Path, help="where to write row, feature and check of each broken promise")
    options = parser.parse_args()
    write(options.path, options.rows, options.bad, options.quotes, options.seed, options.faults)


if __name__ == "__main__":
    main()
