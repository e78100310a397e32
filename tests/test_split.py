"""Good and bad rows are parted to the byte, and only the good ones go on, once they are judged by themselves."""

from __future__ import annotations

import gzip
import io
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, cast

import pytest
from hypothesis import event, example, given
from hypothesis import strategies as st

from data_contract.audit import short
from data_contract.chain import logs_in, records_in
from data_contract.cli import main
from data_contract.contract import Contract
from data_contract.contract_document import read_contract
from data_contract.engine import validator
from data_contract.errors import DataError
from data_contract.formats import open_source
from data_contract.formats.compressed import decompressed
from data_contract.formats.source import Divisible, Source
from data_contract.link import path_after
from data_contract.measures.batch import Defect
from data_contract.promise import Promise
from data_contract.split import bad_rows, parted
from tests.test_run import CONTRACT, Desk, _acts, _spoil, _with, desk  # noqa: F401  # a fixture
from tests.webhook import server

TWO = read_contract(
    b"version: 1\ndataset: {name: two, files: ['*']}\n"
    b"features:\n  a: {dtype: int}\n  b: {dtype: str, allow_null: false}\n",
    "two.yml",
)
CELLS = (
    "1",
    "22",
    "x",
    "",
    '"3"',
    '""',
    '"a\nb"',
    '"a\r\nb"',
    '"a,\tb"',
    '"c""d"',
    '"e" f',
    '"',
    "\0",
    "\udcff",
    "ü",
    " ",
)
LINE_ENDS = ("\n", "\n", "\n", "\r\n", "\n\n", "\r")
MARK = b"\xef\xbb\xbf"


def _checks(contract: Contract) -> list[Promise]:
    """The promises about single rows."""
    return [check for check in contract.checks if check.id in ("dtype", "not-null", "structure") and not check.is_note]


def _source(content: bytes, name: str, block_size: int) -> Source:
    return open_source(lambda: cast("BinaryIO", io.BytesIO(content)), name, TWO.format, tuple(TWO.features), block_size)


def _parted(
    content: bytes, name: str, folder: Path, block_size: int
) -> tuple[bytes, bytes, list[tuple[int, int, int]]]:
    parts = parted(_source(content, name, block_size), name, _checks(TWO), folder)
    good, bad = (_read(file, name) for file in (parts.good, parts.bad))
    rows = [tuple(map(int, line.split(","))) for line in parts.lines.read_text().splitlines()[1:]]
    assert len(rows) == parts.bad_rows
    return good, bad, cast("list[tuple[int, int, int]]", rows)


def _read(file: Path, name: str) -> bytes:
    with decompressed(lambda: file.open("rb"), name)() as opened:
        return opened.read()


def _together(good: bytes, bad: bytes, rows: list[tuple[int, int, int]], line_ends: bytes) -> bytes:
    """The file that was parted, by the numbers of the lines alone."""
    pattern = re.compile(rb"[^%b]*(?:\r\n|[%b])|[^%b]+" % (line_ends, line_ends, line_ends))
    mark = MARK if good.startswith(MARK) else b""
    goods, bads = (pattern.findall(part.removeprefix(mark)) for part in (good, bad))
    bads = bads[len(bads) - sum(lines for _, _, lines in rows) :]
    put: list[bytes] = []
    for _, line, lines in rows:
        put += [goods.pop(0) for _ in range(line - len(put) - 1)]
        put += [bads.pop(0) for _ in range(lines)]
    assert bads == []
    return b"".join([mark, *put, *goods])


def _csv(delimiter: str, names: str, mark: bytes, rows: list[tuple[list[str], str]], is_ended: bool) -> bytes:
    header = names.replace(",", delimiter)
    text = f"{header}\n" + "".join(delimiter.join(cells) + end for cells, end in rows)
    text = text if is_ended else text.rstrip("\r\n")
    return mark + text.encode("utf-8", "surrogateescape")


CSV = st.builds(
    _csv,
    st.just(","),
    st.sampled_from(["a,b", '"a",b', "\na,b"]),
    st.sampled_from([b"", MARK]),
    st.lists(
        st.tuples(st.lists(st.sampled_from(CELLS), min_size=1, max_size=3), st.sampled_from(LINE_ENDS)), max_size=12
    ),
    st.booleans(),
)
LINE = st.sampled_from(
    [
        '{"a": 1, "b": "x"}',
        '{"a": 1.5, "b": "x"}',
        '{"b": ""}',
        '{"a": "1", "b": "\\n"}',
        '{"a": 1, "a": 2, "b": "x"}',
        "[]",
        "{",
        "",
        " ",
        '{"a": 3, "b": "ü"}\r',
        "\udcff",
        "\x85",
        '{"a":1,"b":"\u2028"}',
    ]
)
JSON_LINES = st.builds(
    lambda mark, lines, end: mark + ("\n".join(lines) + end).encode("utf-8", "surrogateescape"),
    st.sampled_from([b"", MARK]),
    st.lists(LINE, max_size=12),
    st.sampled_from(["", "\n"]),
)
SIZES = st.sampled_from([1, 7, 64, 1 << 20])


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("parts")


def _agree(
    content: bytes, name: str, folder: Path, size: int, line_ends: bytes, pack: Callable[[bytes], bytes]
) -> None:
    packed = pack(content)
    try:
        good, bad, rows = _parted(packed, name, folder, size)
    except DataError:
        event("a line ends with a lone carriage return")
        is_divisible = not re.search(rb"\r(?!\n)", content)
        assert not is_divisible  # which is all that keeps it from being parted
        return
    assert _together(good, bad, rows, line_ends) == content
    defects = validator.measure(_source(packed, name, size), ()).defects
    if Defect.QUOTE_OPEN in defects or {*defects} & {Defect.HEADER_NONE, Defect.CONFLICT}:
        return
    assert [row for row, _, _ in rows] == [*bad_rows(_source(packed, name, 1 << 20), _checks(TWO))]
    assert [*bad_rows(_source(pack(good), name, size), _checks(TWO))] == []
    assert len([*bad_rows(_source(pack(bad), name, size), _checks(TWO))]) == len(rows)


@given(CSV, SIZES)
@example(b"a,b\n1,\n", 1)
@example(b"a,b\r\n1,\r\n\r\n2,x", 7)
def test_the_parts_of_csv_are_the_file(folder: Path, content: bytes, size: int) -> None:
    _agree(content, "f.csv", folder, size, rb"\r\n", lambda data: data)


@given(CSV, SIZES)
def test_the_parts_of_tsv_are_the_file(folder: Path, content: bytes, size: int) -> None:
    _agree(content.replace(b",", b"\t"), "f.tsv", folder, size, rb"\r\n", lambda data: data)


@given(CSV, SIZES)
def test_the_parts_of_compressed_csv_are_its_text(folder: Path, content: bytes, size: int) -> None:
    _agree(content, "f.csv.gz", folder, size, rb"\r\n", lambda data: gzip.compress(data, mtime=0))


@given(JSON_LINES, SIZES)
def test_the_parts_of_json_lines_are_the_file(folder: Path, content: bytes, size: int) -> None:
    _agree(content, "f.jsonl", folder, size, rb"\n", lambda data: data)


def test_a_compressed_part_is_the_same_each_time(tmp_path: Path) -> None:
    for name in ("f.csv.gz", "f.csv.zst"):
        found = []
        for number in range(2):
            (folder := tmp_path / f"{number}{name}").mkdir()
            source = open_source(
                lambda: cast("BinaryIO", io.BytesIO(b"a,b\n1,x\n2,\n")), "f.csv", TWO.format, tuple(TWO.features)
            )
            parts = parted(source, name, _checks(TWO), folder)
            assert _read(parts.good, name) == b"a,b\n1,x\n"
            found.append((parts.good.read_bytes(), parts.bad.read_bytes()))
        assert found[0] == found[1]


def test_what_is_no_text_is_not_divisible() -> None:
    assert isinstance(_source(b"", "f.csv", 1), Divisible)
    assert not isinstance(_source(b"", "f.parquet", 1), Divisible)


SPLIT = "version: 1\nquarantine: {split_rows: true}\n"
ROWS = "id,age\r\n" + "".join(f"{number},30\r\n" for number in range(1, 21))
BAD_ROWS = ROWS.replace("3,30\r\n", "3,x\r\n", 1).replace("17,30", '17,"3\n0",1')


def test_good_rows_are_promoted_and_bad_ones_quarantined(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    desk.write({"policy/policy.yml": SPLIT})
    desk.comes("users.csv", BAD_ROWS)
    status, said = desk.run()
    assert status == 1
    assert desk.content == ROWS.replace("3,30\r\n", "", 1).replace("17,30\r\n", "")
    assert "2 of 20 rows are left out, as they are bad  (quarantine.split_rows)" in said
    assert "incoming/users.csv: its good rows are promoted to" in said
    (lines,) = [content for path, content in desk.files.items() if path.endswith("/bad/lines.csv")]
    (bad,) = [content for path, content in desk.files.items() if path.endswith("/bad/users.csv")]
    assert lines == b"row,line,lines\n3,4,1\n17,18,2\n"
    assert bad == b'id,age\r\n3,x\r\n17,"3\n0",1\r\n'
    assert any(content == BAD_ROWS.encode() for path, content in desk.files.items() if "/quarantine/" in path)
    entries = desk.entries(tmp_path)
    assert [(entry.verdict, _acts(entry)[0]) for entry in entries] == [
        ("BLOCK_AND_ROLLBACK", ("quarantine", True)),
        ("ALLOW_WITH_ALERT", ("promote", True)),
    ]
    assert [[dataset.is_part for dataset in entry.datasets] for entry in entries] == [[False], [True]]
    assert all(main(["replay", short(entry), str(tmp_path / "audit")]) == 0 for entry in _digests(tmp_path / "audit"))
    before = desk.files
    assert desk.run()[0] == 1
    assert desk.files == before


def _digests(log: Path) -> list[str]:
    return [record.digest for record in records_in(logs_in([str(log)]))]


def test_the_dashboard_counts_a_file_that_was_split_once(desk: Desk, tmp_path: Path) -> None:  # noqa: F811
    contract = CONTRACT.replace("max: 120", "max: 120, sla: {window: 30d, target: 60%}")
    desk.write({"policy/policy.yml": SPLIT, "contracts/users.yml": contract})
    for content in (ROWS, BAD_ROWS):
        desk.comes("users.csv", content)
        desk.run()
    assert len(desk.entries(tmp_path)) == 3
    desk.capsys.readouterr()
    assert main(["dashboard", str(tmp_path / "audit"), "--format", "json"]) == 0
    told = json.loads(desk.capsys.readouterr().out)
    (users,), (level,) = told["datasets"], told["slas"]
    assert told["verdicts"] == {"ALLOW": 1, "ALLOW_WITH_ALERT": 0, "BLOCK_AND_ROLLBACK": 1}
    assert (told["entries"], told["trend"][-1]["judged"], users["judged"], users["rows"]) == (2, 2, 2, 20)
    assert {each["judged"] for each in told["frequent"]} == {2}
    assert (level["whole"]["events"], level["whole"]["bad"]) == (2, 1)
    assert [each["decision"] for each in told["decisions"]] == ["ALLOW_WITH_ALERT", "BLOCK_AND_ROLLBACK", "ALLOW"]


@pytest.mark.parametrize(
    ("content", "policy"),
    [
        (BAD_ROWS, "version: 1\n"),
        (ROWS + "1,30\r\n", SPLIT),
        (BAD_ROWS + "1,30\r\n", SPLIT),
        (BAD_ROWS.replace("age", "aged", 1), SPLIT),
        (BAD_ROWS + '21,"', SPLIT),
        (BAD_ROWS.replace("\r\n", "\r"), SPLIT),
        (ROWS.replace("30", "x"), SPLIT),
    ],
    ids=["nobody-asked", "key", "row-and-key", "column", "open-quote", "lone-returns", "all-rows"],
)
def test_a_file_with_any_other_fault_is_kept_as_a_whole(desk: Desk, content: str, policy: str) -> None:  # noqa: F811
    desk.write({"policy/policy.yml": policy})
    desk.comes("users.csv", content)
    status, said = desk.run()
    assert (status, desk.current) == (1, None)
    assert not any("/bad/" in path for path in desk.files)
    assert ("not split: a line ends with a lone carriage return" in said) == ("\r\n" not in content)


def test_people_hear_why_the_good_rows_are_blocked_too(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.write({"policy/policy.yml": SPLIT, "contracts/users.yml": CONTRACT.replace("max_loss: 0.5", "max_loss: 0.05")})
    monkeypatch.setenv("DATA_CONTRACT_WEBHOOK", "http://127.0.0.1:9/secret")
    desk.comes("users.csv", ROWS)
    desk.run()
    desk.comes("users.csv", BAD_ROWS)
    with server(404, 200) as (address, heard):
        monkeypatch.setenv("DATA_CONTRACT_WEBHOOK", address)
        assert [desk.run()[0] for _ in range(3)] == [1, 1, 1]
    first, again = (json.loads(body)["text"].splitlines() for _, body in heard)
    assert first[1:] == again[1:]
    assert [line.partition(" (")[0] for line in first] == [
        "BLOCK_AND_ROLLBACK · risk 0.64 · users · incoming/users.csv",
        "• volume: without the bad rows, 2 of 20 rows",
        "• dtype age: 1 of 19 age values",
        "• structure: 1 row has more cells than there are columns",
    ]


def test_good_rows_that_go_on_are_no_news_beside_the_bad_ones(
    desk: Desk,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    desk.write({"policy/policy.yml": SPLIT})
    desk.comes("users.csv", BAD_ROWS)
    with server(200) as (address, heard):
        monkeypatch.setenv("DATA_CONTRACT_WEBHOOK", address)
        assert desk.run()[0] == 1
    ((_, body),) = heard
    assert len(json.loads(body)["text"].splitlines()) == 3


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("audit/00000009.jsonl", "audit/00000010.jsonl"),
        ("audit/99999999.jsonl", "audit/100000000.jsonl"),
        *(
            (path, None)
            for path in ("audit/9.jsonl", "", "audit/x.jsonl", "../00000001.jsonl", f"audit/{'9' * 5000}.jsonl")
        ),
    ],
)
def test_the_entry_behind_another_one(path: str, expected: str | None) -> None:
    assert path_after(path) == expected


def test_good_rows_that_are_too_few_are_blocked_too(desk: Desk) -> None:  # noqa: F811
    desk.write({"policy/policy.yml": SPLIT, "contracts/users.yml": CONTRACT.replace("max_loss: 0.5", "min: 20")})
    desk.comes("users.csv", BAD_ROWS)
    assert (desk.run()[0], desk.current) == (1, None)
    assert len([path for path in desk.files if path.endswith("/version.json")]) == 2


@pytest.mark.parametrize("content", [None, b"id,age\r\n"])
def test_good_rows_that_are_lost_come_back_with_their_file(desk: Desk, content: bytes | None) -> None:  # noqa: F811
    desk.write({"policy/policy.yml": SPLIT})
    desk.comes("users-1.csv", ROWS)
    desk.run()
    desk.comes("users-2.csv", BAD_ROWS)
    desk.run()
    good, lost = desk.content, desk.current
    assert lost
    _spoil(desk, lost.path, content)
    status, said = desk.run()
    assert (status, desk.content, "already quarantined" in said) == (1, good, False)
    before = desk.files
    assert "already quarantined" in desk.run()[1]
    assert desk.files == before


def test_good_rows_that_were_replaced_come_again_as_a_whole_file_does(desk: Desk) -> None:  # noqa: F811
    desk.write({"policy/policy.yml": SPLIT})
    contents = []
    for content in (BAD_ROWS, ROWS, BAD_ROWS):
        desk.comes("users.csv", content)
        desk.run()
        contents.append(desk.content)
    assert contents == [contents[0], ROWS, contents[0]]


def test_a_part_that_is_no_name_is_none(desk: Desk) -> None:  # noqa: F811
    desk.write({"policy/policy.yml": SPLIT})
    desk.comes("users.csv", BAD_ROWS)
    desk.run()
    (path,) = [each for each in desk.files if "/quarantine/" in each and each.endswith("version.json")]
    _spoil(desk, path, _with(desk.files[path], part="../../people"))
    assert "already quarantined" not in desk.run()[1]
