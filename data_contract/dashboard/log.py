"""What the dashboard reads of audit logs: of each entry the little that it shows, so that years of them take a second.

The views are structs of msgspec, decoded straight from the bytes; what they do not name is looked at, to see that it is
an entry for every reader (see `form`), and not kept. Nothing is verified here: `audit verify` does that.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from msgspec import Struct
from msgspec.json import Decoder
from msgspec.structs import replace

from data_contract.audit import NOTHING, read_as, short
from data_contract.chain import Line, lines_of
from data_contract.errors import Span
from data_contract.glob import matches
from data_contract.model import FindingOutcome, Sla, Verdict


class Waived(Struct, frozen=True, gc=False):
    """That somebody answers for a finding."""

    until: str = ""


class FindingView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of a finding."""

    check: str
    outcome: FindingOutcome
    feature: str | None = None
    count: int | None = None
    total: int | None = None
    value: float | None = None
    limit: float | None = None
    rule: str | None = None
    is_note: bool = False
    is_inherited: bool = False
    waived_by: Waived | None = None


class ReasonView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of a reason."""

    rule: str
    verdict: Verdict
    message: tuple[str, ...] = ()


class DecisionView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of a decision."""

    verdict: Verdict
    risk: float
    reasons: tuple[ReasonView, ...] = ()


class SlaView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of a service level."""

    feature: str
    window: int
    target: float
    null_rate: float | None = None
    invalid_rate: float | None = None
    span: Span = Span("", 1)

    def sla(self) -> Sla:
        """The service level."""
        return Sla(
            feature=self.feature,
            null_rate=self.null_rate,
            invalid_rate=self.invalid_rate,
            window=self.window,
            target=self.target,
            span=self.span,
        )


class DatasetView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of one file, judged by one contract."""

    name: str
    decision: DecisionView
    path: str | None = None
    rows: int | None = None
    findings: tuple[FindingView, ...] = ()
    slas: tuple[SlaView, ...] = ()
    is_part: bool = False


class LawView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of the policy that decided."""

    path: str | None = None
    text: str | None = None


class AroundView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of the circumstances."""

    actor: str | None = None
    pull_request: int | None = None


class ActView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of something that was done."""

    action: str
    target: str
    is_done: bool
    detail: str | None = None


class EntryView(Struct, frozen=True, gc=False, kw_only=True):
    """What is read of one run."""

    version: int
    previous: str = NOTHING
    at: datetime
    command: str
    verdict: Verdict
    risk: float
    exit_code: int
    digest: str
    head: str | None = None
    circumstances: AroundView = AroundView()
    law: LawView | None = None
    data: Mapping[str, str] = {}
    datasets: tuple[DatasetView, ...] = ()
    notes: tuple[ReasonView, ...] = ()
    errors: tuple[str, ...] = ()
    acts: tuple[ActView, ...] = ()

    @property
    def is_of_part(self) -> bool:
        """Whether it is about the good rows of a file alone: the entry before it is about the version."""
        return bool(self.datasets) and all(each.is_part for each in self.datasets)

    @property
    def id(self) -> str:
        """What people call it: the start of its digest."""
        return short(self.digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """What was read of logs."""

    entries: tuple[EntryView, ...]
    """Each once, in the order of their times, and of their log where that is the same, whatever file they stand in."""
    repeated: int = 0
    """How many more lines are an entry that is there already."""
    torn: tuple[Span, ...] = ()
    """Last lines whose writer was interrupted; they are no entries."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A file that a run judged."""

    entry: EntryView
    dataset: DatasetView


_DECODER = Decoder(EntryView)


def read(logs: Iterable[Path]) -> Log:
    """What logs say. Raises `AuditError` where a line that is not torn is no entry."""
    torn: list[Span] = []
    found: list[EntryView] = []
    for line in (line for log in logs for line in lines_of(log)):
        if line.is_torn:
            torn.append(line.span)
        else:
            found.append(entry_in(line))
    return log_of(found, torn)


def log_of(entries: Iterable[EntryView], torn: Iterable[Span] = ()) -> Log:
    """The same of entries in any order, some of them perhaps there more than once."""
    found = list(entries)
    once = {entry.digest: entry for entry in found}
    places = _places(once)
    ordered = sorted(once.values(), key=lambda entry: (entry.at, places[entry.digest], entry.digest))
    return Log(entries=tuple(ordered), repeated=len(found) - len(once), torn=tuple(torn))


def _places(entries: Mapping[str, EntryView]) -> Mapping[str, int]:
    """How many entries stand before each in its own log: those of one run have the same time."""
    places: dict[str, int] = {}
    for entry in entries:
        digest, way = entry, list[str]()
        # NOTE: nothing is verified here, and entries that somebody made up may name each other.
        while digest in entries and digest not in places:
            places[digest] = 0
            way.append(digest)
            digest = entries[digest].previous
        first = places.get(digest, -1) + 1
        places.update((each, first + number) for number, each in enumerate(reversed(way)))
    return places


def until(log: Log, now: datetime) -> Log:
    """The log in which what a clock that was ahead dated later is of now, so that it does not make now later."""
    entries = tuple(entry if entry.at <= now else replace(entry, at=now) for entry in log.entries)
    return Log(entries=entries, repeated=log.repeated, torn=log.torn)


def entry_in(line: Line) -> EntryView:
    """What a line says. Raises `AuditError` where it is no entry."""
    entry = read_as(_DECODER, line.content, line.span)
    moment = entry.at.astimezone(UTC)
    return entry if moment is entry.at else replace(entry, at=moment)


def by_dataset(entries: Iterable[EntryView]) -> Mapping[str, Sequence[Judged]]:
    """The versions that were judged of each dataset, in the order of the entries."""
    found: dict[str, list[Judged]] = {}
    for entry in entries:
        for dataset in entry.datasets:
            if not dataset.is_part:
                found.setdefault(dataset.name, []).append(Judged(entry, dataset))
    return found


def about(log: Log, dataset: str) -> Log:
    """The log as if nothing but the datasets had been judged whose name a glob describes."""
    entries = (_narrowed(entry, dataset) for entry in log.entries)
    return Log(entries=tuple(entry for entry in entries if entry.datasets), repeated=log.repeated, torn=log.torn)


def _narrowed(entry: EntryView, dataset: str) -> EntryView:
    kept = tuple(each for each in entry.datasets if matches(each.name, dataset))
    if len(kept) == len(entry.datasets) or not kept:
        return replace(entry, datasets=kept)
    verdict = max((each.decision.verdict for each in kept), key=lambda each: each.severity)
    return replace(entry, datasets=kept, verdict=verdict, risk=max(each.decision.risk for each in kept))
