"""Races of simulated teachers of known effects: how often the best one stays to the end, and what share of the rows
of the whole design is trained on.

Every round has the same items. A student of fewer rows shows less of its teacher's effect, and may show it otherwise:
with `crossing` the best teacher of a small data set need not be the best of a large one. Data sets of one trial nest,
so half of the variance between trials is the same in all rounds.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from polyglot.analysis.race_round import cut, panel_of_gains
from polyglot.analysis.simulation import World, answers
from polyglot.core.identity import derive_seed

GROWTH = 0.2  # of effects with rows: a tenth of the rows shows 63 % of an effect


@dataclass(frozen=True)
class Course:
    """A race over the languages of a world together; each round has a share of the main data set's rows.

    `crossing`: SD of what a data set of hardly any rows shows otherwise than the whole, in SDs of the effects.
    """

    world: World
    shares: tuple[float, ...] = (1000 / 10500, 2500 / 10500, 1.0)
    crossing: float = 0.0


def race(course: Course, draws: int, seed: int) -> dict[str, float]:
    """One race: whether the true best teacher was `held` to its end, the `cost` in rows, and how many were `left`."""
    random, world = np.random.default_rng(seed), course.world
    shape = (world.teachers, world.languages)
    effects = world.effect * random.standard_normal((world.teachers, 1)) + world.own * random.standard_normal(shape)
    otherwise = course.crossing * world.effect * random.standard_normal(shape)
    of_trials = random.standard_normal((*shape, world.trials))
    base = random.normal(-0.3, 0.3, world.languages)
    difficulty = random.standard_normal((world.languages, world.items * world.benchmarks))
    of_base = answers(random, base[:, None] - difficulty)
    names = np.repeat([f"b{number}" for number in range(world.benchmarks)], world.items)
    items = pd.DataFrame({"benchmark": names, "weight": 1.0, "stratum": ""})
    alive, cost, students = np.arange(world.teachers), 0.0, []
    for number, share in enumerate(course.shares, start=1):
        cost += share * len(alive) / world.teachers
        noise = world.trial_noise * np.sqrt(0.5) * (of_trials + random.standard_normal(of_trials.shape))
        ability = base + share**GROWTH * (0.2 + effects) + (1 - share) * otherwise
        logits = (ability[..., None] + noise)[:, :, None, :] - difficulty[:, :, None]
        last = number == len(course.shares)
        students = [] if last else students
        students.append(answers(random, logits))
        scores = np.mean(students, axis=0)[alive]
        panels = [panel_of_gains(items, of_base[place], scores[:, place]) for place in range(world.languages)]
        alive = alive[cut(panels, number, len(course.shares), draws, derive_seed(seed, number)).kept]
        if len(alive) == 1:
            break
    return {"held": float(effects.mean(axis=1).argmax() in alive), "cost": cost, "left": len(alive)}


def races(course: Course, count: int, draws: int, seed: int) -> pd.Series:
    """Means of so many races."""
    return pd.DataFrame([race(course, draws, derive_seed(seed, number)) for number in range(count)]).mean()
