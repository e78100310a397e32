"""Decides again from what the audit log has of a run: by the same policy, or by another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import zip_longest

from data_contract.audit import Act, Entry, Record
from data_contract.case import Bench
from data_contract.conclusion import outcome_of
from data_contract.errors import AuditError
from data_contract.model import DatasetOutcome, Decision, Outcome, Unsaid, Words, plain
from data_contract.policy import Policy, Scope
from data_contract.policy_document import read_policy
from data_contract.reports import text
from data_contract.reports.escape import printable
from data_contract.reports.words import shown_risk, time_of


def policy_of(entry: Entry) -> Policy:
    """The policy that decided. Raises `Rejected` where this version cannot read it any more."""
    law = entry.law
    assert law
    policy = Policy() if law.text is None else read_policy(law.text.encode(), law.path or "policy")
    return replace(policy, is_trusted=law.is_trusted).failing_on(law.fail_on)


def replayed(record: Record, policy: Policy | None = None) -> Outcome:
    """What the recorded findings come to, by the recorded policy or by another one.

    Raises `AuditError` where the run had nothing to judge by.
    """
    entry = record.entry
    if entry.law is None:
        said = "nothing was judged in this run: " + "; ".join(entry.errors)
        raise AuditError(said, at=record.span, hint="replay another entry")
    policy = policy or policy_of(entry)
    scope = Scope(entry.law.scope) if entry.law.scope else None
    bench = Bench(policy=policy, as_of=entry.as_of, today=entry.at.date(), scope=scope)
    datasets = [bench.again(dataset) for dataset in entry.datasets]
    outcome = outcome_of(datasets, policy, entry.as_of, entry.notes)
    return replace(outcome, base=entry.base, head=entry.head, tool_version=entry.tool_version, audited=record.digest)


def differences(record: Record, outcome: Outcome) -> Iterator[str]:
    """Where a replay comes to something else than what is recorded; nothing where it is exactly the same."""
    entry, decision = record.entry, outcome.decision
    yield from _differing("the run", (entry.verdict, entry.risk), (decision.verdict, decision.risk))
    yield from _differing("exit status", (entry.exit_code,), (outcome.exit_code,))
    for then, now in zip(entry.datasets, outcome.datasets, strict=True):
        name = now.path or now.name
        yield from _differing(name, _decided(then.decision), _decided(now.decision))
        for was, has in zip_longest(then.findings, now.findings):
            finding = was or has
            what = f"{name}: {finding.check} {finding.feature or ''}".rstrip()
            yield from _differing(what, (was and was.contribution,), (has and has.contribution,))


def _decided(decision: Decision) -> tuple[object, ...]:
    reasons = (f"{why.rule}: {plain(why.message)}" for why in decision.reasons)
    return decision.verdict, decision.risk, *reasons


def _differing(what: str, then: tuple[object, ...], now: tuple[object, ...]) -> Iterator[str]:
    if then != now:
        was, has = ("; ".join(map(str, each)) for each in (then, now))
        yield f"{what}: recorded {was}, replayed {has}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flip:
    """What was decided about a dataset once, and what another policy would decide."""

    record: Record
    then: DatasetOutcome
    now: DatasetOutcome

    @property
    def is_other(self) -> bool:
        """Whether it is another decision, or does something else to the gate."""
        return _ending(self.then.decision) != _ending(self.now.decision)

    @property
    def is_severer(self) -> bool:
        """Whether the other policy would do more."""
        return _ending(self.now.decision) > _ending(self.then.decision)

    def __str__(self) -> str:
        then, now = (f"{each.decision.verdict} {shown_risk(each.decision.risk)}" for each in (self.then, self.now))
        fails = ("passes", "fails") if self.now.decision.fails else ("fails", "passes")
        gate = "" if self.then.decision.fails is self.now.decision.fails else f", {fails[0]} → {fails[1]}"
        day, name = time_of(self.record.entry.at), printable(self.now.path or self.now.name, None)
        return f"{day} {self.record.id} {name}: {then} → {now}{gate}"


def tried(record: Record, policy: Policy) -> Iterator[Flip]:
    """Each decision of an entry, and what another policy would make of the same findings."""
    law = record.entry.law
    policy = policy.failing_on(law.fail_on if law else None)
    for then, now in zip(record.entry.datasets, replayed(record, policy).datasets, strict=True):
        yield Flip(record=record, then=then, now=now)


def _ending(decision: Decision) -> tuple[bool, int, bool]:
    return decision.is_undecided, decision.verdict.severity, decision.fails


def shown(record: Record) -> str:
    """Why an entry decided what it did, in words; what the log says of others is escaped like theirs."""
    entry = record.entry
    lines = [*_header(record)]
    lines += [f"could not decide: {error}" for error in entry.errors]
    lines += [_act(act) for act in entry.acts]
    told = "".join(f"{printable(line, None)}\n" for line in lines)
    return told if entry.law is None else f"{told}\n{text.render(_strange(replayed(record)))}"


def _header(record: Record) -> Iterator[str]:
    entry, around = record.entry, record.entry.circumstances
    yield f"entry {record.digest}, after {entry.previous}"
    yield f"{entry.command} of {time_of(entry.at)}, by data-contract {entry.tool_version}"
    request = f"pull request {around.pull_request}" if around.pull_request else None
    where = (around.repository, request, around.event, around.commit, around.actor and f"by {around.actor}", around.run)
    if any(where):
        yield " · ".join(filter(None, where))
    yield from (f"{digest}  {path}" for path, digest in {**entry.data, **entry.contracts}.items())


def _act(act: Act) -> str:
    detail = f": {act.detail}" if act.detail else ""
    return f"{act.action} {act.target}{detail}" if act.is_done else f"{act.action} {act.target} failed{detail}"


def _strange(outcome: Outcome) -> Outcome:
    """The outcome with no sentence trusted: a log can come from anywhere."""
    datasets = (
        replace(
            each,
            findings=tuple(replace(finding, message=_unsaid(finding.message)) for finding in each.findings),
        )
        for each in outcome.datasets
    )
    decision = outcome.decision
    reasons = (replace(why, message=_unsaid(why.message)) for why in decision.reasons)
    return replace(outcome, datasets=tuple(datasets), decision=replace(decision, reasons=tuple(reasons)))


def _unsaid(words: Words) -> Words:
    return tuple(Unsaid(part) for part in words)
