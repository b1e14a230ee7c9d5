"""Train a student: fine-tune a student base on the frozen rows of one cell. Over several cards under `accelerate`.

Reads the base's folder (its tokenizer holds the chat template) and the rows. Writes a complete model folder (LoRA
merged), log.jsonl (one line per step), training.json (rows, steps, held-out loss of base and student: the same bytes on
every run) and training_speed.json (tokens per second, peak memory). Checkpoints stay in --checkpoints until all outputs
are written: the same command resumes a killed run.
"""

import argparse
import gc
import json
import os
import shutil
from dataclasses import replace
from pathlib import Path

from polyglot.core.accelerators import check_cards
from polyglot.core.context import within_own
from polyglot.core.engine import check_model, prepare_environment
from polyglot.core.errors import run
from polyglot.core.files import read_json, whole, write_json, write_jsonl
from polyglot.training.checkpoints import full_disk_named, known_digest, newest_checkpoint, run_digest
from polyglot.training.examples import held_out_loss, prepare
from polyglot.training.sharding import save_whole
from polyglot.training.student import load_base, load_student, save_student
from polyglot.training.trainer import make_trainer, sft_config, use_deterministic_kernels, watch
from polyglot.training.training_log import log_lines, speed, summarise
from polyglot.training.training_settings import parse_settings


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--base", type=Path, required=True, help="folder of the student base")
    parser.add_argument("--data", type=Path, required=True, help="rows: row_id, prompt, response (parquet)")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: see polyglot.training.training_settings"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the student")
    parser.add_argument("--log", type=Path, required=True, help="log.jsonl")
    parser.add_argument("--summary", type=Path, required=True, help="training.json")
    parser.add_argument("--speed", type=Path, required=True, help="training_speed.json")
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder kept until the student is written")
    parser.add_argument("--retries", type=int, default=0, help="failed tries before; each halves the rows of a batch")
    parser.add_argument(
        "--checkpoint-minutes",
        type=float,
        default=30,
        help="between checkpoints; what takes less has none (default 30)",
    )
    return parser.parse_args()


def main() -> None:
    """Train or resume training, then measure and write the student."""
    args = arguments()
    settings = parse_settings(args.settings)
    check_model(args.base)
    settings = replace(settings, max_length=within_own(args.base, settings.max_length))
    prepare_environment()
    check_cards(int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if settings.device == "cuda" else 0)
    use_deterministic_kernels(settings)
    from accelerate import PartialState
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(args.base)
    data = prepare(args.data, tokenizer, settings, args.seed)
    processes = PartialState()
    kind = read_json(args.base / "config.json")["model_type"]
    config = sft_config(settings, args.checkpoints, args.seed, processes.num_processes, args.retries, kind)
    with processes.main_process_first():  # it alone reads the weights for the digest
        main_process = processes.is_main_process
        key = run_digest(args.base, args.data, settings, args.seed) if main_process else known_digest(args.checkpoints)
        resume = newest_checkpoint(args.checkpoints, key)
    measured = main_process and data.held_out
    before = held_out_loss(load_base(args.base, settings), data.held_out) if measured else None

    callback = watch(args.checkpoint_minutes)
    trainer = make_trainer(args.base, tokenizer, data.train, settings, config, callback)
    trainable = sum(parameter.numel() for parameter in trainer.model.parameters() if parameter.requires_grad)
    trained = args.checkpoints / "trained"
    with full_disk_named(args.checkpoints):
        trainer.train(resume_from_checkpoint=resume and str(resume))
        save_whole(trainer, trained)
    history, pace = trainer.state.log_history, speed(callback, settings.device)
    del trainer
    gc.collect()  # the student's measurement needs the optimiser's memory
    if not main_process:
        return

    student = load_student(args.base, trained, settings)
    after = held_out_loss(student, data.held_out)
    with full_disk_named(args.out), whole(args.out) as folder:
        save_student(student, args.base, folder, settings.dtype)
    write_jsonl(args.log, log_lines(history, before, after))
    losses = {"held_out_loss_base": before, "held_out_loss_student": after}
    sizes = {"parameters": student.num_parameters(), "trainable_parameters": trainable}
    devices = {"processes": processes.num_processes}
    write_json(args.summary, {**summarise(data, settings, args.seed, history), **losses, **sizes, **devices})
    write_json(args.speed, pace)
    shutil.rmtree(args.checkpoints)


if __name__ == "__main__":
    run(main)
