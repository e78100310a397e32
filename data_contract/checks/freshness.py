"""The check `freshness`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from data_contract.keys import Key
from data_contract.measures.cells import Cells
from data_contract.measures.grammar import DType
from data_contract.measures.newest import Latest, Newest
from data_contract.model import Dimension, Scale
from data_contract.promise import (
    Evidence,
    FeaturePromise,
    Judgement,
    Measure,
    Promise,
    Terms,
    counts_of,
    not_applicable,
    passed,
    unseen,
    violated,
)
from data_contract.scalars import Duration
from data_contract.strictness import SMALLER

HOUR = timedelta(hours=1)
DAY = 86_400_000_000
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

FRESHNESS = Key(
    "freshness",
    Duration(),
    "How old the newest value of a date or datetime may be, such as 48h or 30d.",
    strictness=SMALLER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(FeaturePromise):
    """The newest value of the feature is no older than promised.

    A job that stopped leaves data that is valid, complete and old. The age is that of the newest valid value at the
    time that the run judges by (`--as-of`); a date counts as its whole day. Staleness raises an alert and never blocks
    by itself.

    ```yaml
    features:
      last_seen: {dtype: datetime, freshness: 48h}
    ```

    To fix it: run the job that brings new rows.
    """

    name = "freshness"
    dimension = Dimension.FRESHNESS
    keys = (FRESHNESS,)
    is_advisory = True
    limit: timedelta

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        limit = terms.section.get(FRESHNESS)
        if limit is None:
            return
        span = terms.section.at(FRESHNESS)
        if terms.grammar.dtype not in (DType.DATE, DType.DATETIME):
            terms.reading.refuse("`freshness` needs a date", span, "declare `dtype: date` or datetime")
        if terms.feature.sensitive:
            terms.reading.refuse(
                "an age would show the newest value of a sensitive feature", span, "remove one of them"
            )
        yield cls(feature=terms.feature, span=span, cells=cells, limit=limit)

    def measures(self) -> tuple[Measure, ...]:
        return (self.cells, Newest(self.cells))

    def judge(self, evidence: Evidence) -> Judgement:
        counts, latest = counts_of(self.cells, evidence.head), evidence.head.states.get(Newest(self.cells))
        if isinstance(counts, Judgement) or not isinstance(latest, Latest):
            return unseen(self.cells.feature, evidence.head)
        if not counts.rows:
            return not_applicable("there is no row with ", self.label)
        if latest.microseconds is None:
            return violated(
                "there is no valid ", self.label, " to tell an age from", scale=Scale.WHOLE, total=counts.rows
            )
        until = latest.microseconds + DAY * (self.cells.grammar.dtype is DType.DATE)
        now = (evidence.as_of - EPOCH) // timedelta(microseconds=1)
        age = timedelta(microseconds=max(now - until, 0))
        if self.feature and self.feature.sensitive:
            return self._whether_kept(age)
        told = hours(age) if age <= self.limit or hours(age) != hours(self.limit) else f"just over {hours(age)}"
        said = ("the newest ", self.label, f" is {told} old")
        measured = {"scale": Scale.VALUE, "value": age / HOUR, "limit": self.limit / HOUR}
        if age <= self.limit:
            return passed(*said, **measured)
        return violated(*said, f"; at most {hours(self.limit)} is promised", **measured)

    def _whether_kept(self, age: timedelta) -> Judgement:
        """For a feature that was sensitive before the change, of which no age may be told."""
        if age <= self.limit:
            return passed("the newest ", self.label, " is as new as promised")
        return violated("the newest ", self.label, f" is more than {hours(self.limit)} old", scale=Scale.WHOLE)


def hours(age: timedelta) -> str:
    """An age the way people say it: `49 h`, `30 days`."""
    return f"{age / HOUR:,.0f} h" if age < timedelta(days=4) else f"{age / timedelta(days=1):,.1f} days"
