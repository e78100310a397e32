"""The way of incoming data: copied, judged, and put where the decision says. Only this module knows the order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from data_contract.acting import Actor
from data_contract.alerts import Herald
from data_contract.case import Case, unreadable
from data_contract.conclusion import outcome_of, unproven
from data_contract.contract import Contract, structure_only
from data_contract.dashboard.exhausted import past_in
from data_contract.engine import change, custody, decision, loader
from data_contract.errors import DataContractError, DataError, gathered
from data_contract.formats.csv import BLOCK
from data_contract.holdings import Current, Holding, Place, Version, unnamed
from data_contract.incoming import Incoming, source_of
from data_contract.journal import finish
from data_contract.judging import Judge
from data_contract.link import last_link
from data_contract.model import (
    Circumstances,
    DatasetOutcome,
    Outcome,
    Reason,
    Unsaid,
    Words,
)
from data_contract.policy import Floor, Policy
from data_contract.recording import Occasion
from data_contract.sources import Watch
from data_contract.stores.store import STAGING, Store
from data_contract.tree import Folder, sha256_of
from data_contract.webhook import PATIENCE, Webhook

_COPY = "copy"
_MOST_NAMES = 20
"""Of datasets in one sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What came, what it is judged by, and the world's part in it."""

    root: Path
    """The folder that contracts and policy are in."""
    incoming: str
    """A file or a folder."""
    now: datetime
    """The real clock, in UTC."""
    as_of: datetime | None = None
    """The time that data is judged by; None: now."""
    takes_all: bool = False
    """Whether every file of a dataset is taken, one after the other, and not only the newest."""
    contracts: tuple[str, ...] = loader.USUAL_CONTRACTS
    policy: str | None = None
    fail_on: str | None = None
    circumstances: Circumstances = Circumstances()
    webhook: str | None = None
    """The address, which is a secret, of who is told; None: nobody."""
    patience: float = PATIENCE
    """Seconds that the run waits for messages that do not arrive."""
    block_size: int = BLOCK
    """Bytes read at a time."""


@dataclass(frozen=True, slots=True)
class _Settled:
    """What became of one file, or of one dataset."""

    datasets: tuple[DatasetOutcome, ...] = ()
    notes: tuple[Reason, ...] = ()
    done: tuple[Words, ...] = ()
    audited: str | None = None


def ingest(request: Request, store: Store, watch: Watch = lambda path, rows: None) -> Outcome:
    """Judge what came and act on each decision; whoever calls it holds the lock of the store.

    Raises `Rejected`, with every mistake, when there is nothing to judge by. What keeps it from acting ends the run,
    and is told in the outcome beside what was done until then.
    """
    head = Folder(request.root)
    law = loader.read_law(head, None, request.contracts, request.policy)
    policy = law.policy.failing_on(request.fail_on)
    actor = _actor(request, store, policy)
    judge = Judge(
        policy=policy,
        as_of=request.as_of or request.now,
        now=request.now,
        log=past_in(store),
        recorded=actor.recorded,
        workplace=lambda: store.workplace,
        block_size=request.block_size,
        watch=watch,
    )
    run = _Run(request, store, law.contracts, policy, Incoming.at(head, request.incoming), judge, actor)
    settled: list[_Settled] = []
    mistakes: list[DataContractError] = []
    with gathered(mistakes):
        for each in run.settled():
            settled.append(each)  # noqa: PERF402  # what was settled before a mistake stays told
    datasets = [dataset for each in settled for dataset in each.datasets]
    notes = [note for each in settled for note in each.notes]
    outcome = outcome_of(datasets, policy, run.as_of, notes)
    outcome = replace(
        outcome,
        done=tuple(said for each in settled for said in each.done),
        audited=next((each.audited for each in reversed(settled) if each.audited), None),
    )
    return unproven(outcome, mistakes) if mistakes else outcome


def _actor(request: Request, store: Store, policy: Policy) -> Actor:
    """Who acts on the decisions, and tells those who are to be told."""
    occasion = Occasion(policy=policy, fail_on=request.fail_on, now=request.now, circumstances=request.circumstances)
    if not request.webhook:
        return Actor(store=store, occasion=occasion)
    webhook = Webhook(address=request.webhook, patience=request.patience)
    return Actor(store=store, occasion=occasion, herald=Herald(webhook=webhook, cool_down=policy.cool_down))


@dataclass(frozen=True, slots=True)
class _Run:
    """What stays the same for a whole run."""

    request: Request
    store: Store
    contracts: tuple[Contract, ...]
    policy: Policy
    incoming: Incoming
    judge: Judge
    actor: Actor

    @property
    def as_of(self) -> datetime:
        """The time that data is judged by."""
        return self.judge.as_of

    def settled(self) -> Iterator[_Settled]:
        """All there is to do, in order."""
        if finish(self.store):
            yield _Settled(done=(("a run was killed before it had done what it had decided: it is done now",),))
        self.store.remove(STAGING)
        # NOTE: a log that was touched is told by every run, and not only by one that has something to enter.
        last_link(self.store)
        came = [(contract, change.in_order(self.incoming.described(contract))) for contract in self.contracts]
        for contract, paths in came:
            yield from self._dataset(contract, paths)
        yield from self._left([contract.name for contract, paths in came if not paths])
        described = {path for _, paths in came for path in paths}
        strangers = [path for path in self.incoming.paths if path not in described]
        yield from (self._stranger(path) for path in strangers)
        self.store.remove(STAGING)

    def _dataset(self, contract: Contract, paths: tuple[str, ...]) -> Iterator[_Settled]:
        """What came of one dataset."""
        holding = Holding(self.store, contract.name)
        yield from self._caught_up(holding, contract)
        taken = paths if self.request.takes_all else paths[-1:]
        for path in taken:
            current = Current.of(holding)
            if current is None:
                yield from self._restored(holding, contract)
                current = Current.of(holding)
            # NOTE: what is known of an older file would be told anew by every run, and taken back by the newer one.
            is_news = bool(self.request.webhook) and path == taken[-1] and holding.is_newest(source_of(path))
            yield self._taken(holding, contract, path, current, is_news=is_news)
        for path in paths:
            if path not in taken:
                yield from self._passed_over(holding, path)

    def _taken(
        self, holding: Holding, contract: Contract, path: str, current: Current | None, *, is_news: bool
    ) -> _Settled:
        """One file that came: judged, unless that was done before, and acted upon."""
        shown = self.incoming.shown(path)
        try:
            copy = self.incoming.copied(path, self.store.workplace / _COPY)
        except (DataError, OSError) as cause:
            why = self.incoming.why_not(path, cause)
            return self._refused(holding, contract, path, why, is_news=is_news)
        self.actor.forget(holding, copy.source)
        known = holding.decided(copy.sha256, copy.source, contract.digest, self.policy.digest)
        if known and known.stands(current.version if current else None, copy.source):
            return self._again(holding, contract, known, shown, is_news=is_news)
        last = holding.known(copy.sha256)
        if current and last and change.is_older(copy.source, current.version.source):
            if last.place is Place.QUARANTINE:
                return self._again(holding, contract, last, shown, is_news=is_news)
            newer = Unsaid(f"{self.store.name}/{current.version.path}")
            said = ": passed over, as it was judged before, and what is current came under a later name: "
            return _Settled(done=((Unsaid(shown), said, newer),))
        return self._told(*self.actor.settle(holding, contract, self.judge.judged(current, contract, copy)))

    def _refused(self, holding: Holding, contract: Contract, path: str, why: str, *, is_news: bool) -> _Settled:
        """A file that cannot even be copied: decided, unless that was done before for the same reason."""
        shown, source = self.incoming.shown(path), source_of(path)
        known = holding.refusal(source, why, contract.digest, self.policy.digest)
        found = self.actor.recorded(known.entry) if known else None
        if found:
            remembered = self.judge.remembered(contract, shown, ("already refused: ", Unsaid(why)), found.decision)
            return self._reminded(holding, contract, remembered, found if is_news else None, {})
        outcome = self.judge.decided(unreadable(contract, shown, why))
        return self._told(self.actor.refuse(holding, contract, outcome, source, why))

    def _again(self, holding: Holding, contract: Contract, known: Version, shown: str, *, is_news: bool) -> _Settled:
        """A decision that was made before: as it was, with what people still do not know of it."""
        words = {Place.ACCEPTED: "already accepted as ", Place.QUARANTINE: "already quarantined as "}
        said = (words[known.place], Unsaid(f"{self.store.name}/{known.path}"))
        remembered = replace(self.judge.remembered(contract, shown, said, known), rows=known.rows)
        found = self.actor.recorded(known.entry) if is_news else None
        return self._reminded(holding, contract, remembered, found, {shown: known.sha256})

    def _reminded(
        self,
        holding: Holding,
        contract: Contract,
        remembered: DatasetOutcome,
        found: DatasetOutcome | None,
        data: Mapping[str, str],
    ) -> _Settled:
        """What is remembered of a decision, once people are told what they still do not know of what was found."""
        if found is None:
            return _Settled((remembered,))
        dataset = replace(remembered, findings=found.findings, coverage=found.coverage)
        said = (Unsaid(remembered.path or ""), ": ", *remembered.decision.reasons[0].message)
        noted = outcome_of((), self.policy, self.as_of, [decision.reason("run", Floor.ALLOW, *said)])
        outcome = self.actor.remind(holding, contract, dataset, data, noted)
        return _Settled((remembered,), done=outcome.done, audited=outcome.audited)

    def _told(self, *outcomes: Outcome) -> _Settled:
        return _Settled(
            tuple(dataset for outcome in outcomes for dataset in outcome.datasets),
            done=tuple(said for outcome in outcomes for said in outcome.done),
            audited=outcomes[-1].audited,
        )

    def _restored(self, holding: Holding, contract: Contract) -> Iterator[_Settled]:
        """Go back to the last version that is what it was, where the current one is not; nothing where all is well."""
        is_named = self.store.read(holding.pointer) is not None
        good = next((each for each in holding.versions(Place.ACCEPTED) if holding.sound(each)), None)
        if good is None and not is_named:
            return
        lost = "is gone, or is not what was accepted" if is_named else "is named by nothing"
        back = f"goes back to {good.version}" if good else "names none, as there is no other one"
        said = ("the current version of ", Unsaid(contract.name), f" {lost}: current.json {back}")
        note = decision.reason("run", Floor.ALERT, *said)
        outcome = outcome_of((), self.policy, self.as_of, [note])
        rolled = self.actor.roll_back(holding, contract, outcome, good)
        yield _Settled(notes=(note,), done=rolled.done, audited=rolled.audited)

    def _caught_up(self, holding: Holding, contract: Contract) -> Iterator[_Settled]:
        """What a run before this one did and nobody heard of, told now."""
        if self.request.webhook and (news := holding.news()):
            notes = [decision.reason("run", Floor.ALLOW, "told now: ", Unsaid(each)) for each in news]
            outcome = self.actor.catch_up(holding, contract, outcome_of((), self.policy, self.as_of, notes))
            yield _Settled(done=outcome.done, audited=outcome.audited)

    def _passed_over(self, holding: Holding, path: str) -> Iterator[_Settled]:
        """An older file, which is told where nobody ever judged it."""
        said = (Unsaid(self.incoming.shown(path)), ": passed over, as a newer file came for ", Unsaid(holding.dataset))
        try:
            is_known = holding.known(sha256_of(self.incoming.tree, path)) is not None
        except (DataError, OSError) as cause:
            why = Unsaid(self.incoming.why_not(path, cause))
            yield _Settled(done=((*said, "; it could not be read either: ", why),))
            return
        self.actor.forget(holding, source_of(path))
        if not is_known:
            yield _Settled(done=((*said, "; --all takes every one"),))

    def _left(self, without: Sequence[str]) -> Iterator[_Settled]:
        """What nothing was done about: datasets `without` a file that came, and those that no contract names."""
        if without:
            more = f", and {len(without) - _MOST_NAMES} more" if len(without) > _MOST_NAMES else ""
            yield _Settled(done=(("nothing came for ", Unsaid(", ".join(without[:_MOST_NAMES])), more),))
        for folder in unnamed(self.store, (contract.name for contract in self.contracts)):
            said = ": no contract names this dataset, and nobody judges what comes for it, or looks after current.json"
            yield _Settled(done=((Unsaid(f"{self.store.name}/{folder}"), said),))

    def _stranger(self, path: str) -> _Settled:
        """A file that no contract describes: never promoted, and never passed over in silence."""
        shown = self.incoming.shown(path)
        if not self.policy.is_data(shown):
            said = ": left alone, as no contract describes it and the policy does not call it data"
            return _Settled(done=((Unsaid(shown), said),))
        found = custody.uncontracted(shown, ("it is left alone",))
        case = Case(contract=structure_only(shown), path=shown, findings=(found,), known_as=shown)
        return _Settled(self.judge.decided(case).datasets)
