"""What a run says of its jobs that failed, and at its end."""

import logging
import shutil
import threading
import time
from types import SimpleNamespace

import pytest

from polyglot.study.run_messages import Failures, Short, ending, error_line, failure, made


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("error: config.yaml: seed is no number\n", "config.yaml: seed is no number"),
        ("error: first\nerror: second\nbash: line 1: exited\n", "second"),
        ('Traceback (most recent call last):\n  File "x.py"\nValueError: سبب\n\n', "ValueError: سبب"),
        (
            "[rank0]: torch.cuda.OutOfMemoryError: out of memory\n 0%| | 0/16 [00:03<?]Triton",
            "torch.cuda.OutOfMemoryError: out of memory",
        ),
        ("ValueErrors are no exceptions\nstopped\n", "stopped"),
        ("10 %\r50 %\r\x1b[31mstopped\x1b[0m", "stopped"),
        ("", ""),
        ("x" * 2_000_000, "x" * 500),
    ],
)
def test_the_error_line_of_a_log(tmp_path, text, line):
    (tmp_path / "a.log").write_text(text, encoding="utf-8")
    assert error_line(tmp_path / "a.log") == line


def test_a_job_that_said_nothing_is_explained(tmp_path, monkeypatch):
    (tmp_path / "a.log").touch()
    said = failure("mix", [str(tmp_path / "a.log")])
    assert said.startswith("error: mix: ended without a message") and said.endswith(f" ({tmp_path}/a.log)")
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=4096))
    assert "mix: no space left on device: the disk of " in failure("mix", [str(tmp_path / "a.log")])


def event(name, message="", **more):
    record = logging.makeLogRecord({"msg": message, "levelno": logging.INFO, **more})
    record.event = name
    return record


def test_what_failed_and_did_not_succeed_in_another_try_is_listed_at_the_end(tmp_path):
    (tmp_path / "a.log").write_text("error: no luck\n")
    failures = Failures()
    for number in (3, 4):
        failures.emit(event("job_error", jobid=number, rule_name="train", log=[str(tmp_path / "a.log")]))
    failures.emit(event("job_finished", job_id=3))
    assert ending(failures, ["s.log"]).splitlines() == [
        f"error: train: no luck ({tmp_path}/a.log)",
        "1 job failed; the same command carries on from what is finished; Snakemake's log: s.log",
    ]


def test_jobs_that_end_with_ctrl_c_are_no_failures():
    failures = Failures()
    with pytest.raises(KeyboardInterrupt):
        failures.interrupt(2, None)
    record = event("job_error", jobid=1, rule_name="train", log=[])
    failures.emit(record)
    assert ending(failures, []) == "interrupted; the same command carries on from what is finished"
    assert Short(logging.Formatter(), failures, str.upper).format(record) == ""


def test_a_second_ctrl_c_changes_nothing():
    failures = Failures()
    with pytest.raises(KeyboardInterrupt):
        failures.interrupt(2, None)
    failures.interrupt(2, None)


def test_sigterm_ends_the_run_once_though_it_interrupts_what_holds_the_schedulers_lock(capsys):
    lock, ended, failures = threading.Lock(), [], Failures()

    def finish(number, frame):
        if lock.acquire(timeout=5):
            ended.append(number)
            lock.release()

    with lock:
        failures.terminate(15, finish)
        failures.terminate(15, finish)
        time.sleep(0.1)
    wait = time.monotonic() + 10
    while not ended and time.monotonic() < wait:
        time.sleep(0.01)
    assert ended == [15] and capsys.readouterr().err.count("asked to end: no other job begins") == 1
    assert ending(failures, []) == "ended as asked; the same command carries on from what is finished"


def test_a_command_that_failed_is_not_repeated_and_other_errors_are():
    short = Short(logging.Formatter(), Failures(), str.upper)
    command = "RuleException:\nCalledProcessError in file \"x.smk\", line 9:\nCommand 'set -euo pipefail; …' returned 1"
    assert short.format(event("error", command)) == ""
    assert short.format(event("error", "MissingOutputException in rule mix")) == "MissingOutputException in rule mix"
    unknown = "MissingRuleException:\nNo rule to produce figurs (if you use input functions …"
    assert short.format(event("error", unknown)) == f"{unknown}\nFIGURS"
    assert short.format(event(None, "Building DAG of jobs...")) == "Building DAG of jobs..."


def test_a_run_ends_with_the_files_asked_for_or_the_folders_of_its_studies():
    jobs = [
        SimpleNamespace(output=["results/test/scores.csv", "results/test/scores.md"]),
        SimpleNamespace(output=["paper_figures/test/figure_01.png"]),
        SimpleNamespace(output=["results/published/claims.md"]),
    ]
    assert made(["a.csv", "a.md"], jobs) == "made: a.csv, a.md"
    assert made([], jobs) == "made: paper_figures/test, results/published, results/test"
    assert made([], [SimpleNamespace(output=[])]) == ""


def test_on_a_terminal_messages_follow_the_line_of_progress_that_says_what_starts_and_ends(capsys, monkeypatch):
    monkeypatch.setattr("signal.signal", lambda number, handler: None)  # Ctrl-C stays pytest's
    logger, failures = logging.Logger("snakemake"), Failures()
    stream = logging.StreamHandler()
    stream.name = "DefaultStreamHandler"
    stream.setFormatter(logging.Formatter())
    logger.addHandler(stream)
    failures.shorten(logger, str.upper)
    failures.watch(logger, start="<clear>")
    for name, words in (("job_info", "rule train:"), ("job_finished", "Finished"), (None, "Waiting for files")):
        logger.handle(event(name, words, job_id=1))
    assert capsys.readouterr().err == "<clear>Waiting for files\n"
