"""Locking and fetching against a small hub on loopback: what arrives, what is kept, and what each refusal says."""

import json
import os
import signal
import subprocess
import time

import pytest

from polyglot.hub.repository import kept_gb
from tests.conftest import ROOT, program
from tests.hub_server import COMMIT, EXPIRED, TOKEN, Hub, Repository

SCHEMA = ROOT / "resources/schemas/revisions.schema.yaml"
HEADER = "kind,repository,commit,licence,locked_on\n"
ROWS = '{"prompt": "مرحبا"}\n{"prompt": "こんにちは"}\n'.encode() * 4000
DATA = {"data/ar.jsonl": ROWS, "data/cs.jsonl": b'{"prompt": "Ahoj"}\n', "raw/big.bin": bytes(range(251)) * 46_000}


@pytest.fixture
def hub():
    model = Repository({"config.json": b"{}"}, licence="gemma", gated=True)
    with Hub({("dataset", "org/rows"): Repository(DATA), ("model", "org/gated"): model}) as server:
        yield server


def environment(hub, tmp_path, **more):
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
    return kept | {"HF_ENDPOINT": hub.address, "HF_HOME": str(tmp_path / "home"), "HF_HUB_DISABLE_XET": "1"} | more


def fetch(hub, tmp_path, *, repository="org/rows", commit=COMMIT, files=("data/*",), **more):
    words = ["--hub", repository, "--revision", commit, "--files", json.dumps(files), "--out", tmp_path / "out"]
    done = program("hub.fetch_dataset", *words)
    return subprocess.run(done, capture_output=True, text=True, timeout=60, env=environment(hub, tmp_path, **more))


def lock(hub, tmp_path, needed, renew=(), **more):
    registry = tmp_path / "revisions.csv"
    if not registry.exists():
        registry.write_text(HEADER)
    words = [
        "--registry",
        registry,
        "--schema",
        SCHEMA,
        "--needed",
        json.dumps([[*item, "main"][:3] for item in needed]),
        "--renew",
        json.dumps(renew),
    ]
    done = program("hub.lock_revisions", *words)
    ended = subprocess.run(done, capture_output=True, text=True, timeout=60, env=environment(hub, tmp_path, **more))
    return ended, registry.read_text().removeprefix(HEADER).splitlines()


def one_line(ended):
    """The last line of a program that failed: its error."""
    assert ended.returncode == 1 and "Traceback" not in ended.stderr
    line = ended.stderr.splitlines()[-1]
    assert line.startswith("error: ")
    return line


def test_named_files_arrive_in_their_own_layout_and_nothing_else(hub, tmp_path):
    (tmp_path / ".out.aaaaaaaaaaaa.fetching").mkdir()  # of an older commit
    assert fetch(hub, tmp_path).returncode == 0
    results = {str(path.relative_to(tmp_path / "out")): path.read_bytes() for path in tmp_path.glob("out/**/*.*")}
    assert results == {"data/ar.jsonl": ROWS, "data/cs.jsonl": DATA["data/cs.jsonl"]}
    assert [path.name for path in tmp_path.iterdir() if "fetching" in path.name] == []


def test_a_connection_cut_in_the_middle_is_taken_up_at_the_byte(hub, tmp_path):
    block = 10 << 20  # what the hub's client takes at once
    hub.cuts["raw/big.bin"] = block + 50_000
    assert fetch(hub, tmp_path, files=["raw/*"]).returncode == 0
    assert (tmp_path / "out/raw/big.bin").read_bytes() == DATA["raw/big.bin"]
    ranges = [asked for method, path, asked in hub.asked if method == "GET" and path.endswith("big.bin")]
    assert ranges == [None, f"bytes={block}-"]


def test_a_killed_fetch_keeps_its_whole_files_and_goes_on(hub, tmp_path):
    hub.cuts["data/ar.jsonl"], hub.stall_at = 50_000, "data/ar.jsonl"
    words = ["--hub", "org/rows", "--revision", COMMIT, "--files", '["data/*"]', "--out", tmp_path / "out"]
    killed = subprocess.Popen(
        program("hub.fetch_dataset", *words), env=environment(hub, tmp_path), stderr=subprocess.DEVNULL
    )
    assert hub.stalled.wait(30)
    kept = tmp_path / f".out.{COMMIT[:12]}.fetching"
    noted = kept / ".cache/huggingface/download/data/cs.jsonl.metadata"
    while not (noted.exists() and noted.read_text().count("\n") == 3):
        time.sleep(0.01)
        assert killed.poll() is None
    killed.send_signal(signal.SIGKILL)
    killed.wait()
    assert not (tmp_path / "out").exists()
    assert 0 < kept_gb(tmp_path / "out", COMMIT) < 1e-4  # GB that need not be free any more
    hub.go_on.set()
    hub.asked.clear()
    assert fetch(hub, tmp_path).returncode == 0
    assert (tmp_path / "out/data/ar.jsonl").read_bytes() == ROWS
    assert [path for method, path, _ in hub.asked if method == "GET" and path.endswith("cs.jsonl")] == []
    assert not kept.exists()


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"commit": "unlocked"}, ["dataset org/rows: not locked", "lock_revisions"]),
        ({"commit": "main"}, ["dataset org/rows: not locked"]),
        ({"commit": "f" * 40}, [f"dataset org/rows: has no revision {'f' * 40}", "resources/revisions.csv"]),
        ({"repository": "org/nothing"}, ["dataset org/nothing: not on the hub", "HF_TOKEN"]),
        ({"files": ["*.parquet"]}, ["dataset org/rows: has no file like *.parquet", "fix the patterns"]),
        ({"HF_TOKEN": EXPIRED}, ["dataset org/rows: the hub answers 401 to HF_TOKEN; set one that may read it"]),
        ({"HF_HUB_OFFLINE": "1"}, ["dataset org/rows: HF_HUB_OFFLINE is set", "unset it"]),
    ],
)
def test_a_refusal_is_one_line_with_the_cure(hub, tmp_path, changes, words):
    line = one_line(fetch(hub, tmp_path, **changes))
    assert all(word in line for word in words), line
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("token", [{}, {"HF_TOKEN": "hf_of_another"}])
def test_a_gated_model_without_a_fit_token_is_named(hub, tmp_path, token):
    words = ["--hub", "org/gated", "--revision", COMMIT, "--out", tmp_path / "out"]
    done = program("hub.fetch_model", *words)
    ended = subprocess.run(done, capture_output=True, text=True, env=environment(hub, tmp_path, **token))
    assert one_line(ended) == (
        "error: model org/gated: gated; accept its licence at https://huggingface.co/org/gated and set HF_TOKEN to a "
        "token of that account"
    )


def test_a_token_opens_a_gated_model(hub, tmp_path):
    words = ["--hub", "org/gated", "--revision", COMMIT, "--out", tmp_path / "out"]
    done = program("hub.fetch_model", *words)
    ended = subprocess.run(done, capture_output=True, text=True, env=environment(hub, tmp_path, HF_TOKEN=TOKEN))
    assert "model org/gated: has no safetensors" in one_line(ended)  # it was read, and is what it is


def test_locks_are_filled_sorted_and_kept(hub, tmp_path):
    needed = [["model", "org/gated"], ["dataset", "org/rows"]]
    ended, rows = lock(hub, tmp_path, needed)
    assert ended.returncode == 0, ended.stderr
    assert [row.rpartition(",")[0] for row in rows] == [
        f"dataset,org/rows,{COMMIT},apache-2.0",
        f"model,org/gated,{COMMIT},gemma",
    ]
    assert "gated: accept its licence at https://huggingface.co/org/gated" in ended.stdout
    assert "2 of 2 are locked" in ended.stdout
    hub.repositories["dataset", "org/rows"].commit = "a" * 40
    hub.asked.clear()
    assert lock(hub, tmp_path, needed)[1] == rows and hub.asked == []
    again = lock(hub, tmp_path, needed, ["org/rows"])[1]
    assert again[0] == rows[0] and f"org/rows,{'a' * 40}" in again[1] and again[2] == rows[1]
    assert lock(hub, tmp_path, needed, ["all"])[1] == again


def test_another_branch_is_locked_and_fetched(hub, tmp_path):
    hub.repositories["dataset", "org/rows"].branches["refs/convert/parquet"] = "b" * 40
    ended, rows = lock(hub, tmp_path, [["dataset", "org/rows", "refs/convert/parquet"]])
    assert ended.returncode == 0, ended.stderr
    assert rows[0].startswith(f"dataset,org/rows,{'b' * 40},")
    assert fetch(hub, tmp_path, commit="b" * 40).returncode == 0
    line = one_line(lock(hub, tmp_path, [["model", "org/gated", "refs/pr/7"]])[0])
    assert "model org/gated: has no revision refs/pr/7; fix its branch in the config" in line


def test_what_cannot_be_locked_is_named_and_the_rest_is_written(hub, tmp_path):
    ended, rows = lock(hub, tmp_path, [["model", "org/away"], ["model", "org/gated"]])
    line = one_line(ended)
    assert "model org/away: not on the hub" in line and "still not locked: model org/away" in line
    assert len(rows) == 1 and "org/gated" in rows[0]


@pytest.mark.parametrize(
    ("way", "says"),
    [
        ({"HF_HUB_OFFLINE": "1"}, "HF_HUB_OFFLINE is set"),
        ({"HF_ENDPOINT": "http://127.0.0.1:9"}, "the hub (http://127.0.0.1:9) cannot be reached"),
    ],
)
def test_offline_says_which_entries_are_needed(hub, tmp_path, way, says):
    needed = [["model", "org/gated"], ["dataset", "org/rows"]]
    ended, rows = lock(hub, tmp_path, needed, **way)
    line = one_line(ended)
    assert says in line and "still not locked: dataset org/rows, model org/gated" in line
    assert rows == []


def test_renewing_what_is_not_needed_is_refused(hub, tmp_path):
    line = one_line(lock(hub, tmp_path, [["model", "org/gated"]], ["org/gatde"])[0])
    assert "'org/gatde' is in no model or data set; allowed: all, org/gated" in line
