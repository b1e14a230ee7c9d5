"""A judge's answers about rows, under greedy decoding that their form constrains; each pair of texts once.

Reads tables of rows (parquet: prompt, response), the judge's model folder and the templates. Writes a line a pair: the
raw answer, why it ended, and whether the pair was too long for the judge: then it lost its tail, never the rubric.
The engine has all questions at once. Each answer lies beside the output, in *.chunks/answers.jsonl, as soon as it ends
and until the output is written, so that a killed job goes on, and a failed one can be looked into.
"""

import argparse
import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
from tqdm import tqdm

from polyglot.core.control_tokens import PLAIN, encode_turns, turns_as_text
from polyglot.core.engine import CPU_BLOCK, check_model, load_engine, prepare_environment, share_beginning
from polyglot.core.errors import InputError, run
from polyglot.core.files import Json
from polyglot.core.identity import digest
from polyglot.hub.model_folder import fingerprint
from polyglot.metrics.row_scores import read_pairs, score_once
from polyglot.metrics.rubric import STYLES, Rubric, fit
from polyglot.synthesis.engine_answers import next_answers
from polyglot.synthesis.kept_answers import KeptAnswers
from polyglot.synthesis.parsing import Completion

if TYPE_CHECKING:
    from vllm import LLM

CPU_ANSWERS = 32  # at once on the CPU, whose cache of 1 GiB holds 29,000 tokens of gemma-3-270m
Encode = Callable[[str, str], list[int]]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="tables of rows, parquet")
    parser.add_argument(
        "--language-names", nargs="+", required=True, help="English name of the language of each table's rows"
    )
    parser.add_argument("--model", type=Path, required=True, help="model folder of the judge")
    parser.add_argument(
        "--style",
        choices=STYLES,
        required=True,
        help="few_shot for base models; prometheus for models trained on its format",
    )
    parser.add_argument("--templates", type=Path, required=True, help="folder of the templates and schema.json")
    parser.add_argument("--dtype", required=True, help="float32, bfloat16, ...")
    parser.add_argument("--max-model-len", type=int, required=True, help="tokens of question and answer together")
    parser.add_argument("--max-tokens", type=int, required=True, help="tokens of the answer")
    parser.add_argument("--gpus", type=int, required=True, help="GPUs to spread the model over; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="the answers, parquet")
    return parser.parse_args()


def encoder(model: Path, rubric: Rubric) -> Encode:
    """A function that renders the question about a row and gives its token ids, BOS exactly once."""
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(model)

    def encode(prompt: str, response: str) -> list[int]:
        question = rubric.ask(prompt, response)
        if isinstance(question, str):
            return tokenizer(question, **PLAIN)["input_ids"]
        return encode_turns(tokenizer, turns_as_text(tokenizer, question), add_generation_prompt=True)["input_ids"]

    return encode


def load(args: argparse.Namespace) -> "LLM":
    """The engine of the judge."""
    return load_engine(
        args.model,
        dtype=args.dtype,
        max_model_len=args.max_model_len,
        seed=args.seed,
        gpus=args.gpus,
        structured_outputs_config={"backend": "xgrammar", "disable_any_whitespace": True},
        **({} if args.gpus else {"block_size": CPU_BLOCK, "max_num_seqs": CPU_ANSWERS}),
    )


def answers(
    engine: "LLM", questions: dict[int, list[int]], constraint: Json, max_tokens: int
) -> Iterator[dict[int, Completion]]:
    """The judge's greedy answers by the numbers of their questions, as they end."""
    from vllm import SamplingParams
    from vllm.inputs import tokens_input
    from vllm.sampling_params import RequestOutputKind, StructuredOutputsParams

    sampling = SamplingParams(
        temperature=0,
        max_tokens=max_tokens,
        structured_outputs=StructuredOutputsParams(**constraint),
        output_kind=RequestOutputKind.FINAL_ONLY,
    )
    share_beginning(engine, list(questions.values()))
    for number, ids in questions.items():
        engine.llm_engine.add_request(str(number), tokens_input(ids), sampling)
    while engine.llm_engine.has_unfinished_requests():
        yield next_answers(engine)


def ask(args: argparse.Namespace, questions: Sequence[list[int]], constraint: Json, made_with: tuple) -> list[Json]:
    """The judge's answers to all questions; a judge whose answers are all on disk is not loaded.

    Raises InputError if the engine did not let the judge end an answer: its own failure is no invalid answer.
    """
    kept = KeptAnswers(kept_in(args) / "answers.jsonl")
    keys = [digest(*made_with, *ids) for ids in questions]
    missing = {number: ids for number, ids in enumerate(questions) if keys[number] not in kept.answers}
    failed = 0
    with tqdm(total=len(keys), initial=len(keys) - len(missing), desc="judging", unit="pair") as progress:
        for ended in answers(load(args), missing, constraint, args.max_tokens) if missing else ():
            whole = {number: item for number, item in ended.items() if item.finish_reason in ("stop", "length")}
            kept.append(*((keys[number], completion) for number, completion in whole.items()))
            failed += len(ended) - len(whole)
            progress.update(len(ended))
    if failed:
        raise InputError(f"the engine gave up on {failed} of {len(missing)} answers (see above); run the command again")
    return [{"text": kept.answers[key].text, "finish_reason": kept.answers[key].finish_reason} for key in keys]


def kept_in(args: argparse.Namespace) -> Path:
    """The folder of the answers until the output is written."""
    return args.out.with_suffix(".chunks")


def judged(args: argparse.Namespace, pairs: pd.DataFrame, made_with: tuple) -> pd.DataFrame:
    """The judge's answer about each pair (prompt, response; about0: the language's name)."""
    rubrics = {name: Rubric(args.templates, args.style, name) for name in pairs["about0"].unique()}
    encoders = {name: encoder(args.model, rubric) for name, rubric in rubrics.items()}
    room = args.max_model_len - args.max_tokens
    fitted = [fit(encoders[row.about0], row.prompt, row.response, room) for row in pairs.itertuples()]
    answered = ask(args, [ids for ids, _ in fitted], constraint_of(args), made_with)
    table = pd.DataFrame(answered, columns=["text", "finish_reason"], dtype=object)
    table["cut"] = pd.array([was_cut for _, was_cut in fitted], dtype="bool")
    return table


def constraint_of(args: argparse.Namespace) -> Json:
    """What the answers are constrained to: it is the same in every language."""
    return Rubric(args.templates, args.style, "").constraint(args.max_tokens)


def main() -> None:
    args = arguments()
    prepare_environment()
    check_model(args.model)
    if len(args.language_names) != len(args.data):
        raise InputError(
            f"--language-names: {len(args.language_names)} names for {len(args.data)} tables; give each its own"
        )
    question = Rubric(args.templates, args.style, "{language}").ask("{prompt}", "{response}")
    settings = (json.dumps(constraint_of(args)), args.max_tokens, args.max_model_len, json.dumps(question))
    made_with = (fingerprint(args.model), args.dtype, *settings)
    pairs = read_pairs(args.data, args.language_names)
    score_once(args.out, pairs, json.dumps(made_with), lambda new: judged(args, new, made_with))
    shutil.rmtree(kept_in(args), ignore_errors=True)


if __name__ == "__main__":
    run(main)
