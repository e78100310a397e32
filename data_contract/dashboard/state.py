"""The state of what logs are about: pure, and the same whatever order their entries are read in."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from data_contract.dashboard import history
from data_contract.dashboard.history import Broken, DecisionTaken, FailedAct, Frequent
from data_contract.dashboard.log import FindingView, Judged, Log, by_dataset
from data_contract.dashboard.sla import RECENT, Budget, budget_at, events_of, seconds_left, slas_of
from data_contract.dashboard.trend import DayRisk, Thresholds, risk_by_day, thresholds_of
from data_contract.dashboard.windows import budget_by_day, days_until
from data_contract.errors import Span, UsageError
from data_contract.model import FindingOutcome, Sla, Verdict

_WORST = (
    FindingOutcome.VIOLATED,
    FindingOutcome.NOT_EVALUATED,
    FindingOutcome.PASSED,
    FindingOutcome.NOT_APPLICABLE,
)
"""Of several promises, the outcome that is told: from the worst."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureHealth:
    """How the promises about a feature ended."""

    name: str
    outcome: FindingOutcome
    """The worst, at the last judgement."""
    is_waived: bool
    """Whether somebody answers for every one that is broken."""
    broken: tuple[FindingView, ...]
    """What is broken, or could not be judged."""
    days: tuple[FindingOutcome | None, ...]
    """The worst of each of the state's days; None of a day without a judgement."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocked:
    """The last time that a dataset was blocked."""

    at: datetime
    id: str
    path: str | None
    why: tuple[str, ...]
    """Each reason as a sentence."""
    broken: tuple[Broken, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatasetHealth:
    """A dataset as it was judged last."""

    name: str
    at: datetime
    id: str
    path: str | None
    """None: no file was there."""
    rows: int | None
    verdict: Verdict
    risk: float
    judged: int
    """How often, in the time that is told of."""
    features: tuple[FeatureHealth, ...]
    trend: tuple[DayRisk, ...]
    thresholds: Thresholds | None
    """Of the policy that decided last; None where it cannot be read any more."""
    blocked: Blocked | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceLevel:
    """How a feature does what its contract states of it."""

    dataset: str
    sla: Sla
    whole: Budget
    """Over the window."""
    recent: Budget
    """Over its last quarter."""
    seconds_left: float | None
    """Until nothing is left, at the recent burn rate; 0 where nothing is; None: not at this rate, or nobody knows."""
    days: tuple[tuple[date, float | None], ...]
    """What was left at the end of each of the state's days, as a share of the budget."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What logs come to at some time."""

    as_of: datetime
    since: timedelta | None
    """How far back is told of; None: all of it. Service levels have windows of their own."""
    entries: int
    """That are told of, without those about parts of files alone."""
    repeated: int
    torn: tuple[Span, ...]
    first: datetime | None
    """The time of the oldest entry that is told of."""
    verdicts: tuple[tuple[Verdict, int], ...]
    """How many runs came to each, the mildest first."""
    undecided: int
    """How many of them could not decide."""
    days: tuple[date, ...]
    """In UTC."""
    datasets: tuple[DatasetHealth, ...]
    """By name."""
    trend: tuple[DayRisk, ...]
    """Over all datasets."""
    decisions: tuple[DecisionTaken, ...]
    """The newest first."""
    frequent: tuple[Frequent, ...]
    """The most frequent first."""
    failed: tuple[FailedAct, ...]
    """The newest first."""
    services: tuple[ServiceLevel, ...]
    """The one with the least budget left first."""

    @property
    def next_exhausted(self) -> ServiceLevel | None:
        """The one whose budget is spent first among those that have some left, at the recent burn rates."""
        burning = [each for each in self.services if each.seconds_left]
        return min(burning, key=lambda each: each.seconds_left or 0.0, default=None)


def state_of(log: Log, as_of: datetime | None = None, since: timedelta | None = None) -> State:
    """The state at a time, by default that of the newest entry. Raises `UsageError` where no entry is as old."""
    if as_of is None and log.entries:
        as_of = log.entries[-1].at
    past = [entry for entry in log.entries if as_of and entry.at <= as_of]
    if as_of is None or not past:
        raise UsageError("there is no entry to tell of", hint="check the log, --dataset and --as-of")
    told = [entry for entry in past if since is None or as_of - entry.at < since]
    days = days_until(as_of, told[0].at) if told else ()
    runs = [entry for entry in told if not entry.is_of_part]
    verdicts = Counter(entry.verdict for entry in runs)
    judged, lately = by_dataset(past), by_dataset(told)
    return State(
        as_of=as_of,
        since=since,
        entries=len(runs),
        repeated=log.repeated,
        torn=log.torn,
        first=told[0].at if told else None,
        verdicts=tuple((verdict, verdicts[verdict]) for verdict in Verdict),
        undecided=sum(entry.exit_code == 2 for entry in runs),
        days=days,
        datasets=tuple(_dataset(name, judged[name], lately.get(name, ()), days) for name in sorted(judged)),
        trend=risk_by_day((each for name in lately.values() for each in name), days),
        decisions=history.decisions(told),
        frequent=history.frequent(told),
        failed=history.failed(told),
        services=_services(judged, days, as_of),
    )


def _dataset(name: str, past: Sequence[Judged], told: Sequence[Judged], days: Sequence[date]) -> DatasetHealth:
    entry = past[-1].entry
    last = [each for each in past if each.entry is entry]
    worst = max(last, key=_severity).dataset
    grid = _grid(told)
    features = _features(finding for each in last for finding in each.dataset.findings)
    return DatasetHealth(
        name=name,
        at=entry.at,
        id=entry.id,
        path=worst.path,
        rows=worst.rows,
        verdict=worst.decision.verdict,
        risk=worst.decision.risk,
        judged=len({each.entry.digest for each in told}),
        features=tuple(_feature(each, found, grid.get(each, {}), days) for each, found in features.items()),
        trend=risk_by_day(told, days),
        thresholds=thresholds_of(entry.law, name, worst.path),
        blocked=_blocked(past),
    )


def _severity(judged: Judged) -> tuple[int, float, str]:
    decision = judged.dataset.decision
    return decision.verdict.severity, decision.risk, judged.dataset.path or ""


def _blocked(past: Sequence[Judged]) -> Blocked | None:
    block = Verdict.BLOCK_AND_ROLLBACK
    found = next((each for each in reversed(past) if each.dataset.decision.verdict is block), None)
    if found is None:
        return None
    reasons = found.dataset.decision.reasons
    why = tuple("".join(each.message) for each in reasons if each.verdict is block)
    return Blocked(
        at=found.entry.at,
        id=found.entry.id,
        path=found.dataset.path,
        why=why,
        broken=history.broken_in(found.dataset),
    )


_SEVERITY = {outcome: index for index, outcome in enumerate(reversed(_WORST))}


def _grid(judged: Sequence[Judged]) -> Mapping[str, Mapping[date, FindingOutcome]]:
    """How each feature did on each day, at worst."""
    grid: defaultdict[str, dict[date, FindingOutcome]] = defaultdict(dict)
    for each in judged:
        day = each.entry.at.date()
        # NOTE: a year of logs has a million findings; nothing is made or called for one that changes nothing.
        for finding in each.dataset.findings:
            name, outcome = finding.feature, finding.outcome
            if name is None or finding.rule is not None or finding.is_note:
                continue
            known = grid[name].get(day)
            if outcome is not known and (known is None or _SEVERITY[outcome] > _SEVERITY[known]):
                grid[name][day] = outcome
    return grid


def _features(findings: Iterable[FindingView]) -> Mapping[str, Sequence[FindingView]]:
    """The promises about each feature, in the order of the contract."""
    found: dict[str, list[FindingView]] = {}
    for finding in findings:
        if finding.feature is not None and finding.rule is None and not finding.is_note:
            found.setdefault(finding.feature, []).append(finding)
    return found


def _feature(
    name: str, findings: Sequence[FindingView], row: Mapping[date, FindingOutcome], days: Sequence[date]
) -> FeatureHealth:
    violated = [finding for finding in findings if finding.outcome is FindingOutcome.VIOLATED]
    return FeatureHealth(
        name=name,
        outcome=max((finding.outcome for finding in findings), key=_SEVERITY.__getitem__),
        is_waived=bool(violated) and all(finding.waived_by for finding in violated),
        broken=tuple(finding for finding in findings if finding.outcome in _WORST[:2]),
        days=tuple(row.get(day) for day in days),
    )


def _services(judged: Mapping[str, Sequence[Judged]], days: Sequence[date], now: datetime) -> tuple[ServiceLevel, ...]:
    found = [_service(sla, name, past, days, now) for name, past in judged.items() for sla in slas_of(past)]
    return tuple(sorted(found, key=_by_what_is_left))


def _by_what_is_left(service: ServiceLevel) -> tuple[bool, float, str, str]:
    left = service.whole.left
    return left is None, left or 0.0, service.dataset, service.sla.feature


def _service(sla: Sla, name: str, past: Sequence[Judged], days: Sequence[date], now: datetime) -> ServiceLevel:
    events = events_of(sla, past)
    whole, recent = budget_at(sla, events, now), budget_at(sla, events, now, RECENT)
    return ServiceLevel(
        dataset=name,
        sla=sla,
        whole=whole,
        recent=recent,
        seconds_left=seconds_left(sla, whole, recent),
        days=budget_by_day(sla, events, days, now),
    )
