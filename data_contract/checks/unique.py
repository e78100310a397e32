"""The checks `unique` and `key`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from data_contract.keys import Key, Listing
from data_contract.measures.cells import Cells
from data_contract.measures.distinct import Distinct, Hashes
from data_contract.model import Criticality, Dimension, Unsaid
from data_contract.promise import (
    DatasetPromise,
    DatasetTerms,
    Evidence,
    FeaturePromise,
    Judgement,
    Measure,
    Profile,
    Promise,
    Terms,
    counts_of,
    not_applicable,
    passed,
    share_of,
    spots,
    verb,
    violated,
)
from data_contract.scalars import Flag, Text
from data_contract.strictness import ADDED, TRUE

UNIQUE = Key(
    "unique",
    Flag(),
    "Whether no two rows may have the same value; nulls are none. Absent: false.",
    absent=False,
    strictness=TRUE,
)
KEY = Key(
    "key",
    Listing(Text(), minimum=1),
    "The features that together identify a row: unique, and none of them null.",
    strictness=replace(ADDED, form=frozenset),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unique(FeaturePromise):
    """No value of the feature occurs in two rows.

    Values are compared as the dtype means them: `007` is `7` under `dtype: int`. Only valid values are compared, and
    what is counted are the rows that repeat an earlier one: three equal rows count two.

    ```yaml
    features:
      email: {dtype: str, unique: true}
    ```

    To fix it: remove the rows shown, or give them a value of their own.
    """

    name = "unique"
    dimension = Dimension.UNIQUENESS
    keys = (UNIQUE,)

    @classmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        # NOTE: a feature that is the whole key is unique by that; told twice, a repeat would weigh twice.
        if terms.section.get(UNIQUE) and not terms.is_whole_key:
            span = terms.section.at(UNIQUE)
            yield cls(feature=terms.feature, span=span, cells=cells)

    def measures(self) -> tuple[Measure, ...]:
        return (self.cells, Distinct((self.cells,)))

    def failing(self, key: tuple[Cells, ...]) -> Measure:
        return Distinct((self.cells,))

    def judge(self, evidence: Evidence) -> Judgement:
        return _judge(Distinct((self.cells,)), evidence.head)


@dataclass(frozen=True, slots=True, kw_only=True)
class RowKey(DatasetPromise):
    """The key identifies every row: no two rows of the file have the same one.

    A repeated key multiplies rows in every join. The parts of a key are compared as their dtypes mean them; rows in
    which a part is null or invalid are findings of that part, not of the key. What is counted are the rows that
    repeat an earlier one.

    ```yaml
    dataset:
      key: [user_id, day]
    ```

    To fix it: remove the rows shown, or add to the key what tells them apart.
    """

    name = "key"
    dimension = Dimension.UNIQUENESS
    keys = (KEY,)
    parts: tuple[Cells, ...]
    highest: Criticality
    """That of the most critical part."""

    @property
    def criticality(self) -> Criticality:
        return self.highest

    @classmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        names = terms.section.get(KEY)
        if not names:
            return
        span = terms.section.at(KEY)
        unknown = [name for name in names if name not in terms.cells]
        for name in unknown:
            hint = f"features: {', '.join(terms.cells)}"
            terms.reading.refuse(f"the key names '{name}', which is no feature", span, hint)
        if len(set(names)) < len(names):
            terms.reading.refuse("the key names a feature twice", span, "name it once")
        if not unknown:
            order = list(Criticality)
            highest = max((terms.features[name].criticality for name in names), key=order.index)
            yield cls(span=span, highest=highest, parts=tuple(terms.cells[name] for name in names))

    def measures(self) -> tuple[Measure, ...]:
        return (*self.parts, Distinct(self.parts))

    def failing(self, key: tuple[Cells, ...]) -> Measure:
        return Distinct(self.parts)

    def judge(self, evidence: Evidence) -> Judgement:
        return _judge(Distinct(self.parts), evidence.head)


def _judge(measure: Distinct, profile: Profile) -> Judgement:
    hashes = profile.states.get(measure)
    if not isinstance(hashes, Hashes):
        missing = (counts_of(part, profile) for part in measure.parts)
        return next(reason for reason in missing if isinstance(reason, Judgement))
    label = Unsaid(", ".join(measure.features()))
    if not hashes.rows:
        return not_applicable("there is no row with a valid ", label)
    repeats, total = profile.repeats[measure].rows(), hashes.rows
    if not repeats.count:
        return passed(f"each of {total:,} rows has its own ", label, count=0, total=total, value=0.0)
    return violated(
        *share_of(repeats.count, total, "rows with a valid ", label),
        f" {verb(repeats.count, 'repeats', 'repeat')} an earlier one",
        count=repeats.count,
        total=total,
        value=repeats.count / total,
        spots=spots(repeats, measure.parts[0].feature),
    )
