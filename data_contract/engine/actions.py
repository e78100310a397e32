"""What is done about decisions. Whether somebody is told depends on what people know already (see `alerts`)."""

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


def due(verdict: Verdict) -> Action:
    """What becomes of new data of that verdict."""
    match verdict:
        case Verdict.ALLOW | Verdict.ALLOW_WITH_ALERT:
            return Action.PROMOTE
        case Verdict.BLOCK_AND_ROLLBACK:
            return Action.QUARANTINE
        case _:
            assert_never(verdict)
