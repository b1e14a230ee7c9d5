"""What the workflow adds to a job of the `test` study on SLURM (`make bench`), job by job and in arrays.

On a SLURM of this machine, with the profile as it is: from a job's submission until Snakemake has seen it finished,
less its time in the queue and that of its program. Left out, with a word, where SLURM is not installed.
"""

import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.cluster.slurm import Cluster, missing
from tests.conftest import SNAKEMAKE, copy_project

# what needs no model: the jobs of a cluster are the same for those that do
BENCHMARKS = ("cldr-culture", "corpus-preference", "number-words")
METHODS = ("generate", "respond", "translate")
TARGETS = [
    *(f"results/test/benchmarks/{name}/es.jsonl" for name in BENCHMARKS),
    *(f"results/test/requests/es/{method}.parquet" for method in METHODS),
]
WAYS = {"job by job": "", "in arrays": "arrays: true\n"}


def watched(cluster: Cluster, project: Path) -> Iterator[tuple[float, str]]:
    """Lines of `snakemake --profile slurm`, each with the second in which it was said."""
    command = [SNAKEMAKE, "--profile", "slurm", "--configfile", "studies/test.yaml", "--", *TARGETS]
    out = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    process = subprocess.Popen(command, cwd=project, env=cluster.environment, **out)
    for line in process.stdout:
        yield time.time(), line.rstrip()
    assert process.wait() == 0, "snakemake failed"


def through_slurm(cluster: Cluster, project: Path) -> pd.DataFrame:
    """One row a job: seconds in which it was first submitted and seen as finished, its last number on SLURM."""
    submitted, slurm, seen = {}, {}, {}
    for now, line in watched(cluster, project):
        if item := re.match(r"Job (\d+) has been submitted with SLURM jobid (\d+)", line):
            submitted.setdefault(item[1], now)
            slurm[item[1]] = item[2]
        elif many := re.match(r"Submitted array job with Snakemake IDs ([\d,]+) and SLURM job ID (\d+)", line):
            for task, job in enumerate(many[1].split(","), start=1):
                submitted.setdefault(job, now)
                slurm[job] = f"{many[2]}_{task}"
        elif done := re.match(r"Finished jobid: (\d+)", line):
            seen[done[1]] = now
    return pd.DataFrame({"submitted": submitted, "seen": seen, "slurm": slurm}).dropna()


def queued(cluster: Cluster) -> dict[str, float]:
    """SLURM job → seconds between its submission and its start."""
    said = cluster.run("squeue", "--states=all", "--array", "--noheader", "--format=%i|%V|%S")
    results = {}
    for number, submitted, started in (line.strip().split("|") for line in said.splitlines()):
        if started != "N/A":
            wait = datetime.fromisoformat(started) - datetime.fromisoformat(submitted)
            results[number] = wait.total_seconds()
    return results


def overhead(cluster: Cluster, project: Path) -> tuple[int, float]:
    """Number of jobs, and the mean seconds that one took beside its program and its time in the queue."""
    jobs = through_slurm(cluster, project)
    programs = sum(pd.read_csv(file, sep="\t")["s"].iloc[0] for file in project.glob("results/test/timings/**/*.tsv"))
    waits = jobs["slurm"].map(queued(cluster)).sum()
    return len(jobs), (jobs["seen"].sum() - jobs["submitted"].sum() - waits - programs) / len(jobs)


def main() -> None:
    if lacking := missing(accounting=False):
        print(f"overhead on SLURM: not measured, {lacking[0]} is not installed")
        return
    with tempfile.TemporaryDirectory() as folder:
        cluster = Cluster(Path(folder) / "cluster")
        try:
            cluster.start()
            for way, site in WAYS.items():
                project = copy_project(Path(folder) / way.replace(" ", "-"))
                (project / "site.yaml").write_text(f"{site}partitions: {{cpu: cpu, gpu: gpu}}\n", encoding="utf-8")
                start = time.monotonic()
                jobs, seconds = overhead(cluster, project)
                whole = time.monotonic() - start
                print(
                    f"{jobs} jobs of the test study, {way}: SLURM and the workflow add {seconds:.0f} s to each", end=" "
                )
                print(f"(mean); {whole:.0f} s for all", flush=True)
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()
