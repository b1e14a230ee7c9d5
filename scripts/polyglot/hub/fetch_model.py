"""Fetch a model from the hub at a pinned commit: config, safetensors weights, tokenizer and chat template.

Reads the hub. Writes one ordinary Hugging Face folder, whole, so that every later step loads every model in the same
way and offline. Whole files of a broken download are kept in a hidden folder beside OUT, and the next run goes on from
them.
"""

import argparse
from pathlib import Path

from polyglot.core.engine import check_model
from polyglot.core.errors import run
from polyglot.hub.model_folder import from_hub, read_chat_template


def main() -> None:
    """Parse the command line and make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hub", required=True, help="organisation/name of a repository on the Hugging Face hub")
    parser.add_argument("--revision", required=True, help="commit of the repository, 40 hexadecimal digits")
    template = parser.add_mutually_exclusive_group()
    template.add_argument("--chat-template", type=Path, help="Jinja file; not needed where the repository brings one")
    template.add_argument(
        "--no-chat", action="store_true", help="the model is never asked in turns: no template needed"
    )
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    text = None if arguments.chat_template is None else read_chat_template(arguments.chat_template)
    from_hub(arguments.hub, arguments.revision, text, arguments.out, chat=not arguments.no_chat)
    check_model(arguments.out)


if __name__ == "__main__":
    run(main)
