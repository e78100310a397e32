"""The check `volume`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key
from data_contract.model import Dimension, Scale
from data_contract.promise import (
    DatasetPromise,
    DatasetTerms,
    Evidence,
    Judgement,
    Promise,
    not_applicable,
    passed,
    percent,
    violated,
)
from data_contract.scalars import Number
from data_contract.strictness import SMALLER

MAX_LOSS = Key(
    "max_loss",
    Number(minimum=0, maximum=1, hint="write 0.2 for a fifth"),
    "The share of the previous version's rows, from 0 to 1, that may go. Absent: not checked.",
    absent=1.0,
    strictness=SMALLER,
)
MAX_GAIN = Key(
    "max_gain",
    Number(minimum=0, hint="write 0.5 for half as many again"),
    "The share of the previous version's rows, 0 or more, that may come on top. Absent: not checked.",
    strictness=SMALLER,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(DatasetPromise):
    """The number of rows does not fall or rise by more than a share of the previous version's.

    A file that lost a third of its rows overnight passes every check of its cells. The loss, or gain, is a share of the
    previous version's rows. In a sample extract, and without a previous version, it is not applicable.

    ```yaml
    dataset:
      rows: {max_loss: 0.2, max_gain: 0.5}
    ```

    To fix it: find out where the rows went, or came from.
    """

    name = "volume"
    dimension = Dimension.VOLUME
    keys = (MAX_LOSS, MAX_GAIN)
    needs_base = True
    limit: float
    is_loss: bool
    is_sample: bool

    @property
    def aspect(self) -> str | None:
        return "loss" if self.is_loss else "gain"

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        for key in (MAX_LOSS, MAX_GAIN):
            limit = terms.rows.get(key)
            if limit is not None:
                yield cls(span=terms.rows.at(key), limit=limit, is_loss=key is MAX_LOSS, is_sample=terms.is_sample)

    def judge(self, evidence: Evidence) -> Judgement:
        if self.is_sample:
            return not_applicable("the file is a sample, whose size says nothing of the dataset's")
        base, rows = evidence.base.records if evidence.base else 0, evidence.head.records
        if not base:
            return not_applicable("there is no previous version to compare with")
        change = (base - rows) / base if self.is_loss else (rows - base) / base
        scale = Scale.RATE if self.is_loss else Scale.VALUE
        measured = {"scale": scale, "count": abs(rows - base), "total": base, "value": change, "limit": self.limit}
        if change <= self.limit:
            return passed(f"the file has {rows:,} rows, the previous version {base:,}", **measured)
        if self.is_loss:
            said = f"{base - rows:,} of {base:,} rows ({percent(change, self.limit)}) are gone"
            return violated(f"{said}; at most {percent(self.limit, change)} may go", **measured)
        said = f"{rows - base:,} rows came to {base:,} ({change * 100:,.0f} %)"
        return violated(f"{said}; at most {self.limit * 100:g} % may come", **measured)
