"""The laws of risk and decision, for any findings and any policy."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from itertools import combinations
from random import Random

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from data_contract.engine.decision import decide, verdict_of, worst
from data_contract.engine.risk import contribution, risk_of, weigh, without_first
from data_contract.errors import Rejected, Span
from data_contract.model import (
    Coverage,
    Criticality,
    DatasetOutcome,
    Decision,
    Dimension,
    Finding,
    FindingOutcome,
    Scale,
    Verdict,
    Waiver,
)
from data_contract.policy import Policy, RiskRules, Rules
from data_contract.policy_document import read_policy
from data_contract.reports.words import shown_risk

DEFAULT = RiskRules()
TODAY = date(2026, 1, 1)
ALLOW, ALERT, BLOCK = Verdict.ALLOW, Verdict.ALLOW_WITH_ALERT, Verdict.BLOCK_AND_ROLLBACK


def violated(
    scale: Scale = Scale.COUNT,
    *,
    criticality: Criticality = Criticality.MEDIUM,
    dimension: Dimension = Dimension.VALIDITY,
    is_advisory: bool = False,
    count: int | None = None,
    value: float | None = None,
    limit: float | None = None,
) -> Finding:
    return Finding(
        check="range",
        dimension=dimension,
        dataset="d",
        path="d.csv",
        feature="f",
        outcome=FindingOutcome.VIOLATED,
        message=("broken",),
        span=Span("contract.yml", 1),
        criticality=criticality,
        scale=scale,
        is_advisory=is_advisory,
        count=count,
        value=value,
        limit=limit,
    )


LOW = violated(Scale.WHOLE, criticality=Criticality.LOW)
RATE = violated(Scale.RATE, value=0.02, limit=0.01)
RATES = st.floats(1e-6, 1)
NUMBERS = st.floats(1e-3, 1e6)
MEASURED = st.one_of(
    st.fixed_dictionaries({"scale": st.just(Scale.COUNT), "count": st.integers(1, 10**9), "value": RATES}),
    st.fixed_dictionaries({"scale": st.just(Scale.RATE), "value": RATES, "limit": st.just(0.0) | RATES}),
    st.fixed_dictionaries({"scale": st.just(Scale.VALUE), "value": NUMBERS, "limit": st.just(0.0) | NUMBERS}),
    st.fixed_dictionaries({"scale": st.just(Scale.SHORTFALL), "value": NUMBERS, "limit": NUMBERS}),
    st.fixed_dictionaries({"scale": st.just(Scale.WHOLE)}),
)


@st.composite
def findings(draw: st.DrawFn, *, is_capped: bool | None = None) -> Finding:
    criticality, is_advisory = draw(st.sampled_from(Criticality)), draw(st.booleans())
    if is_capped and criticality is not Criticality.LOW:
        is_advisory = True
    dimension = draw(st.sampled_from(Dimension))
    return violated(**draw(MEASURED), criticality=criticality, dimension=dimension, is_advisory=is_advisory)


@st.composite
def rules(draw: st.DrawFn) -> RiskRules:
    """Every policy that its reader accepts, as coarse or as fine as a risk is."""
    ends = draw(st.sampled_from([10**2, 10**9]))
    alert, block = sorted(draw(st.lists(st.integers(1, ends - 1), min_size=2, max_size=2, unique=True)))
    ceiling = draw(st.none() | st.floats(alert / ends, block / ends))
    weights = draw(st.dictionaries(st.sampled_from(Dimension), st.floats(0, 1)))
    found = RiskRules(
        alert_threshold=alert / ends, block_threshold=block / ends, advisory_ceiling=ceiling, weights=weights
    )
    assume(found.alert_threshold <= found.ceiling < found.block_threshold)
    return found


MANY = st.lists(findings(), max_size=12)


def risk(some: Sequence[Finding], by: RiskRules = DEFAULT) -> float:
    return risk_of(weigh(some, by))


def decision(some: Sequence[Finding], by: RiskRules = DEFAULT) -> Decision:
    weighed = weigh(some, by)
    return decide(weighed, risk_of(weighed), Rules(risk=by), (), partial(without_first, rules=by))


def verdict(some: Sequence[Finding], by: RiskRules = DEFAULT) -> Verdict:
    return verdict_of(risk(some, by), by)


@given(MANY, rules())
def test_risk_lies_between_0_and_1_and_is_rounded(some: list[Finding], by: RiskRules) -> None:
    found = risk(some, by)
    assert 0 <= found <= 1
    assert round(found, 9) == found


HALVES = RiskRules(alert_threshold=0.1, block_threshold=0.5, advisory_ceiling=0.300000037)


@given(MANY, findings(), rules())
@example([violated(count=1), *[LOW] * 3], LOW, HALVES)
@example([violated(count=1), *[LOW] * 7], LOW, HALVES)
def test_one_more_finding_never_lowers_the_risk(some: list[Finding], more: Finding, by: RiskRules) -> None:
    assert risk([*some, more], by) >= risk(some, by)


@given(MANY, st.randoms(), rules())
def test_order_never_matters(some: list[Finding], random: Random, by: RiskRules) -> None:
    shuffled = random.sample(some, len(some))
    assert risk(shuffled, by) == risk(some, by)


@given(MANY, st.integers(1, 10**6), st.integers(0, 10**6), rules())
def test_one_more_broken_cell_never_lowers_the_risk(some: list[Finding], broken: int, good: int, by: RiskRules) -> None:
    rows = broken + good + 1

    def spoilt(count: int) -> list[Finding]:
        """What every counting check says of a file with so many broken cells."""
        rate = count / rows
        return [
            replace(finding, count=count, value=rate if finding.scale is Scale.RATE else float(count))
            for finding in some
            if finding.scale in (Scale.COUNT, Scale.RATE, Scale.VALUE)
        ]

    assert risk(spoilt(broken + 1), by) >= risk(spoilt(broken), by)


@given(MANY, st.sampled_from([outcome for outcome in FindingOutcome if outcome is not FindingOutcome.VIOLATED]))
def test_clean_columns_change_nothing(some: list[Finding], outcome: FindingOutcome) -> None:
    clean = replace(violated(Scale.WHOLE), outcome=outcome)
    assert risk([*some, clean]) == risk(some)
    assert weigh([*some, clean], DEFAULT)[: len(some)] == weigh(some, DEFAULT)


@given(MANY)
def test_notes_change_nothing(some: list[Finding]) -> None:
    assert risk([*some, replace(violated(Scale.WHOLE), is_note=True)]) == risk(some)


@given(st.integers(1, 10**6), st.integers(1, 10**9), st.integers(0, 10**9), rules())
def test_clean_rows_never_lower_the_risk_of_a_promise_without_tolerance(
    count: int, rows: int, more: int, by: RiskRules
) -> None:
    few, many = (violated(count=count, value=count / (count + total)) for total in (rows, rows + more))
    assert contribution(many, by) == contribution(few, by)
    assert verdict([many], by) is BLOCK


@given(MANY.filter(bool), rules())
def test_shares_sum_to_1(some: list[Finding], by: RiskRules) -> None:
    weighed = weigh(some, by)
    assert all(finding.contribution <= 1 - 1e-9 for finding in weighed)
    assert math.isclose(1, math.fsum(finding.share for finding in weighed), abs_tol=1e-9)


@given(MANY)
def test_the_shown_risk_is_below_a_threshold_that_was_not_reached(some: list[Finding]) -> None:
    found = risk(some)
    shown = Decimal(shown_risk(found))
    assert shown <= Decimal(repr(found)) < shown + Decimal("0.01")
    expected = BLOCK if shown >= Decimal("0.4") else ALERT if shown >= Decimal("0.25") else ALLOW
    assert verdict(some) is expected


@pytest.mark.parametrize(
    ("found", "shown"), [(0.0, "0.00"), (1e-9, "0.00"), (0.399999999, "0.39"), (0.4, "0.40"), (1.0, "1.00")]
)
def test_risk_is_shown_rounded_down(found: float, shown: str) -> None:
    assert shown_risk(found) == shown


@given(st.lists(findings(is_capped=True), max_size=60), rules())
def test_advisory_findings_and_low_features_alone_never_block(some: list[Finding], by: RiskRules) -> None:
    assert verdict(some, by) is not BLOCK


THRESHOLDS = st.integers(1, 999).map(lambda part: str(Decimal(part) / 1000)) | st.floats(0, 1).map(repr)


@given(THRESHOLDS, THRESHOLDS, st.none() | THRESHOLDS)
@example("0.25", "1", None)
@example("0.25", "0.33333333333", None)
@example("0.25", "0.4", "0.39999999999")
def test_a_policy_that_is_accepted_keeps_the_laws(alert: str, block: str, ceiling: str | None) -> None:
    written = f"alert_threshold: {alert}, block_threshold: {block}"
    written += "" if ceiling is None else f", advisory_ceiling: {ceiling}"
    try:
        by = read_policy(f"version: 1\nrisk: {{{written}}}".encode(), "policy.yml").rules.risk
    except Rejected:
        return
    assert verdict([violated(count=1)], by) is BLOCK
    assert verdict([violated(Scale.WHOLE, is_advisory=True)] * 3, by) is ALERT


@given(findings(), rules())
def test_a_broken_promise_is_never_silent(finding: Finding, by: RiskRules) -> None:
    assume(finding.criticality is not Criticality.LOW and not finding.is_advisory)
    tolerated = finding.scale in (Scale.RATE, Scale.VALUE) and finding.criticality is Criticality.MEDIUM
    assert verdict([finding], by).severity >= (ALERT if tolerated else BLOCK).severity


def dataset(some: Sequence[Finding], by: RiskRules) -> DatasetOutcome:
    weighed = weigh(some, by)
    return DatasetOutcome(
        name="d",
        path="d.csv",
        contract=None,
        rows=1,
        findings=weighed,
        coverage=Coverage(),
        decision=decision(some, by),
    )


@given(st.lists(MANY, max_size=6), rules())
def test_files_never_add_up(files: list[list[Finding]], by: RiskRules) -> None:
    run = worst([dataset(some, by) for some in files])
    assert run.risk == max((risk(some, by) for some in files), default=0.0)
    assert run.verdict is verdict_of(run.risk, by)


@given(st.lists(MANY, min_size=1, max_size=4), rules())
def test_clean_files_change_nothing(files: list[list[Finding]], by: RiskRules) -> None:
    run = worst([dataset(some, by) for some in files])
    more = worst([dataset(some, by) for some in (*files, [])])
    assert (more.risk, more.verdict, more.counterfactual) == (run.risk, run.verdict, run.counterfactual)


TOLERATED = st.floats(0.3, 1).map(lambda value: violated(Scale.RATE, value=value, limit=0.3))
"""Broken promises of which some together block and some do not."""


@given(
    st.lists(TOLERATED | findings(), max_size=7) | st.lists(TOLERATED, min_size=2, max_size=6),
    st.just(DEFAULT) | rules(),
)
def test_the_counterfactual_is_the_smallest_set_that_flips(some: list[Finding], by: RiskRules) -> None:
    some = [replace(finding, aspect=str(index)) for index, finding in enumerate(some)]
    decided = decision(some, by)
    flip = decided.counterfactual
    if flip is None:
        assert decided.verdict is ALLOW
        return
    gone = {finding.aspect for finding in flip.findings}
    left = [finding for finding in some if finding.aspect not in gone]
    assert (flip.verdict, flip.risk) == (verdict(left, by), risk(left, by))
    assert flip.verdict.severity < decided.verdict.severity
    for size in range(len(gone)):
        for smaller in combinations(some, len(some) - size):
            assert verdict(smaller, by) is decided.verdict


@given(st.lists(findings(), max_size=7), rules())
def test_the_counterfactual_of_a_run_flips_every_file_that_is_as_bad(some: list[Finding], by: RiskRules) -> None:
    files = [dataset([finding], by) for finding in some]
    run = worst(files)
    if run.counterfactual is None:
        assert run.verdict is ALLOW
        return
    as_bad = [each for each in files if each.decision.verdict is run.verdict]
    assert len(run.counterfactual.findings) == len(as_bad)
    assert run.counterfactual.risk == max((each.decision.risk for each in files if each not in as_bad), default=0.0)


def waiver(finding: Finding, until: date, up_to: float | None = None) -> Waiver:
    return Waiver(
        dataset=finding.dataset,
        feature=finding.feature,
        check=finding.check,
        up_to=up_to,
        until=until,
        reason="backfill",
        approved_by=None,
        span=Span("policy.yml", 1),
    )


@given(MANY.filter(bool), st.integers(0, 400), rules())
def test_a_waiver_takes_its_findings_from_the_risk(some: list[Finding], days: int, by: RiskRules) -> None:
    some = [replace(finding, feature=str(index % 3)) for index, finding in enumerate(some)]
    policy = Policy(waivers=(waiver(some[0], TODAY + timedelta(days)),))
    marked = policy.waived(some, TODAY)
    others = [finding for finding in some if finding.feature != some[0].feature]
    assert risk(marked, by) == risk(others, by)
    assert [f.waived_by is not None for f in marked] == [f.feature == some[0].feature for f in some]


@given(MANY.filter(bool), st.integers(1, 400), rules())
def test_an_expired_waiver_helps_nobody_and_is_a_finding(some: list[Finding], days: int, by: RiskRules) -> None:
    policy = Policy(waivers=(waiver(some[0], TODAY - timedelta(days)),))
    marked = policy.waived(some, TODAY)
    assert risk(marked, by) == risk(some, by)
    assert [f.check for f in marked if f.span == Span("policy.yml", 1)] == ["waiver"] * len(some)


@given(RATES, RATES)
def test_a_waiver_helps_up_to_its_limit(value: float, up_to: float) -> None:
    finding = violated(Scale.RATE, value=value, limit=0.0)
    (marked,) = Policy(waivers=(waiver(finding, TODAY, up_to),)).waived([finding], TODAY)
    assert marked.counts is (value > up_to)


def rate(value: float, limit: float, **more: Criticality) -> Finding:
    return violated(Scale.RATE, value=value, limit=limit, **more)


DRIFTING = [violated(Scale.VALUE, value=0.9, limit=0.2, dimension=Dimension.DRIFT, is_advisory=True)] * 40
SCENARIOS = {
    "clean": ([], ALLOW),
    "one null in ten rows": ([violated(count=1, value=0.1)], BLOCK),
    "one null in a million": ([violated(count=1, value=1e-6)], BLOCK),
    "null rate 0.31 of 0.3": ([rate(0.31, 0.3)], ALERT),
    "null rate 0.60 of 0.3": ([rate(0.6, 0.3)], BLOCK),
    "2 % invalid of 1 %": ([rate(0.02, 0.01)], ALERT),
    "3 % invalid of 1 %": ([rate(0.03, 0.01)], BLOCK),
    "two mild tolerances": ([rate(0.31, 0.3), rate(0.31, 0.3)], BLOCK),
    "a quarter of the rows gone": ([rate(0.25, 0.2)], ALERT),
    "a third of the rows gone": ([rate(1 / 3, 0.2)], BLOCK),
    "40 advisory": (DRIFTING, ALERT),
    "40 advisory and one tolerance": ([*DRIFTING, rate(0.301, 0.3)], BLOCK),
    "five low features all wrong": ([rate(1.0, 0.01, criticality=Criticality.LOW)] * 5, ALERT),
    "a declared column missing": ([violated(Scale.WHOLE)], BLOCK),
    "header only": ([violated(Scale.SHORTFALL, value=0.0, limit=1.0)], BLOCK),
    "an undeclared column": ([violated(count=1, is_advisory=True)], ALERT),
}


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_defaults_decide_as_promised(name: str) -> None:
    some, expected = SCENARIOS[name]
    assert verdict(some) is expected


def test_500_files_that_alert_are_an_alert() -> None:
    assert worst([dataset([RATE], DEFAULT)] * 500).verdict is ALERT
