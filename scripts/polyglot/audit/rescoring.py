"""Whether scores are what they rest on gives: evaluations their records, measurements evaluations, scores measurements.

A hash tells whether a file is the one that was written; this, whether what was written follows from what was answered.
"""

import functools
import math
from collections.abc import Iterator
from typing import Any

import pandas as pd

from polyglot.analysis.measurements import ANCHORS, KEY, mean_score, on_common_items
from polyglot.audit.contents import Check, Contents, checked
from polyglot.audit.findings import Finding
from polyglot.core.files import Json
from polyglot.evaluation.item_scores import summarise

STATED = ("score", "se", "chance", "ties", "macro_f1", "macro_f1_se")


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


def table_of(contents: Contents, name: str) -> pd.DataFrame:
    return pd.read_csv(
        contents.root / contents.path(name), keep_default_na=False, na_values=[""], float_precision="round_trip"
    )


def measurements(contents: Contents, name: str) -> Iterator[Finding]:
    """The scores of each student, base and reference are the means of their evaluations that decide."""
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
            folder, (mean, _) = folders[item], mean_score(evaluations.values())
            if differ(row[f"{item}_score"], mean):
                expected = f"{item}_score {mean} of {row['student_base']}/{data}, by {contents.path(folder)}"
                yield Finding("unfounded", contents.path(name), expected, f"{row[f'{item}_score']}")


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


def unlike(contents: Contents, name: str, row: Json, column: str, value: Any) -> Iterator[Finding]:
    """A finding where a cell of a table is another value."""
    stated = row[column]
    same = stated == value if isinstance(stated, str) or isinstance(value, str) else not differ(stated, value)
    if not same:
        key = "/".join(str(row[part]) for part in KEY)
        yield Finding("unfounded", contents.path(name), f"{column} {value} of {key}", f"{stated}")


def check(contents: Contents) -> Iterator[Finding]:
    """Every check of every file that has one."""
    return checked(contents, checks_of, "the numbers of its step")


def checks_of(name: str) -> list[Check]:
    """The checks of a file, by where it lies."""
    parts = name.split("/")
    if parts[0] == "evaluations" and name.endswith(".json"):
        return [evaluation]
    if parts[0] == "measurements" and name.endswith(".csv"):
        return [measurements]
    return [scores] if name == "scores.csv" else []
