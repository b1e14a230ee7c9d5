"""Likelihood of the responses of rows, given their prompts, under one student base; each pair of texts once.

Reads tables of rows (parquet: prompt, response) and the student base's model folder. Writes a line a pair: its scored
tokens, their summed NLL in nats and the mean over them of `rank`, that of a token among all of the vocabulary (1 is the
likeliest; above 100 it is 100, as in arXiv 2601.14249); of the tables by which teachers are screened also `alone_nll`,
the NLL a token after an empty prompt in place of the pair's own, and the one-shot gain (see metrics.one_shot). A
response that is empty or to which the model gives a probability of zero or NaN, and a pair of as many tokens as
--max-model-len or more, or as the model's own context, cannot be scored: its NLL is null, and nothing is cut. (The
engine keeps one position for the next token.)

A row is formatted by the model's chat template exactly as in training. Only tokens that hold a character of the
response are scored: a header or end-of-turn token is not the writer's choice, and a base model that never saw it
finds it so unlikely that it would dominate short rows. The response is located by the template's {% generation %}
block, never by tokenising the prompt alone, because tokens merge across the boundary.
"""

import argparse
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd
from tqdm import tqdm

from polyglot.core.context import within_own
from polyglot.core.control_tokens import encode_turns, turns_as_text
from polyglot.core.engine import check_model, load_engine, prepare_environment, scoring
from polyglot.core.errors import InputError, run
from polyglot.core.files import read_parquet
from polyglot.core.identity import content_id
from polyglot.hub.model_folder import fingerprint
from polyglot.metrics.one_shot import Pair, one_shot_gains, people
from polyglot.metrics.row_scores import pair_ids, read_pairs, score_once

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase
    from vllm import LLM

LARGEST_RANK = 100  # a rank above it says no more: the token was not expected
CHUNK = 1000  # rows scored at a time, because the engine's answer holds an object a token
GENERATION = re.compile(r"\{%[-+]?\s*generation\s*[-+]?%\}")


def check_template(tokenizer: "PreTrainedTokenizerBase", model: object) -> None:
    """Raise InputError naming `model` where its chat template does not mark the assistant's text."""
    if not GENERATION.search(tokenizer.chat_template or ""):
        fault = f"{model}: its chat template has no {{% generation %}} block, so responses cannot be told from prompts"
        raise InputError(f"{fault}; give it a training template (resources/chat_templates/)")


def encode(
    tokenizer: "PreTrainedTokenizerBase", prompt: str, response: str, shown: Sequence[Pair] = ()
) -> tuple[list[int], list[int]]:
    """Token ids of the formatted row, and the positions among them that hold a character of `response`.

    `shown` are the turns before it in the same conversation, of which nothing is scored.
    A BOS token comes from the template alone. No positions: an empty response. Raises InputError where the template
    changes the response or writes BOS twice. The tokenizer must be a fast one, for its character offsets.
    """
    pairs = [*shown, Pair(prompt, response)]
    turns = [turn for pair in pairs for turn in as_turns(pair)]
    messages = turns_as_text(tokenizer, turns)
    encoded = encode_turns(
        tokenizer,
        messages,
        return_assistant_tokens_mask=True,
        tokenizer_kwargs={"return_offsets_mapping": True},
    )
    ids, mask, offsets = encoded["input_ids"], encoded["assistant_masks"], encoded["offset_mapping"]
    if len(ids) > 1 and ids[0] == ids[1] == tokenizer.bos_token_id:
        raise InputError("chat template: the BOS token is written twice; write it once")
    content = messages[-1]["content"].strip()
    if not content or not any(mask):
        return ids, []
    text = tokenizer.apply_chat_template(messages, tokenize=False)
    first = max(place for place, inside in enumerate(mask) if inside and not (place and mask[place - 1]))
    begin, stop = offsets[first]  # where tokens merged across the seam, this one begins in the header
    start = text.find(content, begin)
    if start < 0 or text[stop:start].strip():
        raise InputError(f"chat template: it changes the response {content[:40]!r}; use one that writes it as it is")
    end = start + len(content)
    return ids, [
        position
        for position, (begin, stop) in enumerate(offsets)
        if position >= first and mask[position] and begin < end and max(stop, begin + 1) > start
    ]


def as_turns(pair: Pair) -> list[dict[str, str]]:
    """A pair as the two turns of a conversation."""
    return [{"role": "user", "content": pair.prompt}, {"role": "assistant", "content": pair.response}]


def score(engine: "LLM", sequences: Sequence[Sequence[int]]) -> list[list[float]]:
    """Log probabilities (nats) of the tokens of each sequence given the tokens before them; entry 0 of each is 0."""
    return [chosen(ids, answer) for ids, answer in zip(sequences, answers(engine, sequences), strict=True)]


def answers(engine: "LLM", sequences: Sequence[Sequence[int]]) -> list[Sequence[Any]]:
    """For each sequence and position, {token id: its log probability and rank}, or None at the first.

    `engine` must run without prefix caching, which would leave out the cached part. No padding takes place: the
    engine packs the sequences' tokens into its batches.
    """
    from vllm import SamplingParams, TokensPrompt

    outputs = engine.generate(
        [TokensPrompt(prompt_token_ids=list(ids)) for ids in sequences],
        SamplingParams(temperature=0, max_tokens=1, prompt_logprobs=0, detokenize=False),
    )
    return [output.prompt_logprobs for output in outputs]


def chosen(ids: Sequence[int], logprobs: Sequence[Any]) -> list[float]:
    """The engine's log probability of each token of `ids`; the first has none and gets 0.

    `logprobs` holds, for each position, {token id: object with `logprob`}, or None at the first.
    """
    return [0.0] + [logprobs[position][ids[position]].logprob for position in range(1, len(ids))]


def mean_rank(ids: Sequence[int], answer: Sequence[Any], positions: Sequence[int]) -> float:
    """Mean rank of the tokens at `positions`, of which there is at least one; above LARGEST_RANK it counts as that."""
    return sum(min(answer[position][ids[position]].rank, LARGEST_RANK) for position in positions) / len(positions)


def summed(logprobs: Sequence[float], positions: Sequence[int]) -> float:
    """Sum of -log p (nats) over `positions`; not finite where the model gives a probability of zero or NaN."""
    return -math.fsum(logprobs[position] for position in positions)


def negative_log_likelihood(logprobs: Sequence[float], positions: Sequence[int], name: str) -> float:
    """Sum of -log p (nats) over `positions`. Raises InputError naming row `name` where it is not finite."""
    total = summed(logprobs, positions)
    if not math.isfinite(total):
        raise InputError(f"row {name}: the model gives a probability of zero or NaN; score in float32, check the model")
    return total


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="tables of rows, parquet")
    parser.add_argument("--model", type=Path, required=True, help="model folder of the student base")
    parser.add_argument("--screened", nargs="+", default=[], help="LANGUAGE=PATH of those that are screened by")
    parser.add_argument("--seeds", type=Path, nargs="*", default=[], help="tables of seeds with what people answered")
    parser.add_argument("--one-shot", type=int, required=True, help="people's answers that each is shown before")
    parser.add_argument("--dtype", required=True, help="float32 for exact values; bfloat16 is up to 9%% off a row")
    parser.add_argument("--max-model-len", type=int, required=True, help="a row must have fewer tokens than this")
    parser.add_argument("--gpus", type=int, required=True, help="GPUs to spread the model over; 0 is the CPU")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--out", type=Path, required=True, help="likelihoods, parquet")
    return parser.parse_args()


def likelihoods(args: argparse.Namespace, pairs: pd.DataFrame, pools: Mapping[str, Sequence[Pair]]) -> pd.DataFrame:
    """Scored tokens, summed NLL, mean rank, mean NLL without the prompt and one-shot gain of each pair.

    `pairs` with a `language` are those that teachers are screened by: they have the last two, by the answers of its
    pool. No pair loads no engine.
    """
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(args.model)
    check_template(tokenizer, args.model)
    encoded = [encode(tokenizer, row.prompt, row.response) for row in pairs.itertuples()]
    scorable = [index for index, (ids, positions) in enumerate(encoded) if positions and len(ids) < args.max_model_len]
    table = pd.DataFrame({"tokens": [len(positions) for _, positions in encoded]}, dtype="int64")
    table = table.assign(**dict.fromkeys(("nll", "rank", "alone_nll", "one_shot_gain"), math.nan))
    engine = _engine(args) if scorable else None
    for start in tqdm(range(0, len(scorable), CHUNK), desc="scoring"):
        chunk = scorable[start : start + CHUNK]
        for index, answer in zip(chunk, answers(engine, [encoded[index][0] for index in chunk]), strict=True):
            ids, positions = encoded[index]
            total = summed(chosen(ids, answer), positions)
            if math.isfinite(total):
                table.loc[index, ["nll", "rank"]] = total, mean_rank(ids, answer, positions)
    screened = table.index[table["nll"].notna() & pairs["language"].notna()]
    table.loc[screened, "alone_nll"] = alone_losses(engine, tokenizer, pairs.loc[screened, "response"].tolist())
    for language, pool in pools.items():
        places = [place for place in scorable if pairs["language"].iat[place] == language]
        rows = [Pair(pairs["prompt"].iat[place], pairs["response"].iat[place]) for place in places]
        bits = partial(last_bits, engine, tokenizer, args.max_model_len)
        table.loc[places, "one_shot_gain"] = one_shot_gains(rows, pool, args.one_shot, bits) if rows else []
    return table


def alone_losses(engine: "LLM", tokenizer: "PreTrainedTokenizerBase", responses: Sequence[str]) -> list[float]:
    """NLL a token of each response after an empty prompt; NaN where it is not finite."""
    losses = []
    for start in range(0, len(responses), CHUNK):
        chunk = [encode(tokenizer, "", response) for response in responses[start : start + CHUNK]]
        for (_, positions), logprobs in zip(chunk, score(engine, [ids for ids, _ in chunk]), strict=True):
            loss = summed(logprobs, positions) / max(len(positions), 1)
            losses.append(loss if math.isfinite(loss) else math.nan)
    return losses


def last_bits(
    engine: "LLM", tokenizer: "PreTrainedTokenizerBase", limit: int, conversations: Sequence[Sequence[Pair]]
) -> list[float]:
    """Bits of the last response of each conversation; NaN where it is longer than the model reads, or has none."""
    encoded = [encode(tokenizer, *conversation[-1], conversation[:-1]) for conversation in conversations]
    scorable = [place for place, (ids, positions) in enumerate(encoded) if positions and len(ids) < limit]
    bits = [math.nan] * len(conversations)
    for start in range(0, len(scorable), CHUNK):
        chunk = scorable[start : start + CHUNK]
        for place, logprobs in zip(chunk, score(engine, [encoded[place][0] for place in chunk]), strict=True):
            bits[place] = summed(logprobs, encoded[place][1]) / math.log(2)
    return bits


def screened_languages(tables: Iterable[str]) -> dict[str, str]:
    """Text id → language of the pairs in tables given as LANGUAGE=PATH. Raises InputError for another form."""
    languages = {}
    for item in tables:
        language, separator, path = item.partition("=")
        if not separator:
            raise InputError(f"--screened {item}: write LANGUAGE=PATH")
        languages |= dict.fromkeys(pair_ids(read_parquet(Path(path), ["prompt", "response"])), language)
    return languages


def _engine(args: argparse.Namespace) -> "LLM":
    return load_engine(
        args.model,
        dtype=args.dtype,
        max_model_len=args.max_model_len,
        seed=args.seed,
        gpus=args.gpus,
        enable_prefix_caching=False,
        **scoring(args.gpus),
        skip_tokenizer_init=True,  # it gets token ids, and loading a large vocabulary takes longer than the model
    )


def main() -> None:
    args = arguments()
    prepare_environment()
    check_model(args.model)
    args.max_model_len = within_own(args.model, args.max_model_len)
    pools = people(args.seeds) if args.seeds else {}
    pairs = read_pairs(args.data)
    pairs["language"] = pairs["text_id"].map(screened_languages(args.screened))
    plain = f"{fingerprint(args.model)} {args.dtype} {args.max_model_len}"
    screened = f"{plain} {content_id(args.one_shot, sorted(pools.items()))}"
    made_with = [screened if shown else plain for shown in pairs["language"].notna()]
    score_once(args.out, pairs, made_with, lambda new: likelihoods(args, new, pools))


if __name__ == "__main__":
    run(main)
