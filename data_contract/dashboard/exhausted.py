"""What the audit log's past does to a decision: a version that spends an error budget of which nothing is left."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from data_contract.chain import SUFFIX, logs_in
from data_contract.dashboard.log import Judged, by_dataset, read
from data_contract.dashboard.sla import Budget, Event, budget_at, counted_by, events_of, outcome_of, window_of
from data_contract.model import DatasetOutcome, Dimension, Finding, FindingOutcome, Scale, Sla, Status, Unsaid
from data_contract.pipeline import Request, Ruling
from data_contract.pipeline import outcome_of as run_of
from data_contract.policy import Floor
from data_contract.recording import digest_of
from data_contract.rules import BUDGET_LEFT


def held(ruling: Ruling, request: Request, place: str) -> Ruling:
    """The ruling, decided again where it spends budgets that the log at a place says are exhausted.

    The log is read only where the policy asks for it and a promise is broken. Raises `AuditError` where it cannot be.
    """
    outcome, policy = ruling.outcome, ruling.law.policy
    spent = [_spent(dataset, ruling) for dataset in outcome.datasets]
    if not any(spent):
        return ruling
    past = by_dataset(read(logs_in([place])).entries) if _has_past(place) else {}
    datasets = []
    for dataset, slas in zip(outcome.datasets, spent, strict=True):
        names = dict.fromkeys((dataset.name, dataset.known_as))
        judged = sorted((each for name in names for each in past.get(name, ())), key=lambda each: each.entry.at)
        told = tuple(_told(dataset, slas, judged, ruling, request)) if slas else ()
        datasets.append(ruling.bench.again(replace(dataset, findings=(*dataset.findings, *told))) if told else dataset)
    again = run_of(datasets, policy, outcome.as_of, ruling.notes)
    decided = replace(
        outcome,
        datasets=again.datasets,
        decision=again.decision,
        exit_code=again.exit_code,
        waivers=again.waivers,
        errors=again.errors,
    )
    return replace(ruling, outcome=decided)


def _has_past(place: str) -> bool:
    """Whether anything was written to a log, or into a folder of them, yet."""
    path = Path(place)
    return any(path.rglob(f"*{SUFFIX}")) if path.is_dir() else path.exists()


def _spent(dataset: DatasetOutcome, ruling: Ruling) -> tuple[Sla, ...]:
    """The service levels whose budgets a version spends, if the policy cares: as head has them, and as base had."""
    policy = ruling.law.policy
    paths = (dataset.path or "", dataset.before or dataset.path or "")
    rules = (policy.rules_for(dataset.known_as, path).sla for path in paths)
    if dataset.path is None or all(each.on_budget_exhausted is Floor.ALLOW for each in rules):
        return ()
    # NOTE: a change that drops or loosens a service level is held to the one that it found.
    former = (sla for contract in ruling.law.past if contract.name == dataset.known_as for sla in contract.slas)
    bad = (FindingOutcome.VIOLATED, FindingOutcome.NOT_EVALUATED)
    return tuple(sla for sla in (*dataset.slas, *former) if outcome_of(sla, dataset.findings) in bad)


def _told(
    dataset: DatasetOutcome, slas: Sequence[Sla], judged: Sequence[Judged], ruling: Ruling, request: Request
) -> Iterator[Finding]:
    """A finding for each feature whose budget was exhausted before this version."""
    assert dataset.path
    # NOTE: this is how a log has a name of odd bytes.
    this = dataset.path.encode("utf-8", "backslashreplace").decode(), digest_of(ruling.head, dataset.path)
    features: set[str] = set()
    for sla in slas:
        # NOTE: to judge the same version again spends nothing.
        events = [event for event in events_of(sla, judged) if (event.path, event.version) != this]
        found = _budget(sla, events, request)
        if found.is_exhausted and sla.feature not in features:
            features.add(sla.feature)
            yield _finding(dataset, sla, found)


def _budget(sla: Sla, events: Sequence[Event], request: Request) -> Budget:
    # NOTE: by the real clock, as waivers are; the time that data is judged by is in the hands of who commits. Another
    # machine's clock may be ahead of it.
    return budget_at(sla, events, max((request.now, *(event.at for event in events))))


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
