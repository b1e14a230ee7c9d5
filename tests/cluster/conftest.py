"""A cluster, and a copy of the project that is its site."""

import pytest

from tests.cluster.slurm import Cluster, missing
from tests.conftest import copy_project


def started(folder, **options):
    """A running cluster, or a test skipped with the packages that it lacks."""
    if lacking := missing(options.get("accounting", False)):
        pytest.skip(f"SLURM is not installed here ({', '.join(lacking)} not found): apt-get install slurm-wlm munge")
    cluster = Cluster(folder, **options)
    try:
        return cluster.start()
    except BaseException:
        cluster.stop()
        raise


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    """No accounting; a node that does not answer is down after seconds, a job over its memory is killed."""
    item = started(tmp_path_factory.mktemp("slurm") / "cluster", node_timeout=10, kill_over_memory=True)
    yield item
    item.stop()
    assert item.processes() == []


@pytest.fixture(scope="module")
def accounting(tmp_path_factory):
    """With slurmdbd on MariaDB."""
    item = started(tmp_path_factory.mktemp("slurm") / "cluster", accounting=True)
    yield item
    item.stop()
    assert item.processes() == []


@pytest.fixture(scope="module")
def two_nodes(tmp_path_factory):
    """No accounting; a job that asks for no single node may be spread over both."""
    item = started(tmp_path_factory.mktemp("slurm") / "cluster", nodes=2)
    yield item
    item.stop()
    assert item.processes() == []


@pytest.fixture
def project(tmp_path):
    return copy_project(tmp_path / "project")
