"""A contract as people write it: its keys, and how a document that has them becomes a `Contract`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from data_contract.checks import CELL_TESTS, DATASET_CHECKS, FEATURE_CHECKS
from data_contract.checks.dtype import ALLOW_NONFINITE, DTYPE, FORMATS, grammar_of
from data_contract.checks.rows import RowCount
from data_contract.checks.unique import KEY
from data_contract.checks.volume import Volume
from data_contract.contract import Contract
from data_contract.document import read_document
from data_contract.errors import ContractError, Span
from data_contract.glob import is_within
from data_contract.keys import Key, Listing, Named, Reading, Schema, Section, Table, TableOrFalse
from data_contract.measures.cells import Cells
from data_contract.model import Criticality, Feature, Sla
from data_contract.promise import DatasetTerms, Promise, Terms
from data_contract.scalars import GLOB, Choice, Flag, Number, Text, Verbatim, Version
from data_contract.sla import SLA, sla_of
from data_contract.strictness import (
    LOOSENED,
    NEUTRAL,
    NONE,
    REREAD,
    SMALLER,
    TIGHTENED,
    TRUE,
    Effect,
    Strictness,
    along,
    anything,
    may_loosen,
)
from data_contract.text_format import FORMAT, NULL_VALUES, format_of

CONFIDENCE = Key(
    "confidence",
    Number(above=0, below=1, hint="write 0.95 for 95 %"),
    "How sure a tolerance must be judged, between 0 and 1. Absent: 0.95.",
    absent=0.95,
    strictness=SMALLER,
)


def _sampled(before: Section | None, after: Section | None) -> Effect:
    if before is None or after is not None:
        return LOOSENED if before is None else NEUTRAL
    # NOTE: at half a chance or less, a bound calls a rate broken that lies below its limit (see `binomial`).
    if before.meant(CONFIDENCE) <= 0.5:
        return may_loosen("so unsure a sample is judged more harshly than a whole file")
    return TIGHTENED


SAMPLE = Key(
    "sample",
    TableOrFalse(Table((CONFIDENCE,))),
    "false, or how to judge a file that is a sample extract: tolerances by exact binomial bounds, volume not at all.",
    strictness=Strictness("none is tighter", _sampled),
)


def _reached(before: frozenset[str], after: frozenset[str]) -> Effect:
    def are_within(some: frozenset[str], others: frozenset[str]) -> bool:
        return all(any(is_within(glob, other) for other in others) for glob in some)

    if are_within(before, after):
        return NEUTRAL if are_within(after, before) else TIGHTENED
    return LOOSENED if are_within(after, before) else may_loosen("files may have left the contract")


NAME = Key(
    "name",
    Text(),
    "The dataset's name, the same in no other contract.",
    required=True,
    strictness=anything("the policy chooses waivers and overrides by the name"),
)
OWNER = Key("owner", Text(), "Who answers for the dataset.", strictness=NONE)
FILES = Key(
    "files",
    Listing(GLOB, minimum=1),
    "Globs from the root; one file is one version of the dataset.",
    required=True,
    strictness=Strictness("what matches more files is tighter", _reached, frozenset),
)
DESCRIPTION = Key("description", Text(), "What it is, for people.", strictness=NONE)
CRITICALITY = Key(
    "criticality",
    Choice(Criticality),
    "How much depends on the feature. Absent: medium.",
    absent=Criticality.MEDIUM,
    strictness=along(*Criticality),
)
SENSITIVE = Key(
    "sensitive",
    Flag(),
    "Whether its values must never be shown anywhere. Absent: false.",
    absent=False,
    strictness=TRUE,
)

_ROW_KEYS = RowCount.keys + Volume.keys
_OWN_KEYS = tuple(key for check in DATASET_CHECKS for key in check.keys if key not in _ROW_KEYS)
ROWS = Key("rows", Table(_ROW_KEYS), "How many rows there are, and may come and go.")
DATASET = Key(
    "dataset", Table((NAME, OWNER, DESCRIPTION, FILES, ROWS, FORMAT, SAMPLE, *_OWN_KEYS)), "The dataset.", required=True
)


def _when_any(keys: Iterable[str], then: Schema) -> Schema:
    return {"if": {"anyOf": [{"required": [key]} for key in keys]}, "then": then}


def _dtype_is(*dtypes: str) -> Schema:
    return {"required": ["dtype"], "properties": {"dtype": {"enum": list(dtypes)}}}


def _is(key: str, value: object) -> Schema:
    return {"required": [key], "properties": {key: {"const": value}}}


_CELL_KEYS: tuple[Key[Any], ...] = tuple(key for test in CELL_TESTS for key in test.keys)
_TEST_KEYS = [key.name for key in _CELL_KEYS if key not in (FORMATS, ALLOW_NONFINITE)]
_FEATURE_RULES: tuple[Schema, ...] = (
    _when_any(["min", "max"], _dtype_is("int", "float", "decimal", "date", "datetime")),
    _when_any(["formats", "freshness"], _dtype_is("date", "datetime")),
    _when_any(["allow_nonfinite"], _dtype_is("float")),
    {"if": _dtype_is("int"), "then": {"properties": {"min": {"type": "integer"}, "max": {"type": "integer"}}}},
    {
        "if": _dtype_is("float", "decimal"),
        "then": {"properties": {"min": {"type": "number"}, "max": {"type": "number"}}},
    },
    {
        "if": {**_is("allow_null", False), "required": ["allow_null"]},
        "then": {"properties": {"max_null_rate": {"maximum": 0}}},
    },
    _when_any(["max_invalid_rate"], {"anyOf": [{"required": [name]} for name in _TEST_KEYS]}),
)
OWN_NULL_VALUES = Key(
    "null_values",
    Listing(Verbatim()),
    "The same for this feature alone. Absent: those of the format.",
    strictness=NULL_VALUES.strictness,
)
FEATURE = Table(
    (
        CRITICALITY,
        SENSITIVE,
        DESCRIPTION,
        OWN_NULL_VALUES,
        *_CELL_KEYS,
        *(key for check in FEATURE_CHECKS for key in check.keys),
        SLA,
    ),
    _FEATURE_RULES,
)
FEATURES = Key("features", Named(FEATURE), "The columns under contract, by name.", required=True)
VERSION = Key("version", Version(1), "The version of this form: 1.", required=True, strictness=REREAD)
CONTRACT = Table((VERSION, DATASET, FEATURES))


def read_contract(source: bytes, path: str) -> Contract:
    """Read one contract.

    Raises `Rejected`, with every mistake in it, or `ContractError` when it is no document at all.
    """
    reading = Reading(ContractError)
    document = CONTRACT.read(read_document(source, path, ContractError), reading)
    dataset = document.get(DATASET) if document else None
    features = document.get(FEATURES) if document else None
    if document is None or dataset is None or features is None:
        reading.finish()
        raise AssertionError("a contract without dataset or features was accepted")
    contract = _contract(dataset, features, reading, hashlib.sha256(source).hexdigest())
    contract = replace(contract, written=document)
    reading.finish()
    return contract


def _contract(
    dataset: Section, declared: Mapping[str, tuple[Span, Section]], reading: Reading, digest: str
) -> Contract:
    form = dataset.get(FORMAT) or Section(dataset.at(FORMAT))
    keyed = dataset.get(KEY) or ()
    sample = dataset.get(SAMPLE)
    confidence = sample.meant(CONFIDENCE) if sample else None
    key = _KeyTerms(keyed, [declared[name][1].meant(CRITICALITY) for name in keyed if name in declared])
    checks: list[Promise] = []
    cells: dict[str, Cells] = {}
    features: dict[str, Feature] = {}
    slas: list[Sla] = []
    for name, (span, section) in declared.items():
        terms = _terms(name, span, section, key, confidence, reading)
        tests = [test for kind in CELL_TESTS if (test := kind.promised(terms))]
        own = section.get(OWN_NULL_VALUES)
        null_values = form.meant(NULL_VALUES) if own is None else own
        features[name] = terms.feature
        cells[name] = Cells(name, terms.grammar, null_values, tuple(tests))
        promised = [check for kind in FEATURE_CHECKS for check in kind.promised(terms, cells[name])]
        checks += promised
        if sla := sla_of(section, name, promised, reading):
            slas.append(sla)
    rows = dataset.get(ROWS) or Section(dataset.at(ROWS))
    terms_ = DatasetTerms(
        section=dataset, rows=rows, cells=cells, features=features, is_sample=sample is not None, reading=reading
    )
    return Contract(
        name=dataset.get(NAME) or "",
        owner=dataset.get(OWNER),
        files=dataset.get(FILES) or (),
        key=tuple(cells[name] for name in keyed if name in cells),
        format=format_of(form, reading),
        features=features,
        checks=(*(check for kind in DATASET_CHECKS for check in kind.promised(terms_)), *checks),
        slas=tuple(slas),
        span=dataset.at(NAME),
        digest=digest,
    )


class _KeyTerms:
    """What being a part of the key means for a feature."""

    def __init__(self, names: tuple[str, ...], criticalities: Iterable[Criticality]) -> None:
        self.names = names
        order = list(Criticality)
        self._highest = max(criticalities, key=order.index, default=None)

    def criticality(self, name: str, own: Criticality) -> Criticality:
        """That of a feature: a part of the key matters as much as its most critical part, or breaking it would pay."""
        is_part = self._highest is not None and name in self.names
        return self._highest if is_part and self._highest else own


def _terms(
    name: str, span: Span, section: Section, key: _KeyTerms, confidence: float | None, reading: Reading
) -> Terms:
    feature = Feature(
        name=name,
        dtype=section.get(DTYPE),
        criticality=key.criticality(name, section.meant(CRITICALITY)),
        sensitive=section.meant(SENSITIVE),
        span=span,
    )
    return Terms(
        section=section,
        feature=feature,
        grammar=grammar_of(section),
        is_key=name in key.names,
        is_whole_key=key.names == (name,),
        confidence=confidence,
        reading=reading,
    )
