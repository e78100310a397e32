"""How risky a dataset was, day by day, and the thresholds that it was decided by."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from data_contract.dashboard.log import Judged, LawView
from data_contract.dashboard.windows import smoothed, worst_of_days
from data_contract.errors import DataContractError
from data_contract.model import Verdict
from data_contract.policy import Policy
from data_contract.policy_document import read_policy


@dataclass(frozen=True, slots=True, kw_only=True)
class DayRisk:
    """A day of a dataset, or of all."""

    day: date
    risk: float | None
    """The largest of the day, in [0, 1]; None: nothing was judged."""
    mean: float | None
    """The mean of the largest of this day and the six before."""
    verdict: Verdict | None
    """The worst of the day."""
    judged: int
    """How many files were."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """Where a risk becomes an alert, and a block."""

    alert: float
    block: float


def risk_by_day(judged: Iterable[Judged], days: Sequence[date]) -> tuple[DayRisk, ...]:
    """The risk of each day in what was judged."""
    if not days:
        return ()
    points = [(each.entry.at, each.dataset.decision) for each in judged]
    risks = worst_of_days([(at, decision.risk) for at, decision in points], days)
    means = smoothed(risks, days)
    verdicts: dict[date, list[Verdict]] = {}
    for at, decision in points:
        verdicts.setdefault(at.date(), []).append(decision.verdict)
    return tuple(
        DayRisk(
            day=day,
            risk=risk,
            mean=mean,
            verdict=max(verdicts.get(day, ()), key=lambda each: each.severity, default=None),
            judged=len(verdicts.get(day, ())),
        )
        for day, risk, mean in zip(days, risks, means, strict=True)
    )


def thresholds_of(law: LawView | None, dataset: str, path: str | None) -> Thresholds | None:
    """Those by which a dataset was decided; None where nothing decided, or the policy cannot be read any more."""
    policy = _policy(law.text) if law else None
    if policy is None:
        return None
    rules = policy.rules_for(dataset, path or "").risk
    return Thresholds(alert=rules.alert_threshold, block=rules.block_threshold)


@lru_cache(maxsize=64)
def _policy(text: str | None) -> Policy | None:
    try:
        return Policy() if text is None else read_policy(text.encode(), "policy")
    except DataContractError:
        return None
