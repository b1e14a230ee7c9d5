"""One training row, back to the seed prompts it was asked from and forward to the students trained on it."""

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from polyglot.audit.truth import Truth
from polyglot.core.errors import InputError
from polyglot.core.files import Json, read_json
from polyglot.core.identity import derive_seed
from polyglot.synthesis.prompting import FORMS


def tables(truth: Truth, study: str, step: str) -> list[str]:
    """The tables of a step: seeds, requests, synthetic or data."""
    start = f"results/{study}/{step}/"
    return sorted(
        path
        for path, line in truth.lines.items()
        if path.startswith(start) and path.endswith(".parquet") and line["kind"] == "output"
    )


def rows_where(file: Path, column: str, values: list[str]) -> list[Json]:
    """Rows of a parquet table whose column holds one of `values`; none where the file is not there."""
    if not file.is_file():
        return []
    return pq.read_table(file, filters=[(column, "in", values)]).to_pylist() if values else []


def located(truth: Truth, path: str) -> Json:
    """A file with the hash that its job wrote."""
    return {"path": path, "sha256": truth.lines[path]["sha256"], "made_at": truth.lines[path]["made_at"]}


def find(root: Path, truth: Truth, study: str, row_id: str) -> tuple[str, Json]:
    """The synthetic table that holds a row, kept or rejected, and the row. Raises InputError where none does."""
    for path in tables(truth, study, "synthetic"):
        for row in rows_where(root / path, "row_id", [row_id]):
            return path, row
    raise InputError(
        f"--row {row_id}: in none of the synthetic tables of {study}; take a row_id of data/…/trial1.parquet"
    )


def request_tables(truth: Truth, job: Json) -> list[str]:
    """The tables of requests that a job rests on: those it read, or those that were translated for it."""
    read = [path for path in sorted(job["inputs"]) if path.endswith(".parquet") and path in truth.lines]
    own = [path for path in read if "/requests/" in path]
    return own or [two for item in read for two in request_tables(truth, truth.jobs[truth.lines[item]["output"]])]


def request_of(root: Path, truth: Truth, job: Json, row: Json) -> Json:
    """The request that a row answers, and the seed prompts that it shows."""
    results: Json = {"request_id": row["request_id"], "path": None, "seeds": []}
    for path in request_tables(truth, job):
        for request in rows_where(root / path, "request_id", [row["request_id"]]):
            results |= {**located(truth, path), "source_prompt": request["source_prompt"]}
            results["demonstrations"] = request["demonstrations"]
            results["seeds"] = seeds_of(root, truth, truth.jobs[truth.lines[path]["output"]], row)
            return results
    results["seeds"] = seeds_of(root, truth, job, row)  # rows that were given, which nobody was asked for
    return results


def seeds_of(root: Path, truth: Truth, job: Json, row: Json) -> list[Json]:
    """The seed prompts of a row among the tables that a job read."""
    tables_read = [table for table in sorted(job["inputs"]) if table.endswith(".parquet") and table in truth.lines]
    return [
        {**located(truth, table), **seed}
        for table in tables_read
        if "/seeds/" in table
        for seed in rows_where(root / table, "seed_id", list(row["seed_ids"]))
    ]


def template_of(job: Json, method: str) -> Json | None:
    """The prompt template that a request was written with."""
    style = job["params"].get("style", "chat")
    wanted = f"{style}/{FORMS.get(method, method)}.jinja"
    return next(
        ({"path": path, "sha256": sha256} for path, sha256 in job["inputs"].items() if path.endswith(wanted)), None
    )


def student_of(root: Path, truth: Truth, output: str, row_id: str, ids: list[str]) -> Json:
    """A student trained on a data set: whether the row was held out, and where its evaluations are."""
    from polyglot.training.examples import held_out

    job = truth.jobs[output]
    results: Json = {"path": output, "rule": job["rule"], "seed": job["seed"], "made_at": job["made_at"]}
    summaries = [item for item in job["outputs"] if item.endswith("training.json") and (root / item).is_file()]
    if summaries:
        content = read_json(root / summaries[0])
        out = held_out(ids, content["settings"]["held_out_share"], content["seed"])
        used = "held out" if row_id in out else "too long" if row_id in content["dropped_row_ids"] else "trained on"
        results |= {"row": used, "settings": content["settings"]}
    model = truth.files.get(output, [output])
    after = {item for path in model for item in truth.consumers.get(path, ())}
    results["evaluations"] = sorted(item for item in after if "/evaluations/" in item and item.endswith(".json"))
    return results


def follow(root: Path, truth: Truth, study: str, row_id: str) -> Json:
    """Everything known of a row. Raises InputError for an unknown row."""
    path, row = find(root, truth, study, row_id)
    job = truth.jobs[truth.lines[path]["output"]]
    params: dict[str, Any] = job["params"]
    seed = derive_seed(job["seed"], row["teacher"], row["language"], row["method"], row["trial"], row["request_id"])
    results: Json = {
        "row": row,
        "synthetic": located(truth, path),
        "kept": not path.endswith(".rejected.parquet"),
        "teacher": {
            "id": row["teacher"],
            "model": params.get("model") or params.get("api"),
            "files": {item: sha256 for item, sha256 in job["inputs"].items() if "/models/" in item},
            "sampling": params.get("sampling"),
            "versions": job["versions"],
            "machine": job["machine"],
        },
        "template": template_of(job, row["method"]),
        "request": request_of(root, truth, job, row),
        "request_seed": {"recorded": row["request_seed"], "derived": seed, "same": row["request_seed"] == seed},
        "data": [],
        "students": [],
    }
    for table in tables(truth, study, "data"):
        ids = pq.read_table(root / table, columns=["row_id"])["row_id"].to_pylist() if (root / table).is_file() else []
        if row_id not in ids:
            continue
        results["data"].append(located(truth, table))
        trained = sorted(item for item in truth.consumers.get(table, ()) if truth.jobs[item]["rule"] == "train")
        results["students"] += [
            student_of(root, truth, item, row_id, ids) for item in trained if item.endswith("/model")
        ]
    return results


def described(results: Json) -> list[str]:
    """A followed row, as people read it."""
    row, teacher, request, seed = (results[name] for name in ("row", "teacher", "request", "request_seed"))
    lines = [f"row {row['row_id']}: {row['method']}, {row['language']}, teacher {row['teacher']}, trial {row['trial']}"]
    lines += [f"  prompt    {row['prompt']!r}", f"  response  {row['response']!r}"]
    lines += [f"  from      {results['synthetic']['path']} [{results['synthetic']['sha256'][:12]}]"]
    if not results["kept"]:
        lines.append(f"  rejected  {row['reason']}")
    template = results["template"]
    lines.append(
        f"  template  {template['path']} [{template['sha256'][:12]}]" if template else "  template  not recorded"
    )
    lines += [f"  model     {teacher['model']}", f"  sampling  {teacher['sampling']}"]
    same = "as derived from the study's seed" if seed["same"] else f"NOT the derived {seed['derived']}"
    lines.append(f"  seed      {seed['recorded']}, {same}")
    lines.append(f"  request   {request['request_id']} in {request['path'] or 'no table that is there'}")
    if request.get("source_prompt"):
        lines.append(f"  about     {request['source_prompt']!r}")
    lines += [f"  shows     {item['seed_id']} {item['prompt']!r} ({item['path']})" for item in request["seeds"]]
    lines += [f"  in        {item['path']} [{item['sha256'][:12]}]" for item in results["data"]]
    for student in results["students"]:
        lines.append(f"  student   {student['path']}: {student.get('row', 'training.json is not there')}")
        lines += [f"            evaluated in {evaluation}" for evaluation in student["evaluations"]]
    return lines
