"""From an empty registry to fetched models and data, through a small hub; and what stops a run before its first job."""

import json

import numpy as np
import pytest
import yaml
from safetensors.numpy import save

from tests.conftest import ROOT, copy_project
from tests.hub_server import COMMIT, Hub, Repository

STUDY = """
models: {small: {hub: org/small, family: Small, size_b: 0.001, licence: MIT}}
datasets: {rows: {hub: org/rows, licence: MIT, files: ["data/*"], size_gb: 0.001}}
student_bases: {smollm2-135m: {reference: small}}
sources: {arithmetic: {adapter: aya, dataset: rows}}
"""
MODEL = {
    "config.json": b'{"model_type": "llama"}',
    "model.safetensors": save({"weight": np.zeros(4, dtype=np.float32)}),
    "tokenizer_config.json": json.dumps({"chat_template": "{{ messages }}"}).encode(),
    "pytorch_model.bin": b"never fetched",
}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    copy = copy_project(tmp_path_factory.mktemp("registry") / "project")
    (copy / "hub.yaml").write_text(STUDY)
    return copy


@pytest.fixture
def hub(monkeypatch, tmp_path):
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    named = {("model", entry["hub"]) for entry in config["models"].values() if "hub" in entry}
    named |= {("dataset", entry["hub"]) for entry in config["datasets"].values()}
    held = {key: Repository({"config.json": b"{}"}) for key in named}
    held["model", "org/small"] = Repository(MODEL)
    held["dataset", "org/rows"] = Repository({"data/id.jsonl": b'{"prompt": "Apa kabar?"}\n'})
    with Hub(held) as server:
        for name, value in {"HF_ENDPOINT": server.address, "HF_HOME": str(tmp_path), "HF_HUB_DISABLE_XET": "1"}.items():
            monkeypatch.setenv(name, value)
        yield server


def with_hub(snakemake, *arguments):
    return snakemake(*arguments, "--configfile", "studies/test.yaml", "hub.yaml")


def errors(ended):
    assert ended.returncode != 0 and "Traceback" not in ended.stderr
    return [line for line in ended.stderr.splitlines() if line.startswith("error: ")]


def test_nothing_is_fetched_before_it_is_locked_and_a_dry_run_says_what_would_be(snakemake, project):
    planned = with_hub(snakemake, "-n", "fetch")
    assert planned.returncode == 0 and "fetch_dataset" in planned.stdout
    (line,) = errors(with_hub(snakemake, "fetch"))
    assert line.startswith("error: resources/revisions.csv: not locked: dataset org/rows, model org/small; run ")
    assert "`.venv/bin/snakemake --cores 1 --configfile studies/test.yaml hub.yaml -- lock_revisions`" in line
    assert not (project / "results/test/logs/fetch_model/small.log").exists()


def test_lock_then_fetch_then_nothing_to_do(snakemake, project, hub, monkeypatch):
    locked = with_hub(snakemake, "lock_revisions")
    assert locked.returncode == 0, locked.stdout
    assert f"model org/small: {COMMIT} (apache-2.0)" in locked.stdout
    rows = (project / "resources/revisions.csv").read_text().splitlines()
    assert len(rows) == 1 + len(hub.repositories) and rows[1:] == sorted(rows[1:])
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    (line,) = errors(with_hub(snakemake, "fetch"))
    assert "still to be fetched: dataset org/rows, model org/small; run `.venv/bin/snakemake --cores 4" in line
    assert "--configfile studies/test.yaml hub.yaml -- fetch`" in line
    monkeypatch.delenv("HF_HUB_OFFLINE")
    fetched = with_hub(snakemake, "fetch")
    assert fetched.returncode == 0, fetched.stderr
    folder = project / "results/test/models/small"
    names = {path.name for path in folder.iterdir() if not path.name.startswith(".")}
    assert names == set(MODEL) - {"pytorch_model.bin"}
    assert (project / "results/test/datasets/rows/data/id.jsonl").read_bytes().startswith(b'{"prompt"')
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")  # what is there is not asked for again
    assert "Nothing to be done" in with_hub(snakemake, "fetch").stderr


def test_a_disk_too_small_ends_the_run_before_its_first_job(snakemake, project, hub):
    assert with_hub(snakemake, "lock_revisions").returncode == 0
    (project / "huge.yaml").write_text("datasets: {rows: {size_gb: 1.0e+9, files: [other]}}\n")
    ended = snakemake("fetch", "--configfile", "studies/test.yaml", "hub.yaml", "huge.yaml")
    (line,) = errors(ended)
    assert "1000000000.0 GB are needed" in line and "GB are free; free some" in line


def test_a_broken_registry_ends_at_parse_with_its_line(snakemake, project):
    file = project / "resources/revisions.csv"
    text = file.read_text()
    file.write_text(text.splitlines()[0] + "\nmodel,org/small,main,mit,2026-01-01\n")
    try:
        (line,) = errors(snakemake("-n", "--configfile", "studies/test.yaml"))
    finally:
        file.write_text(text)
    assert line.startswith("error: resources/revisions.csv: line 2: commit: 'main' is wrong"), line
