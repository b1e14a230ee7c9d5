"""A judge behind an API, as docs/adding.md shows it, scores the rows of a study and is checked like any other."""

import json
import re

import pandas as pd
import pytest

from polyglot.metrics.judge_check import COLUMNS
from tests.conftest import ROOT
from tests.loopback_judge import LoopbackJudge

DESIGN = """
study: judged
engine_load: language
scoring: {main_recipe: respond, main_size: 3}
design: [{name: judged, student_bases: [smollm2-135m], teachers: [smollm2-135m], languages: [es], recipes: [respond],
  sizes: [3], trials: 1}]
"""
FOLDER = "results/judged"
CELL = "smollm2-135m/es/respond-3/trial1"
MADE = [f"{FOLDER}/intrinsic/{CELL}/judge.json", f"{FOLDER}/judge_check/scores/es.json"]


@pytest.fixture
def server():
    server = LoopbackJudge()
    yield server
    server.stop()


def write(path, table):
    path.parent.mkdir(parents=True, exist_ok=True)
    pd.DataFrame(table).to_parquet(path, index=False)


def test_the_rows_of_a_study_are_scored_and_the_key_is_looked_for_first(server, project, snakemake, monkeypatch):
    page = (ROOT / "docs/adding.md").read_text(encoding="utf-8")
    (entry,) = re.findall(r"^```yaml\n# studies/far_judge\.yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
    study = entry.replace("https://api.example.org/v1", server.address).replace("0.05", "0.5") + DESIGN
    (project / "studies/judged.yaml").write_text(study, encoding="utf-8")
    rows = {"row_id": ["a", "b", "c"], "prompt": ["¿Qué?", "¿Quién?", "¿Cómo?"], "response": ["Sí", "refused", "No"]}
    for path in ("synthetic/smollm2-135m/es/respond/trial1.parquet", f"data/{CELL}.parquet"):
        write(project / FOLDER / path, rows)
    checked = {name: ["x"] for name in COLUMNS} | {"kind": ["real"], "prompt": ["¿Por qué?"], "response": ["Porque sí"]}
    write(project / FOLDER / "judge_check/rows/es.parquet", checked)
    options = ("--configfile", "studies/test.yaml", "studies/judged.yaml")
    only = ("--allowed-rules", "judge_rows_api", "judge", "judge_check")

    monkeypatch.delenv("POLYGLOT_API_KEY", raising=False)
    text = snakemake(*MADE, *only, *options).stderr
    assert "error: judge far-judge: environment variable POLYGLOT_API_KEY: not set" in text and not server.asked, text

    monkeypatch.setenv("POLYGLOT_API_KEY", "sk-loopback-only")
    done = snakemake(*MADE, *only, *options)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "api_judge_far_judge=1" in done.stdout + done.stderr
    figures, check = (json.loads((project / path).read_text(encoding="utf-8")) for path in MADE)
    assert (figures["rows"], figures["valid"], figures["judge_score"]) == (3, 2, 4)
    assert figures["invalid"] == {"refused": 1} and (check["rows"], check["judge_score"]) == (1, 4)
    assert len(server.asked) == 4

    record = project / f"{FOLDER}/audit/records/{FOLDER}/row_scores/judge-far-judge/smollm2-135m/es.parquet.json"
    assert "sk-loopback-only" not in record.read_text(encoding="utf-8")
    (project / f"{FOLDER}/row_scores/judge-far-judge/smollm2-135m/es.parquet").unlink()
    done = snakemake(*MADE, *only, *options)
    assert done.returncode == 0 and len(server.asked) == 4, done.stdout + done.stderr  # nothing is paid for twice
