"""What a run imports: heavy modules are paid for only by those who need them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"jsonschema", "numpy", "pandas", "polars", "pyarrow", "rich"}
SELDOM = {
    f"data_contract.{name}" for name in ("audit", "chain", "checks.implied", "dashboard", "git", "infer", "ingest")
}
CONTRACT = "version: 1\ndataset: {name: d, files: [d.csv]}\nfeatures: {a: {dtype: int}}\n"
SCRIPT = """
import sys
from data_contract.cli import main
try:
    main(sys.argv[1:])
except SystemExit:
    pass
print(*sys.modules, file=sys.stderr)
"""


def imported(arguments: list[str], folder: Path) -> set[str]:
    command = [sys.executable, "-c", SCRIPT, *arguments]
    ran = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return set(ran.stderr.split())


@pytest.mark.parametrize(
    ("arguments", "wanted"), [(["--version"], set()), (["--help"], set()), (["check"], {"polars"})]
)
def test_only_what_is_needed_is_imported(arguments: list[str], wanted: set[str], tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "d.yml").write_text(CONTRACT)
    (tmp_path / "d.csv").write_text("a\n1\nx\n")
    assert imported(arguments, tmp_path) & (HEAVY | SELDOM) == wanted
