"""Resources of a job as functions of the model's size and the attempt: the one place where they are decided."""

import math
from pathlib import Path

from polyglot.core.errors import InputError

CARD_GB = 80  # memory of one accelerator, where the site file says nothing else
CARDS_PER_NODE = 8
ROOMY, TIGHT = 0.6, 0.75  # shares of the cards' memory that a served model's weights take
BYTES = {"bfloat16": 2, "float32": 4}
# on the host: float32 serves the CPU, where the engine keeps packed copies of the matrices
HOST_BYTES = {"bfloat16": 2.5, "float32": 11}


def gpus_to_serve(size_b: float, dtype: str, card_gb: int = CARD_GB, per_node: int = CARDS_PER_NODE) -> int:
    """Cards that hold a model's weights with 40 % left for activations and the key-value cache; a power of two.

    More than one share the model by tensor parallelism, so all are in one node. Where it has fewer, all of it, if 25 %
    are left: fewer requests are answered at a time. Raises InputError where the node is too small for that too.
    """
    weights, whole = size_b * BYTES[dtype], 2 ** int(math.log2(per_node))
    if ROOMY * whole * card_gb < weights <= TIGHT * whole * card_gb:
        return whole
    return power_of_two(weights / (ROOMY * card_gb), f"serving {size_b:g} billion", card_gb, per_node)


def power_of_two(cards: float, what: str, card_gb: int, per_node: int) -> int:
    """The power of two that is not below `cards`. Raises InputError where a node has fewer cards."""
    needed = 2 ** max(0, math.ceil(math.log2(cards)))
    if needed > per_node:
        raise InputError(
            f"{what} parameters takes {needed} cards of {card_gb} GB and a node has {per_node}: correct `cards` in "
            "site.yaml, use a node with more memory, or take a smaller model"
        )
    return needed


def serving_memory_mb(size_b: float, dtype: str, attempt: int) -> int:
    """Host memory to load and serve a model: its weights, and 3 GB for the engine; half as much more on each retry.

    On the CPU the engine's share also holds the logits of a scored prompt (`core/engine.py:scoring`).
    """
    return memory_mb(3000 + 1000 * size_b * HOST_BYTES[dtype], attempt)


def training_memory_mb(size_b: float, method: str, attempt: int) -> int:
    """Host memory to train on the CPU or gather a sharded model: float32 weights four times, or once with LoRA."""
    bytes_each = 16 if method == "full" else 6
    return memory_mb(3000 + 1000 * size_b * bytes_each, attempt)


def memory_mb(base: float, attempt: int) -> int:
    """Host memory that grows by half of `base` with each attempt."""
    return int(base * (1 + attempt) / 2)


def minutes(base: float, attempt: int) -> int:
    """A time limit that doubles with each attempt."""
    return math.ceil(base * 2 ** (attempt - 1))


def weights_gb(size_b: float) -> float:
    """Size of a model's safetensors in GB: the hub holds them in bfloat16."""
    return size_b * BYTES["bfloat16"]


def disk_shortage(folder: Path, needed_gb: float, free_gb: float) -> str | None:
    """One line that says that the disk of `folder` is too small, with the cure; None if it is large enough."""
    if needed_gb <= free_gb:
        return None
    return (
        f"{folder}: {needed_gb:.1f} GB are needed for what is to be fetched, and {free_gb:.1f} GB are free; free some, "
        "or make results a link to a larger disk"
    )
