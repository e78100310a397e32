"""The check `filled`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.blanks import BlankRows
from data_contract.measures.cells import NULL, Cells
from data_contract.measures.failing import Failing
from data_contract.measures.tally import Tally
from data_contract.model import Dimension, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    counts_of,
    not_applicable,
    passed,
    share_of,
    spots,
    verb,
    violated,
)

_FEWEST, _SHARE = 3, 0.01
"""Nulls from which a column that never had one has lost something: that many, and that share of the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Filled(Promise):
    """A feature that always had a value still has one, and one that had values has not lost them all.

    One or two nulls raise an alert and never block by themselves, as the newest rows are often provisional. In the
    key, or where at least three rows and one per cent of all have no value, or where no value is left at all, the
    promise is broken for certain.

    No key asks for it: the previous version of a file without a contract does, where at least 20 rows had a value,
    and either none lacked one or it is about losing all of them.

    To fix it: find out why values went missing, and fill in the cells shown.
    """

    name = "filled"
    dimension = Dimension.COMPLETENESS
    cells: Cells
    is_key: bool
    """Whether the feature is a part of what identifies a row."""
    is_always: bool
    """Whether every row had a value; if not, only that some had is promised."""

    def measures(self) -> tuple[Measure, ...]:
        return (self.cells, BlankRows())

    def failing(self, key: tuple[Cells, ...]) -> Measure:
        return Failing(self.cells, NULL, key)

    def judge(self, evidence: Evidence) -> Judgement:
        counts, label = counts_of(self.cells, evidence.head), Unsaid(self.cells.feature)
        if isinstance(counts, Judgement):
            return counts
        if not counts.rows:
            return not_applicable("there is no row that could lack ", label)
        blank: Tally[int] = evidence.head.states.get(BlankRows(), Tally())
        # NOTE: a row that is empty from end to end is one finding, of `filled-rows`, and not one of each column.
        count, total = max(counts.nulls.count - blank.count, 0), counts.rows
        measured = {"count": count, "total": total, "value": count / total}
        if count < total and not (count and self.is_always):
            return passed(f"{total - count:,} of {total:,} rows have ", label, **measured)
        said = (*share_of(count, total, "rows"), f" {verb(count, 'has', 'have')} no ", label)
        is_sure = self.is_key or count >= max(_FEWEST, _SHARE * total)
        return violated(*said, spots=spots(counts.nulls, label), is_mild=not is_sure, **measured)
