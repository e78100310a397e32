"""YAML as written: text and places, no types, none of the surprises of the language."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

import yaml
from yaml.events import (
    AliasEvent,
    CollectionEndEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceStartEvent,
)

from data_contract.errors import DataContractError, Span

MAX_BYTES = 1 << 20
"""A larger document is refused before it is parsed."""
MAX_DEPTH = 50
"""A document nested deeper is refused while it is parsed."""

_Loader: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


@dataclass(frozen=True, slots=True)
class Scalar:
    """One value, still the text that stands in the file."""

    text: str
    is_plain: bool
    """False when the file quotes it: then it can only be meant as text."""
    span: Span


@dataclass(frozen=True, slots=True)
class Items:
    """A YAML sequence."""

    nodes: tuple[Node, ...]
    span: Span


@dataclass(frozen=True, slots=True)
class Entries:
    """A YAML mapping in the order of the file; a key that stands twice is here twice."""

    pairs: tuple[tuple[Scalar, Node], ...]
    span: Span


Node = Scalar | Items | Entries


def written(node: Node) -> str:
    """A node on one line, without comments and spaces of its own."""
    match node:
        case Items():
            return f"[{', '.join(map(written, node.nodes))}]"
        case Entries():
            return f"{{{', '.join(f'{name.text}: {written(child)}' for name, child in node.pairs)}}}"
        case _:
            return node.text if node.is_plain else f'"{node.text}"'


def digest_of(node: Node) -> str:
    """The SHA-256 of what a node says, 64 hexadecimal digits: comments, spaces and the order of keys are nothing."""
    return hashlib.sha256(json.dumps(_said(node), sort_keys=True).encode()).hexdigest()


def _said(node: Node) -> object:
    match node:
        case Items():
            return [_said(child) for child in node.nodes]
        case Entries():
            return {name.text: _said(child) for name, child in node.pairs}
        case _:
            return {"plain" if node.is_plain else "quoted": node.text}


def read_document(source: bytes, path: str, error: type[DataContractError]) -> Node:
    """Parse the single document in `source`; raise `error` with its place if it cannot be trusted."""
    if len(source) > MAX_BYTES:
        raise error(
            f"the file has {len(source):,} bytes, more than {MAX_BYTES:,}",
            at=Span(path, 1),
            hint="split it: one dataset a file",
        )
    try:
        return _Reader(path, error, source.decode("utf-8-sig")).document()
    except UnicodeDecodeError as cause:
        line = source[: cause.start].count(b"\n") + 1
        raise error("the file is not UTF-8", at=Span(path, line), hint="save it as UTF-8") from None
    except yaml.MarkedYAMLError as cause:
        mark = cause.problem_mark
        span = Span(path, mark.line + 1, mark.column + 1) if mark else Span(path, 1)
        raise error(f"this is not YAML: {cause.problem or cause.context}", at=span) from None
    except yaml.reader.ReaderError as cause:
        raise error(f"this is not YAML: {cause.reason}", at=Span(path, 1)) from None


class _Reader:
    """Turns the parser's events into nodes, one event at a time."""

    def __init__(self, path: str, error: type[DataContractError], text: str) -> None:
        self._path, self._error = path, error
        self._events: Iterator[Event] = yaml.parse(text, Loader=_Loader)
        next(self._events)  # NOTE: the stream's start comes before the first document

    def document(self) -> Node:
        if not isinstance(next(self._events), DocumentStartEvent):
            raise self._error("the file is empty", at=Span(self._path, 1), hint="start with 'version: 1'")
        node = self._node(next(self._events), 1)
        assert isinstance(next(self._events), DocumentEndEvent)
        after = next(self._events)
        if isinstance(after, DocumentStartEvent):
            raise self._error("a second document begins here", at=self._span(after), hint="one document a file")
        return node

    def _node(self, event: Event, depth: int) -> Node:
        span = self._span(event)
        self._refuse_surprises(event, span, depth)
        if isinstance(event, SequenceStartEvent):
            return Items(tuple(self._node(child, depth + 1) for child in self._until_end()), span)
        if isinstance(event, MappingStartEvent):
            return Entries(tuple(self._pairs(depth)), span)
        assert isinstance(event, ScalarEvent)
        return Scalar(event.value, bool(event.implicit[0]), span)

    def _pairs(self, depth: int) -> Iterator[tuple[Scalar, Node]]:
        for event in self._until_end():
            key = self._node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise self._error("a key must be plain text", at=key.span)
            yield key, self._node(next(self._events), depth + 1)

    def _until_end(self) -> Iterator[Event]:
        while not isinstance(event := next(self._events), CollectionEndEvent):
            yield event

    def _refuse_surprises(self, event: Event, span: Span, depth: int) -> None:
        if depth > MAX_DEPTH:
            raise self._error(f"nested deeper than {MAX_DEPTH} levels", at=span)
        if isinstance(event, AliasEvent):
            raise self._error(f"alias '*{event.anchor}'", at=span, hint="write the value out: aliases are not read")
        if isinstance(event, NodeEvent) and event.anchor is not None:
            raise self._error(f"anchor '&{event.anchor}'", at=span, hint="remove it: anchors are not read")
        if isinstance(event, ScalarEvent | SequenceStartEvent | MappingStartEvent) and event.tag is not None:
            raise self._error(f"tag '{event.tag}'", at=span, hint="remove it: the key decides the type")

    def _span(self, event: Event) -> Span:
        mark = event.start_mark
        return Span(self._path, mark.line + 1, mark.column + 1) if mark else Span(self._path, 1)
