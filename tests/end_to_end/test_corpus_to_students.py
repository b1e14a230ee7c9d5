"""The study `korean-students` on texts of random words: a corpus whose jobs are killed, shard by shard, and two bases
that are pretrained on it, taught by the same rows and compared.
"""

import hashlib
import json
import os
import random
import re
import shutil
import signal
import subprocess
import time
from itertools import product

import pandas as pd
import pytest
import yaml

from polyglot.core.files import read_json
from tests.conftest import PATIENCE, ROOT, SNAKEMAKE, copy_project

WORDS = (
    "연구",
    "개발",
    "과제",
    "보고서",
    "평가",
    "협약",
    "기관",
    "예산",
    "계획",
    "성과",
    "자료",
    "규정",
    "심의",
    "결과",
)
ENDS = ("은", "는", "이", "가", "을", "를", "에서", "으로", "과", "의")
TOKENS = [f"results/texts/tokens/small/mine/0000{shard}.counts.json" for shard in (0, 1)]
PAGE = "results/texts/base_interaction.md"
TEACHERS = ["public", "swapped"]
CELLS = list(product(["ko-3m", "ko-3m-plain"], TEACHERS))
STEPS = re.compile(r"^(\d+) of \d+ steps", re.MULTILINE)


def overlay():
    """The study with a corpus of one's own in two shards, bases of one layer, and two teachers of 12 rows."""
    study = yaml.safe_load((ROOT / "studies/korean_students.yaml").read_text(encoding="utf-8"))
    mine = {"adapter": "text_file", "path": "mine.jsonl", "column": "text", "languages": ["ko"], "shards": 2}
    small = {"corpora": ["mine"], "vocabulary": 384, "padded_to": 8, "sample_gb": 0.01}
    tokenizers = {"small": small | {"morphemes": False}, "morphemes": small | {"morphemes": True}}
    shape = {"corpora": ["mine"], "layers": 1, "width": 32, "heads": 1, "rotary": 16, "bytes": 60_000}
    run = study["pretraining"]["runs"]["ko-3m"] | shape
    runs = {"ko-3m": run | {"tokenizer": "morphemes"}, "ko-3m-plain": run | {"tokenizer": "small"}}
    study |= {"study": "texts", "corpora": {"mine": mine | {"licence": "CC0-1.0"}}, "tokenizers": tokenizers}
    study |= {"compared_tokenizers": [*tokenizers], "pretraining": {"runs": runs}}
    study |= {"benchmarks": {"corpus-text": {"items": 16}}, "screening": {"one_shot": 0}}
    study["evaluation"]["benchmarks"] = ["corpus-text"]
    smollm2 = {"model": "smollm2-135m", "pooling": "MEAN", "dtype": "float32", "max_model_len": 512}
    study |= {"judges": {"smollm2-135m": {"max_tokens": 48}}, "embedders": {"smollm2-135m": smollm2}}
    study["intrinsic"] |= {"judge": "smollm2-135m", "embedder": "smollm2-135m", "judge_check_rows": 2}
    del study["teachers"]["shuffled"]
    study["design"][0] |= {"teachers": TEACHERS, "sizes": [12], "trials": 1}
    return study


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """A copy of the project with 400 texts, of which 20 are there twice."""
    project, drawn = copy_project(tmp_path_factory.mktemp("corpus") / "project"), random.Random(1)
    texts = [" ".join(drawn.choice(WORDS) + drawn.choice(ENDS) for _ in range(40)) for _ in range(380)]
    lines = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in [*texts, *texts[:20]]]
    (project / "mine.jsonl").write_text("".join(lines), encoding="utf-8")
    (project / "studies/texts.yaml").write_text(yaml.safe_dump(overlay()), encoding="utf-8")
    return project


def run(project, *options, targets=TOKENS, steps=None):
    """Run the command to its end, or until `steps` jobs are done: then it is killed with its job. Returns its words."""
    said, ends = project / "said.txt", time.monotonic() + PATIENCE
    with open(said, "w") as out:
        command = [SNAKEMAKE, "--cores", "1", *targets, "--configfile", "studies/texts.yaml", *options]
        running = subprocess.Popen(command, cwd=project, stdout=out, stderr=out, start_new_session=True)
    try:
        while running.poll() is None and str(steps) not in STEPS.findall(said.read_text()):
            assert time.monotonic() < ends
            time.sleep(0.02)
        assert running.poll() == (0 if steps is None else None), said.read_text()[-3000:]
    finally:
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
            running.wait()
    return said.read_text()


def finished_files(project):
    return {file: file.stat().st_mtime_ns for file in made(project) if not file.name.startswith(".")}


def made(project):
    folders = [project / "results/texts" / name for name in ("corpora", "tokenizers", "tokens")]
    return [file for folder in folders for file in folder.rglob("*") if file.is_file()]


def hashes(project):
    files = [file for file in made(project) if file.name != ".snakemake_timestamp"]
    return {str(file.relative_to(project)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def test_jobs_of_a_corpus_are_killed_and_the_same_command_ends_with_the_same_bytes(project):
    # 2 shards cleaned and signed, near-duplicates, 2 kept, a tokenizer, 2 in tokens: 10 jobs, one at a time
    finished, left = {}, 10
    for steps in (4, 5):  # then near-duplicates are looked for in all shards, and tokens of the second one written
        run(project, steps=steps)
        finished |= finished_files(project)
        left -= steps
    assert STEPS.findall(run(project))[-1] == str(left) == "1"
    assert {file: file.stat().st_mtime_ns for file in finished} == finished
    interrupted = hashes(project)
    assert sum(name.endswith(".bin") for name in interrupted) == 4
    # what came after the first kill, made by a run that is not killed
    assert STEPS.findall(run(project, "--forcerun", "find_duplicates"))[-1] == "6"
    assert hashes(project) == interrupted


@pytest.fixture(scope="module")
def taught(project, smollm2):
    """The results of the study, up to the comparison of its bases."""
    shutil.copytree(smollm2, project / "results/texts/models/smollm2-135m")
    run(project, "--cores", "2", targets=[PAGE])
    return project / "results/texts"


def score(results, *folders):
    return read_json(results.joinpath("evaluations", *folders, "corpus-text.json"))["score"]


def test_students_of_both_bases_learn_within_their_context_and_their_gains_are_compared(taught):
    trainings = [
        read_json(taught / f"students/{base}/{teacher}/ko/public-12/trial1/training.json") for base, teacher in CELLS
    ]
    # the study's 512 tokens are more than the bases read
    assert [(training["train_rows"], training["settings"]["max_length"]) for training in trainings] == [(12, 256)] * 4
    gains = {
        (base, teacher): score(taught, "students", base, teacher, "ko/public-12/trial1")
        - score(taught, "models", base, "ko")
        for base, teacher in CELLS
    }
    assert min(gains.values()) > 0.05  # bits a byte of what people wrote in Korean
    table = pd.read_csv(taught / "base_interaction.csv").set_index(["benchmark", "language", "teacher"])
    rows = table.loc["corpus-text", "ko"]
    assert rows["gain"].drop("all").to_dict() == pytest.approx({name: gains["ko-3m", name] for name in TEACHERS})
    assert rows["other_gain"].drop("all").to_dict() == pytest.approx(
        {name: gains["ko-3m-plain", name] for name in TEACHERS}
    )
    differences = {name: gains["ko-3m", name] - gains["ko-3m-plain", name] for name in TEACHERS}
    assert rows["difference"].drop("all").to_dict() == pytest.approx(differences)
    half = (differences["public"] - differences["swapped"]) / 2
    assert rows["interaction"].drop("all").to_dict() == pytest.approx({"public": half, "swapped": -half})
    for name in ("gain", "other_gain", "difference"):
        assert rows[name].between(rows[f"{name}_low"], rows[f"{name}_high"], inclusive="neither").all()
    assert set(rows["items"]) == {16} and set(rows["left_out"]) == {0}
