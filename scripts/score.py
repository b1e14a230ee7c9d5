"""Score every measured student: intrinsic z, PGR, gain and PG-Score, and whether the anchors allow a PGR at all.

Reads measurements.csv; writes scores.csv (one row a student base, teacher, language, recipe, size and trial) and
scores.json (populations behind the z-scores, notes, empty cells by column), because an empty score needs its reason.
"""

import argparse

from polyglot.errors import run
from polyglot.files import write_json
from polyglot.measurements import read_measurements
from polyglot.scoring import SCORES, score
from polyglot.sheets import check, write_sheet


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--measurements", required=True, help="measurements.csv of the study")
    parser.add_argument("--main-recipe", required=True, help="recipe of the study's main block, for example mix")
    parser.add_argument("--main-size", required=True, type=int, help="rows in a training mix of the main block")
    parser.add_argument("--out", required=True, help="scores.csv to write")
    parser.add_argument("--summary", required=True, help="scores.json to write")
    arguments = parser.parse_args()

    scored = score(read_measurements(arguments.measurements), arguments.main_recipe, arguments.main_size)
    scores = check(scored.scores, SCORES, arguments.out)
    empty = {name: int(count) for name, count in scores.isna().sum().items() if count}
    write_sheet(arguments.out, scores)
    write_json(
        arguments.summary,
        {
            "rows": len(scores),
            "main": {"recipe": arguments.main_recipe, "size": arguments.main_size},
            "populations": scored.populations,
            "empty": empty,
            "notes": scored.notes,
        },
    )


if __name__ == "__main__":
    run(main)
