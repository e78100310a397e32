"""The smallest hashes of a set: how large it is, and how much of it another one holds, in bounded memory.

A bottom-k sketch: A. Broder, On the resemblance and containment of documents, 1997; Z. Bar-Yossef et al., Counting
distinct elements in a data stream, 2002.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import polars as pl

_RANGE = 2**64


@dataclass(frozen=True, slots=True)
class Smallest:
    """The state: the `size` smallest of all distinct hashes seen, or all of them if there are fewer."""

    size: int
    hashes: pl.Series = field(default_factory=lambda: pl.Series(dtype=pl.UInt64), repr=False)
    """In order."""

    @classmethod
    def of(cls, hashes: pl.Series, size: int) -> Smallest:
        """The smallest of some hashes; null is none."""
        return cls(size, hashes.drop_nulls().unique().sort().head(size))

    @property
    def is_exact(self) -> bool:
        """Whether all of them were kept."""
        return len(self.hashes) < self.size

    @property
    def count(self) -> int:
        """How many distinct hashes were seen; beyond `size` an estimate, off by about 1/√size."""
        return len(self.hashes) if self.is_exact else round((self.size - 1) * _RANGE / (int(self.hashes[-1]) + 1))

    def merge(self, other: Smallest) -> Smallest:
        """The smallest of both inputs together."""
        return Smallest.of(pl.concat((self.hashes, other.hashes)), self.size)

    def share_in(self, other: Smallest) -> float | None:
        """The share of these that the other has too, in [0, 1]; None where there is none."""
        # NOTE: of a full sketch nothing is known beyond its last hash.
        ends = [int(each.hashes[-1]) for each in (self, other) if not each.is_exact]
        known = self.hashes.filter(self.hashes <= min(ends)) if ends else self.hashes
        return float(known.is_in(other.hashes.implode()).mean() or 0) if len(known) else None  # type: ignore[arg-type]  # of booleans
