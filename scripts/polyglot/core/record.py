"""Run a rule's program and record it: what it read and wrote with SHA-256, its settings, versions and machine.

Every rule's command begins with this one. The program runs with OMP_NUM_THREADS set to the job's threads and imports
only the project's modules and the packages beside its interpreter; its exit code is passed on. Its inputs and its code
are hashed before it runs; a job is refused where an input is no longer what its own job recorded, or where one of them
changed meanwhile. When it has succeeded, each declared output gets a record written whole, at
results/{study}/audit/records/PATH.json, and installed packages are listed once in audit/environments. Records are a
job's own files: parallel jobs and nodes never write to one file, and a job that was killed leaves none.

A program never outlives its recorder, nor the Snakemake that started it, and never writes beside the same job of an
earlier run; what such a job, killed, has left half-written is removed before it runs.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

from polyglot.core import provenance
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, clear_leftovers
from polyglot.core.isolation import isolated, refuse_strangers
from polyglot.core.lifeline import end_with_recorder, end_with_snakemake, locked
from polyglot.core.settings_files import expanded

SOURCE = Path("scripts")
AUDIT = "scripts/polyglot/audit/"


def main() -> None:
    """Parse the command line, run the program, write the records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--wildcards", type=json.loads, required=True, help="JSON object")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--code", type=Path, nargs="+", required=True, help="the program and its modules")
    inputs = parser.add_mutually_exclusive_group(required=True)
    inputs.add_argument("--inputs", type=Path, nargs="+", help="all inputs, the code among them")
    inputs.add_argument(
        "--packed-inputs", dest="inputs", type=provenance.unpacked, help="the same, where there are many"
    )
    parser.add_argument("--outputs", type=Path, nargs="+", required=True)
    parser.add_argument("--logs", type=Path, nargs="+", required=True, help="logs/RULE.log or logs/RULE/….log")
    parser.add_argument(
        "--failures-too", action="store_true", help="record also what a program leaves that exits with 1"
    )
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    arguments, command = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]
    if not command:
        parser.error("the program to run follows the arguments: -- python -m polyglot.…")

    refuse_strangers(SOURCE)
    lock = locked(arguments.logs[0])
    for output in arguments.outputs:
        for path in filter(None, (output, provenance.record_of(output))):
            clear_leftovers(path)
    data = sorted({*arguments.inputs} - {*arguments.code})
    ran = hashes_of(arguments.code)
    read = [file for path in data for file in provenance.known(path)]  # before the program runs: what it will read
    if not provenance.program_of(command).startswith(AUDIT):  # the audit names every damaged file itself
        refuse_damaged(read)
    began = time.monotonic()
    code = call(command, arguments.threads, lock)
    if code and not (code == 1 and arguments.failures_too):
        sys.exit(code)
    seconds = time.monotonic() - began
    refuse_changed(read, ran)
    files = {output: provenance.hashed(output) for output in arguments.outputs}
    job = {**facts(arguments, expanded(command), files), "seconds": round(seconds, 3)}
    job["code"] = ran
    job["inputs"] = {file["path"]: file["sha256"] for file in read}
    for output in arguments.outputs:
        provenance.write_record(output, {**job, "files": files[output]})
    sys.exit(code)


def call(command: list[str], threads: int, lock: int | None = None) -> int:
    """Run `command`, which holds `lock` as long as it lives, and return its exit code.

    A request to end is passed on to it, and it is asked to end when the Snakemake that runs this job is gone.
    """
    environment = isolated(os.environ, SOURCE) | {"OMP_NUM_THREADS": str(threads)}
    held = () if lock is None else (lock,)
    program = subprocess.Popen(command, env=environment, pass_fds=held, preexec_fn=end_with_recorder)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: program.send_signal(got))
    end_with_snakemake(program)
    code = program.wait()
    return code if code >= 0 else 128 - code  # as a shell reports a program that a signal ended


def hashes_of(code: list[Path]) -> dict[str, str]:
    """Path → SHA-256 of the program's modules."""
    return {str(path): provenance.sha256_of(path) for path in sorted(set(code))}


def refuse_damaged(read: list[Json]) -> None:
    """Raise InputError naming an input, of whatever kind, that is no longer what its own job wrote."""
    for file in read:
        if file["recorded"] not in (None, file["sha256"]):
            raise InputError(
                f"{file['path']}: damaged or changed since its job wrote it;"
                f" delete {file['output']} and run the same command again"
            )


def refuse_changed(read: list[Json], ran: dict[str, str]) -> None:
    """Raise InputError naming an input or a module that changed while the program ran."""
    changed = [file["path"] for file in read if not provenance.is_unchanged(file)]
    changed += [path for path, sha256 in ran.items() if not is_same(Path(path), sha256)]
    if changed:
        raise InputError(f"{changed[0]}: changed while the program ran; let nothing else write it and run again")


def is_same(path: Path, sha256: str) -> bool:
    """Whether a file is there and holds what it held."""
    return path.is_file() and provenance.sha256_of(path) == sha256


def facts(arguments: argparse.Namespace, command: list[str], files: dict[Path, list[Json]]) -> Json:
    """The fields of a record other than inputs, code and outputs."""
    params = provenance.arguments_of(command[command.index("-m") + 2 :])
    packages = provenance.installed()
    studies = {output.parts[1] for output in files if provenance.record_of(output)}
    return {
        "rule": provenance.rule_of(arguments.logs[0]),
        "wildcards": arguments.wildcards,
        "outputs": [str(output) for output in files],
        "command": command,
        "program": provenance.program_of(command),
        "params": params,
        "seed": provenance.seed_of(params),
        "versions": provenance.versions(packages),
        "environment": provenance.write_environment(sorted(studies), packages),
        "git": provenance.commit(),
        "machine": provenance.machine(arguments.threads),
        "made_at": datetime.now(UTC).isoformat(timespec="milliseconds"),
        "logs": [
            {name: file[name] for name in ("path", "sha256", "bytes")}
            for log in arguments.logs
            if log.is_file()
            for file in provenance.hashed(log)
        ],
    }


if __name__ == "__main__":
    run(main, settings=False)  # they are for the program that it runs
