"""What a change does to its own judges: promises that it loosened, made or dropped, and data that it took from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data_contract.contract import Contract
from data_contract.errors import Span
from data_contract.model import (
    ContractChange,
    Dimension,
    Finding,
    FindingOutcome,
    Location,
    Scale,
    Status,
    Unsaid,
    Words,
)
from data_contract.rules import CONTRACT_KEPT, DATA_PRESENT, DELETED, HAS_CONTRACT, LAST_FILE, UNDER_CONTRACT, Rule
from data_contract.strictness import Direction

_SHOWN = 3

_Identity = tuple[str, str | None, str | None]


def revealed(findings: Sequence[Finding], past: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings, those told apart that are as old as the data and that no promise spoke of before.

    `past` is what the contract finds as it was in base; nothing where it is new.
    """
    known = {_identity(finding) for finding in past if finding.outcome is FindingOutcome.VIOLATED}
    return tuple(
        replace(finding, status=Status.REVEALED)
        if finding.status is Status.INHERITED and _identity(finding) not in known
        else finding
        for finding in findings
    )


def loosened(
    contract: Contract, changes: Sequence[ContractChange], now: Sequence[Finding], past: Sequence[Finding]
) -> tuple[Finding, ...]:
    """What weighs by the contract as it was, and weighs less as the change has it: told on the contract's lines.

    Both are weighed findings about the same data; `changes` are those of the contract.
    """
    weights = {_identity(finding): _weight(finding) for finding in now}
    spans = {_identity(finding): finding.span for finding in now}
    eased = [f for f in past if _weight(f) > weights.get(_identity(f), 0.0)]
    return tuple(
        _eased(finding, _blamed(changes, finding), spans.get(_identity(finding)) or _place(contract, finding))
        for finding in eased
    )


def _weight(finding: Finding) -> float:
    """What a finding does to a decision: one that could not be judged can do more than any other."""
    if finding.outcome is FindingOutcome.NOT_EVALUATED and not (finding.is_explained or finding.waived_by):
        return 1.0
    return finding.contribution if finding.counts else 0.0


def _blamed(changes: Sequence[ContractChange], finding: Finding) -> list[ContractChange]:
    """The changes that may have let it pass: those of its feature, or else those of the dataset."""
    looser = [change for change in changes if change.direction is Direction.LOOSENED]
    mine = f"features.{finding.feature}"
    own = [change for change in looser if finding.feature and f"{change.path}.".startswith(f"{mine}.")]
    return own or [change for change in looser if not change.path.startswith("features.")]


def unspoken(findings: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings without what they tell of values, where a contract calls some of these sensitive."""
    said = ("a promise that its previous version makes by itself is broken",)
    return tuple(replace(finding, message=said, locations=(), distribution=()) for finding in findings)


def _eased(finding: Finding, blamed: Sequence[ContractChange], at: Span) -> Finding:
    why: Words = ("kept only as this change loosens the contract",)
    for number, change in enumerate(blamed[:_SHOWN]):
        why += (", " if number else ": ", *change.message)
    why = (*why, "; as it was: ")
    if finding.is_implied:
        why = ("kept only as this change puts the file under the contract; without it: ",)
    said = (*why, *finding.message)
    name = finding.check if finding.aspect is None else f"{finding.check} ({finding.aspect})"
    place = blamed[0].span if blamed else at
    return replace(_of(CONTRACT_KEPT, finding.dataset, place, said), feature=finding.feature, aspect=name)


def _place(contract: Contract, finding: Finding) -> Span:
    """Where head's contract speaks of what a promise was about that is no longer in it."""
    feature = contract.features.get(finding.feature or "")
    return feature.span if feature else contract.span


def uncovered(contract: Contract, before: str, path: str, now: Contract | None) -> Finding:
    """A file that a contract described, and does not `now` (None: it is deleted)."""
    name = Unsaid(contract.name)
    if now is not None:
        moved = () if path == before else (", once ", Unsaid(before), ",")
        said: Words = (Unsaid(path), *moved, " is no longer a file of ", name)
        return _of(UNDER_CONTRACT, contract.name, now.span, said)
    found = _of(UNDER_CONTRACT, contract.name, contract.span, ("the contract of ", name, " is deleted"))
    return replace(found, path=path, locations=())


def missing(contract: Contract, globs: Sequence[str], *, is_new: bool, is_emptied: bool) -> Finding:
    """A contract of whose globs these match no file.

    `is_new` where the change made it so, `is_emptied` where it has no file at all, and had some in base.
    """
    which = "the files" if len(globs) == len(contract.files) else "among the files"
    start = "no file is left that matches " if is_emptied else "no file matches "
    said = (start, Unsaid(", ".join(globs)), f", {which} of ", Unsaid(contract.name))
    found = replace(_of(DATA_PRESENT, contract.name, contract.span, said), aspect=LAST_FILE if is_emptied else None)
    return found if is_new else replace(found, status=Status.INHERITED)


def emptied(contract: Contract, path: str) -> Finding:
    """A deleted contract whose last file was moved out of it, to a path."""
    found = missing(contract, contract.files, is_new=True, is_emptied=True)
    return replace(found, path=path, locations=())


def deleted(contract: Contract, path: str, *, is_last: bool, is_retired: bool) -> Finding:
    """A data file that is gone, and the contract too where it `is_retired`."""
    last = ", the last of its contract" if is_last else ""
    retired = ", and its contract with it" if is_retired else ""
    said = ("the file ", Unsaid(path), f" is deleted{last}{retired}")
    found = replace(_of(DATA_PRESENT, contract.name, contract.span, said), aspect=LAST_FILE if is_last else None)
    return replace(found, path=path, locations=()) if is_retired else found


def deleted_uncontracted(path: str) -> Finding:
    """A data file that is gone, and that no contract described."""
    said = ("the file is deleted, and no contract tells whether anybody needs it",)
    found = _of(HAS_CONTRACT, path, Span(path, 1), said)
    return replace(found, aspect=DELETED, locations=())


def uncontracted(path: str, ground: Words) -> Finding:
    """A data file that no contract describes; `ground` is what it was judged by instead."""
    said = ("no contract matches it: ", *ground)
    return replace(_of(HAS_CONTRACT, path, Span(path, 1), said), locations=())


def _of(rule: Rule, dataset: str, at: Span, said: Words) -> Finding:
    return Finding(
        check=rule.id,
        dimension=Dimension.SCHEMA,
        dataset=dataset,
        path=at.path,
        feature=None,
        outcome=FindingOutcome.VIOLATED,
        message=said,
        span=at,
        scale=Scale.WHOLE,
        status=Status.INTRODUCED,
        rule=rule.key,
        locations=(Location(line=at.line, column=at.column),),
    )


def _identity(finding: Finding) -> _Identity:
    return finding.check, finding.feature, finding.aspect
