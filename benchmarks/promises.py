"""The words and limits that the generator and the peers share with `contract.yml`; it needs no library."""

from __future__ import annotations

COLUMNS = (
    "user_id",
    "age",
    "country",
    "visits",
    "email",
    "amount",
    "created_at",
    "status",
    "is_active",
    "zip",
    "score",
    "note",
)
COUNTRIES = tuple(
    """
    AD AE AF AG AI AL AM AO AR AS AT AU AW AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF CG CH CI
    CL CM CN CO CR CU CV CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FM FR GA GB GD GE GH GM GN GQ GR GT GW GY HK
    HN HR HT HU ID IE IL IN IQ IR IS IT JM JO JP KE KG KH KI KM KN KP KR KW KZ LA LB LC LI LK LR LS LT LU LV LY MA MC
    MD ME MG MH MK ML MM MN MR MT MU MV MW MX MY MZ NA NE NG NI NL NO NP NR NZ OM PA PE PG PH PK PL PT PW PY QA RO RS
    RU RW SA SB SC SD SE SG SI SK SL SM SN SO SR SS ST SV SY SZ TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ
    VA VC VE VN VU YE YT ZA ZM ZW
    """.split()  # noqa: SIM905  # two hundred quotes would hide them
)
STATUSES = ("new", "open", "paid", "shipped", "closed", "returned")
BOOLEANS = ("true", "false")
EMAIL = r"[a-z0-9._+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+"
ZIP = r"[0-9]{5}"
MOMENT = "%Y-%m-%dT%H:%M:%S"
AGE_NULLS = 0.3
AGE_MAX, VISITS_MAX, AMOUNT_MAX, SCORE_MAX, NOTE_MAX = 130, 3650, 100_000, 1, 200
PROMISES = (
    "row-count",
    "columns",
    "user_id dtype",
    "user_id not-null",
    "user_id unique",
    "age dtype",
    "age range",
    "age null-rate",
    "country not-null",
    "country allowed",
    "visits dtype",
    "visits range",
    "email not-null",
    "email pattern",
    "amount dtype",
    "amount range",
    "created_at dtype",
    "created_at not-null",
    "status allowed",
    "is_active dtype",
    "zip pattern",
    "score dtype",
    "score range",
    "note length",
    "email, created_at key",
)
"""The 25, by the names under which every tool reports what it found."""
