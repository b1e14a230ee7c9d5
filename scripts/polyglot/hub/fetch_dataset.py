"""Fetch the named files of a hub data set at a pinned commit into one folder, in the repository's own layout.

An interrupted download is kept in a hidden folder beside OUT, and the next run resumes it; OUT appears whole.
"""

import argparse
import json
from pathlib import Path

from polyglot.core.errors import run
from polyglot.hub.repository import fetched


def main() -> None:
    """Parse the command line and fetch."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", required=True, help="organisation/name of a data set on the Hugging Face hub")
    parser.add_argument("--revision", required=True, help="commit of the repository, 40 hexadecimal digits")
    parser.add_argument("--files", type=json.loads, required=True, help='JSON list of patterns: ["data/train-*"]')
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    with fetched("dataset", arguments.hub, arguments.revision, arguments.out, arguments.files):
        pass


if __name__ == "__main__":
    run(main)
