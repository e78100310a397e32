"""The charts of the page, as SVG that stretches to the width it is given; what has to be read stands beside it in HTML.

A unit of width is a day. Marks are strokes of no length, which stay round or square however the picture is stretched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date

from data_contract.dashboard.markup import Markup, joined, tag
from data_contract.dashboard.trend import DayRisk, Thresholds
from data_contract.model import FindingOutcome, Verdict

CLASSES = {Verdict.ALLOW: "allow", Verdict.ALLOW_WITH_ALERT: "alert", Verdict.BLOCK_AND_ROLLBACK: "block"}
"""How the style sheet calls a decision."""

_HEIGHT = 100.0
_CELL = 0.84
"""Of a day, how much its cell takes."""
_OVERSPENT = 50.0
"""The height below the line of a budget in which it is overspent by all of it, or more."""


def picture(title: str, width: float, height: float, *parts: Markup, class_: str) -> Markup:
    """A chart, with the words for those who do not see it."""
    return tag(
        "svg",
        tag("title", title),
        *parts,
        class_=class_,
        role="img",
        aria_label=title,
        viewBox=f"0 0 {width:g} {height:g}",
        preserveAspectRatio="none",
    )


def risk(title: str, days: Sequence[DayRisk], thresholds: Thresholds | None) -> Markup:
    """The largest risk of each day, the decision as its mark, and the mean of a week as a line."""
    width = float(len(days))
    bands = _bands(thresholds, width) if thresholds else Markup("")
    return picture(title, width, _HEIGHT, bands, _stems(days), _mean(days), _marks(days), class_="risk")


def _y(number: float) -> float:
    return _HEIGHT * (1 - number)


def _bands(thresholds: Thresholds, width: float) -> Markup:
    block, alert = _y(thresholds.block), _y(thresholds.alert)
    return joined(
        tag("rect", x=0.0, y=0.0, width=width, height=block, class_="band block"),
        tag("rect", x=0.0, y=block, width=width, height=alert - block, class_="band alert"),
    )


def _stems(days: Sequence[DayRisk]) -> Markup:
    return _drawn("stem", ((day, f"M{x:g} {_HEIGHT:g}V{_y(day.risk):.4g}") for x, day in _centred(days) if day.risk))


def _mean(days: Sequence[DayRisk]) -> Markup:
    """A line with a gap where a whole week was not judged."""
    d, is_down = [], False
    for index, day in enumerate(days):
        if day.mean is not None:
            d.append(f"{'L' if is_down else 'M'}{index + 0.5:g} {_y(day.mean):.4g}")
        is_down = day.mean is not None
    return tag("path", d="".join(d), class_="mean")


def _marks(days: Sequence[DayRisk]) -> Markup:
    known = ((x, day, day.risk) for x, day in _centred(days) if day.risk is not None)
    return _drawn("mark", ((day, f"M{x:g} {_y(risk):.4g}h0") for x, day, risk in known))


def _centred(days: Sequence[DayRisk]) -> Iterator[tuple[float, DayRisk]]:
    """Each day, and the middle of its width."""
    return ((index + 0.5, day) for index, day in enumerate(days))


def _drawn(what: str, strokes: Iterable[tuple[DayRisk, str]]) -> Markup:
    """A path for each decision, of the strokes of its days."""
    paths: dict[Verdict, list[str]] = {verdict: [] for verdict in Verdict}
    for day, stroke in strokes:
        if day.verdict:
            paths[day.verdict].append(stroke)
    return joined(*(tag("path", d="".join(d), class_=f"{what} {CLASSES[of]}") for of, d in paths.items() if d))


def health(title: str, days: Sequence[FindingOutcome | None]) -> Markup:
    """A row of the heat map: a cell for each day, which is lower where the promise was not broken."""
    cells: dict[FindingOutcome, list[str]] = {}
    for index, outcome in enumerate(days):
        if outcome is not None:
            top, height = (0, 10) if outcome is FindingOutcome.VIOLATED else (2, 6)
            cells.setdefault(outcome, []).append(f"M{index + (1 - _CELL) / 2:.4g} {top}h{_CELL}v{height}h-{_CELL}z")
    parts = (tag("path", d="".join(d), class_=f"cell {outcome}") for outcome, d in cells.items())
    return picture(title, float(len(days) or 1), 10.0, *parts, class_="health")


def budget(title: str, days: Sequence[tuple[date, float | None]]) -> Markup:
    """What was left of an error budget each day: above the line, or overspent below it."""
    above: list[str] = []
    below: list[str] = []
    for index, (_, left) in enumerate(days):
        if left is not None:
            height = -_HEIGHT * left if left > 0 else min(-left, 1.0) * _OVERSPENT
            bar = f"M{index + (1 - _CELL) / 2:.4g} {_HEIGHT:g}h{_CELL}v{height:.4g}h-{_CELL}z"
            (above if left > 0 else below).append(bar)
    width = float(len(days) or 1)
    return picture(
        title,
        width,
        _HEIGHT + _OVERSPENT,
        tag("path", d="".join(above), class_="left"),
        tag("path", d="".join(below), class_="overspent"),
        tag("path", d=f"M0 {_HEIGHT:g}H{width:g}", class_="line"),
        class_="budget",
    )


def bar(title: str, share: float) -> Markup:
    """A bar that is as long as a share of all there is, in [0, 1]."""
    full = tag("rect", x=0.0, y=0.0, width=100 * min(max(share, 0.0), 1.0), height=10.0, class_="full")
    return picture(title, 100.0, 10.0, full, class_="bar")


def scale(days: Sequence[date]) -> Markup:
    """The first day, the last, and some between."""
    count = len(days)
    steps = 4 if count > 20 else min(count - 1, 1)
    shown: Iterable[date] = (days[round(step * (count - 1) / steps)] for step in range(steps + 1)) if steps else days
    return tag("div", *(tag("span", f"{day.day} {day:%b}") for day in shown), class_="scale", aria_hidden="true")
