"""The light form of the study `planted`: what people wrote against the same rows with each answer cut short."""

import subprocess

import pandas as pd
import pytest

from tests.conftest import SNAKEMAKE, copy_project

LIGHT = """
scoring: {main_size: 24}
design:
  - {name: planted, student_bases: [smollm2-135m], teachers: [public, cut-strong], languages: [es],
     recipes: [public], sizes: [24], trials: 1}
"""


@pytest.fixture(scope="session")
def planted(tmp_path_factory):
    project = copy_project(tmp_path_factory.mktemp("planted") / "project")
    (project / "light.yaml").write_text(LIGHT, encoding="utf-8")
    made = snakemake(project)
    assert made.returncode == 0, made.stderr[-5000:]
    return project / "results/planted"


def snakemake(project, *options):
    command = [SNAKEMAKE, "--cores", "2", "--configfile", "studies/planted.yaml", "light.yaml", *options, "--"]
    command += ["results/planted/planted.md", "results/planted/ranking.md"]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=1500)


def test_rows_differ_in_the_damage_alone(planted):
    own, damaged = (
        pd.read_parquet(planted / f"data/{teacher}/es/public-24/trial1.parquet") for teacher in ("public", "cut-strong")
    )
    assert own["request_id"].tolist() == damaged["request_id"].tolist()
    assert own["prompt"].tolist() == damaged["prompt"].tolist()
    assert (own["response"] != damaged["response"]).all()


def test_students_put_planted_teachers_in_their_order(planted):
    pairs = pd.read_csv(planted / "planted.pairs.csv").set_index("measure")
    assert pairs.loc["gain", ["rho", "in_order", "tied", "reversed"]].tolist() == [1, 1, 0, 0]
    ranking = pd.read_csv(planted / "ranking.csv").set_index(["score", "language", "teacher"]).loc["gain", "all"]
    assert ranking["tie_group"].to_dict() == {"public": 1, "cut-strong": 2}
    assert ranking.at["public", "low"] > 0  # what people wrote teaches


def test_students_go_once_they_are_evaluated_and_nothing_misses_their_weights(planted):
    assert len(list(planted.glob("students/**/training_speed.json"))) == 2
    assert list(planted.glob("students/**/model")) == []
    records = list((planted / "audit/records").glob("**/students/**/model.json"))
    assert len(records) == 2  # they keep the hashes of the weights
    again = snakemake(planted.parents[1], "--dry-run")
    assert "Nothing to be done" in again.stdout + again.stderr
