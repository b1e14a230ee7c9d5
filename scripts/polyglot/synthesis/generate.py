"""Make a teacher's synthetic rows of one language and trial with vLLM, all three methods on one engine load.

Reads the model folder, the request tables ({method}.parquet, used from the top) and the prompt templates. Writes, for
each method, OUT/{method}/trial{n}.parquet (the first `wanted` valid rows in request order), .rejected.parquet (the
other answers, with the reason and the raw text) and .counts.json. Finished chunks lie in OUT/{method}/trial{n}.chunks/
until everything is written: a killed job goes on from them, and no engine is loaded where none is missing.
"""

import argparse
import functools
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from polyglot.core.context import LOOKED_AT, check_limit, check_room, spread
from polyglot.core.control_tokens import PLAIN, encode_turns, turns_as_text
from polyglot.core.engine import check_model, load_engine
from polyglot.core.errors import run
from polyglot.hub.model_folder import fingerprint
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import STYLES, Template
from polyglot.synthesis.synthesise import (
    FORMS,
    Call,
    Job,
    LocalTeacher,
    add_arguments,
    ask,
    job_from,
    read_requests,
    run_job,
)

# xgrammar takes 17 s to compile a schema with maxLength for a vocabulary of 262,144 tokens; guidance does it as it goes
STRUCTURED = {"backend": "guidance", "disable_any_whitespace": True}

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase
    from vllm import LLM


def vllm_answers(arguments: argparse.Namespace) -> Callable[[list[Call]], list[Completion]]:
    """A function that answers whole chunks with vLLM; the engine is loaded when the first chunk comes."""

    @functools.cache
    def engine() -> "LLM":
        return load_engine(
            arguments.model,
            dtype=arguments.dtype,
            max_model_len=arguments.max_model_len,
            seed=arguments.seed,
            gpus=arguments.gpus,
            # a seeded request whose prompt is read in two parts ends vLLM on the CPU: its generator cannot be set back
            enable_chunked_prefill=arguments.gpus > 0,
            max_num_batched_tokens=max(arguments.max_model_len, 2048),
            max_num_seqs=arguments.chunk_size,
            structured_outputs_config=STRUCTURED,
        )

    def complete(calls: list[Call]) -> list[Completion]:
        return answers(engine(), calls, arguments.sampling, arguments.max_model_len)

    return complete


def answers(engine: "LLM", calls: list[Call], sampling: dict[str, float], max_model_len: int) -> list[Completion]:
    """Answer calls in one batch, in their order. An answer may take what the context leaves, up to max_tokens."""
    from vllm import SamplingParams, TokensPrompt
    from vllm.sampling_params import StructuredOutputsParams

    tokenizer = engine.get_tokenizer()
    prompts = [tokenise(tokenizer, call) for call in calls]
    fitting = [index for index, ids in enumerate(prompts) if len(ids) < max_model_len]
    settings = [
        SamplingParams(
            **{**sampling, "max_tokens": min(sampling["max_tokens"], max_model_len - len(prompts[index]))},
            seed=calls[index].seed,
            stop=list(calls[index].question.stop),
            structured_outputs=StructuredOutputsParams(json=calls[index].schema) if calls[index].schema else None,
        )
        for index in fitting
    ]
    outputs = engine.generate([TokensPrompt(prompt_token_ids=prompts[index]) for index in fitting], settings)
    completions = [Completion("", "too_long", len(ids), 0) for ids in prompts]
    for index, output in zip(fitting, outputs, strict=True):
        best = output.outputs[0]
        completions[index] = Completion(best.text, best.finish_reason, len(prompts[index]), len(best.token_ids))
    return completions


def tokenise(tokenizer: "PreTrainedTokenizerBase", call: Call) -> list[int]:
    """Token ids of a question. A chat template writes its own BOS token; plain text gets the tokenizer's."""
    content = call.question.content
    if isinstance(content, str):
        return tokenizer(content, **PLAIN).input_ids
    return encode_turns(tokenizer, turns_as_text(tokenizer, content), add_generation_prompt=True)["input_ids"]


def check_requests(arguments: argparse.Namespace, job: Job) -> None:
    """Raise InputError where the model's context is too short for the requests: now, not after the engine's hours."""
    from transformers import AutoTokenizer

    check_limit(arguments.model, arguments.max_model_len)
    tokenizer = AutoTokenizer.from_pretrained(arguments.model)
    for path in arguments.requests:
        method, requests, wanted = path.stem, read_requests(path, job.language), arguments.wanted.get(path.stem, 0)
        template = Template(job.templates, job.style, FORMS.get(method, method))
        calls = [ask(job, method, template, request) for request in spread(requests, LOOKED_AT)] if wanted else []
        lengths = [len(tokenise(tokenizer, call)) for call in calls]
        content = f"teacher {job.teacher}, language {job.language}, method {method}"
        check_room(lengths, len(requests), min(wanted, len(requests)), arguments.max_model_len, content)


def main() -> None:
    """Parse the command line and make the rows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, required=True, help="model folder")
    parser.add_argument("--style", choices=STYLES, required=True, help="few_shot for base models")
    parser.add_argument("--max-model-len", type=int, required=True, help="longest request and answer in tokens")
    parser.add_argument("--max-characters", type=int, required=True, help="longest prompt or response of a JSON answer")
    parser.add_argument("--dtype", required=True, help="float32 or bfloat16")
    parser.add_argument("--gpus", type=int, required=True, help="tensor-parallel width; 0 is the CPU")
    add_arguments(parser)
    arguments = parser.parse_args()
    check_model(arguments.model)
    made_with = (fingerprint(arguments.model), arguments.dtype, arguments.max_model_len)
    job = job_from(arguments, arguments.style, arguments.max_characters, *made_with)
    check_requests(arguments, job)
    run_job(arguments, job, LocalTeacher(job, vllm_answers(arguments)))


if __name__ == "__main__":
    run(main)
