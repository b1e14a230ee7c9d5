"""The light form of the study `planted`: what people wrote against the same rows with each answer cut short."""

import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

import pandas as pd
import pytest

from tests.conftest import SNAKEMAKE, copy_project

LIGHT = """
scoring: {main_size: 24}
benchmarks: {corpus-text: {items: 32}}
judges: {smollm2-135m: {max_tokens: 48}}
embedders: {smollm2-135m: {model: smollm2-135m, pooling: MEAN, dtype: float32, max_model_len: 512}}
intrinsic: {judge: smollm2-135m, embedder: smollm2-135m, judge_check_rows: 3}
screening: {one_shot: 1}
design:
  - {name: planted, student_bases: [smollm2-135m], teachers: [public, cut-strong], languages: [es],
     recipes: [public], sizes: [24], trials: 1}
"""


PAGES = [f"results/planted/{page}.md" for page in ("planted", "ranking", "screening")]


class Screened(NamedTuple):
    """The project after its teachers were screened, and the folders that its study had then."""

    project: Path
    folders: set[str]


@pytest.fixture(scope="session")
def screened(tmp_path_factory, smollm2):
    project = copy_project(tmp_path_factory.mktemp("planted") / "project")
    shutil.copytree(smollm2, project / "results/planted/models/smollm2-135m")
    (project / "light.yaml").write_text(LIGHT, encoding="utf-8")
    made = snakemake(project, targets=["screen"])
    assert made.returncode == 0, made.stderr[-5000:]
    return Screened(project, {path.name for path in (project / "results/planted").iterdir()})


@pytest.fixture(scope="session")
def planted(screened):
    made = snakemake(screened.project)
    assert made.returncode == 0, made.stderr[-5000:]
    return screened.project / "results/planted"


def snakemake(project, *options, targets=PAGES):
    command = [SNAKEMAKE, "--cores", "2", "--configfile", "studies/planted.yaml", "light.yaml", *options, "--"]
    return subprocess.run([*command, *targets], cwd=project, capture_output=True, text=True, timeout=1500)


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


def test_a_screen_trains_nothing_and_says_what_the_finished_study_says_of_the_same_rows(screened, planted):
    assert "screen.md" in screened.folders and not {"students", "evaluations", "benchmarks"} & screened.folders
    key = ["predictor", "teacher"]
    before, after = (
        pd.read_csv(planted / f"{name}.csv").set_index(key).sort_index() for name in ("screen", "screening")
    )
    shared = before.index.intersection(after.index)
    assert len(shared) == 2 * 13  # eleven measures and two means; the ridges are fitted to other students
    columns = ["value", "rank", "low", "high"]
    pd.testing.assert_frame_equal(before.loc[shared, columns], after.loc[shared, columns])
    of_students = ["student_loss", "rank_surprisal", "difficulty", "one_shot_gain"]
    assert before.loc[of_students, columns].notna().all(axis=None)


def test_shown_before_people_s_answers_whole_ones_help_more_than_those_that_are_cut_short(planted):
    screen = pd.read_csv(planted / "screen.csv").set_index(["predictor", "teacher"]).loc["one_shot_gain"]
    assert screen["rank"].to_dict() == {"public": 1, "cut-strong": 2}


def test_rows_alone_reward_answers_that_are_cut_short_and_the_screen_vouches_for_nothing(planted):
    screen = pd.read_csv(planted / "screen.csv").set_index(["predictor", "teacher"])
    assert screen.at[("response_length", "cut-strong"), "high"] < screen.at[("response_length", "public"), "low"]
    # the mean of all is no better than its parts: what students learn from these rows is the other way round
    assert screen.loc["z_all", "rank"].to_dict() == {"cut-strong": 1, "public": 2}
    assert "**Not validated for this language:** in published" in (planted / "screen.md").read_text(encoding="utf-8")
