"""SARIF 2.1.0 for code scanning: one run, one result a finding, every rule there is.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/ and what GitHub makes of it: a result stands at its first location,
a link in its message leads to a related location, and `primaryLocationLineHash` is left to the uploader.
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

from data_contract.catalogue import CHECKS, id_of
from data_contract.errors import DataContractError
from data_contract.model import (
    DatasetOutcome,
    Dimension,
    Finding,
    FindingOutcome,
    Location,
    Origin,
    Outcome,
    Status,
    Verdict,
)
from data_contract.promise import CellTest
from data_contract.reports.escape import json_text, printable, sentence
from data_contract.reports.words import name_of, raised
from data_contract.rules import RULES

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_MOST_RESULTS = 1000
_MOST_RELATED = 10
_LONGEST_DESCRIPTION = 1024


def render(outcome: Outcome) -> str:
    """The outcome as a SARIF log."""
    rules = _rules()
    index = {rule["id"]: number for number, rule in enumerate(rules)}
    results = [_result(outcome.origin, dataset, finding, index) for dataset, finding in _told(outcome)]
    run = {
        "tool": {
            "driver": {
                "name": "data-contract",
                "semanticVersion": outcome.tool_version,
                "rules": rules,
            }
        },
        "automationDetails": {"id": "data-contract/"},
        "columnKind": "unicodeCodePoints",
        "originalUriBaseIds": {"%SRCROOT%": {"description": {"text": "The root that all paths are relative to."}}},
        "invocations": [
            {
                "executionSuccessful": outcome.exit_code != 2,
                "exitCode": outcome.exit_code,
                "toolExecutionNotifications": [_notification(error) for error in outcome.errors],
            }
        ],
        "results": results[:_MOST_RESULTS],
        "properties": {"resultsLeftOut": max(len(results) - _MOST_RESULTS, 0)},
    }
    return json_text({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}) + "\n"


def _notification(error: DataContractError) -> dict[str, Any]:
    """What kept the run from deciding."""
    where = f"{error.at}: " if error.at else ""
    return {"level": "error", "message": {"text": _unlinked(f"{where}{error.message}")}}


def _rules() -> list[dict[str, Any]]:
    """One rule for each check id, whatever this run found."""
    texts: dict[str, tuple[str, list[str]]] = {}
    for check in CHECKS:
        dimension = Dimension.VALIDITY if issubclass(check, CellTest) else check.dimension
        texts.setdefault(id_of(check), (dimension.value, []))[1].append(_doc(check))
    texts |= {rule.id: ("contract", [rule.documentation]) for rule in RULES}
    return [_rule(name, dimension, docs) for name, (dimension, docs) in sorted(texts.items())]


def _doc(check: type) -> str:
    return inspect.getdoc(check) or ""


def _rule(name: str, dimension: str, docs: list[str]) -> dict[str, Any]:
    brief, text = docs[0].splitlines()[0], "\n\n".join(docs)
    return {
        "id": name,
        "name": name.title().replace("-", "") + "Promise",
        "shortDescription": {"text": brief},
        "fullDescription": {"text": " ".join(docs[0].split("```")[0].split())[:_LONGEST_DESCRIPTION]},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": "warning"},
        "properties": {"tags": ["data", dimension], "precision": "very-high", "problem.severity": "error"},
    }


def _told(outcome: Outcome) -> Iterator[tuple[DatasetOutcome, Finding]]:
    """The findings worth a result, the heaviest first."""
    told = [(dataset, finding) for dataset in outcome.datasets for finding in raised(dataset)]
    return iter(sorted(told, key=lambda pair: -pair[1].contribution))


def _result(origin: Origin, dataset: DatasetOutcome, finding: Finding, index: dict[str, int]) -> dict[str, Any]:
    first, *others = finding.locations or (Location(),)
    path = origin.from_top(finding.path)
    contract = _physical(origin.from_top(finding.span.path), finding.span.line, finding.span.column)
    related: list[dict[str, Any]] = [{"id": 1, "physicalLocation": contract, "message": {"text": "the promise"}}]
    where = "See [the contract](1)."
    if finding.is_implied:
        related, where = [], "The previous version implies it."
    for number, location in enumerate(others[: _MOST_RELATED - 1], 2):
        related.append({"id": number, "physicalLocation": _region(path, location)})
    said = f"{name_of(finding)}: {sentence(finding.message)}."
    identity = "\0".join((finding.check, finding.aspect or "", finding.dataset, finding.feature or "", finding.path))
    digest = hashlib.sha256(identity.encode("utf-8", "surrogatepass")).hexdigest()
    result: dict[str, Any] = {
        "ruleId": finding.check,
        "ruleIndex": index[finding.check],
        "level": _level(dataset, finding),
        "message": {"text": f"{_unlinked(said)} {where}"},
        "locations": [{"physicalLocation": _region(path, first)}],
        "relatedLocations": related,
        "partialFingerprints": {"dataContract/v1": digest[:32]},
    }
    if finding.status:
        result["baselineState"] = "unchanged" if finding.status is Status.INHERITED else "new"
    return result


def _level(dataset: DatasetOutcome, finding: Finding) -> str:
    if finding.is_inherited:
        return "note"
    blocks = dataset.decision.verdict is Verdict.BLOCK_AND_ROLLBACK and not finding.is_capped
    return "error" if blocks and finding.outcome is FindingOutcome.VIOLATED else "warning"


def _region(path: str, location: Location) -> dict[str, Any]:
    lines = (location.value or "").splitlines()
    return _physical(path, location.line or 1, location.column or 1, len(lines[0]) if lines else 1)


def _physical(path: str, line: int, column: int, width: int = 1) -> dict[str, Any]:
    region = {"startLine": line, "startColumn": column, "endLine": line, "endColumn": column + max(width, 1)}
    return {"artifactLocation": _artifact(path), "region": region}


def _artifact(path: str) -> dict[str, str]:
    uri = quote(path.encode("utf-8", "surrogatepass"), safe="/")
    return {"uri": f"file://{uri}"} if path.startswith("/") else {"uri": uri, "uriBaseId": "%SRCROOT%"}


def _unlinked(text: str) -> str:
    """Text in which nothing is a link (SARIF 2.1.0, section 3.11.6)."""
    return printable(text, None).replace("\\", "\\\\").replace("[", "\\[").replace("]", "\\]")
