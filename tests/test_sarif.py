"""SARIF of real runs: valid under the official schema, and by what the schema leaves open and code scanning needs."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import unquote_to_bytes

import pytest
from jsonschema import Draft202012Validator

from data_contract.checks import CHECK_IDS
from data_contract.cli import main
from data_contract.rules import RULES

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
CONTRACT = """\
version: 1
dataset: {name: d, files: ["data/**"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max_null_rate: 0.1}
  email: {dtype: str, sensitive: true, pattern: "[a-z]+@[a-z]+"}
"""
CLEAN = "id,age,email\n" + "".join(f"{row},{row},a@b\n" for row in range(1, 11))
BAD = CLEAN.replace("\n3,3,", "\n3,-3,").replace("\n5,5,a@b", '\n5,"x\ny",A').replace("\n7,7", "\n6,7")
NASTY = "[link](1) [x](http://evil) \\] {0} ##[error]x ::error::y %0A \u202e \u2028 é\U0001f600 | ` <b>"


@dataclass(frozen=True)
class Run:
    files: dict[str, str]
    arguments: tuple[str, ...] = ()
    status: int = 0
    results: int | None = None


def many() -> Run:
    """Twenty files with a hundred broken promises each."""
    features = "".join(f"  f{index}: {{dtype: int}}\n" for index in range(100))
    table = ",".join(f"f{index}" for index in range(100)) + "\n" + ",".join("x" * 100) + "\n"
    contract = f'version: 1\ndataset: {{name: d, files: ["data/*"]}}\nfeatures:\n{features}'
    return Run({"contracts/d.yml": contract} | {f"data/{index}.csv": table for index in range(20)}, (), 1, 1000)


def of(name: str, text: str, status: int, results: int | None = None) -> Run:
    return Run({"contracts/d.yml": CONTRACT, name: text}, status=status, results=results)


def hostile() -> Run:
    quoted = json.dumps(NASTY, ensure_ascii=False).replace("\u2028", "\\u2028")
    contract = f"version: 1\ndataset: {{name: {quoted}, files: ['**/*.csv']}}\n"
    contract += f"features:\n  {quoted}: {{allowed: [a]}}\n  b: {{}}\n"
    cell = '"' + NASTY.replace('"', '""') + '"'
    files = {f"a b/é%41:#?[{{ {index}.csv": f"{cell},{cell}x\n{cell},\n" for index in range(3)}
    return Run({"contracts/ü [1](2).yml": contract, **files}, status=1)


RUNS: dict[str, Run] = {
    "allowed": of("data/a.csv", CLEAN, 0, 0),
    "blocked": of("data/a.csv", BAD, 1),
    "a structure that is broken": of("data/a.csv", CLEAN + '1,"2\n<<<<<<< x\n\n', 1),
    "no header": of("data/a.csv", "", 1),
    "no file": Run({"contracts/d.yml": CONTRACT}),
    "inherited": Run(
        {"contracts/d.yml": CONTRACT, "data/a.csv": BAD, "base.csv": BAD}, ("data/a.csv", "--against", "base.csv")
    ),
    "inherited and introduced": Run(
        {"contracts/d.yml": CONTRACT, "data/a.csv": BAD + "11,-4,a@b\n", "base.csv": BAD},
        ("data/a.csv", "--against", "base.csv"),
        1,
    ),
    "undecided": Run({"contracts/d.yml": CONTRACT.replace("min:", "mni:"), "data/a.csv": BAD}, status=2, results=0),
    "no contract": Run({"data/a.csv": BAD}, status=2, results=0),
    "unreadable": of("data/a.csv.gz", "no gzip", 2, 1),
    "unreadable and blocked": Run({"contracts/d.yml": CONTRACT, "data/a.csv": BAD, "data/b.parquet": "PAR1"}, status=2),
    "uncontracted": Run({"contracts/d.yml": CONTRACT, "other.csv": "a,a\n1\n"}, ("other.csv",), 1),
    "json lines": of("data/a.jsonl", '{"id": "1", "more": 2}\n{"id": 1, "id": 1}\nx\n', 1),
    "hostile": hostile(),
    "two thousand failing findings": many(),
    "shown to nobody that fails": Run(
        {
            "contracts/d.yml": CONTRACT,
            "data/a.csv": BAD,
            "policy/policy.yml": "version: 1\nci: {fail_on: []}\n",
        },
        status=0,
    ),
}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """What each run writes; a run that several tests ask for is made once."""

    @cache
    def text(name: str) -> str:
        run, root = RUNS[name], tmp_path_factory.mktemp("run")
        for path, content in run.files.items():
            file = root / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode())
        with pytest.MonkeyPatch.context() as patch:
            patch.chdir(root)
            arguments = ["--as-of", "2026-01-01", "--format", "text", "--format", "sarif=out.sarif", *run.arguments]
            assert main(["check", *arguments]) == run.status
        written = (root / "out.sarif").read_bytes()
        assert b"##[" not in written
        return written.decode("ascii")

    return text


@pytest.fixture
def log(request: pytest.FixtureRequest, logs: Callable[[str], str]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(logs(request.param))
    return found


every_run = pytest.mark.parametrize("log", RUNS, indirect=True)
named_runs = pytest.mark.parametrize(("log", "name"), [(name, name) for name in RUNS], indirect=["log"])


@cache
def validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_bytes()))


def test_the_schema_is_the_one_that_its_note_names() -> None:
    note = (SCHEMA.parent / "README.md").read_text(encoding="utf-8")
    assert hashlib.sha256(SCHEMA.read_bytes()).hexdigest() in note
    assert (
        json.loads(SCHEMA.read_bytes())["title"] == "Static Analysis Results Format (SARIF) Version 2.1.0 JSON Schema"
    )
    assert not validator().is_valid({"version": "2.1.0", "runs": [{"results": []}]})


@every_run
def test_it_is_valid_under_the_official_schema(log: dict[str, Any]) -> None:
    assert [error.message for error in validator().iter_errors(log)] == []


def objects(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        part = list(part.values())
    if isinstance(part, list):
        for child in part:
            yield from objects(child)


@named_runs
def test_there_is_one_run_that_says_how_it_went(log: dict[str, Any], name: str) -> None:
    (run,) = log["runs"]
    (invocation,) = run["invocations"]
    assert (RUNS[name].status != 2, RUNS[name].status) == (invocation["executionSuccessful"], invocation["exitCode"])
    assert isinstance(run["results"], list)
    assert len(run["results"]) <= 1000
    wanted = RUNS[name].results
    assert len(run["results"]) == wanted if wanted is not None else run["results"] or RUNS[name].status == 0
    assert (run["columnKind"], run["automationDetails"]["id"]) == ("unicodeCodePoints", "data-contract/")
    assert len(json.dumps(log)) < 10_000_000


@every_run
def test_every_result_has_a_rule_a_level_and_a_place_of_its_own(log: dict[str, Any]) -> None:
    (run,) = log["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert len(set(rules)) == len(rules)
    for result in run["results"]:
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("note", "warning", "error")
        assert len(result["locations"]) == 1
        assert len(result["relatedLocations"]) <= 10
        assert set(result["partialFingerprints"]) == {"dataContract/v1"}
    prints = [result["partialFingerprints"]["dataContract/v1"] for result in run["results"]]
    assert len(set(prints)) == len(prints)


@every_run
def test_a_link_leads_to_a_related_place_and_each_has_its_own_number(log: dict[str, Any]) -> None:
    for result in log["runs"][0]["results"]:
        numbers = [place["id"] for place in result["relatedLocations"]]
        assert numbers == list(range(1, len(numbers) + 1))
        text = result["message"]["text"]
        # NOTE: a backslash takes its meaning from what follows it.
        live = re.sub(r"\\.", "", text)
        assert re.findall(r"\[([^][]*)\]\(([^()]*)\)", live) == [("the contract", "1")]
        assert live.count("[") == live.count("]") == 1
        assert not re.search("[\0-\x1f\x7f\u2028\u2029\u202a-\u202e]", text)
        assert all("physicalLocation" in place for place in result["relatedLocations"])


@named_runs
def test_a_place_is_a_file_of_the_repository_and_a_region_in_it(log: dict[str, Any], name: str) -> None:
    results = log["runs"][0]["results"]
    for place in (each["physicalLocation"] for each in objects(results) if "physicalLocation" in each):
        artifact, region = place["artifactLocation"], place["region"]
        assert re.fullmatch(r"(?:[A-Za-z0-9._~/-]|%[0-9A-F]{2})+", artifact["uri"])
        assert unquote_to_bytes(artifact["uri"]).decode() in RUNS[name].files
        assert artifact["uriBaseId"] in log["runs"][0]["originalUriBaseIds"]
        start, end = ((region[f"{at}Line"], region[f"{at}Column"]) for at in ("start", "end"))
        assert min(*start, *end) >= 1
        assert start < end
    for result in results:
        contract = result["relatedLocations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert unquote_to_bytes(contract).decode().endswith((".yml", ".csv"))


@pytest.mark.parametrize("log", ["blocked"], indirect=True)
def test_a_result_stands_on_its_cell_and_leads_to_the_promise(log: dict[str, Any]) -> None:
    found = {
        result["ruleId"]: (result["locations"][0]["physicalLocation"], result["relatedLocations"])
        for result in log["runs"][0]["results"]
    }
    assert sorted(found) == ["dtype", "key", "pattern", "range"]
    place, related = found["range"]
    assert place["artifactLocation"]["uri"] == "data/a.csv"
    assert place["region"] == {"startLine": 4, "startColumn": 3, "endLine": 4, "endColumn": 5}
    assert related[0]["physicalLocation"]["artifactLocation"]["uri"] == "contracts/d.yml"
    assert related[0]["physicalLocation"]["region"]["startLine"] == 5
    assert "A" not in json.dumps(found["pattern"][0])


STATES = {
    "inherited": {"unchanged": "note"},
    "inherited and introduced": {"unchanged": "note", "new": "error"},
}


@pytest.mark.parametrize(("log", "name"), [(name, name) for name in STATES], indirect=["log"])
def test_what_was_there_before_is_unchanged_and_a_note(log: dict[str, Any], name: str) -> None:
    assert {each["baselineState"]: each["level"] for each in log["runs"][0]["results"]} == STATES[name]


def test_what_is_judged_in_spite_of_its_age_is_unchanged_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "d.yml").write_text(CONTRACT.replace("data/**", "*.csv"))
    for name in ("a.csv", "base.csv"):
        (tmp_path / name).write_text(BAD)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "policy.yml").write_text("version: 1\nci: {scope: all}\n")
    arguments = ["--against", "base.csv", "--policy", "policy.yml", "--format", "text", "--format", "sarif=out"]
    assert main(["check", "a.csv", *arguments]) == 1
    results = json.loads((tmp_path / "out").read_text())["runs"][0]["results"]
    assert {(each["baselineState"], each["level"]) for each in results} == {("unchanged", "error")}


@every_run
def test_the_catalogue_is_the_same_whatever_was_found(log: dict[str, Any], logs: Callable[[str], str]) -> None:
    driver = log["runs"][0]["tool"]["driver"]
    assert sorted({*CHECK_IDS, *(rule.id for rule in RULES)}) == [rule["id"] for rule in driver["rules"]]
    assert driver == json.loads(logs("allowed"))["runs"][0]["tool"]["driver"]
    assert re.fullmatch(r"[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?", driver["semanticVersion"])


@pytest.mark.parametrize("log", ["allowed"], indirect=True)
def test_every_rule_explains_itself(log: dict[str, Any]) -> None:
    for rule in log["runs"][0]["tool"]["driver"]["rules"]:
        assert "To fix it:" in rule["help"]["text"]
        assert rule["help"]["markdown"]
        assert rule["shortDescription"]["text"].endswith(".")
        assert max(len(rule[part]["text"]) for part in ("shortDescription", "fullDescription")) <= 1024
        assert len(rule["name"]) <= 255
        assert rule["defaultConfiguration"]["level"] in ("note", "warning", "error")
        tags = rule["properties"]["tags"]
        assert 0 < len(set(tags)) == len(tags) <= 10
        assert rule["properties"]["precision"] in ("very-high", "high", "medium", "low")
        assert rule["properties"]["problem.severity"] in ("error", "warning", "recommendation")
        assert "security-severity" not in rule["properties"]
