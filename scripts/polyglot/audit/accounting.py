"""Whether row counts add up from step to step: what one step gave, the next must have seen."""

from collections.abc import Iterator

from polyglot.audit.contents import Check, Contents, checked
from polyglot.audit.findings import Finding

# the count of a step whose table has not a row for each kept
HELD = {"requests": "requests", "judge_check": "rows", "row_scores": "seen"}
# a step that sees every row → the steps whose tables it may read
BEFORE = {"data": ("synthetic", "filtered"), "filtered": ("synthetic",), "tokens": ("corpora",)}


def unequal(contents: Contents, name: str, what: str, expected: int | None, seen: int | None) -> Iterator[Finding]:
    """A finding where two counts that both are known differ."""
    if expected is not None and seen is not None and expected != seen:
        yield Finding("incomplete", contents.path(name), f"{what}: {expected}", str(seen))


def counts(contents: Contents, name: str) -> Iterator[Finding]:
    """A step's counts: seen is kept and rejected together, and the tables beside hold as many rows.

    A step that reads a stream holds only some of its rejects, and says how many.
    """
    content, stem = contents.json(name), name.removesuffix(".counts.json")
    rejected = sum(content["rejected"].values())
    yield from unequal(contents, name, "kept and rejected make seen", content["seen"], content["kept"] + rejected)
    step, held = name.split("/")[0], content.get("rejects_held", rejected)
    yield from unequal(contents, name, "rejected rows", contents.rows(f"{stem}.rejected.parquet"), held)
    if step == "benchmarks":
        yield from unequal(contents, name, "items", contents.rows(f"{stem}.jsonl"), content["items"])
        yield from unequal(contents, name, "shots", contents.rows(f"{stem}.shots.jsonl"), content["shots"])
        return
    held = content[HELD.get(step, "kept")]
    yield from unequal(contents, name, "rows kept", contents.rows(f"{stem}.parquet"), held)
    if "kinds" in content:
        yield from unequal(contents, name, "rows of all kinds", sum(content["kinds"].values()), held)
    if step in BEFORE:
        before = [contents.rows(item) for folder in BEFORE[step] for item in contents.inputs(name, folder, ".parquet")]
        total = None if None in before or not before else sum(before)
        yield from unequal(contents, name, "rows of the tables that it was made from", total, content["seen"])
    if step == "corpora":
        for texts in contents.inputs(name, step, f"/cleaned/{stem.rpartition('/')[2]}.parquet"):
            yield from unequal(contents, name, f"rows of {contents.path(texts)}", contents.rows(texts), content["seen"])
    if step in ("synthetic", "translations"):
        method = name.split("/")[-2 if step == "synthetic" else -1].removesuffix(".counts.json")
        for requests in contents.inputs(name, "requests", f"/{method}.parquet"):
            asked = contents.rows(requests)
            if asked is not None and content["seen"] > asked:
                yield Finding(
                    "incomplete", contents.path(name), f"at most the {asked} requests", f"{content['seen']} seen"
                )


def intrinsic(contents: Contents, name: str) -> Iterator[Finding]:
    """A metric is of every row of its data set, its synthetic table or a check; fidelity is of every answer besides."""
    figures = contents.json(name)
    count, synthetic = figures["rows"], contents.inputs(name, "synthetic", ".parquet")
    tables = contents.inputs(name, "data", ".parquet") or synthetic or contents.inputs(name, "judge_check", ".parquet")
    for rows in tables:
        yield from unequal(contents, name, f"rows of {contents.path(rows)}", contents.rows(rows), count)
    yield from unequal(contents, name, "rows beside it", contents.rows(name.removesuffix("json") + "parquet"), count)
    if "answers" in figures:
        answered = [contents.rows(table) for table in synthetic]
        total = None if None in answered else sum(answered)
        judged = figures["answers"] + figures["unread"]
        yield from unequal(contents, name, "answers, kept and rejected", total, judged)


def training(contents: Contents, name: str) -> Iterator[Finding]:
    """A student has learned, been held out or left out every row of its data set."""
    content = contents.json(name)
    seen = content["train_rows"] + content["held_out_rows"] + content["dropped_rows"]
    for data in contents.inputs(name, "data", ".parquet"):
        yield from unequal(contents, name, f"rows of {contents.path(data)}", contents.rows(data), seen)


def evaluation(contents: Contents, name: str) -> Iterator[Finding]:
    """A score is of every item of its benchmark that the model could read, and every record is kept."""
    content = contents.json(name)
    items_seen = content["n"] + len(content.get("unread", []))
    yield from unequal(
        contents, name, "records", contents.rows(name.removesuffix("json") + "samples.jsonl"), content["n"]
    )
    items = contents.path(f"benchmarks/{content['benchmark']}/{content['language']}.jsonl")
    if items in contents.job(name)["inputs"]:
        yield from unequal(
            contents, name, f"items of {items}", contents.rows(items.removeprefix(contents.path(""))), items_seen
        )


def scores(contents: Contents, name: str) -> Iterator[Finding]:
    """Every student that was measured is scored."""
    yield from unequal(
        contents, name, "rows of measurements.csv", contents.rows("measurements.csv"), contents.rows(name)
    )


def leads_back(contents: Contents, name: str) -> Iterator[Finding]:
    """Every row of a data set is a row of its synthetic tables, that of a request, and that of seed prompts."""
    rows = contents.table(name, ("row_id", "request_id", "seed_ids"))
    for column, folder, own in (("row_id", "synthetic", "row_id"), ("request_id", "requests", "request_id")):
        tables = sources(contents, name, folder)
        if not tables or any(table not in contents.known for table in tables):
            continue
        known = {value for table in tables for value in contents.table(table, (own,))[own]}
        lost = [value for value in rows[column] if value not in known]
        if lost:
            yield Finding(
                "incomplete", contents.path(name), f"every {column} in {folder}/", f"{len(lost)} not there: {lost[0]}"
            )


def sources(contents: Contents, name: str, folder: str) -> list[str]:
    """The tables in `folder` that a table was made from, directly or by way of other tables."""
    start, result, queue, seen = contents.path(""), set(), [name], {name}
    while queue:
        for path in contents.job(queue.pop())["inputs"]:
            item = path.removeprefix(start)
            if path == item or not path.endswith(".parquet") or item in seen:
                continue
            seen.add(item)
            if item.startswith(f"{folder}/"):
                result.add(item)
            elif item in contents.known:
                queue.append(item)
    return sorted(result)


def check(contents: Contents) -> Iterator[Finding]:
    """Every check of every file that has one."""
    return checked(contents, checks_of, "the counts of its step")


def checks_of(name: str) -> list[Check]:
    """The checks of a file, by where it lies."""
    step, end = name.split("/")[0], name.rsplit("/", 1)[-1]
    if end.endswith(".counts.json"):
        return [counts]
    if step == "data" and end.endswith(".parquet"):
        return [leads_back]
    if step in ("intrinsic", "judged", "judge_check") and end.endswith(".json"):
        return [intrinsic]
    if step == "evaluations" and end.endswith(".json"):
        return [evaluation]
    if step == "students" and end == "training.json":
        return [training]
    return [scores] if name == "scores.csv" else []
