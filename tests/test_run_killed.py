"""A run that is killed anywhere loses nothing and does nothing twice, and what readers get is sound all the time."""

from __future__ import annotations

import os
import re
import secrets
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import fsspec
import pytest
from fsspec.core import url_to_fs

import data_contract
from data_contract.chain import logs_in, verify
from data_contract.cli import main
from data_contract.holdings import Holding
from data_contract.ingest import Request, ingest
from data_contract.stores import LocalStore, store_at
from data_contract.stores.remote import CLAIMS, RemoteStore
from tests.test_run import BAD, CONTRACT, GOOD

ARGUMENTS = ("run", "incoming", "--store", "lake", "--all", "--as-of", "2026-11-23")

DAMAGED = "damaged"


def _nothing(root: Path) -> None:
    """A new store."""


def _accepted(root: Path) -> None:
    """A store with a current version."""
    (root / "incoming" / "users-0.csv").write_text(GOOD)
    main([*ARGUMENTS])


def _damaged(root: Path) -> None:
    """A store whose current version is damaged, with a good one before it."""
    _accepted(root)
    (root / "incoming" / "users-0.csv").write_text(GOOD.replace("30", "31"))
    main([*ARGUMENTS])
    (root / "incoming" / "users-0.csv").unlink()
    (current,) = (root / "lake" / "users" / "accepted").glob("00000002-*/users-0.csv")
    current.write_text(DAMAGED)


def _interrupted(root: Path) -> None:
    """A store in which another run was killed before it had done all that it had decided."""
    _accepted(root)
    (root / "incoming" / "users-1.csv").write_text(BAD)
    runs = root.with_name("before")
    _kill_everywhere(root, runs)
    folder = next(folder for folder in sorted(runs.iterdir()) if (folder / "lake" / ".journal.json").exists())
    shutil.rmtree(root / "lake")
    shutil.move(folder / "lake", root / "lake")


def _split(root: Path) -> None:
    """A new store, in which good rows go on without the bad ones."""
    (root / "policy").mkdir()
    (root / "policy" / "policy.yml").write_text("version: 1\nquarantine: {split_rows: true}\n")


@pytest.mark.parametrize("before", [_nothing, _damaged, _interrupted, _split])
def test_a_run_may_be_killed_anywhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, before: Callable[[Path], None]
) -> None:
    template, runs = tmp_path / "template", tmp_path / "runs"
    for folder in ("contracts", "incoming"):
        (template / folder).mkdir(parents=True)
    (template / "contracts" / "users.yml").write_text(CONTRACT)
    monkeypatch.chdir(template)
    before(template)
    (template / "incoming" / "users-1.csv").write_text(BAD)
    (template / "incoming" / "users-2.csv").write_text(GOOD + "5,1\n")
    incoming, was = _files(template / "incoming"), _readable(template / "lake")
    _kill_everywhere(template, runs)
    *killed, undisturbed = sorted(folder for folder in runs.iterdir() if folder.is_dir())
    assert len(killed) > 30
    wanted = _state(undisturbed / "lake")
    for folder in killed:
        assert _readable(folder / "lake") in {was, *_accepted_in(undisturbed / "lake")}, folder
        monkeypatch.chdir(folder)
        main([*ARGUMENTS])
        assert (folder.name, _state(folder / "lake")) == (folder.name, wanted)
        assert _files(folder / "incoming") == incoming


def _kill_everywhere(template: Path, runs: Path) -> None:
    runs.mkdir()
    environment = os.environ | {
        "PYTHONPATH": str(Path(data_contract.__file__).parents[1]),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    killed = Path(__file__).with_name("killed.py")
    command = [sys.executable, str(killed), str(template), str(runs), *ARGUMENTS]
    subprocess.run(command, env=environment, check=True, timeout=300)


def _files(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def _state(store: Path) -> dict[str, bytes]:
    """All of a store, but for when it was decided; its audit log verifies."""
    assert verify(logs_in([str(store / "audit")]), []).problems == ()
    return _timeless(_files(store))


def _timeless(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """The same without times, and the digests that follow from them."""
    times = re.compile(rb'"(at|decided_at|previous|digest)": ?"[^"]*"')
    return {path: times.sub(rb'"\1":""', content) for path, content in files.items()}


def _readable(store: Path) -> str | None:
    """What those who read a store get: nothing, or a whole version that was accepted, unless it was damaged later."""
    holding = Holding(LocalStore(str(store)), "users")
    current = holding.current()
    if current is None:
        assert not (store / "users" / "current.json").exists()
        return None
    file = holding.sound(current)
    return file.read_text() if file else DAMAGED


def _accepted_in(store: Path) -> set[str]:
    return {path.read_text() for path in (store / "users" / "accepted").glob("*/users-*.csv")}


class _Dead(BaseException):
    """What a process that was killed does not see."""


class _Mortal:
    """A file system in memory that dies right before one of its changes, and does nothing from then on."""

    def __init__(self, left: int) -> None:
        self._left = left
        self._files = fsspec.filesystem("memory")

    def __getattr__(self, name: str) -> Any:
        self._left -= name in {"pipe_file", "put_file", "cp_file", "rm_file", "rm"}
        if self._left <= 0:
            raise _Dead
        return getattr(self._files, name)


def test_a_run_may_be_killed_anywhere_in_a_store_of_objects(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, content in {
        "contracts/users.yml": CONTRACT,
        "incoming/users-1.csv": GOOD,
        "incoming/users-2.csv": BAD,
    }.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(content)
    place, states = secrets.token_hex(4), []
    for number in count(1):
        url = f"memory://{place}/{number}"
        store = RemoteStore(url, _Mortal(number), f"/{place}/{number}")
        with suppress(_Dead), store.lock(0, print):
            now = datetime(2026, 11, 23, tzinfo=UTC)
            ingest(Request(root=tmp_path, incoming="incoming", now=now, takes_all=True), store)
            states.append(_objects(url))
            break
        current = (holding := Holding(store_at(url), "users")).current()
        assert current is None or holding.sound(current)
        store_at(url).remove(CLAIMS)
        main(["run", "incoming", "--store", url, "--all", "--as-of", "2026-11-23"])
        states.append(_objects(url))
    assert number > 15
    assert all(state == states[-1] for state in states)


def _objects(url: str) -> dict[str, bytes]:
    files, root = url_to_fs(url)
    found = {path.removeprefix(root): files.cat_file(path) for path in files.find(root)}
    return {path: content for path, content in _timeless(found).items() if not path.startswith(f"/{CLAIMS}/")}
