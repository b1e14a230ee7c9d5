"""What recording costs a job, and how fast an audit reads (`make bench`).

Recording: a program that does nothing, bare and under the recorder, with a model of 500 MB among its inputs that
an earlier job made. Reading: 1 GB in four files, verified, against `sha256sum` over the same files; and a study of
20,000 small files, audited whole. Exit code 1 where a target is missed.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from targets import Targets

from polyglot.audit.run import audit
from polyglot.audit.verify import verify
from polyglot.core import provenance

ROOT = Path(__file__).parents[2]
STUDY = "bench"
JOB_SECONDS = 2.0  # of the shortest jobs of a study: a figure or a table
CORES = 2


def record(output: str, paths: list[str], environment: str) -> None:
    """The record of a job without inputs that wrote `paths`."""
    log = Path(f"results/{STUDY}/logs/make.log")
    content = {
        "rule": "make",
        "wildcards": {},
        "outputs": [output],
        "code": {},
        "inputs": {},
        "command": [],
        "params": {},
        "program": "",
    }
    content |= {"seed": 1, "versions": {}, "environment": environment, "git": provenance.commit(), "seconds": 0.1}
    content |= {"machine": provenance.machine(1), "made_at": "2026-01-01T00:00:00.000+00:00", "logs": []}
    log.parent.mkdir(parents=True, exist_ok=True)
    files = [file for path in paths for file in provenance.hashed(Path(path))]
    provenance.write_record(Path(output), {**content, "files": files})


def best(work: Any, times: int = 3) -> float:
    """Seconds of the fastest of several runs."""
    results = []
    for _ in range(times):
        start = time.perf_counter()
        work()
        results.append(time.perf_counter() - start)
    return min(results)


def bench_recorder(targets: Targets) -> None:
    """Milliseconds that the recorder adds to a job, and their share of the shortest jobs there are."""
    model = Path(f"results/{STUDY}/models/m/model.safetensors")
    model.parent.mkdir(parents=True)
    model.write_bytes(os.urandom(1 << 20) * 500)
    record(str(model.parent), [str(model)], provenance.write_environment([STUDY], provenance.installed()))
    program = Path("scripts/polyglot/nothing.py")
    program.parent.mkdir(parents=True)
    program.write_text("open('results/bench/nothing.csv', 'w').close()\n")
    os.environ["PYTHONPATH"] = str(ROOT / "scripts")
    recorder = [sys.executable, "-m", "polyglot.core.record", "--wildcards", "{}", "--threads", "1"]
    recorder += ["--code", str(program), "--inputs", str(program), str(model.parent)]
    recorder += ["--outputs", "results/bench/nothing.csv", "--logs", "results/bench/logs/nothing.log", "--"]
    recorder += [sys.executable, "-m", "polyglot.nothing"]
    alone = best(lambda: subprocess.run([sys.executable, str(program)], check=True), 7)
    recorded = best(lambda: subprocess.run(recorder, check=True), 7)
    print(f"recorder: {1000 * (recorded - alone):.0f} ms a job, with a model of 500 MB among the inputs")
    targets.check("recorder, share of a job of 10 s", (recorded - alone) / 10, "<=", 0.02)
    print(f"  of the shortest jobs, {JOB_SECONDS:g} s: {(recorded - alone) / JOB_SECONDS:.1%}")


def bench_rate(targets: Targets) -> None:
    """Megabytes a second of verification and of sha256sum, over the same files, read before."""
    paths = [f"results/{STUDY}/data/{number}.bin" for number in range(4)]
    for path in paths:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_bytes(os.urandom(1 << 20) * 256)
    environment = provenance.write_environment([STUDY], provenance.installed())
    for path in paths:
        record(path, [path], environment)
    size = sum(Path(path).stat().st_size for path in paths) / 1e6
    theirs = size / best(lambda: subprocess.run(["sha256sum", *paths], check=True, stdout=subprocess.DEVNULL))
    ours = size / best(lambda: verify(Path(), STUDY, Path(), threads=CORES))
    print(f"verification: {ours:.0f} MB/s; sha256sum {theirs:.0f} MB/s")
    targets.check("verification, share of the rate of sha256sum", ours / theirs, ">=", 0.6)


def bench_small(targets: Targets) -> None:
    """Seconds of a whole audit of 2,000 outputs of ten files."""
    environment = provenance.write_environment([STUDY], provenance.installed())
    for number in range(2000):
        folder = Path(f"results/{STUDY}/models/{number}")
        folder.mkdir(parents=True)
        for name in range(10):
            (folder / f"{name}.json").write_text(f'{{"model": {number}, "file": {name}}}\n')
        record(str(folder), [str(folder)], environment)
    start = time.perf_counter()
    result = audit(Path(), STUDY, project=Path(), sheet=ROOT / "resources/schemas/tables.csv", threads=CORES)
    seconds = time.perf_counter() - start
    print(f"{result.files} small files: {result.verdict}")
    targets.check("audit of 20,000 small files", seconds, "<=", 60, " s")


def main() -> None:
    targets = Targets()
    for bench in (bench_recorder, bench_rate, bench_small):
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            bench(targets)
            os.chdir(ROOT)
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
