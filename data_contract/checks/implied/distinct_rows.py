"""The check `distinct-rows`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.cells import Cells
from data_contract.measures.distinct import Distinct, Hashes
from data_contract.model import Dimension
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    not_applicable,
    not_evaluated,
    passed,
    share_of,
    spots,
    verb,
    violated,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DistinctRows(Promise):
    """No row of the file is the same as an earlier one in all of its cells.

    A row that is there twice was appended twice, or comes out of a join that multiplied rows; sums over it are wrong.

    No key asks for it: the previous version of a file without a contract does, where at least 20 rows were there, none
    of them twice, and nothing that identifies a row could be found (`key` then says the same).

    To fix it: remove the rows shown, or find out what wrote them twice.
    """

    name = "distinct-rows"
    dimension = Dimension.UNIQUENESS
    parts: tuple[Cells, ...]
    """All columns, each as plain text."""

    def measures(self) -> tuple[Measure, ...]:
        return (Distinct(self.parts),)

    def failing(self, key: tuple[Cells, ...]) -> Measure:
        return Distinct(self.parts)

    def judge(self, evidence: Evidence) -> Judgement:
        measure, profile = Distinct(self.parts), evidence.head
        hashes = profile.states.get(measure)
        if not isinstance(hashes, Hashes):
            return not_evaluated("a column is missing", is_explained=True)
        if not hashes.rows:
            return not_applicable("there is no row that could be there twice")
        repeats, total = profile.repeats[measure].rows(), hashes.rows
        if not repeats.count:
            return passed(f"none of {total:,} rows is there twice", count=0, total=total, value=0.0)
        said = (*share_of(repeats.count, total, "rows"), f" {verb(repeats.count, 'repeats', 'repeat')} an earlier one")
        measured = {"count": repeats.count, "total": total, "value": repeats.count / total}
        return violated(*said, spots=spots(repeats, None), **measured)
