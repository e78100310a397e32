"""The check `movement`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.standstill import Standing, Standstill
from data_contract.model import Dimension, Scale, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    Spot,
    not_applicable,
    not_evaluated,
    passed,
    violated,
)

_FEWEST, _TIMES = 5, 3
"""Rows that are alike before anybody wonders; and how many times as many as ever."""
_SHOWN = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Movement(Promise):
    """The rows of a series go on changing.

    A station that froze, or a job that writes yesterday's numbers under today's date, delivers rows that are valid and
    say nothing. At least five rows that follow each other with the same numbers, and more than three times as many as
    ever before, raise an alert; it never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, where at least 50 rows stand in strict
    order of time (see `order`) and have numbers.

    To fix it: find out what stopped, and leave out the rows shown.
    """

    name = "movement"
    dimension = Dimension.FRESHNESS
    needs_base = True
    names: tuple[str, ...]
    """The features that are numbers."""

    def measures(self) -> tuple[Measure, ...]:
        return (Standing(self.names),)

    def judge(self, evidence: Evidence) -> Judgement:
        measure = Standing(self.names)
        head = evidence.head.states.get(measure)
        base = evidence.base.states.get(measure) if evidence.base else None
        if not isinstance(head, Standstill):
            return not_evaluated("a column is missing", is_explained=True)
        if not isinstance(base, Standstill) or base.longest is None or head.longest is None:
            return not_applicable("there are no rows to compare")
        known, longest = base.longest.length, head.longest
        if longest.length < _FEWEST or longest.length <= _TIMES * known:
            return passed("the rows go on changing", value=longest.length, limit=known)
        more = f" and {len(self.names) - _SHOWN} more" if len(self.names) > _SHOWN else ""
        said = (
            f"{longest.length:,} rows in a row have the same ",
            Unsaid(", ".join(self.names[:_SHOWN])),
            f"{more}; the most known is {known:,}",
        )
        spot = Spot(longest.row, self.names[0])
        measured = {"count": 1, "value": longest.length, "limit": known}
        return violated(*said, scale=Scale.VALUE, spots=(spot,), is_mild=True, **measured)
