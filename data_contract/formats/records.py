"""The grammar of delimited text, read with care: nothing is dropped, everything odd has a name and a place.

The form is RFC 4180 with what the standard library's `csv` adds to it: a line ends with LF, CRLF or CR; a quote means
something only as the first character of a cell, and is doubled inside a quoted one. Where a quote is never closed, or
text follows a closing one, `csv` swallows rows in silence; here the quote is then read as a plain character, so that
one bad cell costs no other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from data_contract.measures.batch import Defect

MAX_CELL = 1 << 26
"""Characters; a quoted cell that is longer is taken for a quote that is never closed."""

LINE_END = re.compile(r"\r\n|\n|\r")
_LINE_BREAK = re.compile(r"[\r\n]")
_CONFLICT = re.compile(r"(?:<{7}|>{7}|\|{7})(?: .*)?|={7}")


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a text, well formed or not."""

    start: int
    """Of its first character, in the text."""
    end: int
    """Of the character after its last; the line end comes there."""
    cells: tuple[str, ...]
    starts: tuple[int, ...]
    """Where each cell starts in the text, at its quote if it has one."""
    defects: tuple[tuple[Defect, int], ...] = ()
    """What is wrong with its quotes, and in which cell."""

    @property
    def is_blank(self) -> bool:
        """Whether it is a line without a character."""
        return self.start == self.end


def is_conflict_marker(text: str) -> bool:
    """Whether a line is one that git leaves in a file that it could not merge."""
    return text[:7] in ("<<<<<<<", ">>>>>>>", "|||||||", "=======") and bool(_CONFLICT.fullmatch(text))


class Splitter:
    """Cuts a text into records."""

    def __init__(self, text: str, delimiter: str, quote: str | None, *, is_last: bool) -> None:
        self._text, self._delimiter, self._quote, self._is_last = text, delimiter, quote, is_last
        self._stop = _stop(delimiter)
        self._has_returns = "\r" in text
        self._unclosed_from: int | None = None
        self.end = 0
        """Where the next record starts."""

    def __iter__(self) -> Iterator[Record]:
        """Every complete record; unless the text `is_last`, one that its end cuts off is left."""
        while self.end < len(self._text):
            record = self._record(self.end)
            if record is None:
                return
            after = self._after_line_end(record.end)
            if after is None:
                return
            self.end = after
            yield record

    def _after_line_end(self, at: int) -> int | None:
        """Where the line after the one that ends at `at` starts; None if the text does not tell yet."""
        found = LINE_END.match(self._text, at)
        if found is None:
            return at if self._is_last else None
        if found.group() == "\r" and found.end() == len(self._text) and not self._is_last:
            return None
        return found.end()

    def _record(self, start: int) -> Record | None:
        text, quote = self._text, self._quote
        end = self._line_end(start)
        if quote is None or text.find(quote, start, end) < 0:
            return self._plain(start, end)
        return self._quoted(start)

    def _line_end(self, start: int) -> int:
        if self._has_returns:
            found = _LINE_BREAK.search(self._text, start)
            return found.start() if found else len(self._text)
        at = self._text.find("\n", start)
        return len(self._text) if at < 0 else at

    def _plain(self, start: int, end: int) -> Record:
        cells = tuple(self._text[start:end].split(self._delimiter))
        starts, at = [], start
        for cell in cells:
            starts.append(at)
            at += len(cell) + 1
        return Record(start, end, cells, tuple(starts))

    def _quoted(self, start: int) -> Record | None:
        text = self._text
        cells: list[str] = []
        starts: list[int] = []
        defects: list[tuple[Defect, int]] = []
        at = start
        while True:
            starts.append(at)
            cell, end, defect = self._cell(at)
            if cell is None:
                return None
            cells.append(cell)
            if defect:
                defects.append((defect, len(cells) - 1))
            if text[end : end + 1] != self._delimiter:
                return Record(start, end, tuple(cells), tuple(starts), tuple(defects))
            at = end + 1

    def _cell(self, at: int) -> tuple[str | None, int, Defect | None]:
        """The cell that starts at `at`, its end, and what is wrong with it; no cell if the text is cut off in it."""
        text, quote = self._text, self._quote
        defect = None
        if quote and text.startswith(quote, at):
            closing = self._closing(at)
            if closing is None and not self._is_last and len(text) - at <= MAX_CELL:
                return None, at, None
            if closing is not None and closing - at > MAX_CELL:
                closing = None
            if closing is not None:
                end = closing + 1
                if end == len(text) and not self._is_last:
                    return None, at, None
                if end == len(text) or text[end] in (self._delimiter, "\r", "\n"):
                    return text[at + 1 : closing].replace(quote * 2, quote), end, None
            defect = Defect.QUOTE_OPEN if closing is None else Defect.QUOTE_TEXT
        found = self._stop.search(text, at)
        end = found.start() if found else len(text)
        return text[at:end], end, defect

    def _closing(self, opening: int) -> int | None:
        """Where the quote that opens at `opening` is closed."""
        text, quote = self._text, self._quote
        assert quote is not None
        # NOTE: behind a quote that found no end, quotes stand in even runs only, so that the run closes what it opens.
        # Searching the rest of the file for each of them anew would take time quadratic in the file.
        if self._unclosed_from is not None and opening > self._unclosed_from + 1:
            end = opening
            while text.startswith(quote, end):
                end += 1
            return end - 1
        at = text.find(quote, opening + 1)
        while at >= 0 and text.startswith(quote, at + 1):
            at = text.find(quote, at + 2)
        if at < 0:
            self._unclosed_from = opening
            return None
        return at


@lru_cache(maxsize=16)
def _stop(delimiter: str) -> re.Pattern[str]:
    return re.compile(f"[{re.escape(delimiter)}\r\n]")


def count_line_ends(text: str) -> int:
    """How many physical lines end in `text`."""
    return text.count("\n") + text.count("\r") - text.count("\r\n")
