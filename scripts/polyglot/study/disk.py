"""The disk that a study takes once everything is made."""

from pathlib import Path
from typing import Any

from polyglot.study.design import Design
from polyglot.study.locked import free_gb
from polyglot.study.sizing import BYTES, weights_gb
from polyglot.study.work import Estimates


def disk(design: Design) -> dict[str, float]:
    """Gigabytes by kind once everything is made; checkpoints are those of the jobs that train at one time."""
    config, settings, estimates = design.config, design.config["plan"], Estimates(design)
    answers = sum(estimates.asked(teacher, code, trial, [method]) for teacher, code, method, trial in design.wanted)
    rows = answers + sum({cell.data: cell.size for cell in design.cells}.values())
    trained = [(design.base_size_b(cell.student_base), design.training(cell.student_base)) for cell in design.cells]
    checkpoints = sorted((checkpoint_gb(size_b, entry) for size_b, entry in trained), reverse=True)
    return {
        "models": sum(weights_gb(design.size_b(name)) for name in design.models),
        "data sets": sum(config["datasets"][name]["size_gb"] for name in design.datasets),
        "synthetic rows and data": rows * settings["tokens"]["row"] * settings["token_bytes"] / 1e9,
        "students": sum(size_b * BYTES[entry["dtype"]] for size_b, entry in trained),
        "checkpoints while training": sum(checkpoints[: settings["trainings_at_once"]]),
        "evaluation records": records(design) * settings["record_kb"] / 1e6,
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


def space_note(design: Design, folder: Path) -> str | None:
    """In one line that the whole study needs more than the disk of `folder` has free; None where it fits."""
    planned, free = sum(disk(design).values()), free_gb(folder)
    if planned <= free:
        return None
    return (
        f"note: {folder}: {planned:.0f} GB are planned for the whole study, and {free:.0f} GB are free;"
        " `.venv/bin/snakemake --cores 1 plan` shows it, docs/models-and-data.md says what can go"
    )
