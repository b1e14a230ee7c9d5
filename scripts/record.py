"""Run a rule's program and record it: what it read and wrote with SHA-256, its settings, versions and machine.

Every rule's command begins with this one. The program runs as it is, with OMP_NUM_THREADS set to the job's threads; its
exit code is passed on. When it has succeeded, each declared output gets a record written whole, at
results/{study}/audit/records/PATH.json. Records are a job's own files: parallel jobs and nodes never write to one file.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from polyglot import provenance
from polyglot.errors import run
from polyglot.files import write_json


def main() -> None:
    """Parse the command line, run the program, write the records."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rule", required=True)
    parser.add_argument("--wildcards", type=json.loads, required=True, help="JSON object")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--code", type=Path, nargs="+", required=True, help="the program and its modules")
    parser.add_argument("--inputs", type=Path, nargs="+", required=True, help="all inputs, the code among them")
    parser.add_argument("--outputs", type=Path, nargs="+", required=True)
    parser.add_argument("--logs", type=Path, nargs="+", required=True)
    split = sys.argv.index("--")
    arguments, command = parser.parse_args(sys.argv[1:split]), sys.argv[split + 1 :]
    data = [path for path in arguments.inputs if path not in set(arguments.code)]
    inputs = provenance.hashes(data)  # before the program runs: what it is about to read
    if code := call(command, arguments.threads):
        sys.exit(code)
    program = next(number for number, word in enumerate(command) if word.startswith("scripts/"))
    params = provenance.arguments_of(command[program + 1 :])
    job = {
        "rule": arguments.rule,
        "wildcards": arguments.wildcards,
        "inputs": inputs,
        "code": provenance.hashes(arguments.code),
        "command": command,
        "params": params,
        "seed": params.get("seed"),
        "versions": provenance.versions(),
        "git": provenance.commit(),
        "machine": provenance.machine(arguments.threads),
        "made_at": datetime.now(UTC).isoformat(timespec="seconds"),
        "logs": [str(log) for log in arguments.logs],
    }
    for output in arguments.outputs:
        write_json(provenance.record_of(output), {"output": str(output), "files": provenance.hashed(output), **job})


def call(command: list[str], threads: int) -> int:
    """Run `command` and return its exit code; a request to end is passed on to it."""
    program = subprocess.Popen(command, env=os.environ | {"OMP_NUM_THREADS": str(threads)})
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda got, _: program.send_signal(got))
    code = program.wait()
    return code if code >= 0 else 128 - code  # as a shell reports a program that a signal ended


if __name__ == "__main__":
    run(main)
