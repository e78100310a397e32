"""One file before all of its judges, as they are and as they were; and judges that have no file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from data_contract.case import Case, examined, missing
from data_contract.contract import Contract, structure_only
from data_contract.engine import custody, loader
from data_contract.engine.change import Judges, Target
from data_contract.engine.loader import Law
from data_contract.evolution import compare
from data_contract.glob import has_wildcard
from data_contract.rules import LAST_FILE
from data_contract.sources import Sources, Watch
from data_contract.versions import Versions

if TYPE_CHECKING:
    from data_contract.precedent import Precedent


@dataclass(frozen=True, slots=True, kw_only=True)
class Hearing:
    """Hears the judges of files; what it needs for it stays the same for a whole run."""

    versions: Versions
    law: Law
    pairs: tuple[Judges, ...]
    """Every contract."""
    sources: Sources
    as_of: datetime
    watch: Watch

    @property
    def _precedent(self) -> Precedent:
        """What judges a file without a contract."""
        # NOTE: most files have one, and a run does without all that learns promises from data.
        from data_contract.precedent import Precedent

        return Precedent(sources=self.sources, policy=self.law.policy, as_of=self.as_of, watch=self.watch)

    def cases(self, target: Target) -> Iterator[Case]:
        """What is found about one file."""
        if target.path is None:
            yield from self._gone(target)
            return
        judges = [pair for pair in target.judges if pair.head]
        yield from (self._case(target, pair) for pair in judges)
        if not judges:
            yield self._precedent.case(target, target.path)
        yield from (self._lost(target, pair.base) for pair in target.judges if pair.base and not pair.head)

    def without_data(self, cases: Sequence[Case]) -> Iterator[Case]:
        """What is found about contracts that no file matches, and about files that they name and that are not there."""
        for pair in self.pairs:
            if pair.head and (globs := self._unmatched(pair, cases)):
                is_emptied = globs == pair.head.files and self._had_files(pair)
                is_new = self.versions.base is None or pair.is_changed or is_emptied
                name = (pair.base or pair.head).name
                yield missing(pair.head, globs, known_as=name, is_new=is_new, is_emptied=is_emptied)

    def _unmatched(self, pair: Judges, cases: Sequence[Case]) -> tuple[str, ...]:
        """All globs of a contract without a file; of one that has files those that name one and no case is about."""
        contract = pair.head
        assert contract
        each = (replace(contract, files=(glob,)) for glob in contract.files)
        globs = [alone.files[0] for alone in each if not loader.find_files(self.versions.head, [alone])]
        if len(globs) == len(contract.files):
            told = (finding for case in cases for finding in case.findings if finding.aspect == LAST_FILE)
            name = (pair.base or contract).name
            return () if any(finding.dataset == name for finding in told) else contract.files
        return tuple(glob for glob in globs if not has_wildcard(glob) and all(case.path != glob for case in cases))

    def _had_files(self, pair: Judges) -> bool:
        base = self.versions.base
        return base is not None and pair.base is not None and bool(loader.find_files(base, [pair.base]))

    def _case(self, target: Target, judges: Judges) -> Case:
        """What a contract finds, and what would have been found before the change."""
        found = self._judged_by(target, judges)
        if target.before is None or any(contract.describes(target.before) for contract in self.law.past):
            return found
        # NOTE: base would judge the data by its past alone; no contract that comes, or takes it in, may spare it that.
        implied = self._precedent.judged(target, structure_only(target.path or target.before)).findings
        implied = custody.unspoken(implied) if target.secrets else implied
        return replace(found, former=(*(found.former or ()), *implied), known_as=target.before)

    def _judged_by(self, target: Target, judges: Judges) -> Case:
        """What a contract finds, as it is and as it was."""
        assert judges.head
        found = self._examined(target, judges.head, judges)
        if self.versions.base is None or not judges.is_changed:
            return found
        if judges.base is None:
            return replace(found, findings=custody.revealed(found.findings, ()))
        former = self._examined(target, judges.base, judges).findings
        findings = custody.revealed(found.findings, former)
        evolution = compare(judges.base, judges.head)
        return replace(found, findings=findings, former=former, evolution=evolution, known_as=judges.base.name)

    def _lost(self, target: Target, contract: Contract) -> Case:
        """What a contract would have found that no longer describes the file."""
        assert target.path
        found, now = self._examined(target, contract, Judges(None, contract)), self._now(contract)
        told = [custody.uncovered(contract, target.before or target.path, target.path, now)]
        if now is None and not loader.find_files(self.versions.head, [contract]):
            told.append(custody.emptied(contract, target.path))
        return replace(found, findings=tuple(told), former=found.findings)

    def _gone(self, target: Target) -> Iterator[Case]:
        assert target.before
        if not target.judges:
            contract = structure_only(target.before)
            findings = (custody.deleted_uncontracted(target.before),)
            yield Case(contract=contract, path=target.before, findings=findings, known_as=contract.name)
        for contract in (pair.base for pair in target.judges if pair.base):
            now = self._now(contract)
            is_last = not loader.find_files(self.versions.head, [now or contract])
            finding = custody.deleted(now or contract, target.before, is_last=is_last, is_retired=now is None)
            # NOTE: nobody waives it by giving the dataset a name that has a waiver.
            finding = replace(finding, dataset=contract.name)
            yield Case(contract=now or contract, path=target.before, findings=(finding,), known_as=contract.name)

    def _now(self, contract: Contract) -> Contract | None:
        """What has become of a contract of base; None where it is deleted."""
        return next((pair.head for pair in self.pairs if pair.base is contract), None)

    def _examined(self, target: Target, contract: Contract, judges: Judges) -> Case:
        """What a contract finds."""
        path, before = target.path, target.past_for(judges)
        assert path
        contract = contract.keeping(target.secrets)
        found = examined(
            contract,
            path,
            lambda: self.sources.open(path, contract),
            self.as_of,
            open_past=lambda: self.sources.past(before, contract),
            watch=lambda rows: self.watch(path, rows),
        )
        return replace(found, before=target.before)
