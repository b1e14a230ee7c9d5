"""Make a teacher's synthetic rows of one language with vLLM, all trials and methods on one engine load.

Reads the model folder, the request tables ({method}.parquet, used from the top) and the prompt templates. Writes, for
each method, OUT/{method}/trial{n}.parquet (the first `wanted` valid rows in request order), .rejected.parquet (the
other answers, with the reason and the raw text) and .counts.json. All methods are asked at once, and all trials of a
request one after the other, so that the engine reads it once. Each answer lies in OUT/{method}/trial{n}.chunks/
answers.jsonl, of the first method and trial, as soon as it ends, until all rows are written: a killed job goes on from
there, and loads no engine where no answer is missing.
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
from polyglot.synthesis.engine_answers import next_answers
from polyglot.synthesis.parsing import Completion
from polyglot.synthesis.prompting import STYLES, Template
from polyglot.synthesis.synthesise import (
    FORMS,
    Call,
    Job,
    LocalTeacher,
    add_arguments,
    ask,
    jobs_from,
    read_requests,
    run_jobs,
)

# xgrammar takes 17 s to compile a schema with maxLength for a vocabulary of 262,144 tokens; guidance does it as it goes
STRUCTURED = {"backend": "guidance", "disable_any_whitespace": True}

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase
    from vllm import LLM


def load(arguments: argparse.Namespace) -> "LLM":
    """The engine, which writes as many answers at once as a chunk has requests."""
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


class OpenCalls:
    """The open calls of a vLLM engine, which `load` loads for the first; one that ends leaves its place to the next.

    An answer may take what the context of `max_model_len` tokens leaves, up to the sampling's max_tokens. Each has its
    own seed: in float32 on the CPU it does not depend on those written beside it; elsewhere rounding may.
    """

    def __init__(self, load: Callable[[], "LLM"], sampling: dict[str, float], max_model_len: int) -> None:
        self.engine = functools.cache(load)
        self.sampling, self.max_model_len = sampling, max_model_len
        self.too_long: dict[int, Completion] = {}

    def submit(self, number: int, call: Call) -> None:
        """Open a call; one that leaves no room for an answer ends at once."""
        prompt = tokenise(self.engine().get_tokenizer(), call)
        if len(prompt) >= self.max_model_len:
            self.too_long[number] = Completion("", "too_long", len(prompt), 0)
            return
        from vllm import SamplingParams
        from vllm.inputs import tokens_input
        from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

        settings = SamplingParams(
            **{**self.sampling, "max_tokens": min(self.sampling["max_tokens"], self.max_model_len - len(prompt))},
            seed=call.seed,
            stop=list(call.question.stop),
            structured_outputs=StructuredOutputsParams(json=call.schema) if call.schema else None,
            output_kind=RequestOutputKind.FINAL_ONLY,
        )
        self.engine().llm_engine.add_request(str(number), tokens_input(prompt), settings)

    def finished(self) -> dict[int, Completion]:
        """The open calls that end next, with their answers."""
        ended, self.too_long = self.too_long, {}
        return ended or next_answers(self.engine())


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
        method, requests = path.stem, read_requests(path, job.language)
        wanted = max(rows.get(method, 0) for rows in arguments.wanted.values())
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
    jobs = jobs_from(arguments, arguments.style, arguments.max_characters, *made_with)
    check_requests(arguments, jobs[0])
    calls = OpenCalls(lambda: load(arguments), arguments.sampling, arguments.max_model_len)
    run_jobs(arguments, [jobs], lambda job: LocalTeacher(job, calls))


if __name__ == "__main__":
    run(main)
