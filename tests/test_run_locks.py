"""Two runs in one store: one waits for the other, and says so; one that is dead keeps nobody out of a folder."""

from __future__ import annotations

import json
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import fsspec
import pytest

import data_contract
from data_contract.chain import logs_in, verify
from data_contract.cli import main
from data_contract.errors import StoreError
from data_contract.stores import LocalStore, Store, store_at
from data_contract.stores.remote import CLAIMS, RemoteStore
from tests.test_run import CONTRACT, GOOD

HOLDER = """
import sys
from data_contract.stores import LocalStore
with LocalStore(sys.argv[1]).lock(0, print):
    print("in", flush=True)
    sys.stdin.read()
"""
COUNTER = """
import sys
from pathlib import Path
import fsspec
from data_contract.stores.remote import RemoteStore
store = RemoteStore("far", fsspec.filesystem("file", auto_mkdir=True), sys.argv[1])
for _ in range(4):
    with store.lock(60, lambda said: None):
        count = int(store.read("count") or b"0")
        assert not store.names("inside")
        store.write("inside/me", b"")
        store.write("count", str(count + 1).encode())
        store.remove("inside/me")
"""


def _started(*arguments: str, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, *arguments]
    environment = os.environ | {"PYTHONPATH": str(Path(data_contract.__file__).parents[1])}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True, encoding="utf-8"
    )


def _run(folder: Path, wait: int, store: str = "lake") -> subprocess.Popen[str]:
    arguments = ("-m", "data_contract", "run", "incoming", "--store", store, "--wait", str(wait))
    return _started(*arguments, folder=folder)


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for folder, name, content in (("contracts", "users.yml", CONTRACT), ("incoming", "users.csv", GOOD)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / name).write_text(content)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_run_waits_for_another_one_and_says_so(desk: Path) -> None:
    with LocalStore("lake").lock(0, print):
        waiting = _run(desk, 60)
        assert waiting.stderr
        assert waiting.stderr.readline() == "another run is at work in lake: waiting for up to 60 seconds\n"
        assert not (desk / "lake" / "users").exists()
    said, complaints = waiting.communicate(timeout=60)
    assert (waiting.returncode, complaints, "promoted" in said) == (0, "", True)


def test_a_run_gives_up_when_the_other_one_takes_too_long(desk: Path) -> None:
    with LocalStore("lake").lock(0, print):
        said, _ = (refused := _run(desk, 0)).communicate(timeout=60)
    assert refused.returncode == 2
    assert "another run is at work in lake\n      hint: run again when it is done, or wait longer with --wait" in said


def test_a_lock_is_lost_when_its_holder_dies(desk: Path) -> None:
    holder = _started("-c", HOLDER, "lake", folder=desk)
    assert holder.stdout
    assert holder.stdout.readline() == "in\n"
    with pytest.raises(StoreError), LocalStore("lake").lock(0, print):
        pass
    holder.send_signal(signal.SIGKILL)
    holder.communicate(timeout=60)
    assert main(["run", "incoming", "--store", "lake", "--wait", "0"]) == 0


def test_of_two_runs_at_once_one_acts_and_the_other_finds_it_done(desk: Path) -> None:
    runs = [_run(desk, 60) for _ in range(2)]
    said = sorted(run.communicate(timeout=60)[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert ["already accepted" in each for each in said] in ([True, False], [False, True])
    logs = logs_in([str(desk / "lake" / "audit")])
    assert (len(logs), verify(logs, []).problems) == (1, ())


def test_of_two_runs_at_once_in_a_bucket_one_acts_and_the_other_finds_it_done(desk: Path, bucket: str) -> None:
    url = f"{bucket}/{secrets.token_hex(4)}"
    runs = [_run(desk, 60, url) for _ in range(2)]
    said = sorted(run.communicate(timeout=120)[0] for run in runs)
    assert [run.returncode for run in runs] == [0, 0]
    assert ["already accepted" in each for each in said] in ([True, False], [False, True])
    assert store_at(url).names("audit") == ("00000001.jsonl",)
    assert store_at(url).names(CLAIMS) == ()


def test_claims_let_in_one_at_a_time(tmp_path: Path) -> None:
    counters = [_started("-c", COUNTER, str(tmp_path / "far"), folder=tmp_path) for _ in range(2)]
    assert [counter.communicate(timeout=120)[1] for counter in counters] == ["", ""]
    assert (tmp_path / "far" / "count").read_text() == "8"
    assert [*(tmp_path / "far" / CLAIMS).iterdir()] == []


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize(
    ("claim", "whose"),
    [
        (json.dumps({"host": "desk", "process": 7, "since": "long ago"}), "process 7 on desk since long ago"),
        ("", "nothing of whom it is"),
        ("[]", "nothing of whom it is"),
    ],
)
def test_the_claim_of_a_dead_run_is_told_with_its_remedy_and_never_broken(
    capsys: pytest.CaptureFixture[str], claim: str, whose: str
) -> None:
    url = f"memory://{secrets.token_hex(4)}"
    store = store_at(url)
    store.write(f"{CLAIMS}/dead.json", claim.encode())
    assert main(["run", "incoming", "--store", url, "--wait", "0"]) == 2
    said = capsys.readouterr().out
    assert f"another run is at work in {url}: {url}/{CLAIMS}/dead.json says {whose}" in said
    assert "if that process is dead, remove the claim and run again" in said
    assert store.names("") == (CLAIMS,)
    assert store.names(CLAIMS) == ("dead.json",)
    store.remove(f"{CLAIMS}/dead.json")
    assert main(["run", "incoming", "--store", url, "--wait", "0"]) == 0
    assert store.names(CLAIMS) == ()


class _Fleeting:
    """A file system in memory on which each claim of another run is withdrawn before it is read."""

    def __init__(self) -> None:
        self._files = fsspec.filesystem("memory")

    def cat_file(self, path: str) -> bytes:
        raise FileNotFoundError(path)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._files, name)


def test_a_claim_that_was_withdrawn_before_it_is_read_is_told_as_that() -> None:
    url = f"memory://{secrets.token_hex(4)}"
    store_at(url).write(f"{CLAIMS}/other.json", b"{}")
    store = RemoteStore(url, _Fleeting(), url.replace("memory:/", ""))
    with pytest.raises(StoreError, match=r"other\.json was withdrawn just now"), store.lock(0, print):
        pass


@pytest.mark.usefixtures("desk")
@pytest.mark.parametrize("place", [lambda: LocalStore("lake"), lambda: store_at(f"memory://{secrets.token_hex(4)}")])
def test_a_lock_is_given_back_after_a_mistake(place: Callable[[], Store]) -> None:
    store = place()
    with pytest.raises(ZeroDivisionError), store.lock(0, print):
        raise ZeroDivisionError
    with store.lock(0, print):
        assert store.names("users") == ()
