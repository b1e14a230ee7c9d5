"""A judge's answers about rows, asked of a model behind an OpenAI-compatible API; each pair of texts once.

Reads tables of rows (parquet: prompt, response), the templates, and the key from the environment variable that
`key_env` names. Writes the table that judge_rows writes, a line a pair: the raw answer, why it ended ("stop", or the
reason why it is none), and the server's own name of its model; and the counts: answers by reason, tokens, cost. The
answers are greedy. They lie beside OUT, in .paid.jsonl, as soon as they come, and stay: a run that stopped goes on from
them, and rows that are judged again cost nothing. The program stops before the next chunk could exceed `budget_usd`,
which holds for all jobs of the judge, those with answers below SHARED, and all their runs together.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from polyglot.core.errors import InputError, run
from polyglot.core.files import Json, write_counts, write_parquet
from polyglot.core.identity import digest
from polyglot.metrics.row_scores import read_pairs
from polyglot.metrics.rubric import Rubric
from polyglot.synthesis.api_settings import Api, read_api
from polyglot.synthesis.batch_api import BatchTeacher
from polyglot.synthesis.chat_api import ApiTeacher
from polyglot.synthesis.parsing import Completion, why_unfinished
from polyglot.synthesis.prompting import Question
from polyglot.synthesis.synthesise import Call

STYLES = ("chat", "prometheus")  # a server takes turns, no text to go on with
METHOD = "judge"  # the one kind of call


@dataclass(frozen=True)
class JudgeJob:
    """A table of answers, as the client sees its job."""

    out: Path
    shared: Path
    made_with: str
    max_tokens: int
    chunk_size: int

    def path(self, method: str, ending: str) -> Path:
        """The file or folder beside the table."""
        return self.out.with_suffix(ending)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="tables of rows, parquet")
    parser.add_argument(
        "--language-names", nargs="+", required=True, help="English name of the language of each table's rows"
    )
    parser.add_argument("--api", type=json.loads, required=True, help="JSON object: server, model, limits and prices")
    parser.add_argument("--style", choices=STYLES, required=True, help="the form of question and answer")
    parser.add_argument("--templates", type=Path, required=True, help="folder of the templates and schema.json")
    parser.add_argument("--max-tokens", type=int, required=True, help="tokens of an answer")
    parser.add_argument("--chunk-size", type=int, required=True, help="pairs asked about together")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--shared", type=Path, required=True, help="folder of all answers that the budget is for")
    parser.add_argument("--out", type=Path, required=True, help="the answers, parquet; .counts.json goes beside it")
    return parser.parse_args()


def calls(pairs: pd.DataFrame, templates: Path, style: str, seed: int) -> list[Call]:
    """The question about each pair (prompt, response; about0: the language's name); nothing of a row is cut off."""
    rubrics = {name: Rubric(templates, style, name) for name in pairs["about0"].unique()}
    schema = Rubric(templates, style, "").constraint(None).get("json")
    return [
        Call(Question(rubrics[row.about0].ask(row.prompt, row.response)), schema, seed) for row in pairs.itertuples()
    ]


def ask(asker: ApiTeacher, asked: Sequence[Call]) -> list[Completion]:
    """The answers to all calls, chunk by chunk: the budget is looked at before each."""
    size = asker.at_once(len(asked))
    chunks = tqdm(range(0, len(asked), size), desc="judging", unit="chunk")
    return [answer for start in chunks for answer in asker.answers(METHOD, list(asked[start : start + size]))]


def table(pairs: pd.DataFrame, completions: Sequence[Completion], made_with: str) -> pd.DataFrame:
    """A line a pair: text_id, made_with, text, finish_reason, cut, model."""
    ends = [item.finish_reason for item in completions]
    return pairs[["text_id"]].assign(
        made_with=made_with,
        text=[item.text for item in completions],
        finish_reason=[end if end == "stop" else why_unfinished(end) for end in ends],
        cut=False,
        model=[item.model for item in completions],
    )


def counts(asker: ApiTeacher, completions: Sequence[Completion]) -> Json:
    """What the counts say beside the answers: tokens and cost of all that was paid for, unknown ends."""
    paid = asker.kept[METHOD].answers.values()
    tokens = {name: sum(getattr(item, name) for item in paid) for name in ("prompt_tokens", "completion_tokens")}
    ends = (item.finish_reason for item in completions)
    unknown = Counter(end for end in ends if end != "stop" and why_unfinished(end) == "unknown_end")
    return {**tokens, **asker.bill(METHOD, **tokens), "unknown_ends": dict(sorted(unknown.items()))}


def asker_of(api: Api, job: JudgeJob) -> ApiTeacher:
    """The client: greedy, in batches where the settings say so."""
    return (BatchTeacher if api.batch else ApiTeacher)(
        api, {"temperature": 0, "max_tokens": job.max_tokens}, job, [METHOD]
    )


def main() -> None:
    args = arguments()
    if len(args.language_names) != len(args.data):
        raise InputError(
            f"--language-names: {len(args.language_names)} names for {len(args.data)} tables; give each its own"
        )
    api = read_api(args.api)
    made_with = digest(api.base_url, api.model, args.max_tokens)
    asker = asker_of(api, JudgeJob(args.out, args.shared, made_with, args.max_tokens, args.chunk_size))
    pairs = read_pairs(args.data, args.language_names)
    completions = ask(asker, calls(pairs, args.templates, args.style, args.seed))
    judged = table(pairs, completions, made_with)
    reasons = [end for end in judged["finish_reason"] if end != "stop"]
    write_parquet(args.out, judged)
    write_counts(
        args.out.with_suffix(".counts.json"),
        len(judged),
        len(judged) - len(reasons),
        reasons,
        **counts(asker, completions),
    )


if __name__ == "__main__":
    run(main)
