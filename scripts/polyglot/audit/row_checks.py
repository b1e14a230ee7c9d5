"""Checks for doubtful numbers in intact files: anchors, missing rows, judges, contamination, duplicates, blindness."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import pandas as pd

from polyglot.audit.contents import Check, Contents, checked
from polyglot.audit.findings import Finding
from polyglot.core.files import Json
from polyglot.core.identity import comparable

FEW = 5  # records below which sameness says nothing


def anchors(contents: Contents, name: str) -> Iterator[Finding]:
    """Languages and student bases without valid anchors."""
    rows = pd.read_csv(contents.root / contents.path(name), keep_default_na=False, na_values=[""])
    known = rows.drop_duplicates(["student_base", "language"]).sort_values(["student_base", "language"])
    for row in known[known["anchor_valid"].astype(str).str.lower() == "false"].itertuples():
        seen = f"{row.language}: reference {row.reference_score:.4f} − base {row.base_score:.4f}"
        expected = f"{row.student_base}: reference clearly above base"
        yield Finding("invalid_anchor", contents.path(name), expected, seen)


def short_data(contents: Contents, name: str) -> Iterator[Finding]:
    """Data sets with fewer rows than asked, each once whatever the student bases."""
    rows = pd.read_csv(contents.root / contents.path(name), keep_default_na=False, na_values=[""])
    data = rows.drop_duplicates(["teacher", "language", "recipe", "size", "trial"])
    for row in data[data["rows"] < data["rows_asked"]].itertuples():
        file = f"data/{row.teacher}/{row.language}/{row.recipe}-{row.size}/trial{row.trial}.parquet"
        yield Finding("short_data", contents.path(file), f"{row.rows_asked} rows", f"{row.rows:.0f} rows")


def judgements(contents: Contents, name: str) -> Iterator[Finding]:
    """The rate of judge answers that could not be read, and a judge that gives every row the same score."""
    content = contents.json(name)
    rate, limit = content["judge_invalid_rate"] or 0, float(contents.job(name)["params"].get("invalid-limit", 0))
    if rate > 0:
        kind = "judge_limit" if rate > limit else "invalid_judge"
        yield Finding(kind, contents.path(name), f"valid answers; at most {limit:.1%} invalid", f"{rate:.1%} invalid")
    if content["distinct_scores"] == 1 and content["valid"] >= FEW:
        yield Finding(
            "degenerate", contents.path(name), "scores that differ", f"one score for all {content['valid']} rows"
        )


def contamination(contents: Contents, name: str) -> Iterator[Finding]:
    """Benchmarks of which a training set holds items, or more of them than the limit."""
    content = contents.json(name)
    for benchmark, item in sorted(content["benchmarks"].items()):
        if item["above_limit"] or item["rows_matched"]:
            kind = "contamination_limit" if item["above_limit"] else "contaminated"
            seen = f"{item['rows_matched']} rows share text, {item['contaminated_share']:.1%} of the items"
            expected = f"nothing of {benchmark}; at most {content['limit']:.1%} of its items"
            yield Finding(kind, contents.path(name), expected, seen)


def duplicates(contents: Contents, name: str) -> Iterator[Finding]:
    """Ids that stand twice, and prompts that do, but for case and punctuation."""
    id_of = {"data": "row_id", "synthetic": "row_id", "seeds": "seed_id", "requests": "request_id"}[name.split("/")[0]]
    prompt = "prompt" if id_of != "request_id" else "request_id"
    rows = contents.table(name, (id_of, prompt) if prompt != id_of else (id_of,))
    twice = rows[id_of][rows[id_of].duplicated()]
    if len(twice):
        yield Finding(
            "repeated", contents.path(name), f"each {id_of} once", f"{len(twice)} again, first {twice.iloc[0]}"
        )
    if name.startswith("data/"):
        again = Counter(comparable(str(text)) for text in rows["prompt"])
        more = sum(count - 1 for count in again.values())
        if more:
            seen = f"{more} of {len(rows)} rows repeat a prompt; one stands {max(again.values())} times"
            yield Finding("duplicate", contents.path(name), "each prompt once", seen)


def degenerate(contents: Contents, name: str) -> Iterator[Finding]:
    """Records whose answers do not depend on the questions: one option, one text, nothing, or equal likelihoods."""
    records = contents.lines(name)
    if len(records) < FEW:
        return
    said = fault(records)
    if said:
        scored = contents.path(name.removesuffix(".samples.jsonl") + ".json")
        yield Finding("degenerate", scored, "answers that depend on the questions", said)


def fault(records: list[Json]) -> str | None:
    """The fault in a model's answers to a benchmark, in words."""
    count = len(records)
    if "bits" in records[0]:
        equal = len({record["bits"] / record["bytes"] for record in records}) == 1
        return f"the same bits per byte in all {count} records" if equal else None
    if "loglikelihoods" in records[0]:
        if all(len(set(record["loglikelihoods"])) == 1 for record in records):
            return f"all options equally likely in all {count} records"
        chosen = Counter(record["prediction"] for record in records)
        option, times = chosen.most_common(1)[0]
        return f"option {option} in all {count} records" if times == count else None
    texts = Counter(str(record.get("text", "")).strip() for record in records)
    text, times = texts.most_common(1)[0]
    if times == count:
        return f"the same text in all {count} records: {text[:40]!r}"
    unread = sum(record.get("prediction", "") is None for record in records)
    return f"no answer could be read in any of {count} records" if unread == count else None


def same_bytes(contents: Contents) -> Iterator[Finding]:
    """Data sets of different cells that hold the very same bytes: a trial that was not drawn anew.

    A mixture that takes a language's rows from one teacher has that teacher's own.
    """
    by_hash: dict[str, list[str]] = defaultdict(list)
    for name in contents.names:
        is_data = name.startswith("data/") and name.endswith(".parquet")
        if is_data and "mixture" not in contents.job(name)["params"]:
            by_hash[contents.truth.lines[contents.path(name)]["sha256"]].append(name)
    for first, *others in by_hash.values():
        for other in others:
            yield Finding("repeated", contents.path(other), "rows of its own", f"the bytes of {contents.path(first)}")


def unseeded_rows(contents: Contents, name: str) -> Iterator[Finding]:
    """Synthetic rows whose request had no seed."""
    seeds = contents.table(name, ("request_seed",))["request_seed"]
    if seeds.isna().any():
        yield Finding(
            "unseeded", contents.path(name), "a seed of each request", f"{int(seeds.isna().sum())} rows without"
        )


def check(contents: Contents) -> Iterator[Finding]:
    """Every check of every file that has one, and of all files together."""
    yield from checked(contents, checks_of, "the values of its step")
    yield from same_bytes(contents)


def checks_of(name: str) -> list[Check]:
    """The checks of a file, by where it lies."""
    step, end = name.split("/")[0], name.rsplit("/", 1)[-1]
    table = end.endswith(".parquet") and not end.endswith(".rejected.parquet")
    if name == "scores.csv":
        return [anchors, short_data]
    scored = step in ("judged", "judge_check") and end.endswith(".json") and not end.endswith(".counts.json")
    if scored or (step == "intrinsic" and end in ("judge.json", "second_judge.json")):
        return [judgements]
    if step == "contamination" and end.endswith(".json"):
        return [contamination]
    if step == "evaluations" and end.endswith(".samples.jsonl"):
        return [degenerate]
    if step == "synthetic" and table:
        return [duplicates, unseeded_rows]
    return [duplicates] if step in ("data", "seeds", "requests") and table else []
