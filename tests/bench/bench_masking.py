"""Precision and recall of the masks of personal data, by language and kind, on invented lines whose spans are marked.

Usage: bench_masking.py [--missed], which also prints the lines that are not masked as they are marked.
"""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2] / "scripts"))

from masked_lines import LIMITS, figures, missed, outcomes, read
from targets import Targets


def main() -> None:
    """Print the figures, and whether they are within the limits."""
    lines = read()
    if "--missed" in sys.argv:
        print(*missed(lines), sep="\n")
    results = outcomes(lines)
    clean = len(lines) - lines["text"].str.contains("⟦").sum()
    print(f"{len(lines)} lines in {lines['language'].nunique()} languages, {clean} of them with nothing to mask")
    for name in ("language", "kind"):
        table = results.groupby(name)[["marked", "masked"]].apply(figures)
        print(table.to_markdown(floatfmt=("", ".0f", ".3f", ".3f")))
    targets = Targets()
    for name, part in (("all lines", results), ("held out", results[results["held_out"]])):
        for figure, limit in LIMITS.items():
            targets.check(f"{figure}, {name}", figures(part)[figure], ">=", limit)
    sys.exit(not targets.met)


if __name__ == "__main__":
    main()
