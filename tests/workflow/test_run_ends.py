"""A run that ends, in whatever way, says in a line how; the same command carries on."""

import os
import signal
import subprocess
import time

import pytest

from tests.conftest import SNAKEMAKE, copy_project

TABLE = "results/published/tables/table_07.md"
CARRIES_ON = "; the same command carries on from what is finished; Snakemake's log: "
HELD = "import os, time\nopen('begun', 'w').write(str(os.getpid()))\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("ends") / "project")


@pytest.fixture
def program(project):
    """The program behind the table; what a test makes of it is undone."""
    file = project / "scripts/polyglot/report/fact_tables.py"
    text = file.read_text(encoding="utf-8")
    yield file
    file.write_text(text, encoding="utf-8")


def run(project, *targets):
    command = [SNAKEMAKE, "--cores", "2", *targets]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)


def start(project):
    """Start the run in a process group of its own, as a terminal does, and wait until its job runs."""
    (project / "begun").unlink(missing_ok=True)
    with open(project / "said.txt", "w") as said:
        command = [SNAKEMAKE, "--cores", "2", TABLE]
        running = subprocess.Popen(command, cwd=project, stdout=said, stderr=said, start_new_session=True)
    wait_until(lambda: (project / "begun").exists() and (project / "begun").read_text())
    return running


def wait_until(condition):
    ends = time.monotonic() + 120
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.1)


def alive(project):
    """Whether the program that a run started is there."""
    return os.path.exists(f"/proc/{(project / 'begun').read_text()}")


def test_a_failure_ends_with_the_error_line_of_the_log_and_no_command(project, program):
    program.write_text("import sys\nprint('working')\nsys.exit('error: رمز.csv: line 3 is no row; correct it')\n")
    ended = run(project, TABLE)
    line = "error: fact_tables: رمز.csv: line 3 is no row; correct it (results/published/logs/fact_tables.log)"
    *_, failed, last = ended.stderr.splitlines()
    assert ended.returncode == 1 and failed == line and last.startswith(f"1 job failed{CARRIES_ON}")
    assert "polyglot.core.record" not in ended.stderr and "WorkflowError" not in ended.stderr


def test_ctrl_c_and_kill_9_cost_nothing_but_time_and_a_second_run_is_refused_while_the_first_lives(project, program):
    text = program.read_text(encoding="utf-8")
    program.write_text(HELD)
    running = start(project)
    refused = run(project, TABLE)
    assert refused.returncode == 1 and refused.stderr.splitlines()[-1].startswith("error: results/published/tables/")
    assert f"snakemake runs here for it (process {running.pid} on" in refused.stderr and alive(project)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(60) == 1
    lines = (project / "said.txt").read_text().splitlines()
    assert lines[-1].startswith(f"interrupted{CARRIES_ON}")
    assert not [line for line in lines if line.lower().startswith("error")] and not alive(project)

    running = start(project)
    running.kill()
    running.wait()
    program.write_text(text)
    again = run(project, TABLE)
    assert again.returncode == 0, again.stderr[-3000:]
    assert again.stderr.splitlines()[-1] == f"made: {TABLE}" and not alive(project)
    assert [file.name for file in (project / "results/.running").iterdir()] == ["guard"]
