"""Make one artifact again, in a scratch folder, from the inputs that its record names, and compare.

  replay.py results/demo/scores.csv
  replay.py paper_figures/published/figure_08.pdf --json

The recorded command runs on copies of the recorded code and links to the recorded inputs, all of them checked first; it
sees no other file of the project. Each file is then identical, equal within the tolerance (floats differ between
machines), or different, with the first difference. Exit code 1 where the artifact is different.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from polyglot.audit import replaying, tracing
from polyglot.audit.comparing import DIFFERENT, EQUAL, IDENTICAL, Tolerance
from polyglot.errors import InputError, run
from polyglot.files import Json


@contextmanager
def scratch(keep: Path | None) -> Iterator[Path]:
    """An empty folder: the one given, which stays, or one that is removed."""
    if keep is None:
        with tempfile.TemporaryDirectory(prefix="replay-") as folder:
            yield Path(folder)
        return
    if keep.exists() and any(keep.iterdir()):
        raise InputError(f"{keep}: is not empty; give a folder that is, or none")
    keep.mkdir(parents=True, exist_ok=True)
    yield keep.resolve()


def replay(arguments: argparse.Namespace, folder: Path) -> Json:
    """Run the job of the artifact again and compare every file of it."""
    path = str(Path(arguments.path))
    truth = tracing.records_of(arguments.root, path)
    job = replaying.recorded_job(truth, path)
    said = replaying.place(arguments.root, Path(), job, folder, arguments.present_code)
    replaying.run(job, folder)
    tolerance = Tolerance(arguments.relative, arguments.absolute)
    files = list(replaying.differences(arguments.root, truth, job, path, folder, tolerance))
    verdicts = {one.comparison.verdict for one in files if one.asked}
    verdict = next(one for one in (DIFFERENT, EQUAL, IDENTICAL) if one in verdicts)
    return {
        "path": path,
        "rule": job["rule"],
        "verdict": verdict,
        "tolerance": {"relative": tolerance.relative, "absolute": tolerance.absolute},
        "made_at": job["made_at"],
        "other_machine": replaying.machines(job),
        "notes": said,
        "files": [
            {"path": one.path, "asked": one.asked, "verdict": one.comparison.verdict, "detail": one.comparison.detail}
            for one in files
        ],
    }


def main() -> None:
    """Parse the command line, replay, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="an output of a rule, as the project names it: results/… or paper_figures/…")
    parser.add_argument("--relative", type=float, default=1e-4, help="relative tolerance of numbers")
    parser.add_argument("--absolute", type=float, default=1e-6, help="absolute tolerance of numbers")
    parser.add_argument("--present-code", action="store_true", help="run the code as it is now, whatever was recorded")
    parser.add_argument("--scratch", type=Path, help="an empty folder that stays; else one that is removed")
    parser.add_argument("--json", action="store_true", help="machine-readable")
    parser.add_argument("--root", type=Path, default=Path(), help="folder that holds results/ and paper_figures/")
    arguments = parser.parse_args()
    with scratch(arguments.scratch) as folder:
        found = replay(arguments, folder)
    if arguments.json:
        print(json.dumps(found, ensure_ascii=False, indent=2))
    else:
        print(f"{tracing.shown(found['path'])}: {found['verdict']}")
        for note in [*found["notes"], *([f"here: {found['other_machine']}"] if found["other_machine"] else [])]:
            print(f"  {note}")
        for one in found["files"]:
            beside = "" if one["asked"] else " (made beside it)"
            detail = f": {one['detail']}" if one["detail"] else ""
            print(f"  {tracing.shown(one['path'])}{beside}: {one['verdict']}{tracing.shown(detail)}")
    sys.exit(1 if found["verdict"] == DIFFERENT else 0)


if __name__ == "__main__":
    run(main)
