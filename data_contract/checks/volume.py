"""The check `volume`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from data_contract.keys import Key, Number
from data_contract.model import Dimension
from data_contract.promise import DatasetPromise, DatasetTerms, Judgement, Profile, Promise, not_applicable

MAX_LOSS = Key(
    "max_loss",
    Number(minimum=0, maximum=1, hint="write 0.2 for a fifth"),
    "The share of the previous version's rows, from 0 to 1, that may go. Absent: not checked.",
)
MAX_GAIN = Key(
    "max_gain",
    Number(minimum=0, hint="write 0.5 for half as many again"),
    "The share of the previous version's rows, 0 or more, that may come on top. Absent: not checked.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Volume(DatasetPromise):
    """The number of rows does not fall or rise by more than a share of the previous version's.

    ```yaml
    dataset:
      rows: {max_loss: 0.2, max_gain: 0.5}
    ```

    To fix it: find out where the rows went, or came from.
    """

    name = "volume"
    dimension = Dimension.VOLUME
    keys = (MAX_LOSS, MAX_GAIN)

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        for key in cls.keys:
            if key in terms.rows:
                yield cls(span=terms.rows.at(key))

    def judge(self, profile: Profile) -> Judgement:
        return not_applicable("there is no previous version to compare with")
