"""How a contract changed: key by key, whether it promises more than before, less, or the same.

The law: where no change is loosened, data that broke the old contract breaks the new one too. Two things make it more
than a comparison of values. Some keys are one promise together (`allow_null` and `max_null_rate`; `unique` and a `key`
of one feature), and are compared by what they come to. And a test of cells decides what other promises look at: what it
makes invalid is no longer compared by `unique` or `drift`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Any

import polars as pl

from data_contract.checks import CELL_TESTS
from data_contract.checks.allowed import ALLOWED
from data_contract.checks.columns import COLUMNS, Openness
from data_contract.checks.drift import DRIFT
from data_contract.checks.dtype import ALLOW_NONFINITE, DTYPE, FORMATS, grammar_of
from data_contract.checks.freshness import FRESHNESS
from data_contract.checks.nulls import ALLOW_NULL, MAX_NULL_RATE, tolerated_nulls
from data_contract.checks.unique import KEY, UNIQUE
from data_contract.checks.validity import MAX_INVALID_RATE
from data_contract.contract import Contract
from data_contract.contract_document import CONTRACT, CRITICALITY, DATASET, FEATURE, FEATURES, OWN_NULL_VALUES
from data_contract.errors import Span
from data_contract.formats import BY_SUFFIX
from data_contract.formats.csv import CsvSource
from data_contract.keys import Key, Named, Section, Table, TableOrFalse
from data_contract.measures.grammar import DType, Grammar
from data_contract.model import Breaks, ContractChange
from data_contract.scalars import Written
from data_contract.strictness import LOOSENED, NEUTRAL, TIGHTENED, Direction, Effect, may_loosen
from data_contract.text_format import FORMAT, NULL_VALUES

_BREAKS = {
    Direction.LOOSENED: Breaks.CONSUMERS,
    Direction.TIGHTENED: Breaks.PRODUCERS,
    Direction.NEUTRAL: Breaks.NOBODY,
}


def compare(base: Contract | None, head: Contract | None) -> tuple[ContractChange, ...]:
    """The changes from `base` to `head`, in the order of the keys; a contract that nobody wrote is as good as none."""
    was, now = (contract and contract.written for contract in (base, head))
    if base and was and head and now:
        return tuple(_keys("", CONTRACT, _Side(base, was), _Side(head, now)))
    if head and now:
        return (_change("contract", (None, head.name), TIGHTENED, head.span),)
    if base and was:
        return (_change("contract", (base.name, None), LOOSENED, base.span),)
    return ()


def _change(
    path: str, texts: tuple[str | None, str | None], effect: Effect, span: Span, breaks: Breaks | None = None
) -> ContractChange:
    return ContractChange(
        path=path,
        before=texts[0],
        after=texts[1],
        direction=effect.direction,
        breaks=breaks or _BREAKS[effect.direction],
        span=span,
        note=effect.note,
    )


@dataclass(frozen=True, slots=True)
class _Side:
    """A mapping of keys in one of the two contracts."""

    contract: Contract
    section: Section
    """Without a key where there is no such mapping."""
    feature: str | None = None
    """Whose keys they are."""
    grammar: Grammar = Grammar()
    """How the feature's cells are understood."""
    naming: Grammar = Grammar()
    """How values are told apart; as mere text where the two contracts understand cells in different ways."""

    def within(self, key: Key[Section]) -> _Side:
        """The mapping that `key` holds; its place is that of the key."""
        inner = self.section.get(key) or Section(self.section.span)
        return replace(self, section=replace(inner, span=self.section.at(key)))

    @property
    def dataset(self) -> Section:
        assert self.contract.written
        return self.contract.written.meant(DATASET)

    @property
    def features(self) -> Mapping[str, tuple[Span, Section]]:
        assert self.contract.written
        return self.contract.written.meant(FEATURES)

    @property
    def keyed(self) -> tuple[str, ...]:
        return self.dataset.get(KEY) or ()

    def promised(self, key: Key[Any]) -> Any:
        """What a key comes to, in a form that compares; None where it promises nothing.

        Some depend on what else the contract says.
        """
        if key in (ALLOW_NULL, MAX_NULL_RATE):
            return tolerated_nulls(self.section, is_key=self.feature in self.keyed)
        if key is UNIQUE:
            return self.section.meant(UNIQUE) or self.keyed == (self.feature,)
        if key is CRITICALITY:
            return self.contract.features[self.feature or ""].criticality
        if key is OWN_NULL_VALUES and key not in self.section:
            return _Side(self.contract, self.dataset).within(FORMAT).own(NULL_VALUES)
        return self.own(key)

    def own(self, key: Key[Any]) -> Any:
        """What the value of a key means by itself, in a form that compares."""
        value = self.section.meant(key)
        assert key.strictness
        if isinstance(value, Written):
            return _limit(value, self.grammar)
        if key is ALLOWED and value is not None:
            value = _identities(value, self.naming)
        return None if value is None else key.strictness.form(value)


def _limit(written: Written, grammar: Grammar) -> Any:
    """A limit as a number or a moment, so that those of an int and a float, of a date and a datetime compare."""
    limit = grammar.read(written.text)
    if isinstance(limit, date) and not isinstance(limit, datetime):
        return datetime.combine(limit, time())
    return limit


def _identities(values: tuple[Written, ...], grammar: Grammar) -> list[Any]:
    texts = pl.DataFrame({"text": [value.text for value in values]})
    return texts.select(grammar.identity(pl.col("text"))).to_series().to_list()


def _keys(prefix: str, table: Table, base: _Side, head: _Side) -> Iterator[ContractChange]:
    for key in table.keys:
        path = f"{prefix}{key.name}"
        match key.kind:
            case Table() as inner:
                yield from _keys(f"{path}.", inner, base.within(key), head.within(key))
            case TableOrFalse(table=inner):
                if base.section.get(key) and head.section.get(key):
                    yield from _keys(f"{path}.", inner, base.within(key), head.within(key))
                else:
                    yield from _key(path, key, base, head)
            case Named():
                yield from _features(base, head)
            case _:
                yield from _key(path, key, base, head)


def _key(path: str, key: Key[Any], base: _Side, head: _Side) -> Iterator[ContractChange]:
    texts = base.section.written(key), head.section.written(key)
    if texts[0] != texts[1] and (effect := _effect(key, base, head)):
        yield _change(path, texts, effect, head.section.at(key))


def _effect(key: Key[Any], base: _Side, head: _Side) -> Effect | None:
    """What a change of a key's text does; None where it means what it meant."""
    if key in (FORMATS, ALLOW_NONFINITE) and base.grammar.dtype in (None, DType.STR):
        return NEUTRAL  # NOTE: they only say which dtype it is, of a feature that had none
    before, after = base.promised(key), head.promised(key)
    if before == after:
        return None if base.own(key) == head.own(key) else NEUTRAL
    assert key.strictness
    effect = key.strictness.effect(before, after)
    if effect.direction is Direction.TIGHTENED and (why := _loosened_elsewhere(key, base, head)):
        return may_loosen(why)
    return effect


_CELL_KEYS = tuple(key for test in CELL_TESTS for key in test.keys)


def _loosened_elsewhere(key: Key[Any], base: _Side, head: _Side) -> str | None:
    """Why a tighter test of cells may loosen another promise, if it may."""
    if key not in _CELL_KEYS:
        return None
    is_compared = base.promised(UNIQUE) or DRIFT in base.section
    if is_compared and head.section.meant(MAX_INVALID_RATE):
        return "what becomes invalid is tolerated, and no longer compared by unique and drift"
    return _understood_otherwise(base, head) if key is DTYPE else None


def _understood_otherwise(base: _Side, head: _Side) -> str | None:
    """Why cells that were valid and are may come to something else under a narrower dtype, if they may."""
    was, old, new = base.section, base.grammar.dtype, head.grammar.dtype
    if old is DType.STR and not (_is_text(base.contract) and _is_text(head.contract)):
        return "where a file tells numbers from text, no number was valid before"
    if base.grammar.formats:
        return "the formats are read in another way"
    if ALLOWED in was and _coarseness(new) > _coarseness(old):
        return "any spelling of an allowed value is allowed now"
    if (base.promised(UNIQUE) or base.feature in base.keyed) and _coarseness(new) < _coarseness(old):
        return "values that were the same may be different ones"
    if DRIFT in was and _scale(new) != _scale(old):
        return "drift compares other distributions"
    if FRESHNESS in was:
        return "a date is as new as the end of its day"
    return None


def _is_text(contract: Contract) -> bool:
    """Whether nothing in its files can tell a number from a text."""
    delimited = tuple(suffix for suffix, opener in BY_SUFFIX.items() if opener is CsvSource)
    return all(glob.lower().endswith(delimited) for glob in contract.files)


def _coarseness(dtype: DType | None) -> int:
    """The more texts mean the same, the higher: `1` and `01` to an int; to a float even the digits it cannot hold."""
    return 0 if dtype in (None, DType.STR) else 2 if dtype is DType.FLOAT else 1


def _scale(dtype: DType | None) -> str:
    """What values are sorted by, when they are counted for a distribution."""
    match dtype:
        case DType.INT | DType.DECIMAL | DType.FLOAT:
            return "number"
        case DType.DATE | DType.DATETIME:
            return "day"
        case DType.BOOL:
            return "flag"
        case _:
            return "text"


def _features(base: _Side, head: _Side) -> Iterator[ContractChange]:
    """Features that came, that went, and what changed in the others."""
    was, now = base.features, head.features
    for name in dict.fromkeys((*was, *now)):
        path = f"features.{name}"
        if name in was and name in now:
            yield from _keys(f"{path}.", FEATURE, *_pair(name, base, head))
        elif name in was:
            yield _change(path, (str(was[name][1]), None), LOOSENED, head.section.at(FEATURES))
        else:
            yield _change(path, (None, str(now[name][1])), _came(base), now[name][0], Breaks.PRODUCERS)
    if tuple(was) != tuple(now) and not base.contract.format.header:
        effect = may_loosen("without a header, columns are known by this order")
        yield _change("features", (", ".join(was), ", ".join(now)), effect, head.section.at(FEATURES))


def _came(base: _Side) -> Effect:
    if base.dataset.meant(COLUMNS) is Openness.CLOSED:
        return may_loosen("a column of that name was undeclared before, which `columns: closed` forbids")
    return TIGHTENED


def _pair(name: str, base: _Side, head: _Side) -> Iterator[_Side]:
    """A feature's keys in both contracts."""
    grammars = [grammar_of(side.features[name][1]) for side in (base, head)]
    is_alike = grammars[0] == grammars[1]
    for side, grammar in zip((base, head), grammars, strict=True):
        span, section = side.features[name]
        section = replace(section, span=span)
        yield replace(side, section=section, feature=name, grammar=grammar, naming=grammar if is_alike else Grammar())
