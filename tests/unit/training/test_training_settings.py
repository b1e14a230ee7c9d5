import json
import math
from types import SimpleNamespace
from typing import ClassVar

import pandas as pd
import pytest

from polyglot.core.errors import InputError
from polyglot.training.checkpoints import full_disk_named, is_whole, newest_checkpoint, run_digest
from polyglot.training.examples import held_out, held_out_loss, prepare, read_rows, tokenise
from polyglot.training.training_log import log_lines, summarise
from polyglot.training.training_settings import parse_settings, rows_at_once

SETTINGS = {
    "method": "full",
    "loss": "all",
    "packing": True,
    "learning_rate": 5e-5,
    "epochs": 2,
    "max_length": 8,
    "optimizer": "adamw_torch",
    "batch_size": 32,
    "gradient_accumulation_steps": 4,
    "weight_decay": 0.001,
    "scheduler": "linear",
    "dtype": "float32",
    "held_out_share": 0.25,
    "device": "cpu",
}


class Letters:
    """A tokenizer of one token a letter, whose template marks the response and the end after it (token 0)."""

    name_or_path = "letters"
    marks = True
    chat_template = ""
    added_tokens_decoder: ClassVar[dict] = {}

    def apply_chat_template(self, messages, return_dict, return_assistant_tokens_mask):
        prompt, response = ([ord(letter) for letter in message["content"]] for message in messages)
        mask = [0] * len(prompt) + [int(self.marks)] * (len(response) + 1)
        return {"input_ids": [*prompt, *response, 0], "assistant_masks": mask}


def write_rows(path, rows):
    pd.DataFrame(rows, columns=["row_id", "prompt", "response"]).to_parquet(path, index=False)
    return path


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"method": "qlora"}, "method"),
        ({"loss": "some"}, "loss"),
        ({"dtype": "float16"}, "dtype"),
        ({"batch_size": 0}, "batch_size"),
        ({"learning_rate": -1}, "learning_rate"),
        ({"held_out_share": 1.0}, "held_out_share"),
        ({"method": "lora"}, "lora"),
        ({"method": "lora", "lora": {"rank": 8, "alpha": 16}}, "lora"),
        ({"learning_rat": 1}, "learning_rat"),
    ],
)
def test_invalid_settings_are_named(change, named):
    with pytest.raises(InputError, match=named):
        parse_settings({**SETTINGS, **change})


def test_missing_setting_is_named():
    with pytest.raises(InputError, match="scheduler"):
        parse_settings({name: value for name, value in SETTINGS.items() if name != "scheduler"})


def test_rows_are_sorted(tmp_path):
    path = write_rows(tmp_path / "rows.parquet", [("b", "p2", "r2"), ("a", "p1", "r1")])
    assert list(read_rows(path).row_id) == ["a", "b"]


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], "no rows"),
        ([("a", "p", None)], "row a has no response"),
        ([("a", " ", "r")], "row a has no prompt"),
        ([("a", "p", "r"), ("a", "q", "s")], "row_id a occurs twice"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_named(tmp_path, rows, message):
    with pytest.raises(InputError, match=message):
        read_rows(write_rows(tmp_path / "rows.parquet", rows))


def test_held_out_rows_depend_only_on_ids_and_seed():
    ids = [f"{n:04x}" for n in range(40)]
    chosen = held_out(ids, 0.1, 7)
    assert len(chosen) == 4
    assert chosen == held_out(ids[::-1], 0.1, 7)
    assert chosen != held_out(ids, 0.1, 8)
    assert held_out(ids, 0.0, 7) == set()
    assert len(held_out(ids[:3], 0.01, 7)) == 1
    with pytest.raises(InputError, match="leaves no row to train on"):
        held_out(ids[:1], 0.1, 7)


def test_loss_counts_all_tokens_or_the_answer_and_its_end():
    whole = tokenise("¿qué?", "né", Letters(), "all")
    assert whole["labels"] == whole["input_ids"] == [191, 113, 117, 233, 63, 110, 233, 0]
    assert tokenise("¿qué?", "né", Letters(), "answers")["labels"] == [-100] * 5 + [110, 233, 0]


def test_template_that_marks_no_answer_is_named():
    tokenizer = Letters()
    tokenizer.marks = False
    with pytest.raises(InputError, match="letters: the chat template marks no answer"):
        tokenise("a", "b", tokenizer, "answers")


def test_long_rows_are_left_out_and_counted_and_held_out_rows_never_trained_on(tmp_path):
    rows = [(f"{n:02d}", f"p{n}", f"r{n}") for n in range(8)] + [("99", "too long", "for eight")]
    path = write_rows(tmp_path / "rows.parquet", rows)
    settings = parse_settings(SETTINGS)
    data = prepare(path, Letters(), settings, seed=3)
    assert data.dropped == ["99"]
    assert len(data.train) + len(data.held_out) == 8
    texts = [tuple(row["input_ids"]) for row in data.train], [tuple(row["input_ids"]) for row in data.held_out]
    assert not set(texts[0]) & set(texts[1])
    held_out_ids = held_out([row[0] for row in rows], 0.25, 3) - {"99"}
    assert len(texts[1]) == len(held_out_ids)
    with pytest.raises(InputError, match="every row is longer than max_length 2"):
        prepare(path, Letters(), parse_settings({**SETTINGS, "max_length": 2, "held_out_share": 0}), seed=3)


def test_held_out_loss_is_the_mean_over_tokens_not_rows():
    import torch

    class Model:
        """Gives token 1 the probability 1/2 and tokens 0 and 2 a quarter each, in any context."""

        device = "cpu"

        def eval(self):
            pass

        def __call__(self, ids, use_cache):
            logits = torch.log(torch.tensor([0.25, 0.5, 0.25])).expand(1, ids.shape[1], 3)
            return SimpleNamespace(logits=logits)

    rows = [
        {"input_ids": [2, 1, 1, 1], "labels": [2, 1, 1, 1]},  # three tokens predicted, ln 2 each
        {"input_ids": [2, 2, 0], "labels": [-100, -100, 0]},  # one counted, ln 4
    ]
    assert held_out_loss(Model(), rows) == pytest.approx((3 * math.log(2) + math.log(4)) / 4, rel=1e-6)
    assert held_out_loss(Model(), []) is None


def checkpoint(folder, step, state="{}"):
    from safetensors.torch import save_file
    from torch import save, zeros

    path = folder / f"checkpoint-{step}"
    path.mkdir(parents=True)
    save_file({"a": zeros(50)}, path / "model.safetensors")
    save({"step": step}, path / "optimizer.pt")
    if state is not None:
        (path / "trainer_state.json").write_text(state)
    return path


def test_checkpoint_is_whole_only_with_state_and_uncut_files(tmp_path):
    assert is_whole(checkpoint(tmp_path, 1))
    assert not is_whole(checkpoint(tmp_path, 2, state=None))
    assert not is_whole(checkpoint(tmp_path, 3, state='{"half'))
    for step, name in ((4, "model.safetensors"), (5, "optimizer.pt")):
        path = checkpoint(tmp_path, step)
        content = (path / name).read_bytes()
        for length in (0, 5, 20, len(content) - 1):
            (path / name).write_bytes(content[:length])
            assert not is_whole(path), (name, length)


def test_training_resumes_from_the_newest_whole_checkpoint_and_deletes_broken_ones(tmp_path):
    assert newest_checkpoint(tmp_path, "key") is None
    for step in (8, 9, 10):
        checkpoint(tmp_path, step, state=None if step == 10 else "{}")
    assert newest_checkpoint(tmp_path, "key").name == "checkpoint-9"  # by number: as text, 9 is above 10
    assert not (tmp_path / "checkpoint-10").exists()


def test_checkpoints_of_another_run_are_deleted(tmp_path):
    newest_checkpoint(tmp_path, "key")
    checkpoint(tmp_path, 3)
    assert newest_checkpoint(tmp_path, "other") is None
    assert not (tmp_path / "checkpoint-3").exists()
    assert json.loads((tmp_path / "digest.json").read_text()) == {"digest": "other"}
    (tmp_path / "digest.json").unlink()
    checkpoint(tmp_path, 4)  # of an unknown run
    assert newest_checkpoint(tmp_path, "other") is None


def test_digest_changes_with_everything_that_a_checkpoint_depends_on(tmp_path):
    base = tmp_path / "base"
    base.mkdir()
    (base / "model.safetensors").write_bytes(b"weights")
    data = tmp_path / "rows.parquet"
    data.write_bytes(b"rows")
    settings = parse_settings(SETTINGS)
    first = run_digest(base, data, settings, 1)
    assert run_digest(base, data, settings, 1) == first
    assert run_digest(base, data, settings, 2) != first
    assert run_digest(base, data, parse_settings({**SETTINGS, "learning_rate": 1e-4}), 1) != first
    data.write_bytes(b"rows!")
    changed = run_digest(base, data, settings, 1)
    assert changed != first
    (base / "model.safetensors").write_bytes(b"weight2")
    assert run_digest(base, data, settings, 1) not in (first, changed)


HISTORY = [
    {"step": 1, "epoch": 0.5, "loss": 3.0, "learning_rate": 1e-4, "grad_norm": 1.5, "num_tokens": 7.0, "entropy": 1.0},
    {"step": 2, "epoch": 1.0, "loss": 2.0, "learning_rate": 5e-5, "grad_norm": 1.0, "num_tokens": 9.0, "entropy": 1.0},
    {"step": 2, "epoch": 1.0, "train_loss": 2.5, "train_runtime": 12.3},
]


def test_log_holds_steps_and_held_out_loss_but_no_times():
    lines = log_lines(HISTORY, 4.0, 2.5)
    assert lines[0] == {"step": 0, "epoch": 0.0, "held_out_loss": 4.0}
    assert lines[1] == {"step": 1, "epoch": 0.5, "loss": 3.0, "learning_rate": 1e-4, "grad_norm": 1.5}
    assert lines[-1] == {"step": 2, "epoch": 1.0, "held_out_loss": 2.5}
    assert len(lines) == 4
    assert len(log_lines(HISTORY, None, None)) == 2


def test_summary_counts_tokens_that_are_predicted(tmp_path):
    path = write_rows(tmp_path / "rows.parquet", [("a", "pp", "r"), ("b", "p", "rr"), ("c", "long", "response")])
    settings = parse_settings({**SETTINGS, "loss": "answers", "held_out_share": 0})
    content = summarise(prepare(path, Letters(), settings, 1), settings, 1, HISTORY)
    assert (content["train_tokens"], content["loss_tokens"]) == (8, 5)  # 4 + 4 tokens; r and end, rr and end
    assert (content["steps"], content["epochs"], content["final_loss"], content["dropped_rows"]) == (2, 1.0, 2.0, 1)
    whole = parse_settings({**SETTINGS, "held_out_share": 0})
    assert summarise(prepare(path, Letters(), whole, 1), whole, 1, HISTORY)["loss_tokens"] == 6  # all but each first


def test_full_disk_is_named_and_other_errors_are_left_alone(tmp_path):
    with pytest.raises(InputError, match="checkpoints: no space left"), full_disk_named(tmp_path / "checkpoints"):
        raise RuntimeError("[enforce fail at inline_container.cc:672] . unexpected pos 576 vs 534")
    with pytest.raises(RuntimeError, match="a bug"), full_disk_named(tmp_path):
        raise RuntimeError("a bug")


def test_loss_is_drawn_with_its_held_out_points(tmp_path):
    from polyglot.training.plot_loss import draw

    axes = draw(log_lines(HISTORY, 4.0, 2.5), "student").axes[0]
    assert [list(line.get_xdata()) for line in axes.lines] == [[1, 2], [0, 2]]
    assert [list(line.get_ydata()) for line in axes.lines] == [[3.0, 2.0], [4.0, 2.5]]
    with pytest.raises(InputError, match="no training loss"):
        draw([{"step": 0, "held_out_loss": 1.0}], "student")


@pytest.mark.parametrize(
    ("batch_size", "accumulated", "devices", "expected"),
    [
        (32, 4, 1, (8, 4)),  # the paper's Table 9 on one card
        (32, 4, 2, (4, 4)),
        (32, 4, 8, (1, 4)),
        (32, 4, 16, (1, 2)),
        (32, 1, 4, (8, 1)),
        (4, 1, 1, (4, 1)),
        (2, 4, 1, (1, 2)),
    ],
)
def test_an_update_has_the_same_rows_on_any_number_of_devices(batch_size, accumulated, devices, expected):
    settings = parse_settings(SETTINGS | {"batch_size": batch_size, "gradient_accumulation_steps": accumulated})
    rows_per_device, batches = rows_at_once(settings, devices)
    assert (rows_per_device, batches) == expected
    assert rows_per_device * batches * devices == batch_size


@pytest.mark.parametrize(("retries", "expected"), [(0, (4, 4)), (1, (2, 8)), (2, (1, 16)), (9, (1, 16))])
def test_a_retry_sees_half_the_rows_at_once_and_updates_on_as_many(retries, expected):
    assert rows_at_once(parse_settings(SETTINGS), 2, retries) == expected


@pytest.mark.parametrize("devices", [3, 64])
def test_rows_that_devices_cannot_share_are_refused(devices):
    with pytest.raises(InputError, match=f"batch_size: 32 rows cannot be shared by {devices} devices"):
        rows_at_once(parse_settings(SETTINGS), devices)
