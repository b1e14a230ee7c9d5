"""Put the records of a study's jobs together into its manifest: a line a file, sorted by path.

Reads results/{study}/audit/records and hashes what Snakemake itself wrote after each job (timings, marks in folders).
Refuses records that were changed: only what can be believed is written.
"""

import argparse
from pathlib import Path

from polyglot.audit.manifest import assemble
from polyglot.audit.records import read_records
from polyglot.errors import InputError, run
from polyglot.files import write_jsonl


def main() -> None:
    """Parse the command line, read the records, write the manifest."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--study", required=True)
    parser.add_argument("--out", type=Path, required=True, help="manifest.jsonl")
    arguments = parser.parse_args()
    records, troubles = read_records(Path(), arguments.study)
    if troubles:
        first = troubles[0]
        raise InputError(
            f"{first.path}: {first.seen}, {first.expected} was expected ({len(troubles)} such in all); "
            "make its output again: delete both and run the same command"
        )
    if not records:
        raise InputError(f"results/{arguments.study}/audit/records: holds no record; make the study's outputs again")
    lines = assemble(Path(), arguments.study, records)
    write_jsonl(arguments.out, lines)
    print(f"{len(lines)} files of {len(records)} outputs")


if __name__ == "__main__":
    run(main)
