"""The check `dependency`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.mapping import Dependence, Pairs
from data_contract.model import Dimension, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    not_applicable,
    not_evaluated,
    passed,
    spots,
    verb,
    violated,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Dependency(Promise):
    """Rows with the same value of one feature have the same value of another: one country code, one name.

    Where a code suddenly has two names, one of them is misspelt or a row was shifted. The world changes names too, so
    it raises an alert and never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, where it held in at least 50 rows and
    the values of the first feature repeat.

    To fix it: correct the rows shown. Where a name has changed, change it in every row.
    """

    name = "dependency"
    dimension = Dimension.VALIDITY
    is_advisory = True
    key: str
    value: str
    position: int
    """Of the key among the columns, counted from 1."""

    @property
    def aspect(self) -> str | None:
        # NOTE: a name that a stranger wrote is no word of ours.
        return f"by column {self.position}"

    def measures(self) -> tuple[Measure, ...]:
        return (Dependence(self.key, self.value),)

    def judge(self, evidence: Evidence) -> Judgement:
        pairs = evidence.head.states.get(Dependence(self.key, self.value))
        if not isinstance(pairs, Pairs):
            return not_evaluated("a column is missing", is_explained=True)
        if pairs.is_full:
            return not_applicable("there are too many distinct values to compare")
        conflicts, key, value = pairs.conflicts(), Unsaid(self.key), Unsaid(self.value)
        if not conflicts.count:
            return passed("each ", key, " has one ", value, count=0, total=pairs.keys)
        said = f"{conflicts.count:,} {verb(conflicts.count, 'value', 'values')} of "
        are = f" {verb(conflicts.count, 'differs', 'differ')} from that of an earlier row with the same "
        found = spots(conflicts, self.value)
        return violated(said, value, are, key, count=conflicts.count, total=pairs.keys, spots=found)
