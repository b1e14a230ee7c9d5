"""How often the p-values of null studies are below 0.05, and how often intervals hold the truth, by what cells share.

Ten teachers in six languages; in null studies metrics and scores have nothing to do with each other, but both have
effects of teachers and languages. Intervals are of studies in which a metric and the score correlate at 0.6 in every
source. Out of sample the truth is the middle R² of such studies. Usage: bench_statistics.py [studies]
"""

import sys
from pathlib import Path

import numpy as np
import pandas as pd

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from polyglot.analysis import clusters, regression
from polyglot.analysis.statistics import spearman

TEACHERS, LANGUAGES = 10, 6
PAIRS = [(f"t{t}", f"l{language}") for t in range(TEACHERS) for language in range(LANGUAGES)]
CELLS = pd.DataFrame(PAIRS, columns=["teacher", "language"])
CORRELATION = 0.6
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
    x, y = (values(random, of_teacher, of_language) for _ in range(2))
    cells = CELLS.assign(x=x, pg_score=y, size=np.repeat(random.normal(size=TEACHERS), LANGUAGES))
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


def held(studies: int, of_teacher: float, of_language: float) -> dict[str, float]:
    """The share of intervals that hold the truth."""
    random, results = np.random.default_rng(2), []
    for seed in range(studies):
        x, noise = (values(random, of_teacher, of_language) for _ in range(2))
        y = CORRELATION * x + np.sqrt(1 - CORRELATION**2) * noise
        correlation = clusters.clustered_spearman(CELLS.assign(x=x, y=y), "x", "y", seed)
        prediction = regression.component_prediction(pd.DataFrame({"x": x}), y, CELLS, 1, seed)
        results.append({"rho": correlation.rho, "low_rho": correlation.low, "high_rho": correlation.high, **prediction})
    table = pd.DataFrame(results)
    truth = {
        "rho": 6 / np.pi * np.arcsin(CORRELATION / 2),
        "in_sample": CORRELATION**2,
        **{name: table[f"r2_{name}"].median() for name in ("language_out", "teacher_out")},
    }
    return {
        f"interval of {'ρ' if name == 'rho' else f'R² {name}'}": (
            (table[f"low_{name}"] <= value) & (value <= table[f"high_{name}"])
        ).mean()
        for name, value in truth.items()
    }


def shown(columns: dict[str, pd.Series]) -> str:
    """A row a test or interval, a column a share of the variance."""
    return pd.DataFrame(columns).map(lambda share: f"{share:.1%}").to_markdown()


def main() -> None:
    """Print the level of each p and what each interval holds."""
    studies = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    clusters.ARRANGEMENTS = regression.PERMUTATIONS = 199
    clusters.RESAMPLES, regression.RESAMPLES = 400, 2
    names = ["teachers {:.0%}, languages {:.0%}".format(*shares) for shares in SHARES]
    levels = {}
    for name, shares in zip(names, SHARES, strict=True):
        random = np.random.default_rng(1)
        results = pd.DataFrame([null_study(random, *shares, seed) for seed in range(studies)])
        levels[name] = results.astype("boolean").mean()
    print(f"{studies} null studies; share below 0.05, or outside a 95 % interval", shown(levels), sep="\n")
    regression.RESAMPLES, related = 150, studies // 3
    coverage = {name: pd.Series(held(related, *shares)) for name, shares in zip(names, SHARES, strict=True)}
    print(f"{related} studies with a correlation; share of 95 % intervals that hold it", shown(coverage), sep="\n")
    random = np.random.default_rng(3)
    units = {}
    for n in (5, 6, 8, 10):
        below = [spearman(*random.normal(size=(2, n))).p < 0.05 for _ in range(studies)]
        units[f"{n} of them"] = pd.Series({"Spearman": np.mean(below)})
    print(f"{studies} null studies of independent teachers or languages; share below 0.05", shown(units), sep="\n")


if __name__ == "__main__":
    main()
