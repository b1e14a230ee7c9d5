"""Write what the picture of teachers by language draws: the gain of each teacher in each language, with its marks.

Reads decision.json. Writes a CSV (a row a language and teacher of the main student base: gain with its interval,
whether it is in the best tie group by the score that decides there, whether its data set is short) and a JSON with the
languages' names and anchors.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, write_json
from polyglot.core.sheets import write_sheet

COLUMNS = ["language", "teacher", "gain", "low", "high", "first", "rows", "rows_asked", "short"]


def of_main_base(decision: Json) -> list[Json]:
    """The decisions of the main student base, one a language."""
    entries = [entry for entry in decision["decisions"] if entry["language"] != "all"]
    return [entry for entry in entries if entry["student_base"] == entries[0]["student_base"]]


def drawn(decision: Json) -> pd.DataFrame:
    """The rows of the CSV, languages by code, teachers in the order of the language's own decision."""
    rows = [
        {
            "language": entry["language"],
            "teacher": row["teacher"],
            "gain": row["gain"]["estimate"],
            "low": row["gain"]["low"],
            "high": row["gain"]["high"],
            "first": row["teacher"] in entry["first"] and entry["certainty"] in ("single", "tied"),
            "rows": row["rows"],
            "rows_asked": row["rows_asked"],
            "short": bool(row["short"]),
        }
        for entry in of_main_base(decision)
        for row in entry["teachers"]
    ]
    return pd.DataFrame(rows, columns=COLUMNS).astype({"rows": "Int64"})


def main() -> None:
    """Parse the command line, write CSV and JSON."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decision", type=Path, required=True, help="decision.json of the study")
    parser.add_argument("--out", type=Path, required=True, help="the CSV to write")
    parser.add_argument("--annotations", type=Path, required=True, help="the JSON to write")
    arguments = parser.parse_args()
    decision = read_json(arguments.decision)
    write_sheet(arguments.out, drawn(decision))
    entries = of_main_base(decision)
    write_json(
        arguments.annotations,
        {
            "languages": {entry["language"]: decision["names"].get(entry["language"]) for entry in entries},
            "anchors": {entry["language"]: entry["anchors"][entry["language"]] for entry in entries},
            "student_base": entries[0]["student_base"] if entries else None,
        },
    )


if __name__ == "__main__":
    run(main)
