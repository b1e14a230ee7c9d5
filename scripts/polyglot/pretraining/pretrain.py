"""Train a base from nothing on the tokens of a corpus: a GPT-NeoX. Over several cards under `accelerate`.

Reads the tokenizer's folder and the counts of every shard, beside which its tokens lie. Writes a model folder without a
chat template, log.jsonl (loss, and held-out loss and bits per byte from step 0 on), pretraining.json (parameters,
tokens, steps and results: the same bytes on every run) and pretraining_speed.json (tokens a second, peak memory).
Checkpoints stay in --checkpoints until all outputs are written: the same command resumes a killed run.
"""

import argparse
import gc
import importlib.metadata
import json
import os
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from polyglot.core.accelerators import check_cards
from polyglot.core.engine import check_model, prepare_environment
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_json, whole, write_json, write_jsonl
from polyglot.core.provenance import sha256_of
from polyglot.pretraining.pretraining_settings import (
    PretrainingSettings,
    architecture,
    differing,
    parse_settings,
)
from polyglot.pretraining.token_blocks import Blocks, Shard, Tokens, Windows
from polyglot.pretraining.tokenise import load_tokenizer
from polyglot.training.checkpoints import full_disk_named, is_whole
from polyglot.training.sharding import save_whole
from polyglot.training.training_log import speed

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

PACKAGES = ("torch", "transformers", "accelerate")
RUN = "run.json"
LOG_KEYS = ("step", "loss", "learning_rate", "grad_norm", "held_out_loss", "bits_per_byte")


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tokenizer", type=Path, required=True, help="folder of the tokenizer")
    parser.add_argument("--tokens", type=Path, nargs="+", required=True, help="{shard}.counts.json of every shard")
    parser.add_argument(
        "--settings", type=json.loads, required=True, help="JSON: see polyglot.pretraining.pretraining_settings"
    )
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder of the model")
    parser.add_argument("--log", type=Path, required=True, help="log.jsonl")
    parser.add_argument("--summary", type=Path, required=True, help="pretraining.json")
    parser.add_argument("--speed", type=Path, required=True, help="pretraining_speed.json")
    parser.add_argument("--checkpoints", type=Path, required=True, help="folder kept until the model is written")
    parser.add_argument("--retries", type=int, default=0, help="failed tries before; each halves a device's batch")
    parser.add_argument("--checkpoint-minutes", type=float, default=30, help="between checkpoints (default 30)")
    return parser.parse_args()


def record_of(tokenizer: Path, counts: list[Path], settings: PretrainingSettings, seed: int) -> Json:
    """Everything that a checkpoint depends on. Of the tokens it is the counts: they may be hundreds of gigabytes."""
    return {
        "settings": asdict(settings),
        "seed": seed,
        "tokenizer": {file.name: sha256_of(file) for file in sorted(tokenizer.glob("*.json"))},
        "shards": {str(number): sha256_of(file) for number, file in enumerate(counts)},
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
    }


def checkpoint_of(folder: Path, record: Json, *, write: bool) -> Path | None:
    """The newest whole checkpoint of this very run; None to start. `write` says whether this process notes the run.

    Raises InputError for checkpoints of another run, which may have taken weeks: nothing but a person deletes them.
    """
    if (folder / RUN).is_file() and (difference := differing(read_json(folder / RUN), record)):
        raise InputError(
            f"{folder}: holds checkpoints of another run ({difference}); restore that, or delete it to start anew"
        )
    if write:
        write_json(folder / RUN, record)
    checkpoints = sorted(folder.glob("checkpoint-*"), key=lambda path: int(path.name.split("-")[1]), reverse=True)
    return next((path for path in checkpoints if is_whole(path)), None)


def log_lines(history: list[Json]) -> list[Json]:
    """The log: a line for each logged step, with the measurement of held-out text where there is one. No times."""
    lines: dict[int, Json] = {}
    for entry in history:
        own = {key: entry[key] for key in LOG_KEYS if key in entry}
        if len(own) > 1:
            lines.setdefault(entry["step"], {}).update(own)
    return [lines[step] for step in sorted(lines)]


def results(lines: list[Json]) -> Json:
    """Held-out loss and bits per byte before the first step and after the last; None where nothing is held out."""
    measured = [line for line in lines if "bits_per_byte" in line]
    ends = {"before": measured[0], "after": measured[-1]} if measured else {"before": {}, "after": {}}
    return {
        f"{name}_{when}": line.get(name) for when, line in ends.items() for name in ("held_out_loss", "bits_per_byte")
    }


@dataclass
class Corpus:
    """The tokens of all shards, and the bytes of their texts in UTF-8."""

    read: Tokens
    held_out: Tokens
    read_bytes: int
    held_out_bytes: int

    @classmethod
    def of(cls, counts: list[Path], context: int) -> "Corpus":
        """The corpus of these shards. Raises InputError where it has no block to train on."""
        shards = [Shard.of(path) for path in counts]
        read, held_out = (Tokens([getattr(shard, part) for shard in shards]) for part in ("train", "held_out"))
        if len(read) < context:
            raise InputError(f"{counts[0]}: {len(read)} tokens to train on are no block of {context}; add documents")
        sizes = [read_json(path)["bytes"] for path in counts]
        return cls(read, held_out, *(sum(size[part] for size in sizes) for part in ("train", "held_out")))


def main() -> None:
    """Train or resume training, then write the model."""
    args = arguments()
    settings = parse_settings(args.settings)
    prepare_environment()
    check_cards(int(os.environ.get("LOCAL_WORLD_SIZE", "1")) if settings.device == "cuda" else 0)
    tokenizer = load_tokenizer(args.tokenizer)
    config = architecture(settings, len(tokenizer), tokenizer.eos_token_id)
    corpus = Corpus.of(args.tokens, settings.context)
    steps = settings.steps(len(corpus.read), corpus.read_bytes)
    from accelerate import PartialState

    from polyglot.pretraining.pretrainer import Watch, arguments_of, make_pretrainer, new_model

    processes = PartialState()
    options = arguments_of(settings, args.checkpoints, steps, processes.num_processes, args.retries, args.seed)
    record = record_of(args.tokenizer, args.tokens, settings, args.seed)
    with processes.main_process_first():
        resume = checkpoint_of(args.checkpoints, record, write=processes.is_main_process)
    options.eval_on_start = resume is None
    callback = Watch(args.checkpoint_minutes, steps, settings.sequences * settings.context)
    trainer = make_pretrainer(
        new_model(config, args.seed, shared=processes.num_processes > 1 and settings.device == "cuda"),
        options,
        Blocks(corpus.read, settings.context, steps * settings.sequences, args.seed),
        Windows(corpus.held_out, settings.context, tokenizer.eos_token_id),
        corpus.held_out_bytes,
        callback,
    )
    trained = args.checkpoints / "trained"
    with full_disk_named(args.checkpoints):
        trainer.train(resume_from_checkpoint=resume and str(resume))
        save_whole(trainer, trained)
    lines, pace = log_lines(trainer.state.log_history), speed(callback, settings.device)
    del trainer
    gc.collect()
    if not processes.is_main_process:
        return
    with full_disk_named(args.out), whole(args.out) as folder:
        parameters = save_model(trained, tokenizer, settings.dtype, folder)
    write_jsonl(args.log, lines)
    sizes = {"parameters": parameters, "vocabulary": len(tokenizer), "processes": processes.num_processes}
    write_json(args.summary, {**sizes, **summarise(corpus, settings, steps, lines), "seed": args.seed})
    write_json(args.speed, pace)
    shutil.rmtree(args.checkpoints)


def summarise(corpus: Corpus, settings: PretrainingSettings, steps: int, lines: list[Json]) -> Json:
    """What was read and what came of it."""
    tokens = steps * settings.sequences * settings.context
    return {
        "steps": steps,
        "tokens": tokens,
        "passes": tokens / len(corpus.read),
        "bytes": round(corpus.read_bytes * tokens / len(corpus.read)),
        "corpus_tokens": len(corpus.read),
        "corpus_bytes": corpus.read_bytes,
        "held_out_tokens": len(corpus.held_out),
        "held_out_bytes": corpus.held_out_bytes,
        "final_loss": next(line["loss"] for line in reversed(lines) if "loss" in line),
        **results(lines),
        "settings": asdict(settings),
    }


def save_model(trained: Path, tokenizer: "PreTrainedTokenizerBase", dtype: str, folder: Path) -> int:
    """Write the trained weights in their precision, with the tokenizer; returns the number of parameters."""
    import torch
    from transformers import AutoModelForCausalLM, GenerationConfig

    model = AutoModelForCausalLM.from_pretrained(trained, dtype=getattr(torch, dtype))
    end = tokenizer.eos_token_id
    model.generation_config = GenerationConfig(bos_token_id=end, eos_token_id=end, pad_token_id=end)
    model.save_pretrained(folder)
    tokenizer.model_max_length = model.config.max_position_embeddings
    if tokenizer.pad_token is None:
        tokenizer.pad_token = tokenizer.eos_token
    tokenizer.save_pretrained(folder)
    check_model(folder)
    return model.num_parameters()


if __name__ == "__main__":
    run(main)
