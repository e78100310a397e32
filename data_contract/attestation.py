"""A decision as an in-toto statement, for somebody to sign.

Statement v1 with the predicate Test Result v0.1, both of the in-toto attestation framework, so that whoever verifies
attestations already knows what it says: https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from data_contract.audit import Entry, Record
from data_contract.model import DatasetOutcome, Finding, FindingOutcome, Verdict

_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://in-toto.io/attestation/test-result/v0.1"
_RESULTS = {
    Verdict.ALLOW: "PASSED",
    Verdict.ALLOW_WITH_ALERT: "WARNED",
    Verdict.BLOCK_AND_ROLLBACK: "FAILED",
}


def statement_of(record: Record) -> Mapping[str, Any]:
    """What the entry proves, about the files that were judged and about the entry itself."""
    entry = record.entry
    told = [(_result(dataset, each), _name(each)) for dataset in entry.datasets for each in dataset.findings]
    return {
        "_type": _STATEMENT,
        "subject": [*_subjects(entry), _resource("audit entry", record.digest)],
        "predicateType": _PREDICATE,
        "predicate": {
            "result": _RESULTS[entry.verdict],
            "configuration": [_resource(path, digest) for path, digest in _judges(entry)],
            **({"url": entry.circumstances.run} if entry.circumstances.run else {}),
            **{
                f"{result.lower()}Tests": [name for each, name in told if each == result]
                for result in _RESULTS.values()
            },
        },
    }


def _subjects(entry: Entry) -> Iterator[Mapping[str, Any]]:
    for dataset in entry.datasets:
        if digest := entry.data.get(dataset.path or ""):
            annotations = {"decision": dataset.decision.verdict.value, "risk": dataset.decision.risk}
            yield {**_resource(dataset.path or "", digest), "annotations": annotations}


def _judges(entry: Entry) -> Iterator[tuple[str, str]]:
    yield from entry.contracts.items()
    if entry.law and entry.law.digest:
        yield entry.law.path or "policy", entry.law.digest


def _resource(name: str, digest: str) -> Mapping[str, Any]:
    return {"name": name, "digest": {"sha256": digest}}


def _name(finding: Finding) -> str:
    about = (finding.feature, finding.aspect and f"({finding.aspect})")
    return " ".join(filter(None, (f"{finding.path}: {finding.check}", *about)))


def _result(dataset: DatasetOutcome, finding: Finding) -> str | None:
    """How a promise ended; None where there was nothing to judge. What is waived, old or a note only warns."""
    match finding.outcome:
        case FindingOutcome.PASSED:
            return _RESULTS[Verdict.ALLOW]
        case FindingOutcome.NOT_APPLICABLE:
            return None
        case FindingOutcome.NOT_EVALUATED:
            return _RESULTS[Verdict.BLOCK_AND_ROLLBACK]
        case FindingOutcome.VIOLATED:
            is_free = not finding.counts or dataset.decision.verdict is not Verdict.BLOCK_AND_ROLLBACK
            return _RESULTS[Verdict.ALLOW_WITH_ALERT if is_free else Verdict.BLOCK_AND_ROLLBACK]
