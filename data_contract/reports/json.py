"""The report for programs; `schemas/report.schema.json` describes it."""

from __future__ import annotations

from typing import Any

from data_contract.errors import DataContractError, Span
from data_contract.model import (
    Bar,
    Counterfactual,
    Coverage,
    DatasetOutcome,
    Evolution,
    Finding,
    Location,
    Outcome,
    Proposal,
    Reason,
    RowChanges,
    Unsaid,
    Waiver,
    Words,
)
from data_contract.reports.escape import json_text
from data_contract.reports.words import time_of

SCHEMA_VERSION = 1
LONGEST = 2000
"""Characters that are told of a cell, a key or a name; of places, a finding has no more than its check remembers."""


def render(outcome: Outcome) -> str:
    """The whole outcome as one JSON object."""
    decision = outcome.decision
    report = {
        "schema_version": SCHEMA_VERSION,
        "tool_version": outcome.tool_version,
        "as_of": time_of(outcome.as_of),
        "audited": outcome.audited,
        "done": [_sentence(said) for said in outcome.done],
        "policy": {"path": outcome.policy_path, "trusted": outcome.policy_is_trusted},
        "proposed": _proposed(outcome.proposed) if outcome.proposed else None,
        "base": outcome.base,
        "head": outcome.head,
        "decision": decision.verdict.value,
        "risk": decision.risk,
        "exit_code": outcome.exit_code,
        "reasons": [_reason(reason) for reason in decision.reasons],
        "counterfactual": _counterfactual(decision.counterfactual),
        "waivers": [_waiver(waiver) for waiver in outcome.waivers],
        "errors": [_error(error) for error in outcome.errors],
        "contracts": [_evolution(evolution) for evolution in outcome.evolutions],
        "datasets": [_dataset(dataset) for dataset in outcome.datasets],
    }
    return json_text(report) + "\n"


def _proposed(proposal: Proposal) -> dict[str, Any]:
    return {"decision": proposal.verdict.value, "exit_code": proposal.exit_code}


def _evolution(evolution: Evolution) -> dict[str, Any]:
    changes = [
        {
            "key": change.path,
            "before": change.before,
            "after": change.after,
            "direction": change.direction.value,
            "breaks": change.breaks.value,
            "note": change.note,
            "contract": _span(change.span),
        }
        for change in evolution.changes
    ]
    return {"dataset": evolution.dataset, "contract": _span(evolution.span), "changes": changes}


def _reason(reason: Reason) -> dict[str, Any]:
    return {
        "rule": reason.rule,
        "decision": reason.verdict.value,
        "path": reason.path,
        "message": _sentence(reason.message),
    }


def _counterfactual(flip: Counterfactual | None) -> dict[str, Any] | None:
    if flip is None:
        return None
    findings = [
        {
            "dataset": finding.dataset,
            "path": finding.path,
            "check": finding.check,
            "feature": finding.feature,
            "aspect": finding.aspect,
        }
        for finding in flip.findings
    ]
    return {"decision": flip.verdict.value, "risk": flip.risk, "findings": findings, "rules": list(flip.rules)}


def _waiver(waiver: Waiver) -> dict[str, Any]:
    return {
        "dataset": waiver.dataset,
        "feature": waiver.feature,
        "check": waiver.check,
        "up_to": waiver.up_to,
        "until": waiver.until.isoformat(),
        "reason": waiver.reason,
        "approved_by": waiver.approved_by,
        "policy": _span(waiver.span),
    }


def _error(error: DataContractError) -> dict[str, Any]:
    return {"message": error.message, "hint": error.hint, "at": _span(error.at) if error.at else None}


def _dataset(dataset: DatasetOutcome) -> dict[str, Any]:
    return {
        "name": dataset.name,
        "path": dataset.path,
        "contract": _span(dataset.contract) if dataset.contract else None,
        "decision": dataset.decision.verdict.value,
        "risk": dataset.decision.risk,
        "rows": dataset.rows,
        "changes": _changes(dataset.changes) if dataset.changes else None,
        "coverage": _coverage(dataset.coverage),
        "findings": [_finding(finding) for finding in dataset.findings],
    }


def _changes(changes: RowChanges) -> dict[str, Any]:
    return {"added": changes.added, "removed": changes.removed, "changed": changes.changed}


def _coverage(coverage: Coverage) -> dict[str, Any]:
    return {
        "passed": coverage.passed,
        "violated": coverage.violated,
        "not_applicable": coverage.not_applicable,
        "not_evaluated": coverage.not_evaluated,
        "ratio": coverage.ratio,
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "check": finding.check,
        "aspect": finding.aspect,
        "dimension": finding.dimension.value,
        "feature": finding.feature,
        "criticality": finding.criticality.value,
        "outcome": finding.outcome.value,
        "status": finding.status.value if finding.status else None,
        "note": finding.is_note,
        "rule": finding.rule,
        "waived": finding.waived_by is not None,
        "introduced": finding.introduced,
        "count": finding.count,
        "total": finding.total,
        "value": finding.value,
        "limit": finding.limit,
        "contribution": finding.contribution,
        "share": finding.share,
        "message": _sentence(finding.message),
        "contract": None if finding.is_implied else _span(finding.span),
        "locations": [_location(location) for location in finding.locations],
        "distribution": [_bar(bar) for bar in finding.distribution],
    }


def _bar(bar: Bar) -> dict[str, Any]:
    return {"label": bar.label and _short(bar.label), "base": bar.base, "head": bar.head}


def _location(location: Location) -> dict[str, Any]:
    return {
        "row": location.row,
        "line": location.line,
        "column": location.column,
        "key": {name: _short(part) for name, part in location.key.items()} if location.key is not None else None,
        "value": location.value and _short(location.value),
        "why": location.why,
    }


def _span(span: Span) -> dict[str, Any]:
    return {"path": span.path, "line": span.line, "column": span.column}


def _sentence(words: Words) -> str:
    return "".join(_short(part) if isinstance(part, Unsaid) else part for part in words)


def _short(text: str) -> str:
    """A stranger's text, cut where it is longer than anybody needs to know it again."""
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
