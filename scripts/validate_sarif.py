"""Hold SARIF reports of the cases against Microsoft's validator, with the rules that GitHub asks for too.

    python scripts/validate_sarif.py PATH/TO/Sarif.Multitool

The validator ends with 0 whatever it finds, so what it writes is read.
"""

from __future__ import annotations

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from tests.repository import Repository, put  # noqa: E402  # the cases are set up as the tests do

CASES = ROOT / "tests" / "cases"
JUDGED = (
    "change-new-defect",
    "change-contract-loosened-for-its-data",
    "hostile-everything-in-text",
    "hostile-file-names",
    "hostile-sensitive-in-text",
    "trap-six-defects",
    "trap-ragged-both-ways",
    "parquet-types",
    "jsonl-as-written",
    "policy-missing-data-blocks",
    "contract-many-mistakes",
    "risk-clean",
)


def report_of(name: str, folder: Path) -> Path:
    """The SARIF report of one case."""
    case, root, report = CASES / name, folder / name / "root", folder / name / "report.sarif"
    root.mkdir(parents=True)
    has_base = (case / "base").exists()
    if has_base:
        repository = Repository(root)
        repository.put(case / "base")
        repository.commit()
        repository.clear()
    put(case / "head", root)
    command = case / "command"
    usual = "check --base HEAD" if has_base else "check"
    arguments = shlex.split(command.read_text(encoding="utf-8")) if command.exists() else usual.split()
    command_line = [sys.executable, "-m", "data_contract", *arguments, "--quiet", f"--format=sarif={report}"]
    subprocess.run(command_line, cwd=root, capture_output=True, check=False)  # noqa: S603
    return report


def spoilt(report: Path) -> Path:
    """A copy of a report in which a region ends before it starts."""
    text = report.read_text(encoding="utf-8")
    copy = report.with_name("spoilt.sarif")
    copy.write_text(text.replace('"endColumn": ', '"endColumn": -'), encoding="utf-8")
    return copy


def found_by(validator: Path, report: Path) -> list[str]:
    """The errors of the validator about one report, one line each."""
    told = report.with_name("told.sarif")
    kinds = ["--rule-kind", "Sarif;Ghas", "--level", "Error", "--kind", "Fail"]
    command = [str(validator), "validate", str(report), *kinds, "-o", str(told), "--log", "ForceOverwrite"]
    subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    (run,) = json.loads(told.read_text(encoding="utf-8-sig"))["runs"]
    if not run["invocations"][0]["executionSuccessful"]:
        return ["the validator did not come to an end"]
    return [f"{each['ruleId']}: {each['message'].get('arguments', '')}" for each in run.get("results", [])]


def main(validator: Path) -> int:
    """Validate the reports; 1 if anything is wrong with one."""
    with tempfile.TemporaryDirectory() as folder:
        reports = {name: report_of(name, Path(folder)) for name in JUDGED}
        wrong = {name: found_by(validator, report) for name, report in reports.items()}
        wrong["a spoilt report"] = [] if found_by(validator, spoilt(reports[JUDGED[0]])) else ["not a word about it"]
    for name, lines in wrong.items():
        print(f"{name}: {'; '.join(lines) or 'sound'}")  # noqa: T201
    return int(any(wrong.values()))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
