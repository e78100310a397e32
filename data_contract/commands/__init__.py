"""Every command there is: one file and one row here."""

from __future__ import annotations

from typing import Protocol

from data_contract.commands import audit, check, dashboard, policy, rollback, run, step
from data_contract.commands.arguments import Commands


class Command(Protocol):
    """A module of this package."""

    def add_to(self, commands: Commands) -> None:
        """Say what it is called and what it takes, and name what runs it: options in, exit status out."""


COMMANDS: tuple[Command, ...] = (check, run, step, rollback, audit, dashboard, policy)
