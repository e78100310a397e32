"""The audit log: every decision is in it, nobody changes it unseen, and it comes to the same again."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, get_args

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contract.audit import NOTHING, Circumstances, Entry, PolicyUsed, line_of, record_of
from data_contract.chain import Line, append, lines_of, logs_in, records_in, verify
from data_contract.dashboard.log import entry_in
from data_contract.errors import AuditError, Span
from data_contract.form import BOUNDS, WORDS, form_of
from data_contract.model import Verdict
from data_contract.replay import differences, replayed, shown
from tests.commands import command, starved
from tests.repository import Repository

CONTRACT = """version: 1
dataset: {name: users, files: ["*.csv"], key: [id]}
features:
  id: {dtype: int}
  age: {dtype: int, max_null_rate: 0.45, max: 120}
  mail: {dtype: str, allow_null: false, sensitive: true, pattern: ".+@.+"}
"""
POLICY = """version: 1
waivers:
  - {dataset: users, feature: age, check: range, until: 2099-12-31, reason: "known", approved_by: dana}
"""
GOOD = "id,age,mail\n1,30,a@b\n2,40,c@d\n3,50,e@f\n4,60,g@h\n"
DAYS = {
    "good": GOOD,
    "alert": GOOD.replace("30", "").replace("40", ""),
    "block": GOOD.replace("c@d", "hunter2"),
    "waived": GOOD.replace("50", "150"),
    "ragged": GOOD + "5\n",
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Some days of data, and the log of what was decided about each."""
    root = tmp_path_factory.mktemp("audited")
    (root / "contracts").mkdir()
    (root / "policy").mkdir()
    (root / "contracts" / "users.yml").write_text(CONTRACT)
    (root / "policy" / "policy.yml").write_text(POLICY)
    for day, content in DAYS.items():
        (root / f"{day}.csv").write_text(content)
        done = command(root, "check", f"{day}.csv", "--audit", "audit.jsonl", "--as-of", "2026-11-23T00:00:00Z")
        assert done.returncode in (0, 1), done.stderr
        assert f"audit entry {[*lines_of(root / 'audit.jsonl')][-1].digest}" in done.stdout
    return root


def test_a_log_verifies_and_with_its_last_digest_to_the_end(folder: Path) -> None:
    last = [*lines_of(folder / "audit.jsonl")][-1].digest
    told = command(folder, "audit", "verify")
    proven = command(folder, "audit", "verify", "--head", last)
    assert (told.returncode, proven.returncode) == (0, 0)
    assert told.stdout.startswith("5 entries, all linked and unedited\n")
    assert "unproven" in told.stdout
    assert "unproven" not in proven.stdout


def test_a_cut_tail_shows_against_the_last_digest_alone(folder: Path, tmp_path: Path) -> None:
    lines = (folder / "audit.jsonl").read_bytes().splitlines(keepends=True)
    log = tmp_path / "audit.jsonl"
    log.write_bytes(b"".join(lines[:-1]))
    head = [*lines_of(folder / "audit.jsonl")][-1].digest
    assert verify([log], []).problems == ()
    assert [problem.message for problem in verify([log], [head]).problems] == [
        f"no entry has the digest {head}: it was cut off, or edited"
    ]


@pytest.mark.parametrize("day", DAYS)
def test_a_decision_comes_to_exactly_the_same_again(folder: Path, day: str) -> None:
    record = [*records_in([folder / "audit.jsonl"])][[*DAYS].index(day)]
    done = command(folder, "replay", record.id)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{record.id}: {record.entry.verdict} at risk {record.entry.risk!r}, exactly as recorded\n"


def test_a_replay_tells_a_decision_that_its_findings_do_not_come_to(folder: Path) -> None:
    record = [*records_in([folder / "audit.jsonl"])][2]
    (dataset,) = record.entry.datasets
    milder = replace(dataset, decision=replace(dataset.decision, verdict=Verdict.ALLOW))
    forged = replace(record, entry=replace(record.entry, verdict=Verdict.ALLOW, datasets=(milder,)))
    told = [*differences(forged, replayed(forged))]
    assert told == [
        "the run: recorded ALLOW; 0.4, replayed BLOCK_AND_ROLLBACK; 0.4",
        "block.csv: recorded ALLOW; 0.4; risk.block_threshold: 1 broken promise comes to a risk of at least 0.4, "
        "replayed BLOCK_AND_ROLLBACK; 0.4; risk.block_threshold: 1 broken promise comes to a risk of at least 0.4",
    ]


def test_show_says_why_in_the_words_of_the_report(folder: Path) -> None:
    record = [*records_in([folder / "audit.jsonl"])][2]
    done = command(folder, "audit", "show", record.digest[:8])
    assert done.returncode == 0
    assert done.stdout.startswith(f"entry {record.digest}, after {record.entry.previous}\n")
    assert "  contracts/users.yml\n" in done.stdout
    assert "block.csv:3:6 (id=2): pattern mail: 1 of 4 mail values (25 %)" in done.stdout
    assert "mend pattern mail in block.csv" in done.stdout


def test_no_value_of_a_sensitive_feature_is_in_a_log(folder: Path) -> None:
    assert b"hunter2" not in (folder / "audit.jsonl").read_bytes()


def test_a_run_that_had_nothing_to_judge_by_is_in_the_log(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "users.yml").write_text(CONTRACT.replace("max: 120", "maxi: 120"))
    assert command(tmp_path, "check", "--audit", "audit.jsonl").returncode == 2
    (record,) = records_in([tmp_path / "audit.jsonl"])
    assert (record.entry.exit_code, record.entry.law, record.entry.datasets) == (2, None, ())
    assert "unknown key 'maxi'" in record.entry.errors[0]
    assert "unknown key 'maxi'" in command(tmp_path, "audit", "show", "last").stdout
    assert command(tmp_path, "replay", "last").returncode == 2


def test_a_decision_that_cannot_be_recorded_fails_the_gate_and_is_still_reported(folder: Path) -> None:
    done = command(folder, "check", "good.csv", "--audit", "good.csv/audit.jsonl")
    assert done.returncode == 2
    assert done.stdout.startswith(
        "BLOCK_AND_ROLLBACK  risk unknown  exit 2\n  could not decide:\n    the audit log good.csv/audit.jsonl"
    )


def test_a_folder_gets_a_log_a_run(folder: Path, tmp_path: Path) -> None:
    for _ in range(2):
        assert command(folder, "check", "good.csv", "--audit", f"{tmp_path}/logs/").returncode == 0
    logs = logs_in([str(tmp_path / "logs")])
    assert [len([*lines_of(log)]) for log in logs] == [1, 1]
    assert verify(logs, []).problems == ()
    assert len(verify(logs, []).tails) == 2


def test_the_log_says_who_and_what_on_a_runner(folder: Path, tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    done = command(
        folder,
        *("check", "good.csv", "--audit", str(log)),
        GITHUB_ACTIONS="true",
        GITHUB_ACTOR="dana",
        GITHUB_EVENT_NAME="pull_request",
        GITHUB_REF="refs/pull/7/merge",
        GITHUB_REPOSITORY="org/data",
        GITHUB_RUN_ID="12",
        GITHUB_SERVER_URL="https://github.example",
        GITHUB_SHA="a" * 40,
    )
    assert done.returncode == 0
    (record,) = records_in([log])
    assert record.entry.circumstances == Circumstances(
        actor="dana",
        event="pull_request",
        repository="org/data",
        pull_request=7,
        commit="a" * 40,
        run="https://github.example/org/data/actions/runs/12",
    )


def test_logs_are_whole_when_many_write_at_once(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    script = "import sys\nfrom tests.test_audit import append, entry\n"
    script += "for number in range(50): append(sys.argv[1], entry(number))\n"
    writers = [
        subprocess.Popen([sys.executable, "-c", script, str(log)], cwd=Path(__file__).parents[1]) for _ in range(4)
    ]
    assert [writer.wait(60) for writer in writers] == [0] * 4
    found = verify([log], [])
    assert (found.entries, found.problems) == (200, ())


def entry(number: int, text: str = "", previous: str = NOTHING) -> Entry:
    """An entry that is like no other."""
    moment = datetime(2026, 1, 1, 0, 0, number % 60, tzinfo=UTC)
    return Entry(
        previous=previous,
        at=moment,
        as_of=moment,
        tool_version="1",
        command="check",
        verdict=Verdict.ALLOW,
        risk=number / 1000,
        exit_code=0,
        errors=(text,),
    )


def chain_of(entries: list[Entry]) -> list[bytes]:
    """The lines of a log of these entries."""
    lines: list[bytes] = []
    previous = NOTHING
    for each in entries:
        lines.append(line_of(replace(each, previous=previous)))
        previous = lines[-1][-67:-3].decode()
    return lines


@given(st.text(), st.integers(0, 999))
def test_an_entry_comes_back_as_it_was(text: str, number: int) -> None:
    wanted = entry(number, text.encode("utf-8", "replace").decode(), previous="ab" * 32)
    line = line_of(wanted)
    assert record_of(line, Span("log", 1)).entry == wanted
    assert line.count(b"\n") == 1


def removed(lines: list[bytes], at: int, _: int) -> list[bytes]:
    return lines[:at] + lines[at + 1 :]


def moved(lines: list[bytes], at: int, other: int) -> list[bytes]:
    kept = removed(lines, at, 0)
    return [*kept[:other], lines[at], *kept[other:]]


def doubled(lines: list[bytes], at: int, other: int) -> list[bytes]:
    return [*lines[:other], lines[at], *lines[other:]]


def inserted(lines: list[bytes], at: int, _: int) -> list[bytes]:
    forged = line_of(entry(500, "forged", previous=lines[at][-67:-3].decode()))
    return [*lines[: at + 1], forged, *lines[at + 1 :]]


def edited(lines: list[bytes], at: int, other: int) -> list[bytes]:
    spoilt = bytearray(lines[at])
    spoilt[other % (len(spoilt) - 1)] ^= 1
    return [*lines[:at], bytes(spoilt), *lines[at + 1 :]]


def rewritten(lines: list[bytes], at: int, _: int) -> list[bytes]:
    """Edited by somebody who knows how digests are made."""
    record = record_of(lines[at], Span("log", at + 1))
    return [*lines[:at], line_of(replace(record.entry, risk=0.5)), *lines[at + 1 :]]


@pytest.mark.parametrize("deed", [removed, moved, doubled, inserted, edited, rewritten])
@given(st.integers(2, 6), st.data())
def test_every_deed_on_a_log_is_found(
    deed: Callable[[list[bytes], int, int], list[bytes]],
    tmp_path_factory: pytest.TempPathFactory,
    count: int,
    data: st.DataObject,
) -> None:
    lines = chain_of([entry(number) for number in range(count)])
    at, other = data.draw(st.integers(0, count - 1)), data.draw(st.integers(0, 999))
    spoilt = deed(lines, at, other if deed is edited else other % count)
    log = tmp_path_factory.mktemp("log") / "audit.jsonl"
    log.write_bytes(b"".join(spoilt))
    head = lines[-1][-67:-3].decode()
    found = verify([log], [head])
    # NOTE: what stands behind the last entry that is known may be there by right; it is said to be unproven.
    assert bool(found.problems or found.unproven) == (spoilt != lines)
    # NOTE: what is done to the end of a log shows against its last digest alone.
    if spoilt != lines and spoilt[-1] == lines[-1]:
        assert verify([log], []).problems != ()


@given(st.data())
def test_a_torn_line_is_found_and_moved_aside_and_nothing_else_is_lost(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    lines = chain_of([entry(number, "x" * number * 100) for number in range(3)])
    torn = data.draw(st.integers(1, len(lines[-1]) - 2))
    log = tmp_path_factory.mktemp("log") / "audit.jsonl"
    log.write_bytes(b"".join([*lines[:-1], lines[-1][:torn]]))
    assert [problem.message.partition(":")[0] for problem in verify([log], []).problems] == ["the last line is torn"]
    append(str(log), entry(7))
    assert [record.entry.risk for record in records_in([log])] == [0.0, 0.001, 0.007]
    assert verify([log], []).problems == ()
    assert log.with_name("audit.jsonl.torn").read_bytes() == lines[-1][:torn] + b"\n"


def test_a_log_as_long_as_a_year_is_appended_to_by_its_end_alone(tmp_path: Path) -> None:
    lines = chain_of([entry(1, "y" * 300_000), entry(2, "z" * 700_000)])
    log = tmp_path / "audit.jsonl"
    log.write_bytes(b"".join(lines))
    append(str(log), entry(3))
    assert (verify([log], []).problems, verify([log], []).entries) == ((), 3)


def test_what_is_no_log_is_not_written_to(tmp_path: Path) -> None:
    log = tmp_path / "data.csv"
    log.write_text("id\n1\n")
    with pytest.raises(AuditError, match="is no entry of an audit log"):
        append(str(log), entry(1))
    assert log.read_text() == "id\n1\n"


def test_a_log_of_a_later_form_is_refused() -> None:
    later = line_of(replace(entry(1), version=2))
    with pytest.raises(AuditError, match="the entry has form 2, and this version reads 1"):
        record_of(later, Span("log", 1))


def test_a_strangers_text_in_a_log_does_nothing_when_it_is_shown(folder: Path) -> None:
    record = [*records_in([folder / "audit.jsonl"])][2]
    (dataset,) = record.entry.datasets
    findings = tuple(replace(each, message=("\x1b[2J\n::error::x",)) for each in dataset.findings)
    hostile = replace(
        record.entry,
        datasets=(replace(dataset, findings=findings, name="\x1b[2J"),),
        circumstances=Circumstances(actor="a\n::set-output name=x::y"),
    )
    told = shown(replace(record, entry=hostile))
    assert "\x1b" not in told
    assert not any(line.startswith("::") for line in told.splitlines())


@pytest.mark.parametrize(
    ("day", "result", "failed", "warned"),
    [
        ("good", "PASSED", [], []),
        ("alert", "WARNED", [], ["alert.csv: null-rate age"]),
        ("block", "FAILED", ["block.csv: pattern mail"], []),
        ("waived", "PASSED", [], ["waived.csv: range age"]),
    ],
)
def test_a_decision_is_attested_as_a_test_result(
    folder: Path, tmp_path: Path, day: str, result: str, failed: list[str], warned: list[str]
) -> None:
    file, log = tmp_path / "statement.json", tmp_path / "audit.jsonl"
    command(folder, "check", f"{day}.csv", "--attestation", str(file), "--audit", str(log))
    statement = json.loads(file.read_text())
    predicate = statement["predicate"]
    assert (statement["_type"], statement["predicateType"]) == (
        "https://in-toto.io/Statement/v1",
        "https://in-toto.io/attestation/test-result/v0.1",
    )
    assert (predicate["result"], predicate["failedTests"], predicate["warnedTests"]) == (result, failed, warned)
    digests = {each["name"]: each["digest"]["sha256"] for each in (*statement["subject"], *predicate["configuration"])}
    files = (f"{day}.csv", "contracts/users.yml", "policy/policy.yml")
    assert digests == {
        **{name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in files},
        "audit entry": next(lines_of(log)).digest,
    }


def test_names_and_cells_of_odd_bytes_are_in_the_log_and_it_verifies(tmp_path: Path) -> None:
    (tmp_path / "contracts").mkdir()
    (tmp_path / "contracts" / "users.yml").write_text(CONTRACT)
    (tmp_path / os.fsdecode(b"a\xff.csv")).write_bytes(GOOD.encode().replace(b"c@d", b"\xfe"))
    command(tmp_path, "check", "--audit", "audit.jsonl")
    command(tmp_path, "check", "--audit", "audit.jsonl")
    verified = command(tmp_path, "audit", "verify")
    assert (verified.returncode, verified.stdout.split("\n")[0]) == (0, "2 entries, all linked and unedited")
    assert command(tmp_path, "replay", "last").returncode == 0


def test_a_log_is_no_data_to_the_run_that_writes_it(tmp_path: Path) -> None:
    repository = Repository(tmp_path)
    law = {"contracts/users.yml": CONTRACT, "policy/policy.yml": "version: 1\nci: {on_uncontracted: block}\n"}
    repository.write_all({**law, "good.csv": GOOD})
    repository.commit()
    for place in ("audit.jsonl", "logs/"):
        done = [command(tmp_path, "check", "--base", "HEAD", "--audit", place) for _ in range(2)]
        assert [each.returncode for each in done] == [0, 0], done[1].stdout
        for log in tmp_path.rglob("*.jsonl"):
            log.unlink()
    repository.write("other.jsonl", '{"a": 1}\n')
    assert command(tmp_path, "check", "--base", "HEAD", "--audit", "logs/").returncode == 1


@pytest.mark.parametrize("report", [["--format", "json=log.jsonl"], ["--attestation", "log.jsonl"]])
def test_no_report_erases_a_log(folder: Path, report: list[str]) -> None:
    log = folder / "log.jsonl"
    assert command(folder, "check", "good.csv", "--audit", "log.jsonl").returncode == 0
    before = log.read_bytes()
    done = command(folder, "check", "good.csv", *report)
    assert (done.returncode, log.read_bytes()) == (2, before)
    assert "log.jsonl is an audit log, which this would erase" in done.stderr
    log.unlink()


def test_a_last_line_that_lacks_its_end_alone_is_an_entry(tmp_path: Path) -> None:
    lines = chain_of([entry(1), entry(2)])
    log = tmp_path / "audit.jsonl"
    log.write_bytes(b"".join(lines)[:-1])
    assert verify([log], []).problems == ()
    append(str(log), entry(3))
    assert verify([log], [lines[-1][-67:-3].decode()]).problems == ()
    assert [record.entry.risk for record in records_in([log])] == [0.001, 0.002, 0.003]


def test_what_is_no_file_is_no_log(folder: Path) -> None:
    done = command(folder, "check", "good.csv", "--audit", "/dev/full")
    assert done.returncode == 2
    assert "/dev/full is no file, and cannot be an audit log" in done.stdout


@pytest.mark.parametrize("log", ["logs/", "log.jsonl"])
def test_a_full_disk_leaves_nothing_behind_and_is_called_that(folder: Path, tmp_path: Path, log: str) -> None:
    place = tmp_path / log
    done = starved(folder, 1_000, "check", "good.csv", "--audit", f"{tmp_path}/{log}")
    assert done.returncode == 2
    assert f"the audit log {place} cannot be written: " in done.stdout
    assert "hint: make room there, or raise the limit that is set, and run again\n" in done.stdout
    assert [path.stat().st_size for path in tmp_path.rglob("*") if path.is_file()] == ([] if log == "logs/" else [0])
    assert command(folder, "check", "good.csv", "--audit", f"{tmp_path}/{log}").returncode == 0
    assert verify(logs_in([str(place)]), []).problems == ()


def test_words_that_nobody_knows_are_refused() -> None:
    law = PolicyUsed(path=None, text=None, is_trusted=True, scope="zzz")
    with pytest.raises(AuditError, match=r"Invalid enum value 'zzz' - at `\$\.law\.scope`"):
        record_of(line_of(replace(entry(1), law=law)), Span("log", 1))


def test_a_line_of_nothing_but_brackets_is_told(tmp_path: Path) -> None:
    log = tmp_path / "audit.jsonl"
    log.write_bytes(chain_of([entry(1)])[0] + b"[" * 200_000 + b"\n")
    assert [problem.message for problem in verify([log], []).problems] == ["this is no entry"]


def _places(value: object, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a JSON value, but for the value as a whole."""
    parts = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, part in parts:
        yield (*place, name)
        yield from _places(part, (*place, name))


def _with(value: Any, place: tuple[str | int, ...], other: object) -> Any:
    """A JSON value with another one in a place of it; without it where there is `...`."""
    value = value.copy()
    if len(place) > 1:
        value[place[0]] = _with(value[place[0]], place[1:], other)
    elif other is ...:
        del value[place[0]]
    else:
        value[place[0]] = other
    return value


def _is_read(read: Callable[[], object]) -> bool:
    try:
        read()
    except AuditError:
        return False
    return True


OTHERS = (..., None, "x", "", -1, 0.5, 1 << 60, True, [], {}, "0001-01-01T00:00:00", "0001-01-01T00:00:00+23:59")


def test_every_reader_takes_the_same_lines_for_entries(folder: Path) -> None:
    differing, refused, seen = [], 0, set()
    for line in (folder / "audit.jsonl").read_bytes().splitlines():
        told = json.loads(line)
        for place in _places(told):
            # NOTE: of a list the first is like the others.
            if any(isinstance(part, int) and part > 0 for part in place) or (place in seen and len(place) > 3):
                continue
            seen.add(place)
            for other in OTHERS:
                body = json.dumps(_with(told, place, other) | {"digest": None}, separators=(",", ":")).encode()
                body = body.replace(b',"digest":null', b"")[:-1]
                edited = body + b',"digest":"' + hashlib.sha256(body).hexdigest().encode() + b'"}\n'
                at = Span("log", 1)
                is_read = _is_read(lambda: record_of(edited, at))  # noqa: B023
                refused += not is_read
                if is_read is not _is_read(lambda: entry_in(Line(content=edited, span=at))):  # noqa: B023
                    differing.append((place, other))
    assert (differing, refused > 100) == ([], True)


@pytest.mark.parametrize(
    "line", [b"{}", b"[]", b"\xff", b"", b"[" * 200_000, b'{"digest":"zzz"}', b'{"digest":"' + b"0" * 64 + b'"}']
)
def test_what_is_no_entry_is_none_for_any_reader(line: bytes) -> None:
    for read in (record_of, lambda content, at: entry_in(Line(content=content, span=at))):
        with pytest.raises(AuditError, match="this is no entry of an audit log"):
            read(line, Span("log", 1))


@pytest.mark.parametrize("place", [*BOUNDS, *WORDS])
def test_what_is_bounded_is_a_field_of_an_entry(place: tuple[str, str]) -> None:
    kind, field = place
    assert field in {each.__name__: each for each in _kinds(form_of(Entry))}[kind].__struct_fields__


def _kinds(form: type[Any]) -> Iterator[type[Any]]:
    """A struct, and those that its fields hold."""
    yield form
    for field in msgspec.structs.fields(form):
        yield from (each for part in _parts(field.type) for each in _kinds(part))


def _parts(hint: Any) -> Iterator[type[Any]]:
    if isinstance(hint, type) and issubclass(hint, msgspec.Struct):
        yield hint
    for part in get_args(hint):
        yield from _parts(part)
