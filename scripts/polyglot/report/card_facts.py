"""The facts on the cards of synthetic data and students for the Hugging Face hub, from the manifest and the scores."""

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from huggingface_hub import DatasetCardData, EvalResult, ModelCardData

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json
from polyglot.core.numerals import written
from polyglot.hub.licences import Licence, Material, card_licence

KEY = ["student_base", "teacher", "language", "recipe", "size", "trial"]
SIZES = [(1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M")]
DATA_MEASURES = {
    "prompt_diversity": "prompt diversity",
    "response_diversity": "response diversity",
    "perplexity": "perplexity",
    "judge_score": "judge score",
    "judge_invalid_rate": "invalid judge answers",
    "language_fidelity": "language fidelity",
}


def render(template: Path, **values: Any) -> str:
    """A Markdown template filled in, without escaping: its values are names and numbers."""
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(template.parent, encoding="utf-8"),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["number"] = lambda value, decimals=3: "unknown" if pd.isna(value) else written(value, decimals)
    try:
        return environment.get_template(template.name).render(**values)
    except jinja2.TemplateNotFound as error:
        raise InputError(f"{template.parent / str(error.name)}: not found; restore the file") from error
    except jinja2.TemplateError as error:
        raise InputError(f"{template}: cannot be filled in ({error}); fix it") from error


def outputs_of(lines: Iterable[Json], rule: str | Sequence[str], **wildcards: str) -> list[Json]:
    """The manifest's lines for the outputs of a rule (or several) with the given wildcards."""
    rules = [rule] if isinstance(rule, str) else rule
    return [
        line
        for line in lines
        if line["kind"] == "output"
        and line["rule"] in rules
        and all(line["wildcards"].get(name) == value for name, value in wildcards.items())
    ]


def data_files(lines: Iterable[Json], **wildcards: str) -> list[Json]:
    """The frozen rows of each data set, with the number of its rows: {wildcards, path, sha256, bytes, rows}.

    Raises InputError if the manifest names none.
    """
    results = [line for line in outputs_of(lines, "mix", **wildcards) if line["path"].endswith(".parquet")]
    if not results:
        named = ", ".join(f"{name} {value}" for name, value in wildcards.items())
        raise InputError(f"manifest: holds no data set of {named}; run the study first")
    counts = [read_json(Path(line["path"]).with_suffix(".counts.json"))["kept"] for line in results]
    return [{**line, **line["wildcards"], "rows": rows} for line, rows in zip(results, counts, strict=True)]


def answers(lines: Sequence[Json], writers: Sequence[str], language: str | None = None) -> list[Json]:
    """Counts of the answers of a data set's writers: language, method, trial, seen, kept, and reasons for rejection.

    Of a mixture each method says whose answers they are.
    """
    wanted = {"language": language} if language else {}
    results = []
    for writer in writers:
        own = _answers(outputs_of(lines, ("generate", "generate_api"), teacher=writer, **wanted))
        by = f" by {writer}" if len(writers) > 1 else ""
        results += [{**row, "method": f"{row['method']}{by}"} for row in own]
    return sorted(results, key=lambda row: (row["language"], row["method"], int(row["trial"])))


def _answers(lines: Iterable[Json]) -> list[Json]:
    results = []
    for line in lines:
        if line["path"].endswith(".counts.json"):
            counts = read_json(line["path"])
            path = Path(line["path"])
            trial = path.name.removeprefix("trial").removesuffix(".counts.json")
            place = {"language": line["wildcards"]["language"], "method": path.parent.name, "trial": trial}
            reasons = ", ".join(f"{reason} {count}" for reason, count in sorted(counts["rejected"].items()))
            results.append({**place, **counts, "reasons": reasons or "none"})
    return results


def sampling(lines: Sequence[Json], writers: Sequence[str]) -> str:
    """The recorded sampling settings of the jobs of a data set's writers."""
    settings = {
        str(line["params"].get("sampling"))
        for writer in writers
        for line in outputs_of(lines, ("generate", "generate_api"), teacher=writer)
    }
    return "; ".join(sorted(settings))


def commits(lines: Iterable[Json]) -> str:
    """The project's commits from which the files were made, the most frequent first."""
    counts = Counter(line["git"]["commit"] for line in lines if line["git"].get("commit"))
    return ", ".join(commit for commit, _ in counts.most_common()) or "unknown"


def scores_of(scores: pd.DataFrame, **key: Any) -> pd.DataFrame:
    """The rows of scores.csv with the given values."""
    rows = scores
    for name, value in key.items():
        rows = rows[rows[name].astype(str) == str(value)]
    return rows


def data_measures(scores: pd.DataFrame) -> list[Json]:
    """Intrinsic measures, one row per data set; perplexity is that by the first student base in order."""
    rows = scores.sort_values(KEY).drop_duplicates(KEY[1:])
    return rows[[*KEY, *DATA_MEASURES]].astype(object).where(rows.notna(), None).to_dict("records")


def evaluations(files: Iterable[Path], benchmarks: dict[str, Json]) -> list[Json]:
    """A student's evaluations with items in its language, each with ability, title and `decides` of its benchmark."""
    results = [read_json(file) for file in files]
    return [{**evaluation, **benchmarks[evaluation["benchmark"]]} for evaluation in results if evaluation["n"]]


def students(scores: pd.DataFrame) -> list[Json]:
    """Results of the students: score, base, reference, gain, and PGR if its anchors are valid."""
    columns = [
        *KEY,
        "student_score",
        "student_score_se",
        "base_score",
        "reference_score",
        "anchor_valid",
        "pgr",
        "gain",
    ]
    table = scores.sort_values(KEY)[columns].astype(object).where(scores[columns].notna(), None)
    rows = table.to_dict("records")
    return [{**row, "pgr": row["pgr"] if str(row["anchor_valid"]).lower() == "true" else None} for row in rows]


def size_category(rows: int) -> str:
    """The hub's size category for a number of rows."""
    return next((category for limit, category in SIZES if rows < limit), "1M<n<10M")


def hub_ids(materials: Iterable[Material], role: str, kind: str) -> list[str]:
    """Hub ids of the materials in a role. Materials that come with a Python package have none."""
    return sorted(
        {
            material.title
            for material in materials
            if material.role == role and material.kind == kind and material.title.count("/") == 1
        }
    )


def data_header(name: str, files: list[Json], materials: list[Material], licences: list[Licence]) -> str:
    """The YAML header of a data card."""
    configs = {}
    for file in files:
        configs[f"{file['language']}-{file['recipe']}-{file['size']}"] = (
            f"{file['language']}/{file['recipe']}-{file['size']}/*.parquet"
        )
    data = DatasetCardData(
        language=sorted({file["language"] for file in files}),
        pretty_name=name,
        size_categories=[size_category(sum(file["rows"] for file in files))],
        source_datasets=hub_ids(materials, "seed source", "dataset") or ["original"],
        task_categories=["text-generation"],
        tags=["synthetic", "instruction-tuning", "multilingual"],
        configs=[{"config_name": name, "data_files": pattern} for name, pattern in sorted(configs.items())],
        **card_licence(licences),
    )
    return f"---\n{data.to_yaml()}\n---\n\n"


def model_name(parts: Sequence[str], licences: Sequence[Licence]) -> str:
    """A student's name, with the prefix that the strictest licence demanding one prescribes."""
    prefix = next((licence.prefix for licence in licences if licence.prefix), "")
    name = "-".join(parts)
    return name if name.lower().startswith(prefix.lower()) else f"{prefix}-{name}"


def model_header(
    name: str, student: Json, evaluations: list[Json], materials: list[Material], licences: list[Licence]
) -> str:
    """The YAML header of a model card; `student`: the six parts of its name; `evaluations`: as `evaluations` gives."""
    results = [
        EvalResult(
            task_type="text-generation",
            dataset_type=evaluation["title"],
            dataset_name=f"{evaluation['benchmark']} ({student['language']})",
            dataset_config=evaluation["benchmark"],  # the hub joins results of the same data set and configuration
            metric_type=evaluation["metric"],
            metric_value=evaluation["score"],
        )
        for evaluation in evaluations
    ]
    bases = hub_ids(materials, f"student base {student['student_base']}", "model")
    data = ModelCardData(
        language=student["language"],
        base_model=bases[0] if len(bases) == 1 else None,
        library_name="transformers",
        pipeline_tag="text-generation",
        tags=["sft", "synthetic-data"],
        model_name=name,
        eval_results=results or None,
        **card_licence(licences),
    )
    return f"---\n{data.to_yaml()}\n---\n\n"
