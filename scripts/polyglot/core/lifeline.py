"""What ties a job's program to the Snakemake that started it, and keeps two runs of a job apart."""

import ctypes
import fcntl
import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress
from pathlib import Path

PR_SET_PDEATHSIG = 1  # of <sys/prctl.h>


def end_with_recorder() -> None:
    """Have the kernel ask this process, a program about to be started, to end when its recorder dies, of whatever."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


def locked(log: Path) -> int | None:
    """The descriptor of a job's log, locked: waits for what an earlier run of the same job left running.

    None where there is no log, or where its file system knows no locks.
    """
    if not log.is_file():
        return None
    descriptor = os.open(log, os.O_RDWR)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        print(f"{log}: an earlier run of this job still writes; waiting until it has ended", file=sys.stderr)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return None
    return descriptor


def snakemake_above() -> Path | None:
    """The folder below /proc of the Snakemake that started this process, itself or by a shell; None by hand."""
    process = os.getppid()
    for _ in range(2):
        folder = Path(f"/proc/{process}")
        with suppress(OSError):
            words = os.fsdecode((folder / "cmdline").read_bytes()).split("\0")
            if "snakemake" in [word.rpartition("/")[2] for word in words[:3]]:
                return folder
            process = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
    return None


def end_with_snakemake(program: subprocess.Popen[bytes]) -> None:
    """Ask `program` to end when the Snakemake that runs this job is gone; by hand, nothing is watched."""
    if snakemake := snakemake_above():
        threading.Thread(target=end_without, args=(snakemake, program), daemon=True).start()


def end_without(snakemake: Path, program: subprocess.Popen[bytes]) -> None:
    """Ask `program` to end as soon as the process `snakemake` is gone: nothing waits for its output any more."""
    with suppress(OSError):
        while (snakemake / "cmdline").read_bytes():  # empty where it ended and nobody asked how
            time.sleep(1)
    program.terminate()
