"""The record of each item asked, and the score of a benchmark from its records."""

import math
from collections.abc import Sequence

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.evaluation.answers import last_number, rouge_l, same_number
from polyglot.evaluation.items import Benchmark, way_of


def record_of(sample: Json, benchmark: Benchmark) -> Json:
    """The record of one item, enough to recompute its score. Raises InputError on a NaN likelihood."""
    item = sample["doc"]
    record = {"item_id": item["item_id"], "category": item.get("category"), "prompt": sample["arguments"][0][0]}
    record["answer"] = item["answer"]
    if item.get("subset_weight") is not None:
        record |= {"subset": item["subset"], "subset_weight": item["subset_weight"]}
    way = way_of(item, benchmark)
    if way == "text":
        text = sample["filtered_resps"][0]
        return {**record, "text": text, "correct": rouge_l(text, item["answer"])}
    if way == "generate":
        text = sample["filtered_resps"][0]
        prediction = last_number(text)
        return {**record, "text": text, "prediction": prediction, "correct": same_number(prediction, item["answer"])}
    likelihoods = [float(likelihood) for likelihood, _ in sample["filtered_resps"]]
    if any(math.isnan(likelihood) for likelihood in likelihoods):
        raise InputError(f"{benchmark.items}: item {item['item_id']} got a NaN likelihood; check the model")
    prediction = likelihoods.index(max(likelihoods))  # the first of equal likelihoods, as in lm-eval and numpy
    more = {"options": item["options"], "loglikelihoods": likelihoods, "prediction": prediction}
    return {**record, **more, "correct": prediction == item["answer"]}


def mean_and_se(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and its standard error sqrt(sum of (v - mean)^2 / (n - 1) / n); None for a single value.

    For 0/1 values this is sqrt(p(1 - p) / (n - 1)).
    """
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, None
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def weighted_mean(parts: Sequence[tuple[float, float | None]], weights: Sequence[float]) -> tuple[float, float | None]:
    """The weighted mean of means and its standard error, None if a part has no standard error."""
    total = sum(weights)
    mean = sum(weight * part for weight, (part, _) in zip(weights, parts, strict=True)) / total
    if any(se is None for _, se in parts):
        return mean, None
    squares = ((weight * se) ** 2 for weight, (_, se) in zip(weights, parts, strict=True) if se is not None)
    return mean, math.sqrt(sum(squares)) / total


def category_scores(records: Sequence[Json], key: str = "correct") -> dict[str, tuple[float, float | None]]:
    """Each category's score and its standard error.

    Subsets weigh by their "subset_weight"; without weights, a category pools its items.
    """
    categories: dict[str, dict[str | None, list[Json]]] = {}
    for record in records:
        subset = record.get("subset") if record.get("subset_weight") is not None else None
        categories.setdefault(record["category"], {}).setdefault(subset, []).append(record)
    scores = {}
    for name in sorted(categories):
        subsets = [categories[name][subset] for subset in sorted(categories[name], key=str)]
        parts = [mean_and_se([float(record[key]) for record in subset]) for subset in subsets]
        scores[name] = weighted_mean(parts, [subset[0].get("subset_weight") or len(subset) for subset in subsets])
    return scores


def weighted_accuracy(records: Sequence[Json], key: str = "correct") -> tuple[float, float | None]:
    """The unweighted mean over categories (the score of RewardBench and FilBench) and its standard error."""
    scores = category_scores(records, key)
    return weighted_mean(list(scores.values()), [1.0] * len(scores))


def summarise(records: Sequence[Json], metric: str) -> Json:
    """{"score", "se", "n", "chance"} of a benchmark's records, and the categories' scores if the metric weighs them.

    Chance is the score of guessing an option; 0 for text.
    """
    with_chance = [
        {**record, "chance": 1 / len(record["options"]) if "options" in record else 0.0} for record in records
    ]
    content: Json = {"n": len(with_chance)}
    if metric == "weighted_accuracy":
        content["score"], content["se"] = weighted_accuracy(with_chance)
        content["chance"] = weighted_accuracy(with_chance, "chance")[0]
        content["categories"] = {name: score for name, (score, _) in category_scores(with_chance).items()}
    else:
        content["score"], content["se"] = mean_and_se([float(record["correct"]) for record in with_chance])
        content["chance"] = sum(record["chance"] for record in with_chance) / len(with_chance)
    return content
