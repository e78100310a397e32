"""Which blocks are read fast: a sound one has to be, or reading it takes ten times as long."""

from __future__ import annotations

import pytest

from data_contract.formats.blocks import Dialect, read_block

COMMAS = Dialect(",", '"', 2, "\n")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('1,a\n2,"b, c"\n', [("1", "a"), ("2", "b, c")]),
        ('1,"a ""b"" c"\n2,""""\n', [("1", 'a "b" c'), ("2", '"')]),
        ('1,"""a"",\n""b"""\n2,\n', [("1", '"a",\n"b"'), ("2", "")]),
    ],
)
def test_sound_text_is_read_fast(text: str, rows: list[tuple[str, str]]) -> None:
    cut = read_block(text.encode(), COMMAS, row=1, line=1, is_last=True)
    assert (rows, None) == (cut.cells.rows(), cut.gaps)


@pytest.mark.parametrize(
    "text", ['1,""a""\n', '1,a"b"\n', '1,"a"b\n', '1,"a\n', '1,"a"""\n2,""b"\n', '1,"a""\n', '"1,""\n2,"a\n']
)
def test_quotes_that_mean_nothing_are_read_with_care(text: str) -> None:
    cut = read_block(text.encode(), COMMAS, row=1, line=1, is_last=True)
    assert cut.gaps is not None
