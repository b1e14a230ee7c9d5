"""How much of the benchmarks of its language a training set holds, by n-gram overlap.

Reads the frozen rows of a cell (parquet: row_id, prompt, response) and the items of each benchmark. Writes the totals
as JSON (by benchmark: items looked for, contaminated items, shares, whether above the limit) and, for each row and
benchmark, the items that the row holds a part of and how much, as parquet. A benchmark above the limit is said aloud
here and marked in the JSON; the table and the audit report it.
"""

import argparse
import json
import sys
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polyglot.core.errors import InputError, run
from polyglot.core.files import read_jsonl, read_parquet, whole, write_json
from polyglot.metrics.overlap import Unit, overlap

ROWS = pa.schema(
    {
        "row_id": pa.string(),
        "benchmark": pa.string(),
        "share": pa.float64(),
        "item_ids": pa.list_(pa.string()),
        "item_shares": pa.list_(pa.float64()),
    }
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--benchmarks", type=json.loads, required=True, help="JSON: benchmark → its items, JSON lines")
    parser.add_argument("--n", type=int, required=True, help="length of an n-gram")
    parser.add_argument("--characters", action="store_true", help="count characters, not words")
    parser.add_argument("--item-share", type=float, required=True, help="share found that makes an item contaminated")
    parser.add_argument("--limit", type=float, required=True, help="highest share of contaminated items accepted")
    parser.add_argument("--out", type=Path, required=True, help="the totals, JSON; the rows go beside it as parquet")
    arguments = parser.parse_args()

    columns = ["row_id", "prompt", "response"]
    rows = read_parquet(arguments.data, columns)[columns].to_dict("records")
    if not rows:
        raise InputError(f"{arguments.data}: holds no rows to look into; make the file again")
    unit = Unit(arguments.n, arguments.characters)
    settings = {"item_share": arguments.item_share, "limit": arguments.limit}
    results = {
        name: overlap(name, read_jsonl(file), rows, unit, **settings)
        for name, file in sorted(arguments.benchmarks.items())
    }
    for name, item in results.items():
        if item.total["above_limit"]:
            print(
                f"WARNING: {arguments.data} holds {item.total['contaminated_share']:.1%} of the items of {name}, more"
                f" than {arguments.limit:.1%}: scores on it say little of a student of these rows",
                file=sys.stderr,
            )
    table = pa.Table.from_pylist([row for item in results.values() for row in item.rows], schema=ROWS)
    with whole(arguments.out.with_suffix(".parquet")) as temporary:
        pq.write_table(table, temporary)
    write_json(
        arguments.out,
        {
            "n": unit.n,
            "unit": "characters" if unit.characters else "words",
            "shortest": unit.shortest,
            **settings,
            "rows": len(rows),
            "above_limit": [name for name, item in results.items() if item.total["above_limit"]],
            "benchmarks": {name: item.total for name, item in results.items()},
        },
    )


if __name__ == "__main__":
    run(main)
