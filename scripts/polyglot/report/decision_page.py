"""Write the page that a study's report opens on: the decision in words, its picture, and rows side by side.

Reads decision.json, the picture of teachers by language and the templates in resources/pages/; writes one HTML file
that holds all of it. Texts of models are escaped by the template.
"""

import argparse
import base64
from pathlib import Path

from polyglot.analysis.decision_words import body, opening
from polyglot.core.errors import run
from polyglot.core.files import Json, read_json, whole
from polyglot.report.page import from_markdown, render
from polyglot.report.sample_rows import plain


def shown(examples: list[Json], names: dict[str, str]) -> list[Json]:
    """Rows side by side for the template: of each language its name and, per prompt, (teacher, answer) pairs."""
    return [
        {
            "language": entry["language"],
            "name": names.get(entry["language"], entry["language"]),
            "rows": [
                {
                    "prompt": plain(row["prompt"]),
                    "answers": list(zip(entry["teachers"], map(plain, row["answers"]), strict=True)),
                }
                for row in entry["rows"]
            ],
            "teachers": entry["teachers"],
        }
        for entry in examples
    ]


def main() -> None:
    """Parse the command line, fill in the template, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--decision", type=Path, required=True, help="decision.json of the study")
    parser.add_argument("--picture", type=Path, required=True, help="PNG of teachers by language")
    parser.add_argument("--templates", type=Path, required=True, help="folder of decision.html.jinja and style.css")
    parser.add_argument("--out", type=Path, required=True, help="the HTML file to write")
    arguments = parser.parse_args()
    decision = read_json(arguments.decision)
    page = render(
        arguments.templates,
        "decision.html.jinja",
        title=f"Which teacher: study {decision['study']}",
        opening=from_markdown("\n\n".join(opening(decision))),
        body=from_markdown("\n\n".join(block for block in body(decision) if block)),
        # in lines: the report takes the page into a text whose lines may not be longer than 10,000 characters
        picture=base64.encodebytes(arguments.picture.read_bytes()).decode("ascii").strip(),
        examples=shown(decision["examples"], decision["names"]),
    )
    with whole(arguments.out) as temporary:
        temporary.write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
