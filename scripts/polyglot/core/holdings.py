"""Which languages the data sets that serve many of them hold, and what each calls them.

resources/languages/holdings.csv has a line for each language of a data set; README.md beside it names the sources.
"""

import csv
from functools import cache
from pathlib import Path

RESOURCES = Path(__file__).parents[3] / "resources"


@cache
def parts(dataset: str) -> dict[str, str]:
    """Language (ISO 639 code) → its name in the data set, such as eus_Latn; empty for a data set without lines."""
    with open(RESOURCES / "languages" / "holdings.csv", encoding="utf-8", newline="") as sheet:
        return {line["language"]: line["part"] for line in csv.DictReader(sheet) if line["dataset"] == dataset}
