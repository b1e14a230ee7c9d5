"""Write the table of the base models that a study has trained from nothing: sizes, what they read, what they learned.

Reads pretraining.json and pretraining_speed.json of each run. Writes CSV, Markdown and LaTeX.
"""

import argparse
from pathlib import Path

import pandas as pd

from polyglot.core.errors import run
from polyglot.core.files import Json, read_json
from polyglot.core.numerals import written
from polyglot.report.table_files import Table, write

NAME = "polyglot_ko_pretraining"
READ = ("parameters", "vocabulary", "bytes", "tokens", "steps", "passes", "held_out_bytes")
MEASURED = ("bits_per_byte_before", "bits_per_byte_after", "held_out_loss_before", "held_out_loss_after")


def rows_of(runs: list[tuple[str, str, Json, Json]]) -> pd.DataFrame:
    """A row a run, from its name, its tokenizer, its summary and its speed."""
    return pd.DataFrame(
        [
            {
                "run": name,
                "tokenizer": tokenizer,
                **{key: summary[key] for key in (*READ, *MEASURED)},
                "tokens_per_second": speed["tokens_per_second"],
            }
            for name, tokenizer, summary, speed in runs
        ]
    )


def table(rows: pd.DataFrame) -> Table:
    """The rows laid out with a column a run."""
    lines = {
        "tokenizer": rows["tokenizer"],
        "parameters": [written(number, 0) for number in rows["parameters"]],
        "vocabulary": [written(number, 0) for number in rows["vocabulary"]],
        "text read, MB": [written(number / 1e6, 2) for number in rows["bytes"]],
        "tokens read": [written(number, 0) for number in rows["tokens"]],
        "passes over the corpus": [written(number, 2) for number in rows["passes"]],
        "updates": [written(number, 0) for number in rows["steps"]],
        "held-out text, MB": [written(number / 1e6, 2) for number in rows["held_out_bytes"]],
        "bits a byte, untrained": [written(number, 3, unknown="n/a") for number in rows["bits_per_byte_before"]],
        "bits a byte, trained": [written(number, 3, unknown="n/a") for number in rows["bits_per_byte_after"]],
        "nats a token, trained": [written(number, 3, unknown="n/a") for number in rows["held_out_loss_after"]],
        "tokens a second": [written(number, 0, unknown="n/a") for number in rows["tokens_per_second"]],
    }
    shown = pd.DataFrame([[name, *values] for name, values in lines.items()], columns=["", *rows["run"]])
    notes = [
        "Bits a byte and nats a token are of held-out documents, which no update has read; ends of text are predicted"
        " and counted too. Bits a byte, not nats a token, compare models of different tokenizers: a text has the same"
        " bytes under both. One seed: a difference of hundredths is none."
    ]
    return Table(NAME, "Base models trained from nothing", rows, shown, notes)


def main() -> None:
    """Parse the command line and write the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", nargs="*", default=[], help="RUN=TOKENIZER of each run")
    parser.add_argument("--summaries", type=Path, nargs="*", default=[], help="pretraining.json of each, in this order")
    parser.add_argument("--speeds", type=Path, nargs="*", default=[], help="pretraining_speed.json of each")
    parser.add_argument("--out", type=Path, required=True, help="folder of the tables")
    arguments = parser.parse_args()
    names = [entry.split("=") for entry in arguments.runs]
    files = zip(names, arguments.summaries, arguments.speeds, strict=True)
    runs = [(name, tokenizer, read_json(summary), read_json(speed)) for (name, tokenizer), summary, speed in files]
    write(table(rows_of(runs)), arguments.out)


if __name__ == "__main__":
    run(main)
