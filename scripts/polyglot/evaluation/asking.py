"""Ask a model every benchmark of a language, through lm-eval but for the likelihood of native text.

By the protocol `plain` all models (base, reference, teacher, student) get the same text, but for the examples of
`continuation`, of which a short context may hold fewer. By `chat` each gets the same texts as turns of its own chat
template: a question is the user's, the answer of a shot the assistant's.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from polyglot.core.files import Json
from polyglot.evaluation.answers import ENDS_OF_TURN
from polyglot.evaluation.bits_per_byte import bits_per_byte
from polyglot.evaluation.continuation import Layout, lay_out
from polyglot.evaluation.item_scores import in_both_orders, is_read, record_of, summarise
from polyglot.evaluation.items import (
    CONTINUATION,
    PROTOCOLS,
    Benchmark,
    in_all_orders,
    items_digest,
    read_benchmark,
    way_of,
)

if TYPE_CHECKING:
    from lm_eval.api.model import LM
    from lm_eval.api.task import ConfigurableTask


def read_cue(tasks: Path, language: str) -> str:
    """The cue before an answer in `language`, the English one where there is none."""
    cues = yaml.safe_load((tasks / "cues.yaml").read_text(encoding="utf-8"))
    return cues.get(language, cues["en"])


def task_name(benchmark: Benchmark, way: str) -> str:
    """The name of an lm-eval task: a benchmark has a task for each task file of its items."""
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
        if benchmark.protocol == "chat":  # a turn has a mark at its end, and may hold empty lines
            config["generation_kwargs"]["until"] = list(ENDS_OF_TURN)
    if benchmark.normalise == "unconditional":  # lm-eval asks the options without their context for this metric alone
        config["metric_list"].append({"metric": "acc_mutual_info", "aggregation": "mean", "higher_is_better": True})
    # the prompts of continuation have their examples already
    config |= {"task": task_name(benchmark, way), "num_fewshot": 0 if way == CONTINUATION else benchmark.shots}
    cued = {name: [row | {"cue": cue} for row in rows] for name, rows in (("items", items), ("shots", shots))}
    task = ConfigurableTask(config=config | {"dataset_kwargs": cued})
    task.set_fewshot_seed(0)  # lm-eval requires a seed; shots are the first of the file, in order
    return task


def evaluate(
    lm: "LM",
    benchmarks: Sequence[Benchmark],
    *,
    language: str,
    tasks: Path,
    limit: int | None = None,
) -> Iterator[tuple[Json, list[Json]]]:
    """Ask `lm` every benchmark by its protocol; yield the result and the items' records of each.

    A benchmark without items yields an empty score and the reason. `limit` takes the first items of each file.
    """
    present = [benchmark for benchmark in benchmarks if benchmark.items is not None]
    rows = {benchmark.benchmark: read_benchmark(benchmark, limit) for benchmark in present}
    layouts = _layouts(lm, present, rows)
    asked = rows | {name: (layout.items, []) for name, layout in layouts.items()}
    answered = [each for each in present if each.formulation != "native_text" and asked[each.benchmark][0]]
    samples = _through_lm_eval(lm, answered, asked, tasks, read_cue(tasks, language))
    for benchmark in benchmarks:
        name = benchmark.benchmark
        result = {
            "benchmark": name,
            "language": language,
            "metric": benchmark.metric,
            "shots": benchmark.shots,
            "protocol": benchmark.protocol,
        }
        empty = {**dict.fromkeys(("score", "se", "chance", "items_sha256")), "n": 0}
        if benchmark.items is None:
            yield {**result, **empty, "reason": f"no {name} task in {language}"}, []
            continue
        digest = {"items_sha256": items_digest(*rows[name])}
        if name in layouts:
            result |= {"normalise": benchmark.normalise, **layouts[name].counts(benchmark.shots)}
        native = benchmark.formulation == "native_text"
        records = bits_per_byte(lm, asked[name][0]) if native else _records(benchmark, asked[name][0], samples)
        records = [record for record in records if is_read(record)]
        read = {record["item_id"] for record in records}
        if unread := [item["item_id"] for item in asked[name][0] if item["item_id"] not in read]:
            result["unread"] = [*result.get("unread", []), *unread]
        if not records:
            reason = f"none of {len(rows[name][0])} items fits the model's context of {lm.max_length} tokens"
            yield {**result, **empty, **digest, "reason": reason}, []
            continue
        yield {**result, **summarise(records, benchmark.metric), **digest}, records


def _layouts(
    lm: "LM", benchmarks: Sequence[Benchmark], rows: Mapping[str, tuple[list[Json], list[Json]]]
) -> dict[str, Layout]:
    """The prompts of the benchmarks that are asked by continuation, by name."""
    continued = [benchmark for benchmark in benchmarks if benchmark.formulation == CONTINUATION]
    if continued:
        lm.rendered = False
    return {benchmark.benchmark: lay_out(lm, benchmark, *rows[benchmark.benchmark]) for benchmark in continued}


def _through_lm_eval(
    lm: "LM",
    benchmarks: Sequence[Benchmark],
    rows: Mapping[str, tuple[list[Json], list[Json]]],
    tasks: Path,
    cue: str,
) -> dict[str, list[Json]]:
    """lm-eval's samples of each of its tasks; one call of it asks all of its tasks by one protocol."""
    from lm_eval import evaluator

    samples: dict[str, list[Json]] = {}
    for protocol in PROTOCOLS:
        chat = protocol == "chat"
        asked = [benchmark for benchmark in benchmarks if benchmark.protocol == protocol]
        if loaded_tasks := _lm_eval_tasks(asked, rows, tasks, cue):
            selected = {"tasks": loaded_tasks, "groups": {}}
            lm.rendered = chat
            settings = {"apply_chat_template": chat, "fewshot_as_multiturn": chat}
            samples |= evaluator.evaluate(lm, selected, bootstrap_iters=0, **settings)["samples"]
    return samples


def _lm_eval_tasks(
    benchmarks: Sequence[Benchmark], rows: Mapping[str, tuple[list[Json], list[Json]]], tasks: Path, cue: str
) -> "dict[str, ConfigurableTask]":
    """The lm-eval tasks of benchmarks, by name."""
    loaded_tasks = {}
    for benchmark in benchmarks:
        items, shots = rows[benchmark.benchmark]
        items = in_all_orders(items, benchmark)
        for way in sorted({way_of(item, benchmark) for item in items}):
            way_items = [item for item in items if way_of(item, benchmark) == way]
            loaded_tasks[task_name(benchmark, way)] = make_task(benchmark, way, tasks, cue, way_items, shots)
    return loaded_tasks


def _records(benchmark: Benchmark, items: Sequence[Json], samples: Mapping[str, list[Json]]) -> list[Json]:
    """A record of each item that lm-eval asked."""
    names = dict.fromkeys(task_name(benchmark, way_of(item, benchmark)) for item in items)
    records = [record_of(sample, benchmark) for name in names for sample in samples[name]]
    if benchmark.formulation != "preference":
        return records
    half = len(records) // 2
    return [in_both_orders(*pair) for pair in zip(records[:half], records[half:], strict=True)]
