"""Every input format there is: one file and one row here."""

from __future__ import annotations

from collections.abc import Callable
from typing import BinaryIO

from data_contract.errors import DataError, Span
from data_contract.formats.compressed import decompressed, inner_name
from data_contract.formats.csv import BLOCK, CsvSource
from data_contract.formats.jsonl import JsonLinesSource
from data_contract.formats.parquet import ParquetSource
from data_contract.formats.source import Source
from data_contract.model import TextFormat

Opener = Callable[[Callable[[], BinaryIO], str, TextFormat, tuple[str, ...], int], Source]

BY_SUFFIX: dict[str, Opener] = {
    ".csv": CsvSource,
    ".csv.gz": CsvSource,
    ".csv.zst": CsvSource,
    ".tsv": CsvSource,
    ".tsv.gz": CsvSource,
    ".tsv.zst": CsvSource,
    ".txt": CsvSource,
    ".jsonl": JsonLinesSource,
    ".jsonl.gz": JsonLinesSource,
    ".jsonl.zst": JsonLinesSource,
    ".ndjson": JsonLinesSource,
    ".parquet": ParquetSource,
}
"""How a file is read, by the end of its name in lower case; the longest one that fits wins."""

_POINTER = b"version https://git-lfs.github.com/spec/"


def open_source(
    open_file: Callable[[], BinaryIO], path: str, form: TextFormat, features: tuple[str, ...], block_size: int = BLOCK
) -> Source:
    """The reader for a file, found by its name; raises `DataError` where there is none, or no data."""
    name = path.lower()
    fitting = [suffix for suffix in BY_SUFFIX if name.endswith(suffix)]
    if not fitting:
        hint = f"known endings: {', '.join(BY_SUFFIX)}"
        raise DataError("the format of the file is not known here", at=Span(path, 1), hint=hint)
    with open_file() as file:
        if file.read(len(_POINTER)) == _POINTER:
            raise DataError(
                "it is a Git LFS pointer, not the data", at=Span(path, 1), hint="fetch it with `git lfs pull`"
            )
    opener = BY_SUFFIX[max(fitting, key=len)]
    return opener(decompressed(open_file, path), inner_name(path), form, features, block_size)
