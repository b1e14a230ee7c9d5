"""The disk that a study takes, and the students whose weights are gone."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from polyglot.core.command_line import snakemake_command
from polyglot.study.design import Design
from polyglot.study.locked import free_gb
from polyglot.study.sizing import BYTES, weights_gb
from polyglot.study.work import Estimates

CHECKPOINT_MINUTES = 30  # between those of a training
TOKEN_BYTES = 2


def disk(design: Design) -> dict[str, float]:
    """The most gigabytes by kind at one time: students that train beside each other are held to `students.disk_gb`."""
    config, settings, estimates = design.config, design.config["plan"], Estimates(design)
    answers = sum(estimates.asked(teacher, code, trial, [method]) for teacher, code, method, trial in design.wanted)
    rows = answers + sum({cell.data: cell.size for cell in design.cells}.values())
    trained = [
        (cell, design.base_size_b(cell.student_base), design.training(cell.student_base)) for cell in design.cells
    ]
    weights = sum(student_gb(size_b, entry) for _, size_b, entry in trained)
    training = [
        training_gb(size_b, entry, estimates.limit("train", cell._asdict(), cards=1)) for cell, size_b, entry in trained
    ]
    at_once = max([config["students"]["disk_gb"], *training])  # one alone may take more
    return {
        "models": sum(weights_gb(design.size_b(name)) for name in design.models),
        "data sets": sum(config["datasets"][name]["size_gb"] for name in design.datasets),
        "synthetic rows and data": rows * settings["tokens"]["row"] * settings["token_bytes"] / 1e9,
        "students that stay": weights if config["students"]["keep"] else 0.0,
        "students that train or are evaluated": min(sum(training), at_once),
        **pretraining_disk(estimates),
        "evaluation records": records(design) * settings["record_kb"] / 1e6,
    }


def student_gb(size_b: float, training: dict[str, Any]) -> float:
    """The weights of a student."""
    return size_b * BYTES[training["dtype"]]


def training_gb(size_b: float, training: dict[str, Any], minutes: float) -> float:
    """The most that a training of so many minutes holds, and beside it a student that waits for its evaluation.

    A new checkpoint is written before the last one goes; in the end the trained weights, in float32, and the student
    are written before the checkpoint goes.
    """
    written, student = min(2, int(minutes // CHECKPOINT_MINUTES)), student_gb(size_b, training)
    checkpoint = checkpoint_gb(size_b, training)
    ending = min(written, 1) * checkpoint + checkpoint / 3 + student
    return max(written * checkpoint, ending) + student


def pretraining_disk(estimates: Estimates) -> dict[str, float]:
    """Gigabytes of the runs of `pretraining`; of a packaged corpus, which is small, nothing is counted.

    A corpus is there cleaned and kept, beside what was fetched, and in the tokens of each tokenizer, 2 bytes each; a
    run keeps two checkpoints, and its model beside the one that is given a chat template.
    """
    config, runs = estimates.config, estimates.config["pretraining"]["runs"]
    if not runs:
        return {}
    read = {(corpus, entry["tokenizer"]) for entry in runs.values() for corpus in entry["corpora"]}
    sizes = {
        corpus: config["datasets"][config["corpora"][corpus]["dataset"]]["size_gb"]
        for corpus, _ in read
        if "dataset" in config["corpora"][corpus]
    }
    tokens = sum(sizes.get(corpus, 0) / config["plan"]["token_bytes"] * TOKEN_BYTES for corpus, _ in read)
    trained = {run: estimates.pretrained(run).size_b for run in runs}
    states = [size_b * BYTES["float32"] * 3 for size_b in trained.values()]
    return {
        "corpora and their tokens": 3 * sum(sizes.values()) + tokens,
        "pretrained models": sum(size_b * BYTES[runs[run]["dtype"]] for run, size_b in trained.items()),
        "checkpoints while pretraining": 2 * sum(states),
    }


def checkpoint_gb(size_b: float, training: dict[str, Any]) -> float:
    """One checkpoint of full training: weights and two moments in float32; of LoRA next to nothing, 1 % of it."""
    return size_b * BYTES["float32"] * 3 * (1 if training["method"] == "full" else 0.01)


def records(design: Design) -> int:
    """Records of all evaluations: an item of a benchmark that a model or a student answers."""
    compared = design.compared_evaluations() if design.compared_models else []
    number = 0
    for file in {*design.measured(design.cells), *design.teacher_evaluations(), *compared}:
        kind, *place = Path(file).relative_to(design.folder).parts
        if kind == "evaluations":
            language = place[2] if place[0] == "models" else place[3]
            entry = design.config["benchmarks"][Path(file).stem]
            number += entry["items"] if language in entry["languages"] else 0
    return number


def retraining_note(jobs: Iterable[Any]) -> str | None:
    """In one line how many students Snakemake's jobs train again only because their weights are gone; None if none."""
    outputs = [job.output for job in jobs if job.rule.name == "train"]
    again = [output.model for output in outputs if Path(output.summary).exists() and not Path(output.model).exists()]
    if not again:
        return None
    return (
        f"note: {len(again)} students are trained again, such as {again[0]}: their weights were deleted after their"
        " evaluation; docs/cluster.md, section Disk"
    )


def space_note(design: Design, folder: Path, overlays: Iterable[Path]) -> str | None:
    """In one line that the whole study needs more than the disk of `folder` has free; None where it fits.

    `overlays` are the files over config.yaml that make the study's config.
    """
    planned, free = sum(disk(design).values()), free_gb(folder)
    if planned <= free:
        return None
    return (
        f"note: {folder}: {planned:.0f} GB are planned for the whole study, and {free:.0f} GB are free;"
        f" `{snakemake_command(overlays, 'plan', cores=1)}` shows it, docs/models-and-data.md says what can go"
    )
