"""The readers of contracts and policies: whatever the bytes, a value or errors with places."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from data_contract.contract_document import read_contract
from data_contract.document import MAX_BYTES
from data_contract.errors import DataContractError, Rejected
from data_contract.policy_document import read_policy

CONTRACT = b"""# yaml-language-server: $schema=../schemas/contract.schema.json
version: 1
dataset:
  name: user_features
  owner: growth-data
  description: "One row a user: \\u00e9."
  files: ["data/user_features/*.csv"]
  key: [user_id, day]
  rows: {min: 1, max: 100, max_loss: 0.2, max_gain: 1.5}
  columns: closed
  format: {delimiter: ";", quote: "'", encoding: utf-8, header: true, null_values: ["", NA, ~]}
  sample: {confidence: 0.95}
features:
  user_id: {dtype: int, allow_null: false, max_null_rate: 0, criticality: high, min: 1, max: 99999999999999999999}
  day: {dtype: date, formats: ["%d.%m.%Y"], min: 01.01.2024, freshness: 48h}
  user_age: {dtype: float, max_null_rate: 0.3, min: 0, max: 130.5, allow_nonfinite: true, drift: {max_psi: 0.2}}
  amount: {dtype: decimal, min: -0.05, max_invalid_rate: 0.01}
  country_code: {dtype: str, pattern: "[A-Z]{2}", min_length: 2, max_length: 2, allowed: [DE, NO, 'NA']}
  email:
    dtype: str
    sensitive: true
    unique: true
"""
POLICY = b"""version: 1
risk: {alert_threshold: 0.25, block_threshold: 0.4, advisory_ceiling: 0.39, weights: {drift: 0.5, schema: 1}}
ci:
  fail_on: [block, alert]
  on_uncontracted: implicit
  min_coverage: 0.9
files: {data: ["**/*.csv"], ignore: ["tests/**"]}
overrides:
  - {match: {dataset: "experiment_*", path: "data/**"}, ci: {fail_on: []}, risk: {block_threshold: 0.5}}
waivers:
  - dataset: user_features
    feature: user_age
    check: null-rate
    up_to: 0.4
    until: 2026-12-31
    reason: "backfill running"
    approved_by: dana
"""
Read = Callable[[bytes, str], Any]
READERS = pytest.mark.parametrize(("read", "sound"), [(read_contract, CONTRACT), (read_policy, POLICY)])


def mistakes(read: Read, source: bytes) -> tuple[DataContractError, ...]:
    """What a reader says is wrong; any error that is not ours goes through."""
    try:
        read(source, "file.yml")
    except Rejected as rejected:
        return rejected.mistakes
    except DataContractError as mistake:
        return (mistake,)
    return ()


def check(read: Read, source: bytes) -> None:
    # NOTE: YAML ends lines at these; an error may stand where the next line would start.
    lines = 2 + sum(source.count(end) for end in (b"\n", b"\r", b"\xc2\x85", b"\xe2\x80\xa8", b"\xe2\x80\xa9"))
    for mistake in mistakes(read, source):
        assert mistake.message
        assert mistake.at is not None
        assert mistake.at.path == "file.yml"
        assert 1 <= mistake.at.line <= lines
        assert mistake.at.column >= 1


@READERS
def test_a_sound_document_has_no_mistake(read: Read, sound: bytes) -> None:
    assert mistakes(read, sound) == ()


@pytest.mark.parametrize("read", [read_contract, read_policy])
@given(source=st.binary(max_size=200))
@example(source=b"")
@example(source=b"\xff")
@example(source=b"\xef\xbb\xbfversion: 1")
@example(source=b"\xff\xfev\0e\0")
@example(source=b"version: 1\0")
@example(source=b"a: &x [*x]")
@example(source=b"{" * 10_000)
@example(source=b"- " * 10_000)
@example(source=b"? " * 10_000)
@example(source=b"!!python/object/apply:os.system [ls]")
@example(source=b"version: 1\n---\nversion: 1")
@example(source=b"version: 1\n" + b"#" * MAX_BYTES)
@example(source=b"version: 1\ndataset: ~\nfeatures: ~")
@settings(deadline=None)
def test_any_bytes_are_read_or_refused(read: Read, source: bytes) -> None:
    check(read, source)


TOKENS = [
    *(
        b"",
        b":",
        b"-",
        b"{",
        b"}",
        b"[",
        b"]",
        b",",
        b"\n",
        b"  ",
        b"\t",
        b'"',
        b"'",
        b"#",
        b"&a ",
        b"*a",
        b"!t ",
        b"? ",
    ),
    *(
        b"~",
        b"null",
        b"true",
        b"1",
        b"-1",
        b"1e999",
        b"0x1",
        b".inf",
        b"nan",
        b"9" * 5000,
        b"1.",
        b"2026-02-30",
        b"|\n",
    ),
    *(
        b"\0",
        b"\xff",
        b"\xc2\x85",
        b"\xe2\x80\xa8",
        b"\xef\xbb\xbf",
        b"\r",
        b"\\x",
        b"(",
        b"%",
        b"%Y%",
        b"(?<x>",
        b"a{999999}",
    ),
    *(b"version", b"dataset", b"features", b"dtype: int", b"int", b"float", b"datetime", b"key: []", b"<<: ", b"--- "),
]


@READERS
@given(data=st.data())
@settings(deadline=None)
def test_a_spoilt_document_is_read_or_refused(read: Read, sound: bytes, data: st.DataObject) -> None:
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(sound)))
        end = data.draw(st.sampled_from([start, start + 1, start + 4, start + 40]))
        sound = sound[:start] + data.draw(st.sampled_from(TOKENS)) + sound[end:]
    check(read, sound)


WORDS = sorted({word for source in (CONTRACT, POLICY) for word in source.replace(b",", b" ").split()})


@READERS
@given(data=st.data())
@settings(deadline=None)
def test_a_document_with_a_word_exchanged_is_read_or_refused(read: Read, sound: bytes, data: st.DataObject) -> None:
    old = data.draw(st.sampled_from([word for word in WORDS if word in sound]))
    check(read, sound.replace(old, data.draw(st.sampled_from(WORDS) | st.sampled_from(TOKENS)), 1))


@pytest.mark.parametrize(
    "form", ["%d.%m.%Y %H", "%d.%m.%Y %p", "%d.%m.%Y %I", "%Y%m%d%", "%Y%m%d %", "%d.%m", "%d.%m.%Y %q"]
)
@pytest.mark.parametrize("dtype", [b"date", b"datetime"])
@pytest.mark.parametrize("limit", [b"", b", min: '01.01.2024'"])
def test_a_format_that_reads_nothing_is_refused(form: str, dtype: bytes, limit: bytes) -> None:
    feature = b"day: {dtype: " + dtype + b", formats: ['" + form.encode() + b"']" + limit + b"}"
    source = b"version: 1\ndataset: {name: a, files: [a.csv]}\nfeatures:\n  " + feature
    found = mistakes(read_contract, source)
    assert any(mistake.message.startswith(f"the format '{form}' ") for mistake in found)
