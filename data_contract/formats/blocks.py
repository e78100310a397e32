"""A block of delimited text, read fast where that is proven faithful, with care where it is not.

The fast reader is polars. Its result is believed only when every quote opens or closes a cell, or is one of two that
stand for one in it, and every byte of the block is accounted for: what is no cell, no quote and no line end must be
separators, and exactly as many as so many rows need. What polars would drop in silence, and so make the sum come out
higher, is kept from it; a row that is short makes it come out lower, and nothing is left that could cancel that out.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, auto
from functools import lru_cache
from typing import NamedTuple

import polars as pl

from data_contract.formats.records import Record, Splitter, count_line_ends, is_conflict_marker
from data_contract.formats.text import UNDECODED, to_text, to_utf8
from data_contract.measures.batch import Defect, Defects, Place, column_name
from data_contract.measures.tally import tally

_MARKERS = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
_MARKED = re.compile(r"[\r\n](?:<{7}|>{7}) ")
"""A merge-conflict marker within a cell of several lines."""
_SPOILT = re.compile(f"[\0{UNDECODED}]")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How the records of one file are written."""

    delimiter: str
    quote: str | None
    width: int
    """Cells of a well-formed row."""
    line_end: str
    """That of the first line."""


class Way(Enum):
    """How a block was read."""

    FAST = auto()
    """At once: every quote in it opens or closes a cell, and all lines end alike."""
    AROUND = auto()
    """Some records with care, and all others at once."""
    CARE = auto()
    """Record by record."""


@dataclass(frozen=True, slots=True)
class Cut:
    """What was read of a block."""

    cells: pl.DataFrame
    records: int
    size: int
    """Bytes read; the rest belongs to the next block."""
    lines: int
    """Physical lines read."""
    gaps: pl.Series | None = None
    spoilt: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    defects: Defects = field(default_factory=dict)
    way: Way = Way.FAST


class Line(NamedTuple):
    """A record with its place, and what it is."""

    record: Record
    line: int
    """Physical line on which it starts."""
    row: int | None
    """The number of the row that it is; None when it is none."""
    defect: Defect | None
    """What is wrong with it as a whole."""


def reread(data: bytes, dialect: Dialect, columns: Collection[int]) -> pl.DataFrame:
    """Some columns of a block that was proven before."""
    line_end = dialect.line_end.encode()
    cells = _parsed(data if data.endswith(line_end) else data + line_end, dialect, columns)
    return pl.DataFrame() if cells is None else cells


def lines_of(splitter: Splitter, text: str, dialect: Dialect, *, row: int, line: int) -> Iterator[Line]:
    """The records of a text, numbered; the first row is `row`, the first line `line`."""
    for record in splitter:
        defect = _defect(record, text, dialect)
        is_row = defect not in (Defect.BLANK_LINE, Defect.CONFLICT)
        yield Line(record, line, row if is_row else None, defect)
        row += is_row
        line += count_line_ends(text[record.start : splitter.end])


def place(text: str, line: Line, at: int) -> Place:
    """Where the character `at` of a record stands."""
    before = text[line.record.start : at]
    broken = max(before.rfind("\n"), before.rfind("\r"))
    start = line.record.start + broken + 1
    return Place(line.line + count_line_ends(before), at - start + 1, line.row or 0)


def places(text: str, line: Line) -> Iterator[Place]:
    """Where each cell of a record starts."""
    record, row = line.record, line.row or 0
    if count_line_ends(text[record.start : record.end]):
        return (place(text, line, start) for start in record.starts)
    return (Place(line.line, start - record.start + 1, row) for start in record.starts)


def _defect(record: Record, text: str, dialect: Dialect) -> Defect | None:
    if record.is_blank:
        return Defect.BLANK_LINE
    if text[record.start] in "<>|=" and is_conflict_marker(text[record.start : record.end]):
        return Defect.CONFLICT
    if len(record.cells) == dialect.width:
        return None
    if record.defects:
        return record.defects[0][0]
    return Defect.RAGGED_SHORT if len(record.cells) < dialect.width else Defect.RAGGED_LONG


def read_fast(data: bytes, dialect: Dialect, *, is_last: bool) -> Cut | None:
    """Read the whole records there are in `data` at once; None where that cannot be trusted."""
    if is_last:
        return proven(data, dialect)
    # NOTE: the last line seldom ends within a quoted cell: to try it is faster than to count all quotes before it.
    end = data.rfind(b"\n") + 1
    cut = proven(data[:end], dialect)
    if cut is None and dialect.quote:
        even = _last_even_line_end(data, dialect.quote.encode())
        return proven(data[:even], dialect) if even < end else None
    return cut


def _last_even_line_end(data: bytes, quote: bytes) -> int:
    """Where the last line ends that has an even number of quotes before its end."""
    end, quotes = len(data), data.count(quote)
    while (found := data.rfind(b"\n", 0, end)) >= 0:
        quotes -= data.count(quote, found, end)
        if quotes % 2 == 0:
            break
        end = found
    return found + 1


class _Quoted(NamedTuple):
    """The quoted cells of a block."""

    text: bytes
    """All of them, one behind the other, as written."""
    marks: int
    """How many quotes are no part of a cell's text."""


_UNQUOTED = _Quoted(b"", 0)


def _quoted(data: bytes, dialect: Dialect) -> _Quoted | None:
    """What is quoted in a block; None if a quote stands where it means nothing."""
    if not dialect.quote:
        return _UNQUOTED
    quote = dialect.quote.encode()
    cells: list[bytes] = _quoted_cell(dialect.delimiter, dialect.quote).findall(data)
    if quote in cells:
        return None
    text = b"".join(cells)
    return _Quoted(text, (text.count(quote) + 2 * len(cells)) // 2)


def one_line_each(data: bytes, dialect: Dialect) -> bytes:
    """A proven block with as many bytes, in which line ends within quotes are none."""
    if not dialect.quote or dialect.quote.encode() not in data:
        return data
    parts = re.split(b"(" + _quoted_cell(dialect.delimiter, dialect.quote).pattern + b")", data)
    parts[1::2] = [cell.replace(b"\n", b" ") for cell in parts[1::2]]
    return b"".join(parts)


def proven(data: bytes, dialect: Dialect) -> Cut | None:
    """A block as the fast reader reads it; None if the careful one might read it otherwise."""
    # NOTE: polars drops a byte order mark, and in silence reads `""a""` as `a`.
    is_odd = not data or not dialect.width or b"\0" in data or data.startswith(codecs.BOM_UTF8)
    if is_odd or not ends_alike(data, dialect):
        return None
    quoted = _quoted(data, dialect)
    if quoted is None or b"\n<<<<<<< " in quoted.text or b"\n>>>>>>> " in quoted.text:
        return None
    line_end, size = dialect.line_end.encode(), len(data)
    if not data.endswith(line_end):
        # NOTE: without a line end behind it, polars drops one empty cell too many at the end of the last row.
        data += line_end
    if dialect.width == 1 and (data.startswith(line_end) or line_end * 2 in data):
        return None
    cells = _parsed(data, dialect)
    if cells is None:
        return None
    length = pl.sum_horizontal(pl.all().str.len_bytes().cast(pl.Int64).sum())
    text, highest = cells.select(length, pl.col(column_name(0)).max().alias("highest")).row(0)
    separators = len(data) - text - quoted.marks - len(line_end) * cells.height
    if separators != cells.height * (dialect.width - 1) or _has_marker(cells, highest):
        return None
    ends = cells.height - (size < len(data))
    return Cut(cells, cells.height, size, ends + quoted.text.count(b"\n"))


def _has_marker(cells: pl.DataFrame, highest: str | None) -> bool:
    """Whether a row starts with a merge-conflict marker; `highest` is the last of all first cells in order."""
    # NOTE: most often the first cells are numbers, and digits come before every marker: that spares looking for each.
    if highest is None or highest < min(_MARKERS):
        return False
    first = cells[column_name(0)]
    return any(first.str.starts_with(mark).any() for mark in _MARKERS)


def _parsed(data: bytes, dialect: Dialect, columns: Collection[int] | None = None) -> pl.DataFrame | None:
    """What polars makes of a block, or of some of its columns; None if it refuses it."""
    try:
        return pl.read_csv(
            data,
            has_header=False,
            schema={column_name(index): pl.String for index in range(dialect.width)},
            columns=None if columns is None else sorted(columns),
            separator=dialect.delimiter,
            quote_char=dialect.quote,
            infer_schema=False,
            empty_string_is_null=False,
            truncate_ragged_lines=False,
        )
    except pl.exceptions.PolarsError:
        return None


def ends_alike(data: bytes, dialect: Dialect) -> bool:
    """Whether all lines, those within cells too, end as the first of the file does."""
    if dialect.line_end != "\r\n":
        return dialect.line_end == "\n" and b"\r" not in data
    return data.count(b"\r") == data.count(b"\n") == data.count(b"\r\n")


@lru_cache(maxsize=16)
def _quoted_cell(delimiter: str, quote: str) -> re.Pattern[bytes]:
    """A quoted cell from its first to its last quote; and a quote by itself where it is part of none."""
    around, mark = re.escape(delimiter), re.escape(quote)
    inside = rf"[^{mark}]*+(?:{mark}{mark}[^{mark}]*+)*+"
    # NOTE: what comes before a quote is looked at from behind it: a pattern that starts with a character is found fast.
    return re.compile(rf"{mark}(?:(?<![^{around}\n]{mark}){inside}{mark}(?![^{around}\r\n]))?+".encode())


def read_with_care(data: bytes, dialect: Dialect, *, row: int, line: int, is_last: bool) -> Cut:
    """Read the whole records there are in `data` one by one, whatever they are."""
    text = to_text(data)
    splitter = Splitter(text, dialect.delimiter, dialect.quote, is_last=is_last)
    careful = _Careful(text, dialect)
    for found in lines_of(splitter, text, dialect, row=row, line=line):
        careful.take(found, splitter.end)
    read = text[: splitter.end]
    return careful.cut(size=len(to_utf8(read)), lines=count_line_ends(read))


class _Careful:
    """Sorts records into rows of cells and defects."""

    def __init__(self, text: str, dialect: Dialect) -> None:
        self._text, self._dialect = text, dialect
        self._rows: list[tuple[str, ...]] = []
        self._numbers: list[int] = []
        self._spoilt: dict[str, list[int]] = {}
        self._defects: dict[Defect, list[Place]] = {}
        self._records = 0

    def take(self, line: Line, end: int) -> None:
        """Add one record, which with its line end ends at `end`."""
        record = line.record
        self._records += line.row is not None
        line_end = self._text[record.end : end]
        if line_end and line_end != self._dialect.line_end:
            self._note(Defect.LINE_ENDS, place(self._text, line, record.start))
        if line.defect:
            self._note(line.defect, place(self._text, line, self._blamed(line)))
        elif line.row is not None:
            self._rows.append(self._sound(line))
            self._numbers.append(line.row)

    def _blamed(self, line: Line) -> int:
        record = line.record
        if record.defects:
            return record.starts[record.defects[0][1]]
        return record.starts[self._dialect.width] if line.defect is Defect.RAGGED_LONG else record.start

    def _sound(self, line: Line) -> tuple[str, ...]:
        """The cells of a row, without those that no reader could make sense of."""
        record = line.record
        wrong = {index: defect for defect, index in record.defects}
        if _MARKED.search(self._text, record.start, record.end):
            wrong |= {index: Defect.CONFLICT for index, cell in enumerate(record.cells) if _MARKED.search(cell)}
        if _SPOILT.search(self._text, record.start, record.end):
            for index, cell in enumerate(record.cells):
                if found := _SPOILT.search(cell):
                    wrong.setdefault(index, Defect.NUL if found.group() == "\0" else Defect.ENCODING)
        if not wrong:
            return record.cells
        for index, defect in wrong.items():
            self._note(defect, place(self._text, line, record.starts[index]))
            self._spoilt.setdefault(column_name(index), []).append(len(self._rows))
        return tuple("" if index in wrong else cell for index, cell in enumerate(record.cells))

    def _note(self, defect: Defect, at: Place) -> None:
        self._defects.setdefault(defect, []).append(at)

    def cut(self, size: int, lines: int) -> Cut:
        """Everything taken so far."""
        width = self._dialect.width
        columns = zip(*self._rows, strict=True) if self._rows else ((),) * width
        names = (column_name(index) for index in range(width))
        series = [pl.Series(name, column, dtype=pl.String) for name, column in zip(names, columns, strict=True)]
        return Cut(
            pl.DataFrame(series),
            self._records,
            size,
            lines,
            pl.Series(self._numbers, dtype=pl.Int64),
            {name: tuple(rows) for name, rows in self._spoilt.items()},
            {defect: tally(places) for defect, places in self._defects.items()},
            Way.CARE,
        )
