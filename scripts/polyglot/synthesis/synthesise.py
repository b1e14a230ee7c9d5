"""The walk that makes synthetic rows: ask as long as rows are missing, read answers as they come, write in order.

A teacher answers calls in any order; how (vLLM or an API), and when its answers are on disk, is its own business.
Requests are asked in chunks. A chunk follows where the rows so far and the open calls could not make all the rows that
are wanted: which requests are asked depends on the answers alone, never on their order or on a job that was killed.
"""

import argparse
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import ClassVar, Protocol

import pandas as pd
from tqdm import tqdm

from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_parquet, write_counts, write_jsonl, write_parquet
from polyglot.core.identity import content_id, derive_seed, digest
from polyglot.synthesis.kept_answers import KeptAnswers
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
    """Whoever answers calls, and keeps the answers until the job is done.

    `methods_together` says whether calls of several methods may be open at once.
    """

    methods_together: bool

    def stream(self, method: str, more: Callable[[], list[Call]]) -> Iterator[tuple[int, Completion]]:
        """Answers with the numbers of their calls, counted from 0 in the order in which `more` gives the calls.

        `more` gives the next chunk of calls, or none until further answers show that it is needed. `method` is that of
        the calls; of several, the first.
        """

    def at_once(self, wanted: int) -> int:
        """How many requests to ask next, where `wanted` rows are missing."""

    def bill(self, method: str, prompt_tokens: int, completion_tokens: int) -> Json:
        """What the counts of a method say about its cost; the tokens are those of its rows and rejects."""


@dataclass(frozen=True)
class Job:
    """Everything that the rows of one (teacher, language, trial) depend on.

    `made_with` identifies everything about the teacher that its answers depend on (weights, sampling, precision);
    finished answers of anything else are not taken up. `out` is the folder that gets `{method}/trial{trial}.*`.
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

    @property
    def shared(self) -> Path:
        """The folder of all jobs of the teacher."""
        return self.out.parent

    def folder(self, method: str) -> Path:
        """The folder of what goes on after a kill; it lies there until the job is done."""
        return self.path(method, ".chunks")


class Engine(Protocol):
    """A model that writes many answers at once."""

    def submit(self, number: int, call: Call) -> None:
        """Open a call."""

    def finished(self) -> dict[int, Completion]:
        """The open calls that end next, at least one, with their answers."""


@dataclass(frozen=True)
class LocalTeacher:
    """A teacher that runs here and costs nothing; its engine has all open calls, and keeps each answer as it ends.

    Answers of trials and methods that are asked side by side lie in the folder of the first method of `job`, the first
    trial's.
    """

    job: Job
    engine: Engine
    methods_together: ClassVar[bool] = True  # or the last answers of each would be written with most places empty

    def stream(self, method: str, more: Callable[[], list[Call]]) -> Iterator[tuple[int, Completion]]:
        """The answers as they end; first those on disk, where the same calls were answered before."""
        kept = KeptAnswers(self.job.folder(method) / "answers.jsonl")
        keys: list[str] = []
        running: set[int] = set()
        while True:
            while calls := more():
                for number, call in enumerate(calls, start=len(keys)):
                    keys.append(digest(self.job.made_with, asdict(call)))
                    if keys[number] in kept.answers:
                        yield number, kept.answers[keys[number]]
                    else:
                        self.engine.submit(number, call)
                        running.add(number)
            if not running:
                return
            ended = self.engine.finished()
            kept.append(*((keys[number], completion) for number, completion in ended.items()))
            running.difference_update(ended)
            yield from ended.items()

    def at_once(self, wanted: int) -> int:
        """A chunk, always of one size: which requests are asked may not depend on the order of answers."""
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


Answer = tuple[Json, str | None, Completion]  # its row, why it is rejected, the raw answer


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


class Walk:
    """The walk through the requests of one job and method until `wanted` valid rows are there or no request is left."""

    def __init__(self, job: Job, method: str, requests: list[Json], wanted: int) -> None:
        form = FORMS.get(method, method)
        self.job, self.method, self.requests, self.wanted = job, method, requests, wanted
        self.template = Template(job.templates, job.style, form)
        self.reader = Reader(form, job.language, job.longest, job.reasoning)
        self.calls: list[Call] = []
        self.answered: dict[int, Answer] = {}

    @property
    def rows(self) -> int:
        """The rows so far, at most as many as are wanted."""
        return min(len(self.reader.kept), self.wanted)

    def more(self, teacher: Teacher) -> range:
        """The numbers of the calls that are asked next; none where the open ones could make all the rows wanted."""
        begin = len(self.calls)
        missing = self.wanted - len(self.reader.kept) - (begin - len(self.answered))
        chunk = self.requests[begin : begin + teacher.at_once(missing)] if missing > 0 else []
        self.calls.extend(ask(self.job, self.method, self.template, request) for request in chunk)
        return range(begin, len(self.calls))

    def take(self, number: int, completion: Completion) -> None:
        """Read the answer to a call."""
        request = self.requests[number]
        row = unread(self.job, self.method, request, self.calls[number], completion)
        self.answered[number] = row, fault_of(self.reader, request, completion, row), completion

    def outcome(self) -> Outcome:
        """The first `wanted` rows in request order, and the other answers."""
        answers = [self.answered[number] for number in range(len(self.calls))]
        return in_order(answers, self.wanted, self.reader.cleaned)


def synthesise(walks: Sequence[Walk], teacher: Teacher) -> None:
    """Walk side by side, as the trials of a method do, and all methods of a teacher that takes them together.

    What they ask of one request follows each other: an engine reads its prompt once.
    """
    asked: list[tuple[Walk, int]] = []
    methods = dict.fromkeys(walk.method for walk in walks)
    title = f"{walks[0].job.teacher} {walks[0].job.language} {' '.join(methods)}"

    def more() -> list[Call]:
        chunks = [[(walk, number) for number in walk.more(teacher)] for walk in walks]
        begin = len(asked)
        calls = [call for chunk in chunks for call in chunk]
        asked.extend(sorted(calls, key=lambda call: (ASKED.index(call[0].method), call[1])))
        return [walk.calls[number] for walk, number in asked[begin:]]

    with tqdm(total=sum(walk.wanted for walk in walks), desc=title, unit="row") as progress:
        for place, completion in teacher.stream(walks[0].method, more):
            walk, number = asked[place]
            walk.take(number, completion)
            rejected = sum(len(each.answered) - len(each.reader.kept) for each in walks)
            progress.set_postfix(rejected=rejected, refresh=False)
            progress.update(sum(each.rows for each in walks) - progress.n)


def in_order(answered: list[Answer], wanted: int, cleaned: Counter[str]) -> Outcome:
    """The outcome of answers in request order: of equal rows, the first counts, whichever answer came first."""
    outcome = Outcome([], [], cleaned=cleaned)
    seen: set[tuple[str, str]] = set()
    for row, reason, completion in answered:
        if reason in (None, "duplicate"):
            pair = row["prompt"], row["response"]
            reason = "duplicate" if pair in seen else None
            seen.add(pair)
        if reason is None and len(outcome.kept) >= wanted:
            reason = "surplus"
        outcome.add(row, reason, completion)
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

    In that case the rejects go, readable by eye, into the folder of the method, which outlives a job that fails.
    """
    if wanted and not outcome.kept:
        rejects = job.folder(method) / "rejected.jsonl"
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


def trials_wanted(text: str) -> dict[int, dict[str, int]]:
    """Rows to keep by trial and method, from a JSON object of JSON objects."""
    return {int(trial): dict(wanted) for trial, wanted in json.loads(text).items()}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that every kind of teacher takes."""
    parser.add_argument("--teacher", required=True, help="the teacher's id")
    parser.add_argument("--language", required=True, help="ISO 639-1 code")
    parser.add_argument("--language-name", required=True, help="the language's English name, for the prompts")
    parser.add_argument("--sampling", type=json.loads, required=True, help=f"JSON object of {', '.join(SAMPLING)}")
    parser.add_argument(
        "--reasoning", type=json.loads, help="JSON list: the marks before and after a model's reasoning"
    )
    parser.add_argument("--seed", type=int, required=True, help="the study's seed")
    parser.add_argument("--chunk-size", type=int, required=True, help="requests that are asked together")
    parser.add_argument("--templates", type=Path, required=True, help="folder of {style}/{method}.jinja")
    parser.add_argument("--requests", type=Path, nargs="+", required=True, help="one {method}.parquet for each method")
    parser.add_argument(
        "--wanted",
        type=trials_wanted,
        required=True,
        help='rows to keep of each method in each trial (numbered from 1): {"1": {"respond": 20}}',
    )
    parser.add_argument("--out", type=Path, required=True, help="folder that gets {method}/trial{n}.parquet")


def jobs_from(arguments: argparse.Namespace, style: str, longest: int | None, *made_with: object) -> list[Job]:
    """The jobs that a command line describes, one a trial.

    Raises InputError for sampling settings that no engine knows.
    """
    unknown = set(arguments.sampling) - set(SAMPLING)
    if unknown or "max_tokens" not in arguments.sampling:
        wrong = f"{sorted(unknown)[0]!r} is unknown" if unknown else "'max_tokens' is missing"
        raise InputError(f"--sampling: {wrong}; the settings are {', '.join(SAMPLING)}")
    return [
        Job(
            teacher=arguments.teacher,
            language=arguments.language,
            language_name=arguments.language_name,
            trial=trial,
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
        for trial in sorted(arguments.wanted)
    ]


def run_jobs(
    arguments: argparse.Namespace, groups: Sequence[Sequence[Job]], teacher_of: Callable[[Job], Teacher]
) -> None:
    """Make and write the rows of every trial and method; then remove the answers kept beside them.

    The jobs of a group are asked side by side by the teacher of its first, which keeps the answers of all. They stay
    until all trials are written: a job that was killed goes on from them. Raises InputError where the request tables
    and the numbers of wanted rows are not of the same methods.
    """
    requests = {path.stem: read_requests(path, arguments.language) for path in arguments.requests}
    for wanted in arguments.wanted.values():
        if set(requests) != set(wanted):
            asked = ", ".join(sorted(requests))
            raise InputError(f"--wanted: names {', '.join(sorted(wanted))}, and --requests {asked}; name the same")
    methods = [method for method in ASKED if method in requests]
    for jobs in groups:
        teacher = teacher_of(jobs[0])
        for together in [methods] if teacher.methods_together else [[method] for method in methods]:
            walks = [
                Walk(job, method, requests[method], arguments.wanted[job.trial][method])
                for method in together
                for job in jobs
            ]
            synthesise(walks, teacher)
            for walk in walks:
                write(walk.job, walk.method, walk.outcome(), walk.wanted, teacher)
    for jobs in groups:
        for job in jobs:
            for method in methods:
                shutil.rmtree(job.folder(method), ignore_errors=True)
