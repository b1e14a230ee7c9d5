"""Which runs of Snakemake live, and what they write: two runs must never make the same file.

A run has a file in results/.running, which it holds locked as long as it lives, on all machines that mount that disk.
The lock goes with its process, so a run that was killed stands in nobody's way. Snakemake's own lock would stay:
`nolock: true` in profiles/default.
"""

import atexit
import fcntl
import json
import os
import socket
import subprocess
import time
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

from polyglot.core.errors import InputError
from polyglot.core.files import Json

FOLDER = Path("results/.running")
FULL = 2**20  # bytes free below which a disk is full
SKEW = 60  # seconds by which clocks of machines that share a disk may differ


def refuse_unwritable(*folders: Path) -> None:
    """Raise InputError naming the first folder that is there and cannot be written, or a link to none."""
    for folder in folders:
        if folder.is_symlink() and not folder.exists():
            raise InputError(f"{folder}: links to {os.readlink(folder)}, which is not there; mount or make that folder")
        if folder.is_dir() and not os.access(folder, os.W_OK | os.X_OK):
            raise InputError(f"{folder}: cannot be written; mount it for writing, or give it to the user who runs this")


def refuse_full(*folders: Path) -> None:
    """Raise InputError naming the first folder on a full disk; Snakemake's own files there would end in tracebacks."""
    for folder in filter(Path.is_dir, folders):
        disk = os.statvfs(folder)
        if disk.f_bavail * disk.f_frsize < FULL or (disk.f_files and not disk.f_favail):
            raise InputError(f"{folder}: no space left on device; free some and run the same command again")


def refuse_future(files: Iterable[Any]) -> None:
    """Raise InputError naming a file that a clock has dated later than now.

    Snakemake would run its job, find the output older than this input, and delete the output.
    """
    latest = time.time() + SKEW
    for file in sorted({str(file) for file in files}):
        with suppress(FileNotFoundError):  # what the run makes itself
            if os.stat(file).st_mtime > latest:
                raise InputError(
                    f"{file}: dated in the future by a clock that was wrong; set the clock right, then date such files"
                    " now: find . -newermt now -exec touch {} +"
                )


def claim(jobs: Iterable[Any], submits: bool, folder: Path = FOLDER) -> Path:
    """Claim for this process, until it ends, the files that Snakemake's `jobs` read and write; returns the run's file.

    `submits` says whether the jobs are sent to a queue, where they outlive this process. Raises InputError for a file
    that a living run makes, or reads and this one would make, and for jobs that a dead run may have left in the queue.
    """
    jobs = list(jobs)
    own = {
        "host": socket.gethostname(),
        "process": os.getpid(),
        "submits": submits,
        "writes": sorted({str(file) for job in jobs for file in job.output}),
        "reads": sorted({str(file) for job in jobs for file in job.input}),
    }
    path = folder / f"{own['host']}-{own['process']}.json"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with open(folder / "guard", "ab") as guard:
            if locked(guard, wait=True):  # else nothing can be known of other runs: the file system knows no locks
                for file in sorted(folder.glob("*.json")):
                    refuse(own, file)
            register(path, own)
    except OSError as error:
        raise InputError(
            f"{error.filename or folder}: {error.strerror}; results must be writable, with free space"
        ) from error
    return path


def locked(file: BinaryIO, wait: bool = False) -> bool:
    """Lock an open file for this process; False where another one holds it, or where the file system knows no locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


def refuse(own: Json, file: Path) -> None:
    """Raise InputError where the run of `file` stands in the way of `own`; forget it if it is dead and left nothing."""
    with open(file, "r+b") as other:
        dead = locked(other)
        claimed = claimed_by(other)
        shared = {*claimed["writes"]} & {*own["writes"], *own["reads"]} | {*claimed["reads"]} & {*own["writes"]}
        if not dead and shared:
            raise InputError(
                f"{min(shared)}: snakemake runs here for it (process {claimed['process']} on {claimed['host']});"
                " wait for it, or end it first"
            )
        if dead and shared and claimed["submits"]:
            raise InputError(
                f"{min(shared)}: a run that was killed (process {claimed['process']} on {claimed['host']}) may have"
                " left its job in the queue; profiles/slurm/carry-on.sh ends such jobs and carries on"
            )
        if dead and not claimed["submits"]:
            forget(file)


def claimed_by(file: BinaryIO) -> Json:
    """What a run's open file says; nothing claimed where the run was killed while it wrote it, before its first job."""
    try:
        return json.load(file)
    except ValueError:
        return {"host": "?", "process": "?", "submits": False, "writes": [], "reads": []}


def register(path: Path, own: Json) -> None:
    """Write a run's file and hold it locked until this process ends; it goes with a process that ends by itself."""
    file = open(path, "wb")  # noqa: SIM115 (the lock ends with the file)
    locked(file)
    file.write(json.dumps(own).encode())
    file.flush()
    atexit.register(end, path, file)


def end(path: Path, file: BinaryIO) -> None:
    """Forget a run when its process ends."""
    with suppress(OSError):
        forget(path)
    file.close()


def cancel_left(workflow: Any) -> None:
    """Cancel what SLURM still has of a run that has ended.

    An interrupted executor cancels the jobs that it knows of; while it asks for their states it knows of none, and they
    would write on beside the run that carries on.
    """
    name = getattr(getattr(workflow.scheduler, "_executor", None), "run_uuid", None)  # of all jobs of SLURM's executor
    if name is not None:
        with suppress(OSError, subprocess.TimeoutExpired):
            subprocess.run(["scancel", "--name", name], capture_output=True, timeout=60, check=False)


def forget(path: Path) -> None:
    """Remove a run's file, and the line beside it that says how far it is."""
    path.unlink()
    path.with_suffix(".txt").unlink(missing_ok=True)
