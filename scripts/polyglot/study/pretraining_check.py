"""What the config says of pretraining runs and of the models that they make, checked at parse."""

from typing import Any

from polyglot.core.errors import InputError
from polyglot.study.corpus_views import known

Config = dict[str, Any]
HEADS_ON_CPU = (32, 64, 80, 96, 112, 128, 160, 192, 224, 256, 512)  # widths of a head that vLLM's engine for CPUs reads


def check_pretraining(config: Config, name: str) -> None:
    """Raise InputError for runs and models of unknown things, and for a run of another size than its model's entry."""
    runs = config["pretraining"]["runs"]
    for run, entry in runs.items():
        key = f"{name}: pretraining.runs.{run}"
        known(f"{key}.tokenizer", entry["tokenizer"], config["tokenizers"])
        for corpus in entry["corpora"]:
            known(f"{key}.corpora", corpus, config["corpora"])
        head, rest = divmod(entry["width"], entry["heads"])
        if rest or entry["rotary"] > head or entry["rotary"] % 2:
            raise InputError(
                f"{key}.heads: {entry['width']} in {entry['heads']} heads with {entry['rotary']} rotary dimensions;"
                " choose a divisor of width, and an even number of dimensions that a head has"
            )
        if config["device"] == "cpu" and head not in HEADS_ON_CPU:
            raise InputError(
                f"{key}.heads: {entry['width']} in {entry['heads']} heads of {head}; the engine for `device: cpu` reads"
                f" heads of {', '.join(map(str, HEADS_ON_CPU))} alone"
            )
        if entry["sequences"] % (entry["sequences_at_once"] * entry["nodes"]):
            raise InputError(
                f"{key}.sequences: {entry['sequences']} cannot be shared by {entry['nodes']} nodes in batches of"
                f" {entry['sequences_at_once']}; choose a multiple of both"
            )
        tokens = entry["context"] * entry["sequences"]
        read = "bytes" if "bytes" in entry else "tokens"
        if entry[read] < tokens:
            raise InputError(
                f"{key}.{read}: {entry[read]} are less than one update reads, {tokens} tokens (context × sequences);"
                " raise it"
            )
    for model, entry in config["models"].items():
        if "pretrained" in entry:
            known(f"{name}: models.{model}.pretrained", entry["pretrained"], runs)
    if not config["design"] and not runs:
        raise InputError(f"{name}: design: has no block, and pretraining.runs no model; add one of them")
