"""The header of delimited text: the names of the columns, and what comes before the first row."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from data_contract.formats.blocks import Dialect, Line, lines_of, place
from data_contract.formats.records import LINE_END, Splitter, count_line_ends
from data_contract.formats.text import UNDECODED, Utf8Reader, to_text, to_utf8
from data_contract.measures.batch import Defect, Defects, Place, merged
from data_contract.measures.tally import WITNESSES, Tally, tally
from data_contract.model import TextFormat

_FIRST_READ = 1 << 16
_UNDECODED = re.compile(f"[{UNDECODED}]")


@dataclass(frozen=True, slots=True)
class Head:
    """What comes before the first row."""

    names: tuple[str, ...]
    """Those of the features where the file has no header; none where it is empty."""
    size: int
    """Bytes of UTF-8."""
    lines: int
    """Physical lines."""
    dialect: Dialect
    defects: Defects


def read_head(reader: Utf8Reader, delimiter: str, form: TextFormat, features: tuple[str, ...]) -> Head:
    """Read the start of a file up to its first row."""
    text, data, size = "", b"", _FIRST_READ
    mark = {Defect.BYTE_ORDER_MARK: tally([Place(1, 1, 0)])} if reader.has_mark else {}
    while more := reader.read(size):
        data += more
        text = to_text(data)
        found = _first_record(text, delimiter, form.quote, is_last=len(more) < size)
        if found:
            return _head(text, *found, delimiter, form, features, mark)
        size *= 2
    if not form.header:
        return Head(features, 0, 0, Dialect(delimiter, form.quote, len(features), "\n"), mark)
    missing = {Defect.HEADER_NONE: tally([Place(1, 1, 0)])}
    return Head((), len(data), count_line_ends(text), Dialect(delimiter, form.quote, 0, "\n"), merged(mark, missing))


def _first_record(
    text: str, delimiter: str, quote: str | None, *, is_last: bool
) -> tuple[Line, int, Sequence[Line]] | None:
    """The first record that could be a header, where it ends, and the lines before it."""
    splitter = Splitter(text, delimiter, quote, is_last=is_last)
    before: list[Line] = []
    for line in lines_of(splitter, text, Dialect(delimiter, quote, 0, "\n"), row=0, line=1):
        if line.row is not None:
            return line, splitter.end, before
        before.append(line)
    return None


def _head(
    text: str,
    line: Line,
    end: int,
    before: Sequence[Line],
    delimiter: str,
    form: TextFormat,
    features: tuple[str, ...],
    mark: Defects,
) -> Head:
    first = LINE_END.match(text, (before[0] if before else line).record.end)
    line_end = first.group() if first else "\n"
    if line_end == "\r\n":
        mark = merged(mark, {Defect.RETURNS: tally([Place(1, 1, 0)])})
    if not form.header:
        return Head(features, 0, 0, Dialect(delimiter, form.quote, len(features), line_end), mark)
    names = tuple(_UNDECODED.sub("\ufffd", cell) for cell in line.record.cells)
    defects: Defects = mark
    for skipped in before:
        assert skipped.defect
        defects = merged(defects, {skipped.defect: tally([place(text, skipped, skipped.record.start)])})
    cells: dict[Defect, list[int]] = {}
    for defect, index in (*_defects(line.record.cells), *line.record.defects):
        cells.setdefault(defect, []).append(index)
    for defect, indexes in cells.items():
        places = (place(text, line, line.record.starts[index]) for index in indexes[:WITNESSES])
        defects = merged(defects, {defect: Tally(len(indexes), tuple(places))})
    read = text[:end]
    dialect = Dialect(delimiter, form.quote, len(names), line_end)
    return Head(names, len(to_utf8(read)), count_line_ends(read), dialect, defects)


def _defects(cells: Sequence[str]) -> Iterator[tuple[Defect, int]]:
    """What is wrong with the names of a header, and in which cell."""
    seen: set[str] = set()
    for index, name in enumerate(cells):
        if not name.strip():
            yield Defect.HEADER_EMPTY, index
        elif name in seen:
            yield Defect.HEADER_DUPLICATE, index
        elif "\0" in name:
            yield Defect.NUL, index
        elif _UNDECODED.search(name):
            yield Defect.ENCODING, index
        seen.add(name)
