"""Measurements of small studies made by hand, for the tests of everything after the measurements."""

import numpy as np
import pandas as pd

from polyglot.analysis.measurements import COLUMNS, KEY


def measured(**changes) -> dict:
    """One row of measurements with every metric known; `changes` lays other values over it."""
    row = {
        "student_base": "base-a",
        "teacher": "tee",
        "language": "es",
        "recipe": "mix",
        "size": 60,
        "trial": 1,
        "prompt_diversity": 0.5,
        "response_diversity": 0.6,
        "perplexity": 9.0,
        "judge_score": 3.0,
        "judge_invalid_rate": 0.0,
        "prompt_length": 20.0,
        "response_length": 40.0,
        "language_fidelity": 1.0,
        "culture": 0.4,
        "chat": 0.5,
        "math": 0.1,
        "student_score": 0.4,
        "student_score_se": 0.02,
        "base_score": 0.3,
        "base_score_se": 0.02,
        "reference_score": 0.5,
        "reference_score_se": 0.02,
        "pgr_reported": np.nan,
    }
    return {**row, "rows": changes.get("size", row["size"]), **changes}


def tiny() -> pd.DataFrame:
    """Two teachers in two languages, one base, one trial; the anchors of Indonesian are not valid (reference below)."""
    weak = {"base_score": 0.35, "reference_score": 0.33}
    rows = [
        measured(teacher="ann", language="es", prompt_diversity=0.5, judge_score=3.0, student_score=0.45),
        measured(teacher="ann", language="id", prompt_diversity=0.6, judge_score=2.0, student_score=0.36, **weak),
        measured(teacher="bob", language="es", response_diversity=0.7, perplexity=20.0, student_score=0.31),
        measured(teacher="bob", language="id", response_diversity=0.5, perplexity=4.0, student_score=0.34, **weak),
    ]
    return frame(rows)


def wide(teachers: int = 5, bases: int = 2, trials: int = 2, seed: int = 3) -> pd.DataFrame:
    """A grid with every ablation: teachers × (ar, es, ja) × bases × trials; single methods; sizes 20, 60 and 120."""
    random = np.random.default_rng(seed)
    rows = []
    blocks = [
        ("mix", 60),
        ("generate", 60),
        ("translate", 60),
        ("respond", 60),
        ("nllb-both", 60),
        ("mix", 20),
        ("mix", 120),
    ]
    skill = random.normal(size=teachers)
    anchors = {
        (f"base-{b}", language): 0.2 + 0.1 * random.random() for b in "abc"[:bases] for language in ("ar", "es", "ja")
    }
    for (base, language), base_score in anchors.items():
        for recipe, size in blocks:
            for teacher in range(teachers):
                for trial in range(1, trials + 1):
                    quality = skill[teacher] + 0.3 * random.normal()
                    rows.append(
                        measured(
                            student_base=base,
                            teacher=f"teacher-{teacher}",
                            language=language,
                            recipe=recipe,
                            size=size,
                            trial=trial,
                            prompt_diversity=float(np.clip(0.6 + 0.05 * quality, 0, 2)),
                            response_diversity=float(np.clip(0.7 + 0.04 * random.normal(), 0, 2)),
                            judge_score=float(np.clip(3 + 0.5 * quality, 1, 5)),
                            perplexity=float(np.exp(2 - 0.2 * quality)),
                            prompt_length=float(30 + 5 * random.normal()),
                            response_length=float(60 + 10 * quality),
                            base_score=base_score,
                            reference_score=base_score + 0.25,
                            student_score=float(np.clip(base_score + 0.1 + 0.04 * quality, 0, 1)),
                        )
                    )
    return frame(rows)


def frame(rows: list[dict]) -> pd.DataFrame:
    """Rows as measurements.csv has them."""
    return pd.DataFrame(rows, columns=COLUMNS).sort_values(KEY, ignore_index=True)
