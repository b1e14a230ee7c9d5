"""What several modules of unit tests start from."""

import pytest

from tests.unit import audit_tree


@pytest.fixture(scope="session")
def small_study(tmp_path_factory):
    """A small study that the recorder made; copy it before you change it."""
    return audit_tree.build(tmp_path_factory.mktemp("small") / "project")
