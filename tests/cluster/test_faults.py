"""What can go wrong on a cluster.

After each: what was finished is not made again, nothing half written counts as whole, and the run, or one command after
it, carries on to the same bytes as a run that nothing befell.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.cluster.slurm import Study, wait_until
from tests.conftest import PATIENCE, SNAKEMAKE, copy_project, program

SEEDS = "results/test/seeds/arithmetic.parquet"
ITEMS = "results/test/benchmarks/number-words/es.jsonl"
CARRY_ON = "profiles/slurm/carry-on.sh"
HELD = "sleep infinity"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The same files, made on this machine without a cluster."""
    project = copy_project(tmp_path_factory.mktemp("undisturbed") / "project")
    command = [SNAKEMAKE, "--profile", "profiles/test", "--", ITEMS, SEEDS]
    subprocess.run(command, cwd=project, check=True, capture_output=True, timeout=PATIENCE)
    return {file: (project / file).read_bytes() for file in (ITEMS, SEEDS)}


@pytest.fixture
def study(cluster, project):
    return Study(cluster, project)


def made(study, *files):
    return {file: (study.project / file).read_bytes() for file in files if (study.project / file).exists()}


def status(study):
    """What `snakemake status` says of the study's runs."""
    ended = subprocess.run(program("study.status"), cwd=study.project, capture_output=True, text=True, timeout=PATIENCE)
    return ended.stdout.strip()


def test_jobs_that_are_cancelled_out_of_time_out_of_memory_or_die_half_way_are_retried(study, undisturbed):
    seeds, items = "fetch_seeds arithmetic", "prepare_benchmark number-words"
    cancelled, late = study.fault(seeds, HELD), study.fault(items, HELD)
    running = study.start(ITEMS, SEEDS)
    job = study.wait_for(cancelled)
    half = study.fault(seeds, f"mkdir -p results/test/seeds; head -c 1000 /dev/urandom > {SEEDS}; kill -9 $$")
    study.cluster.run("scancel", job)
    job = study.wait_for(late)
    held = "import time; held = bytearray(3 * 2**30); time.sleep(10**6)"
    hungry = study.fault(items, f"{sys.executable} -c '{held}'")
    # an end that is past when the controller reads it is refused
    study.cluster.run("scontrol", "update", f"JobId={job}", "EndTime=now+5")
    assert running.wait(PATIENCE) == 0, (study.project / "said.txt").read_text()[-5000:]
    assert (study.project / "said.txt").read_text().count("Trying to restart job") >= 4
    assert made(study, ITEMS, SEEDS) == undisturbed
    assert half.exists() and hungry.exists()


def test_the_controller_and_the_node_may_go_and_come_back(cluster, project):
    study = Study(cluster, project, light=True)
    held = study.fault("prepare_benchmark first", HELD)
    running = study.start("results/first.txt")
    job = study.wait_for(held)
    # a controller saves its state seconds after a change; from an older one, the job would be pending
    saved = study.cluster.folder / "state/job_state"
    study.cluster.run("scontrol", "update", f"JobId={job}", "Comment=running")
    wait_until(lambda: saved.exists() and saved.stat().st_mtime > held.stat().st_mtime, "the controller's state saved")

    study.cluster.end_daemon("slurmctld", signal.SIGKILL)
    study.cluster.start_daemon("slurmctld")
    wait_until(lambda: job in study.cluster.ask("squeue", "-h", "-o", "%i"), "the job in the new controller's queue")

    # a node that loses its power: everything on it ends at once, and the controller hears no more of it
    study.cluster.end_daemon("node1", signal.SIGKILL)
    on_node = set(study.cluster.processes()) - {daemon.pid for daemon in study.cluster.daemons.values()}
    # what would still tell of a job's end goes first
    for process in sorted(on_node - {running.pid, *children(running.pid)}, key=lambda item: name(item) != "slurmstepd"):
        kill(process)
    wait_until(lambda: "down" in study.cluster.ask("sinfo", "-h", "-o", "%T"), "the node to be down")
    study.cluster.start_daemon("slurmd", "-N", "node1")
    wait_until(lambda: "idle" in study.cluster.ask("sinfo", "-h", "-o", "%T"), "the node to be back")
    wait_until(
        lambda: "Restarts=1" in study.cluster.ask("scontrol", "show", "job", job), "the job requeued, with its number"
    )
    time.sleep(3)  # until the node has been told to forget the job's first run
    study.cluster.run("scontrol", "update", f"JobId={job}", "StartTime=now")  # SLURM waits two minutes otherwise
    assert running.wait(PATIENCE) == 0, (study.project / "said.txt").read_text()[-5000:]
    assert (project / "results/first.txt").read_text().split() == [str(number) for number in range(1, 1001)]


def test_snakemake_killed_while_jobs_run(study, undisturbed):
    held = study.fault("prepare_benchmark number-words", HELD)
    running = study.start(ITEMS, SEEDS)
    job = study.wait_for(held)
    ended = "1 of 2 jobs; evaluation: prepare_benchmark; about "
    runs = study.project / "results/.running"
    wait_until(lambda: [file for file in runs.glob("*.txt") if ended in file.read_text()], "one of two jobs to be done")
    assert status(study).startswith(f"process {running.pid} on {socket.gethostname()}: {ended}")
    running.kill()
    running.wait()
    assert "; it was killed, and profiles/slurm/carry-on.sh carries on" in status(study)
    assert job in study.cluster.ask("squeue", "-h", "-o", "%i")  # it runs on

    before = os.stat(study.project / SEEDS).st_mtime_ns
    again = study.run(ITEMS, SEEDS, program=CARRY_ON)
    assert again.returncode == 0, again.said[-5000:]
    assert "cancelling jobs left in the queue" in again.said
    assert made(study, ITEMS, SEEDS) == undisturbed
    assert os.stat(study.project / SEEDS).st_mtime_ns == before


def test_a_second_snakemake_in_the_folder_is_refused_and_ctrl_c_leaves_no_job(study):
    pending = ("squeue", "-h", "--states=PENDING", "-o", "%i")
    # a job that waits starts no Snakemake of its own
    with drained(study.cluster), slow_states(study.cluster) as asked:
        running = study.start(SEEDS)
        wait_until(lambda: study.cluster.ask(*pending), "the job in the queue")
        job = study.cluster.ask(*pending)
        refused = study.run(SEEDS, program=CARRY_ON)
        assert refused.returncode == 1 and f"snakemake runs here (process {running.pid})" in refused.said
        assert study.cluster.ask(*pending) == job
        asked.unlink(missing_ok=True)
        wait_until(asked.exists, "Snakemake to ask for the job's state")  # when its executor knows of no job
        running.send_signal(signal.SIGINT)
        assert running.wait(PATIENCE) != 0
        wait_until(lambda: not study.cluster.ask(*pending), "the job cancelled with its snakemake")


def test_a_slow_first_task_of_an_array_costs_the_others_a_run_and_no_file(cluster, project):
    """The plugin has every task look for the first one's output: docs/cluster.md."""
    study = Study(cluster, project, "arrays: true\npartitions: {cpu: cpu, gpu: gpu}", light=True)
    lost, files = study.faults / "lost", ["results/first.txt", "results/second.txt"]
    for name, file in zip(("first", "second"), files, strict=True):
        wait = "until grep -q 'Trying to restart job' said.txt; do sleep 1; done"
        half = f": > {file}; {wait}; [ -e {file} ] || touch {lost}"
        study.fault(f"prepare_benchmark {name}", f'[ "$SLURM_ARRAY_TASK_ID" != 1 ] || {{ {half}; }}')
    running = study.start(*files)
    assert running.wait(PATIENCE) == 0, (project / "said.txt").read_text()[-5000:]
    assert "Submitted array job" in (project / "said.txt").read_text()
    assert not lost.exists()
    assert [(project / file).read_text().count("\n") for file in files] == [1000, 1000]
    command = [SNAKEMAKE, "--cores", "1", "-n", "--", *files]
    planned = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE)
    assert "Nothing to be done" in planned.stdout + planned.stderr


def test_a_full_disk(study, undisturbed):
    results = study.project / "results"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", results], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: it takes root")
    try:
        command = [SNAKEMAKE, "--profile", "profiles/test", "--", SEEDS]
        full = subprocess.run(command, cwd=study.project, capture_output=True, text=True, timeout=PATIENCE)
        assert full.returncode != 0
        assert "no space left on device" in (full.stdout + full.stderr).lower()
        assert made(study, SEEDS) == {}
        subprocess.run(["mount", "-o", "remount,size=50m", results], check=True)
        again = subprocess.run(command, cwd=study.project, capture_output=True, text=True, timeout=PATIENCE)
        assert again.returncode == 0, again.stderr[-5000:]
        assert made(study, SEEDS) == {SEEDS: undisturbed[SEEDS]}
    finally:
        subprocess.run(["umount", results], check=True)


@contextlib.contextmanager
def drained(cluster):
    """The node takes no job meanwhile."""
    cluster.run("scontrol", "update", "NodeName=node1", "State=DRAIN", "Reason=test")
    try:
        yield
    finally:
        cluster.run("scontrol", "update", "NodeName=node1", "State=RESUME")


@contextlib.contextmanager
def slow_states(cluster):
    """Whoever asks for the states of a run's jobs waits for them; a file that says that somebody does."""
    asked, program = cluster.folder / "asked", cluster.folder / "bin/squeue"
    slowly = f"case \" $* \" in *' --name '*) touch {asked}; sleep 5 ;; esac"
    program.write_text(f'#!/bin/sh\n{slowly}\nexec {shutil.which("squeue")} "$@"\n')
    program.chmod(0o755)
    try:
        yield asked
    finally:
        program.unlink()


def children(process):
    """Processes below one."""
    result = subprocess.run(["pgrep", "-P", str(process)], capture_output=True, text=True).stdout.split()
    return {int(child) for child in result} | {item for child in result for item in children(child)}


def name(process):
    with contextlib.suppress(OSError):
        return Path(f"/proc/{process}/comm").read_text().strip()


def kill(process):
    with contextlib.suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)
