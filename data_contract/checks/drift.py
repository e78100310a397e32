"""The check `drift`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key, Table
from data_contract.measures.cells import Cells
from data_contract.measures.histogram import MOST_BINS, Distribution, Histogram, side_by_side, stability_index
from data_contract.model import Bar, Dimension, Scale
from data_contract.promise import (
    Evidence,
    FeaturePromise,
    Judgement,
    Measure,
    Promise,
    Terms,
    not_applicable,
    passed,
    unseen,
    violated,
)
from data_contract.scalars import Number
from data_contract.strictness import SMALLER

FEWEST = 200
"""Values on either side below which a distribution says nothing."""

MAX_PSI = Key(
    "max_psi",
    Number(above=0, hint="0.1 is a small shift, 0.25 a large one"),
    "The largest population stability index against the previous version.",
    required=True,
    strictness=SMALLER,
)
DRIFT = Key("drift", Table((MAX_PSI,)), "How far the feature's distribution may move from the previous version's.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(FeaturePromise):
    """The distribution of the feature's valid values stays close to the previous version's.

    Values that are each valid can be wrong together: a unit that changed, a default that spread, a region that is gone.
    The measure is the population stability index over ten quantiles of the previous version (categories: its 50
    commonest), nulls left out: below 0.1 little has moved, above 0.25 much has. It speaks of effect and not of
    significance, so a large file does not raise an alarm by its size; with fewer than 200 values on either side it is
    not applicable. Drift raises an alert and never blocks by itself. Reports show where the distribution moved from and
    to, unless the feature is sensitive.

    ```yaml
    features:
      plan: {dtype: str, drift: {max_psi: 0.2}}
    ```

    To fix it: find out what changed upstream. Where the world changed, merge: the new version is the next one's past.
    """

    name = "drift"
    dimension = Dimension.DRIFT
    keys = (DRIFT,)
    is_advisory = True
    needs_base = True
    limit: float

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        drift = terms.section.get(DRIFT)
        limit = drift.get(MAX_PSI) if drift else None
        if limit is not None:
            yield cls(feature=terms.feature, span=terms.section.at(DRIFT), cells=cells, limit=limit)

    def measures(self) -> tuple[Measure, ...]:
        return (self.cells, Distribution(self.cells))

    def judge(self, evidence: Evidence) -> Judgement:
        measure = Distribution(self.cells)
        if evidence.base is None:
            return not_applicable("there is no previous version to compare with")
        head, base = evidence.head.states.get(measure), evidence.base.states.get(measure)
        if not isinstance(head, Histogram):
            return unseen(self.cells.feature, evidence.head)
        if not isinstance(base, Histogram):
            return not_applicable("the previous version has no column ", self.label)
        if head.is_full or base.is_full:
            return not_applicable(self.label, f" has more than {MOST_BINS:,} distinct values, too many for a shape")
        if min(head.total, base.total) < FEWEST:
            return not_applicable(f"drift needs {FEWEST} values of ", self.label, " on either side")
        index = stability_index(base, head, is_ordered=measure.is_ordered)
        said = ("the distribution of ", self.label, f" moved by a PSI of {index:.3g}")
        measured = {"scale": Scale.VALUE, "total": head.total, "value": index, "limit": self.limit}
        if index <= self.limit:
            return passed(*said, **measured)
        bars = self._bars(base, head)
        return violated(*said, f"; at most {self.limit:g} is promised", distribution=bars, **measured)

    def _bars(self, base: Histogram, head: Histogram) -> tuple[Bar, ...]:
        """What people are shown of both; of a sensitive feature nothing, as bins are named by values."""
        if self.feature is None or self.feature.sensitive:
            return ()
        bins = side_by_side(base, head, self.cells.grammar.dtype)
        total = base.total, head.total
        return tuple(Bar(label=name, base=old / total[0], head=new / total[1]) for name, old, new in bins)
