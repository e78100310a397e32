"""A table as text, and a writer that tells where every cell of it stands. It owes nothing to the readers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

_LINE_BREAK = re.compile(r"\r\n|\r|\n")
_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")


class Raw(str):
    """A cell that is written as it is, without the quotes it may need."""

    __slots__ = ()


class At(NamedTuple):
    """Where a cell starts, at its quote if it has one."""

    line: int
    """Physical line, counted from 1."""
    column: int
    """Character (code point) in that line, counted from 1."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What stands below a header: a row, or a line that is none."""

    cells: tuple[str, ...]
    is_row: bool = True
    line_end: str | None = None
    """None: that of the table."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvTable:
    """A delimited text file before it is written."""

    header: tuple[str, ...]
    """The names of the columns; none where the file has no header."""
    entries: tuple[Entry, ...]
    delimiter: str = ","
    quote: str | None = '"'
    """None: nothing is quoted, and no cell may need it."""
    line_end: str = "\n"
    quotes_all: bool = False
    """Whether every cell is quoted, not only those that need it."""
    ends_last_line: bool = True
    """Whether a line end stands behind the last line too."""
    has_mark: bool = False
    """Whether a byte order mark stands before the header."""

    @classmethod
    def of(cls, header: Iterable[str], rows: Iterable[Iterable[str]]) -> CsvTable:
        """A table of plain rows, in the usual dialect."""
        return cls(header=tuple(header), entries=tuple(Entry(tuple(row)) for row in rows))

    def rows(self) -> Iterator[tuple[int, Entry]]:
        """The entries that are rows, numbered from 1."""
        return enumerate((entry for entry in self.entries if entry.is_row), 1)

    def index(self, row: int) -> int:
        """Where among the entries the row with this number is."""
        return [index for index, entry in enumerate(self.entries) if entry.is_row][row - 1]

    def with_row(self, row: int, entry: Entry) -> CsvTable:
        """The table with another entry in place of a row."""
        index = self.index(row)
        return replace(self, entries=(*self.entries[:index], entry, *self.entries[index + 1 :]))

    def with_line(self, index: int, text: str) -> CsvTable:
        """The table with a line that is no row before the entry at `index`."""
        line = Entry((Raw(text),), is_row=False)
        return replace(self, entries=(*self.entries[:index], line, *self.entries[index:]))

    def spelt(self, cells: tuple[str, ...]) -> tuple[str, ...]:
        """Cells as they are written."""
        return tuple(self._spelt(cell, index == 0, len(cells) == 1) for index, cell in enumerate(cells))

    def _spelt(self, cell: str, is_first: bool, is_only: bool) -> str:
        if isinstance(cell, Raw) or self.quote is None:
            return cell
        is_needed = any(mark in cell for mark in (self.delimiter, self.quote, "\r", "\n"))
        looks_odd = (is_first and cell.startswith(_MARKERS)) or (is_only and not cell)
        if not (is_needed or looks_odd or self.quotes_all):
            return cell
        return self.quote + cell.replace(self.quote, self.quote * 2) + self.quote


@dataclass(frozen=True, slots=True)
class Written:
    """A table as text, with the place of every cell."""

    text: str
    header: tuple[At, ...]
    entries: tuple[tuple[At, ...], ...]
    """For each entry, where its cells start."""

    @property
    def data(self) -> bytes:
        """The text in UTF-8; a lone surrogate U+DC80 to U+DCFF is the byte that is no text."""
        return self.text.encode("utf-8", "surrogateescape")


class _Pen:
    """Writes, and knows where it is."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._line, self._column = 1, 1

    def put(self, text: str) -> At:
        """Write a text that no line break is cut in two by; where it starts."""
        at = At(self._line, self._column)
        self._parts.append(text)
        first, *others = _LINE_BREAK.split(text)
        self._line += len(others)
        self._column = len(others[-1]) + 1 if others else self._column + len(first)
        return at

    def put_cells(self, cells: tuple[str, ...], delimiter: str) -> tuple[At, ...]:
        """Write the cells of one line; where each of them starts."""
        places = []
        for index, cell in enumerate(cells):
            if index:
                self.put(delimiter)
            places.append(self.put(cell))
        return tuple(places)

    @property
    def text(self) -> str:
        """Everything written."""
        return "".join(self._parts)


def write(table: CsvTable) -> Written:
    """Write a table down."""
    pen = _Pen()
    header = pen.put_cells(table.spelt(table.header), table.delimiter)
    if header:
        pen.put(table.line_end if table.entries or table.ends_last_line else "")
    places = []
    last = len(table.entries) - 1
    for index, entry in enumerate(table.entries):
        cells = table.spelt(entry.cells)
        places.append(pen.put_cells(cells, table.delimiter))
        # NOTE: a blank line is its line end, so that the last one keeps it in any case.
        if index < last or table.ends_last_line or cells == ("",):
            pen.put(entry.line_end or table.line_end)
    mark = "\ufeff" if table.has_mark else ""
    return Written(mark + pen.text, header, tuple(places))
