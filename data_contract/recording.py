"""What of a run goes into the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import replace

from data_contract.audit import Entry, Law
from data_contract.errors import DataContractError
from data_contract.model import Circumstances, DatasetOutcome, Outcome
from data_contract.pipeline import Judgement, Request
from data_contract.tree import Tree

_BLOCK = 1 << 20
_MOST_PLACES = 3
"""Of a finding; the counts are those of all."""


def entry_of(outcome: Outcome, judgement: Judgement | None, request: Request, circumstances: Circumstances) -> Entry:
    """The entry of a run that judged, or (without a judgement) could not begin to."""
    return Entry(
        at=request.now,
        as_of=outcome.as_of,
        tool_version=outcome.tool_version,
        command="check",
        circumstances=circumstances,
        base=outcome.base,
        head=outcome.head,
        law=_law(judgement, request) if judgement else None,
        contracts={each.span.path: each.digest for each in judgement.law.contracts} if judgement else {},
        data=_digests(outcome, judgement.head) if judgement else {},
        datasets=tuple(recorded(dataset) for dataset in outcome.datasets),
        notes=judgement.notes if judgement else (),
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


def _law(judgement: Judgement, request: Request) -> Law:
    policy = judgement.law.policy
    return Law(
        path=policy.path, text=policy.text, is_trusted=policy.is_trusted, scope=request.scope, fail_on=request.fail_on
    )


def _digests(outcome: Outcome, tree: Tree) -> Mapping[str, str]:
    """The SHA-256 of every file that was judged; of one that cannot be read any more, nothing."""
    paths = dict.fromkeys(dataset.path for dataset in outcome.datasets if dataset.path is not None)
    found = {path: _digest(tree, path) for path in paths}
    return {path: digest for path, digest in found.items() if digest}


def _digest(tree: Tree, path: str) -> str | None:
    digest = hashlib.sha256()
    try:
        with tree.open(path) as file:
            while block := file.read(_BLOCK):
                digest.update(block)
    except (OSError, DataContractError):
        return None
    return digest.hexdigest()
