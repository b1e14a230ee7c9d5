"""How often the intervals of a ranking hold the truth, and the time of a ranking of the paper's size (`make bench`).

Coverage: 1,000 simulated studies of each kind; limits are set for studies of the paper's shape and for teachers that
hardly differ, the other kinds are printed. Time: made-up measurements of every student of config.yaml, 10,500 rows and
6,000 items each. Exit code 1 where a target is missed.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

import numpy as np
import pandas as pd
import yaml
from targets import Targets

from polyglot.analysis.observations import Observations
from polyglot.analysis.score import SCORES
from polyglot.analysis.simulation import WORLDS, coverage
from polyglot.core.sheets import write_sheet
from polyglot.study.design import Cell, Design

ROOT = Path(__file__).parents[2]
STUDIES, DRAWS = 1000, 1000
LIMITED = ["gain", "pgr", "pg_score_gain"]  # pg_score is the two halves of these
LIMITED_WORLDS = ["teachers as far apart as in the paper", "teachers that hardly differ"]
ITEMS, ROWS = 6000, 10_500


def bench_coverage(targets: Targets) -> None:
    """The table of coverage of each kind of study, and the limits of two."""
    for name, world in WORLDS.items():
        table = coverage(world, STUDIES, DRAWS, seed=1)
        print(f"{name}: {STUDIES} studies\n{table.round(3).to_string()}")
        if name not in LIMITED_WORLDS:
            continue
        for score, row in table.loc[LIMITED].iterrows():
            for what in ("interval", "rank"):
                if not np.isnan(row[what]):
                    targets.check(f"{what}s of {score} that hold the truth", row[what], ">=", 0.93)
                    targets.check(f"{what}s of {score} that hold the truth", row[what], "<=", 0.97)
            if not np.isnan(row["wrong"]):
                targets.check(f"rankings by {score} that name a wrong single best", row["wrong"], "<=", 0.05)


def made_up(folder: Path, config: dict) -> int:
    """Scores and observations of every student of a config; returns the number of students."""
    random = np.random.default_rng(1)
    cells = Design(config).cells
    scores = pd.DataFrame([cell._asdict() for cell in cells]).reindex(columns=list(SCORES.columns))
    for name in scores.columns[len(Cell._fields) :]:
        scores[name] = random.uniform(0.5, 1, len(scores)) + (name in ("judge_score", "perplexity"))
    scores = scores.assign(anchor_valid=True, rows=ROWS, rows_asked=ROWS)
    write_sheet(folder / "scores.csv", scores)
    requests = np.array([f"{number:016x}" for number in range(ROWS)])
    for (base, language), part in scores.groupby(["student_base", "language"]):
        names = [Cell(*values).data for values in part[list(Cell._fields)].itertuples(index=False)]
        models = pd.DataFrame(random.random((ITEMS, len(names) + 2)) < 0.5, columns=["base", "reference", *names])
        items = pd.DataFrame({"benchmark": np.repeat(["a", "b", "c"], ITEMS // 3), "item_id": "i", "weight": 1.0})
        values = ["prompt_distance", "response_distance", "score", "perplexity"]
        rows = pd.DataFrame(random.uniform(1, 2, (ROWS * len(names), 4)), columns=values).astype("float32")
        rows = rows.assign(data=np.repeat(names, ROWS), request_id=np.tile(requests, len(names)))
        observations = Observations(items.assign(stratum="", decides=True).join(models.astype(float)), rows)
        observations.write(folder / base / f"{language}.csv")
    return len(scores)


def bench_time(targets: Targets) -> None:
    """Time and memory of the program on a study of the paper's size."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        students = made_up(folder, config)
        command = [sys.executable, "-m", "polyglot.analysis.ranking", "--scores", str(folder / "scores.csv")]
        recipe, size = Design(config).main
        command += ["--observations", str(folder), "--main-recipe", recipe, "--main-size", str(size), "--seed", "1"]
        command += ["--out", str(folder / "ranking.csv")]
        start = time.perf_counter()
        subprocess.run(command, check=True, env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin"})
        targets.check(f"ranking of {students} students", time.perf_counter() - start, "<=", 20, " s")
    memory = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1e3
    targets.check("  its memory", memory, "<=", 1000, " MB")


if __name__ == "__main__":
    targets = Targets()
    bench_time(targets)
    bench_coverage(targets)
    sys.exit(0 if targets.met else 1)
