"""The plan sums over the graph of jobs that Snakemake would run, with the cards that the rules ask for."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from polyglot import STAGES
from polyglot.study import schedule
from polyglot.study.design import Design
from polyglot.study.graph import graph
from polyglot.study.work import Estimates
from tests.workflow.conftest import merged


@pytest.mark.parametrize("study", ["demo", "test"])
def test_the_jobs_of_the_plan_are_snakemakes(study, snakemake):
    planned = snakemake("-n", "--forceall", "--quiet", "rules", "--configfile", f"studies/{study}.yaml")
    assert planned.returncode == 0, planned.stderr
    lines = (line.split() for line in planned.stdout.splitlines())
    counted = {words[0]: int(words[1]) for words in lines if len(words) == 2 and words[1].isdigit()}
    assert counted.pop("total") > 50 and counted.pop("all") == 1
    jobs = graph(merged(f"studies/{study}.yaml"))
    assert Counter(job.rule for job in jobs) == counted
    assert all(place < number for number, job in enumerate(jobs) for place in job.after)
    # what an audit expects: also what lies between the prompts and the ends
    outputs = {output for job in jobs for output in job.outputs}
    between = {"requests/es/generate.parquet", "measurements.csv", "scores.csv", "audit/manifest.jsonl"}
    assert {f"results/{study}/{name}" for name in between} <= outputs


def test_no_job_of_the_paper_is_planned_beyond_the_time_that_its_rule_asks_for():
    config = merged("config.yaml")
    jobs = schedule.planned(graph(config), Estimates(Design(config)))
    assert len(jobs) > 4000 and sum(entry.hours > 2 for entry in jobs) > 30  # a limit of two hours ended these
    assert [entry.job.name for entry in jobs if not entry.in_time] == []


def test_the_plan_is_printed_whenever_it_is_asked(snakemake, project):
    for _ in range(2):
        asked = snakemake("plan", "--configfile", "studies/test.yaml")
        assert asked.returncode == 0, asked.stderr
        assert asked.stdout.startswith("# Plan of the study test\n") and "| train " in asked.stdout
    plan = (project / "results/test/plan.csv").read_text(encoding="utf-8")
    assert plan.splitlines()[0].startswith("stage,rule,jobs") and Path(project / "results/test/plan.json").is_file()


@pytest.mark.parametrize(
    ("teacher", "site", "cards"),
    [
        # 141.2 GB of weights in 60 % of each card
        ("llama-3.1-70b", "cards: {memory_gb: 40, per_node: 16}", 8),
        # 222 GB, in the whole of a node of 320 GB
        ("command-a", "cards: {memory_gb: 80, per_node: 4}", 4),
    ],
)
def test_plan_and_rules_ask_for_the_same_cards(snakemake, project, teacher, site, cards):
    (project / "site.yaml").write_text(f"{site}\n", encoding="utf-8")
    wanted = f"results/large/synthetic/{teacher}/de/generate/trial1.parquet"
    try:
        (project / "studies/large.yaml").write_text(yaml.safe_dump(large(teacher)), encoding="utf-8")
        planned = snakemake("--configfile", "studies/large.yaml", "-n", "--", wanted)
        asked = snakemake("plan", "--configfile", "studies/large.yaml")
    finally:
        (project / "site.yaml").unlink()
    assert planned.returncode == 0 and asked.returncode == 0, planned.stderr + asked.stderr
    (job,) = [part for part in planned.stdout.split("\n\n") if "rule generate:" in part]
    assert f"gpu={cards}," in job
    rows = json.loads((project / "results/large/plan.json").read_text(encoding="utf-8"))["rules"]
    (generate,) = [row for row in rows if row["rule"] == "generate"]
    assert generate["cards_each"] == cards


def test_the_first_run_meets_every_stage_in_less_than_an_hour():
    config = merged("studies/smoke.yaml")
    jobs = schedule.planned(graph(config), Estimates(Design(config)))
    assert {entry.job.stage for entry in jobs} == {*STAGES} - {"pretraining"}
    assert sum(entry.hours for entry in schedule.critical_path(jobs)) < 1
    assert [entry.job.rule for entry in jobs].count("train") == 1


def large(teacher):
    """A study of one student of a large teacher."""
    block = {"student_bases": ["gemma-3-4b"], "teachers": [teacher], "languages": ["de"], "recipes": ["mix"]}
    return {"study": "large", "design": [{"name": "large", **block, "sizes": [10500], "trials": 1}]}
