"""The state for programs; `schemas/dashboard.schema.json` describes it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from data_contract.dashboard.history import Broken, DecisionTaken, FailedAct, Frequent
from data_contract.dashboard.log import FindingView
from data_contract.dashboard.sla import Budget
from data_contract.dashboard.state import Blocked, DatasetHealth, FeatureHealth, ServiceLevel, State
from data_contract.dashboard.trend import DayRisk
from data_contract.errors import Span
from data_contract.reports.escape import json_text
from data_contract.reports.words import time_of
from data_contract.version import __version__

SCHEMA_VERSION = 1


def render(state: State) -> str:
    """The whole state as one JSON object."""
    first_spent = state.next_exhausted
    told = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": __version__,
        "as_of": time_of(state.as_of),
        "since_seconds": int(state.since.total_seconds()) if state.since else None,
        "first": time_of(state.first) if state.first else None,
        "entries": state.entries,
        "repeated": state.repeated,
        "torn": [_span(span) for span in state.torn],
        "verdicts": {verdict.value: times for verdict, times in state.verdicts},
        "undecided": state.undecided,
        "datasets": [_dataset(each, state.days) for each in state.datasets],
        "trend": [_day(day) for day in state.trend],
        "decisions": [_decision(each) for each in state.decisions],
        "frequent": [_frequent(each) for each in state.frequent],
        "failed_acts": [_act(each) for each in state.failed],
        "slas": [_service(each) for each in state.services],
        "next_exhausted": (
            {"dataset": first_spent.dataset, "feature": first_spent.sla.feature} if first_spent else None
        ),
    }
    return json_text(told) + "\n"


def _span(span: Span) -> dict[str, Any]:
    return {"path": span.path, "line": span.line}


def _dataset(health: DatasetHealth, days: Sequence[date]) -> dict[str, Any]:
    limits = health.thresholds
    return {
        "name": health.name,
        "at": time_of(health.at),
        "entry": health.id,
        "path": health.path,
        "rows": health.rows,
        "decision": health.verdict.value,
        "risk": health.risk,
        "judged": health.judged,
        "thresholds": {"alert": limits.alert, "block": limits.block} if limits else None,
        "blocked": _blocked(health.blocked) if health.blocked else None,
        "features": [_feature(feature, days) for feature in health.features],
        "trend": [_day(day) for day in health.trend],
    }


def _blocked(blocked: Blocked) -> dict[str, Any]:
    return {
        "at": time_of(blocked.at),
        "entry": blocked.id,
        "path": blocked.path,
        "reasons": list(blocked.why),
        "broken": [_broken(each) for each in blocked.broken],
    }


def _broken(broken: Broken) -> dict[str, Any]:
    return {"dataset": broken.dataset, "feature": broken.feature, "check": broken.check}


def _feature(feature: FeatureHealth, days: Sequence[date]) -> dict[str, Any]:
    pairs = zip(days, feature.days, strict=True)
    return {
        "name": feature.name,
        "outcome": feature.outcome.value,
        "waived": feature.is_waived,
        "broken": [_finding(finding) for finding in feature.broken],
        "days": [{"day": day.isoformat(), "outcome": outcome.value} for day, outcome in pairs if outcome],
    }


def _finding(finding: FindingView) -> dict[str, Any]:
    return {
        "check": finding.check,
        "outcome": finding.outcome.value,
        "count": finding.count,
        "total": finding.total,
        "value": finding.value,
        "limit": finding.limit,
        "waived": finding.waived_by is not None,
    }


def _day(day: DayRisk) -> dict[str, Any]:
    return {
        "day": day.day.isoformat(),
        "risk": day.risk,
        "mean": day.mean,
        "decision": day.verdict.value if day.verdict else None,
        "judged": day.judged,
    }


def _decision(taken: DecisionTaken) -> dict[str, Any]:
    return {
        "at": time_of(taken.at),
        "entry": taken.id,
        "command": taken.command,
        "decision": taken.verdict.value,
        "risk": taken.risk,
        "exit_code": taken.exit_code,
        "datasets": list(taken.datasets),
        "reason": taken.why,
        "broken": [_broken(each) for each in taken.broken],
        "actor": taken.actor,
        "pull_request": taken.pull_request,
        "head": taken.head,
    }


def _frequent(frequent: Frequent) -> dict[str, Any]:
    return {
        "dataset": frequent.dataset,
        "feature": frequent.feature,
        "check": frequent.check,
        "times": frequent.times,
        "judged": frequent.judged,
        "waived": frequent.waived,
        "last": time_of(frequent.last),
    }


def _act(act: FailedAct) -> dict[str, Any]:
    return {
        "at": time_of(act.at),
        "entry": act.id,
        "action": act.action,
        "target": act.target,
        "detail": act.detail,
    }


def _service(service: ServiceLevel) -> dict[str, Any]:
    sla = service.sla
    return {
        "dataset": service.dataset,
        "feature": sla.feature,
        "contract": _span(sla.span),
        "null_rate": sla.null_rate,
        "invalid_rate": sla.invalid_rate,
        "window_seconds": sla.window,
        "target": sla.target,
        "whole": _budget(service.whole),
        "recent": _budget(service.recent),
        "exhausted_in_seconds": service.seconds_left,
        "days": [{"day": day.isoformat(), "left": left} for day, left in service.days],
    }


def _budget(budget: Budget) -> dict[str, Any]:
    return {
        "events": budget.events,
        "bad": budget.bad,
        "not_evaluated": budget.not_evaluated,
        "allowed": budget.allowed,
        "burn_rate": budget.burn_rate,
        "left": budget.left,
        "exhausted": budget.is_exhausted,
    }
