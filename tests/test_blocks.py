"""Which blocks are read fast: a sound one has to be, or reading it takes ten times as long."""

from __future__ import annotations

import pytest

from data_contract.formats.blocks import Cut, Dialect, read_blocks

COMMAS = Dialect(",", '"', 2, "\n")


def cuts_of(text: str, most_care: int = 1 << 20) -> list[Cut]:
    return [*read_blocks(text.encode(), COMMAS, row=1, line=1, is_last=True, most_care=most_care)]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ('1,a\n2,"b, c"\n', [("1", "a"), ("2", "b, c")]),
        ('1,"a ""b"" c"\n2,""""\n', [("1", 'a "b" c'), ("2", '"')]),
        ('1,"""a"",\n""b"""\n2,\n', [("1", '"a",\n"b"'), ("2", "")]),
    ],
)
def test_sound_text_is_read_fast(text: str, rows: list[tuple[str, str]]) -> None:
    (cut,) = cuts_of(text)
    assert (rows, None) == (cut.cells.rows(), cut.gaps)


@pytest.mark.parametrize(
    "text", ['1,""a""\n', '1,a"b"\n', '1,"a"b\n', '1,"a\n', '1,"a"""\n2,""b"\n', '1,"a""\n', '"1,""\n2,"a\n']
)
def test_quotes_that_mean_nothing_are_read_with_care(text: str) -> None:
    (cut,) = cuts_of(text)
    assert cut.gaps is not None


@pytest.mark.parametrize("at", [0, 1, 499, 500, 998, 999])
def test_little_is_read_with_care_around_one_odd_row(at: int) -> None:
    rows = [f"{row},ok\n" for row in range(1000)]
    rows[at] = f'{at},a"b\n'
    cuts = cuts_of("".join(rows), most_care=64)
    careful = [cut for cut in cuts if cut.gaps is not None]
    assert [cell for cut in cuts for cell in cut.cells["c0"]] == [str(row) for row in range(1000)]
    assert sum(cut.records for cut in careful) <= 64 // len("0,ok\n")


def test_a_record_longer_than_what_is_read_with_care_is_read_whole() -> None:
    text = '1,ok\n2,a"' + "b" * 500 + "\n3,ok\n"
    assert [row for cut in cuts_of(text, most_care=16) for row in cut.cells["c0"]] == ["1", "2", "3"]
