"""The check `steps`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from data_contract.measures.cells import Cells
from data_contract.measures.course import Course, Steps
from data_contract.model import Dimension, Scale, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    Spot,
    not_applicable,
    passed,
    spots,
    unseen,
    verb,
    violated,
)

_GAP, _LEAP = 2.0, 3.0
"""How many times the widest step of the previous version a step in time, and one of another number, may be."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stepping(Promise):
    """From row to row of a series, the feature steps no further than it did before, and a count never falls.

    A gap in time more than twice as long as any known, a leap more than three times as far, a cumulative count that
    falls: each may be true, so it raises an alert and never blocks by itself.

    No key asks for it: the previous version of a file without a contract does, where its rows stand in strict order of
    time (see `order`); a count is cumulative where it rose in at least 20 rows and never fell.

    To fix it: fill the gap, or correct the row shown.
    """

    name = "steps"
    dimension = Dimension.VALIDITY
    needs_base = True
    cells: Cells
    is_cumulative: bool

    def measures(self) -> tuple[Measure, ...]:
        return (Steps(self.cells),)

    def judge(self, evidence: Evidence) -> Judgement:
        measure, feature = Steps(self.cells), self.cells.feature
        head, base = evidence.head.states.get(measure), evidence.base.states.get(measure) if evidence.base else None
        if not isinstance(head, Course):
            return unseen(feature, evidence.head)
        if not isinstance(base, Course) or base.widest is None or head.widest is None:
            return not_applicable("there are no steps to compare")
        if self.is_cumulative and base.falls.count:
            return not_applicable("the previous version has rows in which it falls")
        if self.is_cumulative:
            return _falls(head, feature)
        is_time = self.cells.grammar.dtype is not None and self.cells.grammar.dtype.is_temporal
        limit, known, far = (_GAP if is_time else _LEAP), base.widest[0], head.widest[0]
        if far <= limit * known or not known:
            return passed("no step of ", Unsaid(feature), " is further than any known", value=far, limit=known)
        said = (
            "a step of ",
            Unsaid(feature),
            f" is {_shown(far, is_time)}; the widest known is {_shown(known, is_time)}",
        )
        spot = Spot(-head.widest[1], feature)
        return violated(*said, scale=Scale.VALUE, count=1, value=far, limit=known, spots=(spot,), is_mild=True)


def _falls(head: Course, feature: str) -> Judgement:
    label, falls = Unsaid(feature), head.falls
    if not falls.count:
        return passed(label, " never falls", count=0)
    said = f"{falls.count:,} {verb(falls.count, 'row has', 'rows have')} less "
    return violated(said, label, " than the row before", count=falls.count, spots=spots(falls, feature), is_mild=True)


def _shown(step: float, is_time: bool) -> str:
    return str(timedelta(seconds=step)).removesuffix(", 0:00:00") if is_time else f"{step:,.6g}"
