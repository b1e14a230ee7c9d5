"""What the workflow itself costs (`make bench`): a plan of the paper study and of four times it; a job's way on SLURM.

Dry run: seconds and memory of `snakemake -n` for the study in config.yaml, and for the same study with four times the
trials; growth against the number of jobs. Overhead: on a SLURM of this machine (left out where SLURM is not installed),
jobs that do nothing, each by itself and as one array; from submission to seen as finished. Exit code 1 where a target
is missed.
"""

import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import yaml

sys.path.insert(0, str(Path(__file__).parents[2]))

from targets import Targets

from tests.cluster.slurm import Cluster, missing

ROOT = Path(__file__).parents[2]
TASKS = 8
NOTHING = f"""
localrules: all
rule all:
    input: expand("done/{{n}}", n=range({TASKS}))
rule nothing:
    output: touch("done/{{n}}")
    resources: mem_mb=1000, runtime=5
    shell: "true"
"""


class Planned(NamedTuple):
    """A dry run."""

    jobs: int
    seconds: float
    megabytes: float


def plan(*arguments: str) -> Planned:
    """Dry-run a target; jobs, seconds, and the most memory that it held."""
    command = ["snakemake", "--cores", "2", "-n", "--quiet", "rules", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, said[-3000:]
    total = re.search(r"^total\s+(\d+)", said, re.MULTILINE)
    return Planned(int(total[1]), time.perf_counter() - start, usage.ru_maxrss / 1024)


def bench_plan(folder: Path, targets: Targets) -> None:
    """The paper study whole, one figure of it, and four times it."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    larger = folder / "larger.yaml"
    design = [{**block, "trials": 4 * block["trials"]} for block in config["design"]]
    larger.write_text(yaml.safe_dump({"design": design}), encoding="utf-8")
    once, four = plan(), plan("--configfile", str(larger))
    for name, planned in (("paper study", once), ("with four times the trials", four)):
        print(f"{name}: {planned.jobs} jobs, {planned.seconds:.1f} s, {planned.megabytes:.0f} MB", flush=True)
    targets.check("dry run of the paper study", once.seconds, "<=", 15, " s")
    targets.check("  its memory", once.megabytes, "<=", 500, " MB")
    # a dry run starts with a parse that no job adds to: growth is no worse than linear where the ratio is no greater
    growth = (four.seconds / once.seconds) / (four.jobs / once.jobs)
    targets.check("  growth of seconds over growth of jobs", growth, "<=", 1)
    figure = plan("--", "paper_figures/published/figure_08.pdf")
    targets.check("dry run of one figure", figure.seconds, "<=", 5, " s")


def bench_slurm(folder: Path) -> None:
    """Jobs that do nothing, one by one and as an array: what SLURM and the workflow add to a job."""
    if lacking := missing(accounting=False):
        print(f"overhead on SLURM: not measured, {lacking[0]} is not installed")
        return
    cluster = Cluster(folder / "cluster")
    try:
        cluster.start()
        for way, options in (("one by one", []), ("as an array", ["--slurm-array-jobs", "nothing"])):
            there = folder / way.replace(" ", "_")
            there.mkdir()
            (there / "Snakefile").write_text(NOTHING)
            seconds, wall = through_slurm(cluster, there, options)
            median, least, most = statistics.median(seconds), min(seconds), max(seconds)
            print(f"{TASKS} jobs that do nothing, {way}: from submission to seen as finished", end=" ")
            print(f"{median:.0f} s (median; {least:.0f} to {most:.0f}), {wall:.0f} s for all", flush=True)
    finally:
        cluster.stop()


def through_slurm(cluster: Cluster, folder: Path, options: list[str]) -> tuple[list[float], float]:
    """For each job the seconds from its submission until Snakemake has seen it finished, and the whole run's."""
    settings = ["--executor", "slurm", "--jobs", "1000", "--slurm-status-command", "squeue"]
    command = ["snakemake", *settings, "--slurm-init-seconds-before-status-checks", "15", *options]
    start, submitted, seconds = time.monotonic(), {}, []
    process = subprocess.Popen(
        command, cwd=folder, env=cluster.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    for line in process.stdout:
        now = time.monotonic()
        if one := re.match(r"Job (\d+) has been submitted", line):
            submitted[one[1]] = now
        elif many := re.match(r"Submitted array job with Snakemake IDs ([\d,]+)", line):
            submitted |= dict.fromkeys(many[1].split(","), now)
        elif (done := re.match(r"Finished jobid: (\d+) \(Rule: nothing\)", line)) and done[1] in submitted:
            seconds.append(now - submitted[done[1]])
    assert process.wait() == 0 and len(seconds) == TASKS
    return seconds, time.monotonic() - start


def main() -> None:
    targets = Targets()
    with tempfile.TemporaryDirectory() as folder:
        bench_plan(Path(folder), targets)
        bench_slurm(Path(folder))
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
