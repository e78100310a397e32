"""The check `sample`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key, Number, Table, TableOrFalse
from data_contract.model import Dimension
from data_contract.promise import DatasetPromise, DatasetTerms, Evidence, Judgement, Promise, not_evaluated

CONFIDENCE = Key(
    "confidence",
    Number(above=0, below=1, hint="write 0.95 for 95 %"),
    "How sure a tolerance must be judged, between 0 and 1. Absent: 0.95.",
)
SAMPLE = Key(
    "sample",
    TableOrFalse(Table((CONFIDENCE,))),
    "false, or how to judge a file that is a sample extract of the dataset.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample(DatasetPromise):
    """The file is a sample extract, and its tolerances are judged as such.

    ```yaml
    dataset:
      sample: {confidence: 0.95}
    ```

    To fix it: take a larger sample where too few rows tell too little.
    """

    name = "sample"
    dimension = Dimension.VOLUME
    keys = (SAMPLE,)

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        if terms.section.get(SAMPLE):
            yield cls(span=terms.section.at(SAMPLE))

    def judge(self, evidence: Evidence) -> Judgement:
        return not_evaluated("this version cannot judge a sample extract")
