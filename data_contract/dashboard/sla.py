"""Service levels by what a log says: events, error budget, burn rate, and when the budget will be spent.

The words are those of Google's SRE workbook (Implementing SLOs; Alerting on SLOs), where an event is a version of a
file: it is good if the feature kept its promises.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TypeVar

from data_contract.dashboard.log import FindingView, Judged
from data_contract.model import Finding, FindingOutcome, Sla
from data_contract.sla import INVALID_CHECKS, NULL_CHECKS

RECENT = 4
"""The recent window is that part of the whole one. The workbook's is a twelfth, for services that answer all the time;
of a file that comes once a day, that would be too few versions to tell anything."""

_DIGITS = 9
_WORST = (FindingOutcome.VIOLATED, FindingOutcome.NOT_EVALUATED, FindingOutcome.PASSED)


_UNITS = ((86_400, "d"), (3600, "h"), (60, "m"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One version of a file, as it was judged last."""

    at: datetime
    outcome: FindingOutcome
    """`passed` is good; `violated` and `not-evaluated` are bad."""
    path: str
    version: str
    """What tells its content from any other."""

    @property
    def is_bad(self) -> bool:
        """Whether it spends some of the budget."""
        return self.outcome is not FindingOutcome.PASSED


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """How a service level stands at some time; every share is None where there was no event to take it of."""

    events: int
    bad: int
    not_evaluated: int
    """Of the bad ones, those that nobody could judge."""
    allowed: float
    """How many of the events may be bad: (1 − target) · events."""
    burn_rate: float | None
    """The share of bad events over the share that may be: 1 spends the budget exactly, in the whole window."""
    left: float | None
    """What is left of the budget, as a share of it: 1 of an untouched one, below 0 of an overspent one."""

    @property
    def is_exhausted(self) -> bool:
        """Whether nothing is left; not told without any event."""
        return self.left is not None and self.left <= 0


def budget(sla: Sla, events: int, bad: int, not_evaluated: int = 0) -> Budget:
    """The budget after so many events."""
    spare = 1 - sla.target
    burn = round(bad / events / spare, _DIGITS) if events else None
    return Budget(
        events=events,
        bad=bad,
        not_evaluated=not_evaluated,
        allowed=round(spare * events, _DIGITS),
        burn_rate=burn,
        left=None if burn is None else round(1 - burn, _DIGITS),
    )


def budget_at(sla: Sla, events: Iterable[Event], now: datetime, parts: int = 1) -> Budget:
    """The budget over the window that ends now, or over its last 1/`parts`.

    What is dated later, by a clock that was ahead, counts as of now: it is no reason to forget anything else.
    """
    reach = timedelta(seconds=sla.window) / parts
    # NOTE: an event that is exactly as old as the window has just left it.
    within = [event for event in events if now - event.at < reach]
    unknown = sum(event.outcome is FindingOutcome.NOT_EVALUATED for event in within)
    return budget(sla, len(within), sum(event.is_bad for event in within), unknown)


def seconds_left(sla: Sla, whole: Budget, recent: Budget) -> float | None:
    """How long what is left lasts at the recent burn rate; None where nothing is burnt, or nothing was seen."""
    if whole.left is None or (not whole.is_exhausted and not recent.burn_rate):
        return None
    if whole.is_exhausted:
        return 0.0
    assert recent.burn_rate
    return whole.left * sla.window / recent.burn_rate


def events_of(sla: Sla, judged: Iterable[Judged]) -> tuple[Event, ...]:
    """The events of a feature in what was judged of its dataset: each version once, by the last judgement of it."""
    found: dict[tuple[str, str], Event] = {}
    for each in judged:
        entry, path = each.entry, each.dataset.path
        if path is not None and (outcome := outcome_of(sla, each.dataset.findings)):
            version = entry.data.get(path) or entry.digest
            # NOTE: so that they stay in the order of their times.
            found.pop((path, version), None)
            found[path, version] = Event(at=entry.at, outcome=outcome, path=path, version=version)
    return tuple(found.values())


Seen = TypeVar("Seen", FindingView, Finding)


def counted_by(sla: Sla, findings: Sequence[Seen]) -> list[Seen]:
    """The findings that a service level looks at."""
    feature = sla.feature
    mine = [each for each in findings if each.feature == feature and each.rule is None and not each.is_note]
    bounds = _bounds(sla)
    return [each for each in mine if not bounds or any(each.check in ids for _, ids in bounds)]


def outcome_of(sla: Sla, findings: Sequence[Seen]) -> FindingOutcome | None:
    """How a version did; None where it is no event, as nothing was promised in it, or there was nothing to judge."""
    counted = counted_by(sla, findings)
    outcomes = [_within(limit, [each for each in counted if each.check in ids]) for limit, ids in _bounds(sla)]
    outcomes = outcomes or [each.outcome for each in counted]
    return next((outcome for outcome in _WORST if outcome in outcomes), None)


def _bounds(sla: Sla) -> list[tuple[float, frozenset[str]]]:
    """The rates that it bounds, and the checks that measure each."""
    rates = ((sla.null_rate, NULL_CHECKS), (sla.invalid_rate, INVALID_CHECKS))
    return [(rate, ids) for rate, ids in rates if rate is not None]


def _within(limit: float, measured: Sequence[Seen]) -> FindingOutcome:
    """Whether the share that findings measured together is within a limit."""
    if any(each.outcome is FindingOutcome.NOT_EVALUATED for each in measured):
        return FindingOutcome.NOT_EVALUATED
    counted = [(each.count, each.total) for each in measured if each.count is not None and each.total]
    if not counted:
        return FindingOutcome.NOT_APPLICABLE
    # NOTE: a cell counts at the first test that it breaks, so that the tests of a feature add up, over the same total.
    rate = sum(count for count, _ in counted) / max(total for _, total in counted)
    return FindingOutcome.PASSED if rate <= limit else FindingOutcome.VIOLATED


def slas_of(judged: Sequence[Judged]) -> tuple[Sla, ...]:
    """The service levels of a dataset, as the last contract that judged it has them."""
    return tuple(view.sla() for view in judged[-1].dataset.slas)


def window_of(sla: Sla) -> str:
    """The window in the words of a contract, in days where it is whole ones."""
    found = (f"{sla.window // size}{unit}" for size, unit in _UNITS if sla.window % size == 0)
    return next(found, f"{sla.window}s")
