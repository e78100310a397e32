"""Finds and reads what a run is about: contracts, the policy, and the data files that the contracts describe."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from data_contract.contract import Contract, read_contract, refuse_twins
from data_contract.document import MAX_BYTES
from data_contract.errors import DataContractError, Rejected, UsageError, gathered
from data_contract.formats import open_source
from data_contract.formats.csv import BLOCK
from data_contract.formats.source import Source
from data_contract.glob import matches
from data_contract.policy import Policy, read_policy

_YAML = (".yml", ".yaml")
_WILD = ("*", "?")


@dataclass(frozen=True, slots=True)
class Target:
    """A data file with the contracts that describe it."""

    path: str
    """Relative to the root, with forward slashes."""
    contracts: tuple[Contract, ...]


def load_contracts(root: Path, where: Sequence[str]) -> tuple[Contract, ...]:
    """Read every contract that the folders, files and globs in `where` name.

    Raises `Rejected` with every mistake in every one of them, `UsageError` when there is none.
    """
    paths = dict.fromkeys(path for place in where for path in _contract_paths(root, place))
    if not paths:
        hint = "write one, or name its folder with --contracts"
        raise UsageError(f"there is no contract (.yml, .yaml) in {', '.join(where)}", hint=hint)
    contracts: list[Contract] = []
    mistakes: list[DataContractError] = []
    for path in paths:
        with gathered(mistakes):
            contracts.append(read_contract(_read(root, path), path))
    if mistakes:
        raise Rejected(mistakes)
    refuse_twins(contracts)
    return tuple(contracts)


def load_policy(root: Path, path: str, *, is_asked_for: bool) -> Policy:
    """Read the policy; the built-in one where there is no file, unless somebody asked for that file."""
    if not is_asked_for and not (root / path).is_file():
        return Policy()
    return read_policy(_read(root, path), path)


def find_targets(root: Path, contracts: Sequence[Contract], paths: Sequence[str], policy: Policy) -> tuple[Target, ...]:
    """The data files to judge, in the order of their paths: those named, or every one that a contract describes.

    Of a named folder these are the files that a contract describes, and those that the policy says are data.
    """
    found = _described(root, contracts)
    if paths:
        found = (path for name in paths for path in _named(root, name, contracts, policy))
    return tuple(Target(path, _fitting(path, contracts)) for path in sorted(set(found)))


def open_target(root: Path, path: str, contract: Contract, block_size: int = BLOCK) -> Source:
    """The reader for a data file; raises `DataError` where none can read it."""
    return open_source(lambda: (root / path).open("rb"), path, contract.format, tuple(contract.features), block_size)


def _fitting(path: str, contracts: Iterable[Contract]) -> tuple[Contract, ...]:
    return tuple(contract for contract in contracts if any(matches(path, glob) for glob in contract.files))


def _read(root: Path, path: str) -> bytes:
    try:
        with (root / path).open("rb") as file:
            return file.read(MAX_BYTES + 1)
    except OSError as cause:
        raise UsageError(f"{path} cannot be read: {cause.strerror}", hint="check the path") from None


def _contract_paths(root: Path, place: str) -> Iterator[str]:
    if (root / place).is_dir():
        yield from (path for path in sorted(_files(root, place)) if path.endswith(_YAML))
    elif (root / place).is_file():
        yield _relative(root, place)
    else:
        found = sorted(path for path in _files(root, _fixed_part(place)) if matches(path, _slashed(place)))
        if not found:
            raise UsageError(f"{place} is no file, no folder and fits none", hint="check --contracts")
        yield from found


def _named(root: Path, name: str, contracts: Sequence[Contract], policy: Policy) -> Iterator[str]:
    if (root / name).is_dir():
        yield from (path for path in _files(root, name) if _fitting(path, contracts) or policy.is_data(path))
    elif (root / name).is_file():
        yield _relative(root, name)
    else:
        raise UsageError(f"{name} is no file and no folder", hint="check the path")


def _described(root: Path, contracts: Iterable[Contract]) -> Iterator[str]:
    for glob in {glob for contract in contracts for glob in contract.files}:
        yield from (path for path in _files(root, _fixed_part(glob)) if matches(path, glob))


def _files(root: Path, folder: str) -> Iterator[str]:
    """Every file below a folder; git's own are left out."""
    for here, folders, names in os.walk(root / folder):
        folders[:] = sorted(name for name in folders if name != ".git")
        paths = (os.path.join(here, name) for name in names)
        yield from (_relative(root, path) for path in paths if Path(path).is_file())


def _relative(root: Path, name: str) -> str:
    """The path from the root, whatever links lead there; that of a link itself is its own."""
    folder, file = os.path.split(os.path.join(root, name))
    absolute = os.path.join(os.path.realpath(folder), file)
    relative = os.path.relpath(absolute, os.path.realpath(root))
    return _slashed(absolute if relative == ".." or relative.startswith("../") else relative)


def _slashed(path: str) -> str:
    return path.replace(os.sep, "/").removeprefix("./")


def _fixed_part(glob: str) -> str:
    """The folder that every match of a glob lies in; a glob without wildcards may be a file, so its folder."""
    parts = _slashed(glob).split("/")
    fixed = next((index for index, part in enumerate(parts) if any(mark in part for mark in _WILD)), len(parts) - 1)
    return "/".join(parts[:fixed]) or "."
