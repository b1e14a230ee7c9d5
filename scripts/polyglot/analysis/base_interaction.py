"""Whether a student base gains more from a teacher than another base, and whether the teachers' order depends on it.

Reads scores.csv, the observations behind it and the summaries of the trainings. Writes base_interaction.csv, a row a
benchmark, language, pair of student bases and teacher, and base_interaction.md. Benchmark `all` is the mean over the
deciding ones, language `all` over those that both bases have, teacher `all` over the teachers. Only the main block is
compared, by the teachers of both bases and on the items that every model of every base answered.

`difference` is the gain on the first base less that on the other; `interaction` is a teacher's difference less the mean
over teachers. Both bases' students of a trial learned from the same rows and answered the same items, so differences
are taken trial by trial and item by item, and resampled so. Intervals are 95 %; those of interactions hold over all
teachers and pairs of bases of a benchmark and language together. `interacts` says whether one of them is not about
0: then the bases do not profit alike. `rho` compares the orders of the teachers.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.interaction_page import page
from polyglot.analysis.observations import ITEM, Observations, Table, data_names, read_observations
from polyglot.analysis.order_agreement import agreement_of_orders
from polyglot.analysis.ranking import ALL, DRAWS
from polyglot.analysis.resampling import Draws, Panel, resample
from polyglot.analysis.score import SCORES
from polyglot.analysis.summaries import main_block
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, whole
from polyglot.core.identity import derive_seed
from polyglot.core.sheets import check, read_sheet, write_sheet

LEVEL = 0.95
PAIR = ["benchmark", "language", "student_base", "other_base"]
NUMBERS = ["gain", "other_gain", "difference", "interaction", "rho"]
_number = pa.Column(float, nullable=True, coerce=True)
_count = pa.Column(int, pa.Check.ge(0))
BASE_INTERACTION = pa.DataFrameSchema(
    {
        **{name: pa.Column(str) for name in (*PAIR, "teacher")},
        **{f"{name}{end}": _number for name in NUMBERS for end in ("", "_low", "_high")},
        "interacts": pa.Column(bool),
        "teachers": pa.Column(int, pa.Check.ge(2)),
        **{name: _count for name in ("trials", "items", "left_out", "rows_left_out", "other_rows_left_out")},
    },
    unique=[*PAIR, "teacher"],
    strict=True,
    ordered=True,
)


class Pair(NamedTuple):
    """Two student bases in one language: items that all models answered, those left out, and gains on the first.

    `gains`: of each base, for each teacher (items, trials): score of the student less that of its base.
    """

    items: pd.DataFrame
    left_out: pd.DataFrame
    gains: tuple[list[np.ndarray], list[np.ndarray]]


def compared_bases(rows: pd.DataFrame) -> Iterator[tuple[str, str, list[str], list[str]]]:
    """(base, other base, languages, teachers) of each two bases that share two teachers in a language."""
    of_base = {
        base: {language: set(of_language["teacher"]) for language, of_language in part.groupby("language")}
        for base, part in rows.groupby("student_base")
    }
    for first, other in combinations(sorted(of_base), 2):
        shared = {
            language: of_base[first][language] & of_base[other].get(language, set()) for language in of_base[first]
        }
        languages = sorted(language for language, teachers in shared.items() if len(teachers) > 1)
        teachers = sorted(set.intersection(*(shared[language] for language in languages))) if languages else []
        if len(teachers) > 1:
            yield first, other, languages, teachers


def asked_items(observations: Mapping[Table, Observations], language: str) -> pd.DataFrame:
    """The items of a language, by benchmark and item_id, and whether every model of every base `answered` each."""
    tables = [part.items for (_, code), part in observations.items() if code == language]
    models = [[name for name in table if name not in (*ITEM, "reference")] for table in tables]
    whole_rows = [table[names].notna().all(axis=1) for table, names in zip(tables, models, strict=True)]
    each = [table[ITEM].assign(answered=known) for table, known in zip(tables, whole_rows, strict=True)]
    groups = pd.concat(each).groupby(["benchmark", "item_id"], sort=True)
    items = groups[["weight", "stratum", "decides"]].first()
    return items.assign(answered=groups["answered"].all() & (groups.size() == len(tables))).reset_index()


def pair_of(tables: tuple[pd.DataFrame, pd.DataFrame], asked: pd.DataFrame, names: Mapping[str, list[str]]) -> Pair:
    """Two bases by their tables of items; `asked` as of asked_items; `names`: a teacher's data sets by trial."""
    items = asked[asked["answered"]]
    places = pd.MultiIndex.from_frame(items[["benchmark", "item_id"]])
    first, other = (table.set_index(["benchmark", "item_id"]).loc[places] for table in tables)
    gains = [
        [part[of_teacher].sub(part["base"], axis=0).to_numpy() for of_teacher in names.values()]
        for part in (first, other)
    ]
    return Pair(items[ITEM], asked.loc[~asked["answered"], ITEM], (gains[0], gains[1]))


def only(part: Pair, benchmark: str) -> Pair:
    """A pair on the items of one benchmark, or on those of all that decide."""

    def chosen(items: pd.DataFrame) -> np.ndarray:
        return (items["decides"] if benchmark == ALL else items["benchmark"] == benchmark).to_numpy()

    here = chosen(part.items)
    first, other = ([values[here] for values in of_base] for of_base in part.gains)
    return Pair(part.items[here], part.left_out[chosen(part.left_out)], (first, other))


def drawn_gains(parts: Sequence[tuple[pd.DataFrame, Sequence[np.ndarray]]], seed: int) -> Draws:
    """Resampled means of gains, a column each: the base's part is in them already."""
    panels = []
    for items, gains in parts:
        columns = len(gains)
        none = np.zeros(len(items))
        features, shares = np.zeros((columns, 4)), np.zeros((1, columns, 4))
        panels.append(
            Panel(items[["benchmark", "weight", "stratum"]], none, none, gains, features, shares, range(columns))
        )
    return resample(panels, len(parts[0][1]), DRAWS, seed)


def contrasts(estimate: np.ndarray, drawn: np.ndarray, level: float) -> tuple[np.ndarray, np.ndarray]:
    """Interactions of the differences `estimate` (T,) and how far from each its interval reaches, both (T,).

    The intervals hold together at `level`: by the draws' largest error, in units of the errors' spread.
    """
    interaction = estimate - estimate.mean()
    errors = drawn - drawn.mean(axis=1, keepdims=True) - interaction
    spread = errors.std(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = np.nanmax(np.abs(errors) / spread, axis=1)
    return interaction, np.quantile(largest, level) * spread


def of_pair(parts: Sequence[Pair], teachers: Sequence[str], pairs: int, seed: int) -> list[Json]:
    """The numbers of two bases on some languages: a row a teacher and one of their mean; `pairs` are in the family."""
    joint = drawn_gains([(part.items, [*part.gains[0], *part.gains[1]]) for part in parts], seed)
    apart = drawn_gains(
        [(part.items, [a - b for a, b in zip(*part.gains, strict=True)]) for part in parts], derive_seed(seed, "apart")
    )
    gains = joint.estimate["gain"].mean(axis=1).reshape(2, -1)
    of_draws = joint.drawn["gain"].mean(axis=2).reshape(DRAWS, *gains.shape)
    difference, drawn = apart.estimate["gain"].mean(axis=1), apart.drawn["gain"].mean(axis=2)
    interaction, half = contrasts(difference, drawn, 1 - (1 - LEVEL) / pairs)
    rho = agreement_of_orders(gains, of_draws, np.random.default_rng(seed))
    shared = dict(zip(("rho", "rho_low", "rho_high"), rho, strict=True)) | {
        "interacts": bool((np.abs(interaction) > half).any()),
        "teachers": len(teachers),
        "items": sum(len(part.items) for part in parts),
        "left_out": sum(len(part.left_out) for part in parts),
        "trials": min(values.shape[1] for part in parts for values in part.gains[0]),
    }
    sides = dict(
        zip(NUMBERS, ((gains[0], of_draws[:, 0]), (gains[1], of_draws[:, 1]), (difference, drawn)), strict=False)
    )
    rows = []
    for place, teacher in enumerate(teachers):
        row = {"teacher": teacher, **shared}
        for name, (values, draws) in sides.items():
            row |= within(name, values[place], draws[:, place])
        value, reach = interaction[place], half[place]
        rows.append(row | {"interaction": value, "interaction_low": value - reach, "interaction_high": value + reach})
    mean = {"teacher": ALL, **shared}
    for name, (values, draws) in sides.items():
        mean |= within(name, values.mean(), draws.mean(axis=1))
    return [*rows, mean]


def within(name: str, value: float, drawn: np.ndarray) -> Json:
    """A number with its 95 % interval."""
    low, high = np.percentile(drawn, [2.5, 97.5])
    return {name: float(value), f"{name}_low": float(low), f"{name}_high": float(high)}


def left_out_rows(students: Path, base: str, names: Mapping[str, list[str]]) -> dict[str, int]:
    """The most rows of a data set of each teacher that a student of `base` did not read, for their length."""
    counts = {
        teacher: [read_json(students / base / name / "training.json")["dropped_rows"] for name in of_teacher]
        for teacher, of_teacher in names.items()
    }
    return {teacher: max(count) for teacher, count in counts.items()}


def shared_data(
    rows: pd.DataFrame, bases: Sequence[str], language: str, teachers: Sequence[str]
) -> dict[str, list[str]]:
    """The data sets of each teacher in a language that students of both bases learned from."""
    here = rows[rows["language"] == language]
    data = here.assign(data=data_names(here)).groupby(["student_base", "teacher"])["data"].agg(set)
    return {teacher: sorted(data[bases[0], teacher] & data[bases[1], teacher]) for teacher in teachers}


def groups_of(parts: Mapping[str, Pair]) -> Iterator[tuple[str, str, list[Pair]]]:
    """(benchmark, language, pairs): each benchmark and all that decide, in each language and in all that have it."""
    benchmarks = sorted({benchmark for part in parts.values() for benchmark in part.items["benchmark"]})
    for benchmark in [ALL, *benchmarks]:
        chosen = {language: only(part, benchmark) for language, part in parts.items()}
        known = {language: part for language, part in chosen.items() if len(part.items) > 1}
        for language, part in known.items():
            yield benchmark, language, [part]
        if known:
            yield benchmark, ALL, list(known.values())


def table_of(rows: pd.DataFrame, observations: Mapping[Table, Observations], students: Path, seed: int) -> pd.DataFrame:
    """base_interaction.csv from the main rows of scores.csv; `students` is the folder of the students' summaries."""
    pairs = list(compared_bases(rows))
    asked = {language: asked_items(observations, language) for _, language in observations}
    result: list[Json] = []
    for first, other, languages, teachers in pairs:
        names = {language: shared_data(rows, (first, other), language, teachers) for language in languages}
        unread = [
            pd.DataFrame([left_out_rows(students, base, names[language]) for language in languages]).max()
            for base in (first, other)
        ]
        parts = {}
        for language in languages:
            tables = observations[first, language].items, observations[other, language].items
            parts[language] = pair_of(tables, asked[language], names[language])
        for benchmark, language, group in groups_of(parts):
            key = dict(zip(PAIR, (benchmark, language, first, other), strict=True))
            for row in of_pair(group, teachers, len(pairs), derive_seed(seed, "base interaction", *key.values())):
                counts = [int(part.max() if row["teacher"] == ALL else part[row["teacher"]]) for part in unread]
                result.append({**key, **row, "rows_left_out": counts[0], "other_rows_left_out": counts[1]})
    table = pd.DataFrame(result).reindex(columns=list(BASE_INTERACTION.columns))
    return table.sort_values(list(BASE_INTERACTION.unique), ignore_index=True)


def main() -> None:
    """Parse the command line, compare the bases, write the table and its page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--scores", required=True, help="scores.csv of the study")
    parser.add_argument(
        "--observations", type=Path, required=True, help="folder of {student_base}/{language}.items.parquet and so on"
    )
    parser.add_argument("--students", type=Path, required=True, help="folder of {student_base}/{cell}/training.json")
    parser.add_argument("--main-recipe", required=True)
    parser.add_argument("--main-size", required=True, type=int)
    parser.add_argument("--seed", required=True, type=int, help="the study's seed")
    parser.add_argument("--out", required=True, type=Path, help="base_interaction.csv to write, .md beside it")
    arguments = parser.parse_args()
    scores = main_block(read_sheet(arguments.scores, SCORES), arguments.main_recipe, arguments.main_size)
    observed = read_observations(arguments.observations, scores)
    table = check(table_of(scores, observed, arguments.students, arguments.seed), BASE_INTERACTION, arguments.out)
    write_sheet(arguments.out, table)
    with whole(arguments.out.with_suffix(".md")) as temporary:
        temporary.write_text(page(table), encoding="utf-8")


if __name__ == "__main__":
    run(main)
