"""Where a file, a training row or a number came from, down to the raw prompts.

  trace paper_figures/demo/figure_02.pdf                        the tree: rule, hash, rows, time of each step
  trace results/demo/data/…/trial1.parquet --row ROW_ID         one row: back to its seed prompts, on to its students
  trace results/demo/tables/table_01.csv --number teacher=gemma-3-270m language=es
                                                                the evaluation records behind a number

`trace` stands for `python -m polyglot.audit.trace`.

Reads the records in results/{study}/audit and the files that it names; writes nothing. Files are not hashed again:
`.venv/bin/snakemake --cores 1 audit` does that.
"""

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from polyglot.audit import chains
from polyglot.core.command_line import overlays_of, snakemake_command
from polyglot.core.errors import InputError, run
from polyglot.core.texts import spelt


def condition(text: str) -> tuple[str, str]:
    """COLUMN=VALUE as a pair."""
    column, separator, value = text.partition("=")
    if not separator or not column:
        raise argparse.ArgumentTypeError(f"{text!r} is not COLUMN=VALUE")
    return column, value


def plain(value: Any) -> Any:
    """A value of a table as JSON has it."""
    return value.item() if hasattr(value, "item") else str(value)


def main() -> None:
    """Parse the command line, trace, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("path", help="a file of a study, as the project names it: results/… or paper_figures/…")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--row", metavar="ROW_ID", help="follow one training row of the path's study")
    what.add_argument(
        "--number", metavar="COLUMN=VALUE", type=condition, nargs="+", help="a row of the table or figure"
    )
    parser.add_argument("--value", metavar="COLUMN", help="with --number: the column that holds the number")
    parser.add_argument("--samples", type=int, default=2, help="with --number: records shown of each evaluation")
    parser.add_argument("--json", action="store_true", help="machine-readable, with everything")
    parser.add_argument("--root", type=Path, default=Path(), help="folder that holds results/ and paper_figures/")
    arguments = parser.parse_args()
    path = str(Path(arguments.path))
    study = chains.study_of(path)
    truth = chains.records_of(arguments.root, path)
    for trouble in truth.troubles:
        if trouble.kind != "remade":
            cure = snakemake_command(overlays_of(study, Path()), "audit", cores=1)
            print(spelt(f"warning: {trouble.path}: {trouble.seen}; run `{cure}`"), file=sys.stderr)
    if arguments.row is not None:
        from polyglot.audit import row_trace

        result = row_trace.follow(arguments.root, truth, study, arguments.row)
        lines = row_trace.described(result)
    elif arguments.number:
        from polyglot.audit import number_trace

        result = number_trace.number(arguments.root, truth, study, path, dict(arguments.number), arguments.value)
        lines = number_trace.described(result, arguments.samples)
    elif arguments.value:
        raise InputError("--value: goes with --number; name the row of the table too")
    else:
        result = chains.tree(arguments.root, truth, path)
        lines = list(chains.drawn(result))
    print(json.dumps(result, indent=2, default=plain) if arguments.json else "\n".join(map(spelt, lines)))


if __name__ == "__main__":
    run(main)
