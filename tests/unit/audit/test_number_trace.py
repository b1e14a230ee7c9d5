"""The trace of a small study: from a figure, a row and a number down to the raw prompts."""

import json
import shutil
import subprocess
from pathlib import Path

import pandas as pd
import pytest

from polyglot.audit import chains, number_trace, row_trace
from polyglot.audit.truth import Truth
from polyglot.core.errors import InputError
from polyglot.core.identity import derive_seed
from tests.conftest import program
from tests.unit import audit_tree as tree


@pytest.fixture
def project(small_study, tmp_path):
    return Path(shutil.copytree(small_study, tmp_path / "project"))


def trace(project, *words):
    command = program("audit.trace", *words)
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


def outputs(grown):
    """Every output of a tree, where it is drawn whole."""
    result = {} if grown.get("above") else {grown["path"]: grown}
    return result | {path: output for below in grown.get("inputs", []) for path, output in outputs(below).items()}


def test_a_figure_leads_down_to_the_seeds(small_study):
    truth = chains.records_of(small_study, tree.FIGURE)
    grown = chains.tree(small_study, truth, tree.FIGURE)
    result = outputs(grown)
    assert {item["rule"] for item in result.values()} == set(tree.JOBS)
    assert result[f"{tree.DATA}.parquet"]["rows"] == 3 and result[f"{tree.RESULTS}/scores.csv"]["rows"] == 1
    assert result[f"{tree.STUDENT}/model"]["files"] == 2 and result[f"{tree.STUDENT}/model"]["rows"] is None
    assert result[tree.FIGURE]["sha256"] == truth.lines[tree.FIGURE]["sha256"]
    assert all(item["seconds"] > 0 for item in result.values())
    lines = list(chains.drawn(grown))
    assert lines[0].startswith(f"{tree.FIGURE}  [figure_02_data, ") and ", 1 rows, " in lines[0]
    assert lines[1].startswith(f"└─ {tree.RESULTS}/scores.csv  [score, ")
    seeds = [line for line in lines if f"{tree.RESULTS}/seeds/s.parquet  [fetch_seeds" in line]
    assert len(seeds) == 1 and "3 rows" in seeds[0]
    # the data set feeds the judge and the training; it is drawn once
    assert sum(f"{tree.DATA}.parquet  (above)" in line for line in lines) == 1


def test_as_json_and_in_time(project):
    ended = trace(project, tree.FIGURE, "--json")
    assert ended.returncode == 0, ended.stderr
    assert json.loads(ended.stdout)["inputs"][0]["path"] == f"{tree.RESULTS}/scores.csv"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["README.md"], "README.md: no file of a study"),
        (["results/other/scores.csv"], "results/other/audit/records: holds no record"),
        (["results/test/tables/none.csv"], "no record names it, nor is it there"),
        (["results/test/mine.csv"], "it is there, but no job says that it wrote it"),
        (["results/test/logs/score.log"], "is no output of a rule but its log"),
        ([tree.FIGURE, "--row", "nobody"], "--row nobody: in none of the synthetic tables of test"),
        ([tree.FIGURE, "--value", "row"], "goes with --number"),
    ],
)
def test_what_cannot_be_traced_is_said_in_one_line(project, words, said):
    (project / "results/test/mine.csv").write_text("a\n")
    ended = trace(project, *words)
    assert ended.returncode == 1 and ended.stderr.startswith("error: ") and said in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_a_broken_record_is_told_and_the_rest_traced(project):
    (project / f"{tree.RESULTS}/audit/records/{tree.RESULTS}/scores.csv.json").write_text("{")
    ended = trace(project, tree.FIGURE)
    assert ended.returncode == 0 and "fetch_seeds" in ended.stdout  # the manifest has what the record had
    assert "warning: " in ended.stderr and "snakemake --cores 1 audit" in ended.stderr


ROWS = [
    {
        **row,
        "teacher": "t",
        "language": "cs",
        "method": "respond",
        "trial": 1,
        "response": "Odpověď",
        "request_seed": derive_seed(7, "t", "cs", "respond", 1, row["request_id"]),
    }
    for row in tree.ROWS
]
REQUESTS = [{**item, "source_prompt": "Kde je kniha?", "demonstrations": ["x"]} for item in tree.REQUESTS]
TRAINING = {**tree.TRAINING, "settings": {"held_out_share": 0.34}, "seed": 3, "dropped_row_ids": ["r9"]}


@pytest.fixture(scope="module")
def rows_made(small_study, tmp_path_factory):
    project = Path(shutil.copytree(small_study, tmp_path_factory.mktemp("rows") / "project"))
    template = project / "resources/prompts/chat/respond.jinja"
    template.parent.mkdir(parents=True)
    template.write_text("{{ prompt }}")
    new = {"trial1.parquet": ROWS, "generate.parquet": REQUESTS, "training.json": TRAINING}
    for rule in ("select_requests", "generate", "mix", "train", "evaluate_student"):
        reads, written = tree.JOBS[rule]
        files = {
            path: next((more for end, more in new.items() if path.endswith(end)), old) for path, old in written.items()
        }
        if rule == "generate":
            reads = [*reads, str(template.relative_to(project))]
        tree.run(
            project, rule, files, reads=reads, options=("--seed", "7", "--sampling", '{"top_k": 40}', "--style", "chat")
        )
    return project


def test_a_row_leads_back_to_its_seed_prompt_and_on_to_its_student(rows_made):
    truth = chains.records_of(rows_made, f"{tree.DATA}.parquet")
    result = row_trace.follow(rows_made, truth, tree.STUDY, "r1")
    assert result["row"]["prompt"] == "Příklad 1" and result["kept"]
    assert result["request_seed"] == {
        "recorded": ROWS[1]["request_seed"],
        "derived": ROWS[1]["request_seed"],
        "same": True,
    }
    assert result["template"]["path"] == "resources/prompts/chat/respond.jinja"
    assert result["teacher"]["sampling"] == {"top_k": 40}
    assert (result["request"]["request_id"], result["request"]["source_prompt"]) == ("q1", "Kde je kniha?")
    assert [(seed["seed_id"], seed["prompt"]) for seed in result["request"]["seeds"]] == [
        ("s1", "¿Dónde está el libro 1?")
    ]
    (student,) = result["students"]
    assert student["evaluations"] == [f"{tree.EVALUATED}/b.json"]
    used = {row_trace.follow(rows_made, truth, tree.STUDY, f"r{n}")["students"][0]["row"] for n in range(3)}
    assert used == {"trained on", "held out"}
    said = "\n".join(row_trace.described(result))
    assert "as derived from the study's seed" in said and "¿Dónde está el libro 1?" in said


TABLE = f"{tree.RESULTS}/tables/table_01.csv"
EVALUATIONS = {
    f"{tree.RESULTS}/evaluations/models/{model}/es/b.json": {**tree.EVALUATION, "score": 0.25, "n": 2}
    for model in ("m", "r")
}
SAMPLES = {
    path.replace("b.json", "b.samples.jsonl"): "".join(
        json.dumps({"item_id": n, "correct": n == 1, "prediction": n, "answer": 1, "prompt": "Otázka?"}) + "\n"
        for n in (1, 2)
    )
    for path in EVALUATIONS
}


@pytest.fixture(scope="module")
def numbers_made(small_study, tmp_path_factory):
    project = Path(shutil.copytree(small_study, tmp_path_factory.mktemp("numbers") / "project"))
    part = f"{tree.RESULTS}/measurements/base/es.csv"
    for rule in ("evaluate_model", "collect_part", "score_tables"):
        tree.write_program(project, rule)
    tree.run(project, "evaluate_model", EVALUATIONS | SAMPLES)
    tree.run(
        project,
        "collect_part",
        {part: tree.MEASUREMENTS},
        reads=[f"{tree.EVALUATED}/b.json", *EVALUATIONS],
        options=("--base", "m", "--reference", "r"),
    )
    table = "teacher,language,pg_score\nt,es,0.25\nt,average,0.5\n"
    tree.run(
        project, "score_tables", {TABLE: table}, reads=[f"{tree.RESULTS}/scores.csv"], options=("--main-size", "3")
    )
    return project


def number(project, path, value=None, **where):
    return number_trace.number(project, chains.records_of(project, TABLE), tree.STUDY, path, where, value)


def test_a_number_is_the_mean_of_its_evaluation_records(numbers_made):
    result = number(numbers_made, TABLE, teacher="t", language="es")
    assert (result["column"], result["value"], result["mean"], result["same"]) == ("pg_score", 0.25, 0.25, True)
    (cell,) = result["cells"]
    assert {
        evaluation: [each["path"] for each in evaluations] for evaluation, evaluations in cell["evaluations"].items()
    } == {
        "student": [f"{tree.EVALUATED}/b.json"],
        "base": [f"{tree.RESULTS}/evaluations/models/m/es/b.json"],
        "reference": [f"{tree.RESULTS}/evaluations/models/r/es/b.json"],
    }
    base = cell["evaluations"]["base"][0]
    assert (base["correct"], base["recomputed"], len(base["records"])) == (1, 0.5, 2)
    said = "\n".join(number_trace.described(result, 1))
    assert "which is it" in said and "1: right, said 1, wants 1" in said and "Otázka?" in said


def test_a_number_that_is_not_that_mean_is_said_not_to_be(numbers_made):
    result = number(numbers_made, TABLE.replace(".csv", ".md"), teacher="t", language="average")
    assert (result["mean"], result["same"], len(result["cells"])) == (0.25, False, 1)
    assert "which is not it" in "\n".join(number_trace.described(result, 0))


def test_a_point_of_a_figure_by_its_picture(numbers_made):
    result = number(numbers_made, tree.FIGURE.replace(".csv", ".pdf"), row="t")
    assert result["column"] == "value" and result["cells"][0]["scores"]["teacher"] == "t"


@pytest.mark.parametrize(
    ("where", "value", "said"),
    [
        ({"colour": "t"}, None, "has no such column; it has teacher, language, pg_score"),
        ({"teacher": "x"}, None, "no such row"),
        (
            {"teacher": "t"},
            None,
            "2 rows of results/test/tables/table_01.csv are meant; name more, such as language=es",
        ),
        ({"language": "es"}, "teacher", "no number in teacher; give --value, one of pg_score"),
    ],
)
def test_a_number_that_is_not_there(numbers_made, where, value, said):
    with pytest.raises(InputError, match=r"^(--number|results)") as error:
        number(numbers_made, TABLE, value, **where)
    assert said in str(error.value)


def test_a_row_that_was_given_leads_to_its_seed_though_nobody_was_asked(tmp_path):
    rows, seeds = "results/test/synthetic/mine/es/given/trial1.parquet", "results/test/seeds/mine.parquet"
    (tmp_path / seeds).parent.mkdir(parents=True)
    pd.DataFrame({"seed_id": ["s1", "s2"], "prompt": ["¿Qué?", "¿Quién?"]}).to_parquet(tmp_path / seeds)
    line = {"kind": "output", "output": seeds, "sha256": "0", "made_at": "then"}
    truth = Truth(lines={seeds: line}, jobs={rows: {"inputs": {seeds: "0"}}, seeds: {"inputs": {"mine.csv": "1"}}})
    row = {"request_id": "r", "seed_ids": ["s2"]}
    request = row_trace.request_of(tmp_path, truth, truth.jobs[rows], row)
    assert request["path"] is None
    assert [(seed["path"], seed["prompt"]) for seed in request["seeds"]] == [(seeds, "¿Quién?")]


def test_a_number_of_the_main_cells_is_of_given_data_too(tmp_path):
    sheet = "results/test/tables/table_01.csv"
    job = {"params": {"main-recipe": "mix"}, "outputs": []}
    truth = Truth(lines={sheet: {"output": sheet, "kind": "output"}}, jobs={sheet: job})
    columns = {"student_base": "b", "language": "es", "size": 24, "trial": 1}
    scores = pd.DataFrame({"teacher": ["ann", "mine", "ann"], "recipe": ["mix", "given", "respond"], **columns})
    cells = number_trace.cells_of(tmp_path, truth, sheet, {"language": "es"}, scores)
    assert list(cells["recipe"]) == ["mix", "given"]
