"""A block in which some records are odd: these are read with care, all others at once.

Which are odd is told by line ends, quotes and separators alone. It need not be told well: the others are believed only
if they are proven as a block of their own, and an odd one only if it ends where the next one starts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from functools import reduce
from typing import NamedTuple

import polars as pl

from data_contract.formats.blocks import Cut, Dialect, Way, ends_alike, proven, read_fast, read_with_care
from data_contract.measures.batch import Defects, merged

_ODD_START = frozenset((b"\n", b"\r", b"<", b"=", b">", b"|"))
"""How a line starts that is blank, or may be a merge-conflict marker."""


class _Span(NamedTuple):
    """Records that follow each other: as many sound ones as there are, or an odd one."""

    start: int
    end: int
    """Of the byte after its last line end."""
    records: int
    """How many sound ones; none in an odd span, which may hold several where a quote means nothing."""


def read_blocks(
    data: bytes, dialect: Dialect, *, row: int, line: int, is_last: bool, most_care: int, is_odd: bool = False
) -> Iterator[Cut]:
    """Read as many whole records as there are in `data`, which starts with row `row` on line `line`.

    Reads nothing, not even a part, of a record that the end of `data` cuts off, unless it `is_last`. What cannot be
    read fast is read around its odd records, which is tried first where the block before `is_odd`. Failing that it is
    tried again by halves, so that at most `most_care` bytes are read with care for what is odd in them.
    """
    whole = None if is_odd else read_fast(data, dialect, is_last=is_last)
    whole = whole or read_around(data, dialect, row=row, line=line, is_last=is_last)
    if whole:
        yield whole
        return
    start, reach = 0, len(data) if is_odd else max(len(data) // 2, min(len(data), most_care))
    while start < len(data):
        reach = min(reach, len(data) - start)
        is_end = start + reach == len(data)
        part = data[start : start + reach]
        cut = read_fast(part, dialect, is_last=is_last and is_end)
        if cut is None and reach > most_care:
            reach //= 2
            continue
        if cut is None:
            cut = read_with_care(part, dialect, row=row, line=line, is_last=is_last and is_end)
            if not cut.size and not is_end:
                cut = read_with_care(data[start:], dialect, row=row, line=line, is_last=is_last)
            if not cut.size:
                return
        yield cut
        if is_end and cut.way is Way.FAST:
            return  # as what is left of it is no whole record
        start, row, line = start + cut.size, row + cut.records, line + cut.lines
        reach = reach if cut.way is Way.CARE else reach * 2


def read_around(data: bytes, dialect: Dialect, *, row: int, line: int, is_last: bool) -> Cut | None:
    """Read the whole records there are in `data`; None where none is odd, or they cannot be told from the others."""
    first_row, first_line, end = row, line, 0
    sound: list[bytes] = []
    numbers: list[int] = []
    odd: list[Cut] = []
    for span in _spans(data, dialect, is_last=is_last):
        end, text = span.end, data[span.start : span.end]
        if span.records:
            sound.append(text)
            numbers.extend(range(row, row + span.records))
            row, line = row + span.records, line + text.count(b"\n")
            continue
        cut = read_with_care(text, dialect, row=row, line=line, is_last=is_last and end == len(data))
        if cut.size < len(text):
            return None
        odd.append(cut)
        row, line = row + cut.records, line + cut.lines
    is_whole = end == len(data) or not is_last
    fast = proven(b"".join(sound), dialect) if odd and is_whole else None
    if fast is None or fast.records != len(numbers):
        return None
    cells, gaps, spoilt = _in_order([fast.cells, *(cut.cells for cut in odd)], numbers, odd)
    none: Defects = {}
    defects = reduce(merged, (cut.defects for cut in odd), none)
    return Cut(cells, row - first_row, end, line - first_line, gaps, spoilt, defects, Way.AROUND)


def spans_around(data: bytes, dialect: Dialect, *, row: int, line: int) -> Iterator[tuple[int, int, bytes, bool]]:
    """The parts of a block that was read around its odd records: row, line, text, and whether its records are sound."""
    for span in _spans(data, dialect, is_last=True):
        text = data[span.start : span.end]
        yield row, line, text, bool(span.records)
        if span.records:
            row, line = row + span.records, line + text.count(b"\n")
        else:
            cut = read_with_care(text, dialect, row=row, line=line, is_last=True)
            row, line = row + cut.records, line + cut.lines


def _spans(data: bytes, dialect: Dialect, *, is_last: bool) -> Iterator[_Span]:
    """All whole records, told apart by their line ends and quotes."""
    quote = dialect.quote.encode() if dialect.quote else b"\n"
    delimiter, most, wrong = dialect.delimiter.encode(), dialect.width - 1, _wrong(data, dialect)
    first, records, size = 0, 0, len(data)
    start, end, is_inside = 0, 0, False
    for text in data.split(b"\n"):
        end += len(text) + 1
        is_quoted = quote in text
        if is_quoted and text.count(quote) % 2:
            is_inside = not is_inside
        if is_inside or (end > size and (not text or not is_last)):
            continue
        unquoted = b"".join(data[start:end].split(quote)[::2]) if is_quoted else text
        is_wrong = data[start : start + 1] in _ODD_START or (wrong and wrong(data, start, end))
        if unquoted.count(delimiter) == most and not is_wrong:
            records += 1
        else:
            if records:
                yield _Span(first, start, records)
            yield _Span(start, min(end, size), 0)
            first, records = end, 0
        start = end
    if records:
        yield _Span(first, min(start, size), records)


def _wrong(data: bytes, dialect: Dialect) -> Callable[[bytes, int, int], object] | None:
    """What finds NUL, and line ends unlike the first of the file, if there are any in `data`."""
    has_other_ends = b"\r" in data if dialect.line_end == "\n" else not ends_alike(data, dialect)
    if not has_other_ends and b"\0" not in data:
        return None
    return re.compile(rb"[\0\r]" if dialect.line_end == "\n" else rb"\0|\r(?!\n)|(?<!\r)\n").search


def _in_order(
    parts: Sequence[pl.DataFrame], numbers: Sequence[int], odd: Sequence[Cut]
) -> tuple[pl.DataFrame, pl.Series, dict[str, tuple[int, ...]]]:
    """The rows of all parts by their numbers, and where the spoilt ones of the odd parts then are."""
    gaps = pl.concat([pl.Series(numbers, dtype=pl.Int64), *(cut.gaps for cut in odd if cut.gaps is not None)])
    if len(gaps) == len(numbers):
        return parts[0], gaps, {}
    order = gaps.arg_sort()
    place = order.arg_sort()
    spoilt: dict[str, list[int]] = {}
    before = len(numbers)
    for cut in odd:
        for name, rows in cut.spoilt.items():
            spoilt.setdefault(name, []).extend(place[before + row] for row in rows)
        before += cut.cells.height
    return pl.concat(parts)[order], gaps.gather(order), {name: tuple(rows) for name, rows in spoilt.items()}
