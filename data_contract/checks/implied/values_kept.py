"""The check `values-kept`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.cells import Cells
from data_contract.measures.filling import Filling, Fillings
from data_contract.measures.tally import Tally
from data_contract.model import Dimension, Unsaid, Words
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    passed,
    share_of,
    spots,
    states_of,
    violated,
)

_FEWEST, _SHARE = 5, 0.05
"""Rows of which something is erased on purpose; and the share of those that had a value."""
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class ValuesKept(Promise):
    """A row that had a value still has one, but for a few.

    A feature that had some nulls before is no worse for one more; where the same rows had a value and have none now, a
    join or an export lost it. Rows are known by their key. At least five rows, and a twentieth of those that had a
    value, raise an alert; it never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, where it has a key, for features that
    had a value in at least 20 rows and none in others. For those that always had one, `filled` says more.

    To fix it: find out why values went missing, and fill in the rows shown.
    """

    name = "values-kept"
    dimension = Dimension.COMPLETENESS
    needs_base = True
    key: tuple[Cells, ...]
    cells: tuple[Cells, ...]

    def measures(self) -> tuple[Measure, ...]:
        return (Filling(self.key, self.cells),)

    def judge(self, evidence: Evidence) -> Judgement:
        states = states_of(Filling(self.key, self.cells), Fillings, evidence)
        if isinstance(states, Judgement):
            return states
        head, base = states
        every = zip(self.cells, head.erased_since(base, len(self.cells)), strict=True)
        found = [(each, had, erased) for each, (had, erased) in every if erased.count >= max(_FEWEST, _SHARE * had)]
        if not found:
            return passed("rows that had values still have them", count=0)
        count = sum(erased.count for _, _, erased in found)
        first, _, rows = found[0]
        return violated(*_told(found), count=count, spots=spots(rows, first.feature), is_mild=True)


def _told(found: list[tuple[Cells, int, Tally[int]]]) -> Words:
    parts: Words = ()
    for each, had, erased in found[:_SHOWN]:
        label = Unsaid(each.feature)
        parts += ("; " if parts else "", *share_of(erased.count, had, "rows that had ", label), " have lost it")
    return (*parts, f"; and {len(found) - _SHOWN} more features") if len(found) > _SHOWN else parts
