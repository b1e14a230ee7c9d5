"""Twenty kills of the `test` study at random moments (`make bench`): it carries on each time, to the same bytes.

`--target` takes less than the whole study. Exit code 1 where a file differs from that of a run that nothing befell.
"""

import argparse
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from targets import Targets

sys.path.insert(0, str(Path(__file__).parents[2]))

from tests.conftest import SNAKEMAKE, copy_project
from tests.kills import differences, killed


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--target", nargs="+", default=["all"])
    arguments = parser.parse_args()
    command = [SNAKEMAKE, "--profile", "profiles/test", "--", *arguments.target]
    targets = Targets()
    with tempfile.TemporaryDirectory() as folder:
        whole, cut = (copy_project(Path(folder) / name) for name in ("whole", "cut"))
        subprocess.run(command, cwd=whole, check=True, capture_output=True)
        ended = killed(command, cut, arguments.kills, arguments.seed, longest=20)
        different = differences(whole, cut, "results/test", "paper_figures/test")
        print(f"seed {arguments.seed}; {ended.stderr[-2000:] if ended.returncode else 'carried on to the end'}")
        print("\n".join(different))
        targets.check(f"files that differ after {arguments.kills} kills", len(different), "<=", 0)
        targets.check("exit code of the last command", ended.returncode, "<=", 0)
    sys.exit(0 if targets.met else 1)


if __name__ == "__main__":
    main()
