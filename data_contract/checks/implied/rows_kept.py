"""The check `rows-kept`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.rowset import Rows, RowSet
from data_contract.model import Dimension, Scale
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    not_evaluated,
    passed,
    percent,
    states_of,
    violated,
)

_MOST_LOST, _MOST_LOST_QUIETLY = 0.2, 0.05
_MOST_GAINED = 1.0
"""The share of the previous version's distinct rows that may come on top."""
_COPIED = 0.5
"""The share of the previous version's distinct rows from which new copies are a file that was appended to itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RowsKept(Promise):
    """The file has as many distinct rows as its previous version, but for a few, and no copy of itself.

    More than a fifth of them gone is a breakage; from a twentieth on, and where they more than double, it is an alert.
    Only distinct rows count, so that removing duplicates and blank rows is no loss. Rows that were edited are none
    either: it is the number that is compared, which is exact up to 65,536 rows and off by some 0.4 % beyond.

    No key asks for it: the previous version of a file without a contract does, where it had at least 20 distinct rows.

    To fix it: find out where the rows went, or came from.
    """

    name = "rows-kept"
    dimension = Dimension.VOLUME
    needs_base = True
    names: tuple[str, ...]
    """The columns of the previous version."""

    def measures(self) -> tuple[Measure, ...]:
        return (Rows(self.names),)

    def judge(self, evidence: Evidence) -> Judgement:
        states = states_of(Rows(self.names), RowSet, evidence)
        if isinstance(states, Judgement):
            return states
        head, base = states
        if not head.rows:
            return not_evaluated("there is no row", is_explained=True)
        before, after = base.distinct.count, head.distinct.count
        about = "" if base.distinct.is_exact and head.distinct.is_exact else "about "
        # NOTE: where no row was there twice, `key` or `distinct-rows` tells of copies, and where they stand.
        copies = (head.rows - after) - (base.rows - before) if base.rows > before else 0
        if copies >= _COPIED * before:
            return violated(f"{about}{copies:,} rows are copies of others", count=copies, total=head.rows)
        change = (before - after) / before
        if change > _MOST_LOST_QUIETLY:
            said = f"{about}{before - after:,} of {before:,} distinct rows ({percent(change)}) are gone"
            measured = {"scale": Scale.WHOLE, "count": before - after, "total": before, "value": change}
            return violated(said, is_mild=change <= _MOST_LOST, **measured)
        if -change > _MOST_GAINED:
            said = f"{about}{after - before:,} distinct rows came to {before:,}"
            return violated(said, scale=Scale.WHOLE, count=after - before, total=before, is_mild=True)
        return passed(f"the file has {about}{after:,} distinct rows", count=after, total=before)
