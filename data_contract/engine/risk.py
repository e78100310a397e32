"""Turns broken promises into one number, with the contributions that make it up.

A finding contributes c = floor + (ceiling − floor) · weight · e: the floor says what kind of promise was broken, the
excess e how far beyond it the data is. The risk of a dataset is 1 − Π(1 − c), the probability that at least one of
several independent things goes wrong: it never averages damage away, and one ruined feature cannot be diluted by good
ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate
from typing import assert_never

from data_contract.model import Criticality, Finding, Scale
from data_contract.policy import DIGITS, RiskRules

_MOST = 1 - 1e-9
"""The largest contribution, so that shares stay finite."""


def weigh(findings: Sequence[Finding], rules: RiskRules) -> tuple[Finding, ...]:
    """The findings with their contributions and shares."""
    counted = {index: contribution(finding, rules) for index, finding in enumerate(findings) if finding.counts}
    advisory = [index for index in counted if findings[index].is_capped]
    counted |= _capped({index: counted[index] for index in advisory}, rules.ceiling)
    parts = {index: -math.log1p(-part) for index, part in counted.items()}
    whole = math.fsum(parts.values())
    return tuple(
        replace(finding, contribution=counted.get(index, 0.0), share=parts.get(index, 0.0) / whole if whole else 0.0)
        for index, finding in enumerate(findings)
    )


def risk_of(findings: Iterable[Finding]) -> float:
    """The joint risk of weighed findings, in [0, 1], rounded to 1e-9."""
    return joint(finding.contribution for finding in findings if finding.counts)


def without_first(
    binding: Sequence[Finding], advisory: Sequence[Finding], rules: RiskRules
) -> Callable[[int, int], float]:
    """The risk that is left without the first so many of either, each found in no time."""
    kept, capped = _suffix_sums(binding, rules), _suffix_sums(advisory, rules)
    most = math.log1p(-rules.ceiling)
    return lambda some, others: round(abs(math.expm1(kept[some] + max(capped[others], most))), 9)


def _suffix_sums(findings: Sequence[Finding], rules: RiskRules) -> list[float]:
    """Σ ln(1 − c) from each finding to the last, and after it."""
    logs = [math.log1p(-contribution(finding, rules)) for finding in findings]
    return [*accumulate(reversed(logs), initial=0.0)][::-1]


def joint(contributions: Iterable[float]) -> float:
    """1 − Π(1 − c), rounded to 1e-9."""
    risk = abs(math.expm1(math.fsum(math.log1p(-part) for part in contributions)))
    # NOTE: scaled shares are off by 1e-16; half-way between two risks that alone would decide which of them it is.
    return round(round(risk, 12), DIGITS)


def contribution(finding: Finding, rules: RiskRules) -> float:
    """What one broken promise contributes, before advisory findings are capped together; in [0, 1)."""
    floor, ceiling = _bounds(finding, rules)
    weight = rules.weights.get(finding.dimension, 1.0)
    return min(floor + (ceiling - floor) * weight * excess(finding), _MOST)


def excess(finding: Finding) -> float:
    """How far beyond its promise the data is, in [0, 1].

    A rate p over a limit l: 1 − ln p / ln l, which is 0 at the limit and 1 when everything is wrong; doubling a tight
    tolerance matters as much as doubling a loose one. A number v over a limit l: 1 − l / v. A promise without
    tolerance, broken n times: 1 − 1 / (1 + log₁₀ n), which is 0 for a single one and a half for ten; it depends on
    nothing but n, so that no number of clean rows can hide a broken one. Where there is a version before,
    only what is new is counted, and a number is judged from where it was.
    """
    value, count = finding.value or 0.0, finding.introduced or finding.count or 1
    limit = (finding.limit if finding.judged_limit is None else finding.judged_limit) or 0.0
    match finding.scale:
        case Scale.COUNT:
            return 1 - 1 / (1 + math.log10(max(count, 1)))
        case Scale.RATE:
            return _clamped(1 - math.log(value) / math.log(limit)) if 0 < limit < 1 else _clamped(value)
        case Scale.VALUE:
            return _clamped(1 - limit / value) if value > 0 else 0.0
        case Scale.SHORTFALL:
            return _clamped(1 - value / limit) if limit > 0 else 0.0
        case Scale.WHOLE:
            return 1.0
        case _:
            assert_never(finding.scale)


def _clamped(number: float) -> float:
    return min(max(number, 0.0), 1.0)


def _bounds(finding: Finding, rules: RiskRules) -> tuple[float, float]:
    has_tolerance = finding.scale is Scale.VALUE or (finding.scale is Scale.RATE and bool(finding.limit))
    match finding.criticality:
        case Criticality.HIGH:
            return rules.block_threshold, 1.0
        case Criticality.MEDIUM:
            return (rules.alert_threshold if has_tolerance else rules.block_threshold), 1.0
        case Criticality.LOW:
            return rules.alert_threshold, rules.ceiling
        case _:
            assert_never(finding.criticality)


def _capped(contributions: dict[int, float], ceiling: float) -> dict[int, float]:
    """Scale the shares of contributions so that together they do not exceed the ceiling."""
    together = math.fsum(math.log1p(-part) for part in contributions.values())
    most = math.log1p(-ceiling)
    if together >= most:
        return contributions
    return {index: -math.expm1(math.log1p(-part) * most / together) for index, part in contributions.items()}
