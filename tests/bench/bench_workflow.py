"""What a plan costs (`make bench`): dry runs of the paper study, of four times it, of the demo, of one figure; a trace.

Seconds and memory of `snakemake -n` for the study in config.yaml, and for the same study with four times the trials;
growth against the number of jobs; the ratio to a synthetic workflow of as many jobs with one rule, in the same run. All
jobs are planned, whatever is made already. Exit code 1 where a target is missed.
"""

import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import NamedTuple

import yaml
from targets import Targets

ROOT = Path(__file__).parents[2]
SNAKEMAKE = str(Path(sys.executable).with_name("snakemake"))
SYNTHETIC = """
rule all:
    input: expand("made/{{number}}", number=range({jobs}))
rule make:
    output: "made/{{number}}"
    log: "logs/{{number}}.log"
    benchmark: "timings/{{number}}.tsv"
    resources: mem_mb=100, runtime=5
    shell: "touch {{output}} &> {{log}}"
"""


class Planned(NamedTuple):
    """A dry run: its jobs, its seconds, and the processor time and memory that it took."""

    jobs: int
    seconds: float
    processor: float
    megabytes: float


def plan(*arguments: str, folder: Path = ROOT) -> Planned:
    """Dry-run a target with all its jobs; 0 jobs where a target needs none."""
    command = [SNAKEMAKE, "--cores", "2", "-n", "--forceall", "--quiet", "rules", *arguments]
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    said = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    assert status == 0, said[-3000:]
    total = re.search(r"^total\s+(\d+)", said, re.MULTILINE)
    spent = usage.ru_utime + usage.ru_stime
    return Planned(int(total[1]) if total else 0, time.perf_counter() - start, spent, usage.ru_maxrss / 1024)


def bench_plan(folder: Path, targets: Targets) -> None:
    """The paper study whole and four times it, beside a synthetic workflow of as many jobs."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    larger = folder / "larger.yaml"
    design = [{**block, "trials": 4 * block["trials"]} for block in config["design"]]
    larger.write_text(yaml.safe_dump({"design": design}), encoding="utf-8")
    once, four = plan(), plan("--configfile", str(larger))
    (folder / "Snakefile").write_text(SYNTHETIC.format(jobs=once.jobs - 1), encoding="utf-8")
    synthetic = plan(folder=folder)
    for name, planned in (("paper study", once), ("with four times the trials", four), ("synthetic", synthetic)):
        print(f"{name}: {planned.jobs} jobs, {planned.seconds:.1f} s, {planned.megabytes:.0f} MB", flush=True)
    targets.check(
        "dry run of the paper study, against the synthetic one", once.processor / synthetic.processor, "<=", 2.5
    )
    targets.check("  its memory", once.megabytes, "<=", 500, " MB")
    # a dry run starts with a parse that no job adds to: growth is no worse than linear where the ratio is no greater
    growth = (four.processor / once.processor) / (four.jobs / once.jobs)
    targets.check("  growth of time over growth of jobs", growth, "<=", 1)


def bench_small(targets: Targets) -> None:
    """The demo, one figure, and the trace of a figure that is made."""
    targets.check("dry run of the demo", plan("--configfile", "studies/demo.yaml").processor, "<=", 5, " s")
    targets.check("dry run of one figure", plan("--", "paper_figures/published/figure_08.pdf").seconds, "<=", 5, " s")
    figure = "paper_figures/published/figure_02.pdf"
    subprocess.run([SNAKEMAKE, "--cores", "2", "--quiet", "all", "--", "published"], cwd=ROOT, check=True)
    start = time.perf_counter()
    command = [sys.executable, "-m", "polyglot.audit.trace", figure]
    environment = os.environ | {"PYTHONPATH": "scripts"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, stdout=subprocess.DEVNULL)
    targets.check("trace of a figure", time.perf_counter() - start, "<=", 3, " s")


def main() -> None:
    targets = Targets()
    with tempfile.TemporaryDirectory() as folder:
        bench_plan(Path(folder), targets)
    bench_small(targets)
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
