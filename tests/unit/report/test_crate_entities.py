"""The crate of a small hand-written study: its entities, its validity, the archive, bad input."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from rocrate.rocrate import ROCrate

from polyglot.audit.manifest import LINE
from polyglot.core.errors import InputError
from polyglot.core.files import write_jsonl
from polyglot.core.provenance import sha256_of
from polyglot.report import crate
from tests.conftest import ROOT

VALIDATOR = Path(sys.prefix, "validator/bin/python")  # `make test` installs it
OWN = ["Snakefile", "rules/seeds.smk", "config.yaml", "envs/requirements-cpu.txt", "LICENSE", "scripts/mix.py"]
NAMES = ["data/ar/mix-2/trial1.parquet", "data/ar/s p é.parquet", "models/كبير.safetensors", "scores.csv"]
MATERIALS = [
    {"kind": "model", "id": "g", "title": "org/gemma", "url": "https://huggingface.co/org/gemma", "licence": "Gemma"},
    {"kind": "dataset", "id": "d", "title": "texts", "url": "https://example.org/texts", "licence": "CC-BY-4.0"},
]


def line(path, rule, inputs=(), **more):
    known = {"path": str(path), "sha256": sha256_of(path), "bytes": path.stat().st_size, "kind": "output"}
    job = {"rule": rule, "wildcards": {"language": "ar"}, "code": {"scripts/mix.py": "0" * 64}, "params": {}, "seed": 7}
    job["program"] = "scripts/mix.py"
    job |= {"inputs": {str(source): sha256_of(source) for source in inputs}, "versions": {"snakemake": "9.27.1"}}
    job |= {
        "git": {"commit": "c0ffee", "clean": True},
        "machine": {},
        "made_at": f"2026-01-0{1 + len(inputs)}T00:00:00+00:00",
    }
    more = {"output": str(path), "environment": "", "seconds": 1.0, "record": "", **more}
    return {**{name: kind() for name, kind in LINE.items()}, **known, **job, **more}


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A project with a study of four files; the program runs in its folder."""
    monkeypatch.chdir(tmp_path)
    for name in (*OWN, *(f"results/tiny/{output}" for output in NAMES)):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode() * (400 if name.endswith("safetensors") else 1))
    first, second, model, scores = (Path("results/tiny", name) for name in NAMES)
    lines = [
        line(first, "mix"),
        line(second, "mix", [first]),
        line(model, "train", [second]),
        line(scores, "score", [first, second]),
    ]
    write_jsonl("results/tiny/audit/manifest.jsonl", lines)
    return tmp_path


def run(monkeypatch, *more, materials=MATERIALS):
    materials = [{"role": "teacher t", "revision": "abc", **material} for material in materials]
    command = ["crate.py", "--study", "tiny", "--project", *OWN, "--config", "config.yaml", "--environment", OWN[3]]
    command += ["--citation", str(ROOT / "CITATION.cff"), "--licences", str(ROOT / "resources/licences.yaml")]
    command += ["--licences-schema", str(ROOT / "resources/schemas/licences.schema.yaml")]
    command += ["--materials", json.dumps(materials), "--out", "out/ro-crate-metadata.json", *more]
    monkeypatch.setattr(sys, "argv", command)
    crate.main()
    return {
        entity["@id"]: entity for entity in json.loads(Path("out/ro-crate-metadata.json").read_text("utf-8"))["@graph"]
    }


def validated(folder, *more):
    process = subprocess.run(
        [VALIDATOR, ROOT / "tests/crate_validator.py", folder, *more], capture_output=True, text=True
    )
    assert process.stdout, process.stderr[-3000:]
    return json.loads(process.stdout.splitlines()[-1])


def test_every_file_has_its_size_and_checksum(study, monkeypatch):
    graph = run(monkeypatch)
    parts = {part["@id"] for part in graph["./"]["hasPart"]}
    assert "results/tiny/data/ar/s%20p%20%C3%A9.parquet" in parts and len(parts) == len(OWN) + len(NAMES)
    model = next(graph[part] for part in parts if part.endswith(".safetensors"))
    assert (model["name"], model["contentSize"]) == (
        "results/tiny/models/كبير.safetensors",
        str(400 * len(model["name"].encode())),
    )
    assert model["sha256"] == sha256_of(Path(model["name"]))


def test_the_crate_holds_jobs_people_licences_and_materials(study, monkeypatch):
    graph = run(monkeypatch)
    jobs = [entity for entity in graph.values() if entity["@type"] == "CreateAction"]
    assert len(jobs) == 4  # two mixes of one job, a training, a scoring, and the run itself
    train = next(job for job in jobs if job["name"].startswith("train"))
    assert train["instrument"]["@id"] == "scripts/mix.py" and train["endTime"] == "2026-01-02T00:00:00+00:00"
    assert train["object"][0]["@id"].endswith("%C3%A9.parquet")
    whole = graph["#run"]
    assert (whole["startTime"][:10], whole["endTime"][:10]) == ("2026-01-01", "2026-01-03")
    assert graph["./"]["mainEntity"]["@id"] == "Snakefile" and graph["Snakefile"]["version"] == "c0ffee"
    gemma = graph["https://huggingface.co/org/gemma"]
    assert gemma["version"] == "abc" and graph[gemma["license"]["@id"]]["name"] == "Gemma Terms of Use"
    authors = graph["https://arxiv.org/abs/2604.11290"]["author"]
    assert "Vulić" in {graph[author["@id"]]["name"].split()[-1] for author in authors}


def test_the_crate_reads_back_and_is_reproducible(study, monkeypatch):
    run(monkeypatch, "--zip", "out/first.zip")
    again = Path("out/ro-crate-metadata.json").read_bytes(), Path("out/first.zip").read_bytes()
    run(monkeypatch, "--zip", "out/first.zip")
    assert (Path("out/ro-crate-metadata.json").read_bytes(), Path("out/first.zip").read_bytes()) == again
    Path("ro-crate-metadata.json").write_bytes(again[0])
    assert ROCrate(".").mainEntity.id == "Snakefile"


def test_the_metadata_is_valid_where_the_project_is(study, monkeypatch):
    run(monkeypatch)
    Path("out/ro-crate-metadata.json").rename("ro-crate-metadata.json")
    assert validated(study) == {"passed": True, "issues": []}
    Path("results/tiny/scores.csv").unlink()
    assert not validated(study)["passed"]


def test_the_archive_is_valid_and_holds_only_small_files(study, monkeypatch):
    run(monkeypatch, "--zip", "out/tiny.zip", "--limit", "1000")
    with zipfile.ZipFile("out/tiny.zip") as archive:
        names = archive.namelist()
        archive.extractall("unpacked")
    assert names[0] == "ro-crate-metadata.json" and set(OWN) <= set(names)
    assert "results/tiny/scores.csv" in names and not any(name.endswith("safetensors") for name in names)
    graph = json.loads(Path("unpacked/ro-crate-metadata.json").read_text("utf-8"))["@graph"]
    large = next(entity for entity in graph if entity.get("alternateName"))
    assert large["@id"] == f"nih:sha-256;{sha256_of(Path('results/tiny/models/كبير.safetensors'))}"
    assert validated(study / "unpacked") == {"passed": True, "issues": []}


def test_a_removed_file_is_recorded_by_checksum(study, monkeypatch):
    Path("results/tiny/scores.csv").unlink()
    graph = run(monkeypatch, "--zip", "out/tiny.zip")
    removed = next(entity for entity in graph.values() if entity.get("alternateName") == "results/tiny/scores.csv")
    assert removed["@id"].startswith("nih:sha-256;") and removed["contentSize"] == "23"


def test_a_name_outside_the_root_ends_the_crate(study, monkeypatch):
    Path("../outside.yaml").write_text("study: tiny\n")
    for path in ("../outside.yaml", str(Path("../outside.yaml").resolve())):
        with pytest.raises(InputError, match=f"^{path}: lies outside the project"):
            run(monkeypatch, "--project", *OWN, path)
    line = json.loads(Path("results/tiny/audit/manifest.jsonl").read_text("utf-8").splitlines()[0])
    with open("results/tiny/audit/manifest.jsonl", "a", encoding="utf-8") as manifest:
        manifest.write(json.dumps({**line, "path": "results/../../secret.txt"}) + "\n")
    with pytest.raises(InputError, match=r"^results/\.\./\.\./secret\.txt: lies outside the project"):
        run(monkeypatch)


def test_a_licence_without_an_entry_and_a_broken_manifest_are_named(study, monkeypatch):
    with pytest.raises(InputError, match=r"licences\.yaml: licence 'Own words' of g has no entry; add one"):
        run(monkeypatch, materials=[{**MATERIALS[0], "licence": "Own words"}])
    with open("results/tiny/audit/manifest.jsonl", "a", encoding="utf-8") as manifest:
        manifest.write("{broken\n")
    with pytest.raises(InputError, match=r"manifest\.jsonl: .*make the manifest again"):
        run(monkeypatch)
    assert not Path("out").exists()
