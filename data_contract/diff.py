"""Which lines of a changed file people see in a pull request: only on those do annotations stand beside the text."""

from __future__ import annotations

import pygit2

MOST_BYTES = 1 << 26
"""A larger file is not compared."""

# https://docs.github.com/en/repositories/creating-and-managing-repositories/repository-limits#diff-limits
_MOST_CHANGED = 20_000
_MOST_SHOWN = 500_000
_CONTEXT = 3
_BINARY = 8_000
"""Bytes at the start of a file in which a NUL makes it binary to git."""
_MOST_COMPARED = 50_000
"""Lines between the first and the last change; what repeats in many more can take minutes."""


def shown_lines(old: bytes, new: bytes) -> tuple[range, ...]:
    """The lines of `new`, from 1, that GitHub shows in its diff with `old`, context included; none where it shows none.

    A change that reaches over more than `_MOST_COMPARED` lines is taken for one that is not shown.
    """
    if b"\0" in old[:_BINARY] or b"\0" in new[:_BINARY]:
        return ()
    last = new.count(b"\n") + (new[-1:] not in (b"", b"\n"))
    start = old.rfind(b"\n", 0, _alike(old, new)) + 1
    above = new.count(b"\n", 0, start)
    old, new = old[start:], new[start:]
    alike = _alike(old[::-1], new[::-1])
    _, _, end = new[len(new) - alike :].partition(b"\n")
    old, new = old[: len(old) - len(end)], new[: len(new) - len(end)]
    if max(old.count(b"\n"), new.count(b"\n")) > _MOST_COMPARED:
        return ()
    patch = pygit2.Patch.create_from(old, new, context_lines=0)
    _, added, removed = patch.line_stats
    if added + removed > _MOST_CHANGED or len(patch.data) > _MOST_SHOWN:
        return ()
    hunks = ((above + hunk.new_start + (not hunk.new_lines), hunk.new_lines) for hunk in patch.hunks)
    return tuple(range(max(at - _CONTEXT, 1), min(at + lines + _CONTEXT, last + 1)) for at, lines in hunks)


def _alike(one: bytes, other: bytes) -> int:
    """How many bytes both start with."""
    least, most = 0, min(len(one), len(other))
    while least < most:
        middle = (least + most + 1) // 2
        if one[least:middle] == other[least:middle]:
            least = middle
        else:
            most = middle - 1
    return least
