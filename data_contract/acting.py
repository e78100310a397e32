"""Does in a store what decisions ask for, and enters in its audit log what was decided and done.

Nothing here is done by halves: what is to be done is written down in the journal first, the entry among it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from data_contract.alerts import Herald, together
from data_contract.audit import Act, digest_in, is_whole, line_of, record_of
from data_contract.contract import Contract
from data_contract.engine.actions import Action, due
from data_contract.errors import AuditError, Span
from data_contract.holdings import Holding, Place, Refusal, Version, text_of
from data_contract.incoming import Copy
from data_contract.journal import Move, Remove, Step, Write, commit
from data_contract.link import Link, last_link, path_after, path_of
from data_contract.model import DatasetOutcome, Outcome, Unsaid, Words, plain
from data_contract.recording import Occasion, entry_of_one
from data_contract.reports import json, text
from data_contract.stores.store import HEAD, STAGING, Store, is_inside, safe_name


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A decision about a file that came, or about a part of it."""

    outcome: Outcome
    copy: Copy
    beside: Mapping[str, Path] = field(default_factory=dict)
    """Files of the workplace that are kept beside it, by their path from its folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Acts for one run; what it began when it is killed, a later one ends."""

    store: Store
    occasion: Occasion
    herald: Herald | None = None
    """None: nobody is named to be told."""

    def settle(self, holding: Holding, contract: Contract, every: Sequence[Judged]) -> list[Outcome]:
        """Put new data where the decisions about it say, all or nothing; the outcomes then tell what was done.

        The first decision is that about the file as a whole.
        """
        link, steps, outcomes = last_link(self.store), list[Step](), list[Outcome]()
        current = holding.current()
        (whole, *parts) = (each.outcome.datasets[0] for each in every)
        for judged, version in zip(every, self._versions(holding, link.number, contract, every), strict=True):
            action = due(judged.outcome.decision.verdict)
            steps += self._kept(version, judged)
            if version.place is Place.ACCEPTED:
                steps.append(Write(holding.pointer, version.text()))
                current = version
            told = [*self._told(holding, together(whole, parts))] if judged is every[0] else []
            acts = [_done(action, version.folder), *(act for act, _ in told)]
            steps += (memory for _, memory in told)
            done = (self._said(version, judged.copy, current), *_spoken(acts))
            outcome = replace(judged.outcome, done=(*judged.outcome.done, *done))
            data = {judged.copy.shown: judged.copy.sha256}
            link, step, outcome = self._entered(outcome, contract, link, acts, data)
            steps.append(step)
            outcomes.append(outcome)
        commit(self.store, [*steps, _headed(link)])
        return outcomes

    def refuse(self, holding: Holding, contract: Contract, outcome: Outcome, source: str, why: str) -> Outcome:
        """Enter a decision about what could not even be copied, and keep it in mind."""
        refusal = Refusal(
            source=source,
            why=why,
            entry=path_of(last_link(self.store).number + 1),
            contract=contract.digest,
            policy=self.occasion.policy.digest,
        )
        others = (each for each in holding.refusals() if each.source != source)
        steps = [Write(holding.refused, text_of((*others, refusal)))]
        return self._enter(outcome, contract, [], self._told(holding, outcome.datasets[0]), steps=steps)

    def forget(self, holding: Holding, source: str) -> None:
        """Bear in mind no longer that what came under a path could not be read: something else came there."""
        refusals = holding.refusals()
        others = tuple(each for each in refusals if each.source != source)
        if others != refusals:
            self.store.write(holding.refused, text_of(others).encode())

    def recorded(self, entry: str) -> DatasetOutcome | None:
        """What the audit log has of a decision, as people are told of it; None where nothing there can be believed."""
        whole, after = self._recorded(entry), path_after(entry)
        part = self._recorded(after) if after else None
        return together(whole, [part] if part and part.is_part else []) if whole else None

    def _recorded(self, entry: str) -> DatasetOutcome | None:
        line = self.store.read(entry) if is_inside(entry) else None
        if line is None or not is_whole(line):
            return None
        try:
            record = record_of(line, Span(entry, 1))
        except AuditError:
            return None
        return next((each for each in record.entry.datasets), None)

    def remind(
        self, holding: Holding, contract: Contract, dataset: DatasetOutcome, data: Mapping[str, str], outcome: Outcome
    ) -> Outcome:
        """Tell of a decision that was made before what is still news: what was not heard, or too long ago.

        The outcome says only that: nothing is decided again.
        """
        told = [*self._told(holding, dataset)]
        if any(act.is_done for act, _ in told):
            return self._enter(outcome, contract, [], told, data)
        return replace(outcome, done=(*outcome.done, *_spoken([act for act, _ in told])))

    def roll_back(self, holding: Holding, contract: Contract, outcome: Outcome, good: Version | None) -> Outcome:
        """Make a version the current one, or none where there is no good one; what nobody hears of it is kept."""
        pointer = holding.pointer
        moved = _done(Action.ROLLBACK, good.folder if good else pointer)
        step = Write(pointer, good.text()) if good else Remove(pointer)
        news = [plain(why.message) for why in outcome.decision.reasons]
        said = [self.herald.say(news)] if self.herald else []
        kept = [] if any(act.is_done for act in said) else [Write(holding.untold, text_of((*holding.news(), *news)))]
        return self._enter(outcome, contract, [moved, *said], [], steps=[step, *kept])

    def catch_up(self, holding: Holding, contract: Contract, outcome: Outcome) -> Outcome:
        """Tell what nobody heard when it was done. The outcome says only that: nothing is decided again."""
        said = self.herald.say(holding.news()) if self.herald else None
        if said and said.is_done:
            return self._enter(outcome, contract, [said], [], steps=[Remove(holding.untold)])
        return replace(outcome, done=(*outcome.done, *_spoken([said] if said else [])))

    def _enter(
        self,
        outcome: Outcome,
        contract: Contract,
        acts: Sequence[Act],
        told: Iterable[tuple[Act, Write]],
        data: Mapping[str, str] | None = None,
        steps: Sequence[Step] = (),
    ) -> Outcome:
        """Take some steps, keep in mind what was told, and enter all of it in the audit log."""
        told = [*told]
        acts = [*acts, *(act for act, _ in told)]
        outcome = replace(outcome, done=(*outcome.done, *_spoken(acts)))
        link, step, outcome = self._entered(outcome, contract, last_link(self.store), acts, data or {})
        commit(self.store, [*steps, *(memory for _, memory in told), step, _headed(link)])
        return outcome

    def _told(self, holding: Holding, dataset: DatasetOutcome) -> Iterator[tuple[Act, Write]]:
        """What was told of a decision, if it is news to anybody, and the step that keeps it in mind."""
        place = f"{holding.folder}/told.json"
        told = self.herald.tell(dataset, self.store.read(place), self.occasion.now) if self.herald else None
        if told:
            yield told[0], Write(place, told[1].decode())

    def _entered(
        self, outcome: Outcome, contract: Contract, last: Link, acts: Sequence[Act], data: Mapping[str, str]
    ) -> tuple[Link, Write, Outcome]:
        """The next entry, the step that writes it, and the outcome that names it."""
        entry = entry_of_one(outcome, self.occasion, contract, data, tuple(acts))
        line = line_of(replace(entry, previous=last.digest))
        link = Link(last.number + 1, digest_in(line))
        return link, Write(link.path, line.decode()), replace(outcome, audited=link.digest)

    def _kept(self, version: Version, judged: Judged) -> Iterator[Step]:
        """The steps that fill the folder of a version, once its files are staged."""
        staged = f"{STAGING}/{version.version}"
        self.store.put(judged.copy.file, staged)
        yield Move(staged, version.path)
        for number, (path, file) in enumerate(judged.beside.items()):
            self.store.put(file, f"{staged}-{number}")
            yield Move(f"{staged}-{number}", f"{version.folder}/{path}")
        if version.place is Place.QUARANTINE:
            yield Write(f"{version.folder}/findings.json", json.render(judged.outcome))
            yield Write(f"{version.folder}/report.txt", text.render(judged.outcome))
        yield Write(f"{version.folder}/version.json", version.text())

    def _versions(self, holding: Holding, last: int, contract: Contract, every: Sequence[Judged]) -> Iterator[Version]:
        """The versions that come of the decisions behind that number, about a file and maybe about its good rows."""
        whole, *parts = (self._version(holding, number, contract, each) for number, each in enumerate(every, last + 1))
        promoted = (part.version for part in parts if part.place is Place.ACCEPTED)
        yield from (replace(whole, part=next(promoted, None)), *parts)

    def _version(self, holding: Holding, number: int, contract: Contract, judged: Judged) -> Version:
        """The version that comes of the decision of that number."""
        (dataset,), decision = judged.outcome.datasets, judged.outcome.decision
        folder = holding.folder_for(Place.of(decision.verdict), number, judged.copy.sha256)
        return Version(
            version=folder.rpartition("/")[2],
            path=f"{folder}/{safe_name(judged.copy.name)}",
            sha256=judged.copy.sha256,
            rows=dataset.rows,
            decided_at=self.occasion.now,
            entry=path_of(number),
            source=judged.copy.source,
            verdict=decision.verdict,
            risk=decision.risk,
            is_undecided=decision.is_undecided,
            contract=contract.digest,
            policy=self.occasion.policy.digest,
        )

    def _said(self, version: Version, copy: Copy, current: Version | None) -> Words:
        shown, where = Unsaid(copy.shown), Unsaid(f"{self.store.name}/{version.path}")
        if version.place is Place.ACCEPTED:
            return shown, f": {copy.part}promoted to ", where, f"; current is now {version.version}"
        stays = f"current is still {current.version}" if current else "there is no current version"
        return shown, f": {copy.part}quarantined in ", where, f"; {stays}"


def _headed(link: Link) -> Write:
    """The step that says which entry is the last one now."""
    return Write(HEAD, link.text())


def _spoken(acts: Sequence[Act]) -> Iterator[Words]:
    """What to say of alerts."""
    for act in acts:
        if act.action == Action.ALERT:
            ended = "was told" if act.is_done else f"could not be told: {act.detail}"
            yield Unsaid(act.target), f" {ended}"


def _done(action: Action, target: str) -> Act:
    return Act(action=action, target=target, is_done=True)
