"""The values that pass between the stages; all of them frozen."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum

from data_contract.errors import DataContractError, Span
from data_contract.measures.grammar import DType
from data_contract.strictness import Direction


class Criticality(StrEnum):
    """How much the consumers of a dataset depend on a feature."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"


class Dimension(StrEnum):
    """What kind of quality a check speaks of; the policy weighs each."""

    SCHEMA = "schema"
    STRUCTURE = "structure"
    VALIDITY = "validity"
    COMPLETENESS = "completeness"
    UNIQUENESS = "uniqueness"
    VOLUME = "volume"
    FRESHNESS = "freshness"
    DRIFT = "drift"


class FindingOutcome(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    VIOLATED = "violated"
    NOT_APPLICABLE = "not-applicable"
    """There was nothing to judge, and rightly so: no rows, no previous version."""
    NOT_EVALUATED = "not-evaluated"
    """It could not be judged, and nobody knows whether the promise is kept."""


class Status(StrEnum):
    """What a change has to do with a violated promise."""

    INTRODUCED = "introduced"
    INHERITED = "inherited"
    FIXED = "fixed"
    REVEALED = "revealed"


class Scale(StrEnum):
    """How far beyond its promise a measured value is (see `engine.risk`)."""

    COUNT = "count"
    """A promise without tolerance, broken so many times."""
    RATE = "rate"
    """A share of rows or cells, against the share that is tolerated."""
    VALUE = "value"
    """A number without an upper end, against the one that is tolerated."""
    SHORTFALL = "shortfall"
    """A number that should have been reached."""
    WHOLE = "whole"
    """A promise that can only be kept or broken as a whole."""


class Unsaid(str):
    """Text that a stranger wrote (a name, a value, a path); a report escapes it before showing it."""

    __slots__ = ()


Words = tuple[str, ...]
"""A sentence in parts: ours as `str`, a stranger's as `Unsaid`."""


def plain(words: Words) -> str:
    """The sentence as one text, not escaped."""
    return "".join(words)


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFormat:
    """How a delimited text file is written."""

    delimiter: str | None = None
    """One ASCII character; None: a tab in `.tsv` files, a comma elsewhere."""
    quote: str | None = '"'
    """None: quotes mean nothing."""
    encoding: str = "utf-8"
    """The name of a Python text codec."""
    header: bool = True
    """False: the columns are the features in the order of the contract."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sla:
    """In how many of its versions a feature has to keep its promises."""

    feature: str
    null_rate: float | None
    """The share of rows without a value, in [0, 1], up to which a version is good; None: that does not count."""
    invalid_rate: float | None
    """The same of invalid values; None for both: every promise of the feature counts, by its outcome."""
    window: int
    """Seconds, back from now, in which versions are counted."""
    target: float
    """The share of the versions, in (0, 1), that have to be good."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """A column under contract."""

    name: str
    dtype: DType | None
    criticality: Criticality
    sensitive: bool
    """Its values are never shown, stored, or hashed without a random key."""
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """One place where a promise is broken."""

    row: int | None = None
    """Row of data, counted from 1; None for what is no row (a header, a blank line)."""
    line: int | None = None
    """Physical line on which the cell starts, counted from 1; None in a frame."""
    column: int | None = None
    """Character in that line, counted from 1; None where a whole row is meant."""
    key: Mapping[str, str] | None = None
    """The row's key as text; None without a key, or when a part of it is sensitive."""
    value: str | None = None
    """The cell as text; None when it is sensitive, or no single cell is meant."""
    why: str | None = None
    """Which of several ways of breaking the promise it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What part of a feature's valid values some of them are, in either version."""

    label: str | None
    """A value, or the least and the greatest, as a stranger wrote them; None: all values that no other bar is about."""
    base: float
    """In [0, 1]."""
    head: float
    """In [0, 1]."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiver:
    """A broken promise that somebody answers for, until a day."""

    dataset: str
    feature: str | None
    """None: a promise about the dataset."""
    check: str
    up_to: float | None
    """The largest measured value that is still waived; None: any."""
    until: date
    """The last day on which it holds."""
    reason: str
    approved_by: str | None
    span: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A check together with what was seen, and what it weighs."""

    check: str
    dimension: Dimension
    dataset: str
    path: str
    """The data file, relative to the root."""
    feature: str | None
    aspect: str | None = None
    """Which of several promises of the same check about the same thing it is."""
    outcome: FindingOutcome
    message: Words
    span: Span
    """The promise in the contract (or the waiver in the policy)."""
    criticality: Criticality = Criticality.MEDIUM
    scale: Scale = Scale.COUNT
    is_advisory: bool = False
    """It may raise an alert, but by itself never blocks."""
    is_note: bool = False
    """It is shown and weighs nothing."""
    is_implied: bool = False
    """Nobody wrote the promise: the previous version of the file makes it by itself."""
    status: Status | None = None
    """None when there is no previous version to compare with."""
    introduced: int | None = None
    """How many of `count` are new; None without a previous version, or where that cannot be counted."""
    judged_limit: float | None = None
    """What `value` is judged by, where the previous version was beyond `limit` already."""
    is_inherited: bool = False
    """It was there before, and only what is new is judged."""
    rule: str | None = None
    """The key of the policy that it comes under, instead of weighing on the risk; None: it weighs."""
    count: int | None = None
    """How many rows, cells or columns break the promise."""
    total: int | None = None
    """Of how many."""
    value: float | None = None
    """What was measured, in the unit of `limit`."""
    limit: float | None = None
    """What the contract tolerates: a rate, a number of rows, …; None where it tolerates nothing."""
    is_explained: bool = False
    """Not evaluated because of something that is a violated finding of its own."""
    waived_by: Waiver | None = None
    contribution: float = 0.0
    """Its part c of the risk, in [0, 1): 1 − Π(1 − c) over a dataset is the dataset's risk."""
    share: float = 0.0
    """−ln(1 − c) over the sum of it in the dataset, in [0, 1]."""
    locations: tuple[Location, ...] = ()
    distribution: tuple[Bar, ...] = ()
    """How a feature that drifted is distributed; nothing of a sensitive one."""

    @property
    def counts(self) -> bool:
        """Whether it weighs on the risk."""
        is_free = self.is_note or self.is_inherited or self.waived_by is not None or self.rule is not None
        return self.outcome is FindingOutcome.VIOLATED and not is_free

    @property
    def is_unsure(self) -> bool:
        """Whether something was measured and is too little to tell, as in a sample that is too small."""
        return self.outcome is FindingOutcome.NOT_APPLICABLE and self.value is not None

    @property
    def is_capped(self) -> bool:
        """Whether it may raise an alert, but never blocks without a finding that may."""
        return self.is_advisory or self.criticality is Criticality.LOW


class Verdict(StrEnum):
    """What a risk, and the rules about it, come to; from mild to severe."""

    ALLOW = "ALLOW"
    ALLOW_WITH_ALERT = "ALLOW_WITH_ALERT"
    BLOCK_AND_ROLLBACK = "BLOCK_AND_ROLLBACK"

    @property
    def severity(self) -> int:
        """0 for the mildest."""
        return list(Verdict).index(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """Why a decision is at least as severe as it is."""

    rule: str
    """`risk`, or the key of the policy that set a floor: `ci.on_missing_data`."""
    verdict: Verdict
    message: Words
    is_error: bool = False
    """Nothing could be decided, and the exit status is 2."""
    path: str | None = None
    """The data file it speaks of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """The smallest set of findings whose removal gives the next milder decision."""

    verdict: Verdict
    """The decision without them."""
    risk: float
    """The risk without them."""
    findings: tuple[Finding, ...]
    rules: tuple[str, ...] = ()
    """Rules of the policy that hold the decision too, and must no longer apply."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Coverage:
    """How many of the promises were judged."""

    passed: int = 0
    violated: int = 0
    not_applicable: int = 0
    not_evaluated: int = 0
    unexplained: int = 0
    """Of those not evaluated, the ones that no violated finding explains."""

    @property
    def ratio(self) -> float | None:
        """Judged over applicable promises; None when none applies."""
        judged = self.passed + self.violated
        return judged / (judged + self.not_evaluated) if judged + self.not_evaluated else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What is decided about one dataset, or about the run."""

    verdict: Verdict
    risk: float
    """In [0, 1], rounded to 1e-9."""
    reasons: tuple[Reason, ...]
    counterfactual: Counterfactual | None
    """None where the decision is ALLOW."""
    fails: bool
    """Whether `ci.fail_on` makes the gate fail."""
    is_undecided: bool = False
    """Whether something kept it from being made in earnest; the verdict is then the worst there is."""


@dataclass(frozen=True, slots=True)
class RowChanges:
    """How the rows of two versions differ, by their key."""

    added: int
    removed: int
    changed: int
    """Keys in both that stand before other rows, or before more or fewer of them, than they did."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetOutcome:
    """One file, judged by one contract."""

    name: str
    path: str | None
    """None: no file is there for the contract."""
    contract: Span | None
    """None: no contract matches the file."""
    rows: int | None
    """None when the file could not be read."""
    findings: tuple[Finding, ...]
    coverage: Coverage
    decision: Decision
    changes: RowChanges | None = None
    """None without a previous version, without a key, or where a column is missing on either side."""
    known_as: str = ""
    """The name by which the policy's rules were found: that in base."""
    before: str | None = None
    """The path in base, by which they were found, too."""
    notes: tuple[Reason, ...] = ()
    """Reasons that follow neither from the findings nor from the policy."""
    diff: tuple[range, ...] | None = None
    """The lines of the file, from 1, that the change shows to those who review it; None where nothing was compared."""
    slas: tuple[Sla, ...] = ()
    """Of its features, as the contract has them."""
    is_part: bool = False
    """Whether only the good rows of a file were judged, which is no other version of it."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """What another policy would make of the same findings."""

    verdict: Verdict
    exit_code: int


class Breaks(StrEnum):
    """Whom a change takes by surprise."""

    CONSUMERS = "consumers"
    """They read the data, and relied on more."""
    PRODUCERS = "producers"
    """They write the data, and must now do better."""
    NOBODY = "nobody"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContractChange:
    """One key, or one feature, that is not what it was."""

    path: str
    """As people write it: `features.user_age.max_null_rate`; `contract` for all of it."""
    before: str | None
    """As it was written, on one line; None where it was absent."""
    after: str | None
    """As it is written, on one line; None where it is absent."""
    direction: Direction
    breaks: Breaks
    span: Span
    """In the new contract: the key, or what it would stand in. In the old one where there is no new one."""
    note: str | None = None
    """Why the direction is what it is, where the values do not show it."""

    @property
    def message(self) -> Words:
        """The change as a sentence, without its direction."""
        if self.before is None:
            said: Words = (" is new: ", Unsaid(self.after or ""))
        elif self.after is None:
            said = (" is gone; it was ", Unsaid(self.before))
        else:
            said = (": ", Unsaid(self.before), " → ", Unsaid(self.after))
        return (Unsaid(self.path), *said, f" ({self.note})" if self.note else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evolution:
    """How one contract changed."""

    dataset: str
    span: Span
    """The contract: as it is, or as it was where it is gone."""
    changes: tuple[ContractChange, ...]

    def count(self, direction: Direction) -> int:
        """How many of the changes go in one direction."""
        return sum(change.direction is direction for change in self.changes)


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a run took place, as far as it matters to those who read of it elsewhere."""

    prefix: str = ""
    """The root, from the top of the repository: empty, or with a slash at its end."""
    link: str | None = None
    """What a path from the top of the repository is put behind to see the file in a browser; None: nowhere."""
    commands: tuple[str, ...] = ()
    """The lines of a shell that judge the same again."""

    def from_top(self, path: str) -> str:
        """A path from the top of the repository; of what lies outside of the root as it is."""
        return path if path.startswith("/") else self.prefix + path


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """Who and what made the run happen, as far as somebody says; None on a laptop."""

    actor: str | None = None
    event: str | None = None
    repository: str | None = None
    pull_request: int | None = None
    commit: str | None = None
    """The one that is checked out."""
    run: str | None = None
    """The address of the workflow run."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Everything a run came to; every report is a rendering of it."""

    tool_version: str
    as_of: datetime
    policy_path: str | None
    """None: the built-in defaults."""
    policy_is_trusted: bool
    decision: Decision
    exit_code: int
    """0 passed, 1 the gate failed, 2 could not decide."""
    datasets: tuple[DatasetOutcome, ...]
    waivers: tuple[Waiver, ...]
    """Those that waived a finding of this run."""
    errors: tuple[DataContractError, ...]
    """What kept the run from deciding."""
    base: str | None = None
    """The commit that the change starts from, 40 hexadecimal digits; None where nothing was compared."""
    head: str | None = None
    """The commit that it ends with; None for files as they lie on disk."""
    evolutions: tuple[Evolution, ...] = ()
    """Of every contract that the change touches."""
    proposed: Proposal | None = None
    """What the policy that the change itself brings would come to; None where it brings none."""
    origin: Origin = Origin()
    done: tuple[Words, ...] = ()
    """What was done about the decisions, and what was left alone: a sentence each."""
    audited: str | None = None
    """The digest of the entry in the audit log, 64 hexadecimal digits; None where nobody asked for one."""
