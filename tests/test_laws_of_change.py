"""The law of the change: whatever it does to policy, contract and data at once, it never judges itself more mildly.

One small repository; a change is any choice of edits to its three parts. What the data deserves is what base's policy
and base's contracts say of it, told by the same program in a change that edits the data alone.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from data_contract.conclusion import undecided
from data_contract.errors import DataContractError
from data_contract.model import DatasetOutcome, Decision, Finding, Outcome, Verdict
from data_contract.pipeline import Request, check
from data_contract.policy import Floor
from tests.repository import Link, Repository

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LOOSENED, MISSING = "ci.on_contract_loosened", "ci.on_missing_data"
FLOORS = {
    Floor.ALLOW: Verdict.ALLOW,
    Floor.ALERT: Verdict.ALLOW_WITH_ALERT,
    Floor.BLOCK: Verdict.BLOCK_AND_ROLLBACK,
}

Files = Mapping[str, str | Link]
Edit = Callable[[Files], Files]

USERS, POLICY, DATA = "contracts/users.yml", "policy/policy.yml", "data/users.csv"
CONTRACT = """version: 1
dataset: {name: users, files: ["data/**/*.csv"], key: [id], rows: {max_loss: 0.5}}
features:
  id: {dtype: int}
  age: {dtype: int, min: 0, max: 99, max_null_rate: 0.3, criticality: high}
"""
GOOD = "id,age\n1,30\n2,40\n3,50\n4,60\n"
ODD = GOOD.replace("50", "500")
ROWS = {
    "good": GOOD,
    "odd": ODD,
    "worse": ODD.replace("40", "-4"),
    "nulls": "id,age\n1,30\n2,\n3,\n4,60\n",
    "a null more": "id,age\n1,30\n2,\n3,\n4,\n",
    "a row twice": GOOD.replace("4,60", "3,60"),
    "a column less": "id\n1\n2\n3\n4\n",
    "rows lost": "id,age\n1,30\n",
    "ragged": GOOD + "5\n",
    "a pointer": f"version https://git-lfs.github.com/spec/v1\noid sha256:{'4d' * 32}\nsize 12345\n",
    "empty": "",
}
POLICIES = {
    "usual": "",
    "alert fails": "ci: {fail_on: [alert]}\n",
    "loosening blocks": "ci: {on_contract_loosened: block}\n",
    "shadow in the lab": 'overrides: [{match: {path: "data/lab/**"}, ci: {fail_on: []}}]\n',
    "shadow of a name": 'overrides: [{match: {dataset: "experiment_*"}, ci: {fail_on: []}}]\n',
    "waived for another": "waivers: [{dataset: legacy, feature: age, check: range, until: 2999-12-31, reason: old}]\n",
    "all is judged": "ci: {scope: all}\n",
    "no contract blocks": "ci: {on_uncontracted: block}\n",
    "shadow": "ci: {fail_on: []}\n",
    "unread is allowed": "ci: {on_not_evaluated: allow, min_coverage: 0}\n",
    "all is allowed": "ci: {on_contract_loosened: allow, on_missing_data: allow, on_uncontracted: allow}\n",
    "high thresholds": "risk: {alert_threshold: 0.8, block_threshold: 0.9}\n",
    "nothing is data": 'files: {ignore: ["**"]}\n',
    "all is waived": "waivers:\n"
    + "".join(
        f"  - {{dataset: {name}, {feature}check: {rule}, until: 2999-12-31, reason: fine}}\n"
        for name in ("users", "legacy")
        for feature, rule in (("feature: age, ", "range"), ("feature: age, ", "contract-kept"), ("", "under-contract"))
    ),
}


def policy_of(name: str) -> str:
    return f"version: 1\n{POLICIES[name]}"


def written(path: str, content: str | Link) -> Edit:
    return lambda files: {**files, path: content}


def without(path: str) -> Edit:
    return lambda files: {name: content for name, content in files.items() if name != path}


def moved(path: str, to: str) -> Edit:
    return lambda files: {to if name == path else name: content for name, content in files.items()}


def rewritten(path: str, old: str, new: str) -> Edit:
    def edit(files: Files) -> Files:
        content = files.get(path)
        return files if content is None else {**files, path: content.replace(old, new)}

    return edit


POLICY_EDITS: dict[str, Edit] = {
    **{f"policy: {name}": written(POLICY, policy_of(name)) for name in POLICIES},
    "policy deleted": without(POLICY),
    "policy behind a link": lambda files: {
        **without(POLICY)(files),
        "policy": Link("attic"),
        "attic/policy.yml": policy_of("shadow"),
    },
}
CONTRACT_EDITS: dict[str, Edit] = {
    "range widened": rewritten(USERS, "max: 99", "max: 999"),
    "range narrowed": rewritten(USERS, "max: 99", "max: 45"),
    "feature dropped": lambda files: rewritten(USERS, "key: [id]", "key: [id], columns: open")(
        rewritten(USERS, "  age: {dtype: int, min: 0, max: 99, max_null_rate: 0.3, criticality: high}\n", "")(files)
    ),
    "feature unchecked": rewritten(USERS, "dtype: int, min: 0, max: 99, max_null_rate: 0.3, ", ""),
    "rate widened": rewritten(USERS, "max_null_rate: 0.3", "max_null_rate: 0.9"),
    "rate dropped": rewritten(USERS, "max_null_rate: 0.3, ", ""),
    "cells tolerated": rewritten(USERS, "max: 99", "max: 99, max_invalid_rate: 0.9"),
    "criticality lowered": rewritten(USERS, "criticality: high", "criticality: low"),
    "key dropped": rewritten(USERS, ", key: [id]", ""),
    "loss allowed": rewritten(USERS, ", rows: {max_loss: 0.5}", ""),
    "no rows allowed": rewritten(USERS, "max_loss: 0.5", "min: 0"),
    "null values widened": rewritten(USERS, "key: [id]", 'key: [id], format: {null_values: ["", "500", "-4"]}'),
    "another delimiter": rewritten(USERS, "key: [id]", 'key: [id], format: {delimiter: ";"}'),
    "no header": rewritten(USERS, "key: [id]", "key: [id], format: {header: false}"),
    "a sample": rewritten(USERS, "key: [id]", "key: [id], sample: {confidence: 0.999}"),
    "name of a waiver": rewritten(USERS, "name: users", "name: legacy"),
    "name of an override": rewritten(USERS, "name: users", "name: experiment_users"),
    "globs narrowed": rewritten(USERS, "data/**/*.csv", "data/lab/*.csv"),
    "globs without files": rewritten(USERS, "data/**/*.csv", "none/*.csv"),
    "globs widened": rewritten(USERS, "data/**/*.csv", "**/*.csv"),
    "deleted": without(USERS),
    "in another file": moved(USERS, "contracts/people/users.yml"),
    "in another place": moved(USERS, "attic/users.yml"),
    "behind a link": lambda files: {
        **{path.replace("contracts/", "attic/"): content for path, content in files.items()},
        "contracts": Link("attic"),
    },
    "a milder one beside it": written("contracts/a.yml", CONTRACT.replace("users", "legacy").replace("99", "999")),
    "a milder twin": written("contracts/a.yml", CONTRACT.replace("99", "999")),
}
PLACES = {
    "stays": DATA,
    "renamed": "data/people.csv",
    "renamed in another case": "data/Users.csv",
    "moved to the lab": "data/lab/users.csv",
    "moved out": "attic/users.csv",
    "moved to what is ignored": "tests/users.csv",
    "no longer called data": "data/users.csv.txt",
    "deleted": "",
}

bases = st.fixed_dictionaries(
    {"policy": st.none() | st.sampled_from(sorted(POLICIES)), "rows": st.sampled_from(["good", "odd", "nulls"])}
)
policy_edits = st.lists(st.sampled_from(sorted(POLICY_EDITS)), max_size=1)
contract_edits = st.lists(st.sampled_from(sorted(CONTRACT_EDITS)), max_size=3, unique=True)
data_edits = st.sampled_from(sorted(ROWS))
places = st.sampled_from(sorted(PLACES))


def base_of(policy: str | None, rows: str) -> Files:
    files: Files = {USERS: CONTRACT, DATA: ROWS[rows], "data/lab/other.csv": GOOD, "lists/old.csv": ODD}
    return files if policy is None else {**files, POLICY: policy_of(policy)}


def with_data(files: Files, rows: str, place: str) -> Files:
    left = without(DATA)(files)
    return {**left, PLACES[place]: ROWS[rows]} if PLACES[place] else left


def edited(files: Files, edits: Mapping[str, Edit], names: list[str]) -> Files:
    for name in names:
        files = edits[name](files)
    return files


def judged(base: Files, head: Files) -> Outcome:
    with tempfile.TemporaryDirectory() as folder:
        repository = Repository(Path(folder) / "repository")
        repository.write_all(base)
        repository.commit()
        repository.clear()
        repository.write_all(head)
        try:
            return check(Request(root=repository.root, now=NOW, as_of=NOW, base="HEAD"))
        except DataContractError as error:
            return undecided(error, NOW)


def severity(decision: Decision) -> tuple[bool, bool, int]:
    return decision.is_undecided, decision.fails, decision.verdict.severity


def told(outcome: Outcome) -> list[Finding]:
    """What the report says under rules of the policy, waived by base or not."""
    return [finding for dataset in outcome.datasets for finding in dataset.findings if finding.rule]


def of_file(outcome: Outcome, path: str | None) -> list[DatasetOutcome]:
    return [dataset for dataset in outcome.datasets if dataset.path == path]


def is_said(outcome: Outcome, deserved: DatasetOutcome) -> bool:
    """Whether a file that deserves worse gets it, or the report says what it was let off, by name."""
    own = of_file(outcome, deserved.path)
    if any(severity(each.decision) >= severity(deserved.decision) for each in own):
        return True
    rules = [finding for each in own for finding in each.findings if finding.rule == LOOSENED]
    named = {(finding.feature, (finding.aspect or "").partition(" (")[0]) for finding in rules}
    broken = [finding for finding in deserved.findings if finding.counts and not finding.is_advisory]
    kept = {(f.feature, f.check) for each in own for f in each.findings if f.counts}
    return bool(rules) and all((f.feature, f.check) in named | kept for f in broken)


def is_floored(outcome: Outcome, policy: str | None) -> bool:
    """Whether something is told under a rule of the policy, and the decision is what that rule wants at least."""
    loosened = {"loosening blocks": Floor.BLOCK, "all is allowed": Floor.ALLOW}.get(policy or "", Floor.ALERT)
    missing = Floor.ALLOW if policy == "all is allowed" else Floor.ALERT
    floors = {LOOSENED: FLOORS[loosened], MISSING: FLOORS[missing]}
    rules = [finding.rule for finding in told(outcome) if finding.rule in floors]
    return bool(rules) and all(outcome.decision.verdict.severity >= floors[rule].severity for rule in rules)


def comparable(outcome: Outcome) -> tuple[Outcome, list[str]]:
    """All that it says of the data."""
    return replace(outcome, proposed=None, errors=()), [str(error) for error in outcome.errors]


SLOWLY = settings(max_examples=40, deadline=None)


@SLOWLY
@given(bases, policy_edits, contract_edits, data_edits, places)
def test_a_policy_of_the_change_changes_nothing(
    base: dict[str, str | None], policies: list[str], contracts: list[str], rows: str, place: str
) -> None:
    """All but what it would decide is the same, unless base has no policy: then that is told."""
    before = base_of(**base)
    plain = edited(with_data(before, rows, place), CONTRACT_EDITS, contracts)
    head = edited(plain, POLICY_EDITS, policies)
    actual, expected = judged(before, head), judged(before, plain)
    if base["policy"] is not None:
        assert comparable(expected) == comparable(actual)
    elif actual.datasets:
        assert actual.policy_is_trusted == (actual.policy_path is None)
        assert actual.policy_is_trusted or any(why.rule == "policy" for why in actual.decision.reasons)


@SLOWLY
@given(bases, contract_edits, data_edits, places)
def test_a_contract_of_the_change_lets_nothing_pass_unsaid(
    base: dict[str, str | None], contracts: list[str], rows: str, place: str
) -> None:
    before = base_of(**base)
    plain = with_data(before, rows, place)
    deserved, actual = judged(before, plain), judged(before, edited(plain, CONTRACT_EDITS, contracts))
    if actual.exit_code == 2 or severity(actual.decision) >= severity(deserved.decision):
        return
    # NOTE: where base itself waives what the rules look for, that is told as waived, and holds no decision.
    assert is_floored(actual, base["policy"]) or base["policy"] == "all is waived"
    for dataset in deserved.datasets:
        if dataset.path and not any(finding.rule for finding in dataset.findings):
            assert is_said(actual, dataset)


@SLOWLY
@given(bases, data_edits, places)
def test_another_place_lets_no_data_pass_unsaid(base: dict[str, str | None], rows: str, place: str) -> None:
    before = base_of(**base)
    deserved, actual = judged(before, with_data(before, rows, "stays")), judged(before, with_data(before, rows, place))
    if severity(actual.decision) < severity(deserved.decision):
        assert is_floored(actual, base["policy"])


@SLOWLY
@given(st.sampled_from(sorted(POLICIES)), data_edits)
def test_data_that_comes_into_a_dataset_from_elsewhere_is_new_to_it(policy: str, rows: str) -> None:
    before = base_of(policy, "good")
    elsewhere = {**before, "lists/new.csv": ROWS[rows]}
    with_it = {**before, "data/new.csv": ROWS[rows]}
    moved_in, added = judged(elsewhere, with_it), judged(before, with_it)
    assert severity(added.decision) == severity(moved_in.decision)
    found = [
        [replace(each, known_as="", before=None, diff=None) for each in of_file(run, "data/new.csv")]
        for run in (added, moved_in)
    ]
    assert found[0] == found[1]
