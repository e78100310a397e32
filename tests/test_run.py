"""`data-contract run`: what may pass becomes current, what may not is kept apart, and nothing is lost or done twice."""

from __future__ import annotations

import json
import os
import re
import secrets
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from fsspec.core import url_to_fs
from s3fs import S3FileSystem

from data_contract.audit import NOTHING, Entry, digest_in, line_of, record_of
from data_contract.chain import logs_in, records_in, verify
from data_contract.cli import main
from data_contract.errors import Span, StoreError
from data_contract.holdings import Holding, Version
from data_contract.stores import store_at
from data_contract.stores.store import digest_of
from tests.commands import starved

CONTRACT = """version: 1
dataset: {name: users, files: ["users*.csv"], key: [id], rows: {max_loss: 0.5}}
features:
  id: {dtype: int}
  age: {dtype: int, max_null_rate: 0.25, max: 120}
"""
GOOD = "id,age\n1,30\n2,40\n3,50\n4,60\n"
ALERT = "id,age\n1,\n2,\n3,\n" + "".join(f"{number},30\n" for number in range(4, 11))
BAD = GOOD.replace("50", "500")


@dataclass(frozen=True)
class Desk:
    """A folder with a contract, a folder in which files come, and a store."""

    root: Path
    store: str
    capsys: pytest.CaptureFixture[str]

    def write(self, files: Mapping[str, str | bytes]) -> None:
        for name, content in files.items():
            file = self.root / os.fsdecode(name)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content.encode() if isinstance(content, str) else content)

    def comes(self, name: str, content: str | bytes) -> None:
        self.write({f"incoming/{name}": content})

    def run(self, *arguments: str, incoming: str = "incoming") -> tuple[int, str]:
        self.capsys.readouterr()
        status = main(["run", incoming, "--store", self.store, "--as-of", "2026-11-23", *arguments])
        return status, self.capsys.readouterr().out

    @property
    def current(self) -> Version | None:
        """The version that readers get, which has to be there as it was accepted."""
        holding = Holding(store_at(self.store), "users")
        version = holding.current()
        assert version is None or holding.sound(version)
        return version

    @property
    def content(self) -> str | None:
        version = self.current
        return None if version is None else self.files[version.path].decode()

    @property
    def files(self) -> dict[str, bytes]:
        """All that is in the store."""
        place, root = url_to_fs(self.store)
        place.invalidate_cache()
        found = {path.removeprefix(root).lstrip("/"): path for path in place.find(root)}
        return {path: place.cat_file(found[path]) for path in found if path != ".lock"}

    def entries(self, to: Path) -> list[Entry]:
        """The audit log, once it is verified."""
        for path, content in self.files.items():
            if path.startswith("audit/"):
                (to / path).parent.mkdir(exist_ok=True)
                (to / path).write_bytes(content)
        logs = logs_in([str(to / "audit")])
        assert verify(logs, []).problems == ()
        return [record.entry for record in records_in(logs)]


@pytest.fixture(params=["local", "memory", "s3"])
def desk(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Desk]:
    root = tmp_path / "desk"
    found = Desk(root, _store(request), capsys)
    found.write({"contracts/users.yml": CONTRACT})
    (root / "incoming").mkdir()
    monkeypatch.chdir(root)
    yield found
    found.current  # noqa: B018  # it is sound at the end of every test


def _store(request: pytest.FixtureRequest) -> str:
    match request.param:
        case "local":
            return "lake"
        case "memory":
            return f"memory://{secrets.token_hex(4)}"
        case _:
            return f"{request.getfixturevalue('bucket')}/{secrets.token_hex(4)}"


def _kept(files: Mapping[str, bytes]) -> list[str]:
    """The folders of versions that hold something."""
    return sorted({path.rpartition("/")[0] for path in files if path.startswith("users/") and "/0" in path})


def _acts(entry: Entry) -> list[tuple[str, bool]]:
    return [(act.action, act.is_done) for act in entry.acts]


def test_clean_data_is_promoted(desk: Desk, tmp_path: Path) -> None:
    desk.comes("users.csv", GOOD)
    status, said = desk.run()
    current = desk.current
    assert current
    assert (status, desk.content, current.rows, current.source) == (0, GOOD, 4, "users.csv")
    assert f": promoted to {desk.store}/{current.path}; current is now {current.version}" in said
    assert sorted(desk.files) == [
        "audit/00000001.jsonl",
        "head.json",
        f"users/accepted/{current.version}/users.csv",
        f"users/accepted/{current.version}/version.json",
        "users/current.json",
    ]
    assert (desk.root / "incoming" / "users.csv").read_text() == GOOD
    (entry,) = desk.entries(tmp_path)
    assert (entry.command, entry.verdict, entry.exit_code, _acts(entry)) == ("run", "ALLOW", 0, [("promote", True)])
    assert entry.data == {"incoming/users.csv": current.sha256}


def test_an_alert_is_promoted(desk: Desk, tmp_path: Path) -> None:
    desk.comes("users.csv", ALERT)
    assert (desk.run()[0], desk.content) == (0, ALERT)
    (entry,) = desk.entries(tmp_path)
    assert _acts(entry) == [("promote", True)]


def test_what_is_blocked_is_quarantined_with_what_was_found_and_current_stays(desk: Desk, tmp_path: Path) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    before = desk.current
    desk.comes("users.csv", BAD)
    status, said = desk.run()
    assert (status, desk.current) == (1, before)
    assert "(0 added, 0 removed, 1 changed)" in said
    assert f"; current is still {before.version if before else ''}" in said
    (folder,) = [each for each in _kept(desk.files) if "quarantine" in each]
    assert desk.files[f"{folder}/users.csv"] == BAD.encode()
    findings = json.loads(desk.files[f"{folder}/findings.json"])
    assert [each["path"] for each in findings["datasets"]] == ["incoming/users.csv"]
    assert b"incoming/users.csv:4:3 (id=3): range age" in desk.files[f"{folder}/report.txt"]
    assert _acts(desk.entries(tmp_path)[1]) == [("quarantine", True)]


def test_what_cannot_be_decided_is_quarantined(desk: Desk) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace("csv", "parquet")})
    desk.comes("users.parquet", b"PAR1")
    assert (desk.run()[0], desk.current) == (2, None)
    assert any(path.endswith("/users.parquet") for path in desk.files)
    status, said = desk.run()
    assert status == 2
    assert "already quarantined as" in said


@pytest.mark.parametrize(("content", "status"), [(GOOD, 0), (ALERT, 0), (BAD, 1)])
def test_the_same_data_is_judged_once(desk: Desk, content: str, status: int) -> None:
    desk.comes("users.csv", content)
    first = desk.run()[0]
    before = desk.files
    second, said = desk.run()
    assert (first, second) == (status, status)
    assert re.search("already (accepted|quarantined) as ", said)
    assert desk.files == before


def test_data_that_was_accepted_and_replaced_comes_back_under_the_same_name_alone(desk: Desk) -> None:
    desk.comes("users-1.csv", GOOD)
    desk.run()
    desk.comes("users-2.csv", GOOD.replace("30", "31"))
    desk.run()
    (desk.root / "incoming" / "users-2.csv").unlink()
    assert "already accepted" in desk.run()[1]
    assert desk.content == GOOD.replace("30", "31")
    desk.comes("users-2.csv", GOOD)
    assert (desk.run()[0], desk.content) == (0, GOOD)


def test_data_is_judged_again_once_its_contract_is_mended(desk: Desk) -> None:
    desk.comes("users.csv", BAD)
    assert (desk.run()[0], desk.content) == (1, None)
    desk.write({"contracts/users.yml": CONTRACT.replace("max: 120", "max: 1200")})
    assert (desk.run()[0], desk.content) == (0, BAD)


def test_data_is_judged_again_once_its_policy_changes(desk: Desk) -> None:
    desk.comes("users.csv", BAD)
    assert (desk.run()[0], desk.content) == (1, None)
    waiver = '{dataset: users, feature: age, check: range, until: 2099-12-31, reason: "known"}'
    desk.write({"policy/policy.yml": f"version: 1\nwaivers: [{waiver}]\n"})
    assert (desk.run()[0], desk.content) == (0, BAD)


def _three(desk: Desk) -> None:
    for number in (1, 2, 3):
        desk.comes(f"users-{number}.csv", GOOD.replace("30", str(number)))
    assert desk.run("--all")[0] == 0


@pytest.mark.parametrize(
    "changed", [{"contracts/users.yml": f"{CONTRACT}# said"}, {"policy/policy.yml": "version: 1\n"}]
)
def test_no_change_of_a_judge_has_readers_go_back_in_time(
    desk: Desk, tmp_path: Path, changed: dict[str, str | bytes]
) -> None:
    _three(desk)
    desk.write(changed)
    status, said = desk.run("--all")
    assert (status, len(desk.entries(tmp_path)), desk.content) == (0, 4, GOOD.replace("30", "3"))
    assert [line for line in said.splitlines() if "passed over" in line] == [
        f"incoming/users-{number}.csv: passed over, as it was judged before, and what is current came under a later "
        f"name: {desk.store}/{path}"
        for number, path in zip((1, 2), _currents(desk), strict=True)
    ]
    for number in (2, 3):
        (desk.root / "incoming" / f"users-{number}.csv").unlink()
    desk.write({"contracts/users.yml": f"{CONTRACT}# said twice"})
    before = desk.files
    assert "passed over, as it was judged before" in desk.run()[1]
    assert desk.files == before


def test_readers_do_not_go_back_however_the_folder_of_incoming_files_is_named(desk: Desk) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace('"users', '"**/users')})
    desk.comes("day/users-1.csv", GOOD)
    assert (desk.run()[0], desk.content) == (0, GOOD)
    desk.comes("day/users-2.csv", GOOD.replace("30", "2"))
    assert (desk.run(incoming="incoming/day/users-2.csv")[0], desk.content) == (0, GOOD.replace("30", "2"))
    (desk.root / "incoming" / "day" / "users-2.csv").unlink()
    assert (desk.run()[0], desk.content) == (0, GOOD.replace("30", "2"))


def test_a_newer_file_is_newer_however_the_folder_of_incoming_files_is_named(desk: Desk) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace('"users', '"**/users')})
    desk.comes("day/users-1.csv", GOOD)
    desk.comes("day/users-2.csv", BAD)
    assert desk.run("--all")[0] == 1
    desk.write({"contracts/users.yml": CONTRACT.replace('"users', '"**/users').replace("max: 120", "max: 1200")})
    assert (desk.run(incoming="incoming/day/users-2.csv")[0], desk.content) == (0, BAD)


@pytest.mark.parametrize(("content", "status"), [(BAD, 1), (GOOD.replace("30", "31"), 0)])
def test_what_was_blocked_stays_blocked_under_an_older_name(desk: Desk, content: str, status: int) -> None:
    desk.comes("users-1.csv", content)
    desk.comes("users-2.csv", GOOD)
    assert desk.run("--all")[0] == status
    desk.write({"contracts/users.yml": f"{CONTRACT}# said"})
    again, said = desk.run("--all")
    assert (again, "already quarantined" in said, desk.content) == (status, status == 1, GOOD)


def _currents(desk: Desk) -> list[str]:
    """Where the third file lies, which stayed current until it was judged anew."""
    first, _ = (each for each in _kept(desk.files) if f"{each}/users-3.csv" in desk.files)
    return [f"{first}/users-3.csv"] * 2


def test_what_was_never_judged_is_taken_under_an_older_name_too(desk: Desk) -> None:
    _three(desk)
    desk.write({"contracts/users.yml": f"{CONTRACT}# said"})
    for number in (1, 2, 3):
        (desk.root / "incoming" / f"users-{number}.csv").unlink()
    desk.comes("users-1.csv", GOOD.replace("30", "31"))
    assert (desk.run()[0], desk.content) == (0, GOOD.replace("30", "31"))


POLICY = """version: 1
ci: {fail_on: [block], on_uncontracted: allow}
overrides: [{match: {dataset: users}, ci: {scope: all}}]
"""


@pytest.mark.parametrize(
    ("policy", "entries"),
    [
        (f"# said\n\n{POLICY}", 2),
        ("overrides:\n- ci: {scope: all}\n  match: {dataset: users}\n" + POLICY.rpartition("overrides")[0], 2),
        (POLICY.replace("allow", "alert"), 4),
        (POLICY.replace("dataset: users", "path: users"), 4),
        (POLICY.replace("[block]", "[block, alert]"), 4),
    ],
    ids=["comment", "order", "value", "key", "item"],
)
def test_a_policy_that_says_the_same_judges_nothing_again(
    desk: Desk, tmp_path: Path, policy: str, entries: int
) -> None:
    desk.write({"policy/policy.yml": POLICY, "contracts/more.yml": CONTRACT.replace("users", "more")})
    desk.comes("users.csv", BAD)
    _links(desk, tmp_path, "more.csv")
    desk.run()
    desk.write({"policy/policy.yml": policy})
    assert (desk.run()[0], len(desk.entries(tmp_path))) == (2, entries)


def test_what_was_alerted_fails_the_gate_later_when_it_must(desk: Desk) -> None:
    desk.comes("users.csv", ALERT)
    assert desk.run()[0] == 0
    assert desk.run("--fail-on", "alert")[0] == 1


def test_of_a_dataset_the_newest_is_taken_and_the_older_ones_are_told(desk: Desk) -> None:
    for number in (1, 2, 10):
        desk.comes(f"users-{number}.csv", GOOD.replace("30", str(number)))
    status, said = desk.run()
    assert (status, desk.content) == (0, GOOD.replace("30", "10"))
    assert [line for line in said.splitlines() if "passed over" in line] == [
        f"incoming/users-{number}.csv: passed over, as a newer file came for users; --all takes every one"
        for number in (1, 2)
    ]


def test_all_are_taken_in_order_and_each_is_compared_with_the_one_before(desk: Desk, tmp_path: Path) -> None:
    desk.comes("users-2.csv", GOOD + "".join(f"{number},20\n" for number in range(5, 21)))
    desk.comes("users-10.csv", GOOD)
    desk.comes("users-1.csv", GOOD)
    assert desk.run("--all")[0] == 1
    assert desk.current
    assert desk.current.source == "users-2.csv"
    before = desk.files
    assert desk.run("--all")[0] == 1
    assert desk.files == before
    verdicts = [(*entry.data, entry.verdict) for entry in desk.entries(tmp_path)]
    assert verdicts == [
        ("incoming/users-1.csv", "ALLOW"),
        ("incoming/users-2.csv", "ALLOW"),
        ("incoming/users-10.csv", "BLOCK_AND_ROLLBACK"),
    ]
    assert "passed over" not in desk.run()[1]


def test_a_partition_is_compared_as_a_whole_and_a_file_of_the_same_name_row_by_row(desk: Desk) -> None:
    desk.comes("users-1.csv", GOOD)
    desk.run()
    desk.comes("users-2.csv", GOOD.replace("30", "31"))
    assert "changed)" not in desk.run()[1]
    desk.comes("users-2.csv", GOOD.replace("30", "32"))
    assert "(0 added, 0 removed, 1 changed)" in desk.run()[1]


def test_an_inherited_fault_does_not_block(desk: Desk) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace("max: 120", "max: 1200")})
    desk.comes("users.csv", BAD)
    desk.run()
    desk.write({"contracts/users.yml": CONTRACT})
    desk.comes("users.csv", BAD.replace("30", "31"))
    assert (desk.run()[0], desk.content) == (0, BAD.replace("30", "31"))


TIGHT = CONTRACT.replace("max: 120", "max: 55")
REVEALED = "1 promise that is new or tighter is broken by data that was there before  (ci.on_contract_tightened)"


def _ruled(rule: str) -> dict[str, str | bytes]:
    return {"policy/policy.yml": f"version: 1\nci: {{on_contract_tightened: {rule}}}\n"}


@pytest.mark.parametrize("content", [GOOD, GOOD.replace("30", "31")], ids=["the same data", "its next version"])
@pytest.mark.parametrize(
    ("rule", "verdict", "status"), [("allow", "ALLOW", 0), ("alert", "ALLOW_WITH_ALERT", 0), ("block", "BLOCK", 1)]
)
def test_what_breaks_a_promise_that_is_tighter_than_when_it_was_accepted_is_told(
    desk: Desk, content: str, rule: str, verdict: str, status: int
) -> None:
    desk.write(_ruled(rule))
    desk.comes("users.csv", GOOD)
    desk.run()
    desk.write({"contracts/users.yml": TIGHT})
    desk.comes("users.csv", content)
    found, said = desk.run()
    assert (found, said.startswith(verdict), REVEALED in said) == (status, True, True)
    assert desk.content == (GOOD if rule == "block" else content)
    before = desk.files
    assert desk.run()[0] == status
    assert desk.files == before


@pytest.mark.parametrize("contract", [f"{TIGHT}# said", TIGHT.replace("55", "119")], ids=["said", "kept"])
def test_what_was_broken_before_or_is_kept_is_no_promise_that_is_tighter(desk: Desk, contract: str) -> None:
    desk.write(_ruled("block"))
    desk.comes("users.csv", GOOD)
    desk.run()
    desk.write(_ruled("alert") | {"contracts/users.yml": TIGHT})
    desk.run()
    desk.write(_ruled("block") | {"contracts/users.yml": contract})
    status, said = desk.run()
    assert (status, said.startswith("ALLOW  "), "tighter" in said) == (0, True, False)


@pytest.mark.parametrize(("rule", "status"), [("allow", 0), ("implicit", 0), ("alert", 0), ("block", 1)])
def test_what_no_contract_describes_is_told_and_never_promoted(desk: Desk, rule: str, status: int) -> None:
    desk.write({"policy/policy.yml": f"version: 1\nci: {{on_uncontracted: {rule}}}\n"})
    desk.comes("other.csv", GOOD)
    desk.comes("README.md", "read me\n")
    found, said = desk.run()
    assert (found, desk.files) == (status, {})
    assert "incoming/other.csv: has-contract: no contract matches it: it is left alone" in said
    assert "incoming/README.md: left alone" in said


def test_what_nothing_came_for_is_told(desk: Desk) -> None:
    for number in range(25):
        name = f"d{number:02}"
        desk.write({f"contracts/{name}.yml": CONTRACT.replace("name: users", f"name: {name}").replace("users", name)})
    status, said = desk.run()
    names = ", ".join(f"d{number:02}" for number in range(20))
    assert (status, f"\nnothing came for {names}, and 6 more\n" in said, desk.files) == (0, True, {})
    for number in range(24):
        (desk.root / "contracts" / f"d{number:02}.yml").unlink()
    desk.comes("users.csv", GOOD)
    assert "\nnothing came for d24\n" in desk.run()[1]
    desk.comes("d24.csv", GOOD)
    assert "nothing came" not in desk.run()[1]


def test_a_dataset_that_no_contract_names_any_more_is_told_once_a_run(desk: Desk) -> None:
    desk.write({"contracts/more.yml": CONTRACT.replace("name: users", "name: more").replace("users", "more")})
    for path in ("README", "notes/accepted/to-do", "other/quarantine"):
        _spoil(desk, path, b"read me")
    desk.comes("users.csv", GOOD)
    desk.comes("more.csv", GOOD)
    assert "no contract names" not in desk.run()[1]
    desk.write({"contracts/users.yml": CONTRACT.replace("name: users", "name: people")})
    status, said = desk.run()
    assert (status, said.count("no contract names")) == (0, 1)
    assert (
        f"\n{desk.store}/users: no contract names this dataset, and nobody judges what comes for it, "
        "or looks after current.json\n"
    ) in said


def _spoil(desk: Desk, path: str, content: bytes | None) -> None:
    place, root = url_to_fs(desk.store, auto_mkdir=True) if desk.store == "lake" else url_to_fs(desk.store)
    if content is None:
        place.rm_file(f"{root}/{path}")
    else:
        place.pipe_file(f"{root}/{path}", content)


@pytest.mark.parametrize("content", [None, b"", BAD.encode()])
def test_current_goes_back_to_the_last_good_version(desk: Desk, tmp_path: Path, content: bytes | None) -> None:
    for number in (1, 2, 3):
        desk.comes("users.csv", GOOD.replace("30", str(number)))
        desk.run()
    versions = [each for each in _kept(desk.files) if "accepted" in each]
    for folder in versions[1:]:
        _spoil(desk, f"{folder}/users.csv", content)
    (desk.root / "incoming" / "users.csv").unlink()
    desk.comes("users.csv", BAD)
    status, said = desk.run()
    assert (status, desk.content) == (1, GOOD.replace("30", "1"))
    assert "goes back to 00000001-" in said
    assert [_acts(entry) for entry in desk.entries(tmp_path)][3:] == [
        [("rollback", True)],
        [("quarantine", True)],
    ]
    assert "goes back" not in desk.run()[1]


@pytest.mark.parametrize("desk", ["local"], indirect=True)
def test_of_what_was_done_alone_the_log_says_no_data_was_missing(desk: Desk) -> None:
    for number in (1, 2):
        desk.comes("users.csv", GOOD.replace("30", str(number)))
        desk.run()
    (_, last) = (each for each in _kept(desk.files) if "accepted" in each)
    _spoil(desk, f"{last}/users.csv", None)
    desk.comes("users.csv", GOOD)
    desk.run()
    log = str(desk.root / "lake" / "audit")
    desk.capsys.readouterr()
    assert main(["audit", "show", digest_in(desk.files["audit/00000003.jsonl"]), log]) == 0
    said = desk.capsys.readouterr().out
    assert "is gone, or is not what was accepted: current.json goes back to 00000001-" in said
    assert "\n  nothing was judged\n" in said


@pytest.mark.parametrize("pointer", [None, b"{}", b"\xff"])
def test_a_current_that_names_nothing_is_mended(desk: Desk, pointer: bytes | None) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    good = desk.files["users/current.json"]
    _spoil(desk, "users/current.json", pointer)
    assert desk.run()[0] == 0
    assert desk.files["users/current.json"] == good


def _with(version: bytes, **fields: str) -> bytes:
    return json.dumps(json.loads(version) | fields).encode()


@pytest.mark.parametrize("deed", ["quarantined", "other dataset", "outside", "edited", "data elsewhere", "deep"])
def test_a_current_that_was_never_accepted_goes_back_to_the_last_good_version(desk: Desk, deed: str) -> None:
    desk.write({"contracts/people.yml": CONTRACT.replace("name: users", "name: people").replace("users*", "people*")})
    for name, content in (("users.csv", GOOD), ("people.csv", GOOD), ("users.csv", BAD)):
        desk.comes(name, content)
        desk.run()
    files = desk.files
    good = files["users/current.json"]
    (quarantined,) = [each for each in _kept(files) if "quarantine" in each]
    secret = desk.root / "secret.csv"
    secret.write_text(BAD)
    forged = {
        "quarantined": files[f"{quarantined}/version.json"],
        "other dataset": files["people/current.json"],
        "outside": _with(good, path="../secret.csv", sha256=digest_of(secret)),
        "edited": _with(good, source="users-0.csv"),
        "data elsewhere": _with(good, path=json.loads(files[f"{quarantined}/version.json"])["path"]),
        "deep": b'{"x":' + b"[" * 100_000,
    }
    _spoil(desk, "users/current.json", forged[deed])
    assert "users: current.json goes back to 00000" in _told_of_current(desk)
    assert desk.files["users/current.json"] == good
    assert "goes back" not in desk.run()[1]


def _told_of_current(desk: Desk) -> str:
    return desk.run()[1].replace(" is gone, or is not what was accepted", "")


PATHS = ["x", "", "x" * 5_000, "users/accepted/{}/" + "x" * 5_000, "users/accepted/{}/../../../../secret.csv"]


@pytest.mark.parametrize("path", [*PATHS, "users/accepted/{}/", "users/accepted/{}/\0", "users/other/{}/users.csv"])
@pytest.mark.parametrize("is_named", [True, False])
def test_a_version_that_names_another_place_is_none(desk: Desk, path: str, is_named: bool) -> None:
    for number in (1, 2):
        desk.comes("users.csv", GOOD.replace("30", str(number)))
        desk.run()
    first, last = (each for each in _kept(desk.files) if "accepted" in each)
    good = desk.files[f"{first}/version.json"]
    forged = _with(desk.files[f"{last}/version.json"], path=path.format(last.rpartition("/")[2]))
    _spoil(desk, f"{last}/version.json", forged)
    _spoil(desk, "users/current.json", forged if is_named else None)
    (desk.root / "incoming" / "users.csv").unlink()
    desk.comes("users.csv", BAD)
    status, said = desk.run()
    assert (status, desk.files["users/current.json"]) == (1, good)
    assert "goes back to 00000001-" in said


@pytest.mark.parametrize("verdict", ["ALLOW", "ALLOW_WITH_ALERT"])
def test_a_verdict_in_quarantine_that_was_edited_is_not_believed(desk: Desk, verdict: str) -> None:
    desk.comes("users.csv", BAD)
    assert desk.run()[0] == 1
    (folder,) = _kept(desk.files)
    _spoil(desk, f"{folder}/version.json", _with(desk.files[f"{folder}/version.json"], verdict=verdict))
    status, said = desk.run()
    assert (status, "already" in said, desk.current) == (1, False, None)
    assert len(_kept(desk.files)) == 2
    assert "already quarantined" in desk.run()[1]


def test_a_verdict_of_what_was_accepted_that_was_edited_is_not_believed(desk: Desk) -> None:
    for number in (1, 2):
        desk.comes("users.csv", GOOD.replace("30", str(number)))
        desk.run()
    last = [each for each in _kept(desk.files) if "accepted" in each][-1]
    forged = _with(desk.files[f"{last}/version.json"], verdict="BLOCK_AND_ROLLBACK")
    _spoil(desk, f"{last}/version.json", forged)
    _spoil(desk, "users/current.json", forged)
    desk.comes("users.csv", BAD)
    assert "goes back to 00000001-" in desk.run()[1]
    assert desk.content == GOOD.replace("30", "1")


def test_what_is_no_version_is_passed_over(desk: Desk) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    _spoil(desk, "users/accepted/.hidden", b"")
    assert "already accepted" in desk.run()[1]


def test_there_is_no_current_version_where_none_is_good(desk: Desk, tmp_path: Path) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    (folder,) = _kept(desk.files)
    _spoil(desk, f"{folder}/users.csv", b"spoilt")
    desk.comes("users.csv", BAD)
    status, said = desk.run()
    assert (status, desk.current) == (1, None)
    assert "current.json names none, as there is no other one" in said
    assert len(desk.entries(tmp_path)) == 3
    assert "names none" not in desk.run()[1]


def test_a_damaged_version_that_comes_again_is_promoted_again(desk: Desk) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    (folder,) = _kept(desk.files)
    _spoil(desk, f"{folder}/users.csv", b"spoilt")
    assert (desk.run()[0], desk.content) == (0, GOOD)


def test_a_dry_run_changes_nothing_and_says_what_would_be_done(desk: Desk) -> None:
    desk.comes("users-1.csv", GOOD)
    desk.comes("users-2.csv", BAD)
    assert desk.run("--all", "--dry-run")[0] == 1
    assert (desk.files, (desk.root / "lake").exists()) == ({}, False)
    desk.run()
    before = desk.files
    rehearsed = desk.run("--all", "--dry-run")[1]
    assert desk.files == before
    assert "nothing was changed: this is what a run would do" in rehearsed
    done = [line for line in desk.run("--all")[1].splitlines() if ": promoted to " in line]
    assert [line for line in rehearsed.splitlines() if ": promoted to " in line] == done


def test_a_link_is_not_followed_and_not_promoted(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text(GOOD)
    (desk.root / "incoming" / "users.csv").symlink_to(tmp_path / "secret.csv")
    assert (desk.run()[0], desk.current) == (2, None)
    (entry,) = desk.entries(tmp_path)
    assert (entry.exit_code, entry.data, entry.acts) == (2, {}, ())


def _links(desk: Desk, tmp_path: Path, *names: str) -> None:
    (tmp_path / "secret.csv").write_text(GOOD)
    for name in names:
        (desk.root / "incoming" / name).symlink_to(tmp_path / "secret.csv")


def test_what_cannot_be_read_is_decided_once(desk: Desk, tmp_path: Path) -> None:
    _links(desk, tmp_path, "users-1.csv", "users-2.csv")
    assert [desk.run("--all")[0] for _ in range(2)] == [2, 2]
    before = desk.files
    status, said = desk.run("--all")
    assert (status, desk.files == before, len(desk.entries(tmp_path))) == (2, True, 2)
    why = "it is a symbolic link, which is not followed: put the file itself in its place"
    assert [f"incoming/users-{number}.csv:1:1: already refused: {why}\n" in said for number in (1, 2)] == [True, True]


def test_a_pipe_is_called_what_it_is(desk: Desk) -> None:
    os.mkfifo(desk.root / "incoming" / "users.csv")
    status, said = desk.run()
    assert (status, ": it is a device or pipe, no file" in said) == (2, True)


@pytest.mark.parametrize("newest", ["users-1.csv", "users-2.csv"])
def test_what_could_not_be_read_is_forgotten_once_known_data_comes_in_its_place(
    desk: Desk, tmp_path: Path, newest: str
) -> None:
    desk.comes("users-1.csv", GOOD)
    desk.run()
    link = desk.root / "incoming" / "users-1.csv"
    for _ in range(2):
        link.unlink()
        _links(desk, tmp_path, "users-1.csv")
        assert desk.run("--all")[0] == 2
        link.unlink()
        desk.comes("users-1.csv", GOOD)
        desk.comes(newest, GOOD)
        assert desk.run()[0] == 0
        assert json.loads(desk.files["users/refused.json"]) == []
        before = desk.files
        assert (desk.run()[0], desk.files) == (0, before)
    assert sum(entry.exit_code == 2 for entry in desk.entries(tmp_path)) == 2


@pytest.mark.parametrize("other", ["reason", "contract", "policy", "path", "judged since", "entry"])
def test_what_cannot_be_read_is_decided_again_once_anything_else_changes(
    desk: Desk, tmp_path: Path, other: str
) -> None:
    _links(desk, tmp_path, "users.csv")
    desk.run()
    link = desk.root / "incoming" / "users.csv"
    match other:
        case "reason":
            link.unlink()
            os.mkfifo(link)
        case "contract":
            desk.write({"contracts/users.yml": CONTRACT.replace("120", "121")})
        case "policy":
            desk.write({"policy/policy.yml": "version: 1\n"})
        case "path":
            link.rename(link.with_name("users-1.csv"))
        case "judged since":
            link.unlink()
            desk.comes("users.csv", GOOD)
            assert desk.run()[0] == 0
            link.unlink()
            _links(desk, tmp_path, "users.csv")
        case _:
            edited = desk.files["users/refused.json"].replace(b"audit/00000001.jsonl", b"../secret.csv")
            _spoil(desk, "users/refused.json", edited)
    assert desk.run()[0] == 2
    assert len(desk.entries(tmp_path)) == (3 if other == "judged since" else 2)


def test_of_an_older_link_the_way_out_is_told_and_not_all(desk: Desk, tmp_path: Path) -> None:
    _links(desk, tmp_path, "users-1.csv")
    desk.comes("users-2.csv", GOOD)
    status, said = desk.run()
    assert (status, "--all" in said) == (0, False)
    assert (
        "incoming/users-1.csv: passed over, as a newer file came for users; it could not be read either: "
        "it is a symbolic link, which is not followed: put the file itself in its place\n"
    ) in said


def test_one_file_is_judged_by_each_contract_that_describes_it(desk: Desk, tmp_path: Path) -> None:
    desk.write({"contracts/people.yml": CONTRACT.replace("name: users", "name: people").replace("120", "55")})
    desk.comes("users.csv", GOOD)
    assert (desk.run()[0], desk.content) == (1, GOOD)
    assert [entry.verdict for entry in desk.entries(tmp_path)] == ["BLOCK_AND_ROLLBACK", "ALLOW"]


def test_a_contract_may_name_the_folder_from_here_and_one_file_may_come_alone(desk: Desk) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace("users*.csv", "incoming/day/*.csv")})
    desk.comes("day/a.csv", GOOD)
    assert (desk.run(incoming="incoming/day/a.csv")[0], desk.content) == (0, GOOD)
    assert "already accepted" in desk.run()[1]


@pytest.mark.parametrize(
    "dataset", ["../x", "audit", "head.json", ".staging", ".", "..", "a/b", "users\n", "ü" * 200, "~", "%2e"]
)
def test_no_name_of_a_dataset_leaves_its_folder(desk: Desk, tmp_path: Path, dataset: str) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace("name: users", f"name: {json.dumps(dataset)}")})
    around = {*tmp_path.rglob("*")}
    desk.comes("users.csv", GOOD)
    assert desk.run()[0] == 0
    assert all((desk.root / "lake") in path.parents for path in {*tmp_path.rglob("*")} - around - _came(desk))
    assert len(desk.entries(tmp_path)) == 1
    assert "already accepted" in desk.run()[1]
    folders = {path.split("/")[0] for path in desk.files} - {"head.json"}
    assert len(folders) == 2
    assert not {"", ".", "..", ".staging"} & folders


def _came(desk: Desk) -> set[Path]:
    return {desk.root / "lake", *(desk.root / "incoming").rglob("*")}


@pytest.mark.parametrize(
    "name", [b"a\xff.csv", b"a\nb.csv", b"report.txt", b"version.json", b"..csv", b"%2e%2e.csv", b"a b'\"$*?.csv", b"-"]
)
def test_no_name_of_a_file_does_anything(desk: Desk, tmp_path: Path, name: bytes) -> None:
    desk.write({"contracts/users.yml": CONTRACT.replace("users*.csv", "**")})
    desk.comes(os.fsdecode(name), BAD)
    status, _ = desk.run()
    is_read = name.endswith((b".csv", b".txt"))
    assert status == (1 if is_read else 2)
    (folder,) = _kept(desk.files)
    inside = {path.rpartition("/")[2] for path in desk.files if path.startswith(folder)}
    assert len(inside) == 4
    (kept,) = inside - {"version.json", "findings.json", "report.txt"}
    assert desk.files[f"{folder}/{kept}"] == BAD.encode()
    assert len(desk.entries(tmp_path)) == 1
    assert "already quarantined" in desk.run()[1]


@pytest.mark.parametrize(
    ("incoming", "store", "said"),
    [
        ("incoming", "incoming/lake", "lie in each other"),
        (".", "lake", "lie in each other"),
        ("lake/in", "lake", "lie in each other"),
        ("nothing", "lake", "no file and no folder"),
        ("incoming", "nosuch://place", "cannot be reached"),
        ("incoming", "contracts/users.yml", "cannot be used"),
    ],
)
def test_what_cannot_be_meant_is_refused(desk: Desk, incoming: str, store: str, said: str) -> None:
    status = main(["run", incoming, "--store", store])
    assert (status, said in desk.capsys.readouterr().out) == (2, True)


@pytest.mark.parametrize("desk", ["local", "s3"], indirect=True)
@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_store_that_nothing_can_be_kept_in_is_no_place_to_rehearse_in_either(
    desk: Desk, arguments: tuple[str, ...]
) -> None:
    desk.comes("users.csv", GOOD)
    stores = {"lake": ("contracts/users.yml/lake", "lake cannot be used: ")}
    store, said = stores.get(desk.store, ("s3://no-such-bucket/lake", "The specified bucket does not exist"))
    status, told = Desk(desk.root, store, desk.capsys).run(*arguments)
    assert (status, said in told, "promoted to" in told) == (2, True, False)
    status, told = desk.run(*arguments)
    assert (status, "promoted to" in told) == (0, True)


@pytest.mark.parametrize("arguments", [(), ("--dry-run",)])
def test_a_bucket_without_credentials_says_what_is_missing(
    tmp_path: Path,
    bucket: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
) -> None:
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    monkeypatch.chdir(tmp_path)
    desk = Desk(tmp_path, f"{bucket}/{secrets.token_hex(4)}", capsys)
    desk.write({"contracts/users.yml": CONTRACT, "incoming/users.csv": GOOD})
    # NOTE: a file system is made once for a URL, and keeps the credentials that it was made with.
    S3FileSystem.clear_instance_cache()
    try:
        status, said = desk.run(*arguments)
    finally:
        S3FileSystem.clear_instance_cache()
    assert (status, "mistake in data-contract" in said) == (2, False)
    assert f"the store {desk.store} cannot be used: Unable to locate credentials" in said
    assert "hint: check the URL and the credentials" in said


_PEOPLE = CONTRACT.replace("name: users", "name: people").replace("users*", "people*")


def _two_datasets(desk: Desk) -> None:
    """A store in which the last decision is about another dataset than the one whose data comes again."""
    desk.write({"contracts/people.yml": _PEOPLE})
    desk.comes("users.csv", GOOD)
    desk.run()
    desk.comes("people.csv", GOOD)
    desk.run()
    (desk.root / "incoming" / "people.csv").unlink()


def _edited(entry: bytes) -> bytes:
    return entry.replace(b'"rows":4', b'"rows":5')


TOUCHED = {
    "cut off": "ends before entry 00000002, which head.json names",
    "edited": "this is not the entry that head.json names as the last one",
    "another": "this is not the entry that head.json names as the last one",
    "strange": "this is not the entry that head.json names as the last one",
    "behind": "this stands behind the entry that head.json names as the last one",
    "unnamed": "head.json is gone, and this store is not new\n  hint: find out who did that; if",
    "misnamed": "head.json cannot be read, and this store is not new\n",
    "numberless": "head.json cannot be read, and this store is not new\n",
    "cut off and unnamed": "ends before entry 00000002, which decided about what came",
    "all gone": "ends before entry 00000002, which decided about what came",
}


@pytest.mark.parametrize("deed", TOUCHED)
@pytest.mark.parametrize("coming", [GOOD, GOOD.replace("30", "31"), None], ids=["known", "new", "nothing"])
def test_no_run_of_any_dataset_does_anything_once_the_end_of_the_audit_log_was_touched(
    desk: Desk, deed: str, coming: str | None
) -> None:
    _two_datasets(desk)
    first, last, head = "audit/00000001.jsonl", "audit/00000002.jsonl", "head.json"
    files = desk.files
    deeds: dict[str, dict[str, bytes | None]] = {
        "cut off": {last: None},
        "edited": {last: _edited(files[last])},
        "another": {last: files[first]},
        "strange": {last: b"{}\n"},
        "behind": {"audit/00000003.jsonl": files[last]},
        "unnamed": {head: None},
        "misnamed": {head: b'{"number":"two"}'},
        "numberless": {head: files[head].replace(b"2,", b"0,")},
        "cut off and unnamed": {last: None, head: None},
        "all gone": {first: None, last: None, head: None},
    }
    for path, content in deeds[deed].items():
        _spoil(desk, path, content)
    (desk.root / "incoming" / "users.csv").unlink()
    if coming:
        desk.comes("users.csv", coming)
    before = desk.files
    status, said = desk.run()
    assert (status, desk.files, re.sub(r"\n +", "\n  ", said).count(TOUCHED[deed])) == (2, before, 1)


@pytest.mark.parametrize("deed", [["audit/00000001.jsonl", "head.json"], ["head.json"]], ids=["all gone", "unnamed"])
def test_an_audit_log_of_nothing_but_refusals_is_missed_too(desk: Desk, tmp_path: Path, deed: list[str]) -> None:
    _links(desk, tmp_path, "users.csv")
    desk.run()
    for path in deed:
        _spoil(desk, path, None)
    before = desk.files
    status, said = desk.run()
    assert (status, desk.files, "head.json is gone, and this store is not new" in said) == (2, before, True)
    assert ("before entry 00000001, which decided about what came" in said) == (len(deed) == 2)


@pytest.mark.parametrize("refused", [b"[]", b"{", b'[{"source": "users.csv"}]'])
def test_a_store_that_has_nothing_of_any_decision_is_new(desk: Desk, refused: bytes) -> None:
    _spoil(desk, "users/refused.json", refused)
    desk.comes("users.csv", GOOD)
    assert (desk.run()[0], desk.content) == (0, GOOD)


def test_what_names_the_last_entry_can_be_written_again_as_the_hint_says(desk: Desk, tmp_path: Path) -> None:
    _two_datasets(desk)
    head = desk.files["head.json"]
    _spoil(desk, "head.json", None)
    (said,) = re.findall(r"write there: (.*)", desk.run()[1])
    _spoil(desk, "head.json", said.encode())
    assert json.loads(said) == json.loads(head)
    desk.comes("users.csv", BAD)
    assert (desk.run()[0], len(desk.entries(tmp_path))) == (1, 3)


def test_files_that_a_stranger_put_into_a_store_keep_nobody_out(desk: Desk) -> None:
    for path in ("README", "notes/accepted/to-do", "other/quarantine"):
        _spoil(desk, path, b"read me")
    desk.comes("users.csv", GOOD)
    assert (desk.run()[0], desk.content) == (0, GOOD)


@pytest.mark.parametrize(
    "journal",
    [
        *(
            f'[["remove", {json.dumps(path)}]]'
            for path in ("../precious", ".", "/no-such-place", "a//b", "a/../b", "\0", "a\ud800")
        ),
        '[["move", "users/current.json", "../precious/it"]]',
        '[["write", "../precious/it", "x"]]',
        '[["write", "users/current.json", "\\ud800"]]',
        '[["write", "users/current.json", 5]]',
        '[["write", "users/current.json"]]',
        '[["remove", "users/current.json"], ["remove", "../precious"]]',
        '[{"remove": 1, "users": 2}]',
        '[["burn", "users"]]',
        "[[]]",
        "[]",
        "{}",
        "null",
        "[" * 100_000,
        '[["remove", ' + "[" * 100_000,
    ],
)
def test_a_journal_that_no_run_wrote_is_not_followed(desk: Desk, journal: str) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    desk.write({"precious/it": "all I have"})
    _spoil(desk, ".journal.json", journal.encode())
    before = desk.files
    status, said = desk.run()
    assert (status, desk.files, (desk.root / "precious" / "it").read_text()) == (2, before, "all I have")
    assert "/.journal.json cannot be read" in said
    assert "mend it, or move it away" in said


@pytest.mark.parametrize(
    "path", ["", ".", "..", "../x", "/x", "x/", "a//b", "a/./b", "a/../b", "\0", "\ud800", "x" * 256]
)
def test_no_path_leads_out_of_a_store(desk: Desk, tmp_path: Path, path: str) -> None:
    store, copy = store_at(desk.store), tmp_path / "copy"
    copy.write_bytes(b"")
    ways: tuple[Callable[[], object], ...] = (
        lambda: store.read(path),
        lambda: store.fetch(path),
        lambda: store.write(path, b""),
        lambda: store.put(copy, path),
        lambda: store.move(path, "x"),
        lambda: store.move("x", path),
        lambda: store.remove(path),
        *([lambda: store.names(path)] if path else []),
    )
    for way in ways:
        with pytest.raises(StoreError, match="no path inside of a store"):
            way()
    assert (copy.exists(), desk.files) == (True, {})


def _under(folder: Path) -> dict[Path, bytes]:
    return {file: file.read_bytes() for file in folder.rglob("*") if file.is_file()}


LINKS = [".staging", ".lock", "audit", "audit/00000001.jsonl", "head.json", "users", "users/accepted"]


@pytest.mark.parametrize("desk", ["local"], indirect=True)
@pytest.mark.parametrize("path", [*LINKS, "users/current.json"])
def test_no_link_in_a_store_is_followed(desk: Desk, path: str) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    link, away = desk.root / "lake" / path, desk.root / "away"
    if link.exists():
        link.rename(away)
    else:
        away.mkdir()
        (away / "it").write_text("all I have")
    link.symlink_to(away)
    desk.comes("users.csv", GOOD.replace("30", "31"))
    before = _under(desk.root)
    status, said = desk.run()
    assert (status, f"lake/{path} is a symbolic link, and a store follows none" in said) == (2, True)
    assert "put what it leads to in its place, or remove it" in said
    assert _under(desk.root) == before
    link.unlink()
    if path != ".staging":
        away.rename(link)
    assert desk.run()[0] == 0


@pytest.mark.parametrize("desk", ["local"], indirect=True)
def test_a_store_may_lie_behind_a_link(desk: Desk) -> None:
    (desk.root / "elsewhere").mkdir()
    (desk.root / "lake").symlink_to(desk.root / "elsewhere")
    desk.comes("users.csv", GOOD)
    assert (desk.run()[0], desk.content) == (0, GOOD)


@pytest.mark.parametrize("desk", ["local"], indirect=True)
@pytest.mark.parametrize(
    "step",
    [
        ["remove", "users/away/it"],
        ["remove", "users/away"],
        ["write", "users/away/it", "x"],
        ["move", "users/current.json", "users/away/it"],
        ["move", "users/away/it", "users/it"],
    ],
)
def test_no_step_of_a_journal_leaves_a_store_through_a_link(desk: Desk, step: list[str]) -> None:
    desk.comes("users.csv", GOOD)
    desk.run()
    desk.write({"precious/it": "all I have"})
    (desk.root / "lake" / "users" / "away").symlink_to(desk.root / "precious")
    _spoil(desk, ".journal.json", json.dumps([step]).encode())
    before = _under(desk.root)
    status, said = desk.run()
    assert (status, "lake/users/away is a symbolic link" in said) == (2, True)
    assert _under(desk.root) == before


@pytest.mark.parametrize("desk", ["local"], indirect=True)
@pytest.mark.parametrize("most", [30, 1_000], ids=["for the copy", "for the journal"])
def test_a_full_disk_is_called_that_and_the_next_run_does_the_rest(desk: Desk, most: int) -> None:
    desk.comes("users.csv", GOOD)
    done = starved(desk.root, most, "run", "incoming", "--store", "lake", "--as-of", "2026-11-23")
    assert done.returncode == 2
    assert ": File too large" in done.stdout
    assert "hint: make room there, or raise the limit that is set, and run again\n" in done.stdout
    assert (desk.current, desk.run()[0], desk.content) == (None, 0, GOOD)
    assert not (desk.root / "lake" / ".staging").exists()


def _forged(entry: bytes, previous: str) -> bytes:
    """An entry that says that it follows another one, with the digest that belongs to that."""
    record = record_of(entry, Span("", 1))
    return line_of(replace(record.entry, previous=previous))


DEEDS = {
    "missing": ["00000003.jsonl:1: entry .* says that it follows .*, which is not there"],
    "doubled": ["00000004.jsonl:1: entry .* inserted, or moved", "00000004.jsonl:1: .* stands where .* stands"],
    "first doubled": ["00000004.jsonl:1: entry .* says that it is the first", "00000004.jsonl:1: .* stands where"],
    "edited": ["00000002.jsonl:1: entry .* was edited"],
    "beside": ["x.jsonl:1: no number of an entry is the name of this log: it was inserted"],
    "below": ["more/00000001.jsonl:1: no number of an entry is the name of this log: it was inserted"],
    "other form": ["000000004.jsonl:1: no number of an entry is the name of this log: it was inserted"],
    "behind": ["00000004.jsonl:1: entry .* says that it is the first"],
    "renamed": ["00000005.jsonl:1: there is no entry 00000003, and this one follows 00000002: it was renamed"],
    "swapped": [
        "00000002.jsonl:1: entry .* says that it follows .*, and stands behind .*: one of them was inserted, or moved",
        "00000003.jsonl:1: entry .* says that it follows .*, and stands behind .*: one of them was inserted, or moved",
    ],
    "empty": ["00000004.jsonl:1: this log has 0 entries, and a numbered one has one"],
    "two": ["00000003.jsonl:1: this log has 2 entries, and a numbered one has one"],
}


@pytest.mark.parametrize("desk", ["local"], indirect=True)
@pytest.mark.parametrize("deed", DEEDS)
def test_the_audit_log_of_a_store_shows_what_was_done_to_it(desk: Desk, deed: str) -> None:
    for number in (1, 2, 3):
        desk.comes("users.csv", GOOD.replace("30", str(number)))
        desk.run()
    log = desk.root / "lake" / "audit"
    first, second, third = ((log / f"0000000{number}.jsonl").read_bytes() for number in (1, 2, 3))
    forged = _forged(second, NOTHING)
    desk.capsys.readouterr()
    assert main(["audit", "verify", str(log)]) == 0
    assert "3 entries, all linked and unedited\n" in desk.capsys.readouterr().out
    deeds: dict[str, dict[str, bytes | None]] = {
        "missing": {"00000002": None},
        "doubled": {"00000004": second},
        "first doubled": {"00000004": first},
        "edited": {"00000002": _edited(second)},
        "beside": {"x": forged},
        "below": {"more/00000001": forged},
        "other form": {"000000004": forged},
        "behind": {"00000004": forged},
        "renamed": {"00000003": None, "00000005": third},
        "swapped": {"00000002": third, "00000003": second},
        "empty": {"00000004": b""},
        "two": {"00000003": third + _forged(second, digest_in(third))},
    }
    for name, content in deeds[deed].items():
        _spoil(desk, f"audit/{name}.jsonl", content)
    assert main(["audit", "verify", str(log)]) == 1
    *told, total = [each for each in desk.capsys.readouterr().out.splitlines() if ".jsonl:" in each or "wrong" in each]
    assert all(re.search(wanted, said) for wanted, said in zip(DEEDS[deed], told, strict=True)), told
    assert total.endswith(f", {len(told)} wrong")


def test_reports_of_all_forms_tell_what_was_done(desk: Desk) -> None:
    desk.comes("users.csv", GOOD)
    reports = {"json": "r.json", "markdown": "r.md", "sarif": "r.sarif", "junit": "r.xml"}
    assert desk.run(*(part for name in reports for part in ("--format", f"{name}=out/{reports[name]}")))[0] == 0
    told: dict[str, Any] = json.loads((desk.root / "out" / "r.json").read_text())
    assert [said.split(" as ")[0].split(" to ")[0] for said in told["done"]] == ["incoming/users.csv: promoted"]
    assert "promoted to" in (desk.root / "out" / "r.md").read_text()
    assert desk.run(*(part for name in reports for part in ("--format", f"{name}=out/{reports[name]}")))[0] == 0


def test_a_digest_is_that_of_the_content(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"abc")
    assert digest_of(tmp_path / "file").startswith("ba7816bf8f01cfea414140de5dae2223")
