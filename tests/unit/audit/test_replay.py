"""Replay: one artifact made again from its recorded inputs; and the comparison of files of every kind."""

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.numpy import save_file

from polyglot.audit.comparing import DIFFERENT, EQUAL, IDENTICAL, Tolerance, compare
from polyglot.core.settings_files import word_of
from tests.conftest import program
from tests.unit import audit_tree as tree

PROGRAM = tree.code_of("figure_02_data")
TOLERANCE = Tolerance(relative=1e-3, absolute=1e-9)


@pytest.fixture
def project(small_study, tmp_path):
    return Path(shutil.copytree(small_study, tmp_path / "project"))


def replay(project, *words):
    command = program("audit.replay", *words)
    return subprocess.run(command, cwd=project, capture_output=True, text=True)


def test_an_artifact_is_made_again_from_its_inputs_alone(project, tmp_path):
    ended = replay(project, tree.FIGURE, "--scratch", str(tmp_path / "scratch"), "--json")
    content = json.loads(ended.stdout)
    assert (ended.returncode, content["verdict"], content["rule"]) == (0, IDENTICAL, "figure_02_data")
    assert [file["path"] for file in content["files"]] == [tree.FIGURE]
    present = {
        str(path.relative_to(tmp_path / "scratch")) for path in (tmp_path / "scratch").rglob("*") if path.is_file()
    }
    assert present == {PROGRAM, f"{tree.RESULTS}/scores.csv", tree.FIGURE, "replay.log"}


def test_a_model_is_compared_file_by_file(project):
    content = json.loads(replay(project, f"{tree.STUDENT}/model", "--json").stdout)
    asked = {file["path"] for file in content["files"] if file["asked"]}
    assert asked == {f"{tree.STUDENT}/model/model.safetensors", f"{tree.STUDENT}/model/{tree.NAME}"}
    assert {file["verdict"] for file in content["files"]} == {IDENTICAL}


PRESENT = ["--present-code"]


def change_program(project, old, new):
    program = project / PROGRAM
    program.write_text(program.read_text("utf-8").replace(old, new), encoding="utf-8")


@pytest.mark.parametrize(
    ("new", "code", "said"),
    [
        ("out.write(content.replace('0.25', '0.25000001'))", 0, f"{tree.FIGURE}: {EQUAL}"),
        ("out.write(content.replace('0.25', '0.75'))", 1, "line 2, value: 0.25 was recorded, 0.75 remade"),
        ("out.write(content.replace('t,', 'u,'))", 1, "line 2, row: 't' was recorded, 'u' remade"),
    ],
)
def test_what_differs_is_said(project, new, code, said):
    change_program(project, "out.write(content if isinstance(content, str) else json.dumps(content))", new)
    ended = replay(project, tree.FIGURE, *PRESENT)
    assert ended.returncode == code and said in ended.stdout, ended.stdout + ended.stderr


def test_changed_code_is_refused_and_taken_from_git(project):
    def git(*words):
        subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *words], cwd=project, check=True)

    change_program(project, "done", "over")
    ended = replay(project, tree.FIGURE)
    assert ended.returncode == 1 and f"{PROGRAM}: is not the code that was run" in ended.stderr
    git("init", "-q")
    git("add", "scripts")
    git("commit", "-qm", "code")
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=reads)
    change_program(project, "over", "and out")
    ended = replay(project, tree.FIGURE)
    assert ended.returncode == 0 and f"{PROGRAM} is taken from commit" in ended.stdout


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (f"{tree.RESULTS}/logs/score.log", "is no output of a rule"),
        (f"{tree.RESULTS}/nothing.csv", "no record names it"),
    ],
)
def test_what_cannot_be_replayed(project, path, said):
    ended = replay(project, path)
    assert ended.returncode == 1 and said in ended.stderr and ended.stderr.count("\n") == 1


def test_an_input_that_changed_or_went_is_named(project):
    (project / f"{tree.RESULTS}/scores.csv").write_text("other")
    assert f"{tree.RESULTS}/scores.csv: is not what was read then" in replay(project, tree.FIGURE).stderr
    (project / f"{tree.RESULTS}/scores.csv").unlink()
    assert f"{tree.RESULTS}/scores.csv: is not there; it is an input" in replay(project, tree.FIGURE).stderr


def test_a_program_that_fails_says_so(project):
    change_program(project, 'print("done")', "sys.exit('no such luck')")
    ended = replay(project, tree.FIGURE, *PRESENT)
    assert ended.returncode == 1 and "the program ended with 1: no such luck" in ended.stderr


def test_a_setting_that_is_too_long_for_a_command_line_travels_as_it_did(project, monkeypatch):
    monkeypatch.chdir(project)
    setting = word_of("x" * 200_000, write=True)
    reads, written = tree.JOBS["figure_02_data"]
    tree.run(project, "figure_02_data", written, reads=reads, options=("--note", setting))
    ended = replay(project, tree.FIGURE)
    assert ended.returncode == 0 and f"{tree.FIGURE}: {IDENTICAL}" in ended.stdout, ended.stderr


def test_answers_that_cost_money_are_not_asked_for_again(project):
    reads, written = tree.JOBS["generate"]
    tree.run(project, "generate", written, reads=reads, options=("--api", '{"base_url": "https://x.example"}'))
    assert "was asked of https://x.example, for money" in replay(project, f"{tree.SYNTHETIC}.parquet").stderr


def pair(folder, name, write, item, two):
    for side, content in (("a", item), ("b", two)):
        (folder / side).mkdir()
        write(folder / side / name, content)
    return compare(folder / "a" / name, folder / "b" / name, TOLERANCE)


def text(path, content):
    path.write_text(content, encoding="utf-8")


def parquet(path, content):
    pd.DataFrame(content).to_parquet(path, index=False)


def tensors(path, content):
    save_file({"w": np.array(content, dtype=np.float32)}, path)


@pytest.mark.parametrize(
    ("name", "write", "item", "two", "verdict", "said"),
    [
        ("a.json", text, '{"x": [1, 2.0]}', '{"x":[1,2.0]}', EQUAL, "largest relative difference is 0"),
        ("a.json", text, '{"x": 2.0}', '{"x": 2.0001}', EQUAL, "5e-05"),
        ("a.json", text, '{"x": {"y": [1, 2]}}', '{"x": {"y": [1, 3]}}', DIFFERENT, "$.x.y[1]: 2 was recorded, 3"),
        ("a.json", text, '{"x": 1}', '{"x": true}', DIFFERENT, "$.x: 1 was recorded, True remade"),
        ("a.json", text, '{"x": 1}', '{"x": 1, "y": 2}', DIFFERENT, "$.y: nothing was recorded, 2 remade"),
        ("a.json", text, '{"x": [1]}', '{"x": [1, 2]}', DIFFERENT, "$.x.length: 1 was recorded, 2 remade"),
        ("a.json", text, '{"x": 1}', "{", DIFFERENT, "cannot be read"),
        ("a.jsonl", text, '{"t": "سؤال"}\n{"t": 1}\n', '{"t": "سؤال"}\n{"t": 2}\n', DIFFERENT, "line 2.t: 1 was"),
        ("a.csv", text, "k,v\na,0.5\n", "k,v\na,0.50001\n", EQUAL, "2e-05"),
        ("a.csv", text, "k,v\na,0.5\n", "k,v\na,\n", DIFFERENT, "line 2, v: 0.5 was recorded, '' remade"),
        ("a.csv", text, "k,v\na,1\n", "k,v\na,1\nb,2\n", DIFFERENT, "line 3.cells: nothing was recorded"),
        ("a.csv", text, "k,v\n", "k,w\n", DIFFERENT, "header: ['k', 'v'] was recorded"),
        ("a.parquet", parquet, {"p": ["日本"], "n": [1.0]}, {"p": ["日本"], "n": [1.0001]}, EQUAL, "0.0001"),
        ("a.parquet", parquet, {"p": ["日本"]}, {"p": ["日本語"]}, DIFFERENT, "row 0.p: '日本' was recorded"),
        ("a.parquet", parquet, {"p": [1]}, {"p": [1.0]}, DIFFERENT, "columns: ['p: int64'] was recorded"),
        ("a.safetensors", tensors, [1.0, 2.0], [1.0, 2.0002], EQUAL, "0.0001"),
        ("a.safetensors", tensors, [1.0, 2.0], [1.0, 3.0], DIFFERENT, "w: element 1: 2.0 was recorded, 3.0 remade"),
        ("a.safetensors", tensors, [1.0, 2.0], [1.0], DIFFERENT, "w: float32[2] was recorded, float32[1]"),
        ("a.pdf", text, "%PDF-1 abc", "%PDF-1 abd", DIFFERENT, "byte 9 is the first to differ, of 10 and 10 bytes"),
        ("a.png", text, "abc", "abcd", DIFFERENT, "byte 3 is the first to differ, of 3 and 4 bytes"),
    ],
)  # fmt: skip
def test_two_files(tmp_path, name, write, item, two, verdict, said):
    result = pair(tmp_path, name, write, item, two)
    assert result.verdict == verdict and said in result.detail.replace("np.float64(", "").replace(")", ""), result


def test_the_same_bytes_are_identical(tmp_path):
    assert pair(tmp_path, "a.csv", text, "k\n1\n", "k\n1\n").verdict == IDENTICAL


def test_no_number_equals_itself_alone():
    assert TOLERANCE.equal(float("nan"), float("nan")) and not TOLERANCE.equal(float("nan"), 1.0)
    assert TOLERANCE.equal(float("inf"), float("inf")) and not TOLERANCE.equal(float("inf"), 1e300)
