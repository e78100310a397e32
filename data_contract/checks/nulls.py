"""The checks `not-null` and `null-rate`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key, Section
from data_contract.measures.cells import NULL, CellCounts, Cells
from data_contract.measures.failing import Failing
from data_contract.model import Dimension, Scale
from data_contract.promise import (
    CellsPromise,
    Judgement,
    Measure,
    Promise,
    Terms,
    not_applicable,
    passed,
    percent,
    share_of,
    spots,
    tolerated,
    verb,
    violated,
)
from data_contract.scalars import Flag, Number
from data_contract.strictness import FALSE, SMALLER

ALLOW_NULL = Key("allow_null", Flag(), "Whether a row may lack a value. Absent: true.", absent=True, strictness=FALSE)
MAX_NULL_RATE = Key(
    "max_null_rate",
    Number(minimum=0, maximum=1, hint="write 0.3 for 30 %"),
    "The share of all rows, from 0 to 1, that may lack a value. Absent: not checked.",
    absent=1.0,
    strictness=SMALLER,
)


def tolerated_nulls(section: Section, *, is_key: bool) -> float:
    """The share of rows, in [0, 1], that may lack a value of a feature: its two keys are one promise."""
    return 0.0 if is_key or not section.meant(ALLOW_NULL) else section.meant(MAX_NULL_RATE)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotNull(CellsPromise):
    """Every row has a value of the feature.

    A null in a column that nobody expects it in drops rows from joins and turns sums and ints into something else.
    Null is an empty cell, quoted or not, or one that `null_values` lists: `NA` is Namibia unless the contract says
    otherwise. The features of a key have this promise by themselves.

    ```yaml
    features:
      country_code: {dtype: str, allow_null: false}
    ```

    To fix it: fill in the cells shown. Where some rows rightly have no value, promise a `max_null_rate` instead.
    """

    name = "not-null"
    dimension = Dimension.COMPLETENESS
    keys = (ALLOW_NULL,)

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        allowed, rate = terms.section.get(ALLOW_NULL), terms.section.get(MAX_NULL_RATE)
        if allowed is False and rate:
            hint = "remove `allow_null`, or write `max_null_rate: 0`"
            message = f"`max_null_rate` {rate:g} beside `allow_null: false`"
            terms.reading.refuse(message, terms.section.at(MAX_NULL_RATE), hint)
        if terms.is_key and (allowed or rate):
            key = ALLOW_NULL if allowed else MAX_NULL_RATE
            terms.reading.refuse("a feature of the key cannot be null", terms.section.at(key), f"remove `{key.name}`")
        if not tolerated_nulls(terms.section, is_key=terms.is_key):
            span = terms.section.at(MAX_NULL_RATE if rate == 0 and allowed is not False else ALLOW_NULL)
            yield cls(feature=terms.feature, span=span, cells=cells)

    def failing(self, key: tuple[Cells, ...]) -> Measure:
        return Failing(self.cells, NULL, key)

    def judge_counts(self, counts: CellCounts) -> Judgement:
        if not counts.rows:
            return not_applicable("there is no row that could lack ", self.label)
        nulls, total = counts.nulls, counts.rows
        if not nulls.count:
            return passed(f"each of {total:,} rows has ", self.label, count=0, total=total, value=0.0)
        return violated(
            *share_of(nulls.count, total, "rows"),
            f" {verb(nulls.count, 'has', 'have')} no ",
            self.label,
            count=nulls.count,
            total=total,
            value=nulls.count / total,
            spots=spots(nulls, self.cells.feature),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class NullRate(CellsPromise):
    """At most a tolerated share of the rows lacks a value of the feature.

    Some nulls are expected; a sudden wave of them is an upstream job that failed half-way. The rate is over all rows.

    ```yaml
    features:
      user_age: {dtype: float, max_null_rate: 0.3}
    ```

    To fix it: find out why values went missing. Where the new rate is the truth, raise `max_null_rate`.
    """

    name = "null-rate"
    dimension = Dimension.COMPLETENESS
    keys = (MAX_NULL_RATE,)
    limit: float
    confidence: float | None
    """How sure the judgement must be, as the file is a sample; None: it is none."""

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        limit = terms.section.get(MAX_NULL_RATE)
        if limit:
            span = terms.section.at(MAX_NULL_RATE)
            yield cls(feature=terms.feature, span=span, cells=cells, limit=limit, confidence=terms.confidence)

    def judge_counts(self, counts: CellCounts) -> Judgement:
        if not counts.rows:
            return not_applicable("there is no row that could lack ", self.label)
        nulls, total, rate = counts.nulls, counts.rows, counts.nulls.count / counts.rows
        share = share_of(nulls.count, total, "rows", limit=self.limit)
        said = (*share, f" {verb(nulls.count, 'has', 'have')} no ", self.label)
        most = f"; at most {percent(self.limit, rate)} may"
        measured = {"scale": Scale.RATE, "count": nulls.count, "total": total, "value": rate, "limit": self.limit}
        judgement = violated(*said, most, spots=spots(nulls, self.cells.feature), **measured)
        return tolerated(rate, self.limit, judgement, self.confidence)
