"""Render pages in Markdown as self-contained HTML files, for the report and for reading in a browser.

Reads the Markdown files and the templates in resources/pages/; writes {name}.html of each {name}.md into a folder. Text
of models and people stays text: templates escape by default, and a Content-Security-Policy in each page forbids scripts
and requests.
"""

import argparse
import itertools
from collections.abc import Sequence
from pathlib import Path

import jinja2
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markupsafe import Markup

from polyglot.core.errors import InputError, run
from polyglot.core.files import whole

NUMERIC = frozenset("0123456789.,+−-±%()[]/ ")
SHORT = 24  # characters: a column of cells up to this keeps each on a line, any other has room for texts


def render(templates: Path, name: str, **values: object) -> str:
    """The template `name` filled in with `values`. Raises InputError if that fails."""
    loader = jinja2.FileSystemLoader(templates, encoding="utf-8")
    environment = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    try:
        return environment.get_template(name).render(**values)
    except jinja2.TemplateNotFound as error:
        raise InputError(f"{templates / str(error.name)}: not found; restore the file") from error
    except jinja2.TemplateError as error:
        raise InputError(f"{templates / name}: cannot be filled in ({error}); fix it") from error


def from_markdown(text: str) -> Markup:
    """Markdown as HTML: embedded HTML is shown as text, pictures are omitted, wide tables scroll on their own."""
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable("image")
    markdown.add_render_rule("table_open", _table_open)
    markdown.add_render_rule("table_close", _table_close)
    tokens = markdown.parse(text)
    _mark_columns(tokens)
    return Markup(markdown.renderer.render(tokens, markdown.options, {}))


def heading(text: str, path: object) -> str:
    """The first heading of a Markdown page. Raises InputError naming `path` if it has none."""
    for line in text.splitlines():
        if line.startswith("# ") and line[2:].strip():
            return line[2:].strip()
    raise InputError(f"{path}: has no heading (a line that begins with '# '); write the page again")


def _table_open(renderer: RendererHTML, tokens: Sequence[Token], index: int, *_: object) -> str:
    return '<div class="wide" tabindex="0"><table>\n'


def _table_close(renderer: RendererHTML, tokens: Sequence[Token], index: int, *_: object) -> str:
    return "</table></div>\n"


def _mark_columns(tokens: list[Token]) -> None:
    """Mark the columns of tables: numbers alone, whose digits are aligned, short cells, or texts of several lines."""
    columns: list[list[tuple[Token, str]]] = []
    place = 0
    for cell, content in itertools.zip_longest(tokens, tokens[1:]):
        if cell.type == "table_open":
            columns = []
        elif cell.type == "tr_open":
            place = 0
        elif cell.type in ("th_open", "td_open"):
            cell.attrs.pop("style", None)
            if place == len(columns):
                columns.append([])
            columns[place].append((cell, content.content))
            place += 1
        elif cell.type == "table_close":
            for column in columns:
                mark = _mark_of([text for _, text in column[1:] if text])
                for marked, _ in column:
                    marked.attrSet("class", mark)


def _mark_of(texts: list[str]) -> str:
    """The class of a column with these cells below its head, those without text left out."""
    longest = max(map(len, texts), default=0)
    if texts and all(set(text) <= NUMERIC and any(map(str.isdigit, text)) for text in texts):
        return "number"
    return "short" if longest <= SHORT else "words"


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
            raise InputError(f"{path}: not UTF-8 text ({error}); write the page again") from error
        page = render(arguments.templates, "page.html.jinja", title=heading(text, path), body=from_markdown(text))
        with whole(arguments.out / f"{path.stem}.html") as temporary:
            temporary.write_text(page + "\n", encoding="utf-8")


if __name__ == "__main__":
    run(main)
