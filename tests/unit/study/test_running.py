"""Which runs live: two never make the same file, and a dead one stands in nobody's way."""

import os
import subprocess
import sys
import time
from types import SimpleNamespace

import pytest

from polyglot.core.errors import InputError
from polyglot.study.running import SKEW, claim, refuse_full, refuse_future, refuse_unwritable

OTHER = """
import sys
from pathlib import Path
from types import SimpleNamespace
from polyglot.study.running import claim
claim([SimpleNamespace(output=["scores.csv"], input=["data.parquet"])], sys.argv[2] == "submits", Path(sys.argv[1]))
print("claimed", flush=True)
sys.stdin.read()
"""


def job(writes=(), reads=()):
    return SimpleNamespace(output=list(writes), input=list(reads))


@pytest.fixture
def other(tmp_path):
    """Start another run that makes scores.csv of data.parquet and lives until it is ended."""
    processes = []

    def start(kind="runs"):
        process = subprocess.Popen(
            [sys.executable, "-c", OTHER, str(tmp_path), kind], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        assert process.stdout.readline() == "claimed\n"
        return process

    yield start
    for process in processes:
        process.communicate()


@pytest.mark.parametrize("own", [job(["scores.csv"]), job(["table.md"], ["scores.csv"]), job(["data.parquet"])])
def test_what_a_living_run_makes_or_reads_is_refused(other, tmp_path, own):
    process = other()
    with pytest.raises(InputError, match=rf"^\S+: snakemake runs here for it \(process {process.pid} on \S+\); wait"):
        claim([own], submits=False, folder=tmp_path)


def test_what_shares_inputs_or_nothing_runs_beside(other, tmp_path):
    other()
    claim([job(["length.json"], ["data.parquet"]), job()], submits=False, folder=tmp_path)
    assert len(list(tmp_path.glob("*.json"))) == 2


def test_a_run_that_ended_leaves_nothing(other, tmp_path):
    other().communicate()
    assert list(tmp_path.glob("*.json")) == []


def test_a_killed_run_stands_in_nobodys_way(other, tmp_path):
    process = other()
    process.kill()
    process.wait()
    (left,) = tmp_path.glob("*.json")
    claim([job(["scores.csv"])], submits=False, folder=tmp_path)
    assert not left.exists()


def test_jobs_that_a_killed_run_may_have_in_the_queue_are_ended_first(other, tmp_path):
    process = other("submits")
    process.kill()
    process.wait()
    (left,) = tmp_path.glob("*.json")
    with pytest.raises(InputError, match=r"scores\.csv: a run that was killed .*carry-on\.sh"):
        claim([job(["scores.csv"])], submits=False, folder=tmp_path)
    claim([job(["table.md"])], submits=False, folder=tmp_path)
    assert left.exists()


def test_a_file_that_was_half_written_when_its_run_was_killed_is_no_run(tmp_path):
    (tmp_path / "host-1.json").write_text('{"host": "ho')
    claim([job(["scores.csv"])], submits=False, folder=tmp_path)
    assert not (tmp_path / "host-1.json").exists()


def test_a_disk_that_cannot_be_written_is_named(tmp_path):
    (tmp_path / "results").write_text("a file")
    with pytest.raises(InputError, match=r"results/\.running: Not a directory; results must be writable"):
        claim([], submits=False, folder=tmp_path / "results/.running")


def test_a_folder_that_cannot_be_written_is_named_and_a_missing_one_is_not(monkeypatch, tmp_path):
    refuse_unwritable(tmp_path, tmp_path / "missing")
    monkeypatch.setattr("os.access", lambda path, mode: False)  # whoever runs the test, root too
    with pytest.raises(InputError, match=f"^{tmp_path}: cannot be written; "):
        refuse_unwritable(tmp_path / "missing", tmp_path)


def test_a_link_to_nothing_is_named_with_what_it_links_to(tmp_path):
    (tmp_path / "results").symlink_to("/mnt/gone")
    with pytest.raises(InputError, match=rf"^{tmp_path}/results: links to /mnt/gone, which is not there; mount"):
        refuse_unwritable(tmp_path / "results")


@pytest.mark.parametrize(
    ("blocks", "files", "left"), [(255, 100, 100), (10**6, 100, 0)], ids=["no bytes", "no room for another file"]
)
def test_a_full_disk_is_named_and_one_that_counts_no_files_is_not(monkeypatch, tmp_path, blocks, files, left):
    refuse_full(tmp_path, tmp_path / "missing")
    monkeypatch.setattr(
        "os.statvfs", lambda path: SimpleNamespace(f_bavail=blocks, f_frsize=4096, f_files=files, f_favail=left)
    )
    with pytest.raises(InputError, match=rf"^{tmp_path}: no space left on device; free some"):
        refuse_full(tmp_path)
    monkeypatch.setattr("os.statvfs", lambda path: SimpleNamespace(f_bavail=256, f_frsize=4096, f_files=0, f_favail=0))
    refuse_full(tmp_path)


def test_a_file_dated_in_the_future_is_named(tmp_path):
    old, ahead = tmp_path / "old.csv", tmp_path / "ahead.csv"
    for file in (old, ahead):
        file.touch()
    refuse_future([old, ahead, tmp_path / "missing"])
    os.utime(ahead, (0, time.time() + SKEW + 100))
    with pytest.raises(InputError, match=rf"^{ahead}: dated in the future .*: find \. -newermt now -exec touch"):
        refuse_future([old, ahead])
