"""The study `published`, run for real from a clean copy: all of it, one table alone, and what bad input gets."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

from tests.conftest import SNAKEMAKE, copy_project
from tests.kills import differences, killed
from tests.latex import set_tables
from tests.printed_commands import COMMANDS, in_a_plain_shell, run_for_real, together

ALL = ".venv/bin/snakemake --cores 2 audit_published"
READERS = [command for command in COMMANDS if run_for_real(command)]
TARGETS = [
    "published",
    "paper_figures/published/figure_08.pdf",
    "results/published/claims.md",
    "results/published/tables/table_01.md",
]


def run(project, *arguments):
    command = [SNAKEMAKE, "--cores", "2", *arguments]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=600)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A copy of the project in which `published` was made from nothing, by the command that docs/audit.md prints."""
    project = copy_project(tmp_path_factory.mktemp("published") / "project")
    (project / ".venv").symlink_to(Path(sys.prefix))
    finished = in_a_plain_shell(ALL, project, timeout=600)
    assert finished.returncode == 0, finished.stderr[-3000:]
    return project


@pytest.fixture
def fresh(tmp_path):
    return copy_project(tmp_path / "project")


@pytest.mark.parametrize("study", [[], ["--configfile", "studies/demo.yaml"]])
def test_every_target_is_planned_whatever_the_study(fresh, study):
    planned = run(fresh, "--dry-run", *study, "--", *TARGETS)
    assert planned.returncode == 0, planned.stderr
    assert "claims" in jobs(planned) and not jobs(planned) & {"fetch_seeds", "generate", "train", "collect"}


def test_a_table_asked_for_alone_makes_nothing_else(fresh):
    finished = run(fresh, "results/published/tables/table_07.md")
    assert finished.returncode == 0, finished.stderr
    assert not (fresh / "results/published/scores.csv").exists()


def test_ready_jobs_are_looked_at_when_a_job_has_ended_not_all_the_time(fresh):
    pages = [f"results/published/{page}" for page in ("coverage.md", "polyglot_ko_names.md", "tables/table_07.md")]
    finished = run(fresh, "--cores", "1", "--verbose", *pages, "paper_figures/published/polyglot_ko_size.csv")
    assert finished.returncode == 0, finished.stderr
    done = finished.stderr.count("Finished jobid")
    assert done >= 4 and finished.stderr.count("Ready jobs: ") <= done + 1


@pytest.mark.parametrize("command", list(together(READERS)))
def test_printed_commands_make_what_they_name(command, made):
    ended = in_a_plain_shell(command, made, timeout=300)
    assert ended.returncode == 0, ended.stdout[-1000:] + ended.stderr[-3000:]
    named = [word for word in command.split() if word.startswith(("results/published", "paper_figures/published"))]
    assert all((made / target).stat().st_size > 0 for target in named)


def test_the_whole_study_is_made_by_a_command_that_is_printed():
    assert ALL in READERS


def test_tables_figures_and_pages_are_there_and_whole(made):
    results, figures = made / "results/published", made / "paper_figures/published"
    numbers = ["01", "02", "03", "04", "05", "06", "07", "08", *map(str, range(10, 17)), "18", "19"]
    named = ["polyglot_ko_kobest", "polyglot_ko_models", "polyglot_ko_sources"]
    tables = [*named, *(f"table_{number}" for number in numbers)]
    assert sorted(path.stem for path in (results / "tables").glob("*.csv")) == tables
    for table in tables:
        for suffix in (".csv", ".md", ".tex"):
            assert (results / "tables" / f"{table}{suffix}").stat().st_size > 0
    pictures = [
        *(f"figure_{number}" for number in ("01", "02", "03", "04", "07", "08", "09")),
        "polyglot_ko_kobest",
        "polyglot_ko_size",
        "teachers_by_language",
    ]
    assert sorted(path.name for path in figures.iterdir()) == [
        f"{picture}{suffix}" for picture in pictures for suffix in (".csv", ".pdf", ".png")
    ]
    for page in (
        "decision.md",
        "ranking.md",
        "claims.md",
        "anchors/anchors.md",
        "sensitivity/sensitivity.md",
        "screening.md",
        "standing.md",
        "coverage.md",
        "polyglot_ko_claims.md",
        "polyglot_ko_names.md",
    ):
        assert (results / page).read_text(encoding="utf-8").startswith("# ")
    assert "data:image/png;base64," in (results / "pages/decision.html").read_text(encoding="utf-8")
    assert len(pd.read_csv(results / "scores.csv")) == 60
    assert len(pd.read_csv(results / "claims.csv")) == 58
    assert len(pd.read_csv(results / "polyglot_ko_claims.csv")) == 21


@pytest.mark.parametrize("engine", ["pdflatex", "lualatex"])
def test_latex_sets_every_table(engine, made, tmp_path):
    set_tables(sorted((made / "results/published/tables").glob("*.tex")), tmp_path, engine)


def test_the_page_in_docs_shows_what_was_made(made):
    page = (made / "docs/published.md").read_text(encoding="utf-8")
    ledger = (made / "results/published/claims.md").read_text(encoding="utf-8").split("\n\n")
    coverage = (made / "results/published/coverage.md").read_text(encoding="utf-8").split("\n\n", 1)[1]
    for block in (ledger[1], *ledger[3:6], coverage.strip()):
        assert block in page, f"docs/published.md lacks: {block[:80]}"
    korean = (made / "docs/korean.md").read_text(encoding="utf-8")
    own = (made / "results/published/polyglot_ko_claims.md").read_text(encoding="utf-8").split("\n\n")
    names = (made / "results/published/polyglot_ko_names.md").read_text(encoding="utf-8").split("\n\n")
    for block in (own[1], own[3], names[names.index("## HellaSwag") + 1], names[names.index("## WiC") + 1]):
        assert block in korean, f"docs/korean.md lacks: {block[:80]}"
    for picture in re.findall(r"\]\((pictures/[^)]+)\)", page + korean):
        assert (made / "docs" / picture).stat().st_size > 0


def test_the_readme_counts_the_claims_of_the_ledger(made):
    verdicts = pd.read_csv(made / "results/published/claims.csv")["verdict"].value_counts()
    sentence = (
        f"Of {verdicts.sum()} claims {verdicts['differs']} differ, {verdicts['not_derivable']} cannot be derived "
        f"and {verdicts['reproduced']} are reproduced."
    )
    assert sentence in " ".join((made / "README.md").read_text(encoding="utf-8").split())


def test_nothing_that_was_made_knows_the_machine_or_the_day(made):
    for path in [*made.glob("results/published/**/*.*"), *made.glob("paper_figures/published/*")]:
        if {"logs", "timings", "audit"} & set(path.parts) or not path.is_file():
            continue
        content = path.read_bytes()
        assert str(made).encode() not in content, path
        assert not re.search(rb"20\d\d-\d\d-\d\d[T ]\d\d:\d\d", content), path


def test_a_part_that_is_killed_three_times_has_the_same_bytes(made, fresh):
    """Tables, pages and figures with what they stand on: the whole study takes three times as long."""
    part = [f"results/published/{page}.md" for page in ("standing", "claims", "polyglot_ko_claims", "tables/table_07")]
    part += [f"paper_figures/published/figure_{number}.pdf" for number in ("01", "02", "04", "08", "09")]
    finished = killed([SNAKEMAKE, "--cores", "2", *part], fresh, number=3, seed=time.time_ns())
    assert finished.returncode == 0, finished.stderr[-3000:]
    assert all((fresh / target).is_file() for target in part)
    unlike = differences(made, fresh, "results/published", "paper_figures/published")
    assert [path for path in unlike if (fresh / path).exists()] == []


@pytest.mark.parametrize("study", [[], ["--configfile", "studies/demo.yaml"], ["--config", "seed=7"]])
def test_an_unchanged_tree_reruns_nothing_whatever_the_study(made, study):
    planned = run(made, "--dry-run", *study, "--", "published")
    assert "Nothing to be done" in planned.stderr + planned.stdout


def test_a_changed_drawing_redraws_one_figure_and_computes_nothing(made):
    program = made / "scripts/polyglot/report/figures/figure_08.py"
    before = program.read_text(encoding="utf-8")
    program.write_text(before.replace('color="0.7"', 'color="0.6"'), encoding="utf-8")
    assert jobs(run(made, "--dry-run", "published")) == {"figure_08", "manifest", "published"}
    program.write_text(before, encoding="utf-8")


def test_a_changed_claim_reruns_the_ledger_alone(made):
    module = made / "scripts/polyglot/analysis/claims/count_claims.py"
    before = module.read_text(encoding="utf-8")
    module.write_text(before + "\n# changed\n", encoding="utf-8")
    assert jobs(run(made, "--dry-run", "published")) == {"claims", "published_pages", "manifest", "published"}
    module.write_text(before, encoding="utf-8")


def jobs(planned):
    """Names of the rules that a dry run would run."""
    return set(re.findall(r"^(?:local)?rule (\w+):$", planned.stdout, flags=re.MULTILINE))


def test_a_mistake_in_print_stops_before_anything_is_drawn_and_is_one_line(fresh):
    table = fresh / "resources/published/table11_intrinsic.csv"
    text = table.read_text(encoding="utf-8").replace("gpt-4o-mini,cs,0.643", "gpt-4o-mini,cs,6.43")
    table.write_text(text, encoding="utf-8")
    finished = run(fresh, "paper_figures/published/figure_08.pdf")
    assert finished.returncode != 0
    log = (fresh / "results/published/logs/published_measurements.log").read_text(encoding="utf-8")
    assert log.count("\n") == 1
    assert "table11_intrinsic.csv: line 3, column 'prompt_diversity': found 6.43" in log
    assert not list(Path(fresh / "paper_figures").rglob("*.pdf"))
    assert not (fresh / "results/published/measurements.csv").exists()
