"""The plan counts the very jobs that Snakemake would run, rule by rule, so that it cannot drift from the rules."""

import re
from collections import Counter
from pathlib import Path

import pytest
import yaml

from polyglot.design import Design
from polyglot.planning.sums import analysis_jobs
from polyglot.planning.tasks import tasks_of
from tests.conftest import ROOT
from tests.unit.test_config import merge

STUDIES = ["paper", "demo", "test"]


def config_of(study):
    base = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    if study == "paper":
        return base
    return merge(base, yaml.safe_load((ROOT / f"studies/{study}.yaml").read_text(encoding="utf-8")))


@pytest.mark.parametrize("study", STUDIES)
def test_the_jobs_of_the_plan_are_snakemakes(study, snakemake):
    overlay = [] if study == "paper" else ["--configfile", f"studies/{study}.yaml"]
    planned = snakemake("-n", "--quiet", "rules", *overlay)
    assert planned.returncode == 0, planned.stderr
    text = planned.stdout + planned.stderr
    counted = {rule: int(jobs) for rule, jobs in re.findall(r"^(\w+) +(\d+)$", text, re.MULTILINE)}
    assert counted.pop("total") > 50 and counted.pop("all") == 1
    figures = {found[1] for rule in counted if (found := re.fullmatch(r"figure_(\d\d)", rule))}
    design = Design(config_of(study))
    own = Counter(task.rule for task in tasks_of(design)) + Counter(analysis_jobs(design, figures))
    assert own == counted


def test_the_plan_is_printed_whenever_it_is_asked(snakemake, project):
    for _ in range(2):
        asked = snakemake("plan", "--configfile", "studies/test.yaml")
        assert asked.returncode == 0, asked.stderr
        assert asked.stdout.startswith("# Plan of the study test\n") and "| train " in asked.stdout
    plan = (project / "results/test/plan.csv").read_text(encoding="utf-8")
    assert plan.splitlines()[0].startswith("stage,jobs") and Path(project / "results/test/plan.json").is_file()
