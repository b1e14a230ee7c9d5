"""A student as a model: loaded from what was trained, and written as a whole model folder."""

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from polyglot.core.engine import check_model
from polyglot.core.files import read_json, write_json
from polyglot.training.training_settings import Settings

if TYPE_CHECKING:
    from transformers import PreTrainedModel


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
