"""How a student is trained (Table 9)."""

from dataclasses import dataclass

from polyglot.core.errors import InputError
from polyglot.core.files import Json

CHOICES = {
    "method": ("full", "lora"),
    "loss": ("all", "answers"),
    "dtype": ("float32", "bfloat16"),
    "device": ("cpu", "cuda"),
}
POSITIVE = ("learning_rate", "epochs", "max_length", "batch_size", "gradient_accumulation_steps", "save_steps")


@dataclass(frozen=True)
class Settings:
    """How a student is trained. `batch_size` is the rows of one update, over all devices and accumulated batches (the
    paper's Table 9), so that the number of cards does not change what is learned; `max_steps` overrides `epochs`.

    `dtype` is what the student is saved as. Weights are trained in float32, under bfloat16 autocast where dtype is
    bfloat16: small updates vanish in bfloat16 weights.
    """

    method: str
    loss: str
    packing: bool
    learning_rate: float
    epochs: float
    max_length: int
    optimizer: str
    batch_size: int
    gradient_accumulation_steps: int
    weight_decay: float
    scheduler: str
    save_steps: int
    dtype: str
    held_out_share: float
    device: str
    max_steps: int | None = None
    warmup_ratio: float = 0.0
    lora: Json | None = None

    def __post_init__(self) -> None:
        """Refuse values that no training can have."""
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise InputError(f"setting {name}: {getattr(self, name)!r} is none of {', '.join(allowed)}")
        for name in POSITIVE:
            if not getattr(self, name) > 0:
                raise InputError(f"setting {name}: {getattr(self, name)!r} is not above 0")
        if not 0 <= self.held_out_share < 1:
            raise InputError(f"setting held_out_share: {self.held_out_share!r} is not in [0, 1)")
        if self.method == "lora" and set(self.lora or {}) != {"rank", "alpha", "dropout"}:
            raise InputError("setting lora: give rank, alpha and dropout, no more and no less")


def parse_settings(values: Json) -> Settings:
    """Settings from JSON. Raises InputError naming a key that is missing, unknown or out of range."""
    try:
        return Settings(**values)
    except TypeError as error:
        raise InputError(f"--settings: {error}; its keys are {', '.join(Settings.__annotations__)}") from error


def rows_at_once(settings: Settings, devices: int) -> tuple[int, int]:
    """(rows that a device sees at once, batches accumulated) that make `batch_size` rows an update on `devices`.

    At least `gradient_accumulation_steps` batches where there are rows enough. Raises InputError where it cannot be.
    """
    each = max(1, settings.batch_size // (settings.gradient_accumulation_steps * devices))
    accumulated, rest = divmod(settings.batch_size, each * devices)
    if rest or not accumulated:
        cure = f"choose a multiple of {devices}, the number of devices"
        raise InputError(
            f"setting batch_size: {settings.batch_size} rows cannot be shared by {devices} devices; {cure}"
        )
    return each, accumulated
