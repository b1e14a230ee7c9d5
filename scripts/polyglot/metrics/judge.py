"""Judge score of rows: 1 to 5 from a judge model under greedy decoding that the form of its answers constrains.

Reads the frozen rows (parquet: row_id, prompt, response), the judge's model folder and the templates. Writes the mean
of the valid scores and the rate of invalid answers as JSON, and each row's score, feedback and raw answer as parquet.
A row too long for the judge loses its tail, never the rubric, and is counted ("cut"); so is feedback that repeats an
example of the question or is the same for most rows ("repeated_feedback"). Finished chunks lie beside the
output in *.chunks/ until it is written, so that a killed job goes on, and a failed one can be looked into.
"""

import argparse
import functools
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from polyglot.core.chunks import Chunks
from polyglot.core.engine import CPU_BLOCK, check_model, load_engine, prepare_environment, share_beginning
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, read_parquet, write_json, write_parquet
from polyglot.hub.model_folder import fingerprint
from polyglot.metrics.rubric import STYLES, Rubric, fit, parse, repeats, summarise

if TYPE_CHECKING:
    from vllm import LLM

Encode = Callable[[str, str], list[int]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="frozen rows, parquet")
    parser.add_argument("--model", type=Path, required=True, help="model folder of the judge")
    parser.add_argument("--judge", required=True, help="the judge's name, for the record")
    parser.add_argument(
        "--style",
        choices=STYLES,
        required=True,
        help="few_shot for base models; prometheus for models trained on its format",
    )
    parser.add_argument("--templates", type=Path, required=True, help="folder of the templates and schema.json")
    parser.add_argument("--language-name", required=True, help="English name of the rows' language")
    parser.add_argument("--dtype", required=True, help="float32, bfloat16, ...")
    parser.add_argument("--max-model-len", type=int, required=True, help="tokens of question and answer together")
    parser.add_argument("--max-tokens", type=int, required=True, help="tokens of the answer")
    parser.add_argument("--invalid-limit", type=float, required=True, help="accepted share of invalid answers")
    parser.add_argument("--least-rows", type=int, required=True, help="with fewer rows there is something wrong")
    parser.add_argument("--chunk-size", type=int, required=True, help="rows judged and kept at a time")
    parser.add_argument("--gpus", type=int, required=True, help="GPUs to spread the model over; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the figures, JSON")
    parser.add_argument("--rows", type=Path, required=True, help="per-row scores, parquet")
    return parser.parse_args()


def encoder(model: Path, rubric: Rubric) -> Encode:
    """A function that renders the question about a row and gives its token ids, BOS exactly once."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)

    def encode(prompt: str, response: str) -> list[int]:
        question = rubric.ask(prompt, response)
        if isinstance(question, str):
            return tokenizer(question)["input_ids"]
        return tokenizer.apply_chat_template(question, add_generation_prompt=True, return_dict=True)["input_ids"]

    return encode


def answers(engine: "LLM", questions: Sequence[list[int]], constraint: Json, max_tokens: int) -> list[Json]:
    """The judge's greedy answers: {"text", "finish_reason"} a question."""
    from vllm import SamplingParams, TokensPrompt
    from vllm.sampling_params import StructuredOutputsParams

    sampling = SamplingParams(
        temperature=0, max_tokens=max_tokens, structured_outputs=StructuredOutputsParams(**constraint)
    )
    outputs = engine.generate([TokensPrompt(prompt_token_ids=ids) for ids in questions], sampling)
    return [{"text": output.outputs[0].text, "finish_reason": output.outputs[0].finish_reason} for output in outputs]


def ask(args: argparse.Namespace, questions: Sequence[list[int]], constraint: Json, chunks: Chunks) -> list[Json]:
    """The judge's answers to all questions, chunk by chunk; a judge whose answers are all on disk is not loaded."""

    @functools.cache
    def engine() -> "LLM":
        loaded = load_engine(
            args.model,
            dtype=args.dtype,
            max_model_len=args.max_model_len,
            seed=args.seed,
            gpus=args.gpus,
            structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
            **({} if args.gpus else {"block_size": CPU_BLOCK}),
        )
        share_beginning(loaded, questions)
        return loaded

    collected: list[Json] = []
    for start in tqdm(range(0, len(questions), args.chunk_size), desc="judging", unit="chunk"):
        chunk = questions[start : start + args.chunk_size]
        collected += chunks.answers(
            chunk, lambda chunk=chunk: ended(answers(engine(), chunk, constraint, args.max_tokens))
        )
    return collected


def ended(result: list[Json]) -> list[Json]:
    """The answers, if the engine let the judge end each of them: its own failure is no invalid answer."""
    failed = sum(item["finish_reason"] not in ("stop", "length") for item in result)
    if failed:
        raise InputError(f"the engine gave up on {failed} of {len(result)} answers (see above); run the command again")
    return result


def main() -> None:
    args = arguments()
    prepare_environment()
    check_model(args.model)
    rows = read_parquet(args.data, ["row_id", "prompt", "response"])
    rubric = Rubric(args.templates, args.style, args.language_name)
    constraint, encode = rubric.constraint(args.max_tokens), encoder(args.model, rubric)
    room = args.max_model_len - args.max_tokens
    fitted = [fit(encode, row.prompt, row.response, room) for row in rows.itertuples()]
    made_with = (fingerprint(args.model), args.dtype, json.dumps(constraint), args.max_tokens)
    chunks = Chunks(args.rows.with_suffix(".chunks"), *made_with)
    result = ask(args, [ids for ids, _ in fitted], constraint, chunks)
    parsed = [parse(item["text"], constraint) if item["finish_reason"] == "stop" else (None, None) for item in result]
    scores = [score for score, _ in parsed]
    figures = summarise(scores, args.invalid_limit, args.judge, args.data, args.least_rows)
    table = pd.DataFrame({"row_id": rows["row_id"], "score": pd.array(scores, dtype="Int64")})
    table["feedback"] = [feedback for _, feedback in parsed]
    table["repeated"] = repeats([feedback for _, feedback in parsed], rubric.examples(constraint))
    table["text"] = [item["text"] for item in result]
    table["cut"] = [was_cut for _, was_cut in fitted]
    figures |= {"repeated_feedback": int(table["repeated"].sum()), "cut": int(table["cut"].sum())}
    notes(args, figures)
    write_parquet(args.rows, table)
    write_json(args.out, figures)
    chunks.remove()


def notes(args: argparse.Namespace, figures: Json) -> None:
    """Say on stderr that scores or feedback hardly depend on the rows."""
    if figures["distinct_scores"] == 1:
        print(f"note: {args.judge} gave every row of {args.data} the same score", file=sys.stderr)
    if figures["repeated_feedback"]:
        count = f"{figures['repeated_feedback']} of {figures['rows']} rows"
        print(
            f"note: {args.judge} repeated an example or itself as its feedback on {count} of {args.data}",
            file=sys.stderr,
        )


if __name__ == "__main__":
    run(main)
