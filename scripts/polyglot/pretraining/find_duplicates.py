"""Near-duplicates over all shards of a corpus: each text that nearly repeats an earlier one, in the order of shards.

Reads the shards' MinHash signatures, one band of all texts at a time. Two texts are near-duplicates if they agree in a
band and in at least the limit's share of the whole signature. Of texts that repeat each other in a chain the first
stays.
Writes, of each later one, shard, place (row of the shard, from 0), id, twin_shard, twin_id and
similarity.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from polyglot.core.errors import InputError, run
from polyglot.core.files import write_parquet
from polyglot.pretraining.minhash import Pairs, band_names, candidates, equal_rows, twins

COLUMNS = ["shard", "place", "id", "twin_shard", "twin_id", "similarity"]


def column(file: Path, name: str) -> list:
    """A column of a shard's signatures; nothing else of the file is read. Raises InputError."""
    try:
        return pq.read_table(file, columns=[name])[name].to_pylist()
    except FileNotFoundError:
        raise
    except (OSError, ValueError, KeyError) as error:
        raise InputError(
            f"{file}: not a whole table of signatures; delete it and run the same command again"
        ) from error


def band(files: Sequence[Path], name: str) -> list[bytes | None]:
    """A band of all shards' texts, in order."""
    return [value for file in files for value in column(file, name)]


def near_duplicates(files: Sequence[Path], bands: int, rows: int, limit: float) -> pd.DataFrame:
    """The table that is written, of shards in this order."""
    pairs: Pairs = np.zeros((0, 2), dtype=np.int64)
    for name in band_names(bands):
        pairs = np.unique(np.concatenate([pairs, candidates(band(files, name))]), axis=0)
    equal = sum((equal_rows(band(files, name), pairs) for name in band_names(bands)), np.zeros(len(pairs)))
    texts = [(file.stem, place, text) for file in files for place, text in enumerate(column(file, "id"))]
    results = [
        (*texts[later], texts[earlier][0], texts[earlier][2], share)
        for later, earlier, share in twins(pairs, equal / (bands * rows), limit)
    ]
    return pd.DataFrame(results, columns=COLUMNS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--signatures", type=Path, nargs="+", required=True, help="a parquet file a shard, in order")
    parser.add_argument("--bands", type=int, required=True, help="bands of a signature")
    parser.add_argument("--rows", type=int, required=True, help="numbers of a band")
    parser.add_argument("--limit", type=float, required=True, help="least similarity of near-duplicates")
    parser.add_argument("--out", type=Path, required=True, help="parquet file of the near-duplicates")
    arguments = parser.parse_args()
    write_parquet(
        arguments.out, near_duplicates(arguments.signatures, arguments.bands, arguments.rows, arguments.limit)
    )


if __name__ == "__main__":
    run(main)
