"""A race as Snakemake plans it: the first round at once, later rounds once it has run, for those who stay alone."""

import csv
import json
import random
import re
import shutil

import pandas as pd

OVERLAY = """
race: {rows: [9], languages: together}
design:
  - name: raced
    student_bases: [smollm2-135m]
    teachers: [smollm2-135m, gemma-3-270m]
    languages: [es, id]
    recipes: [mix]
    sizes: [24]
    trials: 2
"""

# a third teacher, of whom nothing is ever loaded
THREE = """
study: course
race: {rows: [9], languages: together}
scoring: {benchmarks: [cldr-culture]}
plan: {throughput: [{up_to_b: 10, read: 250, write: 40, train: 12}]}
design:
  - name: course
    student_bases: [smollm2-135m]
    teachers: [smollm2-135m, gemma-3-270m, llama-3.1-8b]
    languages: [es]
    recipes: [mix]
    sizes: [24]
    trials: 2
"""


def test_the_first_round_trains_all_teachers_on_few_rows(snakemake, project):
    (project / "raced.yaml").write_text(OVERLAY, encoding="utf-8")
    planned = snakemake("-n", "race", "--configfile", "studies/test.yaml", "raced.yaml")
    assert planned.returncode == 0, planned.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", planned.stdout, re.MULTILINE))
    assert (jobs["train"], jobs["race_round"], jobs["race_table"]) == ("8", "1", "1")
    assert {"collect", "judge_rows", "perplexity_rows"} & set(jobs) == set()  # gains need no metric of the rows
    trained = re.findall(r"^rule train:\n(?:.*\n)*?    wildcards: .*size=(\d+),", planned.stdout, re.MULTILINE)
    assert trained == ["9"] * 8


def test_the_plan_says_what_a_race_saves(snakemake, project):
    (project / "raced.yaml").write_text(OVERLAY, encoding="utf-8")
    asked = snakemake("plan", "--configfile", "studies/test.yaml", "raced.yaml")
    shutil.rmtree(project / "results/test", ignore_errors=True)
    assert asked.returncode == 0, asked.stderr
    # 2 teachers, 2 languages, 2 trials: 8 students of 24 rows, or of 9
    assert re.search(r"the whole main block +\| +8 \| +192 \|", asked.stdout)
    assert re.search(r"decided by its first round +\| +8 \| +72 \|.* 0\.38 \|", asked.stdout)


def answered(folder, share):
    """The score and the records of a model that answers this share of 200 items."""
    folder.mkdir(parents=True)
    draw = random.Random(str(folder).partition("/evaluations/")[2])  # the same wherever the project lies
    rows = [{"item_id": f"i{number}", "correct": int(draw.random() < share)} for number in range(200)]
    score = {"benchmark": "cldr-culture", "language": "es", "metric": "accuracy", "n": 200, "items_sha256": "same"}
    (folder / "cldr-culture.json").write_text(json.dumps(score), encoding="utf-8")
    (folder / "cldr-culture.samples.jsonl").write_text(
        "".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8"
    )


def test_a_race_runs_on_for_those_who_stay_alone(snakemake, project):
    results = project / "results/course"
    (project / "course.yaml").write_text(THREE, encoding="utf-8")
    answered(results / "evaluations/models/smollm2-135m/es", 0.0)
    shares = {"gemma-3-270m": 0.6, "llama-3.1-8b": 0.6, "smollm2-135m": 0.1}
    for teacher, share in shares.items():
        # of the last teacher nothing but the first round is there: a second one would have to train it
        for size in (9, 24) if share > 0.5 else (9,):
            for trial in (1, 2):
                cell = f"{teacher}/es/mix-{size}/trial{trial}"
                (results / "data" / cell).parent.mkdir(parents=True, exist_ok=True)
                pd.DataFrame({"row_id": range(size)}).to_parquet(results / "data" / f"{cell}.parquet")
                answered(results / "evaluations/students/smollm2-135m" / cell, share)  # later than its data set
    ended = snakemake("race", "--rerun-triggers", "mtime", "--configfile", "studies/test.yaml", "course.yaml")
    assert ended.returncode == 0, ended.stdout[-2000:] + ended.stderr[-2000:]
    with (results / "race.csv").open(encoding="utf-8") as sheet:
        rows = list(csv.DictReader(sheet))
    kept = {(row["round"], row["teacher"]): row["kept"] for row in rows}
    assert kept == {
        ("1", "gemma-3-270m"): "true",
        ("1", "llama-3.1-8b"): "true",
        ("1", "smollm2-135m"): "false",
        ("2", "gemma-3-270m"): "true",
        ("2", "llama-3.1-8b"): "true",
    }
    assert all(row["low"] and row["high"] and row["why"] for row in rows)
    assert "Left of 3: gemma-3-270m, llama-3.1-8b" in (results / "race.md").read_text(encoding="utf-8")
