"""What of a run goes into the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from data_contract.audit import Act, Entry, PolicyUsed
from data_contract.contract import Contract
from data_contract.errors import DataContractError
from data_contract.model import Circumstances, DatasetOutcome, Outcome
from data_contract.pipeline import Request, Ruling
from data_contract.policy import Policy
from data_contract.tree import Tree, sha256_of

_MOST_PLACES = 3
"""Of a finding; the counts are those of all."""


def entry_of(outcome: Outcome, ruling: Ruling | None, request: Request, circumstances: Circumstances) -> Entry:
    """The entry of a run that judged, or (without a ruling) could not begin to."""
    entry = _entry("check", outcome, request.now, circumstances)
    if ruling is None:
        return entry
    return replace(
        entry,
        base=outcome.base,
        head=outcome.head,
        law=_law(ruling.law.policy, request.scope, request.fail_on),
        contracts={each.span.path: each.digest for each in ruling.law.contracts},
        data=_digests(outcome, ruling.head),
        notes=ruling.notes,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Occasion:
    """What all decisions of a run about incoming data have in common."""

    policy: Policy
    fail_on: str | None
    now: datetime
    """The real clock, in UTC."""
    circumstances: Circumstances


def entry_of_one(
    outcome: Outcome, occasion: Occasion, contract: Contract, data: Mapping[str, str], acts: tuple[Act, ...]
) -> Entry:
    """The entry of one decision, about data that is given by its SHA-256, and of what was done about it."""
    return replace(
        _entry("run", outcome, occasion.now, occasion.circumstances),
        law=_law(occasion.policy, None, occasion.fail_on),
        contracts={contract.span.path: contract.digest},
        data=data,
        notes=() if outcome.datasets else outcome.decision.reasons,
        acts=acts,
    )


def _entry(command: str, outcome: Outcome, now: datetime, circumstances: Circumstances) -> Entry:
    """What every entry has."""
    return Entry(
        at=now,
        as_of=outcome.as_of,
        tool_version=outcome.tool_version,
        command=command,
        circumstances=circumstances,
        datasets=tuple(recorded(dataset) for dataset in outcome.datasets),
        verdict=outcome.decision.verdict,
        risk=outcome.decision.risk,
        exit_code=outcome.exit_code,
        errors=tuple(str(error) for error in outcome.errors),
    )


def recorded(dataset: DatasetOutcome) -> DatasetOutcome:
    """What is kept of a dataset: all that was measured and decided, and of the places the first few."""
    findings = (replace(each, locations=each.locations[:_MOST_PLACES]) for each in dataset.findings)
    decision = replace(dataset.decision, counterfactual=None)
    return replace(dataset, findings=tuple(findings), decision=decision, diff=None)


def _law(policy: Policy, scope: str | None, fail_on: str | None) -> PolicyUsed:
    return PolicyUsed(path=policy.path, text=policy.text, is_trusted=policy.is_trusted, scope=scope, fail_on=fail_on)


def _digests(outcome: Outcome, tree: Tree) -> Mapping[str, str]:
    """The SHA-256 of every file that was judged; of one that cannot be read any more, nothing."""
    paths = dict.fromkeys(dataset.path for dataset in outcome.datasets if dataset.path is not None)
    found = {path: digest_of(tree, path) for path in paths}
    return {path: digest for path, digest in found.items() if digest}


def digest_of(tree: Tree, path: str) -> str | None:
    """The SHA-256 of a file, 64 hexadecimal digits; None where it cannot be read."""
    try:
        return sha256_of(tree, path)
    except (OSError, DataContractError):
        return None
