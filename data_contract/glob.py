"""Globs over the paths of a repository: `*` and `?` stay within a folder, `**` crosses them.

The patterns come from strangers. Both levels are matched by going back to the last star alone, in time proportional to
pattern times path, where a regular expression made of the same pattern can take for ever.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def matches(path: str, pattern: str) -> bool:
    """Whether a path with forward slashes, or a name without any, is what `pattern` describes."""
    parts = pattern.split("/")
    # NOTE: `a/**` is what lies in the folder `a`, and not a file of that name.
    return _wild(path.split("/"), [*parts, "*"] if parts[-1] == "**" else parts, _segment_matches, "**")


def may_hold(folder: str, pattern: str) -> bool:
    """Whether what `pattern` describes may lie below a folder; not told of one that starts with `**`: it may always."""
    parts, place = pattern.split("/"), folder.split("/")
    if is_anywhere(pattern):
        return False
    return any(_wild(place, parts[:length], _segment_matches, "**") for length in range(1, len(parts)))


def is_anywhere(pattern: str) -> bool:
    """Whether what it describes may lie in any folder at all."""
    return pattern.startswith("**/")


def fixed_part(pattern: str) -> str:
    """The folder that every match lies in, `.` for the root; of a pattern without wildcards the folder it is in."""
    parts = pattern.removeprefix("./").split("/")
    fixed = next((index for index, part in enumerate(parts) if has_wildcard(part)), len(parts) - 1)
    return "/".join(parts[:fixed]) or "."


def is_within(narrow: str, wide: str) -> bool:
    """Whether every path that `narrow` describes is surely described by `wide` too."""
    # NOTE: a star read as a character can be matched by nothing but a star, which then takes whatever it stands for; a
    # `?` would take it for one character, and a `**` stands for more than the one folder that it looks like.
    return narrow == wide or ("?" not in wide and "**" not in narrow and matches(narrow, wide))


def has_wildcard(pattern: str) -> bool:
    """Whether it may describe more than one path."""
    return "*" in pattern or "?" in pattern


def _segment_matches(segment: str, pattern: str) -> bool:
    return _wild(segment, pattern, lambda char, mark: mark in ("?", char), "*")


def _wild(text: Sequence[T], pattern: Sequence[T], is_match: Callable[[T, T], bool], star: T) -> bool:
    """Match item by item; `star` stands for any number of items."""
    at = index = 0
    retry: tuple[int, int] | None = None
    while at < len(text):
        if index < len(pattern) and pattern[index] == star:
            retry = (at, index)
            index += 1
        elif index < len(pattern) and is_match(text[at], pattern[index]):
            at, index = at + 1, index + 1
        elif retry:
            at, index = retry[0] + 1, retry[1] + 1
            retry = (at, retry[1])
        else:
            return False
    return all(item == star for item in pattern[index:])
