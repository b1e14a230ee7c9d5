"""MinHash signatures of the cleaned texts of a shard, in their order: the id and a column of bytes for each band."""

import argparse
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from polyglot.core.errors import run
from polyglot.core.files import read_parquet, whole
from polyglot.pretraining.minhash import Signer, band_names


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="cleaned texts of a shard, parquet")
    parser.add_argument("--words", type=int, required=True, help="words of an n-gram")
    parser.add_argument("--bands", type=int, required=True, help="bands of a signature")
    parser.add_argument("--rows", type=int, required=True, help="numbers of a band")
    parser.add_argument("--out", type=Path, required=True, help="parquet file of signatures")
    arguments = parser.parse_args()

    rows = read_parquet(arguments.texts, ["id", "text"])
    signer = Signer(arguments.words, arguments.bands, arguments.rows)
    signatures = [signer(text) or [None] * arguments.bands for text in rows["text"]]
    columns = {"id": pa.array(rows["id"], pa.string())}
    for number, name in enumerate(band_names(arguments.bands)):
        columns[name] = pa.array([signature[number] for signature in signatures], pa.binary())
    with whole(arguments.out) as temporary:
        pq.write_table(pa.table(columns), temporary)


if __name__ == "__main__":
    run(main)
