"""Keys of the files people write: one table both reads a document and prints its JSON Schema."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Generic, Protocol, TypeVar, cast

from data_contract.document import Entries, Items, Node, Scalar, written
from data_contract.errors import DataContractError, Rejected, Span
from data_contract.strictness import Strictness

Schema = dict[str, Any]

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


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
                hint = did_you_mean(name.text, list(known)) or f"known keys: {self._names()}"
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


def did_you_mean(word: str, known: Sequence[str]) -> str | None:
    """The hint for a word that is none of the known ones; None where it is not even like one."""
    close = get_close_matches(word, known, n=1)
    return f"did you mean `{close[0]}`?" if close else None
