"""What 10,000 of a teacher's rows cost, and how many of its answers were refused, from the counts of its answers."""

from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from polyglot.core.files import Json, read_json

ROWS = 10_000
SPARE = ("surplus", "not_needed")  # valid answers beyond those wanted, which nobody refused


def read_counts(synthetic: Path, teacher: str, language: str, methods: Iterable[str], trials: Iterable[int]) -> Json:
    """The counts of a teacher's answers in a language, summed over methods and trials."""
    place = synthetic / teacher / language
    files = [place / method / f"trial{trial}.counts.json" for method in methods for trial in trials]
    return summed(read_json(file) for file in files)


def summed(counts: Iterable[Json]) -> Json:
    """The sum of several counts files: seen, kept, rejected by reason, tokens and US dollars (None: not known)."""
    total: Json = {"seen": 0, "kept": 0, "rejected": Counter(), "prompt_tokens": 0, "completion_tokens": 0}
    total["cost_usd"] = 0.0
    for content in counts:
        for key, value in total.items():
            if key == "cost_usd":
                known = value is not None and content.get(key, 0.0) is not None
                total[key] = value + content.get(key, 0.0) if known else None
            elif key != "rejected":
                total[key] = value + content.get(key, 0)
        total["rejected"].update(content["rejected"])
    return total


def refused(counts: Json) -> Json:
    """How many answers were judged valid or not, how many of them were refused, and why: {of, refused, reasons}."""
    reasons = {reason: count for reason, count in sorted(counts["rejected"].items()) if reason not in SPARE}
    spare = sum(counts["rejected"].get(reason, 0) for reason in SPARE)
    return {"of": counts["seen"] - spare, "refused": sum(reasons.values()), "reasons": reasons}


def shared(prices: Iterable[tuple[float, Json]]) -> Json:
    """The price of rows of which several teachers wrote a share each, from (share, price): what of it was measured."""
    total: Json = {"fees_usd": None, "gpu_hours": None, "cpu_hours": None}
    tokens: Counter[str] = Counter()
    for share, costs in prices:
        tokens.update({name: round(share * count) for name, count in costs.get("unpriced", {}).items()})
        for key in total:
            if costs[key] is not None:
                total[key] = (total[key] or 0.0) + share * costs[key]
    return {**total, "fees_usd": None, "unpriced": dict(tokens)} if tokens else total


def price(counts: Json, rate: Json) -> Json:
    """Fees in US dollars and hours of 10,000 valid rows: {fees_usd, gpu_hours, cpu_hours}, None where not measured.

    `rate` is what the study knows of the teacher: `kind` is `api` (fees are those that were paid), `gpu` or `cpu` (the
    tokens that it read and wrote, at `read` and `write` tokens a second), or `pairs`, which no model wrote. Of an API
    without prices, `unpriced` has the tokens that 10,000 rows take, by which they can be priced.
    """
    unknown = {"fees_usd": None, "gpu_hours": None, "cpu_hours": None}
    if not counts["kept"] or rate["kind"] == "pairs":
        return unknown
    each = ROWS / counts["kept"]
    if rate["kind"] == "api" and counts["cost_usd"] is None:
        tokens = {name: round(counts[name] * each) for name in ("prompt_tokens", "completion_tokens")}
        return {**unknown, "unpriced": tokens}
    if rate["kind"] == "api":
        return {**unknown, "fees_usd": counts["cost_usd"] * each}
    seconds = counts["prompt_tokens"] / rate["read"] + counts["completion_tokens"] / rate["write"]
    return {**unknown, "fees_usd": 0.0, f"{rate['kind']}_hours": seconds / 3600 * each}
