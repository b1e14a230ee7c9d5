"""Load a student from the output of its training, and write it as a complete model folder."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from polyglot.core.engine import check_model
from polyglot.core.files import read_json, write_json
from polyglot.training.training_settings import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedModel


def load_base(base: Path, settings: Settings) -> "PreTrainedModel":
    """The base, in the dtype and on the device of its student's measurement."""
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(base, dtype=settings.dtype).to(settings.device)


def load_student(base: Path, trained: Path, settings: Settings) -> "PreTrainedModel":
    """The student from the trainer's output: LoRA merged in float32, then rounded to the dtype of the settings."""
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
    """Write a complete model folder: the base's files (config, tokenizer, chat template) and the student's weights."""
    model.save_pretrained(folder)
    weights = {"*.safetensors", "*.safetensors.index.json", "*.bin", "*.gguf"}
    for file in sorted(base.iterdir()):
        if file.is_file() and not any(file.match(pattern) for pattern in weights):
            shutil.copyfile(file, folder / file.name)
    config = read_json(base / "config.json")
    config.pop("torch_dtype", None)
    write_json(folder / "config.json", {**config, "dtype": dtype})
    check_model(folder)
