"""Which languages the data sets that serve many of them hold, and what each calls them.

resources/languages/holdings.csv has a line for each language of a data set; README.md beside it names the sources.
"""

from functools import cache
from pathlib import Path

import pandera.pandas as pa

from polyglot.core.sheets import read_sheet

RESOURCES = Path(__file__).parents[3] / "resources"
HOLDINGS = pa.DataFrameSchema(
    {
        "dataset": pa.Column(str),
        "language": pa.Column(str, pa.Check.str_matches(r"^[a-z]{2,3}$")),
        "part": pa.Column(str),
    },
    unique=["dataset", "language"],
    strict=True,
)


@cache
def parts(dataset: str) -> dict[str, str]:
    """Language (ISO 639 code) → its name in the data set, such as eus_Latn; empty for a data set without lines."""
    table = read_sheet(RESOURCES / "languages" / "holdings.csv", HOLDINGS)
    lines = table[table["dataset"] == dataset]
    return dict(zip(lines["language"], lines["part"], strict=True))
