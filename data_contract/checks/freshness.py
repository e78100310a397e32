"""The check `freshness`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Duration, Key
from data_contract.measures.cells import Cells
from data_contract.measures.grammar import DType
from data_contract.model import Dimension
from data_contract.promise import FeaturePromise, Judgement, Profile, Promise, Terms, not_evaluated

FRESHNESS = Key("freshness", Duration(), "How old the newest value of a date or datetime may be, such as 48h or 30d.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Freshness(FeaturePromise):
    """The newest value of the feature is no older than promised.

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

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        if terms.section.get(FRESHNESS) is None:
            return
        span = terms.section.at(FRESHNESS)
        if terms.grammar.dtype not in (DType.DATE, DType.DATETIME):
            terms.reading.refuse("`freshness` needs a date", span, "declare `dtype: date` or datetime")
        yield cls(feature=terms.feature, span=span, cells=cells)

    def judge(self, profile: Profile) -> Judgement:
        return not_evaluated("this version cannot judge freshness")
