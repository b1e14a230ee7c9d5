"""The list of faults in docs/faults.md names a test that exists for each."""

import ast

from tests.conftest import ROOT
from tests.fault_list import faults


def test_every_fault_has_a_test_that_exists():
    tests = {}
    for fault, (file, name, _) in faults().items():
        tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
        assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, fault
        tests[fault] = file
    page = (ROOT / "docs/faults.md").read_text(encoding="utf-8")
    assert len(tests) == page.count("\n| ") - 2 >= 38, "a row was not read, or a fault is named twice"
