"""The check `drift`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key, Number, Table
from data_contract.measures.cells import Cells
from data_contract.model import Dimension
from data_contract.promise import FeaturePromise, Judgement, Profile, Promise, Terms, not_applicable

MAX_PSI = Key(
    "max_psi",
    Number(above=0, hint="0.1 is a small shift, 0.25 a large one"),
    "The largest population stability index against the previous version.",
    required=True,
)
DRIFT = Key("drift", Table((MAX_PSI,)), "How far the feature's distribution may move from the previous version's.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Drift(FeaturePromise):
    """The distribution of the feature's valid values stays close to the previous version's.

    ```yaml
    features:
      plan: {dtype: str, drift: {max_psi: 0.2}}
    ```

    To fix it: find out what changed upstream. It raises an alert and never blocks by itself.
    """

    name = "drift"
    dimension = Dimension.DRIFT
    keys = (DRIFT,)
    is_advisory = True

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        if terms.section.get(DRIFT):
            span = terms.section.at(DRIFT)
            yield cls(feature=terms.feature, span=span, cells=cells)

    def judge(self, profile: Profile) -> Judgement:
        return not_applicable("there is no previous version to compare with")
