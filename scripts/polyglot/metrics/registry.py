"""The intrinsic metrics of a data set: each is a rule of the same name that writes {metric}.json with these columns."""

from dataclasses import dataclass

Bounds = tuple[float | None, float | None]


@dataclass(frozen=True)
class Metric:
    """`columns`: keys of its JSON file and columns of measurements.csv and scores.csv, with the bounds of their values.

    `by_base`: its value also depends on the student base, whose name its file then carries.
    """

    columns: dict[str, Bounds]
    by_base: bool = False


METRICS = {
    "diversity": Metric({"prompt_diversity": (0, 2), "response_diversity": (0, 2)}),
    "perplexity": Metric({"perplexity": (1, None)}, by_base=True),
    "judge": Metric({"judge_score": (1, 5), "judge_invalid_rate": (0, 1)}),
    "length": Metric({"prompt_length": (0, None), "response_length": (0, None)}),
    "fidelity": Metric({"language_fidelity": (0, 1)}),
}
COLUMNS = {column: bounds for metric in METRICS.values() for column, bounds in metric.columns.items()}

# column of a metric's table of rows → the metric: the values behind the four intrinsic features, in their order
ROW_VALUES = {
    "prompt_distance": "diversity",
    "response_distance": "diversity",
    "score": "judge",
    "perplexity": "perplexity",
}

# the same for what teachers are screened by besides
SCREENED_VALUES = {
    "prompt_length": "length",
    "response_length": "length",
    "token_nll": "perplexity",
    "rank": "perplexity",
    "alone_nll": "perplexity",
    "one_shot_gain": "perplexity",
}


def metric_file(metric: str, student_base: str) -> str:
    """Name of a metric's file in the folder of a data set."""
    return f"{metric}-{student_base}.json" if METRICS[metric].by_base else f"{metric}.json"
