"""Batches without padding: the rows of an update, none beside another in sight, and the same at any time."""

import random
from itertools import chain, pairwise
from types import SimpleNamespace

import pytest

from polyglot.core.errors import InputError
from polyglot.training.examples import held_out_loss
from polyglot.training.trainer import attention, make_trainer, set_epoch, sft_config, watch
from polyglot.training.training_settings import parse_settings
from tests.unit.training.test_training_settings import SETTINGS

UNPACKED = SETTINGS | {"packing": False, "max_length": 300, "epochs": 1, "held_out_share": 0}
SEED = 7


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    from tokenizers import Tokenizer, models
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("base")
    words = Tokenizer(models.WordLevel({str(number): number for number in range(64)}, unk_token="0"))
    PreTrainedTokenizerFast(tokenizer_object=words, eos_token="1", pad_token="0").save_pretrained(folder)
    set_seed(0)
    shape = {"hidden_size": 16, "intermediate_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2}
    LlamaForCausalLM(LlamaConfig(vocab_size=64, **shape)).save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def rows():
    """74 rows of lengths as those of answers: the longest is fifty times the shortest. The first token names a row."""
    draw = random.Random(1)
    lengths = [min(300, max(4, round(draw.lognormvariate(4, 0.9)))) for _ in range(74)]
    texts = [[number % 64, number // 64, *draw.choices(range(2, 64), k=n - 2)] for number, n in enumerate(lengths)]
    return [{"input_ids": text, "labels": [-100, *text[1:]]} for text in texts]


def new_trainer(base, rows, folder, seed=SEED, devices=1, **changes):
    from transformers import AutoTokenizer

    settings = parse_settings(UNPACKED | changes)
    config = sft_config(settings, folder, seed, devices, 0, "llama")
    return make_trainer(base, AutoTokenizer.from_pretrained(base), rows, settings, config, watch(1000))


def named(batch):
    """The rows in a batch, as (length, first token, second token)."""
    ids, starts = batch["input_ids"][0], (batch["position_ids"][0] == 0).nonzero().flatten().tolist()
    return [(end - start, *ids[start : start + 2].tolist()) for start, end in pairwise([*starts, len(ids)])]


def epoch(trainer, number=0):
    """The rows of each batch of an epoch."""
    loader = trainer.get_train_dataloader()
    loader.set_epoch(number)
    return [named(batch) for batch in loader]


def names(rows):
    return sorted((len(row["input_ids"]), *row["input_ids"][:2]) for row in rows)


def test_every_token_of_a_batch_is_a_rows_and_an_update_is_the_rows_of_table_9(base, rows, tmp_path):
    batches = epoch(new_trainer(base, rows, tmp_path))
    # 74 rows: two updates of 32 in four batches, one of the 10 that are left
    updates = [[*chain(*batches[start : start + 4])] for start in (0, 4, 8)]
    assert len(batches) == 12 and [len(update) for update in updates] == [32, 32, 10]
    assert sorted(chain(*updates)) == names(rows)  # each row once, whole, and nothing between them


def test_the_batches_of_an_update_take_about_as_long(base, rows, tmp_path):
    batches = epoch(new_trainer(base, rows, tmp_path))
    for start in (0, 4):
        tokens = [sum(length for length, *_ in batch) for batch in batches[start : start + 4]]
        assert max(tokens) < 1.3 * sum(tokens) / 4, tokens
    lengths = [[length for length, *_ in batch] for batch in batches[:8]]
    assert {len(batch) for batch in lengths} != {8}  # few long rows against many short ones


def test_seed_and_epoch_give_the_order(base, rows, tmp_path):
    first = epoch(new_trainer(base, rows, tmp_path))
    assert epoch(new_trainer(base, rows, tmp_path)) == first
    assert epoch(new_trainer(base, rows, tmp_path, seed=8)) != first
    assert epoch(new_trainer(base, rows, tmp_path), 1) != first


def test_the_loss_of_an_update_is_the_mean_over_the_tokens_of_its_rows_each_read_alone(base, rows, tmp_path):
    from transformers import AutoModelForCausalLM

    trainer = new_trainer(base, rows, tmp_path, max_steps=1)
    update = [*chain(*epoch(trainer)[:4])]
    trainer.train()
    chosen = [row for row in rows if (len(row["input_ids"]), *row["input_ids"][:2]) in update]
    alone = held_out_loss(AutoModelForCausalLM.from_pretrained(base), chosen)
    assert len(chosen) == 32 and float(trainer.state.log_history[0]["loss"]) == pytest.approx(alone, rel=1e-5)


def test_resumed_on_several_devices_the_sampler_is_in_its_epoch(base, rows, tmp_path):
    from accelerate.data_loader import BatchSamplerShard, SkipBatchSampler

    sampler = new_trainer(base, rows, tmp_path).get_train_dataloader().batch_sampler
    skipped = SkipBatchSampler(BatchSamplerShard(sampler, num_processes=1, process_index=0), 4)
    sampler.set_epoch(1)
    second = list(sampler)
    sampler.set_epoch(0)
    set_epoch(SimpleNamespace(batch_sampler=skipped), 1)
    assert list(skipped) == second[4:]


def test_devices_share_the_rows_of_an_update(rows):
    from transformers.trainer_pt_utils import BatchRebalanceSampler

    lengths = [len(row["input_ids"]) for row in rows[:64]]
    shares = [list(BatchRebalanceSampler(lengths, 32, dp_size=2, grad_accum=4, rank=rank)) for rank in (0, 1)]
    for start in (0, 4):
        update = [row for share in shares for batch in share[start : start + 4] for row in batch]
        assert len(update) == len(set(update)) == 32


def test_a_model_that_would_mix_rows_sees_one_at_a_time(tmp_path):
    settings = parse_settings(UNPACKED)
    config = sft_config(settings, tmp_path, SEED, 2, 0, "granitemoehybrid")
    assert not config.padding_free
    assert (config.per_device_train_batch_size, config.gradient_accumulation_steps) == (1, 16)
    with pytest.raises(InputError, match="packing: a model of type granitemoehybrid would mix the rows"):
        sft_config(parse_settings(SETTINGS), tmp_path, SEED, 1, 0, "granitemoehybrid")


def test_attention_takes_lengths_of_rows_where_it_can(monkeypatch):
    cards = parse_settings(UNPACKED | {"device": "cuda", "dtype": "bfloat16"})
    assert attention(cards) == "sdpa"
    monkeypatch.setattr("transformers.utils.is_flash_attn_2_available", lambda: True)
    assert attention(cards) == "flash_attention_2"
    assert attention(parse_settings(UNPACKED | {"device": "cuda"})) == "sdpa"  # it does not compute in float32
    assert attention(parse_settings(UNPACKED)) == "sdpa"


def test_cards_get_a_fused_optimiser_reduced_gradients_and_recomputed_layers(tmp_path, monkeypatch):
    import torch

    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda *_: True)
    monkeypatch.setattr("transformers.training_args.is_torch_bf16_gpu_available", lambda: True)
    settings = parse_settings(UNPACKED | {"device": "cuda", "dtype": "bfloat16"})
    alone, sharded = (sft_config(settings, tmp_path, SEED, devices, 0, "olmo3") for devices in (1, 8))
    assert (alone.optim, alone.bf16, alone.use_cpu) == ("adamw_torch_fused", True, False)
    assert alone.accelerator_config.gradient_accumulation_kwargs == {"sync_each_batch": True}
    assert (alone.gradient_checkpointing, sharded.gradient_checkpointing) == (True, False)
