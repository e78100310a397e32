"""What has been decided and is yet to be done: written as a whole before the first step, removed after the last.

Each step can be taken again. So whoever finds a journal takes them all, wherever the run that wrote it was killed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from data_contract.errors import StoreError
from data_contract.stores.store import Store, is_inside

PLACE = ".journal.json"


@dataclass(frozen=True, slots=True)
class Move:
    """A file gets another path."""

    source: str
    target: str


@dataclass(frozen=True, slots=True)
class Write:
    """A file gets a content."""

    path: str
    content: str


@dataclass(frozen=True, slots=True)
class Remove:
    """A file goes."""

    path: str


Step = Move | Write | Remove


def commit(store: Store, steps: Sequence[Step]) -> None:
    """Take all steps, or, if this process is killed from now on, have the next run take them."""
    store.write(PLACE, json.dumps([_written(step) for step in steps], indent=1).encode())
    finish(store)


def finish(store: Store) -> bool:
    """Take the steps that a journal says are to be taken, and remove it; whether there was one.

    Raises `StoreError` where one of them cannot be taken; the journal then stays.
    """
    journal = store.read(PLACE)
    if journal is None:
        return False
    for step in _steps(store, journal):
        match step:
            case Move():
                store.move(step.source, step.target)
            case Write():
                store.write(step.path, step.content.encode())
            case Remove():
                store.remove(step.path)
            case _:
                assert_never(step)
    store.remove(PLACE)
    return True


def _written(step: Step) -> list[str]:
    match step:
        case Move():
            return ["move", step.source, step.target]
        case Write():
            return ["write", step.path, step.content]
        case Remove():
            return ["remove", step.path]
        case _:
            assert_never(step)


_STEPS: dict[str, type[Move] | type[Write] | type[Remove]] = {"move": Move, "write": Write, "remove": Remove}


def _steps(store: Store, journal: bytes) -> list[Step]:
    """All that is to be done. Raises `StoreError`, before any of it is, where a run cannot have written it."""
    import msgspec

    try:
        steps = [_STEPS[name](*parts) for name, *parts in msgspec.json.decode(journal, type=list[list[str]])]
    except (msgspec.DecodeError, ValueError, KeyError, TypeError):
        steps = []
    if not steps or not all(is_inside(path) for step in steps for path in _paths(step)):
        hint = "it was edited: mend it, or move it away and look after the last decision by hand"
        raise StoreError(f"the journal {store.name}/{PLACE} cannot be read", hint=hint)
    return steps


def _paths(step: Step) -> tuple[str, ...]:
    match step:
        case Move():
            return step.source, step.target
        case Write() | Remove():
            return (step.path,)
        case _:
            assert_never(step)
