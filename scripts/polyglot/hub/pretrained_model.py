"""Make a model folder of a base that this project has pretrained: its files, a chat template and the stop tokens.

The template is given here, and not by the run, so that another one costs no training.
"""

import argparse
import shutil
from pathlib import Path

from polyglot.core.engine import check_model
from polyglot.core.errors import run
from polyglot.core.files import whole
from polyglot.hub.model_folder import finish_hub_folder, read_chat_template


def main() -> None:
    """Parse the command line and make the folder."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--trained", type=Path, required=True, help="folder that the run has written")
    parser.add_argument("--name", required=True, help="id of the model")
    parser.add_argument("--chat-template", type=Path, required=True, help="Jinja file")
    parser.add_argument("--out", type=Path, required=True, help="folder to write")
    arguments = parser.parse_args()
    check_model(arguments.trained)
    template = read_chat_template(arguments.chat_template)
    with whole(arguments.out) as folder:
        shutil.copytree(arguments.trained, folder)
        finish_hub_folder(folder, arguments.name, template, chat=True)


if __name__ == "__main__":
    run(main)
