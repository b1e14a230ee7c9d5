"""A corpus whose jobs are killed, shard by shard: the same command goes on, and what was finished stays as it is."""

import hashlib
import json
import os
import random
import re
import signal
import subprocess
import time

import pytest
import yaml

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
TARGETS = [f"results/texts/tokens/small/mine/0000{shard}.counts.json" for shard in (0, 1)]
STEPS = re.compile(r"^(\d+) of \d+ steps", re.MULTILINE)


def overlay():
    """The study korean with a corpus of one's own in two shards, one tokenizer and one run."""
    study = yaml.safe_load((ROOT / "studies/korean.yaml").read_text(encoding="utf-8"))
    mine = {"adapter": "text_file", "path": "mine.jsonl", "column": "text", "languages": ["ko"], "shards": 2}
    small = {"corpora": ["mine"], "vocabulary": 400, "padded_to": 8, "morphemes": False, "sample_gb": 0.01}
    runs = {"ko-3m": study["pretraining"]["runs"]["ko-3m"] | {"corpora": ["mine"], "tokenizer": "small"}}
    study |= {"study": "texts", "corpora": {"mine": mine | {"licence": "CC0-1.0"}}, "tokenizers": {"small": small}}
    study |= {"compared_tokenizers": ["small"], "pretraining": {"runs": runs}}
    del study["models"]["ko-3m-plain"]
    for entry in study["benchmarks"].values():
        entry["corpus"] = "mine"
    return study


@pytest.fixture
def project(tmp_path):
    """A copy of the project with 400 texts, of which 20 are there twice."""
    project, drawn = copy_project(tmp_path / "project"), random.Random(1)
    texts = [" ".join(drawn.choice(WORDS) + drawn.choice(ENDS) for _ in range(40)) for _ in range(380)]
    lines = [json.dumps({"text": text}, ensure_ascii=False) + "\n" for text in [*texts, *texts[:20]]]
    (project / "mine.jsonl").write_text("".join(lines), encoding="utf-8")
    (project / "studies/texts.yaml").write_text(yaml.safe_dump(overlay()), encoding="utf-8")
    return project


def run(project, *options, steps=None):
    """Run the command to its end, or until `steps` jobs are done: then it is killed with its job. Returns its words."""
    said, ends = project / "said.txt", time.monotonic() + PATIENCE
    with open(said, "w") as out:
        command = [SNAKEMAKE, "--cores", "1", *TARGETS, "--configfile", "studies/texts.yaml", *options]
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
