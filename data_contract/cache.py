"""Profiles of versions before, kept in a folder, so that what a run costs follows the change.

A profile is known by the content that it is of, the contract, and what measured it. It is believed only if it is whole
to the last byte. Nothing is kept that remembers a value of a sensitive feature, not even a hash of one; other hashes
are of a random seed that lies in the folder, and means nothing elsewhere.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from data_contract.contract import Contract
from data_contract.errors import UsageError
from data_contract.measures.batch import Defect, Place
from data_contract.measures.cells import CellCounts
from data_contract.measures.distinct import Hashes
from data_contract.measures.failures import Failures
from data_contract.measures.histogram import Histogram
from data_contract.measures.newest import Latest
from data_contract.measures.rowprints import Prints
from data_contract.measures.spilled import Spillable
from data_contract.measures.tally import Tally
from data_contract.promise import Measure, Profile
from data_contract.version import __version__

_FORM = 1
"""Of what is kept; another one is not read."""
_SEED_FILE = "seed"
_BITS = 63


class _NotKept(Exception):  # no error: a profile that is measured anew each time
    """A profile that cannot, or must not, be kept."""


@dataclass(frozen=True, slots=True)
class Cache:
    """A folder of profiles, of one seed."""

    folder: Path
    seed: int

    def profile(
        self, content: str, contract: Contract, measures: Sequence[Measure], measured: Callable[[], Profile]
    ) -> Profile:
        """The profile of a file, known by what tells its content from any other: one that is kept, or `measured`."""
        measures = tuple(dict.fromkeys(measures))
        file = self.folder / f"{self._key(content, contract, measures)}.json"
        kept = _read(file, measures)
        if kept is not None:
            return kept
        profile = measured()
        _write(file, profile, measures, contract)
        return profile

    def _key(self, content: str, contract: Contract, measures: Iterable[Measure]) -> str:
        known = (_FORM, __version__, pl.__version__, self.seed, content, contract.digest, contract.format, *measures)
        return hashlib.sha256("\0".join(map(repr, known)).encode("utf-8", "surrogatepass")).hexdigest()


def cache_in(folder: Path) -> Cache:
    """The cache in a folder, which is made if it is not there. Raises `UsageError` where it cannot be."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Cache(folder, _seed(folder / _SEED_FILE))
    except OSError as cause:
        raise UsageError(f"{folder} cannot be a cache: {cause.strerror}", hint="check --cache") from None


def _seed(file: Path) -> int:
    """The seed of all hashes in a cache; a new one where there is none, or no number."""
    try:
        return int(file.read_text(encoding="ascii")) % (1 << _BITS)
    except (FileNotFoundError, ValueError):
        seed = secrets.randbits(_BITS)
        _replace(file, str(seed).encode())
        return seed


def _read(file: Path, measures: Sequence[Measure]) -> Profile | None:
    """A profile that was kept; None where there is none, or not all of it."""
    try:
        digest, _, content = file.read_bytes().partition(b"\n")
    except OSError:
        return None
    if digest != hashlib.sha256(content).hexdigest().encode():
        return None
    kept = json.loads(content)
    return Profile(
        header=tuple(kept["header"]),
        times=Counter(kept["header"]),
        records=kept["records"],
        possible_defects=frozenset(Defect(name) for name in kept["possible_defects"]),
        defects={
            Defect(name): Tally(count, tuple(Place(*place) for place in first))
            for name, (count, first) in kept["defects"].items()
        },
        states={measures[number]: _STATES[name][1](state) for number, name, state in kept["states"]},
        repeats={measures[number]: Failures(_rows(state, Failures().kept)) for number, state in kept["repeats"]},
    )


def _write(file: Path, profile: Profile, measures: Sequence[Measure], contract: Contract) -> None:
    """Keep a profile, if it can be; a cache that cannot be written is none."""
    number = {measure: index for index, measure in enumerate(measures)}
    try:
        kept = {
            "header": profile.header,
            "records": profile.records,
            "possible_defects": sorted(profile.possible_defects),
            "defects": {defect.value: _tally(tally) for defect, tally in profile.defects.items()},
            "states": [
                [number[measure], *_state(measure, state, contract)] for measure, state in profile.states.items()
            ],
            "repeats": [
                [number[measure], _state(measure, failures, contract)[1]]
                for measure, failures in profile.repeats.items()
            ],
        }
        content = json.dumps(kept).encode()
        _replace(file, hashlib.sha256(content).hexdigest().encode() + b"\n" + content)
    except (_NotKept, OSError):
        return


def _replace(file: Path, content: bytes) -> None:
    """Write a file as a whole or not at all, for nobody else to read."""
    part = file.with_name(f"{file.name}.{secrets.token_hex(8)}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _state(measure: Measure, state: Any, contract: Contract) -> tuple[str, Any]:
    name = type(state).__name__
    remembers_values = not isinstance(state, CellCounts | Hashes)
    if name not in _STATES or (remembers_values and contract.secrets.intersection(measure.features())):
        raise _NotKept
    return name, _STATES[name][0](state)


def _tally(tally: Tally[Any]) -> list[Any]:
    return [tally.count, list(tally.first)]


def _untally(kept: list[Any]) -> Tally[int]:
    return Tally(kept[0], tuple(kept[1]))


def _frames(rows: Spillable) -> list[str]:
    """Rows as text; those on disk are too many to be kept."""
    if rows.runs:
        raise _NotKept
    texts = []
    for chunk in rows.chunks:
        written = io.BytesIO()
        chunk.write_ipc_stream(written)
        texts.append(base64.b64encode(written.getvalue()).decode())
    return texts


def _rows(kept: list[str], nothing: Spillable) -> Spillable:
    rows = nothing
    for text in kept:
        rows = rows.merge(nothing.of(pl.read_ipc_stream(io.BytesIO(base64.b64decode(text)))))
    return rows


_STATES: dict[str, tuple[Callable[[Any], Any], Callable[[Any], Any]]] = {
    "CellCounts": (
        lambda state: [state.rows, _tally(state.nulls), [_tally(broken) for broken in state.broken]],
        lambda kept: CellCounts(kept[0], _untally(kept[1]), tuple(map(_untally, kept[2]))),
    ),
    "Histogram": (
        lambda state: [list(state.bins.items()), state.is_full],
        lambda kept: Histogram(dict(kept[0]), kept[1]),
    ),
    "Hashes": (lambda state: state.rows, lambda kept: Hashes(forgotten=kept)),
    "Latest": (lambda state: state.microseconds, Latest),
    "Failures": (lambda state: _frames(state.kept), lambda kept: Failures(_rows(kept, Failures().kept))),
    "Prints": (lambda state: _frames(state.kept), lambda kept: Prints(_rows(kept, Prints().kept))),
}
"""How each kind of state is kept, and read again."""
