"""The statistics of a study as a page for people."""

from typing import Any

import pandas as pd
from tabulate import tabulate

from polyglot.core.numerals import written

Json = dict[str, Any]
NAMES = {"log_size": "log of the parameters", "performance": "own benchmark performance"}


def page(base: str, correlations: pd.DataFrame, mixed: Json, components: Json) -> str:
    """Correlations, regressions and predictions; what has no number has its reason."""
    blocks = [
        "# Statistics",
        f"Students of {base}, main cells; trials are averaged first.",
        "## Intrinsic metrics and students",
        _grid(
            ["metric", "with", "n", "Spearman's ρ", "95 % interval", "p", "p, Holm"],
            [
                [
                    row.first.replace("_", " "),
                    row.second,
                    str(row.n),
                    written(row.rho, 2, unknown="none"),
                    interval(row.low, row.high),
                    probability(row.p),
                    probability(row.p_holm),
                ]
                for row in correlations.itertuples()
            ],
        ),
        "Perplexity is taken as −log(1 + perplexity). Holm's correction is over the rows of one family: the intrinsic"
        " z-score, and the single metrics.",
        "## Facts about teachers",
        *[f"{NAMES[name].capitalize()}: {regression(mixed[name])}." for name in NAMES],
        "## Prediction from the components of the metrics",
        *predictions_part(components),
        mixed["anchors"],
    ]
    return "\n\n".join(block for block in blocks if block) + "\n"


def interval(low: float | None, high: float | None) -> str:
    """Both ends, or nothing."""
    return "" if low is None or pd.isna(low) else f"{written(low, 2)} to {written(high, 2)}"


def probability(p: float | None) -> str:
    """A p with four decimals, never as 0."""
    return "< 0.0001" if p is not None and p < 0.00005 else written(p, 4)


def regression(fit: Json) -> str:
    """The slope with its interval and p, or the reason for none."""
    if fit["status"] != "fitted":
        return fit["status"]
    return (
        f"slope {written(fit['beta'])} ({interval(fit['low'], fit['high'])}), p = {written(fit['p'])},"
        f" {fit['rows']} cells of {fit['teachers']} teachers, random intercepts for teacher and language"
    )


def predictions_part(components: Json) -> list[str]:
    """R² in sample and with one language left out, for each target."""
    if "reason" in components:
        return [components["reason"] + "."]
    sentences = []
    for target, results in components["prediction"].items():
        name = target.replace("_", " ").replace("pgr", "PGR")
        if "reason" in results:
            sentences.append(f"{name}: {results['reason']}.")
            continue
        sentences.append(
            f"{name}: R² {written(results['r2_in_sample'], 2)} in sample (p {written(results['p_in_sample'])}),"
            f" {written(results['r2_left_out'], 2)} for a language that was left out"
            f" (p {written(results['p_left_out'])});"
            f" {results['components']} components of {len(components['metrics'])} metrics, {results['rows']} cells,"
            f" {results['permutations']} permutations."
        )
    return sentences


def _grid(headers: list[str], rows: list[list[str]]) -> str:
    return tabulate(rows, headers=headers, tablefmt="pipe", disable_numparse=True)
