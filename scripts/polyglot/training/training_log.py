"""The reports of a training run: its log, a summary of its data and results, and its speed."""

import resource
from collections.abc import Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING

from polyglot.core.files import Json
from polyglot.training.examples import IGNORED, Data
from polyglot.training.training_settings import Settings

if TYPE_CHECKING:
    from transformers import TrainerCallback


def log_lines(history: Sequence[Json], before: float | None, after: float | None) -> list[Json]:
    """The training log: held-out loss at step 0 and at the last step, between them one line per step. No times."""
    keys = ("step", "epoch", "loss", "learning_rate", "grad_norm")
    lines = [{key: entry[key] for key in keys if key in entry} for entry in history if "loss" in entry]
    if before is None or after is None:
        return lines
    last = {key: lines[-1][key] for key in ("step", "epoch")}
    return [{"step": 0, "epoch": 0.0, "held_out_loss": before}, *lines, {**last, "held_out_loss": after}]


def summarise(data: Data, settings: Settings, seed: int, history: Sequence[Json]) -> Json:
    """The data and results of a run, without values that differ between runs."""
    steps = [entry for entry in history if "loss" in entry]
    return {
        "train_rows": len(data.train),
        "held_out_rows": len(data.held_out),
        "dropped_rows": len(data.dropped),  # longer than max_length
        "dropped_row_ids": data.dropped,
        "train_tokens": sum(len(row["input_ids"]) for row in data.train),
        "loss_tokens": sum(label != IGNORED for row in data.train for label in row["labels"][1:]),
        "steps": steps[-1]["step"],
        "epochs": steps[-1]["epoch"],
        "final_loss": steps[-1]["loss"],
        "seed": seed,
        "settings": asdict(settings),
    }


def speed(callback: "TrainerCallback", device: str) -> Json:
    """Tokens per second over this process's steps (None without steps), and the peak memory in MiB.

    Memory is that of the process on CPU, of the tensors on GPU.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10  # Linux counts in KiB
    if device == "cuda":
        import torch

        peak = torch.cuda.max_memory_allocated() / 2**20
    rate = callback.tokens / callback.seconds if callback.tokens else None
    return {"tokens_per_second": rate, "seconds": callback.seconds, "tokens": callback.tokens, "peak_memory_mb": peak}
