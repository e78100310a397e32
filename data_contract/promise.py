"""What every check shares: a promise of a contract, how it is judged, and the words for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, ClassVar, Protocol, Self, TypeVar

import polars as pl

from data_contract.errors import Span
from data_contract.keys import Key, Reading, Section
from data_contract.measures import binomial
from data_contract.measures.batch import Batch, Columns, Defect, Defects
from data_contract.measures.cells import Cell, CellCounts, Cells
from data_contract.measures.failures import Failures
from data_contract.measures.grammar import Grammar
from data_contract.measures.tally import Tally
from data_contract.model import (
    Bar,
    Criticality,
    Dimension,
    Feature,
    FindingOutcome,
    Location,
    Scale,
    Status,
    Unsaid,
    Words,
)


class Measure(Protocol):
    """What must be counted to judge a check. Equal measures are counted once.

    Its states have an empty value and merge: the state of two batches is the merge of theirs, in any order.
    """

    def features(self) -> tuple[str, ...]:
        """The columns it needs."""

    def expressions(self, columns: Columns) -> tuple[pl.Expr, ...]:
        """What to compute for each row of a batch."""

    def empty(self) -> Any:
        """The state before any row."""

    def state(self, computed: Sequence[pl.Series], batch: Batch) -> Any:
        """The state of one batch, from what `expressions` gave."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """All states of one version of one file."""

    header: tuple[str, ...]
    """The names of the columns as written."""
    times: Mapping[str, int]
    """How often each name stands in the header; 0 for any other."""
    records: int
    """Rows of data, the malformed ones included."""
    possible_defects: frozenset[Defect]
    """What can be wrong with the form of a file of its format, and was looked for."""
    defects: Defects
    states: Mapping[Measure, Any]
    """Only of measures whose columns are all there, exactly once."""
    repeats: Mapping[Measure, Failures]
    """For each measure of distinctness, the rows that repeat an earlier one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """All that a check may look at."""

    head: Profile
    """The version that is judged."""
    base: Profile | None
    """The version before it; None when there is none."""
    as_of: datetime
    """The time to judge by, in UTC."""


@dataclass(frozen=True, slots=True)
class Spot:
    """A row that breaks a promise, before anybody looked up where it stands."""

    row: int
    feature: str | None = None
    why: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """What a check says of a profile: a finding without the where."""

    outcome: FindingOutcome
    message: Words
    scale: Scale = Scale.COUNT
    count: int | None = None
    total: int | None = None
    value: float | None = None
    limit: float | None = None
    names: frozenset[str] | None = None
    """What breaks the promise, where that is something with a name, such as a column."""
    spots: tuple[Spot, ...] = ()
    """The first rows that break the promise."""
    places: tuple[Location, ...] = ()
    """Places that are known already."""
    distribution: tuple[Bar, ...] = ()
    is_explained: bool = False
    """Not evaluated because of something that is a violated finding of its own."""
    status: Status | None = None
    """What the change has to do with it; None without a version before."""
    introduced: int | None = None
    """How many of `count` are new; None where that cannot be counted."""
    judged_limit: float | None = None
    """The limit to judge `value` by, where the version before was beyond `limit` already."""
    is_mild: bool = False
    """Improbable and legal: it may raise an alert, but by itself never blocks, whatever the check is."""


def passed(*message: str, **measured: Any) -> Judgement:
    """The promise is kept."""
    return Judgement(outcome=FindingOutcome.PASSED, message=message, **measured)


def violated(*message: str, **measured: Any) -> Judgement:
    """The promise is broken."""
    return Judgement(outcome=FindingOutcome.VIOLATED, message=message, **measured)


def not_applicable(*message: str) -> Judgement:
    """There is nothing to judge, and rightly so."""
    return Judgement(outcome=FindingOutcome.NOT_APPLICABLE, message=message)


def not_evaluated(*message: str, is_explained: bool = False) -> Judgement:
    """Nobody knows whether the promise is kept."""
    return Judgement(outcome=FindingOutcome.NOT_EVALUATED, message=message, is_explained=is_explained)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a contract says of one feature, before checks are made of it."""

    section: Section
    feature: Feature
    grammar: Grammar
    is_key: bool
    """Whether the feature is a part of the dataset's key."""
    is_whole_key: bool
    """Whether it is the only part."""
    confidence: float | None
    """How sure a tolerance must be judged, in (0, 1), as the file is a sample; None: it is no sample."""
    reading: Reading
    """Takes the mistakes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CellTest(ABC):
    """A check of single cells: a cell is counted at the first test of its feature that it breaks."""

    id: ClassVar[str]
    keys: ClassVar[tuple[Key[Any], ...]]
    span: Span

    @classmethod
    @abstractmethod
    def promised(cls, terms: Terms) -> CellTest | None:
        """The test that a feature's keys ask for, if they do; mistakes go to `terms.reading`."""

    @abstractmethod
    def is_broken(self, cell: Cell) -> pl.Expr:
        """True where a cell that is not null, and kept every test before this one, breaks the promise."""

    @abstractmethod
    def blame(self, is_one: bool) -> Words:
        """What is wrong with the cells that break it: `is not an int`, `are not an int`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImpliedTest(CellTest):
    """A check of single cells that no key asks for: the previous version of a file without a contract does."""

    keys = ()

    @classmethod
    def promised(cls, terms: Terms) -> None:  # noqa: ARG003  # no contract asks for it
        """None."""
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetTerms:
    """What a contract says of the dataset, before checks are made of it."""

    section: Section
    rows: Section
    """The keys of `rows`."""
    cells: Mapping[str, Cells]
    """The cells of each feature, in the order of the contract."""
    features: Mapping[str, Feature]
    is_sample: bool
    """Whether the file is a sample extract of the dataset."""
    reading: Reading
    """Takes the mistakes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise(ABC):
    """A check: one promise of a contract."""

    name: ClassVar[str]
    dimension: ClassVar[Dimension]
    keys: ClassVar[tuple[Key[Any], ...]] = ()
    """The keys of a contract that ask for it."""
    is_advisory: ClassVar[bool] = False
    """It may raise an alert, but by itself never blocks."""
    needs_base: ClassVar[bool] = False
    """It compares with the previous version; without one its measures are not needed."""
    span: Span
    feature: Feature | None = None
    """None for a promise about the dataset."""
    witness: Words = ()
    """Of a promise that nobody wrote: what the previous version shows for it."""

    @property
    def criticality(self) -> Criticality:
        """How much depends on it."""
        return self.feature.criticality if self.feature else Criticality.MEDIUM

    @property
    def id(self) -> str:
        """kebab-case; names what is demanded."""
        return self.name

    @property
    def aspect(self) -> str | None:
        """Which of several promises of the same id about the same thing it is."""
        return None

    @property
    def is_note(self) -> bool:
        """Whether breaking it is shown but weighs nothing."""
        return False

    def keeping(self, secrets: frozenset[str]) -> Self:
        """The same promise, which tells nothing of the values of these features."""
        if self.feature is None or self.feature.name not in secrets:
            return self
        return replace(self, feature=replace(self.feature, sensitive=True))

    def concerns(self, profile: Profile) -> bool:  # for those that can tell
        """Whether a file of that format can break it at all."""
        return True

    @abstractmethod
    def measures(self) -> tuple[Measure, ...]:
        """What has to be counted to judge it."""

    @abstractmethod
    def judge(self, evidence: Evidence) -> Judgement:
        """Whether the promise is kept."""

    def failing(self, key: tuple[Cells, ...]) -> Measure | None:  # for those that can tell
        """What tells which rows break it, known by `key`; None where only a number is broken."""
        return None


@dataclass(frozen=True, slots=True, kw_only=True)
class FeaturePromise(Promise):
    """A check of one feature."""

    cells: Cells

    @classmethod
    @abstractmethod
    def promised(cls, terms: Terms, cells: Cells) -> Iterator[Promise]:
        """The checks that a feature's keys ask for; mistakes go to `terms.reading`."""

    def measures(self) -> tuple[Measure, ...]:
        """The cells of the feature."""
        return (self.cells,)

    @property
    def label(self) -> Unsaid:
        """The feature's name, for a sentence."""
        return Unsaid(self.cells.feature)


@dataclass(frozen=True, slots=True, kw_only=True)
class CellsPromise(FeaturePromise):
    """A check of one feature that is judged by the counts of its cells alone."""

    def judge(self, evidence: Evidence) -> Judgement:
        """Whether the counts keep the promise, if there are any."""
        counts = counts_of(self.cells, evidence.head)
        return counts if isinstance(counts, Judgement) else self.judge_counts(counts)

    @abstractmethod
    def judge_counts(self, counts: CellCounts) -> Judgement:
        """Whether the counts keep the promise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetPromise(Promise):
    """A check of the dataset as a whole."""

    @classmethod
    @abstractmethod
    def promised(cls, terms: DatasetTerms) -> Iterator[Promise]:
        """The checks that the dataset's keys ask for; mistakes go to `terms.reading`."""

    def measures(self) -> tuple[Measure, ...]:
        """Nothing beyond what every profile has."""
        return ()


S = TypeVar("S")


def states_of(measure: Measure, kind: type[S], evidence: Evidence) -> tuple[S, S] | Judgement:
    """What a measure came to in head and in base; why not, where there is nothing to compare."""
    head = evidence.head.states.get(measure)
    base = evidence.base.states.get(measure) if evidence.base else None
    if not isinstance(base, kind):
        return not_applicable("there is no previous version to compare with")
    if not isinstance(head, kind):
        return not_evaluated("a column is missing", is_explained=True)
    return head, base


def counts_of(cells: Cells, profile: Profile) -> CellCounts | Judgement:
    """The counts of a feature's cells, or why there are none."""
    counts = profile.states.get(cells)
    is_there = profile.times[cells.feature] == 1
    return counts if isinstance(counts, CellCounts) and is_there else unseen(cells.feature, profile)


def unseen(feature: str, profile: Profile) -> Judgement:
    """Why a feature was not measured."""
    times, name = profile.times[feature], Unsaid(feature)
    if times > 1:
        return not_evaluated("the column ", name, f" is there {times} times: which one is meant?", is_explained=True)
    return not_evaluated("the column ", name, " is missing", is_explained=True)


def spots(places: Tally[int], feature: str | None, why: str | None = None) -> tuple[Spot, ...]:
    """The witnesses of a tally, as rows to be located."""
    return tuple(Spot(row, feature, why) for row in places.first)


def share_of(count: int, total: int, *noun: str, limit: float | None = None) -> Words:
    """A share the way people say it: `3 of 120 rows (2.5 %)`."""
    return (f"{count:,} of {total:,} ", *noun, f" ({percent(count / total, limit)})")


def percent(rate: float, beside: float | None = None) -> str:
    """A rate in [0, 1] as a percentage: true to 1 % of itself, and never the same as another rate beside it."""
    number, tolerance = rate * 100, min(rate, 1 - rate)
    for digits in range(16):
        text = f"{number:.{digits}f}"
        is_distinct = beside is None or rate == beside or text != f"{beside * 100:.{digits}f}"
        if is_distinct and abs(float(text) - number) <= tolerance:
            break
    return f"{text} %"


def tolerated(rate: float, limit: float, judgement: Judgement, confidence: float | None) -> Judgement:
    """A measured rate, its counts in `judgement`, against the rate that is tolerated.

    In a sample only what is sure either way is judged; between that, there are too few rows to tell.
    """
    hits, total = judgement.count or 0, judgement.total or 1
    if confidence is None or limit == 1:
        is_kept, is_broken = rate <= limit, rate > limit
    else:
        is_kept = binomial.is_below(hits, total, limit, confidence)
        is_broken = binomial.is_above(hits, total, limit, confidence)
    if is_broken:
        return judgement
    if is_kept:
        return replace(judgement, outcome=FindingOutcome.PASSED, spots=())
    said = (*judgement.message, f"; a sample of {total:,} is too small to tell")
    return replace(judgement, outcome=FindingOutcome.NOT_APPLICABLE, message=said, spots=())


def verb(count: int, one: str, many: str) -> str:
    """The form that goes with the number."""
    return one if count == 1 else many
