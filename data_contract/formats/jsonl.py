"""JSON Lines, with every value as written: `"2"` is text, `1.0` keeps its fraction, a key that stands twice is told.

A key that a line lacks is a null of that line; one that no line has is a missing column.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, BinaryIO

import polars as pl

from data_contract.formats.records import is_conflict_marker
from data_contract.formats.source import FoundRow, Piece
from data_contract.formats.text import UNDECODED, Utf8Reader, refuse_other_than_utf_8, to_text
from data_contract.measures.batch import Batch, Defect, Defects, Place, Written, column_name, kind_name, merged
from data_contract.measures.tally import tally
from data_contract.model import TextFormat

_SPOILT = re.compile(f"[{UNDECODED}]")
_BLANKS = re.compile(r"[ \t\r\n]*")
Pairs = list[tuple[str, Any]]


@dataclass(frozen=True, slots=True)
class _Lexeme:
    """A number as it stands in the file."""

    text: str
    is_int: bool


_DECODER = json.JSONDecoder(
    object_pairs_hook=list,
    parse_int=lambda text: _Lexeme(text, is_int=True),
    parse_float=lambda text: _Lexeme(text, is_int=False),
    parse_constant=lambda text: _Lexeme(text, is_int=False),
)


class JsonLinesSource:
    """A file with one JSON object a line."""

    has_kinds = True
    possible_defects = frozenset(
        {
            Defect.NOT_JSON,
            Defect.NOT_OBJECT,
            Defect.KEY_TWICE,
            Defect.ENCODING,
            Defect.CONFLICT,
            Defect.BLANK_LINE,
            Defect.BYTE_ORDER_MARK,
        }
    )

    def __init__(
        self,
        open_file: Callable[[], BinaryIO],
        path: str,
        form: TextFormat,
        features: tuple[str, ...],
        block_size: int,
    ) -> None:
        self._open, self._path, self._encoding, self._block_size = open_file, path, form.encoding, block_size
        self.columns = features
        self._seen: dict[str, None] = {}

    @property
    def header(self) -> tuple[str, ...]:
        """Every key that a line has, as far as the file was read."""
        return tuple(self._seen)

    def batches(self) -> Iterator[Batch]:
        """All rows, from the start."""
        row, marks = 1, {Defect.BYTE_ORDER_MARK: tally([Place(1, 1, 0)])}
        with self._open() as file:
            reader = Utf8Reader(file, self._path, self._encoding)
            defects: Defects = marks if reader.has_mark else {}
            for lines in _blocks(reader, self._block_size):
                rows = _Rows(self.columns, row)
                for number, line in lines:
                    rows.take(number, line)
                self._seen |= rows.seen
                yield rows.batch(defects)
                row, defects = rows.next, {}

    def again(self, columns: Collection[int], rows: pl.Series | None) -> Iterator[Batch]:  # all are at hand
        """The batches once more."""
        return self.batches()

    def pieces(self) -> Iterator[Piece]:
        """The byte order mark, if there is one; then each line."""
        refuse_other_than_utf_8(self._encoding)
        row, number, size, rest, is_last = 1, 1, self._block_size, b"", False
        with self._open() as file:
            reader = Utf8Reader(file, self._path, self._encoding)
            yield Piece(reader.mark, None, 1, 0)
            while not is_last:
                more = reader.read(size)
                is_last = not more
                *lines, rest = (rest + more).split(b"\n")
                whole = [line + b"\n" for line in lines] + ([rest] if is_last and rest else [])
                for line in whole:
                    is_row = _is_row(to_text(line.removesuffix(b"\n")).removesuffix("\r"))
                    yield Piece(line, row if is_row else None, number, 1)
                    row, number = row + is_row, number + 1
                size = size if lines else size * 2

    def find(self, rows: Iterable[int]) -> Mapping[int, FoundRow]:
        """The rows with these numbers."""
        wanted, found, row = set(rows), dict[int, FoundRow](), 0
        with self._open() as file:
            for lines in _blocks(Utf8Reader(file, self._path, self._encoding), self._block_size):
                for number, line in lines:
                    row += _is_row(line)
                    if row in wanted and row not in found and _is_row(line):
                        found[row] = _found(number, line, self.header)
                        if len(found) == len(wanted):
                            return found
        return found


def _blocks(reader: Utf8Reader, size: int) -> Iterator[list[tuple[int, str]]]:
    """The lines of a file with their numbers, so many bytes at a time; at least one block, which may be empty."""
    rest, number, is_first = b"", 1, True
    while (data := reader.read(size)) or rest or is_first:
        whole, newline, rest = (rest + data).rpartition(b"\n") if data else (rest, b"", b"")
        if data and not newline:
            size *= 2
            rest = whole + rest
            continue
        lines = to_text(whole).split("\n") if whole or newline else []
        yield list(enumerate((line.removesuffix("\r") for line in lines), number))
        number, is_first = number + len(lines), False


def _is_row(line: str) -> bool:
    return not _is_blank(line) and not is_conflict_marker(line)


def _is_blank(line: str) -> bool:
    # NOTE: what else Python takes for a blank is none in JSON.
    return not line.strip(" \t\r")


class _Rows:
    """Sorts the lines of a block into cells and defects."""

    def __init__(self, columns: tuple[str, ...], first: int) -> None:
        self._index = {name: index for index, name in enumerate(columns)}
        self._first = self.next = first
        self._texts: list[list[str | None]] = [[] for _ in columns]
        self._kinds: list[list[int]] = [[] for _ in columns]
        self._numbers: list[int] = []
        self._spoilt: dict[str, list[int]] = {}
        self._defects: dict[Defect, list[Place]] = {}
        self.seen: dict[str, None] = {}

    def take(self, number: int, line: str) -> None:
        """Add one line."""
        if not _is_row(line):
            self._note(Defect.BLANK_LINE if _is_blank(line) else Defect.CONFLICT, Place(number, 1, 0))
            return
        row, self.next = self.next, self.next + 1
        if _SPOILT.search(line):
            self._note(Defect.ENCODING, Place(number, 1, row))
            return
        pairs = _pairs(line)
        if not isinstance(pairs, list):
            self._note(pairs, Place(number, 1, row))
            return
        self._add(line, pairs, Place(number, 1, row))

    def _add(self, line: str, pairs: Pairs, at: Place) -> None:
        values = dict(reversed(pairs))
        counts = Counter(name for name, _ in pairs) if len(values) < len(pairs) else {}
        twice = {name for name, count in counts.items() if count > 1}
        self.seen |= dict.fromkeys(reversed(values))
        spans: dict[str, tuple[int, int]] = {}
        for name, index in self._index.items():
            text, kind = _written(values.get(name))
            if kind is Written.NESTED:
                spans = spans or _spans(line)
                text = line[slice(*spans[name])]
            defect = Defect.KEY_TWICE if name in twice else Defect.ENCODING if text and _is_torn(text) else None
            if defect:
                self._spoilt.setdefault(column_name(index), []).append(len(self._numbers))
                text = None
            if defect is Defect.ENCODING:
                self._note(defect, at)
            self._texts[index].append(text)
            self._kinds[index].append(kind)
        if twice:
            self._note(Defect.KEY_TWICE, at)
        self._numbers.append(at.row)

    def _note(self, defect: Defect, at: Place) -> None:
        self._defects.setdefault(defect, []).append(at)

    def batch(self, before: Defects) -> Batch:
        """Everything taken so far."""
        texts = [pl.Series(column_name(i), texts, dtype=pl.String) for i, texts in enumerate(self._texts)]
        kinds = [pl.Series(kind_name(i), kinds, dtype=pl.UInt8) for i, kinds in enumerate(self._kinds)]
        found = {defect: tally(places) for defect, places in self._defects.items()}
        return Batch(
            pl.DataFrame([*texts, *kinds]),
            self._first,
            self.next - self._first,
            pl.Series(self._numbers, dtype=pl.Int64),
            merged(before, found),
            {name: tuple(rows) for name, rows in self._spoilt.items()},
        )


def _pairs(line: str) -> Pairs | Defect:
    """The keys and values of an object, or what the line is instead."""
    try:
        value = _DECODER.decode(line)
    except (ValueError, RecursionError):
        return Defect.NOT_JSON
    is_object = line.lstrip().startswith("{")
    return value if is_object else Defect.NOT_OBJECT


def _written(value: Any) -> tuple[str | None, Written]:
    """A value as text, and what it is written as; of a nested one only the latter."""
    match value:
        case None:
            return None, Written.TEXT
        case str():
            return value, Written.TEXT
        case bool():
            return ("true" if value else "false"), Written.BOOL
        case _Lexeme():
            return value.text, Written.INT if value.is_int else Written.NUMBER
        case _:
            return None, Written.NESTED


def _is_torn(text: str) -> bool:
    """Whether a text has half of a surrogate pair, which no encoding of text can hold."""
    return not text.isascii() and any("\ud800" <= char <= "\udfff" for char in text)


def _found(number: int, line: str, names: tuple[str, ...]) -> FoundRow:
    pairs = _pairs(line)
    values = dict(reversed(pairs)) if isinstance(pairs, list) else {}
    spans = _spans(line) if isinstance(pairs, list) else {}
    places = tuple((number, spans[name][0] + 1 if name in spans else None) for name in names)
    texts = {name: line[slice(*spans[name])] for name, value in values.items() if isinstance(value, list)}
    cells = tuple(texts[name] if name in texts else _written(values.get(name))[0] for name in names)
    return FoundRow(number, places, cells)


def _spans(line: str) -> dict[str, tuple[int, int]]:
    """Where the value of each key of an object starts, and where it ends; `line` must hold a valid one."""
    spans: dict[str, tuple[int, int]] = {}
    at = _skip(line, line.index("{") + 1)
    while line[at] != "}":
        name, at = _DECODER.raw_decode(line, at)
        start = _skip(line, _skip(line, at) + 1)
        _, end = _DECODER.raw_decode(line, start)
        spans.setdefault(name, (start, end))
        at = _skip(line, end)
        at = _skip(line, at + 1) if line[at] == "," else at
    return spans


def _skip(line: str, at: int) -> int:
    found = _BLANKS.match(line, at)
    return found.end() if found else at
