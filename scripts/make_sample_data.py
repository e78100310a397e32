"""Writes the sample data of this repository: synthetic users, the same ones at every run."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROWS = 3000
TAKEN = datetime(2026, 11, 20, 6, 0, tzinfo=UTC)
COUNTRIES = ("DE", "US", "FR", "NA", "NO", "BR", "IN", "JP", "GB", "ZA")
PLANS = ("free", "pro", "team")
HEADER = ("user_id", "user_age", "country_code", "signup_days_ago", "plan", "last_seen", "email")


def rows(seed: int = 20261120) -> list[tuple[str, ...]]:
    """The rows without the header, as text; a fifth of the ages are missing."""
    chance = random.Random(seed)  # noqa: S311  # sample data, no secret
    made = []
    for user in range(1, ROWS + 1):
        age = "" if chance.random() < 0.2 else f"{min(max(chance.gauss(38, 14), 16), 96):.1f}"
        days = int(chance.expovariate(1 / 400)) % 3650
        seen = TAKEN - timedelta(minutes=chance.randrange(min(days + 1, 90) * 1440))
        plan = chance.choices(PLANS, weights=(70, 22, 8))[0]
        stamp = seen.strftime("%Y-%m-%dT%H:%M:%SZ")
        email = f"user{user:05}@example.com"
        made.append((str(user), age, chance.choice(COUNTRIES), str(days), plan, stamp, email))
    return made


def main() -> None:
    """Write the file."""
    target = Path(__file__).parent.parent / "data" / "user_features" / "2026-11-20.csv"
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(HEADER)
        writer.writerows(rows())


if __name__ == "__main__":
    main()
