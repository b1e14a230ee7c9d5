"""Every ablation of the paper study is planned from raw prompts to its table or figure, by the rules that it needs."""

import re
from collections import Counter

import pytest

from polyglot.study.graph import graph
from tests.workflow.conftest import merged

DATA = ["fetch_dataset", "fetch_seeds", "select_requests", "mix"]
STUDENT = [*DATA, "fetch_model", "train", "prepare_benchmark", "evaluate_student"]
# ablation → a student of it, and what its rows take beside the rules of any student
CELLS = {
    "another student base": ("qwen-3-8b/command-a/id/mix-10500/trial3", ["generate"]),
    "a larger student base": ("olmo-3-32b/aya-expanse-32b/cs/mix-10500/trial1", ["generate"]),
    "a teacher behind an API": ("llama-3.1-8b/gpt-4o-mini/de/mix-10500/trial2", ["generate_api"]),
    "a single method": ("olmo-3-7b/llama-3.1-70b/ar/respond-10500/trial1", ["generate"]),
    "data scale": ("olmo-3-7b/gemma-3-27b/de/mix-50000/trial1", ["generate"]),
    "prompts by NLLB": (
        "olmo-3-7b/gemma-3-27b/ar/nllb-respond-10500/trial2",
        ["convert_translator", "translate_requests", "generate_translated"],
    ),
    "pairs by NLLB": (
        "olmo-3-7b/nllb-200-3.3b/id/nllb-both-10500/trial3",
        ["convert_translator", "translate_requests", "pair_rows"],
    ),
    "Tagalog": ("gemma-3-4b/gemma-3-27b/tl/polyglot-tl-25000/trial1", ["generate", "judge_rows", "keep_rows"]),
    "Tagalog by an API": ("gemma-3-4b/gpt-4o-mini/tl/polyglot-tl-10000/trial1", ["generate_api", "keep_rows"]),
    "public Tagalog data": ("gemma-3-4b/public/tl/public-10000/trial1", ["pair_rows"]),
}
OUTPUTS = {
    "tables/table_02.md": {"generate", "score_tables"},
    "tables/table_14.md": {"generate", "score_tables"},
    "tables/table_15.md": {"generate", "score_tables"},
    "tables/table_16.md": {"generate", "score_tables"},
    "tables/table_18.md": {"language_tables"},
    "tables/table_19.md": {"comparison", "language_tables", "keep_rows"},
    "figure_02.pdf": {"figure_02_data"},
    "figure_05.pdf": {"figure_05_data"},
    "figure_06.pdf": {"figure_06_data", "generate_translated", "pair_rows"},
    "figure_09.pdf": {"comparison", "figure_09_data", "keep_rows"},
}


def planned(finished):
    """The rules that a dry run would run, with the number of their jobs."""
    assert finished.returncode == 0, finished.stderr
    table = finished.stdout.partition("job ")[2].partition("total")[0]
    return {name: int(count) for name, count in re.findall(r"^(\w+) +(\d+)$", table, flags=re.MULTILINE)}


def evaluation(student):
    """A file that is there once the student is evaluated."""
    return f"results/paper/evaluations/students/{student}/{'filbench' if '/tl/' in student else 'm-rewardbench'}.json"


@pytest.fixture(scope="module")
def paper():
    """The jobs of all these students, in one graph."""
    return graph(merged("config.yaml"), [evaluation(student) for student, _ in CELLS.values()])


def behind(file, jobs):
    """The rules of the jobs that make a file and all that it stands on, with their numbers."""
    queue = [place for place, job in enumerate(jobs) if file in job.outputs]
    places = set()
    while queue:
        place = queue.pop()
        places.add(place)
        queue += set(jobs[place].after) - places
    return Counter(jobs[place].rule for place in places)


@pytest.mark.parametrize("ablation", CELLS)
def test_a_student_is_planned_from_raw_prompts(paper, ablation):
    student, rules = CELLS[ablation]
    jobs = behind(evaluation(student), paper)
    assert set(rules) | set(STUDENT) <= set(jobs)
    assert jobs["train"] == jobs["evaluate_student"] == jobs["mix"] == 1
    # nothing of another way of making rows
    ways = {"generate", "generate_api", "generate_translated", "pair_rows", "translate_requests", "judge_rows"}
    assert ways & set(jobs) <= {*rules, "judge_rows"}


def test_tables_and_figures_of_the_ablations_are_planned(snakemake):
    files = [f"{'paper_figures' if name.startswith('figure') else 'results'}/paper/{name}" for name in OUTPUTS]
    jobs = planned(snakemake("-n", *files))
    assert set().union(*OUTPUTS.values()) <= set(jobs)
    assert jobs["train"] == jobs["evaluate_student"] == 612


def test_a_published_table_needs_no_student(snakemake):
    jobs = planned(snakemake("-n", "results/published/tables/table_18.md", "results/published/tables/table_19.md"))
    assert "train" not in jobs and "fact_tables" in jobs
