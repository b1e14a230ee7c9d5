"""Every architecture sharded over two processes as over two cards: trained, killed, resumed, written, read again.

The processes are on the CPU and speak gloo. accelerate shards over cards alone, so they pass for cards; all else is the
program as it is started. They are forked from a process that has loaded the libraries.
"""

import gc
import multiprocessing
import os
import runpy
import shutil
import signal
import socket
import sys

import pytest

from polyglot.core.files import read_jsonl
from tests.conftest import ROOT
from tests.end_to_end.test_train import base, command, data, hashes  # noqa: F401
from tests.unit.training.test_architectures import ARCHITECTURES, keys

LAUNCH = f"--config_file {ROOT}/resources/accelerate/fsdp.yaml --num_processes 2 --num_machines 1 --mixed_precision no"
LIBRARIES = ["trl.trainer.sft_trainer", "peft", "datasets", "transformers.models.auto.modeling_auto"]
STEPS = {"epochs": 1, "max_steps": 3, "held_out_share": 0.0}
LIKE_OTHERS = {"qwen 2", "cohere", "ministral"}  # llama, cohere 2 and llama
HALF = {"dtype": "bfloat16"}
CASES = {name: {} for name in ARCHITECTURES if name not in LIKE_OTHERS} | {
    "llama": HALF,
    "llama, lora": HALF | {"method": "lora", "lora": {"rank": 4, "alpha": 8, "dropout": 0.0}},
}


@pytest.fixture(scope="module")
def fork():
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    return context


@pytest.fixture(scope="module")
def launched():
    """The environment that `accelerate launch` gives both processes."""
    from accelerate.commands.launch import _validate_launch_command, launch_command_parser
    from accelerate.utils.launch import prepare_multi_gpu_env

    arguments, *_ = _validate_launch_command(launch_command_parser().parse_args([*LAUNCH.split(), "-m", "program"]))
    return prepare_multi_gpu_env(arguments) | {"WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1"}


def pass_for_card():
    """Have accelerate take this process of the CPU for a card."""
    from accelerate.state import PartialState
    from accelerate.utils import DistributedType
    from torch import distributed

    os.environ["ACCELERATE_TORCH_DEVICE"] = "cpu"
    distributed.init_process_group("gloo")
    PartialState._prepare_backend = lambda *arguments: ("gloo", DistributedType.MULTI_XPU)


def kill_when_saved():
    """Have the process killed when both have written a checkpoint."""
    from torch import distributed

    from polyglot.training import trainer

    def killing(minutes, watch=trainer.watch):
        callback = watch(minutes)

        def on_save(*arguments, **more):
            distributed.barrier()
            os.kill(os.getpid(), signal.SIGKILL)

        callback.on_save = on_save
        return callback

    trainer.watch = killing


def program(words, environment, log, killed):
    """What a process does: the program, its words in `log`."""
    gc.freeze()  # the libraries' objects are not looked through each time that the program collects garbage
    os.environ.update(environment)
    with open(log, "wb") as file:
        for stream in (1, 2):
            os.dup2(file.fileno(), stream)
    if "WORLD_SIZE" in environment:
        pass_for_card()
    if killed:
        kill_when_saved()
    sys.argv = ["train", *words]
    runpy.run_module("polyglot.training.train", run_name="__main__")


def ended(fork, launched, words, folder, killed=False):
    """Exit codes and last words of the program's processes, one where nothing is launched."""
    folder.mkdir(exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = str(free.getsockname()[1])
    ranks = [{**launched, "MASTER_PORT": port, "RANK": rank, "LOCAL_RANK": rank} for rank in "01"] if launched else [{}]
    logs = [folder.with_name(f"{folder.name}.{place}.txt") for place in range(len(ranks))]
    processes = [
        fork.Process(target=program, args=(words, rank, log, killed)) for rank, log in zip(ranks, logs, strict=True)
    ]
    for process in processes:
        process.start()
    for process in processes:
        process.join(300)
        process.kill()
    return [process.exitcode for process in processes], "".join(log.read_text()[-3000:] for log in logs)


def new_base(folder, tokens, kind, values):
    """A small base of random weights with the tokenizer of `tokens`."""
    import transformers

    shutil.copytree(tokens, folder, ignore=shutil.ignore_patterns("*.safetensors", "config.json"))
    text = values.get("text_config", values) | {"vocab_size": 259}
    values = {**values, "text_config": text} if "text_config" in values else text
    transformers.set_seed(0)
    transformers.AutoModelForCausalLM.from_config(getattr(transformers, kind)(**values)).save_pretrained(folder)
    return folder


def losses(folder):
    return [line["loss"] for line in read_jsonl(folder / "log.jsonl") if "loss" in line]


@pytest.mark.parametrize("case", CASES)
def test_a_killed_sharded_training_goes_on_to_the_same_student(case, fork, launched, base, data, tmp_path):  # noqa: F811
    from transformers import AutoModelForCausalLM

    architecture = ARCHITECTURES.get(case, ARCHITECTURES["llama"])
    model = new_base(tmp_path / "base", base, *architecture[:2])
    changes = STEPS | CASES[case]

    def words(folder, minutes):
        arguments = command(model, data, folder, **changes)[3:]
        return [str(word) for word in (*arguments, "--checkpoint-minutes", minutes)]

    whole, again = tmp_path / "whole", tmp_path / "again"
    codes, said = ended(fork, launched, words(whole, 60), whole)
    assert codes == [0, 0], said
    codes, said = ended(fork, launched, words(again, 0), again, killed=True)
    assert codes == [-signal.SIGKILL] * 2, said
    assert len(list(again.glob("checkpoints/checkpoint-1/pytorch_model_fsdp_0/__?_0.distcp"))) == 2
    codes, said = ended(fork, launched, words(again, 60), again)
    assert codes == [0, 0], said
    assert hashes(again) == hashes(whole)

    assert keys(whole / "model") == keys(model)
    student = AutoModelForCausalLM.from_pretrained(whole / "model")
    before = AutoModelForCausalLM.from_pretrained(model, dtype=student.dtype).state_dict()
    assert any(not weight.equal(before[name]) for name, weight in student.state_dict().items())
    asked = student.dummy_inputs["input_ids"][:1]
    assert student.generate(asked, max_new_tokens=4, min_new_tokens=4).shape[1] == asked.shape[1] + 4


def test_sharding_changes_no_step(fork, launched, base, data, tmp_path):  # noqa: F811
    arguments = {folder: [str(word) for word in command(base, data, tmp_path / folder, **STEPS)[3:]] for folder in "12"}
    for processes, environment in (("1", {}), ("2", launched)):
        codes, said = ended(fork, environment, arguments[processes], tmp_path / processes)
        assert not any(codes), said
    assert losses(tmp_path / "2") == pytest.approx(losses(tmp_path / "1"), rel=1e-5)
