"""Whether each record of an evaluation follows from what was answered, and asks what its benchmark asks."""

from collections.abc import Iterator, Sequence
from pathlib import Path

from polyglot.audit.contents import Contents
from polyglot.audit.findings import Finding
from polyglot.core.files import Json
from polyglot.evaluation.answers import rouge_l
from polyglot.evaluation.last_number import last_number, same_number

OF_ITEM = ("options", "answer")  # what a record repeats of its item


def share(scores: Sequence[float], answer: int) -> float:
    """What an item scores: 1 where its answer alone is the likeliest, 1/k where it shares that with k − 1 others."""
    best = [place for place, score in enumerate(scores) if score == max(scores)]
    return (answer in best) / len(best)


def outcome(record: Json) -> float | None:
    """The score of an item by its record's answer; None where the record holds none."""
    if "bits" in record:
        return -record["bits"] / record["bytes"]
    if "checks" in record:
        return float(all(check["followed"] for check in record["checks"]))
    if "answer" not in record:
        return None
    if "loglikelihoods" in record:
        score = share(record.get("scores", record["loglikelihoods"]), record["answer"])
        if "reverse" not in record:
            return score
        last = len(record["options"]) - 1
        return (score + share(record["reverse"]["loglikelihoods"], last - record["answer"])) / 2
    if "text" not in record:
        return None
    if "prediction" in record:
        return float(same_number(last_number(record["text"]), record["answer"]))
    return rouge_l(record["text"], record["answer"])


def check(contents: Contents, name: str) -> Iterator[Finding]:
    """A finding where records score otherwise than their answers, or differ from the items of their benchmark."""
    records = contents.lines(name)
    wrong = [record for record in records if differs(record)]
    if wrong:
        expected = f"{outcome(wrong[0])} for item {wrong[0]['item_id']}, by its answer"
        yield Finding("unfounded", contents.path(name), expected, f"{wrong[0]['correct']}; {len(wrong)} such records")
    *folders, file = name.split("/")
    asked = f"/{file.removesuffix('.samples.jsonl')}/"
    for items in contents.inputs(name, "benchmarks", ".jsonl"):
        # a job that asks a model in all languages reads the items of each, and these records are of one
        own = asked in items and Path(items).stem in folders
        if own and not items.endswith(".shots.jsonl") and items in contents.known:
            yield from unlike_items(contents, name, records, items)


def differs(record: Json) -> bool:
    """Whether a record's score is another than that of its answer."""
    score = outcome(record) if record.get("correct") is not None else None
    return score is not None and abs(float(record["correct"]) - score) > 1e-9


def unlike_items(contents: Contents, name: str, records: list[Json], benchmark: str) -> Iterator[Finding]:
    """A finding where a record names an item that its benchmark lacks, or has other options or another answer."""
    items = {item["item_id"]: item for item in contents.lines(benchmark)}
    for record in records:
        item = items.get(record["item_id"])
        if item is None or any(key in record and record[key] != item.get(key) for key in OF_ITEM):
            expected = f"item {record['item_id']} as in {contents.path(benchmark)}"
            yield Finding("unfounded", contents.path(name), expected, "another" if item else "not there")
            return
