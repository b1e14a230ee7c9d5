"""Unknown targets: the nearest names, and where the list is."""

import pytest

from polyglot.study.nearest import meant, path_words

NAMES = {"results", "test", "requests", "data", "es", "id", "smollm2-135m", "gemma-3-270m", "generate"}


@pytest.mark.parametrize(
    ("target", "line"),
    [
        ("figurs", "error: figurs: no target; nearest: figures; targets: all, figures, tables"),
        ("zzz", "error: zzz: no target; targets: all, figures, tables"),
        (
            "results/test/requests/xx/generate.parquet",
            "error: results/test/requests/xx/generate.parquet: xx is no name of",
        ),
        (
            "results/test/data/smolm2-135m/es/mix-24/trial1.parquet",
            "error: results/test/data/smolm2-135m/es/mix-24/trial1.parquet: smolm2-135m is no name of this study;"
            " nearest: smollm2-135m; docs/layout.md",
        ),
        ("results/test/es/id.parquet", "error: results/test/es/id.parquet: no rule makes it, though each of its names"),
    ],
)
def test_the_nearest_names(target, line):
    assert meant(target, ["tables", "figures", "all"], NAMES).startswith(line)


def test_words_of_paths_are_what_is_no_wildcard():
    patterns = ["results/test/synthetic/{teacher}/trial{trial}.parquet", "paper_figures/{study}/figure_01.png"]
    assert path_words(patterns) == {"results", "test", "synthetic", "paper_figures", "figure_01"}
