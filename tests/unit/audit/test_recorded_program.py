"""Replay runs programs of this project alone, whatever a record names: each forged record is refused in one line."""

import inspect
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from polyglot.audit import recorded_program
from polyglot.core import provenance
from polyglot.core.errors import InputError
from polyglot.study.commands import accelerate
from polyglot.study.views import Views
from tests.conftest import program
from tests.unit import audit_tree as tree

OWN = "polyglot.report.figure_02_data"
FILES = ["--files", json.dumps({tree.FIGURE: "x"})]
TOUCH = "open('ran', 'w').close()"


@pytest.fixture
def project(small_study, tmp_path):
    return Path(shutil.copytree(small_study, tmp_path / "project"))


def forge(project, **changes):
    """Write another record of the figure, checksum and all; the manifest lists it as it is."""
    path = project / f"{tree.RESULTS}/audit/records/{tree.FIGURE}.json"
    record = json.loads(path.read_text("utf-8"))
    path.write_text(provenance.sealed({**record, **changes}), encoding="utf-8")
    tree.manifest(project)
    return record


def replay(project, *words, **environment):
    command = program("audit.replay", tree.FIGURE, *words)
    env = os.environ | environment
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)


def refused(project, said):
    """Replay says why in one line and runs nothing."""
    before = sorted(project.rglob("ran"))
    ended = replay(project, SECRET_KEY="sk-secret")
    assert ended.returncode == 1 and ended.stderr.count("\n") == 1 and said in ended.stderr, ended.stderr
    assert ended.stdout == "" and sorted(project.rglob("ran")) == before == []


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["bash", "-c", f"touch ran; python -m {OWN}"], "no program of this project"),
        (["bash", "-c", "touch /ran", "-m", OWN], "another launcher than python and accelerate"),
        (["python", "-c", TOUCH, "-m", OWN], "another launcher"),
        (["python; touch /ran", "-m", OWN], "another launcher"),
        (["$(touch /ran)", "-m", OWN], "another launcher"),
        (["env", "python", "-m", OWN], "another launcher"),
        (["python", "-m", f"{OWN}; touch /ran"], "no program of a stage"),
        (["python", "-m", f"$(touch /ran){OWN}"], "no program of a stage"),
        (["python", "-m", "timeit", TOUCH], "no program of a stage"),
        (["python", "-m", "polyglot.core.record", "--", "touch", "/ran"], "no program of a stage"),
        (["python", "-m", "polyglot.audit.replay", tree.FIGURE], "no program of a stage"),
        (["python", "-m", "polyglot.report.score", *FILES], "score.py, which is not in its list of code"),
        (["python", "-m", OWN, "--out", "/ran"], "a file outside the project"),
        (["python", "-m", OWN, "--out=../../ran"], "a file outside the project"),
        (["python", "-m"], "no program of a stage"),
        (["python", "-m", 7], "no program of this project"),
        ([], "no program of this project"),
        (["accelerate", "launch", "--config_file", "/mine.yaml", "-m", OWN], "accelerate with --config_file"),
        (["accelerate", "launch", "--main_process_ip", "10.0.0.1", "-m", OWN], "accelerate with --main_process_ip"),
        (["accelerate", "test", "-m", OWN], "another launcher"),
    ],
)
def test_another_command_than_a_program_of_the_project_is_refused(command, said):
    job = {"output": tree.FIGURE, "code": {tree.code_of("figure_02_data"): "0"}, "command": command}
    with pytest.raises(InputError, match=f"^{re.escape(tree.FIGURE)}: its record names .*{said}.*; nothing was run"):
        recorded_program.command_of(job)


def test_a_record_with_a_shell_runs_nothing(project):
    forge(project, command=["bash", "-c", f"env > {project}/ran", "-m", OWN])
    refused(project, "another launcher than python and accelerate")


@pytest.mark.parametrize(
    ("field", "path", "said"),
    [
        ("code", "scripts/tabulate.py", "code outside scripts/polyglot/"),
        ("code", "scripts/polyglot/../tabulate.py", "code outside scripts/polyglot/"),
        ("code", "/tmp/x.py", "code outside scripts/polyglot/"),
        ("inputs", "/etc/hostname", "an input outside the project"),
        ("inputs", "results/../../x", "an input outside the project"),
        ("inputs", "./scripts/tabulate.py", "an input outside the project"),
        ("inputs", tree.FIGURE, "in the place of an output"),
    ],
)  # fmt: skip
def test_a_path_that_lies_where_none_of_its_kind_does_is_refused(field, path, said):
    job = {"output": tree.FIGURE, "outputs": [tree.FIGURE], "code": {}, "inputs": {}}
    recorded_program.refuse_paths(job, tree.STUDY)
    with pytest.raises(InputError, match=said):
        recorded_program.refuse_paths({**job, field: {path: "0" * 64}}, tree.STUDY)


@pytest.mark.parametrize(
    "output", ["/tmp/out.csv", "results/test/../../out.csv", "results/other/x.csv", "config.yaml", 7]
)
def test_an_output_outside_the_study_is_refused(output):
    job = {"output": tree.FIGURE, "outputs": [tree.FIGURE, output], "code": {}, "inputs": {}}
    with pytest.raises(InputError, match="an output outside the study"):
        recorded_program.refuse_paths(job, tree.STUDY)


def test_a_module_among_the_inputs_must_be_one_of_the_projects(project):
    forge(project, inputs={"scripts/json.py": "0" * 64})
    (project / "scripts/json.py").write_text(TOUCH)
    refused(project, "scripts/json.py: is not the code that was run")


def test_a_changed_module_is_refused_though_the_record_has_its_hash(project):
    path = project / tree.code_of("figure_02_data")
    path.write_text(f"{TOUCH}\n{path.read_text('utf-8')}", encoding="utf-8")
    refused(project, f"{tree.code_of('figure_02_data')}: is not the code that was run")


def git(project, *words):
    subprocess.run(["git", "-c", "user.name=x", "-c", "user.email=x@y.z", *words], cwd=project, check=True)


def test_a_module_that_git_does_not_track_is_refused(project):
    stranger = project / "scripts/polyglot/report/stranger.py"
    stranger.write_text(TOUCH)
    git(project, "init", "-q")
    git(project, "add", tree.code_of("figure_02_data"))
    git(project, "commit", "-qm", "code")
    assert replay(project).returncode == 0
    code = {str(stranger.relative_to(project)): provenance.sha256_of(stranger)}
    forge(project, command=["python", "-m", "polyglot.report.stranger"], code=code)
    refused(project, "scripts/polyglot/report/stranger.py: is not tracked by git")


@pytest.mark.parametrize("commit", ["--output=ran", "HEAD", "0" * 40, None, 7])
def test_a_commit_that_the_branch_does_not_hold_gives_no_code(project, commit):
    git(project, "init", "-q")
    git(project, "add", "scripts")
    git(project, "commit", "-qm", "code")
    assert recorded_program.source_at(project, commit, tree.code_of("figure_02_data")) is None
    assert not (project / "ran").exists()


def test_a_commit_of_another_branch_gives_no_code(project):
    git(project, "init", "-q")
    git(project, "add", "scripts")
    git(project, "commit", "-qm", "code")
    git(project, "checkout", "-qb", "elsewhere")
    git(project, "commit", "-qm", "theirs", "--allow-empty")
    theirs = subprocess.run(["git", "rev-parse", "HEAD"], cwd=project, capture_output=True, text=True).stdout.strip()
    path = tree.code_of("figure_02_data")
    assert recorded_program.source_at(project, theirs, path) == (project / path).read_bytes()
    git(project, "checkout", "-q", "@{-1}")
    assert recorded_program.source_at(project, theirs, path) is None


def test_a_program_sees_no_key_and_no_folder_of_the_users(tmp_path):
    here = {"OPENAI_API_KEY": "sk-secret", "HF_TOKEN": "hf_secret", "HOME": "/home/me", "PYTHONPATH": "/evil"}
    here |= {"LD_PRELOAD": "/evil.so", "CUDA_VISIBLE_DEVICES": "1", "PATH": "/evil"}
    seen = recorded_program.environment_of({"machine": {"threads": 3}}, tmp_path, tmp_path / "home", here)
    assert seen == {
        "CUDA_VISIBLE_DEVICES": "1",
        "PATH": f"{Path(sys.executable).parent}:/bin:/usr/bin",
        "HOME": str(tmp_path / "home"),
        "TMPDIR": str(tmp_path / "home"),
        "LANG": "C.UTF-8",
        "OMP_NUM_THREADS": "3",
        "PYTHONDONTWRITEBYTECODE": "1",
        "HF_HUB_OFFLINE": "1",
        "HF_DATASETS_OFFLINE": "1",
        "TRANSFORMERS_OFFLINE": "1",
        "PYTHONPATH": str(tmp_path / "scripts"),
        "PYTHONNOUSERSITE": "1",
        "PYTHONSAFEPATH": "1",
    }


def test_the_commands_of_the_workflow_are_run_as_they_are():
    launch = "accelerate launch --quiet --config_file resources/accelerate/fsdp.yaml --num_processes 4 --num_machines 1"
    launch += " --mixed_precision no --dynamo_backend no --num_cpu_threads_per_process 8"
    module = [
        "-m",
        "polyglot.training.train",
        "--seed",
        "7",
        "--title",
        "either/or; a < b",
        "--settings",
        '{"a": "/x"}',
    ]
    job = {"output": "o", "code": {"scripts/polyglot/training/train.py": "0"}}
    command = recorded_program.command_of({**job, "command": [*launch.split(), *module]})
    assert command == [str(Path(sys.executable).with_name("accelerate")), *launch.split()[1:], *module]
    command = recorded_program.command_of({**job, "command": ["/opt/env/bin/python3.11", *module]})
    assert command == [sys.executable, *module]
    with pytest.raises(InputError, match="accelerate with --num_processes"):
        recorded_program.command_of({**job, "command": ["accelerate", "launch", "--num_processes", "x", *module]})


def test_every_option_that_the_workflow_gives_accelerate_is_known():
    options = set(re.findall(r"--[a-z_]+", inspect.getsource(accelerate) + inspect.getsource(Views.launcher)))
    assert "--mixed_precision" in options and "--config_file" in options
    assert options == {"--quiet", *recorded_program.SETTINGS}
