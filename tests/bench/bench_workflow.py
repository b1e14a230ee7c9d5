"""What a plan costs (`make bench`): a dry run of the paper study, of four times it, and of one figure.

Seconds and memory of `snakemake -n` for the study in config.yaml, and for the same study with four times the trials;
growth against the number of jobs. Exit code 1 where a target is missed.
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


class Planned(NamedTuple):
    """A dry run."""

    jobs: int
    seconds: float
    megabytes: float


def plan(*arguments: str) -> Planned:
    """Dry-run a target; jobs, seconds, and the most memory that it held."""
    command = [str(Path(sys.executable).with_name("snakemake")), "--cores", "2", "-n", "--quiet", "rules", *arguments]
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


def main() -> None:
    targets = Targets()
    with tempfile.TemporaryDirectory() as folder:
        bench_plan(Path(folder), targets)
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
