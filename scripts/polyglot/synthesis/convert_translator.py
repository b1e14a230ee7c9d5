"""Turn the folder of a translation model (M2M-100 or NLLB, safetensors) into a CTranslate2 folder with its tokenizer.

The conversion is CTranslate2's own; that its vocabulary has the tokenizer's order is checked. OUT appears whole.
"""

import argparse
from pathlib import Path

from polyglot.core.engine import check_model, prepare_environment
from polyglot.core.errors import run
from polyglot.core.files import whole
from polyglot.synthesis.nllb import COMPUTE_TYPES, convert


def main() -> None:
    """Parse the command line and convert."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--compute-type", choices=COMPUTE_TYPES, required=True, help="how the weights are stored")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    prepare_environment()
    check_model(arguments.model)
    with whole(arguments.out) as folder:
        convert(arguments.model, folder, arguments.compute_type)


if __name__ == "__main__":
    run(main)
