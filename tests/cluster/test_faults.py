"""What can go wrong on a cluster.

After each: what was finished is not made again, nothing half written counts as whole, and the run, or one command after
it, carries on to the same bytes as a run that nothing befell.
"""

import contextlib
import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import pytest

from tests.cluster.slurm import Study, wait_until
from tests.conftest import PATIENCE, SNAKEMAKE, copy_project, program

BENCHMARKS = ("cldr-culture", "corpus-preference", "number-words")
SOURCES = ("arithmetic", "chatterbot")
ITEMS = [f"results/test/benchmarks/{name}/es.jsonl" for name in BENCHMARKS]
SEEDS = [f"results/test/seeds/{name}.parquet" for name in SOURCES]
CARRY_ON = "profiles/slurm/carry-on.sh"


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """The same files, made on this machine without a cluster."""
    project = copy_project(tmp_path_factory.mktemp("undisturbed") / "project")
    command = [SNAKEMAKE, "--profile", "profiles/test", "--", *ITEMS, *SEEDS]
    subprocess.run(command, cwd=project, check=True, capture_output=True, timeout=PATIENCE)
    return {file: (project / file).read_bytes() for file in ITEMS + SEEDS}


@pytest.fixture
def study(cluster, project):
    return Study(cluster, project)


def made(study, files):
    return {file: (study.project / file).read_bytes() for file in files if (study.project / file).exists()}


def stamps(study, files):
    return {file: os.stat(study.project / file).st_mtime_ns for file in files}


def status(study):
    """What `snakemake status` says of the study's runs."""
    ended = subprocess.run(program("study.status"), cwd=study.project, capture_output=True, text=True, timeout=PATIENCE)
    return ended.stdout.strip()


def test_jobs_that_are_cancelled_out_of_time_out_of_memory_or_die_half_way_are_retried(study, undisturbed):
    cancelled = study.fault("prepare_benchmark cldr-culture", "sleep infinity")
    late = study.fault("prepare_benchmark number-words", "sleep infinity")
    hungry = "python -c 'import time; held = bytearray(6 * 2**30); time.sleep(10**6)'; exit 1"
    study.fault("fetch_seeds arithmetic", hungry)
    half = f"mkdir -p results/test/seeds; head -c 1000 /dev/urandom > {SEEDS[1]}; kill -9 $$"
    study.fault("fetch_seeds chatterbot", half)
    running = study.start(*ITEMS, *SEEDS)
    study.cluster.run("scancel", study.wait_for(cancelled))
    study.cluster.run("scontrol", "update", f"JobId={study.wait_for(late)}", "EndTime=now")
    assert running.wait(PATIENCE) == 0, (study.project / "said.txt").read_text()[-5000:]
    said = (study.project / "said.txt").read_text()
    assert said.count("Trying to restart job") >= 4
    assert made(study, ITEMS + SEEDS) == undisturbed
    assert len(list(study.faults.glob("*.begun"))) == 4


def test_the_controller_and_the_node_may_go_and_come_back(study, undisturbed):
    held = study.fault("fetch_seeds arithmetic", "sleep infinity")
    running = study.start(SEEDS[0])
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
    assert made(study, SEEDS[:1]) == {SEEDS[0]: undisturbed[SEEDS[0]]}


def test_snakemake_killed_while_jobs_run(study, undisturbed):
    done = study.run(*SEEDS)
    assert done.returncode == 0, done.said[-5000:]
    before = stamps(study, SEEDS)
    held = study.fault("prepare_benchmark number-words", "sleep infinity")
    running = study.start(*ITEMS)
    job = study.wait_for(held)
    run = f"process {running.pid} on {socket.gethostname()}: 2 of 3 jobs; evaluation: prepare_benchmark; about "
    wait_until(lambda: status(study).startswith(run), "two of three jobs to be done")
    running.kill()
    running.wait()
    assert "; it was killed, and profiles/slurm/carry-on.sh carries on" in status(study)
    assert job in study.cluster.ask("squeue", "-h", "-o", "%i")  # it runs on

    again = study.run(*ITEMS, program=CARRY_ON)
    assert again.returncode == 0, again.said[-5000:]
    assert "cancelling jobs left in the queue" in again.said
    assert made(study, ITEMS + SEEDS) == undisturbed
    assert stamps(study, SEEDS) == before


def test_a_second_snakemake_in_the_folder_is_refused(study):
    held = study.fault("fetch_seeds arithmetic", "sleep infinity")
    running = study.start(SEEDS[0])
    job = study.wait_for(held)
    refused = study.run(SEEDS[0], program=CARRY_ON)
    assert refused.returncode == 1 and f"snakemake runs here (process {running.pid})" in refused.said
    assert job in study.cluster.ask("squeue", "-h", "-o", "%i")
    running.send_signal(signal.SIGINT)
    assert running.wait(PATIENCE) != 0
    wait_until(lambda: job not in study.cluster.ask("squeue", "-h", "-o", "%i"), "the job cancelled with its snakemake")


def test_a_slow_first_task_of_an_array_costs_the_others_a_run_and_no_file(cluster, project, undisturbed):
    """The plugin has every task look for the first one's output: docs/cluster.md."""
    study = Study(cluster, project, "arrays: true\npartitions: {cpu: cpu, gpu: gpu}")
    lost = study.faults / "lost"
    for name, items in zip(BENCHMARKS, ITEMS, strict=True):
        half = f": > {items}; sleep 25; [ -e {items} ] || touch {lost}"
        study.fault(f"prepare_benchmark {name}", f'[ "$SLURM_ARRAY_TASK_ID" != 1 ] || {{ {half}; }}')
    ended = study.run(*ITEMS, *SEEDS)
    assert ended.returncode == 0, ended.said[-5000:]
    assert "Submitted array job" in ended.said and "Trying to restart job" in ended.said
    assert not lost.exists()
    assert made(study, ITEMS + SEEDS) == undisturbed
    command = [SNAKEMAKE, "--profile", "profiles/test", "-n", "--", *ITEMS, *SEEDS]
    planned = subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE)
    assert "Nothing to be done" in planned.stdout + planned.stderr


def test_a_full_disk(study, undisturbed):
    results = study.project / "results"
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=60k", "tmpfs", results], capture_output=True)
    if mounted.returncode:
        pytest.skip("a small disk cannot be mounted here: it takes root")
    try:
        command = [SNAKEMAKE, "--profile", "profiles/test", "--", *SEEDS]
        full = subprocess.run(command, cwd=study.project, capture_output=True, text=True, timeout=PATIENCE)
        assert full.returncode != 0
        assert "no space left on device" in (full.stdout + full.stderr).lower()
        assert [file for file, content in made(study, SEEDS).items() if content != undisturbed[file]] == []
        subprocess.run(["mount", "-o", "remount,size=50m", results], check=True)
        again = subprocess.run(command, cwd=study.project, capture_output=True, text=True, timeout=PATIENCE)
        assert again.returncode == 0, again.stderr[-5000:]
        assert made(study, SEEDS) == {file: undisturbed[file] for file in SEEDS}
    finally:
        subprocess.run(["umount", results], check=True)


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
