"""Tables of GitHub Flavored Markdown, which may be cut to fit; one of them is a picture."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data_contract.model import Bar, Finding
from data_contract.promise import percent
from data_contract.reports.escape import code_span

_MOST_ROWS = 100
_LONGEST_BAR = 20
_EIGHTHS = " ▏▎▍▌▋▊▉"


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A part of a report that may be cut to fit."""

    title: str
    is_folded: bool = False
    columns: str
    align: str
    rows: tuple[str, ...]

    def text(self, most: int) -> str:
        """The table in at most so many bytes; '' where not even its head fits, or there is nothing to tell."""
        if not self.rows:
            return ""
        start = ["", "<details>", f"<summary>{self.title}</summary>"] if self.is_folded else ["", f"### {self.title}"]
        head = text_of([*start, "", self.columns, self.align])
        foot = text_of(["", "</details>"] if self.is_folded else [])
        note = "\n{:,} more are in the JSON report.\n"
        most -= len((head + note + foot).encode()) + len(str(len(self.rows))) * 2
        shown: list[str] = []
        for row in self.rows[:_MOST_ROWS]:
            most -= len(row.encode()) + 1
            if most < 0:
                break
            shown.append(row)
        left = len(self.rows) - len(shown)
        return head + text_of(shown) + (note.format(left) if left else "") + foot if most >= 0 or shown else ""


def row(*cells: str) -> str:
    """A line of a table."""
    return f"| {' | '.join(cells)} |"


def text_of(lines: Iterable[str]) -> str:
    """Lines as one text."""
    return "".join(f"{line}\n" for line in lines)


def distribution(finding: Finding) -> Table:
    """How a feature that drifted is distributed, base against head."""
    longest = max(max(bar.base, bar.head) for bar in finding.distribution)
    return Table(
        title=f"How {code_span(finding.feature or '')} is distributed in {code_span(finding.path)}",
        columns="| values | base | | head | |",
        align="|---|---:|---|---:|---|",
        rows=tuple(_bar_row(bar, longest) for bar in finding.distribution),
    )


def _bar_row(bar: Bar, longest: float) -> str:
    label = "all others" if bar.label is None else code_span(bar.label)
    drawn = ((percent(share), _drawn(share / longest)) for share in (bar.base, bar.head))
    return row(label, *(cell for side in drawn for cell in side))


def _drawn(length: float) -> str:
    """A bar of that part of the longest, to an eighth of a block; whatever is not nothing can be seen."""
    eighths = max(round(length * _LONGEST_BAR * 8), 1) if length else 0
    blocks = "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()
    return f"`{blocks}`" if blocks else ""
