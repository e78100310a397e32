"""What the audit log's past does to a decision: a version that spends an error budget of which nothing is left."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache, partial
from pathlib import Path

from data_contract.case import Bench
from data_contract.chain import SUFFIX, Line, logs_in
from data_contract.conclusion import outcome_of as run_of
from data_contract.contract import Contract
from data_contract.dashboard.log import EntryView, Judged, by_dataset, entry_in, log_of, read
from data_contract.dashboard.sla import Budget, Event, budget_at, counted_by, events_of, outcome_of, window_of
from data_contract.errors import AuditError, Span
from data_contract.link import last_link, path_of
from data_contract.model import DatasetOutcome, Dimension, Finding, FindingOutcome, Scale, Sla, Status, Unsaid
from data_contract.pipeline import Request, Ruling
from data_contract.policy import Floor
from data_contract.recording import digest_of
from data_contract.rules import BUDGET_LEFT
from data_contract.stores.store import Store

Past = Callable[[], Mapping[str, Sequence[Judged]]]
"""What an audit log says of each dataset; it raises `AuditError` where the log cannot be read."""


def held(ruling: Ruling, request: Request, place: str) -> Ruling:
    """The ruling, decided again where it spends budgets that the log at a place says are exhausted.

    Raises `AuditError` where it cannot be read.
    """
    past = cache(partial(_past, place))
    proposed = ruling.proposed and _held(ruling.proposed, request, past)
    return _held(ruling, request, past).beside(proposed)


def _held(ruling: Ruling, request: Request, past: Past) -> Ruling:
    outcome = ruling.outcome
    budgets = Budgets(bench=ruling.bench, now=request.now, past=past)
    datasets = [
        budgets.decided(dataset, partial(digest_of, ruling.head), ruling.law.past) for dataset in outcome.datasets
    ]
    if all(now is then for now, then in zip(datasets, outcome.datasets, strict=True)):
        return ruling
    again = run_of(datasets, ruling.law.policy, outcome.as_of, ruling.notes)
    decided = replace(
        outcome,
        datasets=again.datasets,
        decision=again.decision,
        exit_code=again.exit_code,
        waivers=again.waivers,
        errors=again.errors,
    )
    return replace(ruling, outcome=decided)


def past_in(store: Store) -> Past:
    """What the audit log of a store says whenever it is asked; no entry is read twice."""

    @cache
    def entry(number: int) -> EntryView:
        at, line = Span(f"{store.name}/{path_of(number)}", 1), store.read(path_of(number))
        if line is None:
            raise AuditError(
                "this entry of the audit log is gone", at=at, hint="find out who removed it, and put it back"
            )
        return entry_in(Line(content=line, span=at))

    return lambda: by_dataset(log_of(entry(number + 1) for number in range(last_link(store).number)).entries)


def _past(place: str) -> Mapping[str, Sequence[Judged]]:
    return by_dataset(read(logs_in([place])).entries) if _has_past(place) else {}


def _has_past(place: str) -> bool:
    """Whether anything was written to a log, or into a folder of them, yet."""
    path = Path(place)
    return any(path.rglob(f"*{SUFFIX}")) if path.is_dir() else path.exists()


@dataclass(frozen=True, slots=True, kw_only=True)
class Budgets:
    """What is left of error budgets, and what that does to decisions."""

    bench: Bench
    """What decides."""
    now: datetime
    """The real clock, in UTC."""
    past: Past
    """It is asked only where the policy cares, and a promise is broken."""

    def decided(
        self, dataset: DatasetOutcome, digest: Callable[[str], str | None], former: Sequence[Contract] = ()
    ) -> DatasetOutcome:
        """The same, or what it comes to where it spends budgets of which nothing is left.

        `digest` tells the SHA-256 of its file, and `former` are the contracts of base.
        """
        slas = self._spent(dataset, former)
        if not slas or dataset.path is None:
            return dataset
        past, names = self.past(), dict.fromkeys((dataset.name, dataset.known_as))
        judged = sorted((each for name in names for each in past.get(name, ())), key=lambda each: each.entry.at)
        # NOTE: this is how a log has a name of odd bytes.
        this = dataset.path.encode("utf-8", "backslashreplace").decode(), digest(dataset.path)
        told = tuple(self._told(dataset, slas, judged, this))
        return self.bench.again(replace(dataset, findings=(*dataset.findings, *told))) if told else dataset

    def _spent(self, dataset: DatasetOutcome, former: Sequence[Contract]) -> tuple[Sla, ...]:
        """The service levels whose budgets a version spends, if the policy cares: as head has them, and as base had."""
        paths = (dataset.path or "", dataset.before or dataset.path or "")
        rules = (self.bench.policy.rules_for(dataset.known_as, path).sla for path in paths)
        if all(each.on_budget_exhausted is Floor.ALLOW for each in rules):
            return ()
        # NOTE: a change that drops or loosens a service level is held to the one that it found.
        old = (sla for contract in former if contract.name == dataset.known_as for sla in contract.slas)
        bad = (FindingOutcome.VIOLATED, FindingOutcome.NOT_EVALUATED)
        return tuple(sla for sla in (*dataset.slas, *old) if outcome_of(sla, dataset.findings) in bad)

    def _told(
        self, dataset: DatasetOutcome, slas: Sequence[Sla], judged: Sequence[Judged], this: tuple[str, str | None]
    ) -> Iterator[Finding]:
        """A finding for each feature whose budget was exhausted before this version."""
        features: set[str] = set()
        for sla in slas:
            # NOTE: to judge the same version again spends nothing.
            events = [event for event in events_of(sla, judged) if (event.path, event.version) != this]
            found = self._budget(sla, events)
            if found.is_exhausted and sla.feature not in features:
                features.add(sla.feature)
                yield _finding(dataset, sla, found)

    def _budget(self, sla: Sla, events: Sequence[Event]) -> Budget:
        # NOTE: by the real clock, as waivers are; the time that data is judged by is in the hands of who commits.
        return budget_at(sla, events, self.now)


def _finding(dataset: DatasetOutcome, sla: Sla, budget: Budget) -> Finding:
    assert dataset.path
    said = (
        "the error budget of ",
        Unsaid(sla.feature),
        f" is exhausted: of {budget.events:,} versions in {window_of(sla)}, {budget.bad:,} broke what its `sla` counts "
        f"and {budget.allowed:,.4g} may; this one breaks it again",
    )
    counted = counted_by(sla, dataset.findings)
    broken = [each for each in counted if each.outcome is FindingOutcome.VIOLATED]
    is_old = bool(broken) and all(each.status is Status.INHERITED for each in broken)
    return Finding(
        check=BUDGET_LEFT.id,
        dimension=Dimension.SCHEMA,
        dataset=dataset.name,
        path=dataset.path,
        feature=sla.feature,
        outcome=FindingOutcome.VIOLATED,
        message=said,
        span=sla.span,
        scale=Scale.WHOLE,
        status=Status.INHERITED if is_old else Status.INTRODUCED,
        rule=BUDGET_LEFT.key,
    )
