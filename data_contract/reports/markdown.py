"""The job summary: GitHub Flavored Markdown, within the size that GitHub shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from urllib.parse import quote

from data_contract.model import (
    Counterfactual,
    Coverage,
    DatasetOutcome,
    Evolution,
    Finding,
    FindingOutcome,
    Location,
    Origin,
    Outcome,
    Status,
    Waiver,
)
from data_contract.reports.escape import code_span, markdown_sentence, printable
from data_contract.reports.tables import Table, distribution, row, text_of
from data_contract.reports.words import (
    by_weight,
    files,
    promise_of,
    risk_of_run,
    shown_risk,
    time_of,
    told_once,
    waivers_needed,
)

BUDGET = 900 * 1024
"""Bytes; GitHub drops a summary above 1 MiB as a whole."""
_MOST_POINTS = 20
_MOST_SHAPES = 10
_MOST_PLACES = 3
_LONGEST_TEXT = 500
_LONGEST_PATH = 100
_LONGEST_LINK = 2000


def render(outcome: Outcome) -> str:
    """The report as markdown; what does not fit is counted, never cut off in the middle."""
    top, end = text_of(_top(outcome)), text_of(_end(outcome))
    left = BUDGET - len(top.encode()) - len(end.encode())
    tables = []
    for table in _tables(outcome):
        text = table.text(left)
        left -= len(text.encode())
        tables.append(text)
    return top + "".join(tables) + end


def _top(outcome: Outcome) -> Iterator[str]:
    """What is decided, why, and what would change it."""
    decision = outcome.decision
    yield f"## Data contracts: {_words(decision.verdict)}, risk {risk_of_run(outcome)}"
    points = [*_errors(outcome), *_reasons(outcome)]
    if not outcome.datasets and not outcome.errors:
        what = "the change concerns no data file and no contract" if outcome.base else "no contract describes a file"
        points.append(f"- nothing was judged: {what}")
    if points:
        yield ""
        yield from _points(points)
    if outcome.done:
        yield ""
        yield from _points([f"- {markdown_sentence(said)}" for said in outcome.done])
    if decision.counterfactual:
        yield ""
        yield from _flip(decision.counterfactual, outcome)


def _points(points: list[str]) -> Iterator[str]:
    yield from points[:_MOST_POINTS]
    if len(points) > _MOST_POINTS:
        yield f"- and {len(points) - _MOST_POINTS:,} more, in the JSON report"


def _errors(outcome: Outcome) -> Iterator[str]:
    for error in outcome.errors:
        at, origin = error.at, outcome.origin
        where = f"{_linked(origin, at.path, at.line, at.column)}: " if at else ""
        hint = f" (hint: {code_span(error.hint, _LONGEST_TEXT)})" if error.hint else ""
        yield f"- could not decide: {where}{code_span(error.message, _LONGEST_TEXT)}{hint}"


def _reasons(outcome: Outcome) -> Iterator[str]:
    for why in outcome.decision.reasons:
        if not why.is_error:
            where = "" if why.path is None else f"{code_span(why.path)}: "
            yield f"- {where}{markdown_sentence(why.message)} (`{why.rule}`)"


def _flip(flip: Counterfactual, outcome: Outcome) -> Iterator[str]:
    yield f"To flip it to {_words(flip.verdict)} at risk {shown_risk(flip.risk)}:"
    yield ""
    mend = [
        f"- mend `{finding.check}`{_of(finding.feature)}{f' ({finding.aspect})' if finding.aspect else ''} in "
        f"{_linked(outcome.origin, finding.path, _line(finding))}{f' and {files(len(others))}' if others else ''}"
        for finding, *others in told_once(flip.findings)
    ]
    yield from _points([*mend, *(f"- resolve what `{rule}` says" for rule in flip.rules)])
    needed = list(waivers_needed(outcome))[:_MOST_POINTS]
    if needed:
        yield ""
        yield "or answer for it, in the policy's `waivers`:"
        yield ""
        yield from ("```yaml", *needed, "```")


def _tables(outcome: Outcome) -> Iterator[Table]:
    """What was judged, what was found (the new before the old), and what was promised."""
    told = [f for dataset in outcome.datasets for f in by_weight(dataset) if not f.is_explained]
    told.sort(key=lambda finding: -finding.contribution)
    every = list(told_once(told))
    groups = [group for group in every if not group[0].waived_by]
    new = [_finding_row(outcome.origin, *group) for group in groups if not group[0].is_inherited]
    old = [_finding_row(outcome.origin, *group) for group in groups if group[0].is_inherited]
    waived = [_waived_row(outcome.origin, group[0].waived_by, *group) for group in every if group[0].waived_by]
    finding_columns = ("| risk | check | feature | what | where | promise |", "|---:|---|---|---|---|---|")
    yield Table(
        title="Files",
        columns="| file | dataset | rows | promises judged | decision | risk |",
        align="|---|---|---:|---:|---|---:|",
        rows=tuple(_file_row(outcome.origin, dataset) for dataset in outcome.datasets),
    )
    title = "What the change brings" if outcome.base else "Findings"
    yield Table(title=title, columns=finding_columns[0], align=finding_columns[1], rows=tuple(new))
    moved = [f for f, *_ in groups if f.distribution and not f.is_inherited]
    yield from (distribution(finding) for finding in moved[:_MOST_SHAPES])
    yield from (_evolution(outcome.origin, evolution) for evolution in outcome.evolutions)
    yield Table(
        title=f"What was there before, and decides nothing: {sum(f.is_inherited for g in groups for f in g):,}",
        is_folded=True,
        columns=finding_columns[0],
        align=finding_columns[1],
        rows=tuple(old),
    )
    yield Table(
        title="Waived",
        columns="| check | feature | what | where | until | by | reason | waiver |",
        align="|---|---|---|---|---|---|---|---|",
        rows=tuple(waived),
    )
    yield Table(
        title="Every promise, and what became of it",
        is_folded=True,
        columns="| file | dataset | passed | violated | not applicable | not evaluated | waived |",
        align="|---|---|---:|---:|---:|---:|---:|",
        rows=tuple(_coverage_row(dataset) for dataset in outcome.datasets),
    )


def _evolution(origin: Origin, evolution: Evolution) -> Table:
    return Table(
        title=f"{code_span(evolution.span.path)}: the contract of {code_span(evolution.dataset)} changed",
        columns="| direction | what | breaks | contract |",
        align="|---|---|---|---|",
        rows=tuple(
            row(
                change.direction,
                markdown_sentence(change.message),
                change.breaks,
                _linked(origin, change.span.path, change.span.line),
            )
            for change in evolution.changes
        ),
    )


def _end(outcome: Outcome) -> Iterator[str]:
    """By what it was judged, and how to judge it again."""
    yield ""
    source = code_span(outcome.policy_path) if outcome.policy_path else "built-in defaults"
    trusted = "" if outcome.policy_is_trusted else " (untrusted)"
    versions = f" Base {outcome.base}." if outcome.base else ""
    versions += f" Head {outcome.head}." if outcome.head else ""
    yield f"Policy: {source}{trusted}.{versions} As of {time_of(outcome.as_of)}. data-contract {outcome.tool_version}."
    if outcome.audited:
        yield ""
        yield f"Audit entry `{outcome.audited}`."
    if outcome.proposed:
        yield ""
        verdict = _words(outcome.proposed.verdict)
        yield f"The policy that this change proposes would decide {verdict}, exit {outcome.proposed.exit_code}."
    if outcome.origin.commands:
        yield ""
        yield "To judge the same again, in a clone:"
        yield ""
        yield from ("```sh", *(printable(line, None) for line in outcome.origin.commands), "```")


def _file_row(origin: Origin, dataset: DatasetOutcome) -> str:
    coverage = dataset.coverage
    judged = coverage.passed + coverage.violated
    every = judged + coverage.not_evaluated
    contract = dataset.contract
    return row(
        _linked(origin, dataset.path, None) if dataset.path is not None else "no file",
        _linked(origin, contract.path, contract.line, text=dataset.name) if contract else "none",
        "" if dataset.rows is None else f"{dataset.rows:,}",
        f"{judged} of {every}" if every else "",
        _words(dataset.decision.verdict),
        "unknown" if dataset.decision.is_undecided else shown_risk(dataset.decision.risk),
    )


def _finding_row(origin: Origin, finding: Finding, *others: Finding) -> str:
    """A finding, with where the same is to be told of other files."""
    first = next(iter(finding.locations), Location())
    found = "" if first.value is None else f": {code_span(first.value)}"
    return row(
        _weight(finding),
        f"`{finding.check}`",
        code_span(finding.feature) if finding.feature is not None else "",
        markdown_sentence(finding.message),
        f"{_place(origin, finding)}{found}{_elsewhere(origin, others)}",
        (promise_of(finding) or "") if finding.is_implied else _linked(origin, finding.span.path, finding.span.line),
    )


def _elsewhere(origin: Origin, others: Sequence[Finding]) -> str:
    """Where the same is to be told of other files."""
    places = "".join(f", {_place(origin, other)}" for other in others[:_MOST_PLACES])
    return places + (f" and {files(len(others) - _MOST_PLACES)}" if len(others) > _MOST_PLACES else "")


def _place(origin: Origin, finding: Finding) -> str:
    first = next(iter(finding.locations), Location())
    row = f" row {first.row:,}" if first.line is None and first.row is not None else ""
    return f"{_linked(origin, finding.path, first.line, first.column)}{row}"


def _weight(finding: Finding) -> str:
    if finding.outcome is FindingOutcome.NOT_EVALUATED:
        return "unknown"
    if finding.is_unsure:
        return "unsure"
    if finding.rule:
        return "rule"
    if finding.is_note:
        return "note"
    if finding.is_inherited:
        return "reveals" if finding.status is Status.REVEALED else "old"
    return shown_risk(finding.contribution)


def _waived_row(origin: Origin, waiver: Waiver, finding: Finding, *others: Finding) -> str:
    """The same of a finding that is waived."""
    return row(
        f"`{finding.check}`",
        code_span(finding.feature) if finding.feature is not None else "",
        markdown_sentence(finding.message),
        f"{_place(origin, finding)}{_elsewhere(origin, others)}",
        str(waiver.until),
        code_span(waiver.approved_by) if waiver.approved_by else "",
        code_span(waiver.reason),
        _linked(origin, waiver.span.path, waiver.span.line),
    )


def _coverage_row(dataset: DatasetOutcome) -> str:
    counts: Coverage = dataset.coverage
    waived = sum(finding.waived_by is not None for finding in dataset.findings)
    return row(
        code_span(dataset.path) if dataset.path is not None else "no file",
        code_span(dataset.name) if dataset.contract else "none",
        *(f"{count:,}" for count in (counts.passed, counts.violated, counts.not_applicable, counts.not_evaluated)),
        f"{waived:,}",
    )


def _linked(origin: Origin, path: str, line: int | None, column: int | None = None, text: str | None = None) -> str:
    """A place as a code span, and as a link where the files can be seen in a browser."""
    name = path if len(path) <= _LONGEST_PATH else f"…{path[1 - _LONGEST_PATH :]}"
    place = ":".join([name, *(str(number) for number in (line, column) if number is not None)])
    span = code_span(place if text is None else text)
    # NOTE: `plain` shows the lines of a file that is otherwise drawn as a table.
    target = f"{quote(origin.from_top(path).encode('utf-8', 'surrogatepass'), safe='/')}?plain=1#L{line or 1}"
    is_shown = origin.link is not None and not path.startswith("/") and len(target) <= _LONGEST_LINK
    return f"[{span}]({origin.link}{target})" if is_shown else span


def _of(feature: str | None) -> str:
    return f" {code_span(feature)}" if feature is not None else ""


def _line(finding: Finding) -> int | None:
    return finding.locations[0].line if finding.locations else None


def _words(verdict: str) -> str:
    return str(verdict).replace("_", " ")
