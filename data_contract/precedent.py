"""A file that no contract describes is judged by what its previous version promises by itself."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from data_contract import infer
from data_contract.case import Case, Past, examined, unreadable
from data_contract.contract import Contract, structure_only
from data_contract.engine import custody, validator
from data_contract.engine.change import Judges, Target
from data_contract.errors import DataError
from data_contract.formats.source import Source
from data_contract.measures.batch import Defect
from data_contract.policy import Policy
from data_contract.sources import Sources, Watch

_PEEKED = 1 << 16
"""Bytes from the start of a file in which new names are looked for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Precedent:
    """Judges files by their past; what it needs for it stays the same for a whole run."""

    sources: Sources
    policy: Policy
    as_of: datetime
    watch: Watch

    def case(self, target: Target, path: str) -> Case:
        """What is found about a file that no contract describes."""
        form = structure_only(path)
        if target.secrets:
            # NOTE: what is learnt from values is told in their words; the contract that it had is judged beside it.
            said = "the contract that it had calls some of it sensitive, so nothing but its structure was checked"
            form = replace(form, ground=(said,))
        found = self.judged(target, form, is_secret=bool(target.secrets))
        findings = (*found.findings, custody.uncontracted(path, found.contract.ground))
        # NOTE: nobody moves a file to where milder rules hold for its name.
        return replace(found, findings=findings, before=target.before, known_as=target.before or path)

    def judged(self, target: Target, form: Contract, *, is_secret: bool = False) -> Case:
        """What is found about a file by what its previous version promises, if it may be looked at."""
        path, before = target.path, target.past_for(Judges(None, None))
        assert path
        try:
            is_implicit = not is_secret and self.policy.is_implicit(path, target.before)
            contract, past = self._implied(before, form, path, is_implicit=is_implicit)
        except OSError as cause:
            return unreadable(form, path, f"its previous version: {cause.strerror or cause}")

        def opened() -> Source:
            source = self.sources.open(path, replace(contract, format=form.format))
            if Defect.NOT_OBJECT in source.possible_defects:
                return self.sources.open(path, self._named(path, contract))
            # NOTE: the delimiter that the file's name promises is right, whatever the version before was written with.
            is_alike = contract.format == form.format or len(source.columns) > 1
            return source if is_alike else self.sources.open(path, contract)

        watch = partial(self.watch, path)
        return examined(contract, path, opened, self.as_of, open_past=lambda: past, watch=watch)

    def _named(self, path: str, contract: Contract) -> Contract:
        """The contract of a file whose rows name their columns, with those that are new in its first rows.

        They promise nothing, but one of them may be a column that is gone, renamed.
        """
        first = replace(self.sources, block_size=_PEEKED).open(path, contract)
        next(iter(first.batches()), None)
        names = dict.fromkeys((*contract.features, *first.header))
        return infer.described(contract, tuple(names), path) if contract.features else contract

    def _implied(self, before: str | None, form: Contract, path: str, *, is_implicit: bool) -> tuple[Contract, Past]:
        """The form of a file and, where the policy wants it, what its past promises; and that past."""
        past = self.sources.past(before, form)
        if past.open is None or not is_implicit:
            return form, past
        try:
            source = past.open()
            names = source.columns or validator.measure(source, ()).header
            written = infer.described(form, names, path)
            past = self.sources.past(before, written)
            assert past.open
            source = past.open()
            profile = validator.measure(source, infer.sketches(source.columns), seed=past.seed)
        except DataError as cause:
            return form, Past(problem=cause.message)
        return replace(infer.implicit_contract(profile, path, self.policy.implied_off), format=written.format), past
