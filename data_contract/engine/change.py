"""Which files a change concerns, and which contracts judge each: as they are in head, and as they were in base."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from data_contract.contract import Contract
from data_contract.tree import FileChange, Tree, stands_for_folder


@dataclass(frozen=True, slots=True)
class Judges:
    """One contract in both versions."""

    head: Contract | None
    """None where it is gone, or no longer describes the file."""
    base: Contract | None
    """None where it is new, or did not describe the file."""

    @property
    def is_changed(self) -> bool:
        """Whether the two are not the same, to the byte."""
        return self.head is None or self.base is None or self.head.digest != self.base.digest


@dataclass(frozen=True, slots=True)
class Target:
    """A data file with the contracts that judge it."""

    path: str | None
    """In head; None where it is gone."""
    before: str | None
    """In base; None where it is new, or there is no base."""
    judges: tuple[Judges, ...]
    """None where no contract describes it, nor did."""

    @property
    def secrets(self) -> frozenset[str]:
        """The features that any of its contracts, before or after the change, calls sensitive."""
        contracts = (contract for pair in self.judges for contract in (pair.head, pair.base) if contract)
        return frozenset(name for contract in contracts for name in contract.secrets)

    def past_for(self, judges: Judges) -> str | None:
        """The path of the version before: none where the contract was there and did not describe that file.

        Data that is moved into a dataset from elsewhere is new to it, whoever had it before.
        """
        is_moved = self.before is not None and self.before != self.path
        is_stranger = is_moved and judges.base is not None and not judges.base.describes(self.before or "")
        return None if is_stranger else self.before


@dataclass(frozen=True, slots=True)
class Sides:
    """The files of both versions."""

    head: Tree
    base: Tree | None
    """None: nothing is compared."""


def paired(head: Sequence[Contract], base: Sequence[Contract]) -> tuple[Judges, ...]:
    """Each contract with its earlier version: the very same, or else that of the same dataset, or of the same file."""
    pairs, come, gone = [], list(head), list(base)
    for trait in (_digest, _name, _file):
        for now in tuple(come):
            was = next((each for each in gone if trait(each) == trait(now)), None)
            if was is not None:
                come.remove(now)
                gone.remove(was)
                pairs.append(Judges(now, was))
    return (*pairs, *(Judges(now, None) for now in come), *(Judges(None, was) for was in gone))


def _digest(contract: Contract) -> str:
    return contract.digest


def _name(contract: Contract) -> str:
    return contract.name


def _file(contract: Contract) -> str:
    return contract.span.path


def targets_of(
    head: Sequence[Contract],
    base: Sequence[Contract],
    changes: Sequence[FileChange],
    chosen: Iterable[str],
    sides: Sides,
) -> tuple[Target, ...]:
    """The chosen files and those that are gone, in the order of their paths."""
    before = {change.path: change.before for change in changes if change.path}
    found = []
    for path in sorted(set(chosen)):
        was = before[path] if path in before else _same(sides.base, path)
        found.append(Target(path, was, _judges(head, base, path, was, sides)))
    gone = (change.before for change in changes if change.path is None and change.before)
    return (*found, *(Target(None, was, _judges((), base, was, was, sides)) for was in gone))


def _same(base: Tree | None, path: str) -> str | None:
    """An unchanged file in base, which does not have those that git ignores."""
    return path if base is not None and base.kind(path) is not None else None


def _judges(
    head: Iterable[Contract], base: Iterable[Contract], path: str, before: str | None, sides: Sides
) -> tuple[Judges, ...]:
    """The contracts of one file, in pairs: one that another takes the place of is judged by both."""
    now = [contract for contract in head if is_concerned(sides.head, path, (contract,), is_new=True)]
    was = [contract for contract in base if _concerned(contract, path, before, sides)]
    pairs = paired(now, was)
    come, gone = [pair for pair in pairs if pair.base is None], [pair for pair in pairs if pair.head is None]
    taken = min(len(come), len(gone))
    replaced = (Judges(new.head, old.base) for new, old in zip(come, gone, strict=False))
    kept = (pair for pair in pairs if pair.head and pair.base)
    return (*kept, *replaced, *come[taken:], *gone[taken:])


def _concerned(contract: Contract, path: str, before: str | None, sides: Sides) -> bool:
    """Whether a contract of base describes, or described, a file."""
    if is_concerned(sides.head, path, (contract,), is_new=True):
        return True
    return sides.base is not None and before is not None and is_concerned(sides.base, before, (contract,))


def is_concerned(tree: Tree, path: str, contracts: Iterable[Contract], *, is_new: bool = False) -> bool:
    """Whether a file is one that a contract describes, or stands where a folder of such files may be.

    `is_new`: it differs from what stood there before.
    """
    contracts = tuple(contracts)
    if any(contract.describes(path) for contract in contracts):
        return True
    return any(contract.reaches_into(path, is_new=is_new) for contract in contracts) and stands_for_folder(tree, path)


def in_order(paths: Iterable[str]) -> tuple[str, ...]:
    """Some paths from the first to the last, with numbers in them in the order of numbers."""
    return tuple(sorted(paths, key=_natural))


def is_older(path: str, other: str) -> bool:
    """Whether a path comes before another one in the same order, as far as both of them name their folders."""
    parts = path.split("/"), other.split("/")
    depth = min(map(len, parts))
    one, two = ("/".join(each[-depth:]) for each in parts)
    return one != two and in_order((one, two))[0] == one


def last_sibling(paths: Iterable[str]) -> str | None:
    """The last of some paths, in the same order."""
    return max(paths, key=_natural, default=None)


def _natural(path: str) -> list[tuple[int, str]]:
    return [
        (int(part), "") if part.isdecimal() and part.isascii() else (-1, part) for part in re.split(r"([0-9]+)", path)
    ]
