"""Exact bounds of samples, and the distance of two distributions, against plain sums."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_contract.measures.binomial import is_above, is_below, tail
from data_contract.measures.histogram import MOST_BINS, Histogram, stability_index


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


def test_more_bins_than_a_shape_has_are_too_many() -> None:
    half = MOST_BINS // 2 + 1
    one, other = (Histogram(dict.fromkeys(range(start, start + half), 1)) for start in (0, half))
    assert one.merge(other) == Histogram(is_full=True)
    assert one.merge(other).merge(one) == Histogram(is_full=True)
    assert one.merge(Histogram()) == one
