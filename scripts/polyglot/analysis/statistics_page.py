"""The statistics of a study as a page for people."""

from typing import Any

import pandas as pd

from polyglot.core.markdown import markdown_table
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
            ["metric", "with", "cells", "teachers", "languages", "Spearman's ρ", "95 % interval", "p", "p, Holm"],
            [
                [
                    row.first.replace("_", " "),
                    row.second,
                    *map(str, (row.n, row.teachers, row.languages)),
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
        "Cells of one teacher, or of one language, are not independent: intervals resample teachers and languages with"
        " all their cells, and p is the share of rearrangements, teachers and languages changing places as wholes, that"
        " give as large a ρ. A panel that is not complete has neither, and one of two or three languages no interval.",
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
    """The slope with its interval, t and p, or the reason for none."""
    if fit["status"] != "fitted":
        return fit["status"]
    return (
        f"slope {written(fit['beta'])} ({interval(fit['low'], fit['high'])}), t = {written(fit['beta'] / fit['se'], 2)}"
        f" on {written(fit['df'], 1)} degrees of freedom (Kenward and Roger), p = {written(fit['p'])}, {fit['rows']}"
        f" cells of {fit['teachers']} teachers, random intercepts for teacher and language"
    )


LEAVING = {
    "in_sample": "in sample",
    "language_out": "for a language that was left out",
    "teacher_out": "for a teacher that was left out",
}


def predictions_part(components: Json) -> list[str]:
    """R² of each target in sample, and with one language or one teacher left out."""
    if "reason" in components:
        return [components["reason"] + "."]
    sentences = []
    for target, results in components["prediction"].items():
        name = target.replace("_", " ").replace("pgr", "PGR")
        if "reason" in results:
            sentences.append(f"{name}: {results['reason']}.")
            continue
        parts = [f"{determination(results, key)} {words}" for key, words in LEAVING.items() if f"r2_{key}" in results]
        orders = results["arrangements"]
        sentences.append(
            f"{name}: R² {', '.join(parts)}; {results['components']} components of {len(components['metrics'])}"
            f" metrics, {results['rows']} cells"
            + (f", {orders} rearrangements by blocks." if orders else "; the panel is not complete, so no p.")
        )
    return sentences


def determination(results: Json, key: str) -> str:
    """An R² with its interval and p, as far as they are known."""
    known = [interval(results[f"low_{key}"], results[f"high_{key}"])]
    known += [f"p {written(results[f'p_{key}'])}"] if results[f"p_{key}"] is not None else []
    details = ", ".join(item for item in known if item)
    return written(results[f"r2_{key}"], 2) + (f" ({details})" if details else "")


def _grid(headers: list[str], rows: list[list[str]]) -> str:
    return markdown_table(rows, headers)
