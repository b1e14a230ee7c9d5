"""The training run of a base: Transformers' Trainer on blocks of tokens, measured by bits per byte of held-out text."""

import math
import time
from pathlib import Path
from typing import Any

import torch
from accelerate import PartialState, init_empty_weights
from transformers import GPTNeoXConfig, GPTNeoXForCausalLM, Trainer, TrainerCallback, TrainingArguments, set_seed

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.pretraining.pretraining_settings import PretrainingSettings
from polyglot.pretraining.token_blocks import Blocks, Windows
from polyglot.training.sharding import save_own_names, shard_layers
from polyglot.training.trainer import of_any_process

LOGGED = 1000  # points of the loss curve
MEASURED = 10  # times that held-out text is measured while the model is trained, after the first


class Watch(TrainerCallback):
    """Asks for checkpoints by the clock and for measurements at even distances; ends a run whose loss is not finite.

    `tokens` and `seconds` are those of this process's part of the run.
    """

    def __init__(self, checkpoint_minutes: float, steps: int, tokens_of_a_step: int) -> None:
        self.patience, self.of_a_step = 60 * checkpoint_minutes, tokens_of_a_step
        self.measured = {round(steps * part / MEASURED) for part in range(1, MEASURED + 1)}
        self.tokens, self.seconds = 0, 0.0

    def on_train_begin(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self.began = self.saved = time.monotonic()

    def on_step_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        due = time.monotonic() - self.saved >= self.patience
        control.should_save = of_any_process(due, args.device)
        control.should_evaluate = state.global_step in self.measured
        self.tokens, self.seconds = self.tokens + self.of_a_step, time.monotonic() - self.began

    def on_epoch_end(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        control.should_evaluate = control.should_save = False  # the last step has done both

    def on_save(self, args: Any, state: Any, control: Any, **more: Any) -> None:
        self.saved = time.monotonic()

    def on_log(self, args: Any, state: Any, control: Any, logs: Json, **more: Any) -> None:
        for name in ("loss", "grad_norm"):
            if not math.isfinite(logs.get(name, 0.0)):
                cure = "lower learning_rate or train in float32"
                raise InputError(f"pretraining step {state.global_step}: {name} is {logs[name]}; {cure}")


class Pretrainer(Trainer):
    """A trainer whose evaluation is the likelihood of held-out text, of `held_out_bytes` in UTF-8."""

    def __init__(self, held_out: Windows, held_out_bytes: int, **options: Any) -> None:
        super().__init__(**options)
        self.held_out, self.held_out_bytes = held_out, held_out_bytes

    def evaluate(self, *arguments: Any, **options: Any) -> Json:
        """Measure and log `held_out_loss`, nats a token, and `bits_per_byte`; nothing without held-out text."""
        if not len(self.held_out):
            return {}
        with self.accelerator.autocast():
            nats = negative_log_likelihood(self.model, self.held_out, PartialState())
        measured = {
            "held_out_loss": nats / len(self.held_out.tokens),
            "bits_per_byte": nats / math.log(2) / self.held_out_bytes,
        }
        self.log(dict(measured))
        return measured


@torch.no_grad()
def negative_log_likelihood(model: torch.nn.Module, windows: Windows, state: PartialState) -> float:
    """Nats of all held-out tokens. Devices share the windows and run as many: a sharded model computes on all."""
    training, total = model.training, torch.zeros((), dtype=torch.float64)
    model.eval()
    for first in range(0, len(windows), state.num_processes):
        own = first + state.process_index
        ids, follow = (torch.from_numpy(part).to(state.device) for part in windows[min(own, len(windows) - 1)])
        logits = model(ids[None], use_cache=False).logits[0].float()
        if own < len(windows):
            total += torch.nn.functional.cross_entropy(logits, follow, reduction="sum").double().cpu()
    model.train(training)
    if state.num_processes > 1:
        total = total.to(state.device)
        torch.distributed.all_reduce(total)
    return total.item()


def new_model(config: GPTNeoXConfig, seed: int, *, shared: bool) -> GPTNeoXForCausalLM:
    """Random weights in float32; of a model that FSDP shards, one process makes them and gives others their parts."""
    set_seed(seed)
    if shared and not PartialState().is_main_process:
        with init_empty_weights():
            return GPTNeoXForCausalLM(config)
    return GPTNeoXForCausalLM(config)


def arguments_of(
    settings: PretrainingSettings, checkpoints: Path, steps: int, devices: int, retries: int, seed: int
) -> TrainingArguments:
    """Transformers' settings of a run: each that matters is explicit; blocks come in the order that they have.

    Raises InputError where the devices cannot share an update.
    """
    gpu = settings.device == "cuda"
    batch, accumulated = settings.at_once(devices, retries)
    return TrainingArguments(
        output_dir=str(checkpoints),
        seed=seed,
        use_cpu=not gpu,
        bf16=settings.dtype == "bfloat16",
        train_sampling_strategy="sequential",
        max_steps=steps,
        per_device_train_batch_size=batch,
        gradient_accumulation_steps=accumulated,
        learning_rate=settings.learning_rate,
        lr_scheduler_type="cosine_with_min_lr",
        lr_scheduler_kwargs={"min_lr_rate": settings.final_rate},
        warmup_steps=math.ceil(settings.warmup * steps),
        optim="adamw_torch_fused" if gpu else "adamw_torch",
        adam_beta1=settings.beta1,
        adam_beta2=settings.beta2,
        adam_epsilon=1e-8,
        weight_decay=settings.weight_decay,
        max_grad_norm=settings.clip,
        gradient_checkpointing=gpu and devices == 1,  # for several cards the file of accelerate asks for it
        accelerator_config={"gradient_accumulation_kwargs": {"sync_each_batch": True}},
        logging_steps=max(1, steps // LOGGED),
        logging_nan_inf_filter=False,
        eval_strategy="no",  # `Watch` asks for measurements
        save_strategy="no",  # and for checkpoints
        save_total_limit=2,
        report_to="none",
        dataloader_pin_memory=gpu,
        disable_tqdm=True,
    )


def make_pretrainer(
    model: GPTNeoXForCausalLM,
    arguments: TrainingArguments,
    blocks: Blocks,
    held_out: Windows,
    held_out_bytes: int,
    callback: Watch,
) -> Pretrainer:
    """A trainer of the model on the blocks."""
    save_own_names(model)
    trainer = Pretrainer(
        held_out, held_out_bytes, model=model, args=arguments, train_dataset=blocks, callbacks=[callback]
    )
    shard_layers(trainer)
    return trainer
