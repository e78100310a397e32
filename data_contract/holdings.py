"""What a store has of one dataset: versions that were accepted or quarantined, and which one is current.

Each version lies in a folder of its own, which is named by the number of the decision and the start of the data's
digest. It never changes. Beside the data stands `version.json`; `current.json` of the dataset is a copy of one of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from data_contract.engine import change
from data_contract.engine.actions import Action, due
from data_contract.model import Verdict
from data_contract.stores.store import AUDIT, Store, digest_of, is_inside, safe_name

_SHORT = 12
_NAME = re.compile(r"[0-9]{8,}-[0-9a-f]{12}")
"""Of the folder of a version."""
_ENTRY = re.compile(rf"{AUDIT}/([0-9]{{8,}})\.jsonl")


class Place(StrEnum):
    """Where a version went."""

    ACCEPTED = "accepted"
    QUARANTINE = "quarantine"

    @classmethod
    def of(cls, verdict: Verdict) -> Place:
        """Where what is decided so goes."""
        return cls.ACCEPTED if due(verdict) is Action.PROMOTE else cls.QUARANTINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Version:
    """One version of a dataset, as it stands in `version.json`."""

    version: str
    path: str
    """Of the data, from the root of the store."""
    sha256: str
    """Of the data, 64 hexadecimal digits."""
    rows: int | None
    """None where it could not be read."""
    decided_at: datetime
    """The real clock, in UTC."""
    entry: str
    """The entry of the audit log that says why, from the root of the store."""
    source: str
    """The path that it came under; what is no text in it is written as `\\udcff`."""
    verdict: Verdict
    risk: float
    is_undecided: bool = False
    part: str | None = None
    """The version that its good rows became, where these were promoted without the bad ones."""
    contract: str
    """The SHA-256 of the contract that judged."""
    policy: str
    """The SHA-256 of what the policy said that judged."""

    @property
    def folder(self) -> str:
        """From the root of the store."""
        return self.path.rpartition("/")[0]

    @property
    def place(self) -> Place:
        """Where it is kept."""
        return Place(self.path.split("/")[1])

    def stands(self, current: Version | None, source: str) -> bool:
        """Whether what was decided holds for the same data that came now under a path.

        What was accepted, if only its good rows were, and replaced since comes anew under a path that is not older than
        that of the current version.
        """
        accepted = self.version if self.place is Place.ACCEPTED else self.part
        if accepted is None or current is None or accepted == current.version:
            return True
        return change.is_older(source, current.source)

    def text(self) -> str:
        """As it is written."""
        return text_of(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """That something could not be read, as `refused.json` has it of each path."""

    source: str
    """The path that it came under, as in a version."""
    why: str
    entry: str
    """The entry of the audit log that has the decision, from the root of the store."""
    contract: str
    """The SHA-256 of the contract that judged."""
    policy: str
    """The SHA-256 of what the policy said that judged."""


@dataclass(frozen=True, slots=True)
class Holding:
    """One dataset in a store."""

    store: Store
    dataset: str

    @property
    def folder(self) -> str:
        """From the root of the store."""
        return safe_name(self.dataset)

    @property
    def pointer(self) -> str:
        """Where it says which version is current."""
        return f"{self.folder}/current.json"

    @property
    def untold(self) -> str:
        """Where it says what people were not told yet, beside broken promises."""
        return f"{self.folder}/untold.json"

    @property
    def refused(self) -> str:
        """Where it says what could not be read."""
        return f"{self.folder}/refused.json"

    def folder_for(self, place: Place, number: int, sha256: str) -> str:
        """The folder of the version that is the decision of that number."""
        return f"{self.folder}/{place}/{number:08}-{sha256[:_SHORT]}"

    def current(self) -> Version | None:
        """The version that those who read the data get; None where it names none that was accepted."""
        named = read_as(self.store.read(self.pointer), Version)
        return named if named and self._kept(Place.ACCEPTED, named.version) == named else None

    def versions(self, place: Place, sha256: str = "") -> Iterator[Version]:
        """The versions that lie there, of some data if a digest is given; the last one first."""
        names = self.store.names(f"{self.folder}/{place}")
        for name in reversed([each for each in names if each.endswith(sha256[:_SHORT])]):
            version = self._kept(place, name)
            if version is not None and version.sha256.startswith(sha256):
                yield version

    def known(self, sha256: str) -> Version | None:
        """What was decided last about some data, by whatever contract and policy; None where it was never judged."""
        every = (version for place in Place for version in self.versions(place, sha256))
        return max(every, key=lambda each: each.version, default=None)

    def decided(self, sha256: str, source: str, contract: str, policy: str) -> Version | None:
        """What was decided about some data by the same contract and policy, unless what was accepted of it is damaged.

        Where it came under several paths, what was decided about it under the same one.
        """
        known = (version for place in Place for version in self.versions(place, sha256))
        alike = (each for each in known if (each.contract, each.policy) == (contract, policy))
        whole = (each for each in alike if self._is_whole(each))
        return max(whole, key=lambda each: (each.source == source, each.version), default=None)

    def is_newest(self, source: str) -> bool:
        """Whether the last decision is about no newer file than that of a path."""
        versions = (next(self.versions(place), None) for place in Place)
        decided: list[Version | Refusal] = [*filter(None, versions), *self.refusals()]
        sources = [each.source for each in sorted(decided, key=lambda each: (len(each.entry), each.entry))]
        return not any(change.is_older(source, last) for last in sources[-1:])

    def refusals(self) -> tuple[Refusal, ...]:
        """What could not be read when it came last; none where that is not known any more."""
        return _refusals(self.store, self.folder)

    def news(self) -> tuple[str, ...]:
        """What people were not told yet, a sentence each."""
        return read_as(self.store.read(self.untold), tuple[str, ...]) or ()

    def refusal(self, source: str, why: str, contract: str, policy: str) -> Refusal | None:
        """That what came under a path could not be read for the same reason, and was judged alike."""
        this = (source, why, contract, policy)
        known = (each for each in self.refusals() if this == (each.source, each.why, each.contract, each.policy))
        return next(known, None)

    def sound(self, version: Version) -> Path | None:
        """The data of a version on this machine, if it is there and what it was when it was accepted."""
        file = self.store.fetch(version.path)
        return file if file and digest_of(file) == version.sha256 else None

    def _is_whole(self, version: Version) -> bool:
        """Whether what was accepted of the data of a version, its good rows or all of it, is what it was."""
        if version.place is Place.QUARANTINE and version.part is None:
            return True
        accepted = version if version.part is None else self._kept(Place.ACCEPTED, version.part)
        return accepted is not None and self.sound(accepted) is not None

    def _kept(self, place: Place, name: str) -> Version | None:
        """The version of a folder; None where what stands there cannot be read, or is about another place."""
        if not _NAME.fullmatch(name):
            return None
        folder = f"{self.folder}/{place}/{name}"
        version = read_as(self.store.read(f"{folder}/version.json"), Version)
        if version is None or not is_inside(version.path):
            return None
        is_own = (version.version, version.folder, Place.of(version.verdict)) == (name, folder, place)
        return version if is_own else None


@dataclass(frozen=True, slots=True)
class Current:
    """The version that those who read the data get, and its data on this machine, which is what was accepted."""

    version: Version
    file: Path

    @classmethod
    def of(cls, holding: Holding) -> Current | None:
        """That of a dataset; None where it has none, or its data is not what it was."""
        version = holding.current()
        file = holding.sound(version) if version else None
        return cls(version, file) if version and file else None


def last_decision(store: Store) -> int:
    """The number of the last decision that a version or a refusal came of; 0 where there is none."""
    folders = _folders(store)
    found = [name.partition("-")[0] for folder in folders for name in _versions(store, folder)]
    for folder in folders:
        found += [each[1] for refusal in _refusals(store, folder) if (each := _ENTRY.fullmatch(refusal.entry))]
    return max(map(int, found), default=0)


def unnamed(store: Store, datasets: Iterable[str]) -> list[str]:
    """The folders of datasets that have versions and are none of these."""
    others = {*_folders(store)}.difference(map(safe_name, datasets))
    return [folder for folder in sorted(others) if any(_versions(store, folder))]


def _folders(store: Store) -> list[str]:
    """What may be the folder of a dataset."""
    # NOTE: none begins with a dot, and strangers may have put files beside them.
    return [name for name in store.names("") if is_inside(name) and not name.startswith(".") and name != AUDIT]


def _versions(store: Store, folder: str) -> Iterator[str]:
    names = (name for place in Place for name in store.names(f"{folder}/{place}"))
    return (name for name in names if _NAME.fullmatch(name))


def _refusals(store: Store, folder: str) -> tuple[Refusal, ...]:
    return read_as(store.read(f"{folder}/refused.json"), tuple[Refusal, ...]) or ()


Read = TypeVar("Read")


def read_as(content: bytes | None, form: type[Read]) -> Read | None:
    """What a file of the store says; None where there is none, or it says something else."""
    import msgspec

    try:
        return None if content is None else msgspec.json.decode(content, type=form)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return None


def text_of(said: object) -> str:
    """What a file of the store says, as it is written."""
    import msgspec

    return msgspec.json.format(msgspec.json.encode(said), indent=2).decode() + "\n"
