"""Exact bounds of samples, and the distance of two distributions, against plain sums."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contract.measures.binomial import is_above, is_below, tail
from data_contract.measures.grammar import DType
from data_contract.measures.histogram import MOST_BINS, MOST_SHOWN, Histogram, side_by_side, stability_index


@given(st.integers(1, 80), st.integers(0, 80), st.floats(0.001, 0.999))
def test_a_tail_is_the_sum_of_its_terms(total: int, hits: int, rate: float) -> None:
    hits = min(hits, total)
    terms = [math.comb(total, k) * rate**k * (1 - rate) ** (total - k) for k in range(total + 1)]
    assert math.isclose(tail(hits, total, rate, 1), math.fsum(terms[hits:]), rel_tol=1e-6, abs_tol=1e-12)
    assert math.isclose(tail(hits, total, rate, -1), math.fsum(terms[: hits + 1]), rel_tol=1e-6, abs_tol=1e-12)


@pytest.mark.parametrize(
    ("hits", "total", "above", "below"),
    [
        (0, 10, False, False),  # (1 − 0.1)^10 = 0.35: ten rows tell nothing of a tenth
        (0, 29, False, True),  # 0.9^29 = 0.047
        (0, 28, False, False),  # 0.9^28 = 0.052
        (4, 10, True, False),  # P(X ≥ 4) = 0.013
        (3, 10, False, False),  # P(X ≥ 3) = 0.070
        (1_000_000, 10_000_000, False, False),
        (1_010_000, 10_000_000, True, False),
        (990_000, 10_000_000, False, True),
    ],
)
def test_a_sample_is_judged_only_when_it_is_sure(hits: int, total: int, above: bool, below: bool) -> None:
    assert (is_above(hits, total, 0.1, 0.95), is_below(hits, total, 0.1, 0.95)) == (above, below)


NUMBERS = st.dictionaries(st.integers(-50, 50).map(float), st.integers(1, 40), min_size=1, max_size=30).map(Histogram)


@given(NUMBERS)
def test_the_same_distribution_is_no_distance_away(base: Histogram) -> None:
    assert stability_index(base, base, is_ordered=True) == pytest.approx(0)
    assert stability_index(base, base, is_ordered=False) == pytest.approx(0)


@given(NUMBERS, NUMBERS)
def test_a_distance_is_never_negative(base: Histogram, head: Histogram) -> None:
    assert stability_index(base, head, is_ordered=True) >= 0
    assert stability_index(base, head, is_ordered=False) >= 0


def test_ten_equal_bins_of_which_one_empties_into_another() -> None:
    base = Histogram({float(value): 100 for value in range(10)})
    head = Histogram({float(value): 100 for value in range(9)} | {0.0: 200})
    shares = [(100.5, 200.5), (100.5, 0.5)]
    expected = sum((now - then) / 1005 * math.log(now / then) for then, now in shares)
    assert stability_index(base, head, is_ordered=True) == pytest.approx(expected)


def test_a_value_beyond_all_that_was_seen_falls_into_an_open_end() -> None:
    base = Histogram({float(value): 10 for value in range(10)})
    assert stability_index(base, Histogram({-1e9: 50, 1e9: 50}), is_ordered=True) > 1


def test_a_category_that_was_rare_or_unknown_is_one_of_the_others() -> None:
    base = Histogram({f"v{number:03}": 100 - number for number in range(60)})
    before = [100 - number for number in range(50)] + [sum(range(41, 51))]
    head = Histogram({"new": 70, "v059": 30})
    after = [0] * 50 + [100]
    shares = [
        ((now + 0.5) / (sum(after) + 25.5), (then + 0.5) / (sum(before) + 25.5))
        for now, then in zip(after, before, strict=True)
    ]
    expected = sum((now - then) * math.log(now / then) for now, then in shares)
    assert stability_index(base, head, is_ordered=False) == pytest.approx(expected)


@given(NUMBERS, NUMBERS, st.sampled_from([DType.INT, DType.DATE, DType.STR, None]))
def test_every_value_of_both_is_in_one_of_a_few_bins_that_people_are_shown(
    base: Histogram, head: Histogram, dtype: DType | None
) -> None:
    bins = side_by_side(base, head, dtype)
    assert 1 <= len(bins) <= MOST_SHOWN
    assert (sum(old for _, old, _ in bins), sum(new for _, _, new in bins)) == (base.total, head.total)
    assert len({name for name, _, _ in bins}) == len(bins)
    assert all(old or new for _, old, new in bins)


@pytest.mark.parametrize(
    ("dtype", "places", "names"),
    [
        (DType.INT, (1.0, 2.0, 9.0), ["1", "2", "9 to 12340000"]),
        (DType.FLOAT, (-0.5, 0.0, 1e-7), ["-0.5", "0", "1e-07 to 12340000"]),
        (DType.DATE, (0.0, 1.0, 31.0), ["1970-01-01", "1970-01-02", "1970-02-01 to +35755-10-10"]),
    ],
)
def test_a_bin_is_named_by_the_values_that_fell_into_it(
    dtype: DType, places: tuple[float, ...], names: list[str]
) -> None:
    base = Histogram(dict.fromkeys(places, 10))
    assert [name for name, _, _ in side_by_side(base, Histogram({12_340_000.0: 1}), dtype)] == names


def test_a_category_that_is_new_and_common_has_a_name() -> None:
    base = Histogram({f"v{number:02}": 100 - number for number in range(20)})
    bins = side_by_side(base, Histogram({"new": 60, "v00": 40}), DType.STR)
    assert [name for name, _, _ in bins] == [*(f"v{number:02}" for number in range(10)), "new", None]
    assert bins[-2:] == [("new", 0, 60), (None, sum(100 - number for number in range(10, 20)), 0)]


def test_more_bins_than_a_shape_has_are_too_many() -> None:
    half = MOST_BINS // 2 + 1
    one, other = (Histogram(dict.fromkeys(range(start, start + half), 1)) for start in (0, half))
    assert one.merge(other) == Histogram(is_full=True)
    assert one.merge(other).merge(one) == Histogram(is_full=True)
    assert one.merge(Histogram()) == one
