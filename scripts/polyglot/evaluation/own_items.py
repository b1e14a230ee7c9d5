"""Items that a user brings as JSON lines: read row by row, each fault in one line with file, line and cure.

A benchmark with a fault is no benchmark: unlike a row of training data, a bad item ends the job, before any model is
asked. An item may have an `id` and a `category`; without an id its content names it.
"""

from collections.abc import Callable, Sequence

from polyglot.core.errors import InputError
from polyglot.core.files import Json
from polyglot.core.identity import content_id, normalise
from polyglot.evaluation.benchmark_adapter import Prepared, Wanted
from polyglot.evaluation.fetched_benchmark import only_folder, select_items
from polyglot.hub.dataset_rows import OddRow
from polyglot.hub.own_files import own_rows

CATEGORY = "items"  # where a file names none


def own_text(where: str, row: Json, field: str) -> str:
    """A field that holds text, normalised. Raises InputError that names it and the fields that the row has."""
    value = row.get(field)
    if not isinstance(value, str) or not normalise(value):
        has = f"it has {', '.join(map(str, row)) or 'none'}" if value is None else f"it is {value!r}"
        raise InputError(f"{where}: field {field!r} should be text; {has}; write it like docs/examples/")
    return normalise(value)


def prepare_own(wanted: Wanted, texts: Sequence[str], item_of: Callable[[str, Json], Json]) -> Prepared:
    """The items of the benchmark's file; its first `wanted.shots` rows are the solved examples.

    `item_of` makes the fields of an item from a row whose fields `texts` are text, and from its place for errors; the
    solution of an example is the row's field `solution`. Raises InputError for the first row with a fault.
    """
    path = only_folder(wanted)
    shots: list[Json] = []
    groups: dict[str, list[Json]] = {}
    lines: dict[str, int] = {}
    for line, row in own_rows(path):
        where = f"{path}: line {line}"
        if isinstance(row, OddRow):
            raise InputError(f"{where}: {row.problem}; correct it")
        category = own_text(where, row, "category") if "category" in row else CATEGORY
        fields = item_of(where, row | {field: own_text(where, row, field) for field in texts})
        item_id = str(row["id"]) if row.get("id") not in (None, "") else content_id(*fields["content"])
        if (first := lines.setdefault(item_id, line)) != line:
            raise InputError(f"{where}: item {item_id} stands on line {first} too; keep one")
        item = {"item_id": item_id, "category": category, "subset": category, **fields}
        if len(shots) < wanted.shots:
            shots.append(item | ({"solution": own_text(where, row, "solution")} if "solution" in row else {}))
        else:
            groups.setdefault(category, []).append(item)
    if not groups:
        raise InputError(f"{path}: {len(lines)} rows, all of them shown as shots; add items, or lower the shots")
    chosen = select_items(groups, wanted, [])
    return Prepared(chosen.items, shots, chosen.reasons)
