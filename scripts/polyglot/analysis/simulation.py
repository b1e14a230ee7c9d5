"""Studies with a known truth, to see whether the intervals of a ranking hold it.

A simulated study has what makes a real one uncertain: items that are hard or easy for all models alike, requests that
all teachers answer, a judge that scores rows with noise, and students that differ between trials. Truth is the value
that endless items, rows and trials would give.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import expit

from polyglot.analysis.ranking import RANKED, rank
from polyglot.analysis.resampling import Draws, Panel, resample, scores_of
from polyglot.core.identity import derive_seed

NODES, WEIGHTS = np.polynomial.hermite_e.hermegauss(61)  # expectation over a standard normal
WEIGHTS = WEIGHTS / WEIGHTS.sum()


@dataclass(frozen=True)
class World:
    """Size and noise of the simulated studies. Abilities, difficulties and effects are in logits.

    `effect`: SD of teachers' effects on their students; `own`: SD of their effects in one language; `gap`: how far the
    reference is above the base. `between`: SD of the four features between cells, of `rows` with SD 1 within a cell,
    half of it shared by all teachers' rows on one request.
    """

    teachers: int = 10
    languages: int = 3
    trials: int = 3
    items: int = 200
    benchmarks: int = 2
    rows: int = 200
    effect: float = 0.3
    own: float = 0.1
    gap: float = 1.0
    trial_noise: float = 0.1
    between: float = 0.25


WORLDS = {
    "teachers as far apart as in the paper": World(),
    "teachers that are close": World(effect=0.15),
    "teachers that hardly differ": World(effect=0.02, own=0.01, between=0.02),
    "one language": World(languages=1),
    "two teachers, one trial": World(teachers=2, trials=1, trial_noise=0.0),
    "few items and rows": World(items=50, rows=40),
}


def simulate(world: World, seed: int) -> tuple[list[Panel], dict[str, np.ndarray]]:
    """The panels of one study, one a language, and its true scores by name, (teachers, languages)."""
    random = np.random.default_rng(seed)
    shape = (world.teachers, world.languages)
    effects = world.effect * random.standard_normal((world.teachers, 1)) + world.own * random.standard_normal(shape)
    base = random.normal(-0.3, 0.3, world.languages)
    features = world.between * (random.standard_normal((world.teachers, 1, 4)) + random.standard_normal((*shape, 4)))
    panels = [
        _panel(random, world, base[place], base[place] + 0.2 + effects[:, place], features[:, place])
        for place in range(world.languages)
    ]
    student = expected_score(base + 0.2 + effects, np.hypot(1, world.trial_noise))
    anchors = [np.broadcast_to(expected_score(ability, 1.0), shape) for ability in (base, base + world.gap)]
    scores = scores_of(student[None], anchors[0][None], anchors[1][None], features[None])
    return panels, {name: values[0] for name, values in scores.items()}


def coverage(world: World, studies: int, draws: int, seed: int) -> pd.DataFrame:
    """How often intervals hold the truth in so many simulated studies.

    A row a score: `interval`, the share of 95 % intervals (each teacher in each language, and over all) that hold the
    true score; `rank`, the same of ranks; `named`, the share of rankings that name a single best teacher, and `wrong`,
    the share that name a wrong one. PGR is not ranked.
    """
    rows = []
    for number in range(studies):
        panels, truth = simulate(world, derive_seed(seed, number))
        result = resample(panels, world.teachers, draws, derive_seed(seed, number, "draws"))
        for score, values in truth.items():
            views = [[place] for place in range(world.languages)] + [list(range(world.languages))]
            for view in views[: 1 if world.languages == 1 else None]:
                rows.append({"score": score, **_held(result, score, view, values[:, view].mean(axis=1))})
    return pd.DataFrame(rows).groupby("score", sort=False).mean()


def _held(result: Draws, score: str, view: list[int], truth: np.ndarray) -> dict[str, float]:
    """Whether the intervals of one ranking hold its truth."""
    estimate, drawn = result.estimate[score][:, view].mean(axis=1), result.drawn[score][:, :, view].mean(axis=2)
    ranked = rank(estimate, drawn)
    held = {"interval": float(((ranked.low <= truth) & (truth <= ranked.high)).mean())}
    if score not in RANKED:
        return held
    ranks = 1 + (truth[None, :] > truth[:, None]).sum(axis=1)
    named = (ranked.tie_group == 1).sum() == 1
    return {
        **held,
        "rank": float(((ranked.rank_low <= ranks) & (ranks <= ranked.rank_high)).mean()),
        "named": float(named),
        "wrong": float(named and ranked.tie_group[truth.argmax()] != 1),
    }


def expected_score(ability: np.ndarray, spread: float) -> np.ndarray:
    """Share of all items that a model answers, given its ability and the SD of difficulties (and trials), normal."""
    return expit(np.asarray(ability)[..., None] + spread * NODES) @ WEIGHTS


def _panel(
    random: np.random.Generator, world: World, base: float, abilities: np.ndarray, features: np.ndarray
) -> Panel:
    count = world.items * world.benchmarks
    difficulty = random.standard_normal((count, 1))
    students = []
    for ability in abilities:
        of_trials = ability + world.trial_noise * random.standard_normal(world.trials)
        students.append(answers(random, of_trials - difficulty))
    anchors = answers(random, np.array([base, base + world.gap]) - difficulty)
    items = pd.DataFrame(
        {"benchmark": np.repeat([f"b{n}" for n in range(world.benchmarks)], world.items), "weight": 1.0, "stratum": ""}
    )
    shared = np.sqrt(0.5) * random.standard_normal((world.rows, 1, 1, 4))
    noise = np.sqrt(0.5) * random.standard_normal((world.rows, world.teachers, world.trials, 4))
    rows = (features[:, None] + shared + noise).mean(axis=2)  # a request's rows of all trials
    means = rows.mean(axis=0)
    shares = (rows - means) / np.sqrt(world.rows * (world.rows - 1))
    return Panel(items, anchors[:, 0], anchors[:, 1], students, means, shares, range(world.teachers))


def answers(random: np.random.Generator, logits: np.ndarray) -> np.ndarray:
    """Right (1) and wrong (0) answers, drawn by their log odds."""
    return (random.random(logits.shape) < expit(logits)).astype(float)
