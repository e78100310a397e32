"""Tests of a policy: findings in, the decision that is expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time

from data_contract.case import Bench
from data_contract.catalogue import CHECKS, id_of
from data_contract.document import read_document
from data_contract.engine.decision import coverage_of
from data_contract.errors import PolicyError, Span
from data_contract.keys import Key, Listing, Reading, Section, Table
from data_contract.model import (
    Criticality,
    DatasetOutcome,
    Decision,
    Dimension,
    Finding,
    FindingOutcome,
    Location,
    Scale,
    Verdict,
    plain,
)
from data_contract.policy import Policy
from data_contract.policy_document import CHECK
from data_contract.promise import Promise
from data_contract.rules import RULES
from data_contract.scalars import Choice, Day, Flag, Integer, Number, Text, Version

_CLASSES: Mapping[str, type[Promise]] = {
    id_of(check): check for check in CHECKS if isinstance(check, type) and issubclass(check, Promise)
}

FEATURE = Key("feature", Text(), "The feature's name. Absent: a check of the dataset as a whole.")
OUTCOME = Key(
    "outcome", Choice(FindingOutcome), "How the check ended. Absent: violated.", absent=FindingOutcome.VIOLATED
)
CRITICALITY = Key("criticality", Choice(Criticality), "Absent: medium.", absent=Criticality.MEDIUM)
COUNT = Key("count", Integer(), "How many rows or cells break the promise. Absent: 1.", absent=1)
TOTAL = Key("total", Integer(), "Of how many.")
VALUE = Key("value", Number(minimum=0), "What was measured: a rate, a number of rows, a PSI.")
LIMIT = Key("limit", Number(minimum=0), "What the contract tolerates. Absent: nothing.")
SCALE = Key("scale", Choice(Scale), "How far beyond it is. Absent: count without a limit, rate below one, else value.")
FINDING = Table((CHECK, FEATURE, OUTCOME, CRITICALITY, COUNT, TOTAL, VALUE, LIMIT, SCALE))

NAME = Key("name", Text(), "What the case shows.", required=True)
DATASET = Key("dataset", Text(), "The dataset's name, for overrides and waivers. Absent: dataset.", absent="dataset")
PATH = Key("path", Text(), "The data file's path, for overrides. Absent: data.csv.", absent="data.csv")
ON = Key("on", Day(), "The day by which waivers are judged. Absent: today.")
FINDINGS = Key("findings", Listing(FINDING), "What was found; [] for a clean file.", required=True)
EXPECT = Key("expect", Choice(Verdict), "The decision.", required=True)
FAILS = Key("fails", Flag(), "Whether the gate fails. Absent: not tested.")
VERSION = Key("version", Version(1), "The version of this form: 1.", required=True)
CASES = Key(
    "cases", Listing(Table((NAME, DATASET, PATH, ON, FINDINGS, EXPECT, FAILS)), minimum=1), "The cases.", required=True
)
POLICY_CASES = Table((VERSION, CASES))


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyCase:
    """What was found, and what a policy has to make of it."""

    name: str
    dataset: DatasetOutcome
    """Undecided."""
    on: date | None
    """The day by which waivers are judged; None: today."""
    expected: Verdict
    fails: bool | None
    """None: not tested."""
    span: Span


def read_cases(source: bytes, path: str) -> tuple[PolicyCase, ...]:
    """Read the cases of one file. Raises `Rejected`, with every mistake, or `PolicyError` where it is no document."""
    reading = Reading(PolicyError)
    document = POLICY_CASES.read(read_document(source, path, PolicyError), reading)
    reading.finish()
    assert document
    return tuple(_case(section) for section in document.get(CASES) or ())


def _case(section: Section) -> PolicyCase:
    name, path = section.meant(DATASET), section.meant(PATH)
    findings = tuple(_finding(each, name, path) for each in section.get(FINDINGS) or ())
    dataset = DatasetOutcome(
        name=name,
        path=path,
        contract=section.span,
        rows=None,
        findings=findings,
        coverage=coverage_of(findings),
        decision=Decision(verdict=Verdict.ALLOW, risk=0.0, reasons=(), counterfactual=None, fails=False),
        known_as=name,
    )
    expected = section.get(EXPECT)
    assert expected
    return PolicyCase(
        name=section.get(NAME) or "",
        dataset=dataset,
        on=section.get(ON),
        expected=expected,
        fails=section.get(FAILS),
        span=section.span,
    )


def _finding(section: Section, dataset: str, path: str) -> Finding:
    check = section.get(CHECK) or ""
    kind = _CLASSES.get(check)
    value, limit = section.get(VALUE), section.get(LIMIT)
    return Finding(
        check=check,
        dimension=kind.dimension if kind else Dimension.VALIDITY,
        dataset=dataset,
        path=path,
        feature=section.get(FEATURE),
        outcome=section.meant(OUTCOME),
        message=("as the case says",),
        span=section.span,
        criticality=section.meant(CRITICALITY),
        scale=section.get(SCALE) or _scale(limit),
        is_advisory=kind is not None and kind.is_advisory,
        rule=next((rule.key for rule in RULES if rule.id == check), None),
        count=section.meant(COUNT),
        total=section.get(TOTAL),
        value=value,
        limit=limit,
        locations=(Location(),),
    )


def _scale(limit: float | None) -> Scale:
    if not limit:
        return Scale.COUNT
    return Scale.RATE if limit < 1 else Scale.VALUE


def tested(case: PolicyCase, policy: Policy, today: date) -> str | None:
    """What is wrong with what a policy makes of a case; None where it is as expected."""
    day = case.on or today
    as_of = datetime.combine(day, time(), UTC)
    decision = Bench(policy=policy, as_of=as_of, today=day).again(case.dataset).decision
    if decision.verdict is not case.expected:
        why = (
            "; ".join(f"{plain(reason.message)} ({reason.rule})" for reason in decision.reasons)
            or "nothing speaks against it"
        )
        return f"expected {case.expected}, decided {decision.verdict} at risk {decision.risk:g}: {why}"
    if case.fails is not None and decision.fails is not case.fails:
        return (
            f"expected the gate to {'fail' if case.fails else 'pass'}, and it {'fails' if decision.fails else 'passes'}"
        )
    return None
