"""The training run: TRL's SFTTrainer on tokenised rows."""

import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.training.training_settings import Settings, rows_at_once

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase, TrainerCallback
    from trl import SFTConfig, SFTTrainer


def use_deterministic_kernels(device: str) -> None:
    """Ask for deterministic GPU kernels, with a warning if one is missing; the CPU's are deterministic."""
    if device == "cuda":
        import torch

        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True, warn_only=True)


def watch(checkpoint_minutes: float) -> "TrainerCallback":
    """A callback that counts this process's `tokens` and `seconds`, and ends the run if the loss is not finite.

    It asks for a checkpoint whenever so many minutes have gone by since the last: a shorter run has none.
    """
    from transformers import TrainerCallback

    class Watch(TrainerCallback):
        tokens, seconds = 0, 0.0

        def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            self.began = self.saved = time.monotonic()

        def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            due = time.monotonic() - self.saved >= 60 * checkpoint_minutes
            control.should_save = of_any_process(due, args.device)

        def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            self.saved = time.monotonic()

        def on_log(self, args: Any, state: Any, control: Any, logs: Json, **more: Any) -> None:
            if "loss" not in logs:
                return
            for name in ("loss", "grad_norm"):
                if not math.isfinite(logs[name]):
                    cure = "lower learning_rate or train in float32"
                    raise InputError(f"training step {state.global_step}: {name} is {logs[name]}; {cure}")
            self.tokens, self.seconds = logs["num_tokens"], time.monotonic() - self.began

    return Watch()


def of_any_process(due: bool, device: Any) -> bool:
    """Whether `due` holds in any process: all must save together, and their clocks differ."""
    import torch
    from torch import distributed

    if not distributed.is_available() or not distributed.is_initialized():
        return due
    shared = torch.tensor(int(due), device=device)
    distributed.all_reduce(shared, distributed.ReduceOp.MAX)
    return bool(shared)


def sft_config(settings: Settings, checkpoints: Path, seed: int, devices: int, retries: int) -> "SFTConfig":
    """TRL's configuration of a run: every setting explicit, logging each step, one checkpoint kept."""
    from trl import SFTConfig

    gpu = settings.device == "cuda"
    rows_per_device, accumulated = rows_at_once(settings, devices, retries)
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
        per_device_train_batch_size=rows_per_device,
        gradient_accumulation_steps=accumulated,
        gradient_checkpointing=gpu,  # saves memory at the cost of time; the CPU has memory
        logging_steps=1,
        logging_nan_inf_filter=False,  # `watch` must see a loss that is not finite
        save_strategy="no",  # `watch` asks for checkpoints, by the clock
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
    # under LoRA the frozen base keeps its precision; the adapters are always float32
    return SFTTrainer(
        model=AutoModelForCausalLM.from_pretrained(base, dtype=settings.dtype if lora else "float32"),
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[callback],
    )
