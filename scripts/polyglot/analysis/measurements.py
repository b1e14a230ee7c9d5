"""Join the tables of measurements of all student bases and languages into the study's measurements.csv, sorted.

A row is a (student base, teacher, language, recipe, size, trial); an empty cell was not measured.
"""

import argparse
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from math import sqrt
from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_json, read_jsonl
from polyglot.core.sheets import check, read_sheet, write_sheet
from polyglot.evaluation.item_scores import summarise
from polyglot.metrics import registry
from polyglot.study.design import Cell

KEY = list(Cell._fields)
MEASURES = ["culture", "chat", "math"]
ANCHORS = ["student", "base", "reference"]
SCORE_BOUNDS = {"": (None, 1), "_se": (0, None)}


def _number(low: float | None = None, high: float | None = None) -> pa.Column:
    checks = [pa.Check.ge(low)] if low is not None else []
    checks += [pa.Check.le(high)] if high is not None else []
    # infinities are numbers to pandas but measurements to nobody
    finite = pa.Check(lambda values: values.abs() != float("inf"), name="finite", error="finite")
    return pa.Column(float, [finite, *checks], nullable=True, coerce=True)


def _name() -> pa.Column:
    return pa.Column(str, pa.Check.str_length(min_value=1))


MEASUREMENTS = pa.DataFrameSchema(
    {
        **{name: _name() for name in KEY[:4]},
        "size": pa.Column(int, pa.Check.ge(1)),
        "trial": pa.Column(int, pa.Check.ge(0)),
        **{name: _number(*bounds) for name, bounds in registry.COLUMNS.items()},
        **{name: _number(0, 1) for name in MEASURES},
        # a score of native text is a number of bits per byte below zero
        **{f"{item}_score{end}": _number(*bounds) for item in ANCHORS for end, bounds in SCORE_BOUNDS.items()},
        "pgr_reported": _number(),
        "rows": pa.Column("Int64", pa.Check.ge(0), nullable=True, coerce=True),
    },
    strict=True,
    ordered=True,
    unique=KEY,
)
COLUMNS = list(MEASUREMENTS.columns)


def read_measurements(path: str | Path) -> pd.DataFrame:
    """Read and check a table of measurements. Raises InputError naming the file, the line and the column."""
    return read_sheet(path, MEASUREMENTS)


def write_measurements(path: str | Path, rows: Iterable[Json]) -> None:
    """Write rows, checked and sorted by their key, with every digit of each float."""
    table = pd.DataFrame(list(rows), columns=COLUMNS).sort_values(KEY, ignore_index=True)
    numbers = [name for name in COLUMNS if name not in KEY]
    write_sheet(path, check(table.astype(dict.fromkeys(numbers, float)), MEASUREMENTS, path))


def read_metrics(folder: Path, student_base: str) -> Json:
    """The columns of the intrinsic metrics, from their JSON files. Raises InputError naming a missing key."""
    row = {}
    for name, metric in registry.METRICS.items():
        path = folder / registry.metric_file(name, student_base)
        values = read_json(path)
        for column in metric.columns:
            if column not in values:
                raise InputError(f"{path}: has no {column}; remake it with the {name} rule")
            row[column] = values[column]
    return row


def read_evaluations(folder: Path, benchmarks: Iterable[str], language: str) -> dict[str, Json]:
    """Each benchmark's evaluation in a folder. Raises InputError where a file is of another language or benchmark."""
    evaluations = {}
    for benchmark in benchmarks:
        path = folder / f"{benchmark}.json"
        evaluation = read_json(path)
        content = evaluation.get("benchmark"), evaluation.get("language")
        if content != (benchmark, language):
            raise InputError(
                f"{path}: is of {content[0]} in {content[1]}, not of {benchmark} in {language}; evaluate again"
            )
        evaluations[benchmark] = evaluation
    return evaluations


def check_same_items(language: str, folders: Mapping[str, Path], evaluations: Mapping[str, dict[str, Json]]) -> None:
    """Raise InputError naming benchmark, language and both files where two models were not asked the same items."""
    (first, expected), *others = evaluations.items()
    for other, results in others:
        for benchmark, evaluation in results.items():
            if evaluation["items_sha256"] != expected[benchmark]["items_sha256"]:
                files = (folders[item] / f"{benchmark}.json" for item in (first, other))
                raise InputError(
                    f"benchmark {benchmark} in {language}: {' and '.join(map(str, files))} were not scored on the same "
                    "items; evaluate both on the same file"
                )


def on_common_items(
    evaluations: Mapping[str, Mapping[str, Json]],
    records: Callable[[str, str], Sequence[Json]],
    deciding: Iterable[str],
) -> dict[str, dict[str, Json]]:
    """Evaluations by model and benchmark; of deciding ones, over the items that fit the context of every model.

    `records` gives those of a model and a benchmark; they are read only where models lack different items.
    """
    result = {model: dict(of_model) for model, of_model in evaluations.items()}
    for benchmark in deciding:
        unread = [set(of_model[benchmark].get("unread", [])) for of_model in result.values()]
        if all(part == unread[0] for part in unread):
            continue
        lacking = set.union(*unread)
        for model, of_model in result.items():
            own = [record for record in records(model, benchmark) if record["item_id"] not in lacking]
            evaluation = of_model[benchmark]
            of_model[benchmark] = evaluation | (summarise(own, evaluation["metric"]) if own else {"n": 0})
    return result


def mean_score(evaluations: Iterable[Json]) -> tuple[float | None, float | None]:
    """Unweighted mean of the tasks' scores and its standard error sqrt(sum of se^2) / k over the k tasks that exist."""
    present = [evaluation for evaluation in evaluations if evaluation["n"] > 0]
    if not present:
        return None, None
    score = sum(item["score"] for item in present) / len(present)
    if any(item["se"] is None for item in present):
        return score, None
    return score, sqrt(sum(item["se"] ** 2 for item in present)) / len(present)


def measure(
    cell: Cell,
    intrinsic: Path,
    folders: Mapping[str, Path],
    measures: Mapping[str, str | None],
    deciding: Collection[str],
) -> Json:
    """One row of measurements, but for the number of rows in the data set.

    `intrinsic` is the folder of the metrics' files, `folders` those of the evaluations of student, base and reference;
    `measures` maps each benchmark to the ability whose column it fills, or None; the scores are means over the
    benchmarks `deciding`. Raises InputError where the three were not asked the same items.
    """
    row = cell._asdict() | read_metrics(intrinsic, cell.student_base)
    results = {item: read_evaluations(folder, measures, cell.language) for item, folder in folders.items()}
    check_same_items(cell.language, folders, results)

    def records(item: str, benchmark: str) -> Sequence[Json]:
        return read_jsonl(folders[item] / f"{benchmark}.samples.jsonl")

    for item, evaluations in on_common_items(results, records, set(deciding) & set(measures)).items():
        row[f"{item}_score"], row[f"{item}_score_se"] = mean_score(
            evaluation for benchmark, evaluation in evaluations.items() if benchmark in deciding
        )
    for measure in MEASURES:
        tasks = [item for benchmark, item in results["student"].items() if measures[benchmark] == measure]
        row[measure] = mean_score(tasks)[0]
    return row


def main() -> None:
    """Parse the command line, join, write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tables", type=Path, nargs="+", required=True, help="tables of the same columns")
    parser.add_argument("--out", type=Path, required=True, help="measurements.csv")
    arguments = parser.parse_args()
    joined = pd.concat(map(read_measurements, arguments.tables), ignore_index=True)
    write_measurements(arguments.out, joined.to_dict("records"))


if __name__ == "__main__":
    run(main)
