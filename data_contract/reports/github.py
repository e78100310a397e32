"""Annotations on a pull request: workflow commands that a runner reads from the log."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from data_contract.errors import DataContractError
from data_contract.model import Finding, FindingOutcome, Location, Origin, Outcome, Verdict
from data_contract.reports.escape import annotation, printable, sentence
from data_contract.reports.words import files, name_of, place, promise_of, raised, told_once

BUDGET = 10
"""Annotations of one level that a runner keeps for a step; it drops the others without a word."""
_LONGEST = 1000


_Diff = tuple[range, ...] | None


class _Place(NamedTuple):
    """Where an annotation stands."""

    path: str
    line: int
    column: int | None


def render(outcome: Outcome) -> str:
    """At most `BUDGET` errors and as many warnings, the heaviest first, the last of each for the rest."""
    errors: list[Finding] = []
    warnings: list[Finding] = []
    diffs: dict[int, _Diff] = {}
    for dataset in outcome.datasets:
        blocks = dataset.decision.verdict is Verdict.BLOCK_AND_ROLLBACK
        for finding in raised(dataset):
            is_error = blocks and (not finding.is_capped or finding.outcome is FindingOutcome.NOT_EVALUATED)
            (errors if is_error else warnings).append(finding)
            diffs[id(finding)] = dataset.diff

    def told(level: str, findings: Sequence[Finding], undecided: Sequence[str] = ()) -> Iterator[str]:
        more = len(undecided) + len(findings) - BUDGET
        slots = BUDGET - 1 if more > 0 else BUDGET
        groups = _ranked(findings, is_over=more > 0)[: max(slots - len(undecided), 0)]
        yield from undecided[:slots]
        yield from (_annotation(level, group, diffs[id(group[0])], outcome.origin) for group in groups)
        if more > 0:
            yield annotation(level, f"{more + 1:,} more findings: see the job summary", title="data contracts")

    undecided = [_undecided(error, outcome.origin) for error in outcome.errors]
    return "".join(f"{line}\n" for line in (*told("error", errors, undecided), *told("warning", warnings)))


def _ranked(findings: Sequence[Finding], *, is_over: bool) -> list[tuple[Finding, ...]]:
    """The heaviest first; where not all can be told, those that speak for several files before any of the others."""
    ranked = sorted(findings, key=lambda finding: -finding.contribution)
    if not is_over:
        return [(finding,) for finding in ranked]
    groups = list(told_once(ranked, few=1))
    return groups + [(other,) for group in groups for other in group[1:]]


def _annotation(level: str, group: Sequence[Finding], diff: _Diff, origin: Origin) -> str:
    finding = group[0]
    location, at = _stand(finding, diff)
    promise = promise_of(finding)
    where = "" if promise is None else f" ({promise})" if finding.is_implied else f" (contract {promise})"
    more = f"; and in {files(len(group) - 1)}" if len(group) > 1 else ""
    message = f"{place(finding, location)}: {name_of(finding)}: {sentence(finding.message)}{more}{where}"
    return annotation(
        level,
        message[:_LONGEST],
        file=printable(origin.from_top(at.path), None),
        line=at.line,
        col=at.column,
        title=printable(name_of(finding), 80),
    )


def _stand(finding: Finding, diff: _Diff) -> tuple[Location, _Place]:
    """The location to tell, and where to: at the first cell that is in the diff, else at the promise in the contract.

    GitHub shows an annotation beside the text only where its line is in the diff; all others it lists elsewhere.
    """
    every = seen = finding.locations or (Location(),)
    if diff is not None and not finding.is_implied and finding.rule is None and finding.span.path != finding.path:
        seen = tuple(each for each in every if any((each.line or 1) in lines for lines in diff))
    for first in seen:
        return first, _Place(finding.path, first.line or 1, first.column)
    return every[0], _Place(finding.span.path, finding.span.line, finding.span.column)


def _undecided(error: DataContractError, origin: Origin) -> str:
    hint = f" (hint: {error.hint})" if error.hint else ""
    return annotation(
        "error",
        printable(f"{error.message}{hint}", _LONGEST),
        file=printable(origin.from_top(error.at.path), None) if error.at else None,
        line=error.at.line if error.at else None,
        col=error.at.column if error.at else None,
        title="could not decide",
    )
