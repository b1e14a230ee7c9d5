"""Benchmarks: asking a model through lm-eval, and scoring what it answered.

A benchmark is a JSON-lines file of items, a formulation (a task file in `resources/tasks`) and a metric (Table 10):

- `letters`, `preference`: rows {"item_id", "question", "options", "answer" (index)}, `category` where the metric weighs
  categories; the prediction is the option whose letter is likeliest.
- `generate`: rows {"item_id", "question", "answer" (a plain number as text)}, shots also "solution"; the prediction is
  the last number of the generated text.
- `mixed`: rows with "options" are asked as letters; of those without, the text written is compared with the "answer"
  by ROUGE-L (FilBench, whose categories are asked in both ways).

Prompts are plain text for every model alike (base, reference, teacher, student), so that a difference of scores is
never one of prompts; `chat_template=True` wraps them, again for all, in each model's own template.
"""

import json
import math
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from polyglot.engine import check_model, prepare_environment
from polyglot.errors import InputError
from polyglot.files import Json, read_jsonl
from polyglot.identity import digest

if TYPE_CHECKING:
    from lm_eval.api.model import LM
    from lm_eval.api.task import ConfigurableTask

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
METRICS = {
    "letters": ("accuracy", "weighted_accuracy"),
    "preference": ("accuracy", "weighted_accuracy"),
    "generate": ("exact_match",),
    "mixed": ("weighted_accuracy",),
}

# thousands in groups of three with one separator throughout, then perhaps decimals; or plain digits, perhaps decimals
NUMBER = re.compile(
    r"(?:(?<!\w)-)?"
    r"(?:(?P<grouped>[1-9]\d{0,2}(?P<mark>[.,'\u00a0\u2009\u202f ])\d{3}(?!\d)(?:(?P=mark)\d{3}(?!\d))*)"
    r"(?:(?!(?P=mark))[.,](?P<rest>\d+))?"
    r"|(?P<whole>\d+)(?:[.,](?P<decimals>\d+))?)"
)
LIKE_ASCII = str.maketrans({"٫": ".", "٬": ",", "，": ",", "．": ".", "−": "-", "－": "-", "’": "'"})


def last_number(text: str) -> str | None:
    """The last number written in `text`, as plain ASCII digits ("-1234.5"), or None.

    Digits of every script count ("٣٤", "３４"). Three digits after a separator are read as thousands, whichever mark a
    language uses ("1.234" and "1,234" are 1234), unless the number begins with 0; any other count as decimals ("2,5").
    """
    text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text.translate(LIKE_ASCII))
    numbers = list(NUMBER.finditer(text))
    if not numbers:
        return None
    found = numbers[-1]
    sign = "-" if found.group().startswith("-") else ""
    whole, decimals = found["whole"], found["decimals"]
    if found["grouped"]:
        whole, decimals = found["grouped"].replace(found["mark"], ""), found["rest"]
    return f"{sign}{whole}.{decimals}" if decimals else f"{sign}{whole}"


def rouge_l(prediction: str, reference: str) -> float:
    """ROUGE-L of two texts, 0 to 1: the F-score of their longest common subsequence of words, case and marks apart."""
    written, expected = (re.findall(r"\w+", text.casefold()) for text in (prediction, reference))
    if not written or not expected:
        return 0.0
    before = [0] * (len(expected) + 1)
    for word in written:
        now = [0]
        for place, other in enumerate(expected):
            now.append(before[place] + 1 if word == other else max(now[place], before[place + 1]))
        before = now
    return 2 * before[-1] / (len(written) + len(expected))


def same_number(prediction: str | None, answer: str) -> bool:
    """Whether two numbers as text are equal in value ("12.0" is "12"); no prediction equals nothing."""
    return prediction is not None and Decimal(prediction) == Decimal(answer)


@dataclass(frozen=True)
class Benchmark:
    """One benchmark of one language. `items` is None where the language has no such task."""

    benchmark: str
    formulation: str
    metric: str
    shots: int = 0
    items: str | None = None
    shot_items: str | None = None
    max_gen_toks: int = 256

    def __post_init__(self) -> None:
        """Refuse formulations and metrics that do not exist or do not go together."""
        if self.formulation not in METRICS:
            raise InputError(f"benchmark {self.benchmark}: formulation must be one of {', '.join(METRICS)}")
        if self.metric not in METRICS[self.formulation]:
            allowed = " or ".join(METRICS[self.formulation])
            raise InputError(f"benchmark {self.benchmark}: the metric of {self.formulation} must be {allowed}")
        if self.items and self.shots and not self.shot_items:
            raise InputError(f"benchmark {self.benchmark}: {self.shots} shots but no shot_items; name their file")


def parse_benchmarks(entries: list[Json]) -> list[Benchmark]:
    """Benchmarks from JSON objects. Raises InputError naming an unknown or missing key, or a name given twice."""
    try:
        benchmarks = [Benchmark(**entry) for entry in entries]
    except TypeError as error:
        raise InputError(f"--benchmarks: {error}; its keys are {', '.join(Benchmark.__annotations__)}") from error
    names = [one.benchmark for one in benchmarks]
    if len(set(names)) != len(names):
        raise InputError(f"--benchmarks: a name is given twice in {', '.join(names)}; give each once")
    return benchmarks


def way_of(row: Json, benchmark: Benchmark) -> str:
    """The task file by which an item is asked."""
    if benchmark.formulation != "mixed":
        return benchmark.formulation
    return "letters" if "options" in row else "text"


def check_item(where: str, row: Json, benchmark: Benchmark, shot: bool) -> None:
    """Raise InputError where a row lacks a key that its formulation needs, or its answer cannot be right."""
    written = way_of(row, benchmark) in ("generate", "text")
    needed = {"item_id", "question", "answer"}
    if not written:
        needed.add("options")
    elif shot:
        needed.add("solution")
    if benchmark.metric == "weighted_accuracy":
        needed.add("category")
    missing = sorted(key for key in needed if row.get(key) is None)
    if missing:
        raise InputError(f"{where}: {', '.join(missing)} is missing; a {benchmark.formulation} row needs it")
    if not written:
        if not 2 <= len(row["options"]) <= len(LETTERS):
            raise InputError(f"{where}: {len(row['options'])} options; give 2 to {len(LETTERS)}")
        if type(row["answer"]) is not int or not 0 <= row["answer"] < len(row["options"]):
            raise InputError(f"{where}: answer {row['answer']!r} is no index of its {len(row['options'])} options")
    elif benchmark.formulation == "mixed":
        if not isinstance(row["answer"], str) or not row["answer"].strip():
            raise InputError(f"{where}: answer {row['answer']!r} is no text; write what the model should write")
    else:
        try:
            finite = Decimal(row["answer"]).is_finite()
        except (InvalidOperation, TypeError, ValueError):
            finite = False
        if not isinstance(row["answer"], str) or not finite:
            raise InputError(f'{where}: answer {row["answer"]!r} is no plain number as text; write it like "1234.5"')


def read_items(path: str, benchmark: Benchmark, shot: bool = False) -> list[Json]:
    """The rows of a benchmark's file, checked. Raises InputError naming the file and the row."""
    rows = read_jsonl(path)
    if not rows:
        raise InputError(f"{path}: holds no items; remake it, or give the language no items for {benchmark.benchmark}")
    for number, row in enumerate(rows, start=1):
        check_item(f"{path}: line {number}", row, benchmark, shot)
    if len({row["item_id"] for row in rows}) < len(rows):
        raise InputError(f"{path}: an item_id occurs twice; remake the file")
    return rows


def read_benchmark(benchmark: Benchmark, limit: int | None) -> tuple[list[Json], list[Json]]:
    """The items asked (the first `limit`) and the shots shown. Raises InputError where there are too few shots."""
    shots = []
    if benchmark.shots:
        shots = read_items(benchmark.shot_items, benchmark, shot=True)[: benchmark.shots]
    if len(shots) < benchmark.shots:
        raise InputError(f"{benchmark.shot_items}: {len(shots)} shots, {benchmark.shots} wanted; add some")
    return read_items(benchmark.items, benchmark)[:limit], shots


def items_digest(items: Sequence[Json], shots: Sequence[Json] = ()) -> str:
    """SHA-256 over what was asked and how it weighs: ids, questions, options in their order, answers, and the shots."""
    keys = ("item_id", "category", "question", "options", "answer", "solution")
    weights = ("subset", "subset_weight")
    asked, shown = (
        [json.dumps([row.get(key) for key in (*keys, *(weights if "subset_weight" in row else ()))]) for row in rows]
        for rows in (items, shots)
    )
    return digest(*asked, "shots", *shown)


def mean_and_se(values: Sequence[float]) -> tuple[float, float | None]:
    """Mean and its standard error sqrt(sum of (v - mean)^2 / (n - 1) / n); None for one value, which has no spread.

    Of 0/1 values that is sqrt(p(1 - p) / (n - 1)).
    """
    mean = sum(values) / len(values)
    if len(values) < 2:
        return mean, None
    return mean, math.sqrt(sum((value - mean) ** 2 for value in values) / (len(values) - 1) / len(values))


def weighted_mean(parts: Sequence[tuple[float, float | None]], weights: Sequence[float]) -> tuple[float, float | None]:
    """The weighted mean of means and its standard error, which is None where one of theirs is."""
    total = sum(weights)
    mean = sum(weight * part for weight, (part, _) in zip(weights, parts, strict=True)) / total
    if any(se is None for _, se in parts):
        return mean, None
    squares = ((weight * se) ** 2 for weight, (_, se) in zip(weights, parts, strict=True) if se is not None)
    return mean, math.sqrt(sum(squares)) / total


def category_scores(records: Sequence[Json], key: str = "correct") -> dict[str, tuple[float, float | None]]:
    """Each category's score and its standard error.

    Subsets with a "subset_weight" weigh by it; without, a category is its pooled items (each subset weighs by their
    number).
    """
    categories: dict[str, dict[str | None, list[Json]]] = {}
    for record in records:
        subset = record.get("subset") if record.get("subset_weight") is not None else None
        categories.setdefault(record["category"], {}).setdefault(subset, []).append(record)
    scores = {}
    for name in sorted(categories):
        subsets = [categories[name][subset] for subset in sorted(categories[name], key=str)]
        parts = [mean_and_se([float(record[key]) for record in subset]) for subset in subsets]
        scores[name] = weighted_mean(parts, [subset[0].get("subset_weight") or len(subset) for subset in subsets])
    return scores


def weighted_accuracy(records: Sequence[Json], key: str = "correct") -> tuple[float, float | None]:
    """The plain mean over categories (RewardBench's score, and FilBench's) and its standard error."""
    scores = category_scores(records, key)
    return weighted_mean(list(scores.values()), [1.0] * len(scores))


def summarise(records: Sequence[Json], metric: str) -> Json:
    """{"score", "se", "n", "chance"} of a benchmark's records, and the scores of categories where these weigh.

    Chance is what guessing an option scores; 0 for text.
    """
    chances = [{**one, "chance": 1 / len(one["options"]) if "options" in one else 0.0} for one in records]
    told: Json = {"n": len(chances)}
    if metric == "weighted_accuracy":
        told["score"], told["se"] = weighted_accuracy(chances)
        told["chance"] = weighted_accuracy(chances, "chance")[0]
        told["categories"] = {name: score for name, (score, _) in category_scores(chances).items()}
    else:
        told["score"], told["se"] = mean_and_se([float(one["correct"]) for one in chances])
        told["chance"] = sum(one["chance"] for one in chances) / len(chances)
    return told


def record_of(sample: Json, benchmark: Benchmark) -> Json:
    """The record kept of one item, from which its score can be recomputed. Raises InputError on a NaN likelihood."""
    item = sample["doc"]
    record = {"item_id": item["item_id"], "category": item.get("category"), "prompt": sample["arguments"][0][0]}
    record["answer"] = item["answer"]
    if item.get("subset_weight") is not None:
        record |= {"subset": item["subset"], "subset_weight": item["subset_weight"]}
    way = way_of(item, benchmark)
    if way == "text":
        text = sample["filtered_resps"][0]
        return {**record, "text": text, "correct": rouge_l(text, item["answer"])}
    if way == "generate":
        text = sample["filtered_resps"][0]
        prediction = last_number(text)
        return {**record, "text": text, "prediction": prediction, "correct": same_number(prediction, item["answer"])}
    likelihoods = [float(likelihood) for likelihood, _ in sample["filtered_resps"]]
    if any(math.isnan(one) for one in likelihoods):
        raise InputError(f"{benchmark.items}: item {item['item_id']} got a likelihood that is NaN; check the model")
    prediction = likelihoods.index(max(likelihoods))  # of equal ones the first, as lm-eval and numpy take it
    more = {"options": item["options"], "loglikelihoods": likelihoods, "prediction": prediction}
    return {**record, **more, "correct": prediction == item["answer"]}


def read_cue(tasks: Path, language: str) -> str:
    """What stands before an answer in `language`. Raises InputError naming the file where the language has none."""
    cues = yaml.safe_load((tasks / "cues.yaml").read_text(encoding="utf-8"))
    if language not in cues:
        raise InputError(f"{tasks}/cues.yaml: has no cue for {language}; add the word that stands before an answer")
    return cues[language]


def task_name(benchmark: Benchmark, way: str) -> str:
    """The name of an lm-eval task: a benchmark has one for each way in which its items are asked."""
    return benchmark.benchmark if way == benchmark.formulation else f"{benchmark.benchmark}-{way}"


def make_task(
    benchmark: Benchmark, way: str, tasks: Path, cue: str, items: list[Json], shots: list[Json]
) -> "ConfigurableTask":
    """The lm-eval task of a benchmark's items: the task file `way` over these rows, with the language's cue."""
    from lm_eval.api.task import ConfigurableTask
    from lm_eval.tasks._yaml_loader import load_yaml

    config = load_yaml(tasks / f"{way}.yaml")
    if "generation_kwargs" in config:
        config["generation_kwargs"]["max_gen_toks"] = benchmark.max_gen_toks
    config |= {"task": task_name(benchmark, way), "num_fewshot": benchmark.shots}
    cued = {name: [row | {"cue": cue} for row in rows] for name, rows in (("items", items), ("shots", shots))}
    task = ConfigurableTask(config=config | {"dataset_kwargs": cued})
    task.set_fewshot_seed(0)  # lm-eval wants one; the first shots of the file are taken in order
    return task


def evaluate(
    lm: "LM",
    benchmarks: Sequence[Benchmark],
    *,
    language: str,
    tasks: Path,
    limit: int | None = None,
    chat_template: bool = False,
) -> Iterator[tuple[Json, list[Json]]]:
    """Ask `lm` every benchmark in one run, and yield for each its result and its items' records.

    A benchmark without items yields an empty score and the reason. `limit` takes the first items of each file.
    """
    from lm_eval.evaluator import evaluate as ask

    present = [one for one in benchmarks if one.items is not None]
    asked = {one.benchmark: read_benchmark(one, limit) for one in present}
    cue = read_cue(tasks, language)
    loaded = {}
    for one in present:
        items, shots = asked[one.benchmark]
        for way in sorted({way_of(item, one) for item in items}):
            mine = [item for item in items if way_of(item, one) == way]
            loaded[task_name(one, way)] = make_task(one, way, tasks, cue, mine, shots)
    samples = {}
    if loaded:
        run = ask(lm, {"tasks": loaded, "groups": {}}, bootstrap_iters=0, apply_chat_template=chat_template)
        samples = run["samples"]
    for one in benchmarks:
        result = {"benchmark": one.benchmark, "language": language, "metric": one.metric, "shots": one.shots}
        if one.items is None:
            empty = dict.fromkeys(("score", "se", "chance", "items_sha256"))
            yield {**result, **empty, "n": 0, "reason": f"no {one.benchmark} task in {language}"}, []
            continue
        names = dict.fromkeys(task_name(one, way_of(item, one)) for item in asked[one.benchmark][0])
        records = [record_of(sample, one) for name in names for sample in samples[name]]
        sha256 = items_digest(*asked[one.benchmark])
        yield {**result, **summarise(records, one.metric), "items_sha256": sha256}, records


class Economy:
    """Over lm-eval's vLLM model: the same numbers from less work, and no prompt cut in silence.

    lm-eval sends every option as its own prompt and has vLLM compute the probability of each token of that prompt over
    the whole vocabulary. Where all options are single tokens, the same numbers are the probabilities of the one next
    token: one forward pass an item. Shots are computed once, alone, before the prompts that begin with them, which then
    find them in the engine's cache. A prompt that does not fit is an error; lm-eval would cut its beginning.
    """

    def _loglikelihood_tokens(self, requests: list[tuple], disable_tqdm: bool = False) -> list[tuple[float, bool]]:
        from vllm import SamplingParams

        self.refuse_longer(max(len(context) + len(option) for _, context, option in requests))
        if any(len(option) != 1 for _, _, option in requests):
            return super()._loglikelihood_tokens(requests, disable_tqdm=disable_tqdm)
        options: dict[tuple[int, ...], set[int]] = {}
        for _, context, (token,) in requests:
            options.setdefault(tuple(context), set()).add(token)
        settings = [
            SamplingParams(temperature=0, max_tokens=1, detokenize=False, logprob_token_ids=sorted(tokens))
            for tokens in options.values()
        ]
        outputs = self._model_generate([list(context) for context in options], generate=True, sampling_params=settings)
        first = {context: output.outputs[0] for context, output in zip(options, outputs, strict=True)}
        answers = []
        for _, context, (token,) in requests:
            step = first[tuple(context)]
            answers.append((step.logprobs[0][token].logprob, step.token_ids[0] == token))
        return answers

    def generate_until(self, requests: list, disable_tqdm: bool = False) -> list[str]:
        from vllm import SamplingParams

        asked = [request.args for request in requests]
        prompts = self.tok_encode([text for text, _ in asked])
        self.refuse_longer(max(map(len, prompts)) + max(settings["max_gen_toks"] for _, settings in asked))
        first, last = min(prompts), max(prompts)  # whatever these two share, all of them share
        if shared := [a for a, _ in takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))]:
            self._model_generate([shared], generate=True, sampling_params=SamplingParams(max_tokens=1))
        return super().generate_until(requests, disable_tqdm=disable_tqdm)

    def refuse_longer(self, tokens: int) -> None:
        """Raise InputError where `tokens` do not fit into the model's context."""
        if tokens >= self.max_length:
            raise InputError(f"a prompt and its answer take {tokens} tokens; raise --max-model-len {self.max_length}")


def load_model(model: Path, *, dtype: str, max_model_len: int, gpus: int, seed: int) -> "LM":
    """Load a model folder as lm-eval's vLLM model, in this process. `gpus` is the tensor-parallel width, 0 the CPU."""
    check_model(model)
    prepare_environment()
    from lm_eval.models.vllm_causallms import VLLM

    class Model(Economy, VLLM):
        pass

    return Model(
        pretrained=str(model),
        dtype=dtype,
        max_model_len=max_model_len,
        seed=seed,
        tensor_parallel_size=max(gpus, 1),
        enforce_eager=gpus == 0,
        disable_log_stats=True,
        batch_size="auto",
        # prompts share what fills whole blocks of the cache; the CPU's default block of 128 tokens holds few shots
        **({} if gpus else {"block_size": 32}),
    )
