"""The text report on a terminal, in colour."""

from __future__ import annotations

from rich.console import Console
from rich.text import Text

from data_contract.model import Outcome
from data_contract.reports.escape import log_line
from data_contract.reports.text import lines


def show(outcome: Outcome) -> None:
    """Print the report to standard output."""
    console = Console(highlight=False, soft_wrap=True)
    for line in lines(outcome):
        # NOTE: as Text, never as markup: a cell may hold [bold].
        console.print(Text.assemble(*((log_line(text), style) for text, style in line)))
