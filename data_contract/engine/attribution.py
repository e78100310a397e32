"""Tells what a change brings from what was there before: it introduces, inherits or fixes each broken promise.

Only what is new is judged: of failing rows those that the previous version does not have; of a number (a rate, an age)
what it is beyond the previous one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from data_contract.measures.cells import Cells
from data_contract.measures.failures import Failures
from data_contract.model import FindingOutcome, Scale, Status
from data_contract.promise import Evidence, Judgement, Measure, Profile, Promise, percent, spots

Judged = Sequence[tuple[Promise, Judgement]]


def missing(judged: Judged, key: tuple[Cells, ...], evidence: Evidence) -> tuple[Measure, ...]:
    """What has yet to be measured, in both versions, to tell old failing rows from new ones."""
    assert evidence.base
    past = Evidence(head=evidence.base, base=None, as_of=evidence.as_of)
    broken = (check for check, judgement in judged if judgement.outcome is FindingOutcome.VIOLATED)
    # NOTE: where the old version kept the promise, all that breaks it is new.
    asked = (check.failing(key) for check in broken if check.judge(past).outcome is FindingOutcome.VIOLATED)
    return tuple(measure for measure in asked if measure and measure not in evidence.head.repeats)


def attribute(
    judged: Judged, key: tuple[Cells, ...], evidence: Evidence, failing: tuple[Profile, Profile]
) -> list[tuple[Promise, Judgement]]:
    """The judgements with their status.

    `failing` holds what `missing` asked for, of head and of base; `evidence.base` must be there.
    """
    assert evidence.base
    past = Evidence(head=evidence.base, base=None, as_of=evidence.as_of)
    heads, bases = (evidence.head, failing[0]), (evidence.base, failing[1])
    attributed = []
    for check, judgement in judged:
        before = check.judge(past)
        measure = check.failing(key)
        pair = (_failures(heads, measure), _failures(bases, measure)) if measure else (None, None)
        attributed.append((check, _attributed(judgement, before, pair)))
    return attributed


def _failures(profiles: Sequence[Profile], measure: Measure) -> Failures | None:
    states = (profile.repeats.get(measure) or profile.states.get(measure) for profile in profiles)
    return next((state for state in states if isinstance(state, Failures)), None)


def _attributed(now: Judgement, before: Judgement, pair: tuple[Failures | None, Failures | None]) -> Judgement:
    if now.outcome is not FindingOutcome.VIOLATED:
        was_broken = before.outcome is FindingOutcome.VIOLATED
        is_fixed = was_broken and now.outcome is FindingOutcome.PASSED
        return replace(now, status=Status.FIXED) if is_fixed else now
    if before.outcome is not FindingOutcome.VIOLATED:
        return replace(now, status=Status.INTRODUCED, introduced=now.count)
    head, base = pair
    if head is not None and base is not None:
        new = head.beyond(base)
        feature = now.spots[0].feature if now.spots else None
        return _counted(replace(now, spots=spots(new, feature) or now.spots), new.count)
    if now.names is not None and before.names is not None:
        return _counted(now, len(now.names - before.names))
    if now.scale is Scale.COUNT:
        return _counted(now, max((now.count or 0) - (before.count or 0), 0))
    return _compared(now, before)


def _counted(now: Judgement, introduced: int) -> Judgement:
    status = Status.INTRODUCED if introduced else Status.INHERITED
    is_mixed = introduced and introduced != now.count
    said = (
        (*now.message, f"; {introduced:,} of them {'is' if introduced == 1 else 'are'} new")
        if is_mixed
        else now.message
    )
    return replace(now, status=status, introduced=introduced, message=said)


def _compared(now: Judgement, before: Judgement) -> Judgement:
    """A number is judged from where it was."""
    value, past = now.value or 0.0, before.value or 0.0
    is_worse = value < past if now.scale is Scale.SHORTFALL else value > past
    if now.scale is Scale.WHOLE or not is_worse:
        return replace(now, status=Status.INHERITED, introduced=0)
    was = (f"; it was {percent(past, value)} before",) if now.scale is Scale.RATE else ()
    return replace(now, status=Status.INTRODUCED, judged_limit=past, message=(*now.message, *was))
