"""What the previous version of a file promises by itself, and what breaks it."""

from __future__ import annotations

import runpy
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contract.checks import IMPLIED_IDS
from data_contract.model import FindingOutcome, Outcome
from data_contract.pipeline import Request, check
from tests.implicit.pairs import ALERT, BLOCK, SILENT, Pair, pairs, verdict_of

ROOT = Path(__file__).parent.parent
PAIRS = pairs()
BREAKAGES = [pair for pair in PAIRS if pair.is_breakage]
CHANGES = [pair for pair in PAIRS if not pair.is_breakage]


@pytest.fixture(scope="session")
def outcome_of(tmp_path_factory: pytest.TempPathFactory) -> object:
    @cache
    def judged(pair: Pair) -> Outcome:
        return pair.judged(tmp_path_factory.mktemp("pair"))

    return judged


def test_there_are_enough_pairs_of_either_kind() -> None:
    assert len(BREAKAGES) >= 20
    assert len(CHANGES) >= 20


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_a_change_comes_to_what_it_must(pair: Pair, outcome_of: object) -> None:
    assert verdict_of(outcome_of(pair)) == pair.comes_to  # type: ignore[operator]


@pytest.mark.parametrize("pair", BREAKAGES, ids=lambda pair: pair.name)
def test_no_breakage_is_silent(pair: Pair) -> None:
    assert pair.comes_to in (BLOCK, ALERT)


@pytest.mark.parametrize("pair", CHANGES, ids=lambda pair: pair.name)
def test_no_ordinary_change_is_blocked(pair: Pair) -> None:
    assert pair.comes_to in (SILENT, ALERT)


def test_most_breakages_block_and_most_ordinary_changes_are_silent() -> None:
    assert sum(pair.comes_to == BLOCK for pair in BREAKAGES) >= 0.8 * len(BREAKAGES)
    assert sum(pair.comes_to == SILENT for pair in CHANGES) >= 0.5 * len(CHANGES)


@pytest.mark.parametrize("name", sorted(IMPLIED_IDS))
def test_a_check_is_implied_by_a_version_and_kept_by_the_next(name: str, outcome_of: object) -> None:
    silent = [outcome_of(pair) for pair in CHANGES if pair.comes_to == SILENT]  # type: ignore[operator]
    findings = [finding for outcome in silent for dataset in outcome.datasets for finding in dataset.findings]
    kept = [finding for finding in findings if finding.check == name and finding.is_implied]
    assert FindingOutcome.PASSED in {finding.outcome for finding in kept}


def test_the_page_tells_what_comes_of_the_pairs() -> None:
    page = runpy.run_path(str(ROOT / "scripts" / "measure_implicit.py"))["page"]()
    assert page == (ROOT / "docs" / "implicit.md").read_text(encoding="utf-8")


CELLS = st.sampled_from(
    [
        *("", "NA", "-", "0", "1", "2", "-3", "007", "1.0", "2.50", "1e3", "nan", "true", "False", "DE", "de", "Ünder"),
        *(
            "2024-01-31",
            "31.01.2024",
            "01/02/2024",
            "2024-01-31T10:00:00Z",
            "#REF!",
            "x" * 60,
            " a",
            "a\nb",
            'a"b',
            "a,b",
        ),
        *("Ã¼", "\ufffd", "AB-12", "CD-34", "12345678901234567890123", "9999-12-31", "5 Mar 2024"),
    ]
)
FAVOURITES = st.lists(CELLS, min_size=1, max_size=3)


@st.composite
def tables(draw: st.DrawFn) -> bytes:
    """Delimited text of which every column draws from few values, so that there is much to promise."""
    width, height = draw(st.integers(1, 4)), draw(st.integers(0, 70))
    choices = [draw(FAVOURITES) for _ in range(width)]
    seed = draw(st.randoms(use_true_random=False))
    rows = [[seed.choice(column) for column in choices] for _ in range(height)]
    names = draw(st.lists(st.sampled_from(["id", "a b", "^.*$", "é", "count", "a;b"]), min_size=width, max_size=width))
    return "".join(
        ",".join(f'"{cell.replace(chr(34), chr(34) * 2)}"' for cell in row) + "\n" for row in [names, *rows]
    ).encode()


@settings(deadline=None, max_examples=60)
@given(tables())
def test_a_version_breaks_no_promise_of_its_own(tmp_path_factory: pytest.TempPathFactory, table: bytes) -> None:
    pair = Pair(name="", is_breakage=False, comes_to=SILENT, suffix=".csv", base=table, head=table)
    findings = pair.judged(tmp_path_factory.mktemp("same")).datasets[0].findings
    assert [finding for finding in findings if finding.counts and finding.is_implied] == []


@pytest.mark.parametrize("block_size", [1 << 9, 1 << 12])
def test_blocks_do_not_matter(block_size: int, tmp_path: Path) -> None:
    pair = next(pair for pair in PAIRS if pair.name == "time out of order")
    told = {str(pair.judged(tmp_path, block_size=size).datasets[0].findings) for size in (block_size, 1 << 24)}
    assert len(told) == 1


def test_a_promise_that_only_the_first_rows_make_is_none(tmp_path: Path) -> None:
    header, first = "place,kind,size\n", "".join(f"p{number},{number % 2},{number}\n" for number in range(2500))
    base = (header + first + "p1,0,1\n").encode()
    (tmp_path / "base.csv").write_bytes(base)
    (tmp_path / "head.csv").write_bytes(base + b"p2,1,2\n")
    now = datetime(2026, 1, 1, tzinfo=UTC)
    request = Request(root=tmp_path, now=now, paths=("head.csv",), against="base.csv")
    (dataset,) = check(request).datasets
    assert [f.check for f in dataset.findings if f.counts] == []
    assert dataset.changes is None


@pytest.mark.parametrize("name", ["a] (b", "`x`", "::error::x", "##[error]"])
def test_a_name_of_a_column_is_no_word_of_ours(name: str, tmp_path: Path) -> None:
    pair = next(pair for pair in PAIRS if pair.name == "a code with two names")
    base, head = (data.replace(b"iso3,country", f'"{name}",country'.encode()) for data in (pair.base, pair.head))
    findings = replace(pair, base=base, head=head).judged(tmp_path).datasets[0].findings
    ours = [part for finding in findings for part in (*finding.message, finding.aspect or "") if type(part) is str]
    assert [part for part in ours if name in part] == []
