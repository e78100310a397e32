"""The way of the data: contracts and policy in, one `Outcome` out. Only this module knows the order of the stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from data_contract.cache import cache_in
from data_contract.case import Bench, Case
from data_contract.conclusion import outcome_of
from data_contract.engine import change, decision, loader
from data_contract.engine.change import Judges, Sides, Target
from data_contract.engine.loader import Law
from data_contract.errors import UsageError
from data_contract.evolution import compare
from data_contract.formats.csv import BLOCK
from data_contract.glob import has_wildcard
from data_contract.hearing import Hearing
from data_contract.model import DatasetOutcome, Evolution, FindingOutcome, Outcome, Proposal, Reason, Unsaid
from data_contract.policy import Floor, Policy, Scope
from data_contract.sources import Sources, Watch
from data_contract.tree import Folder, Tree
from data_contract.versions import Versions, versions_of

if TYPE_CHECKING:
    from data_contract.git import Commit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What to judge, by what, and the world's part in it."""

    root: Path
    """The folder that all paths are relative to."""
    now: datetime
    """The real clock, in UTC: waivers are judged by its day."""
    as_of: datetime | None = None
    """The time that data is judged by; None: when head was committed, or now."""
    paths: tuple[str, ...] = ()
    """Files or folders, changed or not; none: every file that the change concerns, or a contract describes."""
    contracts: tuple[str, ...] = loader.USUAL_CONTRACTS
    """Folders, files or globs."""
    policy: str | None = None
    """None: the usual place, if there is a file."""
    base: str | None = None
    """The revision to compare with; None: where the branch left its upstream branch, if there is one."""
    head: str | None = None
    """The revision to judge; None: the files on disk."""
    against: str | None = None
    """The previous version of the one file that `paths` names, instead of a base."""
    scope: str | None = None
    """What is judged, in the words of `Scope`, whatever the policy says; None: as it says."""
    fail_on: str | None = None
    """A decision that fails the gate, in the words of `FailOn`, beside those that the policy names."""
    audit: str | None = None
    """The audit log, or the folder of such logs, that is written to: none of them is data."""
    cache: Path | None = None
    """The folder that keeps what was measured of versions before; None: nothing is kept."""
    block_size: int = BLOCK
    """Bytes read at a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ruling:
    """An outcome, and what it rests on."""

    outcome: Outcome
    law: Law
    bench: Bench
    """What decided."""
    notes: tuple[Reason, ...]
    """What the policy's rules say of the run as a whole."""
    head: Tree
    """The files that were judged."""
    base: Commit | None
    """What they were compared with."""
    proposed: Ruling | None = None
    """What it would be if the policy that the change proposes stood in base; None where it proposes none."""

    def beside(self, proposed: Ruling | None) -> Ruling:
        """The same, that tells what the policy that the change proposes would come to."""
        if proposed is None:
            return self
        told = Proposal(proposed.outcome.decision.verdict, proposed.outcome.exit_code)
        return replace(self, proposed=proposed, outcome=replace(self.outcome, proposed=told))


def check(request: Request, watch: Watch = lambda path, rows: None) -> Outcome:
    """Judge files by their contracts. Raises `Rejected`, with every mistake, when there is nothing to judge by."""
    return judge(request, watch).outcome


def judge(request: Request, watch: Watch = lambda path, rows: None) -> Ruling:
    """The same, for those who want to prove it later."""
    versions = _versions(request)
    # NOTE: a file that is named, or changed, is judged by what it promises itself if by nothing else.
    is_needed = request.contracts != loader.USUAL_CONTRACTS or not (request.paths or versions.base)
    law = loader.read_law(versions.head, versions.base, request.contracts, request.policy, is_needed=is_needed)
    law = _asked(request, law, versions.head)
    pairs = change.paired(law.contracts, law.past)
    as_of = request.as_of or versions.time or request.now
    run = _Run(request, versions, law, pairs, _sources(request, versions, law), as_of, watch)
    looks = run.looks()
    ruling = run.ruling(looks)
    ruling = replace(ruling, outcome=run.shown(ruling.outcome))
    if law.proposed is None:
        return ruling
    trial = run.under(law.proposed)
    return ruling.beside(trial.ruling(trial.looks(looks)))


def _asked(request: Request, law: Law, head: Tree) -> Law:
    """The law, whose policies do what is asked for, too."""
    own = _own(request, head)
    policy, proposed = (each and each.failing_on(request.fail_on).ignoring(own) for each in (law.policy, law.proposed))
    assert policy
    return replace(law, policy=policy, proposed=proposed)


def _own(request: Request, tree: Tree) -> tuple[str, ...]:
    """Globs of what the program itself writes, and nobody has to make a contract for."""
    if request.audit is None or has_wildcard(request.audit):
        return ()
    # NOTE: a run without a log does without what writes one.
    from data_contract.chain import SUFFIX

    place = tree.place(request.audit)
    return (place, f"{place}/*{SUFFIX}")


def _evolutions(pairs: Sequence[Judges]) -> Iterator[Evolution]:
    for pair in pairs:
        contract = pair.head or pair.base
        if contract and (changes := compare(pair.base, pair.head)):
            yield Evolution(dataset=contract.name, span=contract.span, changes=changes)


def _versions(request: Request) -> Versions:
    if request.against is not None:
        return Versions(head=Folder(request.root))
    return versions_of(request.root, request.base, request.head)


def _sources(request: Request, versions: Versions, law: Law) -> Sources:
    if request.cache and versions.bring(request.root / request.cache):
        message = f"{request.cache} is no place for a cache: git tracks it, so that a change could bring its own past"
        raise UsageError(message, hint="name a folder that git does not track")
    return Sources(
        head=versions.head,
        base=versions.base,
        against=request.against,
        cache=cache_in(request.cache) if request.cache else None,
        max_bytes=law.policy.max_bytes,
        block_size=request.block_size,
    )


@dataclass(frozen=True, slots=True)
class _Look:
    """What was found about one file."""

    target: Target
    by: tuple[object, ...]
    """What the policy says of how to look at it."""
    cases: tuple[Case, ...]


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same for a whole run."""

    request: Request
    versions: Versions
    law: Law
    pairs: tuple[Judges, ...]
    """Every contract."""
    sources: Sources
    as_of: datetime
    watch: Watch

    @property
    def hearing(self) -> Hearing:
        """What hears the judges of each file."""
        return Hearing(
            versions=self.versions,
            law=self.law,
            pairs=self.pairs,
            sources=self.sources,
            as_of=self.as_of,
            watch=self.watch,
        )

    @property
    def scope(self) -> Scope:
        """What is judged."""
        return Scope(self.request.scope) if self.request.scope else self.law.policy.rules.ci.scope

    def bench(self, policy: Policy) -> Bench:
        """What decides by a policy."""
        scope = Scope(self.request.scope) if self.request.scope else None
        return Bench(policy=policy, as_of=self.as_of, today=self.request.now.date(), scope=scope)

    def under(self, policy: Policy) -> _Run:
        """The same run, as it would be if that policy stood in base."""
        law = replace(self.law, policy=policy, proposed=None)
        return replace(self, law=law, sources=replace(self.sources, max_bytes=policy.max_bytes))

    def looks(self, known: Sequence[_Look] = ()) -> tuple[_Look, ...]:
        """What is found about each file; one that was looked at in the same way already is not measured again."""
        looked = {(each.target.path, each.target.before): each for each in known}
        return tuple(self._look(target, looked.get((target.path, target.before))) for target in self.targets())

    def _look(self, target: Target, known: _Look | None) -> _Look:
        by = self.law.policy.view_of(target.path, target.before)
        if known and (known.target, known.by) == (target, by):
            return known
        return _Look(target, by, tuple(self.hearing.cases(target)))

    def targets(self) -> tuple[Target, ...]:
        """The files to judge."""
        head, base, law = self.versions.head, self.versions.base, self.law
        every = (*law.contracts, *law.past)

        def concerns(tree: Tree, path: str) -> bool:
            return law.policy.is_data(path) or change.is_concerned(tree, path, every, is_new=tree is not base)

        changes = self.versions.changes(concerns)
        if self.request.paths:
            names = self.request.paths
            chosen = tuple(file for name in names for file in loader.named_files(head, name, every, law.policy))
            changes = tuple(each for each in changes if each.path)
        else:
            is_all = self.scope is Scope.ALL or base is None
            judges = [pair for pair in self.pairs if is_all or pair.is_changed]
            contracts = [contract for pair in judges for contract in (pair.head, pair.base) if contract]
            chosen = (*loader.find_files(head, contracts), *(each.path for each in changes if each.path))
        return change.targets_of(law.contracts, law.past, changes, chosen, Sides(head, base))

    def ruling(self, looks: Sequence[_Look]) -> Ruling:
        """What all of it comes to."""
        cases = [case for look in looks for case in look.cases]
        if not self.request.paths:
            cases += self.hearing.without_data(cases)
        bench, notes = self.bench(self.law.policy), tuple(self.notes())
        outcome = outcome_of([bench.decide(case) for case in cases], self.law.policy, self.as_of, notes)
        head, base = self.versions.head, self.versions.base
        return Ruling(outcome=outcome, law=self.law, bench=bench, notes=notes, head=head, base=base)

    def shown(self, outcome: Outcome) -> Outcome:
        """An outcome with what people are told beside it: what was compared, and how."""
        base, head = self.versions.base, self.versions.committed
        return replace(
            outcome,
            base=base.id if base else None,
            head=head.id if head else None,
            datasets=tuple(self._shown(each) for each in outcome.datasets),
            evolutions=tuple(_evolutions(self.pairs) if base else ()),
        )

    def _shown(self, outcome: DatasetOutcome) -> DatasetOutcome:
        """With the lines that a pull request shows, where there is something to be told on them."""
        silent = (FindingOutcome.PASSED, FindingOutcome.NOT_APPLICABLE)
        if outcome.path is None or all(finding.outcome in silent for finding in outcome.findings):
            return outcome
        return replace(outcome, diff=self.versions.shown(outcome.path, outcome.before))

    def notes(self) -> Iterator[Reason]:
        """What has to be said of what the change is judged by."""
        rule = "ci.on_contract_loosened"
        for problem in self.law.problems:
            said = "a contract in base cannot be read, so that nobody can tell what this change loosens: "
            what = Unsaid(f"{problem.at}: {problem.message}" if problem.at else problem.message)
            yield decision.reason(rule, self.law.policy.rules.ci.on_contract_loosened, said, what)
        if not self.law.policy.is_trusted:
            said = "base has no policy, so that this change is judged by the one that it brings"
            yield decision.reason("policy", Floor.ALLOW, said)
