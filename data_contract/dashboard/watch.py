"""The state on a terminal, drawn anew whenever a log grows."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from rich.console import Console
from rich.live import Live

from data_contract.chain import logs_in
from data_contract.dashboard.state import State
from data_contract.dashboard.terminal import drawn

_SECONDS = 2.0


def watch(logs: Sequence[str], state: Callable[[], State], wait: Callable[[float], None] = time.sleep) -> int:
    """Draw until somebody interrupts, which is how it ends well; looks every two seconds."""
    console = Console(highlight=False)
    try:
        with Live(console=console, auto_refresh=False, screen=console.is_terminal, vertical_overflow="crop") as live:
            seen: tuple[object, ...] | None = None
            while True:
                if (now := _sizes(logs)) != seen:
                    live.update(drawn(state(), console.width), refresh=True)
                    seen = now
                wait(_SECONDS)
    except KeyboardInterrupt:
        return 0


def _sizes(logs: Sequence[str]) -> tuple[object, ...]:
    """What tells whether a log grew, or one came."""
    found = ((log, log.stat()) for log in logs_in(logs))
    return tuple((log, status.st_size, status.st_mtime_ns) for log, status in found)
