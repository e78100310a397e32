"""The way of the data: contracts and policy in, one `Outcome` out. Only this module knows the order of the stages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from pathlib import Path

from data_contract.contract import Contract, structure_only
from data_contract.engine import attribution, decision, loader, risk, validator
from data_contract.errors import DataContractError, DataError, Rejected, Span, gathered
from data_contract.formats.csv import BLOCK
from data_contract.formats.source import Source
from data_contract.measures.rowprints import RowPrints
from data_contract.model import (
    DatasetOutcome,
    Decision,
    Finding,
    Outcome,
    Reason,
    RowChanges,
    Status,
    Unsaid,
    Verdict,
    plain,
)
from data_contract.policy import Floor, OnUncontracted, Policy, Rules, Scope
from data_contract.promise import Evidence
from data_contract.version import __version__

Watch = Callable[[str, int], None]
"""Is told, while a file is read, its path and how many rows have been."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to judge, by what, and the world's part in it."""

    root: Path
    """The folder that all paths are relative to."""
    as_of: datetime
    """The time that data is judged by."""
    today: date
    """The day that waivers are judged by, of the real clock."""
    paths: tuple[str, ...] = ()
    """Files or folders; none: every file that a contract describes."""
    contracts: tuple[str, ...] = ("contracts",)
    """Folders, files or globs."""
    policy: str | None = None
    """None: the usual place, if there is a file."""
    against: str | None = None
    """The previous version of the one file that `paths` names."""
    scope: str | None = None
    """What is judged, in the words of `Scope`, whatever the policy says; None: as it says."""
    block_size: int = BLOCK
    """Bytes read at a time."""


USUAL_POLICY = "policy/policy.yml"


def check(request: Request, watch: Watch = lambda path, rows: None) -> Outcome:
    """Judge files by their contracts. Raises `Rejected`, with every mistake, when there is nothing to judge by."""
    policy_path = request.policy or USUAL_POLICY
    mistakes: list[DataContractError] = []
    with gathered(mistakes):
        policy = loader.load_policy(request.root, policy_path, is_asked_for=request.policy is not None)
    with gathered(mistakes):
        contracts = loader.load_contracts(request.root, request.contracts)
    if mistakes:
        raise Rejected(mistakes)
    targets = loader.find_targets(request.root, contracts, request.paths, policy)
    scope = Scope(request.scope) if request.scope else None
    bench = Bench(policy=policy, as_of=request.as_of, today=request.today, scope=scope)

    datasets: list[DatasetOutcome] = []
    for target in targets:
        judges = target.contracts or (structure_only(target.path),)
        datasets += (judge_path(bench, request, target.path, contract, watch) for contract in judges)
    if not request.paths:
        found = {contract.name for target in targets for contract in target.contracts}
        datasets += (bench.missing(contract) for contract in contracts if contract.name not in found)
    return outcome_of(datasets, policy, request.as_of)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bench:
    """Judges sources; what it judges them by stays the same for a whole run."""

    policy: Policy
    as_of: datetime
    """The time that data is judged by."""
    today: date
    """The day that waivers are judged by, of the real clock."""
    scope: Scope | None = None
    """What is judged, whatever the policy says; None: as it says."""

    def judge(
        self,
        source: Source,
        path: str,
        contract: Contract,
        watch: validator.Watch = lambda rows: None,
        against: Source | None = None,
    ) -> DatasetOutcome:
        """Measure, judge, weigh and decide one version of one dataset, `against` the one before it.

        Raises `DataError` when a source cannot be read.
        """
        promises = [promise for promise in contract.checks if against or not promise.needs_base]
        measures = [measure for promise in promises for measure in promise.measures()]
        if against and contract.key:
            measures.append(RowPrints(contract.key, tuple(contract.features)))
        head = validator.measure(source, measures, watch)
        base = validator.measure(against, measures) if against else None
        evidence = Evidence(head=head, base=base, as_of=self.as_of)
        judged = validator.judge(contract, evidence)
        if against and base:
            unknown = attribution.missing(judged, contract.key, evidence)
            failing = (head, base)
            if unknown:
                failing = (validator.measure(source, unknown), validator.measure(against, unknown))
            judged = attribution.attribute(judged, contract.key, evidence, failing)
        findings = validator.findings_of(contract, path, judged, source)
        return replace(self._decide(contract, path, head.records, findings), changes=_changes(contract, evidence))

    def unreadable(self, contract: Contract, path: str, reason: str, hint: str | None = None) -> DatasetOutcome:
        """What becomes of a file that cannot be read."""
        why = (Unsaid(reason), ": ", Unsaid(hint)) if hint else (Unsaid(reason),)
        return self._decide(contract, path, None, validator.unreadable(contract, path, why))

    def missing(self, contract: Contract) -> DatasetOutcome:
        """What becomes of a contract that no file matches."""
        return self._decide(contract, None, None, ())

    def _decide(
        self, contract: Contract, path: str | None, rows: int | None, findings: Sequence[Finding]
    ) -> DatasetOutcome:
        rules = self.policy.rules_for(contract.name, path or "")

        def risk_left(binding: Sequence[Finding], advisory: Sequence[Finding]) -> Callable[[int, int], float]:
            return risk.without_first(binding, advisory, rules.risk)

        weighed = risk.weigh(
            self.policy.waived(_in_scope(findings, self.scope or rules.ci.scope), self.today), rules.risk
        )
        floors = _floors(contract, path, rules)
        return DatasetOutcome(
            name=contract.name,
            path=path,
            contract=contract.span if contract.files else None,
            rows=rows,
            findings=weighed,
            coverage=decision.coverage_of(weighed),
            decision=decision.decide(weighed, risk.risk_of(weighed), rules, floors, risk_left),
        )


def judge_path(
    bench: Bench, request: Request, path: str, contract: Contract, watch: Watch = lambda path, rows: None
) -> DatasetOutcome:
    """Judge a file by one contract; one that cannot be read is judged as such."""
    try:
        source = loader.open_target(request.root, path, contract, request.block_size)
        against = None
        if request.against is not None:
            against = loader.open_target(request.root, request.against, contract, request.block_size)
        return bench.judge(source, path, contract, lambda rows: watch(path, rows), against)
    except DataError as cause:
        return bench.unreadable(contract, path, cause.message, cause.hint)
    except OSError as cause:
        return bench.unreadable(contract, path, cause.strerror or str(cause))


def undecided(error: DataContractError, as_of: datetime) -> Outcome:
    """What a run comes to that had nothing to judge by: the worst decision, and exit status 2."""
    errors = error.mistakes if isinstance(error, Rejected) else (error,)
    return Outcome(
        tool_version=__version__,
        as_of=as_of,
        policy_path=None,
        policy_is_trusted=False,
        decision=Decision(
            verdict=Verdict.BLOCK_AND_ROLLBACK, risk=0.0, reasons=(), counterfactual=None, fails=True, is_undecided=True
        ),
        exit_code=2,
        datasets=(),
        waivers=(),
        errors=errors,
    )


def outcome_of(datasets: Sequence[DatasetOutcome], policy: Policy, as_of: datetime) -> Outcome:
    """What a run comes to."""
    decided = decision.worst(datasets)
    waivers = (f.waived_by for dataset in datasets for f in dataset.findings if f.waived_by)
    errors = (
        DataError(plain(why.message), at=Span(why.path, 1) if why.path else None)
        for why in decided.reasons
        if why.is_error
    )
    return Outcome(
        tool_version=__version__,
        as_of=as_of,
        policy_path=policy.path,
        policy_is_trusted=policy.is_trusted,
        decision=decided,
        exit_code=2 if decided.is_undecided else int(decided.fails),
        datasets=tuple(datasets),
        waivers=tuple(dict.fromkeys(waivers)),
        errors=tuple(errors),
    )


def _changes(contract: Contract, evidence: Evidence) -> RowChanges | None:
    """How the rows differ from those of the version before."""
    measure = RowPrints(contract.key, tuple(contract.features))
    head, base = (profile and profile.states.get(measure) for profile in (evidence.head, evidence.base))
    return RowChanges(*head.compared_with(base)) if head and base else None


def _in_scope(findings: Sequence[Finding], scope: Scope) -> list[Finding]:
    """The findings as the scope wants them judged: for what is new in them, or for all."""
    if scope is Scope.ALL:
        return [replace(finding, judged_limit=None, introduced=None) for finding in findings]
    return [replace(finding, is_inherited=finding.status is Status.INHERITED) for finding in findings]


def _floors(contract: Contract, path: str | None, rules: Rules) -> list[Reason]:
    """What the rules of the policy say beside the risk."""
    floors = [
        decision.reason("overrides", Floor.ALLOW, "the rules of ", Unsaid(str(span)), " apply")
        for span in rules.overrides
    ]
    if path is None:
        globs, name = Unsaid(", ".join(contract.files)), Unsaid(contract.name)
        said = ("no file matches ", globs, ", the files of ", name)
        floors.append(decision.reason("ci.on_missing_data", rules.ci.on_missing_data, *said))
    elif not contract.files:
        is_mild = rules.ci.on_uncontracted in (OnUncontracted.IMPLICIT, OnUncontracted.ALLOW)
        floor = Floor.ALLOW if is_mild else Floor(rules.ci.on_uncontracted.value)
        message = "no contract matches it: nothing but its structure was checked"
        floors.append(decision.reason("ci.on_uncontracted", floor, message))
    return floors
