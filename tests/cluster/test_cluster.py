"""`snakemake --profile slurm` on both set-ups: what a job is given, accounts, reports, nothing left behind."""

import csv
import re

import pytest

from tests.cluster.slurm import Study
from tests.conftest import SNAKEMAKE

REQUESTS = [f"results/test/requests/es/{method}.parquet" for method in ("generate", "respond", "translate")]
ITEMS = [f"results/test/benchmarks/{name}/es.jsonl" for name in ("cldr-culture", "corpus-preference", "number-words")]

# a rule with cards: what does its job see?
SEES = """
rule train:
    output: "seen.txt"
    threads: 1
    resources: gpu=2, mem_mb=1000, runtime=5, slurm_partition="gpu"
    shell: "echo $CUDA_VISIBLE_DEVICES $SLURM_JOB_PARTITION $TMPDIR > {output}"
"""


def test_a_job_is_given_its_cards_its_partition_and_its_scratch(cluster, project):
    (project / "Snakefile").write_text(SEES)
    (project / "site.yaml").write_text("partitions: {cpu: cpu, gpu: gpu}\nscratch: /tmp/$USER\ncards: {cores: 1}\n")
    often = ["--slurm-init-seconds-before-status-checks", "1"]
    cluster.environment["USER"] = "someone"
    cluster.run(SNAKEMAKE, "--profile", "slurm", *often, "--", "seen.txt", cwd=project)
    assert (project / "seen.txt").read_text().split() == ["0,1", "gpu", "/tmp/someone"]


def test_with_accounting_the_account_pays_and_the_run_ends_with_its_report(accounting, project):
    study = Study(accounting, project, "account: research\naccounting: true\npartitions: {cpu: cpu, gpu: gpu}")
    study.fault("prepare_benchmark number-words", "exit 3")
    ended = study.run(*ITEMS)
    assert ended.returncode == 0, ended.said[-5000:]
    assert len(re.findall(r"Trying to restart job", ended.said)) == 1
    assert all((project / file).stat().st_size > 0 for file in ITEMS)
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
