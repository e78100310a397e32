"""The only way from a stranger's text into a report.

A cell, a name, a path is text that a stranger put into a pull request. It must not be able to speak: not to the
runner, which reads every line of a log for commands (`::error::` at its start, `##[error]` anywhere in it), not to a
terminal, not as markdown, and not by turning the direction of the text around it.
"""

from __future__ import annotations

import html
import json
import re
from typing import Any

from data_contract.model import Unsaid, Words

LONGEST = 120
"""Characters of a stranger's text that are shown."""

# Controls, among them the line ends; soft hyphen; format characters, which join, turn or hide text; line and paragraph
# separators; the byte order mark; surrogates; private use; tags.
_UNPRINTABLE = re.compile(
    "[\0-\x1f\x7f-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164"
    "\ud800-\udfff\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ue000-\uf8ff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)


def printable(text: str, longest: int | None = LONGEST) -> str:
    """One line of text without any character that does something; cut to `longest` characters."""
    if longest is not None and len(text) > longest:
        text = text[: longest - 1] + "…"
    return _tame(_UNPRINTABLE.sub(lambda found: _code(found.group()), text))


def sentence(words: Words) -> str:
    """A sentence for a log or a terminal."""
    return _tame("".join(printable(part) if isinstance(part, Unsaid) else part for part in words))


def log_line(text: str) -> str:
    """A line that no runner reads as a command, whatever was put into it."""
    text = _tame(_UNPRINTABLE.sub(lambda found: _code(found.group()), text))
    return re.sub(r"^(\s*):(?=:)", r"\1\\u003a", text)


def annotation(level: str, message: str, **properties: str | int | None) -> str:
    """A workflow command that annotates a place; the only text of ours that a runner takes for a command."""
    given = ",".join(f"{name}={_property(str(value))}" for name, value in properties.items() if value is not None)
    return f"::{level} {given}::{_data(message)}" if given else f"::{level}::{_data(message)}"


def markdown_sentence(words: Words) -> str:
    """A sentence for markdown, a table's cell included."""
    return "".join(code_span(part) if isinstance(part, Unsaid) else _plain_markdown(part) for part in words)


def code_span(text: str, longest: int | None = LONGEST) -> str:
    """Text as a code span that nothing in it can leave, in a table's cell too (GFM, section 6.1)."""
    text = printable(text, longest)
    if not text.strip():
        return "`(empty)`" if not text else f"`({len(text)} blanks)`"
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[0] in "` " or text[-1] in "` " else ""
    return f"{fence}{pad}{text}{pad}{fence}".replace("|", "\\|")


def html_text(text: str, longest: int | None = LONGEST) -> str:
    """One line of text for HTML, between tags and in quoted attributes alike."""
    return html.escape(printable(text, longest), quote=True)


def json_text(value: Any) -> str:
    """JSON in ASCII, in which no line is a command for a runner."""
    return json.dumps(value, indent=2, ensure_ascii=True, allow_nan=False).replace("##[", "\\u0023#[")


def _tame(text: str) -> str:
    """Break the marker that a runner looks for anywhere in a line."""
    return text.replace("##[", "##\\[")


def _code(char: str) -> str:
    number = ord(char)
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _plain_markdown(text: str) -> str:
    return re.sub(r"([\\`*_\[\]<>|#~])", r"\\\1", text)


def _data(text: str) -> str:
    return _tame(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
