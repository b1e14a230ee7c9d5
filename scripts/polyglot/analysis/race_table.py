"""Join the rounds of a study's races into race.csv, and say in race.md who was dropped when, and what that saved."""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import pandas as pd

from polyglot.analysis.race_round import RACE
from polyglot.analysis.summaries import SHORT
from polyglot.core.errors import run
from polyglot.core.files import whole
from polyglot.core.markdown import markdown_table
from polyglot.core.numerals import written
from polyglot.core.sheets import check, read_sheet, write_sheet

ALL = "all"
HEADERS = ["round", "teacher", "rows", "gain", "95 % interval", "behind", "kept", "why"]


def saved(rounds: pd.DataFrame, sizes: Sequence[int], teachers: int) -> tuple[int, int]:
    """Rows of the data sets of one trial that a race trained on, and of the main block, a language."""
    return int(rounds["rows_asked"].sum()), teachers * sizes[-1]


def outcome(rounds: pd.DataFrame, sizes: Sequence[int], teachers: int) -> str:
    """Who is left of a race, in sentences."""
    last = rounds[rounds["round"] == rounds["round"].max()]
    left = list(last.loc[last["kept"], "teacher"])
    trained, block = saved(rounds, sizes, teachers)
    verdict = f"Left of {teachers}: {', '.join(left)}."
    if len(left) == 1 and last["round"].max() < len(sizes):
        verdict += f" The race ended after round {last['round'].max()}: more rows would not change who is left."
    elif len(left) > 1:
        verdict += " They cannot be told apart."
    share = trained / block
    return f"{verdict} Rows trained on, of each trial and language: {trained:,}, {share:.0%} of the {block:,} of all."


def lines(rounds: pd.DataFrame) -> str:
    """A line a round and teacher, best first."""
    ordered = rounds.sort_values(["round", "behind", "teacher"])
    rows = []
    for row in ordered.to_dict("records"):
        interval = "" if pd.isna(row["low"]) else f"[{written(row['low'], 4)}, {written(row['high'], 4)}]"
        count = f"{row['rows']:,}" + SHORT * (row["rows"] < row["rows_asked"])
        gain, behind = written(row["estimate"], 4, signed=True), written(row["behind"], 4)
        kept = "yes" if row["kept"] else "no"
        rows.append([str(row["round"]), row["teacher"], count, gain, interval, behind, kept, row["why"]])
    return markdown_table(rows, HEADERS)


def page(table: pd.DataFrame, sizes: Sequence[int], teachers: Mapping[str, int], names: Mapping[str, str]) -> str:
    """The whole page."""
    blocks = [
        "# Race of the teachers",
        "Each round trains students on more rows and drops the teachers whose gain is behind the best's by more than"
        " the errors of that difference explain; a tie drops nobody. Before the last round a gain is the mean over the"
        f" rounds so far. Rows of the rounds: {', '.join(f'{size:,}' for size in sizes)}.",
    ]
    if len(sizes) == 1:
        blocks.append("`race.rows` has no size below that of the main data sets, so the race had one round.")
    for field, rounds in table.groupby("language"):
        title = "All languages together" if field == ALL else names.get(str(field), str(field))
        blocks += [f"## {title}", outcome(rounds, sizes, teachers[str(field)]), lines(rounds)]
    if (table["rows"] < table["rows_asked"]).any():
        blocks.append(
            f"{SHORT.strip()} marks data sets with fewer rows than asked, which do not compare with whole ones."
        )
    return "\n\n".join(blocks) + "\n"


def main() -> None:
    """Parse the command line, join, write."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=Path, nargs="+", required=True, help="tables of rounds")
    parser.add_argument("--sizes", type=int, nargs="+", required=True, help="rows of each round's data sets")
    parser.add_argument(
        "--teachers", type=json.loads, required=True, help="JSON: language or all → teachers at the start"
    )
    parser.add_argument("--names", type=json.loads, required=True, help="JSON: code → name of the language")
    parser.add_argument("--out", type=Path, required=True, help="race.csv to write, race.md beside it")
    arguments = parser.parse_args()
    table = pd.concat([read_sheet(file, RACE) for file in arguments.rounds])
    table = check(table.sort_values(list(RACE.unique), ignore_index=True), RACE, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        text = page(table, arguments.sizes, arguments.teachers, arguments.names)
        temporary.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    run(main)
