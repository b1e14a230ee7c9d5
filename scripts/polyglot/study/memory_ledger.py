"""The memory of a card that trains a student, term by term, and how many cards a training takes.

The longest row that is trained on decides, not the usual one: a job that runs out of memory at its last row is lost.
Terms follow from what the pinned libraries do (bfloat16 arithmetic on float32 weights, PyTorch's FSDP2 by accelerate,
each layer computed again in the backward pass, TRL's loss in tiles); none is measured here.
"""

from dataclasses import asdict, dataclass

from polyglot.core.errors import InputError
from polyglot.study.sizing import BYTES

GIB = 2**30
USABLE = 0.95  # of a card's memory: the allocator's gaps, and what is not free on an idle card
CONTEXT_BYTES = 1.5e9  # CUDA, cuBLAS and NCCL
FLOAT32, BFLOAT16 = 4, 2
TILE_BYTES = 4096 * 32768 * BFLOAT16  # TRL's loss sees so many tokens and entries of the vocabulary at once
ADAPTER_SHARE = 0.01  # of the parameters, where LoRA of a small rank is trained beside a frozen base
MASK_BYTES = 3  # a pair of tokens: as truth values and in bfloat16, where attention takes no lengths of rows
MOST_CARDS = 1024  # more than any node has: a message names the number that is missing


@dataclass(frozen=True)
class Shape:
    """The sizes of a decoder, as its config.json has them; without `context` a row is as long as the study allows."""

    layers: int
    hidden: int
    intermediate: int
    vocabulary: int
    context: int | None = None

    @classmethod
    def of_size(cls, size_b: float) -> "Shape":
        """A usual shape of so many billion parameters, for a model without its own.

        12 h² parameters a layer of width h, h / 128 layers, an MLP of 8/3 h, the largest vocabulary of the registry.
        """
        hidden = (size_b * 1e9 * 128 / 12) ** (1 / 3)
        return cls(max(1, round(hidden / 128)), round(hidden), round(hidden * 8 / 3), 262_144)


@dataclass(frozen=True)
class Student:
    """A training: parameters in billions, shape, method (full or lora), precision, tokens of its largest batch."""

    size_b: float
    shape: Shape
    method: str
    dtype: str
    tokens: int


@dataclass(frozen=True)
class Ledger:
    """Bytes on one card. `activations` and `logits` are not there at the same time, so the larger one counts."""

    weights: float
    gradients: float
    moments: float
    activations: float
    logits: float
    temporary: float

    @property
    def total(self) -> float:
        """The most that is there at one time."""
        state = self.weights + self.gradients + self.moments
        return state + max(self.activations, self.logits) + self.temporary

    @property
    def gigabytes(self) -> dict[str, float]:
        """Each term and the total in GB (10^9 bytes)."""
        return {name: value / 1e9 for name, value in [*asdict(self).items(), ("total", self.total)]}


def ledger(student: Student, cards: int) -> Ledger:
    """The bytes on each of `cards` that train a student.

    - weights: float32, or the frozen base in its own precision under LoRA; sharded over the cards.
    - gradients, moments: float32, of the trained parameters; AdamW has two moments. Sharded, for each batch's gradients
      are reduced at once (`sync_each_batch`); FSDP2 would keep whole ones until the update.
    - activations: what a layer keeps for its backward pass, once: 46 bytes a token and hidden unit (norms in float32,
      queries, keys, values, outputs, residuals), 12 a token and unit of a gated MLP (four results of 2 bytes and their
      gradients) and the mask. With it the inputs of all layers, 2 bytes a token and hidden unit; with several cards
      they lie on the host (`fsdp_activation_checkpointing_offload`) but for two under way, and stay under LoRA.
    - logits: the same inputs, the head in bfloat16 and its float32 gradient, hidden states and theirs, one tile.
    - temporary: of several cards, two layers gathered in bfloat16 (the next one is fetched early), the gradients of
      two before they are scattered; of one card, the bfloat16 copies that autocast keeps of all weights; the context.
    """
    shape, parameters, full = student.shape, student.size_b * 1e9, student.method == "full"
    trained = parameters if full else parameters * ADAPTER_SHARE
    stored = FLOAT32 if full else BYTES[student.dtype]
    inputs = BFLOAT16 * student.tokens * shape.hidden
    kept = inputs * (2 if cards > 1 and full else shape.layers)
    layer = student.tokens * (46 * shape.hidden + 12 * shape.intermediate)
    head = shape.vocabulary * shape.hidden
    gathered = max(0.0, parameters - head) / shape.layers * BFLOAT16
    copies = 4 * gathered if cards > 1 else (BFLOAT16 * parameters if full else 0.0)
    return Ledger(
        weights=(parameters * stored + (0 if full else trained * FLOAT32)) / cards,
        gradients=trained * FLOAT32 / cards,
        moments=trained * 2 * FLOAT32 / cards,
        activations=kept + layer + MASK_BYTES * student.tokens**2,
        logits=kept + head * (BFLOAT16 + FLOAT32 * full) + 3 * inputs + TILE_BYTES,
        temporary=copies + CONTEXT_BYTES,
    )


def fits(student: Student, cards: int, card_gb: int) -> bool:
    """Whether each of `cards` holds its part of a training.

    `card_gb` is the memory that a card is sold with, which its driver counts in GiB.
    """
    return ledger(student, cards).total <= USABLE * card_gb * GIB


def check_room(key: str, student: Student, cards: int, card_gb: int) -> None:
    """Raise InputError for a pretraining run, the entry `key`, that its cards cannot hold."""
    if not fits(student, cards, card_gb):
        needed = ledger(student, cards).total / 1e9
        raise InputError(
            f"{key}: {student.size_b:g} billion parameters and {student.tokens} tokens at once take {needed:.0f} GB on"
            f" each of {cards} cards of {card_gb} GB; raise nodes, lower sequences_at_once, or correct `cards` in"
            " site.yaml"
        )


def cards_to_train(student: Student, card_gb: int, per_node: int) -> int:
    """The least power of two of cards that hold a training; all are in one node.

    Raises InputError where a node has too few.
    """
    needed = 1
    while not fits(student, needed, card_gb) and needed <= MOST_CARDS:
        needed *= 2
    if needed <= per_node:
        return needed
    raise InputError(
        f"training {student.size_b:g} billion parameters on rows of {student.tokens} tokens takes "
        f"{needed if needed <= MOST_CARDS else f'more than {MOST_CARDS}'} cards of {card_gb} GB and a node has "
        f"{per_node}: correct `cards` in site.yaml, use a node with more memory, lower training.max_length, or train "
        "by LoRA"
    )
