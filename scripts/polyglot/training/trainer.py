"""The training run: TRL's SFTTrainer on tokenised rows, without padding.

An update is of `batch_size` rows, as in Table 9: they are drawn at random, sorted by length, and shared so that all
batches of all devices take about as long. The rows of a batch are one sequence in which none sees another. The loss is
the mean over all counted tokens of the update, so that neither the devices nor the batches change it. At the end of an
epoch fewer rows are left; if even fewer than batches, first rows of the epoch are taken again, one a batch.
"""

import math
import os
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.training.sharding import freeze_unread, save_own_names, shard_layers
from polyglot.training.training_settings import Settings, rows_at_once

if TYPE_CHECKING:
    from torch.utils.data import DataLoader
    from transformers import PreTrainedTokenizerBase, TrainerCallback
    from trl import SFTConfig, SFTTrainer


# Transformers gives these no lengths of the rows in a sequence, and rows would see each other (shown by a test)
MIXING_ROWS = ("granitemoehybrid",)


def use_deterministic_kernels(settings: Settings) -> None:
    """Ask for deterministic GPU kernels, with a warning if one is missing; the CPU's are deterministic."""
    if settings.device == "cuda" and settings.deterministic:
        import torch

        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        os.environ.setdefault("FLASH_ATTENTION_DETERMINISTIC", "1")
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

        def on_epoch_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
            set_epoch(more["train_dataloader"], int(state.epoch))

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


def set_epoch(loader: "DataLoader", epoch: int) -> None:
    """Give the sampler its epoch, on which its order depends: resumed on several devices it lies below two others."""
    sampler = loader.batch_sampler
    while hasattr(sampler, "batch_sampler"):
        sampler = sampler.batch_sampler
    sampler.set_epoch(epoch)


def of_any_process(due: bool, device: Any) -> bool:
    """Whether `due` holds in any process: all must save together, and their clocks differ."""
    import torch
    from torch import distributed

    if not distributed.is_available() or not distributed.is_initialized():
        return due
    shared = torch.tensor(int(due), device=device)
    distributed.all_reduce(shared, distributed.ReduceOp.MAX)
    return bool(shared)


def attention(settings: Settings) -> str:
    """The attention to use: the one that takes lengths of rows, where it is installed and fits the precision."""
    from transformers.utils import is_flash_attn_2_available

    fits = settings.device == "cuda" and settings.dtype == "bfloat16"
    return "flash_attention_2" if fits and is_flash_attn_2_available() else "sdpa"


def sft_config(
    settings: Settings, checkpoints: Path, seed: int, devices: int, retries: int, model_type: str
) -> "SFTConfig":
    """TRL's configuration of a run: every setting explicit, logging each step, one checkpoint kept.

    Raises InputError if rows are to be packed for a model that would mix them; without packing it sees one at a time.
    """
    from trl import SFTConfig

    gpu, mixing = settings.device == "cuda", model_type in MIXING_ROWS
    if mixing and settings.packing:
        raise InputError(f"setting packing: a model of type {model_type} would mix the rows; set it to false")
    rows_per_device, accumulated = rows_at_once(settings, devices, retries)
    if mixing:
        rows_per_device, accumulated = 1, rows_per_device * accumulated
    return SFTConfig(
        output_dir=str(checkpoints),
        seed=seed,
        data_seed=seed,
        use_cpu=not gpu,
        bf16=settings.dtype == "bfloat16",
        fp16=False,
        max_length=settings.max_length if settings.packing else None,  # `prepare` has dropped longer rows
        packing=settings.packing,
        packing_strategy="bfd",
        padding_free=not mixing,
        shuffle_dataset=True,  # with the seed: the sampler has one of its own that cannot be set
        train_sampling_strategy="batch_rebalance",
        router_aux_loss_coef=0.0,  # the loss is of the tokens alone; TRL also looks for experts where Granite has none
        learning_rate=settings.learning_rate,
        lr_scheduler_type=settings.scheduler,
        warmup_steps=settings.warmup_ratio,
        weight_decay=settings.weight_decay,
        optim="adamw_torch_fused" if gpu else settings.optimizer,
        num_train_epochs=settings.epochs,
        max_steps=settings.max_steps or -1,
        per_device_train_batch_size=rows_per_device,
        gradient_accumulation_steps=accumulated,
        # saves memory at the cost of time; the CPU has memory, and for several cards fsdp.yaml asks for it
        gradient_checkpointing=gpu and devices == 1,
        # else FSDP2 keeps whole gradients on each device until the update
        accelerator_config={"gradient_accumulation_kwargs": {"sync_each_batch": True}},
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
    dtype, implementation = settings.dtype if lora else "float32", attention(settings)
    model = AutoModelForCausalLM.from_pretrained(base, dtype=dtype, attn_implementation=implementation)
    freeze_unread(model)
    save_own_names(model)
    trainer = SFTTrainer(
        model=model,
        args=config,
        train_dataset=Dataset.from_list(rows),
        processing_class=tokenizer,
        peft_config=lora,
        callbacks=[callback],
    )
    shard_layers(trainer)
    return trainer
