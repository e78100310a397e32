"""Turns risk and rules into a decision, with every reason for it and what would make it milder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from data_contract.model import (
    Counterfactual,
    Coverage,
    DatasetOutcome,
    Decision,
    Finding,
    FindingOutcome,
    Reason,
    Status,
    Unsaid,
    Verdict,
)
from data_contract.policy import (
    EXPIRED,
    CiRules,
    FailOn,
    Floor,
    OnNotEvaluated,
    OnUncontracted,
    RiskRules,
    Rules,
)
from data_contract.rules import BUDGET_LEFT, DATA_PRESENT, DELETED, HAS_CONTRACT, LAST_FILE

_FLOORS = {
    Floor.ALLOW: Verdict.ALLOW,
    Floor.ALERT: Verdict.ALLOW_WITH_ALERT,
    Floor.BLOCK: Verdict.BLOCK_AND_ROLLBACK,
}

RiskLeft = Callable[[Sequence[Finding], Sequence[Finding]], Callable[[int, int], float]]
"""Of binding and of advisory findings, gives the risk that is left without the first so many of either."""


def coverage_of(findings: Sequence[Finding]) -> Coverage:
    """How the promises ended."""
    findings = [finding for finding in findings if finding.check != EXPIRED and finding.rule is None]
    outcomes = [finding.outcome for finding in findings]
    unexplained = [
        finding
        for finding in findings
        if finding.outcome is FindingOutcome.NOT_EVALUATED and not finding.is_explained and not finding.waived_by
    ]
    return Coverage(
        passed=outcomes.count(FindingOutcome.PASSED),
        violated=outcomes.count(FindingOutcome.VIOLATED),
        not_applicable=outcomes.count(FindingOutcome.NOT_APPLICABLE),
        not_evaluated=outcomes.count(FindingOutcome.NOT_EVALUATED),
        unexplained=len(unexplained),
    )


def reason(rule: str, floor: Floor, *message: str) -> Reason:
    """What a rule of the policy says of a decision."""
    return Reason(rule=rule, verdict=_FLOORS[floor], message=message)


def floors(findings: Sequence[Finding], rules: Rules) -> tuple[Reason, ...]:
    """What the rules of the policy say beside the risk."""
    under = [finding for finding in findings if finding.rule and not finding.waived_by]
    by_rule = {f.rule: [each for each in under if each.rule == f.rule] for f in under if f.rule}
    old = [f for f in findings if f.status is Status.REVEALED and f.is_inherited and not (f.waived_by or f.is_note)]
    return (
        *(reason("overrides", Floor.ALLOW, "the rules of ", Unsaid(str(span)), " apply") for span in rules.overrides),
        *(_floored(rule, members, rules) for rule, members in by_rule.items()),
        *(_tightened(old, rules.ci) for _ in old[:1]),
    )


def _floored(rule: str, findings: Sequence[Finding], rules: Rules) -> Reason:
    """The worst that a rule makes of several findings, in the words of the first of these."""
    floor, finding = max(((_floor(f, rules), f) for f in findings), key=lambda each: _FLOORS[each[0]].severity)
    more = f" (and {len(findings) - 1} more)" if len(findings) > 1 else ""
    return reason(rule, floor, *finding.message, more)


def _floor(finding: Finding, rules: Rules) -> Floor:
    ci = rules.ci
    match finding.check:
        case BUDGET_LEFT.id:
            return Floor.ALLOW if finding.is_inherited else rules.sla.on_budget_exhausted
        case DATA_PRESENT.id if finding.is_inherited:
            return Floor.ALLOW
        case DATA_PRESENT.id if finding.aspect == LAST_FILE and ci.on_missing_data is not Floor.ALLOW:
            return Floor.BLOCK
        case DATA_PRESENT.id:
            return ci.on_missing_data
        case HAS_CONTRACT.id if ci.on_uncontracted is OnUncontracted.IMPLICIT:
            return Floor.BLOCK if finding.aspect == DELETED else Floor.ALLOW
        case HAS_CONTRACT.id:
            return Floor(ci.on_uncontracted.value)
        case _:
            return ci.on_contract_loosened


def _tightened(findings: Sequence[Finding], ci: CiRules) -> Reason:
    count = len(findings)
    said = "1 promise that is new or tighter is" if count == 1 else f"{count} promises that are new or tighter are"
    return reason("ci.on_contract_tightened", ci.on_contract_tightened, f"{said} broken by data that was there before")


def decide(
    findings: Sequence[Finding], risk: float, rules: Rules, notes: Sequence[Reason], risk_left: RiskLeft
) -> Decision:
    """The decision about one dataset: the worst of what its risk, the rules and `notes` say."""
    reasons = [
        *_risk_reasons(findings, risk, rules.risk),
        *_coverage_reasons(findings, rules),
        *floors(findings, rules),
        *notes,
    ]
    verdict = max((each.verdict for each in reasons), key=lambda each: each.severity, default=Verdict.ALLOW)
    return Decision(
        verdict=verdict,
        risk=risk,
        reasons=tuple(reasons),
        counterfactual=_counterfactual(findings, verdict, reasons, rules, risk_left),
        fails=fails(verdict, rules.ci.fail_on),
        is_undecided=any(each.is_error for each in reasons),
    )


def worst(datasets: Sequence[DatasetOutcome], notes: Sequence[Reason] = (), fail_on: Sequence[FailOn] = ()) -> Decision:
    """The decision about a run: that of its worst dataset, whose risks never add up, or of `notes` on the run."""
    decisions = [dataset.decision for dataset in datasets]
    verdicts = [*(each.verdict for each in decisions), *(note.verdict for note in notes)]
    verdict = max(verdicts, key=lambda each: each.severity, default=Verdict.ALLOW)
    of_datasets = (replace(why, path=each.path) for each in datasets for why in each.decision.reasons)
    return Decision(
        verdict=verdict,
        risk=max((each.risk for each in decisions), default=0.0),
        reasons=(*of_datasets, *notes),
        counterfactual=_together(decisions, verdict),
        fails=any(each.fails for each in decisions) or any(fails(note.verdict, fail_on) for note in notes),
        is_undecided=any(each.is_undecided for each in decisions),
    )


def verdict_of(risk: float, rules: RiskRules) -> Verdict:
    """What the thresholds say of a risk."""
    if risk >= rules.block_threshold:
        return Verdict.BLOCK_AND_ROLLBACK
    return Verdict.ALLOW_WITH_ALERT if risk >= rules.alert_threshold else Verdict.ALLOW


def fails(verdict: Verdict, fail_on: Sequence[FailOn]) -> bool:
    """Whether a decision fails the gate."""
    if verdict is Verdict.BLOCK_AND_ROLLBACK:
        return bool(fail_on)
    return verdict is Verdict.ALLOW_WITH_ALERT and FailOn.ALERT in fail_on


def _risk_reasons(findings: Sequence[Finding], risk: float, rules: RiskRules) -> list[Reason]:
    verdict = verdict_of(risk, rules)
    if verdict is Verdict.ALLOW:
        return []
    name, threshold = "alert", rules.alert_threshold
    if verdict is Verdict.BLOCK_AND_ROLLBACK:
        name, threshold = "block", rules.block_threshold
    count = sum(finding.counts for finding in findings)
    broken = "1 broken promise comes" if count == 1 else f"{count} broken promises come"
    message = (f"{broken} to a risk of at least {threshold:g}",)
    return [Reason(rule=f"risk.{name}_threshold", verdict=verdict, message=message)]


def _coverage_reasons(findings: Sequence[Finding], rules: Rules) -> list[Reason]:
    coverage = coverage_of(findings)
    judged = coverage.passed + coverage.violated
    if not coverage.unexplained or 0 < judged >= rules.ci.min_coverage * (judged + coverage.unexplained):
        return []
    said = f"{coverage.unexplained} of {judged + coverage.not_evaluated} promises could not be judged: "
    first = next(f for f in findings if f.outcome is FindingOutcome.NOT_EVALUATED and not f.is_explained)
    name = first.check if first.feature is None else f"{first.check} {first.feature}"
    message = (said, Unsaid(name), ": ", *first.message)
    match rules.ci.on_not_evaluated:
        case OnNotEvaluated.ERROR:
            worst_of_all = Verdict.BLOCK_AND_ROLLBACK
            return [Reason(rule="ci.on_not_evaluated", verdict=worst_of_all, message=message, is_error=True)]
        case milder:
            return [reason("ci.on_not_evaluated", Floor(milder.value), *message)]


def _counterfactual(
    findings: Sequence[Finding], verdict: Verdict, reasons: Sequence[Reason], rules: Rules, risk_left: RiskLeft
) -> Counterfactual | None:
    """The fewest findings that have to go; among equally many, those that contribute most."""
    if verdict is Verdict.ALLOW:
        return None
    held = tuple(r.rule for r in reasons if r.verdict is verdict and not r.rule.startswith("risk."))
    counted = sorted((f for f in findings if f.counts), key=lambda finding: -finding.contribution)
    removed, risk = _fewest(counted, verdict, rules.risk, risk_left)
    rest = [each.verdict for each in reasons if each.verdict is not verdict]
    milder = max((verdict_of(risk, rules.risk), *rest), key=lambda each: each.severity)
    return Counterfactual(verdict=milder, risk=risk, findings=removed, rules=held)


def _fewest(
    counted: Sequence[Finding], verdict: Verdict, rules: RiskRules, risk_left: RiskLeft
) -> tuple[tuple[Finding, ...], float]:
    """The largest so many of either kind: of advisory findings, which are capped together, and of binding ones."""
    advisory = [finding for finding in counted if finding.is_capped]
    binding = [finding for finding in counted if not finding.is_capped]

    left = risk_left(binding, advisory)

    def is_milder(some: int, others: int) -> bool:
        return verdict_of(left(some, others), rules).severity < verdict.severity

    others, options = len(advisory), []
    for some in range(len(binding) + 1):
        while others and is_milder(some, others - 1):
            others -= 1
        if is_milder(some, others):
            options.append((some + others, left(some, others), some, others))
    _, risk, some, others = min(options)
    return (*binding[:some], *advisory[:others]), risk


def _together(decisions: Sequence[Decision], verdict: Verdict) -> Counterfactual | None:
    """What has to go in every dataset that is as bad as the run."""
    worst_ones = [each.counterfactual for each in decisions if each.verdict is verdict and each.counterfactual]
    if not worst_ones:
        return None
    others = [each for each in decisions if each.verdict is not verdict]
    milder = [each.verdict for each in worst_ones] + [each.verdict for each in others]
    return Counterfactual(
        verdict=max(milder, key=lambda each: each.severity),
        risk=max([each.risk for each in worst_ones] + [each.risk for each in others]),
        findings=tuple(finding for each in worst_ones for finding in each.findings),
        rules=tuple(dict.fromkeys(rule for each in worst_ones for rule in each.rules)),
    )
