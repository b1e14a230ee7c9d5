"""Whether scores are what they rest on gives: records, evaluations, metrics, measurements, scores, each the one before.

A hash tells whether a file is the one that was written; this, whether what was written follows from what was answered.
"""

import functools
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from polyglot.analysis.measurements import ANCHORS, KEY, MEASURES, mean_score, on_common_items
from polyglot.audit import record_outcomes
from polyglot.audit.contents import Check, Contents, checked
from polyglot.audit.findings import Finding
from polyglot.core.files import Json
from polyglot.evaluation.item_scores import summarise
from polyglot.metrics import registry

STATED = ("score", "se", "chance", "ties", "macro_f1", "macro_f1_se")
# metric → its figure → the column of its table of rows that the figure is the mean of
MEANS = {
    "diversity": {"prompt_diversity": "prompt_distance", "response_diversity": "response_distance"},
    "perplexity": {"perplexity": "perplexity"},
    "judge": {"judge_score": "score"},
    "length": {"prompt_length": "prompt_length", "response_length": "response_length"},
}


def differ(stated: Any, computed: Any) -> bool:
    """Whether two numbers are not the same; empty ones are."""
    empty = [value is None or pd.isna(value) for value in (stated, computed)]
    if any(empty):
        return not all(empty)
    return not math.isclose(float(stated), float(computed), rel_tol=1e-9, abs_tol=1e-12)


def evaluation(contents: Contents, name: str) -> Iterator[Finding]:
    """An evaluation states what its records give."""
    samples = name.removesuffix("json") + "samples.jsonl"
    if samples not in contents.known:
        return
    stated, records = contents.json(name), contents.lines(samples)
    if not records or any(record.get("correct") is None for record in records):
        return
    computed = summarise(records, stated["metric"])
    for key in STATED:
        if key in stated and differ(stated[key], computed[key]):
            expected = f"{key} {computed[key]}, by {contents.path(samples)}"
            yield Finding("unfounded", contents.path(name), expected, f"{stated[key]}")


def intrinsic(contents: Contents, name: str) -> Iterator[Finding]:
    """A metric states the means of its rows."""
    rows, metric = name.removesuffix("json") + "parquet", name.rsplit("/", 1)[-1].removesuffix(".json")
    columns = MEANS.get("perplexity" if metric.startswith("perplexity-") else metric)
    if columns is None or rows not in contents.known:
        return
    stated, table = contents.json(name), contents.table(rows, tuple(columns.values()))
    for figure, column in columns.items():
        mean = float(table[column].mean())
        if differ(stated[figure], mean):
            yield Finding(
                "unfounded", contents.path(name), f"{figure} {mean}, by {contents.path(rows)}", f"{stated[figure]}"
            )


def table_of(contents: Contents, name: str) -> pd.DataFrame:
    return pd.read_csv(
        contents.root / contents.path(name), keep_default_na=False, na_values=[""], float_precision="round_trip"
    )


def measurements(contents: Contents, name: str) -> Iterator[Finding]:
    """Scores, abilities and metrics of each student are those of its evaluations and data set."""
    params = contents.job(name)["params"]
    deciding = params["deciding"] if isinstance(params["deciding"], list) else [params["deciding"]]
    for row in table_of(contents, name).to_dict("records"):
        data = f"{row['teacher']}/{row['language']}/{row['recipe']}-{row['size']}/trial{row['trial']}"
        folders = {"student": f"evaluations/students/{row['student_base']}/{data}"}
        folders |= {item: f"evaluations/models/{params[item]}/{row['language']}" for item in ANCHORS[1:]}
        known = {  # another was changed or is gone, and a finding already
            item: {benchmark: contents.json(f"{folder}/{benchmark}.json") for benchmark in deciding}
            for item, folder in folders.items()
            if {f"{folder}/{benchmark}.json" for benchmark in deciding} <= contents.known
        }
        if len(known) == len(folders):
            known = on_common_items(known, functools.partial(_records, contents, folders), deciding)
        for item, evaluations in known.items():
            mean, _ = mean_score(evaluations.values())
            yield from unlike(contents, name, row, f"{item}_score", mean, folders[item])
        for ability in MEASURES:
            tasks = [benchmark for benchmark, measure in params["measures"].items() if measure == ability]
            files = [f"{folders['student']}/{benchmark}.json" for benchmark in tasks]
            if set(files) <= contents.known:
                mean, _ = mean_score(contents.json(file) for file in files)
                yield from unlike(contents, name, row, ability, mean, folders["student"])
        for column, file in metric_files(row["student_base"]).items():
            folder = f"intrinsic/{data}"
            if f"{folder}/{file}" in contents.known:
                yield from unlike(contents, name, row, column, contents.json(f"{folder}/{file}")[column], folder)


def metric_files(student_base: str) -> dict[str, str]:
    """Column of measurements.csv → the file of the metric that fills it."""
    files = {name: registry.metric_file(name, student_base) for name in registry.METRICS}
    return {column: files[name] for name, metric in registry.METRICS.items() for column in metric.columns}


def _records(contents: Contents, folders: Json, item: str, benchmark: str) -> list[Json]:
    return contents.lines(f"{folders[item]}/{benchmark}.samples.jsonl")


def scores(contents: Contents, name: str) -> Iterator[Finding]:
    """What was measured is as it was measured; gain, PGR and PG-Score follow from it."""
    rows = table_of(contents, name)
    if "measurements.csv" in contents.known:
        measured = table_of(contents, "measurements.csv")
        both = rows.merge(measured, on=KEY, suffixes=("", " measured"), validate="1:1")
        for column in (column for column in rows if f"{column} measured" in both):
            for row in both.to_dict("records"):
                yield from unlike(contents, name, row, column, row[f"{column} measured"])
    for row in rows.to_dict("records"):
        for column, value in derived(row).items():
            yield from unlike(contents, name, row, column, value)


def derived(row: Json) -> Json:
    """Gain, PGR and PG-Score, of the numbers that there are: a printed PGR rests on none."""
    gain, gap = row["student_score"] - row["base_score"], row["reference_score"] - row["base_score"]
    values = {"gain": gain, "pgr": gain / gap if gap else math.nan, "pg_score": (row["z_intrinsic"] + row["pgr"]) / 2}
    return {column: value for column, value in values.items() if not math.isnan(value)}


def unlike(contents: Contents, name: str, row: Json, column: str, value: Any, folder: str = "") -> Iterator[Finding]:
    """A finding where a cell of a table is another value, `folder` being where that comes from."""
    stated = row.get(column)
    same = stated == value if isinstance(stated, str) or isinstance(value, str) else not differ(stated, value)
    if not same:
        key = "/".join(str(row[part]) for part in KEY)
        source = f", by {contents.path(folder)}" if folder else ""
        yield Finding("unfounded", contents.path(name), f"{column} {value} of {key}{source}", f"{stated}")


def check(contents: Contents) -> Iterator[Finding]:
    """Every check of every file that has one."""
    return checked(contents, checks_of, "the numbers of its step")


def checks_of(name: str) -> list[Check]:
    """The checks of a file, by where it lies."""
    parts = name.split("/")
    if parts[0] == "evaluations" and name.endswith(".json"):
        return [evaluation]
    if parts[0] == "evaluations" and name.endswith(".samples.jsonl"):
        return [record_outcomes.check]
    if parts[0] == "intrinsic" and name.endswith(".json"):
        return [intrinsic]
    if parts[0] == "measurements" and name.endswith(".csv"):
        return [measurements]
    return [scores] if name == "scores.csv" else []
