"""Students: a base model fine-tuned on the frozen rows with TRL's SFTTrainer (Table 9).

Rows are tokenised once, here, so that training and the held-out loss score the same tokens: all of them, or those of
the answer and the token that ends it. The same data, settings and seed give the same bytes, also after a kill: a run
goes on from the newest checkpoint that was written whole, and only from one of the same data, settings, seed, base and
versions.
"""

import hashlib
import importlib.metadata
import json
import math
import os
import resource
import shutil
import time
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from safetensors import SafetensorError

from polyglot.engine import check_model
from polyglot.errors import InputError
from polyglot.files import Json, read_json, read_parquet, write_json
from polyglot.identity import digest, shuffled

if TYPE_CHECKING:
    from transformers import PreTrainedModel, PreTrainedTokenizerBase, TrainerCallback
    from trl import SFTConfig, SFTTrainer

CHOICES = {
    "method": ("full", "lora"),
    "loss": ("all", "answers"),
    "dtype": ("float32", "bfloat16"),
    "device": ("cpu", "cuda"),
}
POSITIVE = ("learning_rate", "epochs", "max_length", "batch_size", "gradient_accumulation_steps", "save_steps")
PACKAGES = ("torch", "transformers", "trl", "peft", "accelerate", "datasets")
IGNORED = -100  # the label that the loss skips


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


def read_rows(path: Path) -> pd.DataFrame:
    """Rows of a cell, sorted by row_id. Raises InputError naming the file and the row that is empty or there twice."""
    rows = read_parquet(path, ["row_id", "prompt", "response"]).sort_values("row_id", ignore_index=True)
    if rows.empty:
        raise InputError(f"{path}: holds no rows, so there is nothing to train on; see its counts file")
    for column in ("prompt", "response"):
        empty = rows[rows[column].isna() | (rows[column].fillna("").str.strip() == "")]
        if len(empty):
            raise InputError(f"{path}: row {empty.row_id.iloc[0]} has no {column}; {len(empty)} such in all; remake it")
    if rows.row_id.duplicated().any():
        raise InputError(f"{path}: row_id {rows.row_id[rows.row_id.duplicated()].iloc[0]} occurs twice; remake it")
    return rows


def held_out(ids: Sequence[str], share: float, seed: int) -> set[str]:
    """The rows never trained on: round(share * n) of them, at least one where share > 0, by a seeded hash of their id.

    Raises InputError where none would be left to train on.
    """
    count = max(1, round(share * len(ids))) if share else 0
    if count >= len(ids):
        raise InputError(f"held_out_share {share} of {len(ids)} rows leaves none to train on; lower it or add rows")
    return set(shuffled(ids, seed, "held-out")[:count])


def tokenise(prompt: str, response: str, tokenizer: "PreTrainedTokenizerBase", loss: str) -> Json:
    """{"input_ids", "labels"} of one row under the chat template; labels are -100 where the loss does not count."""
    messages = [{"role": "user", "content": prompt}, {"role": "assistant", "content": response}]
    answers = loss == "answers"
    encoded = tokenizer.apply_chat_template(messages, return_dict=True, return_assistant_tokens_mask=answers)
    ids = list(encoded["input_ids"])
    if not answers:
        return {"input_ids": ids, "labels": ids}
    mask = encoded["assistant_masks"]
    if not any(mask):
        raise InputError(
            f"{tokenizer.name_or_path}: the chat template marks no answer; put {{% generation %}} around it, or train "
            "with loss: all"
        )
    return {"input_ids": ids, "labels": [one if on else IGNORED for one, on in zip(ids, mask, strict=True)]}


@dataclass
class Data:
    """Tokenised rows. A row longer than max_length is left out whole: cut, it would teach an answer without its end."""

    train: list[Json]
    held_out: list[Json]
    dropped: list[str]


def prepare(path: Path, tokenizer: "PreTrainedTokenizerBase", settings: Settings, seed: int) -> Data:
    """Read, split and tokenise the rows. Raises InputError where nothing is left to train on."""
    rows = read_rows(path)
    kept_out = held_out(list(rows.row_id), settings.held_out_share, seed)
    data = Data([], [], [])
    for row in rows.itertuples():
        encoded = tokenise(row.prompt, row.response, tokenizer, settings.loss)
        if len(encoded["input_ids"]) > settings.max_length:
            data.dropped.append(row.row_id)
        else:
            (data.held_out if row.row_id in kept_out else data.train).append(encoded)
    if not data.train:
        raise InputError(f"{path}: every row is longer than max_length {settings.max_length} tokens; raise it")
    if kept_out and not data.held_out:
        raise InputError(f"{path}: every held-out row is longer than max_length {settings.max_length} tokens; raise it")
    return data


def held_out_loss(model: "PreTrainedModel", rows: Sequence[Json]) -> float | None:
    """Mean negative log-likelihood (nats a token) of the rows' counted tokens; None without rows.

    One row at a time, float32 logits: no padding, so base and student are measured alike whatever the batch size.
    """
    import torch
    from tqdm import tqdm

    if not rows:
        return None
    nll, tokens = 0.0, 0
    model.eval()
    for row in tqdm(rows, desc="held-out rows"):
        ids, labels = (torch.tensor([row[key]], device=model.device) for key in ("input_ids", "labels"))
        with torch.inference_mode():
            logits = model(ids, use_cache=False).logits[0, :-1].float()
        nll += torch.nn.functional.cross_entropy(logits, labels[0, 1:], ignore_index=IGNORED, reduction="sum").item()
        tokens += int((labels[0, 1:] != IGNORED).sum())
    return nll / tokens


def run_digest(base: Path, data: Path, settings: Settings, seed: int) -> str:
    """What a checkpoint depends on, as one hash: base, data, settings, seed and the versions of the packages."""
    hashes = []
    for file in (*sorted(base.iterdir()), data):
        with open(file, "rb") as content:
            hashes.append(f"{file.name} {hashlib.file_digest(content, 'sha256').hexdigest()}")
    versions = [f"{name} {importlib.metadata.version(name)}" for name in PACKAGES]
    return digest(*hashes, json.dumps(asdict(settings), sort_keys=True), seed, *versions)


def is_whole(checkpoint: Path) -> bool:
    """Whether a checkpoint was written to its end: its state, written last, reads, and no weights or state are cut."""
    try:
        read_json(checkpoint / "trainer_state.json")
        for weights in checkpoint.glob("*.safetensors"):
            with open(weights, "rb") as content:
                header = int.from_bytes(content.read(8), "little")
                ends = [one["data_offsets"][1] for one in json.loads(content.read(header)).values() if "dtype" in one]
            if weights.stat().st_size != 8 + header + max(ends):
                return False
    except (OSError, ValueError, OverflowError):
        return False
    return all(zipfile.is_zipfile(state) for state in (*checkpoint.glob("*.pt"), *checkpoint.glob("*.pth")))


def newest_checkpoint(folder: Path, key: str) -> Path | None:
    """The checkpoint to go on from; None to begin. Deletes broken ones, and all that were made under another key."""
    told = folder / "digest.json"
    if told.is_file() and read_json(told) != {"digest": key}:
        shutil.rmtree(folder)
    for checkpoint in sorted(folder.glob("checkpoint-*"), key=lambda one: int(one.name.split("-")[1]), reverse=True):
        if told.is_file() and is_whole(checkpoint):
            return checkpoint
        shutil.rmtree(checkpoint)
    write_json(told, {"digest": key})
    return None


def log_lines(history: Sequence[Json], before: float | None, after: float | None) -> list[Json]:
    """The training log: held-out loss at step 0 and at the last step, between them one line a step. No times."""
    keys = ("step", "epoch", "loss", "learning_rate", "grad_norm")
    lines = [{key: entry[key] for key in keys if key in entry} for entry in history if "loss" in entry]
    if before is None or after is None:
        return lines
    last = {key: lines[-1][key] for key in ("step", "epoch")}
    return [{"step": 0, "epoch": 0.0, "held_out_loss": before}, *lines, {**last, "held_out_loss": after}]


def watch() -> "TrainerCallback":
    """A callback that ends the run where the loss is no number, and counts this process's `tokens` and `seconds`."""
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        tokens, seconds = 0, 0.0

        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            self.began = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: Json, **more: Any) -> None:
            if "loss" not in logs:
                return
            for name in ("loss", "grad_norm"):
                if not math.isfinite(logs[name]):
                    cure = "lower learning_rate or train in float32"
                    raise InputError(f"training step {state.global_step}: {name} is {logs[name]}; {cure}")
            self.tokens, self.seconds = logs["num_tokens"], time.monotonic() - self.began

    return Watch()


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


def sft_config(settings: Settings, checkpoints: Path, seed: int, devices: int) -> "SFTConfig":
    """TRL's configuration of a run: every setting explicit, logging each step, one checkpoint kept."""
    from trl import SFTConfig

    gpu = settings.device == "cuda"
    each, accumulated = rows_at_once(settings, devices)
    return SFTConfig(
        output_dir=str(checkpoints),
        seed=seed,
        data_seed=seed,
        use_cpu=not gpu,
        bf16=settings.dtype == "bfloat16",
        fp16=False,
        max_length=settings.max_length,
        packing=settings.packing,
        packing_strategy="bfd",
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.scheduler,
        warmup_steps=settings.warmup_ratio,
        weight_decay=settings.weight_decay,
        optim=settings.optimizer,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        per_device_train_batch_size=each,
        gradient_accumulation_steps=accumulated,
        gradient_checkpointing=gpu,  # memory for time; on CPU there is memory
        logging_steps=1,
        logging_nan_inf_filter=False,  # a loss that is no number must be seen
        save_strategy="steps",
        save_steps=settings.save_steps,
        save_total_limit=1,
        report_to="none",
        dataloader_pin_memory=gpu,
    )


def make_trainer(
    base: Path,
    tokenizer: "PreTrainedTokenizerBase",
    rows: Sequence[Json],
    settings: Settings,
    config: "SFTConfig",
    callback: "TrainerCallback",
) -> "SFTTrainer":
    """A trainer of the base on tokenised rows: all weights, or LoRA on every linear layer."""
    from datasets import Dataset
    from peft import LoraConfig
    from transformers import AutoModelForCausalLM
    from trl import SFTTrainer

    lora = None
    if settings.method == "lora":
        lora = LoraConfig(
            r=settings.lora["rank"],
            lora_alpha=settings.lora["alpha"],
            lora_dropout=settings.lora["dropout"],
            target_modules="all-linear",
            task_type="CAUSAL_LM",
        )
    # under LoRA the base is frozen and may stay in its own precision; the adapters are float32 in any case
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=settings.dtype if lora else "float32"),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[callback],
    )


def load_base(base: Path, settings: Settings) -> "PreTrainedModel":
    """The base in the dtype and on the device in which its student will be measured."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(base, dtype=settings.dtype).to(settings.device)


def load_student(base: Path, trained: Path, settings: Settings) -> "PreTrainedModel":
    """The student from what the trainer saved: LoRA merged in float32, then rounded to the dtype that it is kept in."""
    import torch
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    if settings.method == "lora":
        model = AutoModelForCausalLM.from_pretrained(base, dtype="float32")
        model = PeftModel.from_pretrained(model, trained).merge_and_unload()
    else:
        model = AutoModelForCausalLM.from_pretrained(trained, dtype="float32")
    return model.to(dtype=getattr(torch, settings.dtype), device=settings.device)


def save_student(model: "PreTrainedModel", base: Path, folder: Path, dtype: str) -> None:
    """Write a whole model folder: the base's own files (config, tokenizer, chat template), the student's weights."""
    model.save_pretrained(folder)
    weights = {"*.safetensors", "*.safetensors.index.json", "*.bin", "*.gguf"}
    for file in sorted(base.iterdir()):
        if file.is_file() and not any(file.match(pattern) for pattern in weights):
            shutil.copyfile(file, folder / file.name)
    config = read_json(base / "config.json")
    config.pop("torch_dtype", None)
    write_json(folder / "config.json", {**config, "dtype": dtype})
    check_model(folder)


@contextmanager
def full_disk_named(folder: Path) -> Iterator[None]:
    """Raise InputError naming `folder` where weights cannot be written: the libraries' errors name no file."""
    try:
        yield
    except (SafetensorError, RuntimeError) as error:
        if "No space left" not in str(error) and "inline_container" not in str(error):  # torch.save's own words
            raise
        raise InputError(f"{folder}: no space left on device; free some and run the same command again") from error


def speed(callback: "TrainerCallback", device: str) -> Json:
    """Tokens a second over this process's steps (None without any), and the most memory held, in MiB.

    Memory is the process's on CPU, the tensors' on GPU.
    """
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10  # Linux counts in KiB
    if device == "cuda":
        import torch

        peak = torch.cuda.max_memory_allocated() / 2**20
    rate = callback.tokens / callback.seconds if callback.tokens else None
    return {"tokens_per_second": rate, "seconds": callback.seconds, "tokens": callback.tokens, "peak_memory_mb": peak}


def use_deterministic_kernels(device: str) -> None:
    """Ask for deterministic GPU kernels, with a warning where there is none; those used on CPU are."""
    if device == "cuda":
        import torch

        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)


def summarise(data: Data, settings: Settings, seed: int, history: Sequence[Json]) -> Json:
    """What a run trained on and reached, without anything that differs when it is run again."""
    steps = [entry for entry in history if "loss" in entry]
    return {
        "train_rows": len(data.train),
        "held_out_rows": len(data.held_out),
        "dropped_rows": len(data.dropped),  # longer than max_length, left out whole
        "dropped_row_ids": data.dropped,
        "train_tokens": sum(len(row["input_ids"]) for row in data.train),
        "loss_tokens": sum(label != IGNORED for row in data.train for label in row["labels"][1:]),
        "steps": steps[-1]["step"],
        "epochs": steps[-1]["epoch"],
        "final_loss": steps[-1]["loss"],
        "seed": seed,
        "settings": asdict(settings),
    }
