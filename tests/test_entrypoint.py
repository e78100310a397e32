"""What root passes on of what the gate left, and what it hands to the gate (the rest is in `container/`)."""

from __future__ import annotations

import importlib.util
import os
import re
from importlib.machinery import SourceFileLoader
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import given
from hypothesis import strategies as st

ROOT = Path(__file__).parent.parent
PIECES = st.lists(
    st.sampled_from(
        [
            *("::error ", "::warning ", "::notice ", "::set-output ", "::add-mask::", "title=", "file=", "name=x", ","),
            *("::", ":", "=", "##[", "##[error]", "\n", "\r", "\u2028", "\x0b", "\u0085", "a", " ", "<<", "EOF"),
            *("decision=ALLOW", "risk=", "files=1", "GITHUB_ENV=x"),
        ]
    ),
    max_size=12,
).map("".join)


def _loaded() -> ModuleType:
    loader = SourceFileLoader("entrypoint", str(ROOT / "entrypoint"))
    spec = importlib.util.spec_from_loader("entrypoint", loader)
    assert spec
    module = importlib.util.module_from_spec(spec)
    loader.exec_module(module)
    return module


entrypoint = _loaded()


@given(PIECES)
def test_what_the_runner_is_told_is_annotations_alone(text: str) -> None:
    for line in entrypoint.harmless(text.encode()):
        assert re.match("::(error|warning|notice) ", line)
        assert not re.search(r"##\[|\r|\n", line)


def test_an_annotation_of_ours_is_passed_on() -> None:
    line = "::error file=a%3Ab.csv,line=7,col=1,title=key::a:7: 0.99 %25 of 3::4"
    assert list(entrypoint.harmless(f"{line}\n{line}\n".encode())) == [line, line]


def read_by_a_runner(text: str) -> dict[str, str]:
    """The outputs in a file of a runner's, as it reads them."""
    found, lines = {}, iter(text.split("\n"))
    for line in lines:
        if line:
            name, mark, delimiter = line.partition("<<")
            assert mark
            value = []
            while (part := next(lines)) != delimiter:
                value.append(part)
            found[name] = "\n".join(value)
    return found


@given(PIECES)
def test_no_text_makes_an_output_that_is_not_ours(text: str) -> None:
    values = entrypoint.assigned(text.encode())
    assert values.keys() <= set(entrypoint.OUTPUTS)
    assert not values or "decision" in values
    assert read_by_a_runner(entrypoint.heredoc(values, "f" * 32)) == values


def test_outputs_of_ours_are_passed_on() -> None:
    assert entrypoint.assigned(b"decision=ALLOW\nsarif-file=a b/\xc3\xa9=.sarif\n") == {
        "decision": "ALLOW",
        "sarif-file": "a b/é=.sarif",
    }


def test_a_gate_that_left_no_decision_has_blocked() -> None:
    assert entrypoint.assigned(b"risk=0\n") == {}
    assert entrypoint.FAILED["decision"] == "BLOCK_AND_ROLLBACK"


def test_the_gate_is_handed_what_it_needs() -> None:
    world = {
        "GITHUB_EVENT_NAME": "push",
        "GITHUB_TOKEN": "t",
        "ACTIONS_RUNTIME_TOKEN": "t",
        "INPUT_FAIL-ON": "alert",
        "INPUT_SECRET": "t",
        "DATA_CONTRACT_DEBUG": "1",
        "PYTHONPATH": "/",
        "LD_LIBRARY_PATH": "/",
        "PATH": "/evil",
        "HOME": "/root",
    }
    assert entrypoint.environment_of(world) == {
        "GITHUB_EVENT_NAME": "push",
        "INPUT_FAIL-ON": "alert",
        "INPUT_SECRET": "",
        "DATA_CONTRACT_DEBUG": "1",
        "PATH": os.defpath,
        "HOME": "/nonexistent",
    }


@pytest.mark.parametrize("kind", ["file", "link", "folder", "pipe", "nothing", "too large"])
def test_only_a_plain_file_of_a_fair_size_is_read(kind: str, tmp_path: Path) -> None:
    (tmp_path / "other").write_bytes(b"x")
    name = tmp_path / "name"
    match kind:
        case "file":
            name.write_bytes(b"x")
        case "link":
            name.symlink_to(tmp_path / "other")
        case "folder":
            name.mkdir()
        case "pipe":
            os.mkfifo(name)
        case "too large":
            name.write_bytes(b"xx")
    folder = os.open(tmp_path, os.O_RDONLY)
    try:
        assert entrypoint.left(folder, "name", 1) == (b"x" if kind == "file" else b"")
    finally:
        os.close(folder)
