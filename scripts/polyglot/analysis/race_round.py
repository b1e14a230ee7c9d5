"""Run one round of a race of teachers: gains of the students so far, and who is behind the best for sure.

Reads the records of the base and of the students in each language of the race; writes a table, a row a teacher that is
still in it. A gain is the mean over languages and, before the last round, over the sizes so far: a teacher's students
of one trial learn from the same rows, and more of them say more. A teacher is dropped where its interval lies wholly
below the best's: where the best leads by more than the errors of that difference explain, paired over the items and
one-sided over all comparisons at once, as in ranking.csv. The rounds before the last share the 5 % that this may err;
the last has them alone. A tie drops nobody, nor does a round without intervals or with one trial, where the luck of a
training cannot be told from a teacher.
"""

import argparse
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa
from pyarrow.parquet import read_metadata
from tqdm import tqdm

from polyglot.analysis.measurements import check_same_items, read_evaluations
from polyglot.analysis.observations import read_items
from polyglot.analysis.ranking import DRAWS, differences_seen
from polyglot.analysis.resampling import Panel, resample
from polyglot.core.errors import run
from polyglot.core.identity import derive_seed
from polyglot.core.numerals import written
from polyglot.core.sheets import check, write_sheet
from polyglot.study.design import Cell

ERROR = 0.05  # that the best teacher is dropped before the last round, and in it
_number = pa.Column(float, nullable=True, coerce=True)
RACE = pa.DataFrameSchema(
    {
        "language": pa.Column(str),
        "round": pa.Column(int, pa.Check.ge(1)),
        "teacher": pa.Column(str),
        "rows": pa.Column(int, pa.Check.ge(0)),
        "rows_asked": pa.Column(int, pa.Check.ge(1)),
        **{name: _number for name in ("estimate", "low", "high", "behind", "smallest_difference")},
        "kept": pa.Column("boolean", coerce=True),
        "why": pa.Column(str, pa.Check.str_length(min_value=1)),
    },
    unique=["language", "round", "teacher"],
    strict=True,
    ordered=True,
)


class Cut(NamedTuple):
    """What a round says of T teachers, each (T,): gain and its 95 % interval, and how far each is behind the best.

    `smallest` is the lead of the best that would tell it from the teacher; NaN, with the interval, where the round has
    no intervals. `kept` is who stays.
    """

    gain: np.ndarray
    low: np.ndarray
    high: np.ndarray
    behind: np.ndarray
    smallest: np.ndarray
    kept: np.ndarray


def panel_of_gains(items: pd.DataFrame, base: np.ndarray, students: Sequence[np.ndarray]) -> Panel:
    """The panel of a race: items, scores of the base (n,) and of each teacher's students (n, trials).

    A gain needs neither a reference nor metrics of the rows, so the base stands for the one and the others are zero.
    """
    teachers = len(students)
    return Panel(
        items[["benchmark", "weight", "stratum"]],
        base,
        base,
        students,
        np.zeros((teachers, 4)),
        np.zeros((1, teachers, 4)),
        range(teachers),
    )


def cut(panels: Sequence[Panel], number: int, rounds: int, draws: int, seed: int) -> Cut:
    """Who stays after round `number` of so many, over the panels of all languages: the rule of elimination."""
    drawn = resample(panels, len(panels[0].students), draws, seed)
    gain, of_draws = drawn.estimate["gain"].mean(axis=1), drawn.drawn["gain"].mean(axis=2)
    behind, unknown, everybody = gain.max() - gain, np.full(len(gain), np.nan), np.full(len(gain), True)
    spread = np.ptp(of_draws, axis=0)
    if not drawn.trial_freedom or not np.isfinite(spread).all() or not (spread > 0).all():
        return Cut(gain, unknown, unknown, behind, unknown, everybody)
    low, high = np.percentile(of_draws, [2.5, 97.5], axis=0)
    if len(gain) < 2:
        return Cut(gain, low, high, behind, unknown, everybody)
    error = ERROR / (rounds - 1) if number < rounds else ERROR
    smallest = differences_seen(gain, of_draws, int(gain.argmax()), 1 - error)
    return Cut(gain, low, high, behind, smallest, behind <= smallest)


def reason(cut: Cut, place: int, best: str, trials: int) -> str:
    """Why a teacher stays or is dropped, in words."""
    if len(cut.gain) < 2:
        return "the only teacher"
    if not np.isfinite(cut.smallest[place]):
        missing = "one trial, and so the luck of a training is unknown" if trials < 2 else "no interval"
        return f"{missing}: nobody is dropped"
    if place == cut.gain.argmax():
        return "the best of this round"
    lead, least = (written(values[place], 4) for values in (cut.behind, cut.smallest))
    told_apart = f"a lead of {least} would have shown" if cut.kept[place] else f"errors explain no more than {least}"
    return f"{lead} behind {best}; {told_apart}"


def read_language(results: Path, cells: Sequence[Cell], base: str, deciding: Sequence[str]) -> Panel:
    """The panel of students of one language; a teacher's students of one trial are averaged item by item over sizes.

    Items that a model lacks are left out for all. Raises InputError where two were not asked the same items.
    """
    language, evaluations = cells[0].language, results / "evaluations"
    folders = {"base": evaluations / "models" / base / language}
    folders |= {cell.data: evaluations / "students" / cell.student_base / cell.data for cell in cells}
    asked = {name: read_evaluations(folder, deciding, language) for name, folder in folders.items()}
    check_same_items(language, folders, asked)
    metrics = {benchmark: entry["metric"] for benchmark, entry in asked["base"].items() if entry["n"]}
    items = read_items(folders, metrics, deciding).dropna(subset=list(folders))
    trials: dict[str, dict[int, list[str]]] = {}
    for cell in cells:
        trials.setdefault(cell.teacher, {}).setdefault(cell.trial, []).append(cell.data)
    students = [
        np.column_stack([items[names].mean(axis=1) for _, names in sorted(trials[teacher].items())])
        for teacher in sorted(trials)
    ]
    return panel_of_gains(items, items["base"].to_numpy(), students)


def rows_of(results: Path, cells: Sequence[Cell]) -> dict[str, int]:
    """The rows of each teacher's smallest data set of the size of this round, the largest among `cells`."""
    asked = max(cell.size for cell in cells)
    rows: dict[str, int] = {}
    for cell in cells:
        if cell.size == asked:
            count = read_metadata(results / "data" / f"{cell.data}.parquet").num_rows
            rows[cell.teacher] = min(count, rows.get(cell.teacher, count))
    return rows


def table_of(result: Cut, cells: Sequence[Cell], rows: Mapping[str, int]) -> pd.DataFrame:
    """A row a teacher, with the columns of RACE but for language and round."""
    teachers, trials = sorted(rows), len({cell.trial for cell in cells})
    best = teachers[int(result.gain.argmax())]
    return pd.DataFrame(
        {
            "teacher": teachers,
            "rows": [rows[teacher] for teacher in teachers],
            "rows_asked": max(cell.size for cell in cells),
            "estimate": result.gain,
            "low": result.low,
            "high": result.high,
            "behind": result.behind,
            "smallest_difference": result.smallest,
            "kept": result.kept,
            "why": [reason(result, place, best, trials) for place in range(len(teachers))],
        }
    )


def main() -> None:
    """Parse the command line, compare the students of a round, write who stays and why."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--results", type=Path, required=True, help="folder of the study")
    parser.add_argument("--cells", type=json.loads, required=True, help="JSON list of cells, as study.design.Cell")
    parser.add_argument("--field", required=True, help="the language that the race is in, or all")
    parser.add_argument("--base", required=True, help="id of the student base's model")
    parser.add_argument("--deciding", nargs="+", required=True, help="benchmarks whose mean is a model's score")
    parser.add_argument("--round", type=int, required=True, help="number of the round, from 1")
    parser.add_argument("--rounds", type=int, required=True, help="rounds of the whole race")
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--out", type=Path, required=True, help="the .csv file to write")
    arguments = parser.parse_args()
    cells, field, number = [Cell(*values) for values in arguments.cells], arguments.field, arguments.round
    languages: dict[str, list[Cell]] = {}
    for cell in cells:
        languages.setdefault(cell.language, []).append(cell)
    panels = [
        read_language(arguments.results, part, arguments.base, arguments.deciding)
        for part in tqdm(languages.values(), desc="languages")
    ]
    seed = derive_seed(arguments.seed, "race", field, number)
    result = cut(panels, number, arguments.rounds, DRAWS, seed)
    table = table_of(result, cells, rows_of(arguments.results, cells)).assign(language=field, round=number)
    table = table[list(RACE.columns)]
    write_sheet(arguments.out, check(table, RACE, arguments.out))


if __name__ == "__main__":
    run(main)
