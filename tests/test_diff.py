"""Which lines of a change GitHub shows, against the standard library's diff."""

from __future__ import annotations

import difflib
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contract.diff import shown_lines

LINES = st.lists(st.sampled_from(["a\n", "b\n", "c\n", "d,e\n", "\n"]), max_size=40).map("".join)
LAST = st.sampled_from(["", "a", "b"])


def numbers(old: str, new: str) -> set[int]:
    return {line for each in shown_lines(old.encode(), new.encode()) for line in each}


@given(LINES, LINES, LAST, LAST)
def test_what_is_not_in_the_old_version_is_shown(old: str, new: str, end: str, other: str) -> None:
    """Diffs differ in what they take for moved; none can leave out a line that is new."""
    old, new = old + end, new + other
    lines = new.splitlines()
    assert {at for at, line in enumerate(lines, 1) if line not in old.splitlines()} <= numbers(old, new)
    assert numbers(old, new) <= set(range(1, len(lines) + 1))
    assert old != new or not numbers(old, new)


@given(st.permutations(range(30)), st.sets(st.integers(0, 29), max_size=8), st.sets(st.integers(0, 29), max_size=4))
def test_what_is_shown_is_what_a_diff_with_three_lines_of_context_shows(
    lines: list[int], replaced: set[int], removed: set[int]
) -> None:
    old = [f"row {line}\n" for line in lines]
    new = [f"new {at}\n" if at in replaced else line for at, line in enumerate(old) if at not in removed]
    heads = re.findall(r"^@@ [^+]*\+(\d+)(?:,(\d+))? @@", "".join(difflib.unified_diff(old, new)), re.MULTILINE)
    spans = [(int(start), int(length or 1)) for start, length in heads]
    assert numbers("".join(old), "".join(new)) == {at for start, length in spans for at in range(start, start + length)}


ROWS = "".join(f"{row},x\n" for row in range(100_000))


@pytest.mark.parametrize(
    ("old", "new", "shown"),
    [
        (ROWS, ROWS, ()),
        (ROWS, ROWS.replace("\n70000,x\n", "\n70000,y\n"), (range(69_998, 70_005),)),
        (ROWS, ROWS + "new\n", (range(99_998, 100_002),)),
        (ROWS, ROWS.replace("\n2,x\n", "\n2,y\n").replace("\n3000,x\n", "\n"), (range(1, 7), range(2998, 3004))),
        ("", ROWS[:1000], (range(1, ROWS[:1000].count("\n") + 1),)),
        ("", ROWS[:200_000], ()),  # more than 20,000 lines
        ("", "x" * 500_001, ()),
        (ROWS[:200_000], "", ()),
        (ROWS, ROWS.replace("\n2,x\n", "\n2,y\n").replace("\n60000,x\n", "\n"), ()),  # too far from each other to look
        ("a\0\n", "a\0\nb\n", ()),
        ("a\rb\r", "a\rc\r", (range(1, 2),)),  # to git it is one line
        ("a\nb", "a\nb\n", (range(1, 3),)),
    ],
)
def test_what_github_does_not_show_is_left_out(old: str, new: str, shown: tuple[range, ...]) -> None:
    assert shown_lines(old.encode(), new.encode()) == shown
