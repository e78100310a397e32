"""The outputs of a step: what later steps of a workflow branch on."""

from __future__ import annotations

from collections.abc import Mapping

from data_contract.model import FindingOutcome, Outcome, Status
from data_contract.reports.escape import printable
from data_contract.reports.words import raised

_NEW = (None, Status.INTRODUCED)


def render(outcome: Outcome, files: Mapping[str, str]) -> str:
    """`name=value` lines; `files` are the outputs that name a report."""
    told = [finding for dataset in outcome.datasets for finding in raised(dataset)]
    new = [f for f in told if f.outcome is FindingOutcome.VIOLATED and f.status in _NEW and not f.is_inherited]
    decision = outcome.decision
    values = {
        "decision": decision.verdict.value,
        # NOTE: a number would be compared with a threshold, and 0 found to be less.
        "risk": "unknown" if decision.is_undecided else str(decision.risk),
        "introduced": str(len(new)),
        "findings": str(len(told)),
        "files": str(len({dataset.path for dataset in outcome.datasets if dataset.path is not None})),
        "policy-trusted": str(outcome.policy_is_trusted).lower(),
        **files,
    }
    return "".join(f"{name}={printable(value, None)}\n" for name, value in values.items())
