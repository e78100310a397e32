"""Globs against the standard library, and against a regular expression for what it does not know."""

from __future__ import annotations

import glob
import re
import sys
from fnmatch import fnmatchcase

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from data_contract.glob import is_within, matches

NAMES = st.text("ab.", min_size=1, max_size=5)
PATHS = st.lists(NAMES, min_size=1, max_size=5).map("/".join)
PIECES = st.text("ab.*?", min_size=1, max_size=5)
PATTERNS = st.lists(PIECES | st.sampled_from(["*", "**", "**"]), min_size=1, max_size=5).map("/".join)


def expression(pattern: str) -> str:
    """A glob as a regular expression, by the rules of `glob.translate(recursive=True, include_hidden=True)`."""
    *folders, last = pattern.split("/")
    parts = ["(?:.+/)?" if folder == "**" else _segment(folder) + "/" for folder in folders]
    return "".join(parts) + (".+" if last == "**" else _segment(last))


def _segment(pattern: str) -> str:
    if pattern == "*":
        return "[^/]+"
    return "".join({"*": "[^/]*", "?": "[^/]"}.get(char, re.escape(char)) for char in pattern)


@given(PATHS, PATTERNS)
@example("a", "a/**")
@example("a", "**/a")
@example("a/b/a", "**/a")
@example("b/a", "**a")
@example("a/b", "**/**")
@example("a", "**/**/a")
def test_a_path_matches_as_the_regular_expression_does(path: str, pattern: str) -> None:
    assert matches(path, pattern) is bool(re.fullmatch(expression(pattern), path))


@pytest.mark.skipif(sys.version_info < (3, 13), reason="glob.translate came with Python 3.13")
@given(PATHS, PATTERNS)
def test_a_path_matches_as_in_the_standard_library(path: str, pattern: str) -> None:
    translated = glob.translate(pattern, recursive=True, include_hidden=True, seps="/")  # type: ignore[attr-defined]
    assert matches(path, pattern) is bool(re.match(translated, path))


@given(NAMES, PIECES.filter(lambda pattern: pattern.strip("*")))
def test_a_name_matches_as_in_the_standard_library(name: str, pattern: str) -> None:
    assert matches(name, pattern) is fnmatchcase(name, pattern)


@st.composite
def narrower(draw: st.DrawFn, pattern: str) -> str:
    """A pattern with some of its wildcards written out, which may well lie within."""
    for wild in ("**", "*"):
        while wild in pattern and draw(st.booleans()):
            pattern = pattern.replace(wild, draw(st.sampled_from(["", "a", "a/b", "*", "?", "b*"])), 1)
            if len(pattern) > 20:
                break
    return pattern


@given(PATTERNS, st.data())
def test_a_glob_within_another_describes_no_other_paths(wide: str, data: st.DataObject) -> None:
    narrow = data.draw(narrower(wide))
    path = re.sub(r"[*?]+", lambda _: data.draw(st.sampled_from(["", "a", "b.a", "a/b", "a/b/a"])), narrow)
    assert not (is_within(narrow, wide) and matches(path, narrow)) or matches(path, wide)


@pytest.mark.parametrize(
    ("narrow", "wide", "expected"),
    [
        ("data/*.csv", "data/**/*.csv", True),
        ("data/a.csv", "data/?.csv", False),  # it does, but a `?` is never trusted
        ("data/*.csv", "data/?.csv", False),
        ("data/**", "data/*", False),
        ("data/**", "data/**", True),
        ("a/*", "b/*", False),
    ],
)
def test_what_is_within_is_told_on_the_safe_side(narrow: str, wide: str, expected: bool) -> None:
    assert is_within(narrow, wide) is expected


@given(st.text(), st.text())
def test_any_text_is_a_pattern(path: str, pattern: str) -> None:
    assert matches(path, path.replace("*", "?"))
    assert matches(path, pattern) in (True, False)


@pytest.mark.parametrize("pattern", ["[a]", "{a,b}", "!a", "a\\*", "(a|b)", "^a$", "a+"])
def test_nothing_but_stars_and_question_marks_is_special(pattern: str) -> None:
    assert matches(pattern, pattern)
    assert not matches("a", pattern)


@pytest.mark.parametrize(
    ("path", "pattern"),
    [
        ("a" * 5000, "*a" * 200 + "b"),
        ("a" * 5000, "*" * 200 + "b"),
        ("a/" * 2500 + "a", "**/a/" * 200 + "b"),
        ("a/" * 2500 + "a", "**/" * 200 + "b"),
        ("/".join(["a" * 50] * 100), "**/" + "*a" * 20 + "b/**/b"),
    ],
)
def test_a_hostile_pattern_takes_no_time_to_speak_of(path: str, pattern: str) -> None:
    assert not matches(path, pattern)
