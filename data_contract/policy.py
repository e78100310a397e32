"""What is done about a broken promise: thresholds, weights, rules and waivers."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from enum import StrEnum
from typing import Any

from data_contract.errors import Span
from data_contract.glob import matches
from data_contract.model import Dimension, Finding, Scale, Status, Waiver

DIGITS = 9
"""Decimals of a risk, hence of the thresholds it is compared with."""

EXPIRED = "waiver"
"""The check id of the finding that a waiver has expired."""


class FailOn(StrEnum):
    """A decision that fails the gate; `alert` implies `block`."""

    BLOCK = "block"
    ALERT = "alert"


class Scope(StrEnum):
    """What is judged."""

    INTRODUCED = "introduced"
    ALL = "all"


class Floor(StrEnum):
    """What a rule makes of a decision: at least this."""

    ALLOW = "allow"
    ALERT = "alert"
    BLOCK = "block"


class OnUncontracted(StrEnum):
    """What becomes of a data file that no contract matches."""

    IMPLICIT = "implicit"
    ALLOW = "allow"
    ALERT = "alert"
    BLOCK = "block"


class OnNotEvaluated(StrEnum):
    """What becomes of a promise that could not be judged."""

    ERROR = "error"
    BLOCK = "block"
    ALERT = "alert"
    ALLOW = "allow"


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskRules:
    """How a risk is made and read."""

    alert_threshold: float = 0.25
    """The smallest risk, in [0, 1], that is an alert."""
    block_threshold: float = 0.4
    """The smallest risk, in [0, 1], that is a block."""
    advisory_ceiling: float | None = None
    """The most that advisory findings come to together; None: nine tenths of the way from alert to block."""
    weights: Mapping[Dimension, float] = field(default_factory=dict)
    """Of each dimension, in [0, 1]; absent: 1."""

    @property
    def ceiling(self) -> float:
        """The most that advisory findings come to together; no finer than a risk."""
        ceiling = self.advisory_ceiling
        if ceiling is None:
            ceiling = self.alert_threshold + 0.9 * (self.block_threshold - self.alert_threshold)
        return round(ceiling, DIGITS)


@dataclass(frozen=True, slots=True, kw_only=True)
class CiRules:
    """What a decision, and what lies beside it, does to the gate."""

    fail_on: tuple[FailOn, ...] = (FailOn.BLOCK,)
    scope: Scope = Scope.INTRODUCED
    on_uncontracted: OnUncontracted = OnUncontracted.IMPLICIT
    on_contract_loosened: Floor = Floor.ALERT
    on_contract_tightened: Floor = Floor.ALERT
    on_missing_data: Floor = Floor.ALERT
    on_not_evaluated: OnNotEvaluated = OnNotEvaluated.ERROR
    min_coverage: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SlaRules:
    """What a service level does to the gate."""

    on_budget_exhausted: Floor = Floor.ALLOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The part of a policy that holds for one dataset."""

    risk: RiskRules = RiskRules()
    ci: CiRules = CiRules()
    sla: SlaRules = SlaRules()
    overrides: tuple[Span, ...] = ()
    """The overrides that made it different, in the order in which they were applied."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Override:
    """A part of a policy that holds for some datasets only."""

    dataset: str | None
    path: str | None
    risk: Mapping[str, Any]
    ci: Mapping[str, Any]
    sla: Mapping[str, Any]
    span: Span


_NOTHING = hashlib.sha256().hexdigest()
"""The digest of a policy that nobody wrote."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """What a repository does about broken promises."""

    path: str | None = None
    """None: nobody wrote a policy, these are the built-in defaults."""
    is_trusted: bool = True
    """Whether it comes from a place that the change cannot edit."""
    rules: Rules = Rules()
    data: tuple[str, ...] = ("**/*.csv", "**/*.csv.gz", "**/*.parquet", "**/*.jsonl")
    """Globs of the files that are data."""
    ignore: tuple[str, ...] = ("tests/**",)
    """Globs of the files that are not, whatever `data` says."""
    max_bytes: int = 1 << 34
    """A larger data file is not read."""
    implied_off: frozenset[str] = frozenset()
    """The ids of checks that the previous version of a file without a contract does not ask for."""
    cool_down: timedelta = timedelta(days=1)
    """After which a promise that is still broken is told again."""
    splits_rows: bool = False
    """Whether the good rows of a file that is blocked for bad ones alone may go on without these."""
    overrides: tuple[Override, ...] = ()
    waivers: tuple[Waiver, ...] = ()
    text: str | None = field(default=None, repr=False, compare=False)
    """As it was written."""
    digest: str = field(default=_NOTHING, repr=False, compare=False)
    """The SHA-256 of what it says, 64 hexadecimal digits: comments and the order of keys are nothing."""

    def is_data(self, path: str) -> bool:
        """Whether a file is data, contract or not."""
        is_ignored = any(matches(path, glob) for glob in self.ignore)
        return not is_ignored and any(matches(path, glob) for glob in self.data)

    def is_implicit(self, *paths: str | None) -> bool:
        """Whether a file without a contract is judged by its past, at any of the paths that it has or had."""
        rules = (self.rules_for(path, path) for path in paths if path is not None)
        return any(each.ci.on_uncontracted is OnUncontracted.IMPLICIT for each in rules)

    def view_of(self, *paths: str | None) -> tuple[object, ...]:
        """All that it says of how a data file is looked at, before anything is decided about it."""
        return self.max_bytes, self.implied_off, self.is_implicit(*paths)

    def ignoring(self, globs: tuple[str, ...]) -> Policy:
        """The same, to which the files of some more globs are no data."""
        return replace(self, ignore=(*self.ignore, *globs))

    def failing_on(self, asked: str | None) -> Policy:
        """The same, that fails the gate on a decision too, in the words of `FailOn`; an override is no exception.

        None: on nothing more than it says.
        """
        if asked is None:
            return self
        verdict = FailOn(asked)
        ci = replace(self.rules.ci, fail_on=(*self.rules.ci.fail_on, verdict))
        overrides = (
            replace(each, ci={**each.ci, "fail_on": (*each.ci["fail_on"], verdict)}) if "fail_on" in each.ci else each
            for each in self.overrides
        )
        return replace(self, rules=replace(self.rules, ci=ci), overrides=tuple(overrides))

    def rules_for(self, dataset: str, path: str) -> Rules:
        """The rules for one dataset: the last override that says something wins."""
        rules = self.rules
        for override in self.overrides:
            named = override.dataset is None or matches(dataset, override.dataset)
            placed = override.path is None or matches(path, override.path)
            if named and placed:
                weights = {**rules.risk.weights, **override.risk.get("weights", {})}
                rules = Rules(
                    risk=replace(rules.risk, **{**override.risk, "weights": weights}),
                    ci=replace(rules.ci, **override.ci),
                    sla=replace(rules.sla, **override.sla),
                    overrides=(*rules.overrides, override.span),
                )
        return rules

    def waived(self, findings: Sequence[Finding], today: date) -> tuple[Finding, ...]:
        """The findings, those that a waiver covers marked; a waiver that has expired but would is a finding itself."""
        marked: list[Finding] = []
        expired: list[Finding] = []
        for finding in findings:
            is_told = finding.counts or finding.rule or finding.status is Status.REVEALED
            fitting = [waiver for waiver in self.waivers if is_told and _covers(waiver, finding)]
            holding = next((waiver for waiver in fitting if today <= waiver.until), None)
            marked.append(replace(finding, waived_by=holding))
            if holding is None:
                expired += (_expired(waiver, finding) for waiver in fitting[:1])
        return (*marked, *expired)


def _covers(waiver: Waiver, finding: Finding) -> bool:
    """Whether a waiver is meant for a finding, and goes as far."""
    names = (waiver.dataset, waiver.feature, waiver.check)
    return names == (finding.dataset, finding.feature, finding.check) and _reaches(waiver.up_to, finding)


def _reaches(up_to: float | None, finding: Finding) -> bool:
    """Whether what was measured, or else counted, lies within what is waived."""
    measured = finding.count if finding.value is None else finding.value
    if up_to is None or measured is None:
        return True
    return measured >= up_to if finding.scale is Scale.SHORTFALL else measured <= up_to


def _expired(waiver: Waiver, finding: Finding) -> Finding:
    return replace(
        finding,
        check=EXPIRED,
        aspect=finding.check,
        message=(f"the waiver for {finding.check} expired on {waiver.until}: renew it or mend the data",),
        span=waiver.span,
        is_note=True,
        count=None,
        total=None,
        value=None,
        limit=None,
        locations=(),
        distribution=(),
    )
