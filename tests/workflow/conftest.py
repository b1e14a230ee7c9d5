"""Snakemake, run in a copy of the project."""

import functools
import subprocess
from pathlib import Path

import pytest
from snakemake.api import SnakemakeApi
from snakemake.common.configfile import load_configfile
from snakemake.settings.types import ConfigSettings, OutputSettings, ResourceSettings
from snakemake.utils import update_config

from tests.conftest import PATIENCE, SNAKEMAKE, copy_project


def parsed(*overlays):
    """The workflow in the current folder as Snakemake holds it: of the paper study, or of one laid over it."""
    with SnakemakeApi(OutputSettings(verbose=False)) as api:
        workflow = api.workflow(
            resource_settings=ResourceSettings(cores=2),
            config_settings=ConfigSettings(configfiles=[Path(overlay) for overlay in overlays]),
            snakefile=Path("Snakefile"),
        )
        return workflow._workflow


def merged(overlay):
    """The config of a study that is laid over the paper's, as Snakemake merges them."""
    config = load_configfile("config.yaml")
    update_config(config, load_configfile(overlay))
    return config


@pytest.fixture(autouse=True)
def online(monkeypatch):
    """What a test that loads models in this process has set does not reach the workflow."""
    for name in ("HF_HUB_OFFLINE", "HF_DATASETS_OFFLINE"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def project(tmp_path_factory):
    return copy_project(tmp_path_factory.mktemp("workflow") / "project")


def run_snakemake(project, *arguments):
    """Run snakemake in a copy; returns the finished process with its text."""
    command = [SNAKEMAKE, "--cores", "2", *map(str, arguments)]
    return subprocess.run(command, cwd=project, capture_output=True, text=True, timeout=PATIENCE)


@pytest.fixture
def snakemake(project):
    """Snakemake in the copy of the test."""
    return functools.partial(run_snakemake, project)
