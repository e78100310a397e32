"""What happened: the latest decisions, what is broken most often, and what was to be done and was not."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from data_contract.dashboard.log import DatasetView, EntryView
from data_contract.model import FindingOutcome, Verdict

MOST = 20
"""Of each, how many are told."""

_Name = tuple[str, str | None, str]


@dataclass(frozen=True, slots=True)
class Broken:
    """A promise, or a rule, that is not kept."""

    dataset: str
    feature: str | None
    check: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTaken:
    """What a run decided."""

    at: datetime
    id: str
    command: str
    verdict: Verdict
    risk: float
    exit_code: int
    datasets: tuple[str, ...]
    why: str | None
    """What kept it from being made, or the first reason that is as severe as it is; None where there is neither.

    Where nothing was judged, what was done instead.
    """
    broken: tuple[Broken, ...]
    """What was new and broken, and nobody answered for."""
    actor: str | None
    pull_request: int | None
    head: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Frequent:
    """A promise, or a rule, and how often it was broken."""

    dataset: str
    feature: str | None
    check: str
    times: int
    """In how many judgements of a file."""
    judged: int
    """How many of the dataset there were."""
    waived: int
    """How often somebody answered for it."""
    last: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedAct:
    """Something that was to be done about a decision, and was not."""

    at: datetime
    id: str
    action: str
    target: str
    detail: str | None


def decisions(entries: Sequence[EntryView]) -> tuple[DecisionTaken, ...]:
    """The latest decisions, the newest first."""
    return tuple(_decision(entry) for entry in reversed(entries[-MOST:]))


def _decision(entry: EntryView) -> DecisionTaken:
    return DecisionTaken(
        at=entry.at,
        id=entry.id,
        command=entry.command,
        verdict=entry.verdict,
        risk=entry.risk,
        exit_code=entry.exit_code,
        datasets=tuple(dict.fromkeys(judged.name for judged in entry.datasets)),
        why=next(_reasons(entry), None),
        broken=tuple(broken for judged in entry.datasets for broken in broken_in(judged)),
        actor=entry.circumstances.actor,
        pull_request=entry.circumstances.pull_request,
        head=entry.head,
    )


def broken_in(judged: DatasetView) -> tuple[Broken, ...]:
    """What weighed on a decision, each once."""
    found = (
        Broken(judged.name, each.feature, each.check)
        for each in judged.findings
        if each.outcome is FindingOutcome.VIOLATED and not (each.is_note or each.is_inherited or each.waived_by)
    )
    return tuple(dict.fromkeys(found))


def _reasons(entry: EntryView) -> Iterator[str]:
    yield from entry.errors
    if not entry.datasets:
        yield from ("".join(note.message) for note in entry.notes)
    if entry.verdict is not Verdict.ALLOW:
        reasons = (reason for judged in entry.datasets for reason in judged.decision.reasons)
        yield from ("".join(reason.message) for reason in reasons if reason.verdict is entry.verdict)


def frequent(entries: Sequence[EntryView]) -> tuple[Frequent, ...]:
    """What is broken most often, the most frequent first."""
    times: Counter[_Name] = Counter()
    waived: Counter[_Name] = Counter()
    judged: Counter[str] = Counter()
    last: dict[_Name, datetime] = {}
    for entry, dataset in ((run, dataset) for run in entries for dataset in run.datasets):
        if dataset.is_part:
            continue
        violated = [each for each in dataset.findings if each.outcome is FindingOutcome.VIOLATED and not each.is_note]
        broken = {(dataset.name, each.feature, each.check): each.waived_by is not None for each in violated}
        judged[dataset.name] += 1
        times.update(broken.keys())
        waived.update(name for name, is_waived in broken.items() if is_waived)
        last |= dict.fromkeys(broken, entry.at)
    ordered = sorted(times, key=lambda name: (-times[name], name[0], name[1] or "", name[2]))
    return tuple(
        Frequent(
            dataset=name[0],
            feature=name[1],
            check=name[2],
            times=times[name],
            judged=judged[name[0]],
            waived=waived[name],
            last=last[name],
        )
        for name in ordered[:MOST]
    )


def failed(entries: Sequence[EntryView]) -> tuple[FailedAct, ...]:
    """What was not done, the newest first."""
    acts = (
        FailedAct(at=entry.at, id=entry.id, action=act.action, target=act.target, detail=act.detail)
        for entry in reversed(entries)
        for act in entry.acts
        if not act.is_done
    )
    return tuple(act for act, _ in zip(acts, range(MOST), strict=False))
