"""The check `row-count`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key
from data_contract.measures.batch import Defect
from data_contract.model import Dimension, Scale
from data_contract.promise import (
    DatasetPromise,
    DatasetTerms,
    Evidence,
    Judgement,
    Promise,
    not_evaluated,
    passed,
    verb,
    violated,
)
from data_contract.scalars import Integer
from data_contract.strictness import LARGER, SMALLER

MIN_ROWS = Key(
    "min", Integer(), "The fewest rows of data. Absent: 1; 0 allows a header alone.", absent=1, strictness=LARGER
)
MAX_ROWS = Key("max", Integer(minimum=1), "The most rows of data. Absent: not checked.", strictness=SMALLER)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowCount(DatasetPromise):
    """The file has at least `rows.min` and at most `rows.max` rows of data.

    A file with a header and nothing else passes every check of its cells; it is the shape of an export that failed.
    So one row is demanded even where the contract is silent.

    ```yaml
    dataset:
      rows: {min: 1000, max: 50000}
    ```

    In a sample extract no more is demanded than one row: its size says nothing of the dataset's.

    To fix it: find out where the rows went, or came from. Where an empty file is right, write `rows: {min: 0}`.
    """

    name = "row-count"
    dimension = Dimension.VOLUME
    keys = (MIN_ROWS, MAX_ROWS)
    minimum: int
    maximum: int | None

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        minimum, maximum = terms.rows.meant(MIN_ROWS), terms.rows.get(MAX_ROWS)
        span = terms.rows.at(MIN_ROWS if MIN_ROWS in terms.rows else MAX_ROWS)
        if maximum is not None and minimum > maximum:
            terms.reading.refuse(f"`min` {minimum} is above `max` {maximum}", span, "swap them")
        if terms.is_sample:
            minimum, maximum = min(minimum, 1), None
        yield cls(span=span, minimum=minimum, maximum=maximum)

    def judge(self, evidence: Evidence) -> Judgement:
        if Defect.HEADER_NONE in evidence.head.defects:
            return not_evaluated("the file has no header", is_explained=True)
        rows = evidence.head.records
        said = f"the file has {rows:,} {verb(rows, 'row', 'rows')}" if rows else "the file has no rows"
        measured = {"count": rows, "value": float(rows)}
        if rows < self.minimum:
            limit = float(self.minimum)
            return violated(
                f"{said}; at least {self.minimum:,} must be", scale=Scale.SHORTFALL, limit=limit, **measured
            )
        if self.maximum is not None and rows > self.maximum:
            limit = float(self.maximum)
            return violated(f"{said}; at most {self.maximum:,} may be", scale=Scale.VALUE, limit=limit, **measured)
        return passed(said, **measured)
