"""The state on a terminal, or as text."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from io import StringIO

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from data_contract.dashboard import words
from data_contract.dashboard.history import DecisionTaken
from data_contract.dashboard.state import DatasetHealth, ServiceLevel, State
from data_contract.dashboard.trend import DayRisk
from data_contract.model import FindingOutcome, Verdict, Words
from data_contract.output import say
from data_contract.reports.escape import log_line, printable, sentence
from data_contract.reports.words import shown_risk, time_of

_STYLES = {Verdict.ALLOW: "green", Verdict.ALLOW_WITH_ALERT: "yellow", Verdict.BLOCK_AND_ROLLBACK: "bold red"}
_OUTCOMES = {FindingOutcome.VIOLATED: "red", FindingOutcome.NOT_EVALUATED: "yellow"}
_BLOCKS = "▁▂▃▄▅▆▇█"
_BAR = 10
_MOST = 8
_INDENT, _GAP, _LEAST = 2, 2, 8
"""Columns before a table, between its columns, and that are left of one that yields."""
_NARROW, _WIDE = 100, 124
"""Columns; below either, less is told of each service level."""
_SPARK = 70
"""Columns that the rest of a dataset takes."""


def show(state: State) -> None:
    """Print the state to standard output."""
    if sys.stdout.isatty():
        console = Console(highlight=False)
        console.print(drawn(state, console.width))
    else:
        say(text(state))


def text(state: State, width: int | None = None) -> str:
    """The state without styles."""
    console = Console(file=StringIO(), highlight=False, no_color=True, force_terminal=False, width=width)
    with console.capture() as captured:
        console.print(drawn(state, console.width))
    return "".join(f"{log_line(line).rstrip()}\n" for line in captured.get().splitlines())


def drawn(state: State, width: int) -> RenderableType:
    """The state, for so many columns."""
    return Group(*_parts(state, width))


def _parts(state: State, width: int) -> Iterator[RenderableType]:
    yield _line(words.told(state), f" · as of {time_of(state.as_of)}")
    yield Text.assemble(*_verdicts(state))
    yield from (Text(sentence(said), style="yellow") for said in words.beside(state))
    yield from _titled("Datasets", [*_datasets(state, width)], width, 1, 4)
    yield from _titled("Service levels", [*_services(state, width)], width, 2)
    yield from _next(state)
    yield from _titled("Decisions", [*_decisions(state.decisions[:_MOST])], width, 3, 4)
    yield from _titled("Broken most often", [*_frequent(state)], width, 1, 2)
    yield from _titled("Not done", [*_failed(state)], width, 2, 3)


def _line(*parts: str) -> Text:
    return Text("".join(parts), overflow="ellipsis", no_wrap=True)


def _titled(title: str, rows: Sequence[Sequence[Text]], width: int, *yielding: int) -> Iterator[RenderableType]:
    if rows:
        yield Text()
        yield Text(title, style="bold")
        yield Padding(_table(rows, width, *yielding), (0, 0, 0, _INDENT))


def _table(rows: Sequence[Sequence[Text]], width: int, *yielding: int) -> Table:
    """Rows, of whose columns some yield, the last first, where there is too little room for all."""
    widths = [max(cell.cell_len for cell in column) for column in zip(*rows, strict=True)]
    over = _INDENT + sum(widths) + _GAP * (len(widths) - 1) - width
    for index in reversed(yielding):
        cut = min(max(over, 0), max(widths[index] - _LEAST, 0))
        widths[index] -= cut
        over -= cut
    # NOTE: nothing wraps: the rest of a stranger's text at the start of a line could be a command for a runner.
    table = Table(box=None, show_header=False, padding=(0, _GAP, 0, 0), pad_edge=False)
    for column in widths:
        table.add_column(no_wrap=True, overflow="ellipsis", width=column)
    for row in rows:
        table.add_row(*row)
    return table


def _verdicts(state: State) -> Iterator[tuple[str, str]]:
    for verdict, times in state.verdicts:
        yield f"{times:,} {words.SHORT[verdict]}   ", _STYLES[verdict] if times else "dim"
    if state.undecided:
        yield f"{state.undecided:,} could not decide", "bold red"


def _verdict(verdict: Verdict) -> Text:
    return Text(words.SHORT[verdict], style=_STYLES[verdict])


def _datasets(state: State, width: int) -> Iterator[Sequence[Text]]:
    for health in state.datasets:
        yield (
            _verdict(health.verdict),
            Text(printable(health.name, 40)),
            Text(shown_risk(health.risk)),
            _spark(health.trend, min(max(width - _SPARK, 10), 40)),
            _features(health),
            Text(f"blocked {health.blocked.at:%Y-%m-%d}" if health.blocked else "never blocked", style="dim"),
        )


def _spark(trend: Sequence[DayRisk], days: int) -> Text:
    """The risk of the last days, from 0 to 1."""
    shown = Text()
    for day in trend[-days:]:
        block = "·" if day.risk is None else _BLOCKS[min(int(day.risk * len(_BLOCKS)), len(_BLOCKS) - 1)]
        shown.append(block, style=_STYLES[day.verdict] if day.verdict else "dim")
    return shown


def _features(health: DatasetHealth) -> Text:
    bad = [feature for feature in health.features if feature.outcome in _OUTCOMES]
    if not bad:
        return Text("no feature broken" if health.features else "", style="dim")
    first = bad[0]
    more = f" and {len(bad) - 1:,} more" if len(bad) > 1 else ""
    waived = " (waived)" if first.is_waived else ""
    return Text(f"{printable(first.name, 30)} {first.outcome}{waived}{more}", style=_OUTCOMES[first.outcome])


def _services(state: State, width: int) -> Iterator[Sequence[Text]]:
    for service in state.services:
        rates = f"burn {words.rate(service.whole.burn_rate)}"
        row = (
            _bar(service),
            Text(words.left(service.whole), style=_strain(service), justify="right"),
            Text(printable(f"{service.dataset}.{service.sla.feature}", 48)),
            Text(words.forecast(service), style=_strain(service)),
            Text(rates, style="dim"),
        )
        lately = f"lately {words.rate(service.recent.burn_rate)}"
        more = (Text(lately, style="dim"), Text(words.spent(service.whole), style="dim"))
        yield (*row, *more[: (width >= _NARROW) + (width >= _WIDE)])


def _strain(service: ServiceLevel) -> str:
    if service.whole.is_exhausted:
        return "bold red"
    return "yellow" if service.seconds_left is not None else ""


def _bar(service: ServiceLevel) -> Text:
    left = service.whole.left
    full = 0 if left is None else round(max(left, 0.0) * _BAR)
    return Text.assemble(("█" * full, _strain(service) or "green"), ("░" * (_BAR - full), "dim"))


def _next(state: State) -> Iterator[Text]:
    if service := state.next_exhausted:
        name = printable(f"{service.dataset}.{service.sla.feature}")
        yield _line(f"  next: {name}, {words.forecast(service)} at the rate of the last quarter of its window")


def _decisions(decisions: Sequence[DecisionTaken]) -> Iterator[Sequence[Text]]:
    for each in decisions:
        names = ", ".join(printable(name, 40) for name in each.datasets[:2])
        more = f" and {len(each.datasets) - 2:,} more" if len(each.datasets) > 2 else ""
        yield (
            Text(words.minute(each.at), style="dim"),
            Text("undecided", style="bold red") if each.exit_code == 2 else _verdict(each.verdict),
            Text("" if each.exit_code == 2 else shown_risk(each.risk)),
            Text(names + more),
            Text(sentence(_why(each)), style="dim"),
        )


def _why(decision: DecisionTaken) -> Words:
    if decision.verdict is Verdict.ALLOW and decision.datasets:
        return ()
    return words.named(decision.broken) or (printable(decision.why or ""),)


def _frequent(state: State) -> Iterator[Sequence[Text]]:
    for each in state.frequent[:_MOST]:
        about = each.dataset if each.feature is None else f"{each.dataset}.{each.feature}"
        waived = f", {each.waived:,} waived" if each.waived else ""
        yield (
            Text(f"{each.times:,} of {each.judged:,}{waived}", justify="right"),
            Text(printable(each.check, 40)),
            Text(printable(about, 60)),
            Text(f"last {each.last:%Y-%m-%d}", style="dim"),
        )


def _failed(state: State) -> Iterator[Sequence[Text]]:
    for act in state.failed[:_MOST]:
        yield (
            Text(words.minute(act.at), style="dim"),
            Text(printable(act.action, 20), style="red"),
            Text(printable(act.target, 60)),
            Text(printable(act.detail or "", 60), style="dim"),
        )
