"""What a decision asks for: each verdict with the actions that are due."""

from __future__ import annotations

from enum import StrEnum
from typing import assert_never

from data_contract.model import Verdict


class Action(StrEnum):
    """Something that is done about data."""

    PROMOTE = "promote"
    """It becomes the current version."""
    QUARANTINE = "quarantine"
    """It is kept where nobody reads it by mistake, with what was found."""
    ROLLBACK = "rollback"
    """The last good version becomes the current one again."""
    ALERT = "alert"
    """Somebody is told."""


def due(verdict: Verdict) -> tuple[Action, ...]:
    """The actions that new data of that verdict asks for, in their order."""
    match verdict:
        case Verdict.ALLOW:
            return (Action.PROMOTE,)
        case Verdict.ALLOW_WITH_ALERT:
            return (Action.PROMOTE, Action.ALERT)
        case Verdict.BLOCK_AND_ROLLBACK:
            return (Action.QUARANTINE, Action.ALERT)
        case _:
            assert_never(verdict)
