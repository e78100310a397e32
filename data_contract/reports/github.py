"""Annotations on a pull request: workflow commands that a runner reads from the log."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from data_contract.errors import DataContractError
from data_contract.model import Finding, FindingOutcome, Location, Origin, Outcome, Verdict
from data_contract.reports.escape import annotation, printable, sentence
from data_contract.reports.words import name_of, place, promise_of, raised

BUDGET = 10
"""Annotations of one level that a runner keeps for a step; it drops the others without a word."""
_LONGEST = 1000


class _Place(NamedTuple):
    """Where an annotation stands."""

    path: str
    line: int
    column: int | None


def render(outcome: Outcome) -> str:
    """At most `BUDGET` errors and as many warnings, the heaviest first, the last of each for the rest."""
    errors: list[tuple[float, str]] = []
    warnings: list[tuple[float, str]] = []
    for dataset in outcome.datasets:
        blocks = dataset.decision.verdict is Verdict.BLOCK_AND_ROLLBACK
        for finding in raised(dataset):
            is_error = blocks and (not finding.is_capped or finding.outcome is FindingOutcome.NOT_EVALUATED)
            level, into = ("error", errors) if is_error else ("warning", warnings)
            into.append((finding.contribution, _annotation(level, finding, dataset.diff, outcome.origin)))
    errors += ((1.0, _undecided(error, outcome.origin)) for error in outcome.errors)
    return "".join(f"{line}\n" for line in (*_spent("error", errors), *_spent("warning", warnings)))


def _spent(level: str, ranked: Iterable[tuple[float, str]]) -> list[str]:
    lines = [line for _, line in sorted(ranked, key=lambda pair: -pair[0])]
    if len(lines) <= BUDGET:
        return lines
    more = len(lines) - BUDGET + 1
    return [
        *lines[: BUDGET - 1],
        annotation(level, f"{more:,} more findings: see the job summary", title="data contracts"),
    ]


def _annotation(level: str, finding: Finding, diff: tuple[range, ...] | None, origin: Origin) -> str:
    location, at = _stand(finding, diff)
    promise = promise_of(finding)
    where = "" if promise is None else f" ({promise})" if finding.is_implied else f" (contract {promise})"
    message = f"{place(finding, location)}: {name_of(finding)}: {sentence(finding.message)}{where}"
    return annotation(
        level,
        message[:_LONGEST],
        file=printable(origin.from_top(at.path), None),
        line=at.line,
        col=at.column,
        title=printable(name_of(finding), 80),
    )


def _stand(finding: Finding, diff: tuple[range, ...] | None) -> tuple[Location, _Place]:
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
