"""The record of each item asked, and the score of a benchmark from its records."""

import math
from collections.abc import Sequence

import numpy as np

from polyglot.core.control_tokens import MARK
from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.evaluation.answers import first_turn, rouge_l
from polyglot.evaluation.instruction_checks import outcomes
from polyglot.evaluation.items import CONTINUATION, Benchmark, way_of
from polyglot.evaluation.last_number import last_number, same_number
from polyglot.evaluation.macro_f1 import macro_f1
from polyglot.evaluation.standard_errors import standard_errors, weigh


def record_of(sample: Json, benchmark: Benchmark) -> Json:
    """The record of one item, enough to recompute its score. Raises InputError on a NaN likelihood.

    k options of the highest likelihood share the answer: each is right by 1/k, and `tied` is k. A low precision makes
    such ties often, and the first option would win them all. Of a generated text the first turn alone is read and kept.
    An option of a continuation is judged by its normalised `scores`, a letter by its likelihood. An instruction is
    followed where all its checks hold; the record has the outcome of each (`followed`), but there is
    no part of a point.
    """
    item = sample["doc"]
    prompt = sample["arguments"][0][0].replace(MARK, "")
    record = {"item_id": item["item_id"], "category": item.get("category"), "prompt": prompt}
    way = way_of(item, benchmark)
    if way == "instructions":
        text = first_turn(sample["filtered_resps"][0])
        followed = outcomes(text, item["checks"], item["question"])
        checks = [
            {key: value for key, value in check.items() if value is not None} | {"followed": holds}
            for check, holds in zip(item["checks"], followed, strict=True)
        ]
        return {**record, "checks": checks, "text": text, "correct": all(followed)}
    record["answer"] = item["answer"]
    if item.get("subset_weight") is not None:
        record |= {"subset": item["subset"], "subset_weight": item["subset_weight"]}
    if way == "text":
        text = first_turn(sample["filtered_resps"][0])
        return {**record, "text": text, "correct": rouge_l(text, item["answer"])}
    if way == "generate":
        text = first_turn(sample["filtered_resps"][0])
        prediction = last_number(text)
        return {**record, "text": text, "prediction": prediction, "correct": same_number(prediction, item["answer"])}
    likelihoods = [float(likelihood) for likelihood, _ in sample["filtered_resps"]]
    if any(math.isnan(likelihood) for likelihood in likelihoods):
        raise InputError(f"{benchmark.items}: item {item['item_id']} got a NaN likelihood; check the model")
    scores, more = likelihoods, {"options": item["options"], "loglikelihoods": likelihoods}
    if way == CONTINUATION:
        likelihoods, without = likelihoods[: len(item["options"])], likelihoods[len(item["options"]) :]
        scores = normalised(likelihoods, without, item["options"], benchmark.normalise)
        unconditional = {"unconditional": without} if without else {}
        more |= {"shots": item["shown"], "loglikelihoods": likelihoods, **unconditional, "scores": scores}
    best = [place for place, score in enumerate(scores) if score == max(scores)]
    more["prediction"] = best[0]
    if len(best) > 1:
        return {**record, **more, "tied": len(best), "correct": (item["answer"] in best) / len(best)}
    return {**record, **more, "correct": best[0] == item["answer"]}


def is_read(record: Json) -> bool:
    """Whether the model's own context held the item in each order of its options: else a likelihood is −∞."""
    orders = (record, record.get("reverse", {}))
    return all(likelihood > -math.inf for order in orders for likelihood in order.get("loglikelihoods", ()))


def normalised(likelihoods: list[float], without: list[float], options: list[str], normalise: str) -> list[float]:
    """Scores of options: log-likelihoods, per character, or less those `without` the question."""
    if normalise == "characters":
        return [likelihood / len(option) for likelihood, option in zip(likelihoods, options, strict=True)]
    if normalise == "unconditional":
        return [likelihood - other for likelihood, other in zip(likelihoods, without, strict=True)]
    return likelihoods


def in_both_orders(first: Json, reverse: Json) -> Json:
    """One record of an item that was asked in both orders of its options: its score is the mean of both.

    `reverse` keeps the likelihoods and the prediction of the second, whose options are the first's in reverse.
    """
    second = {key: reverse[key] for key in ("loglikelihoods", "prediction")}
    ties = {"tied": max(first.get("tied", 1), reverse.get("tied", 1))} if "tied" in {**first, **reverse} else {}
    correct = (float(first["correct"]) + float(reverse["correct"])) / 2
    return {**first, **ties, "reverse": second, "correct": correct}


def summarise(records: Sequence[Json], metric: str) -> Json:
    """{"score", "se", "n", "chance", "ties"} of a benchmark's records, and the categories' scores if there are any.

    Of continuations also {"macro_f1", "macro_f1_se"}.
    `se` is None for a single item. Chance is the score of guessing an option; 0 for text, None for a likelihood. `ties`
    counts the items on which options share the highest likelihood.
    """
    parts = weigh(records, metric)
    weights = parts["weight"].to_numpy()
    values = np.array([float(record["correct"]) for record in records])
    guessed = np.array([1 / len(record["options"]) if "options" in record else 0.0 for record in records])
    (error,) = standard_errors(values[:, None], weights, parts["stratum"])
    content: Json = {
        "n": len(records),
        "score": weighted_mean(values, weights),
        "se": None if math.isnan(error) else float(error),
        "chance": None if metric == "bits_per_byte" else weighted_mean(guessed, weights),
        "ties": sum("tied" in record for record in records),
    }
    if "scores" in records[0]:
        content["macro_f1"], content["macro_f1_se"] = macro_f1(records)
    if metric == "weighted_accuracy":
        categories = np.array([record["category"] for record in records])
        content["categories"] = {
            name: weighted_mean(values[categories == name], weights[categories == name])
            for name in sorted(set(categories))
        }
    return content


def weighted_mean(values: np.ndarray, weights: np.ndarray) -> float:
    """Σ wᵢ xᵢ / Σ wᵢ; the sums are exact, so that the order of the items changes nothing."""
    return math.fsum(values * weights) / math.fsum(weights)
