"""Dry runs: every target can be asked for, one file alone too, and a mistake is one line."""

import re
import shutil

import pytest

from tests.workflow.conftest import run_snakemake

TARGETS = [
    "all",
    "seeds",
    "synthetic",
    "intrinsic",
    "students",
    "evaluations",
    "scores",
    "tables",
    "figures",
    "pages",
    "samples",
]


@pytest.fixture(scope="module")
def whole(project):
    """The plan of every target."""
    planned = run_snakemake(project, "--configfile", "studies/test.yaml", "-n", "--", *TARGETS)
    assert planned.returncode == 0, planned.stderr
    return planned.stdout


@pytest.mark.parametrize("target", TARGETS)
def test_a_target_is_planned_from_nothing(whole, target):
    assert re.search(rf"^{target} +1$", whole, re.MULTILINE) and re.search(r"^fetch_seeds +\d+$", whole, re.MULTILINE)


def test_one_figure_alone_makes_only_what_it_stands_on(snakemake):
    planned = snakemake("--configfile", "studies/test.yaml", "-n", "paper_figures/test/figure_02.pdf")
    assert planned.returncode == 0, planned.stderr
    assert "figure_07" not in planned.stdout and "plot_loss" not in planned.stdout
    assert "train" in planned.stdout


def test_a_file_no_rule_makes_is_an_error_even_when_it_lies_on_disk(snakemake, project):
    stray = project / "results/test/synthetic/nobody/es/generate/trial1.parquet"
    stray.parent.mkdir(parents=True)
    stray.touch()
    planned = snakemake("--configfile", "studies/test.yaml", "-n", "results/test/data/nobody/es/mix-12/trial1.parquet")
    shutil.rmtree(stray.parents[3])
    assert planned.returncode != 0 and "nobody" in planned.stdout + planned.stderr


def test_an_unknown_language_or_teacher_in_a_path_matches_no_rule(snakemake):
    for path in ("requests/xx/generate.parquet", "synthetic/gemma-9/es/generate/trial1.parquet"):
        planned = snakemake("--configfile", "studies/test.yaml", "-n", f"results/test/{path}")
        assert planned.returncode != 0 and "MissingRuleException" in planned.stdout + planned.stderr


@pytest.mark.parametrize(
    ("overlay", "words"),
    [
        ("trainig: {epochs: 1}", ["mine.yaml", "unknown key trainig", "training"]),
        (
            "intrinsic: {judge: nobody}",
            ["intrinsic.judge", "'nobody' is unknown; allowed: gemma-3-270m, m-prometheus-14b, smollm2-135m"],
        ),
    ],
)
def test_a_bad_config_ends_at_parse_with_one_line(snakemake, project, overlay, words):
    (project / "mine.yaml").write_text(overlay + "\n", encoding="utf-8")
    planned = snakemake("-q", "--configfile", "studies/test.yaml", "mine.yaml", "-n")
    own = ("is extended by", "Using workflow specific profile")  # Snakemake's words on what it reads
    lines = [line for line in planned.stderr.splitlines() if not any(words in line for words in own)]
    assert planned.returncode != 0
    assert len(lines) == 1 and lines[0].startswith("error: "), planned.stderr
    assert all(word in lines[0] for word in words), lines[0]
    assert "Traceback" not in planned.stdout + planned.stderr


def test_data_sets_of_ones_own_are_measured_without_a_student(snakemake, project):
    page = (project / "docs/adding.md").read_text(encoding="utf-8")
    study = page.split("# studies/own_rows.yaml\n")[1].split("```")[0]
    (project / "own.yaml").write_text(study, encoding="utf-8")
    planned = snakemake("-n", "metrics", "--configfile", "studies/test.yaml", "own.yaml")
    assert planned.returncode == 0, planned.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", planned.stdout, re.MULTILINE))
    assert (jobs["near_duplicates"], jobs["give_rows"], jobs["sample_rows"]) == ("3", "1", "3")
    assert {"train", "evaluate_model", "evaluate_student", "score"} & set(jobs) == set()
    assert "results/test/metrics.md" in planned.stdout


def jobs_of_a_screen(snakemake, *overlays):
    """The output of a dry run of `screen`, and the rules of its jobs: no student, and nothing that a student needs."""
    planned = snakemake("-n", "screen", "--configfile", "studies/test.yaml", *overlays)
    assert planned.returncode == 0, planned.stderr
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", planned.stdout, re.MULTILINE))
    assert jobs["screen_teachers"] == "1"
    trained = {"train", "evaluate_model", "evaluate_student", "collect", "measurements", "prepare_benchmark", "ranking"}
    assert trained & set(jobs) == set()
    return planned.stdout, jobs


def test_teachers_are_screened_without_a_student(snakemake):
    planned, jobs = jobs_of_a_screen(snakemake)
    assert jobs["generate"] == "2" and "generate_screened" not in jobs
    assert "results/test/data/gemma-3-270m/es/mix-12/trial1.parquet" in planned and "trial0" not in planned
    assert (jobs["score"], jobs["screening"]) == ("1", "1")  # of print, which is the evidence
    assert "results/published/screening.json" in planned and "results/test/scores.csv" not in planned


def test_a_screen_of_a_large_study_makes_no_row_of_its_data_sets(snakemake, project):
    (project / "small_screen.yaml").write_text("screening: {rows: 6}\n", encoding="utf-8")
    planned, jobs = jobs_of_a_screen(snakemake, "small_screen.yaml")
    assert jobs["generate_screened"] == "2" and "generate" not in jobs
    assert "results/test/synthetic/gemma-3-270m/es/respond/trial0.parquet" in planned
    assert "results/test/row_scores/likelihoods-smollm2-135m/screen/all.parquet" in planned
    assert "trial1" not in planned and "judge_check" not in planned
    trained = snakemake("-n", "students", "--configfile", "studies/test.yaml", "small_screen.yaml")
    assert trained.returncode == 0 and "trial0" not in trained.stdout


def test_a_deleted_program_is_named(snakemake, project):
    program = project / "scripts/polyglot/synthesis/mix.py"
    text = program.read_text(encoding="utf-8")
    program.unlink()
    try:
        planned = snakemake("--configfile", "studies/test.yaml", "-n", "scores")
    finally:
        program.write_text(text, encoding="utf-8")
    assert planned.returncode != 0 and "scripts/polyglot/synthesis/mix.py" in planned.stdout + planned.stderr


def test_a_second_judge_scores_the_same_rows_and_enters_no_score(snakemake, project, whole):
    (project / "two.yaml").write_text("intrinsic: {second_judge: smollm2-135m}\n", encoding="utf-8")
    planned = snakemake("--configfile", "studies/test.yaml", "two.yaml", "-n", "all")
    assert planned.returncode == 0, planned.stderr
    jobs = {block.split(":", 1)[0]: block for block in planned.stdout.split("rule ")[1:]}
    own = jobs["second_judge"].split("resources:")[0]
    scored = "results/test/row_scores/judge-smollm2-135m/all.parquet"
    assert scored in own and "/second_judge.parquet" in own and "/judge.json" not in own
    (asked,) = [block for block in planned.stdout.split("rule ") if f"output: {scored} (update)" in block]
    assert asked.startswith("judge_rows:") and "results/test/models/smollm2-135m" in asked
    assert "/second_judge.parquet" in jobs["judge_page"]
    assert [name for name in ("collect", "score", "ranking") if "second_judge" in jobs[name]] == []
    assert "second_judge" not in whole


def test_japanese_is_one_word_away(snakemake, project):
    study = (project / "studies/demo.yaml").read_text(encoding="utf-8")
    (project / "studies/demo-ja.yaml").write_text(study.replace("languages: [es, id]", "languages: [es, id, ja]"))
    planned = snakemake("--configfile", "studies/demo-ja.yaml", "-n", "scores")
    assert planned.returncode == 0, planned.stderr
    assert "demo/evaluations/models/gemma-3-270m/ja/cldr-culture.json" in planned.stdout
    # a base and a reference are loaded once for the three languages, each student for its own
    jobs = dict(re.findall(r"^(\w+) +(\d+)$", planned.stdout, re.MULTILINE))
    assert (jobs["evaluate_model"], jobs["evaluate_student"]) == ("2", "6")
