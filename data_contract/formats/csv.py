"""CSV and TSV, lossless: every byte of the file is a cell, a note or a defect with a place."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import BinaryIO, assert_never

import polars as pl

from data_contract.errors import DataError
from data_contract.formats.around import read_around, read_blocks, spans_around
from data_contract.formats.blocks import Dialect, Way, lines_of, one_line_each, places, read_with_care, reread
from data_contract.formats.head import Head, read_head
from data_contract.formats.records import Splitter, count_line_ends
from data_contract.formats.source import FoundRow, Piece
from data_contract.formats.text import Utf8Reader, refuse_other_than_utf_8, to_text, to_utf8
from data_contract.measures.batch import Batch, Defect, merged
from data_contract.model import TextFormat

BLOCK = 1 << 23
"""Bytes of a block: enough to keep the cores busy, few enough to hold several in memory."""
_CARE = 16
"""Reading with care is ten times slower; at most this part of a block is, where one cell of it is odd."""


@dataclass(frozen=True, slots=True)
class _Block:
    """Where a batch came from, to find its rows again."""

    size: int
    first_row: int
    records: int
    first_line: int
    way: Way

    @property
    def rows(self) -> tuple[int, int]:
        """The numbers of its first and its last row."""
        return self.first_row, self.first_row + self.records - 1


class CsvSource:
    """A file of delimited text."""

    def __init__(
        self,
        open_file: Callable[[], BinaryIO],
        path: str,
        form: TextFormat,
        features: tuple[str, ...],
        block_size: int = BLOCK,
    ) -> None:
        self._open, self._path, self._form, self._block_size = open_file, path, form, block_size
        self._features = features
        self._known_head: Head | None = None
        self._blocks: list[_Block] = []

    has_kinds = False
    possible_defects = frozenset(Defect) - {Defect.NOT_JSON, Defect.NOT_OBJECT, Defect.KEY_TWICE}

    @property
    def header(self) -> tuple[str, ...]:
        """The names of the columns; those of the features where the file has no header.

        Raises `DataError` for a file in another encoding than the contract's.
        """
        return self._head().names

    @property
    def columns(self) -> tuple[str, ...]:
        """The header."""
        return self.header

    def batches(self) -> Iterator[Batch]:
        """All rows, from the start; the defects of the header come with the first batch."""
        head = self._head()
        self._blocks = []
        defects, row, line, care = head.defects, 1, head.lines + 1, max(self._block_size // _CARE, 1)
        way = Way.FAST
        with self._open() as file:
            reader = Utf8Reader(file, self._path, self._form.encoding)
            reader.read(head.size)
            data, size, is_last = reader.read_lines(self._block_size), self._block_size, False
            while not is_last:
                more = reader.read_lines(size)
                is_last, read = not more, 0
                is_odd = way is Way.AROUND
                for cut in read_blocks(
                    data, head.dialect, row=row, line=line, is_last=is_last, most_care=care, is_odd=is_odd
                ):
                    self._blocks.append(_Block(cut.size, row, cut.records, line, way := cut.way))
                    yield Batch(cut.cells, row, cut.records, cut.gaps, merged(defects, cut.defects), cut.spoilt)
                    read, row, line, defects = read + cut.size, row + cut.records, line + cut.lines, {}
                # NOTE: a record that is longer than a block needs a larger one, and soon, or reading it takes for ever.
                size = size if read else size * 2
                data = data[read:] + more
        if not self._blocks:
            yield Batch(
                read_with_care(b"", head.dialect, row=row, line=line, is_last=True).cells, row, 0, None, defects
            )

    def again(self, columns: Collection[int], rows: pl.Series | None) -> Iterator[Batch]:
        """The batches that have some of these rows: of proven blocks only these columns, and without a second proof.

        Raises `DataError` when the file is not the one that `batches` has read.
        """
        head = self._head()
        with self._open() as file:
            reader = Utf8Reader(file, self._path, self._form.encoding)
            reader.read(head.size)
            for block in self._blocks:
                data = reader.read(block.size)
                if rows is not None and not rows.is_between(*block.rows).any():
                    continue
                batch = _again(block, data, head.dialect, columns)
                if batch is None or batch.records != block.records:
                    raise DataError("the file changed while it was read", hint="run again when nobody writes it")
                yield batch

    def find(self, rows: Iterable[int]) -> Mapping[int, FoundRow]:
        """The rows with these numbers, among those that `batches` has passed."""
        wanted = set(rows)
        found: dict[int, FoundRow] = {}
        head = self._head()
        with self._open() as file:
            reader = Utf8Reader(file, self._path, self._form.encoding)
            reader.read(head.size)
            for block in self._blocks:
                if not wanted:
                    break
                data = reader.read(block.size)
                first, last = block.rows
                here = {number for number in wanted if first <= number <= last}
                if here:
                    found |= _find(data, block, here, head.dialect)
                    wanted -= here
        return found

    def pieces(self) -> Iterator[Piece]:
        """The header, and what stands above it; then each record."""
        refuse_other_than_utf_8(self._form.encoding)
        head = self._head()
        row, line, size, data, is_last = 1, head.lines + 1, max(self._block_size // _CARE, 1), b"", False
        with self._open() as file:
            reader = Utf8Reader(file, self._path, self._form.encoding)
            yield Piece(_ended(reader.mark + reader.read(head.size)), None, 1, head.lines)
            while not is_last:
                more = reader.read(size)
                data, is_last, read = data + more, not more, 0
                for piece in _pieces(data, head.dialect, row=row, line=line, is_last=is_last):
                    yield piece
                    read, row, line = read + len(piece.content), row + (piece.row is not None), line + piece.lines
                # NOTE: as in `batches`: a record that is longer than what was read needs more, and soon.
                data, size = data[read:], size if read else size * 2

    def _head(self) -> Head:
        if self._known_head is None:
            with self._open() as file:
                reader = Utf8Reader(file, self._path, self._form.encoding)
                self._known_head = read_head(reader, self._delimiter, self._form, self._features)
        return self._known_head

    @property
    def _delimiter(self) -> str:
        return self._form.delimiter or ("\t" if self._path.lower().endswith(".tsv") else ",")


def _again(block: _Block, data: bytes, dialect: Dialect, columns: Collection[int]) -> Batch | None:
    """The batch that a block was, or some of its columns; None if it is another block now."""
    if block.way is Way.FAST:
        cells = reread(data, dialect, columns)
        return Batch(cells, block.first_row, cells.height)
    read = read_around if block.way is Way.AROUND else read_with_care
    cut = read(data, dialect, row=block.first_row, line=block.first_line, is_last=True)
    return Batch(cut.cells, block.first_row, cut.records, cut.gaps, {}, cut.spoilt) if cut else None


def _pieces(data: bytes, dialect: Dialect, *, row: int, line: int, is_last: bool) -> Iterator[Piece]:
    """Each whole record that there is in `data`."""
    text = to_text(data)
    splitter = Splitter(text, dialect.delimiter, dialect.quote, is_last=is_last)
    for found in lines_of(splitter, text, dialect, row=row, line=line):
        part = text[found.record.start : splitter.end]
        lines = count_line_ends(part) + (splitter.end == found.record.end)
        yield Piece(_ended(to_utf8(part)), found.row, found.line, lines)


def _ended(part: bytes) -> bytes:
    # NOTE: what is put behind it might begin with LF, and then there would be one line end where there were two.
    if part.endswith(b"\r"):
        hint = "end lines with LF, or with CR and LF"
        raise DataError("a line ends with a lone carriage return", hint=hint)
    return part


def _find(data: bytes, block: _Block, wanted: set[int], dialect: Dialect) -> dict[int, FoundRow]:
    """Look rows up in the text of their block."""
    found: dict[int, FoundRow] = {}
    for row, first_line, part in _parts(data, block, wanted, dialect):
        text = to_text(part)
        splitter = Splitter(text, dialect.delimiter, dialect.quote, is_last=True)
        for line in lines_of(splitter, text, dialect, row=row, line=first_line):
            if line.row in wanted:
                where = tuple((at.line, at.column) for at in places(text, line))
                found[line.row] = FoundRow(line.line, where, line.record.cells)
                if len(found) == len(wanted):
                    return found
    return found


def _parts(data: bytes, block: _Block, wanted: set[int], dialect: Dialect) -> Iterator[tuple[int, int, bytes]]:
    """Parts of a block that have the wanted rows, each with its first row and its line."""
    row, line = block.first_row, block.first_line
    match block.way:
        case Way.FAST:
            yield from _records(data, row, line, wanted, dialect)
        case Way.AROUND:
            for first_row, first_line, part, is_sound in spans_around(data, dialect, row=row, line=line):
                if is_sound:
                    yield from _records(part, first_row, first_line, wanted, dialect)
                else:
                    yield first_row, first_line, part
        case Way.CARE:
            yield row, line, data
        case _:
            assert_never(block.way)


def _records(
    data: bytes, row: int, first_line: int, wanted: set[int], dialect: Dialect
) -> Iterator[tuple[int, int, bytes]]:
    """The wanted records of a proven text, each with its row and its line; the rest is not looked into."""
    records = one_line_each(data, dialect).split(b"\n")
    start, line, passed = 0, first_line, 0
    for number in sorted(each for each in wanted if row <= each < row + len(records)):
        more = records[passed : number - row]
        size = sum(map(len, more)) + len(more)
        line += data.count(b"\n", start, start + size)
        start, passed = start + size, number - row
        yield number, line, data[start : start + len(records[passed]) + 1]
