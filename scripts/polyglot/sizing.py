"""Resources of a job as functions of the model's size and the attempt: the one place where they are decided."""

import math
from pathlib import Path

CARD_GB = 80  # memory of one accelerator
CARDS_PER_NODE = 8
BYTES = {"bfloat16": 2, "float32": 4}
# on the host: float32 serves the CPU, where the engine keeps packed copies of the matrices
HOST_BYTES = {"bfloat16": 2.5, "float32": 11}


def gpus_to_serve(size_b: float, dtype: str) -> int:
    """Cards that hold a model's weights with 40 % left for activations and the key-value cache; a power of two."""
    cards = size_b * BYTES[dtype] / (0.6 * CARD_GB)
    return min(2 ** max(0, math.ceil(math.log2(cards))), CARDS_PER_NODE)


def gpus_to_train(size_b: float, method: str) -> int:
    """Cards for AdamW, at 16 bytes a parameter (weights, gradients, moments, float32 copies), or 3 with LoRA."""
    bytes_each = 16 if method == "full" else 3
    cards = size_b * bytes_each / (0.8 * CARD_GB)
    return min(2 ** max(0, math.ceil(math.log2(cards))), CARDS_PER_NODE)


def serving_memory_mb(size_b: float, dtype: str, attempt: int) -> int:
    """Host memory to load and serve a model: its weights, and 3 GB for the engine; half as much more on each retry."""
    return int((3000 + 1000 * size_b * HOST_BYTES[dtype]) * (1 + attempt) / 2)


def training_memory_mb(size_b: float, method: str, attempt: int) -> int:
    """Host memory to train on the CPU or gather a sharded model: float32 weights four times, or once with LoRA."""
    bytes_each = 16 if method == "full" else 6
    return int((3000 + 1000 * size_b * bytes_each) * (1 + attempt) / 2)


def minutes(base: float, attempt: int) -> int:
    """A time limit that doubles with each attempt."""
    return math.ceil(base * 2 ** (attempt - 1))


def weights_gb(size_b: float) -> float:
    """Size of a model's safetensors in GB: the hub holds them in bfloat16."""
    return size_b * BYTES["bfloat16"]


def disk_shortage(folder: Path, needed_gb: float, free_gb: float) -> str | None:
    """In one line that `folder` is on too small a disk, and the cure; None where what is needed fits."""
    if needed_gb <= free_gb:
        return None
    return (
        f"{folder}: {needed_gb:.1f} GB are needed for what is to be fetched, and {free_gb:.1f} GB are free; free some, "
        "or make results a link to a larger disk"
    )
