"""A run that ends, in whatever way, says in a line how; the same command carries on."""

import contextlib
import os
import signal
import subprocess
import time

import pytest

from tests.conftest import PATIENCE, SMALL, SNAKEMAKE, copy_project

TABLE = "results/published/tables/table_07.md"
SCORES = "results/published/scores.csv"
CARRIES_ON = "; the same command carries on from what is finished; Snakemake's log: "
HELD = "import os, time\nopen('begun', 'w').write(str(os.getpid()))\n{}\n"
FOR_EVER = HELD.format("time.sleep(10**6)")
UNTIL_GO = HELD.format("while not os.path.exists('go'):\n    time.sleep(0.1)")


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
    command = [SNAKEMAKE, "--cores", "2", *targets, *SMALL]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def start(project):
    """Start the run in a process group of its own, as a terminal does, and wait until its job runs."""
    started = []

    def begin():
        for name in ("begun", "go"):
            (project / name).unlink(missing_ok=True)
        with open(project / "said.txt", "w") as said:
            command = [SNAKEMAKE, "--cores", "2", TABLE, *SMALL]
            out = {"stdout": said, "stderr": said}
            started.append(
                subprocess.Popen(command, cwd=project, **out, start_new_session=True, preexec_fn=heed_hangups)
            )
        wait_until(lambda: (project / "begun").exists() and (project / "begun").read_text())
        return started[-1]

    yield begin
    for running in started:  # so that a test that fails holds up no other
        with contextlib.suppress(ProcessLookupError):
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()


def heed_hangups():
    """As in a terminal: what `nohup` starts, tests among it, ignores that the terminal is gone."""
    signal.signal(signal.SIGHUP, signal.SIG_DFL)


def wait_until(condition):
    ends = time.monotonic() + PATIENCE
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


def test_ctrl_c_and_kill_9_cost_nothing_but_time_and_a_second_run_is_refused_while_the_first_lives(
    project, program, start
):
    text = program.read_text(encoding="utf-8")
    program.write_text(FOR_EVER)
    running = start()
    refused = run(project, TABLE)
    assert refused.returncode == 1 and refused.stderr.splitlines()[-1].startswith("error: results/published/tables/")
    assert f"snakemake runs here for it (process {running.pid} on" in refused.stderr and alive(project)
    os.killpg(running.pid, signal.SIGINT)
    assert running.wait(PATIENCE) == 1
    lines = (project / "said.txt").read_text().splitlines()
    assert lines[-1].startswith(f"interrupted{CARRIES_ON}")
    assert not [line for line in lines if line.lower().startswith("error")] and not alive(project)

    running = start()
    running.kill()
    running.wait()
    program.write_text(text)
    again = run(project, TABLE)
    assert again.returncode == 0, again.stderr[-3000:]
    assert again.stderr.splitlines()[-1] == f"made: {TABLE}" and not alive(project)
    assert [file.name for file in (project / "results/.running").iterdir()] == ["guard"]


@pytest.mark.parametrize(
    ("kill", "numbers", "last"),
    [
        (os.kill, [signal.SIGHUP], ""),  # the terminal is gone
        (os.killpg, [signal.SIGTERM], "1 job failed"),  # the machine shuts down
        (os.killpg, [signal.SIGINT, signal.SIGINT], "interrupted"),  # Ctrl-C by somebody in a hurry
    ],
    ids=["SIGHUP", "SIGTERM to all", "Ctrl-C twice"],
)
def test_other_ends_leave_nothing_half_written_and_no_page_of_text(project, program, start, kill, numbers, last):
    program.write_text(FOR_EVER)
    running = start()
    for number in numbers:
        kill(running.pid, number)
        time.sleep(0.05)
    running.wait(PATIENCE)
    wait_until(lambda: not alive(project))
    said = (project / "said.txt").read_text()
    assert "Traceback" not in said and (not last or said.splitlines()[-1].startswith(f"{last}{CARRIES_ON}"))
    assert not list((project / "results").glob("*/tables/*"))


def test_sigterm_however_often_it_comes_ends_the_run_after_its_jobs_and_loses_none(project, program, start):
    """Snakemake's own handler waits for ever where the signal interrupts code that holds the scheduler's lock."""
    text = program.read_text(encoding="utf-8")
    program.write_text(text.replace("\nimport ", f"\n{UNTIL_GO}import ", 1), encoding="utf-8")  # below its docstring
    running = start()
    for _ in range(2000):
        running.terminate()
    (project / "go").touch()
    assert running.wait(PATIENCE) == 1
    lines = (project / "said.txt").read_text().splitlines()
    assert sum(line.startswith("asked to end: ") for line in lines) == 1
    assert lines[-1].startswith(f"ended as asked{CARRIES_ON}")
    made = (project / TABLE).stat().st_mtime_ns
    again = run(project, TABLE)
    assert again.returncode == 0 and "Nothing to be done" in again.stderr
    assert (project / TABLE).stat().st_mtime_ns == made


def test_a_damaged_file_between_two_steps_is_named_and_made_again(project):
    assert run(project, SCORES).returncode == 0
    whole = (project / SCORES).read_bytes()
    (project / SCORES).unlink()
    measurements = project / "results/published/measurements.csv"
    os.truncate(measurements, measurements.stat().st_size // 2)
    ended = run(project, SCORES)
    *_, failed, last = ended.stderr.splitlines()
    named = "results/published/measurements.csv: damaged or changed since its job wrote it; delete results/published/"
    assert ended.returncode == 1 and failed.startswith(f"error: score: {named}") and "Traceback" not in ended.stderr
    assert last.startswith(f"1 job failed{CARRIES_ON}") and not (project / SCORES).exists()
    measurements.unlink()
    assert run(project, SCORES).returncode == 0 and (project / SCORES).read_bytes() == whole


def test_files_dated_in_the_future_are_named_before_the_first_job(project):
    source = project / "resources/published/table07_teachers.csv"
    (project / TABLE).unlink(missing_ok=True)
    os.utime(source, (0, time.time() + 86400))
    ended = run(project, TABLE)
    last = ended.stderr.splitlines()[-1]
    assert ended.returncode == 1 and last.startswith(
        "error: resources/published/table07_teachers.csv: dated in the fut"
    )
    subprocess.run(["bash", "-c", last.partition("now: ")[2]], cwd=project, check=True)
    assert source.stat().st_mtime <= time.time()
