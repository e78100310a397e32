"""Keys of the files people write: one table both reads a document and prints its JSON Schema."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from typing import Any, Generic, Protocol, TypeVar, cast

from data_contract.document import Entries, Items, Node, Scalar, written
from data_contract.errors import DataContractError, Rejected, Span
from data_contract.strictness import Strictness

Schema = dict[str, Any]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)
E = TypeVar("E", bound=StrEnum)


class Reading:
    """Collects every mistake of one document, so that all of them can be told at once."""

    def __init__(self, error: type[DataContractError]) -> None:
        self._error = error
        self._mistakes: list[DataContractError] = []

    def refuse(self, message: str, at: Span, hint: str | None = None) -> None:
        """Note a mistake and go on."""
        self._mistakes.append(self._error(message, at=at, hint=hint))

    def finish(self) -> None:
        """Raise `Rejected` if there was any mistake."""
        if self._mistakes:
            raise Rejected(sorted(self._mistakes, key=lambda mistake: mistake.at or Span("", 0)))


class Kind(Protocol[T_co]):
    """The type of a key's value: how it is read, and how a JSON Schema describes it."""

    def read(self, node: Node, reading: Reading) -> T_co | None:
        """The value, or None after a mistake was noted in `reading`."""

    def schema(self) -> Schema:
        """The JSON Schema (2020-12) that accepts the same values."""


@dataclass(frozen=True, slots=True)
class Key(Generic[T]):
    """One key people may write, with what it means."""

    name: str
    kind: Kind[T]
    description: str
    """Ends up in the JSON Schema, hence in the editor of whoever writes the file."""
    required: bool = False
    absent: T | None = field(default=None, kw_only=True)
    """The value that it has where nobody wrote it, if there is one."""
    strictness: Strictness | None = field(default=None, kw_only=True)
    """How a change of its value is classified; None for keys that promise nothing: a policy's, or a mapping of keys."""


@dataclass(frozen=True, slots=True)
class Section:
    """The keys that one mapping of a document holds, read and typed."""

    span: Span
    _values: Mapping[str, object] = field(default_factory=dict)
    _spans: Mapping[str, Span] = field(default_factory=dict)
    _nodes: Mapping[str, Node] = field(default_factory=dict, repr=False)

    def get(self, key: Key[T]) -> T | None:
        """The value of `key`; None when it is absent (or was refused)."""
        return cast("T | None", self._values.get(key.name))

    def meant(self, key: Key[T]) -> T:
        """The value of `key`, or what its absence means; for keys whose absence means something."""
        found = self.get(key)
        return cast("T", key.absent if found is None else found)

    def written(self, key: Key[Any]) -> str | None:
        """The value of `key` as it stands in the file, on one line; None when it is absent."""
        return written(self._nodes[key.name]) if key.name in self._nodes else None

    def __str__(self) -> str:
        """All of it, on one line."""
        return f"{{{', '.join(f'{name}: {written(node)}' for name, node in self._nodes.items())}}}"

    def at(self, key: Key[Any]) -> Span:
        """Where `key` stands; where the section starts when it is absent."""
        return self._spans.get(key.name, self.span)

    def __contains__(self, key: Key[Any]) -> bool:
        return key.name in self._spans


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
                f"'{scalar.text}' is not one of {', '.join(known)}", scalar.span, _did_you_mean(scalar.text, known)
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


@dataclass(frozen=True, slots=True)
class Listing(Generic[T]):
    """A list whose items are all of one kind."""

    of: Kind[T]
    minimum: int = 0

    def read(self, node: Node, reading: Reading) -> tuple[T, ...] | None:
        if not isinstance(node, Items):
            reading.refuse("expected a list", node.span, "write it in brackets: [a, b]")
            return None
        if len(node.nodes) < self.minimum:
            reading.refuse("the list is empty", node.span, "name at least one, or remove the key")
            return None
        values = [self.of.read(item, reading) for item in node.nodes]
        return tuple(value for value in values if value is not None)

    def schema(self) -> Schema:
        least = {"minItems": self.minimum} if self.minimum else {}
        return {"type": "array", "items": self.of.schema()} | least


@dataclass(frozen=True, slots=True)
class Table:
    """A mapping with a fixed set of keys."""

    keys: tuple[Key[Any], ...]
    rules: tuple[Schema, ...] = ()
    """What the schema alone must add to say the same as the parser's own cross-checks."""

    def read(self, node: Node, reading: Reading) -> Section | None:
        if not isinstance(node, Entries):
            reading.refuse(f"expected a mapping with the keys {self._names()}", node.span)
            return None
        known = {key.name: key for key in self.keys}
        values: dict[str, object] = {}
        spans: dict[str, Span] = {}
        nodes: dict[str, Node] = {}
        for name, child in _unique(node, reading):
            if name.text not in known:
                hint = _did_you_mean(name.text, list(known)) or f"known keys: {self._names()}"
                reading.refuse(f"unknown key '{name.text}'", name.span, hint)
                continue
            spans[name.text] = name.span
            nodes[name.text] = child
            values[name.text] = known[name.text].kind.read(child, reading)
        for key in self.keys:
            if key.required and key.name not in spans:
                reading.refuse(f"the key '{key.name}' is missing", node.span, key.description)
        return Section(node.span, values, spans, nodes)

    def _names(self) -> str:
        return ", ".join(key.name for key in self.keys)

    def schema(self) -> Schema:
        required = [key.name for key in self.keys if key.required]
        return (
            {
                "type": "object",
                "additionalProperties": False,
                "properties": {key.name: key.kind.schema() | {"description": key.description} for key in self.keys},
            }
            | ({"required": required} if required else {})
            | ({"allOf": list(self.rules)} if self.rules else {})
        )


@dataclass(frozen=True, slots=True)
class TableOrFalse:
    """Either `false`, or a mapping with a fixed set of keys."""

    table: Table

    def read(self, node: Node, reading: Reading) -> Section | None:
        if isinstance(node, Scalar) and node.is_plain and node.text == "false":
            return None
        return self.table.read(node, reading)

    def schema(self) -> Schema:
        return {"anyOf": [{"const": False}, self.table.schema()]}


@dataclass(frozen=True, slots=True)
class Named(Generic[T]):
    """A mapping whose keys are names that the writer chose, each with a value of one kind."""

    of: Kind[T]

    def read(self, node: Node, reading: Reading) -> Mapping[str, tuple[Span, T]] | None:
        if not isinstance(node, Entries) or not node.pairs:
            reading.refuse("expected a mapping with at least one name", node.span)
            return None
        found: dict[str, tuple[Span, T]] = {}
        for name, child in _unique(node, reading):
            if not name.text:
                reading.refuse("a name is empty", name.span)
            elif (value := self.of.read(child, reading)) is not None:
                found[name.text] = (name.span, value)
        return found

    def schema(self) -> Schema:
        return {
            "type": "object",
            "minProperties": 1,
            "propertyNames": {"minLength": 1},
            "additionalProperties": self.of.schema(),
        }


def _unique(node: Entries, reading: Reading) -> Iterator[tuple[Scalar, Node]]:
    first: dict[str, int] = {}
    for name, child in node.pairs:
        if name.text in first:
            hint = f"it stands on line {first[name.text]} already: keep one"
            reading.refuse(f"duplicate key '{name.text}'", name.span, hint)
            continue
        first[name.text] = name.span.line
        yield name, child


def _did_you_mean(word: str, known: Sequence[str]) -> str | None:
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else None
