"""What a dataset promises: the YAML that people write, read into ready-made checks."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from data_contract.checks import CELL_TESTS, DATASET_CHECKS, FEATURE_CHECKS
from data_contract.checks.dtype import ALLOW_NONFINITE, DTYPE, FORMATS, grammar_of
from data_contract.checks.rows import RowCount
from data_contract.checks.structure import Structure
from data_contract.checks.unique import KEY
from data_contract.checks.volume import Volume
from data_contract.document import read_document
from data_contract.errors import ContractError, Rejected, Span
from data_contract.glob import fixed_part, matches
from data_contract.keys import (
    Choice,
    Flag,
    Key,
    Listing,
    Literal,
    Named,
    Number,
    Reading,
    Schema,
    Section,
    Table,
    TableOrFalse,
    Text,
    Version,
    Written,
)
from data_contract.measures.cells import Cells
from data_contract.model import Criticality, Feature, TextFormat
from data_contract.promise import DatasetTerms, Promise, Terms

_CONFIDENCE = 0.95
GLOB = Text(
    r"(?!/)(?!\./)(?!.*//)(?!(.*/)?\.\.(/|$))[^\[\]{}\u0000]+",
    "a glob of *, ? and ** from the root, such as data/*.csv",
)


class Encoding(StrEnum):
    """The encodings a contract may name; all of them are codecs of Python."""

    UTF_8 = "utf-8"
    UTF_16 = "utf-16"
    UTF_16_LE = "utf-16-le"
    UTF_16_BE = "utf-16-be"
    ASCII = "ascii"
    LATIN_1 = "latin-1"
    ISO_8859_1 = "iso-8859-1"
    ISO_8859_2 = "iso-8859-2"
    ISO_8859_5 = "iso-8859-5"
    ISO_8859_15 = "iso-8859-15"
    CP1250 = "cp1250"
    CP1251 = "cp1251"
    CP1252 = "cp1252"
    CP1254 = "cp1254"
    CP437 = "cp437"
    CP850 = "cp850"
    MAC_ROMAN = "mac-roman"
    KOI8_R = "koi8-r"
    SHIFT_JIS = "shift_jis"
    CP932 = "cp932"
    EUC_JP = "euc-jp"
    EUC_KR = "euc-kr"
    GB18030 = "gb18030"
    BIG5 = "big5"


DELIMITER = Key(
    "delimiter",
    Text(r"[\t -/:-@\[-`{-~]", "one punctuation mark, blank or tab"),
    "The one ASCII character between cells. Absent: a tab in .tsv files, a comma elsewhere.",
)
QUOTE = Key("quote", Text(r"[!-/:-@\[-`{-~]?", "one punctuation mark"), "The quote, doubled inside cells; '' for none.")
ENCODING = Key("encoding", Choice(Encoding), "The encoding of the file's text. Absent: utf-8.")
HEADER = Key("header", Flag(), "Whether the first row names the columns; if not, the features do. Absent: true.")
NULL_VALUES = Key(
    "null_values",
    Listing(Literal()),
    "The texts that stand for no value, quoted or not. Absent: the empty text alone.",
)
FORMAT = Key("format", Table((DELIMITER, QUOTE, ENCODING, HEADER, NULL_VALUES)), "How the file is written.")

CONFIDENCE = Key(
    "confidence",
    Number(above=0, below=1, hint="write 0.95 for 95 %"),
    "How sure a tolerance must be judged, between 0 and 1. Absent: 0.95.",
)
SAMPLE = Key(
    "sample",
    TableOrFalse(Table((CONFIDENCE,))),
    "false, or how to judge a file that is a sample extract: tolerances by exact binomial bounds, volume not at all.",
)

NAME = Key("name", Text(), "The dataset's name, the same in no other contract.", required=True)
OWNER = Key("owner", Text(), "Who answers for the dataset.")
FILES = Key(
    "files", Listing(GLOB, minimum=1), "Globs from the root; one file is one version of the dataset.", required=True
)
DESCRIPTION = Key("description", Text(), "What it is, for people.")
CRITICALITY = Key("criticality", Choice(Criticality), "How much depends on the feature. Absent: medium.")
SENSITIVE = Key("sensitive", Flag(), "Whether its values must never be shown anywhere. Absent: false.")

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
    "null_values", Listing(Literal()), "The same for this feature alone. Absent: those of the format."
)
FEATURE = Table(
    (
        CRITICALITY,
        SENSITIVE,
        DESCRIPTION,
        OWN_NULL_VALUES,
        *_CELL_KEYS,
        *(key for check in FEATURE_CHECKS for key in check.keys),
    ),
    _FEATURE_RULES,
)
FEATURES = Key("features", Named(FEATURE), "The columns under contract, by name.", required=True)
CONTRACT = Table((Key("version", Version(1), "The version of this form: 1.", required=True), DATASET, FEATURES))


@dataclass(frozen=True, slots=True, kw_only=True)
class Contract:
    """What one dataset promises, with ready-made checks inside."""

    name: str
    owner: str | None
    files: tuple[str, ...]
    """Globs from the root."""
    key: tuple[Cells, ...]
    """The features that identify a row, each with what makes its cells valid."""
    format: TextFormat
    features: Mapping[str, Feature]
    """In the order of the contract."""
    checks: tuple[Promise, ...]
    span: Span
    digest: str
    """SHA-256 of the file it stands in, 64 hexadecimal digits."""

    def describes(self, path: str) -> bool:
        """Whether a file is one of the dataset's."""
        return any(matches(path, glob) for glob in self.files)

    def keeping_secrets_of(self, other: Contract) -> Contract:
        """The same contract, in which what either calls sensitive is."""
        secret = {name for name, feature in other.features.items() if feature.sensitive}
        features = {
            name: replace(feature, sensitive=True) if name in secret else feature
            for name, feature in self.features.items()
        }
        return replace(self, features=features)

    def reaches_into(self, path: str) -> bool:
        """Whether all of some glob's files would lie below a path: then what stands there had better be a folder."""
        return any(f"{fixed_part(glob)}/".startswith(f"{path}/") for glob in self.files)


def read_contract(source: bytes, path: str) -> Contract:
    """Read one contract.

    Raises `Rejected`, with every mistake in it, or `ContractError` when it is no document at all.
    """
    reading = Reading(ContractError)
    document = CONTRACT.read(read_document(source, path, ContractError), reading)
    dataset = document.get(DATASET) if document else None
    features = document.get(FEATURES) if document else None
    if dataset is None or features is None:
        reading.finish()
        raise AssertionError("a contract without dataset or features was accepted")
    contract = _contract(dataset, features, reading, hashlib.sha256(source).hexdigest())
    reading.finish()
    return contract


def structure_only(path: str) -> Contract:
    """What every data file promises without a contract: that it has the form of one."""
    nothing = Section(Span(path, 1), {}, {})
    reading = Reading(ContractError)
    terms = DatasetTerms(section=nothing, rows=nothing, cells={}, features={}, is_sample=False, reading=reading)
    return Contract(
        name=path,
        owner=None,
        files=(),
        key=(),
        format=TextFormat(),
        features={},
        checks=tuple(Structure.promised(terms)),
        span=nothing.span,
        digest=hashlib.sha256(b"").hexdigest(),
    )


def refuse_twins(contracts: Iterable[Contract]) -> None:
    """Raise `Rejected` if two contracts describe a dataset of the same name."""
    first: dict[str, Contract] = {}
    twins = []
    for contract in contracts:
        other = first.setdefault(contract.name, contract)
        if other is not contract:
            hint = f"{other.span.path} describes it already: rename one"
            twins.append(
                ContractError(f"the dataset '{contract.name}' is described twice", at=contract.span, hint=hint)
            )
    if twins:
        raise Rejected(twins)


def _contract(
    dataset: Section, declared: Mapping[str, tuple[Span, Section]], reading: Reading, digest: str
) -> Contract:
    form = dataset.get(FORMAT)
    nulls = _texts(form.get(NULL_VALUES) if form else None, ("",))
    keyed = dataset.get(KEY) or ()
    sample = dataset.get(SAMPLE)
    confidence = (sample.get(CONFIDENCE) or _CONFIDENCE) if sample else None
    key = _KeyTerms(keyed, [declared[name][1].get(CRITICALITY) for name in keyed if name in declared])
    checks: list[Promise] = []
    cells: dict[str, Cells] = {}
    features: dict[str, Feature] = {}
    for name, (span, section) in declared.items():
        terms = _terms(name, span, section, key, confidence, reading)
        tests = [test for kind in CELL_TESTS if (test := kind.promised(terms))]
        null_values = _texts(section.get(OWN_NULL_VALUES), nulls)
        features[name] = terms.feature
        cells[name] = Cells(name, terms.grammar, null_values, tuple(tests))
        checks += (check for kind in FEATURE_CHECKS for check in kind.promised(terms, cells[name]))
    rows = dataset.get(ROWS) or Section(dataset.at(ROWS), {}, {})
    terms_ = DatasetTerms(
        section=dataset, rows=rows, cells=cells, features=features, is_sample=sample is not None, reading=reading
    )
    return Contract(
        name=dataset.get(NAME) or "",
        owner=dataset.get(OWNER),
        files=dataset.get(FILES) or (),
        key=tuple(cells[name] for name in keyed if name in cells),
        format=_format(form, reading),
        features=features,
        checks=(*(check for kind in DATASET_CHECKS for check in kind.promised(terms_)), *checks),
        span=dataset.at(NAME),
        digest=digest,
    )


class _KeyTerms:
    """What being a part of the key means for a feature."""

    def __init__(self, names: tuple[str, ...], criticalities: Iterable[Criticality | None]) -> None:
        self.names = names
        order = list(Criticality)
        self._highest = max((each or Criticality.MEDIUM for each in criticalities), key=order.index, default=None)

    def criticality(self, name: str, own: Criticality | None) -> Criticality:
        """That of a feature: a part of the key matters as much as its most critical part, or breaking it would pay."""
        is_part = self._highest is not None and name in self.names
        return self._highest if is_part and self._highest else own or Criticality.MEDIUM


def _terms(
    name: str, span: Span, section: Section, key: _KeyTerms, confidence: float | None, reading: Reading
) -> Terms:
    feature = Feature(
        name=name,
        dtype=section.get(DTYPE),
        criticality=key.criticality(name, section.get(CRITICALITY)),
        sensitive=section.get(SENSITIVE) or False,
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


def _format(form: Section | None, reading: Reading) -> TextFormat:
    if form is None:
        return TextFormat()
    quote, header, delimiter = form.get(QUOTE), form.get(HEADER), form.get(DELIMITER)
    quote = '"' if quote is None else quote or None
    if quote is not None and quote == (delimiter or ","):
        reading.refuse(f"{quote} is the quote and the delimiter", form.at(QUOTE), "change one of them")
    return TextFormat(
        delimiter=delimiter,
        quote=quote,
        encoding=(form.get(ENCODING) or Encoding.UTF_8).value,
        header=header is not False,
    )


def _texts(written: tuple[Written, ...] | None, default: tuple[str, ...]) -> tuple[str, ...]:
    return default if written is None else tuple(value.text for value in written)
