"""Finds and reads what a run is about: contracts, the policy, and the data files that the contracts describe."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import BinaryIO

from data_contract.contract import Contract, refuse_twins
from data_contract.contract_document import read_contract
from data_contract.document import MAX_BYTES
from data_contract.errors import DataContractError, DataError, PolicyError, Rejected, Span, UsageError, gathered
from data_contract.formats import open_source
from data_contract.formats.csv import BLOCK
from data_contract.formats.source import Source
from data_contract.glob import fixed_part, matches, may_hold
from data_contract.policy import Policy
from data_contract.policy_document import read_policy
from data_contract.tree import Kind, Tree, refuse, slashed, stands_for_folder

USUAL_CONTRACTS = ("contracts",)
USUAL_POLICY = "policy/policy.yml"

_YAML = (".yml", ".yaml")


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """What a change is judged by, and what it would like to be judged by."""

    policy: Policy
    proposed: Policy | None
    """The policy that the change brings, where it brings one; it holds once it is merged."""
    contracts: tuple[Contract, ...]
    """As they are in head."""
    past: tuple[Contract, ...]
    """As they were in base."""
    problems: tuple[DataContractError, ...]
    """What is wrong with contracts in base that cannot be read any more."""


def read_law(head: Tree, base: Tree | None, where: Sequence[str], policy: str | None, *, is_needed: bool = True) -> Law:
    """Read the policy that judges (that of base, if there is one), and the contracts of both versions.

    Raises `Rejected` with every mistake in any of them, where a contract `is_needed` that there is none, too; what is
    wrong with a contract of base is told in `problems`.
    """
    mistakes: list[DataContractError] = []
    with gathered(mistakes):
        judging, proposed = _policies(head, base, policy)
    contracts: tuple[Contract, ...] = ()
    past, problems = load_past_contracts(base, where) if base else ((), ())
    with gathered(mistakes):
        contracts = load_contracts(head, where, is_needed=is_needed and not past)
    if mistakes:
        raise Rejected(mistakes)
    return Law(policy=judging, proposed=proposed, contracts=contracts, past=past, problems=problems)


def _policies(head: Tree, base: Tree | None, asked: str | None) -> tuple[Policy, Policy | None]:
    """The policy that judges, and another one that is proposed."""
    path = head.place(asked or USUAL_POLICY)
    before = _past_policy(base, path) if base else None
    if before is not None:
        proposed = load_policy(head, path) or Policy()
        return before, None if proposed == before else proposed
    policy = named_policy(head, asked) if asked else load_policy(head, path)
    is_trusted = base is None or policy is None
    return replace(policy or Policy(), is_trusted=is_trusted), None


def _past_policy(base: Tree, path: str) -> Policy | None:
    """The policy of base; its mistakes are told as what they are: not to be mended by the change itself."""
    mistakes: list[DataContractError] = []
    policy = None
    with gathered(mistakes):
        policy = load_policy(base, path)
    if mistakes:
        hint = "have the policy mended in base first: a change cannot bring its own judge"
        raise Rejected([PolicyError(f"in base: {each.message}", at=each.at, hint=hint) for each in mistakes])
    return policy


def load_contracts(tree: Tree, where: Sequence[str], *, is_needed: bool = True) -> tuple[Contract, ...]:
    """Read every contract that the folders, files and globs in `where` name.

    Raises `Rejected` with every mistake in every one of them, `UsageError` when there is none and one `is_needed`.
    """
    paths = dict.fromkeys(path for place in where for path in _contract_paths(tree, place, is_needed=is_needed))
    if not paths and is_needed:
        hint = "write one, or name its folder with --contracts"
        raise UsageError(f"there is no contract (.yml, .yaml) in {', '.join(where)}", hint=hint)
    mistakes: list[DataContractError] = []
    contracts = _readable(tree, paths, mistakes)
    if mistakes:
        raise Rejected(mistakes)
    refuse_twins(contracts)
    return contracts


def load_past_contracts(tree: Tree, where: Sequence[str]) -> tuple[tuple[Contract, ...], tuple[DataContractError, ...]]:
    """The contracts of an earlier version that can be read, and what is wrong with the others."""
    mistakes: list[DataContractError] = []
    paths = dict.fromkeys(path for place in where for path in _contract_paths(tree, place, is_needed=False))
    return _readable(tree, paths, mistakes), tuple(mistakes)


def load_policy(tree: Tree, path: str) -> Policy | None:
    """Read the policy; None where there is no file."""
    if tree.kind(path) is None:
        return None
    return read_policy(_read(tree, path), path)


def named_policy(tree: Tree, name: str) -> Policy:
    """Read the policy that a person names. Raises `UsageError` where there is none."""
    policy = load_policy(tree, tree.place(name))
    if policy is None:
        raise UsageError(f"{name} cannot be read: {os.strerror(errno.ENOENT)}", hint="check the path")
    return policy


def find_files(tree: Tree, contracts: Iterable[Contract]) -> tuple[str, ...]:
    """Every file that a contract describes, and what stands where a folder of such files may be, in order."""
    globs = {glob for contract in contracts for glob in contract.files}
    found = {path for glob in globs for path in tree.files(fixed_part(glob)) if _fits(tree, path, glob)}
    return tuple(sorted(found))


def _fits(tree: Tree, path: str, glob: str) -> bool:
    return matches(path, glob) or (may_hold(path, glob) and stands_for_folder(tree, path))


def named_files(tree: Tree, name: str, contracts: Sequence[Contract], policy: Policy) -> Iterator[str]:
    """The file that a person names, or of a folder those that a contract describes or the policy says are data.

    Raises `UsageError` where nothing is there.
    """
    path = tree.place(name)
    kind = tree.kind(path)
    if kind is None:
        raise UsageError(f"{name} is no file and no folder", hint="check the path")
    if kind is Kind.FOLDER:
        yield from (file for file in tree.files(path) if fits_any(file, contracts) or policy.is_data(file))
    else:
        yield path


def open_target(tree: Tree, path: str, contract: Contract, most: int, block_size: int = BLOCK) -> Source:
    """The reader for a data file of at most so many bytes; raises `DataError` where none can read it."""
    if (kind := tree.kind(path)) not in (None, Kind.FILE):
        raise refuse(kind, path)
    return open_data(lambda: tree.open(path), path, contract, most, block_size)


def open_data(
    open_any: Callable[[], BinaryIO], path: str, contract: Contract, most: int, block_size: int = BLOCK
) -> Source:
    """The same for a file that `open_any` opens and reports call `path`."""

    def open_file() -> BinaryIO:
        file = open_any()
        size = file.seek(0, os.SEEK_END)
        if size > most:
            file.close()
            message = f"it has {size:,} bytes, more than {most:,}"
            raise DataError(message, at=Span(path, 1), hint="raise `files.max_bytes` of the policy")
        file.seek(0)
        return file

    return open_source(open_file, path, contract.format, tuple(contract.features), block_size)


def fits_any(path: str, contracts: Iterable[Contract]) -> bool:
    """Whether a file is one that a contract describes."""
    return any(contract.describes(path) for contract in contracts)


def _readable(tree: Tree, paths: Iterable[str], mistakes: list[DataContractError]) -> tuple[Contract, ...]:
    contracts: list[Contract] = []
    for path in paths:
        with gathered(mistakes):
            contracts.append(read_contract(_read(tree, path), path))
    return tuple(contracts)


def _read(tree: Tree, path: str) -> bytes:
    try:
        with tree.open(path) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise UsageError(f"{path} cannot be read: {cause.strerror}", hint="check the path") from None


def _contract_paths(tree: Tree, place: str, *, is_needed: bool) -> Iterator[str]:
    path = tree.place(place)
    kind = tree.kind(path)
    if kind is Kind.FOLDER:
        yield from (file for file in sorted(tree.files(path)) if file.endswith(_YAML))
    elif kind is not None:
        yield path
    else:
        found = sorted(file for file in tree.files(fixed_part(place)) if matches(file, slashed(place)))
        if not found and is_needed:
            raise UsageError(f"{place} is no file, no folder and fits none", hint="check --contracts")
        yield from found
