"""How a delimited text file is written, as a contract states it."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from data_contract.keys import Key, Listing, Reading, Section, Table
from data_contract.model import TextFormat
from data_contract.scalars import Choice, Flag, Text, Verbatim
from data_contract.strictness import REREAD, anything


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


_USUAL = TextFormat()
DELIMITER = Key(
    "delimiter",
    Text(r"[\t -/:-@\[-`{-~]", "one punctuation mark, blank or tab"),
    "The one ASCII character between cells. Absent: a tab in .tsv files, a comma elsewhere.",
    strictness=REREAD,
)
QUOTE = Key(
    "quote",
    Text(r"[!-/:-@\[-`{-~]?", "one punctuation mark"),
    "The quote, doubled inside cells; '' for none.",
    absent=_USUAL.quote,
    strictness=REREAD,
)
ENCODING = Key(
    "encoding",
    Choice(Encoding),
    "The encoding of the file's text. Absent: utf-8.",
    absent=Encoding(_USUAL.encoding),
    strictness=REREAD,
)
HEADER = Key(
    "header",
    Flag(),
    "Whether the first row names the columns; if not, the features do. Absent: true.",
    absent=_USUAL.header,
    strictness=REREAD,
)
_AS_NULLS = replace(anything("a cell more is null and not invalid, or valid and not null"), form=frozenset)
NULL_VALUES = Key(
    "null_values",
    Listing(Verbatim()),
    "The texts that stand for no value, quoted or not. Absent: the empty text alone.",
    absent=("",),
    strictness=_AS_NULLS,
)
FORMAT = Key("format", Table((DELIMITER, QUOTE, ENCODING, HEADER, NULL_VALUES)), "How the file is written.")


def format_of(form: Section, reading: Reading) -> TextFormat:
    """How a dataset's files are written, by the keys of `format`; mistakes go to `reading`."""
    quote, delimiter = form.meant(QUOTE) or None, form.get(DELIMITER)
    if quote is not None and quote == (delimiter or ","):
        reading.refuse(f"{quote} is the quote and the delimiter", form.at(QUOTE), "change one of them")
    return TextFormat(
        delimiter=delimiter,
        quote=quote,
        encoding=form.meant(ENCODING).value,
        header=form.meant(HEADER),
    )
