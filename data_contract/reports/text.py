"""The report for people: the decision, why, where, and what would change it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from data_contract.model import (
    Breaks,
    Counterfactual,
    DatasetOutcome,
    Evolution,
    Finding,
    FindingOutcome,
    Location,
    Outcome,
    Scale,
    Status,
    Verdict,
)
from data_contract.promise import percent
from data_contract.reports.escape import log_line, printable, sentence
from data_contract.reports.words import (
    by_weight,
    files,
    name_of,
    place,
    promise_of,
    risk_of_run,
    shown_risk,
    time_of,
    told_once,
    waivers_needed,
)
from data_contract.strictness import Direction

Segment = tuple[str, str]
"""Text, and its style in the words of rich; '' for none."""

_MOST_REASONS = 10
_MOST_CHANGES = 20
_SHORT = 10
_MOST_FURTHER = 4
_MOST_MOVED = 3
_MOST_FILES = 5
_STYLES = {
    Verdict.ALLOW: "bold green",
    Verdict.ALLOW_WITH_ALERT: "bold yellow",
    Verdict.BLOCK_AND_ROLLBACK: "bold red",
}
_DIRECTIONS = {Direction.LOOSENED: "yellow", Direction.TIGHTENED: "cyan", Direction.NEUTRAL: "dim"}


def render(outcome: Outcome) -> str:
    """The report without styles."""
    return "".join(log_line("".join(text for text, _ in line)).rstrip() + "\n" for line in lines(outcome))


def lines(outcome: Outcome) -> Iterator[list[Segment]]:
    """The report, line by line."""
    decision = outcome.decision
    yield [
        (decision.verdict.value, _STYLES[decision.verdict]),
        (f"  risk {risk_of_run(outcome)}  exit {outcome.exit_code}", ""),
    ]
    yield from _errors(outcome)
    yield from _reasons(outcome)
    if outcome.done:
        yield []
    for said in outcome.done:
        yield [(sentence(said), "")]
    yield from _datasets(outcome.datasets)
    for evolution in outcome.evolutions:
        yield []
        yield from _evolution(evolution)
    if decision.counterfactual:
        yield []
        yield from _flip(decision.counterfactual, outcome)
    if not outcome.datasets and outcome.errors:
        return
    yield []
    source = printable(outcome.policy_path, None) if outcome.policy_path else "built-in defaults, no policy file"
    trusted = "" if outcome.policy_is_trusted else " (untrusted)"
    yield [(f"policy {source}{trusted}{_compared(outcome)} · as of {time_of(outcome.as_of)}", "dim")]
    if outcome.audited:
        yield [(f"audit entry {outcome.audited}", "dim")]
    if outcome.proposed:
        verdict, status = outcome.proposed.verdict.value, outcome.proposed.exit_code
        yield [(f"the policy that this change proposes would decide {verdict}, exit {status}", "dim")]


def _compared(outcome: Outcome) -> str:
    """Which versions were compared."""
    head = f" · head {outcome.head[:_SHORT]}" if outcome.head else ""
    return f" · base {outcome.base[:_SHORT]}{head}" if outcome.base else head


def _errors(outcome: Outcome) -> Iterator[list[Segment]]:
    if outcome.errors:
        yield [("  could not decide:", "bold red")]
    for error in outcome.errors:
        where = f"{printable(str(error.at), None)}: " if error.at else ""
        yield [(f"    {where}{printable(error.message, None)}", "")]
        if error.hint:
            yield [(f"      hint: {printable(error.hint, None)}", "dim")]


def _reasons(outcome: Outcome) -> Iterator[list[Segment]]:
    reasons = [why for why in outcome.decision.reasons if not why.is_error]
    for why in reasons[:_MOST_REASONS]:
        where = "" if why.path is None else f"{printable(why.path, None)}: "
        yield [("  because ", "dim"), (f"{where}{sentence(why.message)}", ""), (f"  ({why.rule})", "dim")]
    if len(reasons) > _MOST_REASONS:
        yield [(f"  and {len(reasons) - _MOST_REASONS:,} more reasons", "dim")]
    if not outcome.datasets and not outcome.errors:
        what = ": no data file is there that a contract describes"
        if outcome.base:
            what = ": the change concerns no data file and no contract"
        elif any(why.rule == "run" for why in reasons):
            what = ""
        yield [(f"  nothing was judged{what}", "yellow")]


def _datasets(datasets: Sequence[DatasetOutcome]) -> Iterator[list[Segment]]:
    """File by file; of those that say nothing that another does not say too, only how many they are."""
    told = [[finding for finding in by_weight(dataset) if not finding.is_explained] for dataset in datasets]
    same = {id(finding): others for finding, *others in told_once(finding for each in told for finding in each)}
    silent: dict[Verdict, list[DatasetOutcome]] = {}
    for dataset, findings in zip(datasets, told, strict=True):
        own = [(finding, same[id(finding)]) for finding in findings if id(finding) in same]
        if findings and not own:
            silent.setdefault(dataset.decision.verdict, []).append(dataset)
        else:
            yield []
            yield from _dataset(dataset, own)
    for members in silent.values():
        yield []
        yield from _silent(members)


def _silent(datasets: Sequence[DatasetOutcome]) -> Iterator[list[Segment]]:
    verdict = datasets[0].decision.verdict
    risk = max(dataset.decision.risk for dataset in datasets)
    yield [
        (_several([printable(dataset.path or dataset.name, None) for dataset in datasets]), "bold"),
        (" · ", ""),
        (verdict.value, _STYLES[verdict]),
        (f" · risk {'up to ' if len(datasets) > 1 else ''}{shown_risk(risk)}", ""),
    ]
    yield [("  nothing but what is told above", "dim")]


def _several(places: Sequence[str]) -> str:
    """The first of some files by name, the others by number."""
    left = len(places) - _MOST_FILES
    return ", ".join(places[:_MOST_FILES]) + (f" and {files(left)}" if left > 0 else "")


def _dataset(dataset: DatasetOutcome, told: Sequence[tuple[Finding, Sequence[Finding]]]) -> Iterator[list[Segment]]:
    verdict = dataset.decision.verdict
    rows = "" if dataset.rows is None else f" · {dataset.rows:,} {'row' if dataset.rows == 1 else 'rows'}"
    if changes := dataset.changes:
        rows += f" ({changes.added:,} added, {changes.removed:,} removed, {changes.changed:,} changed)"
    path = "(no file)" if dataset.path is None else printable(dataset.path, None)
    name = "" if dataset.contract is None else f" · {printable(dataset.name)}"
    yield [
        (path, "bold"),
        (f"{name}{rows} · ", ""),
        (verdict.value, _STYLES[verdict]),
        (f" · risk {shown_risk(dataset.decision.risk)}", ""),
    ]
    for finding, others in told:
        yield _finding(finding)
        yield from _further(finding)
        yield from _elsewhere(others)
        yield from _moved(finding)
        yield from _waived(finding)
    hidden = sum(finding.is_explained for finding in by_weight(dataset))
    coverage = dataset.coverage
    judged = coverage.passed + coverage.violated
    every = judged + coverage.not_evaluated
    parts = [f"{judged} of {every} promises judged"] if every else []
    if hidden:
        parts.append(f"{hidden} could not be because of what is told above")
    if waived := sum(finding.waived_by is not None for finding in dataset.findings):
        parts.append(f"{waived} waived")
    if coverage.not_applicable:
        parts.append(f"{coverage.not_applicable} not applicable")
    if parts:
        yield [("  " + ", ".join(parts), "dim")]


def _evolution(evolution: Evolution) -> Iterator[list[Segment]]:
    counts = [f"{count} {each}" for each in Direction if (count := evolution.count(each))]
    yield [
        (printable(evolution.span.path, None), "bold"),
        (f" · {printable(evolution.dataset)} · the contract changed: {', '.join(counts)}", ""),
    ]
    for change in evolution.changes[:_MOST_CHANGES]:
        where = f"  [{printable(change.span.path, None)}:{change.span.line}]"
        broken = "" if change.breaks is Breaks.NOBODY else f", breaks {change.breaks}"
        yield [
            (f"  {change.direction:<10}", _DIRECTIONS[change.direction]),
            (f"{sentence(change.message)}{broken}", ""),
            (where, "dim"),
        ]
    if len(evolution.changes) > _MOST_CHANGES:
        yield [(f"  and {len(evolution.changes) - _MOST_CHANGES:,} more", "dim")]


def _finding(finding: Finding) -> list[Segment]:
    mark, style = _mark(finding)
    first = finding.locations[0] if finding.locations else None
    promise = promise_of(finding)
    return [
        (f"  {mark:<8}", style),
        (f"{_where(finding, first)}: ", "cyan"),
        (f"{name_of(finding)}: ", "bold"),
        (f"{sentence(finding.message)}{_value(first)}", ""),
        ("" if promise is None else f"  [{promise}]", "dim"),
    ]


def _further(finding: Finding) -> Iterator[list[Segment]]:
    """The places after the first on one line, as many as people read; of an old finding none."""
    places = [location for location in finding.locations[1:] if location.line or location.row]
    if not places or finding.is_inherited:
        return
    shown = [_position(location) + _found(location) for location in places[:_MOST_FURTHER]]
    left = (finding.count or 0) - 1 - len(shown)
    more = f" and {left:,} more" if left > 0 else ""
    yield [(f"          also {', '.join(shown)}{more}", "dim")]


def _elsewhere(others: Sequence[Finding]) -> Iterator[list[Segment]]:
    """Where the same is to be told of other files."""
    if others:
        places = [place(other, next(iter(other.locations), None)) for other in others]
        yield [(f"          and in {_several(places)}", "dim")]


def _moved(finding: Finding) -> Iterator[list[Segment]]:
    """The values whose share moved most, of a feature that drifted."""
    bars = sorted(finding.distribution, key=lambda bar: -abs(bar.head - bar.base))[:_MOST_MOVED]
    if not bars or finding.is_inherited:
        return
    shown = [
        f"{'all others' if bar.label is None else printable(repr(bar.label), 30)} "
        f"{percent(bar.base, bar.head)} → {percent(bar.head, bar.base)}"
        for bar in bars
    ]
    yield [(f"          moved most: {', '.join(shown)}", "dim")]


def _position(location: Location) -> str:
    """`line:column`, where the path is told already."""
    if location.line is None:
        return f"row {location.row}"
    return f"{location.line}:{location.column}" if location.column else str(location.line)


def _found(location: Location) -> str:
    return f" {printable(repr(location.value), 30)}" if location.value else ""


def _waived(finding: Finding) -> Iterator[list[Segment]]:
    """Who answers for it, until when and why."""
    if waiver := finding.waived_by:
        by = f" by {printable(waiver.approved_by)}" if waiver.approved_by else ""
        where = f"{printable(waiver.span.path, None)}:{waiver.span.line}"
        yield [(f"          waived until {waiver.until}{by}: {printable(waiver.reason)}", ""), (f"  [{where}]", "dim")]


def _where(finding: Finding, location: Location | None) -> str:
    key = ", ".join(f"{name}={value}" for name, value in (location.key or {}).items()) if location else ""
    return place(finding, location) + (f" ({printable(key)})" if key else "")


def _value(location: Location | None) -> str:
    if location is None or not location.row or not location.value:
        return ""
    why = f" ({location.why})" if location.why else ""
    return f", found {printable(repr(location.value), 60)}{why}"


def _mark(finding: Finding) -> tuple[str, str]:
    if finding.waived_by:
        return "waived", "dim"
    if finding.is_note:
        return "note", "dim"
    if finding.rule:
        return "rule", "dim" if finding.is_inherited else "yellow"
    if finding.status is Status.REVEALED and finding.is_inherited:
        return "reveals", "yellow"
    if finding.is_inherited:
        return "old", "dim"
    if finding.outcome is FindingOutcome.NOT_EVALUATED:
        return "unknown", "yellow"
    if finding.outcome is FindingOutcome.NOT_APPLICABLE:
        return "unsure", "yellow"
    return shown_risk(finding.contribution), "red"


def _flip(flip: Counterfactual, outcome: Outcome) -> Iterator[list[Segment]]:
    yield [("to flip ", "bold"), (f"to {flip.verdict.value} at risk {shown_risk(flip.risk)}:", "")]
    for finding, *others in told_once(flip.findings):
        is_many = len(finding.locations) > 1 and finding.scale is Scale.COUNT
        count = f" ({finding.count:,} places)" if is_many else ""
        more = f" and {files(len(others))}" if others else ""
        aspect = f" ({finding.aspect})" if finding.aspect else ""
        yield [(f"  mend {name_of(finding)}{aspect} in {printable(finding.path, None)}{count}{more}", "")]
    for rule in flip.rules:
        yield [(f"  resolve what {rule} says", "")]
    needed = list(waivers_needed(outcome))
    if needed:
        yield [("or answer for it, in the policy's `waivers`:", "")]
        yield from ([("  " + line, "")] for line in needed)
