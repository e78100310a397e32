"""JUnit XML, which most CI servers show as tests: a suite a file, a test case a promise.

https://github.com/testmoapp/junitxml describes what servers read, for want of a standard.
"""

from __future__ import annotations

from collections.abc import Iterator
from xml.sax.saxutils import quoteattr

from data_contract.model import DatasetOutcome, Finding, FindingOutcome, Outcome
from data_contract.reports.escape import log_line, printable, sentence
from data_contract.reports.words import name_of, place, raised


def render(outcome: Outcome) -> str:
    """The outcome as JUnit XML; a test case fails where its finding makes the gate fail."""
    return "".join(f"{line}\n" for line in _lines(outcome))


def _lines(outcome: Outcome) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites{_attributes(name='data-contract')}>"
    if outcome.errors:
        count = str(len(outcome.errors))
        yield f"  <testsuite{_attributes(name='run', tests=count, failures='0', errors=count, skipped='0')}>"
        for error in outcome.errors:
            yield from _case("run", "decide", "error", str(error).replace("\n", " "))
        yield "  </testsuite>"
    for dataset in outcome.datasets:
        yield from _suite(dataset, outcome)
    yield "</testsuites>"


def _suite(dataset: DatasetOutcome, outcome: Outcome) -> Iterator[str]:
    name = outcome.origin.from_top(dataset.path) if dataset.path else dataset.name
    asking = {id(finding) for finding in raised(dataset) if not finding.is_inherited}
    results = [
        (finding, *_result(finding, fails=dataset.decision.fails and id(finding) in asking))
        for finding in dataset.findings
    ]
    counts = {tag: str(sum(each[1] == tag for each in results)) for tag in ("failure", "error", "skipped")}
    tests = str(len(results))
    yield (
        "  <testsuite"
        + _attributes(
            name=name, tests=tests, failures=counts["failure"], errors=counts["error"], skipped=counts["skipped"]
        )
        + ">"
    )
    for finding, tag, said in results:
        aspect = f" ({finding.aspect})" if finding.aspect else ""
        yield from _case(dataset.name, f"{name_of(finding)}{aspect}", tag, said)
    yield "  </testsuite>"


def _result(finding: Finding, *, fails: bool) -> tuple[str, str]:
    """The element that says how a test case ended, '' for one that passed, and what it says."""
    first = finding.locations[0] if finding.locations else None
    said = f"{place(finding, first)}: {sentence(finding.message)}"
    if finding.outcome is FindingOutcome.PASSED:
        return "", ""
    if finding.outcome is FindingOutcome.NOT_APPLICABLE:
        return "skipped", said
    if finding.outcome is FindingOutcome.NOT_EVALUATED:
        return ("skipped" if finding.is_explained else "error"), said
    if finding.waived_by:
        return "skipped", f"waived until {finding.waived_by.until}: {said}"
    return ("failure" if fails else "skipped"), said


def _case(suite: str, name: str, tag: str, said: str) -> Iterator[str]:
    start = f"    <testcase{_attributes(classname=suite, name=name)}"
    if not tag:
        yield f"{start}/>"
        return
    yield f"{start}>"
    yield f"      <{tag}{_attributes(message=said)}/>"
    yield "    </testcase>"


def _attributes(**values: str) -> str:
    return "".join(f" {name}={quoteattr(log_line(printable(value, None)))}" for name, value in values.items())
