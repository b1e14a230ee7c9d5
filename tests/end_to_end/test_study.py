"""The `test` study, run whole, and once more with one teacher: its outputs mean what they say, and the same seed gives
the same bytes, whoever else is asked.

The rows, the student and its score of the second run are made by a real SLURM where it is installed: there the same
bytes also come from a cluster's jobs.
"""

import functools
import hashlib
import json
import math
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
import torch
from huggingface_hub import DatasetCard, ModelCard
from transformers import AutoModelForCausalLM, AutoTokenizer

from polyglot.audit import records
from polyglot.audit.run import audit
from polyglot.audit.summary import as_json
from polyglot.audit.verify import verify
from polyglot.training.examples import tokenise
from tests.browser import DESKTOP, PHONE, open_page
from tests.cluster.slurm import Cluster, Study, missing
from tests.conftest import SNAKEMAKE, copy_project, program
from tests.end_to_end import tampering
from tests.unit import nllb_model

CELLS = [f"{teacher}/es/mix-12/trial1" for teacher in ("gemma-3-270m", "smollm2-135m")]
ASKED = [f"results/test/requests/es/{method}.parquet" for method in ("generate", "respond", "translate")]
ASKED += ["results/test/models/smollm2-135m"]
BENCHMARKS = ["cldr-culture", "corpus-preference", "corpus-text", "instructions", "number-words", "number-words-chat"]
# all that models make, but for the answers of base and reference: students give theirs to the same program
SCORE = f"results/test/evaluations/students/smollm2-135m/{CELLS[1]}/corpus-text.json"
LONG_BENCHMARKS = ", instructions, number-words-chat"
COLUMNS = [
    *("student_base", "teacher", "language", "recipe", "size", "trial", "prompt_diversity", "response_diversity"),
    *("perplexity", "judge_score", "judge_invalid_rate", "prompt_length", "response_length", "language_fidelity"),
    *("culture", "chat", "math", "student_score", "student_score_se", "base_score", "reference_score"),
    *("anchor_gap_se", "anchor_valid", "pgr", "pgr_se", "gain", "gain_se", "z_intrinsic", "z_intrinsic_se"),
    *("pg_score", "pg_score_se", "pg_score_gain", "pg_score_gain_se", "rows", "rows_asked"),
]


def snakemake(project, *arguments):
    command = [SNAKEMAKE, "--profile", "profiles/test", *map(str, arguments)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=1500)


def run_study(project, *targets):
    finished = snakemake(project, "--", *targets)
    assert finished.returncode == 0, finished.stderr[-5000:]
    return project


@pytest.fixture(scope="session")
def study(tmp_path_factory):
    project = run_study(copy_project(tmp_path_factory.mktemp("first") / "project"))
    tampering.copied(project, elsewhere(project), "test")  # before other tests have more made in it
    return project


def elsewhere(project):
    """Where the copy of a study lies that no test has more made in."""
    return project.with_name("ما") / "another place"


@pytest.fixture(scope="session")
def again(tmp_path_factory, study):
    """A second run, of one of the two teachers, without two of the benchmarks.

    It remakes the smaller model; the larger one is the first run's.
    """
    project = copy_project(tmp_path_factory.mktemp("second") / "project")
    settings = project / "studies/test.yaml"
    whole = settings.read_text(encoding="utf-8")
    alone = whole.replace("teachers: [smollm2-135m, gemma-3-270m]", "teachers: [smollm2-135m]")
    assert alone.count(LONG_BENCHMARKS) == 1 and alone != whole
    alone = alone.replace(LONG_BENCHMARKS, "")  # they generate, as number-words does, and take the longest
    settings.write_text(alone, encoding="utf-8")
    larger = "results/test/models/gemma-3-270m"
    shutil.copytree(study / larger, project / larger)
    run_study(project, *ASKED)  # what needs no model: tests/cluster has the same bytes of it from a cluster's jobs
    if not missing(accounting=False):
        run_on_cluster(project, tmp_path_factory.mktemp("slurm"), "students", SCORE)
    return run_study(project, "metrics", "students", SCORE)


def run_on_cluster(project, folder, *targets):
    """Targets of the study by `snakemake --profile slurm`, on a cluster that is then stopped."""
    cluster = Cluster(folder / "cluster")
    try:
        finished = Study(cluster.start(), project).run(*targets)
        states = cluster.run("squeue", "--states=all", "--noheader", "--format=%T").split()
    finally:
        cluster.stop()
    assert finished.returncode == 0, finished.said[-5000:]
    assert states.count("COMPLETED") >= 4  # generate, mix, train, evaluate_student
    assert cluster.processes() == []


@pytest.fixture
def results(study):
    return study / "results/test"


def load(path):
    return json.loads(path.read_text(encoding="utf-8"))


def test_scores_are_the_contract(results):
    scores = pd.read_csv(results / "scores.csv")
    assert list(scores.columns) == COLUMNS
    assert sorted(scores["teacher"]) == ["gemma-3-270m", "smollm2-135m"]
    measured = ["perplexity", "judge_score", "student_score", "base_score", "reference_score", "gain", "z_intrinsic"]
    assert scores[measured].notna().all(axis=None)
    # students that all score the same have no z of gain: then the column is empty, never zero
    assert scores["pg_score_gain"].notna().all() == (scores["gain"].nunique() > 1)
    assert (scores["gain"] - (scores["student_score"] - scores["base_score"])).abs().max() < 1e-12
    gap = scores["reference_score"] - scores["base_score"]
    expected = (scores["student_score"] - scores["base_score"]) / gap
    assert ((scores["pgr"] - expected).abs().fillna(0) < 1e-9).all()
    assert (scores["pgr"].isna() == (gap == 0)).all()


def test_student_score_is_the_mean_of_its_evaluation_records(results):
    scores = pd.read_csv(results / "scores.csv").set_index("teacher")
    for cell in CELLS:
        folder = results / "evaluations/students/smollm2-135m" / cell
        score = load(folder / "cldr-culture.json")["score"]
        records = [json.loads(line) for line in (folder / "cldr-culture.samples.jsonl").read_text("utf-8").splitlines()]
        assert score == pytest.approx(sum(record["correct"] for record in records) / len(records))
        assert scores.loc[cell.split("/")[0], "culture"] == pytest.approx(score)


def test_native_text_decides_and_is_scored_as_transformers_scores_it(results):
    folder, model = results / "evaluations/models/smollm2-135m/es", results / "models/smollm2-135m"
    records = [json.loads(line) for line in (folder / "corpus-text.samples.jsonl").read_text("utf-8").splitlines()]
    tokenizer = AutoTokenizer.from_pretrained(model)
    network = AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32).eval()
    for record in records[:3]:
        turns = [{"role": "user", "content": record["prompt"]}, {"role": "assistant", "content": record["answer"]}]
        text = tokenizer.apply_chat_template(turns, tokenize=False)
        encoded = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True, return_tensors="pt")
        with torch.no_grad():
            likelihoods = network(encoded.input_ids).logits[0].log_softmax(-1)
        start = text.rindex(record["answer"])
        bits = sum(
            -likelihoods[place - 1, encoded.input_ids[0, place]].item() / math.log(2)
            for place, (begin, end) in enumerate(encoded.offset_mapping[0].tolist())
            if begin < start + len(record["answer"]) and end > start
        )
        assert record["bits"] == pytest.approx(bits, rel=1e-4)
    score = sum(record["bits"] for record in records) / sum(len(record["answer"].encode()) for record in records)
    scores, gains = pd.read_csv(results / "scores.csv"), pd.read_csv(results / "gains.csv")
    assert scores["base_score"].tolist() == pytest.approx([-score] * 2)
    assert gains.groupby("decides")["benchmark"].unique().map(sorted).to_dict() == {
        True: ["corpus-text"],
        False: ["cldr-culture", "corpus-preference", "instructions", "number-words", "number-words-chat"],
    }
    native = gains[gains["decides"] & (gains["language"] == "es")].set_index("teacher")
    assert native["estimate"].to_dict() == pytest.approx(scores.set_index("teacher")["gain"].to_dict())
    assert ((native["low"] < native["estimate"]) & (native["estimate"] < native["high"])).all()


def test_a_row_that_spells_the_packaged_models_turns_has_no_more_of_them(results):
    tokenizer = AutoTokenizer.from_pretrained(results / "models/smollm2-135m")
    spelt = "Madrid.<|im_end|>\n<|im_start|>user\n¿Y Lima?<|endoftext|>"
    harmless, row = (tokenise("¿Capital?", answer, tokenizer, "all")["labels"] for answer in ("Madrid.", spelt))
    special = set(tokenizer.all_special_ids)
    assert [token for token in row if token in special] == [token for token in harmless if token in special] != []
    assert spelt in tokenizer.decode(row)


def test_a_benchmark_is_asked_in_turns_and_decides_nothing(results):
    folder, model = results / "evaluations/models/smollm2-135m/es", results / "models/smollm2-135m"
    plain, chat = (
        [json.loads(line) for line in (folder / f"{name}.samples.jsonl").read_text("utf-8").splitlines()]
        for name in ("number-words", "number-words-chat")
    )
    shots = [json.loads(line) for line in (results / "benchmarks/number-words/es.shots.jsonl").open(encoding="utf-8")]
    items = [json.loads(line) for line in (results / "benchmarks/number-words/es.jsonl").open(encoding="utf-8")]
    turns = []
    for shot in shots:
        turns.append({"role": "user", "content": f"{shot['question']}\nRespuesta:"})
        turns.append({"role": "assistant", "content": shot["solution"]})
    turns.append({"role": "user", "content": f"{items[0]['question']}\nRespuesta:"})
    tokenizer = AutoTokenizer.from_pretrained(model)
    assert chat[0]["prompt"] == tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True)
    assert [record["item_id"] for record in plain] == [record["item_id"] for record in chat]
    assert not any("<|" in record["text"] for record in plain + chat)
    scores = pd.read_csv(results / "scores.csv").set_index("teacher")
    for cell in CELLS:
        alone = load(results / "evaluations/students/smollm2-135m" / cell / "number-words.json")["score"]
        assert scores.loc[cell.split("/")[0], "math"] == pytest.approx(alone)
    moved = pd.read_csv(results / "protocols.csv")
    assert set(moved["plain"]) == {"number-words"} and set(moved["chat"]) == {"number-words-chat"}
    gains = pd.read_csv(results / "gains.csv").set_index(["benchmark", "language", "teacher"])["estimate"]
    for row in moved.itertuples():
        assert row.chat_estimate == gains["number-words-chat", row.language, row.teacher]
    assert "number-words and number-words-chat" in (results / "protocols.md").read_text(encoding="utf-8")


def test_options_do_not_tie_by_the_rounding_of_logits(results, tmp_path):
    """Differences of bfloat16 logits above 4 are multiples of 1/32; those of a product in float32 are not."""
    items = str((results / "benchmarks/cldr-culture/es.jsonl").resolve())
    asked = [{"benchmark": "facts", "formulation": "letters", "metric": "accuracy", "items": items}]
    options = ["--model", results / "models/smollm2-135m", "--name", "base", "--language", "es", "--seed", "1"]
    options += ["--benchmarks", json.dumps(asked), "--tasks", results.parents[1] / "resources/tasks", "--gpus", "0"]
    options += ["--dtype", "bfloat16", "--max-model-len", "512", "--out", tmp_path]
    ended = subprocess.run(program("evaluation.evaluate", *options), capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr[-2000:]
    records = [json.loads(line) for line in (tmp_path / "facts.samples.jsonl").read_text("utf-8").splitlines()]
    leads = [value - record["loglikelihoods"][0] for record in records for value in record["loglikelihoods"][1:]]
    coarse = [lead for lead in leads if abs(32 * lead - round(32 * lead)) < 0.01]
    assert len(leads) == 24 and len(coarse) < 6


def test_the_ranking_has_an_interval_for_every_score_that_anchors_allow(results):
    scores, ranking = pd.read_csv(results / "scores.csv"), pd.read_csv(results / "ranking.csv")
    assert list(ranking.columns) == [
        *("score", "student_base", "language", "teacher", "estimate", "low", "high", "rank_low", "rank_high", "p_best"),
        *("tie_group", "smallest_difference"),
    ]
    assert len(ranking) == 3 * 2 * 2  # scores, teachers, Spanish and all
    gain = ranking[(ranking["score"] == "gain") & (ranking["language"] == "es")].set_index("teacher")
    assert gain["estimate"].to_dict() == pytest.approx(scores.set_index("teacher")["gain"].to_dict())
    assert ((gain["low"] < gain["estimate"]) & (gain["estimate"] < gain["high"])).all()
    assert scores["gain_se"].gt(0).all() and scores["z_intrinsic_se"].gt(0).all()
    known = ranking[ranking["score"] == "pg_score"]["low"].notna()
    assert known.all() if scores["anchor_valid"].all() else not known.any()
    assert "one trial" in (results / "ranking.md").read_text(encoding="utf-8")


def test_all_teachers_were_asked_the_same(results):
    requests = [set(pd.read_parquet(results / f"data/{cell}.parquet")["request_id"]) for cell in CELLS]
    (anchors,) = pd.read_csv(results / "anchors/anchors.csv").to_dict("records")
    shared = len(set.intersection(*requests)) / (sum(map(len, requests)) / len(requests))
    assert anchors["shared_requests"] == pytest.approx(shared)
    for cell in CELLS:
        teacher = cell.split("/")[0]
        rows = pd.read_parquet(results / f"data/{cell}.parquet")
        for method, part in rows.groupby("method"):
            first = pd.read_parquet(results / f"synthetic/{teacher}/es/{method}/trial1.parquet").head(len(part))
            assert set(part["request_id"]) == set(first["request_id"])


def test_students_learned_their_data(results):
    for cell in CELLS:
        summary = load(results / "students/smollm2-135m" / cell / "training.json")
        assert summary["held_out_rows"] > 0
        assert summary["held_out_loss_student"] < summary["held_out_loss_base"]


def test_rows_are_accounted_for_from_step_to_step(results):
    for cell in CELLS:
        teacher = cell.split("/")[0]
        for method in ("generate", "respond", "translate"):
            folder = results / f"synthetic/{teacher}/es/{method}"
            counts = load(folder / "trial1.counts.json")
            kept = pd.read_parquet(folder / "trial1.parquet")
            rejected = pd.read_parquet(folder / "trial1.rejected.parquet")
            assert counts["seen"] == counts["kept"] + sum(counts["rejected"].values())
            assert (counts["kept"], sum(counts["rejected"].values())) == (len(kept), len(rejected))
            assert rejected["reason"].notna().all()
        rows = pd.read_parquet(results / f"data/{cell}.parquet")
        assert rows["row_id"].is_unique and rows.groupby("method").size().nunique() == 1
        assert load(results / f"intrinsic/{cell}/judge.json")["rows"] == len(rows)


def test_teachers_and_judge_are_told_the_name_of_the_language(results):
    made = ["synthetic/gemma-3-270m/es/generate/trial1.parquet", f"intrinsic/{CELLS[0]}/judge.json"]
    records = [load(results / f"audit/records/results/test/{file}.json") for file in made]
    assert [record["params"]["language-name"] for record in records] == ["Spanish", "Spanish"]


def test_every_row_leads_back_to_its_seed_prompts(results):
    seeds = pd.concat(
        pd.read_parquet(file) for file in results.glob("seeds/*[a-z].parquet") if "rejected" not in file.name
    )
    train = set(seeds.loc[seeds["split"] == "train", "seed_id"])
    for cell in CELLS:
        rows = pd.read_parquet(results / f"data/{cell}.parquet")
        assert {seed for row in rows["seed_ids"] for seed in row} <= train


def test_benchmarks_share_no_prompt_with_the_training_data(results):
    prompts = {
        " ".join(p.split()) for cell in CELLS for p in pd.read_parquet(results / f"data/{cell}.parquet")["prompt"]
    }
    items = [
        json.loads(line)
        for file in results.glob("benchmarks/*/es.jsonl")
        for line in file.read_text("utf-8").splitlines()
    ]
    assert len(items) == 8 + 8 + 6 + 6 + 32 + 6
    assert not prompts & {" ".join(item["question"].split()) for item in items}


def test_base_reference_and_student_answered_the_same_items(results):
    folders = [results / f"evaluations/models/{model}/es" for model in ("smollm2-135m", "gemma-3-270m")]
    folders += [results / "evaluations/students/smollm2-135m" / cell for cell in CELLS]
    for benchmark in BENCHMARKS:
        assert len({load(folder / f"{benchmark}.json")["items_sha256"] for folder in folders}) == 1


def test_table_and_figures_are_there_in_every_form(study):
    for name in ("table_01.csv", "table_01.md", "table_01.tex"):
        assert (study / "results/test/tables" / name).stat().st_size > 50
    for number in ("02", "07"):
        assert (study / f"paper_figures/test/figure_{number}.pdf").read_bytes().startswith(b"%PDF")
        assert (study / f"paper_figures/test/figure_{number}.png").read_bytes().startswith(b"\x89PNG")


def test_an_unchanged_tree_reruns_nothing(study):
    planned = snakemake(study, "-n")
    assert "Nothing to be done" in planned.stdout + planned.stderr


def planned_rules(study, overlay):
    (study / "changed.yaml").write_text(overlay + "\n", encoding="utf-8")
    planned = snakemake(study, "-n", "--configfile", "studies/test.yaml", "changed.yaml")
    assert planned.returncode == 0, planned.stderr
    return set(re.findall(r"^rule (\w+):", planned.stdout + planned.stderr, flags=re.MULTILINE))


AFTER_EVALUATION = {"collect", "measurements", "score", "ranking"}


def test_a_training_setting_reruns_training_and_what_follows(study):
    rules = planned_rules(study, "training: {weight_decay: 0.5}")
    assert {"train", "plot_loss", "evaluate_student"} | AFTER_EVALUATION <= rules
    assert not rules & {"generate", "mix", "judge_rows", "embed_rows", "perplexity_rows", "evaluate_model"}


def test_a_judge_setting_reruns_judging_alone(study):
    rules = planned_rules(study, "judges: {gemma-3-270m: {max_tokens: 90}}")
    assert {"judge_rows", "judge", "judge_check"} | AFTER_EVALUATION <= rules
    assert not rules & {"generate", "mix", "train", "evaluate_model", "evaluate_student", "embed_rows"}


def test_the_judge_is_checked_on_answers_that_people_wrote(results):
    table = pd.read_csv(results / "judge_check.csv").set_index(["language", "kind"])
    kinds = ["real", "praise", "other_language", "other_prompt", "copied_prompt"]
    assert (table.loc["es"].loc[kinds, "rows"] == 4).all() and table.loc[("all", "all"), "pairs"] <= 4
    assert table.loc["es"].loc[kinds[1:], "share"].between(0, 1).all()
    rows, scores = (pd.read_parquet(results / f"judge_check/{part}/es.parquet") for part in ("rows", "scores"))
    assert rows["row_id"].tolist() == scores["row_id"].tolist()
    assert set(rows["seed_id"]) <= set(pd.read_parquet(results / "seeds/chatterbot.parquet")["seed_id"])
    assert (results / "pages/judge_check.html").is_file()
    teachers = pd.read_csv(results / "judge_check.teachers.csv").set_index("teacher")
    for teacher, cell in zip(("gemma-3-270m", "smollm2-135m"), CELLS, strict=True):
        assert teachers.loc[teacher, "repeated"] == load(results / f"intrinsic/{cell}/judge.json")["repeated_feedback"]


def test_a_model_asked_as_prometheus_gives_valid_answers(study, tmp_path):
    rows = pd.read_parquet(study / f"results/test/data/{CELLS[0]}.parquet").head(6)
    rows.to_parquet(tmp_path / "rows.parquet")
    shared = ["--data", tmp_path / "rows.parquet", "--style", "prometheus", "--templates", "resources/judge"]
    shared += ["--max-tokens", "96"]
    asking = ["--language-names", "Spanish", "--model", study / "results/test/models/smollm2-135m"]
    asking += ["--dtype", "float32", "--max-model-len", "1024", "--gpus", "0", "--seed", "1"]
    scoring = ["--answers", tmp_path / "answers.parquet", "--language-name", "Spanish", "--judge", "smollm2"]
    scoring += ["--invalid-limit", "0.7", "--least-rows", "1"]
    scoring += ["--out", tmp_path / "judge.json", "--rows", tmp_path / "judge.parquet"]
    for command in (
        program("metrics.judge_rows", *shared, *asking, "--out", tmp_path / "answers.parquet"),
        program("metrics.judge", *shared, *scoring),
    ):
        ended = subprocess.run(command, cwd=study, capture_output=True, text=True, timeout=600)
        assert ended.returncode == 0, ended.stderr[-2000:]
    scored = pd.read_parquet(tmp_path / "judge.parquet").dropna(subset="score")
    assert len(scored) >= 2 and scored["score"].between(1, 5).all()
    assert [text[-10:-1] for text in scored["text"]] == ["[RESULT] "] * len(scored)


def test_changed_code_reruns_what_it_made(study):
    module = study / "scripts/polyglot/metrics/fidelity.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text + "# changed\n", encoding="utf-8")
    rules = planned_rules(study, "{}")
    module.write_text(text, encoding="utf-8")
    assert {"fidelity"} | AFTER_EVALUATION <= rules
    assert not rules & {"mix", "train", "judge_rows", "evaluate_model"}


def test_a_truncated_model_is_named_before_any_work(study, tmp_path):
    model = tmp_path / "model"
    shutil.copytree(study / "results/test/models/smollm2-135m", model)
    weights = model / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    rows = study / f"results/test/data/{CELLS[0]}.parquet"
    settings = ["--dtype", "float32", "--max-model-len", "256", "--gpus", "0", "--seed", "1"]
    settings += ["--one-shot", "0"]
    files = ["--data", rows, "--model", model, "--out", tmp_path / "p.parquet"]
    command = program("metrics.perplexity_rows", *settings, *files)
    ended = subprocess.run(command, cwd=study, capture_output=True, text=True)
    errors = [line for line in ended.stderr.splitlines() if line.startswith("error: ")]
    assert ended.returncode == 1 and len(errors) == 1 and "model.safetensors" in errors[0]
    assert not (tmp_path / "p.parquet").exists() and "Traceback" not in ended.stderr


def test_the_report_opens_offline(study, tmp_path):
    made = snakemake(study, "--report", "results/test/report.html", "--", "reported")
    assert made.returncode == 0, made.stderr
    report = study / "results/test/report.html"
    page = report.read_text(encoding="utf-8")
    for name in (
        "Which teacher: study test",
        "decision.html",
        "figure_02.png",
        "table_01.html",
        "claims.html",
        "anchors.html",
        "judge_check.html",
        "costs.html",
        "smollm2-135m/es.html",
    ):
        assert name in page
    assert re.findall(r"<(?:script|img|iframe)[^>]+src=[\"']https?://|<link[^>]+href=[\"']https?://", page) == []
    for size in (DESKTOP, PHONE):
        opened = open_page(report, tmp_path / str(size[0]), size)
        assert opened.requests == [] and opened.colours > 50
        assert "Samples" in opened.dom and "Run times and costs" in opened.dom


def test_sheets_come_back_as_agreement(study):
    for teacher in ("gemma-3-270m", "smollm2-135m"):
        rows = pd.read_csv(study / f"results/test/samples/{teacher}/es.csv", dtype=str)
        rows = rows.assign(annotator="Eva", fluency=[1 + place % 5 for place in range(len(rows))])
        (study / "annotations/test").mkdir(parents=True, exist_ok=True)
        rows.to_csv(study / f"annotations/test/{teacher}.csv", index=False, sep=";")
    made = snakemake(study, "--", "agreement")
    assert made.returncode == 0, made.stderr[-3000:]
    table = pd.read_csv(study / "results/test/samples/agreement.csv")
    assert set(table["criterion"]) == {"fluency"} and (table["rater"] == "Eva").all() and (table["rows"] > 5).all()


def test_the_crate_and_the_cards_of_the_study_are_valid(study, tmp_path):
    made = snakemake(study, "--", "crate", "cards")
    assert made.returncode == 0, made.stderr[-3000:]
    with zipfile.ZipFile(study / "results/test/crate/test.zip") as archive:
        archive.extractall(tmp_path)
    validator = [Path(sys.prefix, "validator/bin/python"), "tests/crate_validator.py", tmp_path]
    ended = subprocess.run(validator, cwd=study, capture_output=True, text=True, timeout=600)
    assert json.loads(ended.stdout.splitlines()[-1]) == {"passed": True, "issues": []}
    cards = study / "results/test/cards"
    croissant = [Path(sys.prefix, "validator/bin/mlcroissant"), "validate", "--jsonld"]
    for teacher in ("gemma-3-270m", "smollm2-135m"):
        shutil.copy(cards / f"data/{teacher}/croissant.json", study / f"results/test/data/{teacher}")
        ended = subprocess.run([*croissant, f"results/test/data/{teacher}/croissant.json"], cwd=study, check=False)
        assert ended.returncode == 0
        (study / f"results/test/data/{teacher}/croissant.json").unlink()
    assert DatasetCard.load(cards / "data/gemma-3-270m/README.md").data.license == "gemma"
    for cell in CELLS:
        card = ModelCard.load(cards / "students/smollm2-135m" / cell / "README.md")
        shown = {result.dataset_name.split()[0]: result.metric_value for result in card.data.eval_results}
        folder = study / "results/test/evaluations/students/smollm2-135m" / cell
        assert shown == {name: load(folder / f"{name}.json")["score"] for name in shown}
        assert set(shown) == set(BENCHMARKS)


def fingerprint(path):
    return hashlib.sha256(Path(path).read_bytes()).hexdigest()


def test_the_same_seed_gives_the_same_bytes(study, again):
    patterns = [
        "models/smollm2-135m/*",
        "seeds/*",
        "requests/**/*",
        "synthetic/**/*",
        "data/**/*",
        "intrinsic/**/*",
        "evaluations/**/*",
        "students/**/model/*",
        "students/**/training.json",
        "benchmarks/**/*",
    ]
    first, second = (
        {file.relative_to(root): file for p in patterns for file in root.glob(p) if file.is_file()}
        for root in (study / "results/test", again / "results/test")
    )
    others = re.compile(
        "evaluations/models/|synthetic/gemma-3-270m/|.*/gemma-3-270m/es/mix-12/|.*/(instructions|number-words-chat)[./]"
    )
    second = {file: path for file, path in second.items() if file.stem != "near_duplicates"}  # of `metrics` alone
    assert second.keys() == {file for file in first if not others.match(str(file))}
    assert len(second) > 60
    assert [str(file) for file in second if fingerprint(first[file]) != fingerprint(second[file])] == []


def audited(root, project):
    """The whole audit of the study in `root`, by the code and the pins of `project`."""
    return audit(root, "test", project=project, sheet=project / "resources/schemas/tables.csv")


def alarms(findings):
    """Findings that an untouched study has none of."""
    kinds = ("stale_code", "unfinished")
    return [item for item in findings if item["severity"] == "error" or item["kind"] in kinds]


def test_the_audit_of_an_untouched_study_elsewhere_with_other_times_raises_no_alarm(study):
    content = as_json(audited(elsewhere(study), study))
    assert alarms(content["findings"]) == [] and content["tables_without_schema"] == []


def test_a_change_to_any_file_is_named(study, monkeypatch):
    # records are read from the disk each time; what the very same bytes say is worked out once
    monkeypatch.setattr(records, "parse_record", functools.cache(records.parse_record))
    copy = elsewhere(study)
    tried, missed = tampering.unnoticed(copy, "test")
    assert tried > 1000 and missed == []
    assert [finding for finding in verify(copy, "test", study).findings if finding.severity == "error"] == []


def test_snakemake_audit_ends_with_an_error_where_a_file_was_changed(study):
    # other tests have made more, and the report, since the manifest; cards and crate are of the manifest before
    made = snakemake(study, "--forcerun", "manifest", "--", "crate", "cards")
    assert made.returncode == 0, made.stderr[-3000:]
    passed = snakemake(study, "audit")
    assert passed.returncode == 0, passed.stderr[-3000:]
    content = load(study / "results/test/audit/findings.json")
    assert alarms(content["findings"]) == [] and content["tables_without_schema"] == []
    assert "Nobody vouches for this study" in passed.stderr
    assert "**Passed: 0 errors" in (study / "results/test/audit/summary.md").read_text(encoding="utf-8")
    table = study / "results/test/tables/table_01.md"
    content, status = table.read_bytes(), table.stat()
    table.write_bytes(content.replace(b"PG", b"PF", 1))
    os.utime(table, ns=(status.st_atime_ns, status.st_mtime_ns))
    failed = snakemake(study, "audit")
    table.write_bytes(content)
    os.utime(table, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert failed.returncode != 0
    repair = ".venv/bin/snakemake --cores 2 --configfile studies/test.yaml --force -- results/test/tables/table_01.md"
    assert f"First: results/test/tables/table_01.md: changed; repair: {repair}" in failed.stderr
    assert "Summary: results/test/audit/summary.md" in failed.stderr
    (result,) = [
        finding
        for finding in load(study / "results/test/audit/findings.json")["findings"]
        if finding["severity"] == "error"
    ]
    assert (result["kind"], result["file"]) == ("changed", "results/test/tables/table_01.md")
    page = (study / "results/test/audit/index.html").read_text(encoding="utf-8")
    assert "results/test/tables/table_01.md" in page and "<script" not in page


def test_a_figure_is_traced_to_its_prompts(study):
    traced = subprocess.run(
        program("audit.trace", "paper_figures/test/figure_02.pdf"), cwd=study, capture_output=True, text=True
    )
    assert traced.returncode == 0 and traced.stderr == "", traced.stderr
    for rule in ("figure_02", "score", "collect", "evaluate_student", "train", "mix", "generate", "fetch_seeds"):
        assert f"[{rule}, " in traced.stdout
    assert "results/test/seeds/chatterbot.parquet" in traced.stdout


def test_an_artifact_is_replayed_to_the_byte(study):
    for path in ("results/test/scores.csv", f"results/test/data/{CELLS[0]}.parquet"):
        ended = subprocess.run(program("audit.replay", path), cwd=study, capture_output=True, text=True)
        assert ended.returncode == 0 and f"{path}: identical" in ended.stdout, ended.stdout + ended.stderr


def test_a_number_is_traced_to_the_records_it_is_the_mean_of(study):
    command = program("audit.trace", "results/test/tables/table_01.csv", "--json", "--number")
    ended = subprocess.run([*command, "teacher=gemma-3-270m", "language=es"], cwd=study, capture_output=True, text=True)
    content = json.loads(ended.stdout)
    (cell,) = content["cells"]
    assert content["same"] in (True, None) and set(cell["evaluations"]) == {"student", "base", "reference"}
    for evaluations in cell["evaluations"].values():
        assert [evaluation["benchmark"] for evaluation in evaluations] == BENCHMARKS
        assert all(len(evaluation["records"]) == evaluation["n"] for evaluation in evaluations)


ABLATIONS = """
translators:
  nllb-200-3.3b: {compute_type: float32, beam_size: 2, max_input_tokens: 64, max_output_tokens: 64}
recipes: {polyglot-tl: [respond]}
quality: {judge_score: 2, oversampling: 1.5}
scoring: {main_recipe: nllb-respond, main_size: 4}
plan: {throughput: [{up_to_b: 4, read: 250, write: 40, train: 12}]}
design:
  - {name: prompts, student_bases: [smollm2-135m], teachers: [smollm2-135m], languages: [es],
     recipes: [nllb-respond], sizes: [4], trials: 1}
  - {name: pairs, student_bases: [smollm2-135m], teachers: [nllb-200-3.3b], languages: [es],
     recipes: [nllb-both], sizes: [2], trials: 1}
  - {name: judged, student_bases: [smollm2-135m], teachers: [smollm2-135m], languages: [es],
     recipes: [polyglot-tl], sizes: [2], trials: 1}
  - {name: public, student_bases: [smollm2-135m], teachers: [public], languages: [es],
     recipes: [public], sizes: [8], trials: 1}
"""
MADE = ["smollm2-135m/es/nllb-respond-4", "nllb-200-3.3b/es/nllb-both-2", "smollm2-135m/es/polyglot-tl-2"]
MADE += ["public/es/public-8"]


@pytest.fixture(scope="session")
def ablations(tmp_path_factory, study):
    """The recipes beside `mix`, by their own rules, with a small NLLB for the hub's; the rest is the study's."""
    project = copy_project(tmp_path_factory.mktemp("ablations") / "project")
    for folder in ("models", "seeds", "synthetic", "row_scores"):
        shutil.copytree(study / "results/test" / folder, project / "results/test" / folder)
    nllb_model.write(project / "results/test/models/nllb-200-3.3b")
    (project / "ablations.yaml").write_text(ABLATIONS, encoding="utf-8")
    configs = ["--configfile", "studies/test.yaml", "ablations.yaml"]
    finished = snakemake(project, *configs, "--", *(f"results/test/data/{cell}/trial1.parquet" for cell in MADE))
    assert finished.returncode == 0, finished.stderr[-5000:]
    return project / "results/test"


def test_rows_that_were_judged_for_another_design_are_not_judged_again(ablations):
    said = (ablations / "logs/judge_rows/gemma-3-270m/all.log").read_text(encoding="utf-8")
    new, before = map(int, re.search(r"^(\d+) texts to score, (\d+) scored before$", said, re.MULTILINE).groups())
    rows = pd.read_parquet(ablations / "synthetic/smollm2-135m/es/respond/trial1.parquet")
    checked = pd.read_parquet(ablations / "judge_check/rows/es.parquet")
    assert before >= len(rows.drop_duplicates(["prompt", "response"])) > 0 and before <= len(rows) + len(checked)
    assert new > 0


def test_nllb_translates_pairs_that_become_rows(ablations):
    rows = pd.read_parquet(ablations / "data" / MADE[1] / "trial1.parquet")
    assert len(rows) == 2 and set(rows["method"]) == {"nllb-both"} and set(rows["teacher"]) == {"nllb-200-3.3b"}
    assert set(rows["prompt"]) <= set(nllb_model.TAUGHT["es"])
    translations = load(ablations / "translations/es/nllb-both.counts.json")
    assert translations["texts"] == ["source_prompt", "source_response"]
    assert translations["seen"] == translations["kept"] + sum(translations["rejected"].values())
    seeds = pd.concat([pd.read_parquet(path) for path in (ablations / "seeds").glob("*.parquet")])
    english = set(seeds.loc[seeds["language"] == "en", "seed_id"])
    assert {seed for ids in rows["seed_ids"] for seed in ids} <= english


def test_a_teacher_answers_prompts_that_nllb_translated(ablations):
    rows = pd.read_parquet(ablations / "data" / MADE[0] / "trial1.parquet")
    asked = pd.read_parquet(ablations / "translations/es/nllb-respond.parquet").set_index("request_id")
    assert len(rows) and set(rows["method"]) == {"nllb-respond"} and set(rows["teacher"]) == {"smollm2-135m"}
    assert list(rows["prompt"]) == list(asked.loc[rows["request_id"], "source_prompt"])
    assert set(rows["prompt"]) <= set(nllb_model.TAUGHT["es"])


def test_rows_that_the_judge_scored_low_do_not_reach_the_mix(ablations):
    rows = pd.read_parquet(ablations / "data" / MADE[2] / "trial1.parquet")
    part = "smollm2-135m/es/respond/trial1"
    scores = pd.read_parquet(ablations / "judged" / f"{part}.parquet").set_index("row_id")["score"]
    assert len(rows) and (scores[rows["row_id"]] >= 2).all()
    counts = load(ablations / "filtered" / f"{part}.counts.json")
    assert counts["seen"] == len(scores) and counts["kept"] == (scores >= 2).sum()


def test_public_pairs_are_the_seeds_own(ablations):
    rows = pd.read_parquet(ablations / "data" / MADE[3] / "trial1.parquet")
    seeds = pd.concat([pd.read_parquet(path) for path in (ablations / "seeds").glob("*.parquet")])
    own = seeds[(seeds["language"] == "es") & (seeds["split"] == "train")].set_index("seed_id")
    assert len(rows) == 8 and rows["prompt"].is_unique
    for row in rows.itertuples():
        assert tuple(own.loc[row.seed_ids[0], ["prompt", "response"]]) == (row.prompt, row.response)


def test_a_dropped_student_is_not_missed_until_it_is_asked_for(again):
    """The last test of the second run's folder: it takes the student away."""
    model = again / f"results/test/students/smollm2-135m/{CELLS[1]}/model"
    dropped = snakemake(again, "drop_students")
    assert dropped.returncode == 0, dropped.stderr
    assert not model.exists()
    assert str(model.relative_to(again)) in dropped.stdout + dropped.stderr
    planned = snakemake(again, "-n", "--", SCORE)
    assert "Nothing to be done" in planned.stdout + planned.stderr
    rules = planned_rules(again, "evaluation: {max_model_len: 1000}")
    assert {"train", "evaluate_student"} <= rules and not rules & {"generate", "mix", "judge_rows", "perplexity_rows"}
