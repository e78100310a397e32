"""The checks of single cells: one for each test of a feature, or `invalid-rate` for all of them together."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

from data_contract.keys import Key
from data_contract.measures.cells import FIRST_TEST, CellCounts, Cells
from data_contract.measures.failing import Failing
from data_contract.measures.tally import WITNESSES
from data_contract.model import Dimension, Scale
from data_contract.promise import (
    CellsPromise,
    CellTest,
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
from data_contract.scalars import Number
from data_contract.strictness import SMALLER

MAX_INVALID_RATE = Key(
    "max_invalid_rate",
    Number(minimum=0, maximum=1, hint="write 0.01 for 1 %"),
    "The share of the feature's values, from 0 to 1, that may break any of dtype, range, allowed, pattern and length.",
    absent=0.0,
    strictness=SMALLER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity(CellsPromise):
    """No value of the feature breaks one test, among those that broke none before it."""

    name = "validity"
    dimension = Dimension.VALIDITY
    test: CellTest
    index: int
    """Of the test, in the chain of the feature's tests."""

    @property
    def id(self) -> str:
        """The id of the test."""
        return self.test.id

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        if terms.section.get(MAX_INVALID_RATE):
            return
        for index, test in enumerate(cast("tuple[CellTest, ...]", cells.tests)):
            yield cls(
                feature=terms.feature,
                span=test.span,
                cells=cells,
                test=test,
                index=index,
            )

    def failing(self, key: tuple[Cells, ...]) -> Measure:
        return Failing(self.cells, FIRST_TEST + self.index, key)

    def judge_counts(self, counts: CellCounts) -> Judgement:
        total = counts.values
        if not total:
            return not_applicable("there is no value of ", self.label)
        broken = counts.broken[self.index]
        if not broken.count:
            return passed(
                f"each of {total:,} ", self.label, f" values keeps {self.id}", count=0, total=total, value=0.0
            )
        return violated(
            *share_of(broken.count, total, self.label, " values"),
            " ",
            *self.test.blame(broken.count == 1),
            count=broken.count,
            total=total,
            value=broken.count / total,
            spots=spots(broken, self.cells.feature),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class InvalidRate(CellsPromise):
    """At most a tolerated share of the feature's values is invalid, for whatever reason.

    One tolerance for dtype, range, allowed, pattern and length together: a cell that breaks several counts once, and
    five tolerances of a per cent never add up to five. The rate is over the cells that have a value.

    ```yaml
    features:
      signup_days_ago: {dtype: int, min: 0, max: 3650, max_invalid_rate: 0.01}
    ```

    To fix it: correct the cells shown. Where the rate is what the source can do, raise `max_invalid_rate`.
    """

    name = "invalid-rate"
    dimension = Dimension.VALIDITY
    keys = (MAX_INVALID_RATE,)
    limit: float
    confidence: float | None
    """How sure the judgement must be, as the file is a sample; None: it is none."""

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        limit, span = terms.section.get(MAX_INVALID_RATE), terms.section.at(MAX_INVALID_RATE)
        if MAX_INVALID_RATE in terms.section and not cells.tests:
            hint = "promise a dtype, a range, a set, a pattern or a length beside it"
            terms.reading.refuse("`max_invalid_rate` has nothing to tolerate", span, hint)
        if limit and terms.is_key:
            terms.reading.refuse("a feature of the key cannot be invalid", span, "remove `max_invalid_rate`")
        if limit:
            yield cls(feature=terms.feature, span=span, cells=cells, limit=limit, confidence=terms.confidence)

    def judge_counts(self, counts: CellCounts) -> Judgement:
        total = counts.values
        if not total:
            return not_applicable("there is no value of ", self.label)
        count = sum(broken.count for broken in counts.broken)
        rate = count / total
        ids = [cast("CellTest", test).id for test in self.cells.tests]
        parts = [f"{id_} {broken.count:,}" for id_, broken in zip(ids, counts.broken, strict=True) if broken.count]
        blame = f" ({', '.join(parts)})" if parts else ""
        share = share_of(count, total, self.label, " values", limit=self.limit)
        said = (*share, f" {verb(count, 'is', 'are')} invalid{blame}")
        most = f"; at most {percent(self.limit, rate)} may be"
        measured = {"scale": Scale.RATE, "count": count, "total": total, "value": rate, "limit": self.limit}
        found = [
            spot
            for id_, broken in zip(ids, counts.broken, strict=True)
            for spot in spots(broken, self.cells.feature, id_)
        ]
        first = sorted(found, key=lambda spot: spot.row)[:WITNESSES]
        judgement = violated(*said, most, spots=tuple(first), **measured)
        return tolerated(rate, self.limit, judgement, self.confidence)
