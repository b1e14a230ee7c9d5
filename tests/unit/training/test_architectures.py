"""Every architecture of the config's models, small: built, saved, read, one update, saved again with the same keys."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest
import yaml

from polyglot.study.pretraining_check import HEADS_ON_CPU
from polyglot.training.sharding import freeze_unread, layer_classes, save_own_names
from polyglot.training.trainer import MIXING_ROWS

SIZES = {
    "vocab_size": 97,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "pad_token_id": 0,
    "bos_token_id": 1,
    "eos_token_id": 2,
}
GROUPED = SIZES | {"num_key_value_heads": 1}
SLIDING = GROUPED | {"sliding_window": 8, "layer_types": ["sliding_attention", "full_attention"]}
TOWER = {"num_hidden_layers": 1, "image_size": 28, "patch_size": 14}
TOWER |= {name: SIZES[name] for name in ("hidden_size", "intermediate_size", "num_attention_heads")}
MAMBA = {"mamba_n_heads": 4, "mamba_d_head": 16, "mamba_d_state": 8, "mamba_expand": 2, "shared_intermediate_size": 48}
ENGINES = ("vLLM", "CTranslate2")
# class of the config, its values, the classes of layers
ARCHITECTURES = {
    "llama": ("LlamaConfig", GROUPED, ["LlamaDecoderLayer"]),
    "gemma 3, text": ("Gemma3TextConfig", SLIDING | {"head_dim": 16}, ["Gemma3DecoderLayer"]),
    "gemma 3, images": (
        "Gemma3Config",
        {"text_config": SLIDING | {"head_dim": 16}, "vision_config": TOWER, "mm_tokens_per_image": 4},
        ["Gemma3DecoderLayer", "SiglipEncoderLayer"],
    ),
    "qwen 2": ("Qwen2Config", GROUPED, ["Qwen2DecoderLayer"]),
    "qwen 3": ("Qwen3Config", GROUPED | {"head_dim": 16}, ["Qwen3DecoderLayer"]),
    "olmo 3": ("Olmo3Config", SLIDING, ["Olmo3DecoderLayer"]),
    "cohere": ("CohereConfig", GROUPED, ["CohereDecoderLayer"]),
    "cohere 2": ("Cohere2Config", SLIDING, ["Cohere2DecoderLayer"]),
    "ministral": ("MistralConfig", GROUPED, ["MistralDecoderLayer"]),
    "granite 4, dense": (
        "GraniteMoeHybridConfig",
        GROUPED | MAMBA | {"num_local_experts": 0, "layer_types": ["attention"] * 2},
        ["GraniteMoeHybridDecoderLayer"],
    ),
    "granite 4, hybrid": (
        "GraniteMoeHybridConfig",
        GROUPED | MAMBA | {"num_local_experts": 4, "num_experts_per_tok": 2, "layer_types": ["mamba", "attention"]},
        ["GraniteMoeHybridDecoderLayer"],
    ),
    "gpt-neox": ("GPTNeoXConfig", SIZES, ["GPTNeoXLayer"]),
}


@pytest.fixture(scope="module", params=ARCHITECTURES)
def folder(request, tmp_path_factory):
    import transformers

    kind, values, _ = ARCHITECTURES[request.param]
    transformers.set_seed(0)
    model = transformers.AutoModelForCausalLM.from_config(getattr(transformers, kind)(**values))
    folder = tmp_path_factory.mktemp("model")
    model.save_pretrained(folder)
    return SimpleNamespace(path=folder, layers=ARCHITECTURES[request.param][2], kind=model.config.model_type)


def read(path):
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(path, dtype="float32")


def keys(path):
    from safetensors import safe_open

    with safe_open(path / "model.safetensors", "pt") as tensors:
        return {name: tensors.get_slice(name).get_shape() for name in tensors.keys()}  # noqa: SIM118


def flattened(rows):
    """Rows as one sequence, as TRL's collator writes it."""
    from trl.trainer.sft_trainer import DataCollatorForLanguageModeling

    return DataCollatorForLanguageModeling(pad_token_id=0, padding_free=True)(rows)


def texts():
    import torch

    draw = torch.Generator().manual_seed(1)
    return [torch.randint(3, 97, (length,), generator=draw).tolist() for length in (12, 5, 20)]


def test_layers_that_fsdp_shards_are_those_that_the_model_has(folder):
    from accelerate.utils import FullyShardedDataParallelPlugin
    from accelerate.utils.fsdp_utils import fsdp2_prepare_auto_wrap_policy

    model = read(folder.path)
    assert layer_classes(model) == folder.layers
    plugin = FullyShardedDataParallelPlugin(fsdp_version=2, auto_wrap_policy="transformer_based_wrap")
    plugin.transformer_cls_names_to_wrap = layer_classes(model)
    plugin.set_auto_wrap_policy(model)
    wraps = fsdp2_prepare_auto_wrap_policy(plugin, model)
    assert {type(module).__name__ for module in model.modules() if wraps(module)} == set(folder.layers)


def test_a_checkpoint_has_the_names_that_a_trainer_reads_back(folder, tmp_path):
    model = read(folder.path)
    save_own_names(model)
    model.save_pretrained(tmp_path)
    assert set(keys(tmp_path)) <= set(model.state_dict())
    assert {name: weight.sum() for name, weight in read(tmp_path).state_dict().items()} == {
        name: weight.sum() for name, weight in model.state_dict().items()
    }


def test_an_update_changes_weights_and_keeps_the_keys_of_the_base(folder, tmp_path):
    import torch

    model, base = read(folder.path), read(folder.path)
    freeze_unread(model)
    batch = {name: value for name, value in flattened([{"input_ids": text} for text in texts()]).items()}
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    loss = model(**batch, use_cache=False).loss
    loss.backward()
    assert all((parameter.grad is not None) == parameter.requires_grad for parameter in model.parameters())
    optimizer.step()
    model.save_pretrained(tmp_path)
    assert torch.isfinite(loss) and keys(tmp_path) == keys(folder.path)
    again = read(tmp_path).state_dict()
    assert all(torch.equal(value, model.state_dict()[name]) for name, value in again.items())
    changed = [name for name, value in again.items() if not torch.equal(value, base.state_dict()[name])]
    assert changed and not any("vision" in name for name in changed)  # no row has a picture


def test_rows_of_a_sequence_do_not_see_each_other_but_in_models_that_are_named(folder):
    import torch

    model = read(folder.path).eval()
    rows = [{"input_ids": text} for text in texts()]
    batch = {name: value for name, value in flattened(rows).items() if name != "labels"}
    with torch.inference_mode():
        alone = torch.cat([model(torch.tensor([row["input_ids"]]), use_cache=False).logits[0] for row in rows])
        together = model(**batch, use_cache=False).logits[0]
    difference = (alone - together).abs().max().item()
    assert (difference > 0.01) == (folder.kind in MIXING_ROWS)
    assert difference < 1e-5 or folder.kind in MIXING_ROWS


def test_layers_computed_again_keep_the_names_of_the_weights(folder):
    from accelerate.utils import FullyShardedDataParallelPlugin
    from accelerate.utils.fsdp_utils import fsdp2_apply_ac
    from torch.distributed.checkpoint.state_dict import get_model_state_dict

    model = read(folder.path)
    names = set(model.state_dict())
    plugin = FullyShardedDataParallelPlugin(
        fsdp_version=2,
        auto_wrap_policy="transformer_based_wrap",
        activation_checkpointing=True,
        activation_checkpointing_offload=True,
    )
    plugin.transformer_cls_names_to_wrap = layer_classes(model)
    plugin.set_auto_wrap_policy(model)
    wrapped = fsdp2_apply_ac(SimpleNamespace(state=SimpleNamespace(fsdp_plugin=plugin)), model)
    assert set(get_model_state_dict(wrapped)) == names


def table():
    """The models of docs/models-and-data.md: {model: (class, engine, layers, chat template, context)}."""
    text = Path("docs/models-and-data.md").read_text(encoding="utf-8")
    section = text.partition("## How each model is loaded")[2].partition("\n## ")[0]
    lines = re.findall(r"^\| (.*) \|$", section, re.MULTILINE)[2:]  # below the header and its rule
    return {model: cells for model, *cells in (line.split(" | ") for line in lines)}


@pytest.fixture(scope="module")
def config():
    return yaml.safe_load(Path("config.yaml").read_text(encoding="utf-8"))


def test_the_table_holds_each_model_with_its_chat_template(config):
    templates = {model: cells[3] for model, cells in table().items()}
    assert templates == {model: entry.get("chat_template", "its own") for model, entry in config["models"].items()}


def test_the_table_holds_the_longest_text_that_a_model_is_given(config):
    used = [(entry["model"], entry["max_input_tokens"]) for entry in config["translators"].values()]
    for kind in ("teachers", "judges", "embedders"):
        used += [(entry["model"], entry["max_model_len"]) for entry in config[kind].values() if "model" in entry]
    bases = {base for block in config["design"] for base in block["student_bases"]}
    anchors = {config["student_bases"][base][kind] for base in bases for kind in ("model", "reference")}
    used += [(model, config["evaluation"]["max_model_len"]) for model in {*anchors, *config["comparison"]["models"]}]
    longest = {model: max(length for name, length in used if name == model) for model in config["models"]}
    assert {model: int(cells[4].replace(",", "")) for model, cells in table().items()} == longest


def test_the_table_holds_the_layers_that_the_pinned_transformers_gives_a_class():
    import transformers

    known = {}
    for kind, values, layers in ARCHITECTURES.values():
        model = transformers.AutoModelForCausalLM.from_config(getattr(transformers, kind)(**values))
        known[type(model).__name__] = ", ".join(layers)
    named = {cells[0]: cells[2] for cells in table().values() if cells[2] != "never trained"}
    assert named and named == {name: known[name] for name in named}


def test_the_pinned_engine_has_the_classes_that_the_table_gives_it():
    from vllm import ModelRegistry

    classes = {engine: {cells[0] for cells in table().values() if cells[1] == engine} for engine in ENGINES}
    assert {cells[1] for cells in table().values()} == set(ENGINES)
    assert classes["vLLM"] <= set(ModelRegistry.get_supported_archs())
    assert classes["CTranslate2"] == {"M2M100ForConditionalGeneration"}


def test_the_widths_of_a_head_that_a_run_may_have_on_a_cpu_are_the_pinned_engines():
    from vllm.v1.attention.backends.cpu_attn import CPUAttentionBackend

    assert CPUAttentionBackend.get_supported_head_sizes() == list(HEADS_ON_CPU)


def test_on_cards_the_pinned_engine_holds_the_logits_of_few_prompt_tokens():
    from vllm.v1.worker.gpu.sample.prompt_logprob import CHUNK_SIZE

    assert CHUNK_SIZE == 1024  # 1 GB of float32 for a vocabulary of 262,144; core/engine.py bounds the CPU's
