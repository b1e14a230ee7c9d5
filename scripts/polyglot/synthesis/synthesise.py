"""The walk that makes synthetic rows: ask in chunks, keep finished chunks, accept answers in request order, write.

A teacher answers lists of calls; how (vLLM or an API), and when its answers are on disk, is its own business.
"""

import argparse
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Protocol

import pandas as pd
from tqdm import tqdm

from polyglot.core.chunks import Chunks
from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_parquet, write_counts, write_jsonl, write_parquet
from polyglot.core.identity import content_id, derive_seed, digest
from polyglot.synthesis.methods import DIRECT
from polyglot.synthesis.parsing import REASONS, Completion, Reader, Rejected
from polyglot.synthesis.prompting import FORMS, Question, Template, pair_schema

REQUEST_COLUMNS = ("request_id", "method", "language", "seed_ids", "source_prompt", "demonstrations")
ASKED = (*DIRECT, *FORMS)  # in the order in which a job goes through them
SAMPLING = ("temperature", "top_p", "top_k", "repetition_penalty", "max_tokens")
INTEGERS = ("trial", "request_seed", "prompt_tokens", "completion_tokens")
ROW_COLUMNS = (
    *("row_id", "request_id", "teacher", "language", "method", "trial", "seed_ids", "prompt", "response"),
    *("request_seed", "prompt_tokens", "completion_tokens"),
)


@dataclass(frozen=True)
class Call:
    """One question to a teacher; `schema` is the JSON schema of its answer, None for plain text."""

    question: Question
    schema: Json | None
    seed: int


class Teacher(Protocol):
    """Whoever answers calls, and keeps the answers until the job is done."""

    def answers(self, method: str, calls: list[Call]) -> list[Completion]:
        """The answers to a chunk of a method's calls, in its order."""

    def at_once(self, wanted: int) -> int:
        """How many requests to ask next, where `wanted` rows are missing."""

    def bill(self, method: str, prompt_tokens: int, completion_tokens: int) -> Json:
        """What the counts of a method say about its cost; the tokens are those of its rows and rejects."""


@dataclass(frozen=True)
class Job:
    """Everything that the rows of one (teacher, language, trial) depend on.

    `made_with` identifies everything about the teacher that its answers depend on (weights, sampling, precision);
    finished chunks of anything else are not taken up. `out` is the folder that gets `{method}/trial{trial}.*`.
    """

    teacher: str
    language: str
    language_name: str
    trial: int
    seed: int
    style: str
    templates: Path
    longest: int | None
    max_tokens: int
    chunk_size: int
    made_with: str
    out: Path
    reasoning: tuple[str, str] | None = None

    def path(self, method: str, ending: str) -> Path:
        """The file or folder `trial{trial}{ending}` of a method."""
        return self.out / method / f"trial{self.trial}{ending}"

    def chunks(self, method: str) -> Chunks:
        """The finished chunks of a method."""
        return Chunks(self.path(method, ".chunks"), self.made_with)


@dataclass(frozen=True)
class LocalTeacher:
    """A teacher that runs here and costs nothing; it answers a chunk at once, and finished chunks are kept."""

    job: Job
    complete: Callable[[list[Call]], list[Completion]]

    def answers(self, method: str, calls: list[Call]) -> list[Completion]:
        """The answers to a chunk, from disk if the same calls were answered before."""
        rows = self.job.chunks(method).answers(
            [asdict(call) for call in calls], lambda: map(asdict, self.complete(calls))
        )
        return [Completion(**row) for row in rows]

    def at_once(self, wanted: int) -> int:
        """A chunk, always the same: finished ones are known by their calls."""
        return self.job.chunk_size

    def bill(self, method: str, prompt_tokens: int, completion_tokens: int) -> Json:
        """No cost."""
        return {"cost_usd": 0.0}


@dataclass
class Outcome:
    """The rows kept and rejected of one method, the tokens of all its answers, and what is counted of them beside."""

    kept: list[Json]
    rejected: list[Json]
    prompt_tokens: int = 0
    completion_tokens: int = 0
    unknown_ends: Counter[str] = field(default_factory=Counter)
    cleaned: Counter[str] = field(default_factory=Counter)

    def counters(self) -> list[tuple[str, Counter[str]]]:
        """What is counted beside rows and tokens: ends of unknown meaning, and answers that `clean` changed."""
        return [("unknown_ends", self.unknown_ends), ("cleaned", self.cleaned)]

    def add(self, row: Json, reason: str | None, completion: Completion) -> None:
        """Add one answer to the rows, or with its reason and raw text to the rejects."""
        self.prompt_tokens += completion.prompt_tokens
        self.completion_tokens += completion.completion_tokens
        if reason == "unknown_end":
            self.unknown_ends[completion.finish_reason] += 1
        if reason is None:
            self.kept.append(row)
        else:
            self.rejected.append({**row, "reason": reason, "text": completion.text})


def read_requests(path: Path, language: str) -> list[Json]:
    """Read a request table. Raises InputError where it is not of the method in its file name and of the language."""
    table = read_parquet(path, REQUEST_COLUMNS)
    if path.stem not in ASKED:
        raise InputError(f"{path}: named after no method; the methods are {', '.join(ASKED)}")
    for column, value in (("method", path.stem), ("language", language)):
        if not (table[column] == value).all():
            raise InputError(f"{path}: column {column!r} holds other values than {value!r}; make the file again")
    rows = table.astype(object).where(table.notna(), None).to_dict("records")
    return [{**row, "seed_ids": list(row["seed_ids"]), "demonstrations": list(row["demonstrations"])} for row in rows]


def ask(job: Job, method: str, template: Template, request: Json) -> Call:
    """The call for one request, with its own seed."""
    question = template.ask(job.language_name, request["demonstrations"], request["source_prompt"])
    seed = derive_seed(job.seed, job.teacher, job.language, method, job.trial, request["request_id"])
    return Call(question, None if FORMS.get(method, method) == "respond" else pair_schema(job.longest), seed)


def synthesise(job: Job, method: str, requests: list[Json], wanted: int, teacher: Teacher) -> Outcome:
    """Walk the requests in order until `wanted` valid rows are kept or none is left; keep the first `wanted`."""
    form = FORMS.get(method, method)
    template = Template(job.templates, job.style, form)
    reader = Reader(form, job.language, job.longest, job.reasoning)
    outcome = Outcome([], [], cleaned=reader.cleaned)
    with tqdm(total=wanted, desc=f"{job.teacher} {job.language} {method}", unit="row") as progress:
        start = 0
        while start < len(requests) and len(outcome.kept) < wanted:
            chunk = requests[start : start + teacher.at_once(wanted - len(outcome.kept))]
            start += len(chunk)
            calls = [ask(job, method, template, request) for request in chunk]
            for request, call, completion in zip(chunk, calls, teacher.answers(method, calls), strict=True):
                row = unread(job, method, request, call, completion)
                reason = fault_of(reader, request, completion, row)
                if reason is None and len(outcome.kept) >= wanted:
                    reason = "surplus"
                outcome.add(row, reason, completion)
            progress.n = len(outcome.kept)
            progress.set_postfix(rejected=len(outcome.rejected))
    return outcome


def unread(job: Job, method: str, request: Json, call: Call, completion: Completion) -> Json:
    """The row of an answer, its prompt and response still to be read."""
    origin = (request["request_id"], job.teacher, job.language, method, job.trial)
    return {
        "row_id": content_id(*origin, completion.text),
        **dict(zip(("request_id", "teacher", "language", "method", "trial"), origin, strict=True)),
        "seed_ids": request["seed_ids"],
        "request_seed": call.seed,
        "prompt_tokens": completion.prompt_tokens,
        "completion_tokens": completion.completion_tokens,
    }


def fault_of(reader: Reader, request: Json, completion: Completion, row: Json) -> str | None:
    """Parse an answer into its row; return the reason for rejection, or None if it is valid."""
    shown = [demonstration["prompt"] for demonstration in request["demonstrations"]]
    try:
        row["prompt"], row["response"] = reader.read(completion, request["source_prompt"], shown)
    except Rejected as rejected:
        row["prompt"], row["response"] = rejected.pair
        return rejected.reason
    return None


def write(job: Job, method: str, outcome: Outcome, wanted: int, teacher: Teacher) -> None:
    """Write one method's rows, rejects and counts. Raises InputError where rows were wanted and none is valid.

    In that case the rejects go, readable by eye, into the folder of the finished chunks, which outlives the job.
    """
    if wanted and not outcome.kept:
        rejects = job.chunks(method).folder / "rejected.jsonl"
        write_jsonl(rejects, outcome.rejected)
        raise InputError(
            f"teacher {job.teacher}, language {job.language}, method {method}: {nothing(outcome, rejects)}"
        )
    seen = len(outcome.kept) + len(outcome.rejected)
    tokens = {"prompt_tokens": outcome.prompt_tokens, "completion_tokens": outcome.completion_tokens}
    write_parquet(job.path(method, ".parquet"), table(outcome.kept, ROW_COLUMNS))
    write_parquet(job.path(method, ".rejected.parquet"), table(outcome.rejected, (*ROW_COLUMNS, "reason", "text")))
    write_counts(
        job.path(method, ".counts.json"),
        seen,
        len(outcome.kept),
        [row["reason"] for row in outcome.rejected],
        wanted=wanted,
        **tokens,
        **teacher.bill(method, **tokens),
        **{name: dict(sorted(counter.items())) for name, counter in outcome.counters() if counter},
    )


def nothing(outcome: Outcome, rejects: Path) -> str:
    """The reason why no row is valid, and the cure."""
    reasons = Counter(row["reason"] for row in outcome.rejected)
    if not reasons:
        return "there is no request to answer; look into the counts of the seeds"
    reason, count = reasons.most_common(1)[0]
    share = f"{count} of {len(outcome.rejected)} answers are {reason} ({REASONS[reason]})"
    return f"no valid row; {share}; read {rejects}, then change the teacher's sampling, style, context or prompts"


def table(rows: list[Json], columns: tuple[str, ...]) -> pd.DataFrame:
    """A table with `columns` in this order, whole numbers where a column holds them even if there is no row."""
    return pd.DataFrame(rows, columns=list(columns)).astype(dict.fromkeys(INTEGERS, "int64"))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every kind of teacher takes."""
    parser.add_argument("--teacher", required=True, help="the teacher's id")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--language-name", required=True, help="the language's English name, for the prompts")
    parser.add_argument("--trial", type=int, required=True, help="number of the repetition")
    parser.add_argument("--sampling", type=json.loads, required=True, help=f"JSON object of {', '.join(SAMPLING)}")
    parser.add_argument(
        "--reasoning", type=json.loads, help="JSON list: the marks before and after a model's reasoning"
    )
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--chunk-size", type=int, required=True, help="requests in one batch")
    parser.add_argument("--templates", type=Path, required=True, help="folder of {style}/{method}.jinja")
    parser.add_argument("--requests", type=Path, nargs="+", required=True, help="one {method}.parquet for each method")
    parser.add_argument("--wanted", type=json.loads, required=True, help="JSON object: rows to keep of each method")
    parser.add_argument("--out", type=Path, required=True, help="folder that gets {method}/trial{n}.parquet")


def job_from(arguments: argparse.Namespace, style: str, longest: int | None, *made_with: object) -> Job:
    """The job that a command line describes. Raises InputError for sampling settings that no engine knows."""
    unknown = set(arguments.sampling) - set(SAMPLING)
    if unknown or "max_tokens" not in arguments.sampling:
        wrong = f"{sorted(unknown)[0]!r} is unknown" if unknown else "'max_tokens' is missing"
        raise InputError(f"--sampling: {wrong}; the settings are {', '.join(SAMPLING)}")
    return Job(
        teacher=arguments.teacher,
        language=arguments.language,
        language_name=arguments.language_name,
        trial=arguments.trial,
        seed=arguments.seed,
        style=style,
        templates=arguments.templates,
        longest=longest,
        max_tokens=arguments.sampling["max_tokens"],
        chunk_size=arguments.chunk_size,
        made_with=digest(json.dumps(arguments.sampling, sort_keys=True), *made_with),
        out=arguments.out,
        reasoning=tuple(arguments.reasoning) if arguments.reasoning else None,
    )


def run_job(arguments: argparse.Namespace, job: Job, teacher: Teacher) -> None:
    """Make and write the rows of every method, then remove the answers kept beside them, which nothing needs any more.

    Raises InputError where the request tables and the numbers of wanted rows are not of the same methods.
    """
    requests = {path.stem: read_requests(path, job.language) for path in arguments.requests}
    if set(requests) != set(arguments.wanted):
        asked = ", ".join(sorted(requests))
        raise InputError(
            f"--wanted: names {', '.join(sorted(arguments.wanted))}, and --requests {asked}; name the same"
        )
    methods = [method for method in ASKED if method in requests]
    for method in methods:
        wanted = arguments.wanted[method]
        outcome = synthesise(job, method, requests[method], wanted, teacher)
        write(job, method, outcome, wanted, teacher)
    for method in methods:
        job.chunks(method).remove()
