"""The laws of every state: the empty value is neutral, order and grouping never matter, cutting changes nothing."""

from __future__ import annotations

import importlib
import os
import pkgutil
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial, reduce
from itertools import pairwise
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import data_contract
from data_contract.checks.dtype import Dtype
from data_contract.checks.length import Length
from data_contract.checks.range import Range
from data_contract.errors import Span
from data_contract.measures import distinct, failures
from data_contract.measures.batch import Batch, Columns, Defect, Place, merged
from data_contract.measures.blanks import BlankRows
from data_contract.measures.cells import CellCounts, Cells
from data_contract.measures.course import Course, Steps
from data_contract.measures.distinct import Distinct, Hashes
from data_contract.measures.equation import Balance, Equation
from data_contract.measures.failing import Failing
from data_contract.measures.failures import Failures, ends
from data_contract.measures.filling import Filling, Fillings
from data_contract.measures.filling import _by_key as _filled_by_key
from data_contract.measures.firstrows import FirstRows, Sample
from data_contract.measures.grammar import DType, Grammar
from data_contract.measures.histogram import Distribution, Histogram
from data_contract.measures.mapping import Dependence, Pairs
from data_contract.measures.newest import Latest, Newest
from data_contract.measures.rowprints import Prints, RowPrints, _by_key
from data_contract.measures.rowset import SIZE as ROWS_KEPT
from data_contract.measures.rowset import Rows, RowSet
from data_contract.measures.signatures import SIZE, Signature, Signatures
from data_contract.measures.sketch import Portrait, Sketch
from data_contract.measures.smallest import Smallest
from data_contract.measures.spilled import parts
from data_contract.measures.standstill import Run, Standing, Standstill
from data_contract.measures.tally import WITNESSES, Tally, tally
from data_contract.promise import Measure

PLACES = st.lists(st.builds(Place, st.integers(1, 9), st.integers(1, 9), st.integers(1, 9)), max_size=30)
ROWS = st.lists(st.integers(1, 10**6), max_size=30).map(tally)
TALLIES = st.just(Tally()) | ROWS
COUNTS = st.just(CellCounts()) | st.builds(CellCounts, st.integers(1, 99), ROWS, st.tuples(ROWS, ROWS))
WORDS = st.integers(0, 9) | st.integers(0, 2**64 - 1) | st.sampled_from([2**64 - 1, 2**57, 2**57 - 1])
HASHES = st.lists(st.tuples(WORDS, st.integers(1, 10**6)), max_size=90)
PRINTS = st.lists(st.tuples(WORDS, st.sampled_from([1, 10**5, 10**10, 10**15])), max_size=30)
"""Any two sums of so few of these numbers differ."""
FILLINGS = st.lists(st.tuples(WORDS, st.integers(0, 3), st.integers(1, 10**6)), max_size=30)
FAILURES = st.lists(st.tuples(st.just(7) | WORDS, st.integers(1, 10**6)), max_size=120, unique_by=lambda row: row[1])
COUNTED = FAILURES.map(lambda rows: [(*row, 1) for row in rows])
HISTOGRAMS = st.just(Histogram(is_full=True)) | st.dictionaries(st.integers(0, 9), st.integers(1, 9)).map(Histogram)
LATEST = st.builds(Latest, st.none() | st.integers(-(2**63), 2**63))
DEFECTS = st.dictionaries(st.sampled_from(Defect), PLACES.map(tally), max_size=4)
RUNS = st.builds(Run, st.integers(1, 9), st.integers(1, 99), st.integers(0, 3))


def smallest(size: int) -> st.SearchStrategy[Smallest]:
    return st.lists(WORDS, max_size=30).map(lambda words: Smallest.of(pl.Series(words, dtype=pl.UInt64), size))


def portrait(texts: list[str]) -> Portrait:
    series = pl.Series(texts, dtype=pl.String)
    return Sketch("a").state([series], Batch(series.to_frame("c0"), 1, len(series)))


PORTRAITS = st.lists(st.sampled_from(["", "NA", "1", "1.0", "007", "AB-12", " x", "#REF!", "2024-01-31"])).map(portrait)
SAMPLES = st.lists(st.integers(1, 10**6), max_size=30, unique=True).map(
    lambda rows: Sample(pl.DataFrame({"row": rows, "c0": list(map(str, rows))}), ("a",)) if rows else Sample()
)
PAIRS = st.just(Pairs(is_full=True)) | st.lists(st.tuples(WORDS, WORDS, st.integers(1, 99)), max_size=30).map(
    lambda rows: Pairs.of(pl.DataFrame(rows, schema=Pairs().found.schema, orient="row"))
)


def kept(empty: Any, rows: Sequence[tuple[int, ...]], in_memory: int = 1 << 20) -> Any:
    """A state that holds these rows, and keeps no more than so many bytes of them in memory."""
    frame = pl.DataFrame(rows, schema=empty.kept.schema, orient="row")
    return type(empty)(replace(empty.kept, in_memory=in_memory).of(frame))


def seen(state: Any) -> object:
    """What can be told from a state, whatever it looks like inside."""
    match state:
        case Hashes():
            suspects = state.suspects()
            return state.rows, None if suspects is None else list(suspects)
        case Failures():
            return state.rows(), sorted(row for (part,) in parts(ends, state.kept) for row in part.rows())
        case Prints() | Fillings():
            gist = _by_key if isinstance(state, Prints) else _filled_by_key
            return sorted(row for (part,) in parts(gist, state.kept) for row in part.rows())
        case Smallest():
            return state.hashes.to_list()
        case Signature():
            return {name: seen(each) for name, each in state.columns.items() if len(each.hashes)}
        case RowSet():
            return state.rows, seen(state.distinct)
        case Sample():
            return state.names if state.rows.height else (), state.rows.rows()
        case Pairs():
            return sorted(state.found.rows()), state.is_full
        case dict():
            return {defect: each for defect, each in state.items() if each.count}
        case _:
            return state


STATES: dict[str, tuple[st.SearchStrategy[Any], Any, Callable[[Any, Any], Any]]] = {
    "tally": (TALLIES, Tally(), Tally.merge),
    "cell-counts": (COUNTS, CellCounts(), CellCounts.merge),
    "defects": (DEFECTS, {}, merged),
    "histogram": (HISTOGRAMS, Histogram(), Histogram.merge),
    "latest": (LATEST, Latest(), Latest.merge),
    "hashes": (HASHES.map(partial(kept, Hashes())), Hashes(), Hashes.merge),
    "failures": (COUNTED.map(partial(kept, Failures())), Failures(), Failures.merge),
    "portrait": (PORTRAITS, Portrait(), Portrait.merge),
    "sample": (SAMPLES, Sample(), Sample.merge),
    "smallest": (smallest(8), Smallest(8), Smallest.merge),
    "signature": (smallest(SIZE).map(lambda each: Signature({"a": each})), Signature(), Signature.merge),
    "row-set": (st.builds(RowSet, st.integers(0, 99), smallest(ROWS_KEPT)), RowSet(), RowSet.merge),
    "course": (st.builds(Course, st.just(()), ROWS, ROWS), Course(), Course.merge),
    "standstill": (st.builds(Standstill, st.just(()), st.none() | RUNS), Standstill(), Standstill.merge),
    "balance": (st.builds(Balance, st.integers(0, 99), ROWS), Balance(), Balance.merge),
    "pairs": (PAIRS, Pairs(), Pairs.merge),
    "fillings": (FILLINGS.map(partial(kept, Fillings())), Fillings(), Fillings.merge),
    "prints": (PRINTS.map(partial(kept, Prints())), Prints(), Prints.merge),
}


@pytest.mark.parametrize("name", STATES)
@settings(deadline=None)
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
WHOLES = Cells("b", Grammar(dtype=DType.INT), ("",), (Dtype(dtype=DType.INT, span=AT),))
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
    RowPrints((INTS,), ("a", "b")),
    RowPrints((INTS, TEXTS), ("b",)),
    Sketch("a"),
    Sketch("b"),
    FirstRows(),
    Signatures(),
    Rows(("a", "b")),
    BlankRows(),
    Dependence("a", "b"),
    Steps(INTS),
    Steps(DATES),
    Equation(INTS, (WHOLES, WHOLES)),
    Filling((INTS,), (TEXTS, WHOLES)),
    Standing(("a",)),
    Standing(("a", "b")),
    Filling((INTS, TEXTS), (TEXTS,)),
)
COLUMNS = Columns({"a": 0, "b": 1, "c": 0}, has_kinds=False)
CELLS = st.sampled_from([None, "", "NA", "0", "1", "+1", "001", "6", "-1", "12345678901234567890", "2026-01-31"])
TABLES = st.lists(st.tuples(CELLS, CELLS), max_size=60)
TABLE = {"c0": pl.String, "c1": pl.String}


def test_every_measure_and_every_state_is_held_to_these_laws() -> None:
    packages = pkgutil.walk_packages(data_contract.__path__, "data_contract.")
    modules = [importlib.import_module(each.name) for each in packages if not each.name.endswith("__main__")]
    classes = {each for module in modules for each in vars(module).values() if isinstance(each, type)}
    asked = {name for name in vars(Measure) if not name.startswith("_")}
    assert asked >= {"features", "expressions", "empty", "state"}
    measures = {each for each in classes if each is not Measure and asked <= set(dir(each))}
    assert {type(each) for each in MEASURES} == measures
    assert {type(each.empty()) for each in MEASURES} <= {type(empty) for _, empty, _ in STATES.values()}


def batch(rows: Sequence[tuple[str | None, str | None]], first: int) -> Batch:
    return Batch(pl.DataFrame(rows, schema=TABLE, orient="row"), first, len(rows))


def state(measure: Any, part: Batch) -> Any:
    return measure.state(COLUMNS.compute(part.cells, measure.expressions(COLUMNS)), part)


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
            repeats = measure.repeats(together, parts, COLUMNS)
            assert seen(repeats) == seen(measure.repeats(state(measure, whole), [whole], COLUMNS))


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


@given(TABLES)
@settings(deadline=None)
def test_the_longest_run_is_that_of_the_rows_one_by_one(rows: list[Any]) -> None:
    runs = [(len(list(same)), row) for row, same in _runs([first or "" for first, _ in rows])]
    longest = state(Standing(("a",)), batch(rows, 1)).longest
    assert ((longest.length, -longest.row) if longest else None) == max(((n, -row) for n, row in runs), default=None)


def _runs(texts: list[str]) -> list[tuple[int, list[str]]]:
    """Equal texts that follow each other, each run with the number of its first row."""
    found: list[tuple[int, list[str]]] = []
    for row, text in enumerate(texts, 1):
        if found and found[-1][1][0] == text:
            found[-1][1].append(text)
        else:
            found.append((row, [text]))
    return found


@given(TABLES)
@settings(deadline=None)
def test_where_too_many_rows_may_repeat_all_are_compared(rows: list[Any]) -> None:
    measure, whole = Distinct((INTS, TEXTS)), batch(rows, 1)
    hashes = state(measure, whole)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "MOST_ASKED", 0)
        every = measure.repeats(hashes, [whole], COLUMNS)
        suspects = hashes.suspects()
        assert suspects is None or not len(suspects)
    assert measure.repeats(hashes, [whole], COLUMNS).rows() == every.rows()


# What is kept on disk, held against plain Python.


def spilled(data: st.DataObject, empty: Any, rows: Sequence[tuple[int, ...]]) -> Any:
    """A state of these rows, cut anywhere and merged in any order, most of it on disk."""
    edges = sorted(data.draw(st.lists(st.integers(0, len(rows)), max_size=6)))
    in_memory = data.draw(st.sampled_from((0, 0, 100, 1000)))
    states = [kept(empty, rows[start:end], in_memory) for start, end in pairwise((0, *edges, len(rows)))]
    while len(states) > 1:
        one, other = (states.pop(data.draw(st.integers(0, len(states) - 1))) for _ in range(2))
        states.append(one.merge(other))
    assert in_memory or not edges or bool(states[0].kept.runs) == bool(rows)
    return states[0]


@settings(deadline=None, max_examples=25)
@given(st.data(), HASHES)
def test_rows_whose_hashes_on_disk_repeat_are_as_counted(data: st.DataObject, rows: list[tuple[int, int]]) -> None:
    counts = Counter(hash_ for hash_, _ in rows)
    expected = sorted(row for hash_, row in rows if counts[hash_] > 1)
    most = data.draw(st.sampled_from((0, 3, 1 << 20)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(distinct, "MOST_ASKED", most)
        patch.setattr(distinct, "HELD", most)
        told = seen(spilled(data, Hashes(), rows))
    assert told == (len(rows), expected if len(expected) <= most else None)


@settings(deadline=None, max_examples=25)
@given(st.data(), PRINTS, PRINTS)
def test_rows_on_disk_differ_as_compared_by_key(data: st.DataObject, head: list[Any], base: list[Any]) -> None:
    after, before = ({key: Counter(row for k, row in rows if k == key) for key, _ in rows} for rows in (head, base))
    changed = sum(after[key] != before[key] for key in after.keys() & before.keys())
    expected = (len(after.keys() - before.keys()), len(before.keys() - after.keys()), changed)
    assert spilled(data, Prints(), head).compared_with(spilled(data, Prints(), base)) == expected


@settings(deadline=None, max_examples=25)
@given(st.data(), FILLINGS, FILLINGS)
def test_values_are_erased_where_a_row_had_one(data: st.DataObject, head: list[Any], base: list[Any]) -> None:
    (after, rows), before = _filled(head), _filled(base)[0]
    had = [[key for key in before if key in after and before[key] & 1 << bit] for bit in (0, 1)]
    erased = [[rows[key] for key in keys if not after[key] & 1 << bit] for bit, keys in enumerate(had)]
    expected = tuple((len(keys), tally(sorted(gone))) for keys, gone in zip(had, erased, strict=True))
    assert spilled(data, Fillings(), head).erased_since(spilled(data, Fillings(), base), 2) == expected


def _filled(rows: list[tuple[int, int, int]]) -> tuple[dict[int, int], dict[int, int]]:
    """For each key, what all of its rows have, and the first of these."""
    filled: dict[int, int] = {}
    first: dict[int, int] = {}
    for key, has, row in rows:
        filled[key], first[key] = filled.get(key, 3) & has, min(first.get(key, row), row)
    return filled, first


@settings(deadline=None, max_examples=25)
@given(st.data(), COUNTED, COUNTED)
def test_failures_on_disk_are_new_where_there_were_fewer(data: st.DataObject, head: list[Any], base: list[Any]) -> None:
    few = WITNESSES + 1
    before, count, first = Counter(identity for identity, *_ in base), 0, []
    for identity in {identity for identity, *_ in head}:
        rows = sorted(row for other, row, _ in head if other == identity)
        count += max(len(rows) - before[identity], 0)
        told = [row for nth, row in enumerate(rows) if nth < few or nth >= len(rows) - few]
        first += [row for row in told if row in rows[before[identity] :]]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(failures, "ENDS", few)
        after = spilled(data, Failures(), head)
        assert after.beyond(spilled(data, Failures(), base)) == Tally(count, tuple(sorted(first)[:WITNESSES]))
        assert after.rows() == tally(row for _, row, _ in head)


def test_a_full_disk_is_told_with_a_remedy(tmp_path: Path) -> None:
    # NOTE: a limit on the size of files is the nearest that a test without rights comes to a full disk.
    script = (
        "import resource, signal, polars as pl\n"
        "from data_contract.errors import DataError\n"
        "from data_contract.measures.distinct import Hashes\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n"
        "    kept = Hashes().kept\n"
        "    numbers = pl.int_range(9_000_000, eager=True)\n"
        "    kept.merge(kept.of(pl.DataFrame({'identity': numbers.hash(), 'row': numbers})))\n"
        "except DataError as error:\n"
        "    print(error)\n"
    )
    command, environment = [sys.executable, "-c", script], os.environ | {"TMPDIR": str(tmp_path)}
    told = subprocess.run(command, capture_output=True, text=True, check=True, env=environment).stdout
    assert told.startswith("137 MiB of keys cannot be kept in ")
    assert "TMPDIR" in told
    assert list(tmp_path.iterdir()) == []


def test_a_killed_process_leaves_nothing_on_disk(tmp_path: Path) -> None:
    script = (
        "import polars as pl\n"
        "from data_contract.measures.failures import Failures\n"
        "kept, more = Failures().kept, pl.int_range(300_000, dtype=pl.UInt64, eager=True)\n"
        "while True:\n"
        "    kept = kept.merge(Failures.of(more, more).kept)\n"
        "    print(len(kept.runs), flush=True)\n"
    )
    command, environment = [sys.executable, "-c", script], os.environ | {"TMPDIR": str(tmp_path)}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout
        assert [process.stdout.readline() for _ in range(3)] == ["1\n", "2\n", "3\n"]
        opened = [os.path.realpath(each) for each in Path(f"/proc/{process.pid}/fd").glob("*")]
        process.kill()
    assert sum(path.startswith(str(tmp_path)) for path in opened) == 1
    assert (process.returncode, list(tmp_path.iterdir())) == (-signal.SIGKILL, [])
