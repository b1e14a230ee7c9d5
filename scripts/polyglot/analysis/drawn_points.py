"""What the points of the paper's Figure 4 are: each drawn height against the scores that print holds.

The figure names neither teacher nor scale. A height that is a straight line in PG-Score tells the teacher: within a
language whose ten teachers are all drawn, the order of heights is the order of scores; that gives the line, and the
line the teachers of the other languages.
"""

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment


class Drawn(NamedTuple):
    """Points with the teachers that fit best, and the line `height = intercept + slope · PG-Score`.

    Attributes:
        points: language, drawn_measured, drawn_predicted, teacher, pg_score, of each point.
        worst: the largest distance of a height from the line.
    """

    points: pd.DataFrame
    slope: float
    intercept: float
    worst: float


def assigned(heights: np.ndarray, scores: np.ndarray) -> tuple[np.ndarray, float]:
    """The score of each height, each used once at most, with the least sum of distances; and the largest distance."""
    distance = np.abs(heights[:, None] - scores[None, :])
    rows, chosen = linear_sum_assignment(distance)
    return chosen, float(distance[rows, chosen].max())


def identified(points: pd.DataFrame, scores: pd.DataFrame) -> Drawn | None:
    """The teachers of the points; None if no language has a point for each of its teachers.

    Args:
        points: language, drawn_measured, drawn_predicted.
        scores: teacher, language, pg_score of all cells.
    """
    heights, values = [], []
    for language, part in points.groupby("language"):
        own = scores.loc[scores["language"] == language, "pg_score"]
        if len(part) == len(own):
            heights += sorted(part["drawn_measured"])
            values += sorted(own)
    if not heights:
        return None
    slope, intercept = np.polyfit(values, heights, 1)
    parts, worst = [], 0.0
    for language, part in points.groupby("language"):
        own = scores[scores["language"] == language].reset_index(drop=True)
        chosen, distance = assigned(part["drawn_measured"].to_numpy(), intercept + slope * own["pg_score"].to_numpy())
        names = own.loc[chosen, ["teacher", "pg_score"]].set_index(part.index)
        parts.append(part.join(names))
        worst = max(worst, distance)
    return Drawn(pd.concat(parts), float(slope), float(intercept), worst)
