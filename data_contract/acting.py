"""Does in a store what decisions ask for, and enters in its audit log what was decided and done.

Nothing here is done by halves: what is to be done is written down in the journal first, the entry among it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from data_contract.audit import NOTHING, Act, digest_in, line_of
from data_contract.contract import Contract
from data_contract.copies import Copy
from data_contract.engine.actions import Action, due
from data_contract.errors import AuditError, Span
from data_contract.holdings import Holding, Place, Version
from data_contract.journal import Move, Remove, Step, Write, commit
from data_contract.model import Outcome, Unsaid, Words
from data_contract.policy import Policy
from data_contract.recording import Occasion, entry_of_one
from data_contract.reports import json, text
from data_contract.stores.store import AUDIT, STAGING, Store, safe_name

_SUFFIX = ".jsonl"


def digest_of_law(policy: Policy) -> str:
    """The SHA-256 of a policy as it was written; of nothing where nobody wrote one."""
    return hashlib.sha256((policy.text or "").encode()).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Acts for one run; what it began when it is killed, a later one ends."""

    store: Store
    occasion: Occasion

    def settle(self, holding: Holding, contract: Contract, outcome: Outcome, copy: Copy) -> Outcome:
        """Put new data where the decision about it says; the outcome then tells what was done."""
        actions = due(outcome.decision.verdict)
        place = Place.ACCEPTED if Action.PROMOTE in actions else Place.QUARANTINE
        link = _next(self.store)
        version = self._version(holding.folder_for(place, link.number, copy.sha256), link, contract, outcome, copy)
        staged = f"{STAGING}/{version.version}"
        self.store.put(copy.file, staged)
        steps: list[Step] = [Move(staged, version.path), *_beside(version, outcome)]
        if place is Place.ACCEPTED:
            steps.append(Write(holding.pointer, version.text()))
        acts = [_alert() if action is Action.ALERT else _done(action, version.folder) for action in actions]
        outcome = replace(outcome, done=(self._said(version, copy, holding),))
        return self._commit(outcome, contract, link, steps, acts, {copy.shown: copy.sha256})

    def record(self, contract: Contract, outcome: Outcome) -> Outcome:
        """Enter a decision about what could not even be copied."""
        return self._commit(outcome, contract, _next(self.store), [], [], {})

    def roll_back(self, holding: Holding, contract: Contract, outcome: Outcome, good: Version | None) -> Outcome:
        """Make a version the current one, or none where there is no good one."""
        pointer = holding.pointer
        step = Write(pointer, good.text()) if good else Remove(pointer)
        acts = [_done(Action.ROLLBACK, good.folder if good else pointer), _alert()]
        return self._commit(outcome, contract, _next(self.store), [step], acts, {})

    def _commit(
        self,
        outcome: Outcome,
        contract: Contract,
        link: _Link,
        steps: Sequence[Step],
        acts: Sequence[Act],
        data: dict[str, str],
    ) -> Outcome:
        entry = entry_of_one(outcome, self.occasion, contract, data, tuple(acts))
        line = line_of(replace(entry, previous=link.previous))
        commit(self.store, [*steps, Write(link.path, line.decode())])
        return replace(outcome, audited=digest_in(line))

    def _version(self, folder: str, link: _Link, contract: Contract, outcome: Outcome, copy: Copy) -> Version:
        (dataset,) = outcome.datasets
        return Version(
            version=folder.rpartition("/")[2],
            path=f"{folder}/{safe_name(copy.name)}",
            sha256=copy.sha256,
            rows=dataset.rows,
            decided_at=self.occasion.now,
            entry=link.path,
            source=copy.source,
            verdict=outcome.decision.verdict,
            risk=outcome.decision.risk,
            is_undecided=outcome.decision.is_undecided,
            contract=contract.digest,
            policy=digest_of_law(self.occasion.policy),
        )

    def _said(self, version: Version, copy: Copy, holding: Holding) -> Words:
        where = Unsaid(f"{self.store.name}/{version.path}")
        if version.place is Place.ACCEPTED:
            return Unsaid(copy.shown), ": promoted to ", where, f"; current is now {version.version}"
        current = holding.current()
        stays = f"current is still {current.version}" if current else "there is no current version"
        return Unsaid(copy.shown), ": quarantined in ", where, f"; {stays}"


@dataclass(frozen=True, slots=True)
class _Link:
    """The place of the next entry in the audit log."""

    number: int
    previous: str
    """The digest of the entry before."""

    @property
    def path(self) -> str:
        """From the root of the store."""
        return f"{AUDIT}/{self.number:08}{_SUFFIX}"


def _next(store: Store) -> _Link:
    names = [name for name in store.names(AUDIT) if name.endswith(_SUFFIX)]
    if not names:
        return _Link(1, NOTHING)
    last = f"{AUDIT}/{names[-1]}"
    number, digest = names[-1].removesuffix(_SUFFIX), digest_in(store.read(last) or b"")
    if not digest or not number.isdecimal():
        at = Span(f"{store.name}/{last}", 1)
        raise AuditError("this is no entry of the store's audit log", at=at, hint="find out who put it there")
    return _Link(int(number) + 1, digest)


def _beside(version: Version, outcome: Outcome) -> list[Write]:
    """What lies beside the data; of what is quarantined, also why."""
    written = Write(f"{version.folder}/version.json", version.text())
    if version.place is Place.ACCEPTED:
        return [written]
    found = Write(f"{version.folder}/findings.json", json.render(outcome))
    return [found, Write(f"{version.folder}/report.txt", text.render(outcome)), written]


def _done(action: Action, target: str) -> Act:
    return Act(action=action, target=target, is_done=True)


def _alert() -> Act:
    return Act(action=Action.ALERT, target="nobody", is_done=False, detail="nobody is named to be told")
