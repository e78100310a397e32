"""One dataset: measured, judged, attributed, weighed and decided."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime

from data_contract.cache import Cache
from data_contract.contract import Contract
from data_contract.engine import attribution, custody, decision, risk, validator
from data_contract.errors import DataError
from data_contract.formats.source import Source
from data_contract.measures.batch import SEED
from data_contract.measures.rowprints import RowPrints
from data_contract.model import (
    ContractChange,
    DatasetOutcome,
    Decision,
    Finding,
    Reason,
    RowChanges,
    Status,
    Unsaid,
)
from data_contract.policy import EXPIRED, Floor, Policy, Rules, Scope
from data_contract.promise import Evidence, Measure, Profile


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """The version before, as far as there is one."""

    open: Callable[[], Source] | None = None
    """Its reader, which raises `DataError` where there is none; None: there is no version before."""
    is_sibling: bool = False
    """It is not the same file, but the last of its dataset: rows are not compared."""
    problem: str | None = None
    """Why there is one that cannot be read."""
    content: str | None = None
    """What tells its content from any other, where that is known without reading it."""
    cache: Cache | None = None
    """Where its profile is kept, if anywhere."""

    @property
    def seed(self) -> int:
        """Of all hashes, so that those that are kept can be compared."""
        return self.cache.seed if self.cache else SEED

    def profile(self, contract: Contract, measures: Sequence[Measure]) -> Profile:
        """What measuring it comes to. Raises `DataError` when it cannot be read."""
        open_source = self.open
        assert open_source

        def measured() -> Profile:
            return validator.measure(open_source(), measures, seed=self.seed)

        if self.cache is None or self.content is None:
            return measured()
        return self.cache.profile(self.content, contract, measures, measured)


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """What was found about one file by one contract, before anybody decides."""

    contract: Contract
    """Without globs where there is none, and only what every file promises was judged."""
    path: str | None
    """None: no file is there for the contract."""
    rows: int | None = None
    """None where the file could not be read, or is gone."""
    findings: tuple[Finding, ...] = ()
    former: tuple[Finding, ...] | None = None
    """What the contract finds in the same data as it was in base; None where it is the same, or is new."""
    known_as: str
    """The dataset's name for the policy: that in base, so that no change can pick its rules by a new name."""
    evolution: tuple[ContractChange, ...] = ()
    """How the contract changed."""
    before: str | None = None
    """Its path in base. Where it was moved, the stricter of the rules for both paths hold."""
    notes: tuple[Reason, ...] = ()
    """What has to be said beside it."""
    changes: RowChanges | None = None
    is_part: bool = False
    """Whether these are the good rows of a file alone."""


def examine(
    contract: Contract,
    path: str,
    source: Source,
    past: Past,
    as_of: datetime,
    watch: validator.Watch = lambda rows: None,
) -> Case:
    """Measure and judge one version of one dataset. Raises `DataError` when it cannot be read."""
    measures = _asked(contract, past)
    head = validator.measure(source, measures, watch, past.seed)
    past, base = _before(past, contract, measures)
    if base:
        # NOTE: most runs compare nothing, and do without all that learns promises from data.
        from data_contract.infer import upheld

        contract = upheld(contract, base, as_of)
    evidence = Evidence(head=head, base=base, as_of=as_of)
    judged = _judged(contract, source, past, evidence)
    return Case(
        contract=contract,
        path=path,
        rows=head.records,
        findings=validator.findings_of(contract, path, judged, source),
        known_as=contract.name,
        notes=_notes(past),
        changes=_row_changes(contract, evidence),
    )


def _asked(contract: Contract, past: Past) -> list[Measure]:
    """What has to be measured of both versions."""
    promises = [promise for promise in contract.checks if past.open or not promise.needs_base]
    measures: list[Measure] = [measure for promise in promises for measure in promise.measures()]
    if past.open and contract.key and not past.is_sibling:
        measures.append(RowPrints(contract.key, tuple(contract.features)))
    return measures


def _judged(contract: Contract, source: Source, past: Past, evidence: Evidence) -> validator.Judged:
    """What each promise comes to, and what the change has to do with it."""
    judged = validator.judge(contract, evidence)
    if past.problem:
        return validator.without_base(judged, past.problem)
    if evidence.base is None or past.is_sibling:
        return judged
    failing = (evidence.head, evidence.base)
    if unknown := attribution.missing(judged, contract.key, evidence):
        failing = (validator.measure(source, unknown, seed=past.seed), past.profile(contract, unknown))
    return attribution.attribute(judged, contract.key, evidence, failing)


def _before(past: Past, contract: Contract, measures: Sequence[Measure]) -> tuple[Past, Profile | None]:
    """The profile of the version before; one that cannot be read is no reason not to judge this one."""
    if past.open is None:
        return past, None
    try:
        return past, past.profile(contract, measures)
    except DataError as cause:
        return Past(problem=cause.message), None


def _notes(past: Past) -> tuple[Reason, ...]:
    if past.problem is None:
        return ()
    said = ("the version before could not be read, so that everything counts as new: ", Unsaid(past.problem))
    return (decision.reason("base", Floor.ALLOW, *said),)


def _row_changes(contract: Contract, evidence: Evidence) -> RowChanges | None:
    """How the rows differ from those of the version before."""
    measure = RowPrints(contract.key, tuple(contract.features))
    head, base = (profile and profile.states.get(measure) for profile in (evidence.head, evidence.base))
    return RowChanges(*head.compared_with(base)) if head and base else None


def examined(
    contract: Contract,
    path: str,
    open_source: Callable[[], Source],
    as_of: datetime,
    *,
    open_past: Callable[[], Past] = Past,
    watch: validator.Watch = lambda rows: None,
) -> Case:
    """The same for a file that is yet to be opened; that it cannot be read is then what was found."""
    try:
        return examine(contract, path, open_source(), open_past(), as_of, watch)
    except DataError as cause:
        return unreadable(contract, path, cause.message, cause.hint)
    except OSError as cause:
        return unreadable(contract, path, cause.strerror or str(cause))


def unreadable(contract: Contract, path: str, reason: str, hint: str | None = None) -> Case:
    """A file that cannot be read: no promise could be judged."""
    why = (Unsaid(reason), ": ", Unsaid(hint)) if hint else (Unsaid(reason),)
    return Case(
        contract=contract,
        path=path,
        findings=validator.unreadable(contract, path, why),
        known_as=contract.name,
    )


def missing(
    contract: Contract,
    globs: Sequence[str],
    *,
    known_as: str | None = None,
    is_new: bool = True,
    is_emptied: bool = False,
) -> Case:
    """A contract of whose globs these match no file.

    `known_as` is the dataset's name in base, if it had another one; `is_new` where the change made it so, `is_emptied`
    where it has no file at all, and had some in base.
    """
    finding = custody.missing(contract, globs, is_new=is_new, is_emptied=is_emptied)
    name = known_as or contract.name
    return Case(contract=contract, path=None, findings=(replace(finding, dataset=name),), known_as=name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Decides cases; what it decides them by stays the same for a whole run."""

    policy: Policy
    as_of: datetime
    """The time that data is judged by."""
    today: date
    """The day that waivers are judged by, of the real clock."""
    scope: Scope | None = None
    """What is judged, whatever the policy says; None: as it says."""

    def judge(self, source: Source, path: str, contract: Contract, past: Past = Past()) -> DatasetOutcome:
        """Measure, judge, weigh and decide one version of one dataset. Raises `DataError` when it cannot be read."""
        return self.decide(examine(contract, path, source, past, self.as_of))

    def decide(self, case: Case) -> DatasetOutcome:
        """Weigh and decide what was found."""
        paths = dict.fromkeys((case.path or "", case.before or case.path or ""))
        outcomes = [self._judged(case, self.policy.rules_for(case.known_as, path)) for path in paths]
        return max(outcomes, key=lambda outcome: _severity(outcome.decision))

    def again(self, dataset: DatasetOutcome) -> DatasetOutcome:
        """Weigh and decide anew what was found once; for another policy, or to see whether it comes to the same."""
        found = [replace(each, waived_by=None) for each in dataset.findings if each.check != EXPIRED]
        paths = dict.fromkeys((dataset.path or "", dataset.before or dataset.path or ""))
        decided = [self._decided(found, dataset.notes, self.policy.rules_for(dataset.known_as, path)) for path in paths]
        weighed, decision_ = max(decided, key=lambda each: _severity(each[1]))
        return replace(dataset, findings=weighed, coverage=decision.coverage_of(weighed), decision=decision_)

    def _judged(self, case: Case, rules: Rules) -> DatasetOutcome:
        weighed, decided = self._decided(case.findings, case.notes, rules)
        if case.former is not None:
            former, as_it_was = self._decided(case.former, case.notes, rules)
            if _severity(as_it_was) > _severity(decided):
                told = custody.loosened(case.contract, case.evolution, weighed, former)
                weighed, decided = self._decided((*case.findings, *told), case.notes, rules)
        return DatasetOutcome(
            name=case.contract.name,
            path=case.path,
            contract=case.contract.span if case.contract.files else None,
            rows=case.rows,
            findings=weighed,
            coverage=decision.coverage_of(weighed),
            decision=decided,
            changes=case.changes,
            known_as=case.known_as,
            before=case.before,
            notes=case.notes,
            slas=case.contract.slas,
            is_part=case.is_part,
        )

    def _decided(
        self, findings: Sequence[Finding], notes: Sequence[Reason], rules: Rules
    ) -> tuple[tuple[Finding, ...], Decision]:
        def risk_left(binding: Sequence[Finding], advisory: Sequence[Finding]) -> Callable[[int, int], float]:
            return risk.without_first(binding, advisory, rules.risk)

        judged = _in_scope(findings, self.scope or rules.ci.scope)
        weighed = risk.weigh(self.policy.waived(judged, self.today), rules.risk)
        return weighed, decision.decide(weighed, risk.risk_of(weighed), rules, notes, risk_left)


def _severity(decision: Decision) -> tuple[bool, bool, int]:
    """What a decision does, from mild to severe: to the exit status first."""
    return decision.is_undecided, decision.fails, decision.verdict.severity


def _in_scope(findings: Sequence[Finding], scope: Scope) -> list[Finding]:
    """The findings as the scope wants them judged: for what is new in them, or for all."""
    if scope is Scope.ALL:
        return [replace(finding, judged_limit=None, introduced=None) for finding in findings]
    old = (Status.INHERITED, Status.REVEALED)
    return [replace(finding, is_inherited=finding.status in old) for finding in findings]
