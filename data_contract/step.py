"""The world's part in a step of a workflow: it reads the event, opens the checkout, and says where that is."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from data_contract import github
from data_contract.errors import DataContractError, UsageError
from data_contract.git import repository_of
from data_contract.github import Event, Inputs
from data_contract.model import Origin, Outcome, Reason, Verdict
from data_contract.reports.words import time_of

_IMAGE = "DATA_CONTRACT_IMAGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What a step asks for, and where it takes place."""

    arguments: tuple[str, ...]
    """Of `data-contract check`."""
    kept: tuple[str, ...]
    """Further arguments: what is left for later, and what changes the cost alone; nobody has to repeat them."""
    is_trusted: bool
    loosening: tuple[str, ...]
    head: str
    """The commit that is judged, or lies on disk."""
    prefix: str
    link: str | None
    folder: str
    image: str

    @property
    def asked(self) -> tuple[str, ...]:
        """All arguments of `data-contract check`, reports aside."""
        return (*self.kept, *self.arguments)

    def told(self, outcome: Outcome) -> Outcome:
        """The outcome, with what only the step knows of it."""
        names = ", ".join(self.loosening)
        message = (f"the workflow sets what could loosen the gate: {names}",)
        notes = (Reason(rule="inputs", verdict=Verdict.ALLOW, message=message),) if names else ()
        return replace(
            outcome,
            policy_is_trusted=outcome.policy_is_trusted and self.is_trusted,
            decision=replace(outcome.decision, reasons=(*outcome.decision.reasons, *notes)),
            origin=Origin(prefix=self.prefix, link=self.link, commands=self._commands(outcome)),
        )

    def _commands(self, outcome: Outcome) -> tuple[str, ...]:
        named = any(each.startswith("--head=") for each in self.arguments)
        head = () if named else (f"--head={self.head}",)
        arguments = (f"--as-of={time_of(outcome.as_of)}", *head, *self.arguments)
        return github.commands_of(self.image, self.head, arguments, self.folder)


def step_of(environment: Mapping[str, str], inputs: Inputs) -> Step:
    """What a step asks for, in the folder that is current; raises `DataContractError` where that cannot be told."""
    checkout = repository_of(Path.cwd())
    comparison = github.comparison_of(environment, _event(environment), checkout, inputs)
    current = checkout.commit(comparison.head) if comparison.head else checkout.head()
    head = current.id if current else ""
    return Step(
        arguments=github.arguments_of(inputs, comparison),
        kept=github.kept_of(inputs),
        is_trusted=comparison.is_trusted,
        loosening=inputs.loosening,
        head=head,
        prefix=checkout.prefix,
        link=github.link_of(environment, head),
        folder=inputs.folder,
        image=environment.get(_IMAGE, "data-contract-action"),
    )


def entered(inputs: Inputs) -> tuple[Inputs, tuple[DataContractError, ...]]:
    """The inputs once their folder is the current one; where it cannot be, without it, and why."""
    try:
        os.chdir(inputs.folder)
    except OSError as cause:
        message = f"the input 'working-directory' is {inputs.folder!r}: {cause.strerror}"
        return replace(inputs, folder="."), (UsageError(message, hint="name a folder of the checkout"),)
    return inputs, ()


def _event(environment: Mapping[str, str]) -> Event:
    """What happened, as the runner left it."""
    try:
        event = json.loads(Path(environment.get("GITHUB_EVENT_PATH", "")).read_bytes())
    except (OSError, ValueError) as cause:
        raise UsageError(f"the event cannot be read: {cause}", hint="run this as a step of a workflow") from None
    if not isinstance(event, dict):
        raise UsageError("the event is no JSON object", hint="run this as a step of a workflow")
    return event
