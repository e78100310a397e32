"""The check `keys-kept`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.cells import Cells
from data_contract.measures.rowprints import Prints, RowPrints
from data_contract.model import Dimension, Scale, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    passed,
    states_of,
    violated,
)

_ALIKE = 0.05
"""How far apart two numbers of rows may lie, as a share of the larger one, and be about the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeysKept(Promise):
    """The rows are not all under new keys while there are about as many as before.

    Ids that were given out anew, or an extract of something else, look like the file and join with nothing that was
    joined with it. A file may well be replaced as a whole, so it raises an alert and never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, where one feature that is no time
    identifies at least 20 rows.

    To fix it: bring the old keys back. Where they are meant to be new, waive it once: the new version is the next one's
    past.
    """

    name = "keys-kept"
    dimension = Dimension.UNIQUENESS
    needs_base = True
    key: Cells
    names: tuple[str, ...]
    """The columns of the previous version."""

    def measures(self) -> tuple[Measure, ...]:
        return (RowPrints((self.key,), self.names),)

    def judge(self, evidence: Evidence) -> Judgement:
        states = states_of(RowPrints((self.key,), self.names), Prints, evidence)
        if isinstance(states, Judgement):
            return states
        head, base = states
        before, after = base.kept.rows, head.kept.rows
        label = Unsaid(self.key.feature)
        if abs(before - after) > _ALIKE * max(before, after):
            return passed(f"there are {after:,} values of ", label, f" where there were {before:,}", count=0)
        gone = head.compared_with(base)[1]
        if gone < before:
            return passed(f"{before - gone:,} of {before:,} values of ", label, " are still there", count=0)
        said = (f"none of the {before:,} values of ", label, f" is left; {after:,} others stand in their place")
        return violated(*said, scale=Scale.WHOLE, count=gone, total=before, is_mild=True)
