"""A stretch of a dataset: rows of text, and what is wrong with their form."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import IntEnum, StrEnum
from typing import NamedTuple

import polars as pl

from data_contract.measures.tally import WITNESSES, Tally


class Place(NamedTuple):
    """Where something stands; -1 for what the data does not have (a frame has no lines)."""

    line: int
    """Physical line on which the cell starts, counted from 1."""
    column: int
    """Character in that line, counted from 1."""
    row: int
    """Row of data, counted from 1; the header is none."""


class Written(IntEnum):
    """What a value is written as, in a format that tells."""

    TEXT = 0
    INT = 1
    NUMBER = 2
    BOOL = 3
    DATE = 4
    DATETIME = 5
    NESTED = 6
    """A list, an object, bytes: nothing that a dtype could mean."""


class Defect(StrEnum):
    """What can be wrong with the form of a file, whatever its values are."""

    RAGGED_SHORT = "too-few-cells"
    RAGGED_LONG = "too-many-cells"
    QUOTE_OPEN = "unclosed-quote"
    QUOTE_TEXT = "text-after-quote"
    NUL = "nul"
    ENCODING = "invalid-bytes"
    CONFLICT = "conflict-marker"
    HEADER_DUPLICATE = "duplicated-column"
    HEADER_EMPTY = "unnamed-column"
    HEADER_NONE = "no-header"
    NOT_JSON = "not-json"
    NOT_OBJECT = "not-an-object"
    KEY_TWICE = "duplicated-key"
    BLANK_LINE = "blank-line"
    LINE_ENDS = "mixed-line-ends"
    BYTE_ORDER_MARK = "byte-order-mark"
    RETURNS = "carriage-returns"
    """The first line, and so mostly every one, ends with CR and LF: wrong only where it did not before."""

    @property
    def is_note(self) -> bool:
        """Whether every reader gets the same cells in spite of it."""
        return self in (Defect.BLANK_LINE, Defect.LINE_ENDS, Defect.BYTE_ORDER_MARK, Defect.RETURNS)


Defects = Mapping[Defect, Tally[Place]]


def merged(one: Defects, other: Defects) -> Defects:
    """The defects of both together."""
    return {defect: one.get(defect, Tally()).merge(other.get(defect, Tally())) for defect in (*one, *other)}


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a dataset, in the order of the file."""

    cells: pl.DataFrame
    """Text columns `c0`, `c1`, …: one a column of the header; null where there is no cell.

    In a format that tells, `k0`, `k1`, … beside them hold what each value is written as (`Written`, UInt8).
    """
    first_row: int
    """Number of the first record of this batch, counted from 1."""
    records: int
    """Rows of data in this batch, the malformed ones included, which `cells` leaves out."""
    gaps: pl.Series | None = None
    """The number of each row in `cells` (Int64); None when they follow `first_row` without a gap."""
    defects: Defects = field(default_factory=dict)
    spoilt: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """For a column of `cells`, the rows whose cell is a defect, and no value that could be judged."""

    def without(self, columns: Iterable[str]) -> Batch:
        """The batch without the rows in which one of these columns of `cells` is a defect."""
        rows = {row for column in columns for row in self.spoilt.get(column, ())}
        if not rows:
            return self
        kept = pl.Series([row not in rows for row in range(self.cells.height)], dtype=pl.Boolean)
        return replace(self, cells=self.cells.filter(kept), gaps=self.numbers().filter(kept), spoilt={})

    def numbers(self) -> pl.Series:
        """The row number of each row of `cells` (Int64)."""
        if self.gaps is not None:
            return self.gaps
        return pl.int_range(self.first_row, self.first_row + self.cells.height, eager=True, dtype=pl.Int64)

    def first_rows(self, mask: pl.Series) -> tuple[int, ...]:
        """The row numbers of the first `WITNESSES` rows of `cells` for which `mask` is true."""
        first = mask.arg_true().head(WITNESSES)
        return tuple((place + self.first_row for place in first) if self.gaps is None else self.gaps.gather(first))


def column_name(index: int) -> str:
    """The name `cells` gives to the header's column `index`, whatever the header says."""
    # NOTE: a header is hostile, and polars reads a name like '^.*$' as a pattern over all columns.
    return f"c{index}"


def kind_name(index: int) -> str:
    """The name of the column that tells what the values of column `index` are written as."""
    return f"k{index}"


SEED = secrets.randbits(63)
"""Of the hashes in this process: nobody may be able to write a value that passes for another, old one."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Finds the columns of features in batches."""

    index: Mapping[str, int]
    """Of each feature, in the header."""
    has_kinds: bool
    """Whether the format tells what values are written as."""
    seed: int = SEED
    """Of all hashes of values, from 0 to 2^63 − 1: only those of one seed can be compared."""
    shared: dict[Hashable, pl.Expr] = field(default_factory=dict, compare=False, repr=False)
    """What was asked for by `once`, under the name of the column that it becomes."""

    def once(self, what: Hashable, expression: Callable[[], pl.Expr]) -> pl.Expr:
        """A column that is computed once, however many measures ask for `what`."""
        # NOTE: polars finds equal expressions by itself, but not where one is a part of another that it found, too.
        if what not in self.shared:
            self.shared[what] = expression().alias(f"s{len(self.shared)}")
        return pl.col(self.shared[what].meta.output_name())

    def compute(self, cells: pl.DataFrame, expressions: Sequence[pl.Expr]) -> list[pl.Series]:
        """What some expressions come to, each on its own, over the cells of a batch."""
        named = [expression.alias(str(number)) for number, expression in enumerate(expressions)]
        return cells.lazy().with_columns(self.shared.values()).select(named).collect().get_columns() if named else []

    def text(self, feature: str) -> pl.Expr:
        """The text of a feature's cells."""
        return pl.col(column_name(self.index[feature]))

    def kind(self, feature: str) -> pl.Expr | None:
        """What a feature's cells are written as; None where the format does not tell."""
        return pl.col(kind_name(self.index[feature])) if self.has_kinds else None
