"""Training on several cards: which modules FSDP shards, and how weights are written, in checkpoints and as one model.

resources/accelerate/fsdp.yaml has the settings. On one card or on the CPU nothing is sharded.
"""

import functools
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch.nn import Module
    from transformers import PreTrainedModel
    from trl import SFTTrainer


def layer_classes(model: "Module") -> list[str]:
    """Names of the classes of a model's layers, sorted: what FSDP shards and gathers as one.

    A model also lists single embeddings and classes that it lacks, because a part of it may have them; accelerate ends
    on the latter (Gemma 3 with its vision tower).
    """
    from transformers.modeling_layers import GradientCheckpointingLayer

    layers = {type(module).__name__ for module in model.modules() if isinstance(module, GradientCheckpointingLayer)}
    return sorted(layers & set(model._no_split_modules))


def freeze_unread(model: "PreTrainedModel") -> None:
    """Freeze what no text passes through, as a vision tower: a sharded checkpoint of it could not be read again."""
    parts = [part for part in (model.get_decoder(), model.get_output_embeddings()) if part is not None]
    read = {parameter for part in parts for parameter in part.parameters()}
    for parameter in model.parameters():
        parameter.requires_grad_(parameter in read)


def save_own_names(model: "PreTrainedModel") -> None:
    """Make the model's checkpoints hold its weights by the names that it has in memory, which a trainer reads back.

    Transformers would write those of the first release (`embed_out` for GPT-NeoX's `lm_head`), and a resumed run
    would go on with weights drawn anew, after a warning.
    """
    model.save_pretrained = functools.partial(model.save_pretrained, save_original_format=False)  # type: ignore


def shard_layers(trainer: "SFTTrainer") -> None:
    """Tell FSDP, where it is used, the layers of the trainer's model.

    accelerate puts a module around each layer, so that it is computed again in the backward pass. PEFT looks for its
    adapters by the names of modules, and so would save none of them: under LoRA Transformers recomputes the layers.
    """
    from peft import PeftModel

    if not trainer.is_fsdp_enabled:
        return
    plugin = trainer.accelerator.state.fsdp_plugin
    plugin.transformer_cls_names_to_wrap = layer_classes(trainer.model)
    if isinstance(trainer.model, PeftModel):
        plugin.activation_checkpointing = False
        trainer.model.gradient_checkpointing_enable({"use_reentrant": False})


def save_whole(trainer: "SFTTrainer", folder: Path) -> None:
    """Write the trained weights as one model, by the names that its base has on disk.

    Checkpoints are sharded, and of these alone Transformers writes none; they have names of their own.
    """
    vars(trainer.model).pop("save_pretrained", None)
    if trainer.is_fsdp_enabled:
        trainer.accelerator.state.fsdp_plugin.set_state_dict_type("FULL_STATE_DICT")
    trainer.save_model(str(folder))
