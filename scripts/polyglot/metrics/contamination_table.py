"""Every training set of a study against every benchmark of its language, in one table.

Reads contamination/{cell}.json; writes contamination.csv and contamination.md, which lists first the cells above the
limit. With --above fail, anything above it is an error and no table is written; the cells' own files stay.
"""

import argparse
import json
import sys
from pathlib import Path

import pandas as pd

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_json, whole
from polyglot.core.markdown import markdown_table
from polyglot.core.sheets import write_sheet

KEY = ["teacher", "language", "recipe", "size", "trial", "benchmark"]
NUMBERS = ["rows", "rows_matched", "items", "checked", "too_short", "items_matched"]
SHARES = ["contaminated_share", "mean_share", "largest_share"]
COLUMNS = [*KEY, *NUMBERS, "items_contaminated", *SHARES, "limit", "above_limit"]


def rows_of(cell: str, content: Json) -> list[Json]:
    """A row for each benchmark of a cell, which is "teacher/language/recipe-size/trial1"."""
    teacher, language, data, trial = cell.split("/")
    recipe, _, size = data.rpartition("-")
    key = {"teacher": teacher, "language": language, "recipe": recipe, "size": int(size)}
    return [
        {
            **key,
            "trial": int(trial.removeprefix("trial")),
            "benchmark": name,
            **{column: benchmark[column] for column in (*NUMBERS, *SHARES, "above_limit")},
            "items_contaminated": len(benchmark["contaminated"]),
            "limit": content["limit"],
        }
        for name, benchmark in content["benchmarks"].items()
    ]


def summary(table: pd.DataFrame) -> pd.DataFrame:
    """For each language and benchmark, how many training sets were looked into and the worst of them."""
    grouped = table.groupby(["language", "benchmark"], sort=True)
    return grouped.agg(
        sets=("benchmark", "size"),
        looked_for=("checked", "max"),
        too_short=("too_short", "max"),
        rows_matched=("rows_matched", "sum"),
        contaminated_items_at_most=("items_contaminated", "max"),
        share_at_most=("contaminated_share", "max"),
        above_limit=("above_limit", "sum"),
    ).reset_index()


def page(table: pd.DataFrame) -> str:
    """The table for people: cells above the limit, then the worst of each language and benchmark."""
    above = table[table["above_limit"]]
    share = f"{table['limit'].iloc[0]:.1%}" if len(table) else "the limit"
    lines = ["# Contamination", ""]
    if above.empty:
        lines.append(f"No training set holds more than {share} of the items of a benchmark.")
    else:
        lines.append(f"**{len(above)} of {len(table)} comparisons are above {share}:**")
        lines += [
            "",
            *(
                f"- {row.teacher} {row.language} {row.recipe}-{row.size} trial {row.trial}: {row.benchmark},"
                f" {row.items_contaminated} of {row.checked} items ({row.contaminated_share:.1%})"
                for row in above.itertuples()
            ),
        ]
    shown = summary(table).map(lambda cell: "" if pd.isna(cell) else f"{cell:.4f}" if isinstance(cell, float) else cell)
    headers = [name.replace("_", " ") for name in shown.columns]
    lines += ["", markdown_table(shown.to_numpy().tolist(), headers)]
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True, help="folder contamination/ of the study")
    parser.add_argument(
        "--cells", type=json.loads, required=True, help='JSON: "teacher/language/recipe-size" → its trials'
    )
    parser.add_argument("--above", choices=["mark", "fail"], required=True, help="what being above the limit leads to")
    parser.add_argument("--out", type=Path, required=True, help="contamination.csv; contamination.md goes beside it")
    arguments = parser.parse_args()

    rows = [
        row
        for data in sorted(arguments.cells)
        for trial in sorted(arguments.cells[data])
        for row in rows_of(f"{data}/trial{trial}", read_json(arguments.folder / data / f"trial{trial}.json"))
    ]
    table = pd.DataFrame(rows, columns=COLUMNS).astype({"above_limit": bool, **dict.fromkeys(SHARES, float)})
    above = table[table["above_limit"]]
    for row in above.itertuples():
        place = f"{row.teacher}/{row.language}/{row.recipe}-{row.size}/trial{row.trial}"
        print(f"WARNING: {place} holds {row.contaminated_share:.1%} of {row.benchmark}", file=sys.stderr)
    if len(above) and arguments.above == "fail":
        raise InputError(
            f"{arguments.folder}: {len(above)} training sets hold more of a benchmark than the limit (named above);"
            " fix their seeds, raise contamination.limit, or set contamination.above to mark"
        )
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    run(main)
