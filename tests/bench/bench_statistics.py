"""How often the p-values of null studies are below 0.05, and how often intervals hold the truth, by what cells share.

Ten teachers in six languages; metrics and scores have nothing to do with each other, but both have effects of teachers
and languages. Usage: bench_statistics.py [studies]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from polyglot.analysis import clusters, regression
from polyglot.analysis.statistics import spearman

TEACHERS, LANGUAGES = 10, 6
SHARES = [(0.0, 0.0), (0.0, 0.5), (0.5, 0.0), (0.25, 0.5)]


def values(random: np.random.Generator, of_teacher: float, of_language: float) -> np.ndarray:
    """Values of all cells, of variance 1, of which teachers and languages have the given shares."""
    parts = [
        np.sqrt(share) * random.normal(size=size)
        for share, size in (
            (of_teacher, (TEACHERS, 1)),
            (of_language, (1, LANGUAGES)),
            (1 - of_teacher - of_language, (TEACHERS, LANGUAGES)),
        )
    ]
    return (parts[0] + parts[1] + parts[2]).ravel()


def null_study(random: np.random.Generator, of_teacher: float, of_language: float, seed: int) -> dict[str, bool | None]:
    """What each test and interval says of one study; None where a model could not be fitted."""
    pairs = [(f"t{t}", f"l{language}") for t in range(TEACHERS) for language in range(LANGUAGES)]
    cells = pd.DataFrame(pairs, columns=["teacher", "language"])
    x, y = (values(random, of_teacher, of_language) for _ in range(2))
    cells = cells.assign(x=x, pg_score=y, size=np.repeat(random.normal(size=TEACHERS), LANGUAGES))
    correlation = clusters.clustered_spearman(cells, "x", "pg_score", seed)
    prediction = regression.component_prediction(pd.DataFrame({"x": x}), y, cells, 1, seed)
    fit = regression.mixed_effects(cells, "size")
    fitted = fit["status"] == "fitted"
    return {
        "pooled Spearman (no longer reported)": spearman(x, y).p < 0.05,
        "Spearman by blocks": correlation.p < 0.05,
        "its interval misses 0": not correlation.low <= 0 <= correlation.high,
        **{f"R² {name}": prediction[f"p_{name}"] < 0.05 for name in ("in_sample", "language_out", "teacher_out")},
        "mixed effects, Kenward and Roger": fit["p"] < 0.05 if fitted else None,
        "its interval misses 0 ": not fit["low"] <= 0 <= fit["high"] if fitted else None,
    }


def main() -> None:
    """Print a row a test, a column a share of the variance."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    clusters.ARRANGEMENTS = regression.PERMUTATIONS = 199
    clusters.RESAMPLES, regression.RESAMPLES = 400, 2
    columns = {}
    for shares in SHARES:
        random = np.random.default_rng(1)
        results = pd.DataFrame([null_study(random, *shares, seed) for seed in range(studies)])
        columns["teachers {:.0%}, languages {:.0%}".format(*shares)] = results.astype("boolean").mean()
    print(f"{studies} null studies; share below 0.05, or outside a 95 % interval")
    print(pd.DataFrame(columns).map(lambda share: f"{share:.1%}").to_markdown())


if __name__ == "__main__":
    main()
