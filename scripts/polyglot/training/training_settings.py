"""The training settings of a student (Table 9)."""

from dataclasses import dataclass

from polyglot.core.errors import InputError
from polyglot.core.files import Json

CHOICES = {
    "method": ("full", "lora"),
    "loss": ("all", "answers"),
    "dtype": ("float32", "bfloat16"),
    "device": ("cpu", "cuda"),
}
POSITIVE = ("learning_rate", "epochs", "max_length", "batch_size", "gradient_accumulation_steps")


@dataclass(frozen=True)
class Settings:
    """The training settings of a student.

    `batch_size` is the number of rows per update, over all devices and accumulated batches (the paper's Table 9), so
    that the number of GPUs does not change the training; `max_steps` overrides `epochs`. `dtype` is the student's dtype
    on disk. Weights are trained in float32, with bfloat16 autocast if dtype is bfloat16: small updates vanish in
    bfloat16 weights. `deterministic` asks for GPU kernels that give the same bytes each time, some of which are slower.
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
    dtype: str
    held_out_share: float
    device: str
    max_steps: int | None = None
    warmup_ratio: float = 0.0
    lora: Json | None = None
    deterministic: bool = True

    def __post_init__(self) -> None:
        """Refuse values outside their range."""
        for name, allowed in CHOICES.items():
            if getattr(self, name) not in allowed:
                raise InputError(
                    f"setting {name}: {getattr(self, name)!r} is not one of {', '.join(allowed)}; choose one of them"
                )
        for name in POSITIVE:
            if not getattr(self, name) > 0:
                raise InputError(f"setting {name}: {getattr(self, name)!r} is not above 0; give a larger value")
        if not 0 <= self.held_out_share < 1:
            raise InputError(
                f"setting held_out_share: {self.held_out_share!r} is not in [0, 1); give a share of the rows"
            )
        if self.method == "lora" and set(self.lora or {}) != {"rank", "alpha", "dropout"}:
            raise InputError("setting lora: its keys must be rank, alpha and dropout; give exactly these")


def parse_settings(values: Json) -> Settings:
    """Settings from JSON. Raises InputError naming a key that is missing, unknown or out of range."""
    try:
        return Settings(**values)
    except TypeError as error:
        raise InputError(f"--settings: {error}; its keys are {', '.join(Settings.__annotations__)}") from error


def rows_at_once(settings: Settings, devices: int, retries: int = 0) -> tuple[int, int]:
    """(rows per device and batch, accumulated batches) for updates of `batch_size` rows on `devices`.

    Accumulates at least `gradient_accumulation_steps` batches if there are enough rows. Each of `retries` halves the
    rows of a batch, as long as they can be, for what did not fit into memory will not fit a second time; an update
    stays the same rows. Raises InputError if `batch_size` cannot be divided among the devices.
    """
    rows_per_device = max(1, settings.batch_size // (settings.gradient_accumulation_steps * devices))
    accumulated, rest = divmod(settings.batch_size, rows_per_device * devices)
    if rest or not accumulated:
        cure = f"choose a multiple of {devices}, the number of devices"
        raise InputError(
            f"setting batch_size: {settings.batch_size} rows cannot be shared by {devices} devices; {cure}"
        )
    for _ in range(retries):
        if rows_per_device % 2 == 0:
            rows_per_device, accumulated = rows_per_device // 2, accumulated * 2
    return rows_per_device, accumulated
