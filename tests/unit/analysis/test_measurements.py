import json
import math
import sys

import pandas as pd
import pytest

from polyglot.analysis import collect, measurements
from polyglot.analysis.measurements import COLUMNS, mean_score, measure, read_measurements, write_measurements
from polyglot.analysis.observations import Observations
from polyglot.core.errors import InputError
from polyglot.core.files import write_json, write_jsonl, write_parquet
from polyglot.study.design import Cell

CELL = Cell("gemma", "smol", "es", "mix", 60, 1)
MEASURES = {"cldr": "culture", "include": "culture", "pairs": "chat", "words": "math"}
METRICS = {
    "diversity": {"prompt_diversity": 0.5, "response_diversity": 0.25},
    "perplexity-gemma": {"perplexity": 12.5, "median": 9.0},
    "judge": {"judge_score": 3.25, "judge_invalid_rate": 0.125},
    "length": {"prompt_length": 10.5, "response_length": 30.0},
    "fidelity": {"language_fidelity": 1 / 3},
}


def evaluation(benchmark, score, se=0.1, items="s", **more):
    content = {"benchmark": benchmark, "language": "es", "metric": "accuracy", "score": score, "se": se, "n": 10}
    content["items_sha256"] = items
    return content | more


@pytest.fixture
def results(tmp_path):
    """A study with one cell; its language has no task of the benchmark "words"."""
    absent = {"n": 0, "items_sha256": None, "reason": "no words task in es"}
    for name, values in METRICS.items():
        write_json(tmp_path / "intrinsic/smol/es/mix-60/trial1" / f"{name}.json", values)
    scores = {"students/gemma/smol/es/mix-60/trial1": 0.5, "models/gemma/es": 0.25, "models/smol/es": 0.75}
    for folder, score in scores.items():
        for number, name in enumerate(("cldr", "include", "pairs")):
            content = evaluation(name, score + 0.1 * number, items=name)
            write_json(tmp_path / "evaluations" / folder / f"{name}.json", content)
            records = [{"item_id": f"i{item}", "correct": item < 10 * score} for item in range(10)]
            write_jsonl(tmp_path / "evaluations" / folder / f"{name}.samples.jsonl", records)
        write_json(tmp_path / "evaluations" / folder / "words.json", evaluation("words", None, None) | absent)
    ids = {"row_id": ["r1", "r2"]}
    distances = {"prompt_distance": [0.5, 0.5], "response_distance": [0.25, 0.25]}
    tables = {
        "data/smol/es/mix-60/trial1": {**ids, "request_id": ["q1", "q2"]},
        "intrinsic/smol/es/mix-60/trial1/diversity": {**ids, **distances},
        "intrinsic/smol/es/mix-60/trial1/judge": {**ids, "score": [3, 4]},
        "intrinsic/smol/es/mix-60/trial1/length": {**ids, "prompt_length": [10, 11], "response_length": [20, 40]},
        "intrinsic/smol/es/mix-60/trial1/perplexity-gemma": {
            **ids,
            **{"perplexity": [12.0, 13.0], "token_nll": [2.5, 2.6], "rank": [4.0, 5.0], "alone_nll": [3.0, 3.0]},
            "one_shot_gain": [0.1, None],
        },
    }
    for name, columns in tables.items():
        write_parquet(tmp_path / f"{name}.parquet", pd.DataFrame(columns))
    return tmp_path


def run_collect(results, monkeypatch, out="measurements.csv", deciding=tuple(MEASURES)):
    arguments = {"results": results, "cells": json.dumps([CELL]), "measures": json.dumps(MEASURES)}
    arguments |= {"base": "gemma", "reference": "smol", "out": results / out}
    options = [str(x) for k, v in arguments.items() for x in (f"--{k}", v)]
    monkeypatch.setattr(sys, "argv", ["collect.py", *options, "--deciding", *deciding])
    collect.main()
    return results / out


def test_a_benchmark_without_a_column_changes_no_column(results):
    data = "smol/es/mix-60/trial1"
    folders = {"student": "students/gemma/" + data, "base": "models/gemma/es", "reference": "models/smol/es"}
    folders = {name: results / "evaluations" / folder for name, folder in folders.items()}
    rows = [
        measure(CELL, results / "intrinsic" / data, folders, MEASURES | changes, ["cldr"])
        for changes in ({}, {"include": None}, {"cldr": None, "include": None})
    ]
    assert [row["culture"] for row in rows] == [pytest.approx(0.55), 0.5, None]
    assert [row["student_score"] for row in rows] == [0.5] * 3


def test_a_deciding_benchmark_is_of_the_items_that_all_three_could_read(results):
    data = "smol/es/mix-60/trial1"
    folders = {"student": "students/gemma/" + data, "base": "models/gemma/es", "reference": "models/smol/es"}
    folders = {name: results / "evaluations" / folder for name, folder in folders.items()}
    asked = CELL, results / "intrinsic" / data, folders, MEASURES
    # student, base and reference have the first 5, 3 and 8 of 10 items right; the reference could not read i0 and i9
    assert measure(*asked, ["cldr"])["student_score"] == 0.5
    short = folders["reference"]
    write_json(short / "cldr.json", evaluation("cldr", 0.875, items="cldr", unread=["i0", "i9"]))
    records = [{"item_id": f"i{item}", "correct": item < 8} for item in range(1, 9)]
    write_jsonl(short / "cldr.samples.jsonl", records)
    row = measure(*asked, ["cldr"])
    assert [row[f"{item}_score"] for item in ("student", "base", "reference")] == [4 / 8, 2 / 8, 7 / 8]
    assert row["student_score_se"] == pytest.approx(math.sqrt(0.25 / 7))  # four of eight
    assert measure(*asked, ["pairs"])["student_score"] == 0.7


def test_collects_every_measurement_of_a_cell(results, monkeypatch):
    path = run_collect(results, monkeypatch)
    (row,) = read_measurements(path).to_dict("records")
    expected = {**CELL._asdict(), "prompt_diversity": 0.5, "response_diversity": 0.25, "perplexity": 12.5}
    expected |= {"judge_score": 3.25, "judge_invalid_rate": 0.125, "prompt_length": 10.5, "response_length": 30.0}
    expected |= {"language_fidelity": 1 / 3, "culture": 0.55, "chat": 0.7}  # culture: mean of 0.5 and 0.6
    expected |= {"student_score": 0.6, "base_score": 0.35, "reference_score": 0.85}  # of the three tasks that exist
    for name, value in expected.items():
        assert row[name] == (pytest.approx(value) if isinstance(value, float) else value), name
    assert row["student_score_se"] == pytest.approx(math.sqrt(3 * 0.1**2) / 3)
    assert math.isnan(row["math"])
    assert math.isnan(row["pgr_reported"])
    assert path.read_text().splitlines()[0] == ",".join(COLUMNS)
    assert ",0.3333333333333333," in path.read_text()  # every digit, so that reading gives the number written
    assert run_collect(results, monkeypatch, "again.csv").read_bytes() == path.read_bytes()
    observed = Observations.read(path, [CELL.data])
    assert observed.items["benchmark"].unique().tolist() == ["cldr", "include", "pairs"]
    assert observed.items[["base", "reference", CELL.data]].sum().tolist() == [9, 24, 15]
    assert row["rows"] == 2
    assert observed.rows["request_id"].tolist() == ["q1", "q2"] and observed.rows["score"].tolist() == [3, 4]


def test_only_the_deciding_benchmarks_count_in_the_scores(results, monkeypatch):
    path = run_collect(results, monkeypatch, deciding=["pairs"])
    (row,) = read_measurements(path).to_dict("records")
    assert (row["student_score"], row["base_score"], row["reference_score"]) == pytest.approx((0.7, 0.45, 0.95))
    assert (row["culture"], row["chat"]) == pytest.approx((0.55, 0.7))  # measured all the same
    observed = Observations.read(path, [CELL.data])
    assert observed.items["benchmark"].nunique() == 3
    assert observed.deciding["benchmark"].unique().tolist() == ["pairs"]


def test_tables_of_bases_and_languages_are_joined_in_one_order(results, monkeypatch):
    table = run_collect(results, monkeypatch)
    other = results / "other.csv"
    other.write_text(table.read_text().replace("gemma,smol,es", "gemma,smol,ar"))
    (header, last), (_, first) = (file.read_text().splitlines() for file in (table, other))
    for tables in ([table, other], [other, table]):
        joined = results / "joined.csv"
        monkeypatch.setattr(sys, "argv", ["measurements.py", "--tables", *map(str, tables), "--out", str(joined)])
        measurements.main()
        assert joined.read_text().splitlines() == [header, first, last]
    monkeypatch.setattr(sys, "argv", ["measurements.py", "--tables", str(table), str(table), "--out", str(joined)])
    with pytest.raises(InputError, match="joined"):
        measurements.main()


def test_mean_over_existing_tasks_and_unknown_spread():
    assert mean_score([evaluation("a", 0.2, 0.3), evaluation("b", 0.6, 0.4)]) == (pytest.approx(0.4), 0.25)
    assert mean_score([evaluation("a", 0.2), evaluation("b", None, None, n=0)])[0] == 0.2
    assert mean_score([evaluation("a", 0.2, None)]) == (0.2, None)
    assert mean_score([evaluation("a", None, None, n=0)]) == (None, None)


@pytest.mark.parametrize(("model", "which"), [("models/gemma/es", "base"), ("models/smol/es", "reference")])
def test_models_asked_other_items_are_an_error_with_both_files(results, model, which):
    write_json(results / f"evaluations/{model}/pairs.json", evaluation("pairs", 0.5, items="others"))
    folders = {"student": results / "evaluations/students/gemma/smol/es/mix-60/trial1"}
    folders |= {"base": results / "evaluations/models/gemma/es", "reference": results / "evaluations/models/smol/es"}
    with pytest.raises(InputError, match="benchmark pairs in es") as error:
        measure(CELL, results / "intrinsic/smol/es/mix-60/trial1", folders, MEASURES, MEASURES)
    assert str(folders["student"] / "pairs.json") in str(error.value)
    assert str(folders[which] / "pairs.json") in str(error.value)


def test_task_that_only_one_model_has_is_an_error(results, monkeypatch):
    write_json(results / "evaluations/models/gemma/es/words.json", evaluation("words", 0.5))
    with pytest.raises(InputError, match="benchmark words in es"):
        run_collect(results, monkeypatch)


def test_evaluation_of_another_language_is_named(results, monkeypatch):
    path = results / "evaluations/models/gemma/es/cldr.json"
    write_json(path, evaluation("cldr", 0.5) | {"language": "id"})
    with pytest.raises(InputError, match=f"{path}: is of cldr in id, not of cldr in es"):
        run_collect(results, monkeypatch)


def test_metric_without_its_key_and_missing_file_are_named(results, monkeypatch):
    path = results / "intrinsic/smol/es/mix-60/trial1/judge.json"
    write_json(path, {"judge_score": 3.0})
    with pytest.raises(InputError, match=f"{path}: has no judge_invalid_rate"):
        run_collect(results, monkeypatch)
    path.unlink()
    with pytest.raises(FileNotFoundError, match=r"judge\.json"):
        run_collect(results, monkeypatch)


def row(**changes):
    return {**CELL._asdict(), "prompt_diversity": 0.5, "perplexity": 3.0, **changes}


def test_rows_are_sorted_and_what_is_not_measured_is_empty(tmp_path):
    path = tmp_path / "measurements.csv"
    write_measurements(path, [row(teacher="z"), row(size=1000), row(teacher="NA", language="ja")])
    read = read_measurements(path)
    assert list(zip(read.teacher, read["size"], strict=True)) == [("NA", 60), ("smol", 1000), ("z", 60)]
    assert read.judge_score.isna().all()
    assert "nan" not in path.read_text().lower()


def test_float_survives_the_file(tmp_path):
    value = 0.1 + 0.2
    write_measurements(tmp_path / "m.csv", [row(chat=value)])
    assert read_measurements(tmp_path / "m.csv").chat[0] == value


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("prompt_diversity", 2.1),
        ("response_diversity", -0.1),
        ("perplexity", 0.9),
        ("perplexity", math.inf),
        ("judge_score", 0.0),
        ("judge_score", 5.5),
        ("judge_invalid_rate", 1.5),
        ("language_fidelity", -0.5),
        ("student_score", 55.0),
        ("size", 0),
    ],
)
def test_number_out_of_range_is_named_with_file_line_and_column(tmp_path, column, value):
    path = tmp_path / "m.csv"
    write_measurements(path, [row(), row(teacher="t")])
    table = pd.read_csv(path)
    table.loc[1, column] = value
    table.to_csv(path, index=False)
    with pytest.raises(InputError, match=rf"m\.csv: line 3, column '{column}': found {value}, which fails"):
        read_measurements(path)
    with pytest.raises(InputError, match=column):
        write_measurements(tmp_path / "new.csv", [row(**{column: value})])
    assert not (tmp_path / "new.csv").exists()


@pytest.mark.parametrize(
    ("change", "content"),
    [
        (lambda text: text.replace("chat,", "", 1), "column 'chat' is missing"),
        (lambda text: text.replace("culture,chat", "chat,culture", 1), "column"),
        (lambda text: text.replace("smol", "", 1), "line 2, column 'teacher': the cell is empty"),
        (lambda text: text.replace(",3.0,", ",three,", 1), "line 2, column 'perplexity'"),
        (lambda text: text + text.splitlines()[1] + "\n", "m.csv: lines 2 and 3, columns"),  # the same key twice
        (lambda text: text.replace(",60,", ",60.5,"), "column 'size'"),
        (lambda text: "", "not a readable CSV"),
        (lambda text: text + '"', "not a readable CSV"),
    ],
)
def test_malformed_table_is_named(tmp_path, change, content):
    path = tmp_path / "m.csv"
    write_measurements(path, [row()])
    path.write_text(change(path.read_text()))
    with pytest.raises(InputError, match=f"m.csv.*{content}" if "m.csv" not in content else content) as error:
        read_measurements(path)
    assert "\n" not in str(error.value)
