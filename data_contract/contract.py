"""What a dataset promises, as ready-made checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from data_contract.checks.structure import Structure
from data_contract.errors import ContractError, Rejected, Span
from data_contract.glob import is_anywhere, matches, may_hold
from data_contract.keys import Reading, Section
from data_contract.measures.cells import Cells
from data_contract.model import Feature, Sla, TextFormat, Words
from data_contract.promise import DatasetTerms, Promise


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one dataset promises, with ready-made checks inside."""

    name: str
    owner: str | None
    files: tuple[str, ...]
    """Globs from the root."""
    key: tuple[Cells, ...]
    """The features that identify a row, each with what makes its cells valid."""
    format: TextFormat
    features: Mapping[str, Feature]
    """In the order of the contract."""
    checks: tuple[Promise, ...]
    slas: tuple[Sla, ...] = ()
    span: Span
    digest: str
    """SHA-256 of the file it stands in, 64 hexadecimal digits."""
    written: Section | None = field(default=None, repr=False, compare=False)
    """Its keys as they stand in the file; None where nobody wrote it."""
    ground: Words = ("nothing but its structure was checked",)
    """What a contract that nobody wrote rests on; told where no other matches the file."""

    def describes(self, path: str) -> bool:
        """Whether a file is one of the dataset's."""
        return any(matches(path, glob) for glob in self.files)

    @property
    def secrets(self) -> frozenset[str]:
        """The names of the features whose values are never shown."""
        return frozenset(name for name, feature in self.features.items() if feature.sensitive)

    def keeping(self, secrets: frozenset[str]) -> Contract:
        """The same contract, in which the features of these names are sensitive too."""
        if secrets <= self.secrets:
            return self
        features = {
            name: replace(feature, sensitive=feature.sensitive or name in secrets)
            for name, feature in self.features.items()
        }
        return replace(self, features=features, checks=tuple(check.keeping(secrets) for check in self.checks))

    def reaches_into(self, path: str, *, is_new: bool = False) -> bool:
        """Whether some of its files may lie below a path: then what stands there had better be a folder.

        Of globs that reach everywhere only where what stands there `is_new`: what was there never held any that count.
        """
        return any(may_hold(path, glob) or (is_new and is_anywhere(glob)) for glob in self.files)


def structure_only(path: str) -> Contract:
    """What every data file promises without a contract: that it has the form of one."""
    nothing = Section(Span(path, 1))
    reading = Reading(ContractError)
    terms = DatasetTerms(section=nothing, rows=nothing, cells={}, features={}, is_sample=False, reading=reading)
    return Contract(
        name=path,
        owner=None,
        files=(),
        key=(),
        format=TextFormat(),
        features={},
        checks=tuple(Structure.promised(terms)),
        span=nothing.span,
        digest=hashlib.sha256(b"").hexdigest(),
    )


def refuse_twins(contracts: Iterable[Contract]) -> None:
    """Raise `Rejected` if two contracts describe a dataset of the same name."""
    first: dict[str, Contract] = {}
    twins = []
    for contract in contracts:
        other = first.setdefault(contract.name, contract)
        if other is not contract:
            hint = f"{other.span.path} describes it already: rename one"
            twins.append(
                ContractError(f"the dataset '{contract.name}' is described twice", at=contract.span, hint=hint)
            )
    if twins:
        raise Rejected(twins)
