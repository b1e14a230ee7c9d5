"""The labelled lines of personal data, and what masking finds of them.

In personal_data.csv every span reads ⟦KIND:text⟧; half of the lines hold none, and much that looks like one. A span
counts where its kind and both its ends are right. Every third line is held out: the forms were written without it.
"""

import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from polyglot.seeds.masking import mask

MARKED = re.compile(r"⟦([A-Z]+):([^⟧]+)⟧")
MASKED = re.compile(r"\[(EMAIL|PHONE|IP|CARD|IBAN|ACCOUNT|ID)\]")
LIMITS = {"recall": 0.95, "precision": 0.98}

Span = tuple[str, int, int]


def spans(text: str, masked: str, marks: re.Pattern[str]) -> set[Span]:
    """(kind, start, end) in `text` of each mark of `masked`, which is `text` with marks in place of its spans."""
    pieces = marks.split(masked)[:: marks.groups + 1]
    places = re.fullmatch("(.+?)".join(map(re.escape, pieces)), text, re.DOTALL)
    kinds = [match[1] for match in marks.finditer(masked)]
    return {(kind, *places.span(number)) for number, kind in enumerate(kinds, 1)}


def read() -> pd.DataFrame:
    """The lines: language, text with marks, plain text, and whether the line is held out."""
    lines = pd.read_csv(Path(__file__).with_name("personal_data.csv"))
    lines["plain"] = [MARKED.sub(r"\2", text) for text in lines["text"]]
    lines["held_out"] = lines.index % 3 == 2
    return lines


def outcomes(lines: pd.DataFrame) -> pd.DataFrame:
    """A row a span that is marked, masked or both: language, kind, held_out, marked, masked."""
    rows = []
    for line in lines.itertuples():
        marked = spans(line.plain, line.text, MARKED)
        masked = spans(line.plain, mask(line.plain)[0], MASKED)
        rows += [
            (line.language, span[0], line.held_out, span in marked, span in masked) for span in sorted(marked | masked)
        ]
    return pd.DataFrame(rows, columns=["language", "kind", "held_out", "marked", "masked"])


def figures(results: pd.DataFrame) -> pd.Series:
    """Number of marked spans, recall and precision."""
    both = (results["marked"] & results["masked"]).sum()
    return pd.Series(
        {
            "spans": results["marked"].sum(),
            "recall": both / results["marked"].sum(),
            "precision": both / max(results["masked"].sum(), 1),
        }
    )


def missed(lines: pd.DataFrame) -> Iterable[str]:
    """Each line that is not masked as it is marked, and what becomes of it."""
    for line in lines.itertuples():
        masked = mask(line.plain)[0]
        if masked != MARKED.sub(r"[\1]", line.text):
            yield f"{line.language}: {line.text}  →  {masked}"
