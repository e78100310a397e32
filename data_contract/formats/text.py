"""The bytes of a text file as UTF-8, whatever encoding they are written in."""

from __future__ import annotations

import codecs
from typing import BinaryIO

from data_contract.errors import DataError, Span

UNDECODED = "\udc80-\udcff"
"""The characters that stand for bytes which are no text, as a range for a regular expression."""

_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))


def _keep_bytes(error: UnicodeError) -> tuple[str, int]:
    """Decode what is no text into lone surrogates, so that it can be counted and found."""
    assert isinstance(error, UnicodeDecodeError)
    wrong = error.object[error.start : error.end]
    return "".join(chr(0xDC00 + byte) if byte > 0x7F else "\udcff" for byte in wrong), error.end


codecs.register_error("data-contract-keep", _keep_bytes)


def to_text(data: bytes) -> str:
    """UTF-8 as text; bytes that are none become lone surrogates."""
    return data.decode("utf-8", "surrogateescape")


def to_utf8(text: str) -> bytes:
    """The reverse of `to_text`."""
    return text.encode("utf-8", "surrogateescape")


def refuse_other_than_utf_8(encoding: str) -> None:
    """Raise `DataError` where what is read is not what stands in the file, byte for byte."""
    if encoding != "utf-8":
        raise DataError(f"it is written in {encoding}", hint="write it in utf-8")


class Utf8Reader:
    """Reads a binary file as UTF-8 without its byte order mark.

    Raises `DataError` when the mark shows another encoding than the one that was promised.
    """

    def __init__(self, file: BinaryIO, path: str, encoding: str) -> None:
        self._file = file
        start = file.read(4)
        mark, found = next(((mark, name) for mark, name in _MARKS if start.startswith(mark)), (b"", encoding))
        if not encoding.startswith(found):
            message = f"the file starts with the byte order mark of {found}, the contract says {encoding}"
            raise DataError(message, at=Span(path, 1), hint=f"set `format.encoding: {found}`, or save it as {encoding}")
        self.mark = mark
        """The byte order mark that stood at the start, if one did."""
        self.has_mark = mark == codecs.BOM_UTF8
        """Whether it is one that the encoding does not need."""
        self._is_drained = False
        self._decoder: codecs.IncrementalDecoder | None = None
        if encoding == "utf-8":
            self._ahead = start[len(mark) :]
        else:
            self._decoder = codecs.getincrementaldecoder(encoding)("data-contract-keep")
            marked = mark if encoding in ("utf-16-le", "utf-16-be") else b""
            self._ahead = to_utf8(self._decoder.decode(start[len(marked) :]))

    def read(self, size: int) -> bytes:
        """The next `size` bytes, or fewer at the end of the file; none after it."""
        if self._decoder is None and not self._ahead:
            return self._file.read(size)
        parts, have = [self._ahead], len(self._ahead)
        while have < size and not self._is_drained:
            data = self._file.read(size - have)
            self._is_drained = not data
            part = data if self._decoder is None else to_utf8(self._decoder.decode(data, final=not data))
            parts.append(part)
            have += len(part)
        everything = b"".join(parts)
        self._ahead = everything[size:]
        return everything[:size]

    def read_lines(self, size: int) -> bytes:
        """The next `size` bytes or so, up to where the last line among them ends, if one does; none after the end."""
        if self._decoder is not None:
            return self.read(size)
        # NOTE: to cut off the last line before it is joined to the one before spares a copy of all of them.
        more = self._file.read(size)
        end = more.rfind(b"\n") + 1 or len(more)
        whole, self._ahead = b"".join((self._ahead, memoryview(more)[:end])), more[end:]
        return whole
