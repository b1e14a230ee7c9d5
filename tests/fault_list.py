"""The faults that docs/faults.md names, each with its test."""

import re
from pathlib import Path

from tests.conftest import ROOT

ROW = re.compile(
    r"^\| (?P<fault>[^|]+) \| [^|]+ \| `(?P<file>\w+)::(?P<test>\w+)(?P<case>\[[^`]+\])?` \|$", re.MULTILINE
)


def faults() -> dict[str, tuple[Path, str, str]]:
    """Fault → its test's file, below tests/, function and case, empty where all cases of the function are meant."""
    files = {file.stem: file.relative_to(ROOT) for file in (ROOT / "tests").rglob("test_*.py")}
    rows = ROW.finditer((ROOT / "docs/faults.md").read_text(encoding="utf-8"))
    return {row["fault"]: (files[row["file"]], row["test"], row["case"] or "") for row in rows}
