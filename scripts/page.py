"""Pages in Markdown as self-contained HTML files, for the report and for reading without a Markdown viewer.

Reads the Markdown files and the templates in resources/pages/; writes {name}.html of each {name}.md into a folder.
Nothing in a page is markup that was not Markdown, and a page loads nothing.
"""

import argparse
from pathlib import Path

from polyglot.errors import InputError, run
from polyglot.files import whole
from polyglot.pages import from_markdown, heading, render


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--markdown", type=Path, nargs="+", required=True, help="the pages to convert")
    parser.add_argument("--templates", type=Path, required=True, help="folder of page.html.jinja and style.css")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets {name}.html")
    arguments = parser.parse_args()
    for path in arguments.markdown:
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: not UTF-8 text ({error}); make it again") from error
        page = render(arguments.templates, "page.html.jinja", title=heading(text, path), body=from_markdown(text))
        with whole(arguments.out / f"{path.stem}.html") as temporary:
            temporary.write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
