"""The check `order`."""

from __future__ import annotations

from dataclasses import dataclass

from data_contract.measures.cells import Cells
from data_contract.measures.course import Course, Steps
from data_contract.model import Dimension, Unsaid
from data_contract.promise import (
    Evidence,
    Judgement,
    Measure,
    Promise,
    passed,
    spots,
    unseen,
    verb,
    violated,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order(Promise):
    """The rows stand in the order of time, as they always did.

    A series in which time steps back was appended to in the wrong place, merged by hand, or sorted as text; whoever
    takes the last row for the newest is wrong from then on. Whether a time occurs twice is for `key` or `unique`.

    No key asks for it: the previous version of a file without a contract does, where the dates or times of at least 20
    rows only rose, or only fell, without a tie.

    To fix it: sort the file again. Where another order is meant, waive it once: the new version is the next one's past.
    """

    name = "order"
    dimension = Dimension.VALIDITY
    cells: Cells
    is_rising: bool

    def measures(self) -> tuple[Measure, ...]:
        return (Steps(self.cells),)

    def judge(self, evidence: Evidence) -> Judgement:
        course, label = evidence.head.states.get(Steps(self.cells)), Unsaid(self.cells.feature)
        if not isinstance(course, Course):
            return unseen(self.cells.feature, evidence.head)
        wrong = course.falls if self.is_rising else course.rises
        if not wrong.count:
            return passed("the rows stand in the order of ", label, count=0)
        side = "earlier" if self.is_rising else "later"
        said = f"{wrong.count:,} {verb(wrong.count, 'row has', 'rows have')} {side} "
        return violated(said, label, " than the row before", count=wrong.count, spots=spots(wrong, self.cells.feature))
