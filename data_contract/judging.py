"""Judges what came: a copy against the current version, and a blocked one once more without its bad rows."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import BinaryIO

from data_contract import split
from data_contract.acting import Judged
from data_contract.case import Bench, Case, Past, examined
from data_contract.conclusion import outcome_of
from data_contract.contract import Contract
from data_contract.dashboard.exhausted import Budgets
from data_contract.dashboard.exhausted import Past as PastOfLog
from data_contract.engine import custody, decision, loader
from data_contract.errors import DataError
from data_contract.formats.source import Source
from data_contract.holdings import Current, Version
from data_contract.incoming import Copy
from data_contract.model import Coverage, DatasetOutcome, Decision, Outcome, Reason, Unsaid, Verdict, Words
from data_contract.policy import Floor, Policy
from data_contract.sources import Watch
from data_contract.stores.store import digest_of, safe_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Judge:
    """Judges for a whole run."""

    policy: Policy
    as_of: datetime
    """The time that data is judged by."""
    now: datetime
    """The real clock, in UTC."""
    log: PastOfLog
    """What the store's audit log says."""
    recorded: Callable[[str], DatasetOutcome | None]
    """What an entry of it has of a decision, if anything."""
    workplace: Callable[[], Path]
    """The folder in which parts of copies are made."""
    block_size: int
    """Bytes read at a time."""
    watch: Watch

    def judged(self, current: Current | None, contract: Contract, copy: Copy) -> list[Judged]:
        """The decision about a copy, and about its good rows where these go on without the bad ones."""
        outcome = self.decided(self._examined(current, contract, copy), copy.sha256)
        whole = Judged(outcome=outcome, copy=copy)
        if self.policy.splits_rows and outcome.decision.verdict is Verdict.BLOCK_AND_ROLLBACK:
            return self._parted(current, contract, whole)
        return [whole]

    def decided(self, case: Case, sha256: str | None = None) -> Outcome:
        """What a case comes to, of data that is given by its SHA-256 if it could be read."""
        bench = Bench(policy=self.policy, as_of=self.as_of, today=self.now.date())
        budgets = Budgets(bench=bench, now=self.now, past=self.log)
        decided = budgets.decided(bench.decide(case), lambda path: sha256)
        return outcome_of([decided], self.policy, self.as_of)

    def remembered(self, contract: Contract, shown: str, said: Words, known: Version | Decision) -> DatasetOutcome:
        """What was decided about the same data before, by the same contract and policy."""
        reason = Reason(rule="run", verdict=known.verdict, message=said, is_error=known.is_undecided)
        rules = self.policy.rules_for(contract.name, shown)
        return DatasetOutcome(
            name=contract.name,
            path=shown,
            contract=contract.span,
            rows=None,
            findings=(),
            coverage=Coverage(),
            decision=Decision(
                verdict=known.verdict,
                risk=known.risk,
                reasons=(reason,),
                counterfactual=None,
                fails=decision.fails(known.verdict, rules.ci.fail_on),
                is_undecided=known.is_undecided,
            ),
            known_as=contract.name,
        )

    def _examined(self, current: Current | None, contract: Contract, copy: Copy) -> Case:
        """What the contract finds in a copy, compared with the current version."""
        case = examined(
            contract,
            copy.shown,
            lambda: self._source(copy.file, copy.shown, contract),
            self.as_of,
            open_past=lambda: self._past(current, contract, copy),
            watch=partial(self.watch, copy.shown),
        )
        if current is None or current.version.contract == contract.digest:
            return case
        # NOTE: a store keeps no contract, but what the one that accepted the current version found in it.
        accepted = self.recorded(current.version.entry)
        return replace(case, findings=custody.revealed(case.findings, accepted.findings if accepted else ()))

    def _past(self, current: Current | None, contract: Contract, copy: Copy) -> Past:
        if current is None:
            return Past()
        source = current.version.source
        return Past(open=partial(self._source, current.file, source, contract), is_sibling=source != copy.source)

    def _source(self, file: Path, path: str, contract: Contract) -> Source:
        def open_file() -> BinaryIO:
            return file.open("rb")

        return loader.open_data(open_file, path, contract, self.policy.max_bytes, self.block_size)

    def _parted(self, current: Current | None, contract: Contract, whole: Judged) -> list[Judged]:
        """A blocked file with its bad rows beside it, and its good rows; the file alone where it has other faults."""
        copy, (dataset,) = whole.copy, whole.outcome.datasets
        checks = split.row_checks(contract, dataset.findings)
        if not checks or dataset.decision.is_undecided:
            return [whole]
        try:
            source = self._source(copy.file, copy.shown, contract)
            parts = split.parted(source, copy.path, checks, self.workplace())
        except DataError as cause:
            said = (Unsaid(copy.shown), ": not split: ", Unsaid(cause.message))
            return [replace(whole, outcome=replace(whole.outcome, done=(said,)))]
        if not parts.good_rows:
            return [whole]
        good = replace(copy, file=parts.good, sha256=digest_of(parts.good), part="its good rows are ")
        left = f"{parts.bad_rows:,} of {dataset.rows:,} rows are left out, as they are bad"
        note = decision.reason("quarantine.split_rows", Floor.ALERT, left)
        case = self._examined(current, contract, good)
        # NOTE: good rows are of the same version as their file, which is what the log knows it by.
        kept = self.decided(replace(case, notes=(*case.notes, note), is_part=True), copy.sha256)
        beside = {f"bad/{safe_name(copy.name)}": parts.bad, "bad/lines.csv": parts.lines}
        return [replace(whole, beside=beside), Judged(outcome=kept, copy=good)]
