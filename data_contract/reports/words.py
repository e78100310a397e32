"""The words that several reports share: how a finding, a place and a number are named."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import ROUND_CEILING, ROUND_DOWN, Context, Decimal

from data_contract.model import (
    Counterfactual,
    DatasetOutcome,
    Finding,
    FindingOutcome,
    Location,
    Outcome,
    Scale,
    Verdict,
)
from data_contract.reports.escape import printable

_WAIVER_DAYS = 14
_FEW_FILES = 3


def shown_risk(risk: float) -> str:
    """A risk with two digits, rounded down: 0.40 never stands beside an alert."""
    return str(Decimal(repr(round(risk, 9))).quantize(Decimal("0.01"), ROUND_DOWN))


def risk_of_run(outcome: Outcome) -> str:
    """The risk of a run, as far as it is known."""
    risk = shown_risk(outcome.decision.risk)
    if not outcome.decision.is_undecided:
        return risk
    return f"{risk} or more" if outcome.decision.risk else "unknown"


def place(finding: Finding, location: Location | None) -> str:
    """`path:line:column`, as far as it is known; for a log or a terminal."""
    path = printable(finding.path, None)
    if location is None or location.line is None:
        return path if location is None or location.row is None else f"{path} row {location.row}"
    return f"{path}:{location.line}" + (f":{location.column}" if location.column else "")


def name_of(finding: Finding) -> str:
    """What a finding is called: the check and, if there is one, the feature."""
    return f"{finding.check} {printable(finding.feature)}" if finding.feature is not None else finding.check


def promise_of(finding: Finding) -> str | None:
    """Where the promise stands: `path:line`, if anybody wrote it; None where that is where it is broken."""
    if finding.is_implied:
        return "implied by the previous version"
    is_elsewhere = finding.span.path != finding.path
    return f"{printable(finding.span.path, None)}:{finding.span.line}" if is_elsewhere else None


def by_weight(dataset: DatasetOutcome) -> list[Finding]:
    """The findings worth telling, the heaviest first; what passed or does not apply is left out."""
    if dataset.rows is None:
        # NOTE: of a file that nobody could read every promise says the same.
        return list(dataset.findings[:1])
    return sorted((finding for finding in dataset.findings if _is_told(finding)), key=_weight)


def raised(dataset: DatasetOutcome) -> list[Finding]:
    """Of those the ones that ask somebody to do something: not what is waived, a note, allowed by a rule, or unsure."""
    allowed = {why.rule for why in dataset.decision.reasons if why.verdict is Verdict.ALLOW}
    return [
        finding
        for finding in by_weight(dataset)
        if not (finding.waived_by or finding.is_note or finding.is_explained or finding.is_unsure)
        and finding.rule not in allowed
    ]


def told_once(findings: Iterable[Finding], few: int = _FEW_FILES) -> Iterator[tuple[Finding, ...]]:
    """The findings in their order; those together, the heaviest first, that say the same of more than a `few` files."""
    groups: dict[tuple[object, ...], list[Finding]] = {}
    every = [(finding, groups.setdefault(_sameness(finding), [])) for finding in findings]
    for finding, group in every:
        group.append(finding)
    told: set[int] = set()
    for finding, group in every:
        if len(group) <= few:
            yield (finding,)
        elif id(group) not in told:
            told.add(id(group))
            yield tuple(sorted(group, key=lambda finding: -finding.contribution))


def _sameness(finding: Finding) -> tuple[object, ...]:
    """What two findings share of which it is enough to tell one; not their numbers."""
    # NOTE: what has no contract is a dataset of its own.
    promise = None if finding.dataset == finding.path else (finding.dataset, finding.span)
    mark = (finding.outcome, finding.status, finding.is_inherited, finding.is_note, finding.rule, finding.waived_by)
    why = finding.message if finding.outcome is FindingOutcome.NOT_EVALUATED else None
    return (promise, finding.check, finding.aspect, finding.feature, *mark, why)


def files(count: int) -> str:
    """`1 more file`, `2 more files`."""
    return f"{count:,} more {'file' if count == 1 else 'files'}"


def _is_told(finding: Finding) -> bool:
    return finding.is_unsure or finding.outcome in (FindingOutcome.VIOLATED, FindingOutcome.NOT_EVALUATED)


def _weight(finding: Finding) -> tuple[float, int]:
    first = finding.locations[0].line if finding.locations else None
    return -finding.contribution, first or 0


def time_of(moment: datetime) -> str:
    """A time in UTC to the second."""
    # NOTE: strftime does not write the year 1 as 0001 everywhere.
    return f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"


def waivers_needed(outcome: Outcome) -> Iterator[str]:
    """The lines of a policy that would waive what makes the gate fail, ready to paste; a person fills in the reason."""
    flip = outcome.decision.counterfactual
    if not (outcome.decision.fails and flip):
        return
    left = date.max - outcome.as_of.date()
    until = outcome.as_of.date() + min(timedelta(days=_WAIVER_DAYS), left)
    most: dict[tuple[str, str | None, str], float | None] = {}
    for finding in (*flip.findings, *_held(outcome, flip)):
        scope = (finding.dataset, finding.feature, finding.check)
        is_bounded = finding.value is not None and finding.scale in (Scale.COUNT, Scale.RATE, Scale.VALUE)
        most[scope] = max(most.get(scope) or 0.0, finding.value or 0.0) if is_bounded else None
    for scope, value in most.items():
        named = zip(("dataset", "feature", "check"), scope, strict=True)
        names = ", ".join(f"{key}: {quoted(name)}" for key, name in named if name is not None)
        limit = "" if value is None else f", up_to: {_rounded_up(value)}"
        yield f'- {{{names}{limit}, until: {until}, reason: "why?", approved_by: "who?"}}'


def _held(outcome: Outcome, flip: Counterfactual) -> Iterator[Finding]:
    """The findings under the rules that hold a decision."""
    for dataset in outcome.datasets:
        if dataset.decision.verdict is outcome.decision.verdict:
            yield from (each for each in dataset.findings if each.rule in flip.rules and not each.waived_by)


def quoted(text: str) -> str:
    """Text as a YAML scalar: plain where that is safe, else in double quotes."""
    is_plain = text.replace("_", "").replace("-", "").isalnum() and text.isascii() and text[0].isalpha()
    if is_plain and text.lower() not in ("true", "false", "null", "yes", "no", "on", "off", "y", "n"):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("##[", "\\x23#[")
    return '"' + printable(escaped, None) + '"'


def _rounded_up(value: float) -> str:
    return format(Context(prec=4, rounding=ROUND_CEILING).create_decimal(repr(value)).normalize(), "f")
