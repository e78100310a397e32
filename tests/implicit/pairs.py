"""Versions of data files before and after a change: breakages that happen, and changes that are ordinary.

What each pair has to come to was written down before the rules were tuned. Of every three pairs the third is held out:
the rules were tuned on the others alone, and the held-out ones looked at once, when they were done.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random

from data_contract.formats.csv import BLOCK as BLOCK_SIZE
from data_contract.model import Outcome, Verdict
from data_contract.pipeline import Request, check
from tests.implicit import tables
from tests.implicit.tables import Table

BLOCK, ALERT, SILENT = "block", "alert", "silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two versions of a file, and what has to come of the change."""

    name: str
    is_breakage: bool
    comes_to: str
    """`BLOCK`, `ALERT` or `SILENT`."""
    suffix: str
    base: bytes
    head: bytes
    is_held_out: bool = False
    """Whether no rule was tuned on it."""

    def judged(self, root: Path, block_size: int = BLOCK_SIZE) -> Outcome:
        """What the gate makes of it, its files written into a folder."""
        old, new = f"base{self.suffix}", f"head{self.suffix}"
        (root / old).write_bytes(self.base)
        (root / new).write_bytes(self.head)
        now = datetime(2026, 1, 1, tzinfo=UTC)
        return check(Request(root=root, now=now, paths=(new,), against=old, block_size=block_size))


def verdict_of(outcome: Outcome) -> str:
    """What an outcome is, in the words of a pair; `undecided` is none of them."""
    words = {Verdict.ALLOW: SILENT, Verdict.ALLOW_WITH_ALERT: ALERT, Verdict.BLOCK_AND_ROLLBACK: BLOCK}
    return "undecided" if outcome.exit_code == 2 else words[outcome.decision.verdict]


Made = tuple[bytes, bytes, str]
Making = Callable[[], Made]


def _csv(base: Table, head: Table, suffix: str = ".csv") -> Made:
    delimiter = "\t" if suffix == ".tsv" else ","
    return base.csv(delimiter), head.csv(delimiter), suffix


def _at(*numbers: int) -> Callable[[int], bool]:
    return lambda number: number in numbers


def _some(share: float, seed: int = 0) -> Callable[[int], bool]:
    """The same rows every time, so many of all."""
    return lambda number: Random(seed * 100_000 + number).random() < share


# Breakages.


def column_missing() -> Made:
    return _csv(tables.registry(), tables.registry().without("capacity"))


def column_renamed() -> Made:
    return _csv(tables.prices(), tables.prices().renamed({"price": "unit_price"}))


def header_in_other_case() -> Made:
    base = tables.cumulative()
    return _csv(base, base.renamed({name: name.title() for name in base.header}))


def header_lost() -> Made:
    base = tables.sensor()
    return base.csv(), base.csv().split(b"\n", 1)[1], ".csv"


def header_twice_the_same() -> Made:
    return _csv(tables.budget(), tables.budget().renamed({"q2": "q1"}))


def delimiter_changed() -> Made:
    return tables.survey().csv(), tables.survey().csv(";"), ".csv"


def emptied_to_its_header() -> Made:
    return _csv(tables.yearly(), tables.yearly().cut(0, 0))


def emptied_altogether() -> Made:
    return tables.yearly().csv(), b"", ".csv"


def conflict_markers() -> Made:
    lines = tables.cumulative().csv().decode().splitlines()
    conflict = ["<<<<<<< HEAD", lines[-1], "=======", lines[-1] + "0", ">>>>>>> update"]
    return tables.cumulative().csv(), "\n".join([*lines[:-1], *conflict, ""]).encode(), ".csv"


def not_utf_8_any_more() -> Made:
    base = tables.registry().edited("name", lambda name: name + "é", _at(4, 9))
    return base.csv(), base.csv().decode().encode("latin-1"), ".csv"


def replacement_characters() -> Made:
    base = tables.registry().edited("name", lambda name: name + " Höfe", _some(0.1))
    return base.csv(), base.csv().decode().replace("ö", "\ufffd").encode(), ".csv"


def ragged_rows() -> Made:
    lines = tables.sensor().csv().decode().splitlines()
    lines[90] += ",7"
    return tables.sensor().csv(), ("\n".join(lines) + "\n").encode(), ".csv"


def unquoted_comma() -> Made:
    lines = tables.prices().csv().decode().splitlines()
    lines[30] = lines[30].replace(" ", ", ", 1)
    return tables.prices().csv(), ("\n".join(lines) + "\n").encode(), ".csv"


def rows_empty_from_end_to_end() -> Made:
    return _csv(tables.budget(), tables.budget().plus([("",) * 6] * 4))


def a_third_of_the_rows_gone() -> Made:
    return _csv(tables.registry(), tables.registry().cut(0, 80))


def half_of_a_log_gone() -> Made:
    return _csv(tables.survey(), tables.survey().cut(80))


def appended_to_itself() -> Made:
    return _csv(tables.yearly(), tables.yearly().plus(tables.yearly().rows))


def a_block_pasted_twice() -> Made:
    return _csv(tables.sensor(), tables.sensor().plus(tables.sensor().rows[-5:]))


def key_repeated() -> Made:
    return _csv(tables.registry(), tables.registry().edited("site_id", lambda _: "ST-0007", _at(60)))


def composite_key_repeated() -> Made:
    return _csv(tables.yearly(), tables.yearly().edited("year", lambda _: "2020", _at(6)))


def log_appended_to_itself() -> Made:
    return _csv(tables.logbook(), tables.logbook().plus(tables.logbook().rows))


def text_among_numbers() -> Made:
    return _csv(tables.prices(), tables.prices().edited("price", lambda _: "on request", _at(12)))


def thousands_separators() -> Made:
    return _csv(tables.yearly(), tables.yearly().edited("population", lambda cell: f"{int(cell):,}", _some(0.2)))


def letter_for_a_digit() -> Made:
    return _csv(tables.budget(), tables.budget().edited("q3", lambda cell: cell[:-1] + "O", _at(20)))


def decimal_commas() -> Made:
    return _csv(tables.sensor(), tables.sensor().edited("temperature", lambda cell: cell.replace(".", ",")))


def units_written_behind_numbers() -> Made:
    return _csv(tables.municipalities(), tables.municipalities().edited("area", lambda cell: cell + " km2", _some(0.5)))


def dates_in_another_format() -> Made:
    def turned(cell: str) -> str:
        return "/".join(reversed(cell.split("-")))

    return _csv(tables.registry(), tables.registry().edited("opened", turned, _some(0.3)))


def a_date_that_is_none() -> Made:
    return _csv(tables.cumulative(), tables.cumulative().edited("day", lambda _: "2024-04-31", _at(40)))


def days_as_spreadsheet_numbers() -> Made:
    return _csv(tables.sensor(), tables.sensor().edited("date", lambda _: "45700", _at(199)))


def spreadsheet_errors() -> Made:
    return _csv(tables.budget(), tables.budget().edited("total", lambda _: "#REF!", _at(10, 11)))


def a_traceback_in_text() -> Made:
    said = "Traceback (most recent call last):\n  File 'x.py', line 1"
    return _csv(tables.registry(), tables.registry().edited("name", lambda _: said, _at(33)))


def an_error_page_for_a_file() -> Made:
    page = b"<!DOCTYPE html>\n<html><head><title>502 Bad Gateway</title></head>\n<body>nginx</body></html>\n"
    return tables.cumulative().csv(), page, ".csv"


def null_tokens_among_numbers() -> Made:
    return _csv(tables.sensor(), tables.sensor().edited("humidity", lambda _: "NaN", _at(50)))


def nulls_in_the_key() -> Made:
    return _csv(tables.prices(), tables.prices().edited("sku", lambda _: "", _at(5)))


def a_wave_of_nulls() -> Made:
    return _csv(tables.registry(), tables.registry().edited("country", lambda _: "", _some(0.08)))


def a_column_emptied() -> Made:
    return _csv(tables.survey(), tables.survey().edited("age", lambda _: ""))


def ints_become_floats() -> Made:
    return _csv(tables.yearly(), tables.yearly().edited("population", lambda cell: cell + ".0"))


def leading_zeros_lost() -> Made:
    return _csv(tables.municipalities(), tables.municipalities().edited("code", lambda cell: str(int(cell))))


def a_code_of_another_shape() -> Made:
    return _csv(tables.registry(), tables.registry().plus([("ST121", "Old Mill", "NOR", "Europe", "1999-04-01", "77")]))


def time_out_of_order() -> Made:
    base = tables.cumulative()
    rows = list(base.rows)
    rows.insert(10, ("2024-05-02", "9999", "300"))
    return _csv(base, Table(base.header, tuple(rows)))


def a_total_that_is_none() -> Made:
    return _csv(tables.budget(), tables.budget().edited("q2", lambda cell: str(int(cell) + 1000), _at(15)))


def jsonl_number_as_text() -> Made:
    lines = tables.events().jsonl().decode().splitlines()
    lines[70] = lines[70].replace('"cents": ', '"cents": "', 1).replace(', "is_mobile"', '", "is_mobile"')
    return tables.events().jsonl(), ("\n".join(lines) + "\n").encode(), ".jsonl"


def jsonl_key_renamed() -> Made:
    return tables.events().jsonl(), tables.events().renamed({"user": "userId"}).jsonl(), ".jsonl"


def jsonl_line_cut_off() -> Made:
    return tables.events().jsonl(), tables.events().jsonl()[:-30], ".jsonl"


def parquet_ints_become_floats() -> Made:
    base = tables.prices()
    return base.parquet(), base.edited("stock", lambda cell: cell + ".5").parquet(), ".parquet"


def parquet_column_missing() -> Made:
    return tables.prices().parquet(), tables.prices().without("currency").parquet(), ".parquet"


def gzipped_and_cut() -> Made:
    base = tables.registry(400)
    return gzip.compress(base.csv(), mtime=0), gzip.compress(base.cut(0, 150).csv(), mtime=0), ".csv.gz"


def tabs_turned_into_commas() -> Made:
    return tables.municipalities().csv("\t"), tables.municipalities().csv(), ".tsv"


def values_under_the_wrong_header() -> Made:
    base = tables.budget()
    rows = tuple((row[0], row[5], *row[2:5], row[1]) for row in base.rows)
    return _csv(base, Table(base.header, rows))


def another_unit() -> Made:
    return _csv(tables.sensor(), tables.sensor().edited("temperature", lambda cell: f"{float(cell) * 1.8 + 32:.1f}"))


def a_sign_turned() -> Made:
    return _csv(tables.municipalities(), tables.municipalities().edited("area", lambda cell: f"-{cell}", _at(30)))


def text_decoded_twice() -> Made:
    base = tables.registry().edited("name", lambda name: name + " Höfe", _some(0.1))
    return base.csv(), base.csv().decode().encode().decode("latin-1").encode(), ".csv"


def blanks_behind_codes() -> Made:
    return _csv(tables.municipalities(), tables.municipalities().edited("code", lambda cell: cell + " ", _some(0.3)))


def a_category_misspelt() -> Made:
    return _csv(tables.survey(), tables.survey().edited("answer", lambda _: "undecidded", _at(100)))


def a_code_with_two_names() -> Made:
    return _csv(tables.yearly(), tables.yearly().edited("country", lambda _: "Norway", _at(3)))


def day_and_month_swapped() -> Made:
    def swapped(cell: str) -> str:
        year, month, day = cell.split("-")
        return f"{year}-{day}-{month}" if int(day) <= 12 else cell

    return _csv(tables.cumulative(), tables.cumulative().edited("day", swapped))


def a_century_lost() -> Made:
    return _csv(tables.registry(), tables.registry().edited("opened", lambda cell: cell[2:], _some(0.5)))


def jsonl_truth_as_text() -> Made:
    text = tables.events().jsonl().decode().replace('"is_mobile": true', '"is_mobile": "yes"', 3)
    return tables.events().jsonl(), text.encode(), ".jsonl"


def one_value_erased() -> Made:
    return _csv(tables.yearly(), tables.yearly().edited("population", lambda _: "", _at(44)))


def a_tenth_of_the_rows_gone() -> Made:
    base = tables.yearly()
    return _csv(base, Table(base.header, base.rows[:50] + base.rows[62:]))


def two_columns_swapped() -> Made:
    base = tables.municipalities()
    return _csv(
        base, Table(base.header, tuple((code, district, name, area) for code, name, district, area in base.rows))
    )


def ids_given_out_anew() -> Made:
    base = tables.registry()
    return _csv(base, base.edited("site_id", lambda cell: f"ST-{int(cell[3:]) + 5000:04d}"))


def an_extract_of_something_else() -> Made:
    other = tables.prices(90, seed=33).edited("sku", lambda cell: str(int(cell) + 1))
    return _csv(tables.prices(), other)


def answers_lost_in_an_export() -> Made:
    return _csv(tables.survey(), tables.survey().edited("age", lambda _: "", _some(0.12, seed=3)))


def a_station_that_froze() -> Made:
    appended = tables.sensor(212).rows
    frozen = [(row[0], *appended[199][1:]) for row in appended[200:]]
    return _csv(tables.sensor(200), tables.sensor(200).plus(frozen))


def half_of_the_totals_not_drawn_up_anew() -> Made:
    head = tables.budget(100).edited("q4", lambda cell: str(int(cell) + 40), _some(0.5, seed=6))
    return _csv(_nearly(tables.budget(100)), _nearly(head))


def _nearly(table: Table) -> Table:
    """Every twentieth total is off by one, as those of rounded numbers are."""
    return table.edited("total", lambda cell: str(int(cell) + 1), lambda number: number % 20 == 3)


# Ordinary changes.


def rows_appended() -> Made:
    return _csv(tables.sensor(200), tables.sensor(207))


def sites_appended() -> Made:
    return _csv(tables.registry(120), tables.registry(131))


def a_year_appended() -> Made:
    return _csv(tables.yearly(8), tables.yearly(9))


def a_window_that_rolls() -> Made:
    return _csv(tables.sensor(200).cut(0, 90), tables.sensor(200).cut(7, 97))


def all_prices_updated() -> Made:
    def raised(cell: str) -> str:
        return f"{float(cell) * 1.04:.2f}"

    return _csv(tables.prices(), tables.prices().edited("price", raised))


def stock_counted_anew() -> Made:
    random = Random(5)
    return _csv(tables.prices(), tables.prices().edited("stock", lambda _: str(random.randrange(400))))


def a_price_with_a_fraction() -> Made:
    base = tables.prices().edited("price", lambda cell: cell.split(".")[0])
    return _csv(base, base.edited("price", lambda cell: cell + ".50", _at(89)))


def a_name_corrected() -> Made:
    return _csv(tables.registry(), tables.registry().edited("name", lambda name: name + " Nord", _at(17, 41)))


def a_country_renamed_everywhere() -> Made:
    base = tables.yearly()
    return _csv(base, base.edited("country", lambda name: "Vietnam" if name == "Viet Nam" else name))


def a_few_rows_deleted() -> Made:
    base = tables.registry()
    return _csv(base, Table(base.header, base.rows[:40] + base.rows[43:]))


def duplicates_removed() -> Made:
    base = tables.logbook()
    return _csv(base, Table(base.header, tuple(dict.fromkeys(base.rows))))


def blank_rows_removed() -> Made:
    base = tables.budget().plus([("",) * 6] * 30)
    return _csv(base, tables.budget())


def rows_sorted_anew() -> Made:
    base = tables.prices()
    return _csv(base, Table(base.header, tuple(sorted(base.rows, key=lambda row: row[1]))))


def a_column_added() -> Made:
    base = tables.registry()
    return _csv(base, base.with_column("note", ["" if number % 3 else "checked" for number in range(120)]))


def columns_moved() -> Made:
    base = tables.survey()
    return _csv(base, base.ordered(("respondent", "answer", "age", "income", "comment")))


def a_new_category() -> Made:
    return _csv(tables.survey(), tables.survey().edited("answer", lambda _: "no answer", _at(159)))


def a_new_currency() -> Made:
    return _csv(tables.prices(), tables.prices().plus([("70300", "green mill 3", "12.00", "CHF", "8")]))


def nulls_filled_in() -> Made:
    return _csv(tables.survey(), tables.survey().edited("age", lambda cell: cell or "44"))


def nulls_spelt_plainly() -> Made:
    return _csv(tables.survey(), tables.survey().edited("income", lambda cell: "" if cell == "NA" else cell))


def the_newest_row_is_provisional() -> Made:
    base = tables.sensor(200)
    return _csv(base, tables.sensor(201).edited("humidity", lambda _: "", _at(200)))


def floats_become_ints() -> Made:
    base = tables.prices().edited("stock", lambda cell: cell + ".0")
    return _csv(base, tables.prices())


def towards_iso_dates() -> Made:
    def turned(cell: str) -> str:
        return ".".join(reversed(cell.split("-")))

    return _csv(tables.registry().edited("opened", turned), tables.registry())


def towards_the_delimiter_of_the_name() -> Made:
    return tables.municipalities().csv(";"), tables.municipalities().csv(), ".csv"


def towards_utf_8() -> Made:
    base = tables.registry().edited("name", lambda name: name + "é", _at(4, 9))
    return base.csv().decode().encode("latin-1"), base.csv(), ".csv"


def ragged_rows_mended() -> Made:
    lines = tables.sensor().csv().decode().splitlines()
    lines[90] += ",7"
    return ("\n".join(lines) + "\n").encode(), tables.sensor().csv(), ".csv"


def an_old_fault_carried_on() -> Made:
    lines = tables.sensor(200).csv().decode().splitlines()
    lines[90] += ",7"
    new = tables.sensor(203).csv().decode().splitlines()[201:]
    return ("\n".join(lines) + "\n").encode(), ("\n".join([*lines, *new]) + "\n").encode(), ".csv"


def windows_line_ends() -> Made:
    return tables.cumulative().csv(), tables.cumulative().csv(line_end="\r\n"), ".csv"


def a_byte_order_mark() -> Made:
    return tables.cumulative().csv(), b"\xef\xbb\xbf" + tables.cumulative().csv(), ".csv"


def everything_quoted() -> Made:
    base = tables.budget().csv()
    quoted = "\n".join(",".join(f'"{cell}"' for cell in line.split(",")) for line in base.decode().splitlines())
    return base, (quoted + "\n").encode(), ".csv"


def a_count_corrected_downwards() -> Made:
    return _csv(tables.cumulative(), tables.cumulative().edited("cases", lambda cell: str(int(cell) - 600), _at(59)))


def a_gap_in_time() -> Made:
    base = tables.sensor(200)
    return _csv(base, base.plus(tables.sensor(214).rows[208:]))


def an_outlier() -> Made:
    return _csv(tables.sensor(), tables.sensor().plus([("2025-07-20", "38.9", "71", "900")]))


def a_small_list_grows() -> Made:
    return _csv(tables.registry(12), tables.registry(19))


def a_small_list_is_edited() -> Made:
    base = tables.registry(9)
    return _csv(base, base.edited("capacity", lambda _: "n/a", _at(2)))


def a_budget_revised() -> Made:
    def revised(table: Table) -> Table:
        rows = []
        for number, row in enumerate(table.rows):
            quarters = [int(cell) + (50 if number % 4 == 0 else 0) for cell in row[1:5]]
            rows.append((row[0], *map(str, quarters), str(sum(quarters))))
        return Table(table.header, tuple(rows))

    return _csv(tables.budget(), revised(tables.budget()))


def events_appended() -> Made:
    return tables.events(150).jsonl(), tables.events(190).jsonl(), ".jsonl"


def events_with_a_new_key() -> Made:
    base = tables.events()
    return base.jsonl(), base.with_column("agent", ["app"] * 150).jsonl(), ".jsonl"


def observations_appended() -> Made:
    return _csv(tables.logbook(140), tables.logbook(160))


def parquet_appended() -> Made:
    return tables.prices(90).parquet(), tables.prices(99).parquet(), ".parquet"


def compressed_and_appended() -> Made:
    return gzip.compress(tables.yearly(8).csv(), mtime=0), gzip.compress(tables.yearly(9).csv(), mtime=0), ".csv.gz"


def tabs_and_appended() -> Made:
    return _csv(tables.municipalities(80), tables.municipalities(86), ".tsv")


def comments_edited() -> Made:
    return _csv(tables.survey(), tables.survey().edited("comment", lambda _: "NA", _at(8)))


def a_bit_less_than_a_fifth_withdrawn() -> Made:
    return _csv(tables.registry(), tables.registry().cut(15))


def rows_without_a_key_appended() -> Made:
    def shorn(rows: int) -> Table:
        return tables.registry(rows).without("site_id").without("name")

    return _csv(shorn(120), shorn(127))


def negative_balances_as_ever() -> Made:
    def balances(rows: int) -> Table:
        random = Random(12)
        found = [
            (f"2025-{number % 12 + 1:02d}", f"A{number // 12:02d}", f"{random.gauss(0, 900):.2f}")
            for number in range(rows)
        ]
        return Table(("month", "account", "balance"), tuple(found))

    return _csv(balances(240), balances(252))


def a_model_retrained() -> Made:
    def scores(seed: int) -> Table:
        random = Random(seed)
        rows = [
            (f"q{number:03d}", f"{random.betavariate(8, 3):.4f}", f"{random.expovariate(2):.3e}")
            for number in range(150)
        ]
        return Table(("question", "score", "loss"), tuple(rows))

    return _csv(scores(1), scores(2))


def notes_grow_longer() -> Made:
    return _csv(
        tables.survey(), tables.survey().edited("comment", lambda cell: cell and cell + ", and so on", _some(0.2))
    )


def unix_line_ends() -> Made:
    return tables.cumulative().csv(line_end="\r\n"), tables.cumulative().csv(), ".csv"


def windows_line_ends_as_ever() -> Made:
    return tables.sensor(200).csv(line_end="\r\n"), tables.sensor(207).csv(line_end="\r\n"), ".csv"


def most_rows_replaced() -> Made:
    return _csv(tables.registry(200).cut(0, 100), tables.registry(200).cut(95, 195))


def a_list_of_the_newest() -> Made:
    newest = tables.sensor(200).without("rain_total")
    return _csv(newest.cut(0, 100), newest.cut(100))


def a_few_answers_withdrawn() -> Made:
    return _csv(tables.survey(), tables.survey().edited("age", lambda _: "", _at(3, 44, 91)))


def answers_appended() -> Made:
    return _csv(tables.survey(180).cut(0, 150), tables.survey(180))


def a_quiet_week() -> Made:
    dry = Table(
        ("day", "rain"), tuple((day, "0" if number % 9 < 5 else rain) for number, (day, *_, rain) in _days(200))
    )
    return _csv(dry.cut(0, 180), dry.edited("rain", lambda _: "0", lambda number: number >= 192))


def _days(number: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    return enumerate(tables.sensor(number).without("rain_total").rows)


def rounded_totals_appended() -> Made:
    return _csv(_nearly(tables.budget(100)), _nearly(tables.budget(108)))


_BREAKAGES: tuple[tuple[Making, str], ...] = (
    (column_missing, BLOCK),
    (column_renamed, BLOCK),
    (header_in_other_case, BLOCK),
    (header_lost, BLOCK),
    (header_twice_the_same, BLOCK),
    (delimiter_changed, BLOCK),
    (emptied_to_its_header, BLOCK),
    (emptied_altogether, BLOCK),
    (conflict_markers, BLOCK),
    (not_utf_8_any_more, BLOCK),
    (replacement_characters, BLOCK),
    (ragged_rows, BLOCK),
    (unquoted_comma, BLOCK),
    (rows_empty_from_end_to_end, BLOCK),
    (a_third_of_the_rows_gone, BLOCK),
    (half_of_a_log_gone, BLOCK),
    (appended_to_itself, BLOCK),
    (a_block_pasted_twice, BLOCK),
    (key_repeated, BLOCK),
    (composite_key_repeated, BLOCK),
    (log_appended_to_itself, BLOCK),
    (text_among_numbers, BLOCK),
    (thousands_separators, BLOCK),
    (letter_for_a_digit, BLOCK),
    (decimal_commas, BLOCK),
    (units_written_behind_numbers, BLOCK),
    (dates_in_another_format, BLOCK),
    (a_date_that_is_none, BLOCK),
    (days_as_spreadsheet_numbers, BLOCK),
    (spreadsheet_errors, BLOCK),
    (a_traceback_in_text, BLOCK),
    (an_error_page_for_a_file, BLOCK),
    (null_tokens_among_numbers, BLOCK),
    (nulls_in_the_key, BLOCK),
    (a_wave_of_nulls, BLOCK),
    (a_column_emptied, BLOCK),
    (ints_become_floats, BLOCK),
    (leading_zeros_lost, BLOCK),
    (a_code_of_another_shape, BLOCK),
    (time_out_of_order, BLOCK),
    (a_total_that_is_none, BLOCK),
    (jsonl_number_as_text, BLOCK),
    (jsonl_key_renamed, BLOCK),
    (jsonl_line_cut_off, BLOCK),
    (parquet_ints_become_floats, BLOCK),
    (parquet_column_missing, BLOCK),
    (gzipped_and_cut, BLOCK),
    (tabs_turned_into_commas, BLOCK),
    (values_under_the_wrong_header, BLOCK),
    (another_unit, ALERT),
    (a_sign_turned, ALERT),
    (text_decoded_twice, ALERT),
    (blanks_behind_codes, BLOCK),
    (a_category_misspelt, ALERT),
    (a_code_with_two_names, ALERT),
    (day_and_month_swapped, BLOCK),
    (a_century_lost, BLOCK),
    (jsonl_truth_as_text, BLOCK),
    (one_value_erased, ALERT),
    (a_tenth_of_the_rows_gone, ALERT),
    (two_columns_swapped, ALERT),
    (ids_given_out_anew, ALERT),
    (an_extract_of_something_else, ALERT),
    (answers_lost_in_an_export, ALERT),
    (a_station_that_froze, ALERT),
    (half_of_the_totals_not_drawn_up_anew, ALERT),
)

_CHANGES: tuple[tuple[Making, str], ...] = (
    (rows_appended, SILENT),
    (sites_appended, SILENT),
    (a_year_appended, SILENT),
    (a_window_that_rolls, SILENT),
    (all_prices_updated, SILENT),
    (stock_counted_anew, SILENT),
    (a_price_with_a_fraction, ALERT),
    (a_name_corrected, SILENT),
    (a_country_renamed_everywhere, ALERT),  # SILENT was wanted: a name outside the closed set of countries
    (a_few_rows_deleted, SILENT),
    (duplicates_removed, SILENT),
    (blank_rows_removed, SILENT),
    (rows_sorted_anew, SILENT),
    (a_column_added, ALERT),
    (columns_moved, ALERT),
    (a_new_category, ALERT),
    (a_new_currency, ALERT),
    (nulls_filled_in, SILENT),
    (nulls_spelt_plainly, SILENT),
    (the_newest_row_is_provisional, ALERT),
    (floats_become_ints, SILENT),
    (towards_iso_dates, SILENT),
    (towards_the_delimiter_of_the_name, SILENT),
    (towards_utf_8, SILENT),
    (ragged_rows_mended, SILENT),
    (an_old_fault_carried_on, SILENT),
    (windows_line_ends, ALERT),
    (a_byte_order_mark, ALERT),
    (everything_quoted, SILENT),
    (a_count_corrected_downwards, ALERT),
    (a_gap_in_time, ALERT),
    (an_outlier, ALERT),
    (a_small_list_grows, SILENT),
    (a_small_list_is_edited, SILENT),
    (a_budget_revised, SILENT),
    (events_appended, SILENT),
    (events_with_a_new_key, ALERT),
    (observations_appended, SILENT),
    (parquet_appended, SILENT),
    (compressed_and_appended, SILENT),
    (tabs_and_appended, SILENT),
    (comments_edited, SILENT),
    (a_bit_less_than_a_fifth_withdrawn, ALERT),
    (rows_without_a_key_appended, SILENT),
    (negative_balances_as_ever, SILENT),
    (a_model_retrained, SILENT),
    (notes_grow_longer, SILENT),
    (unix_line_ends, SILENT),
    (windows_line_ends_as_ever, SILENT),
    (most_rows_replaced, SILENT),
    (a_list_of_the_newest, SILENT),
    (a_few_answers_withdrawn, SILENT),
    (answers_appended, SILENT),
    (a_quiet_week, SILENT),
    (rounded_totals_appended, SILENT),
)


def _pair(making: Making, comes_to: str, *, is_breakage: bool) -> Pair:
    made = making()
    name = making.__name__.replace("_", " ")
    return Pair(name=name, is_breakage=is_breakage, comes_to=comes_to, suffix=made[2], base=made[0], head=made[1])


def pairs() -> tuple[Pair, ...]:
    """All of them, in an order that never changes."""
    kinds = ((True, _BREAKAGES), (False, _CHANGES))
    return tuple(
        replace(_pair(making, comes_to, is_breakage=is_breakage), is_held_out=number % 3 == 2)
        for is_breakage, makings in kinds
        for number, (making, comes_to) in enumerate(makings)
    )
