"""Who `data-contract run` tells, and that whether they hear it changes nothing."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from data_contract.audit import Act
from data_contract.chain import logs_in, records_in
from data_contract.ingest import Request, ingest
from data_contract.stores import store_at
from tests.commands import command
from tests.webhook import server, talker

CONTRACT = """version: 1
dataset: {name: users, files: ["users*.csv"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, max: 120}
  mail: {dtype: str, sensitive: true, pattern: ".+@.+"}
"""
GOOD = "id,age,mail\n1,30,a@b\n2,40,c@d\n"
BAD = GOOD.replace("40", "400")
WORSE = BAD.replace("30", "300")


class Desk:
    def __init__(self, root: Path, address: str) -> None:
        self.root, self.address = root, address
        (root / "contracts").mkdir()
        (root / "contracts" / "users.yml").write_text(CONTRACT)
        (root / "incoming").mkdir()

    def comes(self, content: str, *arguments: str) -> int:
        (self.root / "incoming" / "users.csv").write_text(content)
        done = command(self.root, "run", "incoming", "--store", "lake", *arguments, DATA_CONTRACT_WEBHOOK=self.address)
        assert not self.address or self.address.rpartition("/")[2] not in done.stdout + done.stderr
        return done.returncode

    def alerts(self) -> list[list[Act]]:
        records = records_in(logs_in([str(self.root / "lake" / "audit")]))
        return [[act for act in record.entry.acts if act.action == "alert"] for record in records]


def texts(heard: list[tuple[str, bytes]]) -> list[list[str]]:
    return [json.loads(body)["text"].splitlines() for _, body in heard]


@pytest.mark.parametrize(("rule", "told"), [("alert", 1), ("allow", 0)])
def test_a_promise_that_was_tightened_and_is_broken_by_what_is_current_is_told_once(
    tmp_path: Path, rule: str, told: int
) -> None:
    (tmp_path / "policy").mkdir()
    (tmp_path / "policy" / "policy.yml").write_text(f"version: 1\nci: {{on_contract_tightened: {rule}}}\n")
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        desk.comes(GOOD)
        (tmp_path / "contracts" / "users.yml").write_text(CONTRACT.replace("120", "35"))
        assert [desk.comes(GOOD) for _ in range(2)] == [0, 0]
    assert [lines[1:] for lines in texts(heard)] == [
        ["• range age: 1 of 2 age values (50 %) is above 35"] for _ in range(told)
    ]


def test_a_broken_promise_is_told_once_and_once_more_when_it_is_kept_again(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        statuses = [desk.comes(content) for content in (GOOD, BAD, BAD + "3,50,e@f\n", GOOD + "3,50,e@f\n")]
    assert statuses == [0, 1, 1, 0]
    assert texts(heard) == [
        [
            "BLOCK_AND_ROLLBACK · risk 0.40 · users · incoming/users.csv",
            "• range age: 1 of 2 age values (50 %) is above 120",
        ],
        ["ALLOW · risk 0.00 · users · incoming/users.csv", "• kept again: range age: each of 3 age values keeps range"],
    ]
    assert desk.alerts() == [[], [Act(action="alert", target="127.0.0.1", is_done=True)]] * 2


def test_no_value_of_a_sensitive_feature_is_told(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        assert Desk(tmp_path, address).comes(GOOD.replace("c@d", "hunter2")) == 1
    ((_, body),) = heard
    assert b"pattern mail" in body
    assert b"hunter2" not in body


def test_what_could_not_be_told_is_told_by_the_next_run(tmp_path: Path) -> None:
    with server(404, 200) as (address, heard):
        desk = Desk(tmp_path, address)
        statuses = [desk.comes(BAD), desk.comes(BAD + "3,50,e@f\n")]
    assert (statuses, len(heard)) == ([1, 1], 2)
    assert [[(act.is_done, act.detail) for act in acts] for acts in desk.alerts()] == [
        [(False, "status 404")],
        [(True, None)],
    ]


def test_what_was_not_heard_is_told_of_the_same_data_too(tmp_path: Path) -> None:
    with server(404, 200) as (address, heard):
        desk = Desk(tmp_path, address)
        statuses = [desk.comes(BAD), desk.comes(BAD), desk.comes(BAD)]
    assert (statuses, len(heard)) == ([1, 1, 1], 2)
    assert [[act.is_done for act in acts] for acts in desk.alerts()] == [[False], [True]]


def test_what_was_not_heard_is_told_of_what_cannot_be_read_too(tmp_path: Path) -> None:
    with server(404, 200) as (address, heard):
        desk = Desk(tmp_path, address)
        (tmp_path / "incoming" / "users.csv").symlink_to(tmp_path / "contracts" / "users.yml")
        arguments = ("run", "incoming", "--store", "lake")
        done = [command(tmp_path, *arguments, DATA_CONTRACT_WEBHOOK=address).returncode for _ in range(3)]
    assert (done, len(heard)) == ([2, 2, 2], 2)
    assert [[act.is_done for act in acts] for acts in desk.alerts()] == [[False], [True]]


def test_the_entry_of_what_was_told_again_decides_nothing_and_is_replayed(tmp_path: Path) -> None:
    with server(404, 200) as (address, _):
        desk = Desk(tmp_path, address)
        assert [desk.comes(BAD), desk.comes(BAD)] == [1, 1]
    first, again = (record.entry for record in records_in(logs_in([str(tmp_path / "lake" / "audit")])))
    assert (len(first.datasets), again.datasets, again.data) == (1, (), first.data)
    assert "already quarantined as lake/users/quarantine/" in "".join(again.notes[0].message)
    assert command(tmp_path, "replay", "last", "lake/audit").returncode == 0
    told = command(tmp_path, "dashboard", "lake/audit", "--html", "page.html", "--format", "json").stdout
    latest, decided = json.loads(told)["decisions"]
    assert (latest["datasets"], latest["reason"].partition(" as ")[0]) == (
        [],
        "incoming/users.csv: already quarantined",
    )
    assert decided["datasets"] == ["users"]
    assert "already quarantined as lake/users" in (tmp_path / "page.html").read_text()
    assert "incoming/users.csv: already" in command(tmp_path, "dashboard", "lake/audit").stdout


def test_what_is_kept_again_is_told_by_check_and_aspect(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        assert [desk.comes(GOOD + "3,50\n4,50,x@y,z\n"), desk.comes(GOOD + "3,50\n"), desk.comes(GOOD)] == [1, 1, 0]
    assert texts(heard)[1:] == [
        [
            "BLOCK_AND_ROLLBACK · risk 0.40 · users · incoming/users.csv",
            "• kept again: structure (too-many-cells): no row has more cells than there are columns",
        ],
        [
            "ALLOW · risk 0.00 · users · incoming/users.csv",
            "• kept again: structure (too-few-cells): no row has fewer cells than there are columns",
        ],
    ]


def test_a_file_that_can_be_read_again_is_told_as_that(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        file = tmp_path / "incoming" / "users.csv"
        file.symlink_to(tmp_path / "contracts" / "users.yml")
        command(tmp_path, "run", "incoming", "--store", "lake", DATA_CONTRACT_WEBHOOK=address)
        file.unlink()
        assert [desk.comes(GOOD + "3,50\n"), desk.comes(GOOD)] == [1, 0]
    assert [lines[1:] for lines in texts(heard)] == [
        [
            "• structure: the file could not be read: it is a symbolic link, which is not followed: "
            "put the file itself in its place"
        ],
        [
            "• structure: 1 row has fewer cells than there are columns",
            "• kept again: structure (readable): the file can be read",
        ],
        ["• kept again: structure (too-few-cells): no row has fewer cells than there are columns"],
    ]


def test_a_second_incident_is_told_after_known_data_came_back(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        for content in (GOOD, BAD, GOOD, BAD + "3,50,e@f\n"):
            desk.comes(content)
    assert [lines[1].partition(":")[0] for lines in texts(heard)] == ["• range age", "• kept again", "• range age"]


def test_the_run_says_whether_anybody_heard(tmp_path: Path) -> None:
    with server(503) as (address, _):
        Desk(tmp_path, address)
        (tmp_path / "incoming" / "users.csv").write_text(BAD)
        done = command(tmp_path, "run", "incoming", "--store", "lake", DATA_CONTRACT_WEBHOOK=address)
    assert "127.0.0.1 could not be told: status 503\n" in done.stdout


def test_an_address_without_a_scheme_is_kept_secret(tmp_path: Path) -> None:
    desk = Desk(tmp_path, "xoxb-123-secret")
    assert desk.comes(BAD) == 1
    assert [(act.target, act.is_done) for act in desk.alerts()[0]] == [("webhook", False)]


def test_what_worsens_is_told_again(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        desk.comes(BAD)
        desk.comes(WORSE)
    assert ["2 of 2" in lines[1] for lines in texts(heard)] == [False, True]


@pytest.mark.parametrize(("year", "times"), [("2999", 2), ("2026", 1)])
def test_a_clock_that_was_ahead_silences_no_alert(tmp_path: Path, year: str, times: int) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        (tmp_path / "policy").mkdir()
        (tmp_path / "policy" / "policy.yml").write_text("version: 1\nalerts: {cool_down: 10000d}\n")
        desk.comes(BAD)
        memory = tmp_path / "lake" / "users" / "told.json"
        memory.write_text(re.sub(r'"at": "\d{4}', f'"at": "{year}', memory.read_text()))
        assert [desk.comes(BAD), desk.comes(BAD)] == [1, 1]
    assert len(heard) == times


ROLLED_BACK = "the current version of users is gone, or is not what was accepted: current.json goes back to "


def _loses_current(desk: Desk) -> None:
    """What is current is gone when the next file comes."""
    desk.comes(GOOD)
    desk.comes(GOOD + "3,50,e@f\n")
    current = json.loads((desk.root / "lake/users/current.json").read_text())
    (desk.root / "lake" / current["path"]).unlink()


def test_a_rollback_is_told_once(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        _loses_current(desk)
        for rows in ("4,60,g@h\n", "4,60,g@h\n", "4,61,g@h\n"):
            desk.comes(GOOD + "3,50,e@f\n" + rows)
    ((line,),) = texts(heard)
    assert line.startswith(ROLLED_BACK)
    assert not (tmp_path / "lake" / "users" / "untold.json").exists()


def test_a_rollback_that_nobody_heard_of_is_told_by_the_next_run_that_can(tmp_path: Path) -> None:
    with server(404, 404, 200) as (address, heard):
        desk = Desk(tmp_path, address)
        _loses_current(desk)
        statuses = [desk.comes(GOOD + "3,50,e@f\n4,60,g@h\n") for _ in range(4)]
    assert (statuses, len(heard)) == ([0, 0, 0, 0], 3)
    assert [line.startswith(ROLLED_BACK) for lines in texts(heard) for line in lines] == [True] * 3
    assert [[act.is_done for act in acts] for acts in desk.alerts()][2:] == [[False], [], [True]]
    assert command(tmp_path, "replay", "last", "lake/audit").returncode == 0


def test_the_run_says_whether_anybody_heard_of_a_rollback(tmp_path: Path) -> None:
    with server(404) as (address, _):
        desk = Desk(tmp_path, address)
        _loses_current(desk)
        (tmp_path / "incoming" / "users.csv").write_text(GOOD + "3,50,e@f\n4,60,g@h\n")
        done = command(tmp_path, "run", "incoming", "--store", "lake", DATA_CONTRACT_WEBHOOK=address)
    assert "\n127.0.0.1 could not be told: status 404\n" in done.stdout


def test_a_rollback_is_told_once_there_is_somebody_to_tell(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, "")
        _loses_current(desk)
        desk.comes(GOOD + "3,50,e@f\n4,60,g@h\n")
        desk.address = address
        assert [desk.comes(GOOD + "3,50,e@f\n4,60,g@h\n") for _ in range(2)] == [0, 0]
    ((line,),) = texts(heard)
    assert line.startswith(ROLLED_BACK)


@pytest.mark.parametrize("address", ["http://127.0.0.1:9/secret", "no address at all/secret"])
def test_nobody_there_changes_no_decision(tmp_path: Path, address: str) -> None:
    desk = Desk(tmp_path, address)
    assert [desk.comes(GOOD), desk.comes(BAD)] == [0, 1]
    assert [len(acts) for acts in desk.alerts()] == [0, 1]
    assert not desk.alerts()[1][0].is_done


def test_of_files_that_are_known_the_newest_alone_is_told_again(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        (tmp_path / "incoming" / "users-1.csv").write_text(BAD)
        (tmp_path / "incoming" / "users-2.csv").write_text(GOOD)
        arguments = ("run", "incoming", "--store", "lake", "--all")
        for _ in range(3):
            assert command(tmp_path, *arguments, DATA_CONTRACT_WEBHOOK=address).returncode == 1
        assert (len(heard), len(desk.alerts())) == (2, 2)
        for name in ("users-1.csv", "users-2.csv") * 2:
            (one,) = (("run", f"incoming/{name}", "--store", "lake"),)
            command(tmp_path, *one, DATA_CONTRACT_WEBHOOK=address)
    assert [lines[1].partition(":")[0] for lines in texts(heard)] == ["• range age", "• kept again"]
    assert len(desk.alerts()) == 2


def test_the_newest_file_is_told_again_though_its_data_is_old(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        Desk(tmp_path, address)
        for name, content in (("users-1.csv", BAD), ("users-2.csv", GOOD), ("users-3.csv", BAD), ("users-3.csv", BAD)):
            (tmp_path / "incoming" / name).write_text(content)
            command(tmp_path, "run", "incoming", "--store", "lake", "--all", DATA_CONTRACT_WEBHOOK=address)
    assert [lines[1].partition(":")[0] for lines in texts(heard)] == ["• range age", "• kept again", "• range age"]


def test_an_older_file_that_cannot_be_read_is_told_once(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        desk = Desk(tmp_path, address)
        (tmp_path / "incoming" / "users-1.csv").symlink_to(tmp_path / "contracts" / "users.yml")
        (tmp_path / "incoming" / "users-2.csv").write_text(GOOD)
        for _ in range(3):
            done = command(tmp_path, "run", "incoming", "--store", "lake", "--all", DATA_CONTRACT_WEBHOOK=address)
            assert done.returncode == 2
    assert [lines[1].partition(":")[0] for lines in texts(heard)] == ["• structure", "• kept again"]
    assert len(desk.alerts()) == 2


@pytest.mark.parametrize("more", [b"x", b"x" * 1_000_000], ids=["slow", "endless"])
def test_a_body_that_does_not_end_holds_no_run(tmp_path: Path, more: bytes) -> None:
    with talker(b"HTTP/1.1 200 OK\r\n\r\n", more, 0.05 if more == b"x" else 0.0) as (address, heard):
        desk = Desk(tmp_path, address)
        assert [desk.comes(GOOD), desk.comes(BAD)] == [0, 1]
    assert (len(heard), desk.alerts()[1]) == (1, [Act(action="alert", target="127.0.0.1", is_done=True)])


def _two(root: Path) -> None:
    """Two datasets, of which a file came each that breaks a promise."""
    (root / "contracts" / "more.yml").write_text(CONTRACT.replace("users", "members"))
    for name in ("users", "members"):
        (root / "incoming" / f"{name}.csv").write_text(BAD)


def test_a_run_waits_once_for_who_never_answers_and_the_next_one_tells(tmp_path: Path) -> None:
    with talker(b"HTTP/1.1 200 OK\r\nX: ", b"x", 0.05) as (address, heard):
        desk = Desk(tmp_path, address)
        _two(tmp_path)
        request = Request(root=tmp_path, incoming="incoming", now=datetime.now(UTC), webhook=address, patience=0.3)
        assert ingest(request, store_at(str(tmp_path / "lake"))).exit_code == 1
    assert len(heard) == 1
    assert [act.detail for acts in desk.alerts() for act in acts] == [
        "it did not answer in time",
        "not tried, as a message before it did not arrive",
    ]
    with server(200) as (address, told):
        done = command(tmp_path, "run", "incoming", "--store", "lake", DATA_CONTRACT_WEBHOOK=address)
    assert (done.returncode, len(told)) == (1, 2)


def test_who_refuses_one_message_is_told_of_the_other_dataset(tmp_path: Path) -> None:
    with server(400, 200) as (address, heard):
        desk = Desk(tmp_path, address)
        _two(tmp_path)
        done = command(tmp_path, "run", "incoming", "--store", "lake", DATA_CONTRACT_WEBHOOK=address)
    assert (done.returncode, len(heard)) == (1, 2)
    assert [[act.is_done for act in acts] for acts in desk.alerts()] == [[False], [True]]


def test_a_rehearsal_tells_nobody(tmp_path: Path) -> None:
    with server(200) as (address, heard):
        assert Desk(tmp_path, address).comes(BAD, "--dry-run") == 1
    assert heard == []
