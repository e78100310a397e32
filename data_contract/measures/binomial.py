"""What a sample tells of the whole: exact bounds for a rate, without a table and without an approximation.

C. J. Clopper and E. S. Pearson, The use of confidence or fiducial limits illustrated in the case of the binomial,
Biometrika 26 (1934): a rate lies above a limit with confidence C if, were it the limit, so many hits or more would have
a probability of at most 1 − C.
"""

from __future__ import annotations

import math

_NEGLIGIBLE = 1e-18


def is_above(hits: int, total: int, limit: float, confidence: float) -> bool:
    """Whether the rate of the whole is above `limit`, in (0, 1), for all that is known of it."""
    return tail(hits, total, limit, 1) <= 1 - confidence


def is_below(hits: int, total: int, limit: float, confidence: float) -> bool:
    """Whether the rate of the whole is at most `limit`, in (0, 1), for all that is known of it."""
    return tail(hits, total, limit, -1) <= 1 - confidence


def tail(hits: int, total: int, rate: float, step: int) -> float:
    """The probability of `hits` or more (`step` 1), or of `hits` or fewer (−1), among `total` at a rate in (0, 1)."""
    expected = total * rate
    if (hits - expected) * step < 0:
        # NOTE: the terms grow on this side of the mean; its complement is summed, where they fall.
        return 1 - tail(hits - step, total, rate, -step) if 0 <= hits - step <= total else 1.0
    term = math.exp(
        math.lgamma(total + 1)
        - math.lgamma(hits + 1)
        - math.lgamma(total - hits + 1)
        + hits * math.log(rate)
        + (total - hits) * math.log1p(-rate)
    )
    terms, odds = [], rate / (1 - rate)
    while 0 <= hits <= total and term > _NEGLIGIBLE:
        terms.append(term)
        term *= (total - hits) / (hits + 1) * odds if step > 0 else hits / (total - hits + 1) / odds
        hits += step
    return min(math.fsum(terms), 1.0)
