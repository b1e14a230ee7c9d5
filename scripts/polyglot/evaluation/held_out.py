"""The seed rows that no teacher is shown: the benchmark side of the split, with a meaningful answer."""

import pandas as pd

from polyglot.core.files import Json
from polyglot.core.identity import comparable
from polyglot.core.language import letters
from polyglot.evaluation.benchmark_adapter import Wanted

FEWEST_LETTERS = {"ja": 5, "ko": 5, "zh": 5}  # fewest letters of a meaningful answer; other scripts need more
FEWEST_LETTERS_ELSEWHERE = 12


def held_out_rows(wanted: Wanted) -> tuple[dict[str, Json], list[str]]:
    """Held-out rows by seed_id, one per prompt, with a meaningful answer; and the reasons for the rejected rows."""
    return answered_rows(wanted.seeds[wanted.seeds["split"] == "benchmark"], wanted.language)


def answered_rows(seeds: pd.DataFrame, language: str) -> tuple[dict[str, Json], list[str]]:
    """Rows of a language by seed_id, one per prompt, with a meaningful answer; and the reasons for the others."""
    fewest = FEWEST_LETTERS.get(language, FEWEST_LETTERS_ELSEWHERE)
    by_prompt: dict[str, Json] = {}
    reasons: list[str] = []
    for row in seeds[seeds["language"] == language].sort_values("seed_id").to_dict("records"):
        key = comparable(row["prompt"])
        if letters(row["response"] or "") < fewest or comparable(row["response"]) == key:
            reasons.append("answer_says_little")
        elif key in by_prompt:
            reasons.append("same_prompt")
        else:
            by_prompt[key] = row
    return {row["seed_id"]: row for row in by_prompt.values()}, reasons
