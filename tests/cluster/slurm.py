"""A SLURM whose nodes have four pretended GPUs each, in a folder of its own; with slurmdbd on MariaDB where asked.

Nothing outside the folder is written or read: the key of munge, the configuration, the ports and the database are its
own, so a SLURM that the machine may belong to is not touched.
"""

import contextlib
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import time
from pathlib import Path

from tests.conftest import PATIENCE, SNAKEMAKE

PROGRAMS = ("munged", "mungekey", "slurmctld", "slurmd", "sbatch", "srun", "squeue", "scancel")
ACCOUNTING_PROGRAMS = ("slurmdbd", "sacctmgr", "mariadbd", "mariadb-install-db")
CPUS, MEMORY_MB = 2, 20_000

CONF = """
ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmctldPort={ctld_port}
SlurmUser={user}
SlurmdUser={user}
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
CredType=cred/munge
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool/%n
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/%n.pid
SwitchType=switch/none
MpiDefault=none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
ReturnToService=2
SlurmdTimeout={node_timeout}
KillWait=2
MinJobAge=7200
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=2,bf_interval=2
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
GresTypes=gpu
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=1
{memory_limit}
PartitionName=cpu Nodes=ALL Default=YES MaxTime=INFINITE State=UP
PartitionName=gpu Nodes=ALL Default=NO MaxTime=INFINITE State=UP
"""

NODE = (
    "NodeName={node} NodeHostname={host} NodeAddr=127.0.0.1 Port={port} CPUs={cpus} RealMemory={memory}"
    " Gres=gpu:pretended:4 State=UNKNOWN\n"
)

WITH_ACCOUNTING = """
AccountingStorageType=accounting_storage/slurmdbd
AccountingStorageHost=localhost
AccountingStoragePort={dbd_port}
AccountingStoragePass={folder}/munge/socket
AccountingStorageTRES=gres/gpu
AccountingStorageEnforce=associations
AccountingStoreFlags=job_comment
"""

DBD_CONF = """
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
DbdHost=localhost
DbdPort={dbd_port}
SlurmUser={user}
StorageType=accounting_storage/mysql
StorageHost=localhost
StorageUser={user}
StorageLoc=accounting
LogFile={folder}/slurmdbd.log
PidFile={folder}/slurmdbd.pid
"""


def missing(accounting: bool) -> list[str]:
    """Programs that the cluster needs and this machine lacks."""
    wanted = PROGRAMS + (ACCOUNTING_PROGRAMS if accounting else ())
    return [name for name in wanted if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin:/sbin") is None]


def free_port() -> int:
    """A port of loopback that nothing listens on."""
    with socket.socket() as item:
        item.bind(("127.0.0.1", 0))
        return item.getsockname()[1]


def wait_until(done, what: str, seconds: float = PATIENCE) -> None:
    """Wait until `done()` is true."""
    end = time.monotonic() + seconds
    while not done():
        assert time.monotonic() < end, f"after {seconds} s still waiting for {what}"
        time.sleep(0.3)  # what is asked is often a program


class Cluster:
    """Start it, give `environment` to whatever shall see it, stop it."""

    def __init__(
        self,
        folder: Path,
        accounting: bool = False,
        node_timeout: int = 60,
        kill_over_memory: bool = False,
        nodes: int = 1,
    ) -> None:
        self.folder, self.accounting, self.node_timeout = folder, accounting, node_timeout
        self.kill_over_memory = kill_over_memory
        self.nodes = [f"node{number}" for number in range(1, nodes + 1)]
        self.daemons: dict[str, subprocess.Popen] = {}
        path = f"{folder}/bin:{os.environ['PATH']}:/usr/sbin:/sbin"
        self.environment = os.environ | {"SLURM_CONF": f"{folder}/slurm.conf", "PATH": path}

    def start(self) -> "Cluster":
        """Write the configuration and start the daemons; returns when every node is idle."""
        for name in ("bin", "munge", "state", "spool", "gpus"):
            (self.folder / name).mkdir(parents=True)
        # the executor plugin takes SLURM_CONF from a job's environment before it calls srun
        srun = self.folder / "bin/srun"
        srun.write_text(f'#!/bin/sh\nSLURM_CONF={self.folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
        srun.chmod(0o755)
        values = {
            "folder": self.folder,
            "host": socket.gethostname().split(".")[0],
            "user": "root" if os.geteuid() == 0 else os.environ["USER"],
            "cpus": CPUS,
            "memory": MEMORY_MB,
            "node_timeout": self.node_timeout,
            "memory_limit": "JobAcctGatherParams=OverMemoryKill" if self.kill_over_memory else "",
            **{f"{name}_port": free_port() for name in ("ctld", "dbd")},
        }
        conf = CONF.format(**values) + (WITH_ACCOUNTING.format(**values) if self.accounting else "")
        conf += "".join(NODE.format(node=node, port=free_port(), **values) for node in self.nodes)
        (self.folder / "slurm.conf").write_text(conf)
        for number in range(4):
            os.mknod(self.folder / f"gpus/card{number}", 0o666 | stat.S_IFCHR, os.makedev(1, 3))
        cards = f"NodeName=node[1-{len(self.nodes)}] Name=gpu Type=pretended File={self.folder}/gpus/card[0-3]"
        (self.folder / "gres.conf").write_text(f"AutoDetect=off\n{cards}\n")
        self.munge()
        if self.accounting:
            self.database(DBD_CONF.format(**values))
        self.start_daemon("slurmctld")
        for node in self.nodes:
            self.start_daemon("slurmd", "-N", node)
        idle = ["idle"] * len(self.nodes)
        wait_until(lambda: self.ask("sinfo", "-h", "-N", "-p", "cpu", "-o", "%T").split() == idle, "idle nodes")
        return self

    def munge(self) -> None:
        """Start munged with a key of its own."""
        folder = self.folder / "munge"
        folder.chmod(0o755)
        self.run("mungekey", "--create", f"--keyfile={folder}/key")
        files = [f"--{name}-file={folder}/{name}" for name in ("key", "log", "pid", "seed")]
        self.daemon("munged", "--foreground", "--force", f"--socket={folder}/socket", *files)
        wait_until((folder / "socket").exists, "munged")

    def database(self, conf: str) -> None:
        """Start MariaDB and slurmdbd; one cluster, one account, one user."""
        data, at = self.folder / "mysql", f"--socket={self.folder}/mysql.socket"
        user = os.environ.get("USER", "root")
        made = ("--auth-root-authentication-method=socket", "--skip-test-db")
        self.run("mariadb-install-db", "--no-defaults", f"--user={user}", f"--datadir={data}", *made)
        small = ("--innodb-buffer-pool-size=32M", "--skip-networking", f"--pid-file={self.folder}/mysql.pid")
        self.daemon("mariadbd", "--no-defaults", f"--user={user}", f"--datadir={data}", at, *small)
        wait_until(lambda: self.ask("mariadb-admin", "--no-defaults", at, "ping"), "MariaDB")
        self.environment["MYSQL_UNIX_PORT"] = f"{self.folder}/mysql.socket"
        self.run("mariadb", "--no-defaults", at, "-e", "CREATE DATABASE accounting")
        (self.folder / "slurmdbd.conf").write_text(conf)
        (self.folder / "slurmdbd.conf").chmod(0o600)
        self.start_daemon("slurmdbd")
        wait_until(lambda: self.succeeds("sacctmgr", "-n", "show", "cluster"), "slurmdbd")
        for what in (["cluster", "test"], ["account", "research"], ["user", user, "Account=research"]):
            self.ask("sacctmgr", "-i", "add", *what)

    def start_daemon(self, name: str, *arguments: str) -> None:
        """Start one of SLURM's daemons in the foreground of a process of its own."""
        self.daemon(name, "-D", *arguments)

    def daemon(self, *command: str) -> None:
        name = command[-1] if command[-1] in self.nodes else command[0]
        with open(self.folder / f"{name}.out", "a") as out:
            self.daemons[name] = subprocess.Popen(
                command, env=self.environment, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )

    def end_daemon(self, name: str, number: int = signal.SIGTERM) -> None:
        """Send a daemon a signal and wait for its end."""
        daemon = self.daemons.pop(name)
        daemon.send_signal(number)
        try:
            daemon.wait(10)
        except subprocess.TimeoutExpired:
            daemon.kill()
            daemon.wait()

    def stop(self) -> None:
        """Cancel every job, end the daemons, and whatever a job may have left."""
        if "slurmctld" in self.daemons:
            self.ask("scancel", "--full", "--user", os.environ.get("USER", "root"))
            with contextlib.suppress(AssertionError):
                wait_until(lambda: not self.ask("squeue", "-h"), "an empty queue", 10)
        for name in (*self.nodes, "slurmctld", "slurmdbd", "mariadbd", "munged"):
            if name in self.daemons:
                self.end_daemon(name)
        for process in self.processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        with contextlib.suppress(AssertionError):
            wait_until(lambda: not self.processes(), "the end of what was killed", 5)

    def processes(self) -> list[int]:
        """Processes of this cluster: its daemons, its jobs, and what they started."""
        results = []
        for entry in Path("/proc").glob("[0-9]*/environ"):
            with contextlib.suppress(OSError):
                if f"SLURM_CONF={self.folder}/".encode() in entry.read_bytes() and entry.parent.name != str(
                    os.getpid()
                ):
                    results.append(int(entry.parent.name))
        return results

    def run(self, *command: str, **options) -> str:
        """Run a command on the cluster; its standard output."""
        ended = self.ended(*command, **options)
        assert ended.returncode == 0, f"{command}: {ended.stderr}"
        return ended.stdout

    def ask(self, *command: str) -> str:
        """Standard output of a command that may fail."""
        return self.ended(*command).stdout

    def succeeds(self, *command: str) -> bool:
        """Whether a command ends with 0."""
        return self.ended(*command).returncode == 0

    def ended(self, *command: str, **options) -> subprocess.CompletedProcess:
        """A command that has run on the cluster to its end."""
        return subprocess.run(
            command, env=self.environment, capture_output=True, text=True, timeout=PATIENCE, **options
        )


class Study:
    """The `test` study in a copy of the project, run on a cluster; `fault` puts one in the way of a job, once.

    With `light`, another workflow, of one rule, in place of the study's: each job starts Snakemake twice, and that
    takes twice as long where it reads the study.
    """

    def __init__(
        self, cluster: Cluster, project: Path, site: str = "partitions: {cpu: cpu, gpu: gpu}", light: bool = False
    ) -> None:
        self.cluster, self.project, self.faults = cluster, project, project / "faults"
        self.faults.mkdir()
        if light:
            (project / "Snakefile").write_text(LIGHT)
        (project / ".venv").symlink_to(sys.prefix)  # where `carry-on.sh` looks for Snakemake
        (self.faults / "meet.sh").write_text(MEET.replace("FAULTS", str(self.faults)))
        (project / "site.yaml").write_text(f"{site}\nsetup: . {self.faults}/meet.sh\n")

    def command(self, *arguments: str, program: str = f"{SNAKEMAKE} --profile slurm") -> list[str]:
        """Run the study's `arguments`, looking often: jobs here take seconds."""
        often = ["--slurm-init-seconds-before-status-checks", "1", "--latency-wait", "5"]
        return [*program.split(), *often, "--configfile", "studies/test.yaml", "--", *arguments]

    def run(self, *arguments: str, **options) -> subprocess.CompletedProcess:
        """Run it to its end."""
        ended = self.cluster.ended(*self.command(*arguments, **options), cwd=self.project)
        ended.said = ended.stdout + ended.stderr
        return ended

    def start(self, *arguments: str) -> subprocess.Popen:
        """Start it, its words in `said.txt`."""
        with open(self.project / "said.txt", "w") as said:
            return subprocess.Popen(
                self.command(*arguments),
                cwd=self.project,
                env=self.cluster.environment,
                stdout=said,
                stderr=said,
                # a test run that stands in the background ignores it, and so would what it starts
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def fault(self, job: str, shell: str) -> Path:
        """`shell` happens in the next job of `job`, a program and an argument; the file that says it began."""
        begun = self.faults / f"{job.replace(' ', '+')}.begun"
        begun.unlink(missing_ok=True)  # of the fault before, if the job had another
        begun.with_suffix(".fault").write_text(f"{shell}\n")
        return begun

    def wait_for(self, begun: Path) -> str:
        """Wait until a fault has begun; its SLURM job."""
        wait_until(lambda: begun.exists() and begun.read_text().strip(), f"{begun.name} to begin")
        return begun.read_text().strip()


# what `light` runs: a rule that goes in arrays where the site has them, and looks to `MEET` like a program
LIGHT = """
shell.prefix(". faults/meet.sh; ")

rule prepare_benchmark:
    output: rows="results/{name}.txt", counts="results/{name}.counts.txt"
    resources: mem_mb=500, runtime=5
    shell:
        ": .prepare_benchmark --benchmark {wildcards.name} ;"
        " seq 1000 > {output.rows}; wc -l < {output.rows} > {output.counts}"
"""

# sourced before every program: the first job that a fault is meant for takes it, with its shell
MEET = """
for fault in FAULTS/*.fault; do
  [ -e "$fault" ] || continue
  name=$(basename "$fault" .fault) mine=
  case "$BASH_EXECUTION_STRING" in *".${name%+*} "*" ${name#*+} "*) mine=yes ;; esac
  if [ "$mine" ] && mv "$fault" "FAULTS/$name.taken" 2>/dev/null; then
    echo "${SLURM_ARRAY_JOB_ID:+${SLURM_ARRAY_JOB_ID}_$SLURM_ARRAY_TASK_ID}" > "FAULTS/$name.job"
    [ "${SLURM_ARRAY_JOB_ID:-}" ] || echo "$SLURM_JOB_ID" > "FAULTS/$name.job"
    mv "FAULTS/$name.job" "FAULTS/$name.begun"
    . "FAULTS/$name.taken"
  fi
done
true
"""
