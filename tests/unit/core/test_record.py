"""The recorder: runs a program as it is, and writes down what it read and wrote."""

import fcntl
import hashlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as some

from polyglot.core import provenance
from polyglot.core.errors import InputError
from polyglot.core.record import refuse_damaged
from tests.conftest import program

PROGRAM = """
import os, sys
source, target = sys.argv[2], sys.argv[4]
text = open(source).read()
os.makedirs(os.path.dirname(target), exist_ok=True)
open(target, "w").write(text.upper() + os.environ["OMP_NUM_THREADS"])
"""


@pytest.fixture
def project(tmp_path):
    (tmp_path / "scripts/polyglot").mkdir(parents=True)
    (tmp_path / "scripts/polyglot/shout.py").write_text(PROGRAM)
    (tmp_path / "results/test").mkdir(parents=True)
    (tmp_path / "results/test/سؤال 1.txt").write_text("ahoj")
    return tmp_path


def command_of(output, source="results/test/سؤال 1.txt", inputs=()):
    command = program("core.record", "--wildcards", '{"study": "test"}', "--threads", "3")
    command += ["--code", "scripts/polyglot/shout.py", *(inputs or ["--inputs", "scripts/polyglot/shout.py", source])]
    command += ["--outputs", output, "--logs", "results/test/logs/shout/1.log", "--"]
    return [*command, sys.executable, "-m", "polyglot.shout", "--in", source, "--out", output]


def record(project, output, *, source="results/test/سؤال 1.txt", inputs=(), **environment):
    command, environment = command_of(output, source, inputs), os.environ | environment
    return subprocess.run(command, cwd=project, env=environment, capture_output=True, text=True)


def load(project, output):
    return json.loads((project / f"results/test/audit/records/{output}.json").read_text("utf-8"))


def hashes(path):
    return {file["path"]: file["sha256"] for file in provenance.known(path)}


def sha256(text):
    return hashlib.sha256(text.encode()).hexdigest()


def test_a_job_is_recorded_with_all_that_it_read_and_wrote(project):
    assert record(project, "results/test/out.txt").returncode == 0
    made = load(project, "results/test/out.txt")
    assert [(file["path"], file["sha256"], file["bytes"]) for file in made["files"]] == [
        ("results/test/out.txt", sha256("AHOJ3"), 5)
    ]
    assert made["inputs"] == {"results/test/سؤال 1.txt": sha256("ahoj")}
    assert made["code"] == {"scripts/polyglot/shout.py": sha256(PROGRAM)}
    assert made["params"] == {"in": "results/test/سؤال 1.txt", "out": "results/test/out.txt"}
    assert (made["rule"], made["wildcards"], made["machine"]["threads"]) == ("shout", {"study": "test"}, 3)
    assert made["versions"]["python"] == ".".join(map(str, sys.version_info[:3]))
    assert made["git"] == {"commit": None, "clean": None}


def test_a_failure_is_passed_on_and_not_recorded(project):
    (project / "scripts/polyglot/shout.py").write_text("import sys; sys.exit(7)")
    assert record(project, "results/test/out.txt").returncode == 7
    assert not (project / "results/test/audit").exists()


def test_what_a_killed_job_left_half_written_is_removed_before_it_runs_again(project):
    folder = project / "results/test"
    records = folder / "audit/records/results/test"
    records.mkdir(parents=True)
    left = [folder / ".out.txt.17.txt", records / ".out.txt.json.17.json"]
    others = [folder / ".out.txt.swp", folder / ".out2.txt.17.txt", folder / "out.txt.17.txt"]
    for file in [*left, *others]:
        file.touch()
    assert record(project, "results/test/out.txt").returncode == 0
    assert [file for file in left if file.exists()] == []
    assert [file for file in others if not file.exists()] == []


def wait_until(condition):
    ends = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < ends
        time.sleep(0.05)


def test_a_job_waits_for_what_an_earlier_run_of_it_left_running(project):
    log, output = project / "results/test/logs/shout/1.log", project / "results/test/out.txt"
    log.parent.mkdir(parents=True)
    with open(log, "w+") as earlier, open(project / "said.txt", "w") as said:
        fcntl.flock(earlier, fcntl.LOCK_EX)
        later = subprocess.Popen(command_of("results/test/out.txt"), cwd=project, stderr=said)
        wait_until(lambda: "1.log: an earlier run of this job still writes" in (project / "said.txt").read_text())
        assert not output.exists()
    assert later.wait(60) == 0 and output.read_text() == "AHOJ3"


SNAKEMAKE = """
import subprocess, sys
subprocess.run(["bash", "-c", '"$@"; exit $?', "bash", *sys.argv[1:]])
"""


def test_a_program_ends_with_the_snakemake_that_started_it_and_holds_the_log_until_then(project):
    (project / "snakemake").write_text(SNAKEMAKE)
    sleep = "import os, time; open('begun', 'w').write(str(os.getpid())); time.sleep(600)"
    (project / "scripts/polyglot/shout.py").write_text(sleep)
    log, begun = project / "results/test/logs/shout/1.log", project / "begun"
    log.parent.mkdir(parents=True)
    log.touch()
    engine = subprocess.Popen([sys.executable, "snakemake", *command_of("results/test/out.txt")], cwd=project)
    wait_until(lambda: begun.exists() and begun.read_text())
    with open(log, "r+") as again:
        with pytest.raises(BlockingIOError):
            fcntl.flock(again, fcntl.LOCK_EX | fcntl.LOCK_NB)
        engine.send_signal(signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{begun.read_text()}").exists())
        fcntl.flock(again, fcntl.LOCK_EX)
    engine.wait()
    assert not (project / "results/test/audit").exists()


def test_an_input_is_read_once_while_it_stays_as_it_was_made(project, monkeypatch):
    record(project, "results/test/out.txt")
    monkeypatch.chdir(project)
    monkeypatch.setattr(provenance, "sha256_of", lambda path: "read again")
    made = Path("results/test/out.txt")
    assert hashes(made) == {str(made): sha256("AHOJ3")}
    os.utime(made, ns=(1, 1))
    assert hashes(made) == {str(made): "read again"}


def test_a_folder_stands_for_its_files_and_a_new_one_is_seen(project, monkeypatch):
    monkeypatch.chdir(project)
    folder = Path("results/test/model")
    for name in ("a.json", "b/c.json", ".snakemake_timestamp"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(name)
    assert hashes(folder) == {f"{folder}/a.json": sha256("a.json"), f"{folder}/b/c.json": sha256("b/c.json")}


def test_a_program_ends_with_its_recorder_though_that_is_killed_without_a_word(project):
    sleep = "import os, time; open('begun', 'w').write(str(os.getpid())); time.sleep(600)"
    (project / "scripts/polyglot/shout.py").write_text(sleep)
    begun, recorder = project / "begun", subprocess.Popen(command_of("results/test/out.txt"), cwd=project)
    wait_until(lambda: begun.exists() and begun.read_text())
    recorder.kill()
    recorder.wait()
    wait_until(lambda: not Path(f"/proc/{begun.read_text()}").exists())


def test_an_input_that_is_no_longer_what_its_job_recorded_ends_the_job_before_its_program_runs(project):
    assert record(project, "results/test/out.txt").returncode == 0
    (project / "results/test/out.txt").write_text("AHO")
    ended = record(project, "results/test/second.txt", source="results/test/out.txt")
    assert (ended.returncode, ended.stderr) == (
        1,
        "error: results/test/out.txt: damaged or changed since its job wrote it;"
        " delete results/test/out.txt and run the same command again\n",
    )
    assert not (project / "results/test/second.txt").exists()
    assert record(project, "results/test/out.txt").returncode == 0
    assert record(project, "results/test/second.txt", source="results/test/out.txt").returncode == 0


@pytest.mark.parametrize("damage", [lambda content: content[:3], lambda content: b"", lambda content: b"xbcdef"])
@pytest.mark.parametrize(
    "path",
    ["a.parquet", "m/model.safetensors", "a.json", "a.jsonl", "a.csv", "a.png", "m/tokenizer.json", "a.train.bin"],
)
def test_damage_is_seen_in_a_file_of_whatever_kind_and_inside_a_folder(tmp_path, monkeypatch, path, damage):
    monkeypatch.chdir(tmp_path)
    file = Path("results/test", path)
    output = file.parent if file.parent.name == "m" else file
    file.parent.mkdir(parents=True)
    file.write_bytes(b"abcdef")
    provenance.write_record(output, {"files": provenance.hashed(output)})
    refuse_damaged(provenance.known(output))
    file.write_bytes(damage(b"abcdef"))
    os.utime(file, ns=(1, 1))
    with pytest.raises(InputError, match=rf"^{file}: damaged .*; delete {output} and run the same command again$"):
        refuse_damaged(provenance.known(output))


def test_a_request_to_end_reaches_the_program(project):
    (project / "scripts/polyglot/shout.py").write_text("import time; open('started', 'w').close(); time.sleep(60)")
    command = program("core.record", "--wildcards", "{}", "--threads", "1", "--code")
    command += [
        "scripts/polyglot/shout.py",
        "--inputs",
        "scripts/polyglot/shout.py",
        "--outputs",
        "results/test/out.txt",
        "--logs",
        "l",
    ]
    running = subprocess.Popen([*command, "--", sys.executable, "-m", "polyglot.shout"], cwd=project)
    while not (project / "started").exists():
        time.sleep(0.05)
    running.terminate()
    assert running.wait(10) == 128 + 15
    assert not (project / "results/test/audit").exists()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["--seed", "7", "--data", "a", "b", "--quiet"], {"seed": "7", "data": ["a", "b"], "quiet": True}),
        (["--bias", "-3"], {"bias": "-3"}),
        (["--sampling", '{"top_k": 40}', "--text", "{open"], {"sampling": {"top_k": 40}, "text": "{open"}),
    ],
)
def test_arguments(words, expected):
    assert provenance.arguments_of(words) == expected


def test_thousands_of_inputs_are_one_short_word(project):
    paths = [f"results/test/evaluations/students/base/teacher/es/mix-24/trial{n}/سؤال {n}.json" for n in range(3000)]
    word = provenance.packed(paths)
    assert len(word) < 30_000 and provenance.unpacked(word) == [Path(path) for path in paths]
    source = "results/test/سؤال 1.txt"
    assert (
        record(project, "results/test/out.txt", inputs=["--packed-inputs", provenance.packed([source])]).returncode == 0
    )
    assert load(project, "results/test/out.txt")["inputs"] == {source: sha256("ahoj")}


def test_an_input_that_changes_meanwhile_ends_the_job_without_a_record(project):
    more = "\nopen(source, 'w').write('zkus to znovu')"
    (project / "scripts/polyglot/shout.py").write_text(PROGRAM + more)
    ended = record(project, "results/test/out.txt")
    assert ended.returncode == 1 and "results/test/سؤال 1.txt: changed while the program ran" in ended.stderr
    assert not (project / "results/test/audit/records").exists()


@pytest.mark.parametrize("late", ["", "; time.sleep(0.01); os.utime(__file__, ns=before)"])
def test_a_program_that_changes_meanwhile_is_not_recorded(project, late):
    # also where the change keeps the length and puts the time of change back
    more = "\nimport time; before = (os.stat(__file__).st_atime_ns, os.stat(__file__).st_mtime_ns)"
    more += f"\nown = open(__file__).read(); open(__file__, 'w').write(own.replace('upper', 'lower')){late}"
    (project / "scripts/polyglot/shout.py").write_text(PROGRAM + more)
    ended = record(project, "results/test/out.txt")
    assert (project / "results/test/out.txt").read_text() == "AHOJ3"
    assert ended.returncode == 1 and "scripts/polyglot/shout.py: changed while the program ran" in ended.stderr
    assert not (project / "results/test/audit/records").exists()


SHADOW = "import sys; sys.exit('a stranger was imported')"


def test_a_program_imports_no_module_from_elsewhere(project, tmp_path_factory):
    elsewhere = tmp_path_factory.mktemp("elsewhere")
    site = elsewhere / f"lib/python3.{sys.version_info.minor}/site-packages"
    site.mkdir(parents=True)
    for folder in (elsewhere, site, project):
        (folder / "tabulate.py").write_text(SHADOW)
    (site / "usercustomize.py").write_text(SHADOW)
    (project / "scripts/polyglot/shout.py").write_text("import tabulate\n" + PROGRAM)
    paths = os.pathsep.join([os.environ["PYTHONPATH"], str(elsewhere)])
    ended = record(project, "results/test/out.txt", PYTHONPATH=paths, PYTHONUSERBASE=str(elsewhere))
    assert (ended.returncode, ended.stderr) == (0, "")


@pytest.mark.parametrize("name", ["tabulate.py", "tabulate/__init__.py", "tabulate.so"])
def test_a_module_beside_those_of_the_project_is_refused_before_anything_runs(project, name):
    (project / "scripts" / name).parent.mkdir(exist_ok=True)
    (project / "scripts" / name).write_text(SHADOW)
    ended = record(project, "results/test/out.txt")
    stranger = name.removesuffix("/__init__.py")
    assert ended.returncode == 1 and not (project / "results/test/out.txt").exists()
    message = f"error: scripts/{stranger}: would be imported in place of a package; move it elsewhere\n"
    assert ended.stderr == message


def test_a_file_inside_a_folder_that_a_job_made_is_not_read_again(project, monkeypatch):
    (project / "scripts/polyglot/shout.py").write_text(
        "import os; os.makedirs('results/test/model/a'); open('results/test/model/a/b.json', 'w').write('{}')"
    )
    assert record(project, "results/test/model").returncode == 0
    monkeypatch.chdir(project)
    monkeypatch.setattr(provenance, "sha256_of", lambda path: "read again")
    inside = Path("results/test/model/a/b.json")
    assert hashes(inside) == hashes(Path("results/test/model")) == {str(inside): sha256("{}")}


def test_what_is_installed_is_listed_once_under_its_hash(project):
    assert record(project, "results/test/out.txt").returncode == record(project, "results/test/o.txt").returncode == 0
    (listed,) = (project / "results/test/audit/environments").iterdir()
    assert listed.stem == load(project, "results/test/out.txt")["environment"] == sha256(listed.read_text("utf-8"))
    assert re.search(r"^pandas==\d", listed.read_text("utf-8"), re.MULTILINE)


def test_an_output_that_git_tracks_has_no_record(project):
    assert record(project, "resources/list.csv").returncode == 0
    assert (project / "resources/list.csv").exists() and not list(project.rglob("records"))


def test_a_checksum_covers_all_that_a_record_says(project):
    record(project, "results/test/out.txt")
    made = load(project, "results/test/out.txt")
    assert provenance.sealed(made) == (project / "results/test/audit/records/results/test/out.txt.json").read_text(
        "utf-8"
    )
    assert provenance.sealed({**made, "made_at": "2020"}) != provenance.sealed(made)
    assert json.loads(provenance.sealed({**made, "seed": 8}))["checksum"] != made["checksum"]


@pytest.mark.parametrize(
    ("old", "new", "holds"),
    [
        ("", "", True),
        ('"seed": 7', '"seed": 8', False),
        (' "seed": 7', ' "seed" : 7', False),  # says the same, in other bytes
        (' "seed": 7', ' "seed": 8,\n "seed": 7', False),
        ('"checksum": "', '"checksum": "0', False),
        ("{", "\ufeff{", False),
    ],
)
def test_a_record_holds_in_the_very_bytes_it_was_sealed_in(old, new, holds):
    text = provenance.sealed({"seed": 7, "params": {"checksum": "0", "word": "né"}})
    changed = text.replace(old, new, 1) if old else text
    assert provenance.is_sealed(json.loads(changed.removeprefix("\ufeff")), changed.encode()) is holds


def test_a_record_that_says_a_thing_twice_is_not_sealed_whatever_its_checksum():
    once, twice = '{\n "seed": 7\n}\n', '{\n "seed": 8,\n "seed": 7\n}\n'
    for text, holds in ((once, True), (twice, False)):
        forged = text.replace("{\n", f'{{\n "checksum": "{sha256(text)}",\n', 1)
        assert provenance.is_sealed(json.loads(forged), forged.encode()) is holds


def test_the_commit_and_whether_the_tree_is_clean(project, monkeypatch):
    def git(*words):
        named = ["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *words]
        return subprocess.run(named, cwd=project, check=True, capture_output=True, text=True).stdout.strip()

    monkeypatch.chdir(project)
    git("init", "-q")
    git("add", "scripts", "results")
    git("commit", "-qm", "code")
    assert provenance.commit() == {"commit": git("rev-parse", "HEAD"), "clean": True}
    (project / "scripts/polyglot/shout.py").write_text("# other")
    assert provenance.commit() == {"commit": git("rev-parse", "HEAD"), "clean": False}


PATHS = some.lists(some.from_regex(r"[^/\x00]+(/[^/\x00]+)*", fullmatch=True), min_size=1)


@given(PATHS)
def test_paths_of_any_characters_come_out_as_they_went_in(paths):
    assert provenance.unpacked(provenance.packed(paths)) == [Path(path) for path in paths]
    assert re.fullmatch(r"[A-Za-z0-9+/=]+", provenance.packed(paths))
