"""Snakemake, run in a copy of the project."""

import subprocess

import pytest

from tests.conftest import copy_project


@pytest.fixture(autouse=True)
def online(monkeypatch):
    """What a test that loads models in this process has set does not reach the workflow."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("workflow") / "project")


@pytest.fixture
def snakemake(project):
    """Run snakemake in the copy; returns the finished process with its text."""

    def run(*arguments):
        command = ["snakemake", "--cores", "2", *map(str, arguments)]
        return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=300)

    return run
