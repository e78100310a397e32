"""The laws of every state: the empty value is neutral, order and grouping never matter, cutting changes nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from functools import reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data_contract.checks.dtype import Dtype
from data_contract.checks.length import Length
from data_contract.checks.range import Range
from data_contract.errors import Span
from data_contract.measures import distinct
from data_contract.measures.batch import Batch, Columns, Defect, Place, merged
from data_contract.measures.cells import CellCounts, Cells
from data_contract.measures.distinct import Distinct, Hashes
from data_contract.measures.failing import Failing
from data_contract.measures.failures import Failures
from data_contract.measures.grammar import DType, Grammar
from data_contract.measures.histogram import Distribution
from data_contract.measures.newest import Newest
from data_contract.measures.tally import WITNESSES, Tally, tally

PLACES = st.lists(st.builds(Place, st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)), max_size=30)
ROWS = st.lists(st.integers(1, 10**6), max_size=30).map(tally)
TALLIES = st.just(Tally()) | ROWS
COUNTS = st.just(CellCounts()) | st.builds(CellCounts, st.integers(1, 99), ROWS, st.tuples(ROWS, ROWS))
HASHES = st.lists(st.lists(st.integers(0, 2**64 - 1) | st.integers(0, 9), min_size=1), max_size=4).map(
    lambda chunks: Hashes(tuple(pl.Series(chunk, dtype=pl.UInt64) for chunk in chunks))
)
DEFECTS = st.dictionaries(st.sampled_from(Defect), PLACES.map(tally), max_size=4)


def seen(state: Any) -> object:
    """What can be told from a state, whatever it looks like inside."""
    if isinstance(state, Hashes):
        return state.rows, sorted(state.repeated())
    if isinstance(state, Failures):
        return state.frame().rows()
    return {defect: each for defect, each in state.items() if each.count} if isinstance(state, dict) else state


STATES: dict[str, tuple[st.SearchStrategy[Any], Any, Callable[[Any, Any], Any]]] = {
    "tally": (TALLIES, Tally(), Tally.merge),
    "cell-counts": (COUNTS, CellCounts(), CellCounts.merge),
    "hashes": (HASHES, Hashes(), Hashes.merge),
    "defects": (DEFECTS, {}, merged),
}


@pytest.mark.parametrize("name", STATES)
@given(data=st.data())
def test_states_merge_in_any_order_and_grouping(name: str, data: st.DataObject) -> None:
    states, empty, merge = STATES[name]
    one, two, three = (data.draw(states) for _ in range(3))
    assert seen(merge(one, empty)) == seen(one) == seen(merge(empty, one))
    assert seen(merge(one, two)) == seen(merge(two, one))
    assert seen(merge(merge(one, two), three)) == seen(merge(one, merge(two, three)))


@given(st.lists(st.lists(st.integers(0, 99), max_size=40), max_size=5))
def test_a_tally_counts_all_and_remembers_the_first(parts: list[list[int]]) -> None:
    every = sorted(place for part in parts for place in part)
    assert reduce(Tally.merge, map(tally, parts), Tally()) == Tally(len(every), tuple(every[:WITNESSES]))


AT = Span("contract.yml", 1)
INTS = Cells(
    "a",
    Grammar(dtype=DType.INT),
    ("", "NA"),
    (Range(minimum=0, maximum=5, shown=("0", "5"), span=AT), Length(minimum=None, maximum=3, span=AT)),
)
TEXTS = Cells("b", Grammar(), ("",), ())
DATES = Cells("c", Grammar(dtype=DType.DATE), ("",), (Dtype(dtype=DType.DATE, span=AT),))
MEASURES = (
    INTS,
    TEXTS,
    Distinct((INTS,)),
    Distinct((INTS, TEXTS)),
    Failing(INTS, 1, ()),
    Failing(INTS, 2, (TEXTS,)),
    Distribution(INTS),
    Distribution(TEXTS),
    Newest(DATES),
)
COLUMNS = Columns({"a": 0, "b": 1, "c": 0}, has_kinds=False)
CELLS = st.sampled_from([None, "", "NA", "0", "1", "+1", "001", "6", "-1", "12345678901234567890", "2026-01-31"])
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=60)
TABLE = {"c0": pl.String, "c1": pl.String}


def batch(rows: Sequence[tuple[str | None, str | None]], first: int) -> Batch:
    return Batch(pl.DataFrame(rows, schema=TABLE, orient="row"), first, len(rows))


def state(measure: Any, part: Batch) -> Any:
    return measure.state(part.cells.select(measure.expressions(COLUMNS)).get_columns(), part)


@settings(deadline=None)
@given(TABLES, st.lists(st.integers(0, 60), max_size=5), st.randoms(use_true_random=False))
def test_a_file_in_parts_gives_the_state_of_the_whole(rows: list[Any], cuts: list[int], random: Any) -> None:
    edges = [0, *sorted(min(cut, len(rows)) for cut in cuts), len(rows)]
    parts = [batch(rows[start:end], start + 1) for start, end in pairwise(edges)]
    shuffled = random.sample(parts, len(parts))
    whole = batch(rows, 1)
    for measure in MEASURES:
        together = reduce(lambda one, other: one.merge(other), (state(measure, part) for part in shuffled))
        assert seen(together) == seen(state(measure, whole))
        if isinstance(measure, Distinct):
            assert (
                measure.repeats(together, parts, COLUMNS)
                .frame()
                .equals(measure.repeats(state(measure, whole), [whole], COLUMNS).frame())
            )


@given(TABLES)
@settings(deadline=None)
def test_repeats_are_the_rows_whose_value_an_earlier_row_has(rows: list[Any]) -> None:
    known: set[tuple[int, str]] = set()
    later = []
    for number, (first, second) in enumerate(rows, 1):
        if first not in ("0", "1", "+1", "001") or not second:
            continue
        identity = (int(first), second)
        later += [number] if identity in known else []
        known.add(identity)
    measure, whole = Distinct((INTS, TEXTS)), batch(rows, 1)
    assert measure.repeats(state(measure, whole), [whole], COLUMNS).rows() == tally(later)


@given(st.lists(st.lists(st.integers(0, 2**64 - 1) | st.sampled_from([0, 2**64 - 1, 2**56]), max_size=30), max_size=8))
@settings(deadline=None)
def test_hashes_on_disk_repeat_as_they_do_in_memory(chunks: list[list[int]]) -> None:
    parts = [Hashes((pl.Series(chunk, dtype=pl.UInt64),)) for chunk in chunks if chunk]
    in_memory = reduce(Hashes.merge, parts, Hashes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "IN_MEMORY", 8)
        on_disk = reduce(Hashes.merge, parts, Hashes())
    assert seen(in_memory) == seen(on_disk)
    assert bool(on_disk.runs) == (sum(map(len, chunks)) > 8)


def test_a_full_disk_is_told_with_a_remedy(tmp_path: Path) -> None:
    # NOTE: a limit on the size of files is the nearest that a test without rights comes to a full disk.
    script = (
        "import resource, signal, polars as pl\n"
        "from data_contract.errors import DataError\n"
        "from data_contract.measures.spilled import spill\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    spill(pl.int_range(100_000, dtype=pl.UInt64, eager=True))\n"
        "except DataError as error:\n"
        "    print(error)\n"
    )
    command, environment = [sys.executable, "-c", script], os.environ | {"TMPDIR": str(tmp_path)}
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert told.startswith("0 MiB of keys cannot be kept in ")
    assert "TMPDIR" in told
    assert list(tmp_path.iterdir()) == []
