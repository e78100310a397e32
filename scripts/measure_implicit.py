"""Writes the table of `docs/implicit.md`: what the gate makes of pairs of versions that nobody wrote a contract for.

PYTHONPATH=. python scripts/measure_implicit.py
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "implicit.md"
START, END = "<!-- table -->\n", "<!-- end of table -->\n"


def page() -> str:
    """The page with its table as the program makes it now."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(START)
    return before + START + "".join(_table()) + END + rest.partition(END)[2]


def _table() -> Iterator[str]:
    sys.path.insert(0, str(ROOT))
    from tests.implicit.pairs import ALERT, BLOCK, SILENT, pairs, verdict_of

    with TemporaryDirectory() as folder:
        results = [(pair, verdict_of(pair.judged(Path(folder)))) for pair in pairs()]
    yield "\n| pairs | number | blocked | alerted | silent |\n|---|---:|---:|---:|---:|\n"
    for is_breakage, kind in ((True, "breakages"), (False, "ordinary changes")):
        for is_held_out, part in ((False, "tuned on"), (True, "held out")):
            came = [now for pair, now in results if (pair.is_breakage, pair.is_held_out) == (is_breakage, is_held_out)]
            counts = " | ".join(str(came.count(verdict)) for verdict in (BLOCK, ALERT, SILENT))
            yield f"| {kind}, {part} | {len(came)} | {counts} |\n"
    for is_breakage, kind in ((True, "Breakages"), (False, "Ordinary changes")):
        for verdict, word in ((BLOCK, "blocked"), (ALERT, "alerted"), (SILENT, "silent")):
            yield from _listed(
                f"{kind} that are {word}",
                [p.name for p, now in results if (p.is_breakage, now) == (is_breakage, verdict)],
            )
    yield "\n"


def _listed(title: str, names: Sequence[str]) -> Iterator[str]:
    if names:
        yield f"\n{title}: {', '.join(names)}.\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
