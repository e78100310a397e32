"""Data of the kinds that repositories hold, made by seeded code; nothing in it is anybody's."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

import polars as pl

COUNTRIES = (
    *(
        ("DEU", "Germany", "Europe"),
        ("FRA", "France", "Europe"),
        ("NOR", "Norway", "Europe"),
        ("ITA", "Italy", "Europe"),
    ),
    *(("NAM", "Namibia", "Africa"), ("KEN", "Kenya", "Africa"), ("GHA", "Ghana", "Africa"), ("EGY", "Egypt", "Africa")),
    *(("JPN", "Japan", "Asia"), ("IND", "India", "Asia"), ("IDN", "Indonesia", "Asia"), ("VNM", "Viet Nam", "Asia")),
    *(("BRA", "Brazil", "Americas"), ("CAN", "Canada", "Americas"), ("PER", "Peru", "Americas")),
)
WORDS = ("north", "river", "old", "stone", "green", "upper", "lake", "mill", "bridge", "hill", "field", "port", "abbey")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text under a header."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def at(self, name: str) -> int:
        """The index of a column."""
        return self.header.index(name)

    def column(self, name: str) -> list[str]:
        """The cells of a column."""
        return [row[self.at(name)] for row in self.rows]

    def edited(self, name: str, edit: Callable[[str], str], where: Callable[[int], bool] = lambda _: True) -> Table:
        """The table with the cells of one column changed, in the rows whose index is meant."""
        index = self.at(name)
        rows = (
            (*row[:index], edit(row[index]), *row[index + 1 :]) if where(number) else row
            for number, row in enumerate(self.rows)
        )
        return replace(self, rows=tuple(rows))

    def without(self, name: str) -> Table:
        """The table without a column."""
        index = self.at(name)
        cut = [(*row[:index], *row[index + 1 :]) for row in (self.header, *self.rows)]
        return Table(cut[0], tuple(cut[1:]))

    def renamed(self, names: dict[str, str]) -> Table:
        """The table with some columns under other names."""
        return replace(self, header=tuple(names.get(name, name) for name in self.header))

    def plus(self, rows: Sequence[Sequence[str]]) -> Table:
        """The table with rows appended."""
        return replace(self, rows=(*self.rows, *map(tuple, rows)))

    def cut(self, start: int, end: int | None = None) -> Table:
        """Some of the rows."""
        return replace(self, rows=self.rows[start:end])

    def with_column(self, name: str, cells: Sequence[str], at: int | None = None) -> Table:
        """The table with one more column."""
        index = len(self.header) if at is None else at
        rows = tuple((*row[:index], cell, *row[index:]) for row, cell in zip(self.rows, cells, strict=True))
        return Table((*self.header[:index], name, *self.header[index:]), rows)

    def ordered(self, names: Sequence[str]) -> Table:
        """The table with its columns in another order."""
        indexes = [self.at(name) for name in names]
        return Table(tuple(names), tuple(tuple(row[index] for index in indexes) for row in self.rows))

    def csv(self, delimiter: str = ",", line_end: str = "\n") -> bytes:
        """As delimited text."""
        out = io.StringIO()
        writer = csv.writer(out, delimiter=delimiter, lineterminator=line_end)
        writer.writerows((self.header, *self.rows))
        return out.getvalue().encode()

    def jsonl(self) -> bytes:
        """As lines of JSON, numbers and truth values as such."""
        objects = (dict(zip(self.header, map(_typed, row), strict=True)) for row in self.rows)
        return "".join(json.dumps(each) + "\n" for each in objects).encode()

    def parquet(self) -> bytes:
        """As Parquet, numbers and truth values as such."""
        columns = {name: [_typed(cell) for cell in self.column(name)] for name in self.header}
        out = io.BytesIO()
        pl.DataFrame(columns, strict=False).write_parquet(out)
        return out.getvalue()


def _typed(cell: str) -> object:
    if cell in ("true", "false"):
        return cell == "true"
    if cell == "":
        return None
    for kind in (int, float):
        try:
            return kind(cell)
        except ValueError:
            continue
    return cell


def sensor(rows: int = 200, seed: int = 1, start: date = date(2025, 1, 1)) -> Table:
    """A station's daily means, with a counter that never falls."""
    random, rain, temperature, found = Random(seed), 0, 12.0, []
    for number in range(rows):
        temperature += random.gauss(0, 0.8) - (temperature - 12) * 0.05
        rain += random.randrange(0, 9)
        day = start + timedelta(days=number)
        found.append((day.isoformat(), f"{temperature:.1f}", str(random.randrange(55, 99)), str(rain)))
    return Table(("date", "temperature", "humidity", "rain_total"), tuple(found))


def registry(rows: int = 120, seed: int = 2) -> Table:
    """Sites with an id of a fixed shape."""
    random, found = Random(seed), []
    for number in range(1, rows + 1):
        country, _, region = random.choice(COUNTRIES)
        name = " ".join(random.sample(WORDS, 2)).title()
        opened = date(1950, 1, 1) + timedelta(days=random.randrange(25_000))
        found.append((f"ST-{number:04d}", name, country, region, opened.isoformat(), str(random.randrange(20, 900))))
    return Table(("site_id", "name", "country", "region", "opened", "capacity"), tuple(found))


def prices(rows: int = 90, seed: int = 3) -> Table:
    """What things cost, and how many there are."""
    random, found = Random(seed), []
    for number in range(rows):
        product = f"{random.choice(WORDS)} {random.choice(WORDS)} {random.randrange(2, 60)}"
        price = f"{random.randrange(199, 49_900) / 100:.2f}"
        found.append(
            (str(70_001 + number * 3), product, price, random.choice(("EUR", "USD", "GBP")), str(random.randrange(400)))
        )
    return Table(("sku", "product", "price", "currency", "stock"), tuple(found))


def survey(rows: int = 160, seed: int = 4) -> Table:
    """Answers, some of them not given; `NA` stands for no number."""
    random, found = Random(seed), []
    for number in range(1, rows + 1):
        income = "NA" if random.random() < 0.2 else str(random.randrange(900, 9000))
        age = "" if random.random() < 0.1 else str(random.randrange(18, 90))
        answer = random.choice(("yes", "no", "undecided"))
        comment = "" if random.random() < 0.6 else " ".join(random.sample(WORDS, random.randrange(2, 6)))
        found.append((str(number), age, answer, income, comment))
    return Table(("respondent", "age", "answer", "income", "comment"), tuple(found))


def yearly(years: int = 8, seed: int = 5) -> Table:
    """A panel: a row for each country and year."""
    random, found = Random(seed), []
    for code, name, region in COUNTRIES:
        population = random.randrange(5_000_000, 90_000_000)
        for year in range(2016, 2016 + years):
            population += random.randrange(-100_000, 900_000)
            found.append((code, name, region, str(year), str(population), f"{random.uniform(1, 9):.2f}"))
    return Table(("iso3", "country", "region", "year", "population", "unemployment"), tuple(found))


def cumulative(days: int = 60, seed: int = 6) -> Table:
    """Cases counted up day by day."""
    random, found, cases, deaths = Random(seed), [], 0, 0
    for number in range(days):
        cases, deaths = cases + random.randrange(3, 400), deaths + random.randrange(0, 9)
        found.append(((date(2024, 3, 1) + timedelta(days=number)).isoformat(), str(cases), str(deaths)))
    return Table(("day", "cases", "deaths"), tuple(found))


def budget(rows: int = 70, seed: int = 7) -> Table:
    """Four quarters and what they come to."""
    random, found = Random(seed), []
    for number in range(rows):
        quarters = [random.randrange(100, 9000) for _ in range(4)]
        found.append((f"unit {number + 1}", *map(str, quarters), str(sum(quarters))))
    return Table(("unit", "q1", "q2", "q3", "q4", "total"), tuple(found))


def events(rows: int = 150, seed: int = 8) -> Table:
    """What users did, as it happened."""
    random, found, moment = Random(seed), [], datetime(2025, 5, 1, 6)
    for _ in range(rows):
        moment += timedelta(seconds=random.randrange(40, 900))
        user, kind = f"u{random.randrange(40):03d}", random.choice(("open", "click", "buy"))
        found.append(
            (f"{moment.isoformat()}Z", user, kind, str(random.randrange(1, 500)), random.choice(("true", "false")))
        )
    return Table(("at", "user", "kind", "cents", "is_mobile"), tuple(found))


def municipalities(rows: int = 80, seed: int = 9) -> Table:
    """Codes that start with a zero, and must."""
    random, found = Random(seed), []
    for number in range(rows):
        code = f"{(number * 137 + 1042) % 10_000:05d}"
        name = f"{random.choice(WORDS)}{random.choice(WORDS)}".title()
        found.append((code, name, f"D{number % 7}", f"{random.uniform(2, 90):.1f}"))
    return Table(("code", "name", "district", "area"), tuple(found))


def logbook(rows: int = 140, seed: int = 10) -> Table:
    """Observations without a key; some of them are the same by right."""
    random = Random(seed)
    found = [
        (random.choice(("fox", "hare", "owl", "deer")), random.choice(WORDS[:6]), str(random.randrange(1, 4)))
        for _ in range(rows)
    ]
    return Table(("species", "place", "count"), tuple(found))
