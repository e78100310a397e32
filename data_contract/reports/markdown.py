"""The job summary: GitHub Flavored Markdown, within the size that GitHub shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from data_contract.model import (
    Counterfactual,
    DatasetOutcome,
    Evolution,
    Finding,
    FindingOutcome,
    Location,
    Outcome,
    Waiver,
)
from data_contract.reports.escape import code_span, markdown_sentence
from data_contract.reports.words import by_weight, promise_of, risk_of_run, shown_risk, time_of, waivers_needed

BUDGET = 900 * 1024
"""Bytes; GitHub drops a summary above 1 MiB as a whole."""
_MOST_FINDINGS = 50
_RESERVE = 2048


def render(outcome: Outcome) -> str:
    """The report as markdown; what does not fit is counted, never cut off in the middle."""
    text, left, used = "", 0, 0
    for line in _lines(outcome):
        size = len(line.encode()) + 1
        if used + size > BUDGET - _RESERVE:
            left += 1
            continue
        text, used = text + line + "\n", used + size
    return text + (f"\n_{left:,} more lines do not fit here; the JSON report has them._\n" if left else "")


def _lines(outcome: Outcome) -> Iterator[str]:
    decision = outcome.decision
    yield f"## Data contracts: {decision.verdict.value.replace('_', ' ')}, risk {risk_of_run(outcome)}"
    yield ""
    for error in outcome.errors:
        where = f"{code_span(str(error.at))}: " if error.at else ""
        hint = f" (hint: {code_span(error.hint, None)})" if error.hint else ""
        yield f"- could not decide: {where}{code_span(error.message, None)}{hint}"
    for why in decision.reasons:
        if not why.is_error:
            where = "" if why.path is None else f"{code_span(why.path)}: "
            yield f"- {where}{markdown_sentence(why.message)} (`{why.rule}`)"
    yield from map(_waived, outcome.waivers)
    if decision.counterfactual:
        yield ""
        yield from _flip(decision.counterfactual, outcome)
    if outcome.datasets:
        yield ""
        yield "| file | dataset | rows | promises judged | decision | risk |"
        yield "|---|---|---:|---:|---|---:|"
        yield from (_row(dataset) for dataset in outcome.datasets)
    for dataset in outcome.datasets:
        yield from _findings(dataset)
    for evolution in outcome.evolutions:
        yield from _evolution(evolution)
    yield ""
    source = code_span(outcome.policy_path) if outcome.policy_path else "built-in defaults"
    trusted = "" if outcome.policy_is_trusted else " (untrusted)"
    base = f" Base {outcome.base}." if outcome.base else ""
    yield f"Policy: {source}{trusted}.{base} As of {time_of(outcome.as_of)}. data-contract {outcome.tool_version}."
    if outcome.proposed:
        yield ""
        verdict = outcome.proposed.verdict.value.replace("_", " ")
        yield f"The policy that this change proposes would decide {verdict}, exit {outcome.proposed.exit_code}."


def _evolution(evolution: Evolution) -> Iterator[str]:
    yield ""
    yield f"### {code_span(evolution.span.path)}: the contract of {code_span(evolution.dataset)} changed"
    yield ""
    yield "| direction | what | breaks | contract |"
    yield "|---|---|---|---|"
    for change in evolution.changes[:_MOST_FINDINGS]:
        place = code_span(f"{change.span.path}:{change.span.line}")
        yield f"| {change.direction} | {markdown_sentence(change.message)} | {change.breaks} | {place} |"


def _waived(waiver: Waiver) -> str:
    feature = f" {code_span(waiver.feature)}" if waiver.feature is not None else ""
    by = f" by {code_span(waiver.approved_by)}" if waiver.approved_by else ""
    what = f"{code_span(waiver.check)}{feature} of {code_span(waiver.dataset)}"
    return f"- waived until {waiver.until}{by}: {what}: {code_span(waiver.reason)}"


def _flip(flip: Counterfactual, outcome: Outcome) -> Iterator[str]:
    yield f"To flip it to {flip.verdict.value.replace('_', ' ')} at risk {shown_risk(flip.risk)}:"
    yield ""
    for finding in flip.findings:
        feature = f" {code_span(finding.feature)}" if finding.feature is not None else ""
        aspect = f" ({finding.aspect})" if finding.aspect else ""
        yield f"- mend `{finding.check}`{feature}{aspect} in {code_span(finding.path)}"
    yield from (f"- resolve what `{rule}` says" for rule in flip.rules)
    needed = list(waivers_needed(outcome))
    if needed:
        yield ""
        yield "or answer for it, in the policy's `waivers`:"
        yield ""
        yield "```yaml"
        yield from needed
        yield "```"


def _row(dataset: DatasetOutcome) -> str:
    coverage = dataset.coverage
    judged = coverage.passed + coverage.violated
    cells: Iterable[str] = (
        code_span(dataset.path) if dataset.path is not None else "no file",
        code_span(dataset.name) if dataset.contract else "none",
        "" if dataset.rows is None else f"{dataset.rows:,}",
        f"{judged} of {judged + coverage.not_evaluated}",
        dataset.decision.verdict.value.replace("_", " "),
        shown_risk(dataset.decision.risk),
    )
    return f"| {' | '.join(cells)} |"


def _findings(dataset: DatasetOutcome) -> Iterator[str]:
    told = [finding for finding in by_weight(dataset) if not finding.is_explained]
    if not told:
        return
    yield ""
    yield f"### {code_span(dataset.path or dataset.name)}"
    yield ""
    yield "| risk | check | feature | what | first place | contract |"
    yield "|---:|---|---|---|---|---|"
    for finding in told[:_MOST_FINDINGS]:
        cells = (
            _weight(finding),
            f"`{finding.check}`",
            code_span(finding.feature) if finding.feature is not None else "",
            markdown_sentence(finding.message),
            _place(finding.locations[0]) if finding.locations else "",
            (promise_of(finding) or "")
            if finding.is_implied
            else code_span(f"{finding.span.path}:{finding.span.line}"),
        )
        yield f"| {' | '.join(cells)} |"
    if len(told) > _MOST_FINDINGS:
        yield ""
        yield f"{len(told) - _MOST_FINDINGS:,} more findings are in the JSON report."


def _weight(finding: Finding) -> str:
    if finding.waived_by:
        return "waived"
    if finding.outcome is FindingOutcome.NOT_EVALUATED:
        return "unknown"
    if finding.rule:
        return "rule"
    return "note" if finding.is_note else shown_risk(finding.contribution)


def _place(location: Location) -> str:
    if location.line is None:
        where = "" if location.row is None else f"row {location.row:,}"
    else:
        where = f"line {location.line}" + (f", column {location.column}" if location.column else "")
    value = () if location.value is None else (code_span(location.value),)
    return ": ".join(filter(None, (where, *value)))
