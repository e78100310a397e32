"""What a change of a key's value does to what the key promises: each key names one of these rules beside its meaning.

A rule compares two values that are not the same. None is the value of a key whose absence promises nothing. Where no
rule can tell, the change counts as loosened: nobody may weaken a promise by a change that is hard to understand.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any


class Direction(StrEnum):
    """What a change does to a promise."""

    TIGHTENED = "tightened"
    """Data that broke it still does, and other data may."""
    LOOSENED = "loosened"
    """Data that broke it may keep it now."""
    NEUTRAL = "neutral"
    """The same data breaks it."""


@dataclass(frozen=True, slots=True)
class Effect:
    """The direction of one change."""

    direction: Direction
    note: str | None = None
    """Why, where the values do not show it."""


TIGHTENED, LOOSENED, NEUTRAL = (Effect(direction) for direction in Direction)


def may_loosen(why: str) -> Effect:
    """The effect of a change that cannot be told."""
    return Effect(Direction.LOOSENED, why)


@dataclass(frozen=True, slots=True)
class Strictness:
    """How a change of a key's value is classified."""

    says: str
    """The rule in a few words, for the documentation."""
    effect: Callable[[Any, Any], Effect]
    """Of the value before and the value after; they are not equal."""
    form: Callable[[Any], Any] = lambda value: value
    """Gives the value a form in which equal ones mean the same, such as a set where order means nothing."""

    def called(self, says: str) -> Strictness:
        """The same rule in other words."""
        return replace(self, says=says)


def _ordered(before: Any, after: Any, sign: int) -> Effect:
    if before is None or after is None:
        return TIGHTENED if before is None else LOOSENED
    try:
        return TIGHTENED if (before > after if sign < 0 else before < after) else LOOSENED
    except TypeError:
        return may_loosen("the two have no order")


def _subset(before: frozenset[Any] | None, after: frozenset[Any] | None) -> Effect:
    if before is None or after is None:
        return TIGHTENED if before is None else LOOSENED
    if after < before:
        return TIGHTENED
    return LOOSENED if after > before else may_loosen("some went and others came")


def _added(before: object, after: object) -> Effect:
    if before is None:
        return TIGHTENED
    return LOOSENED if after is None else may_loosen("which of the two holds for more data cannot be told")


SMALLER = Strictness("smaller is tighter", lambda before, after: _ordered(before, after, -1))
LARGER = Strictness("larger is tighter", lambda before, after: _ordered(before, after, 1))
FALSE = SMALLER.called("false is tighter")
TRUE = LARGER.called("true is tighter")
SUBSET = Strictness("fewer are tighter", _subset, frozenset)
ADDED = Strictness("adding tightens, anything else may loosen", _added)
NONE = Strictness("neutral", lambda before, after: NEUTRAL)


def anything(why: str) -> Strictness:
    """No rule tells, whatever the change."""
    return Strictness("any may loosen", lambda before, after: may_loosen(why))


REREAD = anything("the same data is read in another way")


def along(*choices: Any) -> Strictness:
    """Choices from the loosest to the tightest."""
    return Strictness(
        f"tighter from {' to '.join(map(str, choices))}",
        lambda before, after: _ordered(choices.index(before), choices.index(after), 1),
    )
