"""The one engine for local models: vLLM, in this process, on GPU or CPU; it generates, judges, embeds, scores."""

import os
from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from safetensors import SafetensorError, safe_open

from polyglot.core.accelerators import check_cards
from polyglot.core.context import check_limit
from polyglot.core.errors import InputError
from polyglot.core.files import read_json

if TYPE_CHECKING:
    from vllm import LLM

CPU_BLOCK = 32  # tokens; prompts share only full blocks of the cache, and few examples fill the default one of 128
SCORED_TOKENS = 256  # of one step on the CPU: each has a float32 logit for every token of the vocabulary, twice
SETTINGS = {
    "HF_HUB_OFFLINE": "1",  # a model folder is whole, or it is an error: nothing is fetched behind a rule's back
    "HF_DATASETS_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "VLLM_ENABLE_V1_MULTIPROCESSING": "0",  # one process: its memory and its end are the job's own
    "VLLM_NO_USAGE_STATS": "1",
    "VLLM_REGEX_COMPILATION_TIMEOUT_S": "600",  # after the default, 5 s, the first answers would be empty
    "VLLM_CPU_KVCACHE_SPACE": "1",  # GiB
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # where a job's log is
}


def prepare_environment() -> None:
    """Set the variables that vLLM and the Hugging Face libraries read at import; call before importing them."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)


def check_model(folder: Path) -> None:
    """Raise InputError naming the first file of a model folder that is missing, cut short or of another kind."""
    if not (folder / "config.json").is_file():
        raise InputError(f"{folder}/config.json: not found, so this is no model folder; remake it with prepare_model")
    for file in sorted(folder.glob("*.json")):  # tokenizers and their settings too, of which libraries name no file
        read_json(file)
    weights = sorted(folder.glob("*.safetensors"))
    if not weights:
        raise InputError(f"{folder}: holds no .safetensors file; remake it with prepare_model")
    for file in weights:
        try:
            with safe_open(file, framework="pt") as tensors:
                tensors.keys()
        except (SafetensorError, OSError) as error:
            raise InputError(f"{file}: truncated or not safetensors ({error}); delete the folder and rerun") from error


def share_beginning(engine: "LLM", prompts: Sequence[list[int]]) -> None:
    """Compute once the tokens that all prompts begin with, which the engine's cache then has for each of them.

    Prompts that are asked at once do not wait for each other's beginnings.
    """
    from vllm import SamplingParams, TokensPrompt

    pairs = zip(min(prompts), max(prompts), strict=False) if prompts else ()  # these two share what all do
    shared = [first for first, _ in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    if shared:
        engine.generate([TokensPrompt(prompt_token_ids=shared)], SamplingParams(max_tokens=1), use_tqdm=False)


def scoring(gpus: int) -> dict[str, int]:
    """Options of an engine that gives log-probabilities of prompts, so that their logits fit beside the weights.

    On the CPU vLLM holds the logits of all tokens that it reads of a prompt in one step, on cards of 1,024 at a time.
    """
    return {} if gpus else {"max_num_batched_tokens": SCORED_TOKENS}


def load_engine(model: Path, *, dtype: str, max_model_len: int, seed: int, gpus: int = 0, **options: Any) -> "LLM":
    """Load a model folder into vLLM. `gpus` is the tensor-parallel width; 0 is the CPU. Raises InputError.

    `options` go to `vllm.LLM` as they are (for example `runner="pooling"`). Eager mode on CPU, where no graph helps.
    """
    check_model(model)
    check_limit(model, max_model_len)
    prepare_environment()
    check_cards(gpus)
    from vllm import LLM

    template = model / "chat_template.jinja"
    return LLM(
        str(model),
        # named, or vLLM loads the whole tokenizer once more to look for a processor that has one
        chat_template=str(template) if template.is_file() else None,
        dtype=dtype,
        max_model_len=max_model_len,
        seed=seed,
        tensor_parallel_size=max(gpus, 1),
        enforce_eager=gpus == 0,
        trust_remote_code=False,
        disable_log_stats=True,
        **options,
    )
