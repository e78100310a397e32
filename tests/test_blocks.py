"""Which blocks are read fast: a sound one has to be, or reading it takes ten times as long."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contract.formats.around import read_around, read_blocks
from data_contract.formats.blocks import Cut, Dialect, Way, read_with_care

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


ODD = {
    "short": "{}\n",
    "long": "{},x,y\n",
    "blank": "\n",
    "marker": "<<<<<<< ours\n",
    "returns": "{},x\r\n",
    "nul": "{},\0\n",
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_rows_are_read_with_care_and_all_around_them_at_once(kind: str) -> None:
    rows = [f'{row},"a, ""b""\nc"\n' if row % 3 else f"{row},\n" for row in range(1000)]
    rows[::100] = [ODD[kind].format(row) for row in range(0, 1000, 100)]
    data = "".join(rows).encode()
    (cut,) = read_blocks(data, COMMAS, row=1, line=2, is_last=True, most_care=1 << 20)
    whole = read_with_care(data, COMMAS, row=1, line=2, is_last=True)
    assert (Way.AROUND, len(data), numbered(whole)) == (cut.way, cut.size, numbered(cut))
    assert (whole.defects, whole.spoilt) == (cut.defects, cut.spoilt)
    assert (whole.records, whole.lines) == (cut.records, cut.lines)


def numbered(cut: Cut) -> list[tuple[int, tuple[str, ...]]]:
    assert cut.gaps is not None
    return list(zip(cut.gaps, cut.cells.rows(), strict=True))


@settings(max_examples=400, deadline=None)
@given(st.text('a",\n\r\0<', max_size=60), st.integers(1, 3), st.booleans())
def test_what_is_read_around_odd_rows_is_what_care_reads(text: str, width: int, is_last: bool) -> None:
    dialect, data = Dialect(",", '"', width, "\n"), text.encode() + b"a" + b",a" * (width - 1) + b"\n"
    cut = read_around(data, dialect, row=1, line=2, is_last=is_last)
    if cut is None:
        return
    part = read_with_care(data[: cut.size], dialect, row=1, line=2, is_last=is_last)
    whole = read_with_care(data, dialect, row=1, line=2, is_last=True)
    for careful in (part, whole):
        assert numbered(cut) == [row for row in numbered(careful) if row[0] <= cut.records]
    assert (part.defects, part.spoilt) == (cut.defects, cut.spoilt)
    assert (part.size, part.records, part.lines) == (cut.size, cut.records, cut.lines)
