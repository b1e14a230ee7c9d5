"""One number of a table or a figure, back to the evaluation records that it is the mean of."""

import math
from pathlib import Path
from typing import Any

import pandas as pd

from polyglot.analysis.measurements import KEY
from polyglot.audit.chains import output_of, upstream
from polyglot.audit.row_trace import located
from polyglot.audit.truth import Truth
from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json, read_jsonl
from polyglot.evaluation.item_scores import summarise
from polyglot.synthesis.methods import GIVEN

NAMES = ("student_base", "teacher", "language", "recipe")  # columns of scores.csv whose values speak for themselves
MEASURES = ("pg_score", "value", "pgr", "gain", "student_score", "score", "mean")
OPTIONS = {"recipe": ("main-recipe",), "size": ("main-size",), "student_base": ("main-base", "student-base")}


def sheet_of(root: Path, path: str) -> str:
    """The CSV with the numbers of a table or a figure. Raises InputError if it is missing."""
    sheet = str(Path(path).with_suffix(".csv"))
    if not (root / sheet).is_file():
        raise InputError(f"{path}: no numbers beside it ({sheet} is not there); make it, or name a table or a figure")
    return sheet


def read(root: Path, sheet: str) -> pd.DataFrame:
    """A CSV as texts: a cell is named by its text."""
    return pd.read_csv(root / sheet, dtype=str, keep_default_na=False)


def row_of(table: pd.DataFrame, sheet: str, where: dict[str, str]) -> dict[str, str]:
    """The one row that `where` names. Raises InputError that says what could be named."""
    for column in where:
        if column not in table:
            raise InputError(f"--number {column}=…: {sheet} has no such column; it has {', '.join(table.columns)}")
    rows = table
    for column, value in where.items():
        rows = rows[rows[column] == value]
        if rows.empty:
            known = ", ".join(dict.fromkeys(table[column].head(200)))
            raise InputError(f"--number {column}={value}: no such row of {sheet}; {column} is one of {known}")
    if len(rows) > 1:
        differ = [name for name in table.columns if name not in where and rows[name].nunique() == len(rows)]
        raise InputError(
            f"--number: {len(rows)} rows of {sheet} are meant; name more, such as "
            f"{(differ or list(table.columns))[0]}={rows.iloc[0][(differ or list(table.columns))[0]]}"
        )
    return dict(rows.iloc[0])


def column_of(row: dict[str, str], sheet: str, wanted: str | None) -> str:
    """The column that holds the number. Raises InputError where it holds none."""
    column = wanted or next((name for name in MEASURES if _number(row.get(name, "")) is not None), None)
    if column is None or column not in row or _number(row[column]) is None:
        numbers = [name for name, value in row.items() if _number(value) is not None]
        raise InputError(f"{sheet}: no number in {column or 'that row'}; give --value, one of {', '.join(numbers)}")
    return column


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def cells_of(root: Path, truth: Truth, sheet: str, row: dict[str, str], scores: pd.DataFrame) -> pd.DataFrame:
    """The rows of scores.csv that a row of a table speaks of: those that its names, its rule and its note allow."""
    job = truth.jobs[output_of(truth, sheet)]
    rows, named = scores, set()
    for name in NAMES:
        known = set(scores[name].astype(str))
        values = [value for column, value in row.items() if value in known and (column == name or column not in KEY)]
        if values:
            rows, named = rows[rows[name] == values[0]], {*named, name}
    for name in ("size", "trial"):
        if _number(row.get(name, "")) is not None:
            rows, named = rows[rows[name] == int(float(row[name]))], {*named, name}
    for name, options in OPTIONS.items():
        value = next((job["params"][option] for option in options if option in job["params"]), None)
        if value is not None and name not in named:
            allowed = {str(value), GIVEN} if name == "recipe" else {str(value)}
            rows = rows[rows[name].astype(str).isin(allowed)]
    languages = _languages(root, job)
    return rows[rows["language"].isin(languages)] if languages and "language" not in named else rows


def _languages(root: Path, job: Json) -> list[str]:
    """The languages that a figure's annotations say it is over; none where they say nothing."""
    for output in job["outputs"]:
        if output.endswith(".json") and (root / output).is_file():
            languages = read_json(root / output).get("languages")
            if isinstance(languages, list):
                return languages
    return []


def evaluation(root: Path, truth: Truth, path: str) -> Json:
    """One evaluation with its records; `recomputed` is its score from them, None where a record holds no answer."""
    content = read_json(root / path)
    samples = path.removesuffix("json") + "samples.jsonl"
    records = read_jsonl(root / samples) if (root / samples).is_file() else []
    complete = bool(records) and all(record.get("correct") is not None for record in records)
    return {
        **located(truth, path),
        **{name: content.get(name) for name in ("benchmark", "language", "metric", "score", "se", "n")},
        "samples": located(truth, samples) if samples in truth.lines else None,
        "correct": sum(float(record["correct"]) for record in records if record.get("correct") is not None),
        "recomputed": summarise(records, content["metric"])["score"] if complete else None,
        "records": records,
    }


def evaluations_of(root: Path, truth: Truth, study: str, cell: Json) -> dict[str, list[Json]]:
    """The evaluations of a cell's student, base and reference, as the table of measurements took them."""
    data = f"{cell['teacher']}/{cell['language']}/{cell['recipe']}-{cell['size']}/trial{cell['trial']}"
    student = f"results/{study}/evaluations/students/{cell['student_base']}/{data}/"
    measured = f"results/{study}/measurements/{cell['student_base']}/{cell['language']}.csv"
    job = truth.jobs.get(measured)
    if job is None:  # printed measurements rest on no evaluation
        return {}
    folders = {"student": student}
    for anchor in ("base", "reference"):
        folders[anchor] = f"results/{study}/evaluations/models/{job['params'][anchor]}/{cell['language']}/"
    scores = sorted((path for path in job["inputs"] if path.endswith(".json")), key=lambda path: Path(path).stem)
    return {
        item: [evaluation(root, truth, path) for path in scores if path.startswith(folder)]
        for item, folder in folders.items()
    }


def number(root: Path, truth: Truth, study: str, path: str, where: dict[str, str], value: str | None) -> Json:
    """A number with the scores and the evaluations that it rests on. Raises InputError where it is not to be found."""
    sheet = sheet_of(root, path)
    output = output_of(truth, sheet)
    if output is None:
        raise InputError(f"{sheet}: no record names it; trace a table or a figure that a rule made")
    row = row_of(read(root, sheet), sheet, where)
    column = column_of(row, sheet, value)
    results: Json = {"path": sheet, "row": row, "column": column, "value": float(row[column]), "cells": []}
    scores_path = f"results/{study}/scores.csv"
    if scores_path not in set(upstream(truth, output)) or not (root / scores_path).is_file():
        return results | {"measure": None, "mean": None, "same": None, "from": sorted(upstream(truth, output))[1:]}
    scores = pd.read_csv(root / scores_path, keep_default_na=False, na_values=[""], float_precision="round_trip")
    rows = cells_of(root, truth, sheet, row, scores)
    measure = next((item for item in (column, row.get("panel")) if item in scores), None)
    mean = None
    if measure and len(rows):
        per_cell = rows.groupby(["student_base", "teacher", "language"])[measure].mean()
        mean = float(per_cell.mean(skipna=False))
    for cell in rows.to_dict("records"):
        evaluations = evaluations_of(root, truth, study, cell)
        known: dict[str, Any] = {name: None if pd.isna(item) else item for name, item in cell.items()}
        results["cells"].append({"scores": known, "evaluations": evaluations})
    same = (
        None if mean is None or math.isnan(mean) else math.isclose(mean, results["value"], rel_tol=1e-9, abs_tol=1e-12)
    )
    return results | {"measure": measure, "mean": None if same is None else mean, "same": same, "from": [scores_path]}


def described(results: Json, samples: int) -> list[str]:
    """A number and its evidence as text for people."""
    name = ", ".join(
        f"{column}={value}" for column, value in results["row"].items() if value and column != results["column"]
    )
    lines = [f"{results['column']} = {results['value']!r} in {results['path']}", f"  of {name}"]
    if results["same"] is not None:
        said = "which is it" if results["same"] else "which is not it: its rule takes other cells, or no plain mean"
        rows = f"{len(results['cells'])} rows of scores.csv"
        lines.append(f"  mean of {results['measure']} over {rows}: {results['mean']!r}, {said}")
    elif not results["cells"]:
        lines += [f"  rests on {path}" for path in results["from"]]
    for cell in results["cells"]:
        scores = cell["scores"]
        key = "/".join(str(scores[part]) for part in KEY)
        parts = ("student_score", "base_score", "reference_score", "pgr", "gain", "z_intrinsic", "pg_score")
        lines.append(f"  {key}: " + ", ".join(f"{part} {_short(scores[part])}" for part in parts))
        for item, evaluations in cell["evaluations"].items():
            for each in evaluations:
                lines += _evaluation(item, each, samples)
    return lines


def _short(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.4f}"


def _evaluation(item: str, each: Json, samples: int) -> list[str]:
    records = each["samples"]["path"] if each["samples"] else "no records"
    score = f"{_short(each['score'])} ({each['correct']:g} of {each['n']} correct, {each['metric']})"
    lines = [f"    {item:9} {each['benchmark']}: {score}  {records}"]
    for record in each["records"][:samples]:
        asked = str(record.get("prompt", "")).strip().split("\n")
        share = float(record.get("correct") or 0.0)
        mark = {0.0: "wrong", 1.0: "right"}.get(share, f"{share:.2f} of right")
        lines.append(
            f"      {record.get('item_id')}: {mark}, said {record.get('prediction')!r}, wants {record.get('answer')!r}"
        )
        lines.append(f"        {asked[-1] if len(asked) == 1 else asked[0]}"[:160])
    return lines
