"""`snakemake --profile slurm` on both set-ups: what a job is given, accounts, reports, nothing left behind."""

import csv
import subprocess

import pytest

from tests.cluster.slurm import Study, wait_until
from tests.conftest import PATIENCE, SNAKEMAKE

# a rule with cards and a rule without: what do their jobs see?
SEES = """
import sys
sys.path.insert(0, "scripts")
from pathlib import Path
from polyglot.study.site import read_site
from polyglot.study.views import place_with_cards

rule train:
    output: "seen.txt"
    threads: 1
    resources: **place_with_cards(read_site(Path("site.yaml"))), gpu=2, mem_mb=1000, runtime=5
    shell: "echo $(squeue -h -j $SLURM_JOB_ID -o %D) $CUDA_VISIBLE_DEVICES $SLURM_JOB_PARTITION $TMPDIR >> {output}"

rule mix:
    output: "rows.txt"
    resources: mem_mb=1000, runtime=5
    shell: "echo $SLURM_JOB_PARTITION > {output}"
"""
SITE = "partitions: {cpu: cpu, gpu: gpu}\nscratch: /tmp/$USER\ncards: {cores: 1, model: pretended}\n"
SEEN = [SNAKEMAKE, "--profile", "slurm", "--slurm-init-seconds-before-status-checks", "1", "--", "seen.txt"]


@pytest.fixture
def seeing(project):
    """A project of two rules on a site that names its cards' model."""
    (project / "Snakefile").write_text(SEES)
    (project / "site.yaml").write_text(SITE)
    return project


def test_a_job_is_given_its_cards_its_partition_and_its_scratch(cluster, seeing):
    cluster.environment["USER"] = "someone"
    cluster.run(*SEEN, "rows.txt", cwd=seeing)
    assert (seeing / "seen.txt").read_text().split() == ["1", "0,1", "gpu", "/tmp/someone"]
    assert (seeing / "rows.txt").read_text().split() == ["cpu"]


def test_a_job_with_cards_waits_for_a_node_rather_than_be_spread(two_nodes, seeing):
    """Each node has one free card, and SLURM begins a job that asks for two on both where it may."""
    for node in two_nodes.nodes:
        held = ("--partition=gpu", f"--nodelist={node}", "--gpus=3", "--mem=100", "--job-name=held")
        two_nodes.run("sbatch", *held, "--output=/dev/null", "--wrap", "sleep 600")
    wait_until(lambda: two_nodes.ask("squeue", "-h", "-o", "%j %T").count("held RUNNING") == 2, "held cards")
    running = subprocess.Popen(SEEN, cwd=seeing, env=two_nodes.environment)
    states = ("squeue", "-h", "--partition=gpu", "-o", "%j %T %r")
    wait_until(lambda: "polyglot_" in two_nodes.ask(*states), "the job")
    wait_until(lambda: "PENDING None" not in two_nodes.ask(*states), "its reason to wait, or its beginning")
    (waiting,) = [line for line in two_nodes.ask(*states).splitlines() if line.startswith("polyglot_")]
    two_nodes.run("scancel", "--name=held")
    assert running.wait(PATIENCE) == 0
    assert waiting.split()[1:] == ["PENDING", "Resources"]
    assert [line.split()[:2] for line in (seeing / "seen.txt").read_text().splitlines()] == [["1", "0,1"]]


def test_with_accounting_the_account_pays_and_the_run_ends_with_its_report(accounting, project):
    site = "account: research\naccounting: true\npartitions: {cpu: cpu, gpu: gpu}"
    study = Study(accounting, project, site, light=True)
    study.fault("prepare_benchmark first", "exit 3")
    ended = study.run("results/first.txt")
    assert ended.returncode == 0, ended.said[-5000:]
    assert ended.said.count("Trying to restart job") == 1
    assert (project / "results/first.txt").stat().st_size > 0
    paid = accounting.run("sacct", "-X", "--noheader", "--parsable2", "--format=Account,JobName").split()
    assert paid and all(line.startswith("research|polyglot_") for line in paid)
    reports = list((project / "results/efficiency").glob("*.csv"))
    assert len(reports) == 1
    with open(reports[0], encoding="utf-8") as report:
        assert {"CPU Efficiency (%)", "Memory Usage (%)"} <= set(next(csv.reader(report)))


@pytest.mark.parametrize("setup", ["cluster", "accounting"])
def test_it_can_be_stopped_and_leaves_no_process(setup, request, tmp_path):
    item = request.getfixturevalue(setup)
    item.run("sbatch", "--wrap", "sleep 600 & sleep 600", "--output", f"{tmp_path}/out.txt")
    assert len(item.processes()) >= len(item.daemons)
