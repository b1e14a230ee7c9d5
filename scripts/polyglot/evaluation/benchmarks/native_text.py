"""Held-out answers of people to prompts, whose likelihood tells what a student has learned of the language.

Uses only rows on the benchmark side of the seed split: no teacher was shown them. A person's answer of more than
`LONGEST` characters is left out, so that every model's context holds the row.
"""

from polyglot.core.adapter import Adapter
from polyglot.core.errors import InputError
from polyglot.core.identity import shuffled
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.held_out import held_out_rows

ADAPTER = Adapter("held-out answers of people", formulation="native_text")
LONGEST = 2000  # characters of prompt and answer together


def prepare(wanted: Wanted) -> Prepared:
    """Up to `wanted.items` rows (0: all), by hash. Raises InputError without seeds."""
    if wanted.seeds is None:
        raise InputError("--seeds: native_text needs the seed tables of its sources, made with a benchmark share")
    rows, reasons = held_out_rows(wanted)
    short = {name: row for name, row in rows.items() if len(row["prompt"]) + len(row["response"]) <= LONGEST}
    reasons += ["too_long"] * (len(rows) - len(short))
    chosen = shuffled(short, wanted.seed, "native_text")[: wanted.items or None]
    items = [
        {
            "item_id": name,
            "category": short[name]["source"],
            "question": short[name]["prompt"],
            "answer": short[name]["response"],
            "content": [short[name]["prompt"], short[name]["response"]],
        }
        for name in chosen
    ]
    return Prepared(items, reasons=reasons + ["not_needed"] * (len(short) - len(items)))
