"""How many of the faults in docs/faults.md hold (`make faults`): runs the test of each, and says what came of it.

A test that is skipped here, for want of root or of SLURM, shows nothing. Exit code 1 where a fault does not hold.
"""

import subprocess
import sys
import tempfile
import xml.etree.ElementTree as xml
from pathlib import Path

from targets import Targets

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conftest import ROOT
from tests.fault_list import faults


def outcomes(report: Path) -> dict[tuple[str, str], str]:
    """(Module, test with its case) → `holds`, `skipped` or `broken`, of pytest's report."""
    results = {}
    for case in xml.parse(report).iter("testcase"):
        kinds = {item.tag for item in case}
        state = "broken" if kinds & {"failure", "error"} else "skipped" if "skipped" in kinds else "holds"
        results[case.get("classname", ""), case.get("name", "")] = state
    return results


def verdict(ran: dict[tuple[str, str], str], file: Path, test: str, case: str) -> str:
    """What the tests that stand for a fault say of it."""
    module = ".".join(file.with_suffix("").parts)
    names = {name for place, name in ran if place == module}
    meant = {name for name in names if name == test + case or (not case and name.startswith(f"{test}["))}
    states = {ran[module, name] for name in meant}
    return "broken" if "broken" in states or not states else "skipped" if "skipped" in states else "holds"


def main() -> None:
    listed = faults()
    nodes = sorted({f"{file}::{test}{case}" for file, test, case in listed.values()})
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.xml"
        subprocess.run([sys.executable, "-m", "pytest", "-q", f"--junit-xml={report}", *nodes], cwd=ROOT)
        ran = outcomes(report)
    verdicts = {fault: verdict(ran, *place) for fault, place in listed.items()}
    print("\n".join(f"{said}: {fault}" for fault, said in verdicts.items()))
    targets = Targets()
    targets.check("faults that hold", list(verdicts.values()).count("holds"), ">=", len(listed))
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
