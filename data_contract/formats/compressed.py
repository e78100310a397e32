"""Compressed files, read as what is inside them, and only as long as they are no bomb."""

from __future__ import annotations

import gzip
import io
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO, cast

from data_contract.errors import DataError

FREE = 1 << 26
"""Bytes that may come out of a file whatever its size."""
MOST_RATIO = 250
"""Bytes that may come out, beyond those, for one that went in; text is rarely above 20."""

Open = Callable[[], BinaryIO]


def decompressed(open_file: Open, path: str) -> Open:
    """What opens the content of a file that is compressed by its name; `open_file` itself for any other."""
    if path.lower().endswith(".gz"):
        return lambda: _buffered(open_file(), _gzip)
    if path.lower().endswith(".zst"):
        return lambda: _buffered(open_file(), lambda file: cast("BinaryIO", _zstd().ZstdFile(file, mode="rb")))
    return open_file


@contextmanager
def compressing(file: Path, path: str) -> Iterator[BinaryIO]:
    """A new file to write to, compressed as the name `path` says; the same content always gives the same bytes."""
    with file.open("wb") as raw, _compressor(raw, path) as packed:
        yield packed


def _compressor(raw: BinaryIO, path: str) -> AbstractContextManager[BinaryIO]:
    if path.lower().endswith(".gz"):
        return cast("BinaryIO", gzip.GzipFile(filename="", mode="wb", fileobj=raw, mtime=0))
    return cast("BinaryIO", _zstd().ZstdFile(raw, mode="wb")) if path.lower().endswith(".zst") else nullcontext(raw)


def inner_name(path: str) -> str:
    """The name of what is inside."""
    for suffix in (".gz", ".zst"):
        if path.lower().endswith(suffix):
            return path[: -len(suffix)]
    return path


def _gzip(file: BinaryIO) -> BinaryIO:
    return cast("BinaryIO", gzip.GzipFile(fileobj=file, mode="rb"))


def _zstd() -> Any:
    if sys.version_info >= (3, 14):
        from compression import zstd
    else:
        from backports import zstd
    return zstd


def _buffered(file: BinaryIO, reader: Callable[[BinaryIO], BinaryIO]) -> BinaryIO:
    counted = _Counted(file)
    return io.BufferedReader(_Guarded(counted, reader(cast("BinaryIO", counted))), 1 << 20)


class _Counted(io.RawIOBase):
    """Counts the bytes that are read of a file."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.count = 0

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.count += len(data)
        return data

    def close(self) -> None:
        self._file.close()
        super().close()


class _Guarded(io.RawIOBase):
    """Hands out decompressed bytes until they are too many for what went in."""

    def __init__(self, source: _Counted, content: BinaryIO) -> None:
        self._source, self._content = source, content
        self._count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        try:
            data = self._content.read(len(buffer))
        except (OSError, EOFError, zlib.error) as cause:
            raise DataError(f"the compressed file is damaged: {cause}", hint="write it anew") from None
        except Exception as cause:
            if type(cause).__name__ != "ZstdError":
                raise
            raise DataError(f"the compressed file is damaged: {cause}", hint="write it anew") from None
        self._count += len(data)
        if self._count > FREE and self._count > self._source.count * MOST_RATIO:
            message = f"more than {MOST_RATIO} bytes come out for one that went in: this looks like a bomb"
            raise DataError(message, hint="if it is none, commit the file uncompressed")
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._source.close()
        super().close()
