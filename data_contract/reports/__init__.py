"""Every report there is: one file and one row here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from data_contract.model import Outcome

FORMATS = ("text", "json", "markdown", "github", "sarif", "junit", "gitlab")
"""The names that `--format` knows; each is a module here that renders an outcome."""


def _rendered(name: str, outcome: Outcome) -> str:
    # NOTE: a run writes one or two of them, and to import all takes a twentieth of a small run.
    render: Callable[[Outcome], str] = import_module(f"{__name__}.{name}").render
    return render(outcome)


REPORTS: Mapping[str, Callable[[Outcome], str]] = {name: partial(_rendered, name) for name in FORMATS}
"""What renders an outcome, by the name of the format."""
