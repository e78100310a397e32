"""Code quality for GitLab: a list of issues that a merge request shows in its widget and beside the lines.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator
from typing import Any

from data_contract.errors import DataContractError
from data_contract.model import DatasetOutcome, Finding, FindingOutcome, Outcome, Verdict
from data_contract.reports.escape import json_text, printable, sentence
from data_contract.reports.words import name_of, raised

_NOWHERE = "."


def render(outcome: Outcome) -> str:
    """The issues, the heaviest first; what kept the run from deciding comes before them."""
    issues = [*map(_undecided, outcome.errors), *_issues(outcome)]
    # NOTE: of two issues with one fingerprint, GitLab shows the first alone.
    seen = Counter[str]()
    for issue in issues:
        name = "\0".join((issue["check_name"], issue["location"]["path"], issue.pop("identity")))
        seen[name] += 1
        digest = hashlib.sha256(f"{name}\0{seen[name]}".encode("utf-8", "surrogatepass"))
        issue["fingerprint"] = digest.hexdigest()[:32]
    return json_text(issues) + "\n"


def _issues(outcome: Outcome) -> Iterator[dict[str, Any]]:
    told = [(dataset, finding) for dataset in outcome.datasets for finding in raised(dataset)]
    for dataset, finding in sorted(told, key=lambda pair: -pair[1].contribution):
        first = finding.locations[0].line if finding.locations else None
        identity = "\0".join((finding.dataset, finding.feature or "", finding.aspect or ""))
        # NOTE: the name of a check is not shown, so the sentence says it too.
        said = f"{name_of(finding)}: {sentence(finding.message)}"
        path = outcome.origin.from_top(finding.path)
        yield _issue(finding.check, said, _severity(dataset, finding), path, first or 1) | {"identity": identity}


def _undecided(error: DataContractError) -> dict[str, Any]:
    said = printable(f"could not decide: {error.message}", None)
    path, line = (error.at.path, error.at.line) if error.at else (_NOWHERE, 1)
    return _issue("could-not-decide", said, "blocker", path, line) | {"identity": error.message}


def _issue(check: str, description: str, severity: str, path: str, line: int) -> dict[str, Any]:
    location = {"path": path, "lines": {"begin": line}}
    return {"description": description, "check_name": check, "severity": severity, "location": location}


def _severity(dataset: DatasetOutcome, finding: Finding) -> str:
    if finding.is_inherited:
        return "info"
    if finding.outcome is FindingOutcome.NOT_EVALUATED:
        return "critical"
    blocks = dataset.decision.verdict is Verdict.BLOCK_AND_ROLLBACK and not finding.is_capped
    return "critical" if blocks else "minor"
