"""How far a run is, on a terminal and in the file that `status` reads."""

import io
import logging
from types import SimpleNamespace

import pytest

from polyglot.study.progress import CLEAR, Progress, Step, spoken
from polyglot.study.running import claim
from polyglot.study.status import lines

STEPS = {
    1: Step("seeds", "fetch_seeds", 1.0),
    2: Step("training", "train", 10.0),
    3: Step("training", "train", 10.0),
    4: Step("evaluation", "evaluate_student", 4.0),
}


class Terminal(io.StringIO):
    def isatty(self):
        return True


def event(name, **more):
    record = logging.makeLogRecord(more)
    record.event = name
    return record


def follow(progress, *records):
    for record in records:
        progress.emit(record)


def test_stage_jobs_and_the_time_that_is_left_of_the_plan(tmp_path):
    progress = Progress(STEPS, io.StringIO(), tmp_path / "run.txt")
    follow(progress, event("job_started", jobs=[1, 9]))  # 9 only gathers files
    assert progress.line(60) == "0 of 4 jobs; seeds: fetch_seeds"
    follow(
        progress, event("job_finished", job_id=1), event("job_started", jobs=[2, 3]), event("job_finished", job_id=9)
    )
    assert (
        progress.line(600) == "1 of 4 jobs; training: 2 train; about 4.0 h left"
    )  # 24 of 25 planned hours, 600 s each
    follow(progress, event("job_error", jobid=3), event("job_finished", job_id=2))
    assert progress.line(1100) == "2 of 4 jobs; about 23 min left"  # 14 h, 100 s each
    assert (tmp_path / "run.txt").read_text().startswith("2 of 4 jobs")


def test_a_line_on_a_terminal_no_longer_than_it_and_nothing_when_piped(tmp_path, monkeypatch):
    monkeypatch.setenv("COLUMNS", "12")
    terminal, piped = Terminal(), io.StringIO()
    for stream in (terminal, piped):
        follow(Progress(STEPS, stream, tmp_path / "run.txt"), event("job_started", jobs=[1]), event("job_info"))
    assert terminal.getvalue() == f"{CLEAR}0 of 4 jobs"
    assert piped.getvalue() == ""


def test_a_file_that_cannot_be_written_ends_nothing(tmp_path):
    follow(Progress(STEPS, io.StringIO(), tmp_path / "missing/run.txt"), event("job_started", jobs=[1]))


@pytest.mark.parametrize(("seconds", "text"), [(89.6, "90 s"), (90, "2 min"), (5399, "90 min"), (5400, "1.5 h")])
def test_times_are_spoken(seconds, text):
    assert spoken(seconds) == text


def test_status_says_how_far_each_run_is_and_which_was_killed(tmp_path):
    assert lines(tmp_path / "none") == []
    file = claim([SimpleNamespace(output=["a.csv"], input=[])], submits=False, folder=tmp_path)
    host, process = file.stem.rsplit("-", 1)
    assert lines(tmp_path) == [f"process {process} on {host}: before its first job"]
    file.with_suffix(".txt").write_text("3 of 9 jobs\n")
    (tmp_path / "far-6.json").write_text(
        '{"process": 6, "host": "far", "submits": false, "writes": ["b"], "reads": []}'
    )
    (tmp_path / "far-7.json").write_text('{"process": 7, "host": "far", "submits": true, "writes": ["b"], "reads": []}')
    (tmp_path / "far-8.json").write_text('{"process": 8, "host": "far", "submits": true, "writes": [], "reads": []}')
    assert lines(tmp_path) == [
        "process 6 on far: before its first job; it was killed, and the same command carries on",
        "process 7 on far: before its first job; it was killed, and profiles/slurm/carry-on.sh carries on",
        f"process {process} on {host}: 3 of 9 jobs",
    ]
