"""Read the rows of a study's files for the checks; every file is distrusted."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from polyglot.audit.findings import Finding
from polyglot.audit.row_index import count_rows
from polyglot.audit.truth import Truth
from polyglot.core.files import Json


class Unreadable(ValueError):
    """A file whose contents do not match its name; the message says why."""


@dataclass
class Contents:
    """The files of a study that hold what was written (`good`), by their path below results/{study}."""

    root: Path
    study: str
    truth: Truth
    good: frozenset[str]
    _cache: dict[str, Any] = field(default_factory=dict)

    @cached_property
    def names(self) -> list[str]:
        """Paths below the study's folder, sorted; outputs of jobs alone."""
        start = f"results/{self.study}/"
        outputs = (path for path in self.good if self.truth.lines[path]["kind"] == "output")
        return sorted(path.removeprefix(start) for path in outputs if path.startswith(start))

    @cached_property
    def known(self) -> frozenset[str]:
        """`names`, to look one up."""
        return frozenset(self.names)

    def path(self, name: str) -> str:
        """The path from the project."""
        return f"results/{self.study}/{name}"

    def job(self, name: str) -> Json:
        """The record of the job that wrote a file."""
        return self.truth.jobs[self.truth.lines[self.path(name)]["output"]]

    def inputs(self, name: str, folder: str, end: str = "") -> list[str]:
        """Names of the files below `folder` that the job which wrote a file read."""
        start = self.path(f"{folder}/")
        result = (path for path in self.job(name)["inputs"] if path.startswith(start) and path.endswith(end))
        return sorted(path.removeprefix(self.path("")) for path in result)

    def json(self, name: str) -> Json:
        """A JSON object. Raises Unreadable."""
        try:
            value = json.loads((self.root / self.path(name)).read_bytes())
        except (OSError, ValueError) as error:
            raise Unreadable(f"not JSON ({error})") from error
        if not isinstance(value, dict):
            raise Unreadable("not a JSON object")
        return value

    def lines(self, name: str) -> list[Json]:
        """The objects of a JSON-lines file. Raises Unreadable."""
        try:
            text = (self.root / self.path(name)).read_text(encoding="utf-8")
            rows = [json.loads(line) for line in text.split("\n") if line]
        except (OSError, ValueError) as error:
            raise Unreadable(f"not JSON lines ({error})") from error
        if not all(isinstance(row, dict) for row in rows):
            raise Unreadable("a line is not a JSON object")
        return rows

    def table(self, name: str, columns: tuple[str, ...]) -> pd.DataFrame:
        """Columns of a parquet file. Raises Unreadable."""
        try:
            return pq.read_table(self.root / self.path(name), columns=list(columns)).to_pandas()
        except (OSError, ValueError, KeyError) as error:  # pyarrow's own errors are among these
            raise Unreadable(f"not a parquet file with {', '.join(columns)} ({str(error).splitlines()[0]})") from error

    def rows(self, name: str) -> int | None:
        """How many rows a file holds; None where it is not one that was verified, or holds no rows."""
        if name not in self.known:
            return None
        if name not in self._cache:
            self._cache[name] = count_rows(self.root / self.path(name))
        return self._cache[name]


Check = Callable[[Contents, str], Iterator[Finding]]


def checked(contents: Contents, checks_of: Callable[[str], list[Check]], expected: str) -> Iterator[Finding]:
    """What the checks of each file find; a file that a check cannot read as its step wrote it is a finding itself."""
    for name in contents.names:
        for check in checks_of(name):
            try:
                yield from check(contents, name)
            except Unreadable as error:
                yield Finding("schema", contents.path(name), "what its name says", str(error))
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                yield Finding("schema", contents.path(name), expected, f"{type(error).__name__}: {error}")
