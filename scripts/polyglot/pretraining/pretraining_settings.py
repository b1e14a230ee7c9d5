"""The settings of a pretraining run, and the GPT-NeoX that they describe."""

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from polyglot.core.errors import InputError
from polyglot.core.files import Json

if TYPE_CHECKING:
    from transformers import GPTNeoXConfig


@dataclass(frozen=True)
class PretrainingSettings:
    """Shape, length and optimiser of a run.

    `layers`, `width`, `heads`, `rotary` (dimensions of a head that are rotated), `context` and `padded_to` (the
    vocabulary is padded to a multiple of it) are the architecture; the feed-forward layers are four times as wide.
    `sequences` of `context` tokens are an update, over all devices; a device reads `sequences_at_once`. Either so many
    `tokens` are read in all, or so many `bytes` of text: models that are to be compared read the same bytes. The
    learning rate rises over the share `warmup` of the updates and falls along a cosine to the share `final_rate` of
    `learning_rate`. Weights are trained in float32, with bfloat16
    autocast if `dtype`, that of the model on disk, is bfloat16.
    """

    layers: int
    width: int
    heads: int
    rotary: int
    context: int
    padded_to: int
    sequences: int
    sequences_at_once: int
    learning_rate: float
    final_rate: float
    warmup: float
    beta1: float
    beta2: float
    weight_decay: float
    clip: float
    dtype: str
    device: str
    tokens: int | None = None
    bytes: int | None = None

    def __post_init__(self) -> None:
        """Refuse two lengths, or none."""
        if (self.tokens is None) == (self.bytes is None):
            raise InputError("settings tokens and bytes: give one of them")

    def steps(self, corpus_tokens: int, corpus_bytes: int) -> int:
        """Updates of the run on a corpus of so many tokens and bytes."""
        wanted = self.tokens if self.bytes is None else self.bytes * corpus_tokens / corpus_bytes
        return max(1, round(wanted / (self.sequences * self.context)))

    def at_once(self, devices: int, retries: int = 0) -> tuple[int, int]:
        """(sequences of a device and batch, accumulated batches) of an update on so many devices.

        Each of `retries` halves the batch, as long as it can be: what did not fit into memory will not fit a second
        time. Raises InputError where the devices cannot share the sequences of an update.
        """
        batch = self.sequences_at_once
        for _ in range(retries):
            batch = batch // 2 if batch % 2 == 0 else batch
        accumulated, rest = divmod(self.sequences, batch * devices)
        if rest or not accumulated:
            raise InputError(
                f"setting sequences: {self.sequences} cannot be shared by {devices} devices in batches of {batch};"
                f" choose a multiple of {batch * devices}"
            )
        return batch, accumulated


def parse_settings(values: Json) -> PretrainingSettings:
    """Settings from JSON. Raises InputError naming a key that is missing or unknown."""
    try:
        return PretrainingSettings(**values)
    except TypeError as error:
        names = ", ".join(PretrainingSettings.__annotations__)
        raise InputError(f"--settings: {error}; its keys are {names}") from error


def padded(vocabulary: int, multiple: int) -> int:
    """Rows of the embeddings: the vocabulary, rounded up to a multiple."""
    return math.ceil(vocabulary / multiple) * multiple


def parameters(layers: int, width: int, rows: int) -> int:
    """Parameters of a GPT-NeoX whose embeddings have so many rows: weights, biases and norms."""
    return 2 * rows * width + layers * (12 * width**2 + 13 * width) + 2 * width


def architecture(settings: PretrainingSettings, vocabulary: int, end_of_text: int) -> "GPTNeoXConfig":
    """The GPT-NeoX of the settings, as Polyglot-Ko's: parallel residuals, untied embeddings, no dropout."""
    from transformers import GPTNeoXConfig

    head, rest = divmod(settings.width, settings.heads)
    if rest or settings.rotary > head or settings.rotary % 2:
        raise InputError(
            f"setting width: {settings.width} in {settings.heads} heads with {settings.rotary} rotary dimensions;"
            " choose a multiple of heads, and an even number of dimensions that a head has"
        )
    return GPTNeoXConfig(
        vocab_size=padded(vocabulary, settings.padded_to),
        hidden_size=settings.width,
        num_hidden_layers=settings.layers,
        num_attention_heads=settings.heads,
        intermediate_size=4 * settings.width,
        max_position_embeddings=settings.context,
        rope_parameters={
            "rope_type": "default",
            "rope_theta": 10_000.0,
            "partial_rotary_factor": settings.rotary / head,
        },
        tie_word_embeddings=False,
        bos_token_id=end_of_text,
        eos_token_id=end_of_text,
        pad_token_id=end_of_text,
    )


def differing(before: Json, now: Json, prefix: str = "") -> str | None:
    """The first key, sorted, at which two records of a run differ, with both values; None where they are the same."""
    for key in sorted({*before, *now}):
        first, second = before.get(key), now.get(key)
        if isinstance(first, dict) and isinstance(second, dict):
            if inner := differing(first, second, f"{prefix}{key}."):
                return inner
        elif first != second:
            return f"{prefix}{key} {first}, not {second}"
    return None
