"""Kinds of single values: what stands in the file is text, and its key alone says what it means."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Generic, TypeVar

from data_contract.document import Items, Node, Scalar
from data_contract.errors import Span
from data_contract.keys import Reading, Schema, did_you_mean

E = TypeVar("E", bound=StrEnum)


@dataclass(frozen=True, slots=True)
class Written:
    """A value as it stands in the file, with its place, to be understood later."""

    text: str
    is_plain: bool
    """False when the file quotes it: then it can only be meant as text."""
    span: Span


def _scalar(node: Node, reading: Reading, wanted: str) -> Scalar | None:
    if not isinstance(node, Scalar):
        shape = "a list" if isinstance(node, Items) else "a mapping"
        reading.refuse(f"expected {wanted}, found {shape}", node.span)
        return None
    if node.is_plain and not node.text:
        reading.refuse(f"expected {wanted}, found nothing", node.span)
        return None
    return node


def _plain(node: Node, reading: Reading, wanted: str) -> Scalar | None:
    scalar = _scalar(node, reading, wanted)
    if scalar and not scalar.is_plain:
        reading.refuse(f"expected {wanted}, found text in quotes", scalar.span, "remove the quotes")
        return None
    return scalar


@dataclass(frozen=True, slots=True)
class Text:
    """Text as written: `NO` is Norway and `007` keeps its zeros."""

    pattern: str | None = None
    """A regular expression (Python and ECMA-262 alike) that the whole text must match."""
    wanted: str = "text"

    def read(self, node: Node, reading: Reading) -> str | None:
        scalar = _scalar(node, reading, self.wanted)
        if scalar is None:
            return None
        if scalar.is_plain and scalar.text in ("~", "null", "Null", "NULL"):
            reading.refuse(f"expected {self.wanted}, found '{scalar.text}'", scalar.span, "put it in quotes")
            return None
        if self.pattern and not re.fullmatch(self.pattern, scalar.text):
            reading.refuse(f"expected {self.wanted}, found '{scalar.text}'", scalar.span)
            return None
        return scalar.text

    def schema(self) -> Schema:
        # NOTE: what stands without quotes may be a number to YAML, and is text here.
        unquoted = ["string", "number", "boolean"]
        if self.pattern is None:
            return {"type": unquoted}
        is_free = all(re.fullmatch(self.pattern, text) for text in ("7", "-0.5", "true"))
        return {"type": unquoted if is_free else "string", "pattern": f"^(?:{self.pattern})$"}


GLOB = Text(
    r"(?!/)(?!\./)(?!.*//)(?!(.*/)?\.\.(/|$))[^\[\]{}\u0000]+",
    "a glob of *, ? and ** from the root, such as data/*.csv",
)


@dataclass(frozen=True, slots=True)
class Literal:
    """Any single value, kept as written until somebody knows what it should be."""

    def read(self, node: Node, reading: Reading) -> Written | None:
        scalar = node if isinstance(node, Scalar) and not node.is_plain else _scalar(node, reading, "a single value")
        return Written(scalar.text, scalar.is_plain, scalar.span) if scalar else None

    def schema(self) -> Schema:
        return {"type": ["string", "number", "boolean", "null"]}


@dataclass(frozen=True, slots=True)
class Verbatim:
    """Any single value, as the text that it is written as."""

    def read(self, node: Node, reading: Reading) -> str | None:
        found = Literal().read(node, reading)
        return found.text if found else None

    def schema(self) -> Schema:
        return Literal().schema()


@dataclass(frozen=True, slots=True)
class Number:
    """A number written without quotes."""

    minimum: float | None = None
    maximum: float | None = None
    above: float | None = None
    """The number must be greater than this."""
    below: float | None = None
    """The number must be less than this."""
    hint: str | None = None

    def read(self, node: Node, reading: Reading) -> float | None:
        scalar = _plain(node, reading, "a number")
        if scalar is None:
            return None
        if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?", scalar.text, re.ASCII):
            reading.refuse(f"expected a number, found '{scalar.text}'", scalar.span, self.hint)
            return None
        return self._bounded(float(scalar.text), scalar, reading)

    def _bounded(self, value: float, scalar: Scalar, reading: Reading) -> float | None:
        within = (
            math.isfinite(value)
            and (self.minimum is None or value >= self.minimum)
            and (self.maximum is None or value <= self.maximum)
            and (self.above is None or value > self.above)
            and (self.below is None or value < self.below)
        )
        if not within:
            reading.refuse(f"{self._range()}, found {scalar.text}", scalar.span, self.hint)
        return value if within else None

    def _range(self) -> str:
        low = f"at least {self.minimum:g}" if self.minimum is not None else ""
        low = f"above {self.above:g}" if self.above is not None else low
        high = f"at most {self.maximum:g}" if self.maximum is not None else ""
        high = f"below {self.below:g}" if self.below is not None else high
        return "must be " + (" and ".join(filter(None, (low, high))) or "finite")

    def schema(self) -> Schema:
        bounds = {
            "minimum": self.minimum,
            "maximum": self.maximum,
            "exclusiveMinimum": self.above,
            "exclusiveMaximum": self.below,
        }
        return {"type": "number"} | {name: bound for name, bound in bounds.items() if bound is not None}


@dataclass(frozen=True, slots=True)
class Share:
    """A share above none and below all, as a number or in per cent: `0.99` or `99%`."""

    def read(self, node: Node, reading: Reading) -> float | None:
        if isinstance(node, Scalar) and node.text.endswith("%"):
            text = _PERCENT.read(node, reading)
            return float(f"{text[:-1]}e-2") if text else None
        return _SHARE.read(node, reading)

    def schema(self) -> Schema:
        return {"anyOf": [_SHARE.schema(), _PERCENT.schema()]}


_SHARE = Number(above=0, below=1, hint="write 99% or 0.99")


_PERCENT = Text(r"(?=.*[1-9])[0-9]{1,2}(\.[0-9]{1,6})?%", "a share above 0% and below 100%")


@dataclass(frozen=True, slots=True)
class Integer:
    """A whole number written without quotes."""

    minimum: int = 0

    def read(self, node: Node, reading: Reading) -> int | None:
        scalar = _plain(node, reading, "a whole number")
        if scalar is None:
            return None
        if not re.fullmatch(r"[+-]?\d{1,18}", scalar.text, re.ASCII) or int(scalar.text) < self.minimum:
            reading.refuse(f"expected a whole number from {self.minimum}, found '{scalar.text}'", scalar.span)
            return None
        return int(scalar.text)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.minimum, "maximum": 10**18 - 1}


@dataclass(frozen=True, slots=True)
class Version:
    """The one version of a document that this program reads."""

    number: int

    def read(self, node: Node, reading: Reading) -> int | None:
        value = Integer().read(node, reading)
        if value is not None and value != self.number:
            reading.refuse(f"version {value} is not known here", node.span, f"write `version: {self.number}`")
        return value

    def schema(self) -> Schema:
        return {"const": self.number}


@dataclass(frozen=True, slots=True)
class Flag:
    """`true` or `false`, and nothing else that YAML 1.1 would take for it."""

    def read(self, node: Node, reading: Reading) -> bool | None:
        scalar = _plain(node, reading, "true or false")
        if scalar is None:
            return None
        if scalar.text not in ("true", "false"):
            reading.refuse(f"expected true or false, found '{scalar.text}'", scalar.span)
            return None
        return scalar.text == "true"

    def schema(self) -> Schema:
        return {"type": "boolean"}


@dataclass(frozen=True, slots=True)
class Choice(Generic[E]):
    """One of a closed set of words."""

    options: type[E]

    def read(self, node: Node, reading: Reading) -> E | None:
        known = [option.value for option in self.options]
        scalar = _scalar(node, reading, f"one of {', '.join(known)}")
        if scalar is None:
            return None
        if scalar.text not in known:
            reading.refuse(
                f"'{scalar.text}' is not one of {', '.join(known)}", scalar.span, did_you_mean(scalar.text, known)
            )
            return None
        return self.options(scalar.text)

    def schema(self) -> Schema:
        return {"type": "string", "enum": [option.value for option in self.options]}


@dataclass(frozen=True, slots=True)
class Duration:
    """A length of time such as `48h`: a whole number and one of s, m, h, d, w."""

    is_positive: bool = False
    """Whether no time at all is none."""

    @property
    def _text(self) -> Text:
        return Text(("(?=.*[1-9])" if self.is_positive else "") + "[0-9]{1,6}[smhdw]", "a duration such as 48h or 30d")

    def read(self, node: Node, reading: Reading) -> timedelta | None:
        text = self._text.read(node, reading)
        return None if text is None else duration_of(text)

    def schema(self) -> Schema:
        return self._text.schema()


def duration_of(text: str) -> timedelta | None:
    """What a text such as `48h` means; None where it is no duration."""
    if not re.fullmatch(r"[0-9]{1,6}[smhdw]", text, re.ASCII):
        return None
    unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}[text[-1]]
    return timedelta(**{unit: int(text[:-1])})


@dataclass(frozen=True, slots=True)
class Day:
    """A date such as `2026-12-31`."""

    def read(self, node: Node, reading: Reading) -> date | None:
        text = Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", "a date such as 2026-12-31").read(node, reading)
        if text is None:
            return None
        try:
            return date.fromisoformat(text)
        except ValueError:
            reading.refuse(f"there is no day '{text}'", node.span)
            return None

    def schema(self) -> Schema:
        return Text(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").schema() | {"format": "date"}
