"""The printed numbers of Polyglot-Ko in resources/published/, each table behind a schema, and its models' names."""

from pathlib import Path

import pandas as pd
import pandera.pandas as pa

from polyglot.analysis.reference import CLAIMS, check_grid
from polyglot.core.sheets import read_sheet

SIZES = ["polyglot-ko-1.3b", "polyglot-ko-3.8b", "polyglot-ko-5.8b", "polyglot-ko-12.8b"]  # the smallest first
OTHERS = ["ko-gpt-trinity-1.2b", "kogpt-6b", "xglm-7.5b"]
MODELS = [*OTHERS, *SIZES]
TASKS = ["copa", "hellaswag", "boolq", "sentineg", "wic"]
SHOTS = [0, 5, 10, 50]
CONTEXT = 2048  # tokens that each Polyglot-Ko model reads at once
# options → macro F1 of one answer to all questions, where each option is right as often as the others: 2/(k + 1) for
# its own class and nothing for the others; where one option is commoner, that answer alone gives more
CONSTANT = {2: 1 / 3, 4: 1 / 10}

_text, _whole = pa.Column(str), pa.Column(int, pa.Check.ge(1))
_task, _model = pa.Column(str, pa.Check.isin(TASKS)), pa.Column(str, pa.Check.isin(MODELS))
_shots = pa.Column(int, pa.Check.isin(SHOTS))
_share = pa.Column(float, pa.Check.in_range(0, 1), coerce=True)
_positive = pa.Column(float, pa.Check.gt(0), coerce=True)


def _table(columns: dict[str, pa.Column], *key: str) -> pa.DataFrameSchema:
    return pa.DataFrameSchema(columns, unique=list(key), strict=True)


ARCHITECTURE = ["layers", "width", "heads", "head_width", "feed_forward", "rotary_dims", "context"]
SCHEMAS = {
    "polyglot_ko_claims": CLAIMS,
    "polyglot_ko_sources": _table(
        {"source": _text, "gigabytes": pa.Column(str, pa.Check.str_matches(r"^<?\d+(\.\d+)?$"), coerce=True)}, "source"
    ),
    "polyglot_ko_models": _table(
        {
            "model": pa.Column(str, pa.Check.isin(SIZES)),
            **dict.fromkeys([*ARCHITECTURE, "vocabulary", "padded_vocabulary", "parameters"], _whole),
            "tokens_billion": _positive,
            "steps": _whole,
            "accelerators": pa.Column(str, pa.Check.str_matches(r"^\d+ \w+$")),
        },
        "model",
    ),
    "polyglot_ko_kobest_f1": _table(
        {"task": _task, "model": _model, "shots": _shots, "f1": _share}, "task", "model", "shots"
    ),
    "polyglot_ko_reruns": _table(
        {
            "model": _model,
            "task": _task,
            "shots": _shots,
            "metric": _text,
            "printed": _share,
            "rerun": pa.Column(float, pa.Check.in_range(0, 1), nullable=True, coerce=True),
            "source": _text,
        },
        *("model", "task", "shots", "metric"),
    ),
    "polyglot_ko_tokenizers": _table(
        {
            "tokenizer": _text,
            "vocabulary": _whole,
            "tokens_a_word": _positive,
            "bytes_a_token": _positive,
            "source": _text,
        },
        "tokenizer",
    ),
    "kobest_tasks": _table(
        {
            "task": _task,
            **dict.fromkeys(["train", "validation", "test"], _whole),
            "options": pa.Column(int, pa.Check.ge(2)),
            "metric_printed": _text,
        },
        "task",
    ),
    "kobest_lengths": _table(
        {
            "task": _task,
            "characters": _whole,
            "rows": _whole,
            "bytes_a_character": pa.Column(float, pa.Check.in_range(1, 4), coerce=True),
            "source": _text,
        },
        "task",
    ),
}


def load_polyglot_ko(folder: str | Path) -> dict[str, pd.DataFrame]:
    """All tables of Polyglot-Ko and KOBEST by file stem.

    Raises InputError that names the file, the line and the column of a missing, repeated, unknown or impossible value.
    """
    tables = {name: read_sheet(Path(folder) / f"{name}.csv", schema) for name, schema in SCHEMAS.items()}
    scores = tables["polyglot_ko_kobest_f1"]
    check_grid(Path(folder) / "polyglot_ko_kobest_f1.csv", scores, ["task", "model", "shots"])
    return tables


def billions(counted: pd.DataFrame) -> dict[str, float]:
    """Model → billions of parameters: counted, or, of the models of others, in the name (`xglm-7.5b`)."""
    named = {model: float(model.rsplit("-", 1)[1].removesuffix("b")) for model in OTHERS}
    return named | (counted.set_index("model")["parameters"] / 1e9).to_dict()
