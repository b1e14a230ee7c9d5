"""Changing every file of a finished study, one at a time, and asking the audit each time whether it names it.

What verification says of a file depends on that file and on what lies in audit/ alone. So a change outside audit/ is
put to the check of that file against the truth that the untouched audit/ tells, and a change inside to the whole of it:
records, manifest and lists read anew; that takes longest, so each file there has one of the changes, in turn. Each
verdict reads what it judges from the disk; none takes a stored hash for it.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import cycle
from pathlib import Path

from polyglot.audit.findings import ERROR
from polyglot.audit.records import folders, walk
from polyglot.audit.truth import Truth, establish
from polyglot.audit.verify import check_file, unexpected
from polyglot.core import provenance

OLD = 1_000_000_000  # a time of change long ago, in seconds
LARGE = 1 << 24  # bytes above which a changed file is not built in memory


def copied(root: Path, copy: Path, study: str) -> Path:
    """A copy of a study, with other times of change."""
    for folder in folders(study):
        shutil.copytree(root / folder, copy / folder, copy_function=shutil.copyfile, symlinks=True)
    return copy


def files(root: Path, study: str) -> list[str]:
    """Every file of a study, but those that Snakemake's report and the audit itself write after the manifest."""
    pages = {f"results/{study}/audit/{name}" for name in ("summary.md", "index.html", "findings.csv", "findings.json")}
    late = {f"results/{study}/report.html", f"results/{study}/logs/audit.log", *pages}
    records = {f"results/{study}/audit/records/{page}.json" for page in pages}
    return [path for folder in folders(study) for path, _ in walk(root, folder) if path not in late | records]


@contextmanager
def replaced(file: Path, write: Callable[[Path, Path], None]) -> Iterator[None]:
    """Put what `write(original, new)` makes in the place of a file; afterwards the file is back."""
    aside, new = file.with_name(".aside"), file.with_name(".new")
    os.rename(file, aside)
    try:
        write(aside, new)
        if new.exists():
            os.utime(new, (OLD, OLD))
            os.rename(new, file)
        yield
    finally:
        os.replace(aside, file)


def flip(original: Path, new: Path) -> None:
    """The same with one bit of its middle byte changed; of an empty file, with a byte in it."""
    shutil.copyfile(original, new)
    with open(new, "r+b") as file:
        middle = original.stat().st_size // 2
        file.seek(middle)
        byte = file.read(1) or b"\0"
        file.seek(middle)
        file.write(bytes([byte[0] ^ 1]))


def delete(original: Path, new: Path) -> None:
    """Nothing."""


def older(original: Path, new: Path) -> None:
    """What it may have been before: a record of last year, a file without its last line."""
    if original.stat().st_size > LARGE:
        shutil.copyfile(original, new)
        os.truncate(new, original.stat().st_size - 4096)
        return
    content = original.read_bytes()
    if b'"checksum"' in content and content.startswith(b"{"):
        record = json.loads(content)
        new.write_text(provenance.sealed({**record, "made_at": f"2020{record['made_at'][4:]}"}), encoding="utf-8")
        return
    cut = content[:-1].rfind(b"\n") + 1 or len(content) // 2
    new.write_bytes(content[:cut] if content else b"before\n")


CHANGES = {"a byte flipped": flip, "deleted": delete, "an older version": older}


def named(copy: Path, study: str, untouched: Truth, paths: list[str]) -> set[str]:
    """Which of the changed `paths` verification names as an error."""
    inside = [path for path in paths if path.startswith(f"results/{study}/audit/")]
    truth = establish(copy, study) if inside else untouched
    results = {trouble.path for trouble in truth.troubles}
    if inside:
        results |= {item.file for item in unexpected(copy, study, truth) if item.severity == ERROR}
    for path in paths:
        if path in truth.lines and (finding := check_file(copy, truth.lines[path])):
            results.add(finding.file)
    return results & set(paths)


def unnoticed(copy: Path, study: str) -> tuple[int, list[tuple[str, str]]]:
    """How many changes were tried, and those that verification did not name."""
    untouched, paths = establish(copy, study), files(copy, study)
    tried, missed = 0, []
    in_turn = cycle(CHANGES)
    for path in paths:
        for how in [next(in_turn)] if path.startswith(f"results/{study}/audit/") else CHANGES:
            with replaced(copy / path, CHANGES[how]):
                tried += 1
                if path not in named(copy, study, untouched, [path]):
                    missed.append((path, how))
    for item, two in zip(paths[::2], paths[1::2], strict=False):
        tried += 1
        if (copy / item).stat().st_size == (copy / two).stat().st_size and same_bytes(copy / item, copy / two):
            continue  # nothing is changed by it
        exchange(copy / item, copy / two)
        missed += [(path, "swapped") for path in {item, two} - named(copy, study, untouched, [item, two])]
        exchange(copy / item, copy / two)
    return tried, missed


def same_bytes(item: Path, two: Path) -> bool:
    """Whether two files hold the same."""
    return provenance.sha256_of(item) == provenance.sha256_of(two)


def exchange(item: Path, two: Path) -> None:
    """Put each of two files in the place of the other."""
    aside = item.with_name(".aside")
    os.rename(item, aside)
    os.rename(two, item)
    os.rename(aside, two)
