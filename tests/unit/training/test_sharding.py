"""FSDP: the settings as accelerate reads them, and a model that is written whole from sharded training."""

import os
from types import SimpleNamespace

import pytest

from polyglot.training.checkpoints import is_whole
from polyglot.training.sharding import freeze_unread, save_whole, shard_layers
from tests.unit.training.test_architectures import ARCHITECTURES, flattened, texts

LAUNCH = "--config_file resources/accelerate/fsdp.yaml --num_processes 4 --num_machines 1 --mixed_precision no"


@pytest.fixture
def plugin(monkeypatch):
    """The plugin that a process gets which `accelerate launch` starts."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils import FullyShardedDataParallelPlugin
    from accelerate.utils.launch import prepare_multi_gpu_env

    for name in [name for name in os.environ if name.startswith(("FSDP_", "ACCELERATE_"))]:
        monkeypatch.delenv(name)
    arguments, *_ = _validate_launch_command(launch_command_parser().parse_args([*LAUNCH.split(), "-m", "program"]))
    for name, value in prepare_multi_gpu_env(arguments).items():
        if name.startswith("FSDP_"):
            monkeypatch.setenv(name, value)
    return FullyShardedDataParallelPlugin()


def test_accelerate_reads_the_settings_of_several_cards(plugin):
    assert (plugin.fsdp_version, plugin.reshard_after_forward) == (2, True)
    assert (plugin.activation_checkpointing, plugin.activation_checkpointing_offload) == (True, True)
    assert plugin.state_dict_type.name == "SHARDED_STATE_DICT" and plugin.cpu_ram_efficient_loading


def test_a_student_is_written_whole_where_checkpoints_are_sharded(plugin, tmp_path):
    written = []

    def save_model(folder):
        written.append((folder, plugin.state_dict_type.name))

    accelerator = SimpleNamespace(state=SimpleNamespace(fsdp_plugin=plugin))
    trainer = SimpleNamespace(
        is_fsdp_enabled=True, accelerator=accelerator, save_model=save_model, model=SimpleNamespace()
    )
    save_whole(trainer, tmp_path)
    assert written == [(str(tmp_path), "FULL_STATE_DICT")]


def test_without_fsdp_nothing_is_sharded(tmp_path):
    written = []
    trainer = SimpleNamespace(is_fsdp_enabled=False, save_model=written.append, model=SimpleNamespace())
    shard_layers(trainer)
    save_whole(trainer, tmp_path)
    assert written == [str(tmp_path)]


def new_student():
    """A small Gemma 3 with its vision tower, and its optimiser."""
    import torch
    import transformers

    kind, values, _ = ARCHITECTURES["gemma 3, images"]
    transformers.set_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(getattr(transformers, kind)(**values))
    freeze_unread(model)
    return model, torch.optim.AdamW((weight for weight in model.parameters() if weight.requires_grad), lr=1e-3)


def test_a_sharded_checkpoint_is_whole_with_its_metadata_and_is_read_again(tmp_path):
    import torch
    from torch.distributed import checkpoint
    from torch.distributed.checkpoint.state_dict import get_optimizer_state_dict

    model, optimizer = new_student()
    model(**flattened([{"input_ids": text} for text in texts()]), use_cache=False).loss.backward()
    optimizer.step()
    saved, folder = {"optimizer": get_optimizer_state_dict(model, optimizer)}, tmp_path / "checkpoint-1"
    checkpoint.save(saved, storage_writer=checkpoint.FileSystemWriter(folder / "optimizer_0"), no_dist=True)
    (folder / "trainer_state.json").write_text("{}")
    assert is_whole(folder)

    read = {"optimizer": get_optimizer_state_dict(*new_student())}
    checkpoint.load(read, storage_reader=checkpoint.FileSystemReader(folder / "optimizer_0"), no_dist=True)
    name = "model.language_model.layers.0.mlp.up_proj.weight"
    moments = [state["optimizer"]["state"][name]["exp_avg"] for state in (saved, read)]
    assert torch.equal(*moments) and moments[0].abs().max() > 0
    (folder / "optimizer_0/.metadata").unlink()
    assert not is_whole(folder)
