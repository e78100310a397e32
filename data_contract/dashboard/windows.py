"""What a log comes to day by day: the one module that needs pandas, for windows of time."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd

from data_contract.dashboard.sla import Event, budget
from data_contract.model import Sla

MOST_DAYS = 366
"""Days are told one by one no further back than this."""

_WEEK = "7D"
_CENTURY = 3_155_760_000
"""Seconds; a longer window than pandas can count in nanoseconds means the same."""


def days_until(as_of: datetime, first: datetime) -> tuple[date, ...]:
    """Every day, in UTC, from that of `first` to that of `as_of`; the last `MOST_DAYS` of them."""
    last = as_of.astimezone(UTC).date().toordinal()
    start = max(first.astimezone(UTC).date().toordinal(), last - MOST_DAYS + 1)
    return tuple(date.fromordinal(day) for day in range(min(start, last), last + 1))


def worst_of_days(points: Sequence[tuple[datetime, float]], days: Sequence[date]) -> tuple[float | None, ...]:
    """The largest number of each day; None of a day without any."""
    series = pd.Series([number for _, number in points], index=_index(at for at, _ in points), dtype="float64")
    # NOTE: only then resample, or a time of long ago makes a row of each day since.
    series = series[series.index >= _index_of_days(days)[0]]
    worst = series.resample("D").max() if len(series) else series
    return _numbers(worst.reindex(_index_of_days(days)))


def smoothed(numbers: Sequence[float | None], days: Sequence[date]) -> tuple[float | None, ...]:
    """The mean of each day and the six before it, of those that have a number."""
    series = pd.Series([np.nan if each is None else each for each in numbers], _index_of_days(days), dtype="float64")
    return _numbers(series.rolling(_WEEK, min_periods=1).mean())


def budget_by_day(
    sla: Sla, events: Sequence[Event], days: Sequence[date], now: datetime
) -> tuple[tuple[date, float | None], ...]:
    """What was left of an error budget at the end of each day, and now on the last one."""
    if not days:
        return ()
    seen = pd.DataFrame({"bad": [float(event.is_bad) for event in events], "events": 1.0}, _index(e.at for e in events))
    ends = [min(datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(seconds=86_399), now) for day in days]
    asked = pd.DataFrame({"bad": 0.0, "events": 0.0}, _index(ends))
    # NOTE: at the same second, what was seen counts, and is asked after.
    both = pd.concat([seen, asked]).assign(is_asked=[0] * len(seen) + [1] * len(asked))
    both = both.rename_axis("at").reset_index().sort_values(["at", "is_asked"], kind="stable").set_index("at")
    rolled = both[["bad", "events"]].rolling(f"{min(sla.window, _CENTURY)}s").sum()[both["is_asked"].eq(1)]
    counts = zip(days, rolled["events"], rolled["bad"], strict=True)
    return tuple((day, budget(sla, round(events_), round(bad)).left) for day, events_, bad in counts)


def _index(moments: Iterable[datetime]) -> pd.DatetimeIndex:
    """Times to the second: those of any year fit, in every version of pandas."""
    seconds = [int(moment.timestamp() // 1) for moment in moments]
    return pd.DatetimeIndex(np.array(seconds, dtype="datetime64[s]"))


def _index_of_days(days: Sequence[date]) -> pd.DatetimeIndex:
    return pd.DatetimeIndex(np.array([day.isoformat() for day in days], dtype="datetime64[s]"))


def _numbers(series: pd.Series[float]) -> tuple[float | None, ...]:
    return tuple(None if np.isnan(each) else float(each) for each in series)
