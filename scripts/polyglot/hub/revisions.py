"""The registry of hub repositories: a CSV file that pins a commit for each model and data set. Rows are never deleted.

A repository may have several rows, in the order in which they were locked; the last one is in force.
"""

import csv
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

from jsonschema import Draft202012Validator

from polyglot.core.command_line import snakemake_command
from polyglot.core.errors import InputError
from polyglot.core.files import whole
from polyglot.core.schema_files import read_schema


class Entry(NamedTuple):
    """A repository: `kind` is model or dataset."""

    kind: str
    repository: str


class Lock(NamedTuple):
    """One row of the registry."""

    kind: str
    repository: str
    commit: str
    licence: str
    locked_on: str

    @property
    def entry(self) -> Entry:
        """The entry that the row pins."""
        return Entry(self.kind, self.repository)


def read_locks(path: Path, schema_file: Path) -> list[Lock]:
    """The rows of the registry. Raises InputError naming the file, the line and the fault."""
    validator = Draft202012Validator(read_schema(schema_file))
    with open(path, encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        header = next(rows, [])
        if header != list(Lock._fields):
            raise InputError(f"{path}: line 1: the columns must be {','.join(Lock._fields)}; fix the first line")
        seen: dict[tuple[Entry, str], int] = {}
        locks = []
        for row in rows:
            lock = _checked(row, validator, f"{path}: line {rows.line_num}")
            first = seen.setdefault((lock.entry, lock.commit), rows.line_num)
            if first != rows.line_num:
                raise InputError(
                    f"{path}: line {rows.line_num}: {lock.kind} {lock.repository} is locked at this commit on line "
                    f"{first} already; delete one of the two"
                )
            locks.append(lock)
    return locks


def _checked(row: list[str], validator: Draft202012Validator, where: str) -> Lock:
    """The lock that a row holds. Raises InputError that begins with `where`."""
    if len(row) != len(Lock._fields):
        raise InputError(f"{where}: {len(row)} cells, where {len(Lock._fields)} are needed; fix the line")
    for error in validator.iter_errors(dict(zip(Lock._fields, row, strict=True))):
        what = "; ".join(map(str, error.schema.get("enum", [error.schema["description"].rstrip(".")])))
        raise InputError(f"{where}: {error.absolute_path[0]}: {error.instance!r} is wrong; it must be: {what}")
    return Lock(*row)


def in_force(locks: Iterable[Lock]) -> dict[Entry, Lock]:
    """The lock of each repository that counts: its last row."""
    return {lock.entry: lock for lock in locks}


def write_locks(path: Path, locks: Iterable[Lock]) -> None:
    """Write the registry whole, sorted by kind and repository; the rows of one repository keep their order."""
    with whole(path) as temporary, open(temporary, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Lock._fields)
        writer.writerows(sorted(locks, key=lambda lock: lock.entry))


def unlocked_message(missing: Iterable[Entry], overlays: Iterable[object]) -> str:
    """One line that names every repository without a lock, and the cure, for a config with these `overlays`."""
    cure = snakemake_command(overlays, "lock_revisions", cores=1)
    return (
        f"resources/revisions.csv: not locked: {_listed(missing)}; run `{cure}` where the hub can be reached and keep"
        " the file under version control"
    )


def offline_message(missing: Iterable[Entry], overlays: Iterable[object]) -> str:
    """One line that names every repository that an offline run would have to fetch, and the cure."""
    cure = snakemake_command(overlays, "fetch", cores=4)
    return (
        f"HF_HUB_OFFLINE is set, and these are still to be fetched: {_listed(missing)}; run `{cure}` where the hub can"
        " be reached, or unset it"
    )


def _listed(entries: Iterable[Entry]) -> str:
    return ", ".join(f"{entry.kind} {entry.repository}" for entry in sorted(set(entries)))


def to_lock(locks: Iterable[Lock], needed: Iterable[Entry], renew: Iterable[str]) -> list[Entry]:
    """The entries to look up: those of `needed` without a lock, and those that `renew` names (`all`: every one).

    Raises InputError where `renew` names a repository that is not needed.
    """
    entries, known, again = sorted(set(needed)), in_force(locks), set(renew)
    names = {entry.repository for entry in entries}
    if unknown := sorted(again - names - {"all"}):
        raise InputError(
            f"revisions.renew: {unknown[0]!r} is in no model or data set; allowed: all, {', '.join(sorted(names))}"
        )
    return [entry for entry in entries if entry not in known or entry.repository in again or "all" in again]


def added(locks: Iterable[Lock], new: Iterable[Lock]) -> list[Lock]:
    """`locks` with new rows after them; a commit that is in force already gets none, an old one moves to the end."""
    rows = list(locks)
    for lock in new:
        current = in_force(rows).get(lock.entry)
        if current and current.commit == lock.commit:
            continue
        rows = [row for row in rows if (row.entry, row.commit) != (lock.entry, lock.commit)] + [lock]
    return rows
