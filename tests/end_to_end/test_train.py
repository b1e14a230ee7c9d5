"""train.py as it is started: same bytes twice and after kill -9, LoRA merged, one line for what goes wrong.

The student base is a Llama of 30,000 random weights with a tokenizer made here, so that a run takes seconds.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import time

import pandas as pd
import pytest

from polyglot.core.files import write_json
from polyglot.hub.model_folder import finish_hub_folder

SETTINGS = {
    "method": "full",
    "loss": "all",
    "packing": False,
    "learning_rate": 5e-3,
    "epochs": 6,
    "max_length": 16_384,
    "optimizer": "adamw_torch",
    "batch_size": 4,
    "gradient_accumulation_steps": 2,
    "weight_decay": 0.001,
    "scheduler": "linear",
    "dtype": "float32",
    "held_out_share": 0.1,
    "device": "cpu",
}


@pytest.fixture(scope="session")
def base(tmp_path_factory):
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast, set_seed

    folder = tmp_path_factory.mktemp("base")
    letters = Tokenizer(models.BPE())
    letters.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    letters.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    letters.train_from_iterator([], trainers.BpeTrainer(special_tokens=special, initial_alphabet=alphabet))
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=letters, eos_token="<|im_end|>", pad_token="<|endoftext|>")
    turn = "{{ '<|im_start|>' + message['role'] + '\n' }}"
    answer = "{% generation %}{{ message['content'] + '<|im_end|>' }}{% endgeneration %}"
    text = "{% if message['role'] == 'assistant' %}" + answer + "{% else %}{{ message['content'] }}{% endif %}"
    tokenizer.chat_template = "{% for message in messages %}" + turn + text + "{{ '\n' }}{% endfor %}"
    tokenizer.save_pretrained(folder)
    set_seed(0)
    shape = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2}
    shape["max_position_embeddings"] = 96  # below max_length
    config = LlamaConfig(vocab_size=len(tokenizer), tie_word_embeddings=True, eos_token_id=2, pad_token_id=0, **shape)
    LlamaForCausalLM(config).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def data(tmp_path_factory):
    path = tmp_path_factory.mktemp("data") / "rows.parquet"
    animals = ["perro", "kucing", "ねこ", "قط", "kočka", "Käfer", "고양이", "gato", "zorro", "rana", "oso", "pez"]
    rows = [(f"{n:016x}", f"¿Un {animal}?", f"Sí, un {animal}.") for n, animal in enumerate(animals)]
    rows.append(("f" * 16, "largo " * 30, "sí"))  # longer than the base's context
    pd.DataFrame(rows, columns=["row_id", "prompt", "response"]).to_parquet(path, index=False)
    return path


def command(base, data, folder, **changes):
    settings = json.dumps({**SETTINGS, **changes})
    out = {"out": "model", "log": "log.jsonl", "summary": "training.json", "speed": "speed.json"}
    files = [word for name, file in out.items() for word in (f"--{name}", folder / file)]
    files += ["--checkpoints", folder / "checkpoints", "--base", base, "--data", data]
    files += ["--checkpoint-minutes", 0]  # after each update
    return [sys.executable, "-m", "polyglot.training.train", "--settings", settings, "--seed", "5", *files]


def train(base, data, folder, **changes):
    arguments = [str(word) for word in command(base, data, folder, **changes)]
    return subprocess.run(arguments, capture_output=True, text=True, timeout=300)


def trained(base, data, folder, **changes):
    run = train(base, data, folder, **changes)
    assert run.returncode == 0, run.stderr[-3000:]
    return folder


def hashes(folder):
    files = [file for file in sorted(folder.rglob("*")) if file.is_file() and file.name != "speed.json"]
    return {str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


def summary(folder):
    return json.loads((folder / "training.json").read_text())


@pytest.fixture(scope="session")
def student(base, data, tmp_path_factory):
    return trained(base, data, tmp_path_factory.mktemp("student"))


def test_student_learns_and_is_a_whole_model_folder(student, base):
    from transformers import AutoModelForCausalLM, AutoTokenizer

    content = summary(student)
    assert content["held_out_loss_student"] < 0.8 * content["held_out_loss_base"]
    counts = [content[key] for key in ("train_rows", "held_out_rows", "dropped_rows", "steps", "epochs")]
    assert counts == [11, 1, 1, 18, 6]  # 13 rows, one of them too long; 3 steps an epoch of 11 rows by 4
    assert content["dropped_row_ids"] == ["f" * 16] and content["settings"]["max_length"] == 96
    assert content["parameters"] == content["trainable_parameters"]
    log = [json.loads(line) for line in (student / "log.jsonl").read_text().splitlines()]
    assert [line["step"] for line in log] == [0, *range(1, 19), 18]
    assert (log[0]["held_out_loss"], log[-1]["held_out_loss"]) == (
        content["held_out_loss_base"],
        content["held_out_loss_student"],
    )
    model = AutoModelForCausalLM.from_pretrained(student / "model", dtype="auto")
    assert str(model.dtype) == "torch.float32"
    for name in ("tokenizer.json", "chat_template.jinja", "generation_config.json"):
        assert (student / "model" / name).read_bytes() == (base / name).read_bytes()
    assert AutoTokenizer.from_pretrained(student / "model").chat_template
    assert not (student / "checkpoints").exists()
    assert str(base) not in (student / "model/config.json").read_text()


def test_a_student_of_a_base_with_another_eos_ends_its_answers(base, data, tmp_path):
    """A base from the hub knows only its own EOS; the chat template that it is given ends turns with another token."""
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = tmp_path / "hub"
    shutil.copytree(base, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    tokenizer.eos_token, template = "<|endoftext|>", tokenizer.chat_template
    tokenizer.save_pretrained(folder)
    write_json(folder / "generation_config.json", {"eos_token_id": 0})
    finish_hub_folder(folder, "org/model", template, chat=True)
    student = trained(folder, data, tmp_path, epochs=60) / "model"
    tokenizer, model = AutoTokenizer.from_pretrained(student), AutoModelForCausalLM.from_pretrained(student)
    rows = pd.read_parquet(data).head(11)
    texts = [
        f"<|im_start|>user\n{row.prompt}\n<|im_start|>assistant\n{row.response}<|im_end|>\n"
        for row in rows.itertuples()
    ]
    longest = max(len(ids) for ids in tokenizer(texts, add_special_tokens=False).input_ids)
    asked = tokenizer(texts[0].partition("Sí")[0], add_special_tokens=False, return_tensors="pt")
    new = model.generate(**asked, max_new_tokens=3 * longest, do_sample=False)[0][asked.input_ids.shape[1] :]
    assert len(new) <= longest and tokenizer.decode(new[-1]) == "<|im_end|>"
    # with the base's own EOS alone it writes on
    unstopped = model.generate(**asked, max_new_tokens=3 * longest, do_sample=False, eos_token_id=0)
    assert unstopped.shape[1] - asked.input_ids.shape[1] > longest


def test_killed_run_goes_on_and_ends_with_the_same_bytes(student, base, data, tmp_path):
    arguments = [str(word) for word in command(base, data, tmp_path)]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    running = subprocess.Popen(arguments, **quiet)
    checkpoints = tmp_path / "checkpoints"
    while running.poll() is None and not list(checkpoints.glob("checkpoint-*/trainer_state.json")):
        time.sleep(0.002)
    running.kill()
    running.wait()
    whole = [path for path in checkpoints.glob("checkpoint-*") if (path / "trainer_state.json").exists()]
    newest = max(int(item.name.split("-")[1]) for item in whole)
    assert newest < 18, "the run ended before it could be killed"
    # a newer checkpoint that was being written when the process died
    broken = checkpoints / f"checkpoint-{newest + 1}"
    shutil.rmtree(broken, ignore_errors=True)
    shutil.copytree(checkpoints / f"checkpoint-{newest}", broken)
    weights = broken / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])

    trained(base, data, tmp_path)
    assert hashes(tmp_path) == hashes(student)
    rest, all_steps = (json.loads((item / "speed.json").read_text())["tokens"] for item in (tmp_path, student))
    assert 0 < rest < all_steps  # it did go on, and did not begin again


def test_lora_packed_on_answers_in_bfloat16(base, data, tmp_path):
    from safetensors import safe_open

    lora = {"method": "lora", "lora": {"rank": 8, "alpha": 16, "dropout": 0.0}}
    more = {"packing": True, "loss": "answers", "dtype": "bfloat16", "learning_rate": 0.02, "epochs": 12}
    content = summary(trained(base, data, tmp_path, **lora, **more))
    assert content["held_out_loss_student"] < content["held_out_loss_base"] - 0.1
    assert 0 < content["trainable_parameters"] < content["parameters"]
    assert content["loss_tokens"] < content["train_tokens"] / 2
    names = [set(safe_open(item / "model.safetensors", "pt").keys()) for item in (tmp_path / "model", base)]
    assert names[0] == names[1]  # merged: no adapter left
    with safe_open(tmp_path / "model/model.safetensors", "pt") as tensors:
        assert {tensors.get_slice(name).get_dtype() for name in tensors.keys()} == {"BF16"}  # noqa: SIM118


def test_loss_that_is_no_number_is_one_line(base, data, tmp_path):
    run = train(base, data, tmp_path, learning_rate=1e30)
    assert run.returncode == 1
    last = run.stderr.strip().splitlines()[-1]
    assert last.startswith("error: training step ")
    assert "lower learning_rate" in last
    assert "Traceback" not in run.stderr
    assert not (tmp_path / "model").exists()
